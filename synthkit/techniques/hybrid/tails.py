r"""Generalised Pareto tails: outliers beyond the largest one ever seen.

Whatever the distribution, its excesses over a high threshold t come close to a generalised
Pareto distribution (Pickands 1975).  It is fitted to the real excesses y = x − t and drawn
beyond them:

1. density: :math:`f(y) = \frac1\beta (1 + \xi y/\beta)^{-1/\xi - 1}`
2. quantile: :math:`y(p) = \frac\beta\xi\big((1-p)^{-\xi} - 1\big)`, and
   :math:`-\beta\log(1-p)` for ξ = 0
3. standard errors of k excesses: :math:`\text{SE}(\xi) = (1+\xi)/\sqrt k`,
   :math:`\text{SE}(\beta) = \beta\sqrt{2(1+\xi)/k}`
4. value at risk: :math:`x_q = t + y\big(1 - (1-q)/\bar F(t)\big)`

======  =============================================================
symbol  name
======  =============================================================
t       ``threshold``: the real table's quantile ``tail`` from the end
ξ       ``shape``: above 0 heavy tails, 0 exponential, below 0 bounded
β       ``scale``, in the column's unit
======  =============================================================

When it fails: few excesses make ξ a guess (look at its standard error), and a heavy tail
invents values without limit, also impossible ones.

References: Pickands (1975), Annals of Statistics 3; McNeil, Frey & Embrechts (2005),
Quantitative Risk Management, section 7.2.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from scipy import optimize

from synthkit.errors import DataError, ParameterError
from synthkit.tables import Schema
from synthkit.techniques.hybrid.columns import (
    chosen_numeric,
    decimals_of,
    read_numbers,
    write_numbers,
)
from synthkit.techniques.hybrid.ranks import ordered, rank_in
from synthkit.techniques.hybrid.refinement import Refinement

# Fewer excesses than this say too little about two parameters.
MIN_EXCESSES = 20
# Below this |ξ| the exponential formula keeps its digits.
NEARLY_ZERO = 1e-8


@dataclass(frozen=True)
class ParetoTail:
    """A fitted generalised Pareto tail above ``threshold``."""

    threshold: float
    shape: float
    scale: float
    shape_error: float
    scale_error: float
    excesses: float

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Return values at ranks p in [0, 1) within the tail."""
        return self.threshold + pareto_quantile(p, self.shape, self.scale)


def pareto_loglik(y: np.ndarray, shape: float, scale: float) -> float:
    """Log-likelihood of excesses y (k,) > 0; −∞ outside the support."""
    if scale <= 0:
        return -math.inf
    if abs(shape) < NEARLY_ZERO:
        return float(-len(y) * math.log(scale) - y.sum() / scale)
    inside = 1 + shape * y / scale
    if inside.min() <= 0:
        return -math.inf
    return float(-len(y) * math.log(scale) - (1 / shape + 1) * np.log(inside).sum())  # Eq. 1


def pareto_quantile(p: np.ndarray, shape: float, scale: float) -> np.ndarray:
    """Return excesses at ranks p in [0, 1)."""
    if abs(shape) < NEARLY_ZERO:
        return np.asarray(-scale * np.log1p(-p))
    return np.asarray(scale / shape * np.expm1(-shape * np.log1p(-p)))  # Eq. 2


def fit_pareto(x: np.ndarray, tail: float = 0.05) -> ParetoTail:
    """Fit the upper tail of values x (n,) by maximum likelihood.

    Parameters
    ----------
    x : ndarray of shape (n,)
        Real values; the largest ``tail`` of them are used.
    tail : float
        Share of the rows beyond the threshold, in (0, ½).

    Raises
    ------
    DataError
        With fewer than 20 excesses.
    """
    threshold = float(np.quantile(x, 1 - tail))
    y = x[x > threshold] - threshold
    if len(y) < MIN_EXCESSES:
        raise DataError(
            f"a tail must have at least {MIN_EXCESSES} excesses; got {len(y)} beyond "
            f"{threshold:g}. Pass more rows, or a larger share as tail=."
        )

    def loss(v: Any) -> float:
        return -pareto_loglik(y, float(v[1]), math.exp(float(v[0])))

    # The simplex method: two parameters, and no derivative at the edge of the support.
    found = optimize.fmin(loss, [math.log(y.mean()), 0.1], xtol=1e-7, ftol=1e-9, disp=False)
    scale, shape = math.exp(float(found[0])), float(found[1])
    k = len(y)
    spread = max(1 + shape, 0.0)
    return ParetoTail(
        threshold, shape, scale, spread / math.sqrt(k), scale * math.sqrt(2 * spread / k), k
    )  # Eq. 3


def value_at_risk(tail: ParetoTail, q: float, share_beyond: float) -> float:
    """Return the q-quantile of the whole distribution; ``share_beyond`` of it lies above t."""
    return float(tail.quantile(np.array([1 - (1 - q) / share_beyond]))[0])  # Eq. 4


class ParetoTails(Refinement):
    """Draw the extremes of numeric columns from fitted generalised Pareto tails.

    Parameters
    ----------
    columns : sequence of column names, optional
        Where absent: numeric columns with at least 20 distinct excesses.
    tail : float
        Share of the rows in each tail, in (0, ½).  The default of 5 % is the usual compromise:
        a smaller one leaves few excesses, a larger one is no tail.
    side : {'upper', 'lower', 'both'}

    Attributes
    ----------
    tails_ : dict of (column, side) to [threshold, ξ, β, SE(ξ), SE(β), excesses]
    """

    preserves: ClassVar[str] = "the order of the rows, and all values outside the tails"
    can_break: ClassVar[str] = "bounds: a heavy tail has no end; sums of columns"

    def __init__(
        self,
        *,
        columns: Sequence[Hashable] | None = None,
        tail: float = 0.05,
        side: Literal["upper", "lower", "both"] = "upper",
    ) -> None:
        self.columns = columns
        self.tail = tail
        self.side = side

    def fit(
        self,
        real: pd.DataFrame,
        reference: pd.DataFrame,
        schema: Schema,
        rng: np.random.Generator,
    ) -> None:
        """Fit each tail of the real table; keep the order of the arriving rows."""
        if not 0 < self.tail < 0.5:
            raise ParameterError(f"tail must be a share in (0, 0.5); got {self.tail!r}. Try 0.05.")
        if self.side not in ("upper", "lower", "both"):
            raise ParameterError(
                f"side must be 'upper', 'lower' or 'both'; got {self.side!r}. Choose one."
            )
        names = chosen_numeric("columns of ParetoTails", self.columns, real, schema)
        sides = ("lower", "upper") if self.side == "both" else (self.side,)
        self.tails_: dict[tuple[Hashable, str], list[float]] = {}
        for name in names:
            values = ordered(real[name])
            for side in sides:
                sign = 1.0 if side == "upper" else -1.0
                enough = len(np.unique(values)) * self.tail >= MIN_EXCESSES
                if enough or self.columns is not None:
                    fitted = fit_pareto(sign * values, self.tail)
                    self.tails_[name, side] = list(vars(fitted).values())
        tailed = dict.fromkeys(name for name, _ in self.tails_)
        self.reference_ = {name: ordered(reference[name]) for name in tailed}
        self.decimals_ = {name: decimals_of(real[name]) for name in tailed}

    def apply(self, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the table with new values in the tails, in the old order."""
        for (name, side), values in self.tails_.items():
            tail = ParetoTail(*values)
            sign = 1.0 if side == "upper" else -1.0
            x = sign * read_numbers(table[name])
            there = ~np.isnan(x)
            u = np.zeros(len(x))
            u[there] = rank_in(x[there], np.sort(sign * self.reference_[name]), rng)
            deep = u > 1 - self.tail
            x[deep] = tail.quantile(1 - (1 - u[deep]) / self.tail)
            table = write_numbers(table, name, sign * x, self.decimals_[name])
        return table

    def changes(self) -> tuple[Hashable, ...]:
        """Return the columns with a fitted tail."""
        return tuple(self.reference_)
