"""Lesson 12: what it asks, and how the answers are checked."""

from __future__ import annotations

from typing import Any

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.judging_build import BAND, DISTANCE
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, OrderLines, Sentence

TERMS = (
    "scorecard", "quality score", "anchor", "noise band", "column shapes", "pair trends", "C2ST",
    "AUC", "held-out rows", "membership inference", "near copy", "control",
)  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

_TRUST = Choice(
    id="which-table",
    section="predict",
    prompt="Three vendors, three tables, one town. Which one would you trust with the question "
    "that matters: as good as fresh people, and nobody's own row?",
    options=(
        Option(
            "Table A: the highest quality score",
            "The score says how near a table lies to the real one. Nothing lies nearer than a "
            "copy.",
            "the highest score is the best table",
            "Let its scorecard build up to the last two axes.",
        ),
        Option(
            "Table B: every column is perfect",
            "Each column by itself is; they no longer know of each other.",
            "perfect columns make a perfect table",
            "Look at the second axis, and at the models trained on it.",
        ),
        Option(
            "Table C: the best at nothing",
            "It is as far from the real table as fresh people are, and no nearer to those in it "
            "than to others.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 2},
)

PREDICTIONS = (Prediction(_TRUST),)


def option_text(index: Any) -> str:
    """Return the words of a predicted option, for the player; '' where nothing was chosen."""
    options = _TRUST.options
    return options[index].text if isinstance(index, int) and 0 <= index < len(options) else ""


RIGHT_TEXT = option_text(_TRUST.right)

# -- explain ----------------------------------------------------------------------------------

_SCORE = Choice(
    id="what-a-score-says",
    section="explain",
    prompt="A report says: quality score 0.97, fresh real rows 0.95. What follows?",
    options=(
        Option(
            "The table is excellent, and safe to hand out.",
            "A score of likeness knows nothing of whose rows they are: a copy has the best one.",
            "a high score is a safe table",
            "Which of the three tables had the highest score?",
        ),
        Option(
            "It is nearer to the real table than fresh people of the same town: look for copies.",
            "Fresh rows miss the table by sampling error, so whoever misses it by less has "
            "probably seen it row by row.",
        ),
        Option(
            "It is better than real data.",
            "It is nearer to *these* rows. The town has other people too, and they are as real.",
            "nearer to the sample is nearer to the truth",
            "What is the table a sample of?",
        ),
        Option(
            "The measure is wrong: nothing can beat real rows.",
            "It measures what it says, the distance to one table. Two real tables differ from each "
            "other.",
            "real rows have a distance of zero",
            "How far apart are two halves of one town?",
        ),
    ),
    hints=(
        "What is the score measured against?",
        "Against the rows that the table was made from. How far from those are other people?",
        "As far as sampling error. What can be nearer than that?",
    ),
    solution="B: better than fresh rows is suspicious, not excellent.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

_AREA = Choice(
    id="area-below-half",
    section="explain",
    prompt="A classifier learns to tell real rows from synthetic ones. On rows that it has not "
    "seen its area under the curve is 0.33. What does that say?",
    options=(
        Option(
            "Better than 0.5: it is fooled more than by chance.",
            "A model that is wrong more often than a coin has learned something, and been misled "
            "by it.",
            "the lower the area, the better",
            "Ask why it should be wrong so often: what lay in its training rows?",
        ),
        Option(
            "Near copies: a row's twin stood in the training part under the other label.",
            "It remembers the twin and says 'real' of the copy, 'synthetic' of the original. "
            "Only 0.5 says that nothing can be told apart.",
        ),
        Option(
            "The classifier was too weak.",
            "A weak one would guess: 0.5. This one is wrong reliably.",
            "below a half is a bad model",
            "What would a coin have?",
        ),
        Option(
            "The labels were swapped by mistake.",
            "Then every table would show it; here only the copies do.",
            "a bug must be the reason",
            "Compare the classifier's axis of tables A and C.",
        ),
    ),
    hints=(
        "A coin has 0.5. Can one be wrong more often than a coin without knowing anything?",
        "The training rows hold a row's copy, with the other label.",
        "So the area below one half is a sign of copies.",
    ),
    solution="B: twins across the folds; the scorecard counts it as near copies.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

_WORDS = Sentence(
    id="why-copies-win",
    section="explain",
    prompt="One sentence: why does a copy score better than fresh people of the same town?",
    expert="The score measures the distance to the rows at hand; a copy repeats their chance "
    "as well, while fresh people bring chance of their own, so two samples of one town are "
    "further apart than a sample and its copy.",
    hints=(
        "What do a sample and its copy share that two samples don't?",
        "The luck of who was asked.",
        "A copy repeats the luck of this sample; fresh rows have their own.",
    ),
    solution="A copy repeats the luck of this very sample; fresh rows have a luck of their own.",
    answers={
        "untried": "",
        "wrong": "It is nearer",
        "right": "A copy repeats the chance of the sample it was made from",
    },
)

# -- build ------------------------------------------------------------------------------------

_STEPS = (
    "Set real rows aside, and seal them",
    "Train on the rest",
    "Draw as many synthetic rows as there were",
    "Attack: who of the trained-on rows is found more often than those set aside?",
    "Compare likeness with that of the rows set aside",
)

_ORDER = OrderLines(
    id="judge-in-order",
    section="build-it",
    prompt="Put the five steps of a fair judgement in order; leave out the one that spoils it.",
    lines=_STEPS,
    distractors={
        "Keep the seed with the best score": "The best of many seeds is better than the method: "
        "luck was chosen, and the next table won't have it."
    },
    needs={
        1: "what is trained on can no longer be set aside",
        2: "rows can be drawn once something is trained",
        3: "the attack needs the synthetic rows, and people who are not in them",
        4: "quality may only count once copies and leaks are ruled out",
    },
    hints=(
        "One step comes before anything is trained.",
        "Set aside, train, draw. Then: what may outvote what?",
        "The attacks come before likeness, since a copy looks best.",
    ),
    solution="\n".join(f"{i}. {step}" for i, step in enumerate(_STEPS, 1)),
    answers={
        "untried": None,
        "wrong": [_STEPS[1], _STEPS[0], *_STEPS[2:]],
        "right": list(_STEPS),
    },
)

# -- break and repair, judge ------------------------------------------------------------------

_GAME = break_and_repair(
    "game-the-score",
    "bootstrap.hidden_copies",
    "Game the report: find a jitter at which no row equals a real one, the quality score beats "
    "fresh rows, and everybody is found all the same. Then repair it.",
    (
        "Start from the left: which bar falls first, and which never does?",
        "At 0.02 no row is equal any more. Ask the third bar.",
        "Dial to 0.02 (broken), then to 'new rows' (healed).",
    ),
    {"wrong": (0.02,), "right": (0.02, "new rows")},
)

_CATCH = Choice(
    id="catch-the-cheat",
    section="judge-it",
    prompt="The clamped sampler draws fresh people and cuts their incomes, debts, ages and hours "
    "at 5 % and 95 %. Its quality score is close to that of fresh rows. Which figure catches it?",
    options=(
        Option(
            "The pairs of columns: cutting spoils the correlations",
            "Ranks in the middle stay as they are; the pairs hardly notice.",
            "every fault shows in the correlations",
            "Read the column 'caught by'.",
        ),
        Option(
            "Exact copies: many people share the cut value",
            "They share one cell, not a row. And they were drawn fresh.",
            "an equal cell is a copied row",
            "How many columns must agree for a copy?",
        ),
        Option(
            "The tail mass: the far ends of the columns are gone",
            "An average over all rows hardly feels a twentieth of them. So the tails are asked "
            "by themselves.",
        ),
        Option(
            "None: it has no fault that matters",
            "Whoever asks about the poorest, the oldest or a storm loss gets an answer from the "
            "middle.",
            "what is rare is unimportant",
            "Who lives beyond the 95 % quantile?",
        ),
    ),
    hints=(
        "Where in a column do the cut values lie?",
        "In the far ends. Which axis looks there alone?",
        "Read the line 'clamped sampler' in the table above.",
    ),
    solution="C: the tail mass.",
    answers={"untried": None, "wrong": 0, "right": 2},
)

EXERCISES = (_SCORE, _AREA, _WORDS, _ORDER, DISTANCE, BAND, _GAME, _CATCH)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-better-than-fresh",
        section="when-to-use",
        prompt="A synthetic table scores better than held-out real rows. What do you do first?",
        options=(
            Option(
                "Publish it before somebody else does",
                "It is nearer to these people than others of their kind are.",
                "a high score is a safe table",
                "Which of the three tables scored best?",
            ),
            Option("Look for copies, near ones too", "Nothing is nearer to a table than a copy."),
            Option(
                "Lower the score by adding noise until it fits",
                "A little jitter changes the score and finds the same people.",
                "jitter is protection",
                "Turn the dial of the break once more.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-holdout",
        section="when-to-use",
        prompt="Nothing was held out before training. What can be said about leaks?",
        options=(
            Option(
                "Nothing was found, so there is none",
                "Without people who were not in the table, a hit can't be told from a guess.",
                "no evidence is evidence of safety",
                "Compared with whom would a member be found more often?",
            ),
            Option(
                "Almost nothing: the attacks have no control, and the verdict is capped",
                "Set rows aside first, and train again.",
            ),
            Option(
                "As much as with one: use the training rows twice",
                "They are all members. There is nobody to compare them with.",
                "training rows can be their own control",
                "Who plays the part of the stranger?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
