r"""Following the car ahead: two continuous rules, their equilibrium and their stability.

Intelligent driver model (IDM), with gap s, speed v and closing speed Δ = v − v_ahead:

1. :math:`\dot v = a\left[1-(v/v_0)^4-(s^*/s)^2\right]`
2. :math:`s^* = s_0 + \max\left(0,\; vT + \frac{v\,\Delta}{2\sqrt{ab}}\right)`
3. equilibrium gap: :math:`s_e(v) = (s_0+vT)/\sqrt{1-(v/v_0)^4}`

Optimal velocity model (OVM), with the speed V that a driver likes at a gap:

4. :math:`\dot v = \kappa\,[V(s) - v]`

Small disturbances :math:`y_n \propto e^{\lambda t + ikn}` of a row of equal cars obey

5. :math:`\lambda^2 = f_s(e^{ik}-1) + \lambda f_v + \lambda f_\Delta(1-e^{ik})`

with the slopes f of the acceleration at equilibrium.  An endless row is stable if and only if

6. :math:`\tfrac12 f_v^2 + f_v f_\Delta - f_s \ge 0`

but N cars on a ring know only the waves :math:`k = 2\pi j/N`, so that a short ring is stable where
an endless road is not.

======  ======================  ========================
symbol  name                    unit
======  ======================  ========================
v₀      ``desired_speed_mps``   m/s
T       ``headway_s``           s
s₀      ``jam_gap_m``           m
a       ``acceleration_mps2``   m/s²
b       ``braking_mps2``        m/s²
κ       ``sensitivity``         1/s
======  ======================  ========================

References: Treiber, Hennecke & Helbing, Congested traffic states, Phys. Rev. E 62 (2000).  Bando
et al., Dynamical model of traffic congestion, Phys. Rev. E 51 (1995).  Treiber & Kesting, Traffic
Flow Dynamics (2013), chapter 15.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize

Array = Any  # a float or an ndarray (n,)


@dataclass(frozen=True)
class Driver:
    """How a driver follows; each field a number, or an array (n,) with one for each car."""

    desired_speed_mps: Array
    headway_s: Array
    jam_gap_m: Array
    acceleration_mps2: Array
    braking_mps2: Array


class Slopes(NamedTuple):
    """Slopes of the acceleration at equilibrium: by gap, by speed, by closing speed."""

    gap: float
    speed: float
    closing: float


def idm_acceleration(speed: Array, gap: Array, closing: Array, driver: Driver) -> Array:
    """Return the acceleration (m/s²) for speed and closing speed (m/s) and gap (m > 0)."""
    d = driver
    brake = speed * closing / (2 * np.sqrt(d.acceleration_mps2 * d.braking_mps2))
    wished = d.jam_gap_m + np.maximum(0.0, speed * d.headway_s + brake)  # Eq. 2
    free = (speed / d.desired_speed_mps) ** 4
    return d.acceleration_mps2 * (1 - free - (wished / gap) ** 2)  # Eq. 1


def idm_equilibrium_gap(speed: Array, driver: Driver) -> Array:
    """Return the gap (m) at which a driver holds this speed (m/s, below the desired one)."""
    d = driver
    return (d.jam_gap_m + speed * d.headway_s) / np.sqrt(
        1 - (speed / d.desired_speed_mps) ** 4
    )  # Eq. 3


def idm_equilibrium_speed(gap: float, driver: Driver) -> float:
    """Return the speed (m/s) that a driver holds at this gap (m); 0 below the jam gap."""
    if gap <= driver.jam_gap_m:
        return 0.0
    top = float(driver.desired_speed_mps) * (1 - 1e-12)
    if idm_equilibrium_gap(top, driver) <= gap:
        return top
    return float(optimize.brentq(lambda v: idm_equilibrium_gap(v, driver) - gap, 0.0, top))


def idm_capacity(driver: Driver, length_m: float) -> tuple[float, float]:
    """Return the largest equilibrium flow (vehicles/h) and its speed (m/s)."""
    found = optimize.minimize_scalar(
        lambda v: -v / (idm_equilibrium_gap(v, driver) + length_m),
        bounds=(0.0, float(driver.desired_speed_mps) * (1 - 1e-9)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(-found.fun * 3600), float(found.x)


def idm_slopes(speed: float, driver: Driver) -> Slopes:
    """Return the slopes of Eq. 1 at equilibrium with this speed (m/s)."""
    d, v = driver, speed
    s, wished = float(idm_equilibrium_gap(v, d)), d.jam_gap_m + v * d.headway_s
    a = d.acceleration_mps2
    return Slopes(
        gap=2 * a * wished**2 / s**3,
        speed=-a * (4 * v**3 / d.desired_speed_mps**4 + 2 * wished * d.headway_s / s**2),
        closing=-a * wished / s**2 * v / np.sqrt(a * d.braking_mps2),
    )


def bando_speed(gap: Array) -> Array:
    """Return Bando's optimal velocity V(b) = tanh(b − 2) + tanh 2, in his units."""
    return np.tanh(gap - 2) + np.tanh(2.0)


def ovm_acceleration(speed: Array, gap: Array, sensitivity: float, optimal: Any) -> Array:
    """Return the acceleration of a driver with the optimal velocity function ``optimal``."""
    return sensitivity * (optimal(gap) - speed)  # Eq. 4


def ovm_slopes(gap: float, sensitivity: float, optimal: Any, step: float = 1e-5) -> Slopes:
    """Return the slopes of Eq. 4 at a gap; V' by central difference."""
    slope = float(optimal(gap + step) - optimal(gap - step)) / (2 * step)
    return Slopes(gap=sensitivity * slope, speed=-sensitivity, closing=0.0)


def ring_speeds(
    rate: Callable[[Array, Array, Array], Array], gap: np.ndarray, speed: np.ndarray, *,
    seconds: float, step_s: float,
) -> np.ndarray:
    """Let n cars follow each other on a ring, each by the rule ``rate(speed, gap, closing)``.

    Parameters
    ----------
    gap, speed : ndarray of shape (n,)
        At the start; car i follows car i + 1.

    Returns
    -------
    ndarray of shape (steps, n)
        The speeds after each step.
    """
    gap, speed = gap.astype(float), speed.astype(float)
    out = np.empty((round(seconds / step_s), len(gap)))
    for k in range(len(out)):
        faster = np.maximum(0.0, speed + rate(speed, gap, speed - np.roll(speed, -1)) * step_s)
        way = np.minimum((speed + faster) / 2 * step_s, gap)  # never further than the gap
        gap = gap + np.roll(way, -1) - way
        out[k] = speed = faster
    return out


def stable_when_endless(f: Slopes) -> bool:
    """Say whether small disturbances die out in an endless row of cars."""
    return bool(0.5 * f.speed**2 + f.speed * f.closing - f.gap >= 0)  # Eq. 6


def growth_rate(f: Slopes, cars: int) -> float:
    """Return how fast (1/s) the fastest wave grows on a ring of ``cars``; negative: it dies out."""
    k = 2 * np.pi * np.arange(1, cars) / cars  # (cars − 1,); k = 0 only shifts all cars
    turn = np.exp(1j * k) - 1
    damping = f.speed - f.closing * turn
    root = np.sqrt(damping**2 + 4 * f.gap * turn)
    return float(np.max([(damping + root).real, (damping - root).real]) / 2)  # Eq. 5
