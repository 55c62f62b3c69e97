"""Numeric columns as floats, and back to their own dtype."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types as pdt

from synthkit.errors import DataError, ParameterError
from synthkit.tables import Schema
from synthkit.tables.storage import count_decimals, to_floats

# float64 names every whole number up to here; larger ones are left as the core made them.
EXACT_WHOLES = 2**53


def numeric_columns(real: pd.DataFrame, schema: Schema) -> list[Hashable]:
    """Return the columns whose values float64 holds without loss: numbers, no dates, no ids."""
    return [
        spec.name
        for spec in schema
        if spec.kind in ("continuous", "integer")
        and pdt.is_numeric_dtype(spec.dtype)
        and np.nanmax(np.abs(read_numbers(real[spec.name])), initial=0.0) < EXACT_WHOLES
    ]


def chosen_numeric(
    what: str, wanted: Sequence[Hashable] | None, real: pd.DataFrame, schema: Schema
) -> list[Hashable]:
    """Return the wanted numeric columns, all of them for None; refuse the others by name."""
    known = numeric_columns(real, schema)
    if wanted is None:
        return known
    strangers = [name for name in wanted if name not in known]
    if strangers:
        raise ParameterError(
            f"{what} must name numeric columns of the table; got {strangers[0]!r}. "
            f"They are {known[:20]}."
        )
    return list(wanted)


def read_numbers(column: pd.Series) -> np.ndarray:
    """Return float64 values (n,), NaN where missing."""
    return np.array(column.to_numpy(dtype=np.float64, na_value=np.nan))  # a copy: ours to change


def decimals_of(column: pd.Series) -> int | None:
    """Return how many digits behind the point a real column has, or None for free floats."""
    if pdt.is_integer_dtype(column.dtype):
        return 0
    present = column[column.notna()]
    return count_decimals(to_floats(present), column.dtype) if len(present) else None


def write_numbers(
    table: pd.DataFrame, name: Hashable, values: np.ndarray, decimals: int | None = None
) -> pd.DataFrame:
    """Return the table with ``values`` (n,) in column ``name``, in the column's own dtype.

    NaN keeps the cell that is there, so that missing values stay missing.
    """
    column = table[name]
    missing = np.isnan(values)
    rounded = values if decimals is None else np.round(values, decimals)
    if pdt.is_integer_dtype(column.dtype):
        rounded = np.rint(rounded)
    cells: Any = np.where(missing, 0.0, rounded)
    if pdt.is_integer_dtype(column.dtype):
        cells = cells.astype(np.int64)
    fresh = pd.Series(cells, index=column.index).astype(column.dtype)
    result = table.copy(deep=False)
    result[name] = fresh.where(~missing, column)
    return result


def require_columns(what: str, names: Sequence[Hashable], table: pd.DataFrame) -> None:
    """Raise DataError for names that are no columns of the table."""
    strangers = [name for name in names if name not in table.columns]
    if strangers:
        raise DataError(
            f"{what} must name columns of the table; got {strangers[0]!r}. "
            f"The columns are {list(table.columns)[:20]}."
        )
