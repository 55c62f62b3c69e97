"""A million labelled transactions, GJR-t paths and exact CIR draws; arch is the peer for paths."""

from __future__ import annotations

import resource
import time

import numpy as np

from synthkit.techniques.finance import Finance, Gjr, gjr_paths
from synthkit.techniques.finance.rates import cir_step

PATHS, STEPS = 1_000, 5_000
DRAWS = 5_000_000


def cpu_seconds(action) -> float:
    """Return the CPU time of a call, the best of three."""
    took = []
    for _ in range(3):
        start = time.process_time()
        action()
        took.append(time.process_time() - start)
    return min(took)


def arch_seconds() -> float | None:
    """Return what arch takes for as many GJR-t returns, from a tenth of the steps of one path."""
    try:
        from arch import arch_model
    except ImportError:
        return None
    model = arch_model(None, mean="Constant", vol="GARCH", p=1, o=1, q=1, dist="t")
    parameters = np.array([0.0367, 0.0132, 0.0, 0.1815, 0.8987, 7.5])
    steps = 50_000
    took = cpu_seconds(lambda: model.simulate(parameters, steps))
    return took * PATHS * STEPS / steps


def main() -> list[dict]:
    """Measure, and return rows for the table of ratios."""
    bank = Finance(customers=3_300)
    rows = len(bank.block("transactions", rng=0))
    seconds = cpu_seconds(lambda: bank.simulate(rng=0))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rng = np.random.default_rng(0)
    paths = cpu_seconds(lambda: gjr_paths(Gjr(), PATHS, STEPS, rng))
    start = np.full(DRAWS, 0.05)
    draws = cpu_seconds(
        lambda: cir_step(start, speed=0.2, mean=0.05, sigma=0.1, dt=1 / 12, rng=rng)
    )
    return [
        {"what": "Finance, 1,000,000 labelled transactions with all tables",
         "value": seconds * 1e6 / rows, "unit": "CPU-s", "target": "<= 20", "peer": None},
        {"what": "Finance, memory at its peak", "value": memory, "unit": "GB", "target": "<= 1",
         "peer": None},
        {"what": "GJR-t returns, 1,000 × 5,000", "value": paths, "unit": "CPU-s",
         "target": "<= 1", "peer": arch_seconds()},
        {"what": "CIR, exact transition draws", "value": DRAWS / draws, "unit": "draws/CPU-s",
         "target": ">= 5000000", "peer": None},
    ]  # fmt: skip


if __name__ == "__main__":
    for row in main():
        print(row)
