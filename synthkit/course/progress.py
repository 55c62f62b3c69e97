"""What a learner has done, in one JSON file that only the kernel writes.

The file stands in the workspace as ``synthkit-progress.json``::

    {"version": 1,
     "lessons": {"01_monte_carlo": {
        "seed": 1, "started": "2026-11-24T16:40:00+00:00", "finished": null,
        "exercises": {"gaussian-copula": {
            "outcome": "right",     # the latest: untried | wrong | error | right
            "done": true,           # was it ever right? A tick once earned stays
            "tries": 3, "hints": 1, "solution": false,
            "first": "...", "last": "...", "done_at": "...", "seed": 7}},
        "predictions": {"error-line": {
            "value": [0.16, 0.08], "skipped": false, "confidence": 0.7,
            "right": true, "score": 0.93, "time": "..."}},
        "recall": {"01_monte_carlo/sqrt-law": {"box": 1, "time": "...", "right": true}},
        "sentences": {"why-slow": "..."},
        "figures": {"an interval covers": "95 %"},   # measured in the last section
        "votes": {"recipe": {"first": "holds", "second": "depends"}}}}}   # lesson 00

How nothing is lost:

- *killed while saving*: the text goes to a temporary file, is flushed to the disk, and then
  takes the old file's place in one step.  A reader sees the old file or the new, never half;
- *two kernels at once*: each change is a read, an edit and a write under one lock file that
  the operating system frees when its owner dies;
- *a damaged file* is renamed with a timestamp, never overwritten;
- *a folder that cannot be written* does not stop the lesson: ``last_problem`` says so.

Nothing leaves the machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

PROGRESS_NAME = "synthkit-progress.json"
SETTINGS_NAME = "synthkit-settings.json"
LOCK_NAME = ".synthkit-progress.lock"
VERSION = 1

Data = dict[str, Any]


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def workspace() -> Path:
    """Return the folder that holds the lessons: ``SYNTHKIT_WORKSPACE``, else the kernel's own."""
    return Path(os.environ.get("SYNTHKIT_WORKSPACE") or Path.cwd())


def read_settings(folder: Path | None = None) -> Data:
    """Return the teacher's settings that the extension wrote; ``{}`` where there are none."""
    path = (folder or workspace()) / SETTINGS_NAME
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock file; its owner's death frees it, so nothing stale can block a learner."""
    with open(path, "a+b") as handle:
        _lock(handle)
        try:
            yield
        finally:
            _unlock(handle)


if os.name == "nt":  # pragma: no cover - Windows
    import msvcrt

    def _lock(handle: IO[bytes]) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]

    def _unlock(handle: IO[bytes]) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:
    import fcntl

    def _lock(handle: IO[bytes]) -> None:
        # Some network folders know no locks: then the merge on write is all the care there is.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)

    def _unlock(handle: IO[bytes]) -> None:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's content in one step: whoever dies on the way leaves the old file whole."""
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with open(part, "x", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _sweep(path: Path) -> None:
    """Remove what killed writers left; only called under the lock, so nobody is at work there."""
    for orphan in path.parent.glob(f".{path.name}.*.part"):
        with contextlib.suppress(OSError):
            orphan.unlink()


def _empty() -> Data:
    return {"version": VERSION, "lessons": {}}


def _is_ours(data: object) -> bool:
    """Say whether this is what the kernel writes, down to the entries that it reads."""
    if not isinstance(data, dict) or not isinstance(data.get("version"), int):
        return False
    lessons = data.get("lessons")
    return isinstance(lessons, dict) and all(map(_is_record, lessons.values()))


def _is_record(record: object) -> bool:
    if not isinstance(record, dict):
        return False
    groups = {name: record.get(name, {}) for name in ("exercises", "predictions", "recall")}
    if not all(isinstance(group, dict) for group in groups.values()):
        return False
    entries = [entry for group in groups.values() for entry in group.values()]
    return (
        all(isinstance(entry, dict) for entry in entries)
        and all(isinstance(entry.get("tries", 0), int) for entry in groups["exercises"].values())
        and all(_is_confidence(entry.get("confidence")) for entry in groups["predictions"].values())
        and all(isinstance(entry.get("box"), int) for entry in groups["recall"].values())
        and all(isinstance(entry.get("time"), str) for entry in groups["recall"].values())
    )


def _is_confidence(value: object) -> bool:
    return value is None or (isinstance(value, (int, float)) and 0 <= value <= 1)


@dataclass(frozen=True)
class Calibration:
    """How a learner's stated confidence compares with being right, over all lessons.

    Attributes
    ----------
    count : int
        Scored predictions with a confidence.
    stated : float
        Mean confidence in [0, 1]; NaN when ``count`` is 0.
    right : float
        Share that were right, in [0, 1]; NaN when ``count`` is 0.
    brier : float
        Mean squared difference of confidence and outcome (0 best, 0.25 = always 'fifty-fifty').
    """

    count: int
    stated: float
    right: float
    brier: float


class Progress:
    """The progress file of one workspace.

    Parameters
    ----------
    folder : path-like, optional
        The workspace; by default the one that ``workspace()`` finds.

    Attributes
    ----------
    last_problem : str
        Why the latest change could not be kept (``""`` when it was).
    set_aside : pathlib.Path or None
        Where a damaged file was moved, if one was met.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = Path(folder) if folder is not None else workspace()
        self.path = self.folder / PROGRESS_NAME
        self.last_problem = ""
        self.set_aside: Path | None = None
        self._thread_lock = threading.RLock()
        self._unsaved: Data = _empty()

    def read(self) -> Data:
        """Return the whole file as a dict (fresh from the disk, without taking the lock)."""
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return self._unsaved
        except (OSError, ValueError):
            return self._unsaved
        return data if _is_ours(data) else self._unsaved

    def lesson(self, lesson_id: str) -> Data:
        """Return one lesson's record; ``{}`` if it has none."""
        found = self.read()["lessons"].get(lesson_id, {})
        return found if isinstance(found, dict) else {}

    def update(self, edit: Callable[[Data], None]) -> Data:
        """Read, edit and write the file under the lock; return what it holds afterwards.

        A folder that cannot be written is no reason to stop a lesson: the change is then kept
        in memory for this kernel, and ``last_problem`` says why.
        """
        with self._thread_lock:
            try:
                with _locked(self.folder / LOCK_NAME):
                    _sweep(self.path)
                    data = self._read_or_set_aside()
                    edit(data)
                    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
                    write_atomically(self.path, text + "\n")
            except OSError as error:
                self.last_problem = f"progress is not saved: {error.strerror or error}"
                data = self.read()
                edit(data)
            else:
                self.last_problem = ""
            self._unsaved = data
            return data

    def _read_or_set_aside(self) -> Data:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return _empty()
        except UnicodeDecodeError:
            return self._moved_aside()
        try:
            data = json.loads(text)
        except ValueError:
            return self._moved_aside()
        if not _is_ours(data):
            return self._moved_aside()
        if data["version"] > VERSION:
            raise OSError(0, f"{PROGRESS_NAME} was written by a newer synthkit; upgrade the kit")
        return dict(data)

    def _moved_aside(self) -> Data:
        stamp = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S-%f")
        self.set_aside = self.path.with_name(f"synthkit-progress.damaged-{stamp}.json")
        os.replace(self.path, self.set_aside)
        return _empty()

    # -- what a lesson tells ------------------------------------------------------------------

    def start(self, lesson_id: str, seed: int) -> None:
        """Note that a lesson was begun; a second start changes nothing but the seed."""

        def edit(data: Data) -> None:
            record = _lesson(data, lesson_id)
            record.setdefault("started", now())
            record["seed"] = seed

        self.update(edit)

    def finish(self, lesson_id: str) -> None:
        """Note when a lesson was finished first."""

        def edit(data: Data) -> None:
            record = _lesson(data, lesson_id)
            record["finished"] = record.get("finished") or now()

        self.update(edit)

    def record_outcome(self, lesson_id: str, exercise: str, outcome: str, seed: int | None) -> None:
        """Count a try; a tick once earned is kept whatever comes later."""

        def edit(data: Data) -> None:
            entry = _exercise(data, lesson_id, exercise)
            entry["tries"] = int(entry.get("tries", 0)) + 1
            entry["outcome"] = outcome
            entry["seed"] = seed
            entry["last"] = now()
            if outcome == "right" and not entry.get("done"):
                entry["done"] = True
                entry["done_at"] = entry["last"]

        self.update(edit)

    def record_help(self, lesson_id: str, exercise: str, hints: int, solution: bool) -> None:
        """Note how many hints were read, and whether the solution was."""

        def edit(data: Data) -> None:
            entry = _exercise(data, lesson_id, exercise)
            entry["hints"] = max(int(entry.get("hints", 0)), hints)
            entry["solution"] = bool(entry.get("solution")) or solution

        self.update(edit)

    def record_prediction(self, lesson_id: str, name: str, prediction: Data) -> None:
        """Keep a prediction (the first one: what is said after the run is no prediction)."""

        def edit(data: Data) -> None:
            predictions = _lesson(data, lesson_id).setdefault("predictions", {})
            if name not in predictions or predictions[name].get("skipped"):
                predictions[name] = {**prediction, "time": now()}

        self.update(edit)

    def record_sentence(self, lesson_id: str, name: str, sentence: str) -> None:
        """Keep the sentence that the learner typed."""

        def edit(data: Data) -> None:
            _lesson(data, lesson_id).setdefault("sentences", {})[name] = sentence[:2000]

        self.update(edit)

    def record_note(self, lesson_id: str, group: str, name: str, value: Any) -> None:
        """Keep a plain JSON value under ``group`` (votes, figures): the newest one."""

        def edit(data: Data) -> None:
            notes = _lesson(data, lesson_id).get(group)
            kept = notes if isinstance(notes, dict) else {}
            _lesson(data, lesson_id)[group] = {**kept, name: value}

        self.update(edit)

    def record_recall(self, lesson_id: str, question: str, right: bool) -> None:
        """Move a recall question up a box when it was right, back to the first when not."""

        def edit(data: Data) -> None:
            boxes = _lesson(data, lesson_id).setdefault("recall", {})
            box = int(boxes.get(question, {}).get("box", 0))
            boxes[question] = {"box": box + 1 if right else 0, "right": right, "time": now()}

        self.update(edit)

    # -- what a lesson asks -------------------------------------------------------------------

    def done(self, lesson_id: str) -> tuple[str, ...]:
        """Return the ids of the exercises that were right at least once."""
        exercises = self.lesson(lesson_id).get("exercises", {})
        return tuple(name for name, entry in exercises.items() if entry.get("done"))

    def prediction(self, lesson_id: str, name: str) -> Data | None:
        """Return a recorded prediction, or None."""
        found = self.lesson(lesson_id).get("predictions", {}).get(name)
        return found if isinstance(found, dict) else None

    def recall_boxes(self) -> dict[str, Data]:
        """Return every recall question answered so far, in any lesson, the latest answer each."""
        boxes: dict[str, Data] = {}
        for record in self.read()["lessons"].values():
            for question, entry in record.get("recall", {}).items():
                if question not in boxes or entry["time"] >= boxes[question]["time"]:
                    boxes[question] = entry
        return boxes

    def calibration(self) -> Calibration:
        """Compare stated confidence with being right, over all lessons of this workspace."""
        pairs = [
            (float(entry["confidence"]), bool(entry["right"]))
            for record in self.read()["lessons"].values()
            for entry in record.get("predictions", {}).values()
            if entry.get("confidence") is not None and entry.get("right") is not None
        ]
        return calibration(pairs)


def calibration(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    """Return the calibration of (confidence, was it right) pairs."""
    count = len(pairs)
    if not count:
        return Calibration(0, float("nan"), float("nan"), float("nan"))
    stated = sum(confidence for confidence, _ in pairs) / count
    right = sum(was_right for _, was_right in pairs) / count
    brier = sum((confidence - was_right) ** 2 for confidence, was_right in pairs) / count
    return Calibration(count, stated, right, brier)


def _lesson(data: Data, lesson_id: str) -> Data:
    record: Data = data["lessons"].setdefault(lesson_id, {})
    return record


def _exercise(data: Data, lesson_id: str, exercise: str) -> Data:
    exercises = _lesson(data, lesson_id).setdefault("exercises", {})
    fresh = {"outcome": "untried", "done": False, "tries": 0, "hints": 0, "solution": False}
    entry: Data = exercises.setdefault(exercise, {**fresh, "first": now()})
    return entry
