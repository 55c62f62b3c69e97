"""Columns as exact numbers, and back to the dtype they came with.

A numeric column is carried by one of two arrays, so that nothing is lost on the way:

- **floats** (float64), with the number of decimals that the column really uses;
- **ticks** (uint64): whole numbers, dates, times and decimals, counted from the
  smallest value in units of the largest step that divides them all.  A date is
  then a small count of days, and 2^60 + 1 stays 2^60 + 1.

Everything else (categories, booleans, text) is carried by the integer code of its level.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types as pdt

from synthkit.errors import DataError
from synthkit.tables.schema import ColumnSpec, distinct_keys

# More digits than this are taken for the noise of binary fractions, not for rounding.
MAX_DECIMALS = 12


def is_ticks(spec: ColumnSpec) -> bool:
    """Tell whether a numeric column is carried by ticks (True) or by floats (False)."""
    if spec.objects:
        return spec.objects not in ("floating", "mixed-integer-float")
    if isinstance(spec.dtype, pd.ArrowDtype):
        return not pdt.is_float_dtype(spec.dtype)
    return not pdt.is_float_dtype(spec.dtype)


# --- floats -----------------------------------------------------------------------------------


def to_floats(column: pd.Series) -> np.ndarray:
    """Return float64 values (n,); NaN where missing."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def count_decimals(values: np.ndarray, dtype: Any) -> int | None:
    """Return the fewest decimals that write every value exactly; None if more than twelve."""
    exact = np.float32 if getattr(dtype, "itemsize", 8) <= 4 else np.float64
    sample = values[:1000]
    for decimals in range(MAX_DECIMALS + 1):
        if all((np.round(x, decimals).astype(exact) == x).all() for x in (sample, values)):
            return decimals
    return None


def from_floats(values: np.ndarray, missing: np.ndarray, spec: ColumnSpec) -> Any:
    """Return an array of the column's own dtype from float64 values (n,)."""
    values = np.where(missing, np.nan, values)
    dtype = spec.dtype
    if spec.objects:
        return _with_missing(values.astype(object), missing, spec)
    if isinstance(dtype, np.dtype):
        return values.astype(dtype)
    if isinstance(dtype, pd.SparseDtype):
        return pd.arrays.SparseArray(values.astype(dtype.subtype), dtype=dtype)
    return _masked(values, missing, dtype)


# --- ticks ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TickScale:
    """Ticks count from ``base`` in steps of ``step``; a decimal is a whole number × 10^-places."""

    base: int
    step: int
    places: int = 0


def to_wholes(column: pd.Series, spec: ColumnSpec, places: int = 0) -> np.ndarray:
    """Return int64 or uint64 whole numbers (n,) of a column without missing values."""
    values, dtype = column.array, column.dtype
    if spec.objects == "decimal" or "decimal" in str(dtype):
        return _small_ints([int(Decimal(cell).scaleb(places)) for cell in values], spec.name)
    if spec.objects == "date":
        return np.array(list(values), dtype="M8[D]").astype(np.int64)
    if spec.objects in ("datetime", "datetime64"):
        return np.array([_naive(cell) for cell in values], dtype="M8[us]").astype(np.int64)
    if spec.objects == "timedelta":
        return np.array(list(values), dtype="m8[us]").astype(np.int64)
    if spec.objects == "integer":
        return _small_ints([int(cell) for cell in values], spec.name)
    if isinstance(dtype, pd.ArrowDtype):
        return _arrow_wholes(values)
    if hasattr(values, "asi8"):  # datetime, timedelta, period
        return np.asarray(values.asi8)
    subtype = dtype.subtype if isinstance(dtype, pd.SparseDtype) else dtype
    unsigned = pdt.is_unsigned_integer_dtype(subtype)
    return column.to_numpy(dtype=np.uint64 if unsigned else np.int64)


def decimal_places(column: pd.Series, spec: ColumnSpec) -> int:
    """Return how many digits behind the point a column of ``Decimal`` uses (0 for others)."""
    if spec.objects != "decimal" and "decimal" not in str(column.dtype):
        return 0
    return max(0, *(-int(Decimal(cell).as_tuple().exponent) for cell in column.array))


def tick_scale(wholes: np.ndarray, places: int) -> TickScale:
    """Return the smallest value and the greatest common step of whole numbers (n,)."""
    base = int(wholes.min())
    offsets = _offsets(wholes, base)
    return TickScale(base, max(1, int(np.gcd.reduce(offsets))), places)


def to_ticks(wholes: np.ndarray, scale: TickScale) -> np.ndarray:
    """Return uint64 ticks (n,); values below the base come out as 0."""
    below = wholes < scale.base
    ticks: np.ndarray = _offsets(wholes, scale.base) // np.uint64(scale.step)
    return np.where(below, np.uint64(0), ticks)


def _offsets(wholes: np.ndarray, base: int) -> np.ndarray:
    """Return x − base as uint64: modulo 2^64 that is exact even where int64 would overflow."""
    return wholes.astype(np.uint64) - np.uint64(base % 2**64)


def from_ticks(ticks: np.ndarray, missing: np.ndarray, spec: ColumnSpec, scale: TickScale) -> Any:
    """Return an array of the column's own dtype from uint64 ticks (n,)."""
    wholes = ticks * np.uint64(scale.step) + np.uint64(scale.base % 2**64)  # modulo 2^64
    dtype: Any = spec.dtype
    if spec.objects:
        cells = _object_cells(wholes, spec, scale)
        return _with_missing(cells, missing, spec)
    if isinstance(dtype, pd.ArrowDtype):
        return _from_arrow_wholes(wholes, missing, dtype, scale)
    signed = wholes.astype(np.int64)
    if isinstance(dtype, pd.PeriodDtype):
        signed[missing] = np.iinfo(np.int64).min  # NaT
        return pd.PeriodIndex(pd.arrays.PeriodArray(signed, dtype=dtype)).array
    if isinstance(dtype, pd.DatetimeTZDtype):
        signed[missing] = np.iinfo(np.int64).min
        utc = pd.DatetimeIndex(signed.view(f"M8[{dtype.unit}]")).tz_localize("UTC")
        return utc.tz_convert(dtype.tz).array
    if pdt.is_datetime64_dtype(dtype) or pdt.is_timedelta64_dtype(dtype):
        signed[missing] = np.iinfo(np.int64).min
        return signed.view(dtype)
    if isinstance(dtype, pd.SparseDtype):
        return pd.arrays.SparseArray(wholes.astype(dtype.subtype), dtype=dtype)
    if isinstance(dtype, np.dtype):
        return wholes.astype(dtype)
    return _masked(wholes.astype(dtype.numpy_dtype), missing, dtype)


def _object_cells(wholes: np.ndarray, spec: ColumnSpec, scale: TickScale) -> np.ndarray:
    """Python objects (n,) from whole numbers modulo 2^64."""
    signed = wholes.astype(np.int64)
    if spec.objects == "decimal":
        cells: list[Any] = [Decimal(int(w)).scaleb(-scale.places) for w in signed]
    elif spec.objects == "date":
        return signed.view("M8[D]").astype(object)
    elif spec.objects in ("datetime", "datetime64"):
        return signed.view("M8[us]").astype(object)
    elif spec.objects == "timedelta":
        return signed.view("m8[us]").astype(object)
    else:
        cells = [int(w) for w in (wholes if scale.base >= 0 else signed)]
    out = np.empty(len(cells), dtype=object)
    out[:] = cells
    return out


def _small_ints(cells: list[int], name: Hashable) -> np.ndarray:
    if min(cells) >= 0 and max(cells) >= 2**63:
        kind, limit = "u8", 2**64
    else:
        kind, limit = "i8", 2**63
    worst = max(cells, key=abs)
    if not -(2**63) <= min(cells) or not max(cells) < limit:
        raise DataError(
            f"column {name!r} must fit 64 bits with all its digits; got {worst} (in the last "
            "digit's units). Round it, or declare the column a category."
        )
    return np.array(cells, dtype=kind)


def _naive(cell: Any) -> np.datetime64:
    return np.datetime64(cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell, "us")


def _arrow_wholes(values: Any) -> np.ndarray:
    import pyarrow as pa

    array = values.__arrow_array__()
    if pa.types.is_date32(array.type) or pa.types.is_time32(array.type):
        array = array.cast(pa.int32())
    kind = pa.uint64() if pa.types.is_unsigned_integer(array.type) else pa.int64()
    return np.asarray(array.cast(kind).to_numpy(zero_copy_only=False))


def _from_arrow_wholes(
    wholes: np.ndarray, missing: np.ndarray, dtype: pd.ArrowDtype, scale: TickScale
) -> Any:
    import pyarrow as pa

    kind = dtype.pyarrow_dtype
    if pa.types.is_decimal(kind):
        cells = [Decimal(int(w)).scaleb(-scale.places) for w in wholes.astype(np.int64)]
        array = pa.array(cells, type=kind, mask=missing)
    elif pa.types.is_unsigned_integer(kind):
        array = pa.array(wholes, mask=missing).cast(kind)
    else:
        array = pa.array(wholes.astype(np.int64), mask=missing)
        if pa.types.is_date32(kind) or pa.types.is_time32(kind):
            array = array.cast(pa.int32())
        array = array.cast(kind)
    return pd.arrays.ArrowExtensionArray(array)


# --- levels -----------------------------------------------------------------------------------


def level_codes(column: pd.Series, spec: ColumnSpec) -> tuple[np.ndarray, Any]:
    """Return codes (n,), −1 where missing, and the levels in order of first appearance.

    An ordered or unordered ``category`` dtype keeps the order of its categories, without those
    that never occur.
    """
    if isinstance(spec.dtype, pd.CategoricalDtype):
        column = column.cat.remove_unused_categories()
        return np.asarray(column.cat.codes, dtype=np.int64), column.cat.categories.array
    keys = distinct_keys(column[column.notna()])
    if keys.dtype == object and len(keys) and isinstance(keys.iloc[0], tuple):
        return _mixed_codes(column)
    codes, levels = pd.factorize(column, use_na_sentinel=True)
    return codes, np.asarray(levels) if isinstance(spec.dtype, np.dtype) else levels.array


def _mixed_codes(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    seen: dict[tuple[str, Any], int] = {}
    codes = np.full(len(column), -1, dtype=np.int64)
    for row in np.flatnonzero(column.notna().to_numpy()):
        cell = column.iloc[row]
        codes[row] = seen.setdefault((type(cell).__name__, cell), len(seen))
    levels = np.empty(len(seen), dtype=object)
    levels[:] = [cell for _, cell in seen]
    return codes, levels


def from_levels(codes: np.ndarray, missing: np.ndarray, spec: ColumnSpec, levels: Any) -> Any:
    """Return an array of the column's own dtype from level codes (n,)."""
    dtype = spec.dtype
    codes = np.where(missing, -1, codes)
    if isinstance(dtype, pd.CategoricalDtype):
        place = dtype.categories.get_indexer(pd.Index(levels))
        return pd.Categorical.from_codes(np.append(place, -1)[codes], dtype=dtype)
    if isinstance(levels, np.ndarray):
        if not dtype.hasobject:
            taken = levels[codes]
            return taken if not missing.any() else np.where(missing, np.nan, taken.astype(float))
        return _with_missing(levels[codes], missing, spec)
    return levels.take(codes, allow_fill=True)


def _masked(values: np.ndarray, missing: np.ndarray, dtype: Any) -> Any:
    """Return a nullable or pyarrow array from plain values (n,) and their missing mask (n,)."""
    if isinstance(dtype, pd.ArrowDtype):
        import pyarrow as pa

        return pd.arrays.ArrowExtensionArray(
            pa.array(values, mask=missing, from_pandas=False).cast(dtype.pyarrow_dtype)
        )
    kind = pd.arrays.FloatingArray if pdt.is_float_dtype(dtype) else pd.arrays.IntegerArray
    return kind(values.astype(dtype.numpy_dtype), missing.copy())


def _with_missing(cells: np.ndarray, missing: np.ndarray, spec: ColumnSpec) -> np.ndarray:
    """Put the column's own kind of nothing (None, nan, NaT, NA) into an object array (n,)."""
    sentinels = {"NoneType": None, "float": np.nan, "NaTType": pd.NaT, "NAType": pd.NA}
    cells = cells.copy()
    cells[missing] = sentinels.get(spec.missing_as)
    return cells


# --- identifiers and constants ----------------------------------------------------------------


@dataclass(frozen=True)
class Surrogates:
    """How fresh identifiers are made: text behind a prefix, or numbers beyond the real ones."""

    prefix: str
    first: int
    step: int
    missing_share: float


def plan_surrogates(column: pd.Series, spec: ColumnSpec) -> Surrogates:
    """Choose surrogates that cannot be among the column's values.

    Text: a prefix that no real value starts with.  Whole numbers: counting up from the largest
    value, or down from the smallest where the dtype leaves more room there.

    Raises
    ------
    DataError
        If the column holds neither text nor whole numbers.
    """
    present = column[column.notna()]
    share = 1 - len(present) / len(column)
    if pdt.is_integer_dtype(spec.dtype) or spec.objects == "integer":
        low, high = int(present.min()), int(present.max())
        limits = np.iinfo(
            np.int64 if spec.objects else getattr(spec.dtype, "numpy_dtype", spec.dtype)
        )
        up = limits.max - high >= min(low - limits.min, 10**12)  # a trillion ids are enough room
        return Surrogates("", high + 1 if up else low - 1, 1 if up else -1, share)
    if all(isinstance(cell, str) for cell in present):
        prefix = f"{spec.name}-"
        while present.str.startswith(prefix).any():
            prefix = f"synthetic-{prefix}"
        return Surrogates(prefix, 0, 1, share)
    raise DataError(
        f"column {spec.name!r} must hold text or whole numbers to be an identifier; "
        f"got {spec.dtype}. Drop it, or turn it into text with .astype(str)."
    )


def surrogate_values(plan: Surrogates, first_row: int, n: int, spec: ColumnSpec) -> Any:
    """Return identifiers for rows ``first_row … first_row + n − 1``, unique over the whole table.

    Missing ones are spread evenly, so that their share is that of the fitted column.
    """
    rows = np.arange(first_row, first_row + n)
    share = plan.missing_share
    missing = np.floor((rows + 1) * share) > np.floor(rows * share)
    if plan.prefix:
        cells: list[Any] = [f"{plan.prefix}{row:08d}" for row in rows]
    else:
        cells = [plan.first + plan.step * int(row) for row in rows]
    values = np.empty(n, dtype=object)
    values[:] = cells
    if isinstance(spec.dtype, pd.CategoricalDtype):
        return pd.Categorical(_with_missing(values, missing, spec))
    if spec.dtype == object:
        return _with_missing(values, missing, spec)
    values[missing] = None
    return pd.Series(values, dtype=spec.dtype).array


def constant_values(cell: Any, n: int, spec: ColumnSpec) -> Any:
    """Return ``n`` times the one value of a constant column (or n missing values)."""
    if isinstance(spec.dtype, pd.CategoricalDtype):
        return pd.Categorical([cell] * n, dtype=spec.dtype)
    return pd.Series([cell] * n, dtype=spec.dtype).array
