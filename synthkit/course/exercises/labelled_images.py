"""Lesson 16: what it asks, and how the answers are checked."""

from __future__ import annotations

from typing import Any

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.labelled_images_build import PICTURE, SHIFT
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = ("label", "domain gap", "domain randomisation", "distance field", "linear reader",
         "confusion matrix")  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

_SHARE = Choice(
    id="how-many-does-it-read",
    section="predict",
    prompt="A program draws digits in one font, with their labels. A reader learns from hundreds "
    "of them, and reads other drawn ones without a fault. How many real, handwritten digits does "
    "it read?",
    options=(
        Option(
            "Nearly all: a seven is a seven",
            "A reader doesn't know sevens, it knows pixels, and handwriting puts ink elsewhere.",
            "what is read perfectly is understood",
            "Watch both curves of the run.",
        ),
        Option(
            "About half",
            "Far better than guessing, far worse than on its own pictures: the gap between two "
            "worlds.",
        ),
        Option(
            "About a tenth: it guesses",
            "Printed and written digits share a lot; it is much better than that.",
            "synthetic data teaches nothing",
            "A tenth would be guessing among ten digits. Watch the lower curve.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 1},
)

PREDICTIONS = (Prediction(_SHARE),)


def option_text(index: Any) -> str:
    """Return the words of a predicted option, for the player; '' where nothing was chosen."""
    options = _SHARE.options
    return options[index].text if isinstance(index, int) and 0 <= index < len(options) else ""


RIGHT_TEXT = option_text(_SHARE.right)

# -- explain ----------------------------------------------------------------------------------

_GAP = Choice(
    id="why-is-there-a-gap",
    section="explain",
    prompt="The reader reads its own kind of pictures perfectly. Why not real ones?",
    options=(
        Option(
            "It has too few pictures: a hundred thousand would do.",
            "The curve on real digits has gone flat while the other one stands at the top: more of "
            "the same adds nothing.",
            "more of the same closes the gap",
            "Look at the right end of the lower curve.",
        ),
        Option(
            "Some labels of the drawn pictures are wrong.",
            "Not one: the program drew what the label says.",
            "a gap means wrong labels",
            "Who wrote the labels?",
        ),
        Option(
            "It learnt what is true of the drawn pictures, not of digits.",
            "Stroke, slant and place are always alike there, so it relies on them. Handwriting "
            "keeps none of them.",
        ),
        Option(
            "The model is too simple for handwriting.",
            "The same model, taught with real digits, reads nearly all of them.",
            "a bigger model closes the gap",
            "Look at the last line of the table in 'Judge it'.",
        ),
    ),
    hints=(
        "What do all its training pictures have in common, besides the digit?",
        "Their font: stroke, slant, place. Does handwriting have that in common?",
        "It learnt the font.",
    ),
    solution="C: what is true of the drawn pictures.",
    answers={"untried": None, "wrong": 0, "right": 2},
)

_WORDS = Sentence(
    id="why-vary-more-than-reality",
    section="explain",
    prompt="One sentence: why may it help to turn and thicken drawn digits more than any hand "
    "would?",
    expert="What varies in the training pictures can't be relied on, so the reader is driven to "
    "what stays the same, and the real digits become one more variation among many.",
    hints=(
        "On what can a reader rely if every digit stands at another angle?",
        "Not on the angle. What is left?",
        "On what stays the same: the digit's shape.",
    ),
    solution="What varies can't be relied on.",
    answers={
        "untried": "",
        "wrong": "It helps",
        "right": "Whatever varies at random cannot be used to tell digits apart",
    },
)

# -- break and repair -------------------------------------------------------------------------

_FONT = break_and_repair(
    "lose-it-to-a-font",
    "images.one_font",
    "Turn the dial until the reader is lost on real digits, then repair it by variety.",
    (
        "Which of the three varies least?",
        "One font. And which varies most?",
        "Dial to 'one font' (broken), then to 'randomised' (healed).",
    ),
    {"wrong": ("one font",), "right": ("one font", "randomised")},
)
_HURT = break_and_repair(
    "let-free-labels-hurt",
    "images.free_labels_hurt",
    "Find the reader that gets worse by free labels, then one that doesn't.",
    (
        "Which reader can't keep two worlds apart?",
        "The one that draws a single straight cut for each digit.",
        "Dial to 'linear' (broken), then to 'support vectors' (healed).",
    ),
    {"wrong": ("linear",), "right": ("linear", "support vectors")},
)

# -- judge ------------------------------------------------------------------------------------

_MIXING = Choice(
    id="when-do-free-labels-help",
    section="judge-it",
    prompt="Read the table of readers. When did drawn digits help beside real ones?",
    options=(
        Option(
            "Always: more labels are more labels.",
            "Look at the linear reader: it lost with few real digits and with many.",
            "free labels can't hurt",
            "Read the column 'won' from top to bottom.",
        ),
        Option(
            "With very few real digits, and a reader that can keep both kinds apart.",
            "With two real ones of each digit support vectors won on every seed. With five of each "
            "nothing was left to win, and the linear reader lost at any number.",
        ),
        Option(
            "Never: they come from another world.",
            "With the fewest real digits support vectors won some points, on every seed.",
            "synthetic data always hurts",
            "Look at the line of the support vectors with the fewest real digits.",
        ),
    ),
    hints=(
        "Read the signs in the column 'won'.",
        "One reader wins with few real digits. Which?",
        "Few real ones, and support vectors.",
    ),
    solution="B: very few real digits, and a reader that keeps both apart.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

EXERCISES = (_GAP, _WORDS, PICTURE, SHIFT, _FONT, _HURT, _MIXING)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-own-world",
        section="when-to-use",
        prompt="A vendor's model reads 99 % of the vendor's rendered pictures. What do you know?",
        options=(
            Option(
                "That it will read about 99 % of yours",
                "Its own pictures say nothing about the way to yours.",
                "a test on one's own world is a test",
                "What did the upper curve tell you about the lower one?",
            ),
            Option("That it knows the vendor's pictures", "Ask for a test on real ones."),
            Option(
                "That it is overfitted and useless",
                "It may be useful: half of the real digits were read. It is not known.",
                "perfect means overfitted",
                "What was measured, and on what?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-more-fonts",
        section="when-to-use",
        prompt="Seven fonts instead of one, as many pictures. What happened on real digits?",
        options=(
            Option(
                "Seven times the variety, nearly no gap",
                "All seven are upright print: the variety was not of the kind that hands have.",
                "any variety closes the gap",
                "Compare the first two lines of the table.",
            ),
            Option(
                "Next to nothing; turning and thickening helped",
                "Variety has to lie in the directions in which the real world differs.",
            ),
            Option(
                "It got far worse: too many fonts confuse",
                "The difference was within the spread of the seeds.",
                "variety confuses a model",
                "Look at worst and best seed of both lines.",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-worth",
        section="when-to-use",
        prompt="A made label costs a hundredth of a real one. When is it cheaper?",
        options=(
            Option(
                "Always: a hundredth is a hundredth",
                "A thousand made labels did the work of some dozens of real ones.",
                "a label is a label",
                "How many real labels read as much as the free ones?",
            ),
            Option(
                "If it does more than a hundredth of a real one's work",
                "Divide the price by what it is worth, and measure both.",
            ),
            Option(
                "Never: real labels are always needed",
                "For the test they are; for training it depends on price and worth.",
                "cheap labels are worthless",
                "Which two numbers does the price table multiply?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
