"""Lesson 10: what it asks, and how the answers are checked."""

from __future__ import annotations

from typing import Any

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.finance_rules_build import CYCLE, TAYLOR
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = ("rule", "typology", "regime", "Taylor rule", "determinacy", "recall", "label noise",
         "Feller ratio")  # fmt: skip

_FINDS = Choice(
    id="what-does-it-find",
    section="predict",
    prompt="A detector is trained on one kind of fraud, made by one rule, and finds nearly all new "
    "frauds of that rule. What share does it find of frauds of six kinds?",
    options=(
        Option(
            "Nearly all: fraud is fraud",
            "It has never seen a fraud. It has seen one rule.",
            "a detector learns what fraud is",
            "Compare the two lines in the second picture.",
        ),
        Option(
            "About half, or less",
            "It finds its own kind, and what happens to look like it.",
        ),
        Option(
            "None: the other kinds are invisible",
            "Some of them share a trait with its own: a burst, a round sum, an odd hour.",
            "rules have nothing in common",
            "Look at the single bars: some are not zero.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 1},
)
PREDICTIONS = (Prediction(_FINDS),)


def option_text(index: Any) -> str:
    """Return the words of a predicted option, for the player; '' where nothing was chosen."""
    options = _FINDS.options
    return options[index].text if isinstance(index, int) and 0 <= index < len(options) else ""


RIGHT_TEXT = option_text(_FINDS.right)

_WHY = Choice(
    id="why-perfect",
    section="explain",
    prompt="On a fresh table from its own rules the detector is nearly perfect. What does that "
    "figure say about real fraud?",
    options=(
        Option(
            "It will be nearly perfect there, too: the table was fresh.",
            "Fresh rows, old rules. Nothing in that table could have surprised it.",
            "fresh rows are a fresh test",
            "Who wrote the rules of the test table?",
        ),
        Option(
            "Nothing: the test was written by the author of the training data.",
            "It says that the rule can be learned. Only frauds of other rules, or real ones, can "
            "say more.",
        ),
        Option(
            "It will be a little worse, as always.",
            "How much worse depends on how far real fraud is from the rule, and the figure does "
            "not know that.",
            "there is a usual loss",
            "Read both ends of the second picture.",
        ),
    ),
    hints=(
        "Where do the test table's frauds come from?",
        "From the same rules as the training table's.",
        "So the test can't say anything about others.",
    ),
    solution="B: nothing, the test came from the same rules.",
    answers={"untried": None, "wrong": 0, "right": 1},
)
_WORDS = Sentence(
    id="how-to-test",
    section="explain",
    prompt="One sentence: how would you test such a detector honestly, before real frauds are at "
    "hand?",
    expert="Hold back whole kinds of fraud, written by somebody else if possible, with labels that "
    "are sometimes wrong and fraudsters that hide, and report what is found of those.",
    hints=(
        "Which frauds has the detector never seen?",
        "Leave out whole rules from the training, not single rows.",
        "Test on the rules that were left out.",
    ),
    solution="Test it on kinds of fraud that were held back from its training.",
    answers={
        "untried": "",
        "wrong": "With more data",
        "right": "Hold back whole kinds of fraud and test on those kinds",
    },
)
_RULE = break_and_repair(
    "learn-the-rule",
    "finance.learned_rule",
    "Turn the dial until the detector misses most kinds of fraud, then heal it.",
    (
        "How few rules can it be trained on?",
        "One. And how many does it need to see?",
        "Dial to 1 (broken), then to 6 (healed).",
    ),
    {"wrong": (1,), "right": (1, 6)},
)
_TAYLOR = break_and_repair(
    "lose-the-anchor",
    "finance.indeterminate",
    "Turn the dial until rumours move inflation, then anchor it again.",
    (
        "What if the rate answers a point of inflation by less than a point?",
        "Look for the critical value in the sentence, and go below it.",
        "Dial to 0.9 (broken), then to 1.5 (healed).",
    ),
    {"wrong": (0.9,), "right": (0.9, 1.5)},
)
_EULER = break_and_repair(
    "go-below-zero",
    "finance.negative_rates",
    "Turn the dial until Euler's scheme makes negative rates, then heal it.",
    (
        "When does a step from a low rate reach below zero?",
        "When it is shaken strongly: raise the volatility.",
        "Dial to 0.3 (broken), then to 0.05 (healed).",
    ),
    {"wrong": (0.3,), "right": (0.3, 0.05)},
)
_HIDE = Choice(
    id="what-hurt-most",
    section="judge-it",
    prompt="Fraudsters learn, too: they pay sums like everybody's and take their time. Why does "
    "the trained detector find fewer of them?",
    options=(
        Option(
            "Its training rows had wrong labels.",
            "They were all right: it was trained on sharp rules.",
            "misses come from bad labels",
            "What differs between the two tables, the labels or the frauds?",
        ),
        Option(
            "What it had learned to look for is gone.",
            "Tiny sums, bursts and the nearness of the threshold were the rule. Whoever knows the "
            "detector avoids them.",
        ),
        Option(
            "There are fewer frauds in the second table.",
            "As many cases; they only look different.",
            "the count decides",
            "The figures are shares of the frauds that are there.",
        ),
    ),
    hints=(
        "What did the rule make unmistakable?",
        "Sums and times. What became of those?",
        "They look like everybody's now.",
    ),
    solution="B: what it had learned to look for is gone.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

EXERCISES = (_WHY, _WORDS, TAYLOR, CYCLE, _RULE, _TAYLOR, _EULER, _HIDE)

RECALL = (
    Choice(
        id="recall-own-rules",
        section="when-to-use",
        prompt="A vendor's detector finds 99 % of the frauds in the vendor's synthetic data. What "
        "do you ask first?",
        options=(
            Option(
                "How large the data was",
                "A million rows of one rule are one rule.",
                "size makes a test honest",
                "What was the detector trained on?",
            ),
            Option("Who wrote the rules of the test data", "If it was the same author: nothing."),
            Option(
                "How long the training took",
                "That says nothing about what it finds.",
                "effort is quality",
                "What was it tested on?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-taylor",
        section="when-to-use",
        prompt="Inflation rises by a point and the central bank raises its rate by half a point. "
        "What happens to the real rate?",
        options=(
            Option(
                "It rises by half a point",
                "The rate on the label does; a point of inflation comes off.",
                "the rate on the label counts",
                "Real rate = rate − inflation.",
            ),
            Option("It falls by half a point: money becomes cheaper", "Prices lose their hold."),
            Option(
                "It stays",
                "Only if the bank answered by a whole point.",
                "any answer is an answer",
                "Real rate = rate − inflation.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-euler",
        section="when-to-use",
        prompt="A model of rates can't become negative, and your simulation is. What helps?",
        options=(
            Option(
                "Setting negative values to 0",
                "Then the rate is right at 0 far too often, and its mean is wrong.",
                "cutting off is mending",
                "What does the model itself do near 0?",
            ),
            Option("Drawing from the exact transition", "It knows where it may land."),
            Option(
                "Another seed",
                "The share of negative rates stays the same.",
                "bad luck",
                "Press 'new seed' at the broken end.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
