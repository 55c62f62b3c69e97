r"""Monte Carlo as arithmetic: darts, rejection, importance sampling.

A mean over random draws estimates an expectation, and its error falls as
:math:`1/\sqrt{n}`, whatever the dimension:

1. darts: :math:`\hat\pi = \frac{4}{n}\sum 1[x_i^2 + y_i^2 < 1]`
2. its error: :math:`\mathrm{RMSE}(\hat\pi) = \sqrt{\pi(4-\pi)/n} = 1.642/\sqrt{n}`
3. rejection: keep a draw x of the proposal q if :math:`u \le p(x) / (c\, q(x))`
4. importance weights: :math:`w_i = p(x_i)/q(x_i)`, and
   :math:`\hat p = \frac{1}{n}\sum w_i\, 1[x_i > t]`
5. effective sample size: :math:`\mathrm{ESS} = (\sum w)^2 / \sum w^2`

References: Metropolis & Ulam (1949), The Monte Carlo method; Owen (2013), Monte Carlo
theory, methods and examples, chapters 4 and 9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from synthkit.errors import ParameterError
from synthkit.rng import RandomState, as_generator


def darts(n: int, rng: RandomState = None, *, sobol: bool = False) -> np.ndarray:
    """Throw ``n`` darts at the unit square.

    Parameters
    ----------
    n : int
        Number of darts; for Sobol points a power of two balances best.
    rng : None, int or numpy.random.Generator
    sobol : bool
        Scrambled Sobol points (Owen 1995), which fill the square evenly, instead of random ones.

    Returns
    -------
    ndarray of shape (n, 2), in [0, 1)
    """
    generator = as_generator(rng)
    if sobol:
        return sobol_points(n, 2, generator)
    return generator.random((n, 2))


def sobol_points(n: int, dimension: int, rng: np.random.Generator) -> np.ndarray:
    """Return scrambled Sobol points (n, dimension) in (0, 1)."""
    engine = stats.qmc.Sobol(dimension, scramble=True, rng=rng)
    power = max(0, int(np.ceil(np.log2(max(n, 1)))))
    points: np.ndarray = engine.random_base2(power)[:n]
    tiny = np.finfo(float).eps
    return np.clip(points, tiny, 1 - tiny)  # 0 and 1 have no normal score


def pi_from_darts(points: np.ndarray) -> float:
    """Estimate π from darts (n, 2): four times the share inside the quarter circle."""
    inside = (points**2).sum(axis=1) < 1  # (n,)
    return float(4 * inside.mean())  # Eq. 1


def pi_error(n: int | np.ndarray) -> np.ndarray:
    """Root mean square error of π from ``n`` random darts."""
    return np.sqrt(np.pi * (4 - np.pi) / np.asarray(n))  # Eq. 2


def rejection_sample(
    n: int,
    target: Callable[[np.ndarray], np.ndarray],
    proposal: Any,
    bound: float,
    rng: RandomState = None,
) -> tuple[np.ndarray, float]:
    """Draw from a density that can only be evaluated.

    Parameters
    ----------
    n : int
        Number of accepted draws.
    target : callable (n,) -> (n,)
        The density p.
    proposal : frozen scipy.stats distribution
        The density q that can be drawn from.
    bound : float
        c with p(x) <= c q(x) everywhere; 1/c of the draws are accepted.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    draws : ndarray of shape (n,)
    acceptance : float
        The share of proposals that was kept.

    Raises
    ------
    ParameterError
        If the target rises above ``bound`` times the proposal somewhere: the draws would be
        wrong without a sign.
    """
    generator = as_generator(rng)
    kept: list[np.ndarray] = []
    tried = accepted = 0
    while accepted < n:
        size = int((n - accepted) * bound * 1.1) + 16
        x = proposal.rvs(size=size, random_state=generator)  # (size,)
        ratio = target(x) / (bound * proposal.pdf(x))
        if (ratio > 1 + 1e-9).any():
            worst = float(ratio.max() * bound)
            raise ParameterError(
                f"bound must be at least max p(x)/q(x), here {worst:.4g} or more; got {bound}. "
                "Raise it."
            )
        draws = x[generator.random(size) <= ratio]  # Eq. 3
        kept.append(draws)
        tried, accepted = tried + size, accepted + len(draws)
    return np.concatenate(kept)[:n], accepted / tried


def tail_probability(
    threshold: float, n: int, rng: RandomState = None, *, shift: float = 0.0, repeats: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate P(Z > threshold) for a standard normal Z by draws from N(shift, 1).

    Parameters
    ----------
    threshold : float
        In standard deviations.
    n : int
        Draws for each estimate.
    rng : None, int or numpy.random.Generator
    shift : float
        Mean of the proposal; 0 is the naive estimate, which misses rare events.
    repeats : int
        Number of independent estimates.

    Returns
    -------
    estimates : ndarray of shape (repeats,)
    ess : ndarray of shape (repeats,)
        Effective sample size of the draws beyond the threshold.
    """
    generator = as_generator(rng)
    x = generator.standard_normal((repeats, n)) + shift
    weights = np.exp(shift * (shift / 2 - x))  # φ(x) / φ(x − shift), Eq. 4
    counted = weights * (x > threshold)  # (repeats, n)
    return counted.mean(axis=1), effective_sample_size(counted)


def effective_sample_size(weights: np.ndarray) -> np.ndarray:
    """Return how many equally weighted draws the weights (…, n) are worth; 0 if all are 0."""
    total, squares = weights.sum(axis=-1), (weights**2).sum(axis=-1)
    return np.divide(total**2, squares, out=np.zeros_like(squares), where=squares > 0)  # Eq. 5
