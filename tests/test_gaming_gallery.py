"""The gaming gallery: tables made to fool a quality report, each caught by a named figure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthkit.measure.anchors import independent_shuffle, verbatim_bootstrap
from synthkit.measure.scorecard import Scorecard, scorecard

ROWS = 2_000


def town(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """People of a town: dependent numbers with heavy tails, whole numbers, categories, gaps."""
    z = rng.normal(size=n)
    age = np.clip(42 + 14 * z + 5 * rng.normal(size=n), 18, 95).round().astype(int)
    income = np.exp(9.5 + 0.5 * z + 0.6 * rng.standard_t(4, n)).round(2)
    debt = np.exp(7 - 0.4 * z + 0.8 * rng.standard_t(4, n)).round(2)
    hours = np.clip(38 + 6 * rng.standard_t(3, n), 0, 90).round().astype(int)
    region = rng.choice(["north", "south", "west", "isles"], n, p=[0.45, 0.35, 0.15, 0.05])
    owner = np.where(rng.random(n) < 1 / (1 + np.exp(-(age - 45) / 6 - z)), "yes", "no")
    visits = rng.poisson(2 + (region == "isles") * 3 + np.clip(z, 0, None) * 2)
    gap = rng.random(n) < np.where(region == "west", 0.3, 0.05)
    return pd.DataFrame(
        {
            "age": age,
            "income": income,
            "debt": np.where(gap, np.nan, debt),
            "hours": hours,
            "region": region,
            "owner": owner,
            "visits": visits,
        }
    )


def outliers(table: pd.DataFrame, count: int) -> pd.DataFrame:
    logs = np.log(table[["income", "debt"]].fillna(1_000.0).clip(lower=0.01))
    return table.loc[((logs - logs.mean()) / logs.std()).abs().max(axis=1).nlargest(count).index]


def one_unit(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    out = table.copy()
    for name in out.select_dtypes("number"):
        out[name] = out[name] + rng.integers(-1, 2, len(out))
    return out


def clamped(table: pd.DataFrame) -> pd.DataFrame:
    out = table.copy()
    for name in ("income", "debt", "age", "hours"):
        out[name] = out[name].clip(*out[name].quantile([0.05, 0.95]))
    return out


Cheat = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]

# name: the cheat, the labels it may get, and the figures of which one must name it
GALLERY: dict[str, tuple[Cheat, set[str], set[str]]] = {
    "shuffle": (
        lambda real, rng: independent_shuffle(real, ROWS, rng),
        {"poor"},
        {"pair_trends", "c2st_auc"},
    ),
    "bootstrap": (
        lambda real, rng: verbatim_bootstrap(real, ROWS, rng),
        {"copies"},
        {"exact_copies"},
    ),
    "jittered copy": (lambda real, rng: one_unit(real, rng), {"copies"}, {"near_copies"}),
    "clamped sampler": (
        lambda real, rng: clamped(town(ROWS, rng)),
        {"poor", "usable"},
        {"tail_coverage"},
    ),
    "copied outliers": (
        lambda real, rng: pd.concat([town(ROWS - 40, rng), outliers(real, 40)], ignore_index=True),
        {"copies"},
        {"exact_copies", "near_copies"},
    ),
    "jittered outliers": (
        lambda real, rng: pd.concat(
            [town(ROWS - 40, rng), one_unit(outliers(real, 40), rng)], ignore_index=True
        ),
        {"copies", "leaks"},
        {"near_copies", "membership_density", "membership_density_outliers"},
    ),
    "single mode": (
        lambda real, rng: (lambda t: t[(t["age"].between(35, 50)) & (t["owner"] == "no")])(
            town(8 * ROWS, rng)
        ).head(ROWS),
        {"poor"},
        {"coverage"},
    ),
    "group dropped": (
        lambda real, rng: (lambda t: t[t["region"] != "isles"])(town(2 * ROWS, rng)).head(ROWS),
        {"poor", "usable"},
        {"lost_levels"},
    ),
}


def judged(cheat: Cheat, seed: int, mode: str = "quick") -> Scorecard:
    rng = np.random.default_rng(seed)
    real, holdout = town(ROWS, rng), town(ROWS // 2, rng)
    fake = cheat(real, rng).reset_index(drop=True)
    return scorecard(real, fake, holdout, target="owner", group="region", rng=seed, mode=mode)


@pytest.mark.parametrize("name", GALLERY)
def test_each_cheat_is_caught_by_a_named_figure(name: str) -> None:
    cheat, labels, figures = GALLERY[name]
    card = judged(cheat, 0)
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
    cheat, labels, _ = GALLERY[name]
    for seed in range(10):
        card = judged(cheat, seed)
        assert card.verdict.label in labels, (seed, card.verdict.reasons)


@pytest.mark.slow
def test_copied_outliers_are_flagged_in_100_of_100_seeds() -> None:
    cheat = GALLERY["copied outliers"][0]
    assert all(judged(cheat, seed).verdict.label == "copies" for seed in range(100))


@pytest.mark.slow
def test_honest_tables_are_accused_in_at_most_five_of_a_hundred_seeds() -> None:
    cards = [judged(lambda real, rng: town(ROWS, rng), 1_000 + seed) for seed in range(100)]
    accused = [card for card in cards if card.verdict.label in ("copies", "leaks")]
    assert len(accused) <= 5
    assert sum(card.verdict.label == "good" for card in cards) >= 80
