r"""Brake in a bend: one circle of grip for two wishes.

The driver wants a deceleration and, from the steering, a sideways acceleration.  Both come out of
the same tyres, so that for a car of weight mg on a road of friction μ

1. :math:`\sqrt{F_x^2 + F_y^2} \le \mu mg`, the friction circle

If the wish :math:`w = (-b,\; v^2\kappa)` lies inside, the car does it.  Outside, the tyres slide:
the force keeps the wish's direction and has the size of sliding friction,

2. :math:`a = \mu_{slide}\,g\; w/|w|`.

The car is a point on the curve of its rear axle (:mod:`.bicycle`): it points where it goes, and
slides off the bend by turning less than it steers.

Where this differs from a real car: no load moves from axle to axle, all four tyres reach their
limit at once, and the car never spins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthkit.techniques.car.bicycle import kinematic_step
from synthkit.techniques.car.dynamics import GRAVITY, Body, acceleration, rk4_step
from synthkit.techniques.car.tyres import burckhardt, peak

WHEELBASE_M = 2.68


def within_circle(wish: np.ndarray, hold: float, slide: float) -> tuple[np.ndarray, bool]:
    """Return the acceleration (2,) that the tyres give for the wished one, and whether they slide.

    ``hold`` is the radius of the friction circle and ``slide`` what sliding tyres give, in m/s².
    """
    size = float(np.hypot(*wish))
    if size <= hold:  # Eq. 1
        return wish, False
    return slide * wish / size, True  # Eq. 2


@dataclass(frozen=True)
class Bend:
    """A straight, then a left bend; the driver brakes somewhere in it.

    Parameters
    ----------
    straight_m, radius_m : float
        Length of the straight before the bend, and the bend's radius.
    brake_m : float
        Where the brake is pressed, along the road's middle.
    pedal_mps2 : float
        The deceleration that the pedal asks for: 12 m/s² is all the way down.
    """

    straight_m: float = 5.0
    radius_m: float = 50.0
    brake_m: float = 14.0
    pedal_mps2: float = 12.0

    def curvature(self, way_m: float) -> float:
        """Return 1/R (1/m) at this way along the road."""
        return 0.0 if way_m < self.straight_m else 1.0 / self.radius_m

    def middle(self, way_m: np.ndarray) -> np.ndarray:
        """Return points (n, 3) of the road's middle: x, y and heading."""
        angle = np.maximum(way_m - self.straight_m, 0.0) / self.radius_m
        x = np.minimum(way_m, self.straight_m) + self.radius_m * np.sin(angle)
        return np.stack([x, self.radius_m * (1 - np.cos(angle)), angle], axis=1)


@dataclass(frozen=True)
class Stop:
    """What happened; arrays over the steps (n,), of the car's rear axle."""

    time_s: np.ndarray
    way_m: np.ndarray
    speed_mps: np.ndarray
    place: np.ndarray  # (n, 3): x, y, heading
    accel: np.ndarray  # (n, 2): along and across, m/s²
    slides: np.ndarray
    brakes: np.ndarray

    @property
    def distance_m(self) -> float:
        """The way from the brake to the stand."""
        return float(self.way_m[-1] - self.way_m[np.argmax(self.brakes)])


def brake_in_bend(
    speed_mps: float, road: str, bend: Bend, body: Body, *, step_s: float = 0.01
) -> Stop:
    """Drive into the bend at this speed, brake where ``bend`` says, and stop when the car stands.

    Before the brake the driver holds the speed; the friction is Burckhardt's for the road, and
    the car has no ABS.
    """
    hold, slide = GRAVITY * peak(road)[0], GRAVITY * float(burckhardt(1.0, road))
    t, way, v, place = 0.0, 0.0, speed_mps, np.zeros(3)
    rows = []
    while v > 0:
        brakes = way >= bend.brake_m
        wish = np.array([-bend.pedal_mps2 if brakes else 0.0, v**2 * bend.curvature(way)])
        given, slides = within_circle(wish, hold, slide)
        rows.append((t, way, v, place, given, slides, brakes))
        slower = v
        if brakes:  # a locked wheel doesn't roll: the air alone brakes besides
            slower = _slowed(v, body.effective_mass_kg * float(given[0]), body, step_s)
        steer = np.arctan(WHEELBASE_M * given[1] / v**2)
        mean = (v + slower) / 2
        place = kinematic_step(place, mean, float(steer), WHEELBASE_M, step_s)
        t, way, v = t + step_s, way + mean * step_s, slower
    rows.append((t, way, 0.0, place, np.zeros(2), False, True))
    return Stop(*(np.array(column) for column in zip(*rows)))


def _slowed(v: float, force_n: float, body: Body, step_s: float) -> float:
    """Return the speed after a step in which this force is held."""
    moved = rk4_step(lambda u: acceleration(u, force_n, body, 0.0, 0.0), v, step_s)
    return max(float(moved), 0.0)
