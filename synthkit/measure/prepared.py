"""What a scorecard works on: the tables side by side, whose rows they are, what can't be assessed.

Everything that a table may lack or break is said here, before anything is measured.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DataError
from synthkit.measure.aligned import Aligned, align
from synthkit.measure.anchors import (
    BOOTSTRAP,
    FRESH,
    SHUFFLE,
    independent_shuffle,
    stretch_numbers,
    unit_numbers,
    verbatim_bootstrap,
)
from synthkit.measure.held_out import Overlap, holdout_overlap
from synthkit.tables import as_table

MOST_NAMED = 10  # columns named in one sentence


@dataclass(frozen=True)
class Prepared:
    """The tables of one scorecard.

    Parameters
    ----------
    frames : dict of str to DataFrame
        ``real``, ``synthetic`` and, where there is one, ``holdout``; without the unit's column.
    others : dict of str to DataFrame
        The anchors that are made or given; fresh real rows are taken from the holdout.
    tables : Aligned
        All of them, in this order.
    units : dict of str to array, or None
        The unit number of each row of ``frames``: a person, or a stretch of a series.
    by_unit : bool
        Whether the units are the user's.
    overlap : str
        Why the holdout is none; '' where it is one or there is none.
    notes, unknown : tuple of str
        What must be said; what can't be assessed, which caps the verdict.
    """

    frames: Mapping[str, pd.DataFrame]
    others: Mapping[str, pd.DataFrame]
    tables: Aligned
    units: Mapping[str, np.ndarray] | None
    by_unit: bool
    overlap: str
    notes: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def place(self) -> dict[str, int]:
        """Where each table stands in ``tables``."""
        return {name: k for k, name in enumerate([*self.frames, *self.others])}

    @property
    def anchor_names(self) -> list[str]:
        """All anchors, fresh real rows first."""
        return [FRESH, *self.others]

    @property
    def has_holdout(self) -> bool:
        """Whether there are held-out rows that were not learned from."""
        return "holdout" in self.frames and not self.overlap

    def take(self, *names: str) -> Aligned:
        """Return some of the tables, in the given order."""
        return self.tables.pick([self.place[name] for name in names])

    def units_of(self, *names: str) -> Any:
        """Return the unit numbers of some tables; None without units."""
        return None if self.units is None else tuple(self.units[name] for name in names)

    def real_pool(self) -> tuple[Aligned, np.ndarray | None]:
        """Return all real rows, held out or not, as one table, and their units (N,)."""
        names = ["real", "holdout"] if self.has_holdout else ["real"]
        units = self.units_of(*names)
        pool = self.tables.pool([self.place[name] for name in names])
        return pool, None if units is None else np.concatenate(units)

    def fresh(self, rng: np.random.Generator) -> Aligned:
        """Return real rows and fresh real rows; without a holdout, one half and the other."""
        if self.has_holdout:
            return self.take("real", "holdout")
        n = self.tables.rows[0]
        order = rng.permutation(n)
        return self.tables.pick((0, 0)).take([order[: n // 2], order[n // 2 :]])

    def to_test_on(self, rng: np.random.Generator) -> tuple[Aligned, np.ndarray | None]:
        """Return real and synthetic rows and those to test on, and the units of the last.

        Without a holdout these are 30 % of the real rows; the card says so.
        """
        if self.has_holdout:
            units = None if self.units is None else self.units["holdout"]
            return self.take("real", "synthetic", "holdout"), units
        n, m = self.tables.rows[:2]
        order = rng.permutation(n)
        cut = round(0.7 * n)
        return self.tables.pick((0, 1, 0)).take([order[:cut], np.arange(m), order[cut:]]), None


def prepare(
    frames: Mapping[str, Any],
    roles: Mapping[str, Hashable],
    unit: Hashable,
    anchors: Mapping[str, Any],
    rng: np.random.Generator,
) -> Prepared:
    """Check the tables of a scorecard, add the anchors and put all side by side.

    Parameters
    ----------
    frames : dict of str to DataFrame
        ``real``, ``synthetic`` and perhaps ``holdout``.
    roles : dict of str to column label or None
        ``target``, ``group`` and ``time``.
    unit : column label, optional
    anchors : dict of str to DataFrame
    rng : Generator

    Raises
    ------
    DataError
        The tables differ in columns or types, one is empty, or a named column isn't there or has
        no values.
    """
    tables = {name: _frame(name, table) for name, table in frames.items()}
    time = roles["time"]
    _require_columns(tables["real"], roles)
    units, notes = unit_numbers(tables, unit), []
    one_series = time is not None and unit is None
    if time is not None:
        _require_times(tables, time)
    if one_series:
        units, note = stretch_numbers(tables, time)
        notes.append(note)
    if unit is not None:
        tables = {n: f.drop(columns=unit, errors="ignore") for n, f in tables.items()}
    n = len(tables["synthetic"])
    others = {
        BOOTSTRAP: verbatim_bootstrap(tables["real"], n, rng),
        SHUFFLE: independent_shuffle(tables["real"], n, rng),
        **{name: _frame(name, table) for name, table in anchors.items()},
    }
    # Two runs of one process differ on any given day: of one series the days aren't compared.
    leave_out = (unit,) if unit is not None else (time,) * one_series
    aligned = align({**tables, **others}, leave_out=leave_out)
    found = None
    if "holdout" in tables:
        found = holdout_overlap(aligned.pick((0, list(tables).index("holdout"))), units)
    overlap = "" if found is None else found.sentence
    return Prepared(
        tables,
        others,
        aligned,
        units,
        unit is not None,
        overlap,
        (*notes, *_notes(aligned, found)),
        tuple(_unknown(aligned, found)),
    )


def _notes(tables: Aligned, overlap: Overlap | None) -> list[str]:
    """Say what the figures don't show: columns without values, held-out rows that repeat."""
    notes = []
    empty = [c.name for c in tables.columns if (c.codes[0] < 0).all()]
    if empty:
        notes.append(
            f"without any value in the real table, and only compared in staying empty: "
            f"{_list(empty)}"
        )
    if overlap is not None and overlap.shared and not overlap.sentence:
        notes.append(
            f"{overlap.shared:,} of {overlap.rows:,} held-out rows equal a real row, no more than "
            f"chance may bring (it would repeat {overlap.chance:.1%})"
        )
    return notes


def _unknown(tables: Aligned, overlap: Overlap | None) -> list[str]:
    """Say what can't be assessed, and why."""
    unknown = []
    if overlap is None:
        unknown.append(
            "no held-out real rows were given, so the privacy attacks can't be assessed; "
            "set some aside before anything is trained (synthkit split, or sk.judge)"
        )
    elif overlap.sentence:
        unknown.append(overlap.sentence)
    if all((c.codes[0] == c.codes[0][0]).all() for c in tables.columns):
        unknown.append(
            "no column of the real table (identifiers left out) has two different values, so "
            "there is nothing that a synthetic table could get wrong"
        )
    return unknown


def _frame(name: str, table: Any) -> pd.DataFrame:
    try:
        return as_table(table)
    except DataError as error:
        raise DataError(f"{name} table: {error}") from None


def _require_columns(real: pd.DataFrame, wanted: Mapping[str, Hashable]) -> None:
    for role, name in wanted.items():
        if name is not None and name not in real.columns:
            raise DataError(
                f"{role} must name a column of the real table; got {name!r}. "
                f"The columns are {_list(real.columns)}."
            )


def _require_times(tables: Mapping[str, pd.DataFrame], time: Hashable) -> None:
    for name, frame in tables.items():
        if time in frame.columns and frame[time].isna().all():
            raise DataError(
                f"time must name a column that orders the rows; column {time!r} of the {name} "
                "table has no value. Name another one."
            )


def _list(names: Sequence[Hashable] | pd.Index) -> str:
    shown = ", ".join(repr(name) for name in names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown} and {len(names) - MOST_NAMED} more"
