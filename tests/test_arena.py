"""The arena: side by side in processes, cancelled one by one, the same figures as in one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.arena import compare
from synthkit.arena_process import Child, Stopped
from synthkit.arena_run import Arena
from synthkit.contest import Contest
from synthkit.errors import DataError, DataWarning, ParameterError

PATIENCE_S = 120  # a loaded machine takes long to start a process; nothing below waits so long


class Loops:
    """Never ends, and hears no signal that Python would hear."""

    def fit(self, table: pd.DataFrame) -> None:
        big = 10**200_000
        while True:
            _ = big * big  # within C, the interpreter can't be interrupted

    def sample(self, n: int) -> None: ...


class Raises:
    def fit(self, table: pd.DataFrame) -> None:
        raise RuntimeError("my first draft")

    def sample(self, n: int) -> None: ...


class LosesColumns:
    def fit(self, table: pd.DataFrame) -> None:
        self.table = table

    def sample(self, n: int) -> pd.DataFrame:
        return self.table.sample(n, replace=True, random_state=0).iloc[:, :2]


class Dies:
    """As one that runs out of memory: the system ends it without a word."""

    def fit(self, table: pd.DataFrame) -> None:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)

    def sample(self, n: int) -> None: ...


class Prints(LosesColumns):
    def sample(self, n: int) -> pd.DataFrame:
        print("noise on the pipe " * 1000)
        return self.table.sample(n, replace=True, random_state=0).reset_index(drop=True)


class Warns(Prints):
    def fit(self, table: pd.DataFrame) -> None:
        warnings.warn("one column looks odd", DataWarning, stacklevel=2)
        warnings.warn("one column looks odd", DataWarning, stacklevel=2)
        warnings.warn("a library's own affair", DeprecationWarning, stacklevel=2)
        super().fit(table)


def until(reached: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def ended() -> Arena:
    """Run an arena of misbehaving techniques; one is cancelled while it loops."""
    techniques = {
        "loops": Loops(), "raises": Raises(), "loses columns": LosesColumns(), "dies": Dies(),
        "prints": Prints(), "monte_carlo": "monte_carlo",
    }  # fmt: skip
    arena = Arena(techniques, sk.load("iris"), "species", workers=2)
    arena.start()
    until(lambda: arena.lanes["loops"].status == "running")
    until(lambda: len(arena.cards()) == 1)  # the others go on beside it
    arena.cancel("loops")
    arena.cancel("loops")  # a second click is no harm
    assert arena.wait(PATIENCE_S)
    return arena


def test_what_misbehaves_is_said_and_the_others_go_on(ended: Arena) -> None:
    states = {name: lane.status for name, lane in ended.lanes.items()}
    assert states == {
        "loops": "cancelled", "raises": "failed", "loses columns": "failed", "dies": "failed",
        "prints": "done", "monte_carlo": "done",
    }  # fmt: skip
    assert ended.error is None
    result = ended.result
    assert result is not None
    assert list(result.cards) == ["prints", "monte_carlo"]  # in the order given, not of finishing
    assert result.failed["loops"] == "cancelled"
    assert result.failed["raises"] == "RuntimeError: my first draft"
    assert "missing ['petal_length_cm'" in result.failed["loses columns"]
    assert "ended with status -9" in result.failed["dies"]
    assert "copies" in result.cards["prints"].verdict.label
    assert [p.kind for p in result.points()].count("anchor") == 4


def test_the_figures_are_those_of_compare(ended: Arena) -> None:
    alone = compare({"monte_carlo": "monte_carlo"}, sk.load("iris"), "species")
    one, other = alone.cards["monte_carlo"], ended.result.cards["monte_carlo"]  # type: ignore[union-attr]
    for part in ("verdict", "fidelity", "utility", "privacy"):
        assert one.to_dict()[part] == other.to_dict()[part]
    tables = alone.tables["monte_carlo"], ended.result.tables["monte_carlo"]  # type: ignore[union-attr]
    pd.testing.assert_frame_equal(*tables)
    assert {n: c.to_dict()["privacy"] for n, c in alone.anchors.items()} == {
        n: c.to_dict()["privacy"] for n, c in ended.anchors().items()
    }


def test_a_technique_that_takes_too_long_is_stopped() -> None:
    arena = Arena({"loops": Loops()}, sk.load("iris"), time_limit_s=1)
    with pytest.raises(DataError, match="within its time limit of 1 seconds"):
        arena.run()
    assert arena.lanes["loops"].status == "failed"
    assert not [t for t in threading.enumerate() if t.name == "synthkit-arena-worker"]


def test_all_cancelled_at_once() -> None:
    arena = Arena({"a": Loops(), "b": Loops(), "c": Loops()}, sk.load("iris")).start()
    until(lambda: arena.lanes["b"].status == "running")
    arena.cancel_all()
    assert arena.wait(PATIENCE_S)
    assert {lane.status for lane in arena.progress()} == {"cancelled"}
    assert arena.result is None
    assert isinstance(arena.error, DataError)


def test_no_listener_is_called_while_others_must_wait() -> None:
    """A listener that holds a lock of its own, and asks how far the arena is, never hangs."""
    arena = Arena({"a": Loops(), "b": Loops()}, sk.load("iris"))
    blocked = []

    def look() -> None:
        other = threading.Thread(target=arena.progress, daemon=True)
        other.start()
        other.join(5)
        blocked.append(other.is_alive())

    arena.on_change(look)
    arena.start()
    until(lambda: arena.lanes["b"].status == "running")
    arena.cancel("a")
    arena.cancel_all()
    assert arena.wait(PATIENCE_S)
    assert len(blocked) >= 4  # two began, two were cancelled
    assert not any(blocked)


def test_a_killed_child_is_started_anew() -> None:
    contest = Contest.of(sk.load("iris"), None, 0, None, None, None, 0.3, "quick")
    child = Child()
    threading.Timer(2.0, child.kill).start()
    with pytest.raises(Stopped):
        child.judge(contest, Loops())
    with pytest.raises(DataError, match="my first draft"):
        child.judge(contest, Raises())
    child.close()


def test_what_a_technique_warns_of_is_heard_here_once() -> None:
    contest = Contest.of(sk.load("iris"), None, 0, None, None, None, 0.3, "quick")
    child = Child()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        child.judge(contest, Warns())
    child.close()
    assert [str(w.message) for w in heard] == ["Warns: one column looks odd"]
    assert heard[0].category is DataWarning


def test_what_cannot_travel_says_so(tmp_path: Any) -> None:
    technique = Raises()
    with (tmp_path / "open").open("w") as technique.log:  # type: ignore[attr-defined]
        arena = Arena({"holds a file": technique}, sk.load("iris"))
        with pytest.raises(DataError, match="must be able to travel"):
            arena.run()


def test_lanes_and_arguments_are_checked() -> None:
    iris = sk.load("iris")
    with pytest.raises(ParameterError, match="workers must be a number >= 1; got 0"):
        Arena(["trees"], iris, workers=0)
    with pytest.raises(ParameterError, match="time_limit_s must be a number >= 1; got nan"):
        Arena(["trees"], iris, time_limit_s=float("nan"))
    with pytest.raises(ParameterError, match="name must be one of trees; got 'vae'"):
        Arena(["trees"], iris).cancel("vae")
    with pytest.raises(DataError):
        Arena(["trees"], iris[:1])


def test_the_quick_ones_and_the_anchors_come_first() -> None:
    mine = {"mine": LosesColumns(), "gan": "gan", "trees": "trees", "monte_carlo": "monte_carlo"}
    arena = Arena(mine, sk.load("iris"))
    order = [name for _, name in arena._waiting]
    assert order[:2] == ["monte_carlo", "trees"]
    assert order[2] == "fresh real rows"
    assert order[-2:] == ["mine", "gan"]
    assert np.all([lane.status == "waiting" for lane in arena.progress()])


ORPHAN = """
import threading, time
import synthkit as sk
from synthkit.arena_process import Child
from synthkit.contest import Contest

class Loops:
    def fit(self, table):
        big = 10**200_000
        while True:
            _ = big * big
    def sample(self, n): ...

contest = Contest.of(sk.load("iris"), None, 0, None, None, None, 0.3, "quick")
child = Child()
threading.Thread(target=child.judge, args=(contest, Loops()), daemon=True).start()
while child._process is None:
    time.sleep(0.05)
time.sleep(5)  # until it is busy
print(child._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="looks for a process by its number")
def test_no_child_outlives_a_killed_kernel():
    """A kernel that is killed leaves no technique behind that computes for ever."""
    with subprocess.Popen(
        [sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True
    ) as kernel:
        assert kernel.stdout is not None
        child = int(kernel.stdout.readline())
        os.kill(child, 0)  # it lives
        kernel.kill()
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").exists():  # dead, but nobody has asked how it ended
            state = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]
            if state == "Z":
                return
        time.sleep(0.2)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child went on without its parent")
