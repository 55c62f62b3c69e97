"""Series on the scorecard: a table whose rows are right and whose order isn't is found out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import signal

from synthkit.measure.figures import Figure
from synthkit.measure.scorecard import scorecard
from synthkit.measure.series_card import series_card
from synthkit.measure.verdict import LIMITS, wrong_share

LIMIT = {limit.name: limit for limit in LIMITS}
STEPS = 1_500


def two_series(n: int, rng: np.random.Generator, phi: float = 0.8) -> pd.DataFrame:
    """Two AR(1) series, the second with the first one's shocks in part; 'day' orders them."""
    shocks = rng.normal(size=(n + 100, 2)) @ np.array([[1, 0.7], [0, 0.7]])
    x = signal.lfilter([1], [1, -phi], shocks, axis=0)[100:]
    return pd.DataFrame({"day": np.arange(n), "rain": x[:, 0], "river": x[:, 1]})


def out_of_order(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Keep every row but give it another day."""
    return table.assign(day=rng.permutation(table["day"]))


def lost(figures: list[Figure]) -> dict[str, float]:
    """Return the share that each figure proves lost."""
    return {f.name: wrong_share(f, LIMIT[f.name].worse) for f in figures}


def figures_of(
    real: pd.DataFrame, synthetic: pd.DataFrame, seed: int = 0, unit: str | None = None
) -> list[Figure]:
    columns = [c for c in real if c not in ("day", unit)]
    tables = {"real": real, "synthetic": synthetic}
    return series_card(tables, columns, "day", unit, np.random.default_rng(seed))


def test_the_scorecard_names_a_shuffled_series_and_calls_a_fresh_one_good() -> None:
    rng = np.random.default_rng(0)
    real, fresh, held = (two_series(STEPS, rng) for _ in range(3))
    good = scorecard(real, fresh, held, time="day", mode="quick")
    assert good.verdict.label == "good", good.verdict.reasons
    shuffled = scorecard(real, out_of_order(fresh, rng), held, time="day", mode="quick")
    assert shuffled.verdict.label == "poor"
    assert {"acf_error", "spectrum_score"} <= {f.figure for f in shuffled.verdict.findings}
    # The partner: told nothing of time, the card can't see it, for the rows are as good as fresh.
    blind = scorecard(
        real.drop(columns="day"), fresh.drop(columns="day"), held.drop(columns="day"), mode="quick"
    )
    assert blind.verdict.label == "good"
    figure = shuffled["acf_error"]
    assert figure.anchors["fresh real rows"] < figure.band[1] < figure.value
    assert figure.anchors["independent shuffle"] == pytest.approx(figure.value, rel=0.2)


@pytest.mark.parametrize("phi", [0.0, 0.8, 1.0])
def test_fresh_series_are_seldom_accused(phi: float) -> None:
    """Without memory, with some, and walks that never return."""
    accused = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        real, fresh = two_series(400, rng, phi), two_series(400, rng, phi)
        accused += any(share > LIMIT[n].good for n, share in lost(figures_of(real, fresh)).items())
    # Binomial(20, .1), twice what one band alone allows the worst of five: more than 6 have
    # probability .002
    assert accused <= 6


def test_invented_memory_is_named_too() -> None:
    rng = np.random.default_rng(1)
    shares = lost(figures_of(two_series(STEPS, rng, 0.0), two_series(STEPS, rng, 0.9)))
    assert shares["acf_error"] == shares["spectrum_score"] == 1


def unrest(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """A price whose calm and wild days come in spells: the log variance is an AR(1)."""
    log_variance = signal.lfilter([1], [1, -0.97], 0.35 * rng.normal(size=n + 200))[200:]
    return pd.DataFrame(
        {"day": np.arange(n), "price": np.cumsum(np.exp(log_variance / 2) * rng.normal(size=n))}
    )


def test_a_price_without_spells_and_fat_tails_is_named() -> None:
    rng = np.random.default_rng(2)
    real, fresh = unrest(4_000, rng), unrest(4_000, rng)
    calm = fresh.assign(price=np.cumsum(rng.normal(size=4_000)) * real["price"].diff().std())
    shares = lost(figures_of(real, calm))
    assert shares["volatility_acf_error"] > 0.1
    assert shares["tail_weight_error"] > 0.1
    assert all(share <= 0.1 for share in lost(figures_of(real, fresh)).values())


def test_people_are_split_where_each_has_a_series() -> None:
    def crowd(rng: np.random.Generator) -> pd.DataFrame:
        parts = [two_series(60, rng).assign(who=k) for k in range(24)]
        return pd.concat(parts, ignore_index=True)

    rng = np.random.default_rng(3)
    real, fresh = crowd(rng), crowd(rng)
    assert all(share <= 0.1 for share in lost(figures_of(real, fresh, unit="who")).values())
    parts = [out_of_order(part, rng) for _, part in fresh.groupby("who")]
    assert lost(figures_of(real, pd.concat(parts), unit="who"))["acf_error"] > 0.3


def test_a_short_series_has_no_band_and_says_so() -> None:
    rng = np.random.default_rng(4)
    figures = figures_of(two_series(60, rng), two_series(60, rng))
    assert all(np.isnan(f.band[0]) and f.note for f in figures)
    long = figures_of(two_series(90, rng), two_series(90, rng))
    assert all(np.isfinite(f.band[1]) and not f.note for f in long)
