r"""Values that change places, change category, or lose their digits.

Rank swapping: the rows are put in the order of one column, and each value changes
places with one at most p per cent of the ranks away.  Nothing new appears, each
column keeps exactly its values; what is lost is how columns go together.

PRAM, the post-randomisation method: a category i becomes j with the known
probability P_ij.  If p are the shares before, the shares after are

    p* = p P                                                                 (Eq. 1)

With P = (1 - theta) I + (theta / K) 1 1', "keep, or draw any level", a user who knows
theta gets the true shares back, but with more variance:

    p_hat = (p*_hat - theta / K) / (1 - theta),  Var x 1 / (1 - theta)^2     (Eq. 2)

Invariant PRAM undoes the shift in advance.  With the backward probabilities
B_ji = p_i P_ij / (p P)_j (who was it, given what we see?) the matrix

    Q = P B        has        p Q = p                                        (Eq. 3)

k-ary randomised response is PRAM with a privacy proof: keep with probability
e^eps / (e^eps + K - 1), else draw another level; it is eps-DP for the row (Eq. 4).

Rounding to a base b: y = b round(x / b), or at random up and down with probabilities
that keep the mean exact (Eq. 5).

=========  =====================================
symbol     name in the code
=========  =====================================
p (rank)   ``window``: share of all ranks, 0 to 1
theta      ``change``
P, Q       ``transition`` (K, K), rows sum to 1
p (PRAM)   ``shares`` (K,)
b          ``base``
=========  =====================================

When it fails: a small window re-links almost every row; a large one destroys the
correlations.  Invariance (Eq. 3) holds for one column's shares, not for pairs of columns.

References
----------
R. Moore, "Controlled data-swapping techniques", US Census Bureau, 1996.
J. Gouweleeuw, P. Kooiman, L. Willenborg, P.-P. de Wolf, "Post randomisation for
statistical disclosure control", Journal of Official Statistics 14(4), 1998.
S. Warner, "Randomized response", JASA 60, 1965; P. Kairouz et al., JMLR 17, 2016.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GUESSES = 8  # of a free partner, before all of them are listed


def rank_swap_order(values: Floats, window: float, rng: np.random.Generator) -> Ints:
    """Return positions ``p`` (n,): row i gets the value of row ``p[i]``.

    Parameters
    ----------
    values : ndarray (n,)
        Anything that can be ordered; ties are put in random order first.
    window : float in [0, 1]
        The furthest a value may travel, as a share of all ranks.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray (n,) of int64
        A permutation made of swaps, so each value appears exactly as often as before.
    """
    n = len(values)
    reach = int(window * n)
    shuffled = rng.permutation(n)  # ties: a stable sort of a shuffled column
    order = shuffled[np.argsort(values[shuffled], kind="stable")]  # rank -> row
    partner = np.arange(n)  # rank -> the rank it changes places with
    swapped = np.zeros(n, dtype=bool)
    for rank in range(n):
        if swapped[rank]:
            continue
        other = _free_partner(swapped, rank, min(rank + reach, n - 1), rng)
        if other > rank:
            partner[rank], partner[other] = other, rank
            swapped[rank] = swapped[other] = True
    positions = np.empty(n, dtype=np.int64)
    positions[order] = order[partner]
    return positions


def _free_partner(
    swapped: NDArray[np.bool_], rank: int, last: int, rng: np.random.Generator
) -> int:
    """Return an evenly chosen free rank in rank + 1 … last, or ``rank`` if there is none.

    A few guesses first: most ranks ahead are free, and a list of all costs the whole window.
    """
    if last <= rank:
        return rank
    for guess in rng.integers(rank + 1, last + 1, size=GUESSES):
        if not swapped[guess]:
            return int(guess)
    free = rank + 1 + np.flatnonzero(~swapped[rank + 1 : last + 1])
    return int(rng.choice(free)) if len(free) else rank


def pram_matrix(levels: int, change: float) -> Floats:
    """Return P (K, K): keep with probability 1 - theta, else draw any of the K levels."""
    return (1 - change) * np.eye(levels) + change / levels * np.ones((levels, levels))


def invariant_pram_matrix(shares: Floats, transition: Floats) -> Floats:
    """Return Q (K, K) with ``shares @ Q == shares`` (Eq. 3).

    A level that nobody has and nobody can reach keeps its row of the identity.
    """
    seen = shares @ transition  # (K,) shares after P, Eq. 1
    joint = (shares[:, None] * transition).T  # (K seen, K true)
    backward = np.divide(joint, seen[:, None], out=np.eye(len(shares)), where=seen[:, None] > 0)
    invariant: Floats = transition @ backward  # Eq. 3
    return invariant


def unbiased_shares(seen: Floats, change: float) -> Floats:
    """Return the estimate of the shares before PRAM from those after it (Eq. 2).

    Small shares can come out below zero: that is the price of no bias.
    """
    estimate: Floats = (seen - change / len(seen)) / (1 - change)  # Eq. 2
    return estimate


def apply_pram(codes: Ints, transition: Floats, rng: np.random.Generator) -> Ints:
    """Draw each code's replacement from its row of ``transition``.

    Parameters
    ----------
    codes : ndarray (n,) of int
        0 to K - 1.
    transition : ndarray (K, K)
        Rows sum to 1.

    Returns
    -------
    ndarray (n,) of int64
    """
    new = np.array(codes, dtype=np.int64)
    uniform = rng.random(len(codes))
    for level, row in enumerate(transition):
        here = np.flatnonzero(codes == level)
        steps = np.cumsum(row)
        steps[-1] = 1.0  # rounding may leave 0.999…, and no draw may fall off the end
        new[here] = np.searchsorted(steps, uniform[here], side="right")
    return new


def apply_invariant_pram(
    codes: Ints, shares: Floats, change: float, rng: np.random.Generator
) -> Ints:
    """Draw from Q (Eq. 3) without making it: two draws a cell, for any number of levels.

    First P, then the backward draw B.  For P of ``pram_matrix`` the row j of B is a mixture: stay
    at j with probability p_j (1 - theta) / (pP)_j, else draw any level by its share.

    Parameters
    ----------
    codes : ndarray (n,) of int
        0 to K - 1.
    shares : ndarray (K,)
        p, sums to 1.
    change : float in [0, 1]
        theta.
    """
    levels, n = len(shares), len(codes)
    if levels < 2:
        return np.array(codes, dtype=np.int64)
    again = rng.random(n) < change
    seen = np.where(again, rng.integers(0, levels, n), codes)  # after P
    stays = shares * (1 - change)
    probability = np.divide(stays, stays + change / levels, out=np.ones(levels),
                            where=stays + change > 0)  # fmt: skip
    steps = np.cumsum(shares)
    drawn = np.searchsorted(steps, rng.random(n) * steps[-1], side="right")
    back: Ints = np.where(rng.random(n) < probability[seen], seen, np.minimum(drawn, levels - 1))
    return back.astype(np.int64)


def apply_randomised_response(
    codes: Ints, levels: int, epsilon: float, rng: np.random.Generator
) -> Ints:
    """Keep each code or draw another level evenly (Eq. 4), for any number of levels."""
    if levels < 2:
        return np.array(codes, dtype=np.int64)
    other = (levels - 1) / (np.exp(min(epsilon, 700.0)) + levels - 1)  # probability of a lie
    lies = rng.random(len(codes)) < other
    shift = rng.integers(1, levels, len(codes))
    return np.where(lies, (codes + shift) % levels, codes).astype(np.int64)


def randomised_response_matrix(levels: int, epsilon: float) -> Floats:
    """Return the PRAM matrix (K, K) that is eps-DP for the row that answers (Eq. 4)."""
    if levels < 2:
        return np.eye(levels)
    other = 1.0 / (np.exp(min(epsilon, 700.0)) + levels - 1)  # exp(700) is the end of float64
    matrix = np.full((levels, levels), other)
    np.fill_diagonal(matrix, 1 - (levels - 1) * other)  # Eq. 4
    return matrix


def round_to_base(values: Floats, base: float) -> Floats:
    """Round to the nearest multiple of ``base`` > 0, halves to the even multiple."""
    rounded: Floats = base * np.round(values / base)
    return rounded


def random_rounding(values: Floats, base: float, rng: np.random.Generator) -> Floats:
    """Round up or down at random so that the expectation is the value itself (Eq. 5)."""
    below = np.floor(values / base)
    share = values / base - below  # in [0, 1): how far above the lower multiple
    up = rng.random(len(values)) < share
    rounded: Floats = base * (below + up)  # Eq. 5
    return rounded
