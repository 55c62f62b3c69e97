"""Lesson 07's runs: braking in a bend against closed forms, and what oversampling buys."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.course.runs import driving
from synthkit.errors import DataError
from synthkit.techniques.car import Car
from synthkit.techniques.car.bend import Bend, brake_in_bend, within_circle
from synthkit.techniques.car.dynamics import GRAVITY, Body
from synthkit.techniques.car.tyres import ROADS, burckhardt, peak

STRAIGHT = Bend(straight_m=1e6)
NO_AIR = Body(drag_area_m2=0.0)


@pytest.mark.parametrize("road", ROADS)
def test_a_straight_stop_is_v_squared_over_two_mu_g(road):
    stop = brake_in_bend(20.0, road, STRAIGHT, NO_AIR, step_s=0.002)
    # The last step is cut where the car stands: off by less than one step of the way.
    assert stop.distance_m == pytest.approx(
        20.0**2 / (2 * GRAVITY * float(burckhardt(1.0, road))), abs=20.0 * 0.002
    )
    assert np.abs(stop.place[:, 1]).max() == 0
    slower = brake_in_bend(20.0, road, STRAIGHT, Body(), step_s=0.002)
    assert slower.distance_m < stop.distance_m  # the air helps


def test_a_car_within_the_circle_follows_the_bend():
    bend = Bend(brake_m=60.0)
    stop = brake_in_bend(30 / 3.6, "dry", bend, Body(), step_s=0.01)
    turning = (stop.way_m > bend.straight_m + 1) & ~stop.brakes
    centre = np.array([bend.straight_m, bend.radius_m])
    radius = np.hypot(*(stop.place[turning, :2] - centre).T)
    # The bend begins inside a step: the car is that much too late, v·h = 8 cm.
    assert np.abs(radius - bend.radius_m).max() < 0.1
    assert not stop.slides[turning].any()
    assert stop.accel[turning, 1] == pytest.approx((30 / 3.6) ** 2 / bend.radius_m)


def test_the_friction_circle_is_never_left():
    for road in ROADS:
        stop = brake_in_bend(15.0, road, Bend(), Body())
        size = np.hypot(*stop.accel.T)
        assert size.max() <= GRAVITY * peak(road)[0] * (1 + 1e-12)
        slides = stop.slides & (stop.speed_mps > 0)
        assert size[slides] == pytest.approx(GRAVITY * float(burckhardt(1.0, road)))
    assert within_circle(np.array([0.0, 3.0]), 3.0, 1.0)[1] is False
    given, slides = within_circle(np.array([-4.0, 3.0]), 4.9, 1.0)
    assert slides and given == pytest.approx([-0.8, 0.6])


def test_on_ice_it_leaves_the_bend_and_the_table_says_so():
    stops = driving.stops_table()
    assert stops["slid before the brake"].tolist() == [False, False, False, True]
    assert (stops["metres, in the bend"] <= stops["metres, straight ahead"] + 0.05).all()
    trace = driving.brake_trace(0, "ice", said=[4.7, 7.0, 20.0, 50.0])
    assert trace.last("metres") == pytest.approx(stops.loc["ice", "metres, in the bend"], abs=0.1)
    (mine,) = [m for m in trace.frames[0].marks["above"] if m["role"] == "prediction"]
    place = Bend().middle(np.array([Bend().brake_m + 50.0]))[0]
    assert (mine["x"][0], mine["y"][0]) == pytest.approx(place[:2], abs=0.02)


def test_only_the_oversampled_rare_case_is_found_on_every_seed():
    """Three seeds of training, 100 test trips: the recipe with both parts wins each time."""
    runs = driving.detector_runs(range(3), test_trips=100)
    share = runs.set_index(["rare events", "features", "seed"])["found"].unstack("seed")
    best = share.loc[("half of the trips", "with slip")]
    assert (best > 0.6).all()
    assert (best > share.loc[("half of the trips", "sensors")]).all()
    natural = runs[runs["rare events"] == "as in nature"]
    blind = natural["skids seen"] == 0
    assert blind.any()  # 40 trips, 2 in 5 of 2 % with black ice: three in four sets hold none
    assert (natural.loc[blind, "found"] == 0).all()
    table = driving.detector_table(runs)
    assert table.iloc[3, 0] == pytest.approx(best.mean())


def test_labels_cost_what_they_cost():
    runs = pd.DataFrame({"rare events": ["half of the trips"], "skids seen": [100]})
    cost = driving.label_cost(runs, 6.0, 0.06)
    assert cost["rows"].tolist() == [driving.TRIPS * 600 * 25, driving.TRIPS * 600]
    assert cost["cost"].iloc[0] / cost["cost"].iloc[1] == pytest.approx(2500)


def test_coast_downs_by_file_and_made_up(tmp_path):
    made = driving.coast_down("", 3)
    car = Car().fit(made)
    # One run of 149 s has a standard error of .0008 m²; this one is shorter and half as steep.
    assert car.drag_area_m2_ == pytest.approx(driving.MADE_UP.drag_area_m2, abs=0.01)
    path = tmp_path / "roll.csv"
    made.to_csv(path, index=False)
    pd.testing.assert_frame_equal(driving.coast_down(str(path), 3), made)
    assert driving.coast_trace(made, car).last("drag_area_m2") == car.drag_area_m2_
    made.rename(columns={"speed_mps": "km/h"}).to_csv(path, index=False)
    with pytest.raises(DataError, match=r"'speed_mps' is missing .* divide km/h by 3\.6"):
        driving.coast_down(str(path), 3)
