"""One technique in a process of its own, so that it can be stopped whatever it does.

A thread can't be stopped from outside: a technique that loops in C, waits for ever or eats the
memory would take the kernel along.  A process can.  So the arena gives each technique to a child
that is started anew (not forked: a fork of a kernel with threads may hang in a lock), talks to it
through a pipe, and ends it by a kill.  A technique that was written in a notebook's cell travels by
value (cloudpickle, which scikit-learn's joblib brings): the child needn't import the notebook.

Only objects pass through the pipe that this process made itself, and only between it and its own
child; no file is read.

When it fails: a technique that holds what no other process can have (an open file, a database
connection, a lock) can't travel, and says so.  What it prints goes nowhere.
"""

from __future__ import annotations

import importlib
import os
import queue
import struct
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from synthkit.contest import Contest, Entry
from synthkit.errors import DataError, DataWarning
from synthkit.measure.card import Scorecard

LENGTH = struct.Struct(">Q")  # eight bytes before each message: how long it is
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Stopped(Exception):
    """The child was killed before it answered."""


@dataclass(frozen=True)
class Early:
    """What is known before the card: the table is made, and its columns are this good."""

    seconds: float
    column_shapes: float


Said = Callable[[Early], None]


class Child:
    """A process that judges one technique after another.

    It is started with the first job (two seconds), kept for the next ones, and started anew
    after a kill.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stop_wanted = False

    def ready(self) -> None:
        """Forget a ``kill`` that came for an earlier job."""
        self._stop_wanted = False

    def judge(self, contest: Contest, technique: Any, early: Said | None = None) -> Entry:
        """Let the child fit, sample and measure one technique; errors as in ``ask``."""
        entry: Entry = self.ask("judge", contest, technique, early)
        return entry

    def anchor(self, contest: Contest, name: str) -> Scorecard:
        """Let the child judge a table of known worth; errors as in ``ask``."""
        card: Scorecard = self.ask("anchor", contest, name, None)
        return card

    def ask(self, verb: str, contest: Contest, subject: Any, early: Said | None) -> Any:
        """Send one job and wait for its answer; what the child warns of is warned of here.

        Raises
        ------
        Stopped
            ``kill`` was called, from another thread.
        DataError
            The technique can't travel, or the child died.
        Exception
            Whatever the technique raised, as a DataError with its name and message.
        """
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            message = _packed((list(sys.path), verb, contest, subject))
        except Exception as error:
            raise DataError(
                f"a technique must be able to travel to a process of its own; this one can't "
                f"({type(error).__name__}: {error}). Open files and connections in fit instead."
            ) from error
        try:
            if self._stop_wanted:  # killed before there was a process
                raise EOFError
            _write(process.stdin, message)
            while True:
                kind, value = _read(process.stdout)
                if kind == "done":
                    return value
                if kind == "failed":
                    raise DataError(value)
                if kind == "warned":
                    warnings.warn(f"{_name_of(subject)}: {value}", DataWarning, stacklevel=2)
                elif early is not None:
                    early(value)
        except (EOFError, BrokenPipeError):
            if self._stop_wanted:
                self.close()
                self.ready()
                raise Stopped from None
            status = process.wait()
            self._process = None
            raise DataError(
                f"the technique's process must live until it has answered; it ended with status "
                f"{status}. It may have run out of memory, or crashed in compiled code."
            ) from None

    def kill(self) -> None:
        """End the child, whatever it does; may be called from any thread."""
        self._stop_wanted = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """Let the child end: there are no more jobs."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            # One thread for each child, as in the benchmarks: two children on two cores, and the
            # networks' figures are the same as with one thread here.
            environment = {**dict.fromkeys(THREADS, "1"), **os.environ}
            environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from synthkit.arena_process import main; main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the parent, which decides
            )
        return self._process


def _name_of(subject: Any) -> str:
    """Return the name of a technique, or of an anchor."""
    return subject if isinstance(subject, str) else getattr(subject, "name", type(subject).__name__)


# --- messages ---------------------------------------------------------------------------------


def _cloudpickle() -> Any:
    """Import cloudpickle: a package of its own, or within joblib before its version 1.6."""
    try:
        return importlib.import_module("cloudpickle")
    except ImportError:
        return importlib.import_module("joblib.externals.cloudpickle")


def _packed(value: Any) -> bytes:
    """Return an object as bytes; what was defined in a notebook's cell travels by value."""
    return bytes(_cloudpickle().dumps(value))


def _unpacked(message: bytes) -> Any:
    """Return the object that the other end of the pipe packed."""
    return _cloudpickle().loads(message)


def _write(pipe: BinaryIO | Any, message: bytes) -> None:
    pipe.write(LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _read(pipe: BinaryIO | Any) -> Any:
    """Read one message; EOFError where the other end is gone."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    size = LENGTH.unpack(head)[0]
    message = pipe.read(size)
    if len(message) < size:
        raise EOFError
    return _unpacked(message)


# --- in the child -----------------------------------------------------------------------------


def listen(jobs: BinaryIO | Any, heard: queue.Queue[bytes]) -> None:
    """Put what comes in into a queue; when the pipe closes, end this process at once.

    The parent may be killed while a technique is busy, perhaps for ever: nobody waits for it then.
    """
    while True:
        head = jobs.read(LENGTH.size)
        if len(head) < LENGTH.size:
            os._exit(0)
        heard.put(jobs.read(LENGTH.unpack(head)[0]))


def serve(heard: queue.Queue[bytes], answers: BinaryIO | Any) -> None:
    """Judge what was heard, until ``listen`` ends the process."""
    from synthkit.contenders import said_by

    while True:
        message = heard.get()
        try:
            path, verb, contest, subject = _unpacked(message)
            sys.path[:] = path

            def early(seconds: float, shapes: float) -> None:
                _write(answers, _packed(("early", Early(seconds, shapes))))

            with warnings.catch_warnings(record=True) as heard_warnings:
                warnings.simplefilter("always", DataWarning)
                try:
                    found = (
                        contest.anchor(subject).light()
                        if verb == "anchor"
                        else contest.judge(subject, early).light()
                    )
                finally:
                    for text in _data_warnings(heard_warnings):
                        _write(answers, _packed(("warned", text)))
            answer = _packed(("done", found))
        except Exception as error:
            answer = _packed(("failed", said_by(error)))
        _write(answers, answer)


def _data_warnings(heard: list[warnings.WarningMessage]) -> list[str]:
    """Return what was said about the table, each sentence once."""
    said = [str(w.message) for w in heard if issubclass(w.category, DataWarning)]
    return list(dict.fromkeys(said))


def main() -> None:
    """Serve the parent; whatever a technique prints must not reach the pipe."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    heard: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=listen, args=(sys.stdin.buffer, heard), daemon=True).start()
    serve(heard, answers)
