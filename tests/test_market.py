"""A market against published figures, a naive order book, and conservation of cash and shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import DataError, ParameterError
from synthkit.measure.series import excess_kurtosis, hill_index
from synthkit.measure.stylised import SP500, stylised_facts
from synthkit.techniques.market import FAILURES, OrderBook, auction_efficiency
from synthkit.techniques.market.franke_westerhoff import Moods, market_days
from synthkit.techniques.market.order_book import BUY, SELL, Flow, RandomFlow, expected_spread

DAYS = 7_000


def facts_of(moods: Moods, seed: int) -> dict[str, float]:
    returns = 100 * np.diff(market_days(DAYS, moods, np.random.default_rng(seed)).log_price)
    facts = stylised_facts(returns).set_index("fact")["value"].to_dict()
    return {**facts, "mean_size": float(np.abs(returns).mean())}


def mean_facts(moods: Moods) -> dict[str, float]:
    runs = [facts_of(moods, seed) for seed in range(10)]
    return {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}


# --- two moods --------------------------------------------------------------------------------


def test_returns_have_the_published_stylised_facts():
    facts = mean_facts(Moods())
    # Means over ten runs; the spread of one run is .15 (kurtosis), .2 (Hill) and .02 (ACF).
    assert facts["excess_kurtosis"] == pytest.approx(1.75, abs=0.2)
    assert facts["hill_index"] == pytest.approx(4.0, abs=0.25)
    for lag, value in ((1, 0.18), (10, 0.14), (50, 0.10), (100, 0.05)):
        assert facts[f"acf_abs_{lag}"] == pytest.approx(value, abs=0.03), lag
    assert abs(facts["acf_1"]) < 0.05
    assert facts["mean_size"] == pytest.approx(0.713, abs=0.06)  # the S&P 500, 1980–2007


def test_equal_noise_or_no_herding_loses_them():
    equal = mean_facts(Moods(noise_chartist=0.758))
    assert equal["excess_kurtosis"] == pytest.approx(0.11, abs=0.1)
    assert abs(equal["acf_abs_10"]) < 5 / np.sqrt(10 * DAYS)  # none, within 5 standard errors
    alone = mean_facts(Moods(herding=0.0))
    assert alone["excess_kurtosis"] == pytest.approx(0.48, abs=0.1)


def test_a_day_by_hand():
    """Equations 1 to 5 for two days, without noise, from a price that is off."""

    class Fixed:
        def standard_normal(self, shape):
            return np.concatenate([np.ones((1, 2)), np.zeros((shape[0] - 1, 2))])

    from synthkit.techniques.market import franke_westerhoff as fw

    m = Moods()
    days = fw.WARM_UP
    try:
        fw.WARM_UP = 0
        run = market_days(4, m, Fixed())
    finally:
        fw.WARM_UP = days
    first = 0.01 * 0.5 * (0.758 + 2.087)
    assert run.log_price[:2] == pytest.approx([0, first])
    share = 1 / (1 + np.exp(0.327))  # attraction α₀ + α_n·0 + α_p·0
    assert run.fundamentalists[:2] == pytest.approx([0.5, share])
    second = first + 0.01 * (share * -0.12 * first + (1 - share) * 1.5 * first)
    assert run.log_price[2] == pytest.approx(second)
    attraction = -0.327 + 1.79 * (2 * share - 1) + 18.43 * first**2
    assert run.fundamentalists[2] == pytest.approx(1 / (1 + np.exp(-attraction)))
    assert run.volume[1] == pytest.approx(share * 0.12 * first + (1 - share) * 1.5 * first)


def test_days_are_consistent():
    days = sk.Market(days=300).simulate(rng=0)["days"]
    assert np.diff(np.log(days["price"])) * 100 == pytest.approx(days["return_pct"][1:])
    assert days["fundamentalist_share"].between(0, 1).all() and (days["volume"] > 0).all()
    rows = sk.Market(days=300).sample(700, rng=0)
    assert rows["run_id"].nunique() == 3


def test_fit_scales_the_returns():
    real = pd.DataFrame({"return_pct": np.random.default_rng(0).standard_t(4, 3000) * 3})
    market = sk.Market(days=20_000).fit(real, rng=0)
    made = market.simulate(rng=1)["days"]["return_pct"]
    assert made.abs().mean() == pytest.approx(real["return_pct"].abs().mean(), rel=0.1)
    assert sk.Market(days=20_000).simulate(rng=1)["days"]["return_pct"].abs().mean() < 1
    with pytest.raises(DataError, match="must have a column 'return_pct'"):
        sk.Market().fit(pd.DataFrame({"x": [1.0, 2.0]}))
    with pytest.raises(DataError, match="column 'return_pct' must hold returns other than 0"):
        sk.Market().fit(pd.DataFrame({"return_pct": [0.0, 0.0]}))


# --- the order book ---------------------------------------------------------------------------


class NaiveBook:
    """The same rules on one sorted list of orders."""

    def __init__(self):
        self.orders = []  # (side, price, number, trader)

    def best(self, side):
        mine = [o for o in self.orders if o[0] == side]
        return min(mine, key=lambda o: (-side * o[1], o[2]), default=None)

    def submit(self, side, price, number, trader):
        other = self.best(-side)
        if other is not None and (price - other[1]) * side >= 0:
            self.orders.remove(other)
            return other[1], other[3]
        self.orders.append((side, price, number, trader))
        return None


def test_matching_agrees_with_a_naive_book():
    rng = np.random.default_rng(0)
    book, naive, number = OrderBook(5), NaiveBook(), 0
    names = {}
    for _ in range(3000):
        side, price, trader = int(rng.choice([BUY, SELL])), int(rng.integers(90, 111)), int(
            rng.integers(5))  # fmt: skip
        if rng.random() < 0.3 and book.live:
            order = book.live[rng.integers(len(book.live))]
            naive.orders.remove(names.pop(order))
            book.cancel(order)
            continue
        trade = book.submit(side, price, trader)
        expected = naive.submit(side, price, number, trader)
        if trade is None:
            assert expected is None
            names[len(book.orders) - 1] = (side, price, number, trader)
            number += 1
        else:
            maker = trade.seller if side == BUY else trade.buyer
            assert (trade.price_ticks, maker) == expected
            names = {k: v for k, v in names.items() if v in naive.orders}
        for s in (BUY, SELL):
            best = naive.best(s)
            assert book.best[s] == (None if best is None else best[1])
        assert sum(book.cash) == 0 and sum(book.shares) == 0  # conserved


def test_first_come_first_served_within_a_price():
    book = OrderBook(4)
    for trader in (0, 1, 2):
        book.submit(SELL, 101, trader)
    book.submit(SELL, 100, 3)
    assert book.take(BUY, 0).seller == 3  # price first
    book.cancel(0)
    assert book.take(BUY, 0).seller == 1  # then time; trader 0 has gone
    assert book.cash == [-201, 101, 0, 100] and book.shares == [2, -1, 0, -1]
    assert book.take(SELL, 2) is None  # nobody bids
    with pytest.raises(ParameterError, match="order must be in the book; got 0"):
        book.cancel(0)


def test_levels_add_up_and_bids_stay_below_asks():
    flow = RandomFlow(Flow(1.0, 10.0, 0.2, 30, 50, 10_000), np.random.default_rng(1))
    for _ in range(5000):
        flow.step()
        bid, ask = flow.book.best[BUY], flow.book.best[SELL]
        assert bid is None or ask is None or bid < ask
    book = flow.book
    waiting = sum(n for side in (BUY, SELL) for _, n in book.levels(side, 10**6))
    assert waiting == len(book.live) == len(book.place)
    assert sum(book.cash) == 0 and sum(book.shares) == 0


def test_spread_scales_as_the_theory_says():
    def spread(**change):
        rates = {"limit_rate": 1.0, "market_rate": 10.0, "cancel_rate": 0.2, **change}
        flow = Flow(**rates, band=200, traders=100, start_price=10_000)
        market, widths = RandomFlow(flow, np.random.default_rng(0)), []
        for k in range(60_000):
            market.step()
            if k > 20_000 and k % 20 == 0:
                widths.append(market.book.best[SELL] - market.book.best[BUY])
        return np.mean(widths), expected_spread(flow)

    base, theory = spread()
    assert 0.7 < base / theory < 2  # the formula gives the scale only
    more, theory_more = spread(limit_rate=2.0)
    busy, theory_busy = spread(market_rate=20.0)
    assert more / base == pytest.approx(theory_more / theory, rel=0.25)  # about half
    assert busy / base == pytest.approx(theory_busy / theory, rel=0.25)


def test_tables_of_the_order_book():
    run = sk.Market(model="order_book", days=5).simulate(rng=0)
    trades, book, days = run["trades"], run["book"], run["days"]
    assert days["volume"].sum() == len(trades) and trades["event"].is_monotonic_increasing
    assert days["price"].iloc[-1] == trades["price_ticks"].iloc[-1]
    assert (book["bid_price_ticks_1"] < book["ask_price_ticks_1"]).all()
    assert (book["bid_price_ticks_2"] < book["bid_price_ticks_1"]).all()
    assert len(book) == 50


# --- the contrast, the measure ----------------------------------------------------------------


def test_rules_make_witless_traders_efficient():
    rng = np.random.default_rng(0)
    clever = [auction_efficiency(rng) for _ in range(100)]
    assert np.mean(clever) > 0.94 and min(clever) > 0.8  # 'close to 100 percent'
    witless = [auction_efficiency(rng, constrained=False) for _ in range(20)]
    assert np.mean(witless) == pytest.approx(0, abs=0.02)


def test_figures_of_the_sp500_are_those_of_the_table():
    sp500 = pytest.importorskip("arch.data.sp500").load()
    returns = 100 * np.log(sp500["Adj Close"]).diff().dropna()
    facts = stylised_facts(returns, sp500["Volume"].iloc[1:])
    assert len(returns) == 5030 and set(facts["fact"]) == set(SP500)
    for _, fact, value, printed in facts.itertuples():
        assert value == pytest.approx(printed, abs=0.006), fact


def test_stylised_facts_of_known_laws():
    rng = np.random.default_rng(0)
    normal = stylised_facts(rng.standard_normal(20_000)).set_index("fact")["value"]
    assert abs(normal["excess_kurtosis"]) < 5 * np.sqrt(24 / 20_000)
    assert abs(normal["acf_abs_1"]) < 5 / np.sqrt(20_000)
    heavy = rng.standard_t(3, 20_000)
    assert excess_kurtosis(heavy) > 3 and hill_index(heavy) < 4


@pytest.mark.parametrize(
    ("returns", "volume", "message"),
    [
        ([0.1, np.nan] * 20, None, "returns must be finite numbers; got nan at place 1"),
        ([0.1] * 50, None, "returns must vary and be at least 30; got 50 that are all equal"),
        ([], None, "returns must vary and be at least 30; got 0"),
        (list(range(40)), [1.0] * 39, "volume must be above 0 on each of the 40 days; got 39"),
        (list(range(40)), [0.0] + [1.0] * 39, "the smallest 0"),
    ],
)
def test_stylised_facts_refuse(returns, volume, message):
    with pytest.raises(DataError, match=message):
        stylised_facts(returns, volume)


# --- errors and failures ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"days": 0}, r"days must be a whole number from 1 to 1,000,000 days; got 0"),
        ({"noise_chartist": -1}, r"noise_chartist must be a number from 0 to 10; got -1"),
        ({"noise_chartist": float("nan")}, r"noise_chartist must be .*; got nan"),
        ({"band": 0}, r"band must be .* from 1 to 1,000 ticks; got 0. .*book empty"),
        ({"traders": 1}, r"traders must be a whole number from 2"),
        ({"cancel_rate": -1}, r"cancel_rate must be .* per order and unit of time; got -1"),
        ({"model": "x"}, r"model must be one of franke_westerhoff, order_book; got 'x'"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        sk.Market(**settings).simulate(rng=0)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: f.name)
def test_failures_break_and_heal(failure):
    for seed in range(3):
        assert failure.is_broken(failure.run(failure.broken_at, seed))
        assert not failure.is_broken(failure.run(failure.repair.value, seed))
