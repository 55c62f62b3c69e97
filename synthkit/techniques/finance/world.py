"""One run of the rules: the tables of the economy, the rates, the markets and the bank.

Rules that choose a model (``cycle.model``, ``rates.model``, ``markets.model``) are followed here,
and here is checked what rules must satisfy together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import ParameterError
from synthkit.techniques.finance.bank import bank_tables
from synthkit.techniques.finance.calibrate_economy import largest_root
from synthkit.techniques.finance.economy import economy_path, regime_path
from synthkit.techniques.finance.markets import (
    Gjr,
    correlated_noise,
    gjr_paths,
    log_volatility_path,
    merton_returns,
    regime_returns,
)
from synthkit.techniques.finance.new_keynesian import NewKeynesian
from synthkit.techniques.finance.rates import (
    cir_step,
    euler_step,
    nelson_siegel,
    require_feller,
    vasicek_step,
)

ASSETS = ("index", "banks", "technology")
MONTH = 1 / 12  # of a year
TRADING_DAYS = 252  # a year


# --- what must hold between rules ----------------------------------------------------------------


def require_consistent(rules: Mapping[str, Any]) -> None:
    """Raise ParameterError with the bound where rules can't hold together."""
    for model in ("gjr", "garch"):
        garch_of(rules, model).check()
    asset_correlation(rules["markets"]["correlation"])
    _require_stationary(rules["var"])
    _require_determinate(rules["policy"])
    rates = rules["rates"]
    if rates["model"] == "cir" and rates["scheme"] == "euler":
        cir = rates["cir"]
        low = rates["floor_pct"] if rates["returns_to"] == "policy" else cir["mean_pct"]
        require_feller(cir["speed"], low / 100, cir["sigma"])


def _require_stationary(group: Mapping[str, Any]) -> None:
    root = largest_root(np.array(group["matrix"], dtype=np.float64))
    if not root < 1:
        raise ParameterError(
            f"var.matrix must be stationary: all its eigenvalues below 1 in modulus; "
            f"the largest is {root:.4g}. "
            f"Divide it by more than {root:.4g}."
        )
    covariance = np.array(group["covariance"], dtype=np.float64)
    smallest = float(np.linalg.eigvalsh(covariance).min())
    if not (np.allclose(covariance, covariance.T) and smallest >= 0):
        raise ParameterError(
            "var.covariance must be symmetric without a negative eigenvalue; "
            f"its smallest one is {smallest:.4g}. Make it a covariance matrix."
        )


def _require_determinate(policy: Mapping[str, Any]) -> None:
    """Refuse a Taylor rule that leaves inflation without an anchor where people look ahead."""
    model = NewKeynesian(
        phi_pi=1 + policy["inflation_weight"],
        phi_y=policy["gap_weight"] / 4,  # the model's rates are those of a quarter
    )
    if not model.determinate:
        raise ParameterError(
            f"policy.inflation_weight must be above {model.critical_phi_pi - 1:.4f}, or inflation "
            "has no anchor (the Taylor rule is indeterminate); "
            f"got {policy['inflation_weight']:g}. Let the rate answer inflation by more than one "
            "for one: 0.5 is Taylor's."
        )


def garch_of(rules: Mapping[str, Any], model: str) -> Gjr:
    """Return the parameters of 'gjr', or of 'garch', in which falls and rises weigh the same."""
    group = rules["markets"][model]
    return Gjr(**{"gamma": 0.0, **group})


def asset_correlation(correlation: float) -> np.ndarray:
    """Return the correlation matrix (k, k) of assets that are all correlated alike."""
    k = len(ASSETS)
    if not -1 / (k - 1) < correlation < 1:
        raise ParameterError(
            f"markets.correlation must lie between {-1 / (k - 1):g} and 1 (for {k} assets, both "
            f"excluded); got {correlation:g}. Try 0.6."
        )
    return np.full((k, k), correlation) + (1 - correlation) * np.eye(k)


# --- the tables ----------------------------------------------------------------------------------


def world_tables(
    rules: Mapping[str, Any], customers: int, months: pd.DatetimeIndex, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return all tables of one run; the bank, the rates and the markets share one economy."""
    path = economy_path(rules, len(months), rng)
    found = bank_tables(rules, customers, path, months, rng)
    blocks = {t: block_table(t, rules, path, months, rng) for t in ("economy", "rates", "markets")}
    return {**found, **blocks}


def block_table(
    table: str,
    rules: Mapping[str, Any],
    path: Mapping[str, np.ndarray],
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the table of the economy, the rates or the markets along a path of the economy."""
    if table == "economy":
        named = np.array(["recession", "expansion"])[path["regime"]]
        rounded = {k: np.round(v, 3) for k, v in path.items() if k != "regime"}
        return pd.DataFrame({"month": months, "regime": named, **rounded})
    if table == "rates":
        return rates_table(rules["rates"], path["policy_rate_pct"], months, rng)
    return markets_table(rules, path["regime"], months, rng)


def short_rates(
    group: Mapping[str, Any], policy: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the short rate (t,) in decimals, drawn around the policy rate (t,) or a fixed mean."""
    settings = group[group["model"]]
    if group["returns_to"] == "policy":
        mean = np.maximum(policy, group["floor_pct"]) / 100
    else:
        mean = np.full(len(policy), settings["mean_pct"] / 100)
    cir = euler_step if group["scheme"] == "euler" else cir_step
    step = vasicek_step if group["model"] == "vasicek" else cir
    short = np.empty(len(mean))
    r = mean[:1]
    for t in range(len(mean)):
        r = step(
            r, speed=settings["speed"], mean=float(mean[t]), sigma=settings["sigma"], dt=MONTH,
            rng=rng,
        )  # fmt: skip
        short[t] = r[0]
    return short


def rates_table(
    group: Mapping[str, Any],
    policy: np.ndarray,
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the short rate and the yield curve of each month."""
    short = 100 * short_rates(group, policy, rng)
    wander = np.cumsum(group["level_sd_pct"] * rng.standard_normal(len(months)))
    level = np.maximum(group["level_pct"] + wander, 0.0)
    hump = group["curvature_pct"] * rng.standard_normal(len(months))
    maturities = np.array(group["maturities_months"], dtype=np.float64)
    curve = nelson_siegel(maturities, level, short - level, hump)
    yields = {f"yield_{int(m)}m_pct": np.round(curve[:, k], 3) for k, m in enumerate(maturities)}
    return pd.DataFrame({"month": months, "short_rate_pct": np.round(short, 4), **yields})


def asset_returns(
    rules: Mapping[str, Any], days: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return returns and volatilities (days, k), per cent a day, of the model that rules choose."""
    group = rules["markets"]
    model = group["model"]
    R = asset_correlation(group["correlation"])
    if model in ("gjr", "garch"):
        p = garch_of(rules, model)
        return gjr_paths(p, len(R), days, rng, correlated_noise(R, p.dof, days, rng))
    own = group[model]
    if model == "merton":
        returns = 100 * merton_returns(
            days, mu=own["drift"], sigma=own["sigma"], jumps_a_year=own["jumps_a_year"],
            jump_mean=own["jump_mean"], jump_sd=own["jump_sd"], rng=rng, correlation=R,
        )  # fmt: skip
        jumps = own["jumps_a_year"] * (own["jump_mean"] ** 2 + own["jump_sd"] ** 2)
        sd = 100 * math.sqrt((own["sigma"] ** 2 + jumps) / TRADING_DAYS)
        return returns, np.full(returns.shape, sd)
    z = correlated_noise(R, math.inf, days, rng)
    if model == "regimes":
        state = regime_path(np.array([own["stay_rough"], own["stay_calm"]]), days, rng)
        means, sds = (
            np.array([own[f"{what}_rough_pct"], own[f"{what}_calm_pct"]]) for what in ("mean", "sd")
        )
        returns = regime_returns(state, means, sds, rng, z)
        return returns, np.repeat(sds[state][:, None], len(R), axis=1)
    yearly = log_volatility_path(own["level"], own["persistence"], own["sd"], days, rng)
    sds = np.repeat(yearly[:, None] / math.sqrt(TRADING_DAYS), len(R), axis=1)
    return own["mu"] + sds * z, sds


def markets_table(
    rules: Mapping[str, Any],
    regimes: np.ndarray,
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return daily prices of correlated assets; recessions are rougher, crashes hit all."""
    group, crash = rules["markets"], rules["markets"]["crashes"]
    days = pd.bdate_range(months[0], months[-1] + pd.offsets.MonthEnd(1))
    month = np.searchsorted(months.to_numpy(), days.to_numpy(), side="right") - 1
    k = len(ASSETS)
    returns, sds = asset_returns(rules, len(days), rng)
    rough = np.where(regimes[month] == 0, group["recession_volatility"], 1.0)[:, None]
    falls = merton_returns(
        len(days), sigma=0.0, jumps_a_year=crash["a_year"], jump_mean=crash["size_pct"],
        jump_sd=crash["size_sd_pct"], rng=rng,
    )  # fmt: skip
    returns = returns * rough + falls[:, None]
    prices = 100 * np.exp(np.cumsum(returns / 100, axis=0))
    return pd.DataFrame({
        "date": np.repeat(days.to_numpy(), k),
        "asset": pd.Categorical(np.tile(ASSETS, len(days)), ASSETS),
        "price": np.round(prices.ravel(), 4),
        "return_pct": np.round(returns.ravel(), 4),
        "volatility_pct": np.round((sds * rough).ravel(), 4),
    })  # fmt: skip
