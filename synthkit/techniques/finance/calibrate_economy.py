r"""The economy's relations, estimated from quarters: Okun, Phillips, Taylor and a small VAR.

1. trend of a series (Hodrick & Prescott):
   :math:`\min_\tau \sum (y_t-\tau_t)^2 + \lambda \sum (\Delta^2\tau_t)^2`, solved by
   :math:`(I + \lambda D^\top D)\tau = y` with D the second differences; the gap is :math:`y - \tau`
2. Okun, over a year: :math:`u_t - u_{t-4} = a - b\,(\log Y_t - \log Y_{t-4})`; unemployment stays
   where it is at growth a/b.  Between gaps: :math:`u^c_t = -c\,y^c_t`
3. Phillips: :math:`\pi_t = k + \phi\pi_{t-1} + \kappa y^c_{t-1} + e_t`
4. Taylor: :math:`i_t = k + a_\pi\bar\pi_t + a_y y^c_t`, :math:`\bar\pi` a year's mean inflation
5. VAR(1): :math:`x_t = c + \Phi x_{t-1} + e_t`, equation by equation; it is stationary if all
   eigenvalues of :math:`\Phi` lie inside the unit circle

From quarters to the months that the simulation steps in: an AR(1) has :math:`\phi^{1/3}` a month;
a gap that stays for a quarter acts :math:`1+\phi_m+\phi_m^2` times, and the variance of three
months' shocks is :math:`1+\phi_m^2+\phi_m^4` times that of one.

When it fails: a relation of fifty years is an average over policies that differed.  Taylor's rule
on the whole of ``macrodata`` answers inflation by less than one for one.  The trend at the end of
a series changes when a quarter is added.

References: Okun (1962); Phillips (1958); Taylor (1993), Carnegie-Rochester Conference Series 39;
Hodrick & Prescott (1997), J. Money, Credit and Banking 29; Sims (1980), Econometrica 48.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solveh_banded

from synthkit.techniques.finance.calibrate import Fit, least_squares, require_series

SMOOTHING = 1600.0  # λ of quarters, as usual since Hodrick & Prescott
YEAR = 4  # quarters; also the lags over which residuals may hang together
MONTHS = 3  # a quarter


def trend(y: np.ndarray, smoothing: float = SMOOTHING) -> np.ndarray:
    """Return the smooth trend (n,) of a series (n,)."""
    n = len(y)
    D = np.diff(np.eye(n), 2, axis=0)  # (n - 2, n)
    penalty = D.T @ D  # five diagonals
    bands = np.zeros((3, n))
    for k in range(3):
        bands[2 - k, k:] = smoothing * np.diagonal(penalty, k)
    bands[2] += 1
    return np.asarray(solveh_banded(bands, y))  # Eq. 1


def output_gap_of(gdp: np.ndarray) -> np.ndarray:
    """Return the output gap (n,) in per cent: 100 log GDP less its trend."""
    y = 100 * np.log(gdp)
    return np.asarray(y - trend(y))


def fit_okun(unemployment: np.ndarray, gdp: np.ndarray) -> Fit:
    """Regress a year's change of unemployment on a year's growth, quarter by quarter."""
    require_series("unemployment", unemployment)
    change = unemployment[YEAR:] - unemployment[:-YEAR]
    growth = 100 * (np.log(gdp[YEAR:]) - np.log(gdp[:-YEAR]))
    names = ("constant", "growth")
    return least_squares(change, growth[:, None], names, lags=YEAR)[0]  # Eq. 2


def fit_gap(unemployment: np.ndarray, gdp: np.ndarray) -> Fit:
    """Regress the gap of unemployment on the gap of output."""
    gap = unemployment - trend(unemployment)
    return least_squares(gap, output_gap_of(gdp)[:, None], ("constant", "gap"), lags=YEAR)[0]


def fit_phillips(inflation: np.ndarray, gap: np.ndarray) -> tuple[Fit, float]:
    """Fit the Phillips curve to quarters; return it and the spread of its residuals."""
    require_series("inflation", inflation)
    x = np.column_stack([inflation[:-1], gap[:-1]])
    fit, residuals = least_squares(inflation[1:], x, ("constant", "persistence", "slope"))  # Eq. 3
    return fit, float(residuals.std(ddof=3))


def yearly_mean(quarters: np.ndarray) -> np.ndarray:
    """Return the mean of each quarter and the three before it (n - 3,)."""
    return np.convolve(quarters, np.full(YEAR, 1 / YEAR), mode="valid")


def fit_taylor(rate: np.ndarray, yearly_inflation: np.ndarray, gap: np.ndarray) -> Fit:
    """Regress the short rate on a year's inflation and the output gap, all (n,)."""
    require_series("the short rate", rate)
    x = np.column_stack([yearly_inflation, gap])
    return least_squares(rate, x, ("constant", "inflation", "gap"), lags=YEAR)[0]  # Eq. 4


@dataclass(frozen=True)
class Var:
    """A VAR(1): constant (k,), matrix (k, k), covariance of its noise (k, k), and the fit."""

    constant: np.ndarray
    matrix: np.ndarray
    covariance: np.ndarray
    fit: Fit


def fit_var(x: np.ndarray, names: Sequence[str]) -> Var:
    """Fit a VAR(1) to series x (n, k), an equation at a time."""
    for column, name in zip(x.T, names):
        require_series(name, column)
    k = x.shape[1]
    estimates, errors = {}, {}
    residuals = np.empty((len(x) - 1, k))
    for j, name in enumerate(names):
        labels = [f"{name}: constant", *(f"{name}: {other} before" for other in names)]
        fit, residuals[:, j] = least_squares(x[1:, j], x[:-1], labels)  # Eq. 5
        estimates.update(fit.estimates)
        errors.update(fit.errors)
    b = np.array(list(estimates.values())).reshape(k, k + 1)
    covariance = residuals.T @ residuals / (len(residuals) - k - 1)
    return Var(b[:, 0], b[:, 1:], covariance, Fit(estimates, errors, float("nan")))


def largest_root(matrix: np.ndarray) -> float:
    """Return the largest modulus of the eigenvalues: below 1 the VAR is stationary."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def monthly_persistence(quarterly: float) -> float:
    """Return φ of a month from φ of a quarter; one that is negative has none, and becomes 0."""
    return max(quarterly, 0.0) ** (1 / MONTHS)


def monthly_slope(quarterly: float, persistence: float) -> float:
    """Return the effect of a month's gap from that of a quarter's; ``persistence`` is a month's."""
    return quarterly / (1 + persistence + persistence**2)


def monthly_spread(quarterly: float, persistence: float) -> float:
    """Return the spread of a month's shock from that of a quarter's."""
    return float(quarterly / np.sqrt(1 + persistence**2 + persistence**4))
