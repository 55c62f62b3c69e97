"""Lesson 09's exercises in code: two demands in two gaps, one order matched from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks

Arguments = tuple[np.ndarray, np.ndarray, np.ndarray, float, int]

# -- two gaps ---------------------------------------------------------------------------------


def _signs(answer: Any, rng: np.random.Generator) -> Finding:
    value, before = 100.0, float(rng.uniform(95, 105))
    price = before + float(rng.uniform(0.5, 3))
    returns, trend = answer(price, before, value)
    if not np.isclose(trend, 1.5 * (price - before)):
        return (
            f"The price rose from {before:.1f} to {price:.1f}; chartists then want "
            f"{1.5 * (price - before):+.2f}, yours {trend:+.2f}."
        )
    return bool(np.isclose(returns, 0.12 * (value - price))) or (
        f"At a price of {price:.1f} and a value of {value:.0f} fundamentalists want "
        f"{0.12 * (value - price):+.2f}; yours {returns:+.2f}."
    )


DEMAND = Blanks(
    id="two-demands",
    section="build-it",
    prompt="Fill two gaps. Fundamentalists expect the price to return to its value, chartists "
    "expect it to go on as it went. Positive demand buys.",
    template="def demands(price, before, value):\n"
    "    fundamentalists = 0.12 * ({0})\n"
    "    chartists = 1.5 * ({1})\n"
    "    return fundamentalists, chartists\n",
    name="demands",
    labels=("what is missing to the value", "how far the price just went"),
    checks=(Property("both buy and sell when they should", _signs, try_next="Put numbers in."),),
    misconceptions={
        r"price-value;.*": (
            "fundamentalists who chase the price",
            "Above its value they would buy, and drive it further away. They sell there.",
        ),
        r".*;before-price": (
            "chartists who bet against the trend",
            "After a rise they would sell. Chartists follow.",
        ),
    },
    hints=(
        "When the price is above the value, should a fundamentalist buy or sell?",
        "The first gap is negative above the value; the second is positive after a rise.",
        "The gaps: `value - price`, and `price - before`.",
    ),
    solution="value - price\nprice - before",
    answers={
        "untried": ["", ""],
        "wrong": ["price - value", "price - before"],
        "right": ["value - price", "price - before"],
    },
)

# -- one order matched from scratch ------------------------------------------------------------


# Sizes at the second price, oldest first: the oldest, newest and largest five all differ.
BY_AGE = np.array([5, 4, 6, 3, 7, 11, 2, 10, 8, 9])


def _book(rng: np.random.Generator) -> Arguments:
    """Return asks (price, arrived, size), and a buy order that takes some of them in part.

    Ten asks at each of three prices, listed in any order; the order buys all of the first price,
    the five oldest of the second, and one share of the sixth.
    """
    price = np.repeat([101.0, 102.0, 103.0], 10)
    arrived = rng.permutation(30)
    last = int(arrived.argmax())
    arrived[[0, last]] = arrived[[last, 0]]  # a cheap one came last: time alone would pass it by
    size = rng.integers(2, 9, 30)
    size[10 + np.argsort(arrived[10:20])] = BY_AGE
    mixed = rng.permutation(30)
    wanted = int(size[:10].sum() + BY_AGE[:5].sum() + 1)
    return price[mixed], arrived[mixed], size[mixed], 102.0, wanted


def _limited(rng: np.random.Generator) -> Arguments:
    """Return the same with an order that wants more than there is up to its limit."""
    price, arrived, size, limit, _ = _book(rng)
    return price, arrived, size, limit, int(size.sum())


def _fill(order: np.ndarray, size: np.ndarray, wanted: int) -> np.ndarray:
    """Fill waiting orders in this order, until enough is bought; (n,)."""
    line = size[order]
    filled = np.empty_like(size)
    filled[order] = np.clip(wanted - (np.cumsum(line) - line), 0, line)
    return filled


def _right(
    price: np.ndarray, arrived: np.ndarray, size: np.ndarray, limit: float, wanted: int, rng: Any
) -> np.ndarray:
    return _fill(np.lexsort((arrived, price)), np.where(price <= limit, size, 0), wanted)


def _newest(price: Any, arrived: Any, size: Any, limit: float, wanted: int, rng: Any) -> np.ndarray:
    return _fill(np.lexsort((-arrived, price)), np.where(price <= limit, size, 0), wanted)


def _time_only(
    price: Any, arrived: Any, size: Any, limit: float, wanted: int, rng: Any
) -> np.ndarray:
    return _fill(np.argsort(arrived), np.where(price <= limit, size, 0), wanted)


def _largest(
    price: Any, arrived: Any, size: Any, limit: float, wanted: int, rng: Any
) -> np.ndarray:
    return _fill(np.lexsort((-size, price)), np.where(price <= limit, size, 0), wanted)


def _no_limit(
    price: Any, arrived: Any, size: Any, limit: float, wanted: int, rng: Any
) -> np.ndarray:
    return _fill(np.lexsort((arrived, price)), size, wanted)


def _whole_only(
    price: Any, arrived: Any, size: Any, limit: float, wanted: int, rng: Any
) -> np.ndarray:
    filled = _right(price, arrived, size, limit, wanted, rng)
    return np.where(filled == size, filled, 0)


def _same(theirs: Any, wrong: Any) -> bool:
    # Of 30 asks some ten are filled: by chance no two rules fill the same ones.
    return bool(np.array_equal(np.asarray(theirs), wrong))


def _shape(answer: Any, rng: np.random.Generator) -> Finding:
    state = _book(rng)
    found = answer(*(np.copy(a) for a in state[:3]), *state[3:], rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return filled`?"
    if np.shape(found) != state[2].shape:
        return f"One number for each of 30 waiting orders; got the shape {np.shape(found)}."
    found = np.asarray(found)
    if (found < 0).any() or (found > state[2]).any():
        return "An order gives more shares than it has, or fewer than none."
    return True


def _exact(answer: Any, rng: np.random.Generator) -> Finding:
    for maker in (_book, _limited, _book):
        state = maker(rng)
        found = np.asarray(answer(*(np.copy(a) for a in state[:3]), *state[3:], rng))
        right = _right(*state, rng)
        if found.sum() != right.sum():
            return (
                f"{right.sum()} shares can be bought up to the limit (wanted: {state[4]}); yours "
                f"bought {found.sum()}."
            )
        if not np.array_equal(found, right):
            i = int(np.argmax(found != right))
            return (
                f"The ask at {state[0][i]:.0f} that came as number {state[1][i]} must give "
                f"{right[i]} of its {state[2][i]} shares; yours gives {found[i]}."
            )
    return True


def _upside_down(arguments: Arguments) -> Arguments:
    price, arrived, size, limit, wanted = arguments
    return price[::-1], arrived[::-1], size[::-1], limit, wanted


def _follows(before: Any, after: Any) -> Finding:
    return bool(np.array_equal(np.asarray(before)[::-1], after))


MATCH = CodeExercise(
    id="my-match",
    section="build-it",
    name="my_match",
    setup="import numpy as np",
    prompt="Write `my_match(price, arrived, size, limit, wanted, rng)`: a buyer wants `wanted` "
    "shares and pays at most `limit`. The first three are arrays of the waiting asks (`arrived`: "
    "smaller is older). Return how many shares each of them gives: the cheapest first, at one "
    "price the oldest first, the last one in part. You need not use `rng`.",
    checks=(
        Property("returns what each waiting order gives", _shape),
        WrongReference(
            "nobody pays more than the limit",
            "the limit ignored",
            _limited,
            _no_limit,
            _same,
            why="Your buyer goes on above the limit when the cheaper asks are gone.",
            try_next="Asks above the limit have nothing to give: `np.where(price <= limit, ...)`.",
        ),
        WrongReference(
            "the price comes before the time",
            "first come, first served, whatever the price",
            _book,
            _time_only,
            _same,
            why="The oldest asks are served, though cheaper ones wait.",
            try_next="Sort by price; let the time decide among equal prices.",
        ),
        WrongReference(
            "at one price the oldest is first",
            "the newest first",
            _book,
            _newest,
            _same,
            why="At the same price the newest order is served first: nobody would wait in line.",
            try_next="`np.lexsort((arrived, price))` sorts by price, then by time.",
        ),
        WrongReference(
            "size gives no right of way",
            "the largest first",
            _book,
            _largest,
            _same,
            why="At the same price your largest order is served first. Time decides, not size.",
            try_next="Leave the sizes out of the sorting.",
        ),
        WrongReference(
            "the last order is taken in part",
            "all or nothing",
            _book,
            _whole_only,
            _same,
            why="The last order in line gives nothing, because the buyer needs only a part of it.",
            try_next="What is still wanted when its turn comes? `np.clip(..., 0, size)`.",
        ),
        Property("every share comes from the right order", _exact),
        Metamorphic(
            "it doesn't matter in which order the table lists the asks",
            _book,
            _upside_down,
            _follows,
            why="The same asks listed upside down gave other shares.",
            try_next="Only price and arrival may decide.",
        ),
    ),
    hints=(
        "Put the asks in line first: which two columns decide, and which of them comes first?",
        "`order = np.lexsort((arrived, price))`. Before an order's turn, those ahead of it in line "
        "have given the running sum of their sizes.",
        "`line = np.where(price <= limit, size, 0)[order]`, "
        "`np.clip(wanted - (np.cumsum(line) - line), 0, line)`; put it back with "
        "`filled[order] = ...`.",
    ),
    answers={
        "wrong": "def my_match(price, arrived, size, limit, wanted, rng):\n"
        "    order = np.argsort(arrived)\n"
        "    line = np.where(price <= limit, size, 0)[order]\n"
        "    filled = np.empty_like(size)\n"
        "    filled[order] = np.clip(wanted - (np.cumsum(line) - line), 0, line)\n"
        "    return filled\n",
    },
)
