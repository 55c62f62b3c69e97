"""One column as numbers or level codes, and back to its own dtype.

``NumberColumn`` reads a column as float64 positions (n,), counted from an origin in a unit,
and writes positions back: whole numbers, dates and decimals travel as 64-bit integers, so that
a cell that isn't moved comes back with all its digits.  ``LevelColumn`` reads level codes.

For the noise methods origin, unit and levels come from the data.  For differential privacy
they come from the user, or from ``public`` (which pays for them): nothing else may be read off
the column, so values outside the bounds are moved to them, and a level that is not listed becomes
one that is, drawn at random.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types as pdt

from synthkit.errors import DataError, ParameterError
from synthkit.tables import storage
from synthkit.tables.schema import ColumnSpec, missing_mask

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Wholes = NDArray[Any]  # int64 or uint64; object where 64 bits would overflow

# Sums of two whole numbers below this stay within int64; beyond it Python's integers are used.
SAFE_WHOLE = 2**62
DAYS = (date.min - date(1970, 1, 1)).days, (date.max - date(1970, 1, 1)).days
MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class NumberColumn:
    """A numeric or time column as positions: ``position = (value - origin) / unit``.

    Parameters
    ----------
    spec : ColumnSpec
    origin, unit : int or float
        In the column's own unit; for whole numbers, dates and decimals in their last digit.
    grid : int
        Whole numbers move in multiples of it.
    places : int
        Digits behind the point of a column of ``Decimal``.
    decimals : int or None
        Digits that floats are rounded to.
    """

    spec: ColumnSpec
    origin: Any
    unit: Any
    grid: int = 1
    places: int = 0
    decimals: int | None = None

    def read(self, column: pd.Series) -> tuple[Floats, Mask]:
        """Return positions (n,), NaN where missing, and the missing mask (n,)."""
        missing = missing_mask(column)
        positions = np.full(len(column), np.nan)
        present = column[~missing]
        if storage.is_ticks(self.spec):
            positions[~missing] = self._offsets(self._wholes(present)) / float(self.unit)
        else:
            positions[~missing] = (storage.to_floats(present) - self.origin) / self.unit
        return positions, missing

    def write(self, positions: Floats, missing: Mask) -> Any:
        """Return an array of the column's own dtype at these positions (n,)."""
        known = np.where(missing, 0.0, positions)
        if not storage.is_ticks(self.spec):
            return self._floats(self.origin + known * self.unit, missing)
        start = np.full(len(known), self.origin, dtype=_whole_type(self.origin))
        return self._from_wholes(self._moved(start, known), missing)

    def move(self, column: pd.Series, steps: Floats, missing: Mask) -> Any:
        """Return the column with each cell moved by ``steps`` (n,) positions; 0 is exact."""
        known = np.where(missing, 0.0, steps)
        if not storage.is_ticks(self.spec):
            values = np.where(missing, 0.0, storage.to_floats(column))
            moved = np.where(known == 0, values, self._rounded(values + known * self.unit))
            return storage.from_floats(moved, missing, self.spec)
        wholes = self._wholes(column[~missing])
        start = np.full(len(known), self.origin, dtype=wholes.dtype)
        start[~missing] = wholes
        return self._from_wholes(self._moved(start, known), missing)

    def _wholes(self, present: pd.Series) -> Wholes:
        return storage.to_wholes(present, self.spec, self.places)

    def _offsets(self, wholes: Wholes) -> Floats:
        """Whole numbers (n,) less the origin, exact before they become floats."""
        if _is_small(wholes, self.origin):
            return np.asarray(wholes.astype(np.int64) - self.origin, dtype=np.float64)
        return np.asarray(wholes.astype(object) - self.origin, dtype=np.float64)

    def _moved(self, start: Wholes, steps: Floats) -> Wholes:
        """Whole numbers (n,) after ``steps``, on the grid, within what the dtype can hold."""
        low, high = whole_limits(self.spec)
        jumps = np.rint(steps * (float(self.unit) / self.grid)) * self.grid
        if _is_small(start, jumps):
            moved = start.astype(np.int64) + jumps.astype(np.int64)
            return np.clip(moved, max(low, -(2**63)), min(high, 2**63 - 1))
        wide = [min(max(int(a) + int(b), low), high) for a, b in zip(start, jumps)]
        return np.array(wide, dtype=object)

    def _from_wholes(self, wholes: Wholes, missing: Mask) -> Any:
        base = min(int(wholes.min()), 0) if len(wholes) else 0
        ticks = (wholes.astype(object) - base).astype(np.uint64) if (
            wholes.dtype == object
        ) else wholes.astype(np.uint64) - np.uint64(base % 2**64)  # modulo 2^64: exact
        scale = storage.TickScale(base, 1, self.places)
        return storage.from_ticks(ticks, missing, self.spec, scale)

    def _floats(self, values: Floats, missing: Mask) -> Any:
        return storage.from_floats(self._rounded(values), missing, self.spec)

    def _rounded(self, values: Floats) -> Floats:
        small = getattr(self.spec.dtype, "itemsize", 8) < 8 and isinstance(
            self.spec.dtype, np.dtype
        )
        limit = float(np.finfo(self.spec.dtype if small else np.float64).max)
        values = np.clip(values, -limit, limit)
        return values if self.decimals is None else np.round(values, self.decimals)


def _whole_type(whole: int) -> Any:
    return np.int64 if whole < 2**63 else np.uint64


def _is_small(*values: Any) -> bool:
    """Tell whether sums of these stay within int64."""
    arrays = (np.atleast_1d(v) for v in values)
    return all(a.size == 0 or max(abs(float(a.min())), abs(float(a.max()))) < SAFE_WHOLE
               for a in arrays)


def whole_limits(spec: ColumnSpec) -> tuple[int, int]:
    """Return the least and the greatest whole number that the column's dtype can hold."""
    if spec.objects == "date":
        return DAYS
    if spec.objects in ("datetime", "datetime64"):
        return DAYS[0] * MICROSECONDS_A_DAY, (DAYS[1] + 1) * MICROSECONDS_A_DAY - 1
    dtype: Any = spec.dtype
    if isinstance(dtype, pd.SparseDtype):
        dtype = dtype.subtype
    if isinstance(dtype, pd.ArrowDtype):
        return _arrow_limits(dtype)
    dtype = getattr(dtype, "numpy_dtype", dtype)
    if isinstance(dtype, np.dtype) and dtype.kind in "iu":
        return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    return -(2**63) + 1, 2**63 - 1  # the very least one is NaT


def _arrow_limits(dtype: pd.ArrowDtype) -> tuple[int, int]:
    import pyarrow as pa

    kind = dtype.pyarrow_dtype
    if pa.types.is_integer(kind):
        info = np.iinfo(kind.to_pandas_dtype())
        return int(info.min), int(info.max)
    if pa.types.is_date32(kind):
        return DAYS
    return -(2**63) + 1, 2**63 - 1


def number_column(column: pd.Series, spec: ColumnSpec) -> NumberColumn:
    """Return the column counted from its least value in its own step (nothing is private here)."""
    present = column[~missing_mask(column)]
    if storage.is_ticks(spec):
        places = storage.decimal_places(present, spec)
        scale = storage.tick_scale(storage.to_wholes(present, spec, places), places)
        return NumberColumn(spec, scale.base, scale.step, scale.step, places)
    values = storage.to_floats(present)
    return NumberColumn(spec, 0.0, 1.0, decimals=storage.count_decimals(values, spec.dtype))


def bounded_column(
    spec: ColumnSpec, low: Any, high: Any, *, places: int = 0, decimals: int | None = None
) -> NumberColumn:
    """Return the column with position 0 at ``low`` and 1 at ``high``.

    Raises
    ------
    ParameterError
        If the bounds are not two values of the column's type, low < high.
    """
    try:
        if storage.is_ticks(spec):
            ends = storage.to_wholes(_like(spec, [low, high]), spec, places)
            start, stop = (int(end) for end in ends)
        else:
            start, stop = float(low), float(high)  # type: ignore[assignment]
    except (TypeError, ValueError, OverflowError) as error:
        raise _bounds_error(spec.name, (low, high)) from error
    if not start < stop or not np.isfinite([float(start), float(stop)]).all():
        raise _bounds_error(spec.name, (low, high))
    return NumberColumn(spec, start, stop - start, places=places, decimals=decimals)


def _bounds_error(name: Hashable, got: Any) -> ParameterError:
    return ParameterError(
        f"bounds of column {name!r} must be (low, high) with low < high, both finite and of the "
        f"column's type; got {got!r}. Give limits that anybody could know, such as (0, 120) for "
        "an age, and don't look them up in the data."
    )


def _like(spec: ColumnSpec, cells: Sequence[Any]) -> pd.Series:
    """Return these cells as a column of the same type (dates may be given as text)."""
    if spec.objects == "date":
        return pd.Series([pd.Timestamp(c).date() for c in cells], dtype=object)
    if spec.objects in ("datetime", "datetime64"):
        stamps = [datetime.fromisoformat(str(pd.Timestamp(c))) for c in cells]
        return pd.Series(stamps, dtype=object)
    column: pd.Series = pd.Series(list(cells), dtype=spec.dtype)
    return column


@dataclass(frozen=True)
class LevelColumn:
    """A category or boolean column as level codes 0 … K - 1."""

    spec: ColumnSpec
    levels: Any

    def __len__(self) -> int:
        return len(self.levels)

    def read(self, column: pd.Series, rng: np.random.Generator) -> tuple[Ints, Mask]:
        """Return codes (n,), 0 where missing, and the missing mask (n,).

        A level that isn't listed becomes a listed one, drawn row by row: a change of one row
        stays a change of one row.
        """
        missing = missing_mask(column)
        index = pd.Index(list(self.levels), dtype=object)
        codes = np.zeros(len(column), dtype=np.int64)
        found = index.get_indexer(pd.Index(list(column[~missing]), dtype=object))
        drawn = rng.integers(0, len(index), size=len(found))
        codes[~missing] = np.where(found < 0, drawn, found)
        return codes, missing

    def write(self, codes: Ints, missing: Mask) -> Any:
        """Return an array of the column's own dtype from codes 0 … K - 1 (n,)."""
        return storage.from_levels(codes, missing, self.spec, self.levels)


def level_column(column: pd.Series, spec: ColumnSpec) -> tuple[LevelColumn, Ints, Mask]:
    """Return the column's own levels, its codes (n,) and its missing mask (n,)."""
    codes, levels = storage.level_codes(column, spec)
    missing = codes < 0
    return LevelColumn(spec, levels), np.where(missing, 0, codes).astype(np.int64), missing


def listed_levels(spec: ColumnSpec, levels: Sequence[Any]) -> LevelColumn:
    """Return a column with the levels that the user lists.

    Raises
    ------
    ParameterError
        If there is none, one is listed twice, or the column's dtype can't hold one.
    """
    listed = list(levels)
    if not listed or len(set(listed)) != len(listed):
        raise ParameterError(
            f"categories of column {spec.name!r} must be at least one level, each once; "
            f"got {listed[:5]!r}. List the levels that anybody could know."
        )
    if isinstance(spec.dtype, pd.CategoricalDtype):
        lost = [level for level in listed if level not in spec.dtype.categories]
        if lost:
            raise DataError(
                f"categories of column {spec.name!r} must be among those of its dtype; got "
                f"{lost[:5]!r}. Add them with .cat.add_categories first."
            )
    try:
        cells = pd.Series(listed, dtype=spec.dtype)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"categories of column {spec.name!r} must be values of its dtype {spec.dtype}; "
            f"got {listed[:5]!r}. Use the table's own way of writing them."
        ) from error
    if isinstance(spec.dtype, np.dtype):
        array: Any = np.empty(len(listed), dtype=spec.dtype)
        array[:] = listed
        return LevelColumn(spec, array)
    return LevelColumn(spec, cells.array)


def is_number(spec: ColumnSpec) -> bool:
    """Tell whether noise can be added to the column."""
    return spec.kind in ("continuous", "integer", "datetime")


def is_levels(spec: ColumnSpec) -> bool:
    """Tell whether the column has levels that can be exchanged."""
    return spec.kind in ("category", "boolean")


def has_flags(spec: ColumnSpec) -> bool:
    """Tell whether the column is boolean by its dtype: its two levels are known to all."""
    return bool(pdt.is_bool_dtype(spec.dtype)) or spec.objects == "boolean"
