"""Rules from real series: which column calibrates which block, and what it becomes.

==============================  ===================================================================
columns                         what is calibrated
==============================  ===================================================================
realgdp (quarters)              cycle
realgdp, unemp                  labour: Okun's law, of changes and of gaps
realgdp, infl                   prices: the Phillips curve
realgdp, infl, tbilrate         policy: Taylor's rule; var
tbilrate (quarters, %)          rates: the model that ``rates.model`` names
adj_close or close (days)       markets: the model that ``markets.model`` names
vix (days, % a year)            markets: log_volatility
==============================  ===================================================================

Estimates of quarters become rules of months (``calibrate_economy`` says how).  An estimate that no
run could use is reported, refused with its reason, and the default stays.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DataError, DataWarning, ParameterError
from synthkit.techniques.finance.calibrate import (
    Fit,
    fit_cir,
    fit_gjr,
    fit_log_volatility,
    fit_merton,
    fit_vasicek,
)
from synthkit.techniques.finance.calibrate_economy import (
    MONTHS,
    YEAR,
    fit_gap,
    fit_okun,
    fit_phillips,
    fit_taylor,
    fit_var,
    monthly_persistence,
    monthly_slope,
    monthly_spread,
    output_gap_of,
    yearly_mean,
)
from synthkit.techniques.finance.regimes import fit_regimes
from synthkit.techniques.finance.rules import merged
from synthkit.techniques.finance.world import require_consistent

QUARTER = 0.25  # of a year
# A block's name, its fit, and the rules that follow from it.
Block = tuple[str, Fit, dict[str, Any]]


def learn(table: pd.DataFrame, rules: Mapping[str, Any]) -> tuple[dict[str, Any], list[list[Any]]]:
    """Calibrate every block for which the table has a series.

    Returns
    -------
    learned : dict
        Rules, as a rule file would state them.
    rows : list of [block, parameter, estimate, standard error, used]
    """
    learned: dict[str, Any] = {}
    rows: list[list[Any]] = []
    for name, fit, changes in _blocks(table, rules):
        candidate = overlay({k: dict(v) for k, v in learned.items()}, changes)
        used = True
        try:
            require_consistent(merged(candidate, ""))
        except ParameterError as error:
            used = False
            warnings.warn(f"the fit of {name!r} is not used: {error}", DataWarning, stacklevel=4)
        learned = candidate if used else learned
        rows += [[name, k, v, fit.errors[k], used] for k, v in fit.estimates.items()]
    if not rows:
        raise DataError(
            "the table must have a series to calibrate on: 'realgdp' with 'unemp', 'infl' and "
            "'tbilrate' (macrodata), 'adj_close' or 'close' (sp500), or 'vix'; "
            f"got {list(table.columns)[:20]}. Rename a column."
        )
    return learned, rows


def overlay(rules: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules with (already checked) changes on top."""
    for key, value in changes.items():
        known = rules.get(key, {})
        rules[key] = overlay(dict(known), value) if isinstance(value, Mapping) else value
    return rules


def _blocks(table: pd.DataFrame, rules: Mapping[str, Any]) -> Iterator[Block]:
    series = {str(c): table[c] for c in table.columns if pd.api.types.is_numeric_dtype(table[c])}
    if "realgdp" in series:
        yield from economy_blocks({k: v.to_numpy(dtype=float) for k, v in series.items()})
    if "tbilrate" in series:
        yield rate_block(series["tbilrate"].dropna().to_numpy(dtype=float), rules["rates"]["model"])
    price = next((c for c in ("adj_close", "close") if c in series), None)
    if price is not None and rules["markets"]["model"] != "log_volatility":
        prices = series[price].dropna().to_numpy(dtype=float)
        yield market_block(prices, rules["markets"]["model"])
    if "vix" in series:
        yield volatility_block(series["vix"].dropna().to_numpy(dtype=float))


def economy_blocks(series: Mapping[str, np.ndarray]) -> Iterator[Block]:
    """Yield the blocks of the economy for which there are quarters."""
    gdp = series["realgdp"]
    growth = 100 * np.diff(np.log(gdp))  # % a quarter
    yield cycle_block(growth)
    unemployment, inflation, rate = (series.get(k) for k in ("unemp", "infl", "tbilrate"))
    if unemployment is not None:
        fit = fit_okun(unemployment, gdp)
        okun = -fit.estimates["growth"]
        yield "okun", fit, {"labour": {
            "okun": okun, "breakeven": fit.estimates["constant"] / okun,
            "natural": float(unemployment.mean()),
        }}  # fmt: skip
        fit = fit_gap(unemployment, gdp)
        yield "okun of gaps", fit, {"labour": {"gap_okun": -fit.estimates["gap"]}}
    if inflation is None:
        return
    gap = output_gap_of(gdp)
    fit, spread = fit_phillips(inflation, gap)
    target = fit.estimates["constant"] / (1 - fit.estimates["persistence"])
    yield "phillips", fit, {"prices": phillips_rules(fit, spread, target)}
    if rate is None:
        return
    fit = fit_taylor(rate[YEAR - 1 :], yearly_mean(inflation), gap[YEAR - 1 :])
    weight = fit.estimates["inflation"] - 1
    yield "taylor", fit, {"policy": {
        "inflation_weight": weight, "gap_weight": fit.estimates["gap"],
        "real_rate": fit.estimates["constant"] + weight * target,
    }}  # fmt: skip
    x = np.column_stack([YEAR * growth, inflation[1:], rate[1:]])
    var = fit_var(x, ("growth", "inflation", "rate"))
    yield "var", var.fit, {"var": {
        "constant": var.constant.tolist(), "matrix": var.matrix.tolist(),
        "covariance": var.covariance.tolist(),
    }}  # fmt: skip


def cycle_block(growth: np.ndarray) -> Block:
    """Return the regimes of growth (n,) in per cent a quarter."""
    fit = fit_regimes(growth, switching_variance=False)
    e = fit.estimates
    # A quarter is the mean of its months: the spread of a month is √3 times as large.
    spread = YEAR * math.sqrt(MONTHS * e["variance_0"])
    return "cycle", fit, {"cycle": {
        "stay_recession": e["stay_0"], "stay_expansion": e["stay_1"], "growth_sd": spread,
        "growth_recession": YEAR * e["mean_0"], "growth_expansion": YEAR * e["mean_1"],
    }}  # fmt: skip


def phillips_rules(fit: Fit, spread: float, target: float) -> dict[str, float]:
    """Return the Phillips curve of months from that of quarters."""
    kept = monthly_persistence(fit.estimates["persistence"])
    return {
        "persistence": kept, "target": target,
        "slope": monthly_slope(fit.estimates["slope"], kept), "sd": monthly_spread(spread, kept),
    }  # fmt: skip


def rate_block(percent: np.ndarray, model: str) -> Block:
    """Return the short rate's model, fitted to rates (n,) in per cent by the quarter."""
    if model == "cir":
        fit = fit_cir(percent[percent > 0], QUARTER)
        root = 10.0  # √% becomes √decimal by √100
    else:
        fit = fit_vasicek(percent, QUARTER)
        root = 100.0
    e = fit.estimates
    own = {"speed": e["speed"], "mean_pct": e["mean"], "sigma": e["sigma"] / root}
    return f"rates: {model}", fit, {"rates": {"returns_to": "mean", model: own}}


def market_block(prices: np.ndarray, model: str) -> Block:
    """Return the markets' model, fitted to prices (n,) by the day; its tails replace crashes."""
    if not prices.min() > 0:
        raise DataError(
            f"prices must be above 0; got {prices.min():g} in row {int(prices.argmin())}. "
            "Leave that piece out."
        )
    returns = 100 * np.diff(np.log(prices))  # % a day
    fits = {
        "gjr": lambda: fit_gjr(returns),
        "garch": lambda: fit_gjr(returns, {"gamma": 0.0}),
        "merton": lambda: fit_merton(returns / 100),
        "regimes": lambda: fit_regimes(returns, switching_variance=True),
    }
    fit = fits[model]()
    e = dict(fit.estimates)
    own = e
    if model == "merton":
        own = {"drift": e.pop("mu"), **e}
    elif model == "regimes":
        own = {f"stay_{word}": e[f"stay_{k}"] for k, word in enumerate(("rough", "calm"))}
        for k, word in enumerate(("rough", "calm")):
            own[f"mean_{word}_pct"] = e[f"mean_{k}"]
            own[f"sd_{word}_pct"] = math.sqrt(e[f"variance_{k}"])
    return f"markets: {model}", fit, {"markets": {model: own, "crashes": {"a_year": 0.0}}}


def volatility_block(volatility: np.ndarray) -> Block:
    """Return the log-volatility of an index (n,) in per cent a year, by the day."""
    fit = fit_log_volatility(volatility)
    return "markets: log_volatility", fit, {"markets": {"log_volatility": dict(fit.estimates)}}
