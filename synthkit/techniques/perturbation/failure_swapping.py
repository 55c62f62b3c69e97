"""How rank swapping trades linkage for correlations: its failure, with the window as the dial."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthkit.datasets import load
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator, seed_sequence
from synthkit.techniques.perturbation.attacks import linkage_rate
from synthkit.techniques.perturbation.noise import correlation_error
from synthkit.techniques.perturbation.swapping import rank_swap_order
from synthkit.trace import Trace, View, line, points

Floats = NDArray[np.float64]

STEPS = 5  # frames in which the window grows to its full size


def _swapped_apart(value: DialValue, rng: RandomState) -> Trace:
    """Swap ranks in breast_cancer, in a window that grows to ``value``."""
    window = float(value)
    known = isinstance(rng, (int, np.integer))
    trace = Trace(
        name="perturbation.swapped_apart",
        seed=int(rng) if known else int(seed_sequence(rng).entropy[0]),  # type: ignore[arg-type,index]
        parameters={"method": "rank_swap", "window": window},
        views=(
            View("trade", "lines", "What is hidden, and what is lost?", "window, share of ranks",
                 "share or error", y_range=(0, 1.02)),
            View("cloud", "scatter", "Do big tumours still have big perimeters?", "radius, pixels",
                 "perimeter, pixels", x_range=(0, 32), y_range=(0, 210)),
        ),
    )  # fmt: skip
    table: Floats = load("breast_cancer").iloc[:, :10].to_numpy(dtype=np.float64)
    streams = as_generator(rng).spawn(STEPS)
    windows, linked, moved = [], [], []
    for step, stream in enumerate(streams, start=1):
        windows.append(window * step / STEPS)
        order = [rank_swap_order(column, windows[-1], stream) for column in table.T]
        released = np.column_stack([column[o] for column, o in zip(table.T, order)])
        linked.append(linkage_rate(table, released))
        moved.append(correlation_error(table, released))
        trace.append(
            step,
            {
                "trade": [
                    line(windows, linked, role="noise", label="rows re-linked"),
                    line(windows, moved, role="broken", label="error of the correlations"),
                ],
                "cloud": [
                    points(*table[::3, [0, 2]].T, role="real", label="real"),
                    points(*released[::3, [0, 2]].T, role="synthetic", label="released"),
                ],
            },
            scalars={"correlation_error": moved[-1], "linked": linked[-1]},
            sentence=f"In a window of {windows[-1]:.0%} of the ranks {linked[-1]:.0%} of the rows "
            f"are re-linked, and correlations are off by {moved[-1]:.2f} on average.",
        )
    return trace


SWAPPING = (
    Failure(
        name="perturbation.swapped_apart",
        title="Swapping far enough to hide a row tears the columns apart",
        story="Values change places within a window of ranks, each column by itself. A small "
        "window re-links nearly every row. A large one hides them, and with them goes what the "
        "columns had in common, while each column still looks perfect.",
        dial=Dial("window", "window p, share of all ranks", (0.02, 0.05, 0.1, 0.2, 0.5), 0.05),
        run=_swapped_apart,
        indicator=lambda trace: trace.last("correlation_error"),
        indicator_label="mean absolute error of the correlations",
        threshold=0.1,
        broken_when="above",
        broken_at=0.5,
        repair=Repair(0.05, "A window of 5 % keeps the correlations, and re-links most rows: rank "
                      "swapping alone gives one or the other. Where rows must not be linked, take "
                      "a technique that makes new ones."),
    ),
)  # fmt: skip
