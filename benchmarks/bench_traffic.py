"""The Nagel-Schreckenberg rule on rings of cars, against Mesa's fastest form of the same rule.

Mesa's cars are linked (each knows the car ahead), which is five times quicker there than a grid.
Density .1 cars a cell, v_max 5, p = .25, from standing cars.
"""

from __future__ import annotations

import time

import numpy as np

import synthkit as sk
from benchmarks import peers
from synthkit.techniques.traffic.cellular import CellRing

DENSITY, V_MAX, DAWDLE = 0.1, 5, 0.25
SIZES = {1_000: 4_000, 10_000: 2_000, 100_000: 200, 1_000_000: 20}  # cars -> steps
TARGETS = {10_000: ">= 100", 100_000: ">= 200"}  # times Mesa

MESA = """
import mesa

class Car(mesa.Agent):
    def __init__(self, model, cell):
        super().__init__(model)
        self.cell, self.speed, self.ahead = cell, 0, None

    def decide(self):
        gap = (self.ahead.cell - self.cell - 1) % self.model.cells
        speed = min(self.speed + 1, V_MAX, gap)
        if speed and self.model.random.random() < DAWDLE:
            speed -= 1
        self.speed = speed

    def move(self):
        self.cell = (self.cell + self.speed) % self.model.cells

class Ring(mesa.Model):
    def __init__(self, cars, cells):
        super().__init__(rng=0)
        self.cells = cells
        row = [Car(self, k * cells // cars) for k in range(cars)]
        for k, car in enumerate(row):
            car.ahead = row[(k + 1) % cars]

    def step(self):
        self.agents.do("decide")
        self.agents.do("move")

rates = {}
for cars, steps in ((1000, 400), (10_000, 40), (100_000, 5)):
    ring = Ring(cars, round(cars / DENSITY))
    ring.step()
    start = time.process_time()
    for _ in range(steps):
        ring.step()
    rates[cars] = cars * steps / (time.process_time() - start)
print(json.dumps(rates))
"""


def ring_rate(cars: int, steps: int) -> float:
    """Return car-steps a CPU-second, the best of three."""
    rng = np.random.default_rng(0)
    ring = CellRing(cells=round(cars / DENSITY), cars=cars, v_max=V_MAX, dawdle=DAWDLE, rng=rng)
    rates = []
    for _ in range(3):
        start = time.process_time()
        for _ in range(steps):
            ring.step(rng)
        rates.append(cars * steps / (time.process_time() - start))
    return max(rates)


def main() -> list[dict]:
    """Measure, and return rows for the table of ratios."""
    ours = {cars: ring_rate(cars, steps) for cars, steps in SIZES.items()}
    code = MESA
    for name, value in (("DENSITY", DENSITY), ("V_MAX", V_MAX), ("DAWDLE", DAWDLE)):
        code = code.replace(name, str(value))
    mesa = peers.run_in_peers(code) or {}
    rows = []
    for cars, rate in ours.items():
        peer = mesa.get(str(cars))
        rows.append({"what": f"Nagel-Schreckenberg, {cars:,} cars", "value": rate,
                     "unit": "car-steps/CPU-s", "target": "", "peer": peer})  # fmt: skip
        if peer and cars in TARGETS:
            rows.append({"what": f"the same, times Mesa, {cars:,} cars", "value": rate / peer,
                         "unit": "x", "target": TARGETS[cars], "peer": None})  # fmt: skip
    rows.append({"what": "rate at 1,000,000 cars ÷ rate at 10,000 (linear: 1)",
                 "value": ours[1_000_000] / ours[10_000], "unit": "", "target": ">= 0.7",
                 "peer": None})  # fmt: skip
    start = time.process_time()
    sk.Traffic().simulate(rng=0)
    rows.append({"what": "IDM ring of 22 cars, 600 s with its tables",
                 "value": time.process_time() - start, "unit": "CPU-s", "target": "<= 1",
                 "peer": None})  # fmt: skip
    return rows


if __name__ == "__main__":
    for row in main():
        print(row)
