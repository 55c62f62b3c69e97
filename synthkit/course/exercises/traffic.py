"""Lesson 08: what it asks, and how the answers are checked."""

from __future__ import annotations

from typing import Any

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.traffic_build import CALIBRATE, GAPS, STEP
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = ("agent", "emergence", "phantom jam", "density", "flow", "space-time diagram",
         "string stability", "dawdling", "parallel update", "fundamental diagram",
         "calibration", "detector", "floating car")  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

_DENSITY = Choice(
    id="when-does-it-jam",
    section="predict",
    prompt="A ring of 230 m without lights or junctions. At how many cars does a jam appear by "
    "itself?",
    options=(
        Option(
            "At about 10: 23 m of road for each",
            "With so much room a driver who brakes a little is caught up by nobody.",
            "any meeting of cars makes a jam",
            "Turn the knob to 10 and look for a dark stripe.",
        ),
        Option(
            "At about 20: 11 m of road for each",
            "All could still drive evenly, and none of them does anything wrong. Yet each small "
            "slowing grows from car to car.",
        ),
        Option(
            "At about 35: bumper to bumper",
            "Long before. There is room enough for an even flow with 20 cars; it just doesn't "
            "last.",
            "a jam is a lack of room",
            "Look at the column 'if all drove evenly' of the table below.",
        ),
        Option(
            "At none: somebody has to make a mistake first",
            "Nobody does, and nobody even dawdles here. Differences of a tenth of a gap at the "
            "start are enough.",
            "every jam has a culprit",
            "Watch the first minutes: who brakes hard?",
        ),
    ),
    answers={"untried": None, "wrong": 3, "right": 1},
)

PREDICTIONS = (Prediction(_DENSITY),)


def option_text(index: Any) -> str:
    """Return the words of a predicted option, for the player; '' where nothing was chosen."""
    options = _DENSITY.options
    return options[index].text if isinstance(index, int) and 0 <= index < len(options) else ""


RIGHT_TEXT = option_text(_DENSITY.right)

# -- explain ----------------------------------------------------------------------------------

_WHY = Choice(
    id="where-does-it-come-from",
    section="explain",
    prompt="No light, no bend, no accident: what makes the jam of 22 cars?",
    options=(
        Option(
            "One bad driver who brakes too hard.",
            "All 22 follow the very same rule. Whoever was first is a matter of a few centimetres.",
            "a jam needs a culprit",
            "Change the seed: the jam starts elsewhere.",
        ),
        Option(
            "There are more cars than the road can carry.",
            "Evenly driven, the same cars would carry far more an hour than they do in the jam.",
            "too many cars for the road",
            "Compare the two columns of flow.",
        ),
        Option(
            "Each driver has to brake a bit more than the one ahead did.",
            "It takes time to react and to change speed. When it gets close, every car passes on "
            "a little more than it got, round the ring and again.",
        ),
        Option(
            "The program rounds its numbers, and errors add up.",
            "Smaller time steps give the same jam. With 14 cars the same errors vanish.",
            "an artefact of the computer",
            "Which wave grows, and which dies, is in the theory's column.",
        ),
    ),
    hints=(
        "Think of a row of cars. The first one slows by 1 km/h. What does the tenth do?",
        "Below a certain density it slows by less than that, above it by more.",
        "Each one passes on more than it got.",
    ),
    solution="C: each driver brakes a bit more than the one ahead.",
    answers={"untried": None, "wrong": 0, "right": 2},
)

_BACKWARDS = Sentence(
    id="why-backwards",
    section="explain",
    prompt="One sentence: all cars drive forwards. Why does the jam travel backwards?",
    expert="Cars leave it at its front, one after the other, and others join at its end, so its "
    "place moves against the traffic: a jam is a wave, not a group of cars.",
    hints=(
        "Follow the marked car: how long does it stay in the jam?",
        "What happens at the front of the jam, and what at its end?",
        "Cars leave at the front and join at the end.",
    ),
    solution="Cars leave it at its front and join it at its end.",
    answers={
        "untried": "",
        "wrong": "Physics",
        "right": "Because cars leave at the front while others join at the end of the queue",
    },
)

# -- break and repair -------------------------------------------------------------------------

_DAWDLE = break_and_repair(
    "perfect-drivers",
    "traffic.deterministic_driver",
    "Turn the dial until the traffic has no jam and no variety any more, then bring them back.",
    (
        "What do people do now and then that machines don't?",
        "They brake for nothing. Take that away from them.",
        "Dial to 0 (broken), then to 0.25 (healed).",
    ),
    {"wrong": (0.0,), "right": (0.0, 0.25)},
)
_TWO_RULES = break_and_repair(
    "one-curve-two-rules",
    "traffic.one_curve_two_rules",
    "Observe so few cars that two different rules look the same, then observe until they part.",
    (
        "On which rings do all cars drive evenly?",
        "On the emptier ones: there only the equilibrium shows, and the two rules share it.",
        "Dial to 10 (broken), then to 22 (healed).",
    ),
    {"wrong": (10,), "right": (10, 22)},
)

# -- judge ------------------------------------------------------------------------------------

_DETECTORS = Choice(
    id="what-detectors-miss",
    section="judge-it",
    prompt="Flow divided by speed at the detectors gives far fewer cars per kilometre than there "
    "are on the ring. Why?",
    options=(
        Option(
            "Detectors miss some of the cars that pass.",
            "These count every bumper that passes.",
            "a bias is a faulty sensor",
            "Count the passes of one car by hand.",
        ),
        Option(
            "They ask only cars that pass, and those in the jam hardly do.",
            "A detector's mean speed is one of passing cars: fast cars pass often, standing ones "
            "never. A photograph of the road asks all of them alike.",
        ),
        Option(
            "A minute is too short: longer intervals would settle it.",
            "The mean over any number of minutes is off in the same way.",
            "a bias goes away with more data",
            "Average over all rows: that is what the figure above is.",
        ),
    ),
    hints=(
        "How often does a car that stands pass a detector?",
        "Whose speeds stand in the table, then?",
        "Those of cars that pass: the fast ones.",
    ),
    solution="B: standing cars don't pass.",
    answers={"untried": None, "wrong": 2, "right": 1},
)

EXERCISES = (_WHY, _BACKWARDS, GAPS, STEP, _DAWDLE, _TWO_RULES, CALIBRATE, _DETECTORS)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-emergence",
        section="when-to-use",
        prompt="A simulated city has jams although no line of its program mentions one. What is "
        "that?",
        options=(
            Option(
                "A bug: what nobody wrote can't be right",
                "It comes out of what was written, and can be compared with real roads.",
                "only what is written can happen",
                "Where was the jam in the rule of four lines?",
            ),
            Option("Emergence: the rule is about cars, the jam about many of them", "As in life."),
            Option(
                "Randomness: some runs jam by chance",
                "The ring of 22 jams on each seed, even where nobody dawdles.",
                "what surprises is chance",
                "Which of the two models had no chance in it?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-curve",
        section="when-to-use",
        prompt="Two models fit all counts of a quiet motorway. May one of them plan its evening "
        "rush?",
        options=(
            Option(
                "Yes: they agree with all the data",
                "With all quiet data. Where the road gets dense they may part.",
                "agreeing so far is agreeing",
                "Where did the two curves leave each other?",
            ),
            Option("Not before one has seen dense traffic, or single cars", "There they differ."),
            Option(
                "Yes, the one with fewer parameters",
                "Few parameters can be wrong, too.",
                "simple means true",
                "Which of the two rules is the simpler one?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-parallel",
        section="when-to-use",
        prompt="In your step all cars look first, and move afterwards. What if they moved one by "
        "one, the foremost first?",
        options=(
            Option(
                "Nothing: the step is short",
                "Each car would know what the one ahead is about to do, a second too early.",
                "order doesn't matter in small steps",
                "What did the check say about loops?",
            ),
            Option("They would react without a delay, and jam less", "The delay makes the jam."),
            Option(
                "They would collide",
                "They would be safer than people, and that is what is wrong.",
                "order matters for safety only",
                "Can a car move further than its gap?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
