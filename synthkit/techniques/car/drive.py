r"""Many trips at once: driver, tyres and car, ten times a second.

In each step of 0.1 s, for all trips (arrays of shape (n,)):

1. the driver wants the limit, less in a corner (:math:`v^2/R \le a_{lat}`), brakes in time for the
   next piece of road, and keeps off the car ahead by the IDM's rule;
2. engine, brakes and the friction circle
   :math:`\sqrt{F_x^2+(mv^2/R)^2} \le \mu mg\cos\theta` say what the car can do: beyond, it skids;
3. the speed moves on by Runge-Kutta with that traction held.

The events change friction, rolling resistance, brakes or a sensor for some seconds: aquaplaning
(wet, and faster than the tyre can clear the water), black ice, a blow-out, fading brakes, a sensor
that fails.  Since the simulator does them, it knows them: labels cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from synthkit.techniques.car.dynamics import GRAVITY, Body, acceleration, rk4_step, road_load
from synthkit.techniques.car.scenario import EVENTS, Scenario, Trips
from synthkit.techniques.car.tyres import ROADS, aquaplaning_speed, burckhardt, peak

STEP_S = 0.1
EVENT_SECONDS = np.array([0.0, 8.0, 1e9, 4.0, 15.0, 6.0])  # a tyre stays flat
MANOEUVRES = ("cruise", "accelerate", "brake", "corner", "stand")
ICE = 0.05  # friction on black ice and on water that carries the tyre
FLAT_TYRE = 20.0  # times the rolling resistance of one wheel in four
WORN = 0.6  # a worn tyre in deep water swims at this share of the speed of a new one
FADED = 0.3  # what is left of hot brakes
CAR_M = 4.5
LEAD_BRAKING = 6.0  # m/s²


@dataclass
class Columns:
    """What is recorded; each array (steps, n)."""

    position: np.ndarray
    speed: np.ndarray
    accel: np.ndarray
    lateral: np.ndarray
    wheel: np.ndarray  # speed of the wheels' rims, m/s
    demand: np.ndarray  # pedals: −1 full brake … 1 full power
    gap: np.ndarray
    ttc: np.ndarray  # s, infinite where the gap does not close
    used: np.ndarray  # share of the friction that is asked for; above 1 it is not there
    skid: np.ndarray
    event: np.ndarray
    manoeuvre: np.ndarray


def drive(
    trips: Trips, scenario: Scenario, body: Body, power_w: float, friction_scale: float, steps: int
) -> Columns:
    """Drive all trips for that many steps."""
    n = len(trips.road)
    peaks = np.array([peak(road)[0] for road in ROADS])[trips.road] * friction_scale
    locked = np.array([float(burckhardt(1.0, r)) for r in ROADS])[trips.road] * friction_scale
    swims = WORN * aquaplaning_speed(scenario.tyre_pressure_bar)
    hasty = trips.hastiness
    pull, ease = 1.0 + 2.0 * hasty, 1.5 + 2.5 * hasty  # m/s²: how they accelerate and brake
    bend = 1.5 + 5.0 * hasty  # m/s²: what they dare in a corner, on a dry road
    bend = bend * np.minimum(1.0, peaks)
    dare, headway = 0.9 + 0.3 * hasty, 2.0 - 1.2 * hasty  # share of the limit; s
    v, x = np.zeros(n), np.zeros(n)
    lead_v, lead_x = np.zeros(n), np.full(n, 15.0) + CAR_M
    row, last = np.arange(n), trips.ends_m.shape[1] - 1
    kinds = {name: k for k, name in enumerate(EVENTS)}
    out = Columns(*(np.empty((steps, n)) for _ in fields(Columns)))
    for k in range(steps):
        t = k * STEP_S
        piece = np.minimum((x[:, None] >= trips.ends_m).sum(axis=1), last)
        ahead = np.minimum(piece + 1, last)
        radius, slope = trips.radius_m[row, piece], trips.slope_rad[row, piece]
        since = t - trips.event_start_s
        now = np.where((since >= 0) & (since < EVENT_SECONDS[trips.event]), trips.event, 0)
        swimming = (now == kinds["aquaplaning"]) & (v > swims)
        now = np.where((now == kinds["aquaplaning"]) & ~swimming, 0, now)
        slippery = swimming | (now == kinds["black_ice"])
        grip = np.where(slippery, np.minimum(ICE, peaks), peaks)
        slide = np.where(slippery, np.minimum(ICE, locked), locked)
        rolling = np.where(now == kinds["blow_out"], (3 + FLAT_TYRE) / 4, 1.0)

        # 1. what the driver wants
        wish = np.minimum(trips.limit_mps[row, piece] * dare, np.sqrt(bend * radius))
        later = np.minimum(
            trips.limit_mps[row, ahead] * dare, np.sqrt(bend * trips.radius_m[row, ahead])
        )
        way = np.maximum(trips.ends_m[row, piece] - x, 0.0)
        wish = np.minimum(wish, np.sqrt(later**2 + 2 * 0.8 * np.minimum(ease, grip * 5) * way))
        gap, closing = lead_x - CAR_M - x, v - lead_v
        room = np.maximum(gap, 0.1)
        desired = 2.0 + np.maximum(0.0, v * headway + v * closing / (2 * np.sqrt(pull * ease)))
        want = np.clip((wish - v) / 1.0, -ease, pull)
        want = np.minimum(want, pull * (1 - (desired / room) ** 2)).clip(-12.0, None)
        load = road_load(v, body, slope, rolling)
        ask = body.effective_mass_kg * want + load
        ask = np.minimum(ask, power_w / np.maximum(v, 3.0))
        ask = np.where((now == kinds["brake_fade"]) & (ask < 0), FADED * ask, ask)
        pedal = np.where(ask > 0, ask / (power_w / np.maximum(v, 3.0)), ask / (12 * body.mass_kg))

        # 2. what the road gives
        weight = body.mass_kg * GRAVITY * np.cos(slope)
        side = np.minimum(body.mass_kg * v**2 / radius, 10 * weight)
        used = np.hypot(ask, side) / (grip * weight)
        skid = (used > 1) & (v > 0.5)
        hold = np.where(scenario.abs_on, grip, slide)
        most = np.sqrt(np.maximum((grip * weight) ** 2 - np.minimum(side, grip * weight) ** 2, 0))
        force = np.where(skid, np.sign(ask) * np.minimum(np.abs(ask), most * hold / grip), ask)
        slip = np.where(skid, np.where(scenario.abs_on, 0.15, 1.0), 0.03 * np.minimum(used, 1))
        wheel = np.where(ask < 0, v * (1 - slip), v * (1 + slip))

        # 3. motion
        faster = _held(v, force, body, slope, rolling)
        faster = np.where((v == 0) & (want <= 0), 0.0, faster)
        out.position[k], out.speed[k], out.accel[k] = x, v, (faster - v) / STEP_S
        out.lateral[k] = np.minimum(side, grip * weight) / body.mass_kg
        out.wheel[k], out.demand[k], out.gap[k] = wheel, np.clip(pedal, -1, 1), gap
        out.ttc[k] = np.where(closing > 0.01, room / np.maximum(closing, 0.01), np.inf)
        out.used[k], out.skid[k], out.event[k] = used, skid, now
        out.manoeuvre[k] = np.select(
            [v < 0.3, want < -0.5, radius < 500, want > 0.3], [4, 2, 3, 1], 0
        )
        step = (v + faster) / 2 * STEP_S
        braking = (t >= trips.lead_brakes_s) & (t < trips.lead_brakes_s + 4)
        place = np.minimum((lead_x[:, None] >= trips.ends_m).sum(axis=1), last)
        aim = np.minimum(trips.limit_mps[row, place], np.sqrt(3.0 * trips.radius_m[row, place]))
        change = np.clip(aim - lead_v, -3.0, 1.5)
        change = np.where(braking, -np.minimum(LEAD_BRAKING, 0.9 * peaks * GRAVITY), change)
        slower = np.maximum(lead_v + change * STEP_S, 0.0)
        lead_x = lead_x + (lead_v + slower) / 2 * STEP_S
        room_left = lead_x - CAR_M - x - 0.05
        hit = step > room_left  # a collision: both go on together
        x = x + np.minimum(step, np.maximum(room_left, 0.0))
        v, lead_v = np.where(hit, np.minimum(faster, slower), faster), slower
    return out


def _held(
    v: np.ndarray, force: np.ndarray, body: Body, slope: np.ndarray, rolling: np.ndarray
) -> np.ndarray:
    """Return the speeds (n,) after a step in which the traction is held; none drives backwards."""
    moved = rk4_step(lambda u: acceleration(u, force, body, slope, rolling), v, STEP_S)
    return np.maximum(moved, 0.0)
