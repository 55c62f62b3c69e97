r"""Utility: is the synthetic table good for what the real one is good for?

- **TSTR against TRTR**: train on synthetic, test on held-out real rows; beside it train
  on real, test on the same rows.  Their difference, with a paired interval, is the price (1).
- **Augmentation gain**: train on real *and* synthetic, minus train on real (2).
- **Importance agreement**: Spearman's correlation of the two models' permutation
  importances (3): the right answer for the wrong reasons shows here.
- **Subgroups**: the same difference within each group (who loses?), and two fairness
  gaps between groups: of the selection rate (4) and of the true positive rate (5).

Scores are areas under the ROC curve (several classes: the mean of one against the rest) or
$R^2$ for a number.  Two models look at each table, a histogram gradient boosting and a linear
one, because a table can be good for one and useless for the other.

Intervals are percentile bootstraps over the *test rows* (or units), and where there are several
classes over the classes as well, the same resamples for every model, so that differences are
paired.

When it fails: one target is one question.  A table made for another question may fail this
one, and the other way round.

References
----------
Esteban, Hyland & Rätsch, Real-valued medical time series generation with recurrent
conditional GANs, arXiv 1706.02633 (TSTR).  Hardt, Price & Srebro, Equality of opportunity
in supervised learning, NeurIPS 2016.  Breiman, Random forests, Machine Learning 45 (2001).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from synthkit.errors import DataError
from synthkit.measure.aligned import Aligned, AlignedColumn, align
from synthkit.measure.distances import some_rows
from synthkit.measure.held_out import require_held_out
from synthkit.measure.intervals import Interval
from synthkit.measure.learners import MODELS, Task, fit_model, permutation_importance
from synthkit.measure.scoring import (
    class_weights,
    resample_weights,
    score,
    weighted_scores,
)
from synthkit.measure.threads import one_thread
from synthkit.rng import RandomState, as_generator

# A number with at most this many different values is taken for a class.
MAX_CLASSES = 10
RESAMPLES = 200
MIN_TEST_ROWS = 20
MIN_GROUP_ROWS = 30
IMPORTANCE_ROWS = 2_000
Subset = Literal["real", "synthetic", "both"]
_PAIR: tuple[Subset, ...] = ("real", "synthetic")
_ALL: tuple[Subset, ...] = ("real", "synthetic", "both")


@dataclass(frozen=True)
class ModelUtility:
    """One model's scores on the test rows; ``gap`` = synthetic − real, ``gain`` = both − real."""

    real: Interval
    synthetic: Interval
    gap: Interval
    both: Interval | None = None
    gain: Interval | None = None
    importance_agreement: float | None = None


@dataclass(frozen=True)
class Utility:
    """What the tables are good for.

    ``metric`` is ``"AUC"`` or ``"R2"``; ``tested_on`` says which rows judged; ``groups`` has one
    row for each subgroup, ``fairness`` the gaps between them (empty without ``group``).
    """

    target: Hashable
    metric: str
    tested_on: str
    test_rows: int
    models: dict[str, ModelUtility]
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    fairness: dict[str, dict[str, float]] = field(default_factory=dict)


def utility(
    real: Any,
    synthetic: Any,
    target: Hashable,
    holdout: Any = None,
    group: Hashable = None,
    *,
    rng: RandomState = None,
    max_rows: int | None = None,
    models: tuple[str, ...] = MODELS,
    augmentation: bool = True,
) -> Utility:
    """Train on each table and test on real rows.

    Parameters
    ----------
    real, synthetic : DataFrame
    target : column label
        What is predicted; a category, or a number with at most 10 values, is classified.
    holdout : DataFrame, optional
        Real rows that the synthetic table was not made from.  Without them 30 % of the real
        rows are set aside for the test; the synthetic table may have seen those, so its score
        may flatter it.
    group : column label, optional
        Scores and fairness within each level.
    max_rows : int, optional
        Train on at most this many rows of each table.
    augmentation : bool
        Also train on real and synthetic rows together.

    Raises
    ------
    DataError
        The target is no column, has one value only, too few rows are left, or the holdout holds
        rows of the real table.
    """
    generator = as_generator(rng)
    tables = {"real": real, "synthetic": synthetic}
    if holdout is None:
        tables["real"], tables["holdout"] = set_aside(real, generator)
        tested_on = "30 % of the real rows, set aside (the synthetic table may have seen them)"
    else:
        tables["holdout"] = holdout
        tested_on = "held-out real rows"
    aligned = align(tables)
    if holdout is not None:
        require_held_out(aligned)
    return utility_of(
        aligned,
        target,
        group,
        rng=generator,
        max_rows=max_rows,
        models=models,
        augmentation=augmentation,
        tested_on=tested_on,
    )


def set_aside(real: Any, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return 70 % and 30 % of the rows, at random."""
    frame = pd.DataFrame(real)
    order = rng.permutation(len(frame))
    cut = round(0.7 * len(frame))
    return frame.iloc[order[:cut]], frame.iloc[order[cut:]]


@one_thread()
def utility_of(
    tables: Aligned,
    target: Hashable,
    group: Hashable = None,
    *,
    rng: RandomState = None,
    max_rows: int | None = None,
    models: tuple[str, ...] = MODELS,
    augmentation: bool = True,
    importance: bool = True,
    tested_on: str = "held-out real rows",
    units: np.ndarray | None = None,
) -> Utility:
    """Return ``utility`` of aligned tables 0 (real), 1 (synthetic) and 2 (test rows).

    ``units`` (n_test,) are unit numbers of the test rows: whole units are resampled.
    """
    generator = as_generator(rng)
    kept = rows_with_target(tables, column_of(tables, target, "target"), max_rows, generator)
    tables = tables.take(kept)
    units = None if units is None else units[kept[2]]
    task = make_task(tables, target)
    weights = resample_weights(tables.rows[2], RESAMPLES, generator, units)  # (B + 1, n_test)
    classes = class_weights(task, RESAMPLES, generator)  # (B + 1, C) or None
    results, predictions = {}, {}
    for name in models:
        seed = int(generator.integers(2**31))
        subsets = _ALL if augmentation else _PAIR
        fitted = {s: fit_model(name, task, _training(task, s), seed) for s in subsets}
        guesses = {s: model.predict(task.features(name)[2]) for s, model in fitted.items()}
        scores = {s: weighted_scores(task, g, weights, classes) for s, g in guesses.items()}
        agreement = None
        if importance:
            rows = some_rows(tables.rows[2], IMPORTANCE_ROWS, generator)
            drops = [
                permutation_importance(fitted[s], name, task, rows, seed)
                for s in ("real", "synthetic")
            ]
            agreement = _rank_correlation(drops[0], drops[1])  # Eq. 3
        results[name] = _summary(scores, agreement)
        predictions[name] = guesses
    groups, fairness = pd.DataFrame(), {}
    if group is not None:
        column = column_of(tables, group, "group")
        groups = _group_scores(task, column, predictions[models[0]], generator)
        fairness = _fairness(task, column, predictions[models[0]])
    return Utility(target, task.metric, tested_on, tables.rows[2], results, groups, fairness)


def synthetic_score(
    tables: Aligned, target: Hashable, rng: np.random.Generator, max_rows: int | None
) -> float:
    """Return only the boosting's score when trained on table 1: what an anchor needs."""
    kept = rows_with_target(tables, column_of(tables, target, "target"), max_rows, rng)
    task = make_task(tables.take(kept), target)
    model = fit_model("boosting", task, (1,), int(rng.integers(2**31)))
    return score(task, model.predict(task.features("boosting")[2]))


def make_task(tables: Aligned, target: Hashable) -> Task:
    """Say what is learned: classes or numbers, and from which columns.

    Raises
    ------
    DataError
        The target has one value only, there is nothing to learn from, or too few test rows.
    """
    column = column_of(tables, target, "target")
    values = np.unique(column.codes[0])
    if len(values) < 2:
        raise DataError(
            f"the target column {target!r} must have at least two values in the real table; got "
            f"{len(values)}. Choose another target."
        )
    others = [j for j, c in enumerate(tables.columns) if c.name != target]
    if not others:
        raise DataError(
            f"the table must have a column beside the target to learn from; got {target!r} alone. "
            "Add one that is no identifier."
        )
    if tables.rows[2] < MIN_TEST_ROWS:
        raise DataError(
            f"utility must be tested on at least {MIN_TEST_ROWS} real rows with a target; got "
            f"{tables.rows[2]}. Hold out more rows."
        )
    classes = column.role == "category" or (len(values) <= MAX_CLASSES and not column.is_time)
    return Task(tables, tables.columns.index(column), others, values if classes else None)


def column_of(tables: Aligned, name: Hashable, role: str) -> AlignedColumn:
    """Return a column by its name; DataError where there is none, or it is an identifier."""
    for column in tables.columns:
        if column.name == name:
            return column
    raise DataError(
        f"{role} must be a column that is no identifier; got {name!r}. "
        f"They are {tables.names[:20]}."
    )


def rows_with_target(
    tables: Aligned, column: AlignedColumn, max_rows: int | None, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return the rows with a target; of the training tables at most ``max_rows``.

    Raises
    ------
    DataError
        The first or the second table has none.
    """
    rows = [np.flatnonzero(codes >= 0) for codes in column.codes[:3]]
    for table, found in zip(("real", "synthetic"), rows):
        if len(found) == 0:
            raise DataError(
                f"the target column {column.name!r} must have values in the {table} table; it has "
                "none. Choose another target."
            )
    if max_rows is not None:
        rows = [r[some_rows(len(r), max_rows, rng)] if k < 2 else r for k, r in enumerate(rows)]
    return rows


def _training(task: Task, subset: Subset) -> tuple[int, ...]:
    return {"real": (0,), "synthetic": (1,), "both": (0, 1)}[subset]


def _summary(scores: dict[Subset, np.ndarray], agreement: float | None) -> ModelUtility:
    """Turn scores (B + 1,), the first without resampling, into values with intervals."""
    real, synthetic = scores["real"], scores["synthetic"]
    both = scores.get("both")
    return ModelUtility(
        real=_percentiles(real),
        synthetic=_percentiles(synthetic),
        gap=_percentiles(synthetic - real),  # Eq. 1
        both=None if both is None else _percentiles(both),
        gain=None if both is None else _percentiles(both - real),  # Eq. 2
        importance_agreement=agreement,
    )


def _percentiles(scores: np.ndarray) -> Interval:
    known = scores[1:][np.isfinite(scores[1:])]  # a resample may hold one class only
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return Interval(float(scores[0]), float(low), float(high))


def _rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(stats.spearmanr(a, b).statistic)


# --- subgroups --------------------------------------------------------------------------------


def _group_scores(
    task: Task,
    group: AlignedColumn,
    guesses: dict[Subset, np.ndarray],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Score each level of the group that has enough test rows; small ones are left out."""
    rows = []
    for code in range(group.size):
        inside = group.codes[2] == code  # (n_test,)
        if inside.sum() < MIN_GROUP_ROWS:
            continue
        part = task.only(inside)
        weights = resample_weights(int(inside.sum()), RESAMPLES, rng, None)
        classes = class_weights(part, RESAMPLES, rng)
        scores = [weighted_scores(part, guesses[s][inside], weights, classes) for s in _PAIR]
        gap = _percentiles(scores[1] - scores[0])
        rows.append(
            {
                "group": group.values[code],
                "test_rows": int(inside.sum()),
                "real_share": float((group.codes[0] == code).mean()),
                "synthetic_share": float((group.codes[1] == code).mean()),
                "real": float(scores[0][0]),
                "synthetic": float(scores[1][0]),
                "gap": gap.value,
                "gap_low": gap.low,
                "gap_high": gap.high,
            }
        )
    return pd.DataFrame(rows)


def _fairness(
    task: Task, group: AlignedColumn, guesses: dict[Subset, np.ndarray]
) -> dict[str, dict[str, float]]:
    """Return the largest gaps between groups, for two classes; the rarer one is 'selected'.

    Each model selects as many rows as there are positives, so that only *who* differs.
    """
    if task.classes is None or len(task.classes) != 2:
        return {}
    truth = task.truth(2) == task.classes[1]
    chosen = 1 if truth.mean() <= 0.5 else 0
    truth = truth if chosen == 1 else ~truth
    out: dict[str, dict[str, float]] = {}
    for subset in _PAIR:
        score = guesses[subset][:, chosen]
        selected = score >= np.quantile(score, 1 - truth.mean())
        rates, hits = [], []
        for code in range(group.size):
            inside = group.codes[2] == code
            if inside.sum() >= MIN_GROUP_ROWS and truth[inside].sum() >= 5:
                rates.append(selected[inside].mean())
                hits.append(selected[inside & truth].mean())
        if len(rates) >= 2:
            out[subset] = {
                "selection_rate_gap": float(np.ptp(rates)),  # Eq. 4
                "true_positive_rate_gap": float(np.ptp(hits)),  # Eq. 5
            }
    return out
