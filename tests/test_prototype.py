"""``@technique`` and ``try_technique``: an idea in one cell, and a verdict on it in words."""

from __future__ import annotations

import textwrap
import threading
import time

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import DataError, ParameterError, TookTooLongError
from synthkit.prototype import numeric_dials, technique_player, technique_trace
from synthkit.prototype.contract import mixed_table
from synthkit.prototype.limits import within
from synthkit.prototype.registering import snake_case
from synthkit.techniques import DEFINED, REGISTRY

CELL = '''
    @sk.technique
    class NeighbourMixup:
        """Mix a real row with one of its nearest neighbours."""
        def __init__(self, *, neighbours=5):
            self.neighbours = neighbours
        def fit(self, table, rng):
            self.table_ = table
            ranks = table.select_dtypes("number").rank(pct=True).fillna(0.5).to_numpy()
            gaps = ((ranks[:, None] - ranks[None]) ** 2).sum(axis=2)
            self.near_ = gaps.argsort(axis=1)[:, : self.neighbours + 1]
        def sample(self, n, rng):
            one = rng.integers(0, len(self.table_), n)
            two = self.near_[one, rng.integers(0, self.near_.shape[1], n)]
            a, b = (self.table_.iloc[rows].reset_index(drop=True) for rows in (one, two))
            share = pd.Series(rng.random(n))
            made = a.where(share < 0.5, b)
            for c in a.select_dtypes("number"):
                mixed = a[c] + share * (b[c] - a[c])
                made[c] = mixed.round() if a[c].dtype.kind == "i" else mixed
            return made.astype(self.table_.dtypes)
'''


@pytest.fixture(autouse=True)
def registry_as_before():
    before, defined = dict(REGISTRY), dict(DEFINED)
    yield
    for known, kept in ((REGISTRY, before), (DEFINED, defined)):
        known.clear()
        known.update(kept)


def in_a_cell(source):
    """Run a cell as a notebook does, and return its names."""
    names = {"sk": sk, "np": np, "pd": pd, "__name__": "__main__"}
    exec(textwrap.dedent(source), names)
    return names


def test_twenty_lines_are_a_technique_of_the_kit(tmp_path):
    assert len(textwrap.dedent(CELL).strip().splitlines()) <= 20
    mixup = in_a_cell(CELL)["NeighbourMixup"]
    report = sk.try_technique(mixup)
    assert report.passed, report
    assert "keeps 18 of 18 promises" in report.summary()
    assert sk.techniques()["neighbour_mixup"] is mixup is sk.NeighbourMixup
    made = mixup(neighbours=3).fit(sk.load("iris"), rng=0)
    made.save(tmp_path / "mixup.synthkit")
    loaded = sk.load_technique(tmp_path / "mixup.synthkit")
    assert loaded.sample(9, rng=1).equals(made.sample(9, rng=1))
    assert sk.judge("neighbour_mixup", sk.load("iris"), mode="quick", seeds=1).verdict.label
    row = sk.compare(["neighbour_mixup", "monte_carlo"], sk.load("iris")).table()
    assert set(row["table"]) == {"neighbour_mixup", "monte_carlo"}


def test_a_cell_may_run_again_and_takes_no_name_of_the_kit():
    first = in_a_cell(CELL)["NeighbourMixup"]
    again = in_a_cell(CELL)["NeighbourMixup"]
    assert sk.techniques()["neighbour_mixup"] is again is not first
    renamed = in_a_cell(CELL.replace("def __init__", "name = 'mix'\n        def __init__", 1))
    assert "neighbour_mixup" not in sk.techniques()
    assert sk.techniques()["mix"] is renamed["NeighbourMixup"]
    with pytest.raises(ParameterError, match=r"'trees' is synthkit\.techniques\.trees:Trees"):
        in_a_cell(CELL.replace("NeighbourMixup", "Trees"))
    with pytest.raises(ParameterError, match=r"Toy has no sample\. Write: def sample"):
        sk.technique(type("Toy", (), {"fit": lambda self, table, rng: None}))
    with pytest.raises(ParameterError, match="must stand above a class"):
        sk.technique("Toy")
    assert snake_case("MyGAN") == "my_gan"


BROKEN = {
    "keeps columns and dtypes": (
        "return made.astype(self.table_.dtypes)", "return made.assign(children=1.0)",
        "'children' was int64 and came back as float64",
    ),
    "gives exactly n rows": ("return made.", "return made.iloc[1:].", "must return"),
    "adds no gaps": (
        "return made.", "made['wealth'] = made['wealth'].where(share < 0.5); return made.",
        "'wealth' has gaps now",
    ),
    "same seed, same rows": (
        "one = rng.integers", "one = np.random.default_rng().integers", "the rows differ",
    ),
    "other seed, other rows": (
        "def sample(self, n, rng):", "def sample(self, n, rng):\n"
        "            rng = np.random.default_rng(0)", "5 and 6 give the same rows",
    ),
    "a second fit forgets the first": (
        "self.table_ = table",
        "table = table[::-1].reset_index(drop=True) if hasattr(self, 'near_') else table\n"
        "            self.table_ = table",
        "something of the first is left",
    ),
    "leaves your table and its parameters alone": (
        "self.table_ = table", "self.table_ = table; self.neighbours += 1", "changes a parameter",
    ),
    "leaves the global random state alone": (
        "one = rng.integers", "np.random.random(); one = rng.integers", "global state of np.random",
    ),
    "can be saved and loaded": ("near_", "near", "is not saved"),
    "works without arguments": ("neighbours=5", "neighbours", "keyword-only with a default"),
    "works on one row, and warns": ("mixed = a[c] +", "mixed = 1 + a[c] +", "other values"),
    "keeps constant and empty columns": (
        "return made.", "made['always'] = 'USD' if 'always' in made else None\n"
        "            return made[self.table_.columns].", "a constant column changed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", BROKEN)
def test_each_promise_can_be_broken_and_is_named(promise):
    """The partner: a technique that breaks it, and the words in which it is told so."""
    old, new, words = BROKEN[promise]
    assert old in CELL
    line = next(
        line
        for line in sk.try_technique(in_a_cell(CELL.replace(old, new))["NeighbourMixup"]).lines
        if line.promise == promise
    )
    if promise == "works without arguments":
        assert line.verdict == "raised"
        assert "neighbours" in line.found
    else:
        assert line.verdict in ("broken", "raised"), line
        assert words in line.found


def test_identifiers_and_missing_values_come_for_nothing():
    mixup = in_a_cell(CELL)["NeighbourMixup"]
    table = mixed_table()
    fake = mixup().fit(table, rng=0).sample(200, rng=1)
    assert not fake["account"].isin(table["account"]).any()
    assert fake["account"].is_unique
    with pytest.raises(ParameterError, match="given must be None for NeighbourMixup"):
        mixup().fit(table, rng=0).sample(3, given={"city": "Rome"})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return 3", "must return a DataFrame; got int"),
        ("return self.t.iloc[:n].drop(columns='city')", r"missing ['city'], extra []"),
        ("return self.t.iloc[:n].assign(x=1)", r"missing [], extra ['x']"),
        ("return self.t.iloc[:n, ::-1]", "in the fitted order"),
        ("return self.t.iloc[:n + 1]", "must return 1 rows; it returned 2"),
        ("return 1 / 0", "ZeroDivisionError"),
    ],
)
def test_wrong_tables_and_errors_get_a_clear_verdict(body, words):
    made = in_a_cell(f"""
    @sk.technique
    class Wrong:
        def fit(self, table):
            self.t = table
        def sample(self, n):
            {body}
    """)["Wrong"]
    report = sk.try_technique(made)
    line = next(line for line in report.lines if line.promise == "gives exactly n rows")
    assert line.verdict == "raised"
    assert words in line.found
    assert not report.passed
    assert words in str(report) or "the same as above" in str(report)
    assert "<script" not in report._repr_html_()


NEVER = """
    @sk.technique
    class Never:
        def fit(self, table, rng):
            while True:
                rng.random()
        def sample(self, n, rng):
            return self.table_
"""


def test_the_arena_judges_it_in_a_process_of_its_own_by_its_name_too():
    from synthkit.arena_run import Arena

    in_a_cell(CELL)
    arena = Arena(["neighbour_mixup", "monte_carlo"], sk.load("iris"))
    assert set(arena.run().cards) == {"neighbour_mixup", "monte_carlo"}


def test_one_that_never_ends_is_stopped():
    never = in_a_cell(NEVER)["Never"]
    threads = threading.active_count()
    start = time.monotonic()
    report = sk.try_technique(never, limit_s=0.3)
    assert time.monotonic() - start < 5
    assert [line.verdict for line in report.lines[2:4]] == ["too slow", "not run"]
    assert "must end within 0.3 seconds; it did not and was stopped" in str(report)
    assert threading.active_count() == threads


def test_an_interrupted_trial_tells_what_it_found_until_then():
    stopped = in_a_cell(NEVER.replace("while True:", "raise KeyboardInterrupt").replace(
        "rng.random()", ""))["Never"]  # fmt: skip
    report = sk.try_technique(stopped)
    assert [line.verdict for line in report.lines[:4]] == ["kept", "kept", "not run", "not run"]
    assert "gives exactly n rows: interrupted" in str(report)
    assert not report.passed


def test_ctrl_c_stops_the_call_and_is_passed_on(monkeypatch):
    stop = threading.Event()

    def busy():
        try:
            while True:
                time.sleep(0.01)
        finally:
            stop.set()

    waited = threading.Thread.join
    calls = []

    def join(thread, timeout=None):
        calls.append(timeout)
        if len(calls) == 2:
            raise KeyboardInterrupt
        waited(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", join)
    with pytest.raises(KeyboardInterrupt):
        within(60, busy)
    assert stop.is_set()


def test_within_returns_and_raises_what_the_call_does():
    assert within(5, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)
    with pytest.raises(TookTooLongError, match="can't be stopped: restart"):
        within(0.1, lambda: time.sleep(4))


def test_try_technique_says_what_is_no_technique():
    for wrong, word in ((object, "object"), (sk.Car, "a simulator"), (3, "int")):
        with pytest.raises(ParameterError, match=word):
            sk.try_technique(wrong)
    with pytest.raises(ParameterError, match="limit_s must be a number"):
        sk.try_technique(sk.MonteCarlo, limit_s=0)


# --- dials and player -----------------------------------------------------------------------------


def test_numbers_become_dials():
    mixup = in_a_cell(CELL)["NeighbourMixup"]
    (dial,) = numeric_dials(mixup)
    assert (dial.name, dial.stops, dial.start) == ("neighbours", (1, 2, 5, 10, 20), 5)
    own = type("Own", (), {"__init__": lambda self, *, a=0.0, b=True, c="x", d=-2, e=1: None})
    assert [(d.name, d.stops) for d in numeric_dials(own)] == [
        ("a", (0.0, 0.1, 0.3, 1.0)),
        ("d", (-8, -4, -2, -1)),
        ("e", (1, 2, 4)),
    ]
    own.dials = {"e": (1, 9)}
    assert numeric_dials(own)[-1].stops == (1, 9)
    own.dials = {"e": (2, 9)}
    with pytest.raises(ParameterError, match="with its default among the stops"):
        numeric_dials(own)


def test_the_player_plays_it_and_a_dial_runs_it_anew():
    mixup = in_a_cell(CELL)["NeighbourMixup"]
    player = technique_player(mixup, seed=3)
    trace = player.trace
    assert trace.frames[-1].step == 400
    assert trace.last("nearness") > 0
    assert [view.kind for view in trace.views] == ["scatter", "histogram"]
    player.start(neighbours=20)
    assert player.trace.parameters["neighbours"] == 20
    assert player.trace.last("nearness") > trace.last("nearness")
    copies = technique_player(sk.Bootstrap).trace
    assert copies.last("nearness") == 0  # the partner: what copies has no distance


def test_a_technique_in_steps_is_watched_step_by_step():
    walker = in_a_cell("""
    @sk.technique
    class Walker:
        def iter_fit(self, table, rng):
            self.table_, self.step_ = table, 0
            for self.step_ in (1, 2, 3):
                yield self.step_
        def sample(self, n, rng):
            return self.table_.iloc[rng.integers(0, len(self.table_), n)] + 1 / self.step_
    """)["Walker"]
    *_, trace = technique_trace(0, walker())
    assert [frame.step for frame in trace.frames] == [1, 2, 3]
    assert trace.frames[0].scalars["gap"] > trace.frames[-1].scalars["gap"]


def test_no_row_of_a_table_of_yours_is_drawn():
    table = sk.load("iris").assign(secret=np.linspace(1234.5, 9876.5, 150))
    mixup = in_a_cell(CELL)["NeighbourMixup"]
    *_, trace = technique_trace(0, mixup(), table, x="secret")
    assert all(mark["type"] == "bars" for f in trace.frames for m in f.marks.values() for mark in m)
    *_, shown = technique_trace(0, mixup(), table, x="secret", show_rows=True)
    assert any(mark["type"] == "points" for mark in shown.frames[-1].marks["cloud"])
    with pytest.raises(DataError, match="two columns of numbers"):
        technique_player(mixup, table[["species"]])
