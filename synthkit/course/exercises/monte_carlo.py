"""Lesson 01: what it asks, and how the answers are checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.checks import Finding, Property, Result
from synthkit.course.exercises.monte_carlo_copula import COPULA
from synthkit.course.predict import Prediction, log_slope
from synthkit.course.questions import Blanks, Choice, Draw, Option, OrderLines, Sentence
from synthkit.course.runs.monte_carlo import DART_COUNTS
from synthkit.techniques.monte_carlo_estimates import pi_error

TERMS = (
    "Monte Carlo", "estimate", "error", "RMSE", "log-log plot", "marginal", "joint distribution",
    "correlation", "rank", "quantile", "normal score", "copula", "Cholesky factor", "rare event",
    "importance sampling", "weight", "held-out rows", "noise band", "column shapes", "pair trends",
    "C2ST",
)  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

_FIRST_ERROR = float(pi_error(DART_COUNTS[0]))


def _judge_line(heights: list[float]) -> Result:
    """Score the drawn line by its exponent: 1/√n has −1/2."""
    slope = log_slope(DART_COUNTS, heights)
    factor = 4.0**-slope
    said = f"You drew an error that is divided by {factor:.1f} each time the darts are × 4."
    if -0.6 <= slope <= -0.4:
        return Result("right", f"{said} That is the law of the square root.")
    if slope < -0.8:
        name = "four times the darts, a quarter of the error"
    elif slope > -0.2:
        name = "more darts hardly help"
    else:
        name = "too hopeful" if slope < -0.5 else "too gloomy"
    return Result("wrong", said, "Watch the run, then read off the true factor.", name)


PREDICTIONS = (
    Prediction(
        Draw(
            id="error-line",
            section="predict",
            prompt=f"With {DART_COUNTS[0]} darts the typical error of π is about "
            f"{_FIRST_ERROR:.2f}. How big is it with 4, 16 and 64 times as many?\n\n"
            "Drag the three points, or move to one with Tab and use the arrow keys. "
            "Both axes multiply: each step to the right is × 4.",
            x=DART_COUNTS,
            x_names=tuple(f"{count:,}" for count in DART_COUNTS),
            start=(round(_FIRST_ERROR, 3),) * len(DART_COUNTS),
            y_range=(0.001, 0.5),
            x_label="darts (each step × 4)",
            y_label="typical error of π",
            judge=_judge_line,
            answers={
                "untried": None,
                "wrong": [float(_FIRST_ERROR / 4**i) for i in range(4)],
                "right": [float(_FIRST_ERROR / 2**i) for i in range(4)],
            },
        )
    ),
)

# -- explain ----------------------------------------------------------------------------------

_WHY = Choice(
    id="why-root-n",
    section="explain",
    prompt="Your estimate is good to one digit. About how many times as many darts buy one more?",
    options=(
        Option(
            "2 times: each doubling halves the error.",
            "Doubling divides the error by √2, about 1.4. In the run, four times the darts "
            "halved it.",
            "twice the draws, half the error",
            "Read the error at 100 darts and at 400 off the picture.",
        ),
        Option(
            "10 times: ten times the work, a tenth of the error.",
            "That would be an error of 1/n. Ten times the darts divide it by √10, about 3.2.",
            "the error falls like 1/n",
            "How much smaller is the error at 1,600 darts than at 100?",
        ),
        Option(
            "100 times: the error falls like 1/√n.",
            "A tenth of the error needs 10² times the draws: one digit costs a hundredfold.",
        ),
        Option(
            "It cannot be bought: chance stays chance.",
            "Single darts stay unpredictable, but their mean does not: hits and misses even out.",
            "randomness never averages out",
            "Follow the error to the right end of the picture.",
        ),
    ),
    hints=(
        "Write the error as c/√n. You want it ten times smaller.",
        "√n must become ten times larger. What does n become?",
        "√(100 n) = 10 √n.",
    ),
    solution="C: 100 times. error = c/√n, so a tenth of the error takes 10² = 100 times n.",
    answers={"untried": None, "wrong": 1, "right": 2},
)

_WORDS = Sentence(
    id="in-your-words",
    section="explain",
    prompt="One sentence: why does the error shrink at all, if each dart is pure chance?",
    expert="Each dart errs to one side or the other at random, so in the mean of n darts most of "
    "it cancels; what does not cancel grows only like √n in the sum, hence like 1/√n in the mean.",
    hints=(
        "Think of the sum of n coin tosses, +1 or −1. How far from 0 does it get?",
        "Far less far than n, because steps to both sides cancel: about √n.",
        "The mean is the sum divided by n: √n / n = 1/√n.",
    ),
    solution="Independent errors cancel: their sum grows like √n, so their mean shrinks like 1/√n.",
    answers={
        "untried": "",
        "wrong": "It just does",
        "right": "Random errors to both sides cancel in the mean",
    },
)

# -- build ------------------------------------------------------------------------------------

_STEPS = (
    "Replace each value by its rank in its column, between 0 and 1",
    "Turn the ranks into normal scores",
    "Measure the correlation matrix R of the scores",
    "Draw new normal rows that have the correlation R",
    "Turn each drawn normal into a rank, by the normal's distribution function",
    "Look up, in each real column, the value that has this rank",
)

_ORDER = OrderLines(
    id="copula-in-order",
    section="build-it",
    prompt="Put the six steps of a Gaussian copula in order, and leave out the one that spoils it.",
    lines=_STEPS,
    distractors={
        "Shuffle each column by itself": "Shuffling keeps every column perfect and destroys what "
        "ties them together: that is independence again."
    },
    needs={
        1: "normal scores are made of ranks",
        2: "the matrix is measured on the scores, not on the raw values",
        3: "to draw with the correlation R you must have measured R",
        4: "it needs the drawn normals",
        5: "it needs ranks for the new rows",
    },
    hints=(
        "There and back: three steps take the table apart, three put new rows together.",
        "Values → ranks → normal scores → R. Then the same road backwards.",
        "The last step is the only one that looks at real values again.",
    ),
    solution="\n".join(f"{i}. {step}" for i, step in enumerate(_STEPS, 1)),
    answers={
        "untried": None,
        "wrong": [_STEPS[1], _STEPS[0], *_STEPS[2:]],
        "right": list(_STEPS),
    },
)


def _tail_is_right(tail: Any, rng: np.random.Generator) -> Finding:
    t, n = 1.0, 20_000
    estimate, _ = tail(t, n, rng)
    truth = stats.norm.sf(t)
    off = abs(float(estimate) - truth) / np.sqrt(truth * (1 - truth) / n)
    # A share of n draws has this standard error; six of them are missed once in 10^9 runs.
    return True if off < 6 else f"P(Z > {t:g}) is {truth:.4f}; yours came to {estimate:.4g}."


def _tail_error_is_right(tail: Any, rng: np.random.Generator) -> Finding:
    t, n = 1.0, 20_000
    _, error = tail(t, n, rng)
    truth = stats.norm.sf(t)
    wanted = np.sqrt(truth * (1 - truth) / n)
    # √(p̂(1 − p̂)/n) differs from it by less than 4 % when p̂ is within six standard errors of p.
    near = abs(float(error) / wanted - 1) < 0.04
    return True if near else f"Over many runs the estimate spreads by {wanted:.5f}; yours says " \
        f"{float(error):.4g}."  # fmt: skip


_BLANKS = Blanks(
    id="tail-estimate",
    section="build-it",
    prompt="Fill two gaps: estimate P(Z > t) from n draws, and say how sure you are.",
    template="def tail(t, n, rng):\n    z = rng.standard_normal(n)\n    estimate = {0}\n"
    "    error = {1}\n    return estimate, error\n",
    name="tail",
    labels=("share of the draws beyond t", "its standard error"),
    checks=(
        Property(
            "the estimate is right within its sampling error",
            _tail_is_right,
            try_next="The mean of True and False is the share of True.",
        ),
        Property(
            "the standard error is the one that many runs show",
            _tail_error_is_right,
            try_next="A share p of n draws has the variance p(1 − p)/n.",
        ),
    ),
    misconceptions={
        r"(np\.sum\(z>t\)|\(z>t\)\.sum\(\)|sum\(z>t\));.*": (
            "a count is no share",
            "That counts the draws beyond t. A probability is their share of all n.",
        ),
        r".*;(np\.std\(.*\)|\(?z>t\)?\.std\(\)|z\.std\(\))": (
            "the spread of one draw, not of the mean",
            "That is how much single draws spread. The mean of n of them spreads √n times less.",
        ),
    },
    hints=(
        "`z > t` is an array of True and False; its mean is a share.",
        "Each draw is a coin with chance p: variance p(1 − p). The mean of n has that over n.",
        "The second gap: `np.sqrt(estimate * (1 - estimate) / n)`.",
    ),
    solution="np.mean(z > t)\nnp.sqrt(estimate * (1 - estimate) / n)",
    answers={
        "untried": ["", ""],
        "wrong": ["np.sum(z > t)", "np.sqrt(estimate * (1 - estimate) / n)"],
        "right": ["np.mean(z > t)", "np.sqrt(estimate * (1 - estimate) / n)"],
    },
)

# -- break and repair -------------------------------------------------------------------------

_BREAK_CORRELATION = break_and_repair(
    "break-correlation",
    "monte_carlo.lost_correlation",
    "Turn the dial until the correlations are lost, then bring them back.",
    (
        "Which share of the correlation is kept when every column is drawn on its own?",
        "Less and less towards 0. Watch the cloud lose its slope while both columns stay as "
        "they are.",
        "Dial to 0 (broken), then back to 1 (healed).",
    ),
    {"wrong": (0.0,), "right": (0.0, 1.0)},
)
_BREAK_TAIL = break_and_repair(
    "miss-the-rare-event",
    "monte_carlo.missed_rare_event",
    "Turn the dial until the rare event is missed, then find the setting that sees it best.",
    (
        "The dial says where the draws are centred; the event begins at 4.",
        "At 0 hardly any of the draws gets there. At 8 all do, but the weights go wild.",
        "Dial to 0 (broken), then to 4 (healed).",
    ),
    {"wrong": (1,), "right": (0, 4)},
)

# -- judge ------------------------------------------------------------------------------------

_JUDGE = Choice(
    id="shapes-are-not-enough",
    section="judge-it",
    prompt="The independent table has excellent column shapes. What does that tell you?",
    options=(
        Option(
            "The table is good: each column is like the real one.",
            "Each column is, and yet no row is: look at the pair trends and at the C2ST.",
            "good columns make a good table",
            "Find the row of the scorecard in which the two tables differ most.",
        ),
        Option(
            "Little: every figure that looks at one column at a time is blind to relations.",
            "Column shapes are necessary and cheap to get. What ties columns together shows only "
            "in figures of pairs and of whole rows.",
        ),
        Option(
            "The scorecard is broken: a bad table must score badly.",
            "The figure is right about what it measures. No single figure measures all.",
            "one number for everything",
            "Say in words what column shapes compare.",
        ),
        Option(
            "It is private, because nothing ties a row to a person.",
            "Fidelity figures say nothing about privacy, neither good nor bad.",
            "low fidelity is privacy",
            "Which rows of the scorecard attack the table? None here: lesson 13 does.",
        ),
    ),
    hints=(
        "What does 'column shapes' look at?",
        "One column at a time. What can it never see?",
        "Two columns at a time.",
    ),
    solution="B: one column at a time sees no relation.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

EXERCISES = (
    _WHY, _WORDS, _ORDER, _BLANKS, COPULA, _BREAK_CORRELATION, _BREAK_TAIL, _JUDGE,
)  # fmt: skip

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-sqrt-law",
        section="when-to-use",
        prompt="You want half the error of a Monte Carlo estimate. How many draws do you need?",
        options=(
            Option(
                "Twice as many",
                "That divides the error by 1.4 only.",
                "twice the draws, half the error",
                "Look at your prediction's picture once more.",
            ),
            Option("Four times as many", "1/√(4n) is half of 1/√n."),
            Option(
                "Sixteen times as many",
                "That would divide the error by four.",
                "too gloomy",
                "√16 = 4.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-what-a-copula-keeps",
        section="when-to-use",
        prompt="What does a Gaussian copula remember of how two columns hang together?",
        options=(
            Option("Only the correlation of their ranks", "That, and nothing else."),
            Option(
                "Every curve in their scatter plot",
                "A bent or split relation is lost: one number for a pair cannot hold it.",
                "a correlation is the whole relation",
                "What would it make of a ring of points?",
            ),
            Option(
                "Which rows were extreme in both at once",
                "Joint extremes are just what it loses; a t copula keeps more of them.",
                "a copula remembers rows",
                "Turn the dial of the failure `monte_carlo.lost_joint_outliers`.",
            ),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
    Choice(
        id="recall-weights",
        section="when-to-use",
        prompt="Importance sampling draws where the rare event is. What keeps the answer honest?",
        options=(
            Option(
                "Nothing has to: more hits are better",
                "Unweighted, the rare event would look common.",
                "draw more, count the same",
                "What would P(Z > 4) come out as, without weights?",
            ),
            Option("Each draw counts p(x)/q(x)", "Drawn more often, counted for less."),
            Option(
                "Throwing the surplus draws away",
                "That is rejection. It is honest too, but wastes what weights would use.",
                "weighting is rejecting",
                "Which of the two uses every draw?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
