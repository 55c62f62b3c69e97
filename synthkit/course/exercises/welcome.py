"""Lesson 00: what it asks, and how the answers are checked."""

from __future__ import annotations

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = (
    "synthetic data",
    "AUC",
    "membership inference",
    "held-out rows",
    "correlation",
    "scorecard",
)

# -- predict ----------------------------------------------------------------------------------

_SHUFFLED = Choice(
    id="who-finds-the-shuffled",
    section="predict",
    prompt="One of the forgeries in the game holds real values only: each column was shuffled by "
    "itself. Who finds it out?",
    options=(
        Option(
            "Nobody: every number in it is real",
            "Each number is, and no row is: perimeters stand beside radii that they don't fit.",
            "real values make real rows",
            "Read one row across: does its perimeter fit its radius?",
        ),
        Option(
            "Whoever looks at each column carefully",
            "Each column is exactly as it was, in another order. There is nothing to see in it.",
            "a table is as good as its columns",
            "Look at two columns at a time.",
        ),
        Option(
            "Whoever looks at two columns at a time",
            "What was lost stands between the columns. A machine sees it at once; an eye that "
            "knows what belongs together does, too.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 2},
)

PREDICTIONS = (Prediction(_SHUFFLED),)

# -- explain ----------------------------------------------------------------------------------

_WHICH = Choice(
    id="which-is-synthetic",
    section="explain",
    prompt="Which of these is synthetic data?",
    options=(
        Option(
            "A customer table whose names were replaced by made-up ones.",
            "The names are made, the people and their purchases are not: it is masked, and still "
            "about real people.",
            "new names make new people",
            "Ask of each row: did it happen?",
        ),
        Option(
            "Every tenth row of a census, drawn at random.",
            "Drawn at random, but from what happened: each row is a real household.",
            "random is synthetic",
            "Ask of each row: did it happen?",
        ),
        Option(
            "What a flight simulator's altimeter shows during a lesson.",
            "No aeroplane flew. A program made the figures, from laws that hold for real ones.",
        ),
        Option(
            "A photograph that was cropped and turned.",
            "It adds rows to a training set (that is augmentation), but a camera took it of "
            "something.",
            "whatever is processed is synthetic",
            "Was it measured first?",
        ),
    ),
    hints=(
        "Ask where the numbers come from: were they measured, or made?",
        "Three of the four begin with something that happened.",
        "Nothing flew in the simulator.",
    ),
    solution="C: made by a program, measured by nobody.",
    answers={"untried": None, "wrong": 0, "right": 2},
)

_SENTENCE = Sentence(
    id="what-i-would-use-it-for",
    section="explain",
    prompt="One sentence: what would you use synthetic data for, and what would have to be true of "
    "it for that?",
    expert="To let others try my program before they see a real row; for that it must hold the "
    "corners of the real table, and nobody in it.",
    hints=(
        "Take a table that you know. Who would like to have it, and may not?",
        "Name one relation between its columns that they would need.",
        "To …, it must keep …, and must not give away ….",
    ),
    solution="To let others work on it; it must keep what they need, and nobody's row.",
    answers={
        "untried": "",
        "wrong": "For testing",
        "right": "For testing our app, and the dates must come in a possible order",
    },
)

# -- break and repair -------------------------------------------------------------------------

_LOST = break_and_repair(
    "fool-the-eye",
    "monte_carlo.lost_correlation",
    "Turn the dial until the forgery has lost the relations, although each column still looks "
    "perfect; then give them back.",
    (
        "Which share of the correlation must be kept for the columns to know nothing of each "
        "other?",
        "None of it. Then all of it.",
        "Dial to 0 (broken), then to 1 (healed).",
    ),
    {"wrong": (0.0,), "right": (0.0, 1.0)},
)

# -- judge ------------------------------------------------------------------------------------

_COPY = Choice(
    id="why-not-the-copy",
    section="judge-it",
    prompt="The copied table has the best pairs of columns of all, and hardly a forger's mark. Why "
    "would you not hand it out?",
    options=(
        Option(
            "I would: the nearest is the best.",
            "Nearest of all is the real table itself. Likeness alone can't tell a good forgery "
            "from a leak.",
            "likeness is quality",
            "Look at the last two columns.",
        ),
        Option(
            "Because its rows are real patients.",
            "It was drawn from the table with replacement. An attack finds who was in it; no "
            "figure of likeness says so.",
        ),
        Option(
            "Because it has too few rows.",
            "It has as many as the others.",
            "small is the only fault",
            "Compare the rows of the three cards.",
        ),
    ),
    hints=(
        "How was each of the three made?",
        "One was drawn with replacement from the real rows.",
        "Its rows are real patients.",
    ),
    solution="B: its rows are real patients.",
    answers={"untried": None, "wrong": 2, "right": 1},
)

EXERCISES = (_WHICH, _SENTENCE, _LOST, _COPY)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-likeness",
        section="when-to-use",
        prompt="A vendor shows that each column of the synthetic table matches the real one. What "
        "do you ask next?",
        options=(
            Option(
                "Nothing: that is the test",
                "A table of shuffled columns passes it perfectly.",
                "columns are all there is",
                "What did the shuffled forgery keep?",
            ),
            Option("How the columns hang together, and who can be found in it", "In that order."),
            Option(
                "How many rows it has",
                "Rows are cheap: a bad generator makes as many as you like.",
                "more rows are better rows",
                "What does a generator know that its table didn't?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-recovery",
        section="when-to-use",
        prompt="A method finds the numbers that were put into made-up data. What does it prove?",
        options=(
            Option(
                "That the model is true of the world",
                "The world was not asked.",
                "finding one's own numbers proves the model",
                "What happened when the noise had a memory?",
            ),
            Option(
                "That the method works where its assumptions hold", "Which is worth knowing first."
            ),
            Option(
                "Nothing: the data were made up",
                "A method that fails even here need not be tried on real rows.",
                "made up proves nothing",
                "Would you use a method that misses numbers known to be there?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-score",
        section="when-to-use",
        prompt="Somebody tells six of eight forgeries. Are they better than a coin?",
        options=(
            Option(
                "Yes: six is more than four",
                "A coin gets six or more of eight about once in seven games.",
                "any surplus is skill",
                "Does the interval hold 50 %?",
            ),
            Option("Not from eight rounds: the interval holds 50 %", "More rounds narrow it."),
            Option(
                "No: nobody can tell forgeries",
                "Against shuffled columns many can, with some practice.",
                "not proven is disproven",
                "Look at the hits against each kind.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
