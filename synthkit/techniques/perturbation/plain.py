"""Perturbing a mixed table without a privacy proof: noise, averages, exchanged values.

``learn_plain`` takes from the fitted table what the noise must know (means, standard
deviations, covariance, shares of the levels), ``release_plain`` perturbs a table with it.
Numbers and dates follow the chosen method, categories and flags go through invariant PRAM.
Missing cells stay missing; identifiers are replaced and constants kept by the class.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.errors import DataError, ParameterError
from synthkit.tables import Schema, storage
from synthkit.tables.schema import ColumnSpec
from synthkit.techniques.perturbation.columns import (
    LevelColumn,
    NumberColumn,
    is_levels,
    is_number,
    level_column,
    number_column,
)
from synthkit.techniques.perturbation.microaggregation import mdav, microaggregate
from synthkit.techniques.perturbation.noise import (
    additive_noise,
    kim_noise,
    multiplicative_noise,
    sample_covariance,
)
from synthkit.techniques.perturbation.swapping import (
    apply_invariant_pram,
    random_rounding,
    rank_swap_order,
    round_to_base,
)

Floats = NDArray[np.float64]
Base = Union[None, float, Mapping[Hashable, Any]]

METHODS = {
    "additive": "independent noise",
    "multiplicative": "multiplicative noise",
    "kim": "covariance-preserving noise (Kim)",
    "microaggregation": "microaggregation (MDAV)",
    "rank_swap": "rank swapping",
    "pram": "invariant PRAM",
    "rounding": "rounding",
    "random_rounding": "random rounding",
}
# A rounding base that nobody chose: the power of ten next below half a standard deviation.
ROUNDING_SHARE = 0.5
MICROSECONDS = 1_000_000
TICKS_A_SECOND = {"s": 1, "ms": 1_000, "us": MICROSECONDS, "ns": 1_000_000_000}


@dataclass(frozen=True)
class PlainSettings:
    """The dials, one for each method (see ``Perturbation``)."""

    method: str
    noise_ratio: float
    group_size: int
    window: float
    change: float
    base: Base


@dataclass(frozen=True)
class PlainState:
    """What the noise must know of the fitted table.

    Parameters
    ----------
    numbers : dict of column to NumberColumn
    mean, deviation : ndarray (d,)
        Of the d number columns, in positions.
    covariance : ndarray (d, d)
    levels : dict of column to LevelColumn
    shares : dict of column to ndarray (K,)
        How frequent each level is, for invariant PRAM.
    """

    numbers: dict[Hashable, NumberColumn]
    mean: Floats
    deviation: Floats
    covariance: Floats
    levels: dict[Hashable, LevelColumn] = field(default_factory=dict)
    shares: dict[Hashable, Floats] = field(default_factory=dict)


def learn_plain(table: pd.DataFrame, schema: Schema, settings: PlainSettings) -> PlainState:
    """Take means, spreads and shares from the fitted table.

    Raises
    ------
    DataError
        If the table has fewer rows than a group of microaggregation.
    """
    _check_rows(len(table), settings)
    numbers = {s.name: number_column(table[s.name], s) for s in schema if is_number(s)}
    positions, missing = _read_all(table, numbers)
    complete = positions[~missing.any(axis=1)]  # rows without a gap
    d = positions.shape[1]
    mean, deviation = np.zeros(d), np.zeros(d)
    for j in range(d):
        there = positions[~missing[:, j], j]
        mean[j], deviation[j] = there.mean(), there.std()
    covariance = sample_covariance(complete) if len(complete) > d else np.diag(deviation**2)
    levels: dict[Hashable, LevelColumn] = {}
    shares: dict[Hashable, Floats] = {}
    for spec in schema:
        if is_levels(spec):
            column, codes, gone = level_column(table[spec.name], spec)
            counts = np.bincount(codes[~gone], minlength=len(column))
            levels[spec.name], shares[spec.name] = column, counts / max(int(counts.sum()), 1)
    return PlainState(numbers, mean, deviation, covariance, levels, shares)


def release_plain(
    table: pd.DataFrame,
    schema: Schema,
    state: PlainState,
    settings: PlainSettings,
    rng: np.random.Generator,
) -> dict[Hashable, Any]:
    """Return the perturbed columns of a table with the fitted columns.

    Raises
    ------
    DataError
        If there are too few rows to average or to exchange, or a level that ``fit`` never saw.
    """
    _check_rows(len(table), settings)
    arrays: dict[Hashable, Any] = {}
    positions, missing = _read_all(table, state.numbers)  # (n, d)
    filled = np.where(missing, state.mean, positions)
    new = _perturbed(filled, schema, state, settings, rng)
    for j, (name, column) in enumerate(state.numbers.items()):
        if settings.method == "rank_swap":
            arrays[name] = _swapped(table[name], positions[:, j], missing[:, j], settings, rng)
        elif settings.method != "pram":
            steps = new[:, j] - filled[:, j]
            arrays[name] = column.move(table[name], steps, missing[:, j])
    for name, levels in state.levels.items():
        shares = state.shares[name]
        arrays[name] = _exchanged(table[name], levels, shares, settings.change, rng)
    return arrays


def _check_rows(n: int, settings: PlainSettings) -> None:
    need = {"microaggregation": settings.group_size, "rank_swap": 2}.get(settings.method, 1)
    if n < need:
        raise DataError(
            f"method={settings.method!r} must have at least {need} rows; got {n}. "
            "Values are averaged or exchanged among rows: pass the whole table at once."
        )


def _read_all(
    table: pd.DataFrame, numbers: dict[Hashable, NumberColumn]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return positions (n, d) and the missing mask (n, d) of all number columns."""
    if not numbers:
        return np.zeros((len(table), 0)), np.zeros((len(table), 0), dtype=bool)
    pairs = [column.read(table[name]) for name, column in numbers.items()]
    return np.column_stack([p for p, _ in pairs]), np.column_stack([m for _, m in pairs])


def _perturbed(
    x: Floats, schema: Schema, state: PlainState, settings: PlainSettings,
    rng: np.random.Generator,
) -> Floats:
    """Return the new positions (n, d) by the chosen method; ``x`` has no gaps."""
    c = settings.noise_ratio
    if settings.method == "additive":
        return additive_noise(x, c, rng, deviation=state.deviation)
    if settings.method == "kim":
        return kim_noise(x, c, rng, mean=state.mean, covariance=state.covariance)
    if settings.method == "multiplicative":
        return _multiplied(x, schema, state, c, rng)
    if settings.method == "microaggregation":
        unit = x / np.where(state.deviation > 0, state.deviation, 1.0)
        return microaggregate(x, mdav(unit, settings.group_size))
    if settings.method in ("rounding", "random_rounding"):
        columns = enumerate(state.numbers.values())
        return np.column_stack(
            [_rounded(x[:, j], column, state.deviation[j], settings, rng) for j, column in columns]
        ) if state.numbers else x
    return x  # rank swapping and PRAM move no numbers here


def _multiplied(
    x: Floats, schema: Schema, state: PlainState, c: float, rng: np.random.Generator
) -> Floats:
    """Multiply numbers by noise; dates, which have no zero, get independent noise."""
    zero = np.array([-float(col.origin) / float(col.unit) for col in state.numbers.values()])
    values = x - zero  # positions count from the origin, noise from 0
    new = x + (multiplicative_noise(values, c, rng) - values)
    dates = [schema[name].kind == "datetime" for name in state.numbers]
    if any(dates):
        moved = additive_noise(x, c, rng, deviation=state.deviation)
        new[:, dates] = moved[:, dates]
    return new


def _rounded(
    x: Floats, column: NumberColumn, deviation: float, settings: PlainSettings,
    rng: np.random.Generator,
) -> Floats:
    base = rounding_base(column, deviation, settings.base)
    if base <= 0:
        return x
    # Multiples of the base are counted from 0, positions from the origin.
    offset = float(column.origin % base) if storage.is_ticks(column.spec) else float(column.origin)
    values = x * float(column.unit) + offset
    if settings.method == "rounding":
        rounded = round_to_base(values, float(base))
    else:
        rounded = random_rounding(values, float(base), rng)
    return np.asarray((rounded - offset) / float(column.unit))


def rounding_base(column: NumberColumn, deviation: float, base: Base) -> Any:
    """Return the base in the column's own unit (an integer where it counts whole numbers).

    Raises
    ------
    ParameterError
        If a base is not a finite number > 0 (or a timedelta, for dates): the column is named.
    """
    spec, ticks = column.spec, storage.is_ticks(column.spec)
    wanted = base.get(spec.name) if isinstance(base, Mapping) else base
    if wanted is None or (spec.kind == "datetime" and not isinstance(base, Mapping)):
        width = ROUNDING_SHARE * deviation * float(column.unit)
        if width <= 0:
            return 0
        power = math.floor(math.log10(width))
        return max(column.grid, int(10 ** max(power, 0))) if ticks else 10.0**power
    try:
        size = _in_own_unit(wanted, spec, column.places)
    except (TypeError, ValueError) as error:
        raise _base_error(spec, wanted) from error
    if not np.isfinite(size) or size <= 0:
        raise _base_error(spec, wanted)
    return max(1, round(size)) if ticks else size


def _in_own_unit(base: Any, spec: ColumnSpec, places: int) -> float:
    if spec.kind != "datetime":
        return float(base) * 10.0**places
    seconds = pd.Timedelta(base).total_seconds()
    if spec.objects == "date" or "date32" in str(spec.dtype):
        return seconds / 86_400
    if spec.objects:
        return seconds * MICROSECONDS
    unit = getattr(spec.dtype, "unit", None)
    if isinstance(spec.dtype, np.dtype):
        unit = np.datetime_data(spec.dtype)[0]
    if unit not in TICKS_A_SECOND:
        raise ValueError("a period has no length in seconds")
    return seconds * TICKS_A_SECOND[unit]


def _base_error(spec: ColumnSpec, got: Any) -> ParameterError:
    return ParameterError(
        f"the rounding base of column {spec.name!r} must be a finite number > 0, or a timedelta "
        f"for dates; got {got!r}. Write base={{{spec.name!r}: 5}}."
    )


def _swapped(
    column: pd.Series, positions: Floats, missing: NDArray[np.bool_], settings: PlainSettings,
    rng: np.random.Generator,
) -> Any:
    """Return the column with its present values rank-swapped; each keeps all its digits."""
    present = np.flatnonzero(~missing)
    order = np.arange(len(column))
    window = max(settings.window, 1.0 / max(len(present), 1))  # one rank at least
    order[present] = present[rank_swap_order(positions[present], window, rng)]
    return column.array.take(order)


def _exchanged(
    column: pd.Series, levels: LevelColumn, shares: Floats, change: float,
    rng: np.random.Generator,
) -> Any:
    """Return the column with its levels exchanged by PRAM."""
    own, codes, missing = level_column(column, levels.spec)
    place = {_key(level): code for code, level in enumerate(levels.levels)}
    lookup = [place.get(_key(level), -1) for level in own.levels]
    if -1 in lookup:
        raise DataError(
            f"column {column.name!r} must hold levels that were there at fit; got "
            f"{own.levels[lookup.index(-1)]!r}. Fit on a table that has it, or drop those rows."
        )
    known = np.array([*lookup, 0], dtype=np.int64)[np.where(missing, len(lookup), codes)]
    return levels.write(apply_invariant_pram(known, shares, change, rng), missing)


def _key(level: Any) -> tuple[str, Any]:
    """1, True and 1.0 are three levels, though they compare equal."""
    return type(level).__name__, level
