r"""Means of groups, with differential privacy: who pays most for the noise?

Each person is in one group, with a value clipped to public bounds [low, high] whose middle is m.
For each group release a noisy sum of v - m and a noisy count, each with half of epsilon:

    S = sum (v_i - m) + Lap( (high - low) / eps )   (a row moves it by (high - low) / 2)   (Eq. 1)
    N = n + Lap( 2 / eps )                                                                 (Eq. 2)
    mean = m + S / max(N, 1),  moved into [low, high]                                      (Eq. 3)

The noise of S doesn't depend on the group, the divisor does: the error of the mean is about

    E|error| = (high - low) / (n eps)                                                      (Eq. 4)

so a group ten times smaller suffers ten times as much.  Groups have no one in common, so all of
them together cost eps once (parallel composition).

References
----------
F. McSherry, "Privacy integrated queries", SIGMOD 2009.
T. Farrand et al., "Neither private nor fair", PPMLP 2020.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthkit.errors import ParameterError
from synthkit.techniques.perturbation.ledger import Expense, pure_expense
from synthkit.techniques.perturbation.mechanisms import check_epsilon, clip, laplace_scale
from synthkit.techniques.perturbation.noise_sources import NoiseSource

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def private_group_means(
    values: Floats,
    groups: Ints,
    n_groups: int,
    bounds: tuple[float, float],
    epsilon: float,
    noise: NoiseSource,
) -> Floats:
    """Return a private mean for each group (g,), in the unit of the values.

    Parameters
    ----------
    values : ndarray (n,)
    groups : ndarray (n,) of int
        0 to ``n_groups`` - 1: a list that anybody could know, empty groups included.
    n_groups : int
    bounds : (low, high)
        Public bounds in the unit of the values.
    epsilon : float > 0
        For all groups together; see ``group_means_expenses``.
    noise : NoiseSource

    Raises
    ------
    ParameterError
        If the bounds aren't two finite numbers, low < high, or epsilon isn't > 0.
    """
    low, high = _checked_bounds(bounds)
    half = check_epsilon(epsilon) / 2
    middle = (low + high) / 2
    centred = clip(values, low, high) - middle  # (n,)
    sums = np.bincount(groups, weights=centred, minlength=n_groups).astype(np.float64)  # (g,)
    counts = np.bincount(groups, minlength=n_groups).astype(np.float64)  # (g,)
    noisy_sums = noise.laplace(sums, laplace_scale((high - low) / 2, half))  # Eq. 1
    noisy_counts = noise.laplace(counts, laplace_scale(1.0, half))  # Eq. 2
    return clip(middle + noisy_sums / np.maximum(noisy_counts, 1.0), low, high)  # Eq. 3


def group_means_expenses(what: str, epsilon: float) -> list[Expense]:
    """Return the ledger's lines: half for the sums, half for the counts, of all groups at once."""
    half = check_epsilon(epsilon) / 2
    return [
        pure_expense(f"sums of {what}", "laplace", half),
        pure_expense(f"counts of {what}", "laplace", half),
    ]


def expected_error(group_size: float, bounds: tuple[float, float], epsilon: float) -> float:
    """Return the mean absolute error of a group's mean from the noise of its sum (Eq. 4)."""
    low, high = _checked_bounds(bounds)
    return (high - low) / (group_size * check_epsilon(epsilon))  # Eq. 4


def _checked_bounds(bounds: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in bounds)
    except (TypeError, ValueError):
        low = high = float("nan")
    if not (np.isfinite([low, high]).all() and low < high):
        raise ParameterError(
            f"bounds must be (low, high) with low < high, both finite; got {bounds!r}. Give limits "
            "that anybody could know, such as (60, 140) mmHg, and don't look them up in the data."
        )
    return low, high
