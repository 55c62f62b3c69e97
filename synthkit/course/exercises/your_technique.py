"""Lesson 15: what it asks, and how the answers are checked."""

from __future__ import annotations

from typing import Any

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.your_technique_build import MIXUP
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = ("prototype", "contract", "mixup", "failure battery", "entry point")

# -- predict ----------------------------------------------------------------------------------

_PROMISES = Choice(
    id="how-many-promises",
    section="predict",
    prompt="The class above draws real rows again and moves each number a little. How many of the "
    "contract's promises does it break?",
    options=(
        Option(
            "Most of them: a copy is no synthetic data",
            "The contract asks for manners: columns, types, seeds, errors. A copier can have the "
            "best of manners.",
            "the contract forbids copies",
            "Read the promises one by one: which of them speaks of real people?",
        ),
        Option(
            "One: it replays identifiers",
            "Identifiers are the one thing that the kit never lets through: it numbers them anew, "
            "whatever a technique puts there. All the rest of a row may be a copy.",
            "without names there is no copy",
            "Lesson 03: who is still unique once the names are gone?",
        ),
        Option(
            "None",
            "It keeps every one. Behaving well and being any good are two things, and the second "
            "takes other tests.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 2},
)

PREDICTIONS = (Prediction(_PROMISES),)


def option_text(index: Any) -> str:
    """Return the words of a predicted option, for the player; '' where nothing was chosen."""
    options = _PROMISES.options
    return options[index].text if isinstance(index, int) and 0 <= index < len(options) else ""


RIGHT_TEXT = option_text(_PROMISES.right)

# -- explain ----------------------------------------------------------------------------------

_PICTURE = Choice(
    id="why-the-picture-is-fine",
    section="explain",
    prompt="In the picture of two columns the copies look as fresh as real rows. In the table of "
    "eight columns an attack finds most of the people. How can both be true?",
    options=(
        Option(
            "The attack uses the real table, so it cheats.",
            "It needs a list of people and the synthetic table, no more. Whoever holds such a "
            "list can run it.",
            "an attack must be blind",
            "Who has such a list? An employer, an insurer, a neighbour.",
        ),
        Option(
            "With more columns people lie further apart, and the same move hides less.",
            "In two columns hundreds of others lie within a small move. In eight nobody else "
            "does: the nearest row is the one that was moved.",
        ),
        Option(
            "The move is larger in two columns than in eight.",
            "It is the same share of each column's spread.",
            "more columns mean more noise for each person",
            "Read the code: each number is moved by itself.",
        ),
    ),
    hints=(
        "How many strangers lie nearer to you than your own moved row?",
        "Count them in one column, then think of eight at once.",
        "The more columns, the lonelier each row.",
    ),
    solution="B: with more columns people lie further apart.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

_WORDS = Sentence(
    id="what-the-contract-says",
    section="explain",
    prompt="One sentence: what does a technique that keeps the whole contract still not promise?",
    expert="That its rows are any use, or that nobody is found in them: the contract says how a "
    "technique behaves, and only figures beside those of fresh rows say what it is worth.",
    hints=(
        "Which promise was about likeness?",
        "None. And which about the people in the table?",
        "Nothing about likeness, use or people.",
    ),
    solution="That its rows are useful, or that the people in the table are safe.",
    answers={
        "untried": "",
        "wrong": "Nothing",
        "right": "That the rows are useful and that the people behind them are not found",
    },
)

# -- break and repair -------------------------------------------------------------------------

_HIDE = break_and_repair(
    "hide-the-people",
    "JitteredCopies.members_found",
    "Leave the jitter where the colleague put it and look at the attack. Then turn the dial until "
    "nobody is found any more.",
    (
        "How far must a row be moved to come nearer to strangers than to itself?",
        "As far as people lie apart. Go to the end of the dial.",
        "Dial at 0.5 (broken), then at 1 (healed).",
    ),
    {"wrong": (0.5,), "right": (0.5, 1.0)},
)

# -- judge ------------------------------------------------------------------------------------

_CLAIM = Choice(
    id="what-may-you-claim",
    section="judge-it",
    prompt="A mixup of five neighbours looks like the real table, and no row of it is a real one. "
    "What may its author claim?",
    options=(
        Option(
            "It is private: no row is a copy.",
            "The traps found its people more often than those of the copies: a row on the way "
            "between two neighbours lies near both of them.",
            "what is no copy is private",
            "Compare the two columns of the table of traps.",
        ),
        Option(
            "It is like the real table in these figures, and members can be found by this attack.",
            "Both measured, each beside fresh rows. Whoever wants to use it can weigh one "
            "against the other.",
        ),
        Option(
            "It is better than the trees: its figures of likeness are.",
            "Perhaps they are. A copy's are better still.",
            "likeness is worth",
            "Which technique of the table has the best figures of likeness of all?",
        ),
    ),
    hints=(
        "What was measured, and what was hoped?",
        "Likeness was measured, and so was the attack.",
        "Claim both figures.",
    ),
    solution="B: the likeness, and the attack.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

EXERCISES = (_PICTURE, _WORDS, MIXUP, _HIDE, _CLAIM)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-contract",
        section="when-to-use",
        prompt="A vendor shows you that its generator passes every test of behaviour. What do you "
        "ask for next?",
        options=(
            Option("Figures of likeness and of attacks, beside fresh rows", "That is its worth."),
            Option(
                "The same tests on a larger table",
                "They would say the same: they ask for manners.",
                "more of the same test tells more",
                "Which question has not been asked at all?",
            ),
            Option(
                "Nothing: that is what tests are for",
                "A copier passes them, too.",
                "tests of behaviour are tests of worth",
                "What did the class of the colleague pass?",
            ),
        ),
        answers={"untried": None, "wrong": 1, "right": 0},
    ),
    Choice(
        id="recall-mixup",
        section="when-to-use",
        prompt="What happens to a mixup when it takes many neighbours instead of few?",
        options=(
            Option(
                "It becomes private at no cost",
                "People are found almost as often, and rows appear where nobody is.",
                "more mixing is all gain",
                "Read the table of 1, 5 and 50 neighbours again.",
            ),
            Option(
                "It averages unlike people: rows appear where nobody is",
                "And its members are found all the same.",
            ),
            Option(
                "Nothing: a mean is a mean",
                "The further the neighbours, the less alike they are.",
                "all neighbours are alike",
                "What lies between two groups of the ring?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
