r"""Calibration: each block's parameters from real series, with standard errors.

1. maximum likelihood: :math:`\hat\theta = \arg\max \ell(\theta)`, standard errors from the
   curvature, :math:`\text{Var}(\hat\theta) = [-\partial^2\ell/\partial\theta^2]^{-1}`
2. least squares: :math:`\hat b = (X^\top X)^{-1}X^\top y`,
   :math:`\text{Var}(\hat b) = s^2 (X^\top X)^{-1}`
3. residuals that hang together in time (Newey-West, L lags):
   :math:`\text{Var}(\hat b) = (X^\top X)^{-1} \Big[\sum_{|l|\le L} (1 - \tfrac{|l|}{L+1}) \sum_t
   e_t e_{t-l}\, x_t x_{t-l}^\top\Big] (X^\top X)^{-1}`
4. Vasicek is an AR(1): :math:`r' = a + br + e`, so :math:`\kappa = -\log b/\Delta`,
   :math:`\theta = a/(1-b)`, :math:`\sigma^2 = 2\kappa s^2/(1-b^2)`
5. Merton's jumps: a day's return is normal given its number k of jumps, so that its density is
   :math:`\sum_k e^{-\lambda\Delta}(\lambda\Delta)^k/k!\;\phi(r;\, \mu\Delta + k\mu_J,\,
   \sigma^2\Delta + k\sigma_J^2)`
6. logarithms of a volatility are an AR(1), :math:`h' = c + \phi h + e`; half of a shock is gone
   after :math:`-\log 2/\log\phi` days

When it fails: a standard error assumes that the model is right.  κ of a rate is estimated far
too large from a few decades: refitting simulated paths with κ = .17 gives .27 on average.  The
likelihood of Merton's jumps finds 164 jumps a year in the S&P 500: clusters of volatility, not
crashes.

References: Newey & West (1987), Econometrica 55; Merton (1976), J. Financial Economics 3;
Phillips & Yu (2005), Review of Financial Studies 18 (the bias of κ).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from synthkit.errors import DataError
from synthkit.techniques.finance.markets import Gjr, gjr_loglik

# Relative step of the numerical second derivative: the fourth root of the float's precision.
STEP = 1e-4
FLAT = 1e-7  # slope at the peak, relative to the likelihood at the start
MIN_OBSERVATIONS = 20
TRADING_DAYS = 252  # a year
MOST_JUMPS = 11  # a day; at 250 a year more than 11 have a chance of 1e-9


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


def peak(loglik: Callable[[np.ndarray], float], start: Sequence[float]) -> np.ndarray:
    """Return where a smooth log-likelihood without bounds is highest, uphill from ``start``."""
    scale = max(abs(loglik(np.asarray(start, dtype=np.float64))), 1.0)

    def loss(theta: Any) -> float:
        value = loglik(np.asarray(theta, dtype=np.float64))
        return -value / scale if math.isfinite(value) else 1e10

    found = optimize.minimize(loss, start, method="BFGS", options={"gtol": FLAT})
    return np.asarray(found.x, dtype=np.float64)


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


def least_squares(
    y: np.ndarray, x: np.ndarray, names: Sequence[str], lags: int = 0
) -> tuple[Fit, np.ndarray]:
    """Regress y (n,) on a constant and x (n, k); return the fit and the residuals (n,).

    With ``lags`` the standard errors allow for residuals that are correlated over so many rows.
    """
    X = np.column_stack([np.ones(len(y)), x])  # (n, k + 1)
    b, *_ = np.linalg.lstsq(X, y, rcond=None)
    residuals = y - X @ b
    bread = np.linalg.inv(X.T @ X)
    if lags:
        variance = bread @ newey_west(X * residuals[:, None], lags) @ bread  # Eq. 3
    else:
        variance = float(residuals @ residuals) / (len(y) - X.shape[1]) * bread  # Eq. 2
    errors = np.sqrt(np.diag(variance))
    loglik = -len(y) / 2 * (math.log(2 * math.pi * float(np.mean(residuals**2))) + 1)
    return Fit(dict(zip(names, map(float, b))), dict(zip(names, map(float, errors))), loglik), (
        residuals
    )


def newey_west(scores: np.ndarray, lags: int) -> np.ndarray:
    """Return the summed covariance (k, k) of scores (n, k) over up to ``lags`` rows apart."""
    total = scores.T @ scores
    for lag in range(1, lags + 1):
        apart = scores[lag:].T @ scores[:-lag]
        total += (1 - lag / (lags + 1)) * (apart + apart.T)
    return total


def require_series(what: str, series: np.ndarray) -> np.ndarray:
    """Return the series (n,) if it is long enough and moves."""
    if len(series) < MIN_OBSERVATIONS or not np.isfinite(series).all() or np.ptp(series) == 0:
        raise DataError(
            f"the series {what!r} must have at least {MIN_OBSERVATIONS} finite values that differ; "
            f"got {len(series)}. Pass a longer piece of it."
        )
    return series


# --- markets -----------------------------------------------------------------------------------


def fit_gjr(returns: np.ndarray, fixed: Mapping[str, float] | None = None) -> Fit:
    """Fit GJR-GARCH with Student t noise to daily returns (n,) in per cent.

    ``fixed`` holds parameters at a value: ``{"gamma": 0}`` is GARCH, and with ``{"dof": 1e6}``
    besides its noise is normal.
    """
    require_series("returns", returns)
    variance = float(returns.var())
    start = {"mu": float(returns.mean()), "omega": 0.02 * variance, "alpha": 0.03, "gamma": 0.1,
             "beta": 0.88, "dof": 8.0}  # fmt: skip
    held = dict(fixed or {})
    free = {name: value for name, value in start.items() if name not in held}

    def loglik(v: np.ndarray) -> float:
        return gjr_loglik(returns, Gjr(**held, **dict(zip(free, map(float, v)))))

    return maximum_likelihood(loglik, list(free), list(free.values()))


def merton_loglik(
    returns: np.ndarray, mu: float, sigma: float, jumps: float, jump_mean: float, jump_sd: float
) -> float:
    """Log-likelihood of daily log returns (n,); ``mu``, ``sigma`` and ``jumps`` are a year's."""
    dt = 1 / TRADING_DAYS
    k = np.arange(MOST_JUMPS + 1)
    chance = np.exp(-jumps * dt + k * np.log(jumps * dt) - special.gammaln(k + 1))
    spread = np.sqrt(sigma**2 * dt + k * jump_sd**2)
    density = stats.norm.pdf(returns[:, None], mu * dt + k * jump_mean, spread) @ chance  # Eq. 5
    with np.errstate(divide="ignore"):
        return float(np.log(density).sum())


def fit_merton(returns: np.ndarray) -> Fit:
    """Fit Merton's jumps to daily log returns (n,) as decimals; rates and drift are a year's."""
    require_series("returns", returns)
    names = ("mu", "sigma", "jumps_a_year", "jump_mean", "jump_sd")
    positive = np.array([False, True, True, False, True])  # these are searched as logarithms

    def unpack(v: np.ndarray) -> np.ndarray:
        return np.where(positive, np.exp(np.where(positive, v, 0.0)), v)

    def loglik(v: np.ndarray) -> float:
        return merton_loglik(returns, *map(float, unpack(v)))

    sd = float(returns.std())
    start = [0.1, math.log(0.7 * sd * math.sqrt(TRADING_DAYS)), math.log(50.0), -0.1 * sd,
             math.log(1.2 * sd)]  # fmt: skip
    v = peak(loglik, start)
    values = unpack(v)
    errors = curvature_errors(loglik, v) * np.where(positive, values, 1.0)  # d exp(a) = exp(a) da
    return Fit(dict(zip(names, map(float, values))), dict(zip(names, map(float, errors))),
               loglik(v))  # fmt: skip


def fit_log_volatility(volatility: np.ndarray) -> Fit:
    """Fit an AR(1) to the logarithms of a volatility index (n,) by the day.

    ``level`` is the volatility it returns to, in the units of the index.
    """
    require_series("volatility", volatility)
    h = np.log(volatility)
    fit, residuals = least_squares(h[1:], h[:-1, None], ("constant", "persistence"))
    c, phi = fit.estimates["constant"], fit.estimates["persistence"]
    if not 0 < phi < 1:
        raise DataError(
            f"the volatility must return to a level: its persistence must lie in (0, 1); "
            f"got {phi:.4f}. Pass a longer series."
        )
    level = math.exp(c / (1 - phi))  # Eq. 6
    # The delta method with the residuals' spread: the level is the mean of h, exponentiated.
    spread = float(residuals.std(ddof=2))
    level_error = level * spread / ((1 - phi) * math.sqrt(len(h) - 1))
    return Fit(
        {"level": level, "persistence": phi, "sd": spread},
        {"level": level_error, "persistence": fit.errors["persistence"],
         "sd": spread / math.sqrt(2 * (len(h) - 1))},
        fit.loglik,
    )  # fmt: skip


def half_life(persistence: float) -> float:
    """Return after how many steps half of a shock is left."""
    return -math.log(2) / math.log(persistence)  # Eq. 6


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
