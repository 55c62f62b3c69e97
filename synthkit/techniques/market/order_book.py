r"""A limit order book of traders who know nothing, with real price-time priority.

Orders of one share arrive at random (Poisson), after Daniels, Farmer et al.:

1. limit orders at rate α for each price and side, up to ``band`` ticks behind the best price of
   the other side;
2. market orders at rate μ for each side: they take the oldest order at the best price;
3. each waiting order is cancelled at rate δ.

Their theory gives the scale of the mean spread,

4. :math:`s \approx \frac{\mu}{\alpha}\,(.28 + 1.86\,(\delta/\mu)^{3/4})`

The book is a queue of orders for each price, oldest first.  A cancelled order stays in its queue
as a husk that matching steps over, so that every event takes the same short time.  A trade moves
one share one way and its price the other: cash and shares are conserved, always.

Where this differs from the paper: prices are whole ticks, limit orders fall within a band, and an
event that finds no order (an empty side, nothing to cancel) does nothing.

Reference: Daniels, Farmer, Gillemot, Iori & Smith, Quantitative model of price diffusion and market
friction based on trading as a mechanistic random process, Phys. Rev. Lett. 90 (2003).
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

import numpy as np

from synthkit.errors import ParameterError

BUY, SELL = 1, -1
LEVELS = 5  # prices of each side in a snapshot


@dataclass(frozen=True)
class Trade:
    """One share changes hands."""

    event: int
    price_ticks: int
    buyer: int
    seller: int
    taker: int  # BUY: the buyer came to the book and took; SELL: the seller did


class OrderBook:
    """Bids and asks of one share each; best price first, oldest first within a price."""

    def __init__(self, traders: int) -> None:
        self.queues: dict[int, dict[int, deque[int]]] = {
            BUY: defaultdict(deque), SELL: defaultdict(deque),
        }  # fmt: skip
        self.depth: dict[int, dict[int, int]] = {BUY: {}, SELL: {}}  # live orders at each price
        self.orders: list[tuple[int, int, int]] = []  # order -> (side, price, trader)
        self.live: list[int] = []  # orders in the book, in no order
        self.place: dict[int, int] = {}  # order -> its index in ``live``
        self.best: dict[int, int | None] = {BUY: None, SELL: None}
        self.cash = [0] * traders
        self.shares = [0] * traders

    def submit(self, side: int, price: int, trader: int, event: int = 0) -> Trade | None:
        """Add a limit order; one that meets the other side's best price trades at once."""
        other = self.best[-side]
        if other is not None and (price - other) * side >= 0:
            return self.take(side, trader, event)
        order = len(self.orders)
        self.orders.append((side, price, trader))
        self.queues[side][price].append(order)
        self.place[order] = len(self.live)
        self.live.append(order)
        depth = self.depth[side]
        depth[price] = depth.get(price, 0) + 1
        best = self.best[side]
        if best is None or (price - best) * side > 0:
            self.best[side] = price
        return None

    def take(self, side: int, trader: int, event: int = 0) -> Trade | None:
        """Buy or sell one share at the other side's best price; None if that side is empty."""
        price = self.best[-side]
        if price is None:
            return None
        queue = self.queues[-side][price]
        while queue[0] not in self.place:  # husks of cancelled orders
            queue.popleft()
        order = queue.popleft()  # the oldest
        maker = self.orders[order][2]
        self._forget(order, -side, price)
        buyer, seller = (trader, maker) if side == BUY else (maker, trader)
        self.cash[buyer] -= price
        self.cash[seller] += price
        self.shares[buyer] += 1
        self.shares[seller] -= 1
        return Trade(event, price, buyer, seller, side)

    def cancel(self, order: int) -> None:
        """Take an order out of the book."""
        if order not in self.place:
            raise ParameterError(f"order must be in the book; got {order}. It is gone already.")
        side, price, _ = self.orders[order]
        self._forget(order, side, price)

    def _forget(self, order: int, side: int, price: int) -> None:
        place, last = self.place.pop(order), self.live.pop()
        if last != order:  # the last order takes the free place
            self.live[place] = last
            self.place[last] = place
        depth = self.depth[side]
        depth[price] -= 1
        if not depth[price]:
            del depth[price]
            self.queues[side].pop(price)
            if self.best[side] == price:
                self.best[side] = (max if side == BUY else min)(depth, default=None)

    def levels(self, side: int, count: int = LEVELS) -> list[tuple[int, int]]:
        """Return (price, live orders) of the best prices, best first."""
        depth = self.depth[side]
        return [(price, depth[price]) for price in sorted(depth, reverse=side == BUY)[:count]]


@dataclass(frozen=True)
class Flow:
    """Rates of the random orders, each per unit of time."""

    limit_rate: float  # α, for each price and side
    market_rate: float  # μ, for each side
    cancel_rate: float  # δ, for each waiting order
    band: int  # ticks
    traders: int
    start_price: int


class RandomFlow:
    """A book that random orders come to, one event at a time."""

    def __init__(self, flow: Flow, rng: np.random.Generator) -> None:
        self.flow, self.rng, self.time, self.event = flow, rng, 0.0, 0
        self.book = OrderBook(flow.traders)
        self._numbers: list[list[float]] = []
        for k in range(flow.band):  # a full first book: one order at each price
            self.book.submit(BUY, flow.start_price - 1 - k, k % flow.traders)
            self.book.submit(SELL, flow.start_price + 1 + k, (k + 1) % flow.traders)

    def step(self) -> Trade | None:
        """Let the next event happen; return its trade, if it made one."""
        f, book = self.flow, self.book
        wait, kind, pick, who = self._draw()
        limits, takes = 2 * f.limit_rate * f.band, 2 * f.market_rate
        total = limits + takes + f.cancel_rate * len(book.live)
        self.time += wait / total
        self.event += 1
        trader = int(who * f.traders)
        u = kind * total
        if u < limits:  # 1
            side = BUY if u < limits / 2 else SELL
            anchor = book.best[-side]
            if anchor is None:
                own = book.best[side]
                anchor = f.start_price if own is None else own + side
            return book.submit(side, anchor - side * (1 + int(pick * f.band)), trader, self.event)
        if u < limits + takes:  # 2
            return book.take(BUY if u < limits + takes / 2 else SELL, trader, self.event)
        book.cancel(book.live[int(pick * len(book.live))])  # 3
        return None

    def _draw(self) -> list[float]:
        """Return (exponential, uniform, uniform, uniform); drawn a thousand rows at a time."""
        if not self._numbers:
            numbers = self.rng.random((1000, 4))
            numbers[:, 0] = -np.log1p(-numbers[:, 0])
            self._numbers = numbers.tolist()
        return self._numbers.pop()


def expected_spread(flow: Flow) -> float:
    """Return the mean spread (ticks) of the theory, good for its scale."""
    ratio = flow.cancel_rate / flow.market_rate
    return flow.market_rate / flow.limit_rate * (0.28 + 1.86 * ratio**0.75)  # Eq. 4
