r"""Classifier weights: keep the synthetic rows that look real.

A classifier that tells real rows from synthetic ones knows, at each x, how much more often x
is real.  With D(x) = P(real | x) and as much weight on either side,

1. density ratio: :math:`w(x) = p_\text{real}(x) / p_\text{core}(x) = D(x) / (1 - D(x))`
2. rejection: a row stays with probability :math:`\min(1, w(x)/c)` (Azadi et al. 2019)
3. effective sample size: :math:`\text{ESS} = (\sum w)^2 / \sum w^2`

The classifier is a logistic regression on the bins of each column, the squares of its normal
scores and the products of all pairs, so that log w is a sum that can be read and saved.

Checks that come for free: :math:`E_\text{core}[w] = 1`; for a core N(δ, 1) and a real N(0, 1) the
effective share is :math:`e^{-\delta^2}`.

When it fails: a weight can't repair what the core never makes.  Where the supports differ, a
few rows carry all the weight and the effective sample size collapses.

References: Azadi et al. (2019), Discriminator rejection sampling, ICLR; Sugiyama et al. (2012),
Density ratio estimation in machine learning.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Hashable
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthkit.errors import DataWarning, ParameterError
from synthkit.tables import Schema, TableEncoder, normal_scores
from synthkit.techniques.hybrid.refinement import Refinement

# Below this effective share of the rows the weights repair nothing any more.
ESS_WARNING = 0.05
# Normal scores are kept within this range: one outlier must not decide.
MAX_SCORE = 3.0
# Strength of the ridge penalty: with a few hundred real rows a free fit would memorise them.
PENALTY_C = 0.3


def density_ratio(logit: np.ndarray) -> np.ndarray:
    """Return w = D/(1 − D) from the classifier's log odds (n,)."""
    return np.asarray(np.exp(np.clip(logit, -30, 30)))  # Eq. 1


def effective_sample_size(weights: np.ndarray) -> float:
    """Return how many equally weighted rows the weights (n,) are worth."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0  # Eq. 3


def keep_probability(weights: np.ndarray, cap: float) -> np.ndarray:
    """Return the probability (n,) that a row stays."""
    return np.minimum(1.0, weights / cap)  # Eq. 2


def ratio_features(u: np.ndarray, missing: np.ndarray, bins: list[int]) -> np.ndarray:
    """Return the classifier's features (n, p) of ranks u (n, d).

    Indicators of the bin of each column, its missing mark, and z_j z_k for all pairs j ≤ k of
    normal scores.
    """
    n, d = u.shape
    blocks = []
    for j, size in enumerate(bins):
        place = np.minimum((u[:, j] * size).astype(np.int64), size - 1)
        block = np.eye(size)[place]  # (n, size)
        block[missing[:, j]] = 0.0
        blocks.append(block)
    z = np.clip(normal_scores(np.clip(u, 1e-6, 1 - 1e-6)), -MAX_SCORE, MAX_SCORE)
    z[missing] = 0.0
    first, second = np.triu_indices(d)
    return np.hstack([*blocks, missing.astype(float), z[:, first] * z[:, second]])  # (n, p)


def fit_ratio(
    real: np.ndarray, core: np.ndarray, penalty_c: float = PENALTY_C
) -> tuple[np.ndarray, float]:
    """Fit log w(x) = φ(x)·coef + intercept to features of real (n, p) and core rows (m, p)."""
    from sklearn.linear_model import LogisticRegression

    x = np.vstack([real, core])
    y = np.repeat([1, 0], [len(real), len(core)])
    balance = np.where(y == 1, 1.0, len(real) / len(core))  # as much weight on either side
    model = LogisticRegression(C=penalty_c, max_iter=500).fit(x, y, sample_weight=balance)
    return model.coef_[0], float(model.intercept_[0])


class ClassifierWeights(Refinement):
    """Reject synthetic rows that a classifier finds unlikely to be real.

    Parameters
    ----------
    max_weight : float
        Weights above it count as it, in units of the mean weight.  A large cap follows the
        classifier more closely and rejects more rows: about 1 − 1/max_weight of them.
    bins : int
        Of each numeric column, for the classifier.

    Attributes
    ----------
    coef_, intercept_ : ndarray of shape (p,), float
        Of log w.
    ess_share_ : float
        Effective sample size ÷ rows, on the rows that arrived at ``fit``.
    """

    preserves: ClassVar[str] = "every row that stays, to the last digit"
    can_break: ClassVar[str] = "totals raked before; the number of distinct rows (ESS)"

    def __init__(self, *, max_weight: float = 8.0, bins: int = 12) -> None:
        self.max_weight = max_weight
        self.bins = bins

    def fit(
        self,
        real: pd.DataFrame,
        reference: pd.DataFrame,
        schema: Schema,
        rng: np.random.Generator,
    ) -> None:
        """Train the classifier on the real rows against those that arrive."""
        if not (math.isfinite(self.max_weight) and self.max_weight >= 1):
            raise ParameterError(
                f"max_weight must be a number of 1 or more; got {self.max_weight!r}. Try 8."
            )
        bins: Any = self.bins
        if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or bins < 2:
            raise ParameterError(f"bins must be a whole number >= 2; got {self.bins!r}. Try 12.")
        # Both tables on one line of ranks, or rows outside the real range would look alike.
        both = pd.concat([real[list(reference.columns)], reference], ignore_index=True)
        self.encoder_ = TableEncoder(schema).fit(both.astype(real.dtypes.to_dict()))
        self.coef_, self.intercept_ = fit_ratio(self._features(real), self._features(reference))
        weights = self.weights(reference)
        self.mean_weight_ = float(weights.mean())
        self.ess_share_ = effective_sample_size(weights) / len(weights)
        if self.ess_share_ < ESS_WARNING:
            warnings.warn(
                f"classifier weights: {len(weights):,} rows of the core are worth "
                f"{self.ess_share_ * len(weights):,.0f} real-looking ones (effective sample "
                "size). The core misses a part of the real table: improve the core.",
                DataWarning,
                stacklevel=2,
            )

    def weights(self, table: pd.DataFrame) -> np.ndarray:
        """Return w (n,): how much more often such a row is real than synthetic."""
        return density_ratio(self._features(table) @ self.coef_ + self.intercept_)

    def apply(self, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the rows that stay."""
        cap = self.max_weight * self.mean_weight_
        keep = rng.random(len(table)) < keep_probability(self.weights(table), cap)
        return table[keep].reset_index(drop=True)

    def changes(self) -> tuple[Hashable, ...]:
        """Every column's shares move."""
        return tuple(self.encoder_.columns)

    def _features(self, table: pd.DataFrame) -> np.ndarray:
        u, missing = self.encoder_.encode(table)
        sizes = [
            self.bins if spec.kind in ("continuous", "integer", "datetime") else int(k)
            for spec, k in zip(self.encoder_.specs, self.encoder_.cardinalities)
        ]
        return ratio_features(u, missing, sizes)
