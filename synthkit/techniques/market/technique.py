r"""Synthetic prices: returns, volume, trades and order books out of rules for traders.

The default is a market of two moods (:mod:`.franke_westerhoff`), one row a day, whose returns have
the fat tails and the volatility clusters of a real market.  ``model="order_book"`` is a book of
traders who know nothing (:mod:`.order_book`), whose trades and snapshots have the microstructure.

When it fails: chartists no noisier than fundamentalists give normal returns without memory.
Neither model knows news, overnight gaps or several assets; nothing here foretells a price.  ``fit``
only stretches the returns until a mean day is as large as yours: tails, clusters and every setting
stay the published ones, so a fitted market has not learnt your series.

References: Franke & Westerhoff (2012); Daniels, Farmer et al. (2003); Cont (2001).
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from synthkit.base import Simulator
from synthkit.errors import DataError, require_choice, require_number, require_whole
from synthkit.failures import Failure
from synthkit.techniques.market.failures import FAILURES
from synthkit.techniques.market.franke_westerhoff import Moods, market_days
from synthkit.techniques.market.order_book import (
    BUY,
    LEVELS,
    SELL,
    Flow,
    OrderBook,
    RandomFlow,
    Trade,
)

START_PRICE = 100.0  # of the fundamental value, in units of money
START_TICKS = 10_000
MAX_BAND = 1_000
EVENTS_A_SNAPSHOT = 100
EVENTS_A_DAY = 1_000
RANGES: dict[str, tuple[float, float, str]] = {
    "reversion": (0, 10, ""),
    "trend": (0, 50, ""),
    "noise_fundamental": (0, 10, ""),
    "noise_chartist": (0, 10, ""),
    "predisposition": (-10, 10, ""),
    "herding": (0, 10, ""),
    "misalignment": (0, 1000, ""),
    "limit_rate": (0.01, 100, "orders per tick and unit of time"),
    "market_rate": (0.01, 1000, "orders per unit of time"),
    "cancel_rate": (0, 10, "per order and unit of time"),
}


class Market(Simulator):
    """Days of a market, or the trades and snapshots of an order book.

    Parameters
    ----------
    model : {'franke_westerhoff', 'order_book'}
        The first makes the table ``days``; the second also ``trades`` and ``book``.
    days : int
        Of one run; 7,000 are 28 years of trading.
    reversion, trend, noise_fundamental, noise_chartist, predisposition, herding, misalignment : \
float
        Of the two moods; the defaults are the published estimates for the S&P 500.
    limit_rate, market_rate, cancel_rate : float
        Of the order book (α, μ, δ).
    band : int
        Limit orders come within this many ticks of the other side's best price.
    traders : int
        Of the order book.

    Attributes
    ----------
    scale_ : float
        After ``fit`` on returns: what the model's returns are multiplied by, so that their mean
        size is that of the data.  Nothing else is learnt.

    Examples
    --------
    >>> Market(days=500).sample(2, rng=0).columns.tolist()
    ['run_id', 'day', 'price', 'return_pct', 'volume', 'fundamentalist_share']
    >>> list(Market(model="order_book", days=2).simulate(rng=0))
    ['days', 'trades', 'book']
    """

    name: ClassVar[str] = "market"
    failures: ClassVar[tuple[Failure, ...]] = FAILURES

    def __init__(
        self,
        *,
        model: Literal["franke_westerhoff", "order_book"] = "franke_westerhoff",
        days: int = 1_000,
        reversion: float = 0.12,
        trend: float = 1.50,
        noise_fundamental: float = 0.758,
        noise_chartist: float = 2.087,
        predisposition: float = -0.327,
        herding: float = 1.79,
        misalignment: float = 18.43,
        limit_rate: float = 1.0,
        market_rate: float = 10.0,
        cancel_rate: float = 0.2,
        band: int = 50,
        traders: int = 100,
    ) -> None:
        self.model = model
        self.days = days
        self.reversion = reversion
        self.trend = trend
        self.noise_fundamental = noise_fundamental
        self.noise_chartist = noise_chartist
        self.predisposition = predisposition
        self.herding = herding
        self.misalignment = misalignment
        self.limit_rate = limit_rate
        self.market_rate = market_rate
        self.cancel_rate = cancel_rate
        self.band = band
        self.traders = traders

    @property
    def tables(self) -> tuple[str, ...]:  # type: ignore[override]
        """The tables of a run; the order book has more to show."""
        return ("days",) if self.model == "franke_westerhoff" else ("days", "trades", "book")

    def _simulate(self, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
        if self.model == "franke_westerhoff":
            return {"days": self._moods(rng)}
        return self._book(rng)

    def _moods(self, rng: np.random.Generator) -> pd.DataFrame:
        moods = Moods(
            **{f.name: float(getattr(self, f.name)) for f in fields(Moods) if hasattr(self, f.name)}
        )
        days = market_days(self.days + 1, moods, rng)
        returns = np.diff(days.log_price) * float(getattr(self, "scale_", 1.0))
        log_price = days.log_price[0] + np.cumsum(returns)
        return _days(START_PRICE * np.exp(log_price), 100 * returns, days.volume[:-1]).assign(
            fundamentalist_share=days.fundamentalists[:-1]
        )

    def _book(self, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
        market = RandomFlow(self._flow(), rng)
        trades: list[tuple[Any, ...]] = []
        snapshots, closing, volume = [], [START_TICKS], []
        for _ in range(self.days):
            start = len(trades)
            for k in range(EVENTS_A_DAY):
                trade = market.step()
                if trade is not None:
                    trades.append(_trade_row(trade, market.time))
                if k % EVENTS_A_SNAPSHOT == EVENTS_A_SNAPSHOT - 1:
                    snapshots.append(_snapshot(market.book, market.event, market.time))
            volume.append(len(trades) - start)
            closing.append(trades[-1][3] if trades else START_TICKS)
        price = np.array(closing, dtype=float)
        days = _days(price[1:], 100 * np.diff(np.log(price)), np.array(volume))
        side = [f"{name}_{k}" for k in range(1, LEVELS + 1) for name in ("price_ticks", "orders")]
        book_columns = ["event", "time"] + [f"bid_{s}" for s in side] + [f"ask_{s}" for s in side]
        trade_columns = ["event", "time", "taker", "price_ticks", "buyer", "seller"]
        return {
            "days": days,
            "trades": _numbered(pd.DataFrame(trades, columns=trade_columns)),
            "book": _numbered(pd.DataFrame(snapshots, columns=book_columns)),
        }

    def _flow(self) -> Flow:
        return Flow(
            float(self.limit_rate), float(self.market_rate), float(self.cancel_rate),
            self.band, self.traders, START_TICKS,
        )  # fmt: skip

    def _check_parameters(self) -> None:
        require_choice("model", self.model, ("franke_westerhoff", "order_book"))
        for name, (low, high, unit) in RANGES.items():
            require_number(name, getattr(self, name), low, high, unit)
        require_whole("days", self.days, 1, 1_000_000, "days")
        require_whole("band", self.band, 1, MAX_BAND, "ticks",
                      cure="A band of 0 ticks would leave the book empty.")  # fmt: skip
        require_whole("traders", self.traders, 2, 1_000_000, "traders")

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        """Scale the returns so that their mean size is that of the column ``return_pct``."""
        if "return_pct" not in table.columns:
            raise DataError(
                f"the table must have a column 'return_pct' (daily returns, %); got "
                f"{list(table.columns)[:20]}. Compute 100 * log(price).diff() first."
            )
        real = table["return_pct"].dropna().to_numpy(dtype=float)
        if not len(real) or not np.abs(real).mean() > 0:
            raise DataError("column 'return_pct' must hold returns other than 0; it holds none.")
        self._check_parameters()
        self.scale_ = 1.0
        model = Market(**{**self.get_params(), "model": "franke_westerhoff", "days": 20_000})
        made = model.simulate(rng=rng)["days"]["return_pct"].to_numpy()
        self.scale_ = float(np.abs(real).mean() / np.abs(made).mean())


def _days(price: np.ndarray, return_pct: np.ndarray, volume: np.ndarray) -> pd.DataFrame:
    """Return the table ``days``; all arrays (n,)."""
    return pd.DataFrame(
        {
            "run_id": np.zeros(len(price), dtype=np.int64),
            "day": np.arange(len(price)),
            "price": price,
            "return_pct": return_pct,
            "volume": volume,
        }
    )


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    table.insert(0, "run_id", np.zeros(len(table), dtype=np.int64))
    return table


def _trade_row(t: Trade, time: float) -> tuple[Any, ...]:
    taker = "buyer" if t.taker == BUY else "seller"
    return (t.event, time, taker, t.price_ticks, t.buyer, t.seller)


def _snapshot(book: OrderBook, event: int, time: float) -> list[float]:
    """Return event, time, then price and depth of the best bids and asks; NaN for a missing one."""
    row: list[float] = [event, time]
    for side in (BUY, SELL):
        levels = [(float(p), float(n)) for p, n in book.levels(side)]
        levels += [(np.nan, 0.0)] * (LEVELS - len(levels))
        row += [x for level in levels for x in level]
    return row
