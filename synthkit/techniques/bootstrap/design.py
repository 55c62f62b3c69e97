"""Bootstrap, part 3 of 4: the plan of an experiment, checked before anything is drawn.

A ``Design`` says how one new sample is drawn from the data: which rows may follow each other, how
many, and whether they are moved.  Everything a caller can get wrong is refused here, with the
cure, so that the mathematics of part 4 need not look back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from synthkit.errors import DataError, ParameterError
from synthkit.techniques.bootstrap import rows
from synthkit.techniques.bootstrap.rows import BLOCK_KINDS, Floats, Indices

Streams = tuple[np.random.Generator, np.random.Generator]  # for rows, and for noise on them

METHODS = ("percentile", "basic", "bca", "studentized")
KINDS = (
    "iid",
    "stratified",
    *BLOCK_KINDS,
    "m_out_of_n",
    "bayesian",
    "smoothed",
    "parametric",
)
MOVING_KINDS = ("smoothed", "parametric")  # these make new values
TABLE_KINDS = tuple(kind for kind in KINDS if kind != "m_out_of_n")  # sample(m) is m out of n


@dataclass(frozen=True)
class Design:
    """How one replicate is drawn from the data; made by ``checked_design``."""

    kind: str
    data: Floats  # (n,) or (n, d)
    size: int  # rows m of a replicate
    block_length: float | None = None
    strata: Indices | None = None
    bandwidth: float = 0.0


def draw_indices(design: Design, replicates: int, rng: np.random.Generator) -> Indices:
    """Return the row numbers of ``replicates`` new samples, shape (replicates, m)."""
    n = len(design.data)
    if design.strata is not None:
        return rows.stratified_indices(design.strata, replicates, rng)
    if design.block_length is not None:
        return rows.dependent_indices(
            design.kind, n, design.block_length, design.size, replicates, rng
        )
    return rows.iid_indices(n, design.size, replicates, rng)


def draw_samples(design: Design, replicates: int, streams: Streams) -> Floats:
    """Return new samples, shape (replicates, m) or (replicates, m, d)."""
    rng, noise = streams
    if design.kind not in MOVING_KINDS:
        drawn = draw_indices(design, replicates, rng)
        return np.take(design.data, drawn, axis=0)  # a tenth quicker than data[drawn], 3 x for 2-D
    table = design.data.reshape(len(design.data), -1)  # (n, d), d = 1 for one column
    mean, root = rows.covariance_root(table)
    shape = (replicates, design.size, table.shape[1])
    if design.kind == "parametric":
        new = rows.normal_rows(shape, mean, root, rng)
    else:
        real = np.take(table, draw_indices(design, replicates, rng), axis=0)
        new = rows.smoothed(real, mean, root, design.bandwidth, noise)
    return new.reshape(replicates, design.size, *design.data.shape[1:])


def complete_numbers(frame: pd.DataFrame) -> Floats:
    """Return the numeric columns (n, d) that a block length can be read from.

    Columns with gaps are left out, and so are those that only rise or only fall: a clock or a
    running number depends on every row before it, whatever the others do.
    """
    columns = [
        values
        for name in frame.columns
        if pd.api.types.is_numeric_dtype(frame[name])
        if not pd.api.types.is_bool_dtype(frame[name])
        if np.isfinite(values := frame[name].to_numpy(dtype=np.float64, na_value=np.nan)).all()
        if (np.diff(values) < 0).any() and (np.diff(values) > 0).any()
    ]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


# --- checks ---------------------------------------------------------------------------------------


def checked_data(
    data: ArrayLike | pd.Series | pd.DataFrame, statistic: object
) -> tuple[Floats, pd.DataFrame | None]:
    """Return a finite float array (n,) or (n, d); a frame for a function becomes row numbers."""
    if isinstance(data, pd.DataFrame) and callable(statistic):
        if len(data) < 2:
            raise DataError(f"data must have at least 2 rows; got {len(data)}. Collect more.")
        return np.arange(len(data), dtype=np.float64), data
    try:
        values = np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"data must be numbers for statistic={statistic!r}; got {type(data).__name__} "
            f"({error}). Choose numeric columns, or pass a function of a DataFrame."
        ) from error
    if values.ndim not in (1, 2) or len(values) < 2:
        raise DataError(
            f"data must have one or two dimensions and at least 2 rows; got shape {values.shape}. "
            "One row is one unit."
        )
    broken = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if broken.any():
        raise DataError(
            f"data must be finite; got {int(broken.sum())} rows with NaN or infinity, the first is "
            f"row {int(np.flatnonzero(broken)[0])}. Drop them (dropna) or fill them on purpose."
        )
    return values, None


def checked_kind(
    kind: str | None, block_length: object, strata: object, kinds: tuple[str, ...] = KINDS
) -> str:
    """Return the kind, chosen by the other arguments where it is None."""
    if kind is None:
        kind = "stationary_block" if block_length is not None else "iid"
        kind = "stratified" if strata is not None and block_length is None else kind
    if kind not in kinds:
        raise ParameterError(
            f"kind must be one of {kinds}; got {kind!r}. Rows in time need a block kind."
        )
    if block_length is not None and kind not in BLOCK_KINDS:
        raise ParameterError(
            f"block_length must go with one of {BLOCK_KINDS}; got kind={kind!r}. "
            "Leave out one of the two."
        )
    if (strata is not None) != (kind == "stratified"):
        raise ParameterError(
            f"strata must be given for kind='stratified', and only there; got kind={kind!r}. "
            "Say which group each row belongs to."
        )
    return kind


def check_numbers(
    method: str, kind: str, confidence_level: float, replicates: int, rate: float, chunk_bytes: int
) -> None:
    """Raise ParameterError where a number or the method is outside its range."""
    if method not in METHODS:
        raise ParameterError(f"method must be one of {METHODS}; got {method!r}. 'bca' suits most.")
    if method in ("bca", "studentized") and kind != "iid":
        raise ParameterError(
            f"method must be 'percentile' or 'basic' for kind={kind!r}; got {method!r}. "
            "BCa and studentized intervals are defined here for independent rows only."
        )
    if not 0 < confidence_level < 1:
        raise ParameterError(
            f"confidence_level must be between 0 and 1; got {confidence_level!r}. Use e.g. 0.95."
        )
    fewest = int(np.ceil(2 / (1 - confidence_level) - 1e-9))  # one replicate in each tail
    whole = isinstance(replicates, (int, np.integer))  # a bool is below ``fewest``
    if not whole or replicates < fewest:
        raise ParameterError(
            f"replicates must be a whole number of at least {fewest} at this confidence level; "
            f"got {replicates!r}. 2,000 is usual."
        )
    if not (rate > 0 and np.isfinite(rate)):
        raise ParameterError(f"rate must be above 0; got {rate!r}. Means have rate 0.5.")
    if chunk_bytes < 1:
        raise ParameterError(f"chunk_bytes must be at least 1; got {chunk_bytes!r}. Try 2**20.")


def checked_design(
    sample: Floats,
    frame: pd.DataFrame | None,
    kind: str,
    block_length: float | str | None,
    strata: ArrayLike | None,
    size: int | None,
    bandwidth: float | None,
) -> Design:
    """Return the design, with its defaults filled in; ``frame`` is what row numbers stand for."""
    n = len(sample)
    if kind in (*MOVING_KINDS, "bayesian") and frame is not None:
        raise ParameterError(
            f"data must be an array for kind={kind!r} with a function; got a DataFrame. "
            "Pass df.to_numpy()."
        )
    if size is not None and (kind != "m_out_of_n" or not 1 <= size <= n):
        raise ParameterError(
            f"size must be between 1 and {n}, for kind='m_out_of_n' only; got {size!r} with "
            f"kind={kind!r}. Leave it out for about sqrt(n)."
        )
    if bandwidth is not None and not (kind == "smoothed" and 0 < bandwidth < np.inf):
        raise ParameterError(
            f"bandwidth must be above 0, for kind='smoothed' only; got {bandwidth!r} with "
            f"kind={kind!r}. Leave it out for Silverman's."
        )
    codes = None
    if strata is not None:
        codes, _ = pd.factorize(np.asarray(strata))
        if codes.shape != (n,) or (codes < 0).any():
            raise ParameterError(
                f"strata must give each of the {n} rows a group; got shape {codes.shape} with "
                f"{int((codes < 0).sum())} missing. Fill the missing ones."
            )
    if size is None:
        size = max(1, round(np.sqrt(n))) if kind == "m_out_of_n" else n
    if bandwidth is None:
        bandwidth = rows.silverman_bandwidth(n, sample[0].size)
    length = None
    if kind in BLOCK_KINDS:
        numbers = sample if frame is None else complete_numbers(frame)
        length = rows.checked_block_length(block_length, numbers.reshape(n, -1), kind)
    return Design(kind, sample, size, length, codes, bandwidth)
