"""Shuffling and rank swapping: both ends of each dial, and what a column alone can't show."""

from __future__ import annotations

import numpy as np
import pytest

import synthkit as sk
from synthkit.failures import Failure
from synthkit.techniques.masking.failure_shuffle import COLUMNS, SHUFFLING
from synthkit.techniques.perturbation.failure_swapping import SWAPPING

FAILURES = SHUFFLING + SWAPPING


def stops_of(failure: Failure) -> list[float]:
    return [float(stop) for stop in failure.dial.stops]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: f.name)
def test_both_ends_of_the_dial_behave(failure: Failure) -> None:
    for seed in range(3):
        broken = failure.run(failure.broken_at, seed)
        healed = failure.run(failure.repair.value, seed)
        assert failure.is_broken(broken), seed
        assert not failure.is_broken(healed), seed
        assert broken.seed == seed
        assert len(broken.to_json()) < 200_000
    assert not failure.is_broken(failure.run(failure.dial.start, 0))


def test_the_techniques_declare_them() -> None:
    assert set(SHUFFLING) <= set(sk.Masker.failures)
    assert set(SWAPPING) <= set(sk.Perturbation.failures)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: f.name)
def test_the_dial_moves_the_indicator_one_way(failure: Failure) -> None:
    means = [
        np.mean([failure.indicator(failure.run(stop, seed)) for seed in range(2)])
        for stop in stops_of(failure)
    ]
    assert means == sorted(means, reverse=failure.broken_when == "below")


def test_what_swapping_hides_it_loses() -> None:
    """The repair is honest about its price: rows are re-linked again (published: 92 % at p = 5)."""
    (failure,) = SWAPPING
    near, far = (failure.run(window, 0) for window in (0.05, 0.5))
    rows = 569
    assert near.last("linked") == pytest.approx(0.92, abs=5 * 0.5 / np.sqrt(rows))
    assert far.last("linked") < 0.1


def test_what_is_left_by_shuffling_is_what_chance_leaves() -> None:
    """Of ten shuffled columns sampling noise alone is left: r has the deviation 1/sqrt(n - 1)."""
    (failure,) = SHUFFLING
    table = sk.load("breast_cancer").iloc[:, :COLUMNS].to_numpy()
    before = np.corrcoef(table, rowvar=False)[np.triu_indices(COLUMNS, 1)]
    deviation = 1 / np.sqrt(568 * (before @ before))
    kept = [failure.indicator(failure.run(10, seed)) for seed in range(3)]
    assert np.abs(kept).max() < 5 * deviation
    assert failure.indicator(failure.run(0, 0)) == pytest.approx(1)
