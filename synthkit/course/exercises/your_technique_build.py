"""Lesson 15's exercise in code: rows on the way between two others, from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference

Arguments = tuple[np.ndarray, np.ndarray]
ROWS, WIDTH = 400, 3
# Shares are even between 0 and 1: the mean of 400 errs by 1/√(12 · 400) = 0.0144; five are 0.072.
ERROR = 5 / np.sqrt(12 * ROWS)


def _pairs(rng: np.random.Generator) -> Arguments:
    a = rng.normal(size=(ROWS, WIDTH))
    return a, a + rng.uniform(1, 2, (ROWS, WIDTH)) * rng.choice([-1, 1], (ROWS, WIDTH))


def _shares(made: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return how far each number has come from a to b (n, d)."""
    return np.asarray((np.asarray(made, dtype=float) - a) / (b - a))


def _shape(answer: Any, rng: np.random.Generator) -> Finding:
    a, b = _pairs(rng)
    made = np.asarray(answer(a, b, rng))
    if made.shape != a.shape:
        return f"The answer must have the shape of a, {a.shape}; yours has {made.shape}."
    return True


def _between(answer: Any, rng: np.random.Generator) -> Finding:
    a, b = _pairs(rng)
    shares = _shares(answer(a, b, rng), a, b)
    beyond = ((shares < -1e-9) | (shares > 1 + 1e-9)).mean()
    return True if beyond == 0 else f"{beyond:.0%} of the numbers lie beyond a or b."


def _even(answer: Any, rng: np.random.Generator) -> Finding:
    a, b = _pairs(rng)
    shares = _shares(answer(a, b, rng), a, b)[:, 0]
    if abs(shares.mean() - 0.5) > ERROR:
        return f"The mean share is {shares.mean():.2f}; even between 0 and 1 it is 0.5."
    if np.ptp(shares) < 0.9:  # of 400 even shares the range misses 0.9 once in 10^17
        return f"The shares reach from {shares.min():.2f} to {shares.max():.2f} only."
    return True


def _one_share(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return a + rng.random() * (b - a)


def _all_alike(theirs: Any, wrong: np.ndarray) -> bool:
    # The wrong one's share of the first row is that of all rows; so is theirs, if they did as it.
    made = np.asarray(theirs)
    return made.shape == wrong.shape and bool(np.allclose(made, wrong))


def _cell_shares(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return a + rng.random(a.shape) * (b - a)


def _moved(arguments: Arguments) -> Arguments:
    a, b = arguments
    return 10 * a + 3, 10 * b + 3


def _moves_along(before: Any, after: Any) -> bool:
    return bool(np.allclose(10 * np.asarray(before) + 3, after))


MIXUP = CodeExercise(
    id="my-mixup",
    section="build-it",
    name="my_mixup",
    setup="import numpy as np",
    prompt="Write `my_mixup(a, b, rng)`: for each pair of rows of `a` and `b`, both (n, d), a row "
    "on the straight way from one to the other. How far along it lies is drawn evenly between 0 "
    "and 1, once for each row.",
    checks=(
        Property("has the shape of a", _shape),
        WrongReference(
            "each row has a share of its own",
            "one share for all rows",
            _pairs,
            _one_share,
            _all_alike,
            why="All rows lie equally far along: you drew one number.",
            try_next="Draw n numbers: `rng.random(len(a))`.",
        ),
        WrongReference(
            "the columns of a row go together",
            "one share for each cell",
            _pairs,
            _cell_shares,
            _all_alike,
            why="Each column went its own way: your rows lie in the box between a and b, not on "
            "the line.",
            try_next="One share for each row, as a column: `rng.random((len(a), 1))`.",
        ),
        Property("lies between a and b", _between, try_next="a plus a share of the way: b - a."),
        Property("lies anywhere between them", _even, try_next="`rng.random` is even in [0, 1)."),
        Metamorphic(
            "in other units it is the same row",
            _pairs,
            _moved,
            _moves_along,
            why="The same rows in other units gave other places on the way.",
            try_next="Nothing but a, b and the share may enter.",
        ),
    ),
    hints=(
        "From a to b it is b − a. Go a share of that way.",
        "One share for each row, and it must reach all d columns: give it the shape (n, 1).",
        "`share = rng.random((len(a), 1))`, then `a + share * (b - a)`.",
    ),
    answers={
        "wrong": "def my_mixup(a, b, rng):\n    return a + rng.random(a.shape) * (b - a)\n",
    },
)
