"""Lesson 13's exercises in code: the share of closer rows, and a membership attack from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from synthkit.course.checks import (
    CodeExercise,
    Finding,
    Metamorphic,
    Property,
    WrongReference,
)
from synthkit.course.questions import Blanks

Three = tuple[np.ndarray, np.ndarray, np.ndarray]

# -- the share of closer rows -------------------------------------------------------------------

_UNEQUAL = (300, 100, 240)  # members, others, synthetic rows


def _points(rng: np.random.Generator) -> Three:
    """Return members, others and synthetic rows of one population, in two columns."""
    one, two, three = (rng.normal(size=(n, 2)) for n in _UNEQUAL)
    return one, two, three


def _null_is_the_share_of_rows(share: Any, rng: np.random.Generator) -> Finding:
    members, others, fake = _points(rng)
    null = float(share(members, others, fake)[1])
    wanted = len(members) / (len(members) + len(others))
    return True if abs(null - wanted) < 1e-9 else (
        f"With {len(members)} members and {len(others)} others it must be {wanted:.2f}: so often "
        f"is the nearest of all rows a member's, without any leak. Yours is {null:.2f}."
    )  # fmt: skip


def _share_counts_closer_rows(share: Any, rng: np.random.Generator) -> Finding:
    members, others, fake = _points(rng)
    gaps = [np.linalg.norm(fake[:, None] - side[None], axis=2).min(axis=1) for side in
            (members, others)]  # fmt: skip
    wanted, found = float(np.mean(gaps[0] < gaps[1])), float(share(members, others, fake)[0])
    # No chance is in it: both count the same rows.
    return True if abs(wanted - found) < 1e-9 else (
        f"{wanted:.1%} of these synthetic rows lie closer to a member; yours says {found:.1%}."
    )  # fmt: skip


SHARE = Blanks(
    id="closer-to-whom",
    section="build-it",
    prompt="A usual 'privacy score' counts the synthetic rows that lie closer to a member than to "
    "anybody held out. Fill two gaps: the share that is found, and the share that a table without "
    "any leak would have.",
    template="def share(members, others, fake):\n    to_member = nearest(fake, members)\n"
    "    to_other = nearest(fake, others)\n    found = {0}\n    without_leak = {1}\n"
    "    return found, without_leak\n",
    name="share",
    setup="import numpy as np\n\n\ndef nearest(a, b):\n"
    "    return np.linalg.norm(a[:, None] - b[None], axis=2).min(axis=1)\n",
    labels=("share of rows closer to a member", "the same without a leak"),
    checks=(
        Property(
            "it counts the rows that are closer to a member",
            _share_counts_closer_rows,
            try_next="Compare `to_member` with `to_other`, row by row.",
        ),
        Property(
            "the share without a leak is that of the members among all real rows",
            _null_is_the_share_of_rows,
            try_next="Ten members and one other: whose row is usually the nearest?",
        ),
    ),
    misconceptions={
        r".*;(0?\.5|1/2)": (
            "without a leak it is a half",
            "Only where members and others are equally many. With ten members for each other "
            "person, most rows lie closer to a member by numbers alone.",
        ),
        r".*to_member>to_other.*": (
            "closer is further",
            "A smaller distance is closer: you counted the rows nearer to others.",
        ),
    },
    hints=(
        "`to_member` and `to_other` are two distances for each synthetic row.",
        "`np.mean(to_member < to_other)`. And without a leak every real row is equally likely to "
        "be the nearest.",
        "The second gap: `len(members) / (len(members) + len(others))`.",
    ),
    solution="np.mean(to_member < to_other)\nlen(members) / (len(members) + len(others))",
    answers={
        "untried": ["", ""],
        "wrong": ["np.mean(to_member < to_other)", "0.5"],
        "right": [
            "np.mean(to_member < to_other)",
            "len(members) / (len(members) + len(others))",
        ],
    },
)

# -- the membership attack ----------------------------------------------------------------------

_PEOPLE, _COPIED = 150, 90
_UNITS = np.array([1.0, 1_000.0, 0.01])  # of the three columns: euros, metres …


def _honest(rng: np.random.Generator) -> Three:
    """Return members, others and synthetic rows (150, 3) that know nothing of each other."""
    one, two, three = (rng.normal(size=(_PEOPLE, 3)) * _UNITS for _ in range(3))
    return one, two, three


def _leaking(rng: np.random.Generator) -> Three:
    """Return the same with 90 of 150 synthetic rows a member's, moved by a tenth of a spread."""
    members, others, fake = _honest(rng)
    fake[:_COPIED] = members[:_COPIED] + 0.1 * rng.normal(size=(_COPIED, 3)) * _UNITS
    return members, others, fake


def _area(members: np.ndarray, others: np.ndarray) -> float:
    """Return the area under the curve by SciPy: the independent answer."""
    pairs = len(members) * len(others)
    return float(stats.mannwhitneyu(members, others).statistic) / pairs


def _nearest(people: np.ndarray, fake: np.ndarray, scale: Any = 1.0) -> np.ndarray:
    return np.linalg.norm((people[:, None] - fake[None]) / scale, axis=2).min(axis=1)


def _raw_units(members: np.ndarray, others: np.ndarray, fake: np.ndarray, rng: Any = None) -> float:
    return _area(-_nearest(members, fake), -_nearest(others, fake))


def _upside_down(
    members: np.ndarray, others: np.ndarray, fake: np.ndarray, rng: Any = None
) -> float:
    scale = np.vstack([members, others]).std(axis=0)
    return _area(_nearest(members, fake, scale), _nearest(others, fake, scale))


def _agree(theirs: Any, wrong: Any) -> bool:
    return bool(abs(float(theirs) - float(wrong)) < 1e-3)


def _is_an_area(answer: Any, rng: np.random.Generator) -> Finding:
    found = answer(*_leaking(rng), rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return`?"
    if np.ndim(found) != 0:
        return f"One number is wanted; yours has the shape {np.shape(found)}."
    return True if 0 <= float(found) <= 1 else f"An area lies in 0 … 1; got {float(found):.3g}."


def _finds_the_copies(answer: Any, rng: np.random.Generator) -> Finding:
    found = float(answer(*_leaking(rng), rng))
    # 60 % of the members lie far closer than others do (area near 1), the rest as others do
    # (.5): .8 in the mean, with a standard error below .03. Four of them below is .68.
    return True if found > 0.68 else (
        f"{_COPIED} of {_PEOPLE} members have a near copy; your attack has AUC {found:.2f} only."
    )  # fmt: skip


def _finds_nothing_in_honest_rows(answer: Any, rng: np.random.Generator) -> Finding:
    found = float(answer(*_honest(rng), rng))
    # Without a leak the area has the standard error √(301 / (12 · 150²)) = .033: five of them.
    return True if abs(found - 0.5) < 0.167 else (
        f"These rows know nothing of the members, so it should be near 0.5; yours is {found:.2f}."
    )  # fmt: skip


def _other_units(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(side * np.array([0.001, 7.0, 50.0]) for side in inputs)


def _other_order(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(side[::-1] for side in inputs)


def _same(before: Any, after: Any) -> Finding:
    # Rounding may move a distance past a neighbour: one pair in 150² is 4e-5.
    return bool(abs(float(before) - float(after)) < 1e-3)


ATTACK = CodeExercise(
    id="membership-attack",
    section="build-it",
    name="my_attack",
    setup="import numpy as np",
    prompt="Write `my_attack(members, others, fake)`: score each person by how close the nearest "
    "synthetic row lies, and return the AUC, the share of pairs in which the member scores higher.",
    checks=(
        Property("one number in 0 … 1", _is_an_area, try_next="Return the share of pairs."),
        WrongReference(
            "closer counts as more likely a member",
            "far away means member",
            _leaking,
            _upside_down,
            _agree,
            "Your score is upside down: whoever lies *close* to a synthetic row is suspicious. "
            "An AUC far below one half is the same knowledge, read the wrong way round.",
            "Put a minus before the distance.",
        ),
        WrongReference(
            "no column rules by its unit",
            "distances in raw units",
            _leaking,
            _raw_units,
            _agree,
            "One column is a thousand times as large as another, and is all that your distance "
            "sees.",
            "Divide each column by its spread among the real people.",
        ),
        Property(
            "it finds members with a near copy",
            _finds_the_copies,
            try_next="For each person: the *smallest* distance to any synthetic row.",
        ),
        Property(
            "it finds nothing where there is nothing",
            _finds_nothing_in_honest_rows,
            try_next="Members and others must be treated alike.",
        ),
        Metamorphic(
            "other units change nothing", _leaking, _other_units, _same,
            try_next="Every column must be divided by its own spread.",
        ),
        Metamorphic(
            "the order of the people changes nothing", _leaking, _other_order, _same,
            try_next="Compare every member with every other person.",
        ),
    ),
    hints=(
        "Three steps: a spread for each column, each person's nearest synthetic row, the share "
        "of pairs.",
        "`np.linalg.norm((people[:, None] - fake[None]) / scale, axis=2).min(axis=1)` is each "
        "person's distance.",
        "With the distances `a` of members and `b` of others: `(a[:, None] < b[None]).mean()`.",
    ),
    answers={
        "wrong": "def my_attack(members, others, fake, rng=None):\n"
        "    def far(people):\n"
        "        return np.linalg.norm(people[:, None] - fake[None], axis=2).min(axis=1)\n"
        "    a, b = far(members), far(others)\n"
        "    return (a[:, None] < b[None]).mean()\n"
    },
)  # fmt: skip
