"""TableEncoder: a table to ranks u in (0, 1) and integer codes, and back, exactly."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Union

import numpy as np
import pandas as pd
from scipy import special

from synthkit.errors import DataError, NotFittedError
from synthkit.rng import RandomState, as_generator
from synthkit.tables import storage
from synthkit.tables.guide import CELLS, Guide
from synthkit.tables.schema import ColumnSpec, Schema, missing_mask
from synthkit.tables.storage import Surrogates, TickScale

# A value is an atom (an interval of u of its own, never blurred) if it holds this share of the
# rows, at least three of them; or if the column repeats a few values only.
ATOM_SHARE = 0.01
ATOM_MIN_ROWS = 3
FEW_VALUES = 256
# A continuous stretch keeps this many of its order statistics, evenly spaced …
KNOTS = 1024
# … and all of the outermost ones, so that tails keep their shape.
TAIL_KNOTS = 64
# Beyond this width, a float64 fraction of a stretch can't name every tick: keep all knots.
EXACT_TICKS = 2**52
# Numeric stretches are cut into this many bins of equal mass for techniques that want codes.
BINS = 32
# A category with more levels than this gives its most frequent half of them a code each; the
# rest share bins of equal mass, so that a million levels need no million codes.
MAX_CODES = 256
FLOAT_MAX = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class RankLine:
    """A numeric column's quantile function: knots ``u`` (k,) against ``values`` (k,).

    ``values`` never falls; a flat piece is an atom.  Values are float64, or uint64 ticks with
    their ``scale``.  ``edges`` (m + 1,) cut the line into codes: atoms, and bins between them.
    """

    u: np.ndarray
    values: np.ndarray
    edges: np.ndarray
    decimals: int | None = None
    scale: TickScale | None = None

    def to_rank(self, x: np.ndarray) -> np.ndarray:
        """F(x): ranks (n,) of values (n,); the middle of the interval where x is an atom."""
        left = np.searchsorted(self.values, x, side="left")
        right = np.searchsorted(self.values, x, side="right")
        last = len(self.u) - 1
        known = right > left
        values, factor = self._halved_if_wide()
        low = np.where(known, left, np.clip(left - 1, 0, last))
        high = np.where(known, right - 1, np.clip(left, 0, last))
        gap = (values[high] - values[low]).astype(np.float64)
        x = x if factor == 1 else x / factor
        above = (np.maximum(x, values[low]) - values[low]).astype(np.float64)
        inside = np.divide(above, gap, out=np.full(len(x), 0.5), where=gap > 0)
        return self.u[low] + np.minimum(inside, 1.0) * (self.u[high] - self.u[low])

    def to_value(self, u: np.ndarray) -> np.ndarray:
        """Q(u): values (n,) at ranks (n,), linear between knots."""
        low = np.clip(self._knots_up_to(u) - 1, 0, max(len(self.u) - 2, 0))
        high = np.minimum(low + 1, len(self.u) - 1)
        width = self.u[high] - self.u[low]
        inside = np.divide(u - self.u[low], width, out=np.zeros(len(u)), where=width > 0)
        inside = np.clip(inside, 0.0, 1.0)
        values, factor = self._halved_if_wide()
        start, gap = values[low], values[high] - values[low]
        if self.scale is None:
            between = start + inside * gap if factor == 1 else factor * (start + inside * gap)
            return between if self.decimals is None else np.round(between, self.decimals)
        # float(gap) may round up to 2^64, which uint64 can't hold: stay just below.
        steps = np.minimum(np.rint(inside * gap.astype(np.float64)), np.nextafter(2.0**64, 0))
        return start + np.minimum(steps.astype(np.uint64), gap)

    def _knots_up_to(self, u: np.ndarray) -> np.ndarray:
        """Return how many knots lie at or below each u (n,); many of them are looked up."""
        if len(u) < CELLS or len(self.u) > CELLS:
            return np.searchsorted(self.u, u, side="right")
        return self._guide.count(u)

    @cached_property
    def _guide(self) -> Guide:
        return Guide(self.u)

    def _halved_if_wide(self) -> tuple[np.ndarray, float]:
        """Return values and what they were divided by: 2 where their span exceeds a float64."""
        if self.scale is None and self.values[-1] / 2 - self.values[0] / 2 > FLOAT_MAX / 2:
            return self.values / 2, 2.0
        return self.values, 1.0


@dataclass(frozen=True)
class LevelLine:
    """A category's levels on the line: level ``i`` covers ``borders[i] … borders[i + 1]``.

    ``edges`` are the borders that cut the line into codes: all of them, or fewer where there are
    very many levels.
    """

    levels: Any
    borders: np.ndarray
    edges: np.ndarray


@dataclass(frozen=True)
class Constant:
    """The one value of a constant column."""

    value: Any


Line = Union[RankLine, LevelLine, Surrogates, Constant]


class TableEncoder:
    """Table ↔ ranks u (n, d) in (0, 1), a missing mask (n, d), and integer codes (n, d).

    Identifiers and constants carry no information between rows: they are left out of the ``d``
    columns and made again by ``decode``.

    Parameters
    ----------
    schema : Schema, optional
        Inferred from the fitted table where absent.
    bins : int
        How many codes a continuous stretch gets.

    Attributes
    ----------
    columns : list
        The labels of the ``d`` encoded columns.
    cardinalities : ndarray of int, shape (d,)
        How many codes each has, the one for missing included.
    """

    def __init__(self, schema: Schema | None = None, bins: int = BINS) -> None:
        self.schema = schema
        self.bins = bins

    def fit(self, table: Any) -> TableEncoder:
        """Learn every column's line. Raises DataError as ``Schema.infer`` does."""
        schema = self.schema if self.schema is not None else Schema.infer(table)
        frame = schema.aligned(table)
        self.schema = schema
        self.lines: dict[Hashable, Line] = {
            spec.name: _fit_line(frame[spec.name], spec, self.bins) for spec in schema
        }
        self._index()
        return self

    def _index(self) -> None:
        """List the encoded columns and count their codes."""
        assert self.schema is not None
        self.specs = [
            s for s in self.schema if isinstance(self.lines[s.name], (RankLine, LevelLine))
        ]
        self.columns = [spec.name for spec in self.specs]
        sizes = [len(self._edges(s.name)) - 1 + s.has_missing for s in self.specs]
        self.cardinalities = np.array(sizes, dtype=np.int64)

    def _edges(self, name: Hashable) -> np.ndarray:
        line = self.lines[name]
        assert isinstance(line, (RankLine, LevelLine))
        return line.edges

    def _fitted_schema(self) -> Schema:
        if self.schema is None or not hasattr(self, "lines"):
            raise NotFittedError("the encoder must be fitted first. Call fit(table).")
        return self.schema

    def encode(self, table: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return ranks u (n, d) in (0, 1) and the missing mask (n, d); u is ½ where missing.

        Raises
        ------
        DataError
            A column is missing or extra, holds a category that was not there at ``fit``, or
            values of another type: it is named.
        """
        frame = self._fitted_schema().aligned(table)
        u = np.full((len(frame), len(self.columns)), 0.5)
        missing = np.zeros(u.shape, dtype=bool)
        for j, spec in enumerate(self.specs):
            column = frame[spec.name]
            missing[:, j] = missing_mask(column)
            there = ~missing[:, j]
            if there.any():
                u[there, j] = _ranks(column[there], spec, self.lines[spec.name])
        return u, missing

    def decode(
        self, u: np.ndarray, missing: np.ndarray | None = None, first_row: int = 0
    ) -> pd.DataFrame:
        """Return the table (n rows) at ranks u (n, d), with the fitted columns and dtypes.

        ``first_row`` counts identifiers on where a table is made in pieces.
        """
        schema = self._fitted_schema()
        if missing is None:
            missing = np.zeros(u.shape, dtype=bool)
        n, place = len(u), {name: j for j, name in enumerate(self.columns)}
        arrays: list[Any] = []
        for spec in schema:
            line = self.lines[spec.name]
            if isinstance(line, Constant):
                arrays.append(storage.constant_values(line.value, n, spec))
            elif isinstance(line, Surrogates):
                arrays.append(storage.surrogate_values(line, first_row, n, spec))
            else:
                j = place[spec.name]
                arrays.append(_cells(u[:, j], missing[:, j], spec, line))
        # A Series each, with its dtype: pandas would read objects such as datetimes as its own.
        series = (pd.Series(cells, dtype=spec.dtype) for cells, spec in zip(arrays, schema))
        frame = pd.DataFrame(dict(enumerate(series)), index=pd.RangeIndex(n))
        frame.columns = pd.Index(schema.names, dtype=_label_dtype(schema.names))
        return frame

    def with_identifiers(self, frame: pd.DataFrame, first_row: int) -> pd.DataFrame:
        """Return the table with the identifiers of rows ``first_row``, ``first_row + 1``, …"""
        fresh = {
            spec.name: storage.surrogate_values(line, first_row, len(frame), spec)
            for spec in self._fitted_schema()
            if isinstance(line := self.lines[spec.name], Surrogates)
        }
        frame = frame.copy(deep=False)
        for name, cells in fresh.items():
            frame[name] = pd.Series(cells, dtype=self._fitted_schema()[name].dtype)
        return frame

    def to_codes(self, u: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Return int32 codes (n, d): levels, atoms and bins; the last one stands for missing."""
        codes = np.empty(u.shape, dtype=np.int32)
        for j, spec in enumerate(self.specs):
            edges = self._edges(spec.name)
            inside = np.searchsorted(edges, u[:, j], side="right") - 1
            codes[:, j] = np.clip(inside, 0, len(edges) - 2)
            codes[missing[:, j], j] = len(edges) - 1
        return codes

    def from_codes(self, codes: np.ndarray, rng: RandomState) -> tuple[np.ndarray, np.ndarray]:
        """Return u (n, d), drawn evenly within each code's interval, and the missing mask."""
        fraction = as_generator(rng).random(codes.shape)
        u = np.empty(codes.shape)
        missing = np.zeros(codes.shape, dtype=bool)
        for j, spec in enumerate(self.specs):
            edges = self._edges(spec.name)
            missing[:, j] = codes[:, j] == len(edges) - 1
            code = np.where(missing[:, j], 0, codes[:, j])
            u[:, j] = edges[code] + fraction[:, j] * (edges[code + 1] - edges[code])
        return u, missing

    def interval(self, name: Hashable, value: Any) -> tuple[float, float]:
        """Return the piece of the line that ``value`` covers; both ends are equal for a point.

        Raises
        ------
        DataError
            If the column isn't encoded, or never held that category.
        """
        if name not in self.columns:
            raise DataError(
                f"given must name encoded columns; got {name!r}. They are {self.columns}."
            )
        spec, line = self._fitted_schema()[name], self.lines[name]
        cell = pd.Series([value], dtype=spec.dtype, name=name)
        if isinstance(line, LevelLine):
            code = _level_positions(cell, spec, line)[0]
            return float(line.borders[code]), float(line.borders[code + 1])
        assert isinstance(line, RankLine)
        x = _numbers(cell, spec, line)
        low, high = (np.searchsorted(line.values, x, side=side)[0] for side in ("left", "right"))
        if high - low >= 2:
            return float(line.u[low]), float(line.u[high - 1])
        rank = float(line.to_rank(x)[0])
        return rank, rank


def normal_scores(u: np.ndarray) -> np.ndarray:
    """Φ⁻¹(u), elementwise."""
    scores: np.ndarray = special.ndtri(u)
    return scores


def _label_dtype(names: list[Hashable]) -> Any:
    return (
        None
        if all(isinstance(n, str) for n in names)
        or all(isinstance(n, (int, np.integer)) for n in names)
        else object
    )


# --- fitting a line ---------------------------------------------------------------------------


def _fit_line(column: pd.Series, spec: ColumnSpec, bins: int) -> Line:
    present = column[column.notna()]
    if spec.kind == "constant":
        return Constant(present.iloc[0] if len(present) else None)
    if spec.kind == "identifier":
        return storage.plan_surrogates(column, spec)
    if spec.kind in ("category", "boolean"):
        return _fit_levels(column, spec)
    if storage.is_ticks(spec):
        places = storage.decimal_places(present, spec)
        wholes = storage.to_wholes(present, spec, places)
        scale = storage.tick_scale(wholes, places)
        return _fit_ranks(storage.to_ticks(wholes, scale), bins, scale=scale)
    values = storage.to_floats(present)
    return _fit_ranks(values, bins, decimals=storage.count_decimals(values, spec.dtype))


def _fit_levels(column: pd.Series, spec: ColumnSpec) -> LevelLine:
    """Levels side by side, the most frequent first (an ordered category keeps its order)."""
    codes, levels = storage.level_codes(column, spec)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    if not getattr(spec.dtype, "ordered", False):
        order = np.argsort(-counts, kind="stable")
        counts, levels = counts[order], levels[order]
    borders = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()])
    return LevelLine(levels, borders, _code_edges(borders))


def _code_edges(borders: np.ndarray) -> np.ndarray:
    """Choose which borders of the levels are borders of codes, too."""
    half = MAX_CODES // 2
    if len(borders) <= MAX_CODES + 1:
        return borders
    even = np.linspace(borders[half], 1.0, half + 1)
    rest = borders[np.searchsorted(borders, even).clip(max=len(borders) - 1)]
    return np.union1d(borders[: half + 1], rest)


def _fit_ranks(
    values: np.ndarray, bins: int, decimals: int | None = None, scale: TickScale | None = None
) -> RankLine:
    """Return the empirical quantile function of values (n,): atoms, and stretches between them."""
    n = len(values)
    distinct, counts = np.unique(values, return_counts=True)
    atom = counts >= max(ATOM_MIN_ROWS, ATOM_SHARE * n)
    if len(distinct) <= FEW_VALUES and len(distinct) <= n / 5:
        atom[:] = True
    keep_all = scale is not None and int(distinct[-1]) - int(distinct[0]) >= EXACT_TICKS
    below = np.concatenate([[0], np.cumsum(counts)])  # rows before each distinct value
    u: list[np.ndarray] = []
    knots: list[np.ndarray] = []
    edges: list[np.ndarray] = [np.zeros(1)]
    smooth_rows = counts[~atom].sum()
    for first, last in _pieces(atom):
        start, stop = below[first] / n, below[last] / n
        if atom[first]:
            u.append(np.array([start, stop]))
            knots.append(np.repeat(distinct[first : first + 1], 2))
            edges.append(np.array([stop]))
            continue
        ordered = np.repeat(distinct[first:last], counts[first:last])
        m = len(ordered)
        chosen = np.arange(m) if keep_all else _chosen_knots(m)
        inner = start + (stop - start) * (chosen + 0.5) / m
        u.append(np.concatenate([[start], inner, [stop]]))
        knots.append(np.concatenate([ordered[:1], ordered[chosen], ordered[-1:]]))
        cuts = max(1, min(m, round(bins * m / smooth_rows)))
        edges.append(start + (stop - start) * np.arange(1, cuts + 1) / cuts)
    return RankLine(
        np.concatenate(u), np.concatenate(knots), np.concatenate(edges), decimals, scale
    )


def _pieces(atom: np.ndarray) -> list[tuple[int, int]]:
    """Cut the distinct values into atoms (one each) and stretches: (first, last + 1) pairs."""
    borders = np.flatnonzero(atom | np.append(True, atom[:-1]))
    return list(zip(borders, np.append(borders[1:], len(atom))))


def _chosen_knots(m: int) -> np.ndarray:
    """Return indices of the order statistics that a stretch of m rows keeps."""
    if m <= KNOTS + 2 * TAIL_KNOTS:
        return np.arange(m)
    middle = np.linspace(0, m - 1, KNOTS).round().astype(np.int64)
    tails = np.concatenate([np.arange(TAIL_KNOTS), np.arange(m - TAIL_KNOTS, m)])
    return np.union1d(middle, tails)


# --- using a line -----------------------------------------------------------------------------


def _ranks(column: pd.Series, spec: ColumnSpec, line: Line) -> np.ndarray:
    if isinstance(line, LevelLine):
        code = _level_positions(column, spec, line)
        return (line.borders[code] + line.borders[code + 1]) / 2
    assert isinstance(line, RankLine)
    return line.to_rank(_numbers(column, spec, line))


def _numbers(column: pd.Series, spec: ColumnSpec, line: RankLine) -> np.ndarray:
    """Return the column's values (n,) as the line has them: floats or ticks."""
    try:
        if line.scale is None:
            return storage.to_floats(column)
        if column.dtype != spec.dtype:
            column = column.astype(spec.dtype)
        return storage.to_ticks(storage.to_wholes(column, spec, line.scale.places), line.scale)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"column {spec.name!r} must hold {spec.dtype} values as at fit; got {column.dtype} "
            f"({error}). Convert it first."
        ) from error


def _level_positions(column: pd.Series, spec: ColumnSpec, line: LevelLine) -> np.ndarray:
    """Positions (n,) of the column's values among the fitted levels."""
    codes, levels = storage.level_codes(column, spec)
    known = {_key(level): i for i, level in enumerate(line.levels)}
    place = np.array([known.get(_key(level), -1) for level in levels], dtype=np.int64)
    if (place < 0).any():
        stranger = levels[int((place < 0).argmax())]
        raise DataError(
            f"column {spec.name!r} must hold categories seen at fit; got {stranger!r}. "
            "Fit on a table that holds it, or map it to a known one."
        )
    return place[codes]


def _key(level: Any) -> tuple[str, Any]:
    return type(level).__name__, level


def _cells(u: np.ndarray, missing: np.ndarray, spec: ColumnSpec, line: Line) -> Any:
    if isinstance(line, LevelLine):
        code = np.searchsorted(line.borders, u, side="right") - 1
        code = np.clip(code, 0, len(line.levels) - 1)
        return storage.from_levels(code, missing, spec, line.levels)
    assert isinstance(line, RankLine)
    values = line.to_value(u)
    if line.scale is None:
        return storage.from_floats(values, missing, spec)
    return storage.from_ticks(values, missing, spec, line.scale)
