r"""Business rules with learned residuals: what is known, plus what the data add.

An expert knows that tax is about a fifth of income, or that an area goes with the square of a
radius; nobody knows the scatter around the rule.  So the rule gives the middle, the real
table the scatter:

1. sum rule: :math:`y = c \sum_j a_j x_j + r`
2. product rule: :math:`y = c \prod_j x_j^{a_j} \cdot e^{r}`
3. residual: the core's own residual, matched to the real ones by its rank
   (:mod:`~synthkit.techniques.hybrid.ranks`), so that it keeps its bonds with the other columns

When it fails: the margin of y becomes what the rule makes of x; a rule that is wrong stays
wrong in every row, with a scatter that hides it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthkit.errors import DataError, ParameterError
from synthkit.tables import Schema
from synthkit.techniques.hybrid.columns import (
    chosen_numeric,
    decimals_of,
    read_numbers,
    write_numbers,
)
from synthkit.techniques.hybrid.ranks import quantile_match
from synthkit.techniques.hybrid.refinement import Refinement


def sum_rule(table: pd.DataFrame, weights: Mapping[Any, float], factor: float) -> np.ndarray:
    """Return c Σ a_j x_j (n,)."""
    parts = [weight * read_numbers(table[name]) for name, weight in weights.items()]
    return np.asarray(factor * np.sum(parts, axis=0))  # Eq. 1


def product_rule(
    table: pd.DataFrame, powers: Mapping[Any, float], factor: float
) -> np.ndarray:
    """Return c Π x_j^a_j (n,); NaN where a factor isn't positive."""
    logs = np.full(len(table), math.log(factor))
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, power in powers.items():
            logs = logs + power * np.log(read_numbers(table[name]))
    return np.asarray(np.where(np.isfinite(logs), np.exp(logs), np.nan))  # Eq. 2


class BusinessRule(Refinement):
    """Compute a column from others by a rule, and add the real table's scatter around it.

    Parameters
    ----------
    column : column name
        The column that the rule gives.
    sums : dict of column to weight, optional
        For a rule such as tax = 0.2 · income: ``{"income": 0.2}``.
    product : dict of column to power, optional
        For a rule such as area = π · radius²: ``{"radius": 2}`` with ``factor=math.pi``.
    factor : float
        The constant c in front, above 0 for a product.

    Attributes
    ----------
    residual_ : ndarray of shape (n,)
        Sorted real residuals; ``reference_`` those of the arriving rows.
    """

    preserves: ClassVar[str] = "all columns but one; the rank of each residual"
    can_break: ClassVar[str] = "the margin of the computed column; its bonds outside the rule"

    def __init__(
        self,
        *,
        column: Hashable,
        sums: Mapping[Any, float] | None = None,
        product: Mapping[Any, float] | None = None,
        factor: float = 1.0,
    ) -> None:
        self.column = column
        self.sums = sums
        self.product = product
        self.factor = factor

    def fit(
        self,
        real: pd.DataFrame,
        reference: pd.DataFrame,
        schema: Schema,
        rng: np.random.Generator,
    ) -> None:
        """Learn the residuals of the real table, and those of the arriving rows."""
        if bool(self.sums) == bool(self.product):
            raise ParameterError(
                f"a rule for column {self.column!r} must be either sums or product; "
                f"got sums={self.sums!r} and product={self.product!r}. Give one of them."
            )
        if not math.isfinite(self.factor) or (self.product and self.factor <= 0):
            raise ParameterError(
                f"factor must be finite, and above 0 for a product; got {self.factor!r}."
            )
        others = list(self.sums or self.product or {})
        if self.column in others:
            raise ParameterError(
                f"a rule for column {self.column!r} must not use itself; got {others}. Remove it."
            )
        chosen_numeric("a rule", [self.column, *others], real, schema)
        self.decimals_ = decimals_of(real[self.column])
        self.residual_ = _sorted(self._residuals(real))
        self.reference_ = _sorted(self._residuals(reference))
        if not len(self.residual_) or not len(self.reference_):
            raise DataError(
                f"a rule for column {self.column!r} must have rows in which it can be computed; "
                "got none. A product needs positive values."
            )

    def apply(self, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the table with the computed column."""
        r = self._residuals(table)  # (n,), NaN where the rule can't be computed
        there = ~np.isnan(r)
        r[there] = quantile_match(r[there], self.reference_, self.residual_, rng)  # Eq. 3
        middle = self._middle(table)
        y = middle * np.exp(r) if self.product else middle + r
        return write_numbers(table, self.column, y, self.decimals_)

    def changes(self) -> tuple[Hashable, ...]:
        """Return the computed column."""
        return (self.column,)

    def _middle(self, table: pd.DataFrame) -> np.ndarray:
        if self.product:
            return product_rule(table, self.product, self.factor)
        return sum_rule(table, self.sums or {}, self.factor)

    def _residuals(self, table: pd.DataFrame) -> np.ndarray:
        """Return y − rule, or log(y / rule) for a product; NaN where it doesn't exist."""
        y, middle = read_numbers(table[self.column]), self._middle(table)
        if not self.product:
            return y - middle
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.log(y / middle)
        return np.asarray(np.where(np.isfinite(r), r, np.nan))


def _sorted(values: np.ndarray) -> np.ndarray:
    return np.sort(values[~np.isnan(values)])
