"""Lesson 09: what it asks, and how the answers are checked."""

from __future__ import annotations

from typing import Any

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.exercises.market_build import DEMAND, MATCH
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Option, Sentence

TERMS = ("order book", "limit order", "market order", "tick", "spread", "price-time priority",
         "zero intelligence", "return", "stylised facts", "fat tail", "volatility cluster",
         "fundamentalist", "chartist", "herding")  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

_LIKE = Choice(
    id="do-they-look-real",
    section="predict",
    prompt="Traders who know nothing send orders at random to a real exchange's rules. Will the "
    "prices look like a market's?",
    options=(
        Option(
            "In everything: nobody can foretell prices, so chance is all there is",
            "That returns can't be foretold does not make them alike: real ones are calm for weeks "
            "and wild for weeks, and these are not. These can even be foretold a little.",
            "unforeseeable means purely random",
            "Read the rows on memory in the table under the player.",
        ),
        Option(
            "The book will, the returns won't: no crashes, no nervous weeks",
            "The rules alone make lines, a spread and prices. Fat tails and unrest that lasts come "
            "from what people do.",
        ),
        Option(
            "The returns will be wilder than real ones: ignorance makes crashes",
            "They are tamer: many small blind orders cancel out. A crash needs many who do the "
            "same.",
            "ignorance makes crashes",
            "Compare the excess kurtosis of the three columns.",
        ),
        Option(
            "Not at all: without knowledge there is no price",
            "A price is what the two best orders agree on, whatever moved them. Watch the line on "
            "the right.",
            "prices need knowledge",
            "Step through the last events one by one.",
        ),
    ),
    answers={"untried": None, "wrong": 0, "right": 1},
)

PREDICTIONS = (Prediction(_LIKE),)


def option_text(index: Any) -> str:
    """Return the words of a predicted option, for the player; '' where nothing was chosen."""
    options = _LIKE.options
    return options[index].text if isinstance(index, int) and 0 <= index < len(options) else ""


RIGHT_TEXT = option_text(_LIKE.right)

# -- explain ----------------------------------------------------------------------------------

_CLUSTERS = Choice(
    id="where-do-clusters-come-from",
    section="explain",
    prompt="In the market of two moods all noise is normal and independent from day to day. Why "
    "are there calm and wild weeks?",
    options=(
        Option(
            "Because the noise of one day depends on that of the last.",
            "It doesn't: each day draws anew, from two normal distributions.",
            "clusters out of clustered noise",
            "Look at Eqs. 1 and 2: which of their numbers changes with time?",
        ),
        Option(
            "Because the noisier mood comes into fashion and stays there for a while.",
            "The spread of a day's return depends on who is in the majority, and herding keeps a "
            "majority for weeks.",
        ),
        Option(
            "Because news comes in clusters.",
            "There is no news in the model at all.",
            "every unrest has news behind it",
            "Where in the five equations would news stand?",
        ),
        Option(
            "Because the price is far from its value then.",
            "Far from it, fundamentalists come into fashion, and they are the calmer ones.",
            "distance makes unrest",
            "Read the last term of the attraction.",
        ),
    ),
    hints=(
        "Which quantity in the model changes slowly?",
        "The shares of the two moods. How noisy is each of them?",
        "The noisier mood in fashion: a wild time.",
    ),
    solution="B: the noisier mood comes into fashion and stays there.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

_WORDS = Sentence(
    id="what-rules-make",
    section="explain",
    prompt="One sentence: what do the exchange's rules alone bring about, and what takes people?",
    expert="The rules alone make a book, a spread, and a price that moves; fat tails and unrest "
    "that lasts need traders who react to prices and to each other.",
    hints=(
        "Compare the columns of the table: what does the first one lack?",
        "It has prices and trades, but no memory of unrest.",
        "Rules: book, spread, price. People: fat tails and clusters.",
    ),
    solution="Rules make the book, the spread and the price; people make fat tails and clusters.",
    answers={
        "untried": "",
        "wrong": "Nothing",
        "right": "Rules make a spread and a price, but fat tails need traders who imitate others",
    },
)

# -- break and repair -------------------------------------------------------------------------

_LOST = break_and_repair(
    "lose-the-facts",
    "market.stylised_facts_lost",
    "Turn the chartists' noise until the market forgets its unrest at once, then heal it.",
    (
        "What if it made no difference who is in fashion?",
        "Make both moods equally noisy: .758.",
        "Dial to 0.758 (broken), then to 2.087 (healed).",
    ),
    {"wrong": (0.758,), "right": (0.758, 2.087)},
)

# -- judge ------------------------------------------------------------------------------------

_LEVERAGE = Choice(
    id="which-fact-can-never-fit",
    section="judge-it",
    prompt="On the real market falls are followed by unrest more than rises are. No setting of "
    "this model can show that. Why?",
    options=(
        Option(
            "It has too few traders.",
            "It has no number of traders at all: only shares of two moods.",
            "more agents mend any model",
            "Look for a number of traders in the five equations.",
        ),
        Option(
            "Up and down are the same to it: mirror all noise, and the price is mirrored.",
            "Demands turn around, the attraction holds squares only: nothing knows up from down. "
            "What must be lopsided needs a lopsided rule.",
        ),
        Option(
            "Its runs are too short to see it.",
            "Ten times as long it would be nearer to 0, not to the real figure.",
            "a bias goes away with more data",
            "Look at the band of ten runs: on which side of 0 is it?",
        ),
    ),
    hints=(
        "Which of the five equations treats a rise differently from a fall?",
        "None: change the sign of all prices and all noise, and each equation still holds.",
        "Up and down are the same to it.",
    ),
    solution="B: up and down are the same to it.",
    answers={"untried": None, "wrong": 2, "right": 1},
)

EXERCISES = (_CLUSTERS, _WORDS, DEMAND, MATCH, _LOST, _LEVERAGE)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-queue",
        section="when-to-use",
        prompt="Two asks wait at 101, one at 102. A buyer takes one share. Whose?",
        options=(
            Option(
                "The one that has waited longest of all three",
                "If that is the one at 102, it waits on: price comes before time.",
                "time before price",
                "What did the check call this?",
            ),
            Option("The older one at 101", "Price first, then time."),
            Option(
                "The larger one at 101",
                "Size gives no right of way.",
                "size before time",
                "Who stands first in line?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-risk",
        section="when-to-use",
        prompt="A risk model passes on synthetic returns that are normal and without memory. What "
        "is that worth?",
        options=(
            Option(
                "Much: it was tested on millions of days",
                "On millions of days without a crash or a nervous month.",
                "many rows cover every case",
                "What did the broken dial look like?",
            ),
            Option("Little: it met no crash and no nervous month", "Check the stylised facts."),
            Option(
                "Nothing: synthetic prices are worth nothing",
                "With the facts in place they hold cases that a short history lacks.",
                "synthetic is always worse",
                "Which facts did the two moods have?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-fit",
        section="when-to-use",
        prompt="`Market().fit(your_returns)` ran without an error. What does the market have of "
        "yours now?",
        options=(
            Option(
                "Its crashes and its nervous weeks",
                "Those come from the published settings, for the S&P 500. Only the size of an "
                "average day is yours.",
                "fitting learns everything",
                "Which figure changed in 'Your own data', and which stayed?",
            ),
            Option("The size of an average day, and nothing else", "It stretches the returns."),
            Option(
                "The correlations with other assets",
                "It knows one asset.",
                "one series holds many",
                "How many columns did you pass?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
)
