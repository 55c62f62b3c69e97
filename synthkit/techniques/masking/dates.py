"""Dates of any kind moved by days or rounded down: datetime64, date objects, text.

A date is a count of days and a rest (the time of day), which stays as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.errors import DataError

ISO = "%Y-%m-%d"
Wrong = NDArray[np.bool_]


def shift(
    column: pd.Series, days: NDArray[np.int64], written: str = ""
) -> tuple[pd.Series, Wrong]:
    """Move each date by its number of ``days`` (n,); intervals within a subject are kept.

    Returns the column in its own dtype, and which cells (n,) are no date.  Missing stays missing.
    """
    times, wrong = _to_times(column, written)
    return _from_times(times + days.astype("m8[D]"), column, written), wrong


def floor(column: pd.Series, unit: str, written: str = "") -> tuple[pd.Series, Wrong]:
    """Round dates down to the first day of their month, year or decade."""
    times, wrong = _to_times(column, written)
    if unit == "month":
        rounded = times.astype("M8[M]")
    else:
        years = times.astype("M8[Y]").astype(np.int64) + 1970
        step = 10 if unit == "decade" else 1
        first = (years // step * step - 1970).astype("M8[Y]")
        rounded = np.where(np.isnat(times), np.datetime64("NaT", "Y"), first)
    return _from_times(rounded.astype(times.dtype), column, written), wrong


def _to_times(column: pd.Series, written: str) -> tuple[NDArray[np.datetime64], Wrong]:
    """Return datetime64 (n,), NaT where missing or no date; and which cells are no date."""
    missing = column.isna().to_numpy(dtype=bool)
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        # Wall-clock time, so that a shift over a change of the clocks keeps the hour.
        return column.dt.tz_localize(None).to_numpy(), np.zeros(len(column), dtype=bool)
    if pd.api.types.is_datetime64_dtype(dtype):
        return column.to_numpy(), np.zeros(len(column), dtype=bool)
    if isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith(("timestamp", "date")):
        return column.astype("datetime64[us]").to_numpy(), np.zeros(len(column), dtype=bool)
    if isinstance(dtype, pd.StringDtype):
        times = _parsed(column, written)
        return times, np.isnat(times) & ~missing
    cells = column.astype(object).to_numpy()
    times = np.full(len(cells), np.datetime64("NaT"), dtype="M8[us]")
    kind = pd.api.types.infer_dtype(cells[~missing], skipna=True)
    if kind == "string":
        times = _parsed(cells, written)
    elif kind in ("date", "datetime", "datetime64"):
        times[~missing] = cells[~missing].astype("M8[us]")
    elif not missing.all():
        raise DataError(
            f"column {column.name!r} must hold dates; got {dtype}. Convert it first: "
            "pandas.to_datetime(column)."
        )
    return times, np.isnat(times) & ~missing


def _parsed(texts: Any, written: str) -> NDArray[np.datetime64]:
    """Return the times (n,) that texts write, NaT where missing or none; distinct ones are read."""
    codes, distinct = pd.factorize(texts)
    dates = pd.to_datetime(
        pd.Series(np.asarray(distinct, dtype=object)), format=written or ISO, errors="coerce"
    )
    return np.append(dates.to_numpy().astype("M8[us]"), np.datetime64("NaT"))[codes]


def _from_times(times: NDArray[np.datetime64], column: pd.Series, written: str) -> pd.Series:
    """Return times (n,) in the dtype, or the writing, of ``column``."""
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        naive = pd.Series(times)
        local = naive.dt.tz_localize(dtype.tz, ambiguous="NaT", nonexistent="shift_forward")
        # In the doubled hour of autumn: the first of the two.
        first = naive.dt.tz_localize(dtype.tz, ambiguous=True, nonexistent="shift_forward") if (
            local.isna() & naive.notna()).any() else local
        return local.fillna(first).astype(dtype)
    if pd.api.types.is_datetime64_dtype(dtype):
        return pd.Series(times.astype(np.dtype(str(dtype))))
    if isinstance(dtype, pd.ArrowDtype):
        return pd.Series(times).astype(dtype)
    if isinstance(dtype, pd.StringDtype):
        codes, distinct = pd.factorize(times)  # -1 for NaT
        texts = pd.array(_written(distinct, written or ISO), dtype=dtype)
        return pd.Series(texts.take(codes, allow_fill=True))
    missing = column.isna().to_numpy(dtype=bool)
    cells = column.astype(object).to_numpy(copy=True)
    here = ~missing & ~np.isnat(times)
    kind = pd.api.types.infer_dtype(cells[~missing], skipna=True)
    if kind == "string":
        codes, uniques = pd.factorize(times[here])
        cells[here] = _written(uniques, written or ISO)[codes]
    elif kind == "date":
        cells[here] = times[here].astype("M8[D]").astype(object)
    else:
        cells[here] = times[here].astype("M8[us]").astype(object)
    return _text_like(cells, column)


def _written(times: NDArray[Any], pattern: str) -> NDArray[Any]:
    if pattern == ISO:
        return np.datetime_as_string(times, unit="D").astype(object)
    return pd.DatetimeIndex(times).strftime(pattern).to_numpy(dtype=object)


def _text_like(cells: NDArray[Any], column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Series(pd.Categorical(cells))
    result = pd.Series(cells, dtype=object)
    return result if column.dtype == object else result.astype(column.dtype)
