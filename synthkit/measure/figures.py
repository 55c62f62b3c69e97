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
from scipy import stats

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
BAND_ROWS = 1_000  # on each side, for the neighbours' noise: it depends on their ratio, not number
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
    seeds : tuple of float
        Where one more fit with another seed falls; NaN where there was one fit only.
    whole : float
        The loss at which everything is lost; NaN where there was nothing to lose.
    """

    name: str
    title: str
    part: Part
    interval: Interval
    ideal: float
    band: tuple[float, float] = (float("nan"), float("nan"))
    anchors: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    whole: float = 1.0
    seeds: tuple[float, float] = (float("nan"), float("nan"))

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
            "over_seeds": [or_none(edge) for edge in self.seeds],
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
    shape_frame, pair_frame = shape_scores(tables), pair_scores(pairs)
    found = _averages(shape_frame, pair_frame)
    spread = _jackknife(tables, pairs, units, rng) if jackknife else {}
    intervals = {name: _with_spread(value, spread.get(name)) for name, value in found.items()}
    tails, levels, rules = tail_scores(tables), level_scores(tables), rule_scores(tables)
    intervals |= _counted(tables, tails, levels, rules)
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


def _counted(
    tables: Aligned, tails: pd.DataFrame, levels: pd.DataFrame, rules: list[Rule]
) -> dict[str, Interval]:
    """Return what is counted on all rows: tails, patterns, levels, rules."""
    m = tables.rows[1]
    invented = float(levels["invented_share"].max()) if len(levels) else 0.0
    broken = max((rule.broken for rule in rules), default=0.0)
    return {
        "tail_coverage": plain(tail_coverage(tails)),
        "missing_patterns": plain(missing_pattern_score(tables)),
        "lost_levels": plain(float(levels["lost_share"].max()) if len(levels) else 0.0),
        "invented_levels": wilson(invented * m, m),
        "broken_rules": wilson(broken * m, m),
    }


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


def noise_bands(
    pool: Aligned,
    sizes: tuple[int, int],
    rng: np.random.Generator,
    draws: int,
    units: np.ndarray | None = None,
) -> dict[str, tuple[float, float]]:
    """Return where each figure of one more fresh table falls in 95 of 100 cases.

    Averages of shapes and pairs: two tables of these sizes are drawn with replacement from the
    pooled real rows, the classical two-sample null (van der Vaart & Wellner 1996, ch. 3.7).  What
    repeated rows would spoil (neighbours, rules, levels): the pool is split in two parts in the
    ratio of the sizes; they are smaller than the tables, so the noise is never understated.

    ``pool`` holds the pooled rows as table 0, ``units`` (N,) are their unit numbers.
    """
    twice = pool.pick((0, 0))
    pairs, n = pair_tables(twice), pool.rows[0]
    number, where = (n, np.arange(n)) if units is None else _numbered(units)
    even = np.full(number, 1 / number)
    runs: list[dict[str, float]] = []
    for _ in range(draws):
        counts = [rng.multinomial(max(round(size * number / n), 1), even)[where] for size in sizes]
        if min(c.sum() for c in counts) == 0:
            continue
        weights = (counts[0].astype(np.float64), counts[1].astype(np.float64))
        run = _averages(shape_scores(twice, weights), pair_scores(pairs, weights))
        first = (rng.permutation(number) < number * sizes[0] / sum(sizes))[where]  # (N,)
        runs.append(run | _split_figures(twice, first, rng))
    return {
        name: prediction_interval([run[name] for run in runs if name in run])
        for name in _names(runs)
    }


def _numbered(units: np.ndarray) -> tuple[int, np.ndarray]:
    """Return how many units there are, and each row's unit number from 0."""
    found, where = np.unique(units, return_inverse=True)
    return len(found), where


def _names(runs: Sequence[Mapping[str, float]]) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run))


def _split_figures(twice: Aligned, first: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    """Return the figures of the rows outside ``first`` against those inside it."""
    sides = [np.flatnonzero(first), np.flatnonzero(~first)]
    if min(map(len, sides)) == 0:
        return {}
    share = min(1.0, MAX_ROWS / max(map(len, sides)))  # the ratio of the sizes stays
    fewer = [some_rows(len(side), max(1, round(share * len(side))), rng) for side in sides]
    part = twice.take([side[rows] for side, rows in zip(sides, fewer)])
    counted = _counted(part, tail_scores(part), level_scores(part), rule_scores(part))
    found = {name: interval.value for name, interval in counted.items()}
    if part.columns and min(part.rows) > NEIGHBOURS + 1:
        share = min(1.0, BAND_ROWS / max(part.rows))
        near = part.take(
            [some_rows(n, max(NEIGHBOURS + 2, round(share * n)), rng) for n in part.rows]
        )
        found |= {name: i.value for name, i in _neighbourhoods(near, rng, MAX_ROWS).items()}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def prediction_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % prediction interval of one more draw, by Student's t."""
    if len(values) < 2:
        return (float("nan"), float("nan"))
    reach = float(stats.t.ppf(0.975, len(values) - 1)) * np.sqrt(1 + 1 / len(values))
    middle, spread = float(np.mean(values)), reach * float(np.std(values, ddof=1))
    return (max(middle - spread, 0.0), min(middle + spread, max(1.0, *values)))


def collect(
    main: Fidelity,
    anchors: Mapping[str, Fidelity],
    bands: Mapping[str, tuple[float, float]],
) -> list[Figure]:
    """Put the figures of one table beside those of the anchors and the noise bands."""
    figures = []
    distance_note = f"on at most {main.rows_used:,} rows of each table"
    for name, title, ideal in FIDELITY:
        if name not in main.intervals:
            continue
        figures.append(
            Figure(
                name,
                title,
                "fidelity",
                main.intervals[name],
                ideal,
                bands.get(name, (float("nan"), float("nan"))),
                {anchor: values.value(name) for anchor, values in anchors.items()},
                distance_note if name in _SUBSAMPLED else "",
            )
        )
    return figures


_SUBSAMPLED = ("c2st_auc", "coverage", "density", "outlier_coverage")
