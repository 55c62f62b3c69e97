"""Lesson 09: an order book at work, and what its prices share with those of a real market."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthkit.course.inside import Inside, Panel, Term
from synthkit.errors import DataError
from synthkit.measure.stylised import stylised_facts
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.market.franke_westerhoff import Moods, market_days
from synthkit.techniques.market.order_book import (
    BUY,
    SELL,
    Flow,
    OrderBook,
    RandomFlow,
    Trade,
    expected_spread,
)
from synthkit.techniques.market.technique import START_TICKS, Market
from synthkit.trace import Mark, Trace, View, bars, custom, line, points

#: Positions of the one knob: how often somebody can't wait (orders a unit of time and side).
IMPATIENCE = (5, 10, 20)
BOOK = {"limit_rate": 2.0, "cancel_rate": 0.4, "band": 20, "traders": 100}
SETTLE_EVENTS, EVENTS, QUICK, SLOW = 2_000, 3_000, 50, 40
SHOWN_TICKS = 12  # beyond the highest and lowest price of the run
DEEPEST = 14  # orders of one price in the picture
#: Days of the book for its stylised facts, and of the S&P 500's table (1999-2018).
BOOK_DAYS, DAYS = 200, 5_030
FACTS = {
    "excess_kurtosis": "fat tails: excess kurtosis",
    "hill_index": "fat tails: Hill index",
    "acf_1": "memory of returns, 1 day",
    "acf_abs_1": "memory of their sizes, 1 day",
    "acf_abs_10": "… 10 days",
    "acf_abs_50": "… 50 days",
    "acf_abs_100": "… 100 days",
    "leverage": "falls are followed by unrest",
}


# --- the book at work --------------------------------------------------------------------------


def waiting_orders(book: OrderBook, side: int) -> list[tuple[int, int]]:
    """Return (price, place in line) of each waiting order of a side; 0 is the oldest."""
    found = []
    for price, queue in book.queues[side].items():
        live = [order for order in queue if order in book.place]
        found += [(price, place) for place in range(len(live))]
    return found


def what_happened(book: OrderBook, before: tuple[int, int], trade: Trade | None) -> str:
    """Say the last event in words; ``before`` are the numbers of orders ever and waiting."""
    if trade is not None:
        who, what = ("a buyer", "ask") if trade.taker == BUY else ("a seller", "bid")
        return f"{who} takes the oldest {what} at {trade.price_ticks - START_TICKS:+d}"
    if len(book.orders) > before[0]:
        side, price, _ = book.orders[-1]
        place = book.depth[side][price]
        return (
            f"a new {'bid' if side == BUY else 'ask'} waits at {price - START_TICKS:+d}, "
            f"number {place} in line"
        )
    return "an order is withdrawn" if len(book.live) < before[1] else "nothing is there to take"


def book_marks(book: OrderBook, low: int, high: int, trade: Trade | None) -> list[Mark]:
    """Return the book as bars, each order as a dot in its line, and who is first in line."""
    edges = np.arange(low, high + 2) - 0.5
    marks: list[Mark] = []
    dots: list[tuple[int, int]] = []
    first: list[int] = []
    for side, role, label in ((BUY, "real", "bids"), (SELL, "synthetic", "asks")):
        depth = [book.depth[side].get(START_TICKS + x, np.nan) for x in range(low, high + 1)]
        marks.append(bars(edges, depth, role=role, label=label))
        dots += [(price - START_TICKS, place) for price, place in waiting_orders(book, side)]
        best = book.best[side]
        first += [] if best is None else [best - START_TICKS]
    inside = np.array([d for d in dots if low <= d[0] <= high and d[1] > 0])
    inside = inside.reshape(-1, 2)
    marks.append(points(inside[:, 0], inside[:, 1] + 0.5, role="noise", label="waits"))
    marks.append(points(first, np.full(len(first), 0.5), role="healed", label="first in line"))
    if trade is not None:
        at = trade.price_ticks - START_TICKS
        marks.append(points([at], [0.5], role="broken", label="just traded"))
    return marks


def book_trace(rng: RandomState, market_rate: float = 10) -> Trace:
    """Let random orders come to a book: first in leaps, at the end one by one."""
    flow = Flow(market_rate=float(market_rate), start_price=START_TICKS, **BOOK)  # type: ignore[arg-type]
    market = RandomFlow(flow, as_generator(rng))
    book = market.book
    for _ in range(SETTLE_EVENTS):
        market.step()
    shown = {*range(QUICK, EVENTS - SLOW + 1, QUICK), *range(EVENTS - SLOW, EVENTS + 1)}
    middle, states, trades, spreads = [], [], 0, []
    for event in range(1, EVENTS + 1):
        before = len(book.orders), len(book.live)
        trade = market.step()
        trades += trade is not None
        bid, ask = (book.best[side] for side in (BUY, SELL))
        if bid is not None and ask is not None:
            middle.append((event, (bid + ask) / 2 - START_TICKS))
            spreads.append(ask - bid)
        if event in shown:
            marks = book_marks(book, -200, 200, trade)
            said = what_happened(book, before, trade)
            states.append((event, marks, said, trades, float(np.mean(spreads))))
    path = np.array(middle)
    low = int(path[:, 1].min()) - SHOWN_TICKS
    high = int(path[:, 1].max()) + SHOWN_TICKS
    trace = Trace(
        "market.book", seed=rng, parameters={"market_rate": market_rate},
        views=(
            View("book", "histogram", "Who is next to trade?", "price (ticks from the start)",
                 "waiting orders", (low - 0.5, high + 0.5), (0, DEEPEST)),
            View("path", "lines", "Where does the price go, if nobody knows anything?", "event",
                 "mid price (ticks)", (0, EVENTS)),
        ),
        code=f'import synthkit as sk\nmarket = sk.Market(model="order_book", '
        f"market_rate={market_rate}, days=3)\ntrades = market.simulate(rng={rng})['trades']",
    )  # fmt: skip
    thin = path[:: max(len(path) // 600, 1)]
    price = line(thin[:, 0], thin[:, 1], role="synthetic")
    for event, marks, said, count, spread in states:
        trace.append(
            event,
            {"book": [_cut(mark, low, high) for mark in marks],
             "path": [price, custom("veil", x=[event])]},
            scalars={"mean_spread_ticks": spread, "trades": count},
            sentence=f"Event {event}: {said}. {count} trades so far; the mean spread is "
            f"{spread:.1f} ticks (theory: {expected_spread(flow):.1f}).",
        )  # fmt: skip
    return trace


def _cut(mark: Mark, low: int, high: int) -> Mark:
    """Leave out what lies beyond the picture."""
    if mark["type"] == "bars":
        edges = np.asarray(mark["edges"])
        inside = (edges[:-1] >= low - 0.5) & (edges[1:] <= high + 0.5)
        kept = np.append(edges[:-1][inside], edges[1:][inside][-1])
        return {**mark, "edges": kept, "heights": np.asarray(mark["heights"])[inside]}
    x = np.asarray(mark["x"])
    inside = (x >= low) & (x <= high)
    return {**mark, "x": x[inside], "y": np.asarray(mark["y"])[inside]}


# --- stylised facts ----------------------------------------------------------------------------


def facts_of(returns: np.ndarray) -> pd.Series:
    """Return the stylised facts of returns, by their names in words."""
    found = stylised_facts(returns).set_index("fact")["value"]
    return found.loc[list(FACTS)].rename(FACTS)


def sp500_facts() -> pd.Series:
    """Return the same figures of the S&P 500, 1999-2018."""
    found = stylised_facts(np.random.default_rng(0).normal(size=200)).set_index("fact")["sp500"]
    return found.loc[list(FACTS)].rename(FACTS)


def facts_table(seed: int, book_days: int = BOOK_DAYS) -> pd.DataFrame:
    """Measure a book of traders who know nothing and a market of two moods, beside the S&P 500."""
    book = Market(model="order_book", days=book_days).simulate(rng=seed)["days"]
    moods = Market(days=DAYS).simulate(rng=seed)["days"]
    return pd.DataFrame(
        {
            "know nothing": facts_of(book["return_pct"].to_numpy()),
            "two moods": facts_of(moods["return_pct"].to_numpy()),
            "S&P 500": sp500_facts(),
        }
    )


def facts_band(seed: int, runs: int = 10) -> pd.DataFrame:
    """Return the lowest and highest figure of several runs as long as the S&P's table."""
    found = []
    for stream in np.random.default_rng(seed).spawn(runs):
        found.append(facts_of(100 * np.diff(market_days(DAYS, Moods(), stream).log_price)))
    both = pd.concat(found, axis=1)
    sp500 = sp500_facts()
    low, high = both.min(axis=1), both.max(axis=1)
    return pd.DataFrame(
        {
            "model, lowest": low, "model, highest": high, "S&P 500": sp500,
            "inside": (low <= sp500) & (sp500 <= high),
        }
    )  # fmt: skip


def returns_of(table: pd.DataFrame, price: str) -> np.ndarray:
    """Return daily log returns (%) of a column of prices.

    Raises
    ------
    DataError
        If there is no such column of numbers, or fewer than 31 prices above 0.
    """
    if price not in table or not pd.api.types.is_numeric_dtype(table[price]):
        raise DataError(
            f"price must be a column of numbers; got {price!r} of {list(table.columns)[:12]}. "
            "Name the column that holds the closing prices."
        )
    values = table[price].dropna().to_numpy(dtype=float)
    if len(values) < 31 or not (values > 0).all():
        raise DataError(
            f"column {price!r} must hold at least 31 prices above 0; got {len(values)}, the "
            f"smallest {values.min(initial=np.inf):g}. Leave out days without a price."
        )
    return np.asarray(100 * np.diff(np.log(values)))


# --- the look inside ---------------------------------------------------------------------------

#: The look inside a trade: the oldest order of the best price.
MARKET_INSIDE = Inside(
    terms=(
        Term("b", "the best price of the other side.", (r"\bprice\b", r"\bself\.best\b")),
        Term("Q", "the line of orders at that price, oldest first.", (r"\bqueue\b",)),
        Term("o", "the order that is taken.", (r"\border\b",)),
        Term("C", "each trader's cash, in ticks.", (r"\bself\.cash\b",)),
        Term("N", "each trader's shares.", (r"\bself\.shares\b",)),
    ),
    equations=(
        "‹b› = best price,   ‹o› = first of ‹Q›(‹b›)",
        "‹C›(buyer) ← ‹C›(buyer) − ‹b›,   ‹C›(seller) ← ‹C›(seller) + ‹b›",
        "‹N›(buyer) ← ‹N›(buyer) + 1,   ‹N›(seller) ← ‹N›(seller) − 1",
    ),
)  # fmt: skip


def inside_picture(seed: int) -> tuple[Panel, ...]:
    """Show a book, the order in which trades took from it, and what the traders own then."""
    flow = Flow(market_rate=10.0, start_price=START_TICKS, **BOOK)  # type: ignore[arg-type]
    market = RandomFlow(flow, np.random.default_rng(seed))
    trades = [t for _ in range(SETTLE_EVENTS) if (t := market.step()) is not None]
    asks = np.array(waiting_orders(market.book, SELL), dtype=float)
    asks[:, 0] -= START_TICKS
    prices = np.array([(t.event, t.price_ticks - START_TICKS) for t in trades], dtype=float)
    own = np.column_stack([market.book.shares, np.array(market.book.cash) / START_TICKS])
    return (
        Panel("asks: price, and place in line", asks, ("b", "Q", "o")),
        Panel("prices of the trades, in time", prices, ("b",), role="synthetic"),
        Panel("shares and cash of each trader", own, ("C", "N")),
    )
