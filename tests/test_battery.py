"""The failure battery: every trap catches what it is for, and never fresh rows."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import ParameterError
from synthkit.failures import Dial
from synthkit.prototype import probe_failure
from synthkit.prototype.probes import COUNTRY, PROBES, SPREAD, Probe, ring

NAMES = [probe.name for probe in PROBES]


class Copies:
    """Draw real rows again, each number moved a little."""

    def __init__(self, *, jitter=0.0, scale=1.0):
        self.jitter, self.scale = jitter, scale

    def fit(self, table, rng):
        self.table = table

    def sample(self, n, rng):
        rows = self.table.iloc[rng.integers(0, len(self.table), n)].reset_index(drop=True)
        for c in rows.select_dtypes("number"):
            centre = self.table[c].mean()
            noise = self.jitter * self.table[c].std() * rng.normal(size=n)
            rows[c] = centre + self.scale * (rows[c] - centre) + noise
        return rows


class Columns(Copies):
    """Shuffle each column by itself."""

    def sample(self, n, rng):
        rows = super().sample(n, rng)
        return pd.DataFrame({c: rng.permutation(rows[c].to_numpy()) for c in rows})


class Half(Copies):
    """Draw only rows below the middle of the first column, and nothing rare."""

    def fit(self, table, rng):
        first = table.columns[0]
        keep = table[first] <= table[first].median() if table[first].dtype.kind == "f" else True
        if "paid" in table:
            keep &= table["paid"] != "cheque"
        self.table = table[keep]


class Cut(Copies):
    """Cut every number at its 5 % and 95 %."""

    def sample(self, n, rng):
        rows = super().sample(n, rng)
        for c in rows.select_dtypes("number"):
            rows[c] = rows[c].clip(*self.table[c].quantile([0.05, 0.95]))
        return rows


# The partner of each trap: a technique that must be caught there.
CAUGHT = {
    "lost_relation": Columns(),
    "between_groups": Columns(),
    "missing_groups": Half(),
    "lost_tails": Cut(),
    "impossible_values": Copies(jitter=0.3),
    "lost_rare_level": Half(),
    "broken_rule": Columns(),
    "misplaced_gaps": Columns(),
    "members_found": Copies(jitter=0.02),
    "near_copies": Copies(jitter=0.02),
    "fed_on_itself": Copies(scale=0.9),
}


@pytest.mark.parametrize("name", NAMES)
def test_each_trap_catches_what_it_is_for(name):
    report = sk.battery(CAUGHT[name], only=(name,))
    assert report.broken == (name,)
    assert report.caught[0].verdict == "broken"
    assert "fresh rows" in report.caught[0].said


@pytest.mark.parametrize("probe", PROBES, ids=NAMES)
def test_fresh_rows_are_never_caught_and_lie_standard_deviations_away(probe):
    # Of a hundred draws the deviation itself errs by 7 %, of twelve (an attack is slow) by a fifth.
    draws, away = (12, 4) if probe.name == "members_found" else (100, 5)
    values = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        real, held, fresh = (probe.draw(n, rng) for n in (probe.rows, probe.rows, probe.made))
        values.append(probe.indicator(real, fresh, held, seed))
    assert not any(probe.is_broken(value) for value in values)
    distance = abs(np.mean(values) - probe.threshold)
    assert distance >= away * np.std(values, ddof=1), (np.mean(values), np.std(values))


def test_trees_pass_and_jittered_copies_are_unmasked_by_attacks_alone():
    assert sk.battery(sk.Trees).broken == ()
    assert sk.battery(Copies(jitter=0.02)).broken[-2:] == ("members_found", "near_copies")


def test_a_plain_bell_on_the_ring_lies_outside_as_often_as_geometry_says():
    """An independent figure: the share of the plane's disc that eight groups cover."""
    outside = next(p for p in PROBES if p.name == "between_groups").indicator
    rng = np.random.default_rng(0)
    n = 40_000
    radius, angle = np.sqrt(rng.random(n)) * 2, rng.random(n) * 2 * np.pi
    disc = pd.DataFrame({"x": radius * np.cos(angle), "y": radius * np.sin(angle)})
    covered = 8 * np.pi * (5 * SPREAD) ** 2 / (np.pi * 2**2)
    error = 5 * np.sqrt(covered * (1 - covered) / n)
    assert abs(outside(ring(10, rng), disc, None, 0) - (1 - covered)) < error


def test_impossible_pairs_of_a_shuffle_as_often_as_the_margins_say():
    wrong = next(p for p in PROBES if p.name == "broken_rule")
    rng = np.random.default_rng(0)
    rows = wrong.draw(20_000, rng)
    shuffled = rows.assign(country=rng.permutation(rows["country"].to_numpy()))
    share = pd.Series(COUNTRY).value_counts(normalize=True)
    expected = 1 - (share**2).sum()
    assert abs(wrong.indicator(rows, shuffled, rows, 0) - expected) < 5 * 0.5 / np.sqrt(20_000)


def test_same_seed_same_report_and_words():
    only = ("lost_relation", "members_found")
    one, two = (sk.battery(sk.MonteCarlo, rng=3, only=only) for _ in range(2))
    assert one.table().equals(two.table())
    assert "MonteCarlo is caught in 0 of 2 traps" in str(one)
    assert one._repr_html_().count("<tr>") == 3
    with pytest.raises(ParameterError, match="probe must be one of lost_relation"):
        sk.battery(sk.MonteCarlo, only=("nonsense",))


def test_one_that_raises_or_never_ends_or_is_interrupted_is_told_so(monkeypatch):
    class Raises(Copies):
        def fit(self, table, rng):
            raise ValueError("no idea")

    class Never(Copies):
        def fit(self, table, rng):
            while True:
                time.sleep(0.01)

    class Stopped(Copies):
        def fit(self, table, rng):
            raise KeyboardInterrupt

    only = ("lost_relation", "lost_tails")
    report = sk.battery(Raises, only=only)
    assert [c.verdict for c in report.caught] == ["raised", "raised"]
    assert "ValueError in your line" in report.caught[0].said
    assert report.broken == only
    hung = sk.battery(Never, only=only, limit_s=0.3)
    assert [c.verdict for c in hung.caught] == ["too slow", "not run"]
    cancelled = sk.battery(Stopped, only=only)
    assert [c.verdict for c in cancelled.caught] == ["not run", "not run"]
    assert "interrupted" in str(cancelled)


def test_a_trap_becomes_a_failure_with_a_dial():
    dial = Dial("jitter", "jitter", (0.02, 1.0), 0.02)
    failure = probe_failure(Copies, "members_found", dial)
    assert failure.name == "Copies.members_found"
    assert (failure.broken_at, failure.repair.value) == (0.02, 1.0)
    for seed in range(3):
        assert failure.is_broken(failure.run(failure.broken_at, seed))
        assert not failure.is_broken(failure.run(failure.repair.value, seed))
    with pytest.raises(ParameterError, match="none breaks"):
        probe_failure(Copies, "lost_rare_level", dial)


def test_a_figure_that_is_none_counts_as_broken():
    for probe in PROBES:
        assert isinstance(probe, Probe)
        assert probe.is_broken(float("nan"))
