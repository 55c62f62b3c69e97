"""Euclidean distances between many rows, block by block, so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

# A block of distances holds this many float64 cells: 16 MB.
BLOCK_CELLS = 2_000_000


def some_rows(n: int, at_most: int, rng: np.random.Generator) -> np.ndarray:
    """Return all row positions, or a random ``at_most`` of them in order."""
    if n <= at_most:
        return np.arange(n)
    return np.sort(rng.choice(n, at_most, replace=False))


def row_keys(matrices: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return a 64-bit key for each row (n_k,): equal rows have equal keys, in all matrices.

    A random linear hash of whole numbers ≥ −1 (or truth values): two different rows collide with
    probability about 2^−63.
    """
    rng = np.random.default_rng(20_230_412)  # fixed: keys of one run are compared with each other
    width = matrices[0].shape[1]
    odd = rng.integers(0, 2**63, size=width, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return [(matrix.astype(np.int64) + 2).astype(np.uint64) @ odd for matrix in matrices]


def distance_blocks(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (offset, Euclidean distances (rows, len(b))): |a|² + |b|² − 2ab, block by block."""
    rows = max(1, BLOCK_CELLS // max(len(b), 1))
    norm_b = np.einsum("ij,ij->i", b, b)
    for start in range(0, len(a), rows):
        part = a[start : start + rows]
        norm_a = np.einsum("ij,ij->i", part, part)
        squares = part @ (-2 * b.T)
        squares += norm_a[:, None]
        squares += norm_b[None, :]
        yield start, np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)


def smallest_distances(a: np.ndarray, b: np.ndarray, k: int) -> np.ndarray:
    """Return the ``k`` smallest distances (len(a), k) from each row of a to rows of b, sorted."""
    k = min(k, len(b))
    out = np.empty((len(a), k))
    for start, block in distance_blocks(a, b):
        nearest = np.partition(block, k - 1, axis=1)[:, :k]
        out[start : start + len(block)] = np.sort(nearest, axis=1)
    return out


def nearest_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the distance (len(a),) from each row of a to its nearest row of b."""
    out = np.empty(len(a))
    for start, block in distance_blocks(a, b):
        out[start : start + len(block)] = block.min(axis=1)
    return out
