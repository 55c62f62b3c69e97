"""What lessons 08 and 09 compute for their pictures and tables."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from synthkit.course.exercises import market_build, traffic_build
from synthkit.course.runs import market, traffic
from synthkit.errors import DataError
from synthkit.techniques.market import OrderBook
from synthkit.techniques.market.franke_westerhoff import Moods, market_days
from synthkit.techniques.market.order_book import BUY, SELL
from synthkit.techniques.traffic.following import Driver, idm_capacity
from synthkit.techniques.traffic.observe import Snapshot

# --- traffic -----------------------------------------------------------------------------------


def test_the_tiles_of_a_space_time_diagram_are_the_field():
    field = np.arange(200 * 600, dtype=float).reshape(200, 600)
    tiles = traffic.space_time(field, (0, 600, 0, 200))
    assert all(tile["values"].size <= traffic.TILE_VALUES for tile in tiles)
    assert np.array_equal(np.hstack([tile["values"] for tile in tiles]), field)
    edges = [tuple(tile["extent"][:2]) for tile in tiles]
    assert edges[0][0] == 0
    assert edges[-1][1] == 600
    assert all(a[1] == b[0] for a, b in pairwise(edges))


def test_the_field_goes_from_one_cars_speed_to_the_nexts_across_the_cut():
    zeros = np.zeros(2)
    shot = Snapshot(1.0, np.arange(2), zeros, np.array([10.0, 190.0]), zeros,
                    np.array([0.0, 10.0]), zeros)  # fmt: skip
    field = traffic.speed_field([shot], 200.0, 100)[:, 0]  # places 1, 3, 5 … 199 m
    assert field[50] == pytest.approx(36 * (101 - 10) / 180)
    assert field[0] == pytest.approx(36 * 9 / 20)  # 1 m: 11 of the 20 m behind the second car


def test_the_film_never_shows_the_future_and_says_whether_there_is_a_jam():
    trace = traffic.ring_trace(1, 24)
    assert len(trace.frames) > 90, "frames were dropped"
    for frame in trace.frames:
        assert frame.marks["diagram"][-1]["x"][0] == pytest.approx(frame.step, abs=0.1)
    assert trace.sentence.endswith(": a jam.")
    assert traffic.ring_trace(1, 10).sentence.endswith("no jam.")


def test_brake_lights_are_those_of_cars_that_lose_speed():
    zeros = np.zeros(3)
    before, after = (
        Snapshot(t, np.arange(3), zeros, np.arange(3.0), zeros, np.array(v), zeros)
        for t, v in ((0.0, [5.0, 5.0, 5.0]), (0.5, [5.0, 4.0, 6.0]))
    )
    assert traffic.cars_mark(after, before, 230.0)["braking"].tolist() == [0, 1, 0]


@pytest.mark.parametrize("headway", [0.8, 1.2, 1.6])
def test_the_headway_is_read_back_off_the_largest_flow(headway):
    driver = Driver(100 / 3.6, headway, 2.0, 1.0, 1.5)
    flow, _ = idm_capacity(driver, traffic.CAR_M)
    assert traffic.headway_for(flow, 100) == pytest.approx(headway, abs=1e-3)
    with pytest.raises(DataError, match="Divide counts of several lanes"):
        traffic.headway_for(9_000, 100)


def test_counts_become_flow_and_density():
    table = pd.DataFrame({"n": [100, 0, 50], "kmh": [60.0, 0.0, 30.0], "place": ["a", "b", "c"]})
    found = traffic.counted(table, "n", "kmh", minutes=5)
    assert found["flow"].tolist() == [1200, 600]
    assert found["density"].tolist() == [20, 20]
    with pytest.raises(DataError, match="column 'speed' must be a column of numbers"):
        traffic.counted(table, "n", "speed")
    with pytest.raises(DataError, match="must be a column of numbers"):
        traffic.counted(table, "place", "kmh")
    with pytest.raises(DataError, match="vehicles that move"):
        traffic.counted(table.assign(n=0), "n", "kmh")
    assert traffic.diagram_trace(found).frames


def test_detectors_underestimate_the_density_of_a_jam_only():
    real = traffic.EXPERIMENT_CARS / traffic.EXPERIMENT_M * 1000
    jammed = traffic.detected_density(traffic.detector_rows(1, **traffic.ROAD))
    even = traffic.detected_density(traffic.detector_rows(1, **traffic.MODELS["no jam"]))
    assert jammed < 0.75 * real
    # A count of some 22 a minute is off by at most one car: 5 %, less in the mean of many.
    assert even == pytest.approx(real, rel=0.05)


@pytest.mark.parametrize("seed", range(40))
def test_the_steps_wrong_ideas_all_show(seed):
    build = traffic_build
    for dawdle, ideas in (
        (0.0, (build._one_by_one(-1), build._one_by_one(1), build._free_end, build._no_ring)),
        (1.0, (build._dawdle_first,)),
    ):
        state = build._state(dawdle)(np.random.default_rng(seed))
        right = build._right(*state, None)
        assert len(set(state[0].tolist())) == build.CAR_COUNT
        assert build._gaps(state[0], build.CELLS).sum() == build.CELLS - build.CAR_COUNT
        assert not any(build._same(right, idea(*state, None)) for idea in ideas)


# --- market ------------------------------------------------------------------------------------


def test_each_waiting_order_has_its_place_in_line():
    book = OrderBook(3)
    for trader in (0, 1, 2):
        book.submit(SELL, 105, trader)
    book.submit(SELL, 103, 0)
    book.cancel(1)
    assert sorted(market.waiting_orders(book, SELL)) == [(103, 0), (105, 0), (105, 1)]
    assert market.waiting_orders(book, BUY) == []


def test_the_last_events_of_the_film_are_said_one_by_one():
    trace = market.book_trace(1)
    steps = [frame.step for frame in trace.frames]
    assert steps[-market.SLOW :] == list(range(market.EVENTS - market.SLOW + 1, market.EVENTS + 1))
    counts = trace.scalars("trades")[-market.SLOW - 1 :]
    said = [frame.sentence for frame in trace.frames[-market.SLOW :]]
    took = [" takes the oldest " in sentence for sentence in said]
    assert took == (np.diff(counts) == 1).tolist()
    assert any(took)
    assert not all(took)


def test_impatience_widens_the_spread():
    spreads = [market.book_trace(1, rate).last("mean_spread_ticks") for rate in market.IMPATIENCE]
    assert spreads == sorted(spreads)
    assert spreads[-1] > 2 * spreads[0]


def test_the_market_of_two_moods_knows_no_up_and_down():
    """What the lesson says of leverage: mirrored noise gives the mirrored price, exactly."""

    class Mirrored:
        def standard_normal(self, shape):
            return -np.random.default_rng(3).standard_normal(shape)

    up = market_days(2_000, Moods(), np.random.default_rng(3)).log_price
    down = market_days(2_000, Moods(), Mirrored()).log_price  # type: ignore[arg-type]
    assert np.ptp(up) > 0
    assert np.array_equal(up, -down)


def test_returns_of_prices():
    table = pd.DataFrame({"close": 100 * 1.01 ** np.arange(40), "name": "x"})
    assert market.returns_of(table, "close") == pytest.approx(100 * np.log(1.01))
    for broken in ("open", "name"):
        with pytest.raises(DataError, match="price must be a column of numbers"):
            market.returns_of(table, broken)
    with pytest.raises(DataError, match="at least 31 prices above 0; got 40"):
        market.returns_of(table.assign(close=0.0), "close")


@pytest.mark.parametrize("seed", range(40))
def test_the_matchs_wrong_ideas_all_show(seed):
    build, rng = market_build, np.random.default_rng(seed)
    state = build._book(rng)
    right = build._right(*state, None)
    assert right.sum() == state[4]
    for idea in (build._newest, build._time_only, build._largest, build._whole_only):
        assert not build._same(right, idea(*state, None))
    state = build._limited(rng)
    assert not build._same(build._right(*state, None), build._no_limit(*state, None))
