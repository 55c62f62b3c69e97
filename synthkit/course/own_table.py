"""A learner's own table: read with care, and its columns' kinds set by hand.

A file that is not UTF-8, not parted by commas, or too large is read all the same, and a note says
how: nothing is guessed silently.  No note holds a row.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synthkit.datasets import datasets, load
from synthkit.errors import DataError, ParameterError
from synthkit.tables import Schema

# A larger file is sampled: as many rows judge a technique as well, and fit on any laptop.
WHOLE_BYTES = 100_000_000
SAMPLE_ROWS = 100_000
SAMPLE_SEED = 0
FALLBACK = "cp1252"  # what spreadsheets in the west write that is not UTF-8
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

LEFT_OUT = "leave out"
KINDS = ("number", "category", "date", "identifier", LEFT_OUT)
KIND_OF = {
    "continuous": "number",
    "integer": "number",
    "boolean": "category",
    "category": "category",
    "datetime": "date",
    "identifier": "identifier",
    "constant": "category",
}


@dataclass(frozen=True, repr=False)
class OwnTable:
    """A table, where it came from, and what must be said about how it was read."""

    table: pd.DataFrame
    source: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return size and notes; no row."""
        head = f"{self.source}: {len(self.table):,} rows, {self.table.shape[1]} columns."
        return "\n".join([head, *(f"Note: {note}" for note in self.notes)])

    __repr__ = __str__


def read_own_table(
    source: str | Path,
    *,
    encoding: str | None = None,
    whole_bytes: int = WHOLE_BYTES,
    sample_rows: int = SAMPLE_ROWS,
) -> OwnTable:
    """Read a bundled table by its name, or a CSV or Parquet file by its path.

    Parameters
    ----------
    source : str or path
    encoding : str, optional
        Of a CSV file; by default it is found out: UTF-8, UTF-16, else cp1252 with a note.
    whole_bytes : int, default 100 MB
        A larger CSV file is sampled.
    sample_rows : int, default 100,000
        So many rows are drawn then, each row alike, always the same ones.

    Raises
    ------
    DataError
        There is no such table, or the file is none.
    """
    from synthkit.commands.table_files import read_sample, read_table

    name = str(source)
    if name in datasets():
        return OwnTable(load(name), name)
    path = Path(source)
    if not path.is_file():
        raise DataError(
            f"source must be a bundled table ({', '.join(datasets())}) or the path of a file; got "
            f"{name!r}. Put the file beside this notebook and give its name."
        )
    if path.suffix.lower() in (".parquet", ".pq"):
        return OwnTable(read_table(path)[0], path.name)
    notes = []
    known = encoding or _encoding(path, whole_bytes)
    if encoding is None and known != "utf-8-sig":
        notes.append(
            f"the file is not UTF-8; it was read as {known}. If accents look wrong, name another: "
            "read_own_table(..., encoding='mac_roman')."
        )
    if path.stat().st_size > whole_bytes:
        table, style, seen = read_sample(path, sample_rows, known, SAMPLE_SEED)
        notes.append(
            f"the file is large ({path.stat().st_size / 1e6:,.0f} MB): {len(table):,} of its "
            f"{seen:,} rows were drawn, each with the same chance."
        )
    else:
        table, style = read_table(path, known)
    if style.delimiter != ",":
        notes.append(f"fields are parted by {WORDS[style.delimiter]}, not commas.")
    if table.shape[1] == 1:
        notes.append(
            f"only one column was found ({table.columns[0]}). If there should be more, the file "
            "is parted by something else than commas, semicolons, tabs or bars: save it anew."
        )
    return OwnTable(table, path.name, tuple(notes))


def _encoding(path: Path, whole_bytes: int) -> str:
    """Return the encoding that fits a file's first bytes."""
    with path.open("rb") as stream:
        begin = stream.read(min(whole_bytes, 20_000_000))
    if begin[:2] in UTF16_MARKS:
        return "utf-16"
    try:
        # A character that the end of the piece cuts in two is no fault of the file.
        begin[: begin.rfind(b"\n") + 1 or None].decode("utf-8-sig")
    except UnicodeDecodeError:
        return FALLBACK
    return "utf-8-sig"


# --- kinds ------------------------------------------------------------------------------------


def kinds_of(table: pd.DataFrame) -> dict[str, str]:
    """Return what each column is taken for: number, category, date or identifier."""
    return {str(spec.name): KIND_OF[spec.kind] for spec in Schema.infer(table)}


def with_kinds(table: pd.DataFrame, kinds: Mapping[Hashable, str]) -> pd.DataFrame:
    """Return the table with columns read as these kinds; those not named stay as they are.

    Parameters
    ----------
    kinds : dict of column to kind
        ``number category date identifier`` or ``leave out``, e.g. ``{"zip": "category"}``.

    Raises
    ------
    ParameterError
        An unknown column or kind.
    DataError
        A column's cells can't be of that kind, or no column is left.

    Examples
    --------
    >>> table = pd.DataFrame({"zip": [1010, 1020, 1010], "note": ["a", "b", "c"]})
    >>> kinds_of(with_kinds(table, {"zip": "category", "note": "leave out"}))
    {'zip': 'category'}
    """
    made = table.copy()
    now = kinds_of(table)
    for name, kind in kinds.items():
        if name not in table.columns:
            raise ParameterError(
                f"a kind must be set for a column of the table; got {name!r}. They are "
                f"{', '.join(map(str, table.columns[:20]))}."
            )
        if kind not in KINDS:
            raise ParameterError(
                f"the kind of column {name!r} must be one of {', '.join(KINDS)}; got {kind!r}."
            )
        if kind == LEFT_OUT:
            made = made.drop(columns=name)
        elif kind != now[str(name)]:
            made[name] = _read_as(made[name], kind)
    if made.shape[1] == 0:
        raise DataError("at least one column must be kept; all were left out. Keep another.")
    return made


def _read_as(column: pd.Series[Any], kind: str) -> pd.Series[Any]:
    """Return a column's cells as another kind."""
    present = column.dropna()
    if kind == "category":
        return column.astype("category")
    if kind == "identifier":
        if present.nunique() < len(present):
            raise DataError(
                f"column {column.name!r} must hold another value in each row to be an identifier; "
                f"got {present.nunique():,} values in {len(present):,} rows. Leave it out, or call "
                "it a category."
            )
        return column.map(str, na_action="ignore").astype(object)
    try:
        return pd.to_numeric(column) if kind == "number" else pd.to_datetime(column)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"column {column.name!r} must hold cells that can be read as a {kind}; some can't "
            f"({type(error).__name__}). Keep its kind, or mend them in the file."
        ) from None
