"""Schema: what each column of a table is, inferred from its values, overridable by the user."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
import pandas as pd
from pandas.api import types as pdt

from synthkit.errors import DataError, DataWarning

Kind = Literal["continuous", "integer", "boolean", "category", "datetime", "identifier", "constant"]

# A column of strings is an identifier where nearly every value is new. Below this many rows
# uniqueness says nothing: ten first names are ten categories, ten thousand are identifiers.
IDENTIFIER_MIN_ROWS = 10
IDENTIFIER_SHARE = 0.95


@dataclass(frozen=True)
class ColumnSpec:
    """What one column is.

    Parameters
    ----------
    name : hashable
        The column's label, as pandas has it.
    kind : str
        One of ``continuous integer boolean category datetime identifier constant``.
        Dates, periods and timedeltas count as ``datetime``, ``Decimal`` as ``continuous``.
    dtype : numpy or pandas dtype
        Restored by ``decode``.
    objects : str
        For ``object`` columns what the cells are (``"string"``, ``"date"``, ``"decimal"`` …),
        in the words of ``pandas.api.types.infer_dtype``; empty for all other dtypes.
    has_missing : bool
        Missing values are part of what a column is: it stays so in synthetic rows.
    missing_as : str
        For ``object`` columns the type of the missing cells: ``NoneType``, ``float``,
        ``NaTType`` or ``NAType``.
    """

    name: Hashable
    kind: Kind
    dtype: Any
    objects: str = ""
    has_missing: bool = False
    missing_as: str = ""


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in order.

    >>> schema = Schema.infer(pd.DataFrame({"age": [31, 44, 31], "sex": ["F", "M", "F"]}))
    >>> [(c.name, c.kind) for c in schema]
    [('age', 'integer'), ('sex', 'category')]
    """

    columns: tuple[ColumnSpec, ...]

    @classmethod
    def infer(cls, table: Any, overrides: Mapping[Hashable, str] | None = None) -> Schema:
        """Look at the values and say what each column is.

        Parameters
        ----------
        table : DataFrame or 2-D array
        overrides : dict of column name to kind, optional
            What the user knows better, e.g. ``{"zip": "category"}``.

        Raises
        ------
        DataError
            For a table that ``as_table`` refuses, or an override that names no column,
            no kind, or a kind that the column's values cannot have.
        """
        frame = as_table(table)
        overrides = dict(overrides or {})
        unknown = [name for name in overrides if name not in frame.columns]
        if unknown:
            raise DataError(
                f"overrides must name columns of the table; got {unknown[0]!r}. "
                f"The columns are {list(frame.columns)[:20]}."
            )
        specs = (_infer_column(frame[name], overrides.get(name)) for name in frame.columns)
        return cls(tuple(specs))

    def __iter__(self) -> Iterator[ColumnSpec]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, name: Hashable) -> ColumnSpec:
        for spec in self.columns:
            if spec.name == name:
                return spec
        raise KeyError(name)

    @property
    def names(self) -> list[Hashable]:
        """The column labels, in order."""
        return [spec.name for spec in self.columns]

    def aligned(self, table: Any) -> pd.DataFrame:
        """Return ``table`` with these columns in this order; they are matched by name.

        Raises
        ------
        DataError
            If a column is missing or extra: it is named.
        """
        frame = as_table(table)
        lost = [name for name in self.names if name not in frame.columns]
        extra = [name for name in frame.columns if name not in self.names]
        if lost or extra:
            raise DataError(
                f"the columns must be those of the fitted table; missing {lost}, extra {extra}. "
                "Rename, add or drop them first."
            )
        return frame[self.names]


def as_table(table: Any) -> pd.DataFrame:
    """Return a DataFrame with plain column labels and a fresh RangeIndex, or say why not.

    A 2-D array and anything with ``to_pandas`` (polars, pyarrow) are converted.  The values are
    not copied.

    Raises
    ------
    DataError
        No rows, no columns, duplicate or MultiIndex columns, infinite values, cells that are
        bytes, complex numbers or lists.
    """
    frame = _as_frame(table)
    if isinstance(frame.columns, pd.MultiIndex):
        raise DataError(
            f"column labels must be flat; got a MultiIndex such as {frame.columns[0]!r}. "
            "Flatten it: df.columns = ['_'.join(map(str, c)) for c in df.columns]."
        )
    if frame.shape[1] == 0:
        raise DataError("the table must have at least one column; got 0 columns. Pass some data.")
    if frame.shape[0] == 0:
        raise DataError("the table must have at least one row; got 0 rows. Pass some data.")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(
            f"column names must be unique; got {twice[0]!r} more than once. "
            "Rename one: df.columns = [...]."
        )
    frame = frame.reset_index(drop=True)
    for name in frame.columns:
        _refuse_unusable(frame[name])
    return frame


def _as_frame(table: Any) -> pd.DataFrame:
    if isinstance(table, pd.DataFrame):
        return table
    if isinstance(table, pd.Series):
        raise DataError("a table must have columns; got a Series. Pass series.to_frame().")
    if hasattr(table, "to_pandas"):
        return cast(pd.DataFrame, table.to_pandas())
    if isinstance(table, (np.ndarray, list)) and np.ndim(table) == 2:
        return pd.DataFrame(table)
    raise DataError(
        f"a table must be a DataFrame or a 2-D array; got {type(table).__name__}"
        f"{f' with {np.ndim(table)} dimension(s)' if isinstance(table, np.ndarray) else ''}. "
        "Reshape your data: pandas.DataFrame(...)."
    )


def _refuse_unusable(column: pd.Series) -> None:
    """Raise DataError for values that no technique can use: inf, complex, bytes, containers."""
    dtype, name = column.dtype, column.name
    if pdt.is_complex_dtype(dtype):
        raise DataError(
            f"column {name!r} must hold real numbers; got complex data (complex data not "
            "supported). Split it into real and imaginary columns."
        )
    if pdt.is_float_dtype(dtype):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        _refuse_infinite(np.isinf(values), name)
    elif dtype == np.dtype(object):
        _refuse_unusable_objects(column)


def _refuse_unusable_objects(column: pd.Series) -> None:
    if pdt.infer_dtype(column, skipna=True) == "string":
        return  # text and gaps alone: no need to look at each cell
    name = column.name
    for row, cell in enumerate(column):
        if isinstance(cell, (bytes, bytearray, complex)) or not isinstance(cell, Hashable):
            raise DataError(
                f"column {name!r} must hold plain values; got {type(cell).__name__} in row {row} "
                f"(argument must be a string or a number). Convert it first: a bytes cell with "
                ".decode(), a list or dict by exploding it into columns."
            )
    infinite = [_is_infinite(cell) for cell in column]
    _refuse_infinite(np.array(infinite, dtype=bool), name)


def _is_infinite(cell: Any) -> bool:
    if isinstance(cell, (float, np.floating)):
        return bool(np.isinf(cell))
    return bool(getattr(cell, "is_infinite", bool)())


def _refuse_infinite(infinite: np.ndarray, name: Hashable) -> None:
    if infinite.any():
        raise DataError(
            f"column {name!r} must be finite; got inf in row {int(infinite.argmax())} "
            "(input contains infinity). Replace it: df.replace([inf, -inf], nan)."
        )


def missing_mask(column: pd.Series) -> np.ndarray:
    """Return a bool array (n,): True where the cell is missing."""
    return np.asarray(column.isna(), dtype=bool)


def distinct_keys(present: pd.Series) -> pd.Series:
    """Return the column, or (type, value) pairs where 1, True and 1.0 would be taken for one."""
    if present.dtype == object and pdt.infer_dtype(present).startswith("mixed"):
        return pd.Series([(type(cell).__name__, cell) for cell in present], dtype=object)
    return present


def _infer_column(column: pd.Series, override: str | None) -> ColumnSpec:
    objects = pdt.infer_dtype(column, skipna=True) if column.dtype == object else ""
    missing = missing_mask(column)
    present = column[~missing]
    kind = _infer_kind(present, objects, len(column))
    if override is not None:
        kind = _checked_override(column.name, kind, override, present)
    elif kind == "category" and objects.startswith("mixed"):
        warnings.warn(
            f"column {column.name!r} mixes types ({objects}); it is kept as a category. "
            "Convert it to one type if that is not meant.",
            DataWarning,
            stacklevel=4,
        )
    if len(present) == 0:
        warnings.warn(
            f"column {column.name!r} has no values at all; it stays all-missing.",
            DataWarning,
            stacklevel=4,
        )
    nothing = type(column[missing].iloc[0]).__name__ if objects and missing.any() else ""
    return ColumnSpec(column.name, kind, column.dtype, objects, bool(missing.any()), nothing)


def _infer_kind(present: pd.Series, objects: str, n_rows: int) -> Kind:
    if len(present) == 0 or (len(present) == n_rows and distinct_keys(present).nunique() == 1):
        return "constant"
    dtype = present.dtype
    if objects == "boolean" or pdt.is_bool_dtype(dtype):
        return "boolean"
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if objects == "string" or pdt.is_string_dtype(dtype) and not objects:
        return "identifier" if _is_identifier(present) else "category"
    if _is_time(dtype) or objects in ("date", "datetime", "datetime64", "timedelta"):
        return "category" if _mixed_timezones(present, objects) else "datetime"
    if pdt.is_integer_dtype(dtype) or objects == "integer":
        if objects and not _fits_64_bits(present):
            return "category"
        return "identifier" if _is_key(present) else "integer"
    if pdt.is_float_dtype(dtype) or objects in ("floating", "mixed-integer-float", "decimal"):
        whole = not objects and bool((present.to_numpy(float) % 1 == 0).all())
        return "integer" if whole else "continuous"
    if isinstance(dtype, pd.ArrowDtype) and "decimal" in str(dtype):
        return "continuous"
    return "category"


def _is_time(dtype: Any) -> bool:
    """Datetime, period or timedelta, also in pyarrow's versions."""
    if isinstance(dtype, pd.ArrowDtype):
        return str(dtype).startswith(("timestamp", "date", "duration"))
    return bool(
        pdt.is_datetime64_any_dtype(dtype)
        or pdt.is_timedelta64_dtype(dtype)
        or isinstance(dtype, pd.PeriodDtype)
    )


def _mixed_timezones(present: pd.Series, objects: str) -> bool:
    """Tell whether datetime objects carry time zones: those are kept as categories."""
    return objects.startswith("datetime") and any(
        getattr(cell, "tzinfo", None) is not None for cell in present
    )


def _fits_64_bits(present: pd.Series) -> bool:
    low, high = min(present), max(present)
    return (-(2**63) <= low and high < 2**63) or (0 <= low and high < 2**64)


def _is_identifier(present: pd.Series) -> bool:
    return len(present) >= IDENTIFIER_MIN_ROWS and present.nunique() >= IDENTIFIER_SHARE * len(
        present
    )


def _is_key(present: pd.Series) -> bool:
    """Whole numbers are a key where all are different and the header says so (id, *_id, uuid)."""
    header = str(present.name).lower()
    named = header in ("id", "uuid", "guid", "key", "index") or header.endswith(
        ("_id", "-id", " id")
    )
    return named and len(present) >= IDENTIFIER_MIN_ROWS and bool(present.is_unique)


def _checked_override(name: Hashable, inferred: Kind, override: str, present: pd.Series) -> Kind:
    if override not in get_args(Kind):
        raise DataError(
            f"the kind of column {name!r} must be one of {', '.join(get_args(Kind))}; "
            f"got {override!r}."
        )
    wanted = cast(Kind, override)
    numeric = {"continuous", "integer"}
    if wanted == "constant" and inferred != "constant":
        raise DataError(
            f"column {name!r} must hold one value to be constant; got {present.nunique()} values."
        )
    if inferred == "constant":
        return inferred  # one value is one value, whatever it is called
    is_number = pdt.is_numeric_dtype(present.dtype) and not pdt.is_bool_dtype(present.dtype)
    ok = (
        wanted in ("category", "identifier")
        or wanted == inferred
        or (wanted in numeric and (inferred in numeric or is_number))
        or (wanted == "boolean" and present.nunique() <= 2)
    )
    if not ok:
        raise DataError(
            f"column {name!r} must hold values of kind {wanted!r}; it looks like {inferred!r}. "
            "Convert it first (pandas.to_datetime, pandas.to_numeric, astype)."
        )
    return wanted
