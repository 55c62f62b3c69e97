r"""A guide table: where numbers of (0, 1) lie among sorted knots, without a search for each.

Cut the unit interval into $G$ equal cells and note for each border how many knots lie at or
below it.  A number falls into cell $\lfloor uG \rfloor$; where that cell holds one knot or none,
one comparison decides.  Only numbers in crowded cells are searched for.

A search among a thousand knots jumps about in them, unlike the next search; the processor can't
guess where.  Looking up a cell needs no guess, which saves most of the time.

Reference
---------
Chen & Asau, On generating random variates from an empirical distribution, AIIE Transactions 6
(1974), 163-166.
"""

from __future__ import annotations

import numpy as np

CELLS = 4096  # a power of two: multiplying by it is exact


class Guide:
    """Sorted knots with their guide table.

    Parameters
    ----------
    knots : ndarray (k,)
        Never falling, within 0 … 1.
    """

    def __init__(self, knots: np.ndarray) -> None:
        self.knots = np.append(knots, np.inf)  # so that there is always a next one
        borders = np.arange(CELLS + 1) / CELLS
        self.first = np.searchsorted(knots, borders, side="right").astype(np.int32)
        self.crowded = np.diff(self.first) > 1  # (CELLS,)

    def count(self, u: np.ndarray) -> np.ndarray:
        """Return how many knots lie at or below each u (n,) of 0 … 1: integers (n,).

        The same as ``np.searchsorted(knots, u, side="right")``.
        """
        cell = np.clip((u * CELLS).astype(np.int32), 0, CELLS - 1)
        found = self.first[cell]
        found += self.knots[found] <= u
        among_many = np.flatnonzero(self.crowded[cell])
        found[among_many] = np.searchsorted(self.knots, u[among_many], side="right")
        return found
