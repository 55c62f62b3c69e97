"""The gaming gallery: tables made to fool a quality report, each caught by a named figure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthkit.course.runs.gallery import GALLERY, town
from synthkit.measure.anchors import verbatim_bootstrap
from synthkit.measure.scorecard import Scorecard, scorecard

ROWS = 2_000


Cheat = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]

# name: the labels it may get, and the figures of which one must name it
EXPECTED: dict[str, tuple[set[str], set[str]]] = {
    "shuffle": ({"poor"}, {"pair_trends", "c2st_auc"}),
    "bootstrap": ({"copies"}, {"exact_copies"}),
    "jittered copy": ({"copies"}, {"near_copies"}),
    "clamped sampler": ({"poor", "usable"}, {"tail_coverage"}),
    "copied outliers": ({"copies"}, {"exact_copies", "near_copies"}),
    "jittered outliers": (
        {"copies", "leaks"},
        {"near_copies", "membership_density", "membership_density_outliers"},
    ),
    "single mode": ({"poor"}, {"coverage"}),
    "group dropped": ({"poor", "usable"}, {"lost_levels"}),
}


def test_every_cheat_of_the_gallery_has_its_expectation() -> None:
    assert set(EXPECTED) == set(GALLERY)


def judged(cheat: Cheat, seed: int, mode: str = "quick") -> Scorecard:
    rng = np.random.default_rng(seed)
    real, holdout = town(ROWS, rng), town(ROWS // 2, rng)
    fake = cheat(real, rng).reset_index(drop=True)
    return scorecard(real, fake, holdout, target="owner", group="region", rng=seed, mode=mode)


@pytest.mark.parametrize("name", GALLERY)
def test_each_cheat_is_caught_by_a_named_figure(name: str) -> None:
    labels, figures = EXPECTED[name]
    card = judged(GALLERY[name].make, 0)
    assert card.verdict.label in labels, card.verdict.reasons
    assert figures & {finding.figure for finding in card.verdict.findings}, card.verdict.reasons


def test_an_honest_table_is_called_good() -> None:
    card = judged(lambda real, rng: town(ROWS, rng), 0)
    assert card.verdict.label == "good", card.verdict.reasons


def test_the_usual_score_is_fooled_and_the_verdict_is_not() -> None:
    """The reason for all this: on shapes and pairs a bootstrap beats fresh real rows."""
    rng = np.random.default_rng(0)
    real, holdout = town(ROWS, rng), town(ROWS, rng)
    copied = scorecard(real, verbatim_bootstrap(real, ROWS, rng), holdout, mode="quick")
    fresh = scorecard(real, town(ROWS, rng), holdout, mode="quick")
    assert copied["pair_trends"].value > fresh["pair_trends"].value
    assert copied.verdict.label == "copies"
    assert fresh.verdict.label == "good"


@pytest.mark.slow
@pytest.mark.parametrize("name", GALLERY)
def test_each_cheat_is_caught_in_ten_of_ten_seeds(name: str) -> None:
    labels, _ = EXPECTED[name]
    verdicts = [judged(GALLERY[name].make, seed).verdict for seed in range(10)]
    others = [verdict for verdict in verdicts if verdict.label not in labels]
    # A cheat that copies nobody is wrongly accused in one of twenty tables, as any other may be:
    # more than 3 of 10 have probability .001. One that copies is named every time.
    copies_nobody = not labels & {"copies", "leaks"}
    assert len(others) <= (3 if copies_nobody else 0), [v.reasons for v in others]
    assert all(verdict.label in ("copies", "leaks") for verdict in others)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_copied_outliers_are_flagged_in_100_of_100_seeds() -> None:
    cheat = GALLERY["copied outliers"].make
    assert all(judged(cheat, seed).verdict.label == "copies" for seed in range(100))


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_honest_tables_are_accused_in_at_most_five_of_a_hundred_seeds() -> None:
    cards = [judged(lambda real, rng: town(ROWS, rng), 1_000 + seed) for seed in range(100)]
    accused = [card for card in cards if card.verdict.label in ("copies", "leaks")]
    assert len(accused) <= 5
    assert sum(card.verdict.label == "good" for card in cards) >= 80
