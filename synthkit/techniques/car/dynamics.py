r"""Straight ahead: traction against drag, rolling resistance and the hill.

1. :math:`m_e\dot v = F_t - F_0\cos\theta - F_2v^2 - mg\sin\theta`, with
   :math:`F_0 = C_{rr}mg` and :math:`F_2 = \tfrac12\rho C_dA`
2. :math:`m_e = m + \sum I/r^2`: the wheels have to be spun up as well
3. coasting from v₀ to v₁ takes
   :math:`t = \frac{m_e}{\sqrt{F_0F_2}}\left[\arctan\left(v_0\sqrt{F_2/F_0}\right)
   - \arctan\left(v_1\sqrt{F_2/F_0}\right)\right]`
4. and :math:`x = \frac{m_e}{2F_2}\ln\frac{F_0+F_2v_0^2}{F_0+F_2v_1^2}` metres
5. top speed: :math:`P\eta = (F_0 + F_2v^2)\,v`
6. energy balance of a step: kinetic energy gained + work against the road load − work of traction,
   which is 0 for the true motion.

The Runge-Kutta scheme has order 4, Euler's order 1: a step ten times longer costs Euler ten times
the error.  Above the bound h < 2/λ (λ the slope of the deceleration) Euler makes energy from
nothing.

Reference: Guzzella & Sciarretta, Vehicle Propulsion Systems (2013), chapter 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

GRAVITY = 9.81  # m/s²
AIR_DENSITY = 1.225  # kg/m³ at sea level, 15 °C
Array = Any  # a float or an ndarray (n,)


@dataclass(frozen=True)
class Body:
    """What resists the car's motion."""

    mass_kg: float = 1500.0
    drag_area_m2: float = 0.66  # C_d A = .30 × 2.2 m²
    rolling_resistance: float = 0.010
    wheel_inertia_kgm2: float = 0.0  # all wheels together
    wheel_radius_m: float = 0.3

    @property
    def effective_mass_kg(self) -> float:
        """The mass that traction has to move."""
        return self.mass_kg + self.wheel_inertia_kgm2 / self.wheel_radius_m**2  # Eq. 2

    @property
    def rolling_n(self) -> float:
        """F₀, the rolling resistance on the flat (N)."""
        return self.rolling_resistance * self.mass_kg * GRAVITY

    @property
    def drag_kg_per_m(self) -> float:
        """F₂, the drag for each (m/s)²."""
        return 0.5 * AIR_DENSITY * self.drag_area_m2


def road_load(speed: Array, body: Body, grade_rad: Array = 0.0, rolling: Array = 1.0) -> Array:
    """Return what resists (N) at this speed (m/s); ``rolling`` multiplies the rolling part."""
    hill = body.mass_kg * GRAVITY * np.sin(grade_rad)
    return rolling * body.rolling_n * np.cos(grade_rad) + body.drag_kg_per_m * speed**2 + hill


def acceleration(
    speed: Array, traction_n: Array, body: Body, grade_rad: Array = 0.0, rolling: Array = 1.0
) -> Array:
    """Return the acceleration (m/s²) under this traction (N; negative: braking)."""
    load = road_load(speed, body, grade_rad, rolling)
    return (traction_n - load) / body.effective_mass_kg  # Eq. 1


def euler_step(rate: Callable[[Array], Array], v: Array, h: Array) -> Array:
    """Return v after a step of h seconds, by Euler's rule (order 1)."""
    return v + h * rate(v)


def rk4_step(rate: Callable[[Array], Array], v: Array, h: Array) -> Array:
    """Return v after a step of h seconds, by the classical Runge-Kutta rule (order 4)."""
    k1 = rate(v)
    k2 = rate(v + h / 2 * k1)
    k3 = rate(v + h / 2 * k2)
    k4 = rate(v + h * k3)
    return v + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


STEPS = {"euler": euler_step, "rk4": rk4_step}


def coast(
    start_mps: float, seconds: float, body: Body, *, step_s: float, method: str = "rk4"
) -> np.ndarray:
    """Return the speeds (steps + 1,) of a car that coasts on the flat."""
    speeds = [start_mps]
    for _ in range(round(seconds / step_s)):
        speeds.append(STEPS[method](lambda v: acceleration(v, 0.0, body), speeds[-1], step_s))
    return np.array(speeds)


def coast_down_time(start_mps: float, end_mps: float, body: Body) -> float:
    """Return the exact time (s) to coast from one speed to a lower one."""
    f0, f2 = body.rolling_n, body.drag_kg_per_m
    root = np.sqrt(f2 / f0)
    angle = np.arctan(start_mps * root) - np.arctan(end_mps * root)
    return float(body.effective_mass_kg / np.sqrt(f0 * f2) * angle)  # Eq. 3


def coast_down_distance(start_mps: float, end_mps: float, body: Body) -> float:
    """Return the exact way (m) to coast from one speed to a lower one."""
    f0, f2 = body.rolling_n, body.drag_kg_per_m
    ratio = (f0 + f2 * start_mps**2) / (f0 + f2 * end_mps**2)
    return float(body.effective_mass_kg / (2 * f2) * np.log(ratio))  # Eq. 4


def simulated_coast_down_time(
    start_mps: float, end_mps: float, body: Body, *, step_s: float, method: str = "rk4"
) -> float:
    """Return the time (s) that the scheme takes for it; the last step is cut where it ends."""
    step = STEPS[method]

    def rate(v: Array) -> Array:
        return acceleration(v, 0.0, body)

    v, t = start_mps, 0.0
    while step(rate, v, step_s) > end_mps:
        v, t = step(rate, v, step_s), t + step_s
    rest = optimize.brentq(lambda h: step(rate, v, h) - end_mps, 0.0, step_s, xtol=1e-13)
    return float(t + rest)


def top_speed(power_w: float, body: Body) -> float:
    """Return the speed (m/s) at which this power at the wheels balances the road load."""
    f0, f2 = body.rolling_n, body.drag_kg_per_m
    return float(optimize.brentq(lambda v: (f0 + f2 * v**2) * v - power_w, 0.0, 1000.0))  # Eq. 5


def energy_residual(speeds: np.ndarray, step_s: float, traction_n: Array, body: Body) -> float:
    """Return the energy that a run made from nothing, as a share of its larger kinetic energy.

    ``speeds`` (steps + 1,), and so ``traction_n`` unless it is constant; the work is integrated by
    Simpson's rule over pairs of steps, which is of order 4 itself.
    """
    v = speeds[: len(speeds) - (len(speeds) + 1) % 2]  # (k,): an even number of steps
    power = (np.broadcast_to(traction_n, speeds.shape)[: len(v)] - road_load(v, body)) * v
    weights = np.ones(len(v))
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    work = step_s / 3 * float(weights @ power)
    half = body.effective_mass_kg / 2
    gained = half * (v[-1] ** 2 - v[0] ** 2)
    return float((gained - work) / (half * max(v[0], v[-1]) ** 2))  # Eq. 6


def fit_coast_down(time_s: np.ndarray, speed_mps: np.ndarray, body: Body) -> tuple[float, float]:
    """Return (F₀ in N, F₂ in kg/m) of the coast-down curve closest to the records; both (n,)."""
    span = float(time_s.max() - time_s.min())

    def curve(t: np.ndarray, start: float, f0: float, f2: float) -> np.ndarray:
        m, root = body.effective_mass_kg, np.sqrt(f0 * f2)
        phase = np.arctan(start * np.sqrt(f2 / f0)) - t * root / m  # Eq. 3, solved for v₁
        return np.sqrt(f0 / f2) * np.tan(np.clip(phase, -1.5, 1.5))

    drop = max(float(speed_mps[0] - speed_mps[-1]), 1e-3) / max(span, 1e-3)
    f0 = body.effective_mass_kg * drop / 2
    start = (float(speed_mps[0]), f0, f0 / max(float(speed_mps.mean()), 1.0) ** 2)
    found, _ = optimize.curve_fit(
        curve, time_s - time_s.min(), speed_mps, p0=start, bounds=(1e-6, np.inf)
    )
    return float(found[1]), float(found[2])
