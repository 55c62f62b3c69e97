"""Two ways in which synthetic traffic misleads, each with its dial."""

from __future__ import annotations

import numpy as np

from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.traffic.cellular import CELL_M, CellRing
from synthkit.techniques.traffic.following import (
    Driver,
    idm_acceleration,
    idm_equilibrium_gap,
    idm_equilibrium_speed,
    ovm_acceleration,
    ring_speeds,
)
from synthkit.trace import Trace, View, line, points

RING_CELLS = 600
RING_CARS = 90  # .15 cars a cell: just below 1/6, where undisturbed traffic still flows freely
SECONDS, WARM_UP = 600, 300

RING_M, CAR_M = 230.0, 4.0  # the ring of Sugiyama (2008)
DRIVER = Driver(11.083, 1.0, 2.0, 1.6, 1.5)  # stable with 22 cars: the critical a is 1.34
SENSITIVITY = 0.8  # 1/s: stable where V' < .4 1/s, which holds on an emptier ring only
FOLLOW_S, SETTLED_S, STEP_S = 600.0, 300.0, 0.2


def _deterministic_driver(value: DialValue, rng: RandomState) -> Trace:
    """Cars on a ring at .15 a cell, who dawdle with probability ``value``."""
    dawdle = float(value)
    km = RING_CELLS * CELL_M / 1000
    trace = Trace(
        name="traffic.deterministic_driver",
        seed=rng,
        parameters={"dawdle": dawdle, "cars": RING_CARS},
        views=(
            View("road", "scatter", "Where does the traffic stand?", "place (km)", "time (s)",
                 (0, km), (WARM_UP, SECONDS)),
        ),
    )  # fmt: skip
    generator = as_generator(rng)
    ring = CellRing(cells=RING_CELLS, cars=RING_CARS, v_max=5, dawdle=dawdle, rng=generator)
    speeds, places, times = [], [], []
    for second in range(1, SECONDS + 1):
        ring.step(generator)
        if second > WARM_UP:
            slow = ring.speed <= 1
            speeds.append(ring.speed.copy())
            places.append(ring.distance[slow] % RING_CELLS * CELL_M / 1000)
            times.append(np.full(int(slow.sum()), second))
    spread, share = float(np.std(speeds)), float(np.mean(np.array(speeds) <= 1))
    every = max(sum(map(len, places)) // 2_000, 1)
    marks = [
        points(np.concatenate(places)[::every], np.concatenate(times)[::every],
               role="synthetic", label="slow cars"),
    ]  # fmt: skip
    sentence = f"{share:.0%} of the cars crawl or stand; speeds spread by {spread:.2f} cells/s."
    trace.append(
        SECONDS, {"road": marks}, scalars={"speed_spread": spread, "slow_share": share},
        sentence=sentence,
    )  # fmt: skip
    return trace


def two_rules(cars: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the speeds (steps, cars) under two rules that share one flow-density curve.

    The first is the IDM.  The second is an optimal velocity model whose V is the IDM's own
    equilibrium speed: on any ring both have the same uniform flow.
    """
    grid = np.linspace(0, DRIVER.desired_speed_mps * (1 - 1e-6), 400)
    gaps = idm_equilibrium_gap(grid, DRIVER)

    def liked(gap: np.ndarray) -> np.ndarray:
        return np.interp(gap, gaps, grid)

    mean = RING_M / cars - CAR_M
    shift = rng.uniform(-0.1, 0.1, cars) * mean
    gap = mean + np.roll(shift, -1) - shift
    speed = np.full(cars, idm_equilibrium_speed(mean, DRIVER))
    first = ring_speeds(
        lambda v, s, dv: idm_acceleration(v, np.maximum(s, 1e-6), dv, DRIVER), gap, speed,
        seconds=FOLLOW_S, step_s=STEP_S,
    )  # fmt: skip
    second = ring_speeds(
        lambda v, s, dv: ovm_acceleration(v, s, SENSITIVITY, liked), gap, speed,
        seconds=FOLLOW_S, step_s=STEP_S,
    )  # fmt: skip
    return first, second


def _one_curve_two_rules(value: DialValue, rng: RandomState) -> Trace:
    """Both rules on rings with up to ``value`` cars; how far apart are their flows?"""
    most = int(value)
    trace = Trace(
        name="traffic.one_curve_two_rules",
        seed=rng,
        parameters={"most_vehicles": most},
        views=(
            View("diagram", "lines", "Which of the two rules made this curve?",
                 "cars on the ring of 230 m", "flow (vehicles/h)", (0, 23), (0, 2200)),
        ),
    )  # fmt: skip
    generator = as_generator(rng)
    counts = np.array([n for n in (4, 7, 10, 14, 18, 22) if n <= most])
    settled = round(SETTLED_S / STEP_S)
    means = np.array(
        [[run[settled:].mean() for run in two_rules(int(n), generator)] for n in counts]
    )  # (counts, 2)
    flows = means * (counts / RING_M * 3600)[:, None]
    gap = float(np.max(np.abs(flows[:, 1] / flows[:, 0] - 1)))
    marks = [
        line(counts, flows[:, 0], role="real", label="rule A (IDM)"),
        line(counts, flows[:, 1], role="synthetic", label="rule B (OVM)"),
    ]
    sentence = f"Up to {most} cars, the two rules differ by at most {gap:.1%} in flow."
    trace.append(0, {"diagram": marks}, scalars={"flow_gap": gap}, sentence=sentence)
    return trace


FAILURES = (
    Failure(
        name="traffic.deterministic_driver",
        title="Perfect drivers never make a jam",
        story="Below one car in six cells, drivers who never dawdle all reach full speed, and each "
        "run ends alike. A warning system trained on such rows has never seen a jam, although real "
        "roads have them at this density.",
        dial=Dial("dawdle", "probability of dawdling", (0.0, 0.05, 0.1, 0.25, 0.5), 0.25),
        run=_deterministic_driver,
        indicator=lambda trace: trace.last("speed_spread"),
        indicator_label="spread of the speeds (cells/s)",
        threshold=0.5,
        broken_when="below",
        broken_at=0.0,
        repair=Repair(0.25, "A small chance of braking for nothing brings back jams and variety."),
    ),
    Failure(
        name="traffic.one_curve_two_rules",
        title="One flow-density curve, two different rules",
        story="Two rules with the same equilibrium agree in every flow that a detector measures, "
        "as long as the road is not dense. Whoever chose the rule by that curve learns too late "
        "that one of them jams and the other does not.",
        dial=Dial("most_vehicles", "cars on the fullest ring observed", (7, 10, 14, 18, 22), 22),
        run=_one_curve_two_rules,
        indicator=lambda trace: trace.last("flow_gap"),
        indicator_label="largest difference in flow (share)",
        threshold=0.05,
        broken_when="below",
        broken_at=10,
        repair=Repair(22, "Observe dense traffic, or single cars: there the rules part."),
    ),
)
