"""Driving records with all their labels, and the exactness of a coast-down.

Nobody offers such records as a package; what a user would pick instead is a loop over
``scipy.integrate.solve_ivp``, one trip at a time, which is measured here without driver or labels.
"""

from __future__ import annotations

import time

import numpy as np
from scipy.integrate import solve_ivp

import synthkit as sk
from synthkit.techniques.car.dynamics import (
    Body,
    acceleration,
    coast_down_time,
    simulated_coast_down_time,
)

ROWS = 300_000


def main() -> list[dict]:
    """Measure, and return rows for the table of ratios."""
    car = sk.Car()
    car.sample(1000, rng=0)
    start = time.process_time()
    car.sample(ROWS, rng=1)
    rate = 60 * ROWS / (time.process_time() - start)
    body = Body()
    start = time.process_time()
    for k in range(20):
        solve_ivp(lambda t, v, f=500.0 + k: acceleration(v, f, body), (0, 60), [10.0],
                  t_eval=np.arange(600) / 10, max_step=0.1)  # fmt: skip
    loop = 60 * 20 * 600 / (time.process_time() - start)
    exact = coast_down_time(120 / 3.6, 20 / 3.6, body)
    made = simulated_coast_down_time(120 / 3.6, 20 / 3.6, body, step_s=0.1)
    return [
        {"what": "car, records of 10 Hz with all labels, one core", "value": rate,
         "unit": "rows/CPU-min", "target": ">= 1,000,000", "peer": loop},
        {"what": "car, coast-down 120 to 20 km/h (149.2846 s), error", "value": abs(made - exact),
         "unit": "s", "target": "<= 1e-6", "peer": None},
    ]  # fmt: skip


if __name__ == "__main__":
    for row in main():
        print(row)
