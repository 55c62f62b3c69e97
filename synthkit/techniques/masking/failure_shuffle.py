"""Shuffling keeps every column and destroys what they had in common: its failure and dial."""

from __future__ import annotations

import numpy as np

from synthkit.datasets import load
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator, seed_sequence
from synthkit.trace import Trace, View, line, points

COLUMNS = 10


def _shuffled_apart(value: DialValue, rng: RandomState) -> Trace:
    """Shuffle the first ``value`` of ten columns of breast_cancer, one after the other."""
    shuffled = int(value)
    known = isinstance(rng, (int, np.integer))
    trace = Trace(
        name="masking.shuffled_apart",
        seed=int(rng) if known else int(seed_sequence(rng).entropy[0]),  # type: ignore[arg-type,index]
        parameters={"shuffled": shuffled},
        views=(
            View("pairs", "scatter", "What is left of each correlation?", "correlation before",
                 "correlation after", x_range=(-0.5, 1.05), y_range=(-0.5, 1.05)),
            View("cloud", "scatter", "Do big tumours still have big perimeters?", "radius, pixels",
                 "perimeter, pixels", x_range=(0, 32), y_range=(0, 210)),
        ),
    )  # fmt: skip
    table = load("breast_cancer").iloc[:, :COLUMNS].to_numpy(dtype=np.float64)
    above = np.triu_indices(COLUMNS, 1)
    before = np.corrcoef(table, rowvar=False)[above]  # (45,)
    masked = table.copy()
    generator = as_generator(rng)
    for step in range(shuffled + 1):
        if step > 0:
            masked[:, step - 1] = generator.permutation(masked[:, step - 1])
        after = np.corrcoef(masked, rowvar=False)[above]
        kept = float(before @ after / (before @ before))
        trace.append(
            step,
            {
                "pairs": [
                    line([-0.5, 1], [-0.5, 1], role="truth", label="unchanged"),
                    points(before, after, role="synthetic", label="pairs of columns"),
                ],
                "cloud": [
                    points(*table[::3, [0, 2]].T, role="real", label="real"),
                    points(*masked[::3, [0, 2]].T, role="synthetic", label="masked"),
                ],
            },
            scalars={"correlation_kept": kept},
            sentence=f"With {step} of {COLUMNS} columns shuffled, {kept:.0%} of the correlations "
            "are left; every column still has exactly its values.",
        )
    return trace


SHUFFLING = (
    Failure(
        name="masking.shuffled_apart",
        title="Each column is perfect, and nothing belongs together",
        story="Shuffling a column breaks the link between a person and a value, and the link "
        "between the value and everything else in the row. Column by column nothing is missing; "
        "a model that is trained on it learns nothing.",
        dial=Dial("shuffled", "columns that are shuffled, of ten", (0, 1, 2, 5, 10), 1),
        run=_shuffled_apart,
        indicator=lambda trace: trace.last("correlation_kept"),
        indicator_label="share of the correlations that is left",
        threshold=0.5,
        broken_when="below",
        broken_at=10,
        repair=Repair(1, "Shuffle only the column that must not be linked, and leave the others "
                      "in place; or draw whole new rows from a model of the table."),
    ),
)  # fmt: skip
