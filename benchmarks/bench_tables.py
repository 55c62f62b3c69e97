"""The generative models' defaults on tables that nobody tuned them on; means of three seeds.

Score: area under the curve, or R², of boosted trees that learned from synthetic rows, tested on
held-out real ones; beside it what real rows give.  C2ST: area of a judge who tells synthetic from
held-out rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import synthkit as sk
from benchmarks.bench_generative import OURS, one_thread
from synthkit.measure.fidelity import classifier_two_sample_test
from synthkit.measure.utility import utility

# Table -> what is predicted.
TABLES = {
    "fair": "children", "seattle_weather": "weather", "diabetes": "progression",
    "penguins": "species",
}  # fmt: skip
SEEDS = range(3)


def main() -> list[dict[str, Any]]:
    """Measure, and return rows for the table of ratios."""
    one_thread()
    rows = []
    for name, target in TABLES.items():
        table = sk.load(name)
        real = []
        for technique in OURS:
            scores, real_scores, areas = np.mean(
                [one_run(table, target, technique, seed) for seed in SEEDS], axis=0
            )
            real.append(real_scores)
            label = f"{technique} on {name} ({len(table):,} x {table.shape[1]})"
            rows += [
                {"what": f"{label}: score", "value": scores, "unit": ""},
                {"what": f"{label}: C2ST", "value": areas, "unit": ""},
            ]
        rows.append({"what": f"real rows on {name}: score", "value": np.mean(real), "unit": ""})
    return rows


def one_run(
    table: pd.DataFrame, target: Any, technique: str, seed: int
) -> tuple[float, float, float]:
    """Return score, score of real rows, and C2ST area, on a split of its own."""
    order = np.random.default_rng(seed).permutation(len(table))
    cut = 2 * len(table) // 3
    train, test = (table.iloc[part].reset_index(drop=True) for part in (order[:cut], order[cut:]))
    fake = sk.techniques()[technique]().fit(train, rng=seed).sample(len(train), rng=seed)
    judged = utility(train, fake, target, test, rng=seed, augmentation=False).models["boosting"]
    area = classifier_two_sample_test(test, fake.iloc[: len(test)], rng=seed).auc
    return judged.synthetic.value, judged.real.value, area


if __name__ == "__main__":
    for row in main():
        print(row)
