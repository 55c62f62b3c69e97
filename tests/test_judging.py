"""What lessons 12 and 13 stand on: two failures proved at both ends, and the runs they show."""

from __future__ import annotations

import numpy as np
import pytest

import synthkit as sk

SEEDS = (1, 2, 3)

# What the indicator must be at the broken end at least, and at the repaired end at most, as the
# mean over three seeds. An attack that guesses has AUC .5 with a standard error of
# sqrt((284 + 284 + 1) / (12 · 284²)) / √3 = .014; the repaired ends may lie 5 of these above it.
ENDS = {
    "bootstrap.hidden_copies": (0.75, 0.57),
    "trees.members_found": (0.75, 0.60),  # a small leak is left, and the repair says so
}


@pytest.mark.parametrize("name", ENDS)
def test_both_ends_of_the_dial(name: str) -> None:
    failure = sk.failures()[name]
    high, low = ENDS[name]
    broken = [failure.run(failure.broken_at, seed) for seed in SEEDS]
    healed = [failure.run(failure.repair.value, seed) for seed in SEEDS]
    assert all(failure.is_broken(trace) for trace in broken)
    assert not any(failure.is_broken(trace) for trace in healed)
    assert np.mean([failure.indicator(trace) for trace in broken]) > high
    assert np.mean([failure.indicator(trace) for trace in healed]) < low


def test_jitter_fools_the_report_and_not_the_attack() -> None:
    """The point of the dial: no row equals a real one, the score beats fresh rows, and yet."""
    failure = sk.failures()["bootstrap.hidden_copies"]
    for seed in SEEDS:
        trace = failure.run(0.02, seed)
        assert trace.last("equal") == 0
        assert trace.last("quality") > trace.last("fresh_quality")
        assert trace.last("auc") > failure.threshold
        assert failure.run(0, seed).last("equal") > 0.5


@pytest.mark.parametrize("name", ENDS)
def test_the_same_seed_gives_the_same_run(name: str) -> None:
    failure = sk.failures()[name]
    one, same = (failure.run(failure.broken_at, 7).to_json() for _ in range(2))
    assert one == same
