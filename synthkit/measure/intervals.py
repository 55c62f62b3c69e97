r"""Intervals and tests behind every figure: proportions, areas under the curve, excess risks.

Each one states what it assumes.  With ``x`` successes among ``n`` trials, z the
normal quantile and θ the area under the ROC curve (AUC) of m positives and n
negatives:

- Wilson 1927 (score interval of a proportion):

  $$\frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n} \tag{1}$$

- Clopper & Pearson 1934: the beta quantiles $B(\alpha/2; x, n-x+1)$ and
  $B(1-\alpha/2; x+1, n-x)$, never too narrow. (2)

- AUC = P(S⁺ > S⁻) + ½ P(S⁺ = S⁻), from mid-ranks (Mann & Whitney 1947). (3)

- Newcombe 2006, method 5: all θ with $(\hat\theta - \theta)^2 \le z^2 V(\theta)$,

  $$V(\theta) = \frac{\theta(1-\theta)}{mn}\Big[1 + \Big(\tfrac{m+n}{2} - 1\Big)
  \Big(\frac{1-\theta}{2-\theta} + \frac{\theta}{1+\theta}\Big)\Big] \tag{4}$$

  (Hanley & McNeil 1982 with equal group sizes); it stays sensible at θ̂ = 1.

- Newcombe 1998, method 10: the difference of two proportions from their Wilson limits. (5)

References
----------
Wilson, JASA 22 (1927). Clopper & Pearson, Biometrika 26 (1934). Newcombe, Statistics in
Medicine 17 (1998) 873–890 and 25 (2006) 559–573. Hanley & McNeil, Radiology 143 (1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, stats

LEVEL = 0.95
POWER = 0.8


@dataclass(frozen=True)
class Interval:
    """A figure with its interval: ``value`` between ``low`` and ``high``."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return plain numbers."""
        return {"value": float(self.value), "low": float(self.low), "high": float(self.high)}


def quantile_of(level: float) -> float:
    """Return z such that a normal variable lies within ±z with probability ``level``."""
    return float(stats.norm.ppf(0.5 + level / 2))


def wilson(successes: float, trials: int, level: float = LEVEL) -> Interval:
    """Return the proportion with its Wilson interval (0 … 1 where there was no trial)."""
    if trials == 0:
        return Interval(float("nan"), 0.0, 1.0)
    z, p = quantile_of(level), successes / trials
    centre = p + z**2 / (2 * trials)
    spread = z * np.sqrt(p * (1 - p) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    low, high = (centre - spread) / scale, (centre + spread) / scale  # Eq. 1
    return Interval(p, max(float(low), 0.0), min(float(high), 1.0))


def clopper_pearson(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """Return the proportion with its exact interval."""
    if trials == 0:
        return Interval(float("nan"), 0.0, 1.0)
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, successes, trials - successes + 1) if successes else 0.0  # Eq. 2
    high = stats.beta.ppf(1 - tail, successes + 1, trials - successes) if successes < trials else 1
    return Interval(successes / trials, float(low), float(high))


def difference(first: Interval, second: Interval) -> Interval:
    """Return first − second for independent proportions with Wilson limits."""
    delta = first.value - second.value
    down = np.hypot(first.value - first.low, second.high - second.value)
    up = np.hypot(first.high - first.value, second.value - second.low)
    return Interval(delta, max(float(delta - down), -1.0), min(float(delta + up), 1.0))  # Eq. 5


def excess_risk(attack: Interval, control: Interval) -> Interval:
    """Return (attack − control) / (1 − control): what the synthetic rows add (Giomi 2022, Eq. 3).

    The control's own success is what anybody learns from the population; the rest is the leak.
    """
    room = max(1 - control.value, 1e-9)
    d = difference(attack, control)
    return Interval(d.value / room, max(d.low / room, -1.0), min(d.high / room, 1.0))


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return P(positive > negative) + ½ P(equal); ½ where a side is empty."""
    m, n = len(positive), len(negative)
    if m == 0 or n == 0:
        return 0.5
    ranks = stats.rankdata(np.concatenate([positive, negative]))  # mid-ranks (m + n,)
    return float((ranks[:m].sum() - m * (m + 1) / 2) / (m * n))  # Eq. 3


def auc_interval(value: float, m: int, n: int, level: float = LEVEL) -> Interval:
    """Return an AUC with its score interval (Newcombe 2006, method 5)."""
    if m < 2 or n < 2:
        return Interval(value, 0.0, 1.0)
    z = quantile_of(level)

    def gap(theta: float) -> float:
        return (value - theta) ** 2 - z**2 * auc_variance(theta, m, n)

    # The gap is −z²V < 0 at the value itself, except where V = 0: at 0 and 1, so step off these.
    low = optimize.brentq(gap, 0.0, min(value, 1 - 1e-9)) if value > 0 else 0.0
    high = optimize.brentq(gap, max(value, 1e-9), 1.0) if value < 1 else 1.0
    return Interval(value, float(low), float(high))


def auc_variance(theta: float, m: int, n: int) -> float:
    """Return V(θ); at θ = ½ and m = n it is the exact null variance (m + n + 1) / 12mn."""
    shape = (1 - theta) / (2 - theta) + theta / (1 + theta)
    return theta * (1 - theta) * (1 + ((m + n) / 2 - 1) * shape) / (m * n)  # Eq. 4


def auc_p_value(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return the one-sided Mann–Whitney p-value of 'positives score higher'."""
    if len(positive) < 2 or len(negative) < 2:
        return 1.0
    result: Any = stats.mannwhitneyu(positive, negative, alternative="greater")
    return float(result.pvalue)


def more_hits_p_value(hits: int, n: int, control_hits: int, control_n: int) -> float:
    """Return Fisher's one-sided p-value: are members hit more often than controls?

    Exact under the only thing that is assumed: members and controls are exchangeable.
    """
    total = hits + control_hits
    return float(stats.hypergeom.sf(hits - 1, n + control_n, n, total))


def highest_p_value(scores: np.ndarray, others: np.ndarray, bar: float) -> float:
    """Return the one-sided p-value of 'the high scores are highest here, not in other versions'.

    ``scores`` (n,) are those of this version, ``others`` (k, n) of k more.  Rows count that reach
    the bar in any version.  If all versions are exchangeable, a row is highest in this one with
    probability 1 / (k + 1) at most; a tie is none.
    """
    top = others.max(axis=0)
    counted = np.maximum(scores, top) >= bar  # chosen by all versions alike
    here = int((scores > top)[counted].sum())
    return float(stats.binom.sf(here - 1, int(counted.sum()), 1 / (len(others) + 1)))


def detectable_auc(m: int, n: int, alpha: float) -> float:
    """Return the AUC that a one-sided test at ``alpha`` finds with 80 % power (1 if none)."""
    if m < 2 or n < 2:
        return 1.0
    deviation = np.sqrt((m + n + 1) / (12 * m * n))
    return min(1.0, float(0.5 + _one_sided_z(alpha) * deviation))


def detectable_excess(control: float, n: int, control_n: int, alpha: float) -> float:
    """Return the excess success rate that a one-sided test at ``alpha`` finds with 80 % power."""
    if n < 2 or control_n < 2:
        return 1.0
    p = min(max(control, 0.5 / control_n), 1 - 0.5 / control_n)
    deviation = np.sqrt(p * (1 - p) * (1 / n + 1 / control_n))
    return min(1.0, float(_one_sided_z(alpha) * deviation))


def _one_sided_z(alpha: float) -> float:
    """Return how many standard deviations a shift must be, to be found with 80 % power."""
    return float(stats.norm.isf(alpha) + stats.norm.ppf(POWER))


def detectable_hits(n: int, control_n: int, alpha: float) -> int:
    """Return how many members must be hit for p ≤ alpha when no control is (n + 1: never)."""
    low, high = 1, n + 1
    while low < high:  # the p-value falls with the number of hits
        middle = (low + high) // 2
        if middle <= n and more_hits_p_value(middle, n, 0, control_n) > alpha:
            low = middle + 1
        else:
            high = middle
    return low
