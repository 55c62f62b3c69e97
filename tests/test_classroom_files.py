"""A room full of learners: the link, Binder's files, the memory table, the wheelhouse."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from synthkit.commands.class_link import class_link
from synthkit.course.workspace import pristine_lessons
from synthkit.errors import ParameterError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import run as run_py  # noqa: E402
from benchmarks import lesson_memory  # noqa: E402

PAGE = (ROOT / "classroom" / "README.md").read_text("utf-8")


# --- the link -------------------------------------------------------------------------------------


def test_the_link_is_what_nbgitpuller_reads():
    link = class_link(
        "https://hub.school.org/", "https://example.org/a/les sons.git", "spring",
        "notebooks/01 & more.ipynb",
    )  # fmt: skip
    parts = urlsplit(link)
    assert link.startswith("https://hub.school.org/hub/user-redirect/git-pull?")
    query = {key: value for key, (value,) in parse_qs(parts.query).items()}
    assert query["repo"] == "https://example.org/a/les sons.git"
    assert query["branch"] == "spring"
    # nbgitpuller hands urlpath to the browser as it is: it must be quoted once more.
    assert unquote(query["urlpath"]) == "lab/tree/les sons/notebooks/01 & more.ipynb"
    assert "targetPath" not in query


def test_a_folder_and_a_hub_below_a_path():
    link = class_link("https://x.org/jupyter", "https://example.org/a/b", folder="course/one")
    query = parse_qs(urlsplit(link).query)
    assert link.startswith("https://x.org/jupyter/hub/user-redirect/")
    assert query["targetPath"] == ["course/one"]
    assert query["urlpath"] == ["lab/tree/course/one"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("hub.org", "https://e.org/a/b"), "hub must be a web address"),
        (("https://h.org", "git@e.org:a/b.git"), "repo must be a web address"),
        (("https://h.org", "https://me:secret@e.org/a/b"), "would be shown to everybody"),
        (("https://h.org?x=1", "https://e.org/a/b"), "hub must be"),
        (("https://h.org", "https://e.org/a/b", "two words"), "branch must be a word"),
        (("https://h.org", "https://e.org/a/b", "--upload-pack=x"), "branch must be a word"),
        (("https://h.org", "https://e.org/a/b", "main", "../x"), "path must lead down"),
        (("https://h.org", "https://e.org/a/b", "main", "", "/etc"), "folder must lead down"),
        (("https://h.org", "https://e.org"), "folder must lead down"),
    ],
)
def test_what_can_be_no_link_is_named(arguments, words):
    with pytest.raises(ParameterError, match=re.escape(words)) as caught:
        class_link(*arguments)
    assert "secret" not in str(caught.value)


# --- Binder ---------------------------------------------------------------------------------------


def test_binder_installs_extras_that_exist_and_no_torch():
    wanted = (ROOT / "binder" / "requirements.txt").read_text("utf-8").splitlines()
    extras = re.fullmatch(r"\.\[([a-z,]+)\]", wanted[0])[1].split(",")
    known = set(importlib.metadata.metadata("synthkit-lab").get_all("Provides-Extra") or ())
    assert set(extras) <= known - {"deep", "all"}
    assert "lab" in extras


@pytest.mark.skipif(os.name == "nt", reason="repo2docker builds on Linux")
def test_binders_scripts_run(tmp_path):
    """Not in a container, but with bash, as the container runs them."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "HOME": str(tmp_path), "PATH": path}
    for name in ("postBuild", "start"):
        assert os.access(ROOT / "binder" / name, os.X_OK)
    built = subprocess.run(
        [ROOT / "binder" / "postBuild"], env=environment, capture_output=True, text=True, check=True
    )
    lessons = {path.stem for path in (tmp_path / "lessons").glob("*.ipynb")}
    assert lessons == set(pristine_lessons())
    assert built.stdout.strip() == f"{len(lessons)} lessons"
    started = subprocess.run(
        [ROOT / "binder" / "start", "sh", "-c", "echo $OMP_NUM_THREADS"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert started.stdout == "1\n"


# --- memory ---------------------------------------------------------------------------------------


def test_the_page_shows_the_figures_that_were_measured():
    figures = json.loads((ROOT / "classroom" / "memory.json").read_text("utf-8"))
    assert lesson_memory.with_table(PAGE, figures) == PAGE
    assert all(f["peak_mb"] > 50 and f["cpu_seconds"] > 0 for f in figures.values())


@pytest.mark.skipif(os.name == "nt", reason="peak memory is read as POSIX systems tell it")
def test_the_peak_is_measured_although_it_was_given_back(tmp_path):
    import nbformat

    def peak(code: str) -> float:
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        nbformat.write(made, tmp_path / "x.ipynb")
        return lesson_memory.measure(tmp_path / "x.ipynb")["peak_mb"]

    assert 180 < peak("big = bytearray(200_000_000)\ndel big") - peak("pass") < 240


# --- the wheelhouse -------------------------------------------------------------------------------


def test_the_wheelhouse_gathers_all_and_says_how_to_use_it(tmp_path, monkeypatch):
    asked = []

    def gather(*words, **_):
        asked.append([str(word) for word in words])
        if "wheel" in asked[-1]:
            (tmp_path / "w" / "synthkit_lab-0.1.0-py3-none-any.whl").write_bytes(b"x" * 2_000_000)
        return 0

    monkeypatch.setattr(run_py, "run", gather)
    monkeypatch.setattr(run_py.venv, "create", lambda *a, **k: None)
    assert run_py.main(["wheelhouse", str(tmp_path / "w")]) == 0
    last = asked[-1]
    assert last[last.index("--wheel-dir") + 1] == str(tmp_path / "w")
    assert f"{run_py.ROOT}[all]" in last
    assert run_py.TORCH in last
    told = (tmp_path / "w" / "README.txt").read_text("utf-8")
    assert "1 wheels (2 MB)" in told
    assert 'pip install --no-index --find-links wheelhouse "synthkit-lab[all]"' in told


def test_a_folder_with_other_things_is_no_wheelhouse(tmp_path, monkeypatch, capsys):
    (tmp_path / "thesis.docx").write_text("mine", "utf-8")
    monkeypatch.setattr(run_py, "run", lambda *a, **k: pytest.fail("nothing may be run"))
    assert run_py.main(["wheelhouse", str(tmp_path)]) == 2
    assert "must be empty or a wheelhouse" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_failed_gathering_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run_py, "run", lambda *a, **k: 1)
    monkeypatch.setattr(run_py.venv, "create", lambda *a, **k: None)
    assert run_py.main(["wheelhouse", str(tmp_path / "w")]) == 1
    assert "could not be gathered" in capsys.readouterr().out


# --- the page -------------------------------------------------------------------------------------


def test_every_command_of_the_page_is_one_of_the_kit():
    from synthkit.cli import COMMANDS

    known = {name for name, _, _ in COMMANDS}
    said = set(re.findall(r"(?:^|/bin/|`)synthkit ([a-z-]+)", PAGE, flags=re.MULTILINE))
    assert {"lab", "doctor", "class-link"} <= said <= known
    settings = json.loads(re.search(r'^\{"synthkit-lab:plugin".*$', PAGE, flags=re.MULTILINE)[0])
    schema = json.loads((ROOT / "widgets/labextension/schema/plugin.json").read_text("utf-8"))
    assert set(settings["synthkit-lab:plugin"]) <= set(schema["properties"])
