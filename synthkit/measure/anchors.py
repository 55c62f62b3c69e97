"""Anchors: tables of known worth; and whose rows a table holds."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from synthkit.errors import DataError

FRESH = "fresh real rows"
BOOTSTRAP = "verbatim bootstrap"
SHUFFLE = "independent shuffle"

STRETCHES = 50  # of a series, at least: enough to test, and each as long as can be


def verbatim_bootstrap(real: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return n real rows drawn with replacement: the best looks, and no privacy at all."""
    return real.iloc[rng.integers(len(real), size=n)].reset_index(drop=True)


def independent_shuffle(real: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return n rows with every column drawn by itself: perfect marginals, no dependence.

    Without replacement within each run through the table, so that marginals are as exact as n
    allows.
    """
    runs = -(-n // len(real))
    columns = []
    for name in real.columns:
        order = np.concatenate([rng.permutation(len(real)) for _ in range(runs)])[:n]
        columns.append(real[name].iloc[order].reset_index(drop=True))
    return pd.concat(columns, axis=1)


def unit_numbers(
    frames: Mapping[str, pd.DataFrame], unit: Hashable
) -> dict[str, np.ndarray] | None:
    """Return each row's unit number (n,) for each table, one numbering for all; None without unit.

    A synthetic table may lack the column: then each of its rows is a unit of its own.

    Raises
    ------
    DataError
        The real or holdout table has no such column, or a missing value in it.
    """
    if unit is None:
        return None
    numbers: dict[str, np.ndarray] = {}
    seen: dict[object, int] = {}
    for name, frame in frames.items():
        if unit not in frame.columns:
            if name != "synthetic":
                raise DataError(
                    f"unit must name a column of the {name} table; got {unit!r}. "
                    f"The columns are {list(frame.columns)[:20]}."
                )
            numbers[name] = -1 - np.arange(len(frame))
            continue
        if frame[unit].isna().any():
            row = int(np.flatnonzero(frame[unit].isna())[0])
            raise DataError(
                f"column {unit!r} must say for every row whose it is; it is missing in row {row} "
                f"of the {name} table. Drop or fill such rows."
            )
        numbers[name] = np.array([seen.setdefault(x, len(seen)) for x in frame[unit]])
    return numbers


def stretch_numbers(
    frames: Mapping[str, pd.DataFrame], time: Hashable
) -> tuple[dict[str, np.ndarray], str]:
    """Return each row's stretch (n,) for each table: runs of equally many neighbours in time.

    The second value says so in words.

    Rows next to each other in a series aren't independent, and a test that takes them for so cries
    wolf.  Stretches nearly are: the longest ones that leave STRETCHES in every table.
    """
    steps = max(1, min(len(frame) for frame in frames.values()) // STRETCHES)
    numbers: dict[str, np.ndarray] = {}
    first = 0
    for name, frame in frames.items():
        place = np.empty(len(frame), dtype=int)
        if time not in frame.columns:
            raise DataError(
                f"time must name a column of the {name} table; got {time!r}. "
                f"The columns are {list(frame.columns)[:20]}."
            )
        order = frame[time].reset_index(drop=True).sort_values(kind="stable").index
        place[order] = np.arange(len(frame))
        numbers[name] = first + place // steps
        first += len(frame) // steps + 1
    note = (
        f"attacks and folds work on stretches of {steps:,} rows, neighbours in {time!s}, which "
        "itself isn't compared; a memory that is longer may still raise false alarms"
    )
    return numbers, note
