"""Lesson 11's exercises in code: a projection in two gaps, a quantile match from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks

Arguments = tuple[np.ndarray, np.ndarray]


# -- two gaps ---------------------------------------------------------------------------------


def _adds_up(answer: Any, rng: np.random.Generator) -> Finding:
    x, total = rng.normal(10, 3, (50, 4)), float(rng.normal(40, 5))
    moved = np.asarray(answer(x, total))
    if moved.shape != x.shape:
        return f"The answer must have the shape of x, {x.shape}; yours has {moved.shape}."
    off = float(np.abs(moved.sum(axis=1) - total).max())
    return True if off < 1e-7 else f"The rows miss the total {total:.1f} by up to {off:.3g}."


def _is_nearest(answer: Any, rng: np.random.Generator) -> Finding:
    x = rng.normal(10, 3, (50, 4))
    step = np.asarray(answer(x, 40.0)) - x
    return True if np.ptp(step, axis=1).max() < 1e-9 else (
        "The rows add up, but some columns moved further than others: there is a nearer point."
    )  # fmt: skip


PROJECTION = Blanks(
    id="make-it-add-up",
    section="build-it",
    prompt="Fill two gaps: move each row of x to the nearest one whose columns add up to `total`.",
    template="def add_up(x, total):\n"
    "    off = {0} - total\n"
    "    return x - (off / {1})[:, None]\n",
    name="add_up",
    labels=("what each row adds up to now", "among how many columns the error is shared"),
    checks=(
        Property("every row adds up", _adds_up, try_next="Sum along the row: `axis=1`."),
        Property("no nearer row does", _is_nearest, try_next="Share the error equally."),
    ),
    misconceptions={
        r"x\.sum\(axis=0\);.*": (
            "the columns' totals, not the rows'",
            "`axis=0` adds up down a column; the rule is about each row.",
        ),
        r".*;(1|2)": (
            "one column takes more than the whole error",
            "All columns move; each takes an equal share.",
        ),
    },
    hints=(
        "`x.sum(axis=1)` is one number for each row.",
        "The error is shared equally by the columns: how many are there?",
        "The gaps: `x.sum(axis=1)`, and `x.shape[1]`.",
    ),
    solution="x.sum(axis=1)\nx.shape[1]",
    answers={
        "untried": ["", ""],
        "wrong": ["x.sum(axis=0)", "x.shape[1]"],
        "right": ["x.sum(axis=1)", "x.shape[1]"],
    },
)

# -- a quantile match from scratch -------------------------------------------------------------


def _columns(rng: np.random.Generator) -> Arguments:
    """Return a synthetic column (300,) and a skewed real one (200,)."""
    return rng.normal(50, 20, 300), rng.lognormal(3, 0.6, 200)


def _shape(answer: Any, rng: np.random.Generator) -> Finding:
    x, real = _columns(rng)
    found = answer(x.copy(), real.copy(), rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return`?"
    if np.shape(found) != x.shape:
        return f"One value for each of {len(x)} synthetic ones; got the shape {np.shape(found)}."
    return bool(np.isfinite(np.asarray(found, dtype=float)).all()) or "A value is not a number."


def _order(answer: Any, rng: np.random.Generator) -> Finding:
    x, real = _columns(rng)
    found = np.asarray(answer(x.copy(), real.copy(), rng), dtype=float)
    return True if (np.diff(found[np.argsort(x)]) >= -1e-9).all() else (
        "A larger synthetic value got a smaller new one somewhere: the order is lost."
    )  # fmt: skip


def _margin(answer: Any, rng: np.random.Generator) -> Finding:
    x, real = _columns(rng)
    found = np.asarray(answer(x.copy(), real.copy(), rng), dtype=float)
    levels = np.linspace(0.1, 0.9, 9)
    ours, wanted = np.quantile(found, levels), np.quantile(real, levels)
    # Any rule for ranks moves one by at most 1/200 + 1/300; near the median of this lognormal
    # 1 % of rank is 1.5 % of the value, at its ends 4 %.
    gap = float(np.abs(ours / wanted - 1).max())
    return True if gap < 0.06 else (
        f"The new column's deciles miss the real ones by up to {gap:.0%}. The median is "
        f"{ours[4]:.1f}, the real one {wanted[4]:.1f}."
    )  # fmt: skip


def _sorted_only(x: np.ndarray, real: np.ndarray, rng: np.random.Generator) -> Any:
    return np.quantile(real, (np.arange(len(x)) + 0.5) / len(x))


def _same_place(theirs: Any, wrong: Any) -> bool:
    # A right answer lies in the order of x, which is not sorted: it can't rise 299 times.
    return bool((np.diff(np.asarray(theirs, dtype=float)) >= 0).all())


def _scaled(x: np.ndarray, real: np.ndarray, rng: np.random.Generator) -> Any:
    return real.mean() + real.std() * (x - x.mean()) / x.std()


def _is_scaled(theirs: Any, wrong: Any) -> bool:
    return bool(np.allclose(np.asarray(theirs, dtype=float), wrong, rtol=0.02))


def _stretched(arguments: Arguments) -> Arguments:
    x, real = arguments
    return np.exp(x / 20), real


def _unchanged(before: Any, after: Any) -> Finding:
    return bool(np.allclose(before, after))


MATCH = CodeExercise(
    id="my-match",
    section="build-it",
    name="my_match",
    setup="import numpy as np",
    prompt="Write `my_match(x, real, rng)`: give the synthetic column `x` the distribution of the "
    "real one, and keep the order of its rows. Both are arrays; they need not be equally long, "
    "and you need not use `rng`.",
    checks=(
        Property("returns one number for each synthetic value", _shape),
        WrongReference(
            "the values stay with their rows",
            "sorted values, lost rows",
            _columns,
            _sorted_only,
            _same_place,
            why="Your column is sorted: it has the right values, but each row has lost its own.",
            try_next="The rank of a row says which of the sorted values it gets.",
        ),
        WrongReference(
            "the whole shape, not mean and spread alone",
            "scaling is no quantile match",
            _columns,
            _scaled,
            _is_scaled,
            why="Your column has the real mean and spread, and still the shape of a bell.",
            try_next="Use ranks: `np.argsort` twice, then `np.quantile(real, ...)`.",
        ),
        Property("keeps the order", _order),
        Property("has the real quantiles", _margin),
        Metamorphic(
            "only ranks count: stretching x changes nothing",
            _columns,
            _stretched,
            _unchanged,
            why="The same order in other units gave other values.",
            try_next="Take the rank of x first, and forget its values.",
        ),
    ),
    hints=(
        "Each value has a rank among the synthetic ones; the real column has a value of that rank.",
        "`np.argsort(np.argsort(x))` counts how many values are smaller. Divide it into (0, 1).",
        "`ranks = (np.argsort(np.argsort(x)) + 0.5) / len(x)`, then `np.quantile(real, ranks)`.",
    ),
    answers={
        "wrong": "def my_match(x, real, rng):\n"
        "    return real.mean() + real.std() * (x - x.mean()) / x.std()\n",
    },
)

