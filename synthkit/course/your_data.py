"""Section 9 of each lesson: the learner's own table, with a warning where it looks personal.

Nothing here shows a row: names of columns and figures only.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from synthkit.course.report import Note
from synthkit.datasets import datasets, load
from synthkit.errors import DataError

# Words in a column's name that point at a person, and patterns that cells of such columns match.
_NAMES = {
    "a name": r"(first|last|sur|full|middle|user) ?name|\bname\b|\bpassenger\b",
    "an address": r"e ?mail|phone|mobile|address|street|post ?code|\bzip|\bip\b|\burl\b",
    "an identity number": r"\bssn\b|passport|\biban\b|account|card ?n|licen[cs]e|tax ?id"
    r"|(patient|person|customer|user) ?id\b",
    "a birth date or place": r"birth|\bdob\b",
    "a health, belief or origin": r"diagnos|disease|religio|ethnic|\brace\b|politic",
}
_CELLS = {
    "an e-mail address": r"[^@\s]+@[^@\s]+\.[a-z]{2,}",
    "a phone number": r"\+?[\d\s()/.-]{9,17}",
    "an IP address": r"(\d{1,3}\.){3}\d{1,3}",
}
# So many cells are looked at, and this share must match: enough to see, quick on any table.
_LOOKED_AT, _SHARE = 200, 0.8


def read_table(source: str) -> pd.DataFrame:
    """Return a bundled table by its name, or a CSV file by its path.

    Raises
    ------
    DataError
        If there is neither.
    """
    if source in datasets():
        return load(source)
    path = Path(source)
    if not path.is_file():
        raise DataError(
            f"source must be a bundled table ({', '.join(datasets())}) or the path of a CSV file; "
            f"got {source!r}. Put the file beside this notebook and give its name."
        )
    return pd.read_csv(path)


def personal_columns(table: pd.DataFrame) -> dict[str, str]:
    """Return the columns that look as if they told of a person: name -> what they look like."""
    found = {}
    for position, label in enumerate(table.columns):
        # CamelCase and separators become blanks, so that \b finds the words of a name.
        name = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s_.-]+", " ", str(label)).strip().lower()
        what = next((k for k, pattern in _NAMES.items() if re.search(pattern, name)), None)
        what = what or _by_cells(table.iloc[:, position])
        if what:
            found[str(label)] = what
    return found


def _by_cells(column: pd.Series[Any]) -> str | None:
    if not pd.api.types.is_string_dtype(column) and column.dtype != object:
        return None
    cells = [str(cell) for cell in column.dropna().head(_LOOKED_AT)]
    for what, pattern in _CELLS.items():
        hits = sum(re.fullmatch(pattern, cell, flags=re.IGNORECASE) is not None for cell in cells)
        if cells and hits >= _SHARE * len(cells):
            return what
    return None


def personal_warning(table: pd.DataFrame) -> Note:
    """Say which columns look personal, and what that means; a Note, never a row."""
    found = personal_columns(table)
    if not found:
        return Note(
            "No column looks personal by its name or its cells. That is a guess from patterns, "
            "not a promise: you know your table."
        )
    listed = "\n".join(f"    {name}: looks like {what}" for name, what in found.items())
    return Note(
        "⚠ Some columns look personal:\n\n" + listed + "\n\n"
        "A synthetic table is not anonymous by itself, and this lesson measures no privacy. Leave "
        "such columns out (`mine = mine.drop(columns=[...])`), and keep the result to yourself "
        "until lessons 12 and 13."
    )
