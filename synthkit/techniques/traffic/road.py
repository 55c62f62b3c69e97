r"""A road on which cars follow (IDM) and change lanes (MOBIL), on a ring or with inflow.

Time goes in equal steps; in each of them accelerations are constant (the ballistic scheme):

1. :math:`v' = \max(0,\; v + \dot v\,h)`
2. :math:`x' = x + \tfrac12(v+v')h`, and never further than the gap ahead was

The bound in Eq. 2 is what makes an overlap impossible, whatever the step; with a sensible step it
is never used (``held_back`` counts).

Reference: Treiber & Kanagaraj, Comparing numerical integration schemes for time-continuous
car-following models, Physica A 419 (2015).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from synthkit.techniques.traffic.following import Driver, idm_acceleration, idm_equilibrium_speed
from synthkit.techniques.traffic.lanes import NOBODY, Neighbours, changers, neighbours

CHANGE_PAUSE_S = 5.0  # between two changes of one car: a change takes about this long
SLACK_M = 1e-6  # what stays of a gap in an emergency


@dataclass(frozen=True)
class Fleet:
    """The cars on the road; each field is an array (n,)."""

    id: np.ndarray
    lane: np.ndarray
    distance: np.ndarray  # m driven by the front bumper, counted from the road's start
    moved: np.ndarray  # m, in the last step
    speed: np.ndarray  # m/s
    desired_speed: np.ndarray  # m/s
    headway: np.ndarray  # s
    changed: np.ndarray  # s, when it last changed lanes

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: np.ndarray) -> Fleet:
        """Return the cars with these indices, or where a mask is true."""
        return Fleet(*(getattr(self, f.name)[rows] for f in fields(self)))

    def joined(self, other: Fleet) -> Fleet:
        """Return these cars and those of ``other``."""
        names = [f.name for f in fields(self)]
        return Fleet(*(np.append(getattr(self, k), getattr(other, k)) for k in names))


@dataclass(frozen=True)
class RoadPlan:
    """A road and its drivers (see ``Traffic`` for the meaning of each field)."""

    ring: bool
    length_m: float
    lanes: int
    step_s: float
    vehicle_length_m: float
    driver: Driver  # of plain numbers
    driver_spread: float
    politeness: float
    inflow_per_s: float = 0.0


class Road:
    """The state of a road, moved on by ``step``; its cars never overlap and none gets lost."""

    def __init__(self, plan: RoadPlan, vehicles: int, rng: np.random.Generator) -> None:
        self.plan = plan
        self.time_s = 0.0
        self.entered, self.left, self.held_back = vehicles, 0, 0
        self.waiting = np.zeros(plan.lanes, dtype=np.int64)
        self.fleet = self._placed(vehicles, rng)

    @property
    def position(self) -> np.ndarray:
        """Where each car's front bumper is, in m from the road's start, (n,)."""
        way = self.fleet.distance
        return way % self.plan.length_m if self.plan.ring else way

    def near(self) -> Neighbours:
        """Return each car's neighbours."""
        p = self.plan
        ring = p.length_m if p.ring else None
        return neighbours(self.position, self.fleet.lane, p.vehicle_length_m, ring)

    def step(self, rng: np.random.Generator) -> None:
        """Move on by one time step: changes of lane, then motion, then who leaves and enters."""
        if self.plan.lanes > 1 and len(self.fleet):
            self._change_lanes()
        if len(self.fleet):
            self._move()
        self.time_s += self.plan.step_s
        if not self.plan.ring:
            self._let_leave()
            self._let_enter(rng)

    def driver(self, rows: np.ndarray | slice = slice(None)) -> Driver:
        """Return the drivers of these cars."""
        fleet = self.fleet
        return replace(
            self.plan.driver, desired_speed_mps=fleet.desired_speed[rows],
            headway_s=fleet.headway[rows],
        )  # fmt: skip

    def _move(self) -> None:
        near, fleet, h = self.near(), self.fleet, self.plan.step_s
        closing = self._closing(np.arange(len(fleet)), near.ahead)
        rate = idm_acceleration(fleet.speed, near.gap, closing, self.driver())
        speed = np.maximum(0.0, fleet.speed + rate * h)  # Eq. 1
        way = (fleet.speed + speed) / 2 * h
        room = np.maximum(near.gap - SLACK_M, 0.0)
        held = way > room
        self.held_back += int(held.sum())
        way = np.where(held, room, way)  # Eq. 2
        speed = np.where(held, 0.0, speed)
        self.fleet = replace(fleet, distance=fleet.distance + way, moved=way, speed=speed)

    def _closing(self, who: np.ndarray, ahead: np.ndarray) -> np.ndarray:
        speed = self.fleet.speed
        return np.where(ahead == NOBODY, 0.0, speed[who] - speed[ahead])

    def _change_lanes(self) -> None:
        p = self.plan
        for start in range(p.lanes):
            for target in {start - 1, start + 1} & set(range(p.lanes)):
                fleet = self.fleet
                who = changers(
                    start, target, self.position, fleet.lane, p.vehicle_length_m,
                    p.length_m if p.ring else None, p.politeness, self._rate,
                )  # fmt: skip
                who = who[self.time_s - fleet.changed[who] >= CHANGE_PAUSE_S]
                lane, changed = fleet.lane.copy(), fleet.changed.copy()
                lane[who], changed[who] = target, self.time_s
                self.fleet = replace(fleet, lane=lane, changed=changed)

    def _rate(self, who: np.ndarray, gap: np.ndarray, ahead: np.ndarray) -> np.ndarray:
        """Return the acceleration of these cars with this gap to that car ahead."""
        gap = np.maximum(gap, SLACK_M)  # rows without a driver hold rubbish, which is not used
        rate = idm_acceleration(
            self.fleet.speed[who], gap, self._closing(who, ahead), self.driver(who)
        )
        return np.asarray(rate)

    def _let_leave(self) -> None:
        stays = self.fleet.distance < self.plan.length_m
        self.left += int((~stays).sum())
        self.fleet = self.fleet.take(stays)

    def _let_enter(self, rng: np.random.Generator) -> None:
        """Let the cars that wait before each lane in, where the last car there leaves room."""
        p = self.plan
        arrived = rng.poisson(p.inflow_per_s * p.step_s)
        self.waiting += np.bincount(rng.integers(0, p.lanes, arrived), minlength=p.lanes)
        for lane in np.flatnonzero(self.waiting):
            there = self.fleet.lane == lane
            new = self._drivers(1, rng)
            speed, gap = float(new.desired_speed[0]), np.inf
            if there.any():
                last = np.argmin(np.where(there, self.fleet.distance, np.inf))
                gap = float(self.fleet.distance[last]) - p.vehicle_length_m
                speed = min(speed, float(self.fleet.speed[last]))
            if gap < p.driver.jam_gap_m + speed * float(new.headway[0]):
                continue
            new = replace(new, lane=np.array([lane]), speed=np.array([speed]))
            self.fleet = self.fleet.joined(new)
            self.entered += 1
            self.waiting[lane] -= 1

    def _drivers(self, n: int, rng: np.random.Generator) -> Fleet:
        """Return n new cars at the start of the road, with drivers who differ by the spread."""
        d, spread = self.plan.driver, self.plan.driver_spread
        factor = np.exp(spread * rng.standard_normal((2, n)) - spread**2 / 2)  # mean 1
        zeros = np.zeros(n)
        return Fleet(
            id=self.entered + np.arange(n), lane=np.zeros(n, dtype=np.int64), distance=zeros,
            moved=zeros, speed=zeros, desired_speed=d.desired_speed_mps * factor[0],
            headway=d.headway_s * factor[1], changed=np.full(n, -np.inf),
        )  # fmt: skip

    def _placed(self, vehicles: int, rng: np.random.Generator) -> Fleet:
        """Place the first cars at nearly equal distances, at the speed that fits their gap."""
        p = self.plan
        self.entered = 0
        fleet = self._drivers(vehicles, rng)
        self.entered = vehicles
        lane = np.arange(vehicles) % p.lanes
        rank = np.arange(vehicles) // p.lanes
        in_lane = np.bincount(lane, minlength=p.lanes)[lane]
        room = p.length_m / np.maximum(in_lane, 1)
        gap = room - p.vehicle_length_m
        shift = rng.uniform(-0.1, 0.1, vehicles) * gap  # the disturbance that a jam grows from
        speed = np.array([idm_equilibrium_speed(g, p.driver) for g in gap])
        return replace(fleet, lane=lane, distance=rank * room + shift + gap, speed=speed)
