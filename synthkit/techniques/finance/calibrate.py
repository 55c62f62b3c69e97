r"""Calibration: each block's parameters from real series, with standard errors.

1. maximum likelihood: :math:`\hat\theta = \arg\max \ell(\theta)`, standard errors from the
   curvature, :math:`\text{Var}(\hat\theta) = [-\partial^2\ell/\partial\theta^2]^{-1}`
2. least squares: :math:`\hat b = (X^\top X)^{-1}X^\top y`,
   :math:`\text{Var}(\hat b) = s^2 (X^\top X)^{-1}`
3. Hamilton's filter: :math:`P(s_t|r_{\le t}) \propto f(r_t|s_t)\sum_{s'} P_{s's} P(s_{t-1}=s'|
   r_{<t})`; the sum of the logs of its normalisers is the log-likelihood
4. Vasicek is an AR(1): :math:`r' = a + br + e`, so :math:`\kappa = -\log b/\Delta`,
   :math:`\theta = a/(1-b)`, :math:`\sigma^2 = 2\kappa s^2/(1-b^2)`

When it fails: a standard error assumes that the model is right.  κ of a rate is estimated far
too large from a few decades: refitting simulated paths with κ = .17 gives .27 on average.

References: Hamilton (1994), Time Series Analysis, chapter 22; Phillips & Yu (2005), Review of
Financial Studies 18 (the bias of κ).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from synthkit.errors import DataError
from synthkit.techniques.finance.markets import Gjr, gjr_loglik

# Relative step of the numerical second derivative: the fourth root of the float's precision.
STEP = 1e-4
MIN_OBSERVATIONS = 20


@dataclass(frozen=True)
class Fit:
    """Estimates and standard errors by name, and the log-likelihood."""

    estimates: dict[str, float]
    errors: dict[str, float]
    loglik: float


def maximum_likelihood(
    loglik: Callable[[np.ndarray], float], names: Sequence[str], start: Sequence[float]
) -> Fit:
    """Maximise a log-likelihood (−∞ outside the range) by the simplex method, restarted once."""

    def loss(theta: Any) -> float:
        value = loglik(np.asarray(theta, dtype=np.float64))
        return -value if math.isfinite(value) else 1e10

    found: Any = start
    for _ in range(3):  # a restart frees a simplex that has become flat
        found = optimize.fmin(loss, found, xtol=1e-6, ftol=1e-7, maxfun=4000, disp=False)
    theta = np.asarray(found, dtype=np.float64)
    errors = curvature_errors(loglik, theta)
    return Fit(
        dict(zip(names, map(float, theta))), dict(zip(names, map(float, errors))),
        float(loglik(theta)),
    )  # fmt: skip


def curvature_errors(loglik: Callable[[np.ndarray], float], theta: np.ndarray) -> np.ndarray:
    """Return standard errors (k,); NaN for a parameter at the edge of its range."""
    k = len(theta)
    step = STEP * np.maximum(np.abs(theta), 1e-2)
    free = np.array([
        all(math.isfinite(loglik(theta + sign * np.eye(k)[j] * step[j])) for sign in (1, -1))
        for j in range(k)
    ])  # fmt: skip
    inner = np.flatnonzero(free)
    hessian = np.zeros((len(inner), len(inner)))
    for a, i in enumerate(inner):
        for b, j in enumerate(inner[: a + 1]):
            e, f = np.eye(k)[i] * step[i], np.eye(k)[j] * step[j]
            corners = [loglik(theta + s * e + t * f) * s * t for s in (1, -1) for t in (1, -1)]
            hessian[a, b] = hessian[b, a] = sum(corners) / (4 * step[i] * step[j])
    errors = np.full(k, np.nan)
    if len(inner) and np.isfinite(hessian).all():
        variance = np.diag(np.linalg.pinv(-hessian))  # Eq. 1
        errors[inner] = np.sqrt(np.where(variance > 0, variance, np.nan))
    return errors


def least_squares(y: np.ndarray, x: np.ndarray, names: Sequence[str]) -> tuple[Fit, np.ndarray]:
    """Regress y (n,) on a constant and x (n, k); return the fit and the residuals (n,)."""
    X = np.column_stack([np.ones(len(y)), x])  # (n, k + 1)
    b, *_ = np.linalg.lstsq(X, y, rcond=None)
    residuals = y - X @ b
    s2 = float(residuals @ residuals) / (len(y) - X.shape[1])
    errors = np.sqrt(s2 * np.diag(np.linalg.inv(X.T @ X)))  # Eq. 2
    loglik = -len(y) / 2 * (math.log(2 * math.pi * float(np.mean(residuals**2))) + 1)
    return Fit(dict(zip(names, map(float, b))), dict(zip(names, map(float, errors))), loglik), (
        residuals
    )


def require_series(what: str, series: np.ndarray) -> np.ndarray:
    """Return the series (n,) if it is long enough and moves."""
    if len(series) < MIN_OBSERVATIONS or not np.isfinite(series).all() or np.ptp(series) == 0:
        raise DataError(
            f"the series {what!r} must have at least {MIN_OBSERVATIONS} finite values that differ; "
            f"got {len(series)}. Pass a longer piece of it."
        )
    return series


# --- markets -----------------------------------------------------------------------------------


def fit_gjr(returns: np.ndarray) -> Fit:
    """Fit GJR-GARCH with Student t noise to daily returns (n,) in per cent."""
    require_series("returns", returns)
    variance = float(returns.var())
    names = ("mu", "omega", "alpha", "gamma", "beta", "dof")
    start = (float(returns.mean()), 0.02 * variance, 0.03, 0.1, 0.88, 8.0)
    return maximum_likelihood(lambda v: gjr_loglik(returns, Gjr(*map(float, v))), names, start)


def regime_loglik(
    x: np.ndarray, means: np.ndarray, variances: np.ndarray, stay: np.ndarray
) -> tuple[float, np.ndarray]:
    """Run Hamilton's filter: return the log-likelihood and P(s_t | x_≤t) (n, 2)."""
    density = stats.norm.pdf(x[:, None], means, np.sqrt(variances))  # (n, 2)
    a, d = float(stay[0]), float(stay[1])
    p = (1 - d) / max(2 - a - d, 1e-300)  # stationary share of regime 0
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
        p = a * now + (1 - d) * (1 - now)  # Eq. 3
    return total, filtered


def fit_regimes(x: np.ndarray, switching_variance: bool) -> Fit:
    """Fit two regimes with means of their own (and variances); regime 0 has the lower mean."""
    require_series("growth or returns", x)
    low, high = np.quantile(x, (0.15, 0.6))
    variance = float(x.var())

    def unpack(v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        logs = v[2:4] if switching_variance else np.repeat(v[2], 2)
        return v[:2], np.exp(logs), special.expit(v[-2:])

    def loglik(v: np.ndarray) -> float:
        return regime_loglik(x, *unpack(v))[0]

    def loss(v: Any) -> float:
        return min(-loglik(np.asarray(v)), 1e10)

    logs = [math.log(2 * variance), math.log(variance / 2)]
    start = [low, high, *(logs if switching_variance else logs[1:]), 1.5, 3.0]
    found: Any = start
    for _ in range(3):
        found = optimize.fmin(loss, found, xtol=1e-5, ftol=1e-6, maxfun=3000, disp=False)
    v = np.asarray(found, dtype=np.float64)
    errors = curvature_errors(loglik, v)
    means, variances, stay = unpack(v)
    spread = errors[2:4] if switching_variance else np.repeat(errors[2], 2)
    # The delta method: d exp(a) = exp(a) da, and d expit(a) = p(1 − p) da.
    se = [errors[:2], variances * spread, stay * (1 - stay) * errors[-2:]]
    order = np.argsort(means)
    names = ("mean", "variance", "stay")
    pairs = [(f"{name}_{k}", i) for name in names for k, i in enumerate(order)]
    values = {"mean": means, "variance": variances, "stay": stay}
    return Fit(
        {label: float(values[label.split("_")[0]][i]) for label, i in pairs},
        {label: float(se[names.index(label.split("_")[0])][i]) for label, i in pairs},
        loglik(v),
    )


# --- rates ---------------------------------------------------------------------------------------


def fit_vasicek(r: np.ndarray, dt: float) -> Fit:
    """Fit Vasicek to rates (n,) observed every ``dt`` years: an AR(1), solved exactly."""
    require_series("rates", r)
    fit, residuals = least_squares(r[1:], r[:-1, None], ("a", "b"))
    a, b = fit.estimates["a"], fit.estimates["b"]
    if not 0 < b < 1:
        raise DataError(
            f"the rate must return to a mean: its autoregression must lie in (0, 1); got {b:.4f}. "
            "Pass a longer series."
        )
    speed = -math.log(b) / dt  # Eq. 4
    s2 = float(np.mean(residuals**2))
    sigma = math.sqrt(2 * speed * s2 / (1 - b * b))

    def loglik(v: np.ndarray) -> float:
        k, theta, s = v
        if k <= 0 or s <= 0:
            return -math.inf
        kept = math.exp(-k * dt)
        sd = s * math.sqrt((1 - kept**2) / (2 * k))
        return float(stats.norm.logpdf(r[1:], theta + (r[:-1] - theta) * kept, sd).sum())

    v = np.array([speed, a / (1 - b), sigma])
    errors = curvature_errors(loglik, v)
    names = ("speed", "mean", "sigma")
    return Fit(dict(zip(names, map(float, v))), dict(zip(names, map(float, errors))), loglik(v))


def cir_loglik(r: np.ndarray, dt: float, speed: float, mean: float, sigma: float) -> float:
    """Log-likelihood of CIR for rates (n,): the scaled non-central χ² of its exact transition."""
    if min(speed, mean, sigma) <= 0:
        return -math.inf
    c = sigma**2 * -math.expm1(-speed * dt) / (4 * speed)
    degrees = 4 * speed * mean / sigma**2
    density = stats.ncx2.logpdf(r[1:] / c, degrees, r[:-1] * math.exp(-speed * dt) / c)
    return float(np.sum(density - math.log(c)))


def fit_cir(r: np.ndarray, dt: float) -> Fit:
    """Fit CIR to positive rates (n,) observed every ``dt`` years by exact maximum likelihood."""
    require_series("rates", r)
    if r.min() <= 0:
        raise DataError(
            f"rates must be above 0 for CIR; got {r.min():g} in row {int(r.argmin())}. "
            "Leave that piece out, or use Vasicek."
        )
    start = (0.15, float(r.mean()), float(np.std(np.diff(r) / np.sqrt(r[:-1] * dt))))
    return maximum_likelihood(
        lambda v: cir_loglik(r, dt, *map(float, v)), ("speed", "mean", "sigma"), start
    )
