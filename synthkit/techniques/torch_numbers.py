"""Rows of plain numbers for a network, standardised, and back to a table with its own dtypes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthkit.errors import DataError
from synthkit.tables import TableEncoder


def numbers_of(encoder: TableEncoder, table: pd.DataFrame, asked: str, cure: str) -> np.ndarray:
    """Return a table's numbers (n, d); for a table of constants, which has none, zeros (n, 1).

    Parameters
    ----------
    encoder : TableEncoder
    table : DataFrame
    asked, cure : str
        The setting that needs numbers, and the one that takes any column: for the message.

    Raises
    ------
    DataError
        Naming the columns that are not numeric, or have missing values.
    """
    odd = [
        spec.name
        for spec in encoder.specs
        if spec.kind not in ("continuous", "integer") or table[spec.name].isna().any()
    ]
    if odd:
        raise DataError(
            f"{asked} needs numeric columns without missing values; got {odd}. Use {cure}."
        )
    numbers = table[encoder.columns].to_numpy(dtype=np.float64)
    return numbers if encoder.columns else np.zeros((len(table), 1))


def scale_of(numbers: np.ndarray) -> np.ndarray:
    """Return the mean and the standard deviation (1 for a constant) of each column: (2, d)."""
    spread = numbers.std(0)
    return np.stack([numbers.mean(0), np.where(spread > 0, spread, 1.0)])


def standardised(numbers: np.ndarray, scale: np.ndarray) -> Tensor:
    """Return numbers (n, d) in units of ``scale`` (2, d)."""
    return torch.from_numpy((numbers - scale[0]) / scale[1]).float()


def table_of(encoder: TableEncoder, numbers: np.ndarray) -> pd.DataFrame:
    """Return numbers (n, d) as a table; whole ones are rounded, into the range of their dtype."""
    table = encoder.decode(np.full((len(numbers), len(encoder.specs)), 0.5))
    for j, spec in enumerate(encoder.specs):
        values, dtype = numbers[:, j], table[spec.name].dtype
        plain = getattr(dtype, "numpy_dtype", dtype)  # Int64 holds an int64
        if spec.kind == "integer":
            values = np.rint(values)
        if plain.kind in "iu":
            ends = np.iinfo(plain)
            values = np.rint(values.clip(ends.min, np.nextafter(float(ends.max), 0)))
            values = values.astype(plain)
        table[spec.name] = pd.Series(values, dtype=dtype)
    return table
