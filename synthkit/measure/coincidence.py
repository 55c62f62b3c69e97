r"""Coincidence: does a synthetic row agree with a person in more values than chance allows?

A distance adds up what differs.  A copy whose coarse columns were moved by one unit (a count of
visits, an age) lies far from its original, while its income is still right to the cent.  So ask
the other way round, for each column $j$ and a pair of a real row $x$ and a synthetic row $s$: how
many people are at least as close to $x$ as $s$ is?

$$p_j = P(|X_j - x_j| \le |s_j - x_j|) \tag{1}$$

(a category: the share of its level where both agree, else 1).  The score of a person is the
strongest agreement with any synthetic row, without the best column,

$$\max_s \Big[ \sum_j -\log p_j - \max_j(-\log p_j) \Big] \tag{2}$$

so that one repeated value says nothing: an independent shuffle repeats every one of them, and
nobody's record.

Two repeated values may still meet by chance where columns hang together: a copula that draws each
column's values from the real ones agrees exactly with members now and then, never with controls.
So every score is also taken with the **values handed on** (``hand_on``): each fine number goes to a
synthetic row next to it in rank.  That keeps the columns and how they hang together, and no record.
Only what the table itself shows beyond that is a copy.

When it fails: columns with few values agree by chance; such tables have no score.  Columns tied so
closely that a step of two ranks tears them apart look copied where their values repeat as well.

References
----------
Fisher's combination of p-values (1925); the columns are dependent, so the score isn't a p-value:
the attack compares members with controls.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthkit.measure.aligned import Aligned, AlignedColumn

# Synthetic rows are looked up by columns with at least so many values, by the nearest ones on
# either side, in at most so many columns.
MIN_VALUES = 50
LOOK_ASIDE = 3
LOOKUP_COLUMNS = 6
# Values are handed on in a ring of so many rows next to each other in rank: the fewest that leave
# each a choice of two, so that the dependence of columns is disturbed least.
RING = 3


def coincidence(tables: Aligned, tested: int, synthetic: int, reference: list[int]) -> np.ndarray:
    """Return the score (Eq. 2) of each row (n,) of table ``tested``; 0 where there is none."""
    n = tables.rows[tested]
    wide = [c for c in tables.columns if c.role == "numeric" and _distinct(c, synthetic)]
    wide = sorted(wide, key=lambda c: -c.size)[:LOOKUP_COLUMNS]
    if not wide or len(tables.columns) < 2:
        return np.zeros(n)
    pairs = np.hstack([_nearest_by(c, tested, synthetic) for c in wide])  # (n, candidates)
    total, best = np.zeros(pairs.shape), np.zeros(pairs.shape)
    for column in tables.columns:
        surprise = -np.log(_chance(column, tested, synthetic, pairs, reference))
        total += surprise
        np.maximum(best, surprise, out=best)
    return np.asarray((total - best).max(axis=1))  # Eq. 2


def _distinct(column: AlignedColumn, table: int) -> bool:
    codes = column.codes[table]
    return len(np.unique(codes[codes >= 0])) >= MIN_VALUES


def _nearest_by(column: AlignedColumn, tested: int, synthetic: int) -> np.ndarray:
    """Return the synthetic rows (n, 2 · LOOK_ASIDE) whose value in a column lies next to a row's.

    Codes are ranks, so no values are needed.  A missing value looks at the first ones, which tell
    nothing.
    """
    order = np.argsort(column.codes[synthetic], kind="stable")
    place = np.searchsorted(column.codes[synthetic][order], column.codes[tested])
    steps = np.arange(-LOOK_ASIDE, LOOK_ASIDE)
    return np.asarray(order[np.clip(place[:, None] + steps, 0, len(order) - 1)])


def _chance(
    column: AlignedColumn, tested: int, synthetic: int, pairs: np.ndarray, reference: list[int]
) -> np.ndarray:
    """Return p (n, candidates) of Eq. 1; never 0."""
    pooled = np.concatenate([column.codes[k] for k in reference])
    own, other = column.codes[tested][:, None], column.codes[synthetic][pairs]
    shares = np.bincount(pooled + 1, minlength=column.size + 1) / len(pooled)  # missing first
    least = 1 / len(pooled) ** 2
    if column.role == "category" or (pooled >= 0).sum() < 2:
        return np.where(own == other, np.maximum(shares[own + 1], least), 1.0)
    both = (own >= 0) & (other >= 0)
    values = np.append(column.values, 0.0)  # code −1 picks the last
    gap = np.abs(values[own] - values[other]) + _half_step(column)
    # Half of a value's rows count as below it; between values the share grows evenly.
    known = np.flatnonzero(shares[1:] > 0)
    below = np.cumsum(shares[1:][known]) - shares[1:][known] / 2
    x = values[own]
    within = np.interp(x + gap, column.values[known], below) - np.interp(
        x - gap, column.values[known], below
    )
    missing = np.where(own == other, max(float(shares[0]), least), 1.0)
    return np.where(both, np.maximum(within, least), missing)


def _half_step(column: AlignedColumn) -> float:
    """Half of the smallest step between two values: an equal one lies within it."""
    return float(np.diff(column.values).min()) / 2 if column.size > 1 else 0.0


def hand_on(tables: Aligned, table: int, rng: np.random.Generator) -> Aligned:
    """Return the tables with each number of one table handed to a row next to it in rank.

    A column's own values stay, and so does its rank in nearly every row; equal values stay where
    they are, so a coarse column hardly changes.
    """
    columns = [
        replace(c, codes=tuple(_ring(x, rng) if k == table else x for k, x in enumerate(c.codes)))
        if c.role == "numeric"
        else c
        for c in tables.columns
    ]
    return replace(tables, columns=tuple(columns))


def _ring(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn each ring of RING rows, neighbours in rank, by one or two places; missing ones stay."""
    order = np.lexsort((rng.random(len(codes)), codes))  # ties in random order
    order = order[codes[order] >= 0][rng.integers(RING) :]
    rings = order[: len(order) // RING * RING].reshape(-1, RING)  # (rings, RING)
    turn = rng.integers(1, RING, len(rings))
    places = (np.arange(RING) + turn[:, None]) % RING
    out = codes.copy()
    out[rings] = codes[np.take_along_axis(rings, places, axis=1)]
    return out
