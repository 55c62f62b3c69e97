r"""What must hold in every row, and whether it can hold at all.

1. a range: :math:`l \le x_j \le h`
2. an order: :math:`x_j \le x_k`
3. a linear equation: :math:`a^\top x = b`
4. totals: the share of each level of a column is known

Constraints contradict each other where no row can keep them all.  Ranges, orders and linear
equations make a linear programme; it is infeasible exactly then.  Leaving out one constraint
after the other, and keeping it out where the rest still contradicts itself, ends in the few
that cannot stand together (Chinneck & Dravnieks 1991, the deletion filter).

Reference: Chinneck & Dravnieks (1991), ORSA Journal on Computing 3.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import ParameterError
from synthkit.techniques.hybrid.columns import read_numbers

# A linear equation holds where it is off by at most this share of the sizes that it adds up.
ROUNDING = 1e-6
# Shares of a sampled table may be off by this many standard errors.
SIGMAS = 5.0


class Constraint:
    """Something that must hold in every row of a table."""

    @property
    def columns(self) -> tuple[Hashable, ...]:
        """The columns that it speaks of."""
        return ()

    @property
    def label(self) -> str:
        """The constraint in a few words, for reports and errors."""
        return type(self).__name__

    def broken(self, table: pd.DataFrame) -> np.ndarray:
        """Return a bool array (n,): the rows that break it.  Missing values break nothing."""
        return np.zeros(len(table), dtype=bool)

    def spec(self) -> list[Any]:
        """Return its name and its fields as plain data."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        return [type(self).__name__, values]


@dataclass(frozen=True)
class Range(Constraint):
    """``low <= column <= high``."""

    column: Hashable
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ParameterError(
                f"the range of column {self.column!r} must have low <= high; "
                f"got {self.low} and {self.high}. Swap them."
            )

    @property
    def columns(self) -> tuple[Hashable, ...]:
        """The one column."""
        return (self.column,)

    @property
    def label(self) -> str:
        """Such as '0 <= age <= 120'."""
        left = "" if math.isinf(self.low) else f"{self.low:g} <= "
        right = "" if math.isinf(self.high) else f" <= {self.high:g}"
        return f"{left}{self.column}{right}"

    def broken(self, table: pd.DataFrame) -> np.ndarray:
        """Rows outside the range."""
        x = read_numbers(table[self.column])
        return np.asarray((x < self.low) | (x > self.high))  # Eq. 1


@dataclass(frozen=True)
class Ordered(Constraint):
    """``lower <= upper``, row by row."""

    lower: Hashable
    upper: Hashable

    @property
    def columns(self) -> tuple[Hashable, ...]:
        """Both columns."""
        return (self.lower, self.upper)

    @property
    def label(self) -> str:
        """Such as 'start <= end'."""
        return f"{self.lower} <= {self.upper}"

    def broken(self, table: pd.DataFrame) -> np.ndarray:
        """Rows in the wrong order."""
        lower, upper = read_numbers(table[self.lower]), read_numbers(table[self.upper])
        return np.asarray(lower > upper)  # Eq. 2


@dataclass(frozen=True)
class Linear(Constraint):
    """``sum of weights[column] * column = total``, up to rounding."""

    weights: Mapping[Any, float]
    total: float = 0.0

    def __post_init__(self) -> None:
        numbers = [*self.weights.values(), self.total]
        if not any(self.weights.values()) or not all(math.isfinite(float(v)) for v in numbers):
            raise ParameterError(
                "a linear constraint must have finite weights, one of them not 0; "
                f"got {dict(self.weights)} and total {self.total}. "
                "Pass e.g. Linear({'net': 1, 'tax': 1, 'gross': -1})."
            )

    @property
    def columns(self) -> tuple[Hashable, ...]:
        """The columns of the equation."""
        return tuple(self.weights)

    @property
    def label(self) -> str:
        """Such as 'net + tax - gross = 0'."""
        text = ""
        for name, weight in self.weights.items():
            sign = " - " if weight < 0 else " + " if text else ""
            size = "" if abs(weight) == 1 else f"{abs(weight):g} "
            text += f"{sign if text else sign.strip()}{size}{name}"
        return f"{text} = {self.total:g}"

    def residual(self, table: pd.DataFrame) -> np.ndarray:
        """Return a·x − b (n,)."""
        terms = [weight * read_numbers(table[name]) for name, weight in self.weights.items()]
        return np.asarray(np.sum(terms, axis=0) - self.total)  # Eq. 3

    def broken(self, table: pd.DataFrame) -> np.ndarray:
        """Rows that miss the equation by more than rounding."""
        sizes = [abs(w) * np.abs(read_numbers(table[name])) for name, w in self.weights.items()]
        scale = np.sum(sizes, axis=0) + abs(self.total) + 1e-9
        return np.asarray(np.abs(self.residual(table)) > ROUNDING * scale)


@dataclass(frozen=True)
class Totals(Constraint):
    """The share of each level of a column; a property of the table, not of a row."""

    column: Hashable
    shares: Mapping[Any, float]

    @property
    def columns(self) -> tuple[Hashable, ...]:
        """The one column."""
        return (self.column,)

    @property
    def label(self) -> str:
        """Such as 'totals of sex'."""
        return f"totals of {self.column}"

    def gap(self, table: pd.DataFrame) -> float:
        """Return the largest |share − total| over the levels; 0 for an empty table."""
        column = table[self.column].astype(object)
        gaps = [abs(float((column == k).mean()) - p) for k, p in self.shares.items()]  # Eq. 4
        return max(gaps) if len(table) else 0.0

    def allowed_gap(self, n: int) -> float:
        """Return what sampling alone does to a share among n rows: 5 standard errors."""
        worst = max(p * (1 - p) for p in self.shares.values())
        return SIGMAS * math.sqrt(worst / max(n, 1)) + 1.0 / max(n, 1)


CONSTRAINTS: dict[str, type[Any]] = {c.__name__: c for c in (Range, Ordered, Linear, Totals)}


def broken_share(constraint: Constraint, table: pd.DataFrame) -> float:
    """Return the share of rows that break a constraint; for totals their gap beyond sampling."""
    if isinstance(constraint, Totals):
        gap = constraint.gap(table)
        return gap if gap > constraint.allowed_gap(len(table)) else 0.0
    return float(constraint.broken(table).mean()) if len(table) else 0.0


def contradiction(constraints: Sequence[Constraint]) -> list[Constraint]:
    """Return a smallest set of constraints that no row can keep together; [] if all can."""
    left = [c for c in constraints if not isinstance(c, Totals)]
    if _feasible(left):
        return []
    for candidate in list(left):  # the deletion filter
        without = [c for c in left if c is not candidate]
        if not _feasible(without):
            left = without
    return left


def _feasible(constraints: Sequence[Constraint]) -> bool:
    """Tell whether some row keeps them all: phase 1 of a linear programme."""
    from scipy.optimize import linprog

    names = list(dict.fromkeys(name for c in constraints for name in c.columns))
    if not names:
        return True
    low, high = np.full(len(names), -np.inf), np.full(len(names), np.inf)
    equal: list[tuple[np.ndarray, float]] = []
    below: list[np.ndarray] = []
    for c in constraints:
        row = np.zeros(len(names))
        if isinstance(c, Range):
            j = names.index(c.column)
            low[j], high[j] = max(low[j], c.low), min(high[j], c.high)
        elif isinstance(c, Linear):
            for name, weight in c.weights.items():
                row[names.index(name)] = weight
            equal.append((row, c.total))
        elif isinstance(c, Ordered):
            row[names.index(c.lower)], row[names.index(c.upper)] = 1.0, -1.0
            below.append(row)
    if (low > high).any():
        return False
    found = linprog(
        np.zeros(len(names)),
        A_ub=np.array(below) if below else None,
        b_ub=np.zeros(len(below)) if below else None,
        A_eq=np.array([row for row, _ in equal]) if equal else None,
        b_eq=np.array([total for _, total in equal]) if equal else None,
        bounds=list(zip(low, high)),
    )
    return bool(found.status != 2)  # 2: infeasible


def require_consistent(constraints: Sequence[Constraint]) -> None:
    """Raise ParameterError naming the constraints that contradict each other."""
    clash = contradiction(constraints)
    if clash:
        raise ParameterError(
            "constraints must be such that one row can keep them all; got a contradiction: "
            + "; ".join(c.label for c in clash)
            + ". Drop or change one of them."
        )
