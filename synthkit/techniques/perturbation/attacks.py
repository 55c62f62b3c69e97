r"""Three attacks on perturbed data: re-linking, low bits, and an audit of a claimed epsilon.

Re-linking: an attacker who holds the original rows (from another file, say) takes, for each
released row y, the nearest original row, and is right with rate

    L = mean_i [ argmin_j (y_i - x_j)' M (y_i - x_j) = i ]                   (Eq. 1)

The metric M is the attacker's choice: diag(1 / S_jj) is the usual Euclidean check, and
S^-1 (Mahalanobis) is what fits noise that has the shape of the data, as Kim's has.

Low bits: noise of magnitude below 1/2 has digits below 2^-53; adding the true value 1 rounds
them off, adding 0 keeps them.  So, of the released number y alone,

    |y| < 1/2  and  y 2^53 is not a whole number   =>   the true value was 0    (Eq. 2)

Audit: run the mechanism many times on two neighbouring tables, fix an event S on one half of
the runs, and bound eps from below on the other half:

    eps >= log( (lower(p) - delta) / upper(q) ),   p = P(M(D) in S), q = P(M(D') in S)   (Eq. 3)

with Clopper-Pearson bounds; a correct mechanism exceeds its claim with at most the probability
chosen for the bounds.

References
----------
I. Mironov, "On significance of the least significant bits for differential privacy",
ACM CCS 2012 (Eq. 2).
B. Bichsel et al., "DP-Sniper", IEEE S&P 2021; M. Jagielski et al., "Auditing
differentially private machine learning", NeurIPS 2020 (Eq. 3).
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from synthkit.errors import ParameterError
from synthkit.techniques.perturbation.noise import sample_covariance

Floats = NDArray[np.float64]

# An event must hold in this many of the runs that choose it: rarer ones can't show anything.
EVENT_MIN_RUNS = 50
# A direction that carries less than this share of the total variance is flat (a redundant column).
FLAT = 1e-12
CHUNK_ROWS = 2_048  # released rows compared at a time: 2,048 x 10,000 distances are 160 MB


def linkage_rate(
    original: Floats,
    released: Floats,
    metric: Literal["euclidean", "mahalanobis"] = "euclidean",
) -> float:
    """Return the share of released rows whose nearest original row is their own (Eq. 1).

    Parameters
    ----------
    original, released : ndarray (n, d)
        Row i of one became row i of the other.
    metric : 'euclidean' or 'mahalanobis'
        Distance over standardised columns, or in the metric of the original covariance.
        An attacker tries both.

    Returns
    -------
    float
        0 to 1; guessing gives 1 / n.
    """
    if metric not in ("euclidean", "mahalanobis"):
        raise ParameterError(
            f"metric must be 'euclidean' or 'mahalanobis'; got {metric!r}. "
            "The second is the stronger attack where the noise follows the correlations."
        )
    return float((nearest_original(original, released, metric) == np.arange(len(original))).mean())


def nearest_original(original: Floats, released: Floats, metric: str) -> NDArray[np.int64]:
    """Return for each released row (m,) the index of the nearest original row."""
    scale = original.std(axis=0)
    unit = np.where(scale > 0, scale, 1.0)
    x, y = original / unit, released / unit
    if metric == "mahalanobis":
        whitening = _whitening(sample_covariance(x))
        x, y = x @ whitening, y @ whitening
    centre = x.mean(axis=0)
    x, y = x - centre, y - centre  # so that the expanded square below loses no digits
    nearest = np.empty(len(y), dtype=np.int64)
    squares = (x**2).sum(axis=1)  # (n,)
    for start in range(0, len(y), CHUNK_ROWS):
        chunk = y[start : start + CHUNK_ROWS]
        # |y - x|^2 = |y|^2 - 2 y.x + |x|^2, and |y|^2 doesn't change which x is nearest
        distance = squares - 2 * chunk @ x.T  # (chunk, n)
        nearest[start : start + CHUNK_ROWS] = distance.argmin(axis=1)
    return nearest


def _whitening(covariance: Floats) -> Floats:
    """Return W (d, r) with |(x - y) W| the Mahalanobis distance, flat directions left out."""
    values, vectors = np.linalg.eigh(covariance)
    useful = values > FLAT * values.sum()
    whitening: Floats = vectors[:, useful] / np.sqrt(values[useful])
    return whitening


def low_bits_event(released: Floats) -> NDArray[np.bool_]:
    """Tell which released numbers cannot have come from the true value 1 (Eq. 2).

    Parameters
    ----------
    released : ndarray (n,)
        A true value of 0 or 1, plus float noise.

    Returns
    -------
    ndarray of bool (n,)
        True proves that the value was 0, if the noise is plain floating-point noise.
    """
    near = np.abs(released) < 0.5
    scaled = released * 2.0**53  # a power of two: exact
    event: NDArray[np.bool_] = near & (scaled != np.floor(scaled))  # Eq. 2
    return event


def audit_epsilon(
    runs: Floats, runs_neighbour: Floats, *, delta: float = 0.0, confidence: float = 0.999
) -> float:
    """Return a lower bound of epsilon that these runs prove (Eq. 3).

    Parameters
    ----------
    runs, runs_neighbour : ndarray (n,)
        One number a run of the mechanism, on a table and on a neighbour of it.
    delta : float in [0, 1)
        What the mechanism claims.
    confidence : float, default 0.999
        Of the bound: a correct mechanism exceeds its claim in at most 0.1 % of all audits.

    Returns
    -------
    float
        0 where nothing is proved.

    Notes
    -----
    Events are tails, y <= t and y > t, which are optimal where the likelihood ratio rises or
    falls with y, as for Laplace and Gaussian noise on a number.
    """
    half = len(runs) // 2
    choose_p, test_p = runs[:half], runs[half:]
    choose_q, test_q = runs_neighbour[:half], runs_neighbour[half:]
    best = _best_tail(choose_p, choose_q, delta, confidence)
    if best is None:
        return 0.0
    threshold, above, swapped = best
    if swapped:
        test_p, test_q = test_q, test_p
    hits_p, hits_q = (_tail_count(runs, threshold, above) for runs in (test_p, test_q))
    return max(0.0, _proved(hits_p, len(test_p), hits_q, len(test_q), delta, confidence))


def _tail_count(runs: Floats, threshold: float, above: bool) -> int:
    return int((runs > threshold).sum() if above else (runs <= threshold).sum())


def _best_tail(
    p: Floats, q: Floats, delta: float, confidence: float
) -> tuple[float, bool, bool] | None:
    """Choose the tail event, and which table comes first, that promises the largest bound."""
    candidates = np.unique(np.quantile(np.concatenate([p, q]), np.linspace(0.001, 0.999, 400)))
    p_sorted, q_sorted = np.sort(p), np.sort(q)
    best, found = 0.0, None
    for swapped, (a, b) in ((False, (p_sorted, q_sorted)), (True, (q_sorted, p_sorted))):
        below_a = np.searchsorted(a, candidates, side="right")
        below_b = np.searchsorted(b, candidates, side="right")
        for above in (False, True):
            hits_a = len(a) - below_a if above else below_a
            hits_b = len(b) - below_b if above else below_b
            bound = _proved_many(hits_a, len(a), hits_b, len(b), delta, confidence)
            bound[hits_a < EVENT_MIN_RUNS] = -math.inf
            i = int(np.argmax(bound))
            if bound[i] > best:
                best, found = float(bound[i]), (float(candidates[i]), above, swapped)
    return found


def _proved_many(
    hits_p: NDArray[np.int64], n_p: int, hits_q: NDArray[np.int64], n_q: int,
    delta: float, confidence: float,
) -> Floats:
    """Return the bound of Eq. 3 for each pair of counts (m,); -inf where it says nothing."""
    tail = (1 - confidence) / 2  # one half for each of the two bounds
    lower = stats.beta.ppf(tail, np.maximum(hits_p, 1), n_p - hits_p + 1)
    lower = np.where(hits_p > 0, lower, 0.0) - delta
    upper = stats.beta.ppf(1 - tail, hits_q + 1, np.maximum(n_q - hits_q, 1))
    upper = np.where(hits_q < n_q, upper, 1.0)
    bound = np.full(len(hits_p), -math.inf)
    useful = lower > 0
    bound[useful] = np.log(lower[useful] / upper[useful])  # Eq. 3
    return bound


def _proved(hits_p: int, n_p: int, hits_q: int, n_q: int, delta: float, confidence: float) -> float:
    counts = np.array([hits_p]), np.array([hits_q])
    return float(_proved_many(counts[0], n_p, counts[1], n_q, delta, confidence)[0])
