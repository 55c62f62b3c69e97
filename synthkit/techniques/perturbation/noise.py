r"""Noise added to numbers: what it hides, and what it destroys.

Three releases Y of a numeric table X (n rows, d columns, mean mu, covariance S).
One dial c is shared by all three: the variance of the noise as a multiple of the
variance of the data, so that c = 0.25 means noise with half the standard deviation.

Additive noise, independent in each column (noise variance c S_jj):

    Y = X + E,                       E_j ~ N(0, c S_jj)                      (Eq. 1)

    Var(Y_j) = (1 + c) Var(X_j)      Corr(Y) = Corr(X) / (1 + c)             (Eq. 2)

Multiplicative noise, with mean one, so that large values move more than small ones:

    Y = X * exp(s Z - s^2/2),        Z ~ N(0, 1),   s^2 = log(1 + c)         (Eq. 3)

Covariance-preserving noise (Kim 1986): the noise has the shape of the data, and the
sum is shrunk back, so that mean and covariance are those of X in expectation:

    Y = mu + (X - mu + E) / sqrt(1 + c),   E ~ N(0, c S)                     (Eq. 4)

=========  =================================================
symbol     name in the code
=========  =================================================
X, Y       ``table``, the returned array, both (n, d)
c          ``noise_ratio``
S          ``covariance`` (d, d)
Z, E       ``standard``, ``noise``, both (n, d)
=========  =================================================

Where this differs from the paper: Kim also proposes a correction for subpopulations;
we leave it out.  S is the sample covariance (divisor n - 1).

When it fails: Eq. 2 flattens every correlation by 1 / (1 + c).  Eq. 4 repairs that,
but an attacker who measures distance in the metric of S re-links far more rows than
the usual Euclidean check admits (see ``attacks.linkage_rate``).

References
----------
J. Kim, "A method for limiting disclosure in microdata based on random noise and
transformation", ASA Section on Survey Research Methods, 1986.
R. Brand, "Microdata protection through noise addition", LNCS 2316, 2002.
J. Kim and W. Winkler, "Multiplicative noise for masking continuous data", 2003.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def additive_noise(
    table: Floats,
    noise_ratio: float,
    rng: np.random.Generator,
    *,
    deviation: Floats | None = None,
) -> Floats:
    """Add independent normal noise to each column (Eq. 1).

    Parameters
    ----------
    table : ndarray (n, d)
        Numbers in any unit; the noise has the unit of its column.
    noise_ratio : float >= 0
        c: the variance of the noise over the variance of the column.
    rng : numpy.random.Generator
    deviation : ndarray (d,), optional
        The columns' standard deviations; by default those of ``table``.

    Returns
    -------
    ndarray (n, d)

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(6.0).reshape(3, 2)
    >>> bool((additive_noise(x, 0.0, np.random.default_rng(0)) == x).all())
    True
    """
    n, d = table.shape
    spread = table.std(axis=0) if deviation is None else deviation  # (d,)
    scale = np.sqrt(noise_ratio) * spread
    standard = rng.standard_normal((n, d))
    released: Floats = table + scale * standard  # Eq. 1
    return released


def multiplicative_noise(table: Floats, noise_ratio: float, rng: np.random.Generator) -> Floats:
    """Multiply each number by lognormal noise with mean one and variance c (Eq. 3).

    Zero stays zero and signs are kept, so columns such as incomes stay possible.
    """
    n, d = table.shape
    log_sd = np.sqrt(np.log1p(noise_ratio))  # s, because Var(exp(sZ - s^2/2)) = exp(s^2) - 1 = c
    standard = rng.standard_normal((n, d))
    released: Floats = table * np.exp(log_sd * standard - log_sd**2 / 2)  # Eq. 3
    return released


def kim_noise(
    table: Floats,
    noise_ratio: float,
    rng: np.random.Generator,
    *,
    mean: Floats | None = None,
    covariance: Floats | None = None,
) -> Floats:
    """Add noise shaped like the data and shrink back: Kim's method (Eq. 4).

    Parameters
    ----------
    table : ndarray (n, d)
    noise_ratio : float >= 0
        c: the covariance of the noise is c times the covariance of the data.
    rng : numpy.random.Generator
    mean : ndarray (d,), optional
    covariance : ndarray (d, d), optional
        mu and S; by default those of ``table`` (n >= 2 rows).

    Returns
    -------
    ndarray (n, d)
    """
    n, d = table.shape
    centre = table.mean(axis=0) if mean is None else mean  # (d,)
    spread = sample_covariance(table) if covariance is None else covariance  # (d, d)
    standard = rng.standard_normal((n, d))
    noise = np.sqrt(noise_ratio) * standard @ matrix_root(spread).T  # (n, d), covariance c S
    released: Floats = centre + (table - centre + noise) / np.sqrt(1 + noise_ratio)  # Eq. 4
    return released


def sample_covariance(table: Floats) -> Floats:
    """Return the covariance (d, d) with divisor n - 1; zeros for a single row."""
    n, d = table.shape
    if n < 2:
        return np.zeros((d, d))
    return np.atleast_2d(np.cov(table, rowvar=False))


def matrix_root(covariance: Floats) -> Floats:
    """Return A (d, d) with A A' = covariance, also where the covariance is singular.

    Eigenvectors rather than Cholesky: a column that is a sum of others makes S singular,
    which Cholesky refuses and which this factor simply follows (no noise off the plane).
    Columns are scaled to unit variance first, so that a column in millions and one in
    thousandths keep the same number of digits.
    """
    scale = np.sqrt(np.diag(covariance))  # (d,)
    unit = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(unit, unit))
    root: Floats = unit[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))  # (d, d)
    return root


def attenuated_correlation(correlation: Floats | float, noise_ratio: float) -> Floats | float:
    """Return the correlation that is left after additive noise (Eq. 2)."""
    return correlation / (1 + noise_ratio)  # Eq. 2


def correlation_error(original: Floats, released: Floats) -> float:
    """Return the mean absolute difference of all pairwise correlations (no unit).

    Constant columns have no correlation and are left out; NaN where no pair is left.
    """
    moves = (original.std(axis=0) > 0) & (released.std(axis=0) > 0)
    if moves.sum() < 2:
        return float("nan")
    above = np.triu_indices(int(moves.sum()), 1)
    before = np.atleast_2d(np.corrcoef(original[:, moves], rowvar=False))[above]
    after = np.atleast_2d(np.corrcoef(released[:, moves], rowvar=False))[above]
    return float(np.abs(before - after).mean())
