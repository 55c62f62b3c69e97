"""Finance's mathematics: closed forms, published numbers, SciPy, arch and statsmodels."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from scipy import stats

import synthkit as sk
from synthkit.errors import MissingExtraError
from synthkit.techniques.finance.calibrate import fit_cir, fit_gjr, fit_vasicek
from synthkit.techniques.finance.economy import (
    falling_quarters,
    monthly_stay,
    regime_path,
    var_path,
)
from synthkit.techniques.finance.failures import FAILURES
from synthkit.techniques.finance.markets import (
    Gjr,
    correlated_noise,
    gjr_loglik,
    gjr_paths,
    merton_returns,
    regime_returns,
)
from synthkit.techniques.finance.new_keynesian import (
    NewKeynesian,
    inflation_path,
    policy_response,
    stable_roots,
)
from synthkit.techniques.finance.rates import (
    cir_price,
    cir_step,
    euler_step,
    feller_ratio,
    nelson_siegel,
    vasicek_price,
    vasicek_step,
)
from synthkit.techniques.finance.regimes import fit_regimes


def bundled(name):
    try:
        return sk.load(name)
    except MissingExtraError as error:
        pytest.skip(str(error))


def sp500_returns():
    return 100 * np.diff(np.log(bundled("sp500")["adj_close"].to_numpy()))


# --- rates ----------------------------------------------------------------------------------


def test_bond_prices_are_the_published_ones():
    """§10: Vasicek P(0, 5) = .78131, CIR .78278."""
    vasicek = vasicek_price(0.05, 5, speed=0.1727, mean=0.0502, sigma=0.0176)
    assert vasicek == pytest.approx(0.78131, abs=1e-5)
    cir = cir_price(0.05, 5, speed=0.2, mean=0.05, sigma=0.1)
    assert cir == pytest.approx(0.78278, abs=1e-5)


def test_cir_draws_are_scipys_noncentral_chi_square():
    rng = np.random.default_rng(0)
    k, theta, sigma, dt, r0 = 0.2, 0.05, 0.1, 0.25, 0.03
    drawn = cir_step(np.full(20_000, r0), speed=k, mean=theta, sigma=sigma, dt=dt, rng=rng)
    c = sigma**2 * (1 - math.exp(-k * dt)) / (4 * k)
    law = stats.ncx2(4 * k * theta / sigma**2, r0 * math.exp(-k * dt) / c, scale=c)
    assert stats.kstest(drawn, law.cdf).pvalue > 1e-4
    euler = euler_step(np.full(20_000, 0.003), speed=k, mean=theta, sigma=0.3, dt=dt, rng=rng)
    exact = cir_step(np.full(20_000, 0.003), speed=k, mean=theta, sigma=0.3, dt=dt, rng=rng)
    assert (euler < 0).any() and not (exact < 0).any()
    # The partner: with the same law in mind, Euler's step is another distribution.
    wrong = euler_step(np.full(20_000, r0), speed=k, mean=theta, sigma=sigma, dt=2.0, rng=rng)
    assert stats.kstest(wrong, law.cdf).pvalue < 1e-9


def test_vasicek_draws_match_their_moments_and_compose():
    rng = np.random.default_rng(0)
    settings = {"speed": 0.17, "mean": 0.05, "sigma": 0.0176}
    one = vasicek_step(np.full(100_000, 0.02), dt=1.0, rng=rng, **settings)
    two = vasicek_step(
        vasicek_step(np.full(100_000, 0.02), dt=0.5, rng=rng, **settings), dt=0.5, rng=rng,
        **settings,
    )  # fmt: skip
    mean = 0.05 - 0.03 * math.exp(-0.17)
    sd = 0.0176 * math.sqrt((1 - math.exp(-0.34)) / 0.34)
    for drawn in (one, two):
        assert drawn.mean() == pytest.approx(mean, abs=5 * sd / math.sqrt(100_000))
        assert drawn.std() == pytest.approx(sd, rel=5 / math.sqrt(200_000))


def test_negative_shares_of_eulers_scheme():
    """§10: σ = .1/.15/.3 → about .0002/.014/.235 (paths from the mean, monthly); exact: 0."""
    found = [FAILURES[1].indicator(FAILURES[1].run(sigma, 0)) for sigma in (0.1, 0.15, 0.3)]
    assert found[0] < 0.002 < found[1] < 0.03 < 0.15 < found[2] < 0.3
    assert feller_ratio(0.2, 0.05, 0.1) == pytest.approx(2.0)


def test_nelson_siegel_curvature_peaks_at_29_months():
    months = np.linspace(1, 120, 50_000)
    zero, one = np.zeros(1), np.ones(1)
    hump = nelson_siegel(months, zero, zero, one)[0]
    assert months[hump.argmax()] == pytest.approx(29.45, abs=0.01)
    far = nelson_siegel(np.array([1e6]), one, one, one)
    assert far[0, 0] == pytest.approx(1, abs=1e-3)


def test_fits_of_the_treasury_bill_rate():
    """§10: Vasicek κ .173, θ 5.02, σ 1.76, LL −256.5; CIR κ .040, θ 3.98, σ .667, LL −214.5."""
    rate = bundled("macrodata")["tbilrate"].to_numpy()
    vasicek, cir = fit_vasicek(rate, 0.25), fit_cir(rate, 0.25)
    wanted = {"speed": 0.173, "mean": 5.02, "sigma": 1.76}
    for name, value in wanted.items():
        assert vasicek.estimates[name] == pytest.approx(value, rel=0.005)
    for name, value in {"speed": 0.040, "mean": 3.98, "sigma": 0.667}.items():
        assert cir.estimates[name] == pytest.approx(value, rel=0.01)
    assert vasicek.loglik == pytest.approx(-256.5, abs=0.1)
    assert cir.loglik == pytest.approx(-214.5, abs=0.1)
    e = {k: v / 100 for k, v in cir.estimates.items()}
    assert feller_ratio(cir.estimates["speed"], e["mean"], e["sigma"] * 10) == pytest.approx(
        0.71, abs=0.02
    )


def test_speed_is_overestimated_from_fifty_years():
    """§10, refit bias: with κ = .173 the mean estimate is .265."""
    rng = np.random.default_rng(0)
    r = np.empty((203, 200))
    r[0] = 5.02
    for t in range(1, 203):
        r[t] = vasicek_step(r[t - 1], speed=0.173, mean=5.02, sigma=1.76, dt=0.25, rng=rng)
    slopes = np.array([np.polyfit(path[:-1], path[1:], 1)[0] for path in r.T])
    speeds = -np.log(np.clip(slopes, 1e-6, None)) / 0.25
    # The standard deviation of one estimate is about .12; of the mean of 200, .009.
    assert speeds.mean() == pytest.approx(0.265, abs=0.045)


# --- markets -----------------------------------------------------------------------------------


def test_gjr_fit_and_likelihood_agree_with_arch():
    """§10: GJR-t on the S&P: ω .0132, γ .1815, β .8987, ν 7.50, LL −6748.3."""
    arch = pytest.importorskip("arch")
    returns = sp500_returns()
    ours = fit_gjr(returns)
    peer = arch.arch_model(returns, vol="GARCH", p=1, o=1, q=1, dist="t").fit(disp="off")
    assert ours.loglik == pytest.approx(peer.loglikelihood, abs=0.05)
    assert ours.loglik == pytest.approx(-6748.3, abs=0.1)
    for ours_name, theirs in (("gamma", "gamma[1]"), ("beta", "beta[1]"), ("dof", "nu")):
        assert ours.estimates[ours_name] == pytest.approx(peer.params[theirs], rel=0.01)
    for name, value in {"mu": 0.0367, "omega": 0.0132, "gamma": 0.1815, "beta": 0.8987}.items():
        assert ours.estimates[name] == pytest.approx(value, rel=0.02)
    assert math.isnan(ours.errors["alpha"])  # at the edge of its range
    wrong = Gjr(gamma=0.0, beta=0.99)
    assert gjr_loglik(returns, wrong) < ours.loglik - 50


def test_arch_recovers_our_parameters_from_our_samples():
    arch = pytest.importorskip("arch")
    truth = Gjr(mu=0.03, omega=0.02, alpha=0.03, gamma=0.12, beta=0.88, dof=8.0)
    returns, _ = gjr_paths(truth, 1, 20_000, np.random.default_rng(1))
    peer = arch.arch_model(returns[:, 0], vol="GARCH", p=1, o=1, q=1, dist="t").fit(disp="off")
    for theirs, value in (("alpha[1]", 0.03), ("gamma[1]", 0.12), ("beta[1]", 0.88), ("nu", 8.0)):
        assert abs(peer.params[theirs] - value) < 5 * peer.std_err[theirs], theirs


def test_garch_moments_are_the_theorys():
    """§10: α = .1, β = .8: ACF of r² .14, .126, .1134; variance ω/(1 − persistence)."""
    p = Gjr(mu=0.0, omega=0.1, alpha=0.1, gamma=0.0, beta=0.8, dof=1e7)
    returns, _ = gjr_paths(p, 400, 4_000, np.random.default_rng(0))
    # Squares are correlated over some 10 steps: 1.6 million of them are worth 1e5 (5σ = .03).
    assert returns.var() == pytest.approx(1.0, abs=0.03)
    squares = returns**2 - (returns**2).mean()
    for lag, theory in ((1, 0.14), (2, 0.126), (3, 0.1134)):
        acf = (squares[lag:] * squares[:-lag]).mean() / (squares**2).mean()
        assert acf == pytest.approx(theory, abs=0.02)
    assert (returns**4).mean() / returns.var() ** 2 == pytest.approx(3.353, abs=0.1)


def test_merton_variance_and_correlated_crashes():
    rng = np.random.default_rng(0)
    jumps = merton_returns(
        400_000, sigma=0.16, jumps_a_year=5.0, jump_mean=-0.02, jump_sd=0.03, rng=rng
    )
    variance = (0.16**2 + 5.0 * (0.02**2 + 0.03**2)) / 252
    assert jumps.var() == pytest.approx(variance, rel=0.05)  # kurtosis 18: 5 √(17 / 400,000) = .03
    assert jumps.mean() == pytest.approx(-0.1 / 252, abs=5 * math.sqrt(variance / 400_000))
    R = np.array([[1.0, 0.6], [0.6, 1.0]])
    z = correlated_noise(R, 6.0, 200_000, rng)
    assert np.corrcoef(z.T)[0, 1] == pytest.approx(0.6, abs=0.02)
    assert z.std() == pytest.approx(1.0, abs=0.02)


def test_regimes_of_growth_agree_with_statsmodels():
    """§10: macrodata, means −.266/1.015 % a quarter, durations 4.2 and 18.2 quarters."""
    tsa = pytest.importorskip("statsmodels.tsa.api")
    growth = 100 * np.diff(np.log(bundled("macrodata")["realgdp"].to_numpy()))
    ours = fit_regimes(growth, switching_variance=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = tsa.MarkovRegression(growth, k_regimes=2)
        peer = model.fit(disp=False)
    assert ours.loglik == pytest.approx(peer.llf, abs=0.02)
    e = ours.estimates
    assert e["mean_0"] == pytest.approx(-0.266, abs=0.002)
    assert e["mean_1"] == pytest.approx(1.015, abs=0.002)
    assert 1 / (1 - e["stay_0"]) == pytest.approx(4.2, abs=0.1)
    assert 1 / (1 - e["stay_1"]) == pytest.approx(18.2, abs=0.1)
    assert monthly_stay(e["stay_0"]) ** 3 == pytest.approx(e["stay_0"])


def test_regimes_of_the_sp500():
    """§10: variances .468 and 3.256, means .069 and −.088, stay .9877 and .9778."""
    fit = fit_regimes(sp500_returns(), switching_variance=True).estimates
    assert fit["variance_1"] == pytest.approx(0.468, abs=0.005)
    assert fit["variance_0"] == pytest.approx(3.256, abs=0.03)
    assert fit["mean_0"] == pytest.approx(-0.088, abs=0.005)
    assert fit["stay_1"] == pytest.approx(0.9877, abs=0.001)


def test_regimes_are_recovered_from_our_own_path():
    rng = np.random.default_rng(0)
    path = regime_path(np.array([0.9, 0.97]), 1_200, rng)
    x = regime_returns(path, np.array([-1.0, 1.0]), np.array([0.7, 0.7]), rng)
    fit = fit_regimes(x, switching_variance=False)
    for name, truth in {"mean_0": -1.0, "mean_1": 1.0, "stay_0": 0.9, "stay_1": 0.97}.items():
        assert abs(fit.estimates[name] - truth) < 5 * fit.errors[name], name
    assert (path == 0).mean() == pytest.approx(0.03 / 0.13, abs=0.12)


# --- the economy ----------------------------------------------------------------------------------


def test_var_is_recovered_by_statsmodels():
    tsa = pytest.importorskip("statsmodels.tsa.api")
    matrix = np.array([[0.5, 0.1], [-0.2, 0.6]])
    constant, covariance = np.array([1.0, -1.0]), np.array([[1.0, 0.2], [0.2, 0.25]])
    v = var_path(constant, matrix, covariance, 20_000, np.random.default_rng(0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = tsa.VAR(v).fit(1)
    assert (np.abs(peer.coefs[0] - matrix) < 5 * peer.stderr[1:].T).all()
    # Of a variance of n normals the standard error is √(2/n) = .01.
    assert np.allclose(peer.sigma_u, covariance, atol=5 * math.sqrt(2 / 20_000))
    mean = np.linalg.solve(np.eye(2) - matrix, constant)
    # Neighbours resemble each other: the long-run spread is that of (I − Φ)⁻¹e.
    gain = np.linalg.inv(np.eye(2) - matrix)
    errors = np.sqrt(np.diag(gain @ covariance @ gain.T) / 20_000)
    assert (np.abs(v.mean(axis=0) - mean) < 5 * errors).all()


def test_a_recession_of_the_var_is_two_falling_quarters():
    growth = np.array([1.0, -1, 2, -1, -2, -3, 1, -1])
    found = falling_quarters(growth)
    assert found.tolist() == [False, False, False, True, True, True, False, False]


def test_the_phillips_curve_held_in_the_sixties_only():
    """§10: correlation of inflation and unemployment −.83 in the 1960s, +.15 over 1959-2009."""
    macro = bundled("macrodata").iloc[4:]
    cpi = bundled("macrodata")["cpi"].to_numpy()
    inflation = 100 * (cpi[4:] / cpi[:-4] - 1)  # over a year
    sixties = macro["year"].between(1960, 1969).to_numpy()
    unemployment = macro["unemp"].to_numpy()
    then = np.corrcoef(inflation[sixties], unemployment[sixties])[0, 1]
    assert then == pytest.approx(-0.83, abs=0.01)
    assert np.corrcoef(inflation, unemployment)[0, 1] == pytest.approx(0.15, abs=0.01)


def test_new_keynesian_numbers():
    """§10: κ .17167, Λ 2.0522, critical φ_π .9927, responses −.2591 and −.3523 points."""
    model = NewKeynesian()
    assert model.kappa == pytest.approx(0.17167, abs=1e-5)
    assert model.critical_phi_pi == pytest.approx(0.9927, abs=1e-4)
    output, inflation = policy_response(model, 0.25)
    assert output == pytest.approx(-0.2591, abs=1e-4)
    assert 4 * inflation == pytest.approx(-0.3523, abs=1e-4)
    assert -output / (1 - 0.99 * 0.5) / 0.25 == pytest.approx(2.0522, abs=1e-4)


@pytest.mark.parametrize("phi_pi", [0.5, 0.9926, 0.9928, 1.5])
def test_determinacy_is_a_matter_of_roots(phi_pi):
    model = NewKeynesian(phi_pi=phi_pi)
    assert model.determinate == (stable_roots(model) == 0) == (phi_pi > 0.99272)


def test_rumours_move_inflation_only_below_the_critical_rule():
    rng = np.random.default_rng
    for phi_pi, moved in ((0.9, True), (1.5, False)):
        model = NewKeynesian(phi_pi=phi_pi)
        quiet = inflation_path(model, 300, 0.0, rng(0))[1]
        loud = inflation_path(model, 300, 0.5, rng(0))[1]
        assert (np.abs(loud - quiet).max() > 0.1) == moved


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_both_ends_of_each_dial(failure):
    for seed in range(3):
        assert failure.is_broken(failure.run(failure.broken_at, seed))
        assert not failure.is_broken(failure.run(failure.repair.value, seed))
