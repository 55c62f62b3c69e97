r"""Traffic in cells: the Nagel-Schreckenberg rule, on a ring and on an open road.

Cars stand in cells of 7.5 m and move once a second, all at the same time:

1. accelerate: :math:`v \leftarrow \min(v+1,\; v_{max})`
2. do not hit the car ahead: :math:`v \leftarrow \min(v,\; g)`
3. dawdle, with probability p: :math:`v \leftarrow \max(v-1,\; 0)`
4. move; the gap to the car ahead becomes :math:`g_i \leftarrow g_i + v_{i+1} - v_i`

======  ============  ==========================================================
symbol  name          meaning
======  ============  ==========================================================
v       ``speed``     (n,) cells a second, whole numbers
g       ``gap``       (n,) empty cells to the car ahead; car i follows car i + 1
p       ``dawdle``    probability of braking for nothing: people are no machines
======  ============  ==========================================================

Only gaps and speeds are kept.  So cars are conserved (nothing is added or removed), and none can
overlap: Eq. 2 lets no car move further than its gap.

On a ring with :math:`v_{max}=1` the mean flow per cell and step is known exactly,

5. :math:`q = \tfrac12\left[1-\sqrt{1-4(1-p)\rho(1-\rho)}\right]`

and without dawdling for every :math:`v_{max}`:

6. :math:`q = \min(v_{max}\,\rho,\; 1-\rho)`

Where this differs from the paper: p is rounded to 1/65,536, so that four decisions come out of one
random word.

When it fails: with p = 0 no jam ever forms by itself, and all runs are alike.

References: Nagel & Schreckenberg, A cellular automaton model for freeway traffic, J. Phys. I
France 2 (1992).  Schadschneider & Schreckenberg, J. Phys. A 26 (1993) for Eq. 5.
"""

from __future__ import annotations

from typing import Union

import numpy as np

CELL_M = 7.5  # the road a standing car takes, bumper to bumper with its gap (Nagel 1992)
STEP_S = 1.0  # a driver's reaction time
WORDS = 65_536  # values of a 16-bit word
Floats = Union[float, np.ndarray]


def dawdlers(n: int, dawdle: float, rng: np.random.Generator) -> np.ndarray:
    """Decide for each of n cars whether it dawdles; (n,) of 0 and 1, four from each random word."""
    raw = rng.integers(0, 2**64, size=n // 4 + 1, dtype=np.uint64)
    words = raw.view(np.uint16)[:n]  # (n,)
    if dawdle >= 1:
        return np.ones(n, dtype=np.int8)
    return np.less(words, np.uint16(round(dawdle * WORDS))).view(np.int8)


def nasch_step(gap: np.ndarray, speed: np.ndarray, v_max: int, slow: np.ndarray) -> None:
    """Move all cars of a ring by one step, in place; gap, speed and slow have shape (n,)."""
    speed += 1
    np.minimum(speed, v_max, out=speed)  # Eq. 1
    np.minimum(speed, gap, out=speed)  # Eq. 2
    np.subtract(speed, slow, out=speed)
    np.maximum(speed, 0, out=speed)  # Eq. 3
    gap -= speed
    gap[:-1] += speed[1:]
    gap[-1] += speed[0]  # Eq. 4; the last car follows the first


class CellRing:
    """Cars on a ring of cells.

    Parameters
    ----------
    cells : int
        Length of the ring, cells of 7.5 m.
    cars : int
        At most ``cells``.
    rng : numpy.random.Generator
        Places the cars at random, all standing.
    """

    def __init__(
        self, *, cells: int, cars: int, v_max: int, dawdle: float, rng: np.random.Generator
    ) -> None:
        self.cells, self.v_max, self.dawdle = cells, v_max, dawdle
        self.distance = np.sort(rng.permutation(cells)[:cars])  # (cars,) cells since the start
        ahead = np.append(self.distance[1:], self.distance[0] + cells)
        self.gap = (ahead - self.distance - 1).astype(np.int32)
        self.speed = np.zeros(cars, dtype=np.int32)
        self.id = np.arange(cars)

    def step(self, rng: np.random.Generator) -> None:
        """Move all cars by one second."""
        nasch_step(self.gap, self.speed, self.v_max, dawdlers(len(self.gap), self.dawdle, rng))
        self.distance += self.speed


class OpenCellRoad:
    """Cars that enter at cell 0, drive along an open road and leave it at its end.

    Parameters
    ----------
    cells : int
    inflow : float
        Probability that a car arrives in a step; it waits outside until cell 0 is free.
    """

    def __init__(self, *, cells: int, inflow: float, v_max: int, dawdle: float) -> None:
        self.cells, self.inflow, self.v_max, self.dawdle = cells, inflow, v_max, dawdle
        self.distance: np.ndarray = np.zeros(0, dtype=np.int64)  # (n,) rearmost car first
        self.speed: np.ndarray = np.zeros(0, dtype=np.int32)
        self.id: np.ndarray = np.zeros(0, dtype=np.int64)
        self.waiting = self.entered = self.left = 0

    @property
    def gap(self) -> np.ndarray:
        """Empty cells to the car ahead (n,); the first car sees a free road."""
        return np.append(np.diff(self.distance) - 1, self.cells)[: len(self.distance)].astype(
            np.int32
        )

    def step(self, rng: np.random.Generator) -> None:
        """Move all cars by one second, let the first ones leave and a waiting one enter."""
        if len(self.speed):
            slow = dawdlers(len(self.speed), self.dawdle, rng)
            nasch_step(self.gap, self.speed, self.v_max, slow)
            self.distance += self.speed
        stays = self.distance < self.cells
        self.left += int((~stays).sum())
        self.distance, self.speed, self.id = self.distance[stays], self.speed[stays], self.id[stays]
        self.waiting += int(rng.random() < self.inflow)
        if self.waiting and (len(self.distance) == 0 or self.distance[0] > 0):
            self.distance = np.insert(self.distance, 0, 0)
            self.speed = np.insert(self.speed, 0, 0)
            self.id = np.insert(self.id, 0, self.entered)
            self.entered += 1
            self.waiting -= 1


def ring_flow(
    density: float,
    v_max: int,
    dawdle: float,
    rng: np.random.Generator,
    *,
    cells: int = 10_000,
    steps: int = 500,
    warm_up: int = 500,
) -> float:
    """Measure the mean flow of a ring (cars per step through a cell) at a density (cars a cell)."""
    cars = round(density * cells)
    ring = CellRing(cells=cells, cars=cars, v_max=v_max, dawdle=dawdle, rng=rng)
    moved = 0
    for step in range(warm_up + steps):
        ring.step(rng)
        moved += int(ring.speed.sum()) if step >= warm_up else 0
    return moved / (steps * cells)


def exact_flow(density: Floats, dawdle: float) -> Floats:
    """Return the exact flow (cars per step through a cell) for a speed limit of one cell a step."""
    return 0.5 * (1 - np.sqrt(1 - 4 * (1 - dawdle) * density * (1 - density)))  # Eq. 5


def undisturbed_flow(density: Floats, v_max: int) -> Floats:
    """Return the exact flow (cars per step through a cell) where nobody dawdles."""
    return np.minimum(v_max * np.asarray(density), 1 - np.asarray(density))  # Eq. 6
