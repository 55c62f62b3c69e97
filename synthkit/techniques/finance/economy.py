r"""The economy: a cycle of two regimes, and what growth does to jobs, prices and rates.

1. regimes (Hamilton): s a Markov chain, growth :math:`g_t = \mu_{s_t} + \epsilon_{g,t}`
2. or, instead of 1, 5 and 6, a small VAR of growth, inflation and the short rate by the quarter:
   :math:`x_t = c + \Phi x_{t-1} + \epsilon_t` (``cycle.model = "var"``)
3. Okun: :math:`u_t = u_{t-1} - b\,(g_t - g^*)/12 + \rho_u(u^* - u_{t-1})`, g in per cent a year
4. output gap, by Okun again: :math:`y_t = -(u_t - u^*)/c`
5. Phillips: :math:`\pi_t = \phi\pi_{t-1} + (1-\phi)\pi^* + \kappa y_t + \epsilon_{\pi,t}`
6. Taylor: :math:`i^*_t = r^* + \pi_t + a_\pi(\pi_t - \pi^*) + a_y y_t`, smoothed:
   :math:`i_t = \max(0, \rho i_{t-1} + (1-\rho) i^*_t)`

One step is a month; all rates are per cent a year.  A quarterly chance p of staying in a regime
is :math:`p^{1/3}` a month.  What the VAR says of a quarter holds for its three months; a recession
is there two quarters or more in a row of falling output.

When it fails: the rules know the relations of the past: the Phillips correlation was −.83 in the
1960s and +.15 over 1959-2009.

References: Hamilton (1989), Econometrica 57; Okun (1962); Phillips (1958); Taylor (1993),
Carnegie-Rochester Conference Series 39; Sims (1980), Econometrica 48.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

MONTHS_A_QUARTER = 3


def monthly_stay(quarterly: float) -> float:
    """Return the chance to stay in a regime for a month, from that for a quarter."""
    return float(quarterly ** (1 / MONTHS_A_QUARTER))


def regime_path(stay: np.ndarray, steps: int, rng: np.random.Generator) -> np.ndarray:
    """Return regimes (steps,) of a two-state chain; ``stay`` (2,) are the chances to stay.

    The first one is drawn from the stationary distribution.
    """
    leave = 1 - stay
    first = int(rng.random() < leave[0] / max(leave.sum(), 1e-300))
    lengths: list[int] = []
    total, state = 0, first
    while total < steps:  # spells instead of steps: geometric lengths
        lengths.append(int(rng.geometric(leave[state])) if leave[state] > 0 else steps)
        total += lengths[-1]
        state = 1 - state
    states = (first + np.arange(len(lengths))) % 2
    return np.repeat(states, lengths)[:steps]  # Eq. 1


def var_path(
    constant: np.ndarray,
    matrix: np.ndarray,
    covariance: np.ndarray,
    steps: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a path x (steps, k) of a VAR(1) that starts at its long-run mean."""
    k = len(constant)
    noise = rng.multivariate_normal(np.zeros(k), covariance, steps)
    state = np.linalg.solve(np.eye(k) - matrix, constant)  # the mean: x = c + Φx
    x = np.empty((steps, k))
    for t in range(steps):
        state = constant + matrix @ state + noise[t]  # Eq. 2
        x[t] = state
    return x


def falling_quarters(growth: np.ndarray) -> np.ndarray:
    """Return which quarters (q,) belong to two or more of falling output in a row."""
    falling = growth < 0
    before, after = np.append(False, falling[:-1]), np.append(falling[1:], False)
    return falling & (before | after)


def okun_step(u: float, growth: float, rule: Mapping[str, Any]) -> float:
    """Return next month's unemployment (%) from growth (% a year)."""
    pull = rule["reversion"] * (rule["natural"] - u)
    moved = u - rule["okun"] * (growth - rule["breakeven"]) / 12 + pull  # Eq. 3
    return float(min(max(moved, 1.0), 30.0))


def output_gap(u: float, rule: Mapping[str, Any]) -> float:
    """Return the output gap (%) that an unemployment rate stands for."""
    return float(-(u - rule["natural"]) / rule["gap_okun"])  # Eq. 4


def phillips_step(inflation: float, gap: float, noise: float, rule: Mapping[str, Any]) -> float:
    """Return next month's inflation (% a year)."""
    kept = rule["persistence"]
    anchored = kept * inflation + (1 - kept) * rule["target"]
    return float(anchored + rule["slope"] * gap + noise)  # Eq. 5


def taylor_rate(inflation: float, gap: float, rule: Mapping[str, Any]) -> float:
    """Return the policy rate (%) that Taylor's rule asks for; may be negative."""
    answer = rule["inflation_weight"] * (inflation - rule["target"]) + rule["gap_weight"] * gap
    return float(rule["real_rate"] + inflation + answer)  # Eq. 6


def economy_path(
    rules: Mapping[str, Any], months: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return a path of the economy: arrays (months,) by name, rates in per cent a year.

    ``regime`` is 0 in a recession and 1 in an expansion.
    """
    return (var_economy if rules["cycle"]["model"] == "var" else rule_economy)(rules, months, rng)


def rule_economy(
    rules: Mapping[str, Any], months: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Let regimes drive growth, growth jobs, jobs prices, and the central bank answer."""
    cycle, labour, prices, policy = (rules[k] for k in ("cycle", "labour", "prices", "policy"))
    stay = np.array([monthly_stay(cycle["stay_recession"]), monthly_stay(cycle["stay_expansion"])])
    regimes = regime_path(stay, months, rng)
    means = np.array([cycle["growth_recession"], cycle["growth_expansion"]])
    growth = means[regimes] + cycle["growth_sd"] * rng.standard_normal(months)  # Eq. 1
    push = prices["sd"] * rng.standard_normal(months)
    unemployment, inflation, gap, rate = (np.empty(months) for _ in range(4))
    u, pi = float(labour["natural"]), float(prices["target"])
    i = policy["real_rate"] + pi
    for t in range(months):
        u = okun_step(u, float(growth[t]), labour)
        y = output_gap(u, labour)
        pi = phillips_step(pi, y, float(push[t]), prices)
        wanted = taylor_rate(pi, y, {**policy, "target": prices["target"]})
        i = max(0.0, policy["smoothing"] * i + (1 - policy["smoothing"]) * wanted)  # Eq. 6
        unemployment[t], inflation[t], gap[t], rate[t] = u, pi, y, i
    return _named(regimes, growth, unemployment, gap, inflation, rate)


def var_economy(
    rules: Mapping[str, Any], months: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Let a VAR make growth, inflation and the short rate; jobs follow growth by Okun's law."""
    group, labour = rules["var"], rules["labour"]
    c, phi, spread = (np.array(group[k], dtype=float) for k in ("constant", "matrix", "covariance"))
    quarters = var_path(c, phi, spread, -(-months // MONTHS_A_QUARTER), rng)  # (q, 3)
    growth, inflation, rate = np.repeat(quarters, MONTHS_A_QUARTER, axis=0)[:months].T
    down = np.repeat(falling_quarters(quarters[:, 0]), MONTHS_A_QUARTER)[:months]
    unemployment = np.empty(months)
    u = float(labour["natural"])
    for t in range(months):
        u = okun_step(u, float(growth[t]), labour)
        unemployment[t] = u
    gap = np.array([output_gap(float(u), labour) for u in unemployment])
    return _named(1 - down, growth, unemployment, gap, inflation, np.maximum(rate, 0.0))


def _named(
    regimes: np.ndarray,
    growth: np.ndarray,
    unemployment: np.ndarray,
    gap: np.ndarray,
    inflation: np.ndarray,
    rate: np.ndarray,
) -> dict[str, np.ndarray]:
    return {
        "regime": regimes,
        "growth_pct": growth,
        "unemployment_pct": unemployment,
        "output_gap_pct": gap,
        "inflation_pct": inflation,
        "policy_rate_pct": rate,
    }
