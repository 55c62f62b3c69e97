"""Lesson 02: what it asks, and how the answers are checked."""

from __future__ import annotations

from typing import Any

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.bootstrap_build import INTERVAL, STANDARD_ERROR
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence
from synthkit.course.runs.bootstrap import FEW_REPLICATES, ROWS, TIMES

TERMS = (
    "bootstrap", "with replacement", "replicate", "confidence interval", "standard error",
    "percentile interval", "BCa", "jackknife", "coverage", "autocorrelation", "block bootstrap",
)  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

_NARROWER = Choice(
    id="what-narrows-it",
    section="predict",
    prompt=f"You have {ROWS[0]} waiting times, and the interval of their mean from "
    f"{FEW_REPLICATES} new samples. What makes it narrower?",
    options=(
        Option(
            f"{TIMES} times the replicates: {TIMES * FEW_REPLICATES:,} instead of {FEW_REPLICATES}",
            "More replicates draw the same pile more finely. It does not get any narrower.",
            "replicates are data",
            "Watch the width while the pile grows.",
        ),
        Option(
            f"{TIMES} times the data: {TIMES * ROWS[0]} waiting times instead of {ROWS[0]}",
            "Only new rows bring new knowledge: the width falls with the square root of their "
            "number.",
        ),
        Option(
            "Both, about equally",
            "One of the two costs nothing but computing time, and buys no knowledge.",
            "computing is as good as collecting",
            "Turn the knob, then let the pile grow: which of the two moves the width?",
        ),
        Option(
            "Neither: the mean is what it is",
            "The mean of these rows is, but other rows would have had another. The more rows, the "
            "less it matters which.",
            "a figure has no error",
            "Turn the knob from one end to the other.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 1},
)

PREDICTIONS = (Prediction(_NARROWER),)


def option_text(index: Any) -> str:
    """Return the words of a predicted option, for the player; '' where nothing was chosen."""
    options = _NARROWER.options
    return options[index].text if isinstance(index, int) and 0 <= index < len(options) else ""


RIGHT_TEXT = option_text(_NARROWER.right)

# -- explain ----------------------------------------------------------------------------------

_MORE = Choice(
    id="what-replicates-buy",
    section="explain",
    prompt="You go from 2,000 replicates to 200,000. What do you get for it?",
    options=(
        Option(
            "An interval a tenth as wide.",
            "The pile keeps its width: that is set by the rows. Ten times narrower would take a "
            "hundred times the data.",
            "replicates are data",
            "Follow the width to the right end of the picture.",
        ),
        Option(
            "The right width: before, the interval was too narrow.",
            "With few replicates the ends jump about, to both sides. They are not too narrow on "
            "average.",
            "few replicates make narrow intervals",
            "Press 'new seed' a few times and look at the left end of the width's line.",
        ),
        Option(
            "The same interval, with steadier ends.",
            "The ends are quantiles of the replicates; a hundred times as many make their jitter "
            "a tenth as large. Nothing else changes.",
        ),
        Option(
            "An interval that covers the truth in exactly 95 % of cases.",
            "How often it covers depends on the rows and the method. More replicates only come "
            "nearer to what the method would say at best.",
            "computing mends coverage",
            "The break below shows intervals that cover far too seldom, with plenty of replicates.",
        ),
    ),
    hints=(
        "What are the ends of the interval made of?",
        "They are quantiles of the replicates. What happens to a quantile when there are more?",
        "It becomes steadier, but it does not move in any direction.",
    ),
    solution="C: the same interval, with steadier ends.",
    answers={"untried": None, "wrong": 0, "right": 2},
)

_WORDS = Sentence(
    id="why-with-replacement",
    section="explain",
    prompt="One sentence: what would go wrong if rows were drawn without putting them back?",
    expert="Drawing all n rows without putting any back always gives the same n rows in another "
    "order, so every replicate would equal the estimate and the interval would have no width.",
    hints=(
        "Draw 15 cards out of 15, without putting any back. What do you hold?",
        "Always the same cards. What is then the mean of each new sample?",
        "All replicates are equal, and the interval has no width.",
    ),
    solution="Each new sample would be the old one in another order: no replicate would differ.",
    answers={
        "untried": "",
        "wrong": "It is wrong",
        "right": "All new samples would be the same rows again",
    },
)

# -- break and repair -------------------------------------------------------------------------

_DEPENDENCE = break_and_repair(
    "break-dependence",
    "bootstrap.dependence",
    "Turn the dial until fewer than 80 % of the intervals cover the truth, then heal them.",
    (
        "A block is a stretch of neighbours that stays together. How short can it be?",
        "At 1 every row is drawn alone: neighbours are torn apart, and the intervals shrink.",
        "Dial to 1 (broken), then to 25 (healed).",
    ),
    {"wrong": (1,), "right": (1, 25)},
)
_MAXIMUM = break_and_repair(
    "break-the-maximum",
    "bootstrap.extremes",
    "Turn the dial until the replicates pile up on one value, then break the pile up again.",
    (
        "How likely is it that a new sample contains the largest row?",
        "The more rows are drawn, the likelier. Draw all 50, as usual.",
        "Dial to 50 (broken), then to 7 (healed).",
    ),
    {"wrong": (50,), "right": (50, 7)},
)

# -- judge ------------------------------------------------------------------------------------

_JUDGE = Choice(
    id="better-than-real",
    section="judge-it",
    prompt="The bootstrap table is more like the training rows than fresh real rows are. Why?",
    options=(
        Option(
            "It is the best technique: nothing comes nearer to the truth.",
            "Nearer to the rows it was fed, not to the truth. Fresh real rows differ from the "
            "training rows by luck, as an honest table must.",
            "nearer is better",
            "Which row of the card asks whether the rows were seen before?",
        ),
        Option(
            "It is made of the training rows: it copies their luck too.",
            "A figure beyond the noise band on the good side is a warning sign: no honest table "
            "can be more like the sample than another sample of the same world.",
        ),
        Option(
            "By chance: another seed would turn it round.",
            "Look at the noise band: chance moves the figures less than that.",
            "all differences are noise",
            "Compare the difference with the width of the noise band.",
        ),
        Option(
            "Because the fresh rows are of poor quality.",
            "They come from the same patients' table, split by lot.",
            "real rows are worse than synthetic ones",
            "How were the held-out rows chosen?",
        ),
    ),
    hints=(
        "Where does each row of the bootstrap table come from?",
        "From the training rows, whole. What does it then share with them?",
        "Everything, their luck too.",
    ),
    solution="B: it copies the training rows, with their luck.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

EXERCISES = (_MORE, _WORDS, STANDARD_ERROR, INTERVAL, _DEPENDENCE, _MAXIMUM, _JUDGE)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-half-the-width",
        section="when-to-use",
        prompt="You want an interval half as wide. What do you need?",
        options=(
            Option(
                "Four times the replicates",
                "They make its ends steadier, not nearer to each other.",
                "replicates are data",
                "What set the width in the pile's picture?",
            ),
            Option("Four times the rows", "The width falls like 1/√n."),
            Option(
                "Twice the rows",
                "That divides the width by 1.4 only.",
                "twice the data, half the width",
                "√2 = 1.4.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-dependent-rows",
        section="when-to-use",
        prompt="Daily sales of a shop: what must be drawn, so that the interval can be trusted?",
        options=(
            Option(
                "Single days, as many as possible",
                "Today resembles yesterday. Drawn alone, days look more different than they are "
                "from week to week, and the interval comes out too narrow.",
                "more draws make up for dependence",
                "Which end of the block dial was the broken one?",
            ),
            Option("Stretches of days, longer than the memory of the sales", "Blocks keep it."),
            Option(
                "The days of the best week",
                "Then the interval speaks of that week only.",
                "choose the rows that fit",
                "Every stretch must have its chance.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-bootstrap-privacy",
        section="when-to-use",
        prompt="May a bootstrap table of patients be published, since its rows were drawn at "
        "random?",
        options=(
            Option(
                "Yes: nobody knows which rows were drawn",
                "Whoever is in it is in it with all cells. Drawing at random hides nobody.",
                "random means anonymous",
                "What share of its rows are copies of real ones?",
            ),
            Option("No: every row of it is a real patient's", "All cells of it, unchanged."),
            Option(
                "Yes, if it is larger than the real one",
                "Then each patient is in it several times.",
                "more rows hide better",
                "Where would the additional rows come from?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
