r"""Bootstrap, part 1 of 4: which rows are drawn.

The bootstrap (Efron 1979) lets the sample stand for the population: draw n rows from the n rows
at hand, with replacement, and see how a figure varies from draw to draw.  All it needs is a rule
for *which* rows, and the rule must fit the way the data came about:

1. independent rows: each draw is any row, :math:`i_1, \dots, i_m \sim U\{0, \dots, n-1\}`
2. rows in groups: the same within each group, so that the groups keep their sizes
3. rows in time: blocks of neighbours, :math:`s, s+1, \dots, s+b-1`, from a random start s
4. stationary blocks: the same, but a block ends after each row with probability 1/b
5. Bayesian: weights instead of rows, :math:`w \sim \mathrm{Dirichlet}(1, \dots, 1)`
6. smoothed: a row and a nudge, :math:`\bar x + (x_i - \bar x + h L z)/\sqrt{1+h^2}`
7. parametric: rows of a fitted normal law, :math:`\bar x + L z`
8. quantiles: no rows at all; of m draws, the k-th smallest is row :math:`\lceil n U_{(k)} \rceil`
   of the ordered data, with :math:`U_{(k)} \sim \mathrm{Beta}(k, m-k+1)`
9. block length: :math:`b = (2 G^2 n / D)^{1/3}` (Politis & White 2004)

===========  ==================  ============================================================
symbol       name                meaning
===========  ==================  ============================================================
n, m         n, size             rows at hand; rows in one replicate (m = n but for m-out-of-n)
R            replicates          replicates drawn at once
b            length              (mean) block length, in rows
L, z         root, noise         Cholesky factor of the covariance; standard normals
h            bandwidth           width of the nudge, in standard deviations
===========  ==================  ============================================================

Where this differs from the papers: the stationary draw of Eq. 4 takes restart and start from
*one* uniform number (given u < p, u/p is again uniform), so that the result does not depend on
how many replicates are drawn at once.  Eq. 6 divides by sqrt(1 + h^2), as Silverman & Young
(1987) advise, so that the nudge does not inflate the variance.

When it fails: see ``technique``.

References
----------
Efron, B. (1979). Bootstrap methods: another look at the jackknife. Ann. Statist. 7.
Rubin, D. (1981). The Bayesian bootstrap. Ann. Statist. 9.
Künsch, H. (1989). The jackknife and the bootstrap for general stationary observations.
Politis, D., Romano, J. (1994). The stationary bootstrap. JASA 89.
Politis, D., White, H. (2004). Automatic block-length selection. Econometric Reviews 23;
correction by Patton, A., Politis, D., White, H. (2009), ibid. 28.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthkit.errors import DataError, ParameterError

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

BLOCK_KINDS = ("moving_block", "circular_block", "stationary_block")


# --- rows --------------------------------------------------------------------------------------


def iid_indices(n: int, size: int, replicates: int, rng: np.random.Generator) -> Indices:
    """Return row numbers drawn independently with replacement, shape (replicates, size)."""
    return rng.integers(0, n, size=(replicates, size))  # Eq. 1


def stratified_indices(
    strata: NDArray[np.int64], replicates: int, rng: np.random.Generator
) -> Indices:
    """Return row numbers drawn within each row's own stratum, shape (replicates, n).

    Position i of a replicate holds a row of the stratum of row i, so every group keeps its size.

    Parameters
    ----------
    strata : int array, shape (n,)
        The group of each row, as codes 0, 1, ...
    """
    by_stratum = np.argsort(strata, kind="stable")  # (n,) rows of group 0, then of group 1, ...
    counts = np.bincount(strata)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    within = rng.integers(0, counts[strata], size=(replicates, strata.size))  # Eq. 2
    drawn: Indices = by_stratum[first[strata] + within]  # (replicates, n)
    return drawn


def proportional_indices(strata: NDArray[np.int64], size: int, rng: np.random.Generator) -> Indices:
    """Return ``size`` row numbers in which each stratum has its share, within one row, shuffled.

    The place of draw i among the rows sorted by stratum is (i + 1/2) n / size; the row itself is
    any row of the stratum found there.
    """
    n = strata.size
    by_stratum = np.argsort(strata, kind="stable")
    counts = np.bincount(strata)
    place = ((np.arange(size) + 0.5) * n / size).astype(np.int64)  # (size,) in 0 .. n - 1
    group = strata[by_stratum[place]]  # (size,)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    drawn: Indices = by_stratum[first[group] + rng.integers(0, counts[group])]  # Eq. 2
    return rng.permutation(drawn)


def block_indices(
    n: int, length: int, size: int, replicates: int, rng: np.random.Generator, *, circular: bool
) -> Indices:
    """Return row numbers in blocks of ``length`` neighbours, shape (replicates, size).

    ``circular`` lets a block run over the end to the beginning; without it the first and last
    rows are drawn less often than the others (moving blocks, Künsch 1989).
    """
    last_start = n if circular else n - length + 1
    n_blocks = -(-size // length)  # rounded up; the last block is cut
    starts = rng.integers(0, last_start, size=(replicates, n_blocks))
    rows = starts[:, :, None] + np.arange(length)  # (replicates, n_blocks, length), Eq. 3
    drawn: Indices = rows.reshape(replicates, -1)[:, :size] % n
    return drawn


def stationary_indices(
    n: int, length: float, size: int, replicates: int, rng: np.random.Generator
) -> Indices:
    """Return row numbers in blocks of geometric length with mean ``length``.

    Returns
    -------
    int array, shape (replicates, size)
        Each row follows the one before it (the first follows the last), but for a share of
        1 / length of the positions, where a new block starts anywhere.
    """
    p = 1.0 / length
    u = rng.random((replicates, size))
    u[:, 0] *= p  # the first position always begins a block, so its u is scaled to lie below p
    begins = np.flatnonzero(u < p)  # (blocks,) counted through all replicates, Eq. 4
    start = (u.ravel()[begins] * (length * n)).astype(np.int64)  # u/p is uniform: a row in 0..n-1
    lengths = np.diff(begins, append=u.size)
    drawn: Indices = np.repeat(start - begins, lengths) + np.arange(u.size)
    return (drawn % n).reshape(replicates, size)


def dependent_indices(
    kind: str, n: int, length: float, size: int, replicates: int, rng: np.random.Generator
) -> Indices:
    """Return the row numbers of one of the three block kinds, shape (replicates, size)."""
    if length <= 1:
        return iid_indices(n, size, replicates, rng)  # what blocks of one row are
    if kind == "stationary_block":
        return stationary_indices(n, length, size, replicates, rng)
    whole = max(1, round(length))
    return block_indices(n, whole, size, replicates, rng, circular=kind == "circular_block")


def row_shares(drawn: Indices, n: int) -> Floats:
    """Return how often each row was drawn, as a share; (replicates, size) -> (replicates, n).

    All that a mean, a variance or a correlation need of a replicate.
    """
    replicates, size = drawn.shape
    numbered = drawn + n * np.arange(replicates)[:, None]  # rows of different replicates apart
    counts = np.bincount(numbered.ravel(), minlength=replicates * n)
    return counts.reshape(replicates, n) / size


# --- weights and new values --------------------------------------------------------------------


def bayesian_weights(n: int, replicates: int, rng: np.random.Generator) -> Floats:
    """Return weights of the rows, shape (replicates, n); each replicate's sum to one.

    A flat Dirichlet is n exponential variates over their sum.
    """
    gaps = rng.standard_exponential((replicates, n))
    weights: Floats = gaps / gaps.sum(axis=1, keepdims=True)  # Eq. 5
    return weights


def covariance_root(data: Floats) -> tuple[Floats, Floats]:
    """Return mean (d,) and lower Cholesky factor (d, d) of the covariance of ``data`` (n, d).

    The factor is taken of the correlations, lifted by 1e-10, so that doubled columns have one too
    and the columns' units don't matter; a constant column, or a single row, gets zeros.
    """
    if len(data) < 2 or data.shape[1] == 0:
        return data.mean(axis=0), np.zeros((data.shape[1],) * 2)
    covariance = np.atleast_2d(np.cov(data, rowvar=False))
    scale = np.sqrt(np.diag(covariance))  # (d,)
    unit = np.where(scale > 0, scale, 1.0)
    correlation = covariance / np.outer(unit, unit) + 1e-10 * np.eye(len(scale))
    root = scale[:, None] * np.asarray(np.linalg.cholesky(correlation), dtype=np.float64)
    return data.mean(axis=0), root


def silverman_bandwidth(n: int, d: int) -> float:
    """Return Silverman's normal-reference bandwidth, in standard deviations."""
    return float((4.0 / ((d + 2.0) * n)) ** (1.0 / (d + 4.0)))


def smoothed(
    drawn: Floats, mean: Floats, root: Floats, bandwidth: float, rng: np.random.Generator
) -> Floats:
    """Return the drawn rows (..., d), each nudged by a normal of the data's own covariance."""
    nudge = rng.standard_normal(drawn.shape) @ root.T  # (..., d)
    shrink = np.sqrt(1.0 + bandwidth**2)  # keeps the variance: Var(x) + h^2 Var(x), over 1 + h^2
    moved: Floats = mean + (drawn - mean + bandwidth * nudge) / shrink  # Eq. 6
    return moved


def normal_rows(
    shape: tuple[int, ...], mean: Floats, root: Floats, rng: np.random.Generator
) -> Floats:
    """Return rows of the normal law with this mean (d,) and root (d, d); ``shape`` ends in d."""
    rows: Floats = mean + rng.standard_normal(shape) @ root.T  # Eq. 7
    return rows


# --- order statistics: the replicate's law is known, so no row need be drawn -------------------


def quantile_replicates(
    ordered: Floats, q: float, size: int, replicates: int, rng: np.random.Generator
) -> Floats:
    """Return bootstrap replicates of a quantile without drawing a single row.

    Draw i is row ceil(n U_i), U uniform; so the k-th smallest draw is row ceil(n U_(k)) of the
    *ordered* data, and the k-th smallest of m uniforms has a beta law.  Between two order
    statistics the quantile is linear, as in ``numpy.quantile``; given the k-th, the next one is
    the smallest of m - k uniforms on what is left of the interval.

    Parameters
    ----------
    ordered : float array, shape (n,)
        The data in ascending order.
    q : float in [0, 1]
    size : int
        Rows m in each replicate.

    Returns
    -------
    float array, shape (replicates,)
    """
    n = ordered.size
    position = (size - 1) * q  # of the quantile, counted from 0
    k = min(int(position), size - 1)
    fraction = position - k
    lower = rng.beta(k + 1, size - k, size=replicates)  # U_(k+1), Eq. 8
    value = ordered[np.clip(np.ceil(n * lower).astype(np.int64) - 1, 0, n - 1)]
    if fraction == 0:
        return value
    step = rng.beta(1, size - k - 1, size=replicates)  # the smallest of m - k - 1 uniforms
    upper = lower + (1.0 - lower) * step
    above = ordered[np.clip(np.ceil(n * upper).astype(np.int64) - 1, 0, n - 1)]
    return value + fraction * (above - value)


def chance_of_repeating_maximum(n: int, size: int) -> float:
    """Return P(the replicate's maximum is the sample's): one minus the chance to miss that row."""
    return float(1.0 - (1.0 - 1.0 / n) ** size)


# --- how long must a block be? -----------------------------------------------------------------


class BlockLength(NamedTuple):
    """Automatic (mean) block lengths, in rows: for stationary, and for circular/moving blocks."""

    stationary: float
    circular: float


def automatic_block_length(series: Floats) -> BlockLength:
    """Return the block lengths of Politis & White (2004) with the correction of 2009.

    The best block balances bias (blocks too short cut the dependence) against noise (too few
    blocks).  Both depend on the autocovariances R(k): G sums |k| R(k), D grows with the squared
    long-run variance; both are summed under a flat-top window up to the lag from which on the
    correlogram cannot be told from noise.

    Parameters
    ----------
    series : float array, shape (n,)
        In time order, n >= 8.

    Raises
    ------
    DataError
        If the series is too short or holds a value that is not finite.

    Notes
    -----
    The constants (c = 2, K_n = max(5, sqrt(log10 n)), the cap 3 sqrt(n)) are the authors'.  As
    in their programs, though not in their text, the window is twice the *first* insignificant lag.
    A constant series gets length 1.
    """
    x = np.asarray(series, dtype=np.float64)
    if x.ndim != 1 or x.size < 8 or not np.isfinite(x).all():
        raise DataError(
            f"series must be one-dimensional, finite and of at least 8 rows; got shape {x.shape} "
            f"with {int((~np.isfinite(x)).sum())} values not finite. Fill or drop the gaps, or "
            "give block_length as a number."
        )
    n = x.size
    x = x - x.mean()
    if not x.any():
        return BlockLength(1.0, 1.0)
    run = max(5, int(np.sqrt(np.log10(n))))  # K_n: so many insignificant lags in a row end it
    max_lag = min(int(np.ceil(np.sqrt(n))) + run, n - 2)
    correlation = np.array([_lag_correlation(x, k) for k in range(1, max_lag + 1)])
    significant = np.abs(correlation) > 2.0 * np.sqrt(np.log10(n) / n)
    window = min(2 * _first_quiet_lag(significant, run), max_lag)  # M
    lags = np.arange(-window, window + 1)
    taper = np.minimum(1.0, 2.0 * (1.0 - np.abs(lags) / window))  # flat top: 1, then down to 0
    covariance = np.array([float(x[k:] @ x[: n - k]) / n for k in range(window + 1)])
    tapered = taper * covariance[np.abs(lags)]
    g = float((np.abs(lags) * tapered).sum())
    long_run_variance = float(tapered.sum())
    cap = np.ceil(min(3.0 * np.sqrt(n), n / 3.0))
    lengths = []
    for d in (2.0 * long_run_variance**2, 4.0 / 3.0 * long_run_variance**2):  # 2009 correction
        best = np.cbrt(2.0 * g**2 / d * n) if d > 0 else cap  # Eq. 9
        lengths.append(float(np.clip(best, 1.0, cap)))
    return BlockLength(*lengths)


def checked_block_length(block_length: float | str | None, columns: Floats, kind: str) -> float:
    """Return the block length in rows; for None or 'auto' the longest over ``columns`` (n, d).

    Raises
    ------
    ParameterError
        If it is neither 'auto' nor a number from 1 to n.
    DataError
        If 'auto' is asked for and no column is numeric and complete.
    """
    n = len(columns)
    if block_length is None or block_length == "auto":
        if columns.shape[1] == 0:
            raise DataError(
                "data must have a numeric column for an automatic block length; got none. "
                "Give block_length as a number of rows."
            )
        lengths = [automatic_block_length(columns[:, j]) for j in range(columns.shape[1])]
        longest = max(b.stationary if kind == "stationary_block" else b.circular for b in lengths)
        return longest if kind == "stationary_block" else float(round(longest))
    is_number = isinstance(block_length, (int, float, np.number))
    if not is_number or isinstance(block_length, bool) or not 1 <= float(block_length) <= n:
        raise ParameterError(
            f"block_length must be 'auto' or a number of rows from 1 to {n}; got {block_length!r}. "
            "A block should be longer than the dependence lasts."
        )
    return float(block_length)


def _lag_correlation(x: Floats, k: int) -> float:
    """Return the correlation of the centred series with itself k rows later."""
    early, late = x[:-k], x[k:]
    scale = np.sqrt(float(early @ early) * float(late @ late))
    return float(early @ late) / scale if scale > 0 else 0.0


def _first_quiet_lag(significant: NDArray[np.bool_], run: int) -> int:
    """Return the lag that begins the first ``run`` insignificant lags in a row.

    ``significant[k - 1]`` belongs to lag k.  Without such a run it is the last significant lag.
    """
    quiet = 0
    for lag, is_significant in enumerate(significant, start=1):
        quiet = 0 if is_significant else quiet + 1
        if quiet == run:
            return lag - run + 1
    return int(np.flatnonzero(significant)[-1]) + 1 if significant.any() else 1
