"""Arena: several techniques side by side, with progress, of which each can be cancelled.

    arena = Arena(["trees", "gan"], table, target="income").start()
    arena.cancel("gan")            # the others go on
    arena.wait()
    arena.result.table()

Each technique runs in a process of its own (see :mod:`synthkit.arena_process`), ``workers`` at a
time, and is stopped when its time is over.  The figures are those of ``sk.compare`` with the same
seed: same split, same seeds, whatever the number of workers and the order of finishing.
"""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from synthkit.arena_process import Child, Early, Stopped
from synthkit.contenders import contenders, said_by
from synthkit.contest import Comparison, Contest, Entry
from synthkit.errors import DataError, ParameterError
from synthkit.measure.scorecard import Mode, Scorecard
from synthkit.measure.splitting import SHARE
from synthkit.rng import RandomState

Status = Literal["waiting", "running", "judging", "done", "failed", "cancelled"]
Job = tuple[Literal["technique", "anchor"], str]
Over: tuple[Status, ...] = ("done", "failed", "cancelled")
TIME_LIMIT_S = 600.0
WORKERS = 2  # the cores that a laptop has to spare
TICK_S = 0.1
AGAIN_S = 2.0  # two interrupts within this end the waiting

# The quick ones first, so that something is on the screen at once; unknown ones in between.
QUICK = ("monte_carlo", "bootstrap", "masking", "perturbation", "trees", "hybrid")
SLOW = ("vae", "gan", "autoregressive")


@dataclass(frozen=True)
class Lane:
    """How far one technique is.

    Attributes
    ----------
    status : str
        waiting, running (fits and samples), judging, done, failed or cancelled.
    seconds : float
        Wall-clock seconds so far, or in the end.
    said : str
        The first figure, the verdict, or what went wrong.
    """

    name: str
    status: Status = "waiting"
    seconds: float = 0.0
    said: str = ""


class Arena:
    """Several techniques on one table, each in a process of its own.

    Parameters
    ----------
    techniques, df, target, rng, group, time, unit, holdout_share, mode
        As in ``sk.compare``.
    workers : int, default 2
        Techniques at a time.
    time_limit_s : float, default 600
        Wall-clock seconds that one technique, with its scorecard, may take.

    Attributes
    ----------
    lanes : dict of name to Lane
    result : Comparison or None
        Once all lanes are over and at least one gave a table.
    error : Exception or None
        What prevented the result.

    Raises
    ------
    ParameterError
        As ``sk.compare``; or for workers or a time limit below 1.
    DataError
        The table can't be split.
    """

    def __init__(
        self,
        techniques: Sequence[Any] | Mapping[str, Any],
        df: Any,
        target: Hashable = None,
        rng: RandomState = 0,
        *,
        group: Hashable = None,
        time: Hashable = None,
        unit: Hashable = None,
        holdout_share: float = SHARE,
        mode: Mode = "quick",
        workers: int = WORKERS,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        _require_least("workers", workers)
        _require_least("time_limit_s", time_limit_s)
        self.techniques = contenders(techniques)
        self.contest = Contest.of(df, target, rng, group, time, unit, holdout_share, mode)
        self.seed = rng
        self.holdout_share = holdout_share
        self.workers = int(workers)
        self.time_limit_s = float(time_limit_s)
        self.lanes: dict[str, Lane] = {name: Lane(name) for name in self.techniques}
        self.result: Comparison | None = None
        self.error: Exception | None = None
        self._listeners: list[Callable[[], None]] = []
        self._entries: dict[str, Entry] = {}
        self._anchors: dict[str, Scorecard] = {}
        self._children: dict[str, Child] = {}
        self._at_anchors: set[Child] = set()
        self._began: dict[str, float] = {}
        self._waiting: list[Job] = _in_order(self.techniques, self.contest)
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._started = False

    # --- what its user calls ------------------------------------------------------------------

    def start(self) -> Arena:
        """Begin in the background; returns at once.  A second call does nothing."""
        with self._lock:
            if self._started:
                return self
            self._started = True
        threading.Thread(target=self._run, name="synthkit-arena", daemon=True).start()
        return self

    def run(self) -> Comparison:
        """Run to the end and return the result; an interrupt cancels what is still open.

        Raises
        ------
        DataError
            No technique made a table that can be judged.
        """
        try:
            self.start().wait()
        except KeyboardInterrupt:
            self.cancel_all()
            self.wait()
        if self.result is None:
            raise self.error or DataError("the arena must end with a result; it was cancelled.")
        return self.result

    def finish(self) -> Comparison:
        """Run to the end and return the result; an interrupt cancels what is at work.

        The arena goes on with the techniques that wait.  Two interrupts within two seconds stop
        the waiting: the second one is raised.

        Raises
        ------
        DataError
            No technique made a table that can be judged.
        """
        last = float("-inf")
        while True:
            try:
                if self.start().wait():
                    break
            except KeyboardInterrupt:
                if clock.monotonic() - last < AGAIN_S:
                    raise
                last = clock.monotonic()
                self.cancel_running()
        return self.run()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until everything is over; return whether it is."""
        end = None if timeout is None else clock.monotonic() + timeout
        while not self._over.wait(TICK_S):  # in short turns, so that an interrupt is heard
            if end is not None and clock.monotonic() > end:
                return False
        return True

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener()``, in a thread of the arena, whenever something has changed."""
        self._listeners.append(listener)

    @property
    def started(self) -> bool:
        """Whether it has begun."""
        return self._started

    @property
    def running(self) -> bool:
        """Whether it has begun and isn't over."""
        return self._started and not self._over.is_set()

    def cancel(self, name: str) -> None:
        """Stop one technique; the others go on.  One that is over stays as it is.

        Raises
        ------
        ParameterError
            There is no such technique.
        """
        if name not in self.lanes:
            raise ParameterError(f"name must be one of {', '.join(self.lanes)}; got {name!r}.")
        self._stop(name, "cancelled", "cancelled")

    def cancel_running(self) -> None:
        """Stop the techniques that are at work; those that wait go on."""
        for lane in self.progress():
            if lane.status in ("running", "judging"):
                self._stop(lane.name, "cancelled", "cancelled")

    def cancel_all(self) -> None:
        """Stop what runs and what waits; what is done is kept."""
        with self._lock:
            if not self._entries:
                self._waiting.clear()  # no anchor is of use without a technique beside it
        for name in self.techniques:
            self._stop(name, "cancelled", "cancelled")
        self._changed()

    def progress(self) -> tuple[Lane, ...]:
        """Return the lanes, with the seconds until now."""
        now = clock.monotonic()
        with self._lock:
            return tuple(
                replace(lane, seconds=now - self._began[name])
                if lane.status in ("running", "judging")
                else lane
                for name, lane in self.lanes.items()
            )

    def cards(self) -> dict[str, Scorecard]:
        """Return the scorecards so far."""
        with self._lock:
            return {n: self._entries[n].card for n in self.techniques if n in self._entries}

    def anchors(self) -> dict[str, Scorecard]:
        """Return the anchors' scorecards so far."""
        with self._lock:
            known = self.contest.anchor_names(self.techniques)
            return {name: self._anchors[name] for name in known if name in self._anchors}

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()

    # --- in its threads -----------------------------------------------------------------------

    def _run(self) -> None:
        """Let the workers take one job after the other; then rank."""
        try:
            threads = [
                threading.Thread(target=self._work, name="synthkit-arena-worker", daemon=True)
                for _ in range(self.workers)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():
                    thread.join(TICK_S)
                    self._end_what_takes_too_long()
            entries = {n: self._entries[n] for n in self.techniques if n in self._entries}
            failed = {n: lane.said for n, lane in self.lanes.items() if n not in entries}
            self.result = self.contest.conclude(entries, failed, self.anchors())
        except Exception as error:
            self.error = error
        finally:
            self._over.set()
            self._changed()

    def _work(self) -> None:
        child = Child()
        try:
            while True:
                with self._lock:
                    if not self._waiting:
                        return
                    kind, name = self._waiting.pop(0)
                    child.ready()
                    if kind == "technique":
                        self._children[name] = child
                        self._began[name] = clock.monotonic()
                        self._note(name, "running")
                if kind == "technique":
                    self._changed()
                    self._judge(name, child)
                elif not self._hopeless():
                    self._judge_anchor(name, child)
        finally:
            child.close()

    def _judge(self, name: str, child: Child) -> None:
        """Let the child judge one technique, and note how it ended."""

        def early(first: Early) -> None:
            said = f"table made in {first.seconds:.1f} s; column shapes {first.column_shapes:.2f}"
            self._set(name, "judging", said)

        try:
            entry = child.judge(self.contest, self.techniques[name], early)
        except Stopped:
            # Whoever stopped it has said why, unless it began just as another one was stopped.
            self._set(name, "failed", "its process was stopped beside another's; run it again.")
        except Exception as error:
            text = str(error) if isinstance(error, DataError) else said_by(error)
            self._set(name, "failed", text)
        else:
            with self._lock:
                if self.lanes[name].status not in Over:
                    self._entries[name] = entry
            self._set(name, "done", entry.card.verdict.label)

    def _judge_anchor(self, name: str, child: Child) -> None:
        """Judge a table of known worth; one that needs more rows is left out."""
        with self._lock:
            self._at_anchors.add(child)
        try:
            card = child.anchor(self.contest, name)
        except (DataError, Stopped):
            return
        finally:
            with self._lock:
                self._at_anchors.discard(child)
        with self._lock:
            self._anchors[name] = card
        self._changed()

    def _end_what_takes_too_long(self) -> None:
        now = clock.monotonic()
        for name, lane in list(self.lanes.items()):
            late = now - self._began.get(name, now) > self.time_limit_s
            if late and lane.status in ("running", "judging"):
                self._stop(
                    name,
                    "failed",
                    f"the technique must end within its time limit of {self.time_limit_s:g} "
                    "seconds; it did not and was stopped.",
                )

    def _stop(self, name: str, status: Status, said: str) -> None:
        with self._lock:
            before = self.lanes[name].status
            if before in Over:
                return
            if ("technique", name) in self._waiting:
                self._waiting.remove(("technique", name))
            self._note(name, status, said)
            child = self._children.get(name)
            useless = set(self._at_anchors) if self._hopeless() else set()
        for other in {child, *useless} if before != "waiting" else useless:
            if other is not None:
                other.kill()
        self._changed()

    def _hopeless(self) -> bool:
        """Tell whether no technique has a card, or can still get one."""
        return not self._entries and all(lane.status in Over for lane in self.lanes.values())

    def _note(self, name: str, status: Status, said: str = "") -> None:
        """Note where a lane is; what is over stays over."""
        with self._lock:
            if self.lanes[name].status in Over:
                return
            seconds = clock.monotonic() - self._began.get(name, clock.monotonic())
            self.lanes[name] = Lane(name, status, seconds, said)

    def _set(self, name: str, status: Status, said: str = "") -> None:
        """Note where a lane is, and tell the listeners: never while the lock is held."""
        self._note(name, status, said)
        self._changed()


def _in_order(techniques: Collection[str], contest: Contest) -> list[Job]:
    """Return the jobs: two quick techniques, the anchors to compare them with, then the others."""

    def place(name: str) -> int:
        if name in QUICK:
            return QUICK.index(name)
        return len(QUICK) + 1 + SLOW.index(name) if name in SLOW else len(QUICK)

    own: list[Job] = [("technique", name) for name in sorted(techniques, key=place)]
    anchors: list[Job] = [("anchor", name) for name in contest.anchor_names(techniques)]
    return [*own[:2], *anchors, *own[2:]]


def _require_least(name: str, value: Any) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not value >= 1:
        raise ParameterError(f"{name} must be a number >= 1; got {value!r}.")
