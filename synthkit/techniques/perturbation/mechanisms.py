r"""The mechanisms of differential privacy, one equation each.

A mechanism M is (eps, delta)-DP if for all tables D, D' that differ in one row

    P(M(D) in S) <= e^eps P(M(D') in S) + delta        for every set S       (Eq. 1)

Laplace: noise of scale b, where one row moves the answer by at most Delta (in l1):

    b = Delta / eps                                                          (Eq. 2)

Gaussian, the textbook's formula, proved for eps <= 1 only (and wrong beyond eps = 8.5
at delta = 1e-5: see the test):

    sigma = Delta sqrt(2 log(1.25 / delta)) / eps                            (Eq. 3)

Gaussian, exactly (Balle and Wang 2018): noise sigma costs, at each eps,

    delta(eps) = Phi(Delta/2sigma - eps sigma/Delta)
                 - e^eps Phi(-Delta/2sigma - eps sigma/Delta)                (Eq. 4)

and the analytic Gaussian takes the least sigma with delta(eps) <= delta.

Choosing one of several answers with scores q_i, each moved by at most Delta:

    P(i) = e^(eps q_i / 2 Delta) / sum_j e^(eps q_j / 2 Delta)               (Eq. 5)

drawn as the largest of q_i eps / 2 Delta + Gumbel noise.

Levels nobody may name beforehand: count each, add Laplace noise, and release those whose
noisy count exceeds a threshold that a single person passes with probability delta only:

    t = 1 + log(1 / 2 delta) / eps                                           (Eq. 6)

Noisy counts may be negative and have the wrong sum; ``nearest_counts`` mends that (Eq. 7).

Two tables are neighbours here if one has one row more ('add or remove a row').  Where
they differ in the content of one row ('replace a row'), every count moves twice: Delta
doubles (``histogram_sensitivity``).

=========  ===================================================
symbol     name in the code
=========  ===================================================
Delta      ``sensitivity`` (l1 for Laplace, l2 for Gaussian)
b, sigma   ``scale``, ``sigma``, in the unit of the answer
=========  ===================================================

When it fails: floating-point noise betrays the true value by its low bits
(``attacks.low_bits_event``), so the draws of ``noise_sources.ReadableNoise`` teach, and
those of ``noise_sources.OpenDPNoise`` are the ones to use on people.

References
----------
C. Dwork and A. Roth, "The algorithmic foundations of differential privacy", 2014.
B. Balle and Y.-X. Wang, "Improving the Gaussian mechanism", ICML 2018, arXiv:1805.06530.
A. Korolova et al., "Releasing search queries and clicks privately", WWW 2009 (Eq. 6).
T. Wang et al., "Locally differentially private frequency estimation with consistency",
NDSS 2020 (Eq. 7).
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from synthkit.errors import ParameterError

Floats = NDArray[np.float64]
Adjacency = Literal["add-remove", "replace-one"]


def check_epsilon(epsilon: float, name: str = "epsilon") -> float:
    """Return epsilon if it is a finite number > 0, else say what is wrong with it."""
    if not _is_number(epsilon) or not 0 < epsilon < math.inf:
        raise ParameterError(
            f"{name} must be a finite number > 0; got {epsilon!r}. "
            "Small is more private: 0.1 is strict, 1 is usual, above 10 little is hidden."
        )
    return float(epsilon)


def check_delta(delta: float, *, positive: bool = False) -> float:
    """Return delta if it lies in [0, 1) (or in (0, 1) where the mechanism needs one)."""
    if not _is_number(delta) or not 0 <= delta < 1 or (positive and delta == 0):
        rule = "in (0, 1) for Gaussian noise" if positive else "in [0, 1)"
        raise ParameterError(
            f"delta must be {rule}; got {delta!r}. "
            "It is the chance that the promise fails: choose far less than 1 / rows, e.g. 1e-6."
        )
    return float(delta)


def check_sensitivity(sensitivity: float) -> float:
    """Return the sensitivity if it is a finite number > 0."""
    if not _is_number(sensitivity) or not 0 < sensitivity < math.inf:
        raise ParameterError(
            f"sensitivity must be a finite number > 0; got {sensitivity!r}. "
            "Clip the values to public bounds first: then one row moves a sum by a known amount."
        )
    return float(sensitivity)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


# --- how much noise ---------------------------------------------------------------------------


def laplace_scale(sensitivity: float, epsilon: float) -> float:
    """Return the scale b of Laplace noise that is eps-DP (Eq. 2).

    Examples
    --------
    >>> laplace_scale(1.0, 0.5)
    2.0
    """
    return check_sensitivity(sensitivity) / check_epsilon(epsilon)  # Eq. 2


def classical_gaussian_sigma(sensitivity: float, epsilon: float, delta: float) -> float:
    """Return the textbook's sigma (Eq. 3): too large for eps <= 1, too small for large eps."""
    delta = check_delta(delta, positive=True)
    ratio = math.sqrt(2 * math.log(1.25 / delta)) / check_epsilon(epsilon)
    return check_sensitivity(sensitivity) * ratio  # Eq. 3


def gaussian_delta(epsilon: float, sigma: float, sensitivity: float = 1.0) -> float:
    """Return the exact delta that Gaussian noise costs at ``epsilon`` >= 0 (Eq. 4).

    Both terms are formed as logarithms, so that e^eps cannot overflow.
    """
    a = sensitivity / (2 * sigma)
    b = epsilon * sigma / sensitivity
    first = special.ndtr(a - b)
    second = math.exp(min(epsilon + float(special.log_ndtr(-a - b)), 0.0))
    return float(max(first - second, 0.0))  # Eq. 4


def gaussian_epsilon(sigma: float, delta: float, sensitivity: float = 1.0) -> float:
    """Return the least eps >= 0 at which Gaussian noise sigma keeps to ``delta``."""
    delta = check_delta(delta, positive=True)
    if gaussian_delta(0.0, sigma, sensitivity) <= delta:
        return 0.0
    high = 1.0
    while gaussian_delta(high, sigma, sensitivity) > delta:
        high *= 2
    return _bisect(lambda eps: gaussian_delta(eps, sigma, sensitivity) <= delta, 0.0, high)


def analytic_gaussian_sigma(sensitivity: float, epsilon: float, delta: float) -> float:
    """Return the least sigma of Gaussian noise that is (eps, delta)-DP.

    Parameters
    ----------
    sensitivity : float > 0
        By how much one row moves the answer, in l2.
    epsilon : float > 0
    delta : float in (0, 1)

    Returns
    -------
    float
        In the unit of the answer.

    Examples
    --------
    >>> round(analytic_gaussian_sigma(1.0, 1.0, 1e-5), 4)
    3.7306
    """
    sensitivity, epsilon = check_sensitivity(sensitivity), check_epsilon(epsilon)
    delta = check_delta(delta, positive=True)
    high = 1.0
    while gaussian_delta(epsilon, high) > delta:
        high *= 2
    return sensitivity * _bisect(lambda s: gaussian_delta(epsilon, s) <= delta, 0.0, high)


def _bisect(holds: object, low: float, high: float) -> float:
    """Return the smallest float (within 1e-15 of itself) where ``holds`` is True: always safe."""
    assert callable(holds)
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high) or high - low <= 1e-15 * high:
            break
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def threshold_for_levels(epsilon: float, delta: float) -> float:
    """Return the noisy count that a level must exceed to be named (Eq. 6)."""
    delta = check_delta(delta, positive=True)
    return 1 + math.log(1 / (2 * delta)) / check_epsilon(epsilon)  # Eq. 6


def histogram_sensitivity(adjacency: Adjacency) -> float:
    """Return by how much one row moves a histogram in l1: 1, or 2 where a row is replaced."""
    if adjacency not in ("add-remove", "replace-one"):
        raise ParameterError(
            f"adjacency must be 'add-remove' or 'replace-one'; got {adjacency!r}. "
            "The second hides what a person said, the first also that they took part."
        )
    return 1.0 if adjacency == "add-remove" else 2.0


# --- before and after the noise ---------------------------------------------------------------


def clip(values: Floats, low: float, high: float) -> Floats:
    """Move values outside [low, high] to the nearer bound: it is what bounds one row's pull."""
    clipped: Floats = np.clip(values, low, high)
    return clipped


def project_to_counts(noisy: Floats, total: float | None = None) -> Floats:
    """Clip negative counts to 0 and scale the rest to ``total``: free, as it sees noise only.

    Parameters
    ----------
    noisy : ndarray
        Noisy counts, any shape.
    total : float, optional
        By default the sum of the noisy counts, at least 1.

    Returns
    -------
    ndarray
        Of the same shape, >= 0; uniform where nothing positive is left.
    """
    wanted = max(float(noisy.sum()), 1.0) if total is None else total
    positive = np.maximum(noisy, 0.0)
    kept = float(positive.sum())
    if kept <= 0:
        return np.full(noisy.shape, wanted / noisy.size)
    return positive * (wanted / kept)


def nearest_counts(noisy: Floats, total: float) -> Floats:
    """Return the counts >= 0 with this total that are nearest to ``noisy`` in l2.

    One number is taken off all cells, and what falls below 0 is cut:
    sum max(noisy - t, 0) = total (Eq. 7).  Clipping and scaling instead would leave the positive
    half of the noise in every empty cell, which in a large table outweighs the data.

    Parameters
    ----------
    noisy : ndarray
        Noisy counts, any shape.
    total : float > 0

    Returns
    -------
    ndarray
        Of the same shape.
    """
    falling = np.sort(noisy, axis=None)[::-1]  # (m,)
    shift = (np.cumsum(falling) - total) / np.arange(1, falling.size + 1)
    last = np.flatnonzero(falling > shift)[-1]  # the cells that stay above 0
    nearest: Floats = np.maximum(noisy - shift[last], 0.0)  # Eq. 7
    return nearest


def total_variation(p: Floats, q: Floats) -> float:
    """Return half the l1 distance of two vectors of shares: 0 (same) to 1 (apart)."""
    return float(np.abs(p - q).sum() / 2)
