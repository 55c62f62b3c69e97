r"""Perturbing or replacing a mixed table with differential privacy.

``plan`` splits the budget and lists every release for the ledger before any noise is drawn;
``release_local`` adds noise to each cell (local DP), ``fit_marginals`` makes a model to draw
new rows from (``dp_marginals``).

The local methods protect what a row *says* (neighbours differ in one row's content): a row's
epsilon is shared by its m columns,

    Laplace    position + Lap(m / eps) in each of them, positions run from 0 to 1     (Eq. 1)
    Gaussian   positions of all d numbers + N(0, sigma^2), with l2 sensitivity sqrt(d) (Eq. 2)
    levels     k-ary randomised response with eps / m  (``swapping`` Eq. 4)

A missing number counts as the middle of its bounds; a missing level is a level of its own.
Values are not clipped after the noise, so that means stay unbiased.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.errors import DataError, ParameterError
from synthkit.tables import Schema, storage
from synthkit.techniques.perturbation.columns import LevelColumn, NumberColumn, is_number
from synthkit.techniques.perturbation.dp_marginals import (
    Spending,
    plan_spending,
    spending_expenses,
)
from synthkit.techniques.perturbation.ledger import (
    Expense,
    gaussian_expense,
    gaussian_rho,
    pure_expense,
    zcdp_budget,
)
from synthkit.techniques.perturbation.mechanisms import (
    Adjacency,
    analytic_gaussian_sigma,
    check_delta,
    histogram_sensitivity,
    laplace_scale,
)
from synthkit.techniques.perturbation.noise_sources import NoiseSource
from synthkit.techniques.perturbation.public import (
    PublicColumn,
    PublicPlan,
    public_expenses,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOCAL = {"laplace": "Laplace noise on each cell", "gaussian": "Gaussian noise on each cell"}
MODELS = {
    "histogram": "a noisy histogram of each column",
    "marginals": "noisy counts of columns and chosen pairs",
}
METHODS = {**LOCAL, **MODELS}
# Share of the budget for bounds and levels that are paid for: as in MST's domain step.
PUBLIC_SHARE = 0.2


@dataclass(frozen=True)
class PrivatePlan:
    """How much each release may spend, fixed before any noise is drawn.

    Parameters
    ----------
    expenses : tuple of Expense
        For the ledger.
    public_epsilon, public_delta : float
        For each column whose bounds or levels are paid for.
    cell_epsilon : float
        Local DP: of each column.
    sigma : float
        Local Gaussian noise, in positions; 0 for the other methods.
    spending : Spending or None
        Of ``dp_marginals``.
    sensitivity : float
        1 where neighbours differ by a row more, 2 where a row's content is replaced.
    """

    expenses: tuple[Expense, ...]
    public_epsilon: float
    public_delta: float
    cell_epsilon: float
    sigma: float
    spending: Spending | None
    sensitivity: float


def plan(
    method: str, schema: Schema, public: PublicPlan, *,
    epsilon: float, delta: float, adjacency: Adjacency,
) -> PrivatePlan:
    """Split the budget over everything that will be released.

    Raises
    ------
    DataError
        If no column can take noise.
    ParameterError
        If delta is 0 where the method needs one.
    """
    names = list(public.sources)
    if not names:
        raise DataError(
            "the table must have a number, a date, a category or a flag to perturb; got only "
            "identifiers and constants. Add a column."
        )
    paid = public.names("paid")
    paid_levels = [name for name in paid if not is_number(schema[name])]
    if paid_levels and delta == 0:
        raise ParameterError(
            f"delta must be > 0 to pay for the categories of {paid_levels[0]!r}; got 0. "
            "Naming a level can't be purely private: give categories=, or a delta such as 1e-6."
        )
    public_delta = delta / 2 / len(paid_levels) if paid_levels else 0.0
    rest_delta = delta - delta / 2 if paid_levels else delta
    if method in LOCAL:
        parts = _plan_local(method, schema, names, len(paid), epsilon, rest_delta)
    else:
        parts = _plan_model(method, len(names), len(paid), epsilon, rest_delta, adjacency)
    lines = public_expenses(schema, public, parts.public_epsilon, public_delta) if paid else []
    return PrivatePlan(
        (*lines, *parts.expenses), parts.public_epsilon, public_delta, parts.cell_epsilon,
        parts.sigma, parts.spending, parts.sensitivity,
    )  # fmt: skip


def _plan_local(
    method: str, schema: Schema, names: list[Hashable], n_paid: int, epsilon: float, delta: float
) -> PrivatePlan:
    """Share epsilon evenly among the columns; the Gaussian ones are measured together."""
    public = PUBLIC_SHARE * epsilon if n_paid else 0.0
    each = (epsilon - public) / len(names)
    numbers = [name for name in names if is_number(schema[name])]
    expenses, sigma = [], 0.0
    if method == "gaussian" and numbers:
        check_delta(delta, positive=True)
        reach = math.sqrt(len(numbers))
        sigma = analytic_gaussian_sigma(reach, each * len(numbers), delta)  # Eq. 2
        expenses.append(gaussian_expense("cells of all numbers", sigma, reach))
    for name in names:
        if not is_number(schema[name]):
            expenses.append(pure_expense(f"cells of {name}", "randomised response", each))
        elif method == "laplace":
            expenses.append(pure_expense(f"cells of {name}", "laplace", each))
    public_each = public / n_paid if n_paid else 0.0
    return PrivatePlan(tuple(expenses), public_each, 0.0, each, sigma, None, 2.0)


def _plan_model(
    method: str, d: int, n_paid: int, epsilon: float, delta: float, adjacency: Adjacency
) -> PrivatePlan:
    """Share rho (zCDP) where there is a delta, else epsilon, among counts and choices."""
    sensitivity = histogram_sensitivity(adjacency)
    share = PUBLIC_SHARE if n_paid else 0.0
    tree = method == "marginals"
    if delta > 0:
        rho = zcdp_budget(epsilon, delta)
        if not tree and n_paid == 0:  # nothing but Gaussian noise: its exact cost allows more
            rho = gaussian_rho(analytic_gaussian_sigma(1.0, epsilon, delta))
        public_each = math.sqrt(2 * share * rho / n_paid) if n_paid else 0.0  # ledger Eq. 6
        spending = plan_spending(d, rho=(1 - share) * rho, sensitivity=sensitivity, tree=tree)
    else:
        public_each = share * epsilon / n_paid if n_paid else 0.0
        rest = (1 - share) * epsilon
        spending = plan_spending(d, epsilon=rest, sensitivity=sensitivity, tree=tree)
    lines = tuple(spending_expenses(spending, d))
    return PrivatePlan(lines, public_each, 0.0, 0.0, 0.0, spending, sensitivity)


# --- local differential privacy -----------------------------------------------------------------


def release_local(
    table: pd.DataFrame, schema: Schema, columns: dict[Hashable, PublicColumn],
    budget: PrivatePlan, noise: NoiseSource, rng: np.random.Generator,
) -> dict[Hashable, Any]:
    """Return the columns of the table with noise on each cell (Eq. 1, 2)."""
    arrays: dict[Hashable, Any] = {}
    for name, column in columns.items():
        if isinstance(column, NumberColumn):
            positions, missing = column.read(table[name])
            known = np.clip(np.where(missing, 0.5, positions), 0.0, 1.0)  # (n,)
            if budget.sigma > 0:
                noisy = noise.gaussian(known, budget.sigma)  # Eq. 2
            else:
                noisy = noise.laplace(known, laplace_scale(1.0, budget.cell_epsilon))  # Eq. 1
            arrays[name] = column.write(noisy, np.zeros(len(table), dtype=bool))
            continue
        codes, missing = column.read(table[name], rng)
        levels = len(column) + schema[name].has_missing
        answers = noise.respond(np.where(missing, len(column), codes), levels, budget.cell_epsilon)
        gone = answers == len(column)
        arrays[name] = column.write(np.where(gone, 0, answers), gone)
    return arrays


# --- cells for the marginals --------------------------------------------------------------------


def cell_counts(columns: dict[Hashable, PublicColumn], schema: Schema, bins: int) -> Ints:
    """Return how many cells each column has (d,), the one for missing included."""
    sizes = [
        (_bins(c, bins) if isinstance(c, NumberColumn) else len(c)) + schema[name].has_missing
        for name, c in columns.items()
    ]
    return np.array(sizes, dtype=np.int64)


def _bins(column: NumberColumn, bins: int) -> int:
    """One cell a value where a whole number has few of them, else ``bins`` of equal width."""
    return column.unit + 1 if _is_exact(column, bins) else bins


def _is_exact(column: NumberColumn, bins: int) -> bool:
    return storage.is_ticks(column.spec) and column.unit + 1 <= bins


def to_cells(
    table: pd.DataFrame, columns: dict[Hashable, PublicColumn], bins: int,
    rng: np.random.Generator,
) -> Ints:
    """Return the cell (n, d) of every value; values outside the bounds go to the nearest cell."""
    cells = np.zeros((len(table), len(columns)), dtype=np.int64)
    for j, (name, column) in enumerate(columns.items()):
        if isinstance(column, LevelColumn):
            codes, missing = column.read(table[name], rng)
            cells[:, j] = np.where(missing, len(column), codes)
            continue
        positions, missing = column.read(table[name])
        inside = np.clip(np.where(missing, 0.0, positions), 0.0, 1.0)
        m = _bins(column, bins)
        exact = _is_exact(column, bins)
        cell = np.rint(inside * (m - 1)) if exact else np.minimum(np.floor(inside * m), m - 1)
        cells[:, j] = np.where(missing, m, cell.astype(np.int64))
    return cells


def from_cells(
    cells: Ints, columns: dict[Hashable, PublicColumn], bins: int, rng: np.random.Generator
) -> dict[Hashable, Any]:
    """Return columns with a value drawn evenly within each cell."""
    arrays: dict[Hashable, Any] = {}
    for j, (name, column) in enumerate(columns.items()):
        m = _bins(column, bins) if isinstance(column, NumberColumn) else len(column)
        missing = cells[:, j] == m
        known = np.where(missing, 0, cells[:, j])
        if isinstance(column, LevelColumn):
            arrays[name] = column.write(known, missing)
        elif _is_exact(column, bins):
            arrays[name] = column.write(known / max(m - 1, 1), missing)
        else:
            arrays[name] = column.write((known + rng.random(len(known))) / m, missing)
    return arrays
