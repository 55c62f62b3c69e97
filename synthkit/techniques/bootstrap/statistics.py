r"""Bootstrap, part 2 of 4: the figure whose uncertainty is asked for.

Any function of a sample will do (``Custom``).  Three figures have short cuts that save most of
the work, so they have classes of their own:

1. mean: leaving row i out     :math:`\hat\theta_{(i)} = (\sum_j x_j - x_i)/(n-1)`
2. quantile: leaving row i out only three values are possible, whichever row it is
3. quantile: its replicates come from the law of order statistics, with no row drawn
4. correlation: leaving row i out takes one row's share from five sums; and a replicate needs only
   how often each row was drawn, not the rows themselves
5. mean: the standard error of each replicate is :math:`s^*/\sqrt{m}`

Each class answers the same four questions: ``rows`` (the figure of each of R samples),
``jackknife`` (the figure without each row in turn), ``weighted`` (with weights on the rows), and
``replicates`` / ``standard_errors`` where a short cut exists.

When it fails: a short cut that disagrees with the long way would be a silent error, so the tests
compare each with ``Custom`` on the same data.

References
----------
Efron, B. (1982). The Jackknife, the Bootstrap and Other Resampling Plans. SIAM.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Union

import numpy as np

from synthkit.errors import DataError, ParameterError
from synthkit.techniques.bootstrap.rows import Floats, quantile_replicates


def chunks(total: int, bytes_each: int, chunk_bytes: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) so that each piece fits in ``chunk_bytes``; at least one at a time."""
    step = max(1, chunk_bytes // max(bytes_each, 1))
    for start in range(0, total, step):
        yield start, min(start + step, total)


class Mean:
    """The mean of a one-dimensional sample."""

    def rows(self, samples: Floats) -> Floats:
        """Return the mean of each sample; (R, m) -> (R,)."""
        means: Floats = samples.mean(axis=1)
        return means

    def jackknife(self, data: Floats, chunk_bytes: int) -> Floats:
        """Return the n means that leave one row out; (n,) -> (n,)."""
        left_out: Floats = (data.sum() - data) / (data.size - 1)  # Eq. 1
        return left_out

    def weighted(self, data: Floats, weights: Floats) -> Floats:
        """Return the weighted mean for each row of weights; (n,), (R, n) -> (R,)."""
        means: Floats = weights @ data
        return means

    def standard_errors(self, samples: Floats) -> Floats:
        """Return the standard error of each sample's mean; (R, m) -> (R,)."""
        errors: Floats = samples.std(axis=1, ddof=1) / np.sqrt(samples.shape[1])  # Eq. 5
        return errors


@dataclass(frozen=True)
class Quantile:
    """The q-quantile of a one-dimensional sample, as ``numpy.quantile`` interpolates it.

    Parameters
    ----------
    q : float in [0, 1]
        0.5 is the median, 0 the minimum, 1 the maximum.

    Examples
    --------
    >>> Quantile(0.5).rows(np.array([[1.0, 3.0, 2.0], [5.0, 5.0, 4.0]]))
    array([2., 5.])
    """

    q: float

    def __post_init__(self) -> None:
        if not 0 <= self.q <= 1:
            raise ParameterError(
                f"q must be between 0 and 1; got {self.q!r}. The median is Quantile(0.5)."
            )

    def rows(self, samples: Floats) -> Floats:
        """Return the quantile of each sample; (R, m) -> (R,)."""
        quantiles: Floats = np.quantile(samples, self.q, axis=1)
        return quantiles

    def jackknife(self, data: Floats, chunk_bytes: int) -> Floats:
        """Return the n quantiles that leave one row out; (n,) -> (n,).

        Of the n - 1 rows left, the k-th smallest is x_(k) if the row left out is larger, x_(k+1)
        if not.
        """
        order = np.argsort(data, kind="stable")
        ordered = data[order]
        position = (data.size - 2) * self.q  # counted from 0, among the n - 1 rows left
        k = min(int(position), data.size - 2)
        rank = np.arange(data.size)
        value: Floats = np.where(rank > k, ordered[k], ordered[k + 1])  # Eq. 2
        if position > k:
            above = np.where(rank > k + 1, ordered[k + 1], ordered[min(k + 2, data.size - 1)])
            value = value + (position - k) * (above - value)
        left_out = np.empty_like(value)
        left_out[order] = value
        return left_out

    def weighted(self, data: Floats, weights: Floats) -> Floats:
        """Return the smallest value that has at least q of the weight below or at it, (R,)."""
        order = np.argsort(data)
        below = np.cumsum(weights[:, order], axis=1)  # (R, n)
        rank = np.minimum((below < self.q * below[:, -1:]).sum(axis=1), data.size - 1)
        quantiles: Floats = data[order[rank]]
        return quantiles

    def replicates(
        self, data: Floats, size: int, replicates: int, rng: np.random.Generator
    ) -> Floats:
        """Return bootstrap replicates from the exact law of the order statistic, (replicates,)."""
        return quantile_replicates(np.sort(data), self.q, size, replicates, rng)  # Eq. 3


class Correlation:
    """Pearson's correlation of the two columns of a sample of shape (m, 2)."""

    def rows(self, samples: Floats) -> Floats:
        """Return the correlation of each sample; (R, m, 2) -> (R,)."""
        centred = samples - samples.mean(axis=1, keepdims=True)
        products = np.matmul(centred.transpose(0, 2, 1), centred)  # (R, 2, 2)
        return _ratio(products[:, 0, 1], products[:, 0, 0], products[:, 1, 1])

    def jackknife(self, data: Floats, chunk_bytes: int) -> Floats:
        """Return the n correlations that leave one row out; (n, 2) -> (n,)."""
        x, y = (data - data.mean(axis=0)).T  # centred, so that the sums of x and y vanish
        share = len(data) / (len(data) - 1)  # without row i the sum of squares falls by n/(n-1) x^2
        return _ratio(  # Eq. 4
            (x * y).sum() - share * x * y,
            (x * x).sum() - share * x * x,
            (y * y).sum() - share * y * y,
        )

    def products(self, data: Floats) -> Floats:
        """Return x, y, xy, xx and yy of each centred row; (n, 2) -> (n, 5)."""
        x, y = (data - data.mean(axis=0)).T
        return np.column_stack([x, y, x * y, x * x, y * y])

    def of_moments(self, moments: Floats) -> Floats:
        """Return the correlation for each row of five means of the products; (R, 5) -> (R,)."""
        mean_x, mean_y, mean_xy, mean_xx, mean_yy = moments.T
        return _ratio(mean_xy - mean_x * mean_y, mean_xx - mean_x**2, mean_yy - mean_y**2)

    def weighted(self, data: Floats, weights: Floats) -> Floats:
        """Return the weighted correlation for each row of weights; (n, 2), (R, n) -> (R,)."""
        return self.of_moments(weights @ self.products(data))


def _ratio(cross: Floats, square_x: Floats, square_y: Floats) -> Floats:
    """Return cross / sqrt(square_x square_y), NaN where a column does not vary."""
    scale = np.sqrt(np.maximum(square_x, 0.0) * np.maximum(square_y, 0.0))
    blank = np.full_like(scale, np.nan)
    ratio: Floats = np.divide(cross, scale, out=blank, where=scale > 0)
    return ratio


class Custom:
    """Any function of one sample that returns one number.

    A function with an ``axis`` parameter is called once for many samples, if it then gives the
    same answers; any other is called once for each.

    Parameters
    ----------
    function : callable
        ``function(sample) -> float`` for a sample of the data's own shape.
    data : float array, shape (n,) or (n, d)
        Used for a trial call.
    """

    def __init__(self, function: Callable[..., Any], data: Floats) -> None:
        self.function = function
        self.takes_axis = _answers_along_an_axis(function, data)

    def rows(self, samples: Floats) -> Floats:
        """Return the figure of each sample; (R, m) or (R, m, d) -> (R,)."""
        if self.takes_axis:
            return np.asarray(self.function(samples, axis=1), dtype=np.float64)
        return np.array([one_number(self.function(sample)) for sample in samples])

    def jackknife(self, data: Floats, chunk_bytes: int) -> Floats:
        """Return the n figures that leave one row out; n^2 values pass through memory in pieces."""
        n = len(data)
        others = np.arange(n - 1)
        left_out = np.empty(n)
        for start, stop in chunks(n, 8 * data.size + 8 * n, chunk_bytes):
            out = np.arange(start, stop)[:, None]
            left_out[start:stop] = self.rows(data[others + (others >= out)])  # (piece, n - 1[, d])
        return left_out

    def weighted(self, data: Floats, weights: Floats) -> Floats:
        """Return the figure for each row of weights; the function must take ``weights=``."""
        if "weights" not in _parameters(self.function):
            raise ParameterError(
                "statistic must take a 'weights' argument for kind='bayesian'; "
                f"got {_name(self.function)}. Write statistic(sample, weights), or use kind='iid'."
            )
        return np.array([one_number(self.function(data, weights=w)) for w in weights])


Statistic = Union[Mean, Quantile, Correlation, Custom]


def _standard_deviation(sample: Floats, axis: int = 0) -> Floats:
    deviation: Floats = np.std(sample, axis=axis, ddof=1)
    return deviation


NAMED: dict[str, Callable[[], Statistic | Callable[..., Any]]] = {
    "mean": Mean,
    "median": lambda: Quantile(0.5),
    "min": lambda: Quantile(0.0),
    "max": lambda: Quantile(1.0),
    "std": lambda: _standard_deviation,
    "correlation": Correlation,
}
_SHORT_CUTS = {np.mean: "mean", np.median: "median", np.min: "min", np.max: "max"}


def resolve_statistic(statistic: Any, data: Floats) -> Statistic:
    """Return the class that answers for a name, a NumPy function with a short cut, or a callable.

    Raises
    ------
    ParameterError
        If the name is unknown, or the data have the wrong number of columns for it.
    """
    if data.ndim == 1 and callable(statistic) and statistic in _SHORT_CUTS:
        statistic = _SHORT_CUTS[statistic]
    if isinstance(statistic, str):
        if statistic not in NAMED:
            raise ParameterError(
                f"statistic must be one of {sorted(NAMED)} or a function of a sample; "
                f"got {statistic!r}. Pass a function for any other figure."
            )
        statistic = NAMED[statistic]()
    if isinstance(statistic, Correlation) and (data.ndim != 2 or data.shape[1] != 2):
        raise ParameterError(
            f"data must have two columns for a correlation; got shape {data.shape}. "
            "Pass the two columns side by side, e.g. df[['x', 'y']]."
        )
    if isinstance(statistic, (Mean, Quantile)) and data.ndim != 1:
        raise ParameterError(
            f"data must be one column for this statistic; got shape {data.shape}. "
            "Choose a column, e.g. df['x']."
        )
    if isinstance(statistic, (Mean, Quantile, Correlation)):
        return statistic
    if not callable(statistic):
        raise ParameterError(
            f"statistic must be a name or a function of a sample; got {statistic!r}. "
            "Write e.g. lambda sample: sample.mean()."
        )
    return Custom(statistic, data)


def one_number(value: Any) -> float:
    """Return ``value`` as a float.

    Raises
    ------
    DataError
        If the statistic returned an array, text or nothing.
    """
    try:
        return float(np.asarray(value, dtype=np.float64).reshape(()))
    except (TypeError, ValueError) as error:
        raise DataError(
            f"statistic must return one number; got {type(value).__name__} of shape "
            f"{np.shape(value)}. Choose one column, or reduce the result."
        ) from error


def _parameters(function: Callable[..., Any]) -> frozenset[str]:
    """Return the names of a function's parameters; none where it does not tell."""
    try:
        return frozenset(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return frozenset()


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _answers_along_an_axis(function: Callable[..., Any], data: Floats) -> bool:
    """Say whether one call on two stacked samples gives what two calls give.

    A trial, because an ``axis`` parameter alone promises nothing about its meaning.
    """
    if "axis" not in _parameters(function):
        return False
    half = data[: max(2, len(data) // 2)]
    pair = np.stack([half, data[-len(half) :]])  # (2, m[, d])
    try:
        together = np.asarray(function(pair, axis=1), dtype=np.float64)
    except (TypeError, ValueError, IndexError):
        return False
    apart = [one_number(function(sample)) for sample in pair]
    return together.shape == (2,) and bool(np.allclose(together, apart, equal_nan=True))
