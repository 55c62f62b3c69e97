r"""Microaggregation: rows that are alike share one average.

MDAV ("maximum distance to average vector") makes groups of at least k rows in the
standardised space and replaces each row by its group's mean:

    1. c = mean of the rows that are left; r = the row furthest from c.
    2. s = the row furthest from r.
    3. r with its k - 1 nearest rows is a group; then s with its k - 1 nearest.
    4. Repeat while at least 3k rows are left.
    5. From 2k to 3k - 1 left: r with its k - 1 nearest is a group, the rest another.
       Fewer than 2k left: they are the last group.

So every group has k to 2k - 1 rows.  The price is the variance lost within groups:

    SSE / SST = sum_i |x_i - mean(group of i)|^2 / sum_i |x_i - mean|^2      (Eq. 1)

=========  =========================================================
symbol     name in the code
=========  =========================================================
k          ``min_size``
c          ``centre`` (d,)
r, s       ``first``, ``second``: positions among the rows left
=========  =========================================================

Where this differs from the paper: nothing but the arithmetic.  Rows that are left
are kept in the front of one array, so that a step costs 3 passes over them.

When it fails: means are exact, but variances shrink by Eq. 1 and a group whose rows
all share a sensitive value still gives that value away (as in k-anonymity).

References
----------
J. Domingo-Ferrer and J. M. Mateo-Sanz, "Practical data-oriented microaggregation
for statistical disclosure control", IEEE TKDE 14(1), 2002.
J. Domingo-Ferrer and V. Torra, "Ordinal, continuous and heterogeneous k-anonymity
through microaggregation", DMKD 11, 2005 (the generic MDAV used here).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def mdav(table: Floats, min_size: int) -> Ints:
    """Return each row's group, 0, 1, 2, …: groups of k to 2k - 1 similar rows.

    Parameters
    ----------
    table : ndarray (n, d)
        Already standardised: distance is Euclidean over the columns as they stand.
    min_size : int >= 1
        k.  With fewer than 2k rows there is one group.

    Returns
    -------
    ndarray (n,) of int64

    Examples
    --------
    >>> import numpy as np
    >>> mdav(np.array([[0.0], [0.1], [5.0], [5.1]]), 2).tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    True
    """
    n, _ = table.shape
    groups = np.zeros(n, dtype=np.int64)
    rows = np.arange(n)  # the original numbers of the rows that are left
    left = np.array(table, dtype=np.float64)  # their values, in the same order
    group = 0
    while len(rows) >= 3 * min_size:
        first = _furthest(left, left.mean(axis=0))
        seed, second_seed = left[first], left[_furthest(left, left[first])]
        for point in (seed, second_seed):
            rows, left, members = _cut_nearest(rows, left, point, min_size)
            groups[members] = group
            group += 1
    if len(rows) >= 2 * min_size:
        first = _furthest(left, left.mean(axis=0))
        rows, left, members = _cut_nearest(rows, left, left[first], min_size)
        groups[members] = group
        group += 1
    groups[rows] = group
    return groups


def _furthest(left: Floats, point: Floats) -> int:
    return int(np.argmax(_squared_distance(left, point)))


def _squared_distance(left: Floats, point: Floats) -> Floats:
    difference = left - point  # (m, d)
    distance: Floats = np.einsum("ij,ij->i", difference, difference)  # (m,)
    return distance


def _cut_nearest(
    rows: Ints, left: Floats, point: Floats, size: int
) -> tuple[Ints, Floats, Ints]:
    """Split off the ``size`` rows nearest to ``point``; return what is left and who went.

    The gaps are filled with rows from the end, so that a cut moves at most ``size`` rows.
    """
    m = len(rows)
    nearest = np.argpartition(_squared_distance(left, point), size - 1)[:size]
    members = rows[nearest]
    goes = np.zeros(m, dtype=bool)
    goes[nearest] = True
    gaps = nearest[nearest < m - size]
    fillers = np.arange(m - size, m)[~goes[m - size :]]
    rows[gaps], left[gaps] = rows[fillers], left[fillers]
    return rows[: m - size], left[: m - size], members


def microaggregate(table: Floats, groups: Ints) -> Floats:
    """Replace each row (n, d) by the mean of its group."""
    n_groups = int(groups.max()) + 1
    size = np.bincount(groups, minlength=n_groups)  # (g,)
    means = np.column_stack(
        [np.bincount(groups, weights=column, minlength=n_groups) / size for column in table.T]
    )  # (g, d)
    averaged: Floats = means[groups]  # (n, d)
    return averaged


def information_loss(original: Floats, released: Floats) -> float:
    """Return SSE / SST, the share of the variance that is gone (Eq. 1); 0 to 1 for MDAV."""
    lost = ((original - released) ** 2).sum()
    total = ((original - original.mean(axis=0)) ** 2).sum()
    return float(lost / total) if total > 0 else 0.0  # Eq. 1


def standardise(table: Floats) -> Floats:
    """Return columns with mean 0 and standard deviation 1 (constant columns become 0)."""
    scale = table.std(axis=0)
    unit: Floats = (table - table.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    return unit
