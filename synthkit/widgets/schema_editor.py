"""What each column of a table is, on the page, with a choice for each.

It shows names, kinds and counts, never a cell.  What is chosen is checked at once: a kind that the
cells can't have is refused, and says why.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import pandas as pd
import traitlets

from synthkit.commands.preflight import MANY_LEVELS
from synthkit.course.own_table import KINDS, kinds_of, with_kinds
from synthkit.course.your_data import personal_columns

ASSETS = Path(__file__).parent / "assets"


class SchemaEditor(anywidget.AnyWidget):
    """The columns of a table, each with a choice of kind.

    Parameters
    ----------
    table : DataFrame
        Stays as it is.

    Attributes
    ----------
    kinds_set : dict of column to kind
        What was changed by hand.
    error : Exception or None
        What went wrong in a handler besides a kind that can't be.

    Examples
    --------
    >>> import synthkit as sk
    >>> editor = SchemaEditor(sk.load("wine"))
    >>> editor.set("proline", "leave out")
    >>> editor.table().shape[1]
    13
    """

    _esm = ASSETS / "schema.js"
    _css = ASSETS / "arena.css"
    columns: Any = traitlets.List().tag(sync=True)
    kinds: Any = traitlets.List().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)
    reply = traitlets.Dict().tag(sync=True)

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table
        self._labels = {str(name): name for name in table.columns}
        self._found = kinds_of(table)
        self.error: Exception | None = None
        super().__init__(columns=self._rows(), kinds=list(KINDS), reply={"text": self._size()})
        self.observe(self._receive, names="chosen")

    @property
    def kinds_set(self) -> dict[str, str]:
        """Return what was changed by hand: column -> kind."""
        return {n: k for n, k in self.chosen.items() if k != self._found.get(n)}

    def set(self, column: str, kind: str) -> None:
        """Set a column's kind without the page.

        Raises
        ------
        ParameterError, DataError
            As ``with_kinds``.
        """
        with_kinds(self._table, {self._labels.get(column, column): kind})
        self.chosen = {**self.chosen, column: kind}

    def table(self) -> pd.DataFrame:
        """Return the table with the kinds that were set.

        Raises
        ------
        DataError
            A kind was chosen that the cells can't have.
        """
        return with_kinds(
            self._table, {self._labels[name]: kind for name, kind in self.kinds_set.items()}
        )

    def _rows(self) -> list[dict[str, Any]]:
        personal = personal_columns(self._table)
        rows = []
        for name, kind in self._found.items():
            column = self._table[self._labels[name]]
            distinct = int(column.nunique())
            notes = [f"looks like {personal[name]}"] if name in personal else []
            if kind == "identifier":
                notes.append("new in each row: gets surrogates, isn't compared")
            elif kind == "category" and distinct > MANY_LEVELS:
                notes.append("many levels: rare ones are hardly learned")
            rows.append(
                {
                    "name": name,
                    "kind": kind,
                    "distinct": distinct,
                    "missing": float(column.isna().mean()),
                    "note": "; ".join(notes),
                }
            )
        return rows

    def _receive(self, change: Any) -> None:
        try:
            table = self.table()
            text = f"{len(self.kinds_set)} changed; {self._size(table)}"
            self.reply = {"text": text, "wrong": False}
        except ValueError as error:  # a kind that can't be: the page says so
            self.reply = {"text": str(error), "wrong": True}
        except Exception as error:
            self.error = error

    def _size(self, table: pd.DataFrame | None = None) -> str:
        shown = self._table if table is None else table
        return f"{len(shown):,} rows, {shown.shape[1]} columns."

    def __repr__(self) -> str:
        lines = []
        for row in self.columns:
            kind = self.chosen.get(row["name"], row["kind"])
            note = f"; {row['note']}" if row["note"] else ""
            lines.append(f"{row['name']}: {kind}, {row['distinct']:,} values{note}")
        return "\n".join([self._size(), *lines])

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Add the same as text, for where no page shows it."""
        shown: Any = super()._repr_mimebundle_(**kwargs) or {}
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        return {**data, "text/plain": repr(self)}, metadata
