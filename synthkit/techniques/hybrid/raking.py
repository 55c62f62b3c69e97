r"""Raking: make known totals come true (iterative proportional fitting, IPF).

A census gives the true shares of each sex and of each region; the synthetic table has others.
The cells of the contingency table n are scaled to one margin after the other until all fit:

1. sweep: :math:`n_{ij} \leftarrow n_{ij}\, r_i / \sum_j n_{ij}`, then
   :math:`n_{ij} \leftarrow n_{ij}\, c_j / \sum_i n_{ij}`, …
2. weight of a row in cell (i, j): :math:`w_{ij} = n_{ij}^\text{raked} / n_{ij}`
3. a row stays with probability :math:`w / \max w`

Scaling rows and columns leaves every odds ratio of the table as it was (Deming & Stephan 1940):
how the columns hang together is the core's, how many there are is the census's.

When it fails: a cell without rows can't be scaled up, and totals that disagree with each other
can't all be met.

Reference: Deming & Stephan (1940), Annals of Mathematical Statistics 11.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthkit.errors import ParameterError
from synthkit.tables import Schema
from synthkit.techniques.hybrid.columns import require_columns
from synthkit.techniques.hybrid.constraints import Constraint, Totals
from synthkit.techniques.hybrid.refinement import Refinement

# A sweep that moves no cell by more than this share of the whole has arrived.
TOLERANCE = 1e-10
MAX_SWEEPS = 1000
# Totals count as met within this share.
MET = 1e-6


def rake(
    cells: np.ndarray, margins: Sequence[np.ndarray], max_sweeps: int = MAX_SWEEPS
) -> tuple[np.ndarray, int]:
    """Scale a table of counts to given margins.

    Parameters
    ----------
    cells : ndarray of shape (k_1, …, k_d)
        Counts, 0 or more.
    margins : sequence of d ndarrays of shape (k_j,)
        The totals of each axis; all have the same sum.
    max_sweeps : int

    Returns
    -------
    raked : ndarray of shape (k_1, …, k_d)
    sweeps : int
        How many were needed.

    References
    ----------
    Deming & Stephan (1940), Annals of Mathematical Statistics 11, 427-444.
    """
    raked = cells.astype(np.float64)
    for sweep in range(1, max_sweeps + 1):
        before = raked
        for axis, margin in enumerate(margins):
            others = tuple(a for a in range(raked.ndim) if a != axis)
            totals = raked.sum(axis=others)  # (k_axis,)
            factor = np.divide(margin, totals, out=np.zeros(len(margin)), where=totals > 0)
            shape = [-1 if a == axis else 1 for a in range(raked.ndim)]
            raked = raked * factor.reshape(shape)  # Eq. 1
        if np.abs(raked - before).max() <= TOLERANCE * max(raked.sum(), 1e-300):
            return raked, sweep
    return raked, max_sweeps


def margin_gaps(cells: np.ndarray, margins: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return margins of the cells minus the wanted ones, an array (k_j,) for each axis."""
    axes = range(cells.ndim)
    return [cells.sum(axis=tuple(a for a in axes if a != j)) - m for j, m in enumerate(margins)]


class Raking(Refinement):
    """Thin the rows so that the shares of some categories are the known ones.

    Parameters
    ----------
    totals : dict of column to dict of level to number
        Counts or shares, e.g. ``{"sex": {"F": 510, "M": 490}}``.  Every level that the table
        has must be listed; all columns must have the same grand total.

    Attributes
    ----------
    weights_ : ndarray of shape (levels of column 1, levels of column 2, …)
        Of a row in each cell; divided by its maximum it is the probability to stay.
    """

    preserves: ClassVar[str] = "every odds ratio of the raked columns; the rows within a cell"
    can_break: ClassVar[str] = "margins of columns that go along with the raked ones"

    def __init__(self, *, totals: Mapping[Any, Mapping[Any, float]]) -> None:
        self.totals = totals

    def fit(
        self,
        real: pd.DataFrame,
        reference: pd.DataFrame,
        schema: Schema,
        rng: np.random.Generator,
    ) -> None:
        """Rake the contingency table of the arriving rows. Raises ParameterError if it can't."""
        margins = self._checked_margins(real)
        counts = self._counts(reference)
        raked, _ = rake(counts, margins)
        self._require_met(counts, raked, margins)
        nothing = np.zeros_like(raked)
        self.weights_ = np.divide(raked, counts, out=nothing, where=counts > 0)  # Eq. 2

    def apply(self, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the rows that stay."""
        codes = self._codes(table)  # (n, d)
        known = (codes >= 0).all(axis=1)
        weight = np.where(known, self.weights_[tuple(codes.T)], 0.0)
        keep = rng.random(len(table)) * self.weights_.max() < weight  # Eq. 3
        return table[keep].reset_index(drop=True)

    def changes(self) -> tuple[Hashable, ...]:
        """Return the raked columns."""
        return tuple(self.totals)

    def constraints(self) -> tuple[Constraint, ...]:
        """Return the totals themselves, as shares."""
        return tuple(
            Totals(name, {k: v / sum(levels.values()) for k, v in levels.items()})
            for name, levels in self.totals.items()
        )

    def _checked_margins(self, real: pd.DataFrame) -> list[np.ndarray]:
        """Return the wanted shares of each axis, after checks that name column and level."""
        if not self.totals:
            raise ParameterError(
                "totals must name at least one column; got none. "
                "Pass e.g. Raking(totals={'sex': {'F': 510, 'M': 490}})."
            )
        require_columns("totals", list(self.totals), real)
        sums = {name: float(sum(levels.values())) for name, levels in self.totals.items()}
        for name, levels in self.totals.items():
            bad = {k: v for k, v in levels.items() if not 0 <= float(v) < float("inf")}
            if bad or sums[name] <= 0:
                raise ParameterError(
                    f"totals of column {name!r} must be 0 or more, and not all 0; "
                    f"got {bad or dict(levels)}. Count people, not changes."
                )
            unlisted = [k for k in real[name].dropna().unique() if k not in levels]
            if unlisted:
                raise ParameterError(
                    f"totals of column {name!r} must list every level; {unlisted[0]!r} is not "
                    "listed. Give it a total, 0 if there must be none."
                )
        first = next(iter(sums))
        odd = [name for name, total in sums.items() if abs(total / sums[first] - 1) > MET]
        if odd:
            raise ParameterError(
                f"totals can't be met: all columns must have the same grand total; got "
                f"{sums[first]:g} for {first!r} and {sums[odd[0]]:g} for {odd[0]!r}. "
                "Count the same people in both."
            )
        return [
            np.array([float(v) for v in levels.values()]) / sums[name]
            for name, levels in self.totals.items()
        ]

    def _codes(self, table: pd.DataFrame) -> np.ndarray:
        """Return the position of each row's level on each axis (n, d); −1 for none."""
        return np.column_stack([
            pd.Categorical(table[name].astype(object), categories=list(levels)).codes
            for name, levels in self.totals.items()
        ]).astype(np.int64)  # fmt: skip

    def _counts(self, table: pd.DataFrame) -> np.ndarray:
        """Return the contingency table (k_1, …, k_d) of the rows."""
        codes = self._codes(table)
        shape = tuple(len(levels) for levels in self.totals.values())
        known = codes[(codes >= 0).all(axis=1)]
        flat = np.ravel_multi_index(tuple(known.T), shape)
        return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)

    def _require_met(
        self, counts: np.ndarray, raked: np.ndarray, margins: list[np.ndarray]
    ) -> None:
        """Raise ParameterError naming the column and level whose total stays out of reach."""
        for (name, levels), gap, margin in zip(
            self.totals.items(), margin_gaps(raked, margins), margins
        ):
            worst = int(np.abs(gap).argmax())
            if abs(gap[worst]) > MET:
                level = list(levels)[worst]
                raise ParameterError(
                    f"totals can't be met: column {name!r} must reach a share of "
                    f"{margin[worst]:.4f} for {level!r}; at most {margin[worst] + gap[worst]:.4f} "
                    f"is possible, because the core made no rows in the cells it needs "
                    f"({int((counts == 0).sum())} empty cells). Merge levels, or lower the total."
                )
