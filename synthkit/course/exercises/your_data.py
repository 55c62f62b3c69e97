"""Lesson 14: what it asks, and how the answers are checked."""

from __future__ import annotations

from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = ("arena", "utility", "attack success", "schema", "anchor", "held-out rows")

# -- predict ----------------------------------------------------------------------------------

_FIRST = Choice(
    id="who-is-most-useful",
    section="predict",
    prompt="Four techniques make a table each. A model learns from each table and is tested on "
    "real people. Whose table is the most useful, and does it come first in the end?",
    options=(
        Option(
            "The bootstrap's, and it comes first: its rows are real",
            "Its rows are real, and that is what the attacks find.",
            "the most useful table is the best one",
            "Look how high the bootstrap stands in the picture.",
        ),
        Option(
            "The bootstrap's, and it comes last: its rows are real",
            "Nothing teaches a model better than real rows, and nothing gives more away.",
        ),
        Option(
            "The trees', and it comes first: they learned the most",
            "They come close, but a learned row can't teach more than the row it was learned from.",
            "a model's rows teach more than the real ones",
            "Compare the two points from left to right.",
        ),
        Option(
            "The noisy one's: noise protects and harms little",
            "So much noise harms, and so little protects: look where its point stands.",
            "a little noise is the best of both",
            "Click on the point of the perturbation.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 1},
)

PREDICTIONS = (Prediction(_FIRST),)

# -- explain ----------------------------------------------------------------------------------

_CORNER = Choice(
    id="in-the-shaded-corner",
    section="explain",
    prompt="A vendor's table lies in the shaded corner, a little below the copy: very useful, and "
    "attacked with less success. What follows?",
    options=(
        Option(
            "It is better than a copy: attacks succeed less often.",
            "So they do on a table with some real rows and shuffled ones between them, and that "
            "needs no vendor.",
            "less than a copy is good enough",
            "What is the line made of, from the cross to the square?",
        ),
        Option(
            "Publishing some real rows and shuffling the others would do as well.",
            "The line is what that costs. Only below it does a technique earn its name.",
        ),
        Option(
            "It is useful, so the attacks must be wrong.",
            "Fresh real rows are as useful, and nothing is found in them.",
            "use and protection exclude each other",
            "Look for the ring.",
        ),
    ),
    hints=(
        "The line joins two tables that anybody can make. Which?",
        "A shuffle of the columns, and a copy. What lies between them?",
        "Some real rows, and shuffled ones for the rest.",
    ),
    solution="B: the line is the price of copying a share of the rows.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

_ANCHORS = Sentence(
    id="why-anchors-run-along",
    section="explain",
    prompt="One sentence: why do fresh real rows run along in every race, although nobody could "
    "hand them out?",
    expert="They show what is possible at this size: how useful real rows are here, and what the "
    "attacks seem to find where there is nothing to be found, so that no figure stands alone.",
    hints=(
        "What would a utility of 0.93 mean without them?",
        "And an attack that succeeds 3 % beyond chance?",
        "They are the yardstick for both axes.",
    ),
    solution="They are the yardstick: what real rows reach, and what chance looks like.",
    answers={
        "untried": "",
        "wrong": "For fun",
        "right": "They say how good real rows are here, and what chance looks like",
    },
)

# -- judge ------------------------------------------------------------------------------------

_TIE = Choice(
    id="a-tie-in-the-arena",
    section="judge-it",
    prompt="Two techniques have the same verdict, and the intervals of their differences hold 0. "
    "Which do you take?",
    options=(
        Option(
            "The one with the higher figure, of course.",
            "With another seed it may well be the other one: that is what the interval says.",
            "the higher number is the better one",
            "Run the race with another seed.",
        ),
        Option(
            "The quicker or simpler one: the figures can't tell them apart.",
            "Then something else may decide: time, what can be explained, what can be kept.",
        ),
        Option(
            "Neither: a tie says that the race failed.",
            "It says that the difference is smaller than the noise. Both may be good.",
            "no difference is no result",
            "Read the verdicts once more.",
        ),
        Option(
            "I repeat it with many seeds until one of them wins.",
            "The best of many seeds is luck that was chosen; the next table won't have it.",
            "the best of many seeds is the better method",
            "What would happen with two copies of one technique?",
        ),
    ),
    hints=(
        "What does an interval with 0 in it say?",
        "That the order could turn round. Is there anything else to decide by?",
        "Seconds, and what you can explain to somebody.",
    ),
    solution="B: the quicker or simpler one.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

EXERCISES = (_CORNER, _ANCHORS, _TIE)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-a-code-is-no-number",
        section="when-to-use",
        prompt="A column of post codes was read as numbers. What goes wrong?",
        options=(
            Option(
                "Nothing: digits are numbers",
                "A mean post code lies in a town where nobody lives.",
                "digits are numbers",
                "What lies half-way between 1010 and 8010?",
            ),
            Option("Codes are invented that no post office knows", "So it must be a category."),
            Option(
                "The file can't be read",
                "It can, and that is the trouble: nothing complains.",
                "a wrong kind raises an error",
                "Look at the schema before you train.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-what-a-race-says",
        section="when-to-use",
        prompt="On your table the trees won. What may you say?",
        options=(
            Option(
                "Trees are the best technique",
                "On this table, of this size, for this target. Another table, another winner.",
                "the winner here wins everywhere",
                "Compare the first race with your own.",
            ),
            Option(
                "On this table, by these measures, they came first",
                "And the script that repeats it says which measures.",
            ),
            Option(
                "Their rows are anonymous",
                "The attacks that were run found no more than on others. That is less.",
                "no leak found is no leak",
                "Read the last lines of a scorecard.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
