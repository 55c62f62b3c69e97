"""Mechanisms and the ledger: published numbers, dp-accounting as oracle, and no half payments."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit.errors import MissingExtraError, ParameterError
from synthkit.techniques.perturbation import ledger as books
from synthkit.techniques.perturbation import mechanisms as dp
from synthkit.techniques.perturbation.ledger import BudgetError, PrivacyLedger

DELTA = 1e-5


# --- how much noise -----------------------------------------------------------------------------


@pytest.mark.parametrize(("epsilon", "sigma"), [(0.1, 30.7496), (0.5, 7.0318), (1, 3.7306),
                                                (2, 1.9938), (4, 1.0812)])
def test_analytic_gaussian_sigma_as_published(epsilon, sigma):
    assert dp.analytic_gaussian_sigma(1.0, epsilon, DELTA) == pytest.approx(sigma, abs=1e-4)
    assert dp.analytic_gaussian_sigma(3.0, epsilon, DELTA) == pytest.approx(3 * sigma, abs=3e-4)


def test_analytic_sigma_is_tight():
    sigma = dp.analytic_gaussian_sigma(1.0, 1.0, DELTA)
    assert dp.gaussian_delta(1.0, sigma) <= DELTA
    assert dp.gaussian_delta(1.0, sigma * (1 - 1e-6)) > DELTA
    assert dp.gaussian_epsilon(sigma, DELTA) == pytest.approx(1.0, abs=1e-9)


def test_gaussian_delta_agrees_with_integration():
    """The definition itself: the integral of max(0, p - e^eps q) over y."""
    from scipy import integrate, stats

    for epsilon, sigma in [(0.5, 1.0), (1.0, 3.7306), (3.0, 0.7)]:
        def excess(y, epsilon=epsilon, sigma=sigma):
            p, q = stats.norm.pdf(y, 1, sigma), stats.norm.pdf(y, 0, sigma)
            return max(0.0, p - math.exp(epsilon) * q)

        start = 0.5 + epsilon * sigma**2  # where p = e^eps q
        found, _ = integrate.quad(excess, start, start + 40 * sigma, epsabs=1e-14, limit=200)
        assert dp.gaussian_delta(epsilon, sigma) == pytest.approx(found, abs=1e-10)


def test_the_classical_formula_breaks_its_promise_for_large_epsilon():
    assert dp.classical_gaussian_sigma(1.0, 1.0, DELTA) == pytest.approx(4.8448, abs=1e-4)
    at_8_5 = dp.classical_gaussian_sigma(1.0, 8.5, DELTA)
    assert dp.gaussian_delta(8.5, at_8_5) == pytest.approx(1.04e-5, abs=5e-8)
    assert dp.gaussian_delta(8.5, at_8_5) > DELTA
    at_10 = dp.classical_gaussian_sigma(1.0, 10.0, DELTA)
    assert dp.gaussian_epsilon(at_10, DELTA) == pytest.approx(10.39, abs=0.005)


@pytest.mark.parametrize("epsilon", [0.0, -1.0, math.nan, math.inf, "1", None, True])
def test_epsilon_must_be_positive_and_finite(epsilon):
    with pytest.raises(ParameterError, match=r"epsilon must be a finite number > 0; got "):
        dp.laplace_scale(1.0, epsilon)
    with pytest.raises(ParameterError, match=r"epsilon must be a finite number > 0; got "):
        PrivacyLedger(epsilon)


@pytest.mark.parametrize("delta", [-1e-9, 1.0, 2.0, math.nan, math.inf, "0", None])
def test_delta_must_lie_in_zero_to_one(delta):
    with pytest.raises(ParameterError, match="delta must be in "):
        PrivacyLedger(1.0, delta)
    with pytest.raises(ParameterError, match="delta must be in "):
        dp.analytic_gaussian_sigma(1.0, 1.0, delta)


def test_gaussian_noise_needs_a_delta():
    with pytest.raises(ParameterError, match=r"delta must be in \(0, 1\) for Gaussian noise"):
        dp.analytic_gaussian_sigma(1.0, 1.0, 0.0)


@pytest.mark.parametrize("sensitivity", [0.0, -1.0, math.nan, math.inf, None])
def test_sensitivity_must_be_known(sensitivity):
    with pytest.raises(ParameterError, match="sensitivity must be a finite number > 0"):
        dp.laplace_scale(sensitivity, 1.0)


@given(st.floats(0.01, 30), st.floats(1e-12, 0.4))
@settings(max_examples=60, deadline=None)
def test_sigma_and_epsilon_are_inverse(epsilon, delta):
    sigma = dp.analytic_gaussian_sigma(1.0, epsilon, delta)
    assert dp.gaussian_epsilon(sigma, delta) == pytest.approx(epsilon, rel=1e-6)


# --- histograms ---------------------------------------------------------------------------------


def histogram_error(epsilon, shares, project, runs=200):
    rng = np.random.default_rng(0)
    counts = 5_000 * shares
    errors = []
    for _ in range(runs):
        noisy = counts + rng.laplace(0, dp.laplace_scale(1.0, epsilon), len(counts))
        estimate = dp.project_to_counts(noisy, 5_000.0) if project else noisy
        errors.append(dp.total_variation(estimate / 5_000, shares))
    return float(np.mean(errors)), float(np.std(errors) / np.sqrt(runs))


@pytest.mark.parametrize(("epsilon", "published"), [(0.1, 0.0498), (1.0, 0.0052)])
def test_histogram_error_is_k_over_two_n_epsilon(epsilon, published):
    shares = np.full(50, 1 / 50)
    error, sd = histogram_error(epsilon, shares, project=False)
    theory = 50 / (2 * 5_000 * epsilon)
    assert error == pytest.approx(theory, abs=5 * sd)
    assert error == pytest.approx(published, abs=5 * sd + 0.0002 / epsilon * 0.1)
    doubled, _ = histogram_error(epsilon / 2, shares, project=False)  # replace-one adjacency
    assert doubled > theory + 5 * sd


def test_clipping_helps_where_the_noise_is_large():
    weights = np.exp(-np.linspace(-2.5, 2.5, 50) ** 2 / 2)
    shares = weights / weights.sum()
    plain, _ = histogram_error(0.01, shares, project=False)
    clipped, _ = histogram_error(0.01, shares, project=True)
    assert plain == pytest.approx(0.50, abs=0.02)
    assert clipped < 0.75 * plain  # published .50 -> .31


def test_projection_keeps_the_total_and_nothing_is_negative():
    noisy = np.array([-5.0, 3.0, 9.0])
    kept = dp.project_to_counts(noisy, 12.0)
    assert kept.tolist() == [0.0, 3.0, 9.0]
    assert dp.project_to_counts(np.array([-1.0, -2.0]), 4.0).tolist() == [2.0, 2.0]
    assert dp.histogram_sensitivity("replace-one") == 2 * dp.histogram_sensitivity("add-remove")
    nearest = dp.nearest_counts(np.array([5.0, 4.0, -1.0, 0.5]), 6.0)
    assert nearest == pytest.approx([3.5, 2.5, 0.0, 0.0])  # 1.5 off each, the rest cut
    rng = np.random.default_rng(0)
    noisy = rng.normal(1.0, 5.0, 40)
    best = dp.nearest_counts(noisy, 30.0)
    assert best.sum() == pytest.approx(30.0)
    for _ in range(200):  # no other counts with that sum are nearer
        other = 30.0 * rng.dirichlet(np.full(40, 0.3))
        assert np.linalg.norm(noisy - best) <= np.linalg.norm(noisy - other)
    with pytest.raises(ParameterError, match="adjacency must be"):
        dp.histogram_sensitivity("none")
    assert dp.clip(np.array([-1.0, 0.5, 9.0]), 0.0, 1.0).tolist() == [0.0, 0.5, 1.0]


# --- composition --------------------------------------------------------------------------------


def test_a_hundred_releases_as_published():
    assert books.basic_composition(0.1, 100) == pytest.approx(10)
    assert books.advanced_composition(0.1, 100, DELTA) == pytest.approx(5.85, abs=0.005)
    sigma = dp.classical_gaussian_sigma(1.0, 0.1, DELTA)
    rho = 100 * books.gaussian_rho(sigma)
    assert books.simple_zcdp_epsilon(rho, DELTA) == pytest.approx(1.01, abs=0.005)
    ledger = PrivacyLedger(1.0, DELTA)
    ledger.charge(*[books.gaussian_expense("mean", sigma)] * 100)
    assert ledger.total() == pytest.approx(0.75, abs=0.005)  # exact
    assert ledger.total("zcdp") == pytest.approx(0.822, abs=0.001)


MIXED = [
    books.pure_expense("bounds of age", "laplace", 0.2),
    books.choice_expense("choice of pair 1", 0.3),
    books.gaussian_expense("counts of column 1", 6.0),
    books.gaussian_expense("counts of pair 1", 5.0, math.sqrt(2)),
    books.pure_expense("answer", "randomised response", 0.15),
]


def test_dp_accounting_never_finds_more_than_the_ledger_claims():
    pytest.importorskip("dp_accounting", reason="the extra 'privacy' is not installed")
    cases = [
        [books.gaussian_expense("g", 20.0)] * 30,
        [books.pure_expense("l", "laplace", 0.1)] * 60,
        [books.pure_expense("r", "randomised response", 0.1)] * 60,
    ]
    for expenses in cases:
        ledger = PrivacyLedger(100.0, DELTA)
        ledger.charge(*expenses)
        # PLD discretises the privacy loss in steps of 1e-4 and rounds up: a step a release
        assert ledger.total("pld") <= ledger.total() + 1e-4 * len(expenses)
    mixed = PrivacyLedger(100.0, DELTA)
    mixed.charge(*MIXED)  # a choice counts as any pure release there, as in 'basic' here
    assert mixed.total("pld") <= mixed.total("basic") + 1e-4 * len(MIXED)
    assert mixed.total("pld") > 0.5 * mixed.total("basic")
    gaussians = PrivacyLedger(100.0, DELTA)
    gaussians.charge(*cases[0])
    assert gaussians.total("pld") == pytest.approx(gaussians.total(), abs=2e-3)  # both exact


def test_gaussian_delta_agrees_with_dp_accounting():
    pld = pytest.importorskip("dp_accounting.pld.privacy_loss_distribution",
                              reason="the extra 'privacy' is not installed")
    for sigma in (0.7, 1.0812, 3.7306):
        theirs = pld.from_gaussian_mechanism(sigma)
        for epsilon in (0.5, 1.0, 4.0):
            ours = dp.gaussian_delta(epsilon, sigma)
            # their loss is rounded up to steps of 1e-4: a factor e^1e-4 on the tail, at most
            assert theirs.get_delta_for_epsilon(epsilon) == pytest.approx(ours, rel=2e-3, abs=1e-9)


def test_missing_accountant_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "dp_accounting.pld", None)
    ledger = PrivacyLedger(1.0)
    ledger.charge(books.pure_expense("x", "laplace", 0.5))
    with pytest.raises(MissingExtraError, match="synthkit-lab\\[privacy\\]"):
        ledger.total("pld")


@given(st.floats(0.05, 8), st.floats(1e-9, 0.01))
@settings(max_examples=40, deadline=None)
def test_zcdp_budget_is_spent_but_not_overspent(epsilon, delta):
    rho = books.zcdp_budget(epsilon, delta)
    assert books.zcdp_epsilon(rho, delta) <= epsilon
    assert books.zcdp_epsilon(rho * 1.001, delta) > epsilon * (1 - 1e-9)
    assert books.zcdp_epsilon(rho, delta) <= books.simple_zcdp_epsilon(rho, delta)
    # and Eq. 8 never promises more than the exact Gaussian does at the same rho
    sigma = 1 / math.sqrt(2 * rho)
    assert dp.gaussian_epsilon(sigma, delta) <= epsilon + 1e-9


# --- the ledger ---------------------------------------------------------------------------------


def test_overdrawing_raises_and_changes_nothing():
    ledger = PrivacyLedger(1.0)
    ledger.charge(books.pure_expense("bounds of age", "laplace", 0.25))
    with pytest.raises(BudgetError) as caught:
        ledger.charge(
            books.pure_expense("counts of column 1", "laplace", 0.5),
            books.pure_expense("counts of column 2", "laplace", 0.5),
        )
    assert str(caught.value) == (
        "the total spent must be at most epsilon=1 at delta=0; got 1.25 with "
        "'counts of column 1', 'counts of column 2' (spent so far: 0.25). Nothing was released. "
        "Ask for less, add more noise, or agree on a larger budget."
    )
    assert [e.what for e in ledger.expenses] == ["bounds of age"]
    assert ledger.remaining() == 0.75
    ledger.charge(books.pure_expense("counts", "laplace", 0.75))  # to the last bit
    assert ledger.total() == 1.0
    assert ledger.remaining() == 0.0


def test_gaussian_noise_cannot_be_paid_without_delta():
    ledger = PrivacyLedger(10.0)
    with pytest.raises(BudgetError, match="needs a larger delta"):
        ledger.charge(books.gaussian_expense("mean", 5.0))
    spent = PrivacyLedger(10.0, 1e-6)
    with pytest.raises(BudgetError, match="needs a larger delta"):
        spent.charge(books.pure_expense("categories", "threshold", 0.1, 2e-6))


def test_ten_shares_of_a_tenth_fit_in_the_whole():
    ledger = PrivacyLedger(0.3)
    ledger.charge(*[books.pure_expense(f"part {i}", "laplace", 0.3 / 10) for i in range(10)])
    assert ledger.total() == pytest.approx(0.3)
    with pytest.raises(BudgetError):
        ledger.charge(books.pure_expense("one more", "laplace", 1e-3))


def test_the_table_shows_every_epsilon_and_the_running_total():
    ledger = PrivacyLedger(2.0, DELTA)
    ledger.charge(*MIXED)
    table = ledger.table()
    assert table["what"].tolist() == [e.what for e in MIXED]
    assert table["total"].is_monotonic_increasing
    assert table["total"].iloc[-1] == ledger.total()
    assert "5 release(s)" in repr(ledger)
    assert PrivacyLedger(1.0).table().columns.tolist() == table.columns.tolist()
    again = PrivacyLedger.from_dict(ledger.to_dict())
    assert again.expenses == ledger.expenses
    assert again.total() == ledger.total()
    with pytest.raises(ParameterError, match="accountant must be"):
        ledger.total("hope")


def test_the_total_never_falls_when_something_is_added():
    rng = np.random.default_rng(0)
    for _ in range(20):
        ledger = PrivacyLedger(1e6, DELTA)
        before = 0.0
        for i in rng.permutation(len(MIXED)):
            ledger.charge(MIXED[i])
            assert ledger.total() >= before
            before = ledger.total()
