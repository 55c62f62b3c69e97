r"""Interest rates: Vasicek and Cox-Ingersoll-Ross, drawn from their exact transitions.

Both pull the short rate r back to a mean θ with speed κ (a year); they differ in the noise:

1. Vasicek: :math:`dr = \kappa(\theta - r)\,dt + \sigma\,dW`.  Over Δ years r is normal with mean
   :math:`\theta + (r_0-\theta)e^{-\kappa\Delta}` and variance
   :math:`\sigma^2(1-e^{-2\kappa\Delta})/2\kappa`
2. CIR: :math:`dr = \kappa(\theta - r)\,dt + \sigma\sqrt r\,dW`.  Over Δ years
   :math:`r \sim c\,\chi'^2_d(\lambda)`, :math:`c = \sigma^2(1-e^{-\kappa\Delta})/4\kappa`,
   :math:`d = 4\kappa\theta/\sigma^2` and :math:`\lambda = r_0 e^{-\kappa\Delta}/c`
3. Feller's ratio :math:`2\kappa\theta/\sigma^2`: at 1 or more CIR never touches 0
4. Euler's scheme for CIR, which can step below 0, where the model never goes:
   :math:`r' = r + \kappa(\theta-r)\Delta + \sigma\sqrt{\max(r,0)\Delta}\,z`
5. price of 1 paid in τ years: :math:`P = A(\tau)e^{-B(\tau) r}`
6. Nelson-Siegel yield at m months: :math:`y = \beta_0 + \beta_1\frac{1-e^{-\lambda m}}{\lambda m}
   + \beta_2\big(\frac{1-e^{-\lambda m}}{\lambda m} - e^{-\lambda m}\big)`

Rates are decimals a year here (.05 is 5 %); the tables give per cent.

When it fails: Vasicek makes negative rates (whether that is wrong depends on the decade); Euler's
scheme makes them where CIR can't; κ fitted to a short series is far too large.

References: Vasicek (1977), J. Financial Economics 5; Cox, Ingersoll & Ross (1985), Econometrica
53; Diebold & Li (2006), J. Econometrics 130.
"""

from __future__ import annotations

import numpy as np

from synthkit.errors import ParameterError

# Diebold & Li's λ a month: the curvature is largest at 30 months, between two and three years.
NELSON_SIEGEL_DECAY = 0.0609


def vasicek_step(
    r: np.ndarray,
    *,
    speed: float,
    mean: np.ndarray | float,
    sigma: float,
    dt: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw the rates (n,) after ``dt`` years from the exact transition."""
    kept = np.exp(-speed * dt)
    sd = sigma * np.sqrt((1 - kept**2) / (2 * speed))
    return np.asarray(mean + (r - mean) * kept + sd * rng.standard_normal(np.shape(r)))  # Eq. 1


def cir_step(
    r: np.ndarray,
    *,
    speed: float,
    mean: np.ndarray | float,
    sigma: float,
    dt: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw the rates (n,) after ``dt`` years from the exact transition; never below 0."""
    c = sigma**2 * (1 - np.exp(-speed * dt)) / (4 * speed)
    degrees = 4 * speed * mean / sigma**2
    noncentral = r * np.exp(-speed * dt) / c
    return np.asarray(c * rng.noncentral_chisquare(degrees, noncentral))  # Eq. 2


def feller_ratio(speed: float, mean: float, sigma: float) -> float:
    """Return 2κθ/σ²: at 1 or more the rate never reaches 0."""
    return 2 * speed * mean / sigma**2  # Eq. 3


def euler_step(
    r: np.ndarray,
    *,
    speed: float,
    mean: float,
    sigma: float,
    dt: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Step CIR by Euler's scheme: quick, and wrong near 0 (for the lesson, not for use)."""
    noise = sigma * np.sqrt(np.maximum(r, 0) * dt) * rng.standard_normal(np.shape(r))
    return np.asarray(r + speed * (mean - r) * dt + noise)  # Eq. 4


def require_feller(speed: float, mean: float, sigma: float) -> None:
    """Raise ParameterError where Euler's scheme would reach negative rates."""
    ratio = feller_ratio(speed, mean, sigma)
    if ratio < 1:
        bound = (2 * speed * mean) ** 0.5
        raise ParameterError(
            f"sigma must be at most sqrt(2 · speed · mean) = {bound:.4g} for Euler's scheme "
            f"(Feller ratio 2·speed·mean/sigma² >= 1); got {sigma:g}, a ratio of {ratio:.2f}. "
            "Use the exact draws (rates.scheme = 'exact'), or lower sigma."
        )


def vasicek_price(r: float, years: float, *, speed: float, mean: float, sigma: float) -> float:
    """Return the price of 1 paid in ``years``."""
    B = (1 - np.exp(-speed * years)) / speed
    log_a = (B - years) * (mean - sigma**2 / (2 * speed**2)) - sigma**2 * B**2 / (4 * speed)
    return float(np.exp(log_a - B * r))  # Eq. 5


def cir_price(r: float, years: float, *, speed: float, mean: float, sigma: float) -> float:
    """Return the price of 1 paid in ``years``."""
    h = np.sqrt(speed**2 + 2 * sigma**2)
    growth = np.expm1(h * years)
    bottom = 2 * h + (speed + h) * growth
    B = 2 * growth / bottom
    log_a = 2 * speed * mean / sigma**2 * np.log(2 * h * np.exp((speed + h) * years / 2) / bottom)
    return float(np.exp(log_a - B * r))  # Eq. 5


def nelson_siegel(
    months: np.ndarray,
    level: np.ndarray,
    slope: np.ndarray,
    curvature: np.ndarray,
    decay: float = NELSON_SIEGEL_DECAY,
) -> np.ndarray:
    """Return yields (t, m) at maturities (m,) for factors (t,).

    ``level`` is the yield far out, ``slope`` minus the difference between far out and near,
    ``curvature`` the hump in the middle.
    """
    x = decay * months  # (m,)
    near = -np.expm1(-x) / x
    hump = near - np.exp(-x)
    return np.asarray(  # Eq. 6
        np.outer(level, np.ones_like(x)) + np.outer(slope, near) + np.outer(curvature, hump)
    )
