r"""Fidelity: does the synthetic table look like the real one?

| symbol | name |
|---|---|
| $F_r, F_s$ | cumulative shares of a column, real and synthetic; missing comes first |
| $p_r, p_s$ | shares of levels (or of cells of a contingency table) |
| $\rho$ | Spearman's rank correlation |

Column shapes: one minus the largest gap of the cumulative shares for a number,
one minus the total variation for a category:

$$1 - \max_x |F_r(x) - F_s(x)| \tag{1}$$
$$1 - \tfrac12 \textstyle\sum_c |p_r(c) - p_s(c)| \tag{2}$$

Pair trends, for **all** pairs: two numbers by their correlation, every other pair
by its contingency table on shared bins:

$$1 - \tfrac12 |\rho_r - \rho_s| \tag{3}$$

and Eq. 2 on the cells.  A pair of bins $(a, b)$ of columns with $A$ and $B$ bins is the one number
$aB + b$, so that a contingency table is one count of numbers (4).

Classifier two-sample test (C2ST): train a classifier to tell real from synthetic
rows; its area under the curve on unseen folds is ½ where it can't (5).  An area
well below ½ is no success: it means near-copies (the twin of a test row stood in
the training folds under the other label).

Density and coverage with the k-th neighbour's radius $r_k$ of each real row $x$ (Naeem 2020):

$$\text{density} = \frac1{k m}\sum_{s}\sum_{x} 1[\,|s - x| \le r_k(x)\,] \tag{6}$$
$$\text{coverage} = \frac1n\sum_{x} 1[\exists s: |s - x| \le r_k(x)] \tag{7}$$

Where this differs from the usual quality report: missing is a category of its own,
all pairs count (not only those above a threshold), bins are shared by both tables,
and Spearman stands for Pearson, so that one outlier doesn't move the figure.

When it fails: every figure here is perfect for a copy.  Fidelity says nothing about
privacy; the scorecard never shows it alone.

References
----------
Lopez-Paz & Oquab, Revisiting classifier two-sample tests, ICLR 2017.
Nadeau & Bengio, Inference for the generalization error, Machine Learning 52 (2003).
Naeem et al., Reliable fidelity and diversity metrics, ICML 2020.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DataError, ParameterError
from synthkit.measure.aligned import Aligned, AlignedColumn, align, without_empty_columns
from synthkit.measure.distances import distance_blocks, smallest_distances, some_rows
from synthkit.measure.intervals import Interval, auc, auc_interval
from synthkit.measure.threads import one_thread
from synthkit.rng import RandomState, as_generator

# Contingency tables cut a number at the real table's deciles; further levels are pooled.
BINS = 10
MAX_LEVELS = 50
# Beyond this many rows a table, classifiers and distances work on a random subset.
MAX_ROWS = 5_000
NEIGHBOURS = 5


# --- one column -------------------------------------------------------------------------------


def column_shapes(real: Any, synthetic: Any) -> pd.DataFrame:
    """Compare each column's distribution.

    Parameters
    ----------
    real, synthetic : DataFrame
        The same columns; missing values count as a value of their own.

    Returns
    -------
    DataFrame
        One row for each column: ``column``, ``kind`` (numeric or category), ``score`` in 0 … 1
        (1 is equal; Eq. 1, 2).  Identifiers are left out.

    Examples
    --------
    >>> real = pd.DataFrame({"sex": ["F", "M", "F", "M"]})
    >>> fake = pd.DataFrame({"sex": ["F", "F", "F", "M"]})
    >>> column_shapes(real, fake)["score"].tolist()
    [0.75]
    """
    return shape_scores(align({"real": real, "synthetic": synthetic}))


def shape_scores(
    tables: Aligned, weights: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
) -> pd.DataFrame:
    """``column_shapes`` on aligned tables 0 and 1, with optional row weights."""
    rows = [
        {"column": column.name, "kind": column.role, "score": _shape_score(column, weights)}
        for column in tables.columns
    ]
    return pd.DataFrame(rows, columns=["column", "kind", "score"])


def _shape_score(
    column: AlignedColumn, weights: tuple[np.ndarray | None, np.ndarray | None]
) -> float:
    p_real, p_synthetic = (level_shares(column, k, weights[k]) for k in (0, 1))
    if column.role == "numeric":
        return 1 - kolmogorov_smirnov(p_real, p_synthetic)
    return 1 - total_variation(p_real, p_synthetic)


def level_shares(
    column: AlignedColumn, table: int, weights: np.ndarray | None = None
) -> np.ndarray:
    """Return the share of each distinct value (size + 1,); missing comes first."""
    counts = np.bincount(column.codes[table] + 1, weights=weights, minlength=column.size + 1)
    return np.asarray(counts / counts.sum())


def kolmogorov_smirnov(p_real: np.ndarray, p_synthetic: np.ndarray) -> float:
    """Return the largest gap of two cumulative shares."""
    return float(np.abs(np.cumsum(p_real - p_synthetic)).max())  # Eq. 1


def total_variation(p_real: np.ndarray, p_synthetic: np.ndarray) -> float:
    """Return half the summed gaps of two sets of shares: the mass that must move."""
    return float(np.abs(p_real - p_synthetic).sum() / 2)  # Eq. 2


# --- two columns ------------------------------------------------------------------------------


@dataclass(frozen=True)
class PairTables:
    """What all pairs need, computed once: bins and standardised ranks.

    ``bins[k]`` holds for each of the d columns the bin of every row (n_k,), ``sizes`` (d,) how
    many bins it has; ``ranks[k]`` is (n_k, number of numeric columns).
    """

    bins: tuple[list[np.ndarray], ...]
    sizes: list[int]
    ranks: tuple[np.ndarray, ...]
    numeric: np.ndarray
    names: list[Hashable]


def pair_trends(real: Any, synthetic: Any) -> pd.DataFrame:
    """Compare the dependence of each pair of columns.

    Returns
    -------
    DataFrame
        One row for each of the d(d − 1)/2 pairs: ``first``, ``second``, ``kind``
        (correlation or contingency), ``real`` and ``synthetic`` (the correlations, else NaN),
        ``score`` in 0 … 1 (Eq. 3, 2), and ``contingency``: Eq. 2 on shared bins for every pair,
        which also sees dependence that no correlation shows.
    """
    return pair_scores(pair_tables(align({"real": real, "synthetic": synthetic})))


def pair_tables(tables: Aligned) -> PairTables:
    """Bin every column at the real table's deciles, and rank the numbers."""
    places = [_bins_of(column) for column in tables.columns]
    bins = tuple(
        [place[column.codes[k]] for place, column in zip(places, tables.columns)]
        for k in range(len(tables.rows))
    )
    numeric = [c for c in tables.columns if c.role == "numeric"]
    ranks = tuple(
        np.column_stack([_mid_ranks(c, k) for c in numeric]) if numeric else np.empty((n, 0))
        for k, n in enumerate(tables.rows)
    )
    sizes = [int(place[-1]) + 1 for place in places]
    return PairTables(bins, sizes, ranks, tables.numeric, tables.names)


def pair_scores(
    pairs: PairTables, weights: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
) -> pd.DataFrame:
    """``pair_trends`` on prepared tables 0 and 1, with optional row weights."""
    d = len(pairs.names)
    i, j = np.triu_indices(d, 1)
    shares = [_pair_shares(pairs, k, weights[k]) for k in (0, 1)]
    contingency = 1 - np.array([total_variation(p, q) for p, q in zip(*shares)])
    correlation = np.full((2, d, d), np.nan)
    both = np.ix_(pairs.numeric, pairs.numeric)
    for k in (0, 1):
        correlation[k][both] = _correlation(pairs.ranks[k], weights[k])
    real, synthetic = correlation[0, i, j], correlation[1, i, j]
    numbers = pairs.numeric[i] & pairs.numeric[j]
    score = np.where(numbers, 1 - np.abs(real - synthetic) / 2, contingency)  # Eq. 3
    return pd.DataFrame(
        {
            "first": [pairs.names[a] for a in i],
            "second": [pairs.names[b] for b in j],
            "kind": np.where(numbers, "correlation", "contingency"),
            "real": real,
            "synthetic": synthetic,
            "score": score,
            "contingency": contingency,
        }
    )


def _bins_of(column: AlignedColumn) -> np.ndarray:
    """Return the bin of each code (size + 1,); code −1 (missing) picks the last entry and bin."""
    counts = np.bincount(column.codes[0][column.codes[0] >= 0], minlength=column.size)
    if column.role == "category":
        kept = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
        place = np.full(column.size + 1, len(kept), dtype=np.int64)
        place[kept] = np.arange(len(kept))
        place[-1] = len(kept) + 1
        return place
    share = (np.cumsum(counts) - counts / 2) / max(int(counts.sum()), 1)  # mid-rank of a value
    return np.append(np.minimum((share * BINS).astype(np.int64), BINS - 1), BINS)


def _pair_shares(pairs: PairTables, table: int, weights: np.ndarray | None) -> list[np.ndarray]:
    """Return the contingency table of each pair of columns, flat, as shares."""
    bins, sizes = pairs.bins[table], pairs.sizes
    tables = []
    for i in range(len(sizes)):
        for j in range(i + 1, len(sizes)):
            cell = bins[i] * sizes[j] + bins[j]
            tables.append(np.bincount(cell, weights, minlength=sizes[i] * sizes[j]))  # Eq. 4
    return [counts / counts.sum() for counts in tables]


def _mid_ranks(column: AlignedColumn, table: int) -> np.ndarray:
    """Mid-ranks within one table, standardised; 0 (the mean) where missing: (n,)."""
    codes = column.codes[table]
    there = codes >= 0
    counts = np.bincount(codes[there], minlength=column.size)
    if counts.sum() == 0:
        return np.zeros(len(codes))
    middle = np.cumsum(counts) - counts / 2
    spread = np.sqrt(np.average((middle - counts.sum() / 2) ** 2, weights=counts))
    scaled = (middle - counts.sum() / 2) / (spread or 1.0)
    return np.where(there, scaled[np.where(there, codes, 0)], 0.0)


def _correlation(ranks: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Spearman's ρ (d, d); 0 where a column is constant."""
    w = np.full(len(ranks), 1 / len(ranks)) if weights is None else weights / weights.sum()
    centred = ranks - w @ ranks
    covariance = centred.T @ (centred * w[:, None])
    spread = np.sqrt(np.diag(covariance))
    scale = np.outer(spread, spread)
    rho: np.ndarray = np.divide(
        covariance, scale, out=np.zeros_like(covariance), where=scale > 1e-12
    )
    return rho


# --- the whole row ----------------------------------------------------------------------------


@dataclass(frozen=True)
class TwoSampleTest:
    """The answer of ``classifier_two_sample_test``: ``auc`` with its interval."""

    auc: float
    low: float
    high: float
    rows: tuple[int, int]
    folds: int
    near_copies: bool

    @property
    def interval(self) -> Interval:
        """The area with its interval."""
        return Interval(self.auc, self.low, self.high)


def classifier_two_sample_test(
    real: Any,
    synthetic: Any,
    *,
    rng: RandomState = None,
    folds: int = 5,
    max_rows: int = MAX_ROWS,
    trees: int = 100,
) -> TwoSampleTest:
    """Ask a classifier to tell real rows from synthetic ones.

    Parameters
    ----------
    real, synthetic : DataFrame
    rng : None, int or Generator
        Chooses the subset, the folds and the classifier's seed.
    folds : int
        Shuffled, stratified folds; each row is judged by a model that never saw it.
    max_rows : int
        At most this many random rows of each table are used.
    trees : int
        Boosting rounds of the histogram gradient boosting.

    Returns
    -------
    TwoSampleTest
        ``auc`` (½: can't tell; 1: tells every row), its 95 % interval, the rows used, and
        ``near_copies``: True where the whole interval lies below ½.

    Raises
    ------
    DataError
        The tables differ in their columns, or one has fewer rows than folds.
    """
    tables = align({"real": real, "synthetic": synthetic})
    return two_sample_test(tables, rng=rng, folds=folds, max_rows=max_rows, trees=trees)


def two_sample_test(
    tables: Aligned,
    *,
    rng: RandomState = None,
    folds: int = 5,
    max_rows: int = MAX_ROWS,
    trees: int = 100,
    groups: tuple[np.ndarray, np.ndarray] | None = None,
) -> TwoSampleTest:
    """``classifier_two_sample_test`` on aligned tables 0 and 1.

    ``groups`` are two arrays of unit numbers: all rows of a unit stay in one fold.
    """
    if folds < 2:
        raise ParameterError(f"folds must be at least 2; got {folds}. The default is 5.")
    if min(tables.rows[:2]) < folds:
        raise DataError(
            f"each table must have at least {folds} rows for {folds} folds; got "
            f"{tables.rows[0]} real and {tables.rows[1]} synthetic rows. Pass more rows."
        )
    generator = as_generator(rng)
    chosen = [some_rows(n, max_rows, generator) for n in tables.rows[:2]]
    small = tables.take(chosen)
    x = np.vstack([small.model_matrix(0), small.model_matrix(1)])
    y = np.repeat([0, 1], [len(c) for c in chosen])
    units = None if groups is None else np.concatenate([g[c] for g, c in zip(groups, chosen)])
    categorical = small.categorical_features
    area = _out_of_fold_area(x, y, categorical, folds, trees, units, generator)
    sizes = (len(chosen[0]), len(chosen[1]))
    # The folds' models share training rows, so their mean varies more than one area on as many
    # rows: by the factor 1 + K/(K − 1) of Nadeau & Bengio (2003). Fewer rows say the same.
    shared = 1 + folds / (folds - 1)
    interval = auc_interval(area, int(sizes[0] / shared), int(sizes[1] / shared))
    return TwoSampleTest(area, interval.low, interval.high, sizes, folds, interval.high < 0.5)


@one_thread()
def _out_of_fold_area(
    x: np.ndarray,
    y: np.ndarray,
    categorical: np.ndarray,
    folds: int,
    trees: int,
    units: np.ndarray | None,
    generator: np.random.Generator,
) -> float:
    """Mean over folds of the area under the curve on rows that the fold's model never saw."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    seed = int(generator.integers(2**31))
    splitter = (StratifiedKFold if units is None else StratifiedGroupKFold)(
        folds, shuffle=True, random_state=seed
    )
    if x.shape[1] == 0:
        return 0.5
    areas = []
    for train, test in splitter.split(x, y, units):
        model = HistGradientBoostingClassifier(
            max_iter=trees,
            categorical_features=categorical,
            early_stopping=False,
            random_state=seed,
        ).fit(without_empty_columns(x[train]), y[train])
        guess = model.predict_proba(x[test])[:, 1]  # (n_test,)
        areas.append(auc(guess[y[test] == 1], guess[y[test] == 0]))
    return float(np.mean(areas))  # Eq. 5


# --- neighbourhoods ---------------------------------------------------------------------------


def density_coverage(
    real: Any,
    synthetic: Any,
    *,
    rng: RandomState = None,
    k: int = NEIGHBOURS,
    max_rows: int = MAX_ROWS,
) -> dict[str, float]:
    """Return ``density`` (Eq. 6; 1 is ideal) and ``coverage`` (Eq. 7; 1 − ½^k at best).

    Coverage falls where a generator leaves out a part of the real table; density rises where it
    crowds.  Distances are Euclidean on robust scores and indicators.
    """
    tables = align({"real": real, "synthetic": synthetic})
    generator = as_generator(rng)
    small = tables.take([some_rows(n, max_rows, generator) for n in tables.rows])
    points = small.scores(reference=[0])
    return neighbourhood_figures(points[0], points[1], k)


def neighbourhood_figures(real: np.ndarray, synthetic: np.ndarray, k: int) -> dict[str, float]:
    """Return density and coverage of points (n, p) and (m, p)."""
    radius, nearest, inside = neighbourhoods(real, synthetic, k)
    return {
        "density": inside / (k * len(synthetic)),  # Eq. 6
        "coverage": float((nearest <= radius).mean()),  # Eq. 7
    }


def neighbourhoods(
    real: np.ndarray, synthetic: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return each real row's k-th neighbour radius (n,), its nearest synthetic row's distance
    (n,), and how many synthetic rows lie within all radii together.
    """
    if len(real) <= k:
        raise DataError(
            f"the real table must have more than {k} rows for density and coverage; got "
            f"{len(real)}. Pass more rows."
        )
    radius = smallest_distances(real, real, k + 1)[:, k]  # its own row is the first
    # A row at the very radius counts; the margin absorbs rounding of the matrix product.
    radius = radius * (1 + 1e-9) + 1e-7
    nearest, inside = np.full(len(real), np.inf), 0
    for _, block in distance_blocks(synthetic, real):  # block (rows, n)
        inside += int((block <= radius).sum())
        np.minimum(nearest, block.min(axis=0), out=nearest)
    return radius, nearest, inside
