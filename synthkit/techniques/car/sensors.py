r"""Sensors: what a car knows of itself, with noise, bias and gaps.

1. :math:`y = x + b + \sigma\varepsilon`, with a bias b that each trip keeps
2. a reading is missing with a small probability, and while a sensor fails: then it is silent, or
   it reads 3 m/s too much, half of the trips each.
"""

from __future__ import annotations

import numpy as np

NOISE = {  # standard deviations: of each reading, of the trip's bias
    "position_m": (1.5, 1.0),
    "speed_mps": (0.05, 0.05),
    "wheel_speed_mps": (0.03, 0.05),
    "accel_mps2": (0.05, 0.03),
    "lateral_accel_mps2": (0.05, 0.03),
    "gap_m": (0.2, 0.1),
}
MISSING = 0.002  # of the readings
STUCK_MPS = 3.0  # what a failing wheel sensor adds


def reading(name: str, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what the sensor reads for the truth (steps, n)."""
    noise, bias = NOISE[name]
    shape = truth.shape
    y = truth + bias * rng.standard_normal(shape[1]) + noise * rng.standard_normal(shape)  # Eq. 1
    y[rng.random(shape) < MISSING] = np.nan
    return y


def with_fault(wheel: np.ndarray, failing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return wheel speeds (steps, n) in which a failing sensor is silent or reads too much."""
    silent = rng.random(wheel.shape[1]) < 0.5
    return np.where(failing, np.where(silent, np.nan, wheel + STUCK_MPS), wheel)  # Eq. 2
