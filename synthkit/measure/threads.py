"""One thread for many small fits: on a busy machine a second one costs more than it brings.

A scorecard fits dozens of boostings on a few thousand rows.  OpenMP's threads wait for each other
in busy loops after every node of every tree: with two threads on two cores that others use, too,
1,313 rows took 116 CPU-seconds instead of 4.5.  One thread also keeps the figures the same on any
machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Run a block with one thread in OpenMP and BLAS; afterwards the limits are what they were."""
    # Both come with scikit-learn. The limit reaches only what is loaded, so load it first.
    import sklearn.ensemble  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
