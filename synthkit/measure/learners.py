"""The two models that judge utility, on the features that suit each."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from synthkit.measure.aligned import Aligned, without_empty_columns

MODELS = ("boosting", "linear")
TREES = 100  # boosting rounds; several classes share twice as many, at least 20 each


@dataclass(frozen=True)
class Task:
    """What is learned from tables 0 and 1 and tested on table 2.

    ``classes`` are the target's codes in the real table, or None where the target is a number.
    ``rows`` marks the test rows that count (all of them where None).
    """

    tables: Aligned
    target: int
    others: list[int]
    classes: np.ndarray | None
    rows: np.ndarray | None = None

    @property
    def metric(self) -> str:
        """AUC for classes, R2 for numbers."""
        return "R2" if self.classes is None else "AUC"

    def only(self, rows: np.ndarray) -> Task:
        """Return the same task on some of the test rows (a mask)."""
        return Task(self.tables, self.target, self.others, self.classes, rows)

    def truth(self, table: int) -> np.ndarray:
        """Return the target (n,): class codes, or numbers."""
        column = self.tables.columns[self.target]
        codes = column.codes[table]
        truth = codes if self.classes is not None else column.values[codes]
        return truth if self.rows is None or table != 2 else truth[self.rows]

    def features(self, model: str) -> list[np.ndarray]:
        """Return each table's features (n, p) for a model."""
        return self._codes if model == "boosting" else self._scores

    def places(self, model: str) -> list[np.ndarray]:
        """Return for each feature column of the table its places among the model's features."""
        if model == "boosting":
            return [np.array([i]) for i in range(len(self.others))]
        stops = np.cumsum([block[0].shape[1] for block in self._blocks])
        return [np.arange(a, b) for a, b in zip([0, *stops[:-1]], stops)]

    @cached_property
    def _codes(self) -> list[np.ndarray]:
        return [self.tables.model_matrix(k)[:, self.others] for k in range(3)]

    @cached_property
    def _blocks(self) -> list[list[np.ndarray]]:
        blocks = self.tables.score_blocks(reference=[0])
        return [blocks[j] for j in self.others]

    @cached_property
    def _scores(self) -> list[np.ndarray]:
        return [np.hstack([block[k] for block in self._blocks]) for k in range(3)]


@dataclass(frozen=True)
class FittedModel:
    """A fitted scikit-learn model, or the constant that a table with one class teaches."""

    model: Any
    classes: np.ndarray | None
    constant: np.ndarray | None = None

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return class probabilities (n, classes) in the task's order, or numbers (n,)."""
        if self.constant is not None:
            return (
                np.tile(self.constant, (len(x), 1))
                if self.classes is not None
                else (np.full(len(x), float(self.constant)))
            )
        if self.classes is None:
            return np.asarray(self.model.predict(x))
        out = np.zeros((len(x), len(self.classes)))
        shares = self.model.predict_proba(x)
        for i, code in enumerate(self.model.classes_):
            out[:, self.classes == code] = shares[:, i : i + 1]  # invented classes are dropped
        return out


def fit_model(name: str, task: Task, tables: tuple[int, ...], seed: int) -> FittedModel:
    """Fit one of ``MODELS`` on the rows of some tables."""
    x = np.vstack([task.features(name)[k] for k in tables])
    x = without_empty_columns(x) if name == "boosting" else x
    y = np.concatenate([task.truth(k) for k in tables])
    if task.classes is not None and len(np.unique(y)) == 1:
        return FittedModel(None, task.classes, (task.classes == y[0]).astype(float))
    if task.classes is None and np.ptp(y) == 0:
        return FittedModel(None, None, np.array(y[0], dtype=float))
    if task.classes is None:
        return FittedModel(_regressor(name, task, seed).fit(x, y), None)
    with warnings.catch_warnings():
        from sklearn.exceptions import ConvergenceWarning

        # A linear model that is near its optimum ranks rows as well as one at its optimum.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return FittedModel(_classifier(name, task, seed).fit(x, y), task.classes)


def _classifier(name: str, task: Task, seed: int) -> Any:
    if name == "boosting":
        from sklearn.ensemble import HistGradientBoostingClassifier

        classes = 2 if task.classes is None else len(task.classes)
        return HistGradientBoostingClassifier(
            max_iter=TREES if classes == 2 else max(20, 2 * TREES // classes),
            categorical_features=_categorical(task),
            early_stopping=False,
            random_state=seed,
        )
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=200, tol=1e-3)


def _regressor(name: str, task: Task, seed: int) -> Any:
    if name == "boosting":
        from sklearn.ensemble import HistGradientBoostingRegressor

        return HistGradientBoostingRegressor(
            max_iter=TREES,
            categorical_features=_categorical(task),
            early_stopping=False,
            random_state=seed,
        )
    from sklearn.linear_model import Ridge

    return Ridge(alpha=1.0)


def _categorical(task: Task) -> np.ndarray:
    return np.asarray(task.tables.categorical_features[task.others])


def permutation_importance(
    fitted: FittedModel, name: str, task: Task, rows: np.ndarray, seed: int
) -> np.ndarray:
    """Return how much the score falls when each column's values are shuffled: (columns,)."""
    from synthkit.measure.scoring import score

    rng = np.random.default_rng(seed)
    mask = np.zeros(task.tables.rows[2], dtype=bool)
    mask[rows] = True
    part = task.only(mask)
    x = task.features(name)[2][mask]
    whole = score(part, fitted.predict(x))
    drops = []
    for places in task.places(name):
        shuffled = x.copy()
        shuffled[:, places] = x[rng.permutation(len(x))][:, places]
        drops.append(whole - score(part, fitted.predict(shuffled)))
    return np.array(drops)
