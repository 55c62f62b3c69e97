r"""What a private release may know beforehand: bounds and levels, given or paid for.

Differential privacy promises something only if the bounds of a number and the list of its
levels are known *without* looking.  Three ways, and each says what it is:

- **given** by the user: ``bounds={"age": (0, 120)}``, ``categories={"sex": ["F", "M"]}``;
- **paid**: counted with noise, out of the same budget (below);
- **data**: read off the table.  That is *not private*, and the result says so.

Paid bounds: count the values in the intervals [2^k, 2^(k+1)) and their mirror images, add
Laplace noise, and take the outermost ones that stand clear of it:

    noisy_k > log(B / 2 beta) Delta / eps,   B intervals, beta = 1e-3        (Eq. 1)

so that an empty interval is taken with probability beta at most.  Bounds are then powers of
two, and no coarser than a factor of two.  Paid levels: see ``mechanisms`` Eq. 6.

References
----------
R. Wilson et al., "Differentially private SQL with bounded user contribution", PoPETs 2020.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Union, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.errors import DataError, ParameterError
from synthkit.tables import Schema, storage
from synthkit.tables.schema import ColumnSpec, missing_mask
from synthkit.techniques.perturbation.columns import (
    LevelColumn,
    NumberColumn,
    bounded_column,
    has_flags,
    is_levels,
    is_number,
    listed_levels,
)
from synthkit.techniques.perturbation.ledger import Expense, pure_expense
from synthkit.techniques.perturbation.mechanisms import laplace_scale, threshold_for_levels
from synthkit.techniques.perturbation.noise_sources import NoiseSource

Floats = NDArray[np.float64]
Given = Union[None, Literal["paid", "data"], Mapping[Hashable, Any]]
Source = Literal["given", "paid", "data"]
PublicColumn = Union[NumberColumn, LevelColumn]

# Intervals [2^k, 2^(k+1)) from 2^-30 (a billionth) to 2^63 (all of int64), on both sides of 0.
EXPONENTS = np.arange(-30, 64)
FALSE_ALARM = 1e-3  # beta of Eq. 1
CHECKED_PLACES = 6  # digits of a Decimal's bounds when they are checked before the fit


@dataclass(frozen=True)
class PublicPlan:
    """For each column that takes part: where its bounds or levels come from."""

    sources: dict[Hashable, Source]
    bounds: Mapping[Hashable, Any] = field(default_factory=dict)
    categories: Mapping[Hashable, Any] = field(default_factory=dict)

    def names(self, source: Source) -> list[Hashable]:
        """Return the columns whose bounds or levels come from this source."""
        return [name for name, found in self.sources.items() if found == source]


def plan_public(schema: Schema, bounds: Given, categories: Given) -> PublicPlan:
    """Say for each column where its bounds or levels come from; the data isn't looked at.

    Raises
    ------
    ParameterError
        A column has neither bounds nor levels: it is named, with the three ways out.
    """
    sources: dict[Hashable, Source] = {}
    given_bounds = _checked(bounds, "bounds", [s.name for s in schema if is_number(s)], schema)
    levels = [s.name for s in schema if is_levels(s)]
    given_levels = _checked(categories, "categories", levels, schema)
    for spec in schema:
        if is_number(spec):
            sources[spec.name] = _source(spec.name, bounds, given_bounds, "bounds", "(0, 120)")
        elif has_flags(spec):
            sources[spec.name] = "given"  # a flag is True or False, as anybody knows
        elif is_levels(spec):
            example = "['F', 'M']"
            sources[spec.name] = _source(spec.name, categories, given_levels, "categories", example)
    found = PublicPlan(sources, given_bounds, given_levels)
    for name in found.names("given"):  # wrong ones are refused before anything is paid
        spec = schema[name]
        if is_number(spec):
            bounded_column(spec, *_ends(given_bounds[name]), places=CHECKED_PLACES)
        elif not has_flags(spec):
            listed_levels(spec, _as_list(given_levels[name], name))
    return found


def _checked(
    given: Given, what: str, allowed: Sequence[Hashable], schema: Schema
) -> Mapping[Hashable, Any]:
    if given is None or isinstance(given, str):
        if given not in (None, "paid", "data"):
            raise ParameterError(
                f"{what} must be a dict of columns, 'paid' or 'data'; got {given!r}. "
                "'paid' spends budget on them, 'data' is not private."
            )
        return {}
    if not isinstance(given, Mapping):
        raise ParameterError(
            f"{what} must be a dict of columns, 'paid' or 'data'; got {type(given).__name__}. "
            f"Write {what}={{column: …}}."
        )
    for name in given:
        if name not in allowed:
            kind = "number or date" if what == "bounds" else "category"
            state = "is no such column" if name in schema.names else "is not in the table"
            raise ParameterError(
                f"{what} must name columns of kind {kind}; got {name!r}, which {state}. "
                f"Those columns are {list(allowed)[:20]}."
            )
    return given


def _source(
    name: Hashable, given: Given, listed: Mapping[Hashable, Any], what: str, example: str
) -> Source:
    if given in ("paid", "data"):
        return cast(Source, given)
    entry = listed.get(name)
    if entry is None:
        raise ParameterError(
            f"{what} of column {name!r} must be given or paid for; got none. Write "
            f"{what}={{{name!r}: {example}}}, or {what}='paid' to spend budget on them; "
            f"{what}='data' reads them off the table, which is not private."
        )
    return cast(Source, entry) if isinstance(entry, str) and entry in ("paid", "data") else "given"


def public_expenses(
    schema: Schema, plan: PublicPlan, epsilon_each: float, delta_each: float
) -> list[Expense]:
    """Return the ledger's lines for the columns that are paid for."""
    lines = []
    for name in plan.names("paid"):
        if is_number(schema[name]):
            lines.append(pure_expense(f"bounds of {name}", "laplace", epsilon_each))
        else:
            what = f"categories of {name}"
            lines.append(pure_expense(what, "threshold", epsilon_each, delta_each))
    return lines


def public_columns(
    table: pd.DataFrame,
    schema: Schema,
    plan: PublicPlan,
    noise: NoiseSource,
    *,
    epsilon_each: float,
    delta_each: float,
    sensitivity: float,
) -> dict[Hashable, PublicColumn]:
    """Make every column's bounds or levels; what is paid was charged before.

    Parameters
    ----------
    epsilon_each, delta_each : float
        What each paid column may spend.
    sensitivity : float
        1 where neighbours differ by a row more, 2 where a row is replaced.

    Raises
    ------
    DataError
        If no level of a paid column is common enough to be named: the column is named.
    """
    columns: dict[Hashable, PublicColumn] = {}
    for name, source in plan.sources.items():
        column, spec = table[name], schema[name]
        if is_number(spec):
            columns[name] = _numbers(column, spec, source, plan, noise, epsilon_each, sensitivity)
        elif has_flags(spec):
            columns[name] = listed_levels(spec, [False, True])
        elif source == "given":
            columns[name] = listed_levels(spec, _as_list(plan.categories[name], name))
        elif source == "data":
            columns[name] = listed_levels(spec, _sorted_levels(column))
        else:
            levels = paid_levels(column, noise, epsilon_each, delta_each, sensitivity)
            columns[name] = listed_levels(spec, levels)
    return columns


def _ends(entry: Any) -> tuple[Any, Any]:
    """Return (low, high); anything that isn't a pair becomes one that is refused."""
    pair = isinstance(entry, (tuple, list, np.ndarray)) and len(entry) == 2
    return (entry[0], entry[1]) if pair else (entry, None)


def _as_list(levels: Any, name: Hashable) -> list[Any]:
    if isinstance(levels, str) or not np.iterable(levels):
        raise ParameterError(
            f"categories of column {name!r} must be a list of levels; got {levels!r}. "
            "Write ['F', 'M']."
        )
    return list(levels)


def _sorted_levels(column: pd.Series) -> list[Any]:
    return sorted(pd.unique(column[~missing_mask(column)]), key=str)


def _numbers(
    column: pd.Series, spec: ColumnSpec, source: Source, plan: PublicPlan,
    noise: NoiseSource, epsilon: float, sensitivity: float,
) -> NumberColumn:
    present = column[~missing_mask(column)]
    places = storage.decimal_places(present, spec)  # how a number is written counts as public
    ticks = storage.is_ticks(spec)
    decimals = None if ticks else storage.count_decimals(storage.to_floats(present), spec.dtype)
    if source == "given":
        low, high = _ends(plan.bounds[spec.name])
        return bounded_column(spec, low, high, places=places, decimals=decimals)
    values = storage.to_wholes(present, spec, places) if ticks else storage.to_floats(present)
    if source == "data":
        start, stop = values.min(), values.max()
    else:
        start, stop = paid_bounds(values.astype(np.float64), noise, epsilon, sensitivity)
    if not ticks:
        width = max(float(stop) - float(start), 1e-9)
        return NumberColumn(spec, float(start), width, decimals=decimals)
    return NumberColumn(spec, int(start), max(int(stop) - int(start), 1), places=places)


def paid_bounds(
    values: Floats, noise: NoiseSource, epsilon: float, sensitivity: float = 1.0
) -> tuple[float, float]:
    """Return bounds that are powers of two, from noisy counts (Eq. 1).

    Parameters
    ----------
    values : ndarray (n,)
        In the unit in which the bounds come back.
    noise : NoiseSource
    epsilon : float > 0
    sensitivity : 1 or 2

    Returns
    -------
    (low, high) : float
        Where nothing stands clear of the noise, the interval with the largest noisy count.
    """
    edges = np.exp2(EXPONENTS.astype(np.float64))
    ladder = np.concatenate([-edges[::-1], [0.0], edges])  # (2m + 1,) ascending, 0 in the middle
    place = np.clip(np.searchsorted(ladder, values, side="right") - 1, 0, len(ladder) - 2)
    counts = np.bincount(place, minlength=len(ladder) - 1).astype(np.float64)
    scale = laplace_scale(sensitivity, epsilon)
    noisy = noise.laplace(counts, scale)
    clear = np.flatnonzero(noisy > scale * math.log(len(counts) / (2 * FALSE_ALARM)))  # Eq. 1
    if len(clear) == 0:
        clear = np.array([int(np.argmax(noisy))])
    return float(ladder[clear[0]]), float(ladder[clear[-1] + 1])


def paid_levels(
    column: pd.Series, noise: NoiseSource, epsilon: float, delta: float, sensitivity: float = 1.0
) -> list[Any]:
    """Return the levels whose noisy count is above the threshold (``mechanisms`` Eq. 6).

    Raises
    ------
    DataError
        If there is none.
    """
    counts = column[~missing_mask(column)].value_counts(sort=False)
    counts = counts[counts > 0]
    # Two levels may change where a row is replaced: half the epsilon and delta for each.
    threshold = threshold_for_levels(epsilon / sensitivity, delta / sensitivity)
    true = np.asarray(counts, dtype=np.float64)
    noisy = noise.laplace(true, laplace_scale(sensitivity, epsilon))
    named = [level for level, count in zip(counts.index, noisy) if count > threshold]
    if not named:
        raise DataError(
            f"column {column.name!r} must have a level that at least {threshold:,.0f} rows share "
            f"(at epsilon={epsilon:.3g}, delta={delta:.3g}) to be named privately; got none. The "
            "budget for it is spent. Give categories=, spend more epsilon, or drop the column."
        )
    return sorted(named, key=str)
