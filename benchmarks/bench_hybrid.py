"""A plain normal core refined step by step on breast_cancer, and what the steps cost."""

from __future__ import annotations

import time

import numpy as np
from scipy import stats

import synthkit as sk
from synthkit.measure.fidelity import classifier_two_sample_test
from synthkit.techniques.hybrid import Hybrid, NormalCore, ParetoTails, QuantileMatch

SEEDS = range(3)


def area(real, synth) -> float:
    """Return the mean C2ST area over three samples as long as the real table."""
    samples = (synth.sample(len(real), rng=seed) for seed in SEEDS)
    return float(np.mean([classifier_two_sample_test(real, s, rng=0).auc for s in samples]))


def main() -> list[dict]:
    """Measure, and return rows for the table of ratios."""
    real = sk.load("breast_cancer").iloc[:, :10]
    core = NormalCore().fit(real)
    start = time.process_time()
    hybrid = Hybrid(core=NormalCore(), refine=(QuantileMatch(), ParetoTails())).fit(real, rng=0)
    fit = time.process_time() - start
    start = time.process_time()
    fake = hybrid.sample(200_000, rng=1)
    rate = len(fake) / (time.process_time() - start)
    stages = list(hybrid.stages(20_000, rng=2).values())
    before, after = (stats.spearmanr(t).statistic for t in (stages[0], stages[-1]))
    beyond = [(fake[c] > real[c].quantile(0.99)).mean() for c in real]
    return [
        {"what": "Hybrid, C2ST area (peer: its core alone)", "value": area(real, hybrid),
         "unit": "", "target": "<= 0.55", "peer": area(real, core)},
        {"what": "Hybrid, rows with an impossible negative",
         "value": float((fake < 0).any(axis=1).sum()), "unit": "rows", "target": "<= 0",
         "peer": None},
        {"what": "Hybrid, smallest share beyond the real 99 %", "value": float(min(beyond)),
         "unit": "", "target": ">= 0.005", "peer": None},
        {"what": "Hybrid, largest change of a Spearman correlation",
         "value": float(np.abs(before - after).max()), "unit": "", "target": "< 0.01",
         "peer": None},
        {"what": "Hybrid, fit, 569 × 10", "value": fit, "unit": "CPU-s", "target": "<= 1",
         "peer": None},
        {"what": "Hybrid, sample, 10 columns", "value": rate, "unit": "rows/CPU-s",
         "target": ">= 100000", "peer": None},
    ]  # fmt: skip


if __name__ == "__main__":
    for row in main():
        print(row)
