r"""Markets: returns with clusters of volatility, fat tails, jumps and company.

1. GJR-GARCH: :math:`\sigma^2_t = \omega + (\alpha + \gamma\,1[\varepsilon_{t-1}<0])
   \varepsilon_{t-1}^2 + \beta\sigma^2_{t-1}`; a fall raises tomorrow's variance more than a rise
2. returns: :math:`r_t = \mu + \varepsilon_t,\ \varepsilon_t = \sigma_t z_t`, z Student t with
   variance 1
3. persistence :math:`\alpha + \gamma/2 + \beta`; the process is stationary below 1, with variance
   :math:`\omega/(1 - \text{persistence})`
4. Merton's jumps: :math:`r = \mu\Delta + \sigma\sqrt\Delta z + \sum_{i \le N} J_i`,
   N Poisson(λΔ), J normal
5. correlated noise: :math:`z = L\epsilon,\ LL^\top = R`
6. trend by regime: :math:`r_t = \mu_{s_t} + \sigma_{s_t} z_t`, s a Markov chain
7. log-volatility: :math:`h_t = \bar h + \phi(h_{t-1} - \bar h) + s e_t`, and
   :math:`r_t = \mu + e^{h_t} z_t / \sqrt{252}`

Returns are per cent a day.

When it fails: persistence of 1 or more makes the variance grow without end.  The likelihood of
Merton's jumps finds hundreds of tiny jumps a year: it explains clusters of volatility by them.

References: Glosten, Jagannathan & Runkle (1993), J. Finance 48; Bollerslev (1987), Review of
Economics and Statistics 69; Merton (1976), J. Financial Economics 3; Hamilton (1989).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.special import gammaln

from synthkit.errors import ParameterError

# Weight a day back in the mean of squares that starts the variance of a likelihood.
BACKCAST_DECAY, BACKCAST_DAYS = 0.94, 75


@dataclass(frozen=True)
class Gjr:
    """Parameters of GJR-GARCH with Student t noise; returns in per cent a day.

    Parameters
    ----------
    mu, omega : float
        Mean return, and the floor of the variance.
    alpha, gamma, beta : float
        Weight of the last square, its surcharge after a fall, weight of the last variance.
    dof : float
        Degrees of freedom ν > 2 of the noise.
    """

    mu: float = 0.0367
    omega: float = 0.0132
    alpha: float = 0.0
    gamma: float = 0.1815
    beta: float = 0.8987
    dof: float = 7.5

    @property
    def persistence(self) -> float:
        """Share of a shock to the variance that is left after a day."""
        return self.alpha + self.gamma / 2 + self.beta  # Eq. 3

    def check(self) -> None:
        """Raise ParameterError naming the parameter, its range and the bound."""
        for name in ("omega", "alpha", "beta"):
            value = getattr(self, name)
            if not (value >= 0 and (value > 0 or name != "omega")):
                sign = "above 0" if name == "omega" else "0 or more"
                raise ParameterError(f"{name} must be {sign}; got {value!r}. Try Gjr().{name}.")
        if not self.alpha + self.gamma >= 0:
            raise ParameterError(
                f"alpha + gamma must be 0 or more (a variance has no sign); "
                f"got {self.alpha + self.gamma:g}. Raise gamma to at least {-self.alpha:g}."
            )
        if not self.dof > 2:
            raise ParameterError(
                f"dof must be above 2, or the variance is infinite; got {self.dof!r}. Try 7.5."
            )
        if not self.persistence < 1:
            bound = 1 - self.alpha - self.gamma / 2
            raise ParameterError(
                "GARCH must be stationary: alpha + gamma/2 + beta < 1; "
                f"got {self.persistence:g}. Lower beta below {bound:g}."
            )


def gjr_paths(
    parameters: Gjr, paths: int, steps: int, rng: np.random.Generator, z: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return returns and standard deviations (steps, paths), from the stationary variance on.

    ``z`` (steps, paths) may bring its own noise of variance 1: correlated, say.
    """
    parameters.check()
    p = parameters
    if z is None:
        z = unit_t(p.dof, (steps, paths), rng)
    returns = np.empty((steps, paths))
    variances = np.empty((steps, paths))
    variance = np.full(paths, p.omega / (1 - p.persistence))
    for t in range(steps):
        shock = np.sqrt(variance) * z[t]  # Eq. 2
        variances[t] = variance
        returns[t] = shock
        weight = np.where(shock < 0, p.alpha + p.gamma, p.alpha)
        variance = p.omega + weight * shock * shock + p.beta * variance  # Eq. 1
    returns += p.mu
    return returns, np.sqrt(variances, out=variances)


def unit_t(dof: float, size: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw Student t noise of variance 1."""
    return np.asarray(rng.standard_t(dof, size) * math.sqrt((dof - 2) / dof))


def gjr_variances(returns: np.ndarray, p: Gjr) -> np.ndarray:
    """Return the variances (n,) that Eq. 1 gives observed returns (n,)."""
    shocks = returns - p.mu
    weights = BACKCAST_DECAY ** np.arange(min(BACKCAST_DAYS, len(shocks)))
    start = float(weights @ shocks[: len(weights)] ** 2 / weights.sum())
    drive = (p.alpha + p.gamma * (shocks < 0)) * shocks**2
    first = p.omega + (p.alpha + p.gamma / 2) * start
    inputs = np.concatenate([[first], p.omega + drive[:-1]])
    filtered, _ = lfilter([1.0], [1.0, -p.beta], inputs, zi=[p.beta * start])  # Eq. 1
    return np.asarray(filtered)


def gjr_loglik(returns: np.ndarray, p: Gjr) -> float:
    """Log-likelihood of returns (n,); −∞ outside the parameters' range."""
    inside = p.omega > 0 and p.alpha >= 0 and p.beta >= 0 and p.alpha + p.gamma >= 0
    if not (inside and p.dof > 2 and p.persistence < 1):
        return -math.inf
    variance = gjr_variances(returns, p)
    if not variance.min() > 0:
        return -math.inf
    v, squares = p.dof, (returns - p.mu) ** 2
    constant = gammaln((v + 1) / 2) - gammaln(v / 2) - math.log(math.pi * (v - 2)) / 2
    terms = np.log(variance) / 2 + (v + 1) / 2 * np.log1p(squares / (variance * (v - 2)))
    return float(len(returns) * constant - terms.sum())


def merton_returns(
    n: int,
    *,
    sigma: float,
    jumps_a_year: float,
    jump_mean: float,
    jump_sd: float,
    rng: np.random.Generator,
    mu: float = 0.0,
    days: int = 252,
    correlation: np.ndarray | None = None,
) -> np.ndarray:
    """Return daily log returns (n,) with jumps; ``sigma`` and ``mu`` are a year's, as decimals.

    With ``correlation`` (k, k) they are those of k assets (n, k), which jump on the same days.
    """

    def noise() -> np.ndarray:
        if correlation is None:
            return rng.standard_normal(n)
        return correlated_noise(correlation, math.inf, n, rng)

    counts = rng.poisson(jumps_a_year / days, n)
    jumps = (counts * jump_mean + np.sqrt(counts) * jump_sd * noise().T).T
    return np.asarray(mu / days + sigma * math.sqrt(1 / days) * noise() + jumps)  # Eq. 4


def correlated_noise(
    correlation: np.ndarray, dof: float, steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Return t noise (steps, k) of variance 1 with this correlation (k, k).

    One divisor for all assets of a day, so that they crash together; with ``dof`` infinite the
    noise is normal.
    """
    values = np.linalg.eigvalsh(correlation)
    if not np.allclose(correlation, correlation.T) or values.min() <= 0:
        raise ParameterError(
            "the assets' correlation must be symmetric and positive definite; "
            f"its smallest eigenvalue is {values.min():.3g}. Bring the correlations nearer to 0."
        )
    z = rng.standard_normal((steps, len(correlation))) @ np.linalg.cholesky(correlation).T  # Eq. 5
    if math.isinf(dof):
        return np.asarray(z)
    scale = np.sqrt((dof - 2) / rng.chisquare(dof, (steps, 1)))
    return np.asarray(z * scale)


def regime_returns(
    regimes: np.ndarray,
    means: np.ndarray,
    sds: np.ndarray,
    rng: np.random.Generator,
    z: np.ndarray | None = None,
) -> np.ndarray:
    """Return returns (n,) with the mean and spread of each day's regime (n,).

    ``z`` (n, k) may bring its own noise of variance 1, for k assets.
    """
    if z is None:
        z = rng.standard_normal(len(regimes))
    return np.asarray((means[regimes] + sds[regimes] * z.T).T)  # Eq. 6


def log_volatility_path(
    level: float, persistence: float, sd: float, steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Return a volatility (steps,) whose logarithm returns to that of ``level``, same units."""
    shocks = sd * rng.standard_normal(steps)
    shocks[:1] /= math.sqrt(1 - persistence**2)  # the first one is drawn from the long run
    return np.asarray(level * np.exp(lfilter([1.0], [1.0, -persistence], shocks)))  # Eq. 7
