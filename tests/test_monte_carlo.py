"""Monte Carlo against closed forms and published numbers; tolerances are 5 standard errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import synthkit as sk
from synthkit.errors import DataError, ParameterError
from synthkit.techniques import monte_carlo as mc
from synthkit.techniques import monte_carlo_estimates as est
from synthkit.techniques.monte_carlo_failures import joint_tail_share, t_copula_draws


def slope(estimate, sizes, repeats, truth):
    """Log-log slope of the root mean square error over sizes."""
    errors = [
        np.sqrt(
            np.mean([(estimate(n, np.random.default_rng(s)) - truth) ** 2 for s in range(repeats)])
        )
        for n in sizes
    ]
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0], errors


def test_pi_error_is_1_642_over_root_n():
    sizes = 2 ** np.arange(6, 14)
    rate, errors = slope(lambda n, rng: est.pi_from_darts(est.darts(n, rng)), sizes, 400, np.pi)
    assert rate == pytest.approx(-0.5, abs=0.05)
    # An RMSE over 400 repeats has a relative standard error of 1/√800 = .035.
    assert np.allclose(np.array(errors) / est.pi_error(sizes), 1, atol=5 * 0.036)
    assert est.pi_error(1) == pytest.approx(1.642, abs=1e-3)


def test_sobol_darts_converge_faster():
    sizes = 2 ** np.arange(6, 14)
    rate, _ = slope(
        lambda n, rng: est.pi_from_darts(est.darts(n, rng, sobol=True)), sizes, 60, np.pi
    )
    assert rate < -0.65  # published for this kink: about −.75; plain darts stay at −.5


def test_sobol_beats_order_one_on_a_smooth_integrand():
    truth = (1 - np.exp(-1)) ** 5

    def estimate(n, rng):
        return np.exp(-est.sobol_points(n, 5, rng).sum(axis=1)).mean()

    rate, _ = slope(estimate, 2 ** np.arange(6, 13), 40, truth)
    assert rate < -1


def test_importance_sampling_of_the_rare_event():
    truth = stats.norm.sf(4)
    assert truth == pytest.approx(3.1671e-5, rel=1e-4)
    naive, _ = est.tail_probability(4, 10_000, 0, repeats=400)
    shifted, ess = est.tail_probability(4, 10_000, 1, shift=4, repeats=400)
    error = lambda x: np.sqrt(np.mean((x / truth - 1) ** 2))  # noqa: E731
    assert error(naive) == pytest.approx(1.78, rel=0.25)
    assert error(shifted) == pytest.approx(2.124 / 100, rel=0.18)
    assert 3_000 < (error(naive) / error(shifted)) ** 2 < 15_000  # 7,300
    assert ess.mean() > 1_000
    # Leaving the weights out is not an estimate at all.
    assert np.mean(np.random.default_rng(0).normal(4, 1, 10_000) > 4) > 0.4


@pytest.mark.parametrize(
    ("target", "proposal", "bound", "acceptance"),
    [
        (stats.halfnorm.pdf, stats.expon(), np.sqrt(2 * np.e / np.pi), 0.7602),
        (stats.beta(2, 5).pdf, stats.uniform(), 2.4576, 1 / 2.4576),
    ],
)
def test_rejection_sampling(target, proposal, bound, acceptance):
    draws, share = est.rejection_sample(20_000, target, proposal, bound, rng=0)
    tries = 20_000 / acceptance
    assert share == pytest.approx(
        acceptance, abs=5 * np.sqrt(acceptance * (1 - acceptance) / tries)
    )
    law = stats.halfnorm if acceptance > 0.5 else stats.beta(2, 5)
    assert stats.kstest(draws, law.cdf).pvalue > 1e-4
    assert stats.kstest(proposal.rvs(20_000, random_state=0), law.cdf).pvalue < 1e-4
    with pytest.raises(ParameterError, match="bound must be at least"):
        est.rejection_sample(100, target, proposal, bound / 2, rng=0)


def gaussian_table(rho, n, seed):
    z = np.random.default_rng(seed).multivariate_normal([0, 0], [[1, rho], [rho, 1]], n)
    return pd.DataFrame(z, columns=["a", "b"])


def test_rank_correlations_of_the_gaussian_copula():
    synth = sk.MonteCarlo().fit(gaussian_table(0.8, 20_000, 0), rng=0)
    assert synth.correlation_[0, 1] == pytest.approx(0.8, abs=5 * 0.36 / np.sqrt(20_000))
    fake = synth.sample(20_000, rng=1)
    rho = synth.correlation_[0, 1]
    assert stats.spearmanr(fake).statistic == pytest.approx(
        6 / np.pi * np.arcsin(rho / 2), abs=0.015
    )
    assert stats.kendalltau(*fake.to_numpy().T).statistic == pytest.approx(
        2 / np.pi * np.arcsin(rho), abs=0.015
    )
    assert 6 / np.pi * np.arcsin(0.4) == pytest.approx(0.7859, abs=1e-4)
    assert 2 / np.pi * np.arcsin(0.8) == pytest.approx(0.5903, abs=1e-4)


def test_lognormal_margins_cap_pearson_but_not_spearman():
    """σ = 2, latent ρ = .8: Pearson is only .439 in the population."""
    s, rho = 2.0, 0.8
    assert (np.exp(rho * s**2) - 1) / (np.exp(s**2) - 1) == pytest.approx(0.439, abs=1e-3)
    real = np.exp(s * gaussian_table(rho, 20_000, 3))
    fake = sk.MonteCarlo().fit(real, rng=0).sample(20_000, rng=1)
    assert stats.spearmanr(fake).statistic == pytest.approx(
        stats.spearmanr(real).statistic, abs=0.02
    )


def test_t_copula_finds_its_degrees_of_freedom_and_keeps_joint_outliers():
    rng = np.random.default_rng(0)
    x = t_copula_draws(5_000, 0.7, 3, rng)
    real = pd.DataFrame(x, columns=["a", "b"])
    t, gauss = (sk.MonteCarlo(copula=c).fit(real, rng=0) for c in ("t", "gaussian"))
    assert 2.3 < t.dof_ < 4.0
    assert np.isinf(gauss.dof_)
    shares = {}
    for label, synth in (("t", t), ("gaussian", gauss)):
        fake = synth.sample(200_000, rng=1).rank(pct=True).to_numpy()
        shares[label] = ((fake > 0.99).all(axis=1)).mean() / 0.01
    # SE of a share near .5 over 2,000 tail rows: .011
    assert shares["t"] == pytest.approx(0.47, abs=0.05)
    assert shares["gaussian"] < 0.38


def test_tail_dependence_of_the_two_copulas():
    rng = np.random.default_rng(1)
    n = 4_000_000  # λ(.999) over 4,000 tail rows: SE .008
    t3 = joint_tail_share(t_copula_draws(n, 0.7, 3, rng), 3, 0.999)
    gauss = joint_tail_share(t_copula_draws(n, 0.7, 1e9, rng), 1e9, 0.999)
    limit = 2 * stats.t(4).sf(np.sqrt(4 * 0.3 / 1.7))
    assert limit == pytest.approx(0.448, abs=1e-3)
    assert t3 == pytest.approx(limit, abs=0.05)
    assert gauss < 0.25


def test_independence_loses_what_the_copula_keeps():
    real = sk.load("breast_cancer").iloc[:, :10]
    gap = {}
    for copula in ("gaussian", "independent"):
        fake = sk.MonteCarlo(copula=copula).fit(real, rng=0).sample(4_000, rng=1)
        gap[copula] = np.abs(real.corr("spearman") - fake.corr("spearman")).to_numpy().mean()
    assert gap["gaussian"] < 0.05 < 0.3 < gap["independent"]


def test_missingness_keeps_its_share_and_its_company():
    rng = np.random.default_rng(0)
    age = rng.normal(50, 10, 5_000)
    income = np.where(
        rng.random(5_000) < (age > 60) * 0.8, np.nan, age * 2 + rng.normal(0, 5, 5_000)
    )
    real = pd.DataFrame({"age": age, "income": income})
    fake = sk.MonteCarlo().fit(real, rng=0).sample(20_000, rng=1)
    assert fake["income"].isna().mean() == pytest.approx(real["income"].isna().mean(), abs=0.02)
    assert fake["age"][fake["income"].isna()].mean() > fake["age"].mean() + 5
    assert fake.corr("spearman").iloc[0, 1] == pytest.approx(
        real.corr("spearman").iloc[0, 1],
        abs=0.1,  # the cut at 60 is sharper than any Gaussian's
    )


def test_given_a_continuous_value_is_the_exact_conditional():
    synth = sk.MonteCarlo().fit(gaussian_table(0.8, 50_000, 0), rng=0)
    fake = synth.sample(20_000, rng=1, given={"a": 1.5})
    assert (fake["a"].round(6) == 1.5).all()
    # b | a = 1.5 ~ N(1.2, .36): SE of the mean .6/√20000 = .0042, plus the fit's own .01
    assert fake["b"].mean() == pytest.approx(1.2, abs=0.04)
    assert fake["b"].std() == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize("copula", ["gaussian", "t"])
def test_given_categories_agree_with_throwing_rows_away(copula):
    rng = np.random.default_rng(0)
    z = rng.multivariate_normal([0, 0, 0], [[1, 0.6, 0.3], [0.6, 1, 0.5], [0.3, 0.5, 1]], 8_000)
    real = pd.DataFrame({
        "sex": np.where(z[:, 0] > 0.3, "F", "M"),
        "class": pd.Categorical(np.digitize(z[:, 1], [-0.5, 0.7]), ordered=True),
        "x": z[:, 2],
    })  # fmt: skip
    synth = sk.MonteCarlo(copula=copula).fit(real, rng=0)
    wanted = {"sex": "F", "class": 2}
    fake = synth.sample(20_000, rng=1, given=wanted)
    assert (fake["sex"] == "F").all() and (fake["class"] == 2).all()
    many = synth.sample(400_000, rng=2)
    kept = many[(many["sex"] == "F") & (many["class"] == 2)]
    assert stats.ks_2samp(fake["x"], kept["x"]).pvalue > 1e-4
    assert stats.ks_2samp(many["x"], kept["x"]).pvalue < 1e-4  # the condition does matter


def test_given_names_what_is_wrong():
    real = pd.DataFrame({"sex": ["F", "M"] * 20, "x": np.arange(40.0)})
    synth = sk.MonteCarlo().fit(real, rng=0)
    for wrong, word in (({"nope": 1}, "nope"), ({"sex": "Q"}, "'Q'"), ({"x": None}, "'x'")):
        with pytest.raises(DataError, match=word):
            synth.sample(5, given=wrong)
    with pytest.raises(ParameterError, match="copula"):
        sk.MonteCarlo(copula="clayton").fit(real)


def test_sobol_margins_are_smoother_than_random_ones():
    real = gaussian_table(0.5, 4_000, 0)
    distance = {
        sobol: np.mean([
            stats.ks_2samp(real["a"], synth.sample(1024, rng=s)["a"]).statistic for s in range(5)
        ])
        for sobol in (False, True)
        for synth in [sk.MonteCarlo(sobol=sobol).fit(real, rng=0)]
    }  # fmt: skip
    assert distance[True] < 0.5 * distance[False]


def test_nearest_correlation_repairs_a_contradiction():
    impossible = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    assert np.linalg.eigvalsh(impossible).min() < 0
    fixed = mc.nearest_correlation(impossible)
    assert np.linalg.eigvalsh(fixed).min() > 0 and np.allclose(np.diag(fixed), 1)
