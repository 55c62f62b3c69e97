"""Tables in files: CSV and Parquet, both ways, for every command that reads or writes one.

>>> table, style = read_table(Path("people.csv"))                      # doctest: +SKIP
>>> with table_writer(Path("fake.csv"), style) as write:               # doctest: +SKIP
...     write(synthetic)
"""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from synthkit.commands.csv_types import Form, column_of, masked_column
from synthkit.errors import DataError, MissingExtraError
from synthkit.files import replacing

CSV_ENDINGS = (".csv", ".tsv", ".txt")
PARQUET_ENDINGS = (".parquet", ".pq")
DELIMITERS = ",;\t|"

# Reading a CSV file as text, and then as columns, takes about this many times its size.
MEMORY_FACTOR = 12

# A spreadsheet runs a text that starts so; the last four are the full-width forms.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass
class CsvStyle:
    """How a CSV file was written: its delimiter, and the columns that need a form of their own."""

    delimiter: str = ","
    forms: dict[Any, Form] = field(default_factory=dict)


def read_table(
    path: Path, encoding: str = "utf-8-sig", date_format: str | None = None
) -> tuple[pd.DataFrame, CsvStyle]:
    """Read a table from a CSV or Parquet file.

    Parameters
    ----------
    path : Path
        The ending says which: .csv, .tsv, .txt, .parquet or .pq.
    encoding : str
        Of a CSV file; the default is UTF-8, with or without a byte-order mark.
    date_format : str, optional
        How a CSV file's dates are written, for ``strptime``, where it is not ISO 8601.

    Returns
    -------
    table : DataFrame
    style : CsvStyle
        How to write a CSV file that looks like this one.

    Raises
    ------
    DataError
        If the file is no such table: the message names the row or the column, and the cure.
    """
    if _kind(path) == "parquet":
        table = _read_parquet(path)
        return table, CsvStyle(forms=_time_forms(table))
    _check_memory(path)
    header, rows, delimiter = _read_fields(path, encoding)
    return _typed(header, rows, delimiter, date_format)


def read_sample(
    path: Path, rows: int, encoding: str = "utf-8-sig", seed: int = 0
) -> tuple[pd.DataFrame, CsvStyle, int]:
    """Read some rows of a CSV file of any size, each with the same chance, in their order.

    The file is read once; no more rows are held than are returned (Vitter 1985, algorithm R).

    Returns
    -------
    table : DataFrame
    style : CsvStyle
    seen : int
        How many rows the file has.

    Raises
    ------
    DataError
        As ``read_table``.
    """
    draws = np.random.default_rng(seed)
    kept: list[tuple[int, list[str]]] = []
    seen = 0

    def keep(row: list[str]) -> None:
        nonlocal seen
        place = seen if seen < rows else int(draws.integers(seen + 1))
        if place < rows:
            kept[place : place + 1] = [(seen, row)]
        seen += 1

    header, _, delimiter = _read_fields(path, encoding, keep)
    table, style = _typed(header, [row for _, row in sorted(kept)], delimiter, None)
    return table, style, seen


def _typed(
    header: list[str], rows: list[list[str]], delimiter: str, date_format: str | None
) -> tuple[pd.DataFrame, CsvStyle]:
    """Give columns of text the types that their cells have."""
    style = CsvStyle(delimiter)
    columns = {}
    for position, name in enumerate(header):
        texts = [row[position] for row in rows]
        columns[name], form = column_of(name, texts, delimiter == ";", date_format)
        if form is not None:
            style.forms[name] = form
    return pd.DataFrame(columns), style


@contextlib.contextmanager
def table_writer(
    path: Path,
    style: CsvStyle | None = None,
    escape_formulas: bool = False,
    expected_rows: int = 0,
) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Yield a function that appends a table to a new file at ``path``.

    The file appears when the block ends well, complete and on the disk; until then an earlier
    file of that name stays as it was.

    Parameters
    ----------
    path : Path
        The ending says which kind of file.
    style : CsvStyle, optional
        How to write a CSV file.
    escape_formulas : bool
        Put an apostrophe before texts that a spreadsheet would run as a formula.
    expected_rows : int
        How many rows will come, where that is known: after the first of them a file that the
        disk could not hold is refused.
    """
    kind = _kind(path)
    style = style or CsvStyle("\t" if path.suffix.lower() == ".tsv" else ",")
    if not path.parent.is_dir():
        raise DataError(f"the output's folder must exist; got {path.parent}. Make it first.")
    with replacing(path) as temporary, contextlib.ExitStack() as stack:
        if kind == "parquet":
            append = stack.enter_context(_parquet_writer(temporary))
        else:
            append = stack.enter_context(_csv_writer(temporary, style, escape_formulas))
        written = 0

        def write(table: pd.DataFrame) -> None:
            nonlocal written
            append(table)
            if written == 0 and len(table):
                _check_disk(temporary, len(table), expected_rows)
            written += len(table)

        yield write


def refuse_overwriting(source: Path, target: Path) -> None:
    """Raise if the output would take the place of the input.

    Raises
    ------
    DataError
        If both are one file, also through a link.
    """
    same = target.exists() and source.exists() and os.path.samefile(source, target)
    if same or source.resolve() == target.resolve():
        raise DataError(f"the output must be another file than the input; got {target} for both.")


def _kind(path: Path) -> str:
    """Return 'csv' or 'parquet', by the file's ending."""
    ending = path.suffix.lower()
    if ending in CSV_ENDINGS:
        return "csv"
    if ending in PARQUET_ENDINGS:
        return "parquet"
    known = ", ".join(CSV_ENDINGS + PARQUET_ENDINGS)
    raise DataError(f"a table's file must end in {known}; got {path}. Rename it.")


# --- CSV ---------------------------------------------------------------------------------------


def _read_fields(
    path: Path, encoding: str, keep: Callable[[list[str]], None] | None = None
) -> tuple[list[str], list[list[str]], str]:
    """Return the header, the rows as text, and the delimiter.

    With ``keep`` no row is returned: it is told of each.
    """
    rows: list[list[str]] = []
    keep = keep or rows.append
    try:
        with path.open(encoding=encoding, newline="") as stream:
            first = stream.readline()
            delimiter = max(DELIMITERS, key=first.count)
            stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            header = next(reader, [])
            for fields in reader:
                row = _checked_row(fields, header, path, reader.line_num)
                if row:
                    keep(row)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} must be in {encoding}; got the byte {error.object[error.start]:#04x}. "
            "Name its encoding, e.g. --encoding cp1252."
        ) from error
    except csv.Error as error:
        raise DataError(
            f"{path} must be a CSV file; got, at line {reader.line_num}: {error}. "
            "Quote fields that hold a quote, the delimiter or a line break."
        ) from error
    if not header:
        raise DataError(f"{path} must begin with a line of column names; got none. Add one.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(
            f"column names must be unique; got {', '.join(map(repr, twice))} more than once in "
            f"{path}. Rename them."
        )
    return header, rows, delimiter


def _checked_row(row: list[str], header: list[str], path: Path, line: int) -> list[str]:
    """Return a row with as many fields as the header; an empty line is a gap if that is one."""
    if not row and len(header) == 1:
        return [""]
    if row and len(row) != len(header):
        raise DataError(
            f"each row must have {len(header)} fields, as many as there are column names; got "
            f"{len(row)} at line {line} of {path}. Quote fields that hold the delimiter."
        )
    return row


@contextlib.contextmanager
def _csv_writer(
    path: Path, style: CsvStyle, escape_formulas: bool
) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Yield a function that appends a table to a CSV file; the first one brings the header."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        # The csv module quotes a carriage return inside a field only if it also ends the lines.
        writer = csv.writer(_Lines(stream), delimiter=style.delimiter, lineterminator="\r\n")

        def append(table: pd.DataFrame) -> None:
            if stream.tell() == 0:
                header = list(map(str, table.columns))
                writer.writerow(map(_without_formula, header) if escape_formulas else header)
            columns = [_as_texts(table[name], style, escape_formulas) for name in table]
            writer.writerows(zip(*columns))
            stream.flush()

        yield append


class _Lines:
    """A text stream that ends its lines with a line feed alone."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, line: str) -> int:
        return self.stream.write(line[:-2] + "\n")


def _as_texts(column: pd.Series, style: CsvStyle, escape_formulas: bool) -> list[Any]:
    """Return a column as what the csv module writes for it; None is an empty field."""
    if column.name in style.forms:
        texts: list[Any] = list(style.forms[column.name](column))
    else:
        values = column.astype(object)
        texts = values.where(column.notna(), None).tolist()
    if escape_formulas and not pd.api.types.is_numeric_dtype(column.dtype):
        texts = [_without_formula(text) for text in texts]
    return texts


def _without_formula(value: Any) -> Any:
    """Return a text with an apostrophe before what a spreadsheet would run; else the value."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def _check_memory(path: Path) -> None:
    """Refuse a file that would not fit, before the machine begins to swap."""
    from synthkit.base import free_memory

    free, needed = free_memory(), path.stat().st_size * MEMORY_FACTOR
    if free is not None and needed > free:
        raise DataError(
            f"{path} must fit into memory; it would take about {needed / 1e9:.1f} GB and "
            f"{free / 1e9:.1f} GB are free. Take a sample of its rows, or convert it to Parquet."
        )


def _check_disk(path: Path, written: int, expected: int) -> None:
    """Refuse, after the first rows, a file that the disk could not hold."""
    needed = path.stat().st_size * expected / written
    free = shutil.disk_usage(path.parent).free
    if needed > free:
        raise DataError(
            f"{expected:,} rows must fit on the disk; they would take about {needed / 1e9:,.1f} "
            f"GB and {free / 1e9:,.1f} GB are free. Make fewer, or write Parquet."
        )


# --- Parquet -----------------------------------------------------------------------------------


def _pyarrow() -> Any:
    """Import pyarrow, or say how to get it."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(
            "Parquet files need the package 'pyarrow'. Run: pip install 'synthkit-lab[scale]'"
        ) from error
    return pyarrow


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file; whole numbers with gaps stay whole, a named index becomes a column."""
    pa = _pyarrow()
    with path.open("rb") as stream:
        try:
            arrow = pa.parquet.read_table(stream)
        except pa.ArrowInvalid as error:
            raise DataError(f"{path} must be a Parquet file; got: {error}.") from error
    table: pd.DataFrame = arrow.to_pandas()
    for name in arrow.column_names:
        column = arrow.column(name)
        whole = pa.types.is_integer(column.type) or pa.types.is_boolean(column.type)
        if whole and column.null_count and name in table:
            values = column.fill_null(False if pa.types.is_boolean(column.type) else 0)
            exact = masked_column(values.to_numpy(), column.is_null().to_numpy())
            table[name] = exact.set_axis(table.index)
    named = [name for name in table.index.names if name is not None]
    return table.reset_index(level=named) if named else table.reset_index(drop=True)


def _time_forms(table: pd.DataFrame) -> dict[Any, Form]:
    """Return how to write times as CSV: a column whose times are all midnight holds dates."""
    forms: dict[Any, Form] = {}
    for name in table.select_dtypes(["datetime", "datetimetz"]):
        times = table[name].dropna()
        dates = bool((times == times.dt.normalize()).all())
        forms[name] = partial(_iso_texts, dates=dates)
    return forms


def _iso_texts(column: pd.Series, dates: bool) -> list[str | None]:
    """Return times in ISO 8601, to the finest part that each has."""
    return [
        None if pd.isna(time) else time.date().isoformat() if dates else time.isoformat(" ")
        for time in column
    ]


@contextlib.contextmanager
def _parquet_writer(path: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Yield a function that appends a table to a Parquet file; the first one sets the types."""
    pa = _pyarrow()
    writer: Any = None

    def append(table: pd.DataFrame) -> None:
        nonlocal writer
        schema = writer.schema if writer is not None else None
        arrow = pa.Table.from_pandas(table, schema=schema, preserve_index=False)
        if writer is None:
            writer = pa.parquet.ParquetWriter(path, arrow.schema)
        writer.write_table(arrow)

    try:
        yield append
    finally:
        if writer is not None:
            writer.close()
