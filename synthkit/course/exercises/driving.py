"""Lesson 07: what it asks, and how the answers are checked."""

from __future__ import annotations

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.checks import Result
from synthkit.course.exercises.driving_build import RUNGE_KUTTA, STOP
from synthkit.course.predict import Prediction, factor_off
from synthkit.course.questions import Choice, Draw, Option, Sentence
from synthkit.course.runs.driving import SPEED_KMH, straight_stop
from synthkit.techniques.car.tyres import ROADS

TERMS = ("simulator", "friction", "slip", "friction circle", "Runge-Kutta step", "energy balance",
         "calibrated range", "corner case", "oversampling", "coast-down")  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

STOPS_M = tuple(straight_stop(road) for road in ROADS)
_DRY = round(STOPS_M[0], 1)


def judge_stops(heights: list[float]) -> Result:
    """Judge the drawn stops by the one on ice."""
    said, measured = heights[-1], STOPS_M[-1]
    words = f"You let the car stop on ice after {said:.0f} m."
    if measured / 1.4 < said < measured * 1.4:
        return Result("right", f"{words} That is about where it stops.")
    if said < measured / 4:
        name = "ice is like a wet road"
    else:
        name = "too hopeful" if said < measured else "too gloomy"
    return Result("wrong", words, "Watch the run, then read off where it stands.", name)


def score_stops(heights: list[float]) -> str:
    """Compare all drawn stops with what mechanics says."""
    factor = factor_off(heights[1:], STOPS_M[1:])
    return (
        f"On ice you said {heights[-1]:.0f} m, straight ahead it is {STOPS_M[-1]:.0f} m; over "
        f"wet, snow and ice you are off by a factor of {factor:.1f} in the mean."
    )


PREDICTIONS = (
    Prediction(
        Draw(
            id="where-does-it-stop",
            section="predict",
            prompt=f"At {SPEED_KMH} km/h the driver of an old car, without ABS, pushes the brake "
            f"all the way down. On a dry road it stands after {_DRY} m. How far does it go in the "
            "wet, on snow, on ice?\n\n"
            "Drag the three points, or move to one with Tab and use the arrow keys. The axis "
            "multiplies.",
            x=tuple(float(k) for k in range(len(ROADS))),
            x_names=ROADS,
            start=(_DRY,) * len(ROADS),
            y_range=(1.0, 500.0),
            x_label="road",
            y_label="metres to a stand",
            judge=judge_stops,
            answers={
                "untried": None,
                "wrong": [_DRY, 6.0, 8.0, 12.0],
                "right": [float(stop) for stop in STOPS_M],
            },
        )
    ),
)

# -- explain ----------------------------------------------------------------------------------

_STEER = Choice(
    id="why-it-left-the-bend",
    section="explain",
    prompt="On ice the wheels were turned into the bend all the time. Why did the car go on nearly "
    "straight?",
    options=(
        Option(
            "Because it was too heavy for the bend.",
            "Mass cancels out: a heavier car needs more force for the bend, and its tyres hold "
            "just as much more.",
            "heavy cars skid first",
            "Look for m in the limit: it stands on both sides.",
        ),
        Option(
            "Because braking and turning come out of one small circle, and the brake took it.",
            "The pedal asked for far more than the road can give. What is left for the side is the "
            "wish's share of it: next to nothing.",
        ),
        Option(
            "Because sideways friction is smaller than lengthways friction.",
            "The limit is a circle: as much to the side as along. But it is one limit for both.",
            "two separate limits",
            "Look at the friction circle before the brake was pressed.",
        ),
        Option(
            "Because at that speed no road could have held it.",
            "On a dry road the same bend used a small part of the circle.",
            "speed alone decides",
            "Turn the knob to dry and look at the circle.",
        ),
    ),
    hints=(
        "Look at the friction circle: where does the point lie while the car turns, and where once "
        "it brakes?",
        "It wanders from the left of the circle to its bottom. What is then left for the side?",
        "One circle for both wishes, and the brake's wish is the larger one.",
    ),
    solution="B: one circle, and the brake took it.",
    answers={"untried": None, "wrong": 2, "right": 1},
)

_WORDS = Sentence(
    id="why-labels-are-free",
    section="explain",
    prompt="One sentence: why does a label 'skid: yes' cost nothing here, and what does it rest "
    "on?",
    expert="The program made the skid, so it knows of it; but the label is only as true as the "
    "friction, the driver and the sensors that somebody put into the program.",
    hints=(
        "Who decides in the simulator whether the tyres slide?",
        "A line of code does, before any sensor reads anything. Where do its numbers come from?",
        "The program knows, because it did it; it rests on its friction.",
    ),
    solution="The program did it, so it knows; it rests on the model.",
    answers={
        "untried": "",
        "wrong": "It is free",
        "right": "The program makes the skid itself and so it knows the label",
    },
)

# -- break and repair -------------------------------------------------------------------------

_FRICTION = break_and_repair(
    "leave-the-calibrated-range",
    "car.wrong_friction",
    "Turn the dial until the stopping distances are right on the road that was measured and wrong "
    "on the others; then heal it.",
    (
        "On how many roads must friction be measured, so that one fits perfectly?",
        "On one. And so that all four fit?",
        "Dial to 1 (broken), then to 4 (healed).",
    ),
    {"wrong": (1,), "right": (1, 4)},
)
_STEP = break_and_repair(
    "make-energy-from-nothing",
    "car.step_too_large",
    "Turn the dial until the car has more energy than its engine gave, then heal it.",
    (
        "When does the force at the beginning of a step stand for the whole step badly?",
        "When the step is long. Make it longer.",
        "Dial to 4 s (broken), then to 0.1 s (healed).",
    ),
    {"wrong": (4.0,), "right": (4.0, 0.1)},
)

# -- judge ------------------------------------------------------------------------------------

_DETECTOR = Choice(
    id="what-made-it-find-them",
    section="judge-it",
    prompt="Which of the four recipes is to be trusted with a skid on black ice, and why?",
    options=(
        Option(
            "'As in nature' with slip: its best seed finds nearly all.",
            "Its worst seed finds none: whether a rare event is among a few trips is luck.",
            "the best run is the method",
            "Look at the column of the worst seed.",
        ),
        Option(
            "Oversampled, sensors alone: more examples are enough.",
            "It saw as many skids as the last recipe, and finds fewer: the sign of a skid lies "
            "between two sensors, and trees cut one at a time.",
            "more rows replace the right feature",
            "Compare both oversampled recipes.",
        ),
        Option(
            "Oversampled, with slip: examples to learn from, and a feature that shows them.",
            "Both were needed. And all of it is measured on trips of the same simulator: a "
            "real road has to confirm it.",
        ),
    ),
    hints=(
        "Look at the worst seed of each recipe.",
        "One recipe has rare events and the feature that physics suggests.",
        "The last one.",
    ),
    solution="C: oversampled, with slip.",
    answers={"untried": None, "wrong": 0, "right": 2},
)

_COST = Choice(
    id="what-the-price-leaves-out",
    section="judge-it",
    prompt="The table multiplies rows by a price. Which cost of the synthetic labels is not in it?",
    options=(
        Option(
            "The labels' mistakes: the program gets some of them wrong.",
            "In its own world the program makes none: what it calls a skid is one there.",
            "free labels are noisy labels",
            "Who made the skid?",
        ),
        Option(
            "Finding out whether a road's skids look like the program's.",
            "It takes real records with labels, fewer of them, but never none. A detector that "
            "was tested on its own simulator has not been tested on a road.",
        ),
        Option(
            "The time it takes to drive the trips.",
            "The program drives them, in seconds; for the other line it is the larger part.",
            "simulated time costs real time",
            "How long did the table of detectors take?",
        ),
    ),
    hints=(
        "On whose trips were all detectors tested?",
        "On the simulator's. What has to be done before anyone relies on it?",
        "A test on real records.",
    ),
    solution="B: the test on real roads.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

EXERCISES = (_STEER, _WORDS, RUNGE_KUTTA, STOP, _FRICTION, _STEP, _DETECTOR, _COST)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-twice-as-fast",
        section="when-to-use",
        prompt="A car at 60 instead of 30 km/h, same road, same brake. How much longer is its way "
        "to a stand?",
        options=(
            Option(
                "Twice as long",
                "It needs twice the time, and is twice as fast in the mean.",
                "way grows with speed",
                "Which power of v stands in v²/2μg?",
            ),
            Option("Four times as long", "The way grows with the square of the speed."),
            Option(
                "As long as before: friction decides",
                "Friction decides how hard it is slowed; there is more to be slowed.",
                "friction alone decides",
                "What is taken away along the way?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-outside",
        section="when-to-use",
        prompt="A model of braking fits all records of dry roads to a per cent. What does that say "
        "about snow?",
        options=(
            Option(
                "That it is right there to a few per cent",
                "The fit never saw snow, and friction there is a different number.",
                "a good fit is good everywhere",
                "What did the dial of calibrated roads show?",
            ),
            Option("Nothing", "A fit speaks of the range that it was made on."),
            Option(
                "That it is wrong there by the same per cent",
                "It can be wrong by any amount: on ice by far more.",
                "errors carry over",
                "Compare the roads at the broken end of the dial.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-rare",
        section="when-to-use",
        prompt="In half of the training trips something rare happens, in nature in one of fifty. "
        "What keeps the rates right?",
        options=(
            Option(
                "Each row's importance weight",
                "Natural probability over the one used: weighted means are those of nature.",
            ),
            Option(
                "Throwing away rare trips afterwards",
                "Then they were made for nothing.",
                "oversampling has to be undone",
                "What does the column `weight` hold?",
            ),
            Option(
                "Nothing can: the rates are spoilt",
                "They are known exactly, since the program chose them.",
                "a biased sample is lost",
                "Which two probabilities does the program know?",
            ),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
)
