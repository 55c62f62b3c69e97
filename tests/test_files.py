"""Files are complete or not there, and nothing is overwritten unasked."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from synthkit import files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_replacing_puts_the_new_file_in_place_of_the_old(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")
    with files.replacing(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
        assert temporary.suffix == ".csv"
    assert target.read_text() == "new"
    assert names(tmp_path) == ["table.csv"]


def test_failure_leaves_the_old_file_and_no_rubbish(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), files.replacing(target) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


@pytest.mark.skipif(os.name == "nt", reason="permissions of this kind are POSIX's")
def test_permissions_of_the_old_file_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")
    target.chmod(0o640)
    files.write_bytes(target, b"new")
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("links", [True, False])
def test_write_new_refuses_a_taken_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:  # a file system without hard links

        def refuse(*_: object) -> None:
            raise PermissionError("not here")

        monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "lesson.ipynb"
    files.write_new(target, b"mine")
    with pytest.raises(FileExistsError):
        files.write_new(target, b"yours")
    assert target.read_bytes() == b"mine"
    assert names(tmp_path) == ["lesson.ipynb"]


def test_set_aside_keeps_every_copy(tmp_path: Path) -> None:
    kept = []
    for text in ("one", "two", "three"):
        (tmp_path / "lesson.ipynb").write_text(text)
        kept.append(files.set_aside(tmp_path / "lesson.ipynb"))
    assert [path.read_text() for path in kept] == ["one", "two", "three"]


def test_killed_while_saving_leaves_a_whole_file(tmp_path: Path) -> None:
    """SIGKILL at 12 moments of a process that saves again and again: always one whole version."""
    target = tmp_path / "state.json"
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from synthkit.files import write_bytes
        for i in range(10_000_000):
            write_bytes(Path(sys.argv[1]), bytes([i % 256]) * 200_000)
        """
    )
    for attempt in range(12):
        target.unlink(missing_ok=True)
        writer = subprocess.Popen([sys.executable, "-c", program, str(target)])
        deadline = time.monotonic() + 30
        while not target.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.02 + 0.003 * attempt)
        writer.kill()
        writer.wait()
        data = target.read_bytes()
        assert len(data) == 200_000
        assert len(set(data)) == 1
