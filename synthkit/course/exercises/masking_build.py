"""Lesson 03, 'Build it': a keyed pseudonym in two gaps, and who is alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks


def _same_again(pseudonym: Any, rng: np.random.Generator) -> Finding:
    key, value = rng.bytes(32), f"user{rng.integers(10**6)}@example.org"
    same = pseudonym(value, key) == pseudonym(value, key)
    return same or "The same value came out differently the second time: nothing would join."


def _apart(pseudonym: Any, rng: np.random.Generator) -> Finding:
    key = rng.bytes(32)
    made = {pseudonym(f"patient {i}", key) for i in range(2_000)}
    # 16 or more hexadecimal digits: 2,000 values collide with chance 10^-13.
    return len(made) == 2_000 or f"2,000 patients share {len(made):,} pseudonyms."


def _needs_the_key(pseudonym: Any, rng: np.random.Generator) -> Finding:
    one, other = rng.bytes(32), rng.bytes(32)
    fine = pseudonym("73301", one) != pseudonym("73301", other)
    return fine or "Another key gives the same pseudonym: anybody can make the list."


PSEUDONYM = Blanks(
    id="keyed-pseudonym",
    section="build-it",
    prompt="Fill two gaps, so that a value gets the same pseudonym each time, and nobody without "
    "the key can make it. BLAKE2b takes a key.",
    template="from hashlib import blake2b\n\ndef pseudonym(value, key):\n"
    "    state = blake2b({0}, key={1}, digest_size=8)\n    return state.hexdigest()\n",
    name="pseudonym",
    labels=("what is hashed, as bytes", "what is secret"),
    checks=(
        Property("the same value stays the same", _same_again, try_next="Draw nothing at random."),
        Property("different values stay apart", _apart, try_next="Hash the value itself."),
        Property("it takes the key", _needs_the_key, try_next="Pass the key to BLAKE2b."),
    ),
    misconceptions={
        r".*;(b''|b\"\"|None)": (
            "a hash without a key is a mask",
            "Without a key anybody hashes all possible values and looks yours up.",
        ),
        r"value;.*": (
            "a text is bytes",
            "A hash takes bytes: `value.encode()` says which.",
        ),
        r"key;.*": (
            "the key is hashed, not the value",
            "Then everybody has the same pseudonym.",
        ),
    },
    hints=(
        "A text becomes bytes by `.encode()`.",
        "The secret has a parameter of its own.",
        "`value.encode()`, `key`",
    ),
    solution="value.encode()\nkey",
    answers={
        "untried": ["", ""],
        "wrong": ["value.encode()", "b''"],
        "right": ["value.encode()", "key"],
    },
)

# -- who is alone ------------------------------------------------------------------------------


def _people(rng: np.random.Generator, n: int = 300) -> pd.DataFrame:
    """Make up passengers, a fifth of unknown age, and one of those alone on her deck."""
    age = rng.integers(0, 70, n).astype(float)
    age[rng.random(n) < 0.2] = np.nan
    deck = rng.choice(list("ABCDEF"), n)
    alone = rng.integers(n)
    age[alone], deck[alone] = np.nan, "G"
    return pd.DataFrame({"age": age, "deck": deck, "sex": rng.choice(["f", "m"], n)})


FACTS = ["age", "deck", "sex"]


def share_alone(table: pd.DataFrame, facts: list[str]) -> float:
    """Return the share of rows that nobody shares the facts with; missing is a value as well."""
    return float((~table.duplicated(subset=facts, keep=False)).mean())


def _is_a_share(alone: Any, rng: np.random.Generator) -> Finding:
    share = alone(_people(rng), FACTS, rng)
    if share is None:
        return "It returned nothing. Did you forget `return`?"
    try:
        share = float(share)
    except (TypeError, ValueError):
        return f"It must return one number; yours returned {type(share).__name__}."
    return 0 <= share <= 1 or f"A share is between 0 and 1; yours is {share:.4g}."


def _is_right(alone: Any, rng: np.random.Generator) -> Finding:
    table = _people(rng)
    mine, yours = share_alone(table, FACTS), float(alone(table, FACTS, rng))
    right = abs(mine - yours) < 1e-9  # both count the same rows: nothing is left to chance
    return right or f"On {len(table)} made-up passengers it is {mine:.3f}; yours says {yours:.3f}."


def _near(theirs: Any, wrong: Any) -> bool:
    return abs(float(theirs) - float(wrong)) < 1e-9


def _inputs(rng: np.random.Generator) -> tuple[Any, ...]:
    return _people(rng), FACTS


ALONE = CodeExercise(
    id="who-is-alone",
    section="build-it",
    prompt="Write `my_singled_out(table, facts)`: the share of rows that nobody else shares all "
    "the `facts` with. An unknown age counts as a value: all who have none share it.",
    name="my_singled_out",
    setup="import numpy as np\nimport pandas as pd",
    checks=(
        Property("it returns a share", _is_a_share, try_next="End with `return`, one number."),
        WrongReference(
            "it counts the rows that are alone, not the combinations",
            "counting combinations",
            inputs=_inputs,
            reference=lambda table, facts, *_: len(table.drop_duplicates(facts)) / len(table),
            agree=_near,
            why="That is the number of different combinations per row. Combinations that two or "
            "more people share must not count.",
        ),
        WrongReference(
            "an unknown age is a value",
            "missing means gone",
            inputs=_inputs,
            reference=lambda table, facts, *_: float(
                (table.groupby(facts)[facts[0]].transform("size") == 1).mean()
            ),
            agree=_near,
            why="`groupby` drops missing values unless told otherwise, so nobody of unknown age "
            "was ever alone.",
        ),
        Property("it is right on a fresh table", _is_right, try_next="Try it on three rows."),
        Metamorphic(
            "the order of the rows does not matter",
            inputs=_inputs,
            change=lambda given: (given[0].iloc[::-1], given[1]),
            compare=lambda before, after: _near(before, after)
            or "Turning the table upside down changed the answer.",
        ),
        Metamorphic(
            "if everybody has a twin, nobody is alone",
            inputs=_inputs,
            change=lambda given: (pd.concat([given[0], given[0]], ignore_index=True), given[1]),
            compare=lambda before, after: float(after) == 0
            or "Each row was doubled, and somebody is still alone.",
        ),
    ),
    hints=(
        "`table.duplicated(subset=..., keep=...)` says which rows have a twin.",
        "With `keep=False` all of the twins are marked, not only the later ones.",
        "Alone are those that are not duplicated: `~table.duplicated(subset=facts, keep=False)`; "
        "the share is the mean.",
    ),
    answers={
        "wrong": "def my_singled_out(table, facts, rng=None):\n"
        "    return len(table.drop_duplicates(facts)) / len(table)\n",
    },
)
