"""Tables side by side: one code for the same value in every table.

Each measure compares tables, so the first step is always this one.  A number
becomes its **rank** among the distinct values of all tables together (exact for
2^60 + 1 and for the year 1500), a category the number of its level, a missing
value −1.  Whatever depends on order or equality alone (Kolmogorov–Smirnov, total
variation, Spearman, trees, exact copies) works on these codes and never sees a
value; distances use ``scores``: robustly scaled numbers and indicators of levels.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types as pdt

from synthkit.errors import DataError, DataWarning
from synthkit.tables import ColumnSpec, Schema, as_table

Role = Literal["numeric", "category"]
Family = Literal["numbers", "booleans", "text", "times", "nothing"]

# A category's one-hot columns: the most frequent levels, and one for all the others.
MAX_INDICATORS = 40
# Histogram boosting takes at most 255 levels, and one is kept for those it hasn't met.
MAX_TREE_LEVELS = 250


@dataclass(frozen=True)
class AlignedColumn:
    """One column in all tables: its role, its codes, and how many distinct values there are.

    ``codes[k]`` is int64 (n_k,): 0 … size − 1, or −1 where missing; numeric codes are ranks.
    ``values`` (size,) are the distinct values, float64 for numeric columns, else labels.
    ``is_time``: the numbers are moments or spans, in microseconds.
    """

    name: Hashable
    role: Role
    codes: tuple[np.ndarray, ...]
    size: int
    values: np.ndarray
    is_time: bool = False


@dataclass(frozen=True)
class Aligned:
    """Several tables with the same columns, as integer codes.

    ``identifiers`` were left out: an identifier that is new in every row says nothing about the
    distribution, and a synthetic one must differ from the real ones.
    """

    columns: tuple[AlignedColumn, ...]
    identifiers: tuple[Hashable, ...]
    rows: tuple[int, ...]

    @property
    def names(self) -> list[Hashable]:
        """The labels of the d compared columns."""
        return [column.name for column in self.columns]

    @property
    def numeric(self) -> np.ndarray:
        """A bool array (d,): True where the column has an order."""
        return np.array([column.role == "numeric" for column in self.columns], dtype=bool)

    def codes(self, table: int) -> np.ndarray:
        """Return the codes (n, d) of one table, −1 where missing."""
        if not self.columns:
            return np.empty((self.rows[table], 0), dtype=np.int64)
        return np.column_stack([column.codes[table] for column in self.columns])

    @property
    def categorical_features(self) -> np.ndarray:
        """A bool array (d,): True where a tree gets a histogram of levels; more are numbers."""
        few = [c.role == "category" and c.size <= MAX_TREE_LEVELS for c in self.columns]
        return np.array(few, dtype=bool)

    def model_matrix(self, table: int) -> np.ndarray:
        """Return float64 (n, d) for tree models: codes, NaN where missing."""
        codes = self.codes(table).astype(np.float64)
        codes[codes < 0] = np.nan
        return codes

    def pick(self, tables: Sequence[int]) -> Aligned:
        """Return some of the tables, in the given order."""
        columns = tuple(replace(c, codes=tuple(c.codes[k] for k in tables)) for c in self.columns)
        return Aligned(columns, self.identifiers, tuple(self.rows[k] for k in tables))

    def pool(self, tables: Sequence[int]) -> Aligned:
        """Return one table that holds the rows of several."""
        columns = tuple(
            replace(c, codes=(np.concatenate([c.codes[k] for k in tables]),)) for c in self.columns
        )
        return Aligned(columns, self.identifiers, (sum(self.rows[k] for k in tables),))

    def take(self, rows: Sequence[np.ndarray]) -> Aligned:
        """Return the tables reduced to the given row positions, one array for each table."""
        columns = tuple(
            replace(c, codes=tuple(k[r] for k, r in zip(c.codes, rows))) for c in self.columns
        )
        return Aligned(columns, self.identifiers, tuple(len(r) for r in rows))

    def score_blocks(self, reference: Sequence[int]) -> list[list[np.ndarray]]:
        """Return what Euclidean distances are made of: for each column one block for each table.

        A number becomes its robust score in the pooled ``reference`` tables, a category its
        indicators divided by √2 (two different levels lie 1 apart); a missing value has an
        indicator of its own.
        """
        return [_score_block(column, reference) for column in self.columns]

    def scores(self, reference: Sequence[int]) -> list[np.ndarray]:
        """Return the blocks of all columns side by side: float64 (n_k, p) for each table."""
        blocks = self.score_blocks(reference)
        return [
            np.hstack([np.empty((n, 0)), *(block[k] for block in blocks)])
            for k, n in enumerate(self.rows)
        ]


def without_empty_columns(x: np.ndarray) -> np.ndarray:
    """Return a training matrix whose all-NaN columns are 0: boosting can't bin them."""
    empty = np.isnan(x).all(axis=0)
    return np.where(empty, 0.0, x) if empty.any() else x


def align(
    tables: Mapping[str, Any], leave_out: Sequence[Hashable] = (), schema: Schema | None = None
) -> Aligned:
    """Put tables side by side; the first one says what each column is.

    Parameters
    ----------
    tables : dict of name to DataFrame
        The real table first.  The names appear in the messages.
    leave_out : sequence of column labels
        Left out of the comparison, e.g. the unit's identifier.
    schema : Schema, optional
        What the columns are; inferred from the first table where absent.

    Raises
    ------
    DataError
        A table is empty, columns differ (they are named), or a column holds numbers in one
        table and text in another (it is named).
    """
    frames = {name: _checked_frame(table, name) for name, table in tables.items()}
    first, *others = frames
    for name in others:
        _require_same_columns(frames[first], frames[name], first, name)
    with warnings.catch_warnings():  # the scorecard says these things itself, once
        warnings.simplefilter("ignore", DataWarning)
        schema = Schema.infer(frames[first]) if schema is None else schema
    columns, identifiers = [], []
    for spec in schema:
        if spec.name in leave_out:
            continue
        series = {name: frame[spec.name] for name, frame in frames.items()}
        family = _common_family(series)
        if spec.kind == "identifier":
            identifiers.append(spec.name)
        elif _is_numeric(spec) if series[first].notna().any() else family in ("numbers", "times"):
            columns.append(_numeric_column(spec, list(series.values()), family == "times"))
        else:
            columns.append(_category_column(spec, list(series.values())))
    rows = tuple(len(frame) for frame in frames.values())
    return Aligned(tuple(columns), tuple(identifiers), rows)


def _checked_frame(table: Any, name: str) -> pd.DataFrame:
    try:
        return as_table(table)
    except DataError as error:
        raise DataError(f"{name} table: {error}") from None


def _require_same_columns(
    real: pd.DataFrame, other: pd.DataFrame, real_name: str, other_name: str
) -> None:
    lost = [c for c in real.columns if c not in other.columns]
    extra = [c for c in other.columns if c not in real.columns]
    if lost or extra:
        raise DataError(
            f"the {other_name} table must have the columns of the {real_name} table; missing "
            f"{lost[:10]}, extra {extra[:10]}. Rename, add or drop them first."
        )


def _common_family(series: Mapping[str, pd.Series]) -> Family:
    """Return what the cells of a column are in every table, or raise DataError."""
    families = {name: _family(column) for name, column in series.items()}
    told = [name for name, family in families.items() if family != "nothing"]
    if not told:
        return "nothing"
    first, wanted = told[0], families[told[0]]  # a column without any value fits all
    for name in told:
        if families[name] != wanted:
            column = series[name]
            raise DataError(
                f"column {column.name!r} must hold {wanted} in the {name} table, as it does in "
                f"the {first} table; got {families[name]} (dtype {column.dtype}). Convert it "
                "first: pandas.to_numeric, pandas.to_datetime or astype."
            )
    return wanted


def _family(column: pd.Series) -> Family:
    """Tell what the cells are, whatever dtype carries them."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.categories.to_series()
    dtype = column.dtype
    if not column.notna().any():
        return "nothing"
    if pdt.is_bool_dtype(dtype):
        return "booleans"
    if _is_time(dtype):
        return "times"
    if pdt.is_numeric_dtype(dtype) or "decimal" in str(dtype):
        return "numbers"
    inferred = pdt.infer_dtype(column, skipna=True) if pdt.is_object_dtype(dtype) else "string"
    if inferred in ("integer", "floating", "decimal", "mixed-integer-float"):
        return "numbers"
    if inferred in ("date", "datetime", "datetime64", "timedelta", "period"):
        return "times"
    return "booleans" if inferred == "boolean" else "text"


def _is_time(dtype: Any) -> bool:
    if isinstance(dtype, pd.ArrowDtype):
        return str(dtype).startswith(("timestamp", "date", "duration"))
    return bool(
        pdt.is_datetime64_any_dtype(dtype)
        or pdt.is_timedelta64_dtype(dtype)
        or isinstance(dtype, pd.PeriodDtype)
    )


def _is_numeric(spec: ColumnSpec) -> bool:
    """Tell whether order means something: numbers and times, also where they are constant."""
    if spec.kind in ("continuous", "integer", "datetime"):
        return True
    if spec.kind != "constant" or isinstance(spec.dtype, pd.CategoricalDtype):
        return False
    is_number = pdt.is_numeric_dtype(spec.dtype) and not pdt.is_bool_dtype(spec.dtype)
    return is_number or _is_time(spec.dtype)


# --- numbers ----------------------------------------------------------------------------------


def _numeric_column(spec: ColumnSpec, series: Sequence[pd.Series], is_time: bool) -> AlignedColumn:
    present = [np.asarray(column.notna(), dtype=bool) for column in series]
    numbers = _common_type([_numbers(c[p]) for c, p in zip(series, present)])
    where, distinct = pd.factorize(np.concatenate(numbers))
    order = np.argsort(distinct, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))  # rank of each distinct value
    pieces = np.split(rank[where], np.cumsum([len(x) for x in numbers])[:-1])
    codes = []
    for mask, piece in zip(present, pieces):
        code = np.full(len(mask), -1, dtype=np.int64)
        code[mask] = piece
        codes.append(code)
    values = np.asarray(distinct[order], dtype=np.float64)
    return AlignedColumn(spec.name, "numeric", tuple(codes), len(order), values, is_time)


def _numbers(present: pd.Series) -> np.ndarray:
    """Return whole numbers exactly (int64 or uint64), everything else as float64."""
    if len(present) == 0:
        return np.empty(0, dtype=np.int64)
    dtype = present.dtype
    inferred = pdt.infer_dtype(present) if pdt.is_object_dtype(dtype) else ""
    if _is_time(dtype) or inferred in ("date", "datetime", "datetime64", "timedelta", "period"):
        return _microseconds(present, inferred)
    if pdt.is_integer_dtype(dtype) or inferred == "integer":
        unsigned = pdt.is_unsigned_integer_dtype(dtype) or int(present.max()) >= 2**63
        return present.to_numpy(dtype=np.uint64 if unsigned else np.int64)
    if any(isinstance(cell, Decimal) for cell in present.iloc[:1]):
        return np.array([float(cell) for cell in present])
    return present.to_numpy(dtype=np.float64)


def _microseconds(present: pd.Series, inferred: str) -> np.ndarray:
    """Microseconds since 1970 (a duration: since 0; a period: its ordinal)."""
    if isinstance(present.dtype, pd.PeriodDtype) or inferred == "period":
        return np.asarray(pd.PeriodIndex(present).asi8)
    if inferred == "date":
        return np.array(list(present), dtype="M8[us]").astype(np.int64)
    if inferred == "timedelta" or "timedelta" in str(present.dtype) or "dura" in str(present.dtype):
        return np.asarray(present.astype("timedelta64[us]")).astype(np.int64)
    if inferred:
        return np.array([_utc(cell) for cell in present], dtype="M8[us]").astype(np.int64)
    if isinstance(present.dtype, pd.ArrowDtype):
        present = pd.Series(present.to_numpy(dtype="M8[us]"))
    index = pd.DatetimeIndex(present).as_unit("us")
    return np.asarray(index.asi8)


def _utc(cell: Any) -> Any:
    if getattr(cell, "tzinfo", None) is not None:
        cell = pd.Timestamp(cell).tz_convert("UTC").tz_localize(None)
    return cell.to_datetime64() if isinstance(cell, pd.Timestamp) else np.datetime64(cell)


def _common_type(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Bring arrays to one dtype; whole numbers stay exact."""
    kinds = {array.dtype.kind for array in arrays if len(array)}
    if kinds <= {"i"} or kinds <= {"u"}:
        dtype = np.dtype(np.uint64 if kinds == {"u"} else np.int64)
        return [array.astype(dtype) for array in arrays]
    if kinds == {"i", "u"}:
        if all(int(array.max()) < 2**63 for array in arrays if len(array)):
            return [array.astype(np.int64) for array in arrays]
        return [array.astype(object) for array in arrays]
    return [array.astype(np.float64) for array in arrays]


# --- categories -------------------------------------------------------------------------------


def _category_column(spec: ColumnSpec, series: Sequence[pd.Series]) -> AlignedColumn:
    levels: dict[Any, int] = {}
    codes = []
    for column in series:
        own, labels = _factorize(column)
        place = np.array(
            [levels.setdefault(_key(label), len(levels)) for label in labels] + [-1],
            dtype=np.int64,
        )
        codes.append(place[own])  # (n,): −1 picks the last entry, −1
    values = np.empty(len(levels), dtype=object)
    values[:] = [key[1] for key in levels]
    return AlignedColumn(spec.name, "category", tuple(codes), len(levels), values)


def _factorize(column: pd.Series) -> tuple[np.ndarray, list[Any]]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        trimmed = column.cat.remove_unused_categories()
        return np.asarray(trimmed.cat.codes, dtype=np.int64), list(trimmed.cat.categories)
    cells = pdt.infer_dtype(column, skipna=True) if pdt.is_object_dtype(column.dtype) else ""
    if cells.startswith("mixed"):
        keys = [None if missing else _key(x) for x, missing in zip(column, column.isna())]
        own, found = pd.factorize(np.array(keys, dtype=object), use_na_sentinel=True)
        return own, [key[1] for key in found]
    own, labels = pd.factorize(column, use_na_sentinel=True)
    return own, list(labels)


def _key(label: Any) -> tuple[str, Any]:
    """Keep '1' and 1 apart, and True and 1; 1 and 1.0 are one level."""
    if isinstance(label, (bool, np.bool_)):
        return "bool", bool(label)
    if isinstance(label, (int, float, np.integer, np.floating)):
        return "number", label.item() if isinstance(label, np.generic) else label
    return type(label).__name__, label


# --- distances --------------------------------------------------------------------------------


def _score_block(column: AlignedColumn, reference: Sequence[int]) -> list[np.ndarray]:
    pooled = np.concatenate([column.codes[k] for k in reference])
    build = _robust_score_block if column.role == "numeric" else _indicator_block
    blocks = [build(column, pooled, codes) for codes in column.codes]
    width = max(block.shape[1] for block in blocks)  # one table alone may have missing values
    return [np.pad(block, ((0, 0), (0, width - block.shape[1]))) for block in blocks]


def _robust_score_block(column: AlignedColumn, pooled: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """arsinh((x − median) / scale) (n, 1), and an indicator of missing (n, 1) where there are any.

    Linear in the middle, logarithmic in the tails: one heavy tail doesn't drown the other
    columns, and a value moved by one unit stays near, also beside a value that half the rows share.
    """
    reference = column.values[pooled[pooled >= 0]]
    missing = codes < 0
    block = np.zeros(len(codes))
    if len(reference):
        low, middle, high = np.quantile(reference, [0.25, 0.5, 0.75])
        # 1.349 is the normal distribution's interquartile range, in standard deviations.
        scale = (high - low) / 1.349 or float(np.std(reference)) or 1.0
        block[~missing] = np.arcsinh((column.values[codes[~missing]] - middle) / scale)
    if (pooled < 0).any() or missing.any():
        return np.column_stack([block, missing.astype(np.float64)])
    return block[:, None]


def _indicator_block(column: AlignedColumn, pooled: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return indicators / √2: the most frequent levels, all others together, missing."""
    counts = np.bincount(pooled[pooled >= 0], minlength=column.size)
    kept = np.argsort(-counts, kind="stable")[:MAX_INDICATORS]
    place = np.full(column.size + 1, len(kept), dtype=np.int64)  # all others together
    place[kept] = np.arange(len(kept))
    place[-1] = len(kept) + 1  # missing: code −1 picks the last entry
    block = np.zeros((len(codes), len(kept) + 2))
    block[np.arange(len(codes)), place[codes]] = np.sqrt(0.5)
    return block
