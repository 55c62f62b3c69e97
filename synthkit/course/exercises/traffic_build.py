"""Lesson 08's exercises in code: gaps on a ring, one Nagel-Schreckenberg step, a calibration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks
from synthkit.course.runs.traffic import EXPERIMENT_JAM_KMH, JAM_SPREAD, jam_of

Arguments = tuple[np.ndarray, np.ndarray, int, int, float]

# -- two gaps ---------------------------------------------------------------------------------


def _ring(rng: np.random.Generator, cells: int, cars: int) -> np.ndarray:
    """Return cells of cars on a ring, in driving order; somewhere the count begins anew."""
    placed = np.sort(rng.permutation(cells)[:cars])
    return np.roll(placed, int(rng.integers(1, cars)))


def _gaps(position: np.ndarray, cells: int) -> np.ndarray:
    return (np.roll(position, -1) - position - 1) % cells


def _counts(answer: Any, rng: np.random.Generator) -> Finding:
    for cells, cars in ((60, 24), (100, 5), (12, 12)):
        position = _ring(rng, cells, cars)
        found = np.asarray(answer(position.copy(), cells))
        if found.shape != position.shape:
            return f"One gap for each of {cars} cars; got the shape {found.shape}."
        if found.sum() != cells - cars:
            return (
                f"{cars} cars on {cells} cells leave {cells - cars} empty; your gaps add up to "
                f"{found.sum()}."
            )
        if not np.array_equal(found, _gaps(position, cells)):
            return "The gaps add up, but they stand at the wrong cars."
    return True


GAPS = Blanks(
    id="gaps-on-a-ring",
    section="build-it",
    prompt="Fill two gaps. `position` holds the cells of the cars in driving order, on a ring of "
    "`cells` cells; car i follows car i + 1, and the last follows the first.",
    template="def gaps(position, cells):\n"
    "    ahead = {0}\n"
    "    return (ahead - position - 1) % {1}\n",
    name="gaps",
    labels=("the cell of the car ahead of each car", "where the ring begins anew"),
    checks=(Property("the empty cells ahead of each car", _counts, try_next="Draw four cars."),),
    misconceptions={
        r"np\.roll\(position,\+?1\);.*": (
            "the car behind, not the car ahead",
            "`np.roll(a, 1)` shifts to the right: each car would look into its mirror.",
        ),
        r".*;(len\(position\)|position\.size|position\.shape\[0\])": (
            "cars counted instead of cells",
            "The ring begins anew after its last cell, however many cars there are.",
        ),
    },
    hints=(
        "`np.roll` shifts an array by some places, and what falls out comes in at the other end.",
        "`np.roll(position, -1)` puts the car ahead in each car's place.",
        "The gaps: `np.roll(position, -1)`, and `cells`.",
    ),
    solution="np.roll(position, -1)\ncells",
    answers={
        "untried": ["", ""],
        "wrong": ["np.roll(position, 1)", "cells"],
        "right": ["np.roll(position, -1)", "cells"],
    },
)

# -- one step of Nagel and Schreckenberg -------------------------------------------------------


CELLS, CAR_COUNT, V_MAX = 60, 24, 5
CUT = 10  # the count of cells begins anew ahead of this car


def _state(dawdle: float) -> Callable[[np.random.Generator], Arguments]:
    """Return a maker of inputs: 24 cars on 60 cells, in which each wrong idea shows.

    The last car has to brake for the first, which moves on, and the car at the cut has room.
    """

    def inputs(rng: np.random.Generator) -> Arguments:
        gap, speed = np.zeros(CAR_COUNT, dtype=int), rng.integers(0, V_MAX + 1, CAR_COUNT)
        gap[[0, CUT, -1]] = 3, 4, 1
        others = np.setdiff1d(np.arange(CAR_COUNT), [0, CUT, CAR_COUNT - 1])
        np.add.at(gap, rng.choice(others, CELLS - CAR_COUNT - gap.sum()), 1)
        speed[[0, CUT, -1]] = 3
        from_cut = np.roll(gap + 1, -CUT - 1)  # the room of each car, the one behind the cut first
        position = np.roll(np.cumsum(from_cut) - from_cut + 2, CUT + 1)  # it drives across the cut
        return position, speed, CELLS, V_MAX, dawdle

    return inputs


def _moved(
    position: np.ndarray, speed: np.ndarray, cells: int, v_max: int, gap: np.ndarray, slow: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Return position and speed after the four rules, with these gaps and dawdlers."""
    speed = np.maximum(np.minimum(np.minimum(speed + 1, v_max), gap) - slow, 0)
    return (position + speed) % cells, speed


def _right(
    position: np.ndarray, speed: np.ndarray, cells: int, v_max: int, dawdle: float, rng: Any
) -> Any:
    """Return the right step where nobody (0) or everybody (1) dawdles."""
    return _moved(position, speed, cells, v_max, _gaps(position, cells), round(dawdle))


def _one_by_one(order: int) -> Any:
    """Return a step that moves one car after the other, each seeing where the others are by now."""

    def step(position: Any, speed: Any, cells: int, v_max: int, dawdle: float, rng: Any) -> Any:
        position, speed = position.copy(), speed.copy()
        for i in range(len(position))[::order]:
            gap = (position[(i + 1) % len(position)] - position[i] - 1) % cells
            speed[i] = min(speed[i] + 1, v_max, gap)
            position[i] = (position[i] + speed[i]) % cells
        return position, speed

    return step


def _dawdle_first(
    position: np.ndarray, speed: np.ndarray, cells: int, v_max: int, dawdle: float, rng: Any
) -> Any:
    wished = np.maximum(np.minimum(speed + 1, v_max) - round(dawdle), 0)
    speed = np.minimum(wished, _gaps(position, cells))
    return (position + speed) % cells, speed


def _free_end(
    position: np.ndarray, speed: np.ndarray, cells: int, v_max: int, dawdle: float, rng: Any
) -> Any:
    gap = np.append(np.diff(position) % cells - 1, cells)  # the last car sees a free road
    return _moved(position, speed, cells, v_max, gap, round(dawdle))


def _no_ring(
    position: np.ndarray, speed: np.ndarray, cells: int, v_max: int, dawdle: float, rng: Any
) -> Any:
    gap = np.roll(position, -1) - position - 1  # below 0 where the count begins anew
    return _moved(position, speed, cells, v_max, gap, round(dawdle))


def _same(theirs: Any, wrong: Any) -> bool:
    return all(np.array_equal(np.asarray(a), b) for a, b in zip(theirs, wrong))


def _pair(answer: Any, rng: np.random.Generator) -> Finding:
    position, speed, *rest = _state(0.3)(rng)
    found = answer(position.copy(), speed.copy(), *rest, rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return position, speed`?"
    if not isinstance(found, tuple) or len(found) != 2:
        return "It must return two arrays: `return position, speed`."
    for name, value in zip(("position", "speed"), found):
        if np.shape(value) != position.shape:
            return f"{name} must have one number for each of 24 cars; got shape {np.shape(value)}."
    if np.asarray(found[0]).min() < 0 or np.asarray(found[0]).max() >= 60:
        return "A car has left the ring: its cell is not between 0 and 59. Is there a `% cells`?"
    return True


def _nobody_dawdles(answer: Any, rng: np.random.Generator) -> Finding:
    for _ in range(5):
        state = _state(0.0)(rng)
        found = answer(state[0].copy(), state[1].copy(), *state[2:], rng)
        if not _same(found, _right(*state, rng)):
            gap, off = _gaps(state[0], 60), np.asarray(found[1]) != _right(*state, rng)[1]
            if not off.any():
                return "The speeds are right, but the cars did not move by them."
            i = int(np.argmax(off))
            return (
                f"With dawdle = 0 a car with speed {state[1][i]} and {gap[i]} empty cells ahead "
                f"must get speed {min(state[1][i] + 1, 5, gap[i])}; yours got "
                f"{np.asarray(found[1])[i]}."
            )
    return True


def _all_dawdle(answer: Any, rng: np.random.Generator) -> Finding:
    for _ in range(5):
        state = _state(1.0)(rng)
        found = answer(state[0].copy(), state[1].copy(), *state[2:], rng)
        if not _same(found, _right(*state, rng)):
            return (
                "With dawdle = 1 every car must be one slower than its gap allows, never below 0."
            )
    return True


def _share(answer: Any, rng: np.random.Generator) -> Finding:
    cars, dawdle = 4_000, 0.3
    position = np.arange(cars) * 10  # all have 9 empty cells ahead
    found = answer(position, np.full(cars, 5), cars * 10, 5, dawdle, rng)
    slow = float((np.asarray(found[1]) < 5).mean())
    # The share of 4,000 independent decisions: standard error .0072; 5 σ is .036.
    return True if abs(slow - dawdle) < 0.036 else (
        f"With dawdle = 0.3 some 30 % of the cars must dawdle, each on its own; yours: {slow:.0%}."
    )  # fmt: skip


def _turned(arguments: Arguments) -> Arguments:
    position, speed, cells, v_max, dawdle = arguments
    return (position + 17) % cells, speed, cells, v_max, dawdle


def _turned_along(before: Any, after: Any) -> Finding:
    same = np.array_equal((np.asarray(before[0]) + 17) % 60, after[0])
    return same and np.array_equal(before[1], after[1])


STEP = CodeExercise(
    id="my-step",
    section="build-it",
    name="my_step",
    setup="import numpy as np",
    prompt="Write `my_step(position, speed, cells, v_max, dawdle, rng)`: one second on the ring. "
    "All cars at once: 1. one faster, up to v_max; 2. no faster than the gap; 3. with probability "
    "`dawdle` one slower, never below 0; 4. move. Return position and speed.",
    checks=(
        Property("returns a cell and a speed for each car, on the ring", _pair),
        WrongReference(
            "all cars decide before any of them moves",
            "one after the other",
            _state(0.0),
            _one_by_one(-1),
            _same,
            why="Your cars move one after the other: each already sees where the car ahead has "
            "gone. People see only where it was.",
            try_next="Compute all gaps first, then all speeds, then all places.",
        ),
        WrongReference(
            "the last car, too, looks at the ring as it was",
            "one after the other, from the front of the array",
            _state(0.0),
            _one_by_one(1),
            _same,
            why="The last car of your loop sees the first one where it has moved to already.",
            try_next="Compute all gaps before you change a position.",
        ),
        WrongReference(
            "braking comes before dawdling",
            "dawdle before braking",
            _state(1.0),
            _dawdle_first,
            _same,
            why="In your step a car that has to brake anyway never dawdles: the gap swallows it.",
            try_next="Limit by the gap first, subtract the dawdling afterwards.",
        ),
        WrongReference(
            "the last car follows the first",
            "the ring cut open",
            _state(0.0),
            _free_end,
            _same,
            why="Your last car sees a free road. On a ring it follows the first one.",
            try_next="`np.roll(position, -1)` knows the first car, too.",
        ),
        WrongReference(
            "gaps count on where the ring begins anew",
            "wrap-around forgotten",
            _state(0.0),
            _no_ring,
            _same,
            why="Where the count begins anew your gap is below zero, and that car stands still or "
            "goes backwards.",
            try_next="Take the gap `% cells`.",
        ),
        Property("right where nobody dawdles", _nobody_dawdles),
        Property("right where everybody dawdles", _all_dawdle),
        Property("each car dawdles by its own luck", _share, try_next="`rng.random(len(speed))`."),
        Metamorphic(
            "where the ring is cut does not matter",
            _state(0.3),
            _turned,
            _turned_along,
            why="The same cars 17 cells further round the ring decided otherwise.",
            try_next="Use the gaps alone, not the cells themselves.",
        ),
    ),
    hints=(
        "First all gaps, from the old positions. Then one line for each of the four rules.",
        "`np.minimum(speed + 1, v_max)`, then `np.minimum(speed, gap)`, then subtract "
        "`rng.random(len(speed)) < dawdle`.",
        "`speed = np.maximum(speed - (rng.random(len(speed)) < dawdle), 0)` and "
        "`(position + speed) % cells`.",
    ),
    answers={
        "wrong": "def my_step(position, speed, cells, v_max, dawdle, rng):\n"
        "    gap = (np.roll(position, -1) - position - 1) % cells\n"
        "    speed = np.minimum(speed + 1, v_max)\n"
        "    speed = np.maximum(speed - (rng.random(len(speed)) < dawdle), 0)\n"
        "    speed = np.minimum(speed, gap)\n"
        "    return (position + speed) % cells, speed\n",
    },
)

# -- calibrate the jam's speed -----------------------------------------------------------------

# The experiment's figure is read off a diagram, to a km/h or two; models in use miss it by more.
TOLERANCE_KMH = 2.0


def _settings(answer: Any, rng: np.random.Generator) -> Finding:
    found = answer()
    if not isinstance(found, dict) or not all(isinstance(v, (int, float)) for v in found.values()):
        return "It must return a dict of settings, such as {'acceleration_mps2': 1.2}."
    allowed = {"acceleration_mps2", "braking_mps2", "headway_s", "jam_gap_m", "vehicle_length_m"}
    unknown = sorted(set(found) - allowed)
    if unknown:
        return (
            f"Only drivers and cars may be set ({', '.join(sorted(allowed))}); got {unknown[0]!r}."
        )
    return True


def _jam_speed(answer: Any, rng: np.random.Generator) -> Finding:
    found = jam_of(int(rng.integers(2**31)), **answer())
    if found["spread_mps"] < JAM_SPREAD:
        return (
            f"There is no jam: the speeds spread by {found['spread_mps']:.2f} m/s only. What "
            f"travels at {found['jam_kmh']:.1f} km/h is a ripple that dies out."
        )
    off = found["jam_kmh"] - EXPERIMENT_JAM_KMH
    return True if abs(off) <= TOLERANCE_KMH else (
        f"The jam is there (spread {found['spread_mps']:.1f} m/s) and travels at "
        f"{found['jam_kmh']:.1f} km/h; the experiment's did at {EXPERIMENT_JAM_KMH:.0f}."
    )  # fmt: skip


CALIBRATE = CodeExercise(
    id="jam-as-measured",
    section="judge-it",
    name="my_driver",
    prompt="Change the drivers until the jam is still there and travels at "
    f"{EXPERIMENT_JAM_KMH:.0f} ± {TOLERANCE_KMH:.0f} km/h, as on Sugiyama's ring. The check runs "
    "the ring with your settings and measures.",
    checks=(
        Property("returns settings of drivers and cars", _settings),
        Property(
            "a jam that travels as fast as the measured one",
            _jam_speed,
            try_next="Try with `jam_of(acceleration_mps2=..., braking_mps2=...)` first.",
        ),
    ),
    hints=(
        "The jam moves back by one car whenever its first car drives off. Who drives off sooner?",
        "Cars that accelerate harder leave sooner, but calm the flow, too; cars that brake harder "
        "(later) stir it up again. Longer cars make each step back longer.",
        "Acceleration 1.7 m/s², braking 3 m/s², cars of 4.5 m.",
    ),
    answers={
        "wrong": "def my_driver():\n    return {'acceleration_mps2': 2.5, 'braking_mps2': 1.5}\n",
    },
)
