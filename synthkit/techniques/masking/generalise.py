"""Columns to coordinates for Mondrian, and boxes back to what is published.

A number or a date is its own coordinate; a category is the rank of its text.  A missing cell lies
just beyond the largest value, so that those who did not answer are grouped together first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.errors import DataError
from synthkit.techniques.masking.mondrian import Floats, Ints, Partition, mondrian
from synthkit.techniques.masking.plan import Plan

DASH = "–"
LISTED_LEVELS = 3  # an interval of more categories is written "first … last"


@dataclass(frozen=True)
class Axis:
    """How one column becomes a coordinate.

    ``kind`` is ``number``, ``time`` or ``level``; ``levels`` maps the text of a category to its
    rank; ``missing_at`` is the coordinate of a missing cell.
    """

    kind: str
    levels: dict[str, int]
    missing_at: float

    @classmethod
    def of(cls, column: pd.Series) -> Axis:
        """Learn the axis of a column."""
        kind = _kind_of(column)
        if kind == "level":
            texts = sorted({str(cell) for cell in column.dropna().unique()})
            return cls(kind, {text: rank for rank, text in enumerate(texts)}, float(len(texts)))
        x = _plain_coordinates(column, kind)
        known = x[~np.isnan(x)]
        if not len(known):
            return cls(kind, {}, 0.0)
        return cls(kind, {}, float(known.max() + max(1.0, 0.05 * (known.max() - known.min()))))

    def coordinates(self, column: pd.Series) -> Floats:
        """Return x (n,); a category that was not there at ``fit`` gets NaN."""
        missing = column.isna().to_numpy(dtype=bool)
        if self.kind == "level":
            codes, uniques = pd.factorize(column.astype(object))
            ranks = np.array([self.levels.get(str(u), np.nan) for u in uniques] + [np.nan])
            x = ranks[codes]
        else:
            x = _plain_coordinates(column, self.kind)
        return np.where(missing, self.missing_at, x)


def _kind_of(column: pd.Series) -> str:
    dtype = column.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "level"
    if pd.api.types.is_numeric_dtype(dtype) and not isinstance(dtype, pd.SparseDtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "time"
    present = column.dropna()
    if pd.api.types.is_object_dtype(dtype) and len(present) and isinstance(present.iloc[0], str):
        numbers = pd.to_numeric(present, errors="coerce")
        return "number" if numbers.notna().all() else "level"
    return "level"


def _plain_coordinates(column: pd.Series, kind: str) -> Floats:
    if kind == "time":
        column = column.dt.tz_convert(None) if getattr(column.dtype, "tz", None) else column
        seconds = column.to_numpy().astype("M8[s]").astype(np.int64).astype(np.float64)
        return np.where(column.isna(), np.nan, seconds)
    if pd.api.types.is_object_dtype(column.dtype):
        return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    return column.to_numpy(dtype=float, na_value=np.nan)


@dataclass(frozen=True)
class Generaliser:
    """Groups of at least k rows, and what is shown of each.

    ``shown`` has one array (boxes,) a column: the value published for every row of the box.
    """

    axes: dict[str, Axis]
    partition: Partition
    shown: dict[str, NDArray[Any]]
    homogeneous: float  # share of rows whose group has one sensitive value; NaN without one

    def boxes(self, table: pd.DataFrame) -> Ints:
        """Return the box (n,) of each row; -1 where a row lies in none."""
        x = np.column_stack([axis.coordinates(table[name]) for name, axis in self.axes.items()])
        box = self.partition.tree.assign(np.nan_to_num(x, nan=np.inf))
        low, high = self.partition.low[box], self.partition.high[box]
        inside = ((x >= low) & (x <= high)).all(axis=1)  # False for NaN, as it should be
        return np.where(inside, box, -1)

    def apply(self, table: pd.DataFrame) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
        """Return the published values of each column (n,), and which rows are suppressed."""
        box = self.boxes(table)
        cells = {name: values[box] for name, values in self.shown.items()}
        return cells, box < 0


def fit_generaliser(
    table: pd.DataFrame, plan: Plan, weights: NDArray[Any] | None = None
) -> Generaliser:
    """Group the rows of a table by its generalised columns.

    Parameters
    ----------
    table : DataFrame
        The generalised columns and the sensitive one; column labels are text.
    plan : Plan
    weights : array of int, shape (n,), optional
        How often each row occurs.

    Raises
    ------
    DataError
        Naming k and the columns, if there are fewer rows than k.
    """
    names = plan.generalised
    n = len(table) if weights is None else int(weights.sum())
    if n < plan.k:
        raise DataError(
            f"columns {', '.join(names)} must have at least k = {plan.k} rows to be grouped; got "
            f"{n}. Lower k, or give them action 'redact'."
        )
    axes = {name: Axis.of(table[name]) for name in names}
    x = np.column_stack([axis.coordinates(table[name]) for name, axis in axes.items()])
    secret = None
    if plan.sensitive:
        secret = Axis.of(table[plan.sensitive]).coordinates(table[plan.sensitive])
    partition = mondrian(
        x, plan.k, sensitive=secret, l=plan.l, t=plan.t, ordered=plan.ordered, weights=weights
    )
    counts = np.ones(len(x), dtype=np.int64) if weights is None else np.asarray(weights)
    shown = {}
    for j, name in enumerate(names):
        if plan.show == "interval":
            low, high = partition.low[:, j], partition.high[:, j]
            shown[name] = _intervals(axes[name], low, high)
        else:
            shown[name] = _typical(table[name], axes[name], x[:, j], partition.box, counts)
    return Generaliser(axes, partition, shown, _homogeneous(partition, secret, counts))


def _homogeneous(partition: Partition, secret: Floats | None, counts: Ints) -> float:
    if secret is None:
        return float("nan")
    least = np.full(len(partition.sizes), np.inf)
    most = np.full(len(partition.sizes), -np.inf)
    np.minimum.at(least, partition.box, secret)
    np.maximum.at(most, partition.box, secret)
    return float(counts[(least == most)[partition.box]].sum() / counts.sum())


def _typical(column: pd.Series, axis: Axis, x: Floats, box: Ints, counts: Ints) -> NDArray[Any]:
    """Return the middle row's value for each box; of a category, the most frequent one."""
    order = np.lexsort((x, box))
    if axis.kind == "level":
        runs = np.flatnonzero(np.r_[True, np.diff(box[order]) != 0, True] | np.r_[
            True, np.diff(x[order]) != 0, True])
        totals = np.add.reduceat(counts[order], runs[:-1])
        best = np.lexsort((-totals, box[order[runs[:-1]]]))  # the largest run of each box first
        first = np.r_[True, np.diff(box[order[runs[:-1]]][best]) != 0]
        rows = order[runs[:-1][best[first]]]
    else:
        reached = np.cumsum(counts[order])
        ends = np.r_[np.flatnonzero(np.diff(box[order])), len(order) - 1]
        before = np.r_[0, reached[ends[:-1]]]
        middle = before + (reached[ends] - before + 1) // 2
        rows = order[np.searchsorted(reached, middle)]
    values = column.astype(object).to_numpy()[rows]
    return np.array([*values, None], dtype=object)  # the last, index -1: for suppressed rows


def _intervals(axis: Axis, low: Floats, high: Floats) -> NDArray[Any]:
    """Text such as "23–45", "F", "A|B" for each box."""
    names = list(axis.levels)
    cells = [_interval(axis, names, a, b) for a, b in zip(low, high)]
    return np.array([*cells, None], dtype=object)


def _interval(axis: Axis, names: list[str], a: float, b: float) -> str:
    ends_missing = b == axis.missing_at
    if axis.kind == "level":
        inside = names[int(a) : int(b) + 1]
        text = "|".join(inside) if len(inside) <= LISTED_LEVELS else f"{inside[0]} … {inside[-1]}"
        if ends_missing:
            text = f"{text}|missing" if inside else "missing"
        return text
    if ends_missing and a == b:
        return "missing"
    if ends_missing:
        return f"{_text_of(a, axis)} or more, or missing"
    first, last = _text_of(a, axis), _text_of(b, axis)
    return first if first == last else f"{first}{DASH}{last}"


def _text_of(x: float, axis: Axis) -> str:
    if axis.kind == "time":
        return str(np.datetime64(int(x), "s").astype("M8[D]"))
    return f"{x:.10g}"
