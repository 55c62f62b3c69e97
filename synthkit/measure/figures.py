"""Figures: each number of the scorecard, with its interval, its anchors and its noise band.

A figure alone says little.  Beside each stand the same figure for tables whose worth
is known – fresh real rows, a verbatim bootstrap, an independent shuffle – and the
band in which fresh real rows of this size would fall by sampling alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthkit.measure.aligned import Aligned
from synthkit.measure.distances import some_rows
from synthkit.measure.fidelity import (
    MAX_ROWS,
    NEIGHBOURS,
    PairTables,
    neighbourhoods,
    pair_scores,
    pair_tables,
    shape_scores,
    two_sample_test,
)
from synthkit.measure.intervals import Interval, auc_interval, quantile_of, wilson
from synthkit.measure.support import (
    Rule,
    covered_outliers,
    level_scores,
    missing_pattern_score,
    rule_scores,
    tail_coverage,
    tail_scores,
)

Part = Literal["fidelity", "utility", "privacy"]
GROUPS = 10  # of the delete-a-group jackknife
CERTAIN = 0.999  # 'near-copies' from a classifier is only said at this level


@dataclass(frozen=True)
class Figure:
    """One line of the scorecard.

    Parameters
    ----------
    name, title : str
        For machines, and in plain words.
    part : 'fidelity', 'utility' or 'privacy'
    interval : Interval
        Value and 95 % interval; NaN limits where there is none.
    ideal : float
        What fresh real rows would have with endless data.
    band : tuple of float
        Where fresh real rows of this size fall by sampling alone; NaN where unknown.
    anchors : dict of str to float
        The same figure for tables of known worth.
    note : str
        What else must be said, such as the number of rows used.
    """

    name: str
    title: str
    part: Part
    interval: Interval
    ideal: float
    band: tuple[float, float] = (float("nan"), float("nan"))
    anchors: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def value(self) -> float:
        """The figure itself."""
        return self.interval.value

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; NaN becomes None."""
        return {
            "name": self.name,
            "title": self.title,
            "part": self.part,
            "value": or_none(self.value),
            "low": or_none(self.interval.low),
            "high": or_none(self.interval.high),
            "ideal": self.ideal,
            "noise_band": [or_none(edge) for edge in self.band],
            "anchors": {name: or_none(value) for name, value in self.anchors.items()},
            "note": self.note,
        }


def or_none(value: float) -> float | None:
    """Return a plain float, or None for NaN (JSON has none)."""
    return float(value) if np.isfinite(value) else None


# Name, title, ideal value.
FIDELITY = (
    ("column_shapes", "Column shapes, mean", 1.0),
    ("worst_column_shape", "Column shapes, worst column", 1.0),
    ("pair_trends", "Pair trends, mean over all pairs", 1.0),
    ("pair_contingency", "Pair contingency on shared bins, mean", 1.0),
    ("c2st_auc", "Classifier tells real from synthetic, AUC", 0.5),
    ("coverage", "Coverage of the real rows' neighbourhoods", 1 - 0.5**NEIGHBOURS),
    ("density", "Density around the real rows", 1.0),
    ("tail_coverage", "Tail mass kept", 1.0),
    ("outlier_coverage", "Real outliers with a synthetic neighbour", 1 - 0.5**NEIGHBOURS),
    ("missing_patterns", "Missingness patterns", 1.0),
    ("lost_levels", "Real rows whose category was lost", 0.0),
    ("invented_levels", "Synthetic rows with an invented category", 0.0),
    ("broken_rules", "Synthetic rows that break a rule, worst rule", 0.0),
)


@dataclass(frozen=True)
class Fidelity:
    """All fidelity figures of one table against the real one, and what they are made of."""

    intervals: dict[str, Interval]
    shapes: pd.DataFrame
    pairs: pd.DataFrame
    tails: pd.DataFrame
    levels: pd.DataFrame
    rules: list[Rule]
    near_copies: bool
    rows_used: int

    def value(self, name: str) -> float:
        """Return one figure; NaN where it could not be computed."""
        return self.intervals[name].value if name in self.intervals else float("nan")


def measure_fidelity(
    tables: Aligned,
    rng: np.random.Generator,
    *,
    folds: int = 5,
    trees: int = 100,
    max_rows: int = MAX_ROWS,
    jackknife: bool = True,
    units: tuple[np.ndarray, np.ndarray] | None = None,
) -> Fidelity:
    """Compute every fidelity figure of table 1 against table 0.

    Shapes, pairs and tails use all rows; the classifier and distances at most ``max_rows`` of
    each table.  ``units`` are unit numbers of both tables' rows.
    """
    pairs = pair_tables(tables)
    shape_frame, pair_frame, tails = shape_scores(tables), pair_scores(pairs), tail_scores(tables)
    levels, rules = level_scores(tables), rule_scores(tables)
    found = _averages(shape_frame, pair_frame)
    spread = _jackknife(tables, pairs, units, rng) if jackknife else {}
    intervals = {name: _with_spread(value, spread.get(name)) for name, value in found.items()}
    intervals["tail_coverage"] = plain(tail_coverage(tails))
    intervals["missing_patterns"] = plain(missing_pattern_score(tables))
    intervals["lost_levels"] = plain(float(levels["lost_share"].max()) if len(levels) else 0.0)
    invented = float(levels["invented_share"].max()) if len(levels) else 0.0
    intervals["invented_levels"] = wilson(invented * tables.rows[1], tables.rows[1])
    broken = max((rule.broken for rule in rules), default=0.0)
    intervals["broken_rules"] = wilson(broken * tables.rows[1], tables.rows[1])
    near_copies = False
    if tables.columns and min(tables.rows[:2]) >= max(2 * folds, NEIGHBOURS + 2):
        intervals |= _neighbourhoods(tables, rng, max_rows)
        test = two_sample_test(
            tables, rng=rng, folds=folds, max_rows=max_rows, trees=trees, groups=units
        )
        intervals["c2st_auc"] = test.interval
        shared = 1 + folds / (folds - 1)  # Nadeau & Bengio, as in fidelity
        sure = auc_interval(
            test.auc, int(test.rows[0] / shared), int(test.rows[1] / shared), CERTAIN
        )
        near_copies = sure.high < 0.5
    return Fidelity(
        intervals,
        shape_frame,
        pair_frame,
        tails,
        levels,
        rules,
        near_copies,
        min(max_rows, max(tables.rows[:2])),
    )


def plain(value: float) -> Interval:
    """Return a figure without an interval."""
    return Interval(value, float("nan"), float("nan"))


def _averages(shapes: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, float]:
    nothing = float("nan")
    return {
        "column_shapes": float(shapes["score"].mean()) if len(shapes) else nothing,
        "worst_column_shape": float(shapes["score"].min()) if len(shapes) else nothing,
        "pair_trends": float(pairs["score"].mean()) if len(pairs) else nothing,
        "pair_contingency": float(pairs["contingency"].mean()) if len(pairs) else nothing,
    }


def _neighbourhoods(
    tables: Aligned, rng: np.random.Generator, max_rows: int
) -> dict[str, Interval]:
    small = tables.take([some_rows(n, max_rows, rng) for n in tables.rows[:2]])
    real, synthetic = small.scores(reference=[0])
    radius, nearest, inside = neighbourhoods(real, synthetic, NEIGHBOURS)
    outliers, count = covered_outliers(radius, nearest)
    return {
        "coverage": wilson(float((nearest <= radius).sum()), len(real)),
        "density": plain(inside / (NEIGHBOURS * len(synthetic))),
        "outlier_coverage": wilson(outliers * count, count),
    }


def _jackknife(
    tables: Aligned,
    pairs: PairTables,
    units: tuple[np.ndarray, np.ndarray] | None,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Return standard errors by the delete-a-group jackknife over synthetic rows or units.

    With G groups: SE² = (G − 1)/G · Σ (θ₋g − θ̄)² (Quenouille; Shao & Tu 1995, ch. 2).  Unlike the
    bootstrap it never doubles a row, which would move every one of these figures.
    """
    n = tables.rows[1]
    if n < 2 * GROUPS:
        return {}
    if units is None:
        group = rng.permutation(n) % GROUPS
    else:
        numbers, where = np.unique(units[1], return_inverse=True)
        group = (rng.permutation(len(numbers)) % GROUPS)[where]
    runs = []
    for g in range(GROUPS):
        weights = (None, (group != g).astype(np.float64))
        runs.append(_averages(shape_scores(tables, weights), pair_scores(pairs, weights)))
    factor = np.sqrt(GROUPS - 1)  # Σ (…)² is G times the squared standard deviation
    return {name: float(factor * np.std([run[name] for run in runs])) for name in runs[0]}


def _with_spread(value: float, error: float | None) -> Interval:
    if error is None or not np.isfinite(error):
        return plain(value)
    z = quantile_of(0.95)
    return Interval(value, max(value - z * error, 0.0), min(value + z * error, 1.0))


def noise_band(
    pool: Aligned, sizes: tuple[int, int], rng: np.random.Generator, draws: int
) -> dict[str, tuple[float, float]]:
    """Return where shapes and pairs of two fresh tables of these sizes fall (95 %).

    Both are drawn with replacement from the pooled real rows, the classical two-sample null
    (van der Vaart & Wellner 1996, ch. 3.7); ``pool`` holds the pooled rows as tables 0 and 1.
    """
    pairs, n = pair_tables(pool), pool.rows[0]
    even = np.full(n, 1 / n)
    runs = []
    for _ in range(draws):
        first, second = (rng.multinomial(size, even).astype(np.float64) for size in sizes)
        weights = (first, second)
        runs.append(_averages(shape_scores(pool, weights), pair_scores(pairs, weights)))
    return {
        name: tuple(np.quantile([run[name] for run in runs], [0.025, 0.975])) for name in runs[0]
    }


def collect(
    main: Fidelity,
    anchors: Mapping[str, Fidelity],
    bands: Mapping[str, tuple[float, float]],
    fresh: str | None,
    notes: Sequence[str] = (),
) -> list[Figure]:
    """Put the figures of one table beside those of the anchors; ``fresh`` names fresh real rows."""
    figures = []
    distance_note = f"on at most {main.rows_used:,} rows of each table"
    for name, title, ideal in FIDELITY:
        if name not in main.intervals:
            continue
        band = bands.get(name)
        if band is None and fresh is not None and name in anchors[fresh].intervals:
            interval = anchors[fresh].intervals[name]
            band = (interval.low, interval.high)
        figures.append(
            Figure(
                name,
                title,
                "fidelity",
                main.intervals[name],
                ideal,
                band or (float("nan"), float("nan")),
                {anchor: values.value(name) for anchor, values in anchors.items()},
                distance_note if name in _SUBSAMPLED else "",
            )
        )
    return figures


_SUBSAMPLED = ("c2st_auc", "coverage", "density", "outlier_coverage")
