r"""Bootstrap, part 4 of 4: from replicates to an interval.

R times over, draw a new sample and compute the figure anew: the spread of these *replicates*
around the estimate stands for the spread of the estimate around the truth.  Four ways to read an
interval from them, :math:`Q` being the quantile function of the replicates:

1. percentile:   :math:`[Q(\alpha/2),\; Q(1-\alpha/2)]`
2. basic:        :math:`[2\hat\theta - Q(1-\alpha/2),\; 2\hat\theta - Q(\alpha/2)]`
3. BCa:          percentile at the levels :math:`\Phi(z_0 + (z_0+z)/(1-a(z_0+z)))`
4. - its bias:   :math:`z_0 = \Phi^{-1}(P(\theta^* < \hat\theta))`, ties counted half
5. - its skew:   :math:`a = \sum d_i^3 / 6 (\sum d_i^2)^{3/2}`, :math:`d_i` = mean - left out
6. studentized:  :math:`\hat\theta - \hat s\,Q_t`, where :math:`t^* = (\theta^*-\hat\theta)/s^*`
7. m out of n:   :math:`\theta^* - \hat\theta` shrunk by :math:`(m/n)^\rho`, then as in 1 or 2

==============  ==============  ===============================================================
symbol          name            meaning
==============  ==============  ===============================================================
theta, theta*   estimate,       the figure of the data, and of each new sample
                replicates
alpha           1 - confidence  share of truths that may fall outside, half on each side
z               normal          :math:`\Phi^{-1}(\alpha/2)` and :math:`\Phi^{-1}(1-\alpha/2)`
z_0, a          bias, skew      the two corrections of BCa (Efron 1987)
d_i             left out        jackknife: the mean of all minus the figure without row i
s, s*           standard error  of the estimate, and of each replicate
rho             rate            the estimate errs by about n^-rho (mean 1/2, maximum 1)
==============  ==============  ===============================================================

Where this differs from the papers: nothing is smoothed or adjusted.  The nominal coverage is not
reached on small skewed samples by any of the four (the tests measure it), as the books say.

When it fails: rows that depend on each other, infinite variance, extremes: see ``technique``.

References
----------
Efron, B. (1987). Better bootstrap confidence intervals. JASA 82.
Efron, B., Tibshirani, R. (1993). An Introduction to the Bootstrap. Chapman & Hall.
Davison, A., Hinkley, D. (1997). Bootstrap Methods and their Application. Cambridge.
Bickel, P., Götze, F., van Zwet, W. (1997). Resampling fewer than n observations. Stat. Sinica 7.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from synthkit.errors import DataError, DataWarning
from synthkit.rng import RandomState, seed_sequence
from synthkit.techniques.bootstrap.design import (
    MOVING_KINDS,
    Design,
    Streams,
    check_numbers,
    checked_data,
    checked_design,
    checked_kind,
    draw_indices,
    draw_samples,
)
from synthkit.techniques.bootstrap.rows import Floats, bayesian_weights, row_shares
from synthkit.techniques.bootstrap.statistics import (
    Correlation,
    Mean,
    Quantile,
    Statistic,
    chunks,
    one_number,
    resolve_statistic,
)

REPLICATES = 2_000  # the tail of 2.5 % then holds 50 replicates: its quantile errs by some 0.06 sd
CHUNK_BYTES = 2**20  # stays in the processor's cache: measured twice as fast as 64 MiB
INNER_REPLICATES = 50  # enough for a standard error (Efron & Tibshirani 1993, ch. 6.4)


@dataclass(frozen=True)
class BootstrapInterval:
    """What the bootstrap says about one figure.

    Attributes
    ----------
    estimate : float
        The figure of the data at hand.
    low, high : float
        Ends of the interval, in the figure's own unit.
    standard_error, bias : float
        Standard deviation of the replicates, and their mean minus the estimate.
    confidence_level : float
    method, kind : str
        How the interval was read, how the rows were drawn.
    block_length : float or None
        The (mean) block length in rows, for the block kinds.
    distribution : float array, shape (replicates,)
        The replicates.
    """

    estimate: float
    low: float
    high: float
    standard_error: float
    bias: float
    confidence_level: float
    method: str
    kind: str
    block_length: float | None = None
    distribution: Floats = field(default_factory=lambda: np.empty(0), repr=False, compare=False)

    @property
    def width(self) -> float:
        """The length of the interval."""
        return self.high - self.low

    def covers(self, truth: float) -> bool:
        """Say whether ``truth`` lies in the interval, ends included."""
        return bool(self.low <= truth <= self.high)


# --- replicates ---------------------------------------------------------------------------------


def replicate(
    design: Design, statistic: Statistic, replicates: int, streams: Streams, chunk_bytes: int
) -> Floats:
    """Return the statistic of each new sample, shape (replicates,); memory <= 3 chunks."""
    n = len(design.data)
    if isinstance(statistic, Quantile) and design.kind in ("iid", "m_out_of_n"):
        return statistic.replicates(design.data, design.size, replicates, streams[0])
    if isinstance(statistic, Correlation) and design.kind not in (*MOVING_KINDS, "bayesian"):
        return _correlation_replicates(design, statistic, replicates, streams, chunk_bytes)
    values = np.empty(replicates)
    bytes_each = 8 * design.size * (1 + design.data.size // n)  # row numbers and values
    for start, stop in chunks(replicates, bytes_each, chunk_bytes):
        if design.kind == "bayesian":
            weights = bayesian_weights(n, stop - start, streams[0])
            values[start:stop] = statistic.weighted(design.data, weights)
        else:
            values[start:stop] = statistic.rows(draw_samples(design, stop - start, streams))
    return values


def _correlation_replicates(
    design: Design, statistic: Correlation, replicates: int, streams: Streams, chunk_bytes: int
) -> Floats:
    """Return replicates of a correlation from how often each row was drawn."""
    n = len(design.data)
    products = statistic.products(design.data)  # (n, 5), once for all replicates
    values = np.empty(replicates)
    for start, stop in chunks(replicates, 16 * (design.size + n), chunk_bytes):
        shares = row_shares(draw_indices(design, stop - start, streams[0]), n)
        values[start:stop] = statistic.of_moments(shares @ products)
    return values


# --- intervals ----------------------------------------------------------------------------------


def percentile_interval(replicates: Floats, alpha: float) -> tuple[float, float]:
    """Return the central part of the replicates."""
    low, high = np.quantile(replicates, [alpha / 2, 1 - alpha / 2])  # Eq. 1
    return float(low), float(high)


def basic_interval(replicates: Floats, estimate: float, alpha: float) -> tuple[float, float]:
    """Return the percentile interval mirrored at the estimate."""
    low, high = percentile_interval(replicates, alpha)
    return 2 * estimate - high, 2 * estimate - low  # Eq. 2


def bias_correction(replicates: Floats, estimate: float) -> float:
    """Return z_0: how far, in normal units, the replicates' median lies from the estimate."""
    below = np.mean(replicates < estimate)
    tied = np.mean(replicates == estimate)
    return float(ndtri(below + tied / 2))  # Eq. 4


def acceleration(left_out: Floats) -> float:
    """Return a: the skew of the jackknife values, 0 where they do not vary."""
    d = left_out.mean() - left_out  # (n,)
    spread = float((d**2).sum())
    return float((d**3).sum()) / (6.0 * spread**1.5) if spread > 0 else 0.0  # Eq. 5


def bca_interval(
    replicates: Floats, estimate: float, left_out: Floats, alpha: float
) -> tuple[float, float]:
    """Return the percentile interval at levels corrected for bias and skew.

    Raises
    ------
    DataError
        If all replicates lie on one side of the estimate, where the correction is infinite.
    """
    z0, a = bias_correction(replicates, estimate), acceleration(left_out)
    if not np.isfinite(z0):
        raise DataError(
            "replicates must lie on both sides of the estimate for method='bca'; got all on one "
            "side. The statistic is biased under resampling: use method='percentile' and see why."
        )
    z = z0 + ndtri([alpha / 2, 1 - alpha / 2])  # (2,)
    levels = ndtr(z0 + z / (1 - a * z))  # Eq. 3
    low, high = np.quantile(replicates, levels)
    return float(low), float(high)


def studentized_interval(
    replicates: Floats, errors: Floats, estimate: float, error: float, alpha: float
) -> tuple[float, float]:
    """Return the interval from replicates measured in their own standard errors (R,).

    Raises
    ------
    DataError
        If so many standard errors are zero that an end is not finite.
    """
    away = replicates - estimate
    t = np.where(away == 0, 0.0, np.copysign(np.inf, away))  # stays so where the error is 0
    np.divide(away, errors, out=t, where=errors > 0)
    ordered = np.sort(t)
    ranks = np.array([alpha / 2, 1 - alpha / 2]) * (t.size - 1)
    t_low, t_high = ordered[np.rint(ranks).astype(np.int64)]  # no interpolation: t may be infinite
    if not (np.isfinite(t_low) and np.isfinite(t_high) and np.isfinite(error)):
        raise DataError(
            f"replicates must have a standard error above 0 for method='studentized'; got "
            f"{int((errors <= 0).sum())} of {t.size} without. Use more rows, or method='bca'."
        )
    return float(estimate - t_high * error), float(estimate - t_low * error)  # Eq. 6


def bootstrap_interval(
    data: ArrayLike | pd.Series | pd.DataFrame,
    statistic: str | Callable[..., Any] | Statistic = "mean",
    *,
    method: str | None = None,
    confidence_level: float = 0.95,
    replicates: int = REPLICATES,
    kind: str | None = None,
    block_length: float | str | None = None,
    strata: ArrayLike | None = None,
    size: int | None = None,
    rate: float = 0.5,
    bandwidth: float | None = None,
    standard_error: Callable[[Floats], float] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    rng: RandomState = None,
) -> BootstrapInterval:
    """Return a bootstrap confidence interval of a figure.

    Parameters
    ----------
    data : array of shape (n,) or (n, d), Series or DataFrame
        One row is one unit.  NaN and infinity are refused; a DataFrame may hold anything if
        ``statistic`` is a function of a DataFrame.
    statistic : str or callable, default 'mean'
        'mean', 'median', 'min', 'max', 'std', 'correlation', ``Quantile(q)``, or a function of a
        sample that returns one number.  One with an ``axis`` parameter is called on many samples
        at once.
    method : {'percentile', 'basic', 'bca', 'studentized'}, optional
        Default: 'bca' for independent rows (it is corrected for bias and skew), 'percentile' for
        the other kinds, for which BCa and studentized are not defined here.
    confidence_level : float in (0, 1), default 0.95
    replicates : int, default 2,000
        More make the ends smoother, never the interval narrower.
    kind : str, optional
        'iid' (default without ``block_length`` and ``strata``), 'stratified', 'moving_block',
        'circular_block', 'stationary_block' (default with ``block_length``), 'm_out_of_n',
        'bayesian', 'smoothed' or 'parametric' (a normal law).
    block_length : float or 'auto', optional
        (Mean) rows in a block; 'auto', the default of the block kinds, takes Politis & White's,
        the longest over the columns.
    strata : array, shape (n,), optional
        The group of each row.
    size : int, optional
        Rows m of a replicate for 'm_out_of_n'; default sqrt(n), rounded.
    rate : float, default 0.5
        For 'm_out_of_n': the error of the figure falls as n to the minus ``rate``.  One half is
        right for means; the maximum of a bounded law needs 1.
    bandwidth : float, optional
        For 'smoothed', in standard deviations; default Silverman's.
    standard_error : callable, optional
        For 'studentized': the standard error of a sample's figure.  Default: the formula for the
        mean, for others a second bootstrap of 50 replicates within each replicate.
    chunk_bytes : int, default 1 MiB
        About the memory that samples may take at once (never less than one sample).  It changes
        the speed, not the result.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    BootstrapInterval

    Raises
    ------
    ParameterError
        If an argument is outside its range or does not fit the kind.
    DataError
        If the data are too few, not finite, or the statistic is undefined on them.

    References
    ----------
    Efron, B., Tibshirani, R. (1993). An Introduction to the Bootstrap, ch. 12-14.

    Examples
    --------
    >>> heights_cm = [178.0, 165, 171, 190, 168, 174, 182, 159, 177, 170]
    >>> result = bootstrap_interval(heights_cm, "mean", rng=0)
    >>> result.low < result.estimate < result.high
    True
    """
    sample, frame = checked_data(data, statistic)
    kind = checked_kind(kind, block_length, strata)
    method = method or ("bca" if kind == "iid" else "percentile")
    check_numbers(method, kind, confidence_level, replicates, rate, chunk_bytes)
    design = checked_design(sample, frame, kind, block_length, strata, size, bandwidth)
    figure = resolve_statistic(_on_row_numbers(statistic, frame), sample)
    row_seed, noise_seed, inner_seed = seed_sequence(rng).spawn(3)
    streams = (np.random.default_rng(row_seed), np.random.default_rng(noise_seed))

    estimate = float(figure.rows(sample[None])[0])
    if method == "studentized":
        theta, errors = _studentized_replicates(
            design, figure, replicates, streams, chunk_bytes, standard_error, inner_seed
        )
    else:
        theta = replicate(design, figure, replicates, streams, chunk_bytes)
    _check_defined(estimate, theta)
    shrink = (design.size / len(sample)) ** rate if kind == "m_out_of_n" else 1.0
    theta = estimate + shrink * (theta - estimate)  # Eq. 7
    spread, alpha = float(theta.std(ddof=1)), 1.0 - confidence_level
    if spread == 0:
        warnings.warn(
            "all replicates are equal, so the interval has no width. The data do not vary in "
            "this figure, or there are too few of them.",
            DataWarning,
            stacklevel=2,
        )
    if method == "percentile" or spread == 0:
        low, high = percentile_interval(theta, alpha)
    elif method == "basic":
        low, high = basic_interval(theta, estimate, alpha)
    elif method == "bca":
        low, high = bca_interval(theta, estimate, figure.jackknife(sample, chunk_bytes), alpha)
    else:
        low, high = studentized_interval(theta, errors, estimate, spread, alpha)
    return BootstrapInterval(
        estimate=estimate, low=low, high=high, standard_error=spread,
        bias=float(theta.mean()) - estimate, confidence_level=confidence_level, method=method,
        kind=kind, block_length=design.block_length, distribution=theta,
    )  # fmt: skip


def coverage(
    draw: Callable[[np.random.Generator], Floats],
    truth: float,
    statistic: str | Callable[..., Any] | Statistic = "mean",
    *,
    trials: int = 200,
    rng: RandomState = None,
    **options: Any,
) -> float:
    """Return the share of ``trials`` in which the interval covers the truth.

    Parameters
    ----------
    draw : callable
        ``draw(generator)`` returns one fresh data set from the population.
    truth : float
        The figure of the population.
    trials : int, default 200
        The share then errs by at most sqrt(.25 / 200) = .035 (one standard error).
    **options
        Passed to :func:`bootstrap_interval`.
    """
    seeds = seed_sequence(rng).spawn(trials)
    generators = [np.random.default_rng(seed) for seed in seeds]
    hits = [
        bootstrap_interval(draw(generator), statistic, rng=generator, **options).covers(truth)
        for generator in generators
    ]
    return float(np.mean(hits))


# --- helpers ------------------------------------------------------------------------------------


def _on_row_numbers(statistic: Any, frame: pd.DataFrame | None) -> Any:
    """Return a statistic of row numbers, where the data are a frame; else the statistic."""
    if frame is None:
        return statistic

    def of_rows(rows: Floats) -> float:
        picked = frame.iloc[rows.astype(np.int64)].reset_index(drop=True)
        return one_number(statistic(picked))

    return of_rows


def _studentized_replicates(
    design: Design,
    figure: Statistic,
    replicates: int,
    streams: Streams,
    chunk_bytes: int,
    standard_error: Callable[[Floats], float] | None,
    inner_seed: np.random.SeedSequence,
) -> tuple[Floats, Floats]:
    """Return replicates (R,) and the standard error of each (R,)."""
    theta, errors = np.empty(replicates), np.empty(replicates)
    inner = (np.random.default_rng(inner_seed),) * 2
    for start, stop in chunks(replicates, 16 * design.data.size, chunk_bytes):
        samples = draw_samples(design, stop - start, streams)
        theta[start:stop] = figure.rows(samples)
        if standard_error is not None:
            errors[start:stop] = [one_number(standard_error(sample)) for sample in samples]
        elif isinstance(figure, Mean):
            errors[start:stop] = figure.standard_errors(samples)
        else:
            for r, sample in enumerate(samples, start=start):
                again = Design("iid", sample, len(sample))
                spread = replicate(again, figure, INNER_REPLICATES, inner, chunk_bytes).std(ddof=1)
                errors[r] = spread
    return theta, errors


def _check_defined(estimate: float, theta: Floats) -> None:
    broken = int((~np.isfinite(theta)).sum())
    if broken or not np.isfinite(estimate):
        raise DataError(
            f"statistic must be defined on the data and on each replicate; got {estimate} on the "
            f"data and {broken} of {theta.size} replicates undefined. A column may be (nearly) "
            "constant, or the rows too few."
        )
