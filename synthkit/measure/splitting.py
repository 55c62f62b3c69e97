"""Hold out real rows before anything is trained: by row, by unit, or the last part of a series."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DataError, ParameterError
from synthkit.rng import RandomState, as_generator
from synthkit.tables import as_table

SHARE = 0.3
MIN_ROWS = 2


def split(
    table: Any,
    share: float = SHARE,
    *,
    unit: Hashable = None,
    time: Hashable = None,
    rng: RandomState = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows to learn from, and rows held out.

    Parameters
    ----------
    table : DataFrame
    share : float
        Held-out share of the rows (or units), in (0, 1).  The attacks need many controls: 0.3.
    unit : column label, optional
        All rows of a unit go to one side.
    time : column label, optional
        Without ``unit``: the last part of the series is held out, since rows in its middle would
        be known from their neighbours.  A drift then looks like a leak: judge with care.
    rng : None, int or Generator

    Raises
    ------
    DataError
        A named column isn't there or has no values, or there are too few rows or units for two
        sides.
    ParameterError
        ``share`` is outside (0, 1).
    """
    if isinstance(share, bool) or not 0 < share < 1:
        raise ParameterError(f"share must lie between 0 and 1; got {share!r}. The default is 0.3.")
    frame = as_table(table)
    for role, name in (("unit", unit), ("time", time)):
        if name is not None and name not in frame.columns:
            raise DataError(
                f"{role} must name a column of the table; got {name!r}. "
                f"The columns are {list(frame.columns)[:20]}."
            )
    if unit is not None:
        held = _held_units(frame[unit], share, as_generator(rng))
    elif time is not None:
        if frame[time].isna().all():
            raise DataError(
                f"time must name a column that orders the rows; {time!r} has no value. Name "
                "another one."
            )
        order = frame[time].rank(method="first", na_option="top").to_numpy()
        held = order > len(frame) - round(share * len(frame))
    else:
        held = _held(len(frame), share, as_generator(rng))
    if min(held.sum(), (~held).sum()) < MIN_ROWS:
        raise DataError(
            f"the table must be large enough for two sides of {MIN_ROWS} rows; got {len(frame)} "
            f"rows, of which {int(held.sum())} would be held out. Pass more rows."
        )
    return frame[~held].reset_index(drop=True), frame[held].reset_index(drop=True)


def _held(n: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return a mask (n,) with the given share of True."""
    return np.asarray(rng.permutation(n) < round(share * n))


def _held_units(column: pd.Series, share: float, rng: np.random.Generator) -> np.ndarray:
    if column.isna().any():
        row = int(np.flatnonzero(column.isna())[0])
        raise DataError(
            f"column {column.name!r} must say for every row whose it is; it is missing in row "
            f"{row}. Drop or fill such rows."
        )
    number, found = pd.factorize(column)
    return _held(len(found), share, rng)[number]
