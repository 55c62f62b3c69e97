"""Lesson 04: what it asks, and how the answers are checked."""

from __future__ import annotations

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.checks import Result
from synthkit.course.exercises.perturbation_build import COIN, MEAN
from synthkit.course.predict import Prediction, log_slope
from synthkit.course.questions import Choice, Draw, Option, OrderLines, Sentence
from synthkit.course.runs.perturbation import ASKED, START
from synthkit.techniques.perturbation.failure_modes import PRESSURE_BOUNDS
from synthkit.techniques.perturbation.group_means import expected_error

TERMS = (
    "perturbation", "differential privacy", "epsilon", "clipping", "sensitivity", "Laplace noise",
    "privacy budget", "randomised response", "post-processing", "low bits", "re-linking",
    "Mahalanobis distance", "microaggregation", "privacy ledger",
)  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

_FIRST_ERROR = round(expected_error(ASKED[0], PRESSURE_BOUNDS, START), 2)
_TIMES_SMALLER = tuple(ASKED[0] / size for size in ASKED)


def _judge_line(heights: list[float]) -> Result:
    """Score the drawn line by its exponent: noise divided by n grows like 1/n."""
    slope = log_slope(_TIMES_SMALLER, heights)
    factor = heights[-1] / heights[0]
    said = f"You drew an error that is {factor:.1f} times as large for {ASKED[-1]} people as for "
    said += f"{ASKED[0]}."
    if 0.75 <= slope <= 1.35:
        return Result("right", f"{said} The noise is the same, and {ASKED[-1]} people share it.")
    if slope > 1.35:
        name = "too gloomy"
    elif slope > 0.65:
        name = "a little too hopeful"
    elif slope > 0.3:
        name = "the square root of lesson 01"
    else:
        name = "the same noise, the same error"
    return Result("wrong", said, "Watch the run, then read off the true factor.", name)


PREDICTIONS = (
    Prediction(
        Draw(
            id="group-error",
            section="predict",
            prompt=f"At ε = {START:g} the published mean of the largest group, {ASKED[0]} people, "
            f"is off by about {_FIRST_ERROR} mmHg. By how much are the means of "
            f"{', '.join(str(size) for size in ASKED[1:-1])} and {ASKED[-1]} people off?\n\n"
            "Drag the three points, or move to one with Tab and use the arrow keys. "
            "The axis of the errors multiplies: 10 is as far from 1 as 1 is from 0.1.",
            x=_TIMES_SMALLER,
            x_names=tuple(str(size) for size in ASKED),
            start=(_FIRST_ERROR,) * len(ASKED),
            y_range=(0.1, 40.0),
            x_label="people in the group (fewer to the right)",
            y_label="typical error of the mean, mmHg",
            judge=_judge_line,
            answers={
                "untried": None,
                "wrong": [_FIRST_ERROR * ratio**0.5 for ratio in _TIMES_SMALLER],
                "right": [_FIRST_ERROR * ratio for ratio in _TIMES_SMALLER],
            },
        )
    ),
)

# -- explain ----------------------------------------------------------------------------------

_PROMISE = Choice(
    id="what-epsilon-says",
    section="explain",
    prompt="A figure is published at ε = 1. What does that promise to one patient?",
    options=(
        Option(
            "Nobody can learn anything about them from it.",
            "If it shows that most patients over 70 have high pressure, everybody guesses so of "
            "this one too, whether they took part or not. That is what figures are for.",
            "private means that nothing is learned",
            "What would be known had this patient stayed at home?",
        ),
        Option(
            "Their own value is changed by about 1.",
            "No value is changed at all: the noise goes on the answer, and its size depends on the "
            "question as well.",
            "epsilon is the size of the noise",
            "Read the equation once more: where does ε stand?",
        ),
        Option(
            "Anything published is at most e ≈ 2.7 times as likely with them as without.",
            "So whoever reads it can hardly tell whether they took part, whatever else is known. "
            "Two such figures multiply to e²: budgets add up.",
        ),
        Option(
            "They are found with a probability of 1 %.",
            "ε is no probability. It says by which factor probabilities may differ, and it can be "
            "larger than 1.",
            "epsilon is a probability",
            "What would ε = 10 mean, then?",
        ),
    ),
    hints=(
        "The promise compares two worlds. Which two?",
        "In one of them the patient took part. What may differ, and by how much?",
        "Probabilities of whatever is published, by the factor e to the power of ε.",
    ),
    solution="C: each outcome is at most e^ε times as likely in one world as in the other.",
    answers={"untried": None, "wrong": 1, "right": 2},
)

_WORDS = Sentence(
    id="why-the-small-suffer",
    section="explain",
    prompt="One sentence: in lesson 01 errors grew like 1/√n. Why like 1/n here?",
    expert="The noise on the sum must hide one person and so is equally large for every group; "
    "dividing by n people turns it into noise/n, whereas chance in a sample grows with the sum "
    "itself, like √n, before it is divided by n.",
    hints=(
        "A mean is a sum divided by n. Which noise is put on the sum?",
        "It hides one person. Does it know how many others there are?",
        "Fixed noise divided by n; in lesson 01 the noise of a sum was √n, divided by n.",
    ),
    solution="The same noise is put on every sum, and a small group divides it by few people.",
    answers={
        "untried": "",
        "wrong": "Fewer people there",
        "right": "The noise is fixed and divided by the number of people",
    },
)

# -- build ------------------------------------------------------------------------------------

_STEPS = (
    "Agree on the bounds and the groups, without looking at the table",
    "Enter the release in the ledger; stop here if the budget is spent",
    "Move every value into the bounds",
    "Sum up, and add noise that hides one person",
    "Round, clip and draw the figure as you like",
)

_ORDER = OrderLines(
    id="release-in-order",
    section="build-it",
    prompt="Put the five steps of a private release in order; leave out the one that spoils it.",
    lines=_STEPS,
    distractors={
        "Look up the largest value, so that the bounds fit": "The largest value belongs to one "
        "person, and bounds that fit it publish it."
    },
    needs={
        1: "what a release costs is known once the question is fixed",
        2: "the bounds must be agreed on, and the release paid for, before the table is touched",
        3: "one person moves a sum by a known amount only when the values are in the bounds",
        4: "only what has been noised may be worked on freely",
    },
    hints=(
        "Two steps come before anybody touches the table.",
        "Bounds, ledger, then clip, noise, and last what costs nothing.",
        "What is done to noisy numbers costs no privacy: it can stand at the end.",
    ),
    solution="\n".join(f"{i}. {step}" for i, step in enumerate(_STEPS, 1)),
    answers={
        "untried": None,
        "wrong": [_STEPS[2], *_STEPS[:2], *_STEPS[3:]],
        "right": list(_STEPS),
    },
)

_LEDGER = Choice(
    id="after-the-overdraft",
    section="build-it",
    prompt="The last release was refused. What stands in the ledger now, and what was published?",
    options=(
        Option(
            "Everything asked for, a little over the budget",
            "The total above says otherwise: what would overdraw it was never entered.",
            "a budget is a suggestion",
            "Compare the total with the budget.",
        ),
        Option(
            "What was paid before; nothing of the refused release",
            "The ledger is asked before any noise is drawn, so there is nothing to take back.",
        ),
        Option(
            "As much of it as the rest of the budget covered",
            "Half a release is one too: it would have cost what it showed.",
            "the rest is spent on a part",
            "How many rows has the table before and after?",
        ),
        Option(
            "Nothing: it starts again from zero",
            "What has been published stays published, and its cost with it.",
            "a budget comes back",
            "Could the readers forget the earlier figures?",
        ),
    ),
    hints=(
        "Look at the rows of the table and at the sentence of the error.",
        "It says what was spent before, and what was released.",
        "'Nothing was released.'",
    ),
    solution="B: the ledger stays as it was before, and nothing of the refused release was made.",
    answers={"untried": None, "wrong": 2, "right": 1},
)

# -- look inside ------------------------------------------------------------------------------

_LOW_BITS = Choice(
    id="repair-the-low-bits",
    section="look-inside",
    prompt="The noise has the right size, and yet its last digits betray the secret. What helps?",
    options=(
        Option(
            "More noise",
            "Its size was never the fault: the finest digits betray zero at any scale.",
            "more noise hides everything",
            "What would change in `y·2⁵³` if the scale were ten times larger?",
        ),
        Option(
            "A better random generator",
            "The best generator there is gets rounded in the same way once a float is added to it.",
            "it is the generator's fault",
            "Which operation lost the digits: the draw, or the sum?",
        ),
        Option(
            "Noise on a grid: whole numbers, or floats of one fixed step",
            "On a grid both secrets reach the same points. OpenDP draws so, with the system's own "
            "randomness; the kit uses it where it is installed.",
        ),
        Option(
            "Keeping the seed secret",
            "The attack used no seed, only the number that was published.",
            "a secret seed is enough",
            "What did the attacker look at?",
        ),
    ),
    hints=(
        "1 + noise is rounded to the digits that a number near 1 can have. 0 + noise is not.",
        "Which noise has no digits finer than those of the result?",
        "Noise that only ever moves in steps of one fixed size.",
    ),
    solution="C: draw on a grid, as OpenDP does; then no number gives away where it came from.",
    answers={"untried": None, "wrong": 0, "right": 2},
)

# -- break and repair -------------------------------------------------------------------------

_SMALL = break_and_repair(
    "lose-the-small-group",
    "perturbation.small_group_lost",
    "Turn the dial until the mean of the smallest group is lost, then bring it back.",
    (
        "Which way is more private, and what does that do to the noise?",
        "Smaller and smaller ε. Watch the dots of the smallest group fill the whole picture.",
        "Dial to 0.1 (broken), then to 3 (healed).",
    ),
    {"wrong": (0.1,), "right": (0.1, 3.0)},
)
_FLAT = break_and_repair(
    "flatten-the-correlations",
    "perturbation.flattened_correlations",
    "Turn the dial until the correlations are flattened, then find noise that keeps them.",
    (
        "What happens to a relation when each column gets noise of its own?",
        "At c = 1 half of every correlation is gone. The last stop has as much noise, in another "
        "shape.",
        "Dial to 1 (broken), then to 'kim' (healed).",
    ),
    {"wrong": (1.0,), "right": (1.0, "kim")},
)
_KIM = break_and_repair(
    "see-through-kim",
    "perturbation.kim_false_safety",
    "Kim's noise kept the correlations. Find a noise ratio at which the attack finds almost "
    "everybody, then one at which it finds few.",
    (
        "The grey line is the usual check. Which line would an attacker choose?",
        "A small c: the noise is tiny in the directions in which the data is narrow.",
        "Dial to 0.1 (broken), then to 4 (healed).",
    ),
    {"wrong": (0.05,), "right": (0.05, 4.0)},
    section="judge-it",
)

EXERCISES = (
    _PROMISE, _WORDS, COIN, _ORDER, MEAN, _LEDGER, _LOW_BITS, _SMALL, _FLAT, _KIM,
)  # fmt: skip

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-who-suffers",
        section="when-to-use",
        prompt="A group has a tenth of the people. How large is the error of its private mean?",
        options=(
            Option(
                "The same: the noise is the same",
                "On the sum it is. The mean divides it by a tenth of the people.",
                "the same noise, the same error",
                "Divide the noise by n.",
            ),
            Option(
                "About three times as large",
                "That is √10, the law of sampling. Noise that hides one person doesn't shrink so.",
                "the square root of lesson 01",
                "Look at your prediction's picture once more.",
            ),
            Option("Ten times as large", "Fixed noise, divided by a tenth of the people."),
        ),
        answers={"untried": None, "wrong": 1, "right": 2},
    ),
    Choice(
        id="recall-budget",
        section="when-to-use",
        prompt="You publish four figures about the same people at ε = 0.5 each. What did they pay?",
        options=(
            Option("2, by adding up; perhaps less, with a sharper accountant", "Budgets add up."),
            Option(
                "0.5: each figure keeps to it",
                "Each for itself. Whoever reads all four knows more than from one.",
                "each release stands alone",
                "Multiply the factor e^0.5 four times.",
            ),
            Option(
                "0.125: the noise averages out",
                "Averaging helps whoever wants to take the noise off: it costs privacy.",
                "more noise, more privacy",
                "Who gains from the mean of four noisy answers?",
            ),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
    Choice(
        id="recall-kim",
        section="when-to-use",
        prompt="A release looks safe by Euclidean distance to the originals. What follows?",
        options=(
            Option(
                "It is safe: nobody is near",
                "Near in which metric? In the metric of the data almost everybody was found.",
                "one distance is all distances",
                "Remember the two lines of Kim's noise.",
            ),
            Option(
                "It has to be tried with the attacker's best metric",
                "A check tells what it tried, and no more.",
            ),
            Option(
                "It is private in the sense of ε",
                "ε is a property of how a figure was made, never of how it looks.",
                "a measured distance is a proof",
                "Which ledger would you enter it in?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
