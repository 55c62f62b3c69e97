"""One way to pass randomness, and one way to split it.

Every public call takes ``rng``: ``None`` (fresh entropy), an int (a seed), or a
``numpy.random.Generator``, which is advanced in place (Scientific Python SPEC 7).
No function of the kit touches the global state of NumPy, ``random`` or torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

import numpy as np

from synthkit.errors import ParameterError

RandomState = Union[None, int, np.integer, np.random.Generator]

# Rows are drawn in blocks of this many, each from its own stream, so that the bytes are the
# same for any chunking and any number of workers. Part of what a seed means: never change it.
BLOCK_ROWS = 65_536


def as_generator(rng: RandomState) -> np.random.Generator:
    """Return the Generator that ``rng`` stands for.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
        Fresh entropy, a seed >= 0, or a generator (returned as it is).

    Raises
    ------
    ParameterError
        If ``rng`` is anything else (a legacy ``RandomState``, a float, a bool).
    """
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(_checked_seed(rng))


def seed_sequence(rng: RandomState) -> np.random.SeedSequence:
    """Return the root of a tree of independent streams; a Generator gives 128 of its bits."""
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence(rng.integers(0, 2**32, size=4, dtype=np.uint32).tolist())
    return np.random.SeedSequence(_checked_seed(rng))


def block_generators(
    root: np.random.SeedSequence, n: int, first_block: int = 0
) -> Iterator[tuple[int, int, np.random.Generator]]:
    """Yield ``(offset, rows, generator)`` for each block of ``BLOCK_ROWS`` rows.

    The stream of block ``i`` depends on the root and on ``i`` alone, so any worker can make any
    block.  ``offset`` counts from row 0 of the whole table.
    """
    for start in range(0, n, BLOCK_ROWS):
        block = first_block + start // BLOCK_ROWS
        child = np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, block))
        yield block * BLOCK_ROWS, min(BLOCK_ROWS, n - start), np.random.default_rng(child)


def _checked_seed(rng: object) -> int | None:
    if rng is None:
        return None
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0:
        return int(rng)
    raise ParameterError(
        f"rng must be None, an integer >= 0 or a numpy.random.Generator; got {rng!r}. "
        "Pass a seed such as rng=0, or numpy.random.default_rng(0)."
    )
