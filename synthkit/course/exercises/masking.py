"""Lesson 03: what it asks, and how the answers are checked."""

from __future__ import annotations

from synthkit.course.break_and_repair import break_and_repair
from synthkit.course.checks import Result
from synthkit.course.exercises.masking_build import ALONE, PSEUDONYM
from synthkit.course.predict import Prediction
from synthkit.course.questions import Choice, Draw, Option, OrderLines, Sentence
from synthkit.course.runs.masking import cards_left, passengers

TERMS = (
    "masking", "direct identifier", "quasi-identifier", "singling out", "linkage attack",
    "pseudonym", "keyed hash", "format-preserving encryption", "k-anonymity", "Mondrian",
    "homogeneity", "l-diversity", "t-closeness", "information loss", "prosecutor risk",
    "held-out rows", "noise band",
)  # fmt: skip

# -- predict ----------------------------------------------------------------------------------

ALL = len(passengers())
_BY_CLASS, _BY_BOTH = cards_left("Eva Hart")[1:]


def _judge_cards(heights: list[float]) -> Result:
    """Score the drawn number of cards: two facts leave one."""
    drawn = heights[-1]
    said = f"You drew {drawn:,.0f} card{'s' if round(drawn) != 1 else ''} after the second fact."
    if drawn < 3:
        return Result("right", f"{said} It is {_BY_BOTH}: two facts were enough.")
    name = "a few facts leave a crowd" if drawn > 20 else "nearly right is not alone"
    return Result("wrong", said, "Watch the cards fall, then count.", name)


PREDICTIONS = (
    Prediction(
        Draw(
            id="cards-left",
            section="predict",
            prompt=f"{ALL:,} cards, no names. First fact: she travelled in the second class, which "
            f"leaves {_BY_CLASS} cards. Second fact: her age, seven years. How many are left then?"
            "\n\nDrag the second point, or move to it with Tab and use the arrow keys. "
            "The axis multiplies.",
            x=(1, 2),
            x_names=("class", "+ age"),
            start=(float(_BY_CLASS), float(_BY_CLASS)),
            y_range=(0.5, 2_000),
            x_label="facts known",
            y_label="cards left",
            judge=_judge_cards,
            answers={
                "untried": None,
                "wrong": [float(_BY_CLASS), 60.0],
                "right": [float(_BY_CLASS), 1.0],
            },
        )
    ),
)

# -- explain ----------------------------------------------------------------------------------

_HASHED = Choice(
    id="is-a-hash-a-mask",
    section="explain",
    prompt="A hospital takes the names off its table and replaces each patient's postcode by its "
    "SHA-256 hash. What have the patients gained?",
    options=(
        Option(
            "Much: a hash can't be turned back.",
            "It need not be. Hash all postcodes there are, and look yours up in the list: the "
            "cell below did it in a moment.",
            "what can't be inverted can't be undone",
            "How many different postcodes are there to try?",
        ),
        Option(
            "Much, if the hash is long: 512 bits instead of 256.",
            "The length of the hash changes nothing about how few postcodes there are.",
            "longer is safer",
            "Count the inputs, not the outputs.",
        ),
        Option(
            "Hardly anything: who has a list of postcodes has the answer, and the other columns "
            "single patients out as before.",
            "A secret key would stop the list. Nothing but blurring stops the other columns.",
        ),
        Option(
            "Nothing, and the table is useless now: it can't be joined any more.",
            "Equal postcodes have equal hashes, so it joins as before. That is what pseudonyms "
            "are for.",
            "a pseudonym breaks the joins",
            "What is the hash of the same postcode in another table?",
        ),
    ),
    hints=(
        "There are fewer than 100,000 five-digit postcodes.",
        "A computer hashes a million texts in a second.",
        "What would have to be secret, so that nobody can make such a list?",
    ),
    solution="C: a hash without a key is a list away from its input; the rest was never hidden.",
    answers={"untried": None, "wrong": 0, "right": 2},
)

_WORDS = Sentence(
    id="harmless-together",
    section="explain",
    prompt="One sentence: how can columns name a person together, if none does by itself?",
    expert="Each column splits the crowd into parts, and several columns split it into so many "
    "combinations that there are more of them than people: many combinations hold one person.",
    hints=(
        "How many combinations of three classes and ninety ages are there?",
        "And how many passengers are there to fill them?",
        "The rarer the combination, the smaller the crowd that you hide in.",
    ),
    solution="There are more combinations than people, so many of them belong to one person only.",
    answers={
        "untried": "",
        "wrong": "They just do",
        "right": "The combinations are so many that most of them hold only one person",
    },
)

# -- build ------------------------------------------------------------------------------------

_STEPS = (
    "Draw one box around all rows, in the space of the quasi-identifiers",
    "Take the column in which the box is widest, compared with the whole table",
    "Find the median of that column among the box's rows",
    "Cut there, if both halves keep at least k rows; else try the next column",
    "Go on with both halves until no box can be cut any more",
    "Publish, for each row, its box instead of its values",
)

_ORDER = OrderLines(
    id="mondrian-in-order",
    section="build-it",
    prompt="Put the steps of Mondrian in order, and leave out the one that spoils it.",
    lines=_STEPS,
    distractors={
        "Remove every row that is alone": "Removing people makes the table smaller, not safer: "
        "others become alone, and those who were removed are missed in every figure."
    },
    needs={
        1: "there is no box yet whose sides could be compared",
        2: "the median is that of the chosen column",
        3: "to cut you need the place to cut at",
        4: "there are halves only after a cut",
        5: "boxes are published when they are final",
    },
    hints=(
        "It begins with one box and ends with many.",
        "Choose a side, find its middle, cut, go on.",
        "Publishing comes last.",
    ),
    solution="\n".join(f"{i}. {step}" for i, step in enumerate(_STEPS, 1)),
    answers={
        "untried": None,
        "wrong": [_STEPS[0], _STEPS[2], _STEPS[1], *_STEPS[3:]],
        "right": list(_STEPS),
    },
)

# -- break and repair -------------------------------------------------------------------------

_FIND = break_and_repair(
    "find-the-passengers",
    "masking.reidentification",
    "Turn the dial until passengers are found although their names are gone, then hide them again.",
    (
        "The dial says how many people at least share the same facts.",
        "With 1 everybody keeps her own facts, as in the table that lost only its names.",
        "Dial to 1 (broken), then to 5 (healed).",
    ),
    {"wrong": (1,), "right": (1, 5)},
)
_TELL = break_and_repair(
    "tell-the-secret",
    "masking.homogeneity",
    "Nobody is found now. Turn the dial until the fate of passengers is told all the same, then "
    "keep it secret.",
    (
        "What do you know of somebody whose whole group died?",
        "With l = 1 a group may have one fate only; with l = 2 both must occur in it.",
        "Dial to 1 (broken), then to 2 (healed).",
    ),
    {"wrong": (1,), "right": (1, 2)},
)

# -- judge ------------------------------------------------------------------------------------

_CLAIM = Choice(
    id="what-may-be-claimed",
    section="judge-it",
    prompt="Your table has k = 5 and l = 2. What may you write above it?",
    options=(
        Option(
            "Anonymous",
            "Only if nobody could find anybody by any means. You tried one attack, with three "
            "facts.",
            "k-anonymous is anonymous",
            "Which facts did the check not know of?",
        ),
        Option(
            "Every class, sex and age in it is shared by five passengers or more, with both fates "
            "among them; further facts were not tried",
            "That is what was measured, and what was not. More can't be read off it.",
        ),
        Option(
            "Safe by law, since five is the usual minimum",
            "A number of rows is no legal judgement, and masked rows of people stay personal data.",
            "a usual number is a permission",
            "Who decides that, and on what?",
        ),
        Option(
            "The risk is 1 in 5 for everybody",
            "That is the most for one who knows these three facts and that you are in it. Who "
            "knows a fourth fact may have less to guess.",
            "one risk for all attackers",
            "What if somebody also knows the cabin?",
        ),
    ),
    hints=(
        "What did the indicator look at?",
        "Three facts, and one secret.",
        "Say what was measured, and against what.",
    ),
    solution="B: say what was measured, against which knowledge, and stop there.",
    answers={"untried": None, "wrong": 0, "right": 1},
)

EXERCISES = (_HASHED, _WORDS, PSEUDONYM, _ORDER, ALONE, _FIND, _TELL, _CLAIM)

# -- recall -----------------------------------------------------------------------------------

RECALL = (
    Choice(
        id="recall-two-facts",
        section="when-to-use",
        prompt="Why did two facts find one passenger among more than a thousand?",
        options=(
            Option(
                "The first fact was rare",
                "It left hundreds. The combination was rare.",
                "one rare column is to blame",
                "How many cards were left after the class?",
            ),
            Option("Their combination was rare", "Each split the crowd; together they left one."),
            Option(
                "The names could be guessed",
                "No name was used: the cards had none.",
                "the name is the leak",
                "What was written on the cards?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-homogeneity",
        section="when-to-use",
        prompt="A table has k = 50. Can it still tell somebody's diagnosis?",
        options=(
            Option(
                "No, nobody can be found",
                "Nobody has to be, if all fifty have the same diagnosis.",
                "found or safe",
                "What does one learn from a group of one kind?",
            ),
            Option("Yes, if a group has one diagnosis only", "k counts people, not secrets."),
            Option(
                "Only with the key",
                "The key undoes pseudonyms. The diagnosis stands there in the clear.",
                "the key guards everything",
                "Which columns does the key hide?",
            ),
        ),
        answers={"untried": None, "wrong": 0, "right": 1},
    ),
    Choice(
        id="recall-key",
        section="when-to-use",
        prompt="Two tables are masked in different offices. What makes their pseudonyms join?",
        options=(
            Option("The same key for the same domain", "Equal values then get equal pseudonyms."),
            Option(
                "The same table name",
                "The key goes by domain (customer number, e-mail), not by table.",
                "one key a table",
                "Which column do you join on?",
            ),
            Option(
                "Nothing: pseudonyms never join",
                "They do, which is their use and their risk.",
                "a pseudonym breaks the joins",
                "What is a keyed hash of the same value?",
            ),
        ),
        answers={"untried": None, "wrong": 2, "right": 0},
    ),
)
