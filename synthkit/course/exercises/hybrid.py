"""Lesson 11: what it asks, and how the answers are checked."""

from __future__ import annotations

from typing import Any

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.hybrid_build import MATCH, PROJECTION
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = ("core", "refinement", "quantile match", "QQ plot", "Pareto tail", "raking",
         "projection", "self-consumption")  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

_RANKS = Choice(
    id="what-becomes-of-the-ranks",
    section="predict",
    prompt="Every value of a synthetic column is replaced by the real value of the same rank. "
    "What becomes of its rank correlation with the other columns?",
    options=(
        Option(
            "It gets lost: each column is changed by itself",
            "Changed by itself, yes, but the largest stays the largest and the smallest the "
            "smallest: all ranks are as before.",
            "changing columns one by one tears them apart",
            "Watch the last figure of the sentence under the player.",
        ),
        Option(
            "It becomes the real one: the values are real now",
            "The values are, but which stand together in a row is still the core's doing.",
            "real values bring real relations",
            "Compare the cores: they differ, and the match leaves that as it is.",
        ),
        Option(
            "Nothing: it stays as the core made it",
            "The order of the rows is kept, and a rank correlation sees nothing but the order.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 2},
)

PREDICTIONS = (Prediction(_RANKS),)


def option_text(index: Any) -> str:
    """Return the words of a predicted option, for the player; '' where nothing was chosen."""
    options = _RANKS.options
    return options[index].text if isinstance(index, int) and 0 <= index < len(options) else ""


RIGHT_TEXT = option_text(_RANKS.right)

# -- explain ----------------------------------------------------------------------------------

_LARGEST = Choice(
    id="why-tails-are-needed",
    section="explain",
    prompt="After the quantile match every column has the real distribution. Why draw its largest "
    "values once more, from a Pareto tail?",
    options=(
        Option(
            "Because the match moved the largest values too far out.",
            "It can't: it only hands out values between the real minimum and maximum.",
            "the match invents values",
            "Compare the share of columns beyond the real maximum, in the table.",
        ),
        Option(
            "Because nothing larger than the largest real value can appear.",
            "However many rows are drawn, the maximum stays the one of these few hundred people. "
            "Outliers of the world, not of the sample, need a model of the tail.",
        ),
        Option(
            "Because the judge would see the match otherwise.",
            "The judge is as blind after the match as after the tails: it rarely sees so far out.",
            "refinements exist to please the judge",
            "Look at the judge's area before and after.",
        ),
        Option(
            "Because the order of the rows got lost.",
            "The order is what both steps keep.",
            "a refinement changes the ranks",
            "Look at the change of the rank correlations.",
        ),
    ),
    hints=(
        "Where do the values that the match hands out come from?",
        "From the real column. Which is the largest it can ever hand out?",
        "The largest real one.",
    ),
    solution="B: nothing larger than the largest real value can appear.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

_WORDS = Sentence(
    id="what-the-core-must-bring",
    section="explain",
    prompt="One sentence: what can no refinement of single columns repair, so that the core must "
    "bring it along?",
    expert="How the columns hang together: which values stand in one row is the core's work, and "
    "whatever it never makes, no weight and no match can bring back.",
    hints=(
        "The match keeps all ranks. What then stays as bad as it was?",
        "Think of two columns at a time.",
        "The relations between the columns.",
    ),
    solution="How the columns hang together.",
    answers={
        "untried": "",
        "wrong": "Everything",
        "right": "The relations between columns, because each column is changed alone",
    },
)

# -- break and repair -------------------------------------------------------------------------

_LOOP = break_and_repair(
    "starve-the-loop",
    "hybrid.self_consumption",
    "Turn the dial until less than half of the variance is left after a hundred generations, then "
    "heal the loop.",
    (
        "What does a generation learn from, if it gets no fresh rows?",
        "From the last one's rows alone. Take all fresh rows away.",
        "Dial to 0 (broken), then to 0.1 (healed).",
    ),
    {"wrong": (0.0,), "right": (0.0, 0.1)},
)
_ORDER = break_and_repair(
    "spoil-the-sums",
    "hybrid.broken_constraint",
    "Put the two refinements in the order that breaks the sums, then in the one that heals them.",
    (
        "Which of the two steps changes one column without looking at the others?",
        "The quantile match. What does it do to sums that were right before it?",
        "Projection before the match (broken), then behind it (healed).",
    ),
    {"wrong": ("before",), "right": ("before", "behind")},
)

# -- judge ------------------------------------------------------------------------------------

_JUDGE = Choice(
    id="what-did-it-cost",
    section="judge-it",
    prompt="The refined table fools the judge, and the plain core did not. What did that cost?",
    options=(
        Option(
            "Nothing: better is better.",
            "The match hands out real values. More likeness means coming closer to real people, "
            "and that has to be measured, not hoped.",
            "likeness is free",
            "Which figures of the card ask about the people in the table?",
        ),
        Option(
            "Checking: real values are handed out again, and each step can spoil another's work.",
            "So the card is read again after every step, its privacy part too, and every "
            "constraint is checked at the end.",
        ),
        Option(
            "The relations between columns: they got worse.",
            "They stayed as they were, to the third digit.",
            "every gain in one place is a loss in another",
            "Look at the pair trends of both columns.",
        ),
    ),
    hints=(
        "What are the new values made of?",
        "Of real ones, and the steps follow each other. What has to be looked at again?",
        "The card and the constraints, after each step.",
    ),
    solution="B: checking, again after every step.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

EXERCISES = (_LARGEST, _WORDS, PROJECTION, MATCH, _LOOP, _ORDER, _JUDGE)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-order",
        section="when-to-use",
        prompt="Net and tax must add up to gross. Where in the chain does the projection stand?",
        options=(
            Option(
                "First, so that all later steps start from right sums",
                "Later steps change the columns one by one, and the sums are wrong again.",
                "what is right stays right",
                "Which order of the dial was the broken one?",
            ),
            Option("Last, and everything is checked again behind it", "It moves values, too."),
            Option(
                "Anywhere: the steps don't meet",
                "They change the same columns.",
                "refinements are independent",
                "Which columns does each of them change?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-weights",
        section="when-to-use",
        prompt="A classifier gives weights to the core's rows, and ten of 20,000 carry nearly all "
        "of it. What helps?",
        options=(
            Option(
                "A hundred times as many rows",
                "Then a thousand rows carry it, at a hundred times the price; where the core makes "
                "none, none appear.",
                "more rows mend a wrong core",
                "What do weights choose among?",
            ),
            Option("A core that comes nearer to the real table", "Weights only choose."),
            Option(
                "Weights that are cut off at 1",
                "Then nothing is reweighted any more.",
                "hiding the symptom heals",
                "What is the weight good for?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-loop",
        section="when-to-use",
        prompt="A team trains each month's generator on last month's synthetic rows. What goes "
        "first?",
        options=(
            Option(
                "The mean: it drifts away at once",
                "It wanders, too, but the spread shrinks without a way back.",
                "errors are always in the mean",
                "What did the picture of the loop show?",
            ),
            Option("The spread, with the rare cases at its ends", "A tenth of fresh rows helps."),
            Option(
                "Nothing, if every fit is exact",
                "Every fit is: it is made of a finite sample, and that is enough.",
                "an exact fit loses nothing",
                "How many rows did each generation have?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
