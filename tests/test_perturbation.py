"""Noise, microaggregation, swapping and attacks: closed forms and the published numbers.

Tolerances: a share of n independent cases has a standard deviation of at most 1 / (2 sqrt n), a
mean of S runs one of 1 / sqrt S of a single run's; five of them are allowed.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer

from synthkit.errors import ParameterError
from synthkit.techniques.perturbation import attacks, microaggregation, noise, swapping

SEEDS = 20


@pytest.fixture(scope="module")
def table() -> np.ndarray:
    """The first ten columns of breast_cancer: the table of the published numbers (569, 10)."""
    return load_breast_cancer().data[:, :10]


def correlations(x: np.ndarray) -> np.ndarray:
    return np.corrcoef(x, rowvar=False)[np.triu_indices(x.shape[1], 1)]


# --- noise --------------------------------------------------------------------------------------


def mean_correlations(release, table, c):
    runs = [release(table, c, np.random.default_rng(s)) for s in range(SEEDS)]
    return np.mean([correlations(run) for run in runs], axis=0)


def wrong_scale(table, c, rng):
    """c taken for the ratio of standard deviations instead of variances."""
    return table + c * table.std(axis=0) * rng.standard_normal(table.shape)


@pytest.mark.parametrize("c", [0.25, 1.0])
def test_additive_noise_divides_correlations_by_one_plus_c(table, c):
    # A correlation of n rows has sd <= 1/sqrt(n); the mean of 20 runs 1/sqrt(20 n).
    tolerance = 5 / np.sqrt(SEEDS * len(table))
    expected = noise.attenuated_correlation(correlations(table), c)
    assert np.abs(mean_correlations(noise.additive_noise, table, c) - expected).max() < tolerance
    if c == 0.25:  # the broken partner: at c = 1 both are the same
        assert np.abs(mean_correlations(wrong_scale, table, c) - expected).max() > tolerance


def test_additive_noise_raises_the_variance_by_one_plus_c():
    x = np.random.default_rng(0).standard_normal((200_000, 1))
    ratio = noise.additive_noise(x, 0.5, np.random.default_rng(1)).var() / x.var()
    assert abs(ratio - 1.5) < 5 * 1.5 * np.sqrt(2 / len(x))  # sd of a variance: v sqrt(2/n)


def test_multiplicative_noise_keeps_mean_sign_and_zero():
    x = np.repeat([[-2.0, 0.0, 3.0]], 400_000, axis=0)
    y = noise.multiplicative_noise(x, 0.25, np.random.default_rng(0))
    assert (np.sign(y) == np.sign(x)).all()
    # sd of each value is |x| sqrt(c) = |x| / 2
    assert np.abs(y.mean(axis=0) - x[0]).max() < 5 * 3.0 * 0.5 / np.sqrt(len(x))
    assert y[:, 2].var() / 9 == pytest.approx(0.25, rel=0.03)  # lognormal: fourth moment finite


def test_kim_keeps_variances_and_correlations(table):
    c, runs = 0.1, 100
    released = [noise.kim_noise(table, c, np.random.default_rng(s)) for s in range(runs)]
    ratio = np.mean([y.var(axis=0) / table.var(axis=0) for y in released], axis=0)
    # Var(Y) = (Var X + 2 Cov(X, E) + Var E) / (1 + c): sd sqrt(4c + 2c^2) / (1 + c) / sqrt(n)
    sd = np.sqrt(4 * c + 2 * c**2) / (1 + c) / np.sqrt(len(table) * runs)
    assert np.abs(ratio - 1).max() < 5 * sd
    error = np.abs(np.mean([correlations(y) for y in released], 0) - correlations(table)).mean()
    assert error < 0.003  # published: .0009; one run has .0095, so 100 runs have about .001
    plain = [noise.additive_noise(table, c, np.random.default_rng(s)) for s in range(runs)]
    broken = np.abs(np.mean([correlations(y) for y in plain], 0) - correlations(table)).mean()
    assert broken > 0.03  # mean |r| is .43, and 1 - 1/(1 + c) of it is .039


def test_kim_follows_a_plane_that_has_no_thickness():
    x = np.random.default_rng(0).standard_normal((500, 2))
    x = np.column_stack([x, x.sum(axis=1)])  # the third column is the sum: singular covariance
    y = noise.kim_noise(x, 1.0, np.random.default_rng(1))
    # eigenvalues of size 1e-16 leave noise of size 1e-8 off the plane
    assert np.abs(y[:, 0] + y[:, 1] - y[:, 2]).max() < 1e-6


@given(st.integers(1, 40), st.integers(1, 5), st.floats(-6, 6))
@settings(max_examples=40, deadline=None)
def test_matrix_root_is_a_root(n, d, log_scale):
    x = np.random.default_rng(n).standard_normal((n + 1, d)) * 10.0 ** np.linspace(0, log_scale, d)
    covariance = noise.sample_covariance(x)
    root = noise.matrix_root(covariance)
    size = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert (np.abs(root @ root.T - covariance) <= 1e-10 * np.maximum(size, 1e-300)).all()


def test_correlation_error_of_constant_columns_is_not_a_number():
    assert np.isnan(noise.correlation_error(np.ones((5, 2)), np.ones((5, 2))))
    assert noise.sample_covariance(np.ones((1, 3))).tolist() == np.zeros((3, 3)).tolist()


# --- microaggregation ---------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "percent"), [(2, 3.88), (3, 6.70), (5, 10.55), (10, 17.03)])
def test_mdav_reproduces_the_published_loss(table, k, percent):
    unit = microaggregation.standardise(table)
    groups = microaggregation.mdav(unit, k)
    released = microaggregation.microaggregate(unit, groups)
    loss = 100 * microaggregation.information_loss(unit, released)
    assert loss == pytest.approx(percent, abs=0.005)  # published to two digits
    sizes = np.bincount(groups)
    assert sizes.min() >= k
    assert sizes.max() <= 2 * k - 1
    assert released.mean(axis=0) == pytest.approx(unit.mean(axis=0), abs=1e-12)  # exact means
    at_random = np.random.default_rng(0).permutation(groups)  # the broken partner
    spoiled = microaggregation.microaggregate(unit, at_random)
    assert 100 * microaggregation.information_loss(unit, spoiled) > 2 * percent


def literal_mdav(x: np.ndarray, k: int) -> list[set[int]]:
    """The paper's steps, word by word and without speed: an independent implementation."""
    left, groups = list(range(len(x))), []

    def furthest(point):
        return max(left, key=lambda i: float(((x[i] - point) ** 2).sum()))

    def take(point):
        nearest = sorted(left, key=lambda i: float(((x[i] - point) ** 2).sum()))[:k]
        groups.append(set(nearest))
        for i in nearest:
            left.remove(i)

    while len(left) >= 3 * k:
        r = furthest(x[left].mean(axis=0))
        s = furthest(x[r])
        take(x[r])
        take(x[s])
    if len(left) >= 2 * k:
        take(x[furthest(x[left].mean(axis=0))])
    if left:
        groups.append(set(left))
    return groups


@pytest.mark.parametrize("k", [1, 2, 3, 7])
@pytest.mark.parametrize("n", [1, 5, 21, 60])
def test_mdav_agrees_with_a_literal_reading_of_the_paper(n, k):
    x = np.random.default_rng(100 * n + k).standard_normal((n, 3))  # continuous: no ties
    groups = microaggregation.mdav(x, k)
    ours = {frozenset(np.flatnonzero(groups == g).tolist()) for g in np.unique(groups)}
    assert ours == {frozenset(g) for g in literal_mdav(x, k)}


def test_mdav_does_not_change_its_input():
    x = np.random.default_rng(0).standard_normal((30, 2))
    x.setflags(write=False)
    microaggregation.mdav(x, 3)


# --- swapping -----------------------------------------------------------------------------------


@given(st.integers(1, 300), st.floats(0, 1), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_rank_swap_is_a_permutation_within_the_window(n, window, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 20, n).astype(float)
    order = swapping.rank_swap_order(x, window, rng)
    assert sorted(order.tolist()) == list(range(n))
    low, high = (np.searchsorted(np.sort(x), x, side=side) for side in ("left", "right"))
    new = x[order]
    new_low = np.searchsorted(np.sort(x), new, side="left")
    new_high = np.searchsorted(np.sort(x), new, side="right")
    # ties make ranks an interval: the nearest ends may be at most the window apart
    gap = np.maximum(np.maximum(new_low - high + 1, low - new_high + 1), 0)
    assert gap.max() <= int(window * n)


def rank_swapped(table, window, seed):
    rng = np.random.default_rng(seed)
    return np.column_stack([c[swapping.rank_swap_order(c, window, rng)] for c in table.T])


@pytest.mark.parametrize(("window", "linked", "error"), [(0.05, 0.92, 0.026), (0.2, 0.30, 0.118),
                                                         (0.5, 0.01, 0.366)])
def test_rank_swapping_trades_linkage_for_correlations(table, window, linked, error):
    runs = [rank_swapped(table, window, s) for s in range(5)]
    rate = np.mean([attacks.linkage_rate(table, run) for run in runs])
    assert rate == pytest.approx(linked, abs=5 * 0.5 / np.sqrt(5 * len(table)))
    moved = np.mean([noise.correlation_error(table, run) for run in runs])
    assert moved == pytest.approx(error, abs=0.03)  # implementations differ in who may swap


def test_invariant_pram_keeps_the_shares_exactly():
    shares = np.array([0.6, 0.3, 0.1, 0.0])
    plain = swapping.pram_matrix(4, 0.5)
    invariant = swapping.invariant_pram_matrix(shares, plain)
    assert invariant.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert (invariant >= 0).all()
    assert shares @ invariant == pytest.approx(shares, abs=1e-12)  # pQ = p
    assert np.abs(shares @ plain - shares).max() > 0.1  # the broken partner: plain PRAM shifts


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_invariant_pram_holds_for_any_shares(weights, change):
    shares = np.array(weights) + 1e-9
    shares /= shares.sum()
    invariant = swapping.invariant_pram_matrix(shares, swapping.pram_matrix(len(shares), change))
    assert shares @ invariant == pytest.approx(shares, abs=1e-9)
    assert invariant.sum(axis=1) == pytest.approx(1, abs=1e-9)


def test_invariant_pram_without_its_matrix_is_the_same():
    shares, change, n = np.array([0.5, 0.3, 0.2, 0.0]), 0.4, 200_000
    matrix = swapping.invariant_pram_matrix(shares, swapping.pram_matrix(4, change))
    rng = np.random.default_rng(0)
    for level in range(4):
        new = swapping.apply_invariant_pram(np.full(n, level), shares, change, rng)
        seen = np.bincount(new, minlength=4) / n
        assert np.abs(seen - matrix[level]).max() < 5 * 0.5 / np.sqrt(n)
    responses = swapping.randomised_response_matrix(4, 1.0)
    said = swapping.apply_randomised_response(np.full(n, 2), 4, 1.0, rng)
    assert np.abs(np.bincount(said, minlength=4) / n - responses[2]).max() < 5 * 0.5 / np.sqrt(n)
    same = swapping.apply_invariant_pram(np.arange(4), shares, 0.0, rng)
    assert same[:3].tolist() == [0, 1, 2]
    assert swapping.apply_invariant_pram(np.zeros(3, int), np.ones(1), 1.0, rng).tolist() == [0] * 3


def test_plain_pram_inverts_at_the_price_of_variance():
    change, n, runs = 0.4, 400, 4_000
    shares = np.array([0.5, 0.3, 0.2])
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(3), (shares * n).astype(int))
    transition = swapping.pram_matrix(3, change)
    seen = np.array([
        np.bincount(swapping.apply_pram(codes, transition, rng), minlength=3) / n
        for _ in range(runs)
    ])
    back = np.array([swapping.unbiased_shares(row, change) for row in seen])
    sd = back.std(axis=0).max()
    assert np.abs(back.mean(axis=0) - shares).max() < 5 * sd / np.sqrt(runs)
    assert back.var(axis=0) / seen.var(axis=0) == pytest.approx(1 / (1 - change) ** 2)  # exact
    assert np.abs(seen.mean(axis=0) - shares).max() > 5 * sd / np.sqrt(runs)  # without inverting


def test_randomised_response_keeps_its_ratio():
    matrix = swapping.randomised_response_matrix(5, 1.5)
    assert np.log(matrix.max() / matrix.min()) == pytest.approx(1.5)
    assert matrix.sum(axis=1) == pytest.approx(1)
    assert swapping.randomised_response_matrix(1, 1.0).tolist() == [[1.0]]
    assert np.isfinite(swapping.randomised_response_matrix(3, 1e6)).all()


def test_rounding():
    x = np.array([0.0, 2.4, 2.6, 7.5, -2.6])
    assert swapping.round_to_base(x, 5.0).tolist() == [0.0, 0.0, 5.0, 10.0, -5.0]
    rng = np.random.default_rng(0)
    drawn = np.array([swapping.random_rounding(x, 5.0, rng) for _ in range(20_000)])
    assert set(np.unique(drawn % 5.0)) == {0.0}
    assert np.abs(drawn.mean(axis=0) - x).max() < 5 * 2.5 / np.sqrt(20_000)  # sd <= base / 2
    assert np.abs(swapping.round_to_base(x, 5.0) - x).max() > 5 * 2.5 / np.sqrt(20_000)


# --- attacks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("c", "linked"), [(0.05, 0.88), (0.25, 0.39), (1.0, 0.12)])
def test_additive_noise_is_relinked_as_published(table, c, linked):
    runs = [noise.additive_noise(table, c, np.random.default_rng(s)) for s in range(5)]
    rate = np.mean([attacks.linkage_rate(table, run) for run in runs])
    assert rate == pytest.approx(linked, abs=5 * 0.5 / np.sqrt(5 * len(table)))


def test_kim_looks_safer_than_it_is(table):
    runs = [noise.kim_noise(table, 0.1, np.random.default_rng(s)) for s in range(5)]
    tolerance = 5 * 0.5 / np.sqrt(5 * len(table))
    euclidean = np.mean([attacks.linkage_rate(table, run) for run in runs])
    mahalanobis = np.mean([attacks.linkage_rate(table, run, "mahalanobis") for run in runs])
    assert euclidean == pytest.approx(0.55, abs=tolerance)
    assert mahalanobis == pytest.approx(0.91, abs=tolerance)


def test_linkage_agrees_with_scipys_distances(table):
    from scipy.spatial.distance import cdist

    y = noise.kim_noise(table, 0.25, np.random.default_rng(0))
    inverse = np.linalg.inv(noise.sample_covariance(table))
    theirs = cdist(y, table, "mahalanobis", VI=inverse).argmin(axis=1)
    assert (attacks.nearest_original(table, y, "mahalanobis") == theirs).mean() > 0.99  # rounding
    variance = table.var(axis=0)
    theirs = cdist(y, table, "seuclidean", V=variance).argmin(axis=1)
    assert (attacks.nearest_original(table, y, "euclidean") == theirs).all()
    with pytest.raises(ParameterError, match="metric must be"):
        attacks.linkage_rate(table, y, "cosine")


def test_low_bits_betray_zero_in_float_noise():
    rng = np.random.default_rng(0)
    n = 400_000
    from_zero = attacks.low_bits_event(0.0 + rng.laplace(0, 1, n)).mean()
    from_one = attacks.low_bits_event(1.0 + rng.laplace(0, 1, n)).mean()
    assert from_zero == pytest.approx(0.271, abs=5 * 0.5 / np.sqrt(n))  # published
    assert from_one == 0  # impossible, at any n: so epsilon is infinite
    # noise from a grid of 2^-53 has no such bits: the event never happens at all
    on_grid = np.round(rng.laplace(0, 1, n) * 2.0**53) / 2.0**53
    assert attacks.low_bits_event(on_grid).mean() == 0
