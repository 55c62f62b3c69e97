"""Running what a learner wrote, with care: whose line failed, and whose function was called.

Nothing here judges an answer; `synthkit.course.checks` does.
"""

from __future__ import annotations

import inspect
import linecache
import sys
import sysconfig
import traceback
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

_PACKAGE = Path(__file__).resolve().parents[1]
_OURS = str(_PACKAGE)
_TECHNIQUES = str(_PACKAGE / "techniques")
_REGISTRY = str(Path(_TECHNIQUES) / "__init__.py")  # finds classes; that is no help yet
_INSTALLED = tuple(
    str(Path(sysconfig.get_paths()[key]).resolve()) for key in ("stdlib", "purelib", "platlib")
)


@dataclass
class Watched:
    """The learner's function, called with an eye on what it calls and whether it fails.

    A profile hook sees each Python function that starts; it is set for the length of the call
    only, and whatever hook stood there before (a profiler's, a debugger's) is put back.
    """

    function: Callable[..., Any]
    borrowed: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function and return what it returns."""
        before = sys.getprofile()
        sys.setprofile(self._note)
        try:
            return self.function(*args, **kwargs)
        except Exception as error:
            self.failure = error
            raise
        finally:
            sys.setprofile(before)

    def _note(self, frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        # Only functions: importing a technique runs module and class bodies, which is no help yet.
        is_function = bool(code.co_flags & inspect.CO_OPTIMIZED)
        ours = code.co_filename.startswith(_TECHNIQUES) and code.co_filename != _REGISTRY
        if event == "call" and is_function and ours:
            name = f"{Path(code.co_filename).stem}.{getattr(code, 'co_qualname', code.co_name)}"
            if name not in self.borrowed:
                self.borrowed.append(name)


def own_line(trace: TracebackType | None) -> tuple[int, str] | None:
    """Return (line number, text) of the learner's own deepest line in a traceback, or None."""
    for frame in reversed(traceback.extract_tb(trace)):
        if not _is_installed(frame.filename):
            return frame.lineno or 0, (frame.line or "").strip()
    return None


def _is_installed(filename: str) -> bool:
    if filename.startswith("<frozen"):
        return True
    if filename.startswith("<"):
        return filename == "<string>"
    path = str(Path(filename).resolve())
    return path.startswith((_OURS, *_INSTALLED))


def run_source(source: str, setup: str = "") -> dict[str, Any]:
    """Execute a learner's source text in a fresh namespace and return it.

    The tests run each exercise's untried, wrong and right answers through here; so do
    fill-the-blanks questions.  ``setup`` runs first (imports).
    """
    namespace: dict[str, Any] = {"__name__": "answer"}
    if setup:
        exec(compile(setup, "<string>", "exec"), namespace)
    filename = f"<your code {zlib.crc32(source.encode()):x}>"
    # So that a traceback can show the line, although it is in no file.
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), namespace)
    return namespace


def is_untried(answer: Any, starter: str, name: str, setup: str = "") -> bool:
    """Say whether the answer is still what the exercise began with."""
    if answer is None or answer is Ellipsis:
        return True
    code = getattr(inspect.unwrap(answer) if callable(answer) else answer, "__code__", None)
    if code is None or not starter:
        return False
    begun = getattr(run_source(starter, setup).get(name), "__code__", None)
    return begun is not None and _same_code(code, begun)


def _same_code(one: CodeType, other: CodeType) -> bool:
    def constants(code: CodeType) -> list[Any]:
        # A changed docstring is no attempt; nested code objects carry their file's name.
        plain = [c for c in code.co_consts if not isinstance(c, CodeType)]
        return [repr(c) for c in plain if not (isinstance(c, str) and c == code.co_consts[0])]

    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and constants(one) == constants(other)
    )
