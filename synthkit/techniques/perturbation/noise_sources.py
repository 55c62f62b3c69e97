"""Where the noise of a mechanism comes from: readable NumPy draws, or OpenDP's.

Both have the same four methods and say in ``words`` what they are worth.  The readable
one is repeatable and leaks by its low bits; OpenDP's draws on integers and on a fixed grid
of floats with the operating system's randomness, and can't be seeded: noise that can be
drawn again can be subtracted again.
"""

from __future__ import annotations

import importlib.util
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from synthkit.errors import MissingExtraError, ParameterError
from synthkit.techniques.perturbation.swapping import apply_randomised_response

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Backend = Literal["auto", "opendp", "readable"]

# OpenDP rounds every bound upwards: this much more noise keeps its map at or below the claim.
SAFETY = 1 + 1e-9


class NoiseSource(Protocol):
    """What a mechanism needs of its noise."""

    words: str

    def laplace(self, values: Floats, scale: float) -> Floats:
        """Return values (any shape) plus Laplace noise of this scale."""

    def gaussian(self, values: Floats, sigma: float) -> Floats:
        """Return values (any shape) plus normal noise of this standard deviation."""

    def choose(self, scores: Floats, epsilon: float, sensitivity: float) -> int:
        """Return the index of one score (m,), the large ones more probably (Eq. 5)."""

    def respond(self, codes: Ints, levels: int, epsilon: float) -> Ints:
        """Return codes (n,) after k-ary randomised response."""


class ReadableNoise:
    """NumPy's floating-point noise from a given generator."""

    words = (
        "teaching only, not private: the noise is NumPy's floating-point noise from a seed, "
        "and its low bits can betray the value underneath"
    )

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def laplace(self, values: Floats, scale: float) -> Floats:
        """Add Laplace noise."""
        return np.asarray(values + self.rng.laplace(0.0, scale, np.shape(values)))

    def gaussian(self, values: Floats, sigma: float) -> Floats:
        """Add normal noise."""
        return np.asarray(values + self.rng.normal(0.0, sigma, np.shape(values)))

    def choose(self, scores: Floats, epsilon: float, sensitivity: float) -> int:
        """Draw by the exponential mechanism, as the largest of scores plus Gumbel noise."""
        gumbel = self.rng.gumbel(size=len(scores))
        return int(np.argmax(epsilon * scores / (2 * sensitivity) + gumbel))  # mechanisms Eq. 5

    def respond(self, codes: Ints, levels: int, epsilon: float) -> Ints:
        """Keep each code, or draw another."""
        return apply_randomised_response(codes, levels, epsilon, self.rng)


class OpenDPNoise:
    """OpenDP's mechanisms (the extra ``privacy``)."""

    words = (
        "noise by OpenDP's mechanisms from the operating system's randomness; "
        "it can't be drawn again, so no seed repeats it"
    )

    def __init__(self) -> None:
        try:
            import opendp.prelude as dp
        except ImportError as error:
            raise MissingExtraError(
                "backend='opendp' needs the package 'opendp', which is not installed. "
                "Run: pip install 'synthkit-lab[privacy]'"
            ) from error
        dp.enable_features("contrib")
        self.dp: Any = dp

    def laplace(self, values: Floats, scale: float) -> Floats:
        """Add Laplace noise on OpenDP's grid of floats."""
        dp = self.dp
        space = dp.vector_domain(dp.atom_domain(T=float, nan=False)), dp.l1_distance(T=float)
        return self._measured(dp.m.make_laplace(*space, scale=scale * SAFETY), values)

    def gaussian(self, values: Floats, sigma: float) -> Floats:
        """Add normal noise on OpenDP's grid of floats."""
        dp = self.dp
        space = dp.vector_domain(dp.atom_domain(T=float, nan=False)), dp.l2_distance(T=float)
        return self._measured(dp.m.make_gaussian(*space, scale=sigma * SAFETY), values)

    def _measured(self, measurement: Any, values: Floats) -> Floats:
        flat = np.asarray(values, dtype=np.float64).ravel()
        noisy = measurement(flat.tolist()) if flat.size else []
        return np.asarray(noisy, dtype=np.float64).reshape(np.shape(values))

    def choose(self, scores: Floats, epsilon: float, sensitivity: float) -> int:
        """Draw by OpenDP's noisy maximum.

        The zCDP measure makes it add Gumbel noise, which is Eq. 5; the pure one would permute
        and flip, whose zCDP cost is four times that of the ledger's entry.
        """
        dp = self.dp
        space = dp.vector_domain(dp.atom_domain(T=float, nan=False)), dp.linf_distance(T=float)
        scale = 2 * sensitivity / epsilon * SAFETY
        measure = dp.zero_concentrated_divergence()
        return int(dp.m.make_noisy_max(*space, measure, scale=scale)(list(map(float, scores))))

    def respond(self, codes: Ints, levels: int, epsilon: float) -> Ints:
        """Answer one by one with OpenDP's randomised response."""
        if levels < 2:
            return np.array(codes, dtype=np.int64)
        grown = float(np.exp(min(epsilon / SAFETY, 700.0)))
        keep = grown / (grown + levels - 1)  # swapping Eq. 4
        answer = self.dp.m.make_randomized_response(list(range(levels)), prob=keep)
        return np.array([answer(int(code)) for code in codes], dtype=np.int64)


def opendp_is_installed() -> bool:
    """Tell whether the extra ``privacy`` is there, without importing it."""
    return importlib.util.find_spec("opendp") is not None


def noise_source(backend: Backend, rng: np.random.Generator) -> NoiseSource:
    """Return the source that ``backend`` names; 'auto' is OpenDP where it is installed.

    Raises
    ------
    ParameterError
        For another name.
    MissingExtraError
        For 'opendp' where it isn't installed.
    """
    if backend not in ("auto", "opendp", "readable"):
        raise ParameterError(
            f"backend must be 'auto', 'opendp' or 'readable'; got {backend!r}. "
            "'auto' takes OpenDP where the extra 'privacy' is installed."
        )
    if backend == "opendp" or (backend == "auto" and opendp_is_installed()):
        return OpenDPNoise()
    return ReadableNoise(rng)
