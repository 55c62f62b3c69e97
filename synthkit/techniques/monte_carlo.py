r"""Monte Carlo synthesis: fit each column, tie the columns with a copula, draw.

Every column becomes its rank u in (0, 1) (see :mod:`synthkit.tables`), every rank a
normal score, and the correlation of the scores is all that is kept of how columns
hang together.  Drawing runs the same way back.

1. normal scores: :math:`z = \Phi^{-1}(u)`
2. their correlation over the rows where both are present:
   :math:`R_{jk} = \sum (z_j-\bar z_j)(z_k-\bar z_k) /
   \sqrt{\sum (z_j-\bar z_j)^2 \sum (z_k-\bar z_k)^2}`
3. Gaussian copula: :math:`z = L\varepsilon,\; LL^\top = R,\; u = \Phi(z)`
4. t copula: :math:`x = z\sqrt{\nu/W},\; W \sim \chi^2_\nu,\; u = T_\nu(x)`
5. conditional draw: :math:`x_B \mid x_A \sim N(R_{BA}R_{AA}^{-1}x_A,\;
   s^2(R_{BB} - R_{BA}R_{AA}^{-1}R_{AB}))`
6. in it, :math:`W \mid x_A \sim \chi^2_{\nu+a} / (1 + x_A^\top R_{AA}^{-1}x_A/\nu)`

======  ==================  =======================================
symbol  name                shape
======  ==================  =======================================
u       ranks               (n, d), in (0, 1)
z       normal scores       (n, k), k = d + columns with missing values
R       ``correlation_``    (k, k)
ν       ``dof_``            degrees of freedom of the t copula
s       scale               (n, 1), 1 for the Gaussian copula
======  ==================  =======================================

Where this differs from the textbook: whether a cell is missing is a latent normal of
its own, so that missingness keeps its correlation with the other columns; a category
is an interval of u, and its score is taken at the interval's middle.

When it fails: ``copula="independent"`` loses every correlation; the Gaussian copula
loses outliers that strike several columns together (its tail dependence is 0); no
copula of this family knows a bent or split relation.

References: Sklar (1959); Nelsen (2006), An Introduction to Copulas; Demarta & McNeil
(2005), The t copula and related copulas.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from scipy import optimize, special

from synthkit.base import Synthesizer
from synthkit.errors import DataError, ParameterError
from synthkit.failures import Failure
from synthkit.tables import normal_scores
from synthkit.techniques.monte_carlo_estimates import sobol_points
from synthkit.techniques.monte_carlo_failures import FAILURES

# Ranks are kept this far from 0 and 1: a normal score must stay finite.
EDGE = 1e-9
# Degrees of freedom are sought in this range; above it a t copula looks Gaussian.
DOF_RANGE = (1.0, 200.0)
# The likelihood of ν needs no more rows than this.
DOF_ROWS = 5_000
# Sweeps of the Gibbs sampler for conditional draws; each visits every condition once.
SWEEPS = 50


def score_correlation(scores: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the correlation (k, k) of scores (n, k), pair by pair over rows with both present."""
    there = present.astype(float)
    z = np.where(present, scores, 0.0)  # (n, k)
    rows = np.maximum(there.T @ there, 1)  # (k, k): rows where both are present
    sums = z.T @ there  # Σ z_j over the rows where k is present too
    squares = (z**2).T @ there - sums**2 / rows
    products = z.T @ z - sums * sums.T / rows
    scale = np.sqrt(np.maximum(squares * squares.T, 0))
    correlation = np.divide(
        products, scale, out=np.zeros_like(products), where=scale > 1e-12
    )  # Eq. 2
    correlation = np.clip(correlation, -1, 1)
    np.fill_diagonal(correlation, 1.0)
    return nearest_correlation(correlation)


def nearest_correlation(matrix: np.ndarray) -> np.ndarray:
    """Return a positive definite correlation matrix (k, k) close to ``matrix``.

    Pairwise correlations need not fit together; negative eigenvalues are lifted to a small
    positive value and the diagonal is set back to 1 (Rebonato & Jäckel 1999).
    """
    values, vectors = np.linalg.eigh(matrix)
    lifted = (vectors * np.maximum(values, 1e-8)) @ vectors.T
    spread = np.sqrt(np.diag(lifted))
    return np.asarray(lifted / np.outer(spread, spread))


def t_copula_loglik(dof: float, u: np.ndarray, correlation: np.ndarray) -> float:
    """Log-likelihood of ν for ranks u (n, k), given the correlation (k, k) (Demarta & McNeil)."""
    n, k = u.shape
    x = special.stdtrit(dof, u)  # T_ν⁻¹(u)
    cholesky = np.linalg.cholesky(correlation)
    q = (np.linalg.solve(cholesky, x.T) ** 2).sum(axis=0)  # xᵀR⁻¹x, (n,)
    gammaln = special.gammaln
    joint = gammaln((dof + k) / 2) - gammaln(dof / 2) - np.log(np.diag(cholesky)).sum()
    joint = n * joint - (dof + k) / 2 * np.log1p(q / dof).sum()
    margin = n * k * (gammaln((dof + 1) / 2) - gammaln(dof / 2))
    margin -= (dof + 1) / 2 * np.log1p(x**2 / dof).sum()
    return float(joint - margin)


def fit_dof(u: np.ndarray, correlation: np.ndarray) -> float:
    """Return the maximum-likelihood degrees of freedom of a t copula for ranks u (n, k)."""
    if u.shape[1] < 2:
        return DOF_RANGE[1]
    found = optimize.minimize_scalar(
        lambda log_dof: -t_copula_loglik(np.exp(log_dof), u, correlation),
        bounds=tuple(np.log(DOF_RANGE)),
        method="bounded",
        options={"xatol": 1e-2},
    )
    return float(np.exp(found.x))


def truncated_normal(
    low: np.ndarray, high: np.ndarray, mean: np.ndarray, sd: np.ndarray, uniform: np.ndarray
) -> np.ndarray:
    """Draw N(mean, sd²) within [low, high] by its inverse distribution function; all (n,)."""
    a, b = (low - mean) / sd, (high - mean) / sd
    flip = a > 0  # work in the lower tail, where Φ keeps its digits
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    p, q = special.ndtr(a), special.ndtr(b)
    z = np.clip(special.ndtri(p + uniform * (q - p)), a, b)
    return mean + sd * np.where(flip, -z, z)


class MonteCarlo(Synthesizer):
    """Independent margins, Gaussian copula or t copula, on mixed tables with missing values.

    Parameters
    ----------
    copula : {'gaussian', 't', 'independent'}
        How columns hang together. The default keeps every pair's rank correlation; ``'t'`` keeps
        joint outliers as well, and costs a fit of its degrees of freedom.
    sobol : bool
        Draw from scrambled Sobol points, which fill the space more evenly than random ones:
        smoother margins from few rows, at about three times the cost.

    Attributes
    ----------
    correlation_ : ndarray of shape (k, k)
        Of the normal scores; the last k − d columns say 'is missing'.
    dof_ : float
        Degrees of freedom of the t copula; infinity for the others.

    References
    ----------
    Nelsen (2006), An Introduction to Copulas; Demarta & McNeil (2005).

    Examples
    --------
    >>> import synthkit as sk
    >>> synth = MonteCarlo(copula="t").fit(sk.load("breast_cancer"), rng=0)
    >>> synth.sample(2, rng=1, given={"diagnosis": "malignant"})["diagnosis"].tolist()
    ['malignant', 'malignant']
    """

    name: ClassVar[str] = "monte_carlo"
    failures: ClassVar[tuple[Failure, ...]] = FAILURES

    def __init__(
        self, *, copula: Literal["gaussian", "t", "independent"] = "gaussian", sobol: bool = False
    ) -> None:
        self.copula = copula
        self.sobol = sobol

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        if self.copula not in ("gaussian", "t", "independent"):
            raise ParameterError(
                f"copula must be 'gaussian', 't' or 'independent'; got {self.copula!r}. "
                "Choose one of them."
            )
        encoder = self._fit_encoder(table)
        u, missing = encoder.encode(table)  # (n, d)
        gaps = missing[:, missing.any(axis=0)]  # (n, k − d)
        self.missing_share_ = gaps.mean(axis=0)
        present = np.hstack([~missing, np.ones_like(gaps)])
        ranks = np.hstack(
            [u, np.where(gaps, 1 - self.missing_share_ / 2, self._middle())]
        )  # (n, k)
        ranks = np.clip(ranks, EDGE, 1 - EDGE)
        self.dof_ = np.inf
        if self.copula == "independent":
            self.correlation_ = np.eye(ranks.shape[1])
            return
        self.correlation_ = score_correlation(normal_scores(ranks), present)  # Eq. 1, 2
        if self.copula == "t":
            rows = rng.permutation(len(ranks))[:DOF_ROWS]
            self.dof_ = fit_dof(ranks[rows], self.correlation_)

    def _middle(self) -> np.ndarray:
        """Return the middle rank of 'not missing', for each column with gaps."""
        return np.asarray((1 - self.missing_share_) / 2)

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        x = self._latent_given(n, rng, given) if given else self._latent(n, rng)  # (n, k)
        u = special.ndtr(x) if np.isinf(self.dof_) else special.stdtr(self.dof_, x)
        d = len(self.encoder_.columns)
        missing = np.zeros((n, d), dtype=bool)
        missing[:, self._gappy()] = u[:, d:] > 1 - self.missing_share_
        return self.encoder_.decode(u[:, :d], missing)

    def _gappy(self) -> np.ndarray:
        """Positions, among the d encoded columns, of those with missing values."""
        return np.flatnonzero([spec.has_missing for spec in self.encoder_.specs])

    def _latent(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n latent rows (n, k)."""
        k = len(self.correlation_)
        if self.sobol:
            points = sobol_points(n, k + 1, rng)
            noise, mixing = normal_scores(points[:, :k]), points[:, k:]
        else:
            noise, mixing = rng.standard_normal((n, k)), None
        z = noise @ np.linalg.cholesky(self.correlation_).T if k else noise  # Eq. 3
        if np.isinf(self.dof_):
            return z
        chi2 = (
            rng.chisquare(self.dof_, size=(n, 1))
            if mixing is None
            else special.chdtri(self.dof_, mixing)
        )
        return np.asarray(z * np.sqrt(self.dof_ / chi2))  # Eq. 4

    def _latent_given(self, n: int, rng: np.random.Generator, given: dict[Any, Any]) -> np.ndarray:
        """Draw n latent rows (n, k) of which some coordinates lie in given intervals."""
        low, high = self._conditions(given)  # (k,), NaN where free
        fixed = np.flatnonzero(~np.isnan(low))
        free = np.flatnonzero(np.isnan(low))
        R = self.correlation_
        precision = np.linalg.inv(R[np.ix_(fixed, fixed)])  # R_AA⁻¹
        a = len(fixed)
        lo, hi = low[fixed], high[fixed]
        x = np.tile(_start_inside(lo, hi), (n, 1))  # (n, a)
        scale = np.ones((n, 1))
        boxes = np.flatnonzero(hi > lo)
        exact = np.isinf(self.dof_) and len(boxes) <= 1
        for _ in range(1 if exact else SWEEPS):
            if not np.isinf(self.dof_):
                q = ((x @ precision) * x).sum(axis=1, keepdims=True)
                w = rng.chisquare(self.dof_ + a, size=(n, 1)) / (1 + q / self.dof_)  # Eq. 6
                scale = np.sqrt(self.dof_ / w)
            for j in boxes:
                others = np.arange(a) != j
                mean = -(x[:, others] @ precision[others, j]) / precision[j, j]
                sd = scale[:, 0] / np.sqrt(precision[j, j])
                x[:, j] = truncated_normal(lo[j], hi[j], mean, sd, rng.random(n))
        regression = R[np.ix_(free, fixed)] @ precision  # (f, a)
        rest = nearest_psd_root(R[np.ix_(free, free)] - regression @ R[np.ix_(fixed, free)])
        out = np.empty((n, len(R)))
        out[:, fixed] = x
        noise = rng.standard_normal((n, len(free)))
        out[:, free] = x @ regression.T + scale * (noise @ rest.T)  # Eq. 5
        return out

    def _conditions(self, given: dict[Any, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Turn ``given`` into latent intervals: two arrays (k,), NaN where nothing is given."""
        columns, d = self.encoder_.columns, len(self.encoder_.columns)
        gappy = list(self._gappy())
        low = np.full(len(self.correlation_), np.nan)
        high = low.copy()
        for name, value in given.items():
            gone = value is None or value is pd.NA or value is pd.NaT or value != value
            if gone and (name not in columns or columns.index(name) not in gappy):
                raise DataError(
                    f"column {name!r} must have missing values at fit to be given as missing; "
                    "it had none. Give a value."
                )
            if not gone:
                low_u, high_u = self.encoder_.interval(name, value)
                j = columns.index(name)
                low[j], high[j] = self._quantile(low_u), self._quantile(high_u)
            if name in columns and columns.index(name) in gappy:
                g = gappy.index(columns.index(name))
                cut = 1 - self.missing_share_[g]
                ends = (cut, 1.0) if gone else (0.0, cut)
                low[d + g], high[d + g] = (self._quantile(end) for end in ends)
        return low, high

    def _quantile(self, u: float) -> float:
        u = min(max(u, EDGE), 1 - EDGE)
        return float(special.ndtri(u) if np.isinf(self.dof_) else special.stdtrit(self.dof_, u))


def _start_inside(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return a point inside each interval (a,): the middle of its ranks."""
    return np.asarray(special.ndtri((special.ndtr(low) + special.ndtr(high)) / 2)).clip(low, high)


def nearest_psd_root(matrix: np.ndarray) -> np.ndarray:
    """Return a root B (k, k) with BBᵀ = matrix, negative eigenvalues (rounding) set to 0."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))
