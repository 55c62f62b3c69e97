r"""Scores of predictions under many resamples of the test rows at once.

A bootstrap resample is a row of weights $w$ (how often each test row was drawn), so all
resamples are one matrix $W$ (B + 1, n); its first row is all ones.  With rows sorted by score,
the weighted area under the curve needs cumulative sums only:

$$\mathrm{AUC} = \frac{\sum_g w^+_g\,(W^-_{<g} + \tfrac12 w^-_g)}{w^+\, w^-} \tag{1}$$

over groups g of tied scores, and with $\bar y$ the weighted mean

$$R^2 = 1 - \frac{\sum w (y - \hat y)^2}{\sum w (y - \bar y)^2} \tag{2}$$

Of several classes, each against the rest, the score is the mean of the areas.  Whether a class
of five training rows is learned well or badly is chance, one draw for each class; test rows alone
don't show it.  So the classes are resampled too, with weights $v$ (B + 1, C):

$$\mathrm{score} = \sum_c v_c\,\mathrm{AUC}_c \Big/ \sum_c v_c \tag{3}$$
"""

from __future__ import annotations

import numpy as np

from synthkit.measure.learners import Task


def resample_weights(
    n: int, resamples: int, rng: np.random.Generator, units: np.ndarray | None
) -> np.ndarray:
    """Return weights (resamples + 1, n): all ones, then bootstrap counts of rows or whole units."""
    if units is None:
        where, number = np.arange(n), n
    else:
        _, where = np.unique(units, return_inverse=True)
        number = int(where.max()) + 1
    counts = rng.multinomial(number, np.full(number, 1 / number), size=resamples)
    return np.vstack([np.ones(n), counts[:, where]])


def class_weights(task: Task, resamples: int, rng: np.random.Generator) -> np.ndarray | None:
    """Return weights of the classes (resamples + 1, C) for Eq. 3; None below three classes."""
    number = 0 if task.classes is None else len(task.classes)
    if number < 3:
        return None
    counts = rng.multinomial(number, np.full(number, 1 / number), size=resamples)
    return np.vstack([np.ones(number), counts])


def weighted_scores(
    task: Task, guesses: np.ndarray, weights: np.ndarray, classes: np.ndarray | None = None
) -> np.ndarray:
    """Return the task's score (B + 1,).

    ``weights`` (B + 1, n) are of the test rows, ``classes`` (B + 1, C) of the classes (1 where
    None).  A row of weights without any usable class gives NaN.
    """
    truth = task.truth(2)
    if task.classes is None:
        return weighted_r2(truth, guesses, weights)
    if len(task.classes) == 2:
        return weighted_auc(guesses[:, 1], truth == task.classes[1], weights)
    present = [i for i, code in enumerate(task.classes) if 0 < (truth == code).sum() < len(truth)]
    if not present:
        return np.full(len(weights), 0.5)
    areas = np.column_stack(
        [weighted_auc(guesses[:, i], truth == task.classes[i], weights) for i in present]
    )  # (B + 1, C)
    counts = np.ones_like(areas) if classes is None else classes[:, present]
    counts = np.where(np.isnan(areas), 0.0, counts)  # a resample may hold no row of a class
    total = counts.sum(axis=1)
    mean: np.ndarray = np.divide(
        (counts * np.nan_to_num(areas)).sum(axis=1),
        total,
        out=np.full(len(total), np.nan),
        where=total > 0,
    )
    return mean  # Eq. 3


def score(task: Task, guesses: np.ndarray) -> float:
    """Return the task's score on its test rows."""
    return float(weighted_scores(task, guesses, np.ones((1, len(task.truth(2)))))[0])


def weighted_auc(scores: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the area under the curve for each row of weights (B,); NaN where a side is empty."""
    order = np.argsort(scores, kind="stable")
    tied = scores[order]
    starts = np.flatnonzero(np.append(True, tied[1:] != tied[:-1]))
    w = weights[:, order]
    plus = np.add.reduceat(w * positive[order], starts, axis=1)  # (B, groups)
    minus = np.add.reduceat(w * ~positive[order], starts, axis=1)
    below = np.cumsum(minus, axis=1) - minus
    wins = (plus * (below + minus / 2)).sum(axis=1)
    pairs = plus.sum(axis=1) * minus.sum(axis=1)
    area: np.ndarray = np.divide(wins, pairs, out=np.full(len(w), np.nan), where=pairs > 0)  # Eq. 1
    return area


def weighted_r2(truth: np.ndarray, guesses: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return R² for each row of weights (B,); 0 is as good as the mean, below 0 is worse."""
    mean = (weights @ truth / weights.sum(axis=1))[:, None]
    total = (weights * (truth - mean) ** 2).sum(axis=1)
    lost = weights @ (truth - guesses) ** 2
    share: np.ndarray = np.divide(lost, total, out=np.ones(len(total)), where=total > 0)
    return 1 - share  # Eq. 2
