r"""Projection: the nearest row in which the sums add up.

Linear rules such as net + tax = gross are equations Ax = b.  The nearest point that keeps
them, for each row x, is

1. :math:`x' = x - A^\top (AA^\top)^{-1}(Ax - b)`

In units of each column's spread s (so that a small column isn't bent to mend a large one), the
same with :math:`A\,\text{diag}(s)` in place of A.

When it fails: the values move, so that margins, bounds and whole numbers that were right may
not be any more; equations that contradict each other have no solution at all.

Reference: Boyd & Vandenberghe (2004), Convex Optimization, section 8.1.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pandas.api import types as pdt

from synthkit.errors import ParameterError
from synthkit.tables import Schema
from synthkit.techniques.hybrid.columns import chosen_numeric, read_numbers, write_numbers
from synthkit.techniques.hybrid.constraints import Constraint, Linear, require_consistent
from synthkit.techniques.hybrid.refinement import Refinement


def project(x: np.ndarray, A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the nearest points to x (n, d) with A x = b.

    Parameters
    ----------
    x : ndarray of shape (n, d)
    A : ndarray of shape (m, d)
        Repeated equations are harmless: the pseudo-inverse stands for the inverse.
    b : ndarray of shape (m,)

    References
    ----------
    Boyd & Vandenberghe (2004), Convex Optimization, section 8.1.
    """
    off = x @ A.T - b  # (n, m): by how much each equation is missed
    return np.asarray(x - off @ np.linalg.pinv(A @ A.T) @ A)  # Eq. 1


class LinearProjection(Refinement):
    """Move each row to the nearest one in which linear equations hold.

    Parameters
    ----------
    equations : sequence of dict of column to weight
        Each reads "the weighted sum is its total": ``{"net": 1, "tax": 1, "gross": -1}``.
    totals : sequence of float, optional
        Right-hand sides; all 0 where absent.

    Attributes
    ----------
    spread_ : ndarray of shape (d,)
        Standard deviation of each column: the unit in which near is measured.
    """

    preserves: ClassVar[str] = "the rest of the row; the equations hold to rounding"
    can_break: ClassVar[str] = "margins, bounds and rounding of the columns in the equations"

    def __init__(
        self,
        *,
        equations: Sequence[Mapping[Any, float]],
        totals: Sequence[float] | None = None,
    ) -> None:
        self.equations = equations
        self.totals = totals

    def fit(
        self,
        real: pd.DataFrame,
        reference: pd.DataFrame,
        schema: Schema,
        rng: np.random.Generator,
    ) -> None:
        """Check the equations, and measure the spread of their columns."""
        if not self.equations:
            raise ParameterError(
                "equations must hold at least one; got none. "
                "Pass e.g. LinearProjection(equations=[{'net': 1, 'tax': 1, 'gross': -1}])."
            )
        if self.totals is not None and len(self.totals) != len(self.equations):
            raise ParameterError(
                f"totals must be one for each of {len(self.equations)} equations; "
                f"got {len(self.totals)}. Leave them out if all are 0."
            )
        require_consistent(self.constraints())
        names = list(dict.fromkeys(name for row in self.equations for name in row))
        chosen_numeric("equations", names, real, schema)
        whole = [name for name in names if not pdt.is_float_dtype(real[name].dtype)]
        if whole:
            raise ParameterError(
                f"equations must be about float columns; column {whole[0]!r} is "
                f"{real[whole[0]].dtype}, which can't move by fractions. Convert it: "
                f"df.astype({{{whole[0]!r}: float}})."
            )
        spread = [float(np.nanstd(read_numbers(reference[name]))) for name in names]
        self.spread_ = np.array([s if s > 0 else 1.0 for s in spread])

    def apply(self, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the table with every row on the plane of the equations."""
        names, A, b = self._matrix()
        x = np.column_stack([read_numbers(table[name]) for name in names])  # (n, d)
        moved = project(x / self.spread_, A * self.spread_, b) * self.spread_
        for j, name in enumerate(names):  # a row with a missing value stays as it is
            table = write_numbers(table, name, moved[:, j])
        return table

    def changes(self) -> tuple[Hashable, ...]:
        """Return the columns of the equations."""
        return tuple(dict.fromkeys(name for row in self.equations for name in row))

    def constraints(self) -> tuple[Constraint, ...]:
        """Return the equations themselves."""
        totals: Any = self.totals if self.totals is not None else [0.0] * len(self.equations)
        return tuple(Linear(dict(row), total) for row, total in zip(self.equations, totals))

    def _matrix(self) -> tuple[list[Hashable], np.ndarray, np.ndarray]:
        """Return the columns (d), A (m, d) and b (m,)."""
        names = list(self.changes())
        A = np.array([[float(row.get(name, 0.0)) for name in names] for row in self.equations])
        totals: Any = self.totals if self.totals is not None else np.zeros(len(A))
        return names, A, np.asarray(totals, dtype=np.float64)
