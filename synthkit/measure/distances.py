"""Euclidean distances between many rows, block by block, so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def some_rows(n: int, at_most: int, rng: np.random.Generator) -> np.ndarray:
    """Return all row positions, or a random ``at_most`` of them in order."""
    if n <= at_most:
        return np.arange(n)
    return np.sort(rng.choice(n, at_most, replace=False))


def distance_blocks(
    a: np.ndarray, b: np.ndarray, rows: int = 512
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (offset, Euclidean distances (rows, len(b))): |a|² + |b|² − 2ab, block by block."""
    norm_b = np.einsum("ij,ij->i", b, b)
    for start in range(0, len(a), rows):
        part = a[start : start + rows]
        norm_a = np.einsum("ij,ij->i", part, part)
        squares = norm_a[:, None] + norm_b[None, :] - 2 * (part @ b.T)
        yield start, np.sqrt(np.maximum(squares, 0.0))


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
