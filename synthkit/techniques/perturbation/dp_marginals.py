r"""A whole private table from noisy counts: select, measure, generate.

The table is a matrix of cells (n, d): column j has K_j of them (bins between public bounds,
public levels, one for missing).  With N_j its counts and N_ij the counts of a pair:

    1. measure   every column:    N_j + noise                                (Eq. 1)
    2. select    a tree of d - 1 pairs: each time, among the pairs that join two parts,
                 one by the exponential mechanism with the score             (Eq. 2)

                     q_ij = | N_ij - N_i N_j / N |_1  -  K_i K_j E|noise|

                 (how wrong independence is, less what the noise will add)
    3. measure   these pairs:     N_ij + noise                               (Eq. 3)
    4. generate  go to the nearest counts >= 0, rake each pair to the columns' shares, and draw
                 down the tree:   P(x) = P(x_root) prod P(x_child | x_parent)  (Eq. 4)

Steps 1-3 spend the budget: three tenths, one tenth and six tenths of it.  With delta > 0 the
noise is Gaussian and the shares are of rho (zCDP); with delta = 0 it is Laplace, and they are
of epsilon.  Step 4 sees noisy numbers only, so any number of rows costs nothing more.

=========  =========================================================
symbol     name in the code
=========  =========================================================
K_j        ``sizes`` (d,)
N_j, N_ij  ``columns`` d arrays (K_j,), ``pairs`` arrays (K_i, K_j)
q_ij       ``score``
=========  =========================================================

Where this differs from the papers: MST (McKenna 2021) fits all measurements at once by a
graphical model; on a tree with one measurement of each column and pair, raking does.  The
noise term of Eq. 2 is AIM's (McKenna 2022).  There is no third round.

When it fails: too small an epsilon turns rare cells into noise, so a small group's figures
are destroyed first; and what is not on the tree is lost but for what its path carries.

References
----------
R. McKenna, G. Miklau, D. Sheldon, "Winning the NIST contest", JPC 11(3), 2021 (MST).
R. McKenna, B. Mullins, D. Sheldon, G. Miklau, "AIM", PVLDB 15(11), 2022.
W. Deming and F. Stephan, "On a least squares adjustment of a sampled frequency table
when the expected marginal totals are known", 1940 (raking).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthkit.errors import ParameterError
from synthkit.techniques.perturbation.ledger import (
    Expense,
    choice_expense,
    gaussian_expense,
    pure_expense,
)
from synthkit.techniques.perturbation.mechanisms import nearest_counts
from synthkit.techniques.perturbation.noise_sources import NoiseSource

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMN_SHARE, SELECT_SHARE, PAIR_SHARE = 0.3, 0.1, 0.6
# A pair with more cells than this is never measured: 1e6 counts are 8 MB and mostly noise.
MAX_CELLS = 1_000_000
RAKING_ROUNDS = 50
# Weight of the product of the shares that keeps raking from dividing by an empty row.
SMOOTHING = 1e-6


@dataclass(frozen=True)
class Spending:
    """How much noise each measurement gets; ``sensitivity`` is 1, or 2 where a row is replaced.

    Exactly one of ``sigma`` (Gaussian) and ``scale`` (Laplace) is > 0 for columns and pairs.
    """

    column_noise: float
    pair_noise: float
    choice_epsilon: float
    gaussian: bool
    sensitivity: float = 1.0

    def column_error(self) -> float:
        """Return E|noise| of one cell of a column."""
        return _mean_error(self.column_noise, self.gaussian)

    def pair_error(self) -> float:
        """Return E|noise| of one cell of a pair."""
        return _mean_error(self.pair_noise, self.gaussian)


def _mean_error(noise: float, gaussian: bool) -> float:
    return noise * math.sqrt(2 / math.pi) if gaussian else noise


def plan_spending(
    d: int, *, epsilon: float = 0.0, rho: float = 0.0, sensitivity: float = 1.0, tree: bool = True
) -> Spending:
    """Split a budget over the measurements of ``d`` columns.

    Parameters
    ----------
    epsilon, rho : float
        One of them is > 0: a pure budget (Laplace) or one in zCDP (Gaussian).
    sensitivity : 1 or 2
        By how much one row moves a histogram in l1; in l2 by its square root.
    tree : bool
        False: single columns only, with all of the budget.
    """
    pairs = d - 1 if tree else 0
    shares = (COLUMN_SHARE, SELECT_SHARE, PAIR_SHARE) if pairs else (1.0, 0.0, 0.0)
    if rho > 0:
        l2 = math.sqrt(sensitivity)
        column = l2 / math.sqrt(2 * rho * shares[0] / d)
        pair = l2 / math.sqrt(2 * rho * shares[2] / pairs) if pairs else 0.0
        choice = math.sqrt(8 * rho * shares[1] / pairs) if pairs else 0.0
        return Spending(column, pair, choice, True, sensitivity)
    column = sensitivity / (epsilon * shares[0] / d)
    pair = sensitivity / (epsilon * shares[2] / pairs) if pairs else 0.0
    choice = epsilon * shares[1] / pairs if pairs else 0.0
    return Spending(column, pair, choice, False, sensitivity)


def spending_expenses(spending: Spending, d: int) -> list[Expense]:
    """Return the ledger's lines for steps 1-3."""
    lines = [_count_expense(f"counts of column {j + 1}", spending.column_noise, spending)
             for j in range(d)]
    if spending.pair_noise > 0:
        for j in range(d - 1):
            lines.append(choice_expense(f"choice of pair {j + 1}", spending.choice_epsilon))
            lines.append(_count_expense(f"counts of pair {j + 1}", spending.pair_noise, spending))
    return lines


def _count_expense(what: str, noise: float, spending: Spending) -> Expense:
    if spending.gaussian:
        return gaussian_expense(what, noise, math.sqrt(spending.sensitivity))
    return pure_expense(what, "laplace", spending.sensitivity / noise)


@dataclass(frozen=True)
class TreeModel:
    """Shares of the root and of each child given its parent, in the order they are drawn.

    Parameters
    ----------
    order : list of int
        Columns, each after its parent.
    parents : list of int
        For each entry of ``order`` its parent column, or -1 where it is drawn by itself.
    tables : list of ndarray
        (K_j,) shares, or (K_parent, K_j) rows of conditional shares.
    total : float
        The noisy number of rows.
    """

    order: list[int]
    parents: list[int]
    tables: list[Floats]
    total: float

    def draw(self, n: int, rng: np.random.Generator) -> Ints:
        """Draw cells (n, d) down the tree (Eq. 4)."""
        cells = np.zeros((n, len(self.order)), dtype=np.int64)
        for j, parent, table in zip(self.order, self.parents, self.tables):
            uniform = rng.random(n)
            if parent < 0:
                cells[:, j] = _draw_row(table, uniform)
                continue
            cells[:, j] = _draw_rows(table, cells[:, parent], uniform)
        return cells

    def to_dict(self) -> dict[str, Any]:
        """Return the model as plain values and arrays."""
        return {
            "order": self.order, "parents": self.parents,
            "tables": self.tables, "total": self.total,
        }  # fmt: skip


def _draw_row(shares: Floats, uniform: Floats) -> Ints:
    steps = np.cumsum(shares)
    drawn = np.searchsorted(steps, uniform * steps[-1], side="right")
    return np.asarray(np.minimum(drawn, len(shares) - 1), dtype=np.int64)


def _draw_rows(table: Floats, rows: Ints, uniform: Floats) -> Ints:
    """Draw from row ``rows[i]`` of conditional shares (K, M), for each i at once.

    Row k's cumulative shares are laid from k to k + 1 on one line, so that one search finds all.
    """
    levels, m = table.shape
    steps = np.cumsum(table, axis=1)
    steps = steps / steps[:, -1:] + np.arange(levels)[:, None]  # (K, M), rising throughout
    found = np.searchsorted(steps.ravel(), rows + uniform, side="right") - rows * m
    return np.asarray(np.clip(found, 0, m - 1), dtype=np.int64)


def fit_tree(
    cells: Ints, sizes: Ints, spending: Spending, noise: NoiseSource
) -> TreeModel:
    """Measure, select, measure, and make the model to draw from.

    Parameters
    ----------
    cells : ndarray (n, d) of int
        0 to K_j - 1; known bounds and levels only.
    sizes : ndarray (d,) of int
        K_j.
    spending : Spending
        Charged to the ledger before.
    noise : NoiseSource

    Raises
    ------
    ParameterError
        If a column has more than ``MAX_CELLS`` cells.
    """
    _, d = cells.shape
    if int(sizes.max()) > MAX_CELLS:
        raise ParameterError(
            f"a column must have at most {MAX_CELLS:,} cells; got {int(sizes.max()):,}. "
            "Use fewer bins, or group rare levels."
        )
    counts = [np.bincount(cells[:, j], minlength=sizes[j]) for j in range(d)]
    noisy = [_measure(c, spending.column_noise, spending, noise) for c in counts]  # Eq. 1
    total = max(float(np.mean([column.sum() for column in noisy])), 1.0)
    columns = [nearest_counts(column, total) for column in noisy]
    pairs = {}
    if spending.pair_noise > 0:
        chosen = _select_tree(cells, columns, total, spending, noise)
        for i, j in chosen:
            true = _pair_counts(cells, i, j, sizes)
            pair = _measure(true, spending.pair_noise, spending, noise)  # Eq. 3
            pairs[i, j] = rake(nearest_counts(pair, total), columns[i], columns[j])
    return _as_tree(columns, pairs, total)


def _measure(counts: Any, scale: float, spending: Spending, noise: NoiseSource) -> Floats:
    values = np.asarray(counts, dtype=np.float64)
    return noise.gaussian(values, scale) if spending.gaussian else noise.laplace(values, scale)


def _pair_counts(cells: Ints, i: int, j: int, sizes: Ints) -> Floats:
    flat = cells[:, i] * sizes[j] + cells[:, j]
    counts = np.bincount(flat, minlength=int(sizes[i] * sizes[j])).astype(np.float64)
    return np.asarray(counts.reshape(int(sizes[i]), int(sizes[j])))


def _select_tree(
    cells: Ints, columns: list[Floats], total: float, spending: Spending, noise: NoiseSource
) -> list[tuple[int, int]]:
    """Choose pairs that join the columns to a tree, the strongest first (Eq. 2)."""
    d = len(columns)
    sizes = np.array([len(column) for column in columns])
    score = {}
    for i in range(d):
        for j in range(i + 1, d):
            if sizes[i] * sizes[j] <= MAX_CELLS:
                product = np.outer(columns[i], columns[j]) / total
                wrong = np.abs(_pair_counts(cells, i, j, sizes) - product).sum()
                score[i, j] = float(wrong - product.size * spending.pair_error())  # Eq. 2
    part = list(range(d))  # which part of the forest each column belongs to
    chosen = []
    for _ in range(d - 1):
        open_pairs = [pair for pair in score if part[pair[0]] != part[pair[1]]]
        if not open_pairs:
            break  # the columns left have too many cells for a pair: they stay independent
        scores = np.array([score[pair] for pair in open_pairs])
        i, j = open_pairs[noise.choose(scores, spending.choice_epsilon, spending.sensitivity)]
        chosen.append((i, j))
        old, new = part[j], part[i]
        part = [new if p == old else p for p in part]
    return chosen


def rake(pair: Floats, rows: Floats, columns: Floats) -> Floats:
    """Scale a table (K_i, K_j) in turns until its sums are ``rows`` (K_i,), ``columns`` (K_j,).

    Rows and columns have the same total.  The last turn is over the rows, so those sums are
    exact; the others are within the rounding of the last round.
    """
    total = rows.sum()
    table = pair + SMOOTHING * np.outer(rows, columns) / total
    for _ in range(RAKING_ROUNDS):
        table = table * _ratio(columns, table.sum(axis=0))[None, :]
        table = table * _ratio(rows, table.sum(axis=1))[:, None]
    return table


def _ratio(wanted: Floats, there: Floats) -> Floats:
    ratio: Floats = np.divide(wanted, there, out=np.zeros(len(wanted)), where=there > 0)
    return ratio


def _as_tree(
    columns: list[Floats], pairs: dict[tuple[int, int], Floats], total: float
) -> TreeModel:
    """Root every part of the forest at its first column and turn pairs into conditionals."""
    d = len(columns)
    order: list[int] = []
    parents: list[int] = []
    tables: list[Floats] = []
    for root in range(d):
        if root in order:
            continue
        queue = [(root, -1)]
        while queue:
            j, parent = queue.pop(0)
            order.append(j)
            parents.append(parent)
            tables.append(columns[j] / total if parent < 0 else _conditional(pairs, parent, j))
            for i, k in pairs:
                other = k if i == j else i if k == j else -1
                if other >= 0 and other not in order and (other, j) not in queue:
                    queue.append((other, j))
    return TreeModel(order, parents, tables, total)


def _conditional(pairs: dict[tuple[int, int], Floats], parent: int, child: int) -> Floats:
    """Return P(child | parent) (K_parent, K_child); a parent cell with no mass is uniform."""
    joint = pairs[parent, child] if (parent, child) in pairs else pairs[child, parent].T
    sums = joint.sum(axis=1, keepdims=True)
    uniform = np.full(joint.shape, 1 / joint.shape[1])
    shares: Floats = np.divide(joint, sums, out=uniform, where=sums > 0)
    return shares
