"""Lesson 16's exercises in code: a picture in two gaps, variety of one's own from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks

# -- two gaps ---------------------------------------------------------------------------------


def _field(rng: np.random.Generator) -> np.ndarray:
    """Return distances (32, 32) of a blob: positive inside."""
    rows, columns = np.indices((32, 32))
    centre = rng.uniform(12, 20, 2)
    away: np.ndarray = np.hypot(rows - centre[0], 2 * (columns - centre[1]))
    return (8 - away) / 16


def _thicker(answer: Any, rng: np.random.Generator) -> Finding:
    field = _field(rng)
    thin, thick = (np.asarray(answer(field, t)).sum() for t in (0.0, 0.1))
    return True if thick > thin else (
        f"With a thickening of .1 the picture has {thick} inked points, without it {thin}."
    )  # fmt: skip


def _pixels(answer: Any, rng: np.random.Generator) -> Finding:
    field = _field(rng)
    made = np.asarray(answer(field, 0.05))
    if made.shape != (8, 8):
        return f"The picture must be (8, 8); yours is {made.shape}."
    ink = field + 0.05 > 0
    wanted = [[int(ink[4 * r : 4 * r + 4, 4 * c : 4 * c + 4].sum()) for c in range(8)]
              for r in range(8)]  # fmt: skip
    return True if (made == wanted).all() else (
        "A pixel must count the 16 points that lie in it; yours count others."
    )  # fmt: skip


PICTURE = Blanks(
    id="from-points-to-pixels",
    section="build-it",
    prompt="Fill two gaps: `distance` (32, 32) says how far each point lies inside the stroke. "
    "Thicken the stroke, then count the inked points of each of 8 × 8 pixels.",
    template="def picture(distance, thickness):\n"
    "    ink = {0} > 0\n"
    "    return ink.reshape(8, 4, 8, 4).sum(axis={1})\n",
    name="picture",
    labels=("the thickened distance", "which axes are summed up"),
    checks=(
        Property("thicker is more ink", _thicker, try_next="Add to the distance."),
        Property("a pixel counts its 16 points", _pixels,
                 try_next="The axes of length 4 are the points within a pixel."),
    ),
    misconceptions={
        r"distance-thickness;.*": (
            "a thicker stroke by a smaller distance",
            "Points just outside have a distance below 0: they must rise above it.",
        ),
        r".*;\(0,2\)": (
            "summing over the pixels",
            "The axes of length 8 are the pixels; those of length 4 are the points in one.",
        ),
    },
    hints=(
        "A point that lies .05 outside has the distance −.05. When does a thicker stroke reach it?",
        "The reshaped array has the axes: pixel row, point row, pixel column, point column.",
        "The gaps: `distance + thickness`, and `(1, 3)`.",
    ),
    solution="distance + thickness\n(1, 3)",
    answers={
        "untried": ["", ""],
        "wrong": ["distance + thickness", "(0, 2)"],
        "right": ["distance + thickness", "(1, 3)"],
    },
)  # fmt: skip

# -- variety from scratch ----------------------------------------------------------------------

COUNT = 900  # pictures of a check


def _pictures(rng: np.random.Generator) -> tuple[np.ndarray]:
    """Return pictures (900, 8, 8) with ink up to their edges."""
    return (rng.integers(1, 17, (COUNT, 8, 8)),)


def _moved(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return a picture (8, 8), or pictures (n, 8, 8), shifted; paper comes in at the edge."""
    padded = np.pad(picture, [(0, 0)] * (picture.ndim - 2) + [(1, 1), (1, 1)])
    return padded[..., 1 - down : 9 - down, 1 - right : 9 - right]


STEPS = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]


def _which(made: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    """Return the number of the shift that each made picture shows (n,); −1 for none."""
    found = np.full(len(pictures), -1)
    for k, step in enumerate(STEPS):
        same = (_moved(pictures, *step) == made).all(axis=(1, 2))
        found[same] = k
    return found


def _shape(answer: Any, rng: np.random.Generator) -> Finding:
    (pictures,) = _pictures(rng)
    before = pictures.copy()
    made = answer(pictures, rng)
    if made is None:
        return "Your function returned nothing. Does it end in `return`?"
    if np.shape(made) != pictures.shape:
        return f"As many pictures of 8 × 8 as before; got the shape {np.shape(made)}."
    return (pictures == before).all() or "The pictures that came in were changed themselves."


def _all_alike(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.stack([_moved(pictures, *step) for step in STEPS])


def _is_one_step(theirs: Any, wrong: Any) -> bool:
    return any(np.array_equal(np.asarray(theirs), shifted) for shifted in wrong)


def _rolled(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.sort(pictures.reshape(len(pictures), -1), axis=1)


def _wraps(theirs: Any, wrong: Any) -> bool:
    # Rolling keeps all ink; a shift of eight in nine pictures loses an edge that is never blank.
    made = np.sort(np.asarray(theirs).reshape(len(wrong), -1), axis=1)
    moved: np.ndarray = np.asarray(theirs) != 0
    return bool((made == wrong).all() and moved.all())


def _is_shift(answer: Any, rng: np.random.Generator) -> Finding:
    (pictures,) = _pictures(rng)
    lost = int((_which(np.asarray(answer(pictures.copy(), rng)), pictures) < 0).sum())
    return True if not lost else (
        f"{lost} of {COUNT} pictures are no copy shifted by at most one pixel, with paper coming "
        "in at the edge."
    )  # fmt: skip


def _even(answer: Any, rng: np.random.Generator) -> Finding:
    (pictures,) = _pictures(rng)
    found = np.bincount(_which(np.asarray(answer(pictures.copy(), rng)), pictures), minlength=9)
    # Each of nine shifts is binomial(900, 1/9): 100 ± 9.4; five of those.
    return True if np.abs(found - COUNT / 9).max() < 47 else (
        f"Each of the nine shifts should come about {COUNT // 9} times; yours come "
        f"{', '.join(map(str, found))} times."
    )  # fmt: skip


def _darker(arguments: tuple[np.ndarray]) -> tuple[np.ndarray]:
    return (arguments[0] * 2,)


def _doubled(before: Any, after: Any) -> Finding:
    return bool((np.asarray(before) * 2 == np.asarray(after)).all())


SHIFT = CodeExercise(
    id="my-variety",
    section="build-it",
    name="my_variety",
    setup="import numpy as np",
    prompt="Write `my_variety(pictures, rng)`: shift each picture (n, 8, 8) by −1, 0 or +1 pixel "
    "down and to the right, each drawn anew and evenly. Paper (0) comes in at the edge. Leave the "
    "pictures that come in as they are.",
    checks=(
        Property("returns as many pictures", _shape),
        WrongReference(
            "each picture goes its own way",
            "one shift for all",
            _pictures,
            _all_alike,
            _is_one_step,
            why="All your pictures moved alike: that is no variety.",
            try_next="Draw a shift for each picture: `rng.integers(-1, 2, (n, 2))`.",
        ),
        WrongReference(
            "what leaves at one edge is gone",
            "rolling round the edge",
            _pictures,
            _rolled,
            _wraps,
            why="Ink that left at one edge came in at the other: `np.roll` does that.",
            try_next="Put a rim of paper round each picture first: `np.pad`.",
        ),
        Property("every picture is shifted by one pixel at most", _is_shift),
        Property("all nine shifts come equally often", _even,
                 try_next="`rng.integers(-1, 2)` draws −1, 0 or 1."),
        Metamorphic(
            "twice the ink, the same shifts",
            _pictures,
            _darker,
            _doubled,
            why="With darker ink the pictures moved in another way.",
            try_next="The shift must not depend on what is in the picture.",
        ),
    ),
    hints=(
        "A picture with a rim of one pixel all round is 10 × 10: which 8 × 8 windows does it have?",
        "`np.pad(pictures, [(0, 0), (1, 1), (1, 1)])`, and a window from row 0, 1 or 2.",
        "`[p[r : r + 8, c : c + 8] for p, (r, c) in zip(padded, rng.integers(0, 3, (n, 2)))]`",
    ),
    answers={
        "wrong": "def my_variety(pictures, rng):\n"
        "    steps = rng.integers(-1, 2, (len(pictures), 2))\n"
        "    return np.array([np.roll(p, s, (0, 1)) for p, s in zip(pictures, steps)])\n",
    },
)  # fmt: skip
