r"""Rank-preserving quantile match: the core keeps the order, the real column gives the values.

A core that knows how columns hang together often has the wrong margins: a normal
distribution in place of a skewed one, negative lengths, no repeated values.  Each value is
replaced by the real value of the same rank:

1. rank among the core's own rows: :math:`u = \hat F_\text{core}(x)`; a value that is repeated
   there covers an interval of ranks and gets a random one of it
2. real value of that rank: :math:`x' = \hat F_\text{real}^{-1}(u)`

The map is monotone, so that every rank correlation stays as it was.

When it fails: no value beyond the real minimum and maximum can appear
(:mod:`~synthkit.techniques.hybrid.tails` brings them back); sums of columns no longer add up.

Reference: Cannon et al. (2015), Bias correction by quantile mapping, Journal of Climate 28.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from synthkit.tables import Schema
from synthkit.techniques.hybrid.columns import (
    chosen_numeric,
    decimals_of,
    read_numbers,
    write_numbers,
)
from synthkit.techniques.hybrid.constraints import Constraint, Range
from synthkit.techniques.hybrid.refinement import Refinement


def rank_in(x: np.ndarray, reference: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the ranks u in (0, 1) of values x (n,) among sorted reference values (m,).

    Between two reference values the rank is interpolated.  A repeated value, and whatever lies
    beyond the largest or smallest one, draws its rank from the interval which that value covers.
    """
    m = len(reference)
    distinct, counts = np.unique(reference, return_counts=True)
    above = np.cumsum(counts)  # reference values up to and with each distinct one
    middle = (above - counts / 2) / m
    u = np.interp(x, distinct, middle)
    place = np.clip(np.searchsorted(distinct, x), 0, len(distinct) - 1)
    repeated = (distinct[place] == x) & (counts[place] > 1)
    beyond = (x > distinct[-1]) | (x < distinct[0])
    drawn = repeated | beyond
    low = (above[place] - counts[place]) / m
    spread = low + rng.random(len(x)) * counts[place] / m
    return np.clip(np.where(drawn, spread, u), 1e-12, 1 - 1e-12)  # Eq. 1


def quantile(u: np.ndarray, ordered: np.ndarray, steps: bool = False) -> np.ndarray:
    """Return the values (n,) at ranks u (n,) of sorted values (m,), interpolated or stepwise."""
    m = len(ordered)
    if steps:  # whole numbers: only values that were seen
        return np.asarray(ordered[np.minimum((u * m).astype(np.int64), m - 1)])
    return np.interp(u, (np.arange(m) + 0.5) / m, ordered)  # Eq. 2


def quantile_match(
    x: np.ndarray,
    reference: np.ndarray,
    target: np.ndarray,
    rng: np.random.Generator,
    *,
    steps: bool = False,
) -> np.ndarray:
    """Give values x (n,) the distribution of ``target`` (k,), keeping their order.

    Parameters
    ----------
    x : ndarray of shape (n,)
        Without NaN.
    reference : ndarray of shape (m,)
        Sorted values from the source of x: what is a high and what a low value there.
    target : ndarray of shape (k,)
        Sorted real values.
    rng : Generator
        Ranks of repeated values.
    steps : bool
        True for whole numbers.

    References
    ----------
    Cannon, Sobie & Murdock (2015), Journal of Climate 28, 6938-6959.
    """
    return quantile(rank_in(x, reference, rng), target, steps)


class QuantileMatch(Refinement):
    """Give numeric columns the real distribution, keeping the order of the rows.

    Parameters
    ----------
    columns : sequence of column names, optional
        All numeric columns where absent.

    Attributes
    ----------
    reference_, target_ : dict of column to ndarray
        Sorted values, of the rows that arrive and of the real table.
    """

    preserves: ClassVar[str] = "every rank correlation; missing values; other columns"
    can_break: ClassVar[str] = "sums and differences of columns; values beyond the real extremes"

    def __init__(self, *, columns: Sequence[Hashable] | None = None) -> None:
        self.columns = columns

    def fit(
        self,
        real: pd.DataFrame,
        reference: pd.DataFrame,
        schema: Schema,
        rng: np.random.Generator,
    ) -> None:
        """Keep the sorted values of both tables."""
        names = chosen_numeric("columns of QuantileMatch", self.columns, real, schema)
        self.reference_ = {name: ordered(reference[name]) for name in names}
        self.target_ = {name: ordered(real[name]) for name in names}
        self.decimals_ = {name: decimals_of(real[name]) for name in names}
        self.whole_ = {name: schema[name].kind == "integer" for name in names}

    def apply(self, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the table with matched columns."""
        for name, reference in self.reference_.items():
            x = read_numbers(table[name])
            there = ~np.isnan(x)
            if len(reference) and len(self.target_[name]):
                x[there] = quantile_match(
                    x[there], reference, self.target_[name], rng, steps=self.whole_[name]
                )
            table = write_numbers(table, name, x, self.decimals_[name])
        return table

    def changes(self) -> tuple[Hashable, ...]:
        """Return the matched columns."""
        return tuple(self.reference_)

    def constraints(self) -> tuple[Constraint, ...]:
        """No column becomes negative that never was."""
        return tuple(
            Range(name, low=0.0)
            for name, values in self.target_.items()
            if len(values) and values[0] >= 0
        )


def ordered(column: pd.Series) -> np.ndarray:
    """Return the present values of a column, sorted (m,)."""
    x = read_numbers(column)
    return np.sort(x[~np.isnan(x)])
