"""The gaming gallery once more, on a real table that no limit was chosen on: shop orders."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.measure.aligned import align
from synthkit.measure.anchors import independent_shuffle, verbatim_bootstrap
from synthkit.measure.scorecard import Scorecard, scorecard

ROWS = 2_000
MANY_VALUES = 50  # a column with more is a measured number
Cheat = Callable[[pd.DataFrame, pd.DataFrame, np.random.Generator], pd.DataFrame]


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    pytest.importorskip("vega_datasets")
    return sk.load("superstore")


def parts(table: pd.DataFrame, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Return real rows, fresh ones of the same number, and half as many held out."""
    order = rng.permutation(len(table))
    cuts = (order[:ROWS], order[ROWS : 2 * ROWS], order[2 * ROWS : 5 * ROWS // 2])
    return [table.iloc[cut].reset_index(drop=True) for cut in cuts]


def measured(table: pd.DataFrame) -> list[str]:
    return [c for c in table.select_dtypes("number") if table[c].nunique() > MANY_VALUES]


def moved(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Move each measured number by −1, 0 or 1."""
    steps = rng.integers(-1, 2, (len(table), len(measured(table))))
    return table.assign(**(table[measured(table)] + steps))


def clamped(table: pd.DataFrame) -> pd.DataFrame:
    limits = {c: table[c].quantile([0.05, 0.95]) for c in measured(table)}
    return table.assign(**{c: table[c].clip(*ends) for c, ends in limits.items()})


def far_out(table: pd.DataFrame, rows: int) -> pd.DataFrame:
    points = align({"real": table}).scores([0])[0]
    return table.iloc[np.argsort(-((points - points.mean(axis=0)) ** 2).sum(axis=1))[:rows]]


def middle(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Keep the three tenths of the rows that lie nearest to the median, drawn again and again."""
    points = align({"real": table}).scores([0])[0]
    distance = ((points - np.median(points, axis=0)) ** 2).sum(axis=1)
    kept = np.argsort(distance)[: int(0.3 * len(table))]
    return table.iloc[rng.choice(kept, len(table))].reset_index(drop=True)


def without_a_group(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["Ship Mode"] != "Same Day"].reset_index(drop=True)


# name: the cheat, the labels it may get, and the figures of which one must name it
GALLERY: dict[str, tuple[Cheat, set[str], set[str]]] = {
    "shuffle": (
        lambda real, fresh, rng: independent_shuffle(real, ROWS, rng),
        {"poor"},
        {"pair_trends", "c2st_auc"},
    ),
    "bootstrap": (
        lambda real, fresh, rng: verbatim_bootstrap(real, ROWS, rng),
        {"copies"},
        {"exact_copies"},
    ),
    "jittered copy": (lambda real, fresh, rng: moved(real, rng), {"copies"}, {"near_copies"}),
    "clamped": (lambda real, fresh, rng: clamped(fresh), {"poor", "usable"}, {"tail_coverage"}),
    "copied outliers": (
        lambda real, fresh, rng: pd.concat([fresh[40:], far_out(real, 40)], ignore_index=True),
        {"copies"},
        {"exact_copies", "near_copies"},
    ),
    "single mode": (lambda real, fresh, rng: middle(fresh, rng), {"poor"}, {"outlier_coverage"}),
    "group dropped": (
        lambda real, fresh, rng: without_a_group(fresh),
        {"poor", "usable"},
        {"lost_levels"},
    ),
}


def judged(table: pd.DataFrame, cheat: Cheat, seed: int) -> Scorecard:
    rng = np.random.default_rng(seed)
    real, fresh, held = parts(table, rng)
    return scorecard(real, cheat(real, fresh, rng), held, rng=seed, mode="quick")


def assert_caught(card: Scorecard, labels: set[str], figures: set[str]) -> None:
    assert card.verdict.label in labels, card.verdict.reasons
    assert figures & {finding.figure for finding in card.verdict.findings}, card.verdict.reasons


@pytest.mark.parametrize("name", GALLERY)
def test_each_cheat_is_caught_by_a_named_figure(name: str, orders: pd.DataFrame) -> None:
    cheat, labels, figures = GALLERY[name]
    assert_caught(judged(orders, cheat, 0), labels, figures)


def test_fresh_orders_are_good(orders: pd.DataFrame) -> None:
    card = judged(orders, lambda real, fresh, rng: fresh, 0)
    assert card.verdict.label == "good", card.verdict.reasons


@pytest.mark.slow
@pytest.mark.parametrize("name", GALLERY)
def test_each_cheat_is_caught_in_ten_of_ten_splits(name: str, orders: pd.DataFrame) -> None:
    cheat, labels, figures = GALLERY[name]
    cards = [judged(orders, cheat, seed) for seed in range(10)]
    for card in cards:
        assert figures & {finding.figure for finding in card.verdict.findings}, card.verdict.reasons
    # A cheat that copies nobody is wrongly accused of a leak in up to one of twenty splits, which
    # the label then says first: more than 3 of 10 happen with probability .001.
    assert sum(card.verdict.label in labels for card in cards) >= 7
    assert all(card.verdict.label != "good" for card in cards)


@pytest.mark.slow
def test_fresh_orders_are_accused_in_at_most_one_of_twenty_splits(orders: pd.DataFrame) -> None:
    cards = [judged(orders, lambda real, fresh, rng: fresh, 100 + seed) for seed in range(40)]
    accused = sum(card.verdict.label in ("copies", "leaks") for card in cards)
    # Binomial(40, .05): more than 5 happen with probability .014
    assert accused <= 5
    assert sum(card.verdict.label == "good" for card in cards) >= 30
