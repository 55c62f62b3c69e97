r"""Time series: does the synthetic series move like the real one?

| symbol | name |
|---|---|
| $x_t$ | values in the order of the time column |
| $r_t$ | changes $x_t - x_{t-1}$ |

- Autocorrelation (ACF):
  $\rho_k = \sum_t (x_t-\bar x)(x_{t+k}-\bar x) / \sum_t (x_t-\bar x)^2$ (1), of the values
  and of the sizes of the changes $|r_t|$; the figure is the root mean square difference over
  the first lags (2).
- Stylised facts of the changes (Cont 2001): excess kurtosis (3), Hill's tail index of the
  largest 5 % of $|r|$ (4), the ACF of $|r|$ (volatility clusters), and the leverage effect
  $\mathrm{corr}(r_t, r_{t+1}^2)$ (5).
- Weight of the tails of the changes: $(q_{.975} - q_{.025}) / (q_{.75} - q_{.25})$ (7), which is
  compared by its log ratio: the kurtosis of fat tails hardly settles at any length.
- Spectral shape: total variation between the normalised periodograms, pooled in
  octaves (6).

When it fails: a trend dominates every figure on levels; compare changes then.

References
----------
Cont, Empirical properties of asset returns, Quantitative Finance 1 (2001).  Hill, Annals of
Statistics 3 (1975).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DataError
from synthkit.measure.aligned import align

LAGS = 20
MIN_LENGTH = 30
HILL_SHARE = 0.05

Facts = dict[str, np.ndarray]  # of one series, by name


def series_figures(
    real: Any, synthetic: Any, time: Hashable, group: Hashable = None
) -> pd.DataFrame:
    """Compare every numeric column as a series, ordered by ``time``.

    Parameters
    ----------
    real, synthetic : DataFrame
    time : column label
        Orders the rows; its own distribution is judged with the other columns.
    group : column label, optional
        Rows of different groups are different series; the figures are means over groups.

    Returns
    -------
    DataFrame
        One row for each numeric column: ``column``, ``acf_error`` and ``volatility_acf_error``
        (0 is equal; Eq. 2), ``spectrum_score`` (1 is equal; Eq. 6), ``tail_weight_error`` (the log
        ratio) and ``leverage_error``, and the stylised facts of both
        tables, ``real_kurtosis``, ``synthetic_kurtosis`` and so on.

    Raises
    ------
    DataError
        ``time`` or ``group`` is no column, or no series is at least 30 steps long.
    """
    tables = align({"real": real, "synthetic": synthetic})
    frames = [ordered(real, time, group), ordered(synthetic, time, group)]
    rows = []
    for column in tables.columns:
        if column.role != "numeric" or column.name in (time, group):
            continue
        facts = [_mean_facts(series_of(frame, column.name, group)) for frame in frames]
        if facts[0] is None or facts[1] is None:
            continue
        rows.append({"column": column.name, **compare_facts(facts[0], facts[1])})
    if not rows:
        raise DataError(
            f"a series must have at least {MIN_LENGTH} steps in both tables; none has. "
            "Pass longer series, or leave time out."
        )
    return pd.DataFrame(rows)


def ordered(table: Any, time: Hashable, group: Hashable) -> pd.DataFrame:
    """Return the rows in the order of time, group by group."""
    frame = pd.DataFrame(table)
    for name in (time, group):
        if name is not None and name not in frame.columns:
            raise DataError(
                f"time and group must name columns of the table; got {name!r}. "
                f"They are {list(frame.columns)[:20]}."
            )
    keys: Any = [time] if group is None else [group, time]
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def series_of(frame: pd.DataFrame, column: Hashable, group: Hashable) -> list[np.ndarray]:
    """Return the values of a column, without missing ones, as one array for each group."""
    by: Any = group
    parts = [frame] if by is None else [part for _, part in frame.groupby(by, observed=True)]
    return [_as_floats(part[column].dropna()) for part in parts]


def _mean_facts(series: list[np.ndarray]) -> Facts | None:
    """Average the facts of all long enough series of a column."""
    facts = [facts_of(x) for x in series if len(x) >= MIN_LENGTH and np.ptp(x) > 0]
    if not facts:
        return None
    return {key: np.mean([fact[key] for fact in facts], axis=0) for key in facts[0]}


def _as_floats(column: pd.Series) -> np.ndarray:
    if column.dtype.kind in "Mm":
        return np.asarray(column.astype("int64"), dtype=np.float64)
    return column.to_numpy(dtype=np.float64)


def facts_of(x: np.ndarray) -> Facts:
    """Measure everything on one series (n,)."""
    r = np.diff(x)
    return {
        "acf": autocorrelation(x, LAGS),
        "volatility_acf": autocorrelation(np.abs(r), LAGS),
        "spectrum": octave_spectrum(x),
        "kurtosis": np.array(excess_kurtosis(r)),
        "tail_weight": np.array(tail_weight(r)),
        "tail_index": np.array(hill_index(r)),
        "leverage": np.array(leverage(r)),
    }


def compare_facts(real: Facts, synthetic: Facts) -> dict[str, float]:
    """Return the distances of two series' facts, and the stylised facts of both."""
    lags = min(len(real["acf"]), len(synthetic["acf"]))
    octaves = min(len(real["spectrum"]), len(synthetic["spectrum"]))
    out = {
        f"{key}_error": float(np.sqrt(np.mean((real[key] - synthetic[key])[:lags] ** 2)))  # Eq. 2
        for key in ("acf", "volatility_acf")
    }
    gap = np.abs(real["spectrum"][:octaves] - synthetic["spectrum"][:octaves])
    out["spectrum_score"] = float(1 - gap.sum() / 2)  # Eq. 6
    weights = synthetic["tail_weight"], real["tail_weight"]
    out["tail_weight_error"] = float(abs(np.log(weights[0] / weights[1])))
    out["leverage_error"] = float(abs(synthetic["leverage"] - real["leverage"]))
    for key in ("kurtosis", "tail_index", "leverage"):
        out[f"real_{key}"] = float(real[key])
        out[f"synthetic_{key}"] = float(synthetic[key])
    return out


def autocorrelation(x: np.ndarray, lags: int) -> np.ndarray:
    """Return ρ₁ … ρ_lags (lags,); 0 beyond the series and for a constant one."""
    centred = x - x.mean()
    total = float(centred @ centred)
    out = np.zeros(lags)
    if total > 0:
        for k in range(1, min(lags, len(x) - 1) + 1):
            out[k - 1] = centred[:-k] @ centred[k:] / total  # Eq. 1
    return out


def excess_kurtosis(r: np.ndarray) -> float:
    """Return the fourth standardised moment − 3: 0 for a normal variable."""
    centred = r - r.mean()
    variance = float(np.mean(centred**2))
    return float(np.mean(centred**4) / variance**2 - 3) if variance > 0 else 0.0  # Eq. 3


def tail_weight(r: np.ndarray) -> float:
    """Return the width of the middle 95 % over that of the middle half: 2.91 for a normal variable.

    Unlike the kurtosis it has a law for every tail.  1 where half of the values are equal.
    """
    low, first, third, high = np.quantile(r, [0.025, 0.25, 0.75, 0.975])
    return float((high - low) / (third - first)) if third > first else 1.0  # Eq. 7


def hill_index(r: np.ndarray) -> float:
    """Return Hill's tail index of |r|: large for thin tails; NaN where the tail is all zeros."""
    ordered = np.sort(np.abs(r))[::-1]
    k = max(int(HILL_SHARE * len(r)), 5)
    if k >= len(ordered) or ordered[k] <= 0:
        return float("nan")
    excess = float(np.mean(np.log(ordered[:k] / ordered[k])))
    return 1 / excess if excess > 0 else float("nan")  # Eq. 4


def leverage(r: np.ndarray) -> float:
    """Return corr(r_t, r²_{t+1}): negative where falls are followed by unrest."""
    a, b = r[:-1], r[1:] ** 2
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])  # Eq. 5


def octave_spectrum(x: np.ndarray) -> np.ndarray:
    """Return the share of the variance in each octave of frequency, the highest octave first.

    Counting down from the Nyquist frequency makes series of different lengths comparable.
    """
    power = np.abs(np.fft.rfft(x - x.mean()))[1:] ** 2  # without the mean
    frequency = np.arange(1, len(power) + 1) / len(power)  # in units of Nyquist, (0, 1]
    octave = np.minimum(np.floor(-np.log2(frequency)).astype(int), 7)
    share = np.bincount(octave, weights=power, minlength=8)
    total = share.sum()
    return np.asarray(share / total) if total > 0 else share
