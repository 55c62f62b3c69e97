"""Lesson 07's exercises in code: a Runge-Kutta step in three gaps, a braking car from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks
from synthkit.techniques.car.dynamics import GRAVITY

Arguments = tuple[float, float, float, float]

# -- three gaps -------------------------------------------------------------------------------


def _keeps_constant(answer: Any, rng: np.random.Generator) -> Finding:
    speed, pull = float(rng.uniform(10, 30)), float(rng.uniform(1, 8))
    moved = float(answer(lambda v: -pull, speed, 0.5))
    wanted = speed - 0.5 * pull
    return True if abs(moved - wanted) < 1e-9 else (
        f"A car that is slowed by {pull:.2f} m/s² all the time goes from {speed:.2f} to "
        f"{wanted:.2f} m/s in half a second; yours goes to {moved:.2f}."
    )  # fmt: skip


def _is_of_order_four(answer: Any, rng: np.random.Generator) -> Finding:
    # v' = −v: the error of one step is h⁵/120 plus smaller terms; half the step divides it by 32.
    start = float(rng.uniform(10, 30))
    errors = [abs(float(answer(lambda v: -v, start, h)) - start * np.exp(-h)) for h in (0.2, 0.1)]
    return True if errors[0] > 25 * errors[1] else (
        f"Half the step should divide the error of a step by 32; it divides it by "
        f"{errors[0] / errors[1]:.1f}."
    )  # fmt: skip


RUNGE_KUTTA = Blanks(
    id="a-runge-kutta-step",
    section="build-it",
    prompt="Fill three gaps of the step that moves a speed on by h seconds. `rate(v)` is the "
    "acceleration at the speed v.",
    template="def step(rate, v, h):\n"
    "    k1 = rate(v)\n"
    "    k2 = rate(v + {0} * k1)\n"
    "    k3 = rate(v + {1} * k2)\n"
    "    k4 = rate(v + h * k3)\n"
    "    return v + h / {2} * (k1 + 2 * k2 + 2 * k3 + k4)\n",
    name="step",
    labels=("how far the first look goes", "how far the second look goes", "sum of weights"),
    checks=(
        Property("a constant pull is kept", _keeps_constant,
                 try_next="With all slopes equal, the weights must add up to 1."),
        Property("half the step, a 32nd of the error", _is_of_order_four,
                 try_next="Two of the four slopes belong to the middle of the step."),
    ),
    misconceptions={
        r"h;.*|.*;h;.*": (
            "looking to the end, not to the middle",
            "k2 and k3 are slopes in the middle of the step: half of h away.",
        ),
        r".*;4": (
            "four slopes, so divided by four",
            "The two in the middle count twice: 1 + 2 + 2 + 1.",
        ),
    },
    hints=(
        "The middle of a step lies half of it away.",
        "1 + 2 + 2 + 1 weights: a mean divides by their sum.",
        "The gaps: `h / 2` twice, and `6`.",
    ),
    solution="h / 2\nh / 2\n6",
    answers={
        "untried": ["", "", ""],
        "wrong": ["h / 2", "h / 2", "4"],
        "right": ["h / 2", "h / 2", "6"],
    },
)  # fmt: skip

# -- a braking car from scratch ----------------------------------------------------------------

STEP_S = 0.01


def _stops(rng: np.random.Generator) -> Arguments:
    """Return speed, wished deceleration, friction and step of a stop that the road decides."""
    return float(rng.uniform(8, 30)), 12.0, float(rng.uniform(0.05, 0.9)), STEP_S


def _gentle(rng: np.random.Generator) -> Arguments:
    """Return a stop that the pedal decides."""
    return float(rng.uniform(8, 30)), float(rng.uniform(1, 2)), float(rng.uniform(0.5, 1.1)), STEP_S


def _exact(speed: float, wished: float, friction: float) -> float:
    return speed**2 / (2 * min(wished, friction * GRAVITY))


def _number(answer: Any, rng: np.random.Generator) -> Finding:
    way = answer(*_stops(rng), rng)
    if way is None:
        return "Your function returned nothing. Does it end in `return`?"
    if np.shape(way) != () or not np.isfinite(float(way)) or float(way) <= 0:
        return f"A stop takes some metres, one number above 0; got {way!r}."
    return True


def _pedal_decides(
    speed: float, wished: float, friction: float, step: float, rng: np.random.Generator
) -> float:
    return speed**2 / (2 * wished)


def _road_decides(
    speed: float, wished: float, friction: float, step: float, rng: np.random.Generator
) -> float:
    return speed**2 / (2 * friction * GRAVITY)


def _same(theirs: Any, wrong: Any) -> bool:
    # By summing up with any rule, a stop of v²/2a metres is missed by v·h at most: some 3 %.
    return bool(abs(float(theirs) / wrong - 1) < 0.05)


def _right(answer: Any, rng: np.random.Generator) -> Finding:
    for arguments in (_stops(rng), _gentle(rng)):
        speed, wished, friction, step = arguments
        way, wanted = float(answer(*arguments, rng)), _exact(speed, wished, friction)
        # Euler's rule takes the speed of the step's beginning: h·v/2 too far, and the last step.
        if abs(way - wanted) > speed * step:
            return (
                f"From {speed:.1f} m/s, with {wished:.1f} m/s² wished on a friction of "
                f"{friction:.2f}, the car stands after {wanted:.2f} m; yours after {way:.2f} m."
            )
    return True


def _faster(arguments: Arguments) -> Arguments:
    speed, *rest = arguments
    return (2 * speed, *rest)  # type: ignore[return-value]


def _four_times(before: Any, after: Any) -> Finding:
    ratio = float(after) / float(before)
    # Both are off by at most v·h, on v²/2a ≥ 3 m: 2 % of the ratio 4, and twice that.
    return True if abs(ratio - 4) < 0.25 else (
        f"Twice as fast, the car should need four times the way; yours needs {ratio:.2f} times."
    )  # fmt: skip


STOP = CodeExercise(
    id="my-stop",
    section="build-it",
    name="my_stop",
    setup="import numpy as np",
    prompt="Write `my_stop(speed, wished, friction, step, rng)`: the metres until the car stands. "
    "The pedal wishes a deceleration (m/s²); the road gives friction × 9.81 m/s² at most. Go on "
    "step by step (seconds) and sum up the way. You need not use `rng`.",
    checks=(
        Property("returns metres", _number),
        WrongReference(
            "the road has the last word",
            "the pedal decides, not the road",
            _stops,
            _pedal_decides,
            _same,
            why="Your car brakes as hard as the pedal wishes, on any road.",
            try_next="Take the smaller of the wish and what the road gives.",
        ),
        WrongReference(
            "a gentle pedal brakes gently",
            "always at the limit",
            _gentle,
            _road_decides,
            _same,
            why="Your car uses all of the grip, even where the pedal asks for less.",
            try_next="Take the smaller of the wish and what the road gives.",
        ),
        Property("stops where mechanics says", _right,
                 try_next="In each step add speed × step to the way, then take pull × step off."),
        Metamorphic(
            "twice as fast, four times as far",
            _stops,
            _faster,
            _four_times,
            why="The way did not grow with the square of the speed.",
            try_next="Let the loop run until the speed is 0.",
        ),
    ),
    hints=(
        "Which of two decelerations acts: what the pedal wishes, or what the road can give?",
        "`pull = min(wished, friction * 9.81)`; then a loop `while speed > 0`.",
        "In the loop: `way += speed * step`, then `speed -= pull * step`.",
    ),
    answers={
        "wrong": "def my_stop(speed, wished, friction, step, rng):\n"
        "    way = 0.0\n"
        "    while speed > 0:\n"
        "        way += speed * step\n"
        "        speed -= wished * step\n"
        "    return way\n",
    },
)  # fmt: skip
