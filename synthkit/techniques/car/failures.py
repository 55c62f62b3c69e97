"""Two ways in which a simulated car misleads, each with its dial."""

from __future__ import annotations

import numpy as np

from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.car.dynamics import (
    GRAVITY,
    STEPS,
    Body,
    acceleration,
    energy_residual,
)
from synthkit.techniques.car.tyres import ROADS, peak, stopping_distance
from synthkit.trace import Trace, View, line, points

POWER_W = 60_000.0
LAUNCH_S, LAUNCH_MPS = 40.0, 4.0
CAR = Body()

STOPS_A_ROAD, STOP_NOISE = 30, 0.05  # test drives on each road, and their spread


def launch(step_s: float, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Return speeds and tractions (steps + 1,) of a launch at constant power."""
    speeds = [LAUNCH_MPS]
    for _ in range(round(LAUNCH_S / step_s)):
        speeds.append(
            STEPS[method](lambda v: acceleration(v, POWER_W / v, CAR), speeds[-1], step_s)
        )
    v = np.array(speeds)
    return v, POWER_W / v


def _step_too_large(value: DialValue, rng: RandomState) -> Trace:
    """Launch a car at constant power by Euler's rule with this step."""
    step = float(value)
    trace = Trace(
        name="car.step_too_large",
        seed=rng,
        parameters={"time_step_s": step},
        views=(
            View("speed", "lines", "Which launch has more energy than its engine gave?",
                 "time (s)", "speed (m/s)", (0, LAUNCH_S)),
        ),
    )  # fmt: skip
    v, traction = launch(step, "euler")
    truth, _ = launch(0.05, "rk4")
    residual = energy_residual(v, step, traction, CAR)
    marks = [
        line(np.linspace(0, LAUNCH_S, len(truth))[::20], truth[::20], role="truth", label="exact"),
        line(np.arange(len(v)) * step, v, role="synthetic", label=f"step {step:g} s"),
    ]
    sentence = f"With steps of {step:g} s, {residual:+.1%} of the energy came from nowhere."
    trace.append(0, {"speed": marks}, scalars={"energy_residual": residual}, sentence=sentence)
    return trace


def _wrong_friction(value: DialValue, rng: RandomState) -> Trace:
    """Friction measured on the first ``value`` roads, and used for stopping on all four."""
    known = int(value)
    trace = Trace(
        name="car.wrong_friction",
        seed=rng,
        parameters={"roads_calibrated": known},
        views=(
            View("stops", "lines", "Where does the car really stop?", "speed (m/s)",
                 "stopping distance (m)", (0, 36)),
        ),
    )  # fmt: skip
    generator = as_generator(rng)
    speed = np.linspace(1, 36, 40)
    error, marks = 0.0, []
    friction = np.nan
    for k, road in enumerate(ROADS):
        true = peak(road)[0]
        if k < known:  # measure it; elsewhere the last one measured is believed
            tried = generator.uniform(10, 35, STOPS_A_ROAD)
            noise = np.exp(STOP_NOISE * generator.standard_normal(STOPS_A_ROAD))
            way = stopping_distance(tried, true) * noise
            friction = float(np.mean(tried**2 / (2 * GRAVITY * way)))
            marks.append(points(tried, way, role="real", label=f"measured, {road}"))
        error = max(error, abs(friction / true - 1), abs(true / friction - 1))
        marks.append(line(speed, stopping_distance(speed, true), role="truth", label=road))
        believed = stopping_distance(speed, friction)
        marks.append(line(speed, believed, role="synthetic", label=f"model, {road}"))
    sentence = f"Calibrated on {known} of 4 roads, the worst stop is off by {error:.0%}."
    trace.append(0, {"stops": marks}, scalars={"worst_error": error}, sentence=sentence)
    return trace


FAILURES = (
    Failure(
        name="car.step_too_large",
        title="Too large a step makes energy from nothing",
        story="In a long step Euler's rule goes on pushing as hard as at its start. The car gets "
        "more energy than its engine gave, and every stopping distance and every label that rests "
        "on the speed is wrong, smoothly and without any sign.",
        dial=Dial("time_step_s", "time step (s)", (0.05, 0.1, 0.5, 1.0, 2.0, 4.0), 0.1),
        run=_step_too_large,
        indicator=lambda trace: trace.last("energy_residual"),
        indicator_label="energy too much (share)",
        threshold=0.02,
        broken_when="above",
        broken_at=4.0,
        repair=Repair(0.1, "A step well below the time in which the forces change; or order 4."),
    ),
    Failure(
        name="car.wrong_friction",
        title="Right where it was calibrated, wrong beyond",
        story="A stopping distance fitted on dry roads is right there, to a few per cent. In the "
        "wet the car needs 1.46 times as far, on ice more than twenty times: whoever trains a "
        "brake on the rows of the first road learns it too late.",
        dial=Dial("roads_calibrated", "roads calibrated (dry, wet, snow, ice)", (1, 2, 3, 4), 4),
        run=_wrong_friction,
        indicator=lambda trace: trace.last("worst_error"),
        indicator_label="worst error of a stopping distance (share)",
        threshold=0.1,
        broken_when="above",
        broken_at=1,
        repair=Repair(4, "Measure friction on every road that the rows are to speak of."),
    ),
)
