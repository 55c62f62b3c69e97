r"""Stylised facts of returns: what the prices of nearly every market share (Cont 2001).

1. no memory in the returns: ACF of r at lag 1 near 0;
2. fat tails: excess kurtosis above 0, Hill index of |r| near 3;
3. volatility clusters: ACF of \|r\| positive and slow to fall;
4. leverage: falls are followed by unrest, corr(r_t, r²_{t+1…t+20}) below 0;
5. volume moves with volatility.

The figures stand beside those of the S&P 500, 1999–2018 (5,030 days; the table in the package
``arch``, from which a test computes them again).

References
----------
Cont, Empirical properties of asset returns, Quantitative Finance 1 (2001).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DataError
from synthkit.measure.series import MIN_LENGTH, autocorrelation, excess_kurtosis, hill_index

LEVERAGE_DAYS = 20
VOLATILITY_LAGS = (1, 10, 50, 100)
SP500 = {
    "excess_kurtosis": 8.17,
    "hill_index": 2.93,
    "acf_1": -0.07,
    "acf_abs_1": 0.244,
    "acf_abs_10": 0.290,
    "acf_abs_50": 0.168,
    "acf_abs_100": 0.120,
    "leverage": -0.063,
    "volume_volatility": 0.317,
}


def stylised_facts(returns: Any, volume: Any = None) -> pd.DataFrame:
    """Measure the stylised facts of a series of returns.

    Parameters
    ----------
    returns : array of shape (n,)
        In any unit (the figures have none), in the order of time; at least 30.
    volume : array of shape (n,), optional
        Traded volume on the same days, above 0.

    Returns
    -------
    DataFrame
        One row for each fact: ``fact``, ``value``, and ``sp500``, the same figure for the S&P 500.

    Raises
    ------
    DataError
        For a NaN, too few returns, or returns that do not vary.
    """
    r = _series("returns", returns)
    if len(r) < MIN_LENGTH or np.ptp(r) == 0:
        equal = " that are all equal" if len(r) >= MIN_LENGTH else ""
        raise DataError(
            f"returns must vary and be at least {MIN_LENGTH}; got {len(r)}{equal}. "
            "Pass a longer series."
        )
    memory = autocorrelation(np.abs(r), max(VOLATILITY_LAGS))
    values = {
        "excess_kurtosis": excess_kurtosis(r),
        "hill_index": hill_index(r),
        "acf_1": float(autocorrelation(r, 1)[0]),
        **{f"acf_abs_{lag}": float(memory[lag - 1]) for lag in VOLATILITY_LAGS},
        "leverage": mean_leverage(r),
    }
    if volume is not None:
        values["volume_volatility"] = volume_volatility(r, _series("volume", volume))
    facts = list(values)
    return pd.DataFrame(
        {"fact": facts, "value": list(values.values()), "sp500": [SP500[f] for f in facts]}
    )


def mean_leverage(r: np.ndarray, days: int = LEVERAGE_DAYS) -> float:
    """Return the mean of corr(r_t, r²_{t+k}) over k = 1 … days."""
    pairs = [(r[:-k], r[k:] ** 2) for k in range(1, min(days, len(r) - 2) + 1)]
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairs]))


def volume_volatility(r: np.ndarray, volume: np.ndarray) -> float:
    """Return corr(|r|, log volume without its linear trend)."""
    if len(volume) != len(r) or not (volume > 0).all():
        raise DataError(
            f"volume must be above 0 on each of the {len(r)} days; got {len(volume)} values, the "
            f"smallest {volume.min(initial=np.inf):g}. Leave out days without trades."
        )
    day = np.arange(len(r))
    log = np.log(volume)
    return float(np.corrcoef(np.abs(r), log - np.polyval(np.polyfit(day, log, 1), day))[0, 1])


def _series(name: str, values: Any) -> np.ndarray:
    x = np.asarray(values, dtype=np.float64).ravel()
    bad = np.flatnonzero(~np.isfinite(x))
    if len(bad):
        raise DataError(
            f"{name} must be finite numbers; got {x[bad[0]]} at place {bad[0]}. "
            "Drop or fill that day first."
        )
    return x
