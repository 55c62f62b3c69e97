"""Which rows are drawn, and the short cuts: each against its exact law or the long way.

Where an estimate from B replicates is compared with an exact value, the tolerance is 5 standard
errors, worked out beside it.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthkit.errors import DataError
from synthkit.techniques.bootstrap import (
    Quantile,
    automatic_block_length,
    bootstrap_interval,
    design,
    rows,
    statistics,
)
from synthkit.techniques.bootstrap.failures import ar1_series

# --- exact laws ---------------------------------------------------------------------------------


@pytest.mark.parametrize("q", [0.0, 0.25, 0.5, 0.77, 1.0])
@pytest.mark.parametrize("size", [10, 4])
def test_quantile_replicates_have_the_law_of_drawn_rows(q, size):
    g = np.random.default_rng(11)
    ordered = np.sort(g.normal(size=10))
    exact = rows.quantile_replicates(ordered, q, size, 20_000, g)
    drawn = np.quantile(ordered[rows.iid_indices(10, size, 20_000, g)], q, axis=1)
    assert np.isclose(np.unique(exact)[0], np.unique(drawn)[0])
    # Both laws are discrete: compare them on the 10 rows and the midpoints between.
    cuts = np.sort(np.concatenate([ordered, (ordered[1:] + ordered[:-1]) / 2])) + 1e-9
    share = [np.searchsorted(np.sort(x), cuts) / x.size for x in (exact, drawn)]
    assert np.abs(share[0] - share[1]).max() < 1.95 * np.sqrt(2 / 20_000)  # KS, p < .001


def test_the_law_of_a_wrong_rank_is_noticed():
    g = np.random.default_rng(12)
    ordered = np.sort(g.normal(size=11))
    wrong = ordered[np.ceil(11 * g.beta(5, 7, size=20_000)).astype(int) - 1]  # rank 5, not 6
    drawn = np.median(ordered[rows.iid_indices(11, 11, 20_000, g)], axis=1)
    shares = [np.searchsorted(np.sort(x), ordered + 1e-9) / x.size for x in (wrong, drawn)]
    assert np.abs(shares[0] - shares[1]).max() > 1.95 * np.sqrt(2 / 20_000)


@pytest.mark.parametrize(("size", "share"), [(50, 1 - (1 - 1 / 50) ** 50), (7, 0.132)])
def test_share_of_replicates_that_repeat_the_maximum(size, share):
    data = np.random.default_rng(13).random(50)
    assert rows.chance_of_repeating_maximum(50, size) == pytest.approx(share, abs=5e-4)
    result = bootstrap_interval(
        data, "max", kind="m_out_of_n", size=size, method="basic", rate=1.0, replicates=10_000,
        rng=14,
    )  # fmt: skip
    measured = np.mean(result.distribution == data.max())
    assert measured == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / 10_000))
    assert rows.chance_of_repeating_maximum(10**6, 10**6) == pytest.approx(0.632, abs=5e-4)


@pytest.mark.parametrize("phi", [0.5, 0.9])
def test_single_rows_understate_the_error_of_a_dependent_mean(phi):
    """Ratio of the iid to the true standard error: sqrt((1-phi)/(1+phi)); blocks restore it."""
    n, series = 400, 60
    g = np.random.default_rng(15)
    theory = np.sqrt((1 - phi) / (1 + phi))
    # Var of the mean of a stationary AR(1), exactly (unit innovations).
    lags = np.arange(1, n)
    variance = (1 + 2 * ((1 - lags / n) * phi**lags).sum()) / (n * (1 - phi**2))
    ratios, restored = [], []
    for _ in range(series):
        x = ar1_series(n, phi, g)
        for kind, into in ((None, ratios), ("auto", restored)):
            result = bootstrap_interval(
                x, "mean", method="percentile", block_length=kind, replicates=300, rng=g
            )
            into.append(result.standard_error / np.sqrt(variance))
    # Over series the ratio varies by some 7 % (.5) or 22 % (.9) of itself: 5 standard errors.
    assert np.mean(ratios) == pytest.approx(theory, abs=5 * np.std(ratios) / np.sqrt(series) + 0.01)
    assert theory == pytest.approx({0.5: 0.577, 0.9: 0.229}[phi], abs=5e-4)
    published = {0.5: 0.92, 0.9: 0.81}[phi]
    spread = 5 * np.std(restored) / np.sqrt(series)
    assert np.mean(restored) == pytest.approx(published, abs=spread)


# --- drawing rows -------------------------------------------------------------------------------


def test_stationary_blocks_have_geometric_lengths_and_even_starts():
    n, length, size = 50, 7.0, 4_000
    drawn = rows.stationary_indices(n, length, size, 20, np.random.default_rng(16))
    follows = (drawn[:, 1:] - drawn[:, :-1]) % n == 1
    # A position continues its block with probability 1 - 1/b, or by chance restarts right there.
    expected = 1 - (1 / length) * (1 - 1 / n)
    error = np.sqrt(expected * (1 - expected) / follows.size)
    assert follows.mean() == pytest.approx(expected, abs=5 * error)
    starts = drawn[:, 1:][~follows]
    # Starts are rows of a uniform law without the one value 'previous + 1': even over the series.
    assert stats.chisquare(np.bincount(starts, minlength=n)).pvalue > 1e-4
    # Two steps apart (p + 1/n small): the memory is geometric, not of fixed length.
    twice = ((drawn[:, 2:] - drawn[:, :-2]) % n == 2).mean()
    assert twice == pytest.approx((1 - 1 / length) ** 2, abs=0.02)


def test_moving_blocks_never_wrap_and_circular_blocks_do():
    g = np.random.default_rng(17)
    moving = rows.block_indices(20, 6, 60, 500, g, circular=False)
    steps = np.diff(moving.reshape(500, 10, 6), axis=2)
    assert (steps == 1).all()
    circular = rows.block_indices(20, 6, 60, 500, g, circular=True)
    assert ((np.diff(circular.reshape(500, 10, 6), axis=2) % 20) == 1).all()
    assert (np.diff(circular.reshape(500, 10, 6), axis=2) == -19).any()
    # Circular: every row equally often. Moving: the first row only if its block is drawn, 1/15
    # of the blocks against 6/15 for a middle row.
    counts = np.bincount(moving.ravel(), minlength=20)
    assert counts[0] < counts[10] / 3
    # Rows come in blocks of 6, so counts vary 6 times as much as independent ones would.
    even = np.bincount(circular.ravel(), minlength=20)
    assert np.abs(even - 1_500).max() < 5 * np.sqrt(1_500 * 6)


def test_a_block_that_is_cut_keeps_the_size():
    g = np.random.default_rng(18)
    assert rows.block_indices(9, 4, 10, 3, g, circular=True).shape == (3, 10)
    assert rows.block_indices(9, 9, 9, 3, g, circular=False).tolist() == [list(range(9))] * 3


def test_strata_keep_their_sizes_and_their_rows():
    strata = np.array([0, 1, 1, 2, 0, 2, 2, 2, 1])
    drawn = rows.stratified_indices(strata, 300, np.random.default_rng(19))
    assert (strata[drawn] == strata).all()
    assert {tuple(np.unique(drawn[:, i])) for i in (3, 5)} == {(3, 5, 6, 7)}  # any row of group 2


def test_bayesian_weights_are_a_flat_dirichlet():
    weights = rows.bayesian_weights(5, 20_000, np.random.default_rng(20))
    assert np.allclose(weights.sum(axis=1), 1)
    assert stats.kstest(weights[:, 2], stats.beta(1, 4).cdf).pvalue > 1e-4  # its margins


def test_bayesian_interval_of_the_mean_has_rubins_variance():
    x = np.random.default_rng(21).gamma(2.0, size=40)
    result = bootstrap_interval(x, "mean", kind="bayesian", replicates=20_000, rng=0)
    exact = x.std() / np.sqrt(41)  # Rubin (1981): the variance is s^2 / (n + 1), s^2 over n
    assert result.standard_error == pytest.approx(exact, rel=5 / np.sqrt(2 * 20_000))


def test_smoothing_keeps_mean_and_covariance_and_makes_new_values():
    g = np.random.default_rng(0)
    data = g.multivariate_normal([600, 3], [[1700, 8], [8, 0.06]], size=15)
    plan = design.checked_design(data, None, "smoothed", None, None, None, 0.5)
    streams = (np.random.default_rng(1), np.random.default_rng(2))
    drawn = design.draw_samples(plan, 4_000, streams).reshape(-1, 2)
    error = data.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - data.mean(axis=0)) < 5 * error).all()
    # Drawn rows have the sample's covariance (over n), the nudge that over n - 1.
    n, h2 = 15, 0.25
    expected = np.cov(data.T, ddof=0) * (1 + h2 * n / (n - 1)) / (1 + h2)
    assert np.allclose(np.cov(drawn.T) / expected, 1, atol=5 * np.sqrt(3 / len(drawn)))
    assert np.unique(drawn[:, 0]).size == len(drawn)


# --- automatic block length ---------------------------------------------------------------------


@pytest.mark.parametrize("phi", [-0.5, 0.3, 0.5, 0.9])
def test_automatic_length_is_archs(phi):
    arch = pytest.importorskip("arch.bootstrap", reason="arch is not installed")
    g = np.random.default_rng(22)
    same = 0
    for _ in range(20):
        x = ar1_series(300, phi, g)
        theirs = arch.optimal_block_length(x).to_numpy()[0]
        same += np.allclose(automatic_block_length(x), np.maximum(theirs, 1), rtol=1e-9)
    # arch divides the lag-k correlogram by sums one row apart from ours: where a value lies within
    # 1/n of the threshold the windows differ.
    assert same >= 17


def test_automatic_lengths_of_real_series():
    sp500 = pytest.importorskip("arch.data.sp500", reason="arch, which ships it, is missing")
    french = pytest.importorskip("arch.data.frenchdata", reason="arch, which ships it, is missing")
    macro = pytest.importorskip("statsmodels.datasets.macrodata", reason="statsmodels is missing")
    returns = 100 * np.log(sp500.load()["Adj Close"]).diff().dropna().to_numpy()
    table = macro.load_pandas().data
    series = {
        "returns": (returns, 8.8, 0.05),
        "absolute returns": (np.abs(returns), 146, 0.5),
        "growth": (np.log(table["realgdp"]).diff().dropna().to_numpy(), 5.9, 0.05),
        "inflation": (table["infl"].to_numpy()[1:], 19.4, 0.05),
        "unemployment": (table["unemp"].to_numpy(), 18.2, 0.05),
        "market": (french.load()["Mkt-RF"].to_numpy(), 2.46, 0.005),
    }
    for name, (x, published, rounding) in series.items():
        assert automatic_block_length(x).stationary == pytest.approx(published, abs=rounding), name


def test_automatic_length_of_noise_is_short_and_of_a_constant_one():
    g = np.random.default_rng(23)
    assert np.mean([automatic_block_length(g.normal(size=300)).stationary for _ in range(30)]) < 4
    assert automatic_block_length(np.full(30, 2.5)) == (1.0, 1.0)
    with pytest.raises(DataError, match="at least 8 rows"):
        automatic_block_length(np.arange(5.0))


def test_shares_count_the_rows_drawn():
    drawn = np.array([[0, 0, 2], [1, 2, 2]])
    assert np.allclose(rows.row_shares(drawn, 4) * 3, [[2, 0, 1, 0], [0, 1, 2, 0]])


@pytest.mark.parametrize("kind", ["iid", "stationary_block", "m_out_of_n"])
def test_correlations_of_counts_are_correlations_of_rows(kind):
    g = np.random.default_rng(0)
    pair = g.multivariate_normal([600, 3], [[1700, 8], [8, 0.06]], size=40)
    options = {"kind": kind, "method": "percentile", "replicates": 100, "rng": 1}
    short = bootstrap_interval(pair, "correlation", **options)
    slow = bootstrap_interval(pair, lambda x: np.corrcoef(x.T)[0, 1], **options)
    assert np.allclose(short.distribution, slow.distribution)


# --- short cuts agree with the long way ---------------------------------------------------------

LONG_WAY = {
    "mean": (statistics.Mean(), lambda x: x.mean()),
    "median": (Quantile(0.5), np.median),
    "quantile": (Quantile(0.83), lambda x: np.quantile(x, 0.83)),
    "maximum": (Quantile(1.0), np.max),
    "minimum": (Quantile(0.0), np.min),
    "correlation": (statistics.Correlation(), lambda x: np.corrcoef(x.T)[0, 1]),
}


@pytest.mark.parametrize(
    ("name", "n"),
    [(name, n) for name in LONG_WAY for n in (2, 3, 10, 23) if (name, n) != ("correlation", 2)],
)
def test_jackknife_short_cuts_agree_with_leaving_rows_out(name, n):
    short, function = LONG_WAY[name]
    data = np.random.default_rng(25).normal(size=(n, 2) if name == "correlation" else n)
    slow = [function(np.delete(data, i, axis=0)) for i in range(n)]
    assert np.allclose(short.jackknife(data, 2**20), slow)
    generic = statistics.Custom(function, data)
    assert np.allclose(generic.jackknife(data, 1), slow)  # one row at a time
    assert np.allclose(generic.jackknife(data, 2**20), slow)
    assert np.allclose(short.rows(data[None]), function(data))


@pytest.mark.parametrize("name", ["mean", "correlation", "median"])
def test_weights_that_count_rows_agree_with_repeated_rows(name):
    short, function = LONG_WAY[name]
    g = np.random.default_rng(26)
    data = g.normal(size=(9, 2) if name == "correlation" else 9)
    counts = g.integers(0, 4, 9)
    counts[0] += 1 - counts.sum() % 2  # an odd total: the median is then one row
    repeated = np.repeat(data, counts, axis=0)
    weighted = short.weighted(data, counts[None] / counts.sum())
    assert weighted[0] == pytest.approx(function(repeated))
