"""Bring the lessons into a learner's folder, and never over the learner's work.

The folder keeps a small file, ``synthkit-workspace.json``, with the fingerprint of each lesson
as it was handed out.  A lesson whose fingerprint is still the same has not been touched and may
be replaced by a newer one; any other belongs to the learner:

================================  ===================================================
the learner's copy                what happens when the kit brings a newer lesson
================================  ===================================================
is not there                      the lesson is copied
is untouched                      it is replaced by the newer one
was run or changed                it stays; the newer one is put beside it, once
================================  ===================================================

A lesson is newer when its version differs: a hash of what it holds to read and to run.

``reset_lesson`` renames the learner's copy with a timestamp and puts a fresh one in its place.
JupyterLab's *Synthkit* menu does the same through the contents API, with the same file names.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import synthkit
from synthkit.errors import DataError, ParameterError
from synthkit.files import set_aside, write_bytes, write_new

MANIFEST_NAME = "synthkit-workspace.json"

Action = Literal["copied", "kept", "updated", "beside", "reset"]


@dataclass(frozen=True)
class Change:
    """What happened to one lesson in the learner's folder.

    Parameters
    ----------
    lesson : str
        The lesson's id, e.g. ``"01_monte_carlo"``.
    action : 'copied', 'kept', 'updated', 'beside' or 'reset'
    path : Path
        The file that was written (for 'kept', the learner's own).
    old_copy : Path or None
        For 'reset': where the learner's copy stands now.
    """

    lesson: str
    action: Action
    path: Path
    old_copy: Path | None = None


def pristine_lessons() -> dict[str, Path]:
    """Return the lessons as the kit ships them, by id, in the order of the course.

    They travel inside the package; in a checkout they are read from ``notebooks/``.
    """
    package = Path(synthkit.__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        lessons = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
        if lessons:
            return {path.stem: path for path in lessons}
    return {}


def prepare(folder: Path) -> list[Change]:
    """Copy every lesson into ``folder``, as the table at the top of this file says.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Returns
    -------
    list of Change
        One for each lesson.

    Raises
    ------
    DataError
        If ``folder`` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError(f"the folder for the lessons must be a folder; got the file {folder}.")
    folder.mkdir(parents=True, exist_ok=True)
    handed_out = _read_manifest(folder)
    before = dict(handed_out)
    changes = [
        _bring(lesson, source, folder, handed_out) for lesson, source in pristine_lessons().items()
    ]
    if handed_out != before:
        _write_manifest(folder, handed_out)
    return changes


def reset_lesson(folder: Path, lesson: str) -> Change:
    """Put a fresh copy of one lesson into ``folder``; the old one is renamed, not lost.

    Raises
    ------
    ParameterError
        If there is no lesson of that id.
    """
    lessons = pristine_lessons()
    if lesson not in lessons:
        raise ParameterError(
            f"lesson must be one of {', '.join(lessons)}; got {lesson!r}. Name it by its id."
        )
    target = folder / f"{lesson}.ipynb"
    old_copy = set_aside(target) if target.exists() else None
    data = lessons[lesson].read_bytes()
    write_new(target, data)
    handed_out = _read_manifest(folder)
    handed_out[target.name] = _fingerprint(data)
    _write_manifest(folder, handed_out)
    return Change(lesson, "reset", target, old_copy)


def _bring(lesson: str, source: Path, folder: Path, handed_out: dict[str, str]) -> Change:
    """Bring one lesson up to date, and note its fingerprint in ``handed_out``."""
    data = source.read_bytes()
    newest = _fingerprint(data)
    target = folder / f"{lesson}.ipynb"
    if not target.exists():
        write_new(target, data)
        handed_out[target.name] = newest
        return Change(lesson, "copied", target)

    known = handed_out.get(target.name)
    learners = target.read_bytes()
    handed_out[target.name] = newest
    if _fingerprint(learners) == newest or known == newest:
        return Change(lesson, "kept", target)
    if _fingerprint(learners) == known:
        write_bytes(target, data)
        return Change(lesson, "updated", target)
    version = _version(data)
    if version is not None and _version(learners) == version:
        return Change(lesson, "kept", target)  # the same text to read and run, since worked on
    beside = target.with_name(f"{lesson}_v{version or synthkit.__version__}.ipynb")
    if beside.exists():
        return Change(lesson, "kept", target)
    write_new(beside, data)
    return Change(lesson, "beside", beside)


def _fingerprint(data: bytes) -> str:
    """Return the SHA-256 of a lesson's bytes."""
    return hashlib.sha256(data).hexdigest()


def _version(data: bytes) -> str | None:
    """Return the version that a lesson's metadata states, or None if it states none."""
    try:
        return str(json.loads(data)["metadata"]["synthkit"]["version"])
    except (ValueError, KeyError, TypeError):
        return None


def _read_manifest(folder: Path) -> dict[str, str]:
    """Return file name -> fingerprint as handed out; a damaged file is set aside."""
    path = folder / MANIFEST_NAME
    if not path.exists():
        return {}
    try:
        content: Any = json.loads(path.read_text("utf-8"))
        return {str(name): str(mark) for name, mark in content["lessons"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        with contextlib.suppress(OSError):
            set_aside(path)
        return {}


def _write_manifest(folder: Path, handed_out: dict[str, str]) -> None:
    """Keep the fingerprints for the next time."""
    content = {"version": 1, "kit": synthkit.__version__, "lessons": handed_out}
    write_bytes(folder / MANIFEST_NAME, json.dumps(content, indent=1).encode())
