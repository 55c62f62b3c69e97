"""The learner's folder: lessons arrive, and no work is ever lost."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "notebooks"))

import build  # noqa: E402

from synthkit.course import workspace  # noqa: E402
from synthkit.course.workspace import MANIFEST_NAME, prepare, reset_lesson  # noqa: E402
from synthkit.errors import DataError, ParameterError  # noqa: E402


def notebook(text: str, version: str = "1") -> bytes:
    cell = {"cell_type": "markdown", "metadata": {}, "source": [text]}
    metadata = {"synthkit": {"version": version}}
    content = {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content).encode()


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kit with two lessons; a test 'upgrades' it by writing into its folder."""
    folder = tmp_path / "kit"
    folder.mkdir()
    for lesson in ("01_monte_carlo", "02_bootstrap"):
        (folder / f"{lesson}.ipynb").write_bytes(notebook(f"{lesson} as shipped"))
    monkeypatch.setattr(
        workspace,
        "pristine_lessons",
        lambda: {path.stem: path for path in sorted(folder.glob("*.ipynb"))},
    )
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The learner's folder: a space and an accent in its name, and its parent not there."""
    return tmp_path / "my désk" / "synthetic data"


def actions(changes: list[workspace.Change]) -> list[str]:
    return [change.action for change in changes]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_first_time_copies_every_lesson_byte_for_byte(kit: Path, desk: Path) -> None:
    assert actions(prepare(desk)) == ["copied", "copied"]
    for path in kit.iterdir():
        assert (desk / path.name).read_bytes() == path.read_bytes()
    assert names(desk) == ["01_monte_carlo.ipynb", "02_bootstrap.ipynb", MANIFEST_NAME]


def test_second_time_writes_nothing(kit: Path, desk: Path) -> None:
    prepare(desk)
    before = {path: path.stat().st_mtime_ns for path in desk.iterdir()}
    assert actions(prepare(desk)) == ["kept", "kept"]
    assert {path: path.stat().st_mtime_ns for path in desk.iterdir()} == before


def test_changed_lesson_is_never_overwritten(kit: Path, desk: Path) -> None:
    prepare(desk)
    mine = notebook("my answer")
    (desk / "01_monte_carlo.ipynb").write_bytes(mine)
    assert actions(prepare(desk)) == ["kept", "kept"]
    assert (desk / "01_monte_carlo.ipynb").read_bytes() == mine


def test_upgrade_replaces_what_is_untouched_and_stands_beside_what_is_changed(
    kit: Path, desk: Path
) -> None:
    prepare(desk)
    mine = notebook("my answer")
    (desk / "01_monte_carlo.ipynb").write_bytes(mine)
    for lesson in ("01_monte_carlo", "02_bootstrap"):
        (kit / f"{lesson}.ipynb").write_bytes(notebook(f"{lesson}, revised", version="2"))

    changes = prepare(desk)
    assert actions(changes) == ["beside", "updated"]
    assert (desk / "01_monte_carlo.ipynb").read_bytes() == mine
    assert changes[0].path.name == "01_monte_carlo_v2.ipynb"
    assert changes[0].path.read_bytes() == notebook("01_monte_carlo, revised", version="2")
    assert (desk / "02_bootstrap.ipynb").read_bytes() == (kit / "02_bootstrap.ipynb").read_bytes()
    assert actions(prepare(desk)) == ["kept", "kept"]  # said once, not at every start


def test_upgrade_leaves_alone_the_new_version_that_was_worked_on(kit: Path, desk: Path) -> None:
    """The manifest is lost, the newer version lies beside and was changed: nothing is written."""
    prepare(desk)
    (desk / "01_monte_carlo.ipynb").write_bytes(notebook("my answer"))
    (desk / "01_monte_carlo_v2.ipynb").write_bytes(notebook("my second answer", version="2"))
    (kit / "01_monte_carlo.ipynb").write_bytes(notebook("revised", version="2"))
    (desk / MANIFEST_NAME).unlink()
    before = {name: (desk / name).read_bytes() for name in names(desk)}
    assert actions(prepare(desk)) == ["kept", "kept"]
    assert {name: (desk / name).read_bytes() for name in before} == before


def test_lesson_that_jupyterlab_copied_counts_as_handed_out(kit: Path, desk: Path) -> None:
    """The launcher writes no manifest, and JupyterLab formats the file anew."""
    desk.mkdir(parents=True)
    reformatted = json.dumps(json.loads(notebook("01_monte_carlo as shipped")), indent=1).encode()
    (desk / "01_monte_carlo.ipynb").write_bytes(reformatted)
    assert actions(prepare(desk)) == ["kept", "copied"]
    assert (desk / "01_monte_carlo.ipynb").read_bytes() == reformatted


def shipped(text: str) -> bytes:
    """Lesson 01 as it is built from this source, not run."""
    import nbformat

    return str(nbformat.writes(build.notebook("01_monte_carlo", text))).encode()


def test_a_revised_lesson_arrives_beside_a_changed_copy(kit: Path, desk: Path) -> None:
    """From the real source: one word of prose, and the learner is handed the new lesson."""
    text = (build.SOURCES / "01_monte_carlo.py").read_text(encoding="utf-8")
    (kit / "01_monte_carlo.ipynb").write_bytes(shipped(text))
    prepare(desk)
    mine = shipped(text).replace(b'"outputs": []', b'"outputs": [{"mine": 1}]', 1)
    (desk / "01_monte_carlo.ipynb").write_bytes(mine)

    revised = shipped(text.replace("Press play", "Press *play*", 1))
    (kit / "01_monte_carlo.ipynb").write_bytes(revised)
    first = prepare(desk)[0]
    version = json.loads(revised)["metadata"]["synthkit"]["version"]
    assert (first.action, first.path.name) == ("beside", f"01_monte_carlo_v{version}.ipynb")
    assert first.path.read_bytes() == revised
    assert (desk / "01_monte_carlo.ipynb").read_bytes() == mine


def test_a_lesson_that_only_ran_anew_is_no_other_version(kit: Path, desk: Path) -> None:
    """Other outputs, another solution: there is nothing new for the learner to read."""
    text = (build.SOURCES / "01_monte_carlo.py").read_text(encoding="utf-8")
    solution = build.exercise_texts(build.parse(text), "solution")["gaussian-copula"]
    mended = text.replace(solution, solution.replace("    return", "    # mended\n    return"))
    assert mended != text
    assert build.source_hash(mended) != build.source_hash(text)
    (kit / "01_monte_carlo.ipynb").write_bytes(shipped(text))
    prepare(desk)
    mine = shipped(text).replace(b'"outputs": []', b'"outputs": [{"mine": 1}]', 1)
    (desk / "01_monte_carlo.ipynb").write_bytes(mine)
    (kit / "01_monte_carlo.ipynb").write_bytes(shipped(mended))
    assert actions(prepare(desk)) == ["kept", "kept"]
    assert (desk / "01_monte_carlo.ipynb").read_bytes() == mine


def test_file_of_that_name_that_is_no_lesson_stays(kit: Path, desk: Path) -> None:
    desk.mkdir(parents=True)
    (desk / "01_monte_carlo.ipynb").write_text("notes of my own")
    assert actions(prepare(desk)) == ["beside", "copied"]
    assert (desk / "01_monte_carlo.ipynb").read_text() == "notes of my own"


def test_deleted_lesson_comes_back(kit: Path, desk: Path) -> None:
    prepare(desk)
    (desk / "02_bootstrap.ipynb").unlink()
    assert actions(prepare(desk)) == ["kept", "copied"]


def test_reset_renames_the_old_copy_and_brings_a_fresh_one(kit: Path, desk: Path) -> None:
    prepare(desk)
    mine = notebook("my answer")
    (desk / "01_monte_carlo.ipynb").write_bytes(mine)
    first = reset_lesson(desk, "01_monte_carlo")
    assert first.old_copy is not None
    assert first.old_copy.read_bytes() == mine
    assert first.path.read_bytes() == (kit / "01_monte_carlo.ipynb").read_bytes()
    second = reset_lesson(desk, "01_monte_carlo")  # within the same second: a name of its own
    assert second.old_copy not in (None, first.old_copy)
    assert first.old_copy.read_bytes() == mine
    assert actions(prepare(desk)) == ["kept", "kept"]


@pytest.mark.parametrize("name", ["99_nothing", "../01_monte_carlo", "", "01_monte_carlo.ipynb"])
def test_reset_refuses_what_is_no_lesson(kit: Path, desk: Path, name: str) -> None:
    prepare(desk)
    with pytest.raises(ParameterError, match="lesson must be one of 01_monte_carlo, 02_boot"):
        reset_lesson(desk, name)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"lessons": 3}', b"\xff\xfe"])
def test_damaged_manifest_is_set_aside(kit: Path, desk: Path, damage: bytes) -> None:
    prepare(desk)
    (desk / MANIFEST_NAME).write_bytes(damage)
    mine = notebook("my answer", version="1")
    (desk / "01_monte_carlo.ipynb").write_bytes(mine)
    prepare(desk)
    assert (desk / "01_monte_carlo.ipynb").read_bytes() == mine
    aside = [name for name in names(desk) if name.startswith("synthkit-workspace_")]
    assert [(desk / name).read_bytes() for name in aside] == [damage]


def test_file_in_place_of_the_folder_is_refused(kit: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DataError, match="must be a folder; got the file"):
        prepare(tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "a file"


def test_lessons_are_found_in_this_checkout() -> None:
    checkout = ROOT / "notebooks"
    found = workspace.pristine_lessons()
    assert {path.name for path in found.values()} >= {
        path.name for path in checkout.glob("[0-9][0-9]_*.ipynb")
    }
    assert all("src" not in path.parts for path in found.values())
