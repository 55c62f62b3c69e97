"""Every block from real series: published numbers, statsmodels, and runs that follow the fit."""

from __future__ import annotations

import importlib.util
import math
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import synthkit as sk
from synthkit.errors import DataError, DataWarning, MissingExtraError
from synthkit.techniques.finance import Finance
from synthkit.techniques.finance.calibrate import (
    fit_gjr,
    fit_log_volatility,
    fit_merton,
    half_life,
    least_squares,
    merton_loglik,
    newey_west,
)
from synthkit.techniques.finance.calibrate_economy import (
    fit_gap,
    fit_okun,
    fit_phillips,
    fit_taylor,
    fit_var,
    largest_root,
    monthly_persistence,
    monthly_slope,
    monthly_spread,
    output_gap_of,
    trend,
    yearly_mean,
)
from synthkit.techniques.finance.markets import log_volatility_path, merton_returns
from synthkit.techniques.finance.regimes import expected_duration, fit_autoregressive_regimes

NO_TAYLOR = "ignore:the fit of 'taylor' is not used"


def bundled(name):
    try:
        return sk.load(name)
    except MissingExtraError as error:
        pytest.skip(str(error))


def macro(*names):
    table = bundled("macrodata")
    return [table[name].to_numpy(dtype=float) for name in names]


def log_returns():
    return np.diff(np.log(bundled("sp500")["adj_close"].to_numpy()))


def hamiltons_gnp():
    """Return the growth of GNP (135,) that statsmodels keeps beside its tests."""
    spec = importlib.util.find_spec(
        "statsmodels.tsa.regime_switching.tests.test_markov_autoregression"
    )
    if spec is None:
        pytest.skip("this statsmodels comes without its tests")
    numbers = re.search(r"\brgnp = \[(.*?)\]", Path(spec.origin).read_text(), re.S)
    return np.array([float(text) for text in numbers[1].split(",") if text.strip()])


# --- the economy ---------------------------------------------------------------------------------


def test_hamiltons_model_of_gnp():
    """§10: means −.3588 and 1.1635, stay .7547, leave .0959, σ² .5914, LL −181.263."""
    tsa = pytest.importorskip("statsmodels.tsa.api")
    gnp = hamiltons_gnp()
    ours = fit_autoregressive_regimes(gnp, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = tsa.MarkovAutoregression(gnp, k_regimes=2, order=4, switching_ar=False).fit()
    assert ours.loglik == pytest.approx(peer.llf, abs=1e-3)
    assert ours.loglik == pytest.approx(-181.263, abs=1e-3)
    e = ours.estimates
    published = {"mean_0": -0.3588, "mean_1": 1.1635, "stay_0": 0.7547, "variance": 0.5914}
    for name, value in {**published, "stay_1": 1 - 0.0959}.items():
        assert e[name] == pytest.approx(value, abs=2e-4), name
    assert expected_duration(e["stay_0"]) == pytest.approx(4.08, abs=0.01)
    assert expected_duration(e["stay_1"]) == pytest.approx(10.43, abs=0.02)
    # Standard errors by two numerical second derivatives, ours and theirs: a tenth apart at most.
    theirs = dict(zip(peer.model.param_names, peer.bse))
    for name, other in (("mean_0", "const[0]"), ("mean_1", "const[1]"), ("ar_3", "ar.L3")):
        assert ours.errors[name] == pytest.approx(theirs[other], rel=0.1), name


def test_regression_errors_agree_with_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2)).cumsum(axis=0)
    y = 1 + x @ [0.5, -0.2] + np.convolve(rng.normal(size=203), np.ones(4), mode="valid")
    model = sm.OLS(y, sm.add_constant(x))
    for lags in (0, 4):
        ours, residuals = least_squares(y, x, ("c", "a", "b"), lags)
        kind = {"cov_type": "HAC", "cov_kwds": {"maxlags": lags}} if lags else {}
        peer = model.fit(**kind)
        assert np.allclose(list(ours.estimates.values()), peer.params)
        assert np.allclose(list(ours.errors.values()), peer.bse)
        assert np.allclose(residuals, peer.resid)
        assert ours.loglik == pytest.approx(peer.llf)
    plain, _ = least_squares(y, x, ("c", "a", "b"))  # the partner: errors that ignore the overlap
    assert plain.errors["a"] < 0.8 * ours.errors["a"]
    assert np.allclose(newey_west(x, 0), x.T @ x)


def test_trend_is_hodrick_and_prescotts():
    hpfilter = pytest.importorskip("statsmodels.tsa.filters.hp_filter").hpfilter
    (gdp,) = macro("realgdp")
    assert np.allclose(trend(np.log(gdp)), hpfilter(np.log(gdp), 1600)[1])
    straight = np.linspace(3, 9, 50)
    assert np.allclose(trend(straight), straight)


def test_okun_on_the_real_economy():
    """§10: Δu = 1.254 − .384 g, breakeven 3.27 %; between gaps −.416."""
    unemployment, gdp = macro("unemp", "realgdp")
    e = fit_okun(unemployment, gdp).estimates
    assert e["constant"] == pytest.approx(1.254, abs=5e-4)
    assert e["growth"] == pytest.approx(-0.384, abs=5e-4)
    assert -e["constant"] / e["growth"] == pytest.approx(3.27, abs=5e-3)
    assert fit_gap(unemployment, gdp).estimates["gap"] == pytest.approx(-0.416, abs=5e-4)


def test_taylors_rule_of_1987_to_2007():
    """§10: π .863, gap .667, from the third quarter of 1987 on; 1993's rule was 1.5 and .5."""
    rate, inflation, gdp, year, quarter = macro("tbilrate", "infl", "realgdp", "year", "quarter")
    then = ((year + quarter / 4 > 1987.6) & (year <= 2007))[3:]
    e = fit_taylor(rate[3:][then], yearly_mean(inflation)[then], output_gap_of(gdp)[3:][then])
    assert e.estimates["inflation"] == pytest.approx(0.863, abs=1e-3)
    assert e.estimates["gap"] == pytest.approx(0.667, abs=1e-3)
    assert abs(1.5 - e.estimates["inflation"]) > 2 * e.errors["inflation"]


def test_var_of_growth_inflation_and_rate():
    """§10: VAR(1) by BIC, largest root .950, residual spreads 3.32, 2.43 and .863."""
    tsa = pytest.importorskip("statsmodels.tsa.api")
    gdp, inflation, rate = macro("realgdp", "infl", "tbilrate")
    x = np.column_stack([400 * np.diff(np.log(gdp)), inflation[1:], rate[1:]])
    ours = fit_var(x, ("growth", "inflation", "rate"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = tsa.VAR(x).fit(1)
        assert tsa.VAR(x).select_order(8).selected_orders["bic"] == 1
    assert np.allclose(ours.matrix, peer.coefs[0]) and np.allclose(ours.constant, peer.intercept)
    assert np.allclose(ours.covariance, peer.sigma_u)
    assert np.allclose(list(ours.fit.errors.values()), peer.stderr.T.ravel())
    assert largest_root(ours.matrix) == pytest.approx(0.950, abs=5e-4)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx([3.32, 2.43, 0.863], abs=5e-3)


def test_months_make_the_quarters_that_they_were_made_from():
    """Simulate the Phillips curve by the month and fit it to every third month."""
    kept, slope, sd = 0.8, 0.3, 1.0
    phi = monthly_persistence(kept**3)
    assert phi == pytest.approx(kept) and monthly_persistence(-0.2) == 0
    rng = np.random.default_rng(0)
    gap = np.repeat(rng.normal(size=20_000), 3)  # a gap stays for a quarter
    pi = np.zeros(60_001)
    for t in range(60_000):
        pi[t + 1] = kept * pi[t] + slope * gap[t] + sd * rng.normal()
    fit, spread = fit_phillips(pi[:-1:3], gap[::3])
    for name, value in (("persistence", kept), ("slope", slope)):
        back = phi if name == "persistence" else monthly_slope(fit.estimates[name], phi)
        assert back == pytest.approx(value, abs=5 * fit.errors[name]), name
    # √(1/2n) of a standard deviation: .005; five of them.
    assert monthly_spread(spread, phi) == pytest.approx(sd, rel=0.025)
    assert spread > 1.3 * sd  # the partner: a quarter's spread is not a month's


# --- markets -------------------------------------------------------------------------------------


def test_normal_garch_of_the_sp500_agrees_with_arch():
    """§10: ω .0177, α .1019, β .8853, LL −6941.5."""
    arch = pytest.importorskip("arch")
    returns = 100 * log_returns()
    ours = fit_gjr(returns, {"gamma": 0.0, "dof": 1e6})
    peer = arch.arch_model(returns, vol="GARCH", p=1, q=1).fit(disp="off")
    assert ours.loglik == pytest.approx(peer.loglikelihood, abs=0.05)
    wanted = {"omega": 0.0177, "alpha": 0.1019, "beta": 0.8853}
    for name, value in wanted.items():
        assert ours.estimates[name] == pytest.approx(value, abs=1e-4), name
        assert ours.estimates[name] == pytest.approx(
            peer.params[name if name == "omega" else f"{name}[1]"], rel=0.01
        )
    assert set(ours.estimates) == {"mu", "omega", "alpha", "beta"}


def test_merton_of_the_sp500():
    """§10: σ .0817, λ 164 a year, μ_J −.00125, σ_J .0129; Student's ν 2.70."""
    returns = log_returns()
    fit = fit_merton(returns)
    e = fit.estimates
    assert e["sigma"] == pytest.approx(0.0817, abs=2e-4)
    assert e["jumps_a_year"] == pytest.approx(164, abs=1)
    assert e["jump_mean"] == pytest.approx(-0.00125, abs=1e-5)
    assert e["jump_sd"] == pytest.approx(0.0129, abs=1e-4)
    assert all(0 < fit.errors[name] < 10 for name in ("sigma", "jump_mean", "jump_sd"))
    assert fit.loglik > stats.norm.logpdf(returns, returns.mean(), returns.std()).sum() + 500
    assert stats.t.fit(returns)[0] == pytest.approx(2.70, abs=0.01)


def test_merton_likelihood_without_jumps_is_the_normal_one_and_finds_its_own_jumps():
    rng = np.random.default_rng(0)
    truth = {"sigma": 0.1, "jumps_a_year": 30.0, "jump_mean": -0.01, "jump_sd": 0.02}
    returns = merton_returns(6_000, rng=rng, mu=0.1, **truth)
    quiet = returns[np.abs(returns) < 0.02]  # where a jump could hardly have been
    normal = stats.norm.logpdf(quiet, 0.1 / 252, 0.1 / math.sqrt(252)).sum()
    assert merton_loglik(quiet, 0.1, 0.1, 1e-12, 0.0, 1.0) == pytest.approx(normal)
    fit = fit_merton(returns)
    for name, value in truth.items():
        assert abs(fit.estimates[name] - value) < 5 * fit.errors[name], name


def test_log_volatility_of_the_vix_and_of_our_own_path():
    """§10: φ .9502, level 14.52, half-life 13.6 days."""
    e = fit_log_volatility(bundled("vix")["vix"].dropna().to_numpy()).estimates
    assert e["persistence"] == pytest.approx(0.9502, abs=1e-4)
    assert e["level"] == pytest.approx(14.52, abs=0.01)
    assert half_life(e["persistence"]) == pytest.approx(13.6, abs=0.05)
    path = log_volatility_path(15.0, 0.95, 0.08, 20_000, np.random.default_rng(0))
    fit = fit_log_volatility(path)
    for name, value in (("level", 15.0), ("persistence", 0.95), ("sd", 0.08)):
        assert abs(fit.estimates[name] - value) < 5 * fit.errors[name], name
    with pytest.raises(DataError, match=r"its persistence must lie in \(0, 1\); got -"):
        fit_log_volatility(np.tile([10.0, 20.0], 20) + np.arange(40) / 100)


# --- the class -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted():
    with pytest.warns(DataWarning, match="'taylor' is not used: .*indeterminate"):
        return Finance(customers=30).fit(bundled("macrodata"))


def test_fit_reports_every_block_of_the_economy_with_errors(fitted):
    table = fitted.calibration()
    assert list(table["block"].unique()) == [
        "cycle", "okun", "okun of gaps", "phillips", "taylor", "var", "rates: cir",
    ]  # fmt: skip
    assert (table["standard_error"] > 0).all()
    assert set(table.loc[~table["used"], "block"]) == {"taylor"}
    assert fitted.calibrated_["labour"]["breakeven"] == pytest.approx(3.27, abs=5e-3)
    assert "policy" not in fitted.calibrated_  # the default stays in force
    with pytest.raises(DataError, match=r"calibration must follow fit\(table\)"):
        Finance().calibration()


def test_a_determinate_rule_is_used():
    """A bank that answers inflation by 1.5 for one, plus noise: the fit becomes the rule."""
    table = bundled("macrodata").copy()
    rng = np.random.default_rng(0)
    inflation = yearly_mean(table["infl"].to_numpy())
    gap = output_gap_of(table["realgdp"].to_numpy())[3:]
    table.loc[3:, "tbilrate"] = 5 + 1.5 * inflation + 0.5 * gap + 0.1 * rng.normal(size=200)
    fitted = Finance().fit(table[["realgdp", "infl", "tbilrate"]].iloc[3:])
    policy = fitted.calibrated_["policy"]
    assert policy["inflation_weight"] == pytest.approx(0.5, abs=0.05)
    assert policy["gap_weight"] == pytest.approx(0.5, abs=0.05)


def test_runs_follow_the_fit_and_survive_saving(fitted, tmp_path):
    economy = fitted.block("economy", periods=24, rng=0)
    fitted.save(tmp_path / "x.synthkit")
    loaded = sk.load_technique(tmp_path / "x.synthkit")
    pd.testing.assert_frame_equal(loaded.block("economy", periods=24, rng=0), economy)
    pd.testing.assert_frame_equal(loaded.calibration(), fitted.calibration())
    assert not Finance(customers=30).block("economy", periods=24, rng=0).equals(economy)
    long = fitted.block("economy", periods=1_200, rng=0)
    down = long["regime"] == "recession"
    for growth, name in ((down, "mean_0"), (~down, "mean_1")):
        estimate = fitted.calibration().set_index(["block", "parameter"])["estimate"]["cycle", name]
        found, error = long.loc[growth, "growth_pct"].mean(), 5 * 5.0 / math.sqrt(growth.sum())
        assert found == pytest.approx(4 * estimate, abs=error)


@pytest.mark.parametrize("model", ["gjr", "garch", "merton", "regimes"])
def test_prices_calibrate_the_model_that_the_rules_name(model):
    returns = 100 * log_returns()[-2_000:]
    fitted = Finance(rules={"markets": {"model": model}}).fit(bundled("sp500").tail(2_001))
    assert list(fitted.calibrated_["markets"]) == [model, "crashes"]
    assert fitted.calibration()["block"].eq(f"markets: {model}").all()
    fake = fitted.block("markets", periods=600, rng=0)
    spread = fake.loc[fake["asset"] == "index", "return_pct"].std()
    # Clusters of volatility leave a few hundred independent squares in fifty years; recessions
    # are half as rough again, and GARCH at a persistence of .9996 has hardly a spread.
    assert 0.5 * returns.std() < spread < (4 if model == "garch" else 1.6) * returns.std()


def test_the_vix_calibrates_the_log_volatility():
    fitted = Finance(rules={"markets": {"model": "log_volatility"}}).fit(bundled("vix"))
    own = fitted.calibrated_["markets"]["log_volatility"]
    assert own["level"] == pytest.approx(14.52, abs=0.01)
    calm = {"recession_volatility": 1.0}
    synth = Finance(rules={"markets": {"model": "log_volatility", **calm}}).fit(bundled("vix"))
    fake = synth.block("markets", periods=600, rng=0)
    daily = np.log(fake.loc[fake["asset"] == "index", "volatility_pct"])
    # The mean of 13,000 days with a memory of 20: .26 √(40 / 13,000) = .014, five times.
    assert daily.mean() == pytest.approx(math.log(14.52 / math.sqrt(252)), abs=0.07)


@pytest.mark.filterwarnings(NO_TAYLOR)
@pytest.mark.parametrize(("model", "low"), [("cir", 0.0), ("vasicek", -10.0)])
def test_rates_calibrate_the_model_that_the_rules_name(model, low):
    fitted = Finance(rules={"rates": {"model": model}}).fit(bundled("macrodata"))
    own = fitted.calibrated_["rates"][model]
    speeds = {"cir": (0.040, 3.98, 0.0667), "vasicek": (0.173, 5.02, 0.0176)}
    assert tuple(own.values()) == pytest.approx(speeds[model], rel=0.01)
    rate = fitted.block("rates", periods=1_200, rng=0)["short_rate_pct"]
    assert rate.min() >= low
    assert (rate.min() < 0) == (model == "vasicek")


def test_what_cannot_be_fitted_is_named():
    with pytest.raises(DataError, match="must have a series to calibrate on"):
        Finance().fit(sk.load("iris"))
    with pytest.raises(DataError, match=r"prices must be above 0; got -1 in row 2"):
        Finance().fit(pd.DataFrame({"close": [1.0, 2.0, -1.0]}))
    with pytest.raises(DataError, match="order must be a whole number from 1 to 6; got 0"):
        fit_autoregressive_regimes(np.arange(30.0), 0)
