r"""What can be measured of a GAN in training, beyond its losses.

For a generator with density g the best discriminator knows the odds of real:

1. :math:`\sigma(D^*(x)) = p(x) / (p(x) + g(x))`
2. its loss: :math:`2\log 2 - 2\,\mathrm{JSD}(p \| g)`
3. :math:`\mathrm{JSD}(p \| g) = \frac12 \mathrm{KL}(p \| m) + \frac12 \mathrm{KL}(g \| m)`,
   :math:`m = (p + g)/2`, at most log 2
4. distance: :math:`\|P_{jk} - Q_{jk}\|^2`, a mean over all pairs of columns, whose tables of
   shares are P (real) and Q (generated)

So a discriminator can be marked: in each cell of a grid the mean of σ(D) over real and
generated points should be the share of real ones among them.

Where the density is known (eight modes on a ring, 25 on a grid), modes can be counted.

References: Goodfellow et al. (2014), Propositions 1 and 2, arXiv 1406.2661; Gretton et al.
(2012), A kernel two-sample test (Eq. 4 is one); Lin et al. (2017), the two clouds, arXiv
1712.04086.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from synthkit.errors import ParameterError
from synthkit.rng import RandomState, as_generator

SIDE = 30  # cells along each axis of the field
MARGIN = 0.15  # of the data's range, left free around them
SIGMAS = 3.0  # a point this near a centre, in standard deviations, is of high quality
SHARE = 0.01  # a mode is visited if this share of the points have it as their nearest


@dataclass(frozen=True)
class Mixture:
    """Equal round Gaussians: ``centres`` (k, 2) and their one standard deviation."""

    centres: np.ndarray
    sd: float

    def density(self, x: np.ndarray) -> np.ndarray:
        """Return p(x) at points x (n, 2): shape (n,)."""
        square = cdist(x, self.centres, "sqeuclidean") / self.sd**2  # (n, k)
        return np.asarray(np.exp(-square / 2).mean(1) / (2 * np.pi * self.sd**2))


def _ring() -> Mixture:
    angle = 2 * np.pi * np.arange(8) / 8
    return Mixture(2 * np.stack([np.cos(angle), np.sin(angle)], 1), 0.02)


def _grid() -> Mixture:
    axis = 2.0 * np.arange(-2, 3)
    return Mixture(np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2), 0.05)


# The two clouds of the literature: 8 modes on a ring of radius 2, and 25 on a grid.
TRUTHS = {"ring": _ring(), "grid": _grid()}


def points_of(truth: str, n: int, rng: RandomState = None) -> pd.DataFrame:
    """Draw n points (columns x, y) of ``'ring'`` or ``'grid'``."""
    mixture = known(truth)
    generator = as_generator(rng)
    centre = mixture.centres[generator.integers(len(mixture.centres), size=n)]
    return pd.DataFrame(centre + mixture.sd * generator.standard_normal((n, 2)), columns=["x", "y"])


def known(truth: str) -> Mixture:
    """Return the mixture of that name. Raises ParameterError for an unknown one."""
    if truth not in TRUTHS:
        raise ParameterError(f"truth must be one of {list(TRUTHS)}; got {truth!r}. Choose one.")
    return TRUTHS[truth]


@dataclass(frozen=True)
class Modes:
    """How well generated points cover a mixture; no single one of these figures tells it all.

    Parameters
    ----------
    found : int
        Modes with at least one point within 3 standard deviations.
    visited : int
        Modes that are nearest to at least 1 % of the points.
    of : int
        Modes that there are.
    quality : float
        Share of the points within 3 standard deviations of a centre (real points: .989).
    kl_to_uniform : float
        KL from the shares of the nearest modes to equal shares, nats: log ``of`` if one has all.
    """

    found: int
    visited: int
    of: int
    quality: float
    kl_to_uniform: float


def modes_of(points: np.ndarray, truth: str) -> Modes:
    """Count the modes that points (n, 2) cover."""
    mixture = known(truth)
    distance = cdist(points, mixture.centres)  # (n, k)
    nearest, near = distance.argmin(1), distance.min(1) < SIGMAS * mixture.sd
    k = len(mixture.centres)
    share = np.bincount(nearest, minlength=k) / len(points)
    some = share[share > 0]
    return Modes(
        len(np.unique(nearest[near])), int((share >= SHARE).sum()), k, float(near.mean()),
        float((some * np.log(some * k)).sum()),
    )  # fmt: skip


# --- a record ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """What a learner should see, now and then in a training.

    Parameters
    ----------
    epoch : int
        Number of the record, from 0.
    step : int
        Turns so far; in each, D learns once and G once.
    generator_loss, discriminator_loss : float
        Means since the last record, like the gradients.
    generator_gradient, discriminator_gradient : float
        Length of each network's gradient.
    distance : float
        How far the pairs of columns are from the real ones (Eq. 4), from 1,000
        rows: around 0 they are alike.
    cloud : ndarray of shape (500, d)
        Generated numbers, or codes.
    field : Field or None
        What the discriminator thinks of each place; for points in the plane.
    modes : Modes or None
        Which modes were found, where ``truth`` says where they are.
    """

    epoch: int
    step: int
    generator_loss: float
    discriminator_loss: float
    generator_gradient: float
    discriminator_gradient: float
    distance: float
    cloud: np.ndarray
    field: Field | None
    modes: Modes | None


# --- any rows ---------------------------------------------------------------------------------


def pair_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Return Eq. 4 from codes (n, d) and (m, d), free of bias: alike, it varies around 0.

    A row that meets itself counts in no share: of n rows, n(n − 1) couples are left.  With one
    column, P is its shares.
    """
    (n, d), m = real.shape, len(fake)
    starts = np.cumsum([0, *(np.maximum(real.max(0), fake.max(0)) + 1)])

    def hot(codes: np.ndarray) -> np.ndarray:
        """Return one-hot codes (rows, K): products of them count couples of codes, exactly."""
        ones = np.zeros((len(codes), starts[-1]), dtype=np.float32)
        np.put_along_axis(ones, codes + starts[:-1], 1.0, axis=1)
        return ones

    a, b = hot(real), hot(fake)
    squares = 0.0
    for j in range(d - (d > 1)):
        first, others = slice(starts[j], starts[j + 1]), slice(starts[j + 1] if d > 1 else 0, None)
        p, q = ((x[:, first].T @ x[:, others]).astype(np.float64) for x in (a, b))
        pairs = max(1, d - 1 - j)
        squares += ((p * p).sum() - pairs * n) / (n * max(1, n - 1))
        squares += ((q * q).sum() - pairs * m) / (m * max(1, m - 1))
        squares -= 2 * (p * q).sum() / (n * m)
    return float(squares / max(1, d * (d - 1) // 2))  # Eq. 4


# --- exact results ----------------------------------------------------------------------------


def optimal_discriminator(p: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Return σ(D*) from the densities of real and generated rows, elementwise."""
    return np.divide(p, p + g, out=np.full(np.shape(p), 0.5), where=p + g > 0)  # Eq. 1


def optimal_loss(divergence: float) -> float:
    """Return the loss of the best discriminator, nats: 2 log 2 where real and fake are alike."""
    return 2 * np.log(2) - 2 * divergence  # Eq. 2


def jensen_shannon(p: np.ndarray, g: np.ndarray, cell: float = 1.0) -> float:
    """Return JSD(p ‖ g), nats, from densities on cells of equal size."""
    m = (p + g) / 2

    def kl(q: np.ndarray) -> float:
        there = q > 0
        return float((q[there] * np.log(q[there] / m[there])).sum() * cell)

    return (kl(p) + kl(g)) / 2  # Eq. 3


# --- the discriminator as a field -------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """What a discriminator thinks of each place of the plane.

    Parameters
    ----------
    values : ndarray of shape (30, 30)
        σ(D) in the middle of each cell, row 0 at the bottom.
    extent : tuple of float
        (left, right, bottom, top).
    distance_to_optimum : float
        Mean difference between σ(D) and σ(D*) = p/(p + g), cell by cell, over real and generated
        points alike; 0 for the best discriminator.
    """

    values: np.ndarray
    extent: tuple[float, float, float, float]
    distance_to_optimum: float


def discriminator_field(
    score: Callable[[np.ndarray], np.ndarray], real: np.ndarray, fake: np.ndarray, centred: bool
) -> Field:
    """Draw the field of ``score`` (points (n, 2) -> scores (n,)) over the real points.

    A relativistic discriminator knows its scores up to a constant only; with ``centred`` it is
    chosen so that σ(D) is ½ on average, as it is for the best one.
    """
    low, high = real.min(0), real.max(0)
    room = MARGIN * np.where(high > low, high - low, 1.0)
    edges = np.linspace(low - room, high + room, SIDE + 1)  # (31, 2)
    middle = (edges[1:] + edges[:-1]) / 2
    mesh = np.stack(np.meshgrid(*middle.T), -1).reshape(-1, 2)  # (900, 2)
    n = min(len(real), len(fake))
    both = np.concatenate([real[:n], fake[:n]])
    scores, field = score(both), score(mesh)
    shift = _centre(scores) if centred else 0.0
    cell = np.stack([np.searchsorted(edges[1:-1, j], both[:, j]) for j in (0, 1)])
    place = cell[1] * SIDE + cell[0]
    count, thought, truly = (
        np.bincount(place, weights, SIDE**2)
        for weights in (None, _sigmoid(scores - shift), np.arange(2 * n) < n)
    )
    gap = np.abs(thought - truly).sum() / count.sum()
    return Field(
        _sigmoid(field - shift).reshape(SIDE, SIDE),
        (edges[0, 0], edges[-1, 0], edges[0, 1], edges[-1, 1]),
        float(gap),
    )


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -60, 60)))


def _centre(scores: np.ndarray) -> float:
    """Return c such that the mean of σ(scores − c) is ½, by bisection."""
    low, high = float(scores.min()), float(scores.max())
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _sigmoid(scores - middle).mean() > 0.5 else (low, middle)
    return (low + high) / 2
