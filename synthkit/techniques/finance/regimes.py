r"""Regimes from data: Hamilton's filter, with and without autoregression.

A hidden Markov chain :math:`s_t` chooses the mean (and the variance) of what is seen.

1. Hamilton's filter: :math:`P(s_t|y_{\le t}) \propto f(y_t|s_t)\sum_{s'} P_{s's}
   P(s_{t-1}=s'|y_{<t})`; the sum of the logs of its normalisers is the log-likelihood
2. with autoregression around the switching mean,
   :math:`y_t - \mu_{s_t} = \sum_{i=1}^p \phi_i (y_{t-i} - \mu_{s_{t-i}}) + \epsilon_t`: the state
   is :math:`(s_t, \dots, s_{t-p})`, one of :math:`2^{p+1}`
3. expected length of a spell: :math:`1/(1 - P_{ss})`

Regime 0 has the lower mean.

When it fails: the likelihood has several peaks; with autoregression on ``macrodata`` the highest
one gives a regime to a handful of quarters.  Look at the durations before you believe a fit.

Reference: Hamilton (1989), Econometrica 57; Hamilton (1994), Time Series Analysis, chapter 22.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special, stats

from synthkit.errors import DataError
from synthkit.techniques.finance.calibrate import Fit, curvature_errors, peak, require_series

START_LOGITS = (1.5, 3.0)  # chances to stay of .82 and .95 at the start of the search


def stationary_share(stay: np.ndarray) -> float:
    """Return the long-run share of time in regime 0; ``stay`` (2,) are the chances to stay."""
    return float((1 - stay[1]) / max(2 - stay.sum(), 1e-300))


def regime_loglik(
    x: np.ndarray, means: np.ndarray, variances: np.ndarray, stay: np.ndarray
) -> tuple[float, np.ndarray]:
    """Run Hamilton's filter: return the log-likelihood and P(s_t | x_≤t) (n, 2)."""
    density = stats.norm.pdf(x[:, None], means, np.sqrt(variances))  # (n, 2)
    a, d = float(stay[0]), float(stay[1])
    p = stationary_share(stay)
    filtered = np.empty((len(x), 2))
    total = 0.0
    for t, (f0, f1) in enumerate(density.tolist()):
        joint0, joint1 = f0 * p, f1 * (1 - p)
        norm = joint0 + joint1
        if norm <= 0:
            return -math.inf, filtered
        total += math.log(norm)
        now = joint0 / norm
        filtered[t] = now, 1 - now
        p = a * now + (1 - d) * (1 - now)  # Eq. 1
    return total, filtered


def fit_regimes(x: np.ndarray, switching_variance: bool) -> Fit:
    """Fit two regimes with means of their own (and variances) to x (n,)."""
    require_series("growth or returns", x)

    def unpack(v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        logs = v[2:4] if switching_variance else np.repeat(v[2], 2)
        return v[:2], np.exp(logs), special.expit(v[-2:])

    def loglik(v: np.ndarray) -> float:
        return regime_loglik(x, *unpack(v))[0]

    low, high = np.quantile(x, (0.15, 0.6))
    logs = [math.log(2 * x.var()), math.log(x.var() / 2)]
    v = peak(loglik, [low, high, *(logs if switching_variance else logs[1:]), *START_LOGITS])
    means, variances, stay = unpack(v)
    errors = curvature_errors(loglik, v)
    spread = errors[2:4] if switching_variance else np.repeat(errors[2], 2)
    # The delta method: d exp(a) = exp(a) da, and d expit(a) = p(1 − p) da.
    se = [errors[:2], variances * spread, stay * (1 - stay) * errors[-2:]]
    order = np.argsort(means)
    names = [f"{name}_{k}" for name in ("mean", "variance", "stay") for k in range(2)]
    values = np.concatenate([part[order] for part in (means, variances, stay)])
    return Fit(
        dict(zip(names, map(float, values))),
        dict(zip(names, map(float, np.concatenate([part[order] for part in se])))),
        loglik(v),
    )


def autoregressive_loglik(
    y: np.ndarray, means: np.ndarray, ar: np.ndarray, variance: float, stay: np.ndarray
) -> float:
    """Log-likelihood of y (n,) from observation p on, given the first p."""
    p = len(ar)
    chain = np.array([[stay[0], 1 - stay[0]], [1 - stay[1], stay[1]]])  # [from, to]
    states = np.indices((2,) * (p + 1))  # axis i of a state is s_{t-i}
    centred = y[p:, None] - means[states[0]].ravel()  # (n - p, 2^{p+1})
    for i in range(1, p + 1):
        centred -= ar[i - 1] * (y[p - i : len(y) - i, None] - means[states[i]].ravel())  # Eq. 2
    density = stats.norm.pdf(centred, 0, math.sqrt(variance)).reshape(-1, *(2,) * (p + 1))
    share = stationary_share(stay)
    prior = np.array([share, 1 - share])
    for _ in range(p):  # the newest regime is the first axis
        prior = chain.T.reshape(2, 2, *(1,) * (prior.ndim - 1)) * prior
    total = 0.0
    for seen in density:
        joint = seen * prior
        norm = float(joint.sum())
        if norm <= 0:
            return -math.inf
        total += math.log(norm)
        kept = joint.sum(axis=-1) / norm  # the oldest regime is no longer needed
        prior = chain.T.reshape(2, 2, *(1,) * (p - 1)) * kept  # Eq. 1
    return total


def fit_autoregressive_regimes(y: np.ndarray, order: int = 4) -> Fit:
    """Fit Hamilton's model: a switching mean with an autoregression of this order around it."""
    require_series("growth", y)
    if order < 1 or order > 6:
        raise DataError(f"order must be a whole number from 1 to 6; got {order!r}. Try 4.")

    def unpack(v: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
        return v[:2], v[2 : 2 + order], math.exp(v[2 + order]), special.expit(v[-2:])

    def loglik(v: np.ndarray) -> float:
        return autoregressive_loglik(y, *unpack(v))

    low, high = np.quantile(y, (0.15, 0.6))
    start: Sequence[float] = [low, high, *np.zeros(order), math.log(y.var() / 2), *START_LOGITS]
    v = peak(loglik, start)
    means, ar, variance, stay = unpack(v)
    e = curvature_errors(loglik, v)
    turn = np.argsort(means)
    names = [
        "mean_0", "mean_1", *(f"ar_{i + 1}" for i in range(order)), "variance", "stay_0", "stay_1",
    ]  # fmt: skip
    values = [*means[turn], *ar, variance, *stay[turn]]
    errors = [*e[:2][turn], *e[2 : 2 + order], variance * e[2 + order],
              *(stay * (1 - stay) * e[-2:])[turn]]  # fmt: skip
    return Fit(dict(zip(names, map(float, values))), dict(zip(names, map(float, errors))),
               loglik(v))  # fmt: skip


def expected_duration(stay: float) -> float:
    """Return how many steps a spell lasts on average."""
    return 1 / (1 - stay)  # Eq. 3
