"""Trace: the record of one run, as plain JSON text.

A trace is a header (seed, parameters, versions, threads) and at most 100 keyframes.  Each frame
holds *marks* (points, lines, bars, grids) for each view, a few scalars and one sentence.  The same
trace drives the notebook's player, a page that lives alone (``to_html``), posters and tests.

Three rules keep it small and safe:

- **Quantised.**  A mark's numbers are rounded to a power of ten between 1/5,000 and 1/50,000 of
  the range they are drawn in: finer than a pixel, still readable as numbers.
- **Bounded.**  When there would be more than 100 frames or 1 MB, every second frame is dropped
  and later ones are kept half as often; the first and the newest frame always stay.
- **Nothing hidden.**  A trace holds what its caller puts in, and no table: parameters must be
  numbers, text or short lists.

Marks that repeat from frame to frame (the real points, the true curve) are stored once.
"""

from __future__ import annotations

import html
import json
import math
import os
import platform
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthkit.errors import DamagedFileError, ParameterError
from synthkit.marks import (
    ROLES,
    Mark,
    View,
    bars,
    checked_text,
    custom,
    from_number,
    grid,
    line,
    plain,
    points,
    quantised,
    to_number,
)

__all__ = [
    "ROLES", "Frame", "Mark", "Trace", "View", "bars", "custom", "frame_to_dict", "grid", "line",
    "points", "script_safe",
]

TRACE_VERSION = 1
MAX_FRAMES = 100
MAX_BYTES = 1_000_000
MAX_TEXT_BYTES = 8_000_000  # a longer text is no trace of ours; refused before it is parsed


@dataclass(frozen=True)
class Frame:
    """One keyframe: where the run stood at ``step``."""

    step: float
    marks: Mapping[str, tuple[Mark, ...]]
    scalars: Mapping[str, float]
    sentence: str = ""


@dataclass
class Trace:
    """The record of one run: header and keyframes.

    Parameters
    ----------
    name : str
        ``technique.run``, e.g. ``"monte_carlo.pi"``.
    seed : int, None or numpy.random.Generator
        The seed that repeats the run; a Generator or None is recorded as None (can't be repeated).
    parameters : mapping, optional
        Settings of the run: numbers, text, short lists.  No tables.
    views : sequence of View
        At least one.
    code : str, default ""
        The <= 3 lines that reproduce the run, for *show code*.

    Raises
    ------
    ParameterError
        Naming the field and the cure.

    Examples
    --------
    >>> trace = Trace("demo", seed=0, views=[View("cloud", "scatter", "Where do they fall?")])
    >>> _ = trace.append(1, {"cloud": [points([0.1, 0.2], [1, 2])]}, scalars={"error": 0.5})
    >>> trace.last("error")
    0.5
    >>> Trace.from_json(trace.to_json()).frames[0].marks["cloud"][0]["x"]
    [0.1, 0.2]
    """

    name: str
    seed: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    views: Sequence[View] = ()
    code: str = ""
    versions: Mapping[str, str] = field(default_factory=lambda: _versions())
    threads: Mapping[str, int] = field(default_factory=lambda: _threads())

    def __post_init__(self) -> None:
        checked_text("trace name", self.name)
        whole = isinstance(self.seed, (int, np.integer)) and not isinstance(self.seed, bool)
        self.seed = int(self.seed) if whole else None
        self.parameters = {
            str(k): plain(f"parameter {k!r}", v) for k, v in self.parameters.items()
        }
        self.views = tuple(self.views)
        ids = [view.id for view in self.views]
        if not ids or len(set(ids)) != len(ids):
            raise ParameterError(
                f"views must be at least one, each with an id of its own; got {ids}. "
                "Pass views=[View('cloud', 'scatter', 'Where do they fall?')]."
            )
        if self.code.count("\n") > 2:
            lines = self.code.count("\n") + 1
            raise ParameterError(f"code must have at most 3 lines; got {lines}. Show one call.")
        self._frames: list[tuple[int, Frame]] = []  # (number of the append, frame)
        self._sizes: dict[int, int] = {}  # id(mark) -> bytes of its JSON, for marks in a frame
        self._pool: dict[str, Mark] = {}  # JSON -> the one mark that has it
        self._appended = 0
        self._stride = 1
        self._header_bytes = len(self.to_json().encode())

    def append(
        self,
        step: float,
        marks: Mapping[str, Sequence[Mark]] | None = None,
        *,
        scalars: Mapping[str, float] | None = None,
        sentence: str = "",
    ) -> Frame:
        """Add a keyframe and return it (quantised).

        Parameters
        ----------
        step : float
            Where the run stands (an epoch, a number of draws, seconds); never decreasing.
        marks : mapping of view id to marks, optional
        scalars : mapping of name to float, optional
            Figures of this step; NaN and infinity are kept.
        sentence : str
            The main figure in words, as it is read aloud: "After 100 darts pi is 3.12."

        Raises
        ------
        ParameterError
            If a view is unknown, the step goes back, or one frame alone exceeds 1 MB.
        """
        return self._add(step, marks or {}, scalars or {}, sentence, rounding=True)

    def _add(
        self,
        step: float,
        marks: Mapping[str, Sequence[Mark]],
        scalars: Mapping[str, float],
        sentence: str,
        *,
        rounding: bool,
    ) -> Frame:
        step = from_number(plain("step", step))
        before = self._frames[-1][1].step if self._frames else -math.inf
        if not math.isfinite(step):
            raise ParameterError(f"step must be a finite number; got {step}. Count the steps.")
        if step < before:
            raise ParameterError(f"step must not go back; got {step} after {before}. Start anew.")
        views = {view.id: view if rounding else None for view in self.views}
        unknown = sorted(set(marks) - set(views))
        if unknown:
            raise ParameterError(
                f"marks must belong to one of the views {sorted(views)}; got {unknown[0]!r}. "
                "Declare it in views=."
            )
        frame = Frame(
            step=step,
            marks={
                view_id: tuple(self._pooled(quantised(mark, views[view_id])) for mark in group)
                for view_id, group in marks.items()
            },
            scalars={str(k): float(v) for k, v in scalars.items()},
            sentence=checked_text("sentence", sentence),
        )
        self._keep(frame)
        return frame

    def _pooled(self, mark: Mark) -> Mark:
        text = json.dumps(mark, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        mark = self._pool.setdefault(text, mark)
        self._sizes[id(mark)] = len(text.encode())
        return mark

    def _keep(self, frame: Frame) -> None:
        """Add the frame; the previous one goes if it stood between two strides."""
        frames = list(self._frames)
        if frames and frames[-1][0] % self._stride:
            frames.pop()
        frames.append((self._appended, frame))
        self._appended += 1
        while len(frames) > MAX_FRAMES or self._bytes(frames) > MAX_BYTES:
            if len(frames) < 3:
                raise ParameterError(
                    f"a frame must fit in {MAX_BYTES:,} bytes; got {self._bytes(frames):,} in "
                    f"{len(frames)}. Draw fewer points: 500 are enough for a picture."
                )
            self._stride *= 2
            frames = [f for f in frames[:-1] if f[0] % self._stride == 0] + frames[-1:]
        self._frames = frames  # one assignment, so that a reading thread sees a whole list
        used = {id(m) for _, f in frames for group in f.marks.values() for m in group}
        self._pool = {text: m for text, m in self._pool.items() if id(m) in used}
        self._sizes = {key: size for key, size in self._sizes.items() if key in used}

    def _bytes(self, frames: list[tuple[int, Frame]]) -> int:
        """Return how long the JSON is at most; each mark counts once."""
        used = {id(m) for _, f in frames for group in f.marks.values() for m in group}
        rest = sum(
            80 + 60 * len(f.scalars) + 60 * len(f.marks) + len(f.sentence.encode())
            + sum(6 * len(group) for group in f.marks.values())
            for _, f in frames
        )
        return self._header_bytes + rest + sum(self._sizes[key] + 1 for key in used)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The keyframes, oldest first."""
        return tuple(frame for _, frame in self._frames)

    @property
    def steps(self) -> NDArray[np.float64]:
        """The step of each keyframe, shape (n_frames,)."""
        return np.array([frame.step for frame in self.frames], dtype=np.float64)

    @property
    def sentence(self) -> str:
        """The newest sentence of the run, or ''."""
        return next((f.sentence for f in reversed(self.frames) if f.sentence), "")

    def scalars(self, name: str) -> NDArray[np.float64]:
        """Return one figure at each keyframe, shape (n_frames,); NaN where it is absent."""
        known = sorted({key for frame in self.frames for key in frame.scalars})
        if name not in known:
            raise ParameterError(
                f"scalar must be one of {known}; got {name!r}. Append it with scalars=."
            )
        return np.array([frame.scalars.get(name, math.nan) for frame in self.frames])

    def last(self, name: str) -> float:
        """Return the figure at the newest keyframe that has it."""
        self.scalars(name)  # raises if nobody has it
        return next(f.scalars[name] for f in reversed(self.frames) if name in f.scalars)

    def to_json(self) -> str:
        """Return the trace as plain JSON text (one line, no NaN)."""
        numbers: dict[int, int] = {}
        pool: list[Mark] = []
        frames = []
        for frame in self.frames:
            groups: dict[str, list[int]] = {}
            for view_id, group in frame.marks.items():
                for mark in group:
                    if id(mark) not in numbers:
                        numbers[id(mark)] = len(pool)
                        pool.append(mark)
                groups[view_id] = [numbers[id(mark)] for mark in group]
            frames.append({**frame_to_dict(frame), "marks": groups})
        document = {
            "synthkit_trace": TRACE_VERSION,
            "name": self.name,
            "seed": self.seed,
            "parameters": self.parameters,
            "versions": dict(self.versions),
            "threads": dict(self.threads),
            "code": self.code,
            "views": [asdict(view) for view in self.views],
            "pool": pool,
            "frames": frames,
        }
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """Read a trace and check every field of it.

        Raises
        ------
        DamagedFileError
            If the text is no trace, is damaged, or was written by a newer version.
        """
        document = _parsed(text)
        try:
            trace = cls(
                name=document["name"],
                seed=document["seed"],
                parameters=document["parameters"],
                views=tuple(View(**view) for view in document["views"]),
                code=document.get("code", ""),
                versions={str(k): str(v) for k, v in document["versions"].items()},
                threads={str(k): int(v) for k, v in document["threads"].items()},
            )
            pool = [_loaded_mark(mark) for mark in document["pool"]]
            if len(document["frames"]) > MAX_FRAMES:
                count = len(document["frames"])
                raise ParameterError(f"frames must be at most {MAX_FRAMES}; got {count}.")
            for frame in document["frames"]:
                groups = {
                    view_id: [pool[_index(i, len(pool))] for i in group]
                    for view_id, group in frame["marks"].items()
                }
                scalars = {k: from_number(v) for k, v in frame["scalars"].items()}
                trace._add(frame["step"], groups, scalars, frame["sentence"], rounding=False)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            detail = f"no field {error}" if isinstance(error, KeyError) else str(error)
            raise DamagedFileError(
                f"a trace must have the fields of version {TRACE_VERSION}; got {detail} "
                "Make the trace again."
            ) from error
        return trace

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the JSON text to ``path``, whole or not at all."""
        _write_atomically(Path(path), self.to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trace:
        """Read a trace that ``save`` wrote."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise DamagedFileError(
                f"a trace must be UTF-8 text; got {Path(path).name!r}, which isn't. "
                "Make the trace again."
            ) from error
        return cls.from_json(text)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write one self-contained page: the player, this trace, nothing from the network."""
        assets = Path(__file__).parent / "widgets" / "assets"
        player = (assets / "player.js").read_text(encoding="utf-8")
        page = (assets / "page.html").read_text(encoding="utf-8")
        parts = {
            "@TITLE@": html.escape(self.name),
            "@SENTENCE@": html.escape(self.sentence),
            "@TRACE@": script_safe(self.to_json()),
            "@PLAYER@": player,
        }
        pattern = re.compile("|".join(parts))  # one pass: a label '@PLAYER@' stays a label
        _write_atomically(Path(path), pattern.sub(lambda found: parts[found.group()], page))


def frame_to_dict(frame: Frame) -> dict[str, Any]:
    """Return a frame as JSON-ready values, marks in full (a live message, a test)."""
    return {
        "step": frame.step,
        "marks": {view_id: list(group) for view_id, group in frame.marks.items()},
        "scalars": {name: to_number(value) for name, value in frame.scalars.items()},
        "sentence": frame.sentence,
    }


def script_safe(text: str) -> str:
    """Escape JSON text so that no content of it can end the script element it stands in."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _versions() -> dict[str, str]:
    """Return the versions that the bytes of a run depend on (torch only where it is in use)."""
    found = {"python": platform.python_version(), "numpy": np.__version__}
    for name in ("synthkit", "torch"):
        if name in sys.modules:
            found[name] = str(getattr(sys.modules[name], "__version__", "unknown"))
    return found


def _threads() -> dict[str, int]:
    """Return the thread counts that the bytes of a run depend on."""
    found = {"cpu": os.cpu_count() or 1}
    limit = os.environ.get("OMP_NUM_THREADS", "")
    if limit.isdigit():
        found["omp"] = int(limit)
    if "torch" in sys.modules:
        found["torch"] = int(sys.modules["torch"].get_num_threads())
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"the number {name}")


def _parsed(text: Any) -> dict[str, Any]:
    """Return the JSON object of a trace of this version."""
    if not isinstance(text, str) or len(text) > MAX_TEXT_BYTES:
        got = f"{len(text):,}" if isinstance(text, str) else type(text).__name__
        raise DamagedFileError(
            f"a trace must be JSON text below {MAX_TEXT_BYTES:,} characters; got {got}. "
            "Make the trace again."
        )
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(
            f"a trace must be JSON text; got {text[:40]!r}… ({error}). Make the trace again."
        ) from error
    version = document.get("synthkit_trace") if isinstance(document, dict) else None
    if version != TRACE_VERSION:
        raise DamagedFileError(
            f"a trace must have 'synthkit_trace' = {TRACE_VERSION}; got {version!r}. "
            "Read it with the version of synthkit that wrote it, or make it again."
        )
    return dict(document)


def _loaded_mark(mark: Any) -> Mark:
    """Check one mark of a file through the function that makes marks."""
    fields = dict(mark)
    return custom(fields.pop("type"), **fields)


def _index(number: Any, length: int) -> int:
    if type(number) is int and 0 <= number < length:
        return number
    raise ParameterError(f"a frame must refer to one of {length} marks; got {number!r}.")


def _write_atomically(path: Path, text: str) -> None:
    """Write beside the target, flush to the disk, then replace: never half a file."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
