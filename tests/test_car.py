"""A car against closed forms, published figures, SciPy's integrator, and its own balance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import solve_ivp

import synthkit as sk
from synthkit.errors import DataError, ParameterError
from synthkit.techniques.car import FAILURES, Scenario, Segment, bicycle, dynamics, tyres
from synthkit.techniques.car.dynamics import GRAVITY, Body
from synthkit.techniques.car.scenario import EVENTS

KMH = 1 / 3.6
CAR = Body()

# --- straight ahead ---------------------------------------------------------------------------


def test_coast_down_is_exact():
    time = dynamics.coast_down_time(120 * KMH, 20 * KMH, CAR)
    assert time == pytest.approx(149.2846, abs=1e-4)
    assert dynamics.coast_down_distance(120 * KMH, 20 * KMH, CAR) == pytest.approx(
        2445.145, abs=1e-3
    )
    made = dynamics.simulated_coast_down_time(120 * KMH, 20 * KMH, CAR, step_s=0.1)
    assert abs(made - time) < 1e-6
    heavy = Body(wheel_inertia_kgm2=5.4)  # spinning wheels make the car heavier
    assert dynamics.coast_down_time(30, 10, heavy) / dynamics.coast_down_time(
        30, 10, CAR
    ) == pytest.approx(1 + 5.4 / 0.3**2 / 1500)


@pytest.mark.parametrize(("method", "order"), [("euler", 1.0), ("rk4", 4.0)])
def test_order_of_convergence(method, order):
    steps = np.array([4.0, 2.0, 1.0, 0.5])
    exact = dynamics.coast_down_time(120 * KMH, 20 * KMH, CAR)
    errors = [
        abs(
            dynamics.simulated_coast_down_time(120 * KMH, 20 * KMH, CAR, step_s=h, method=method)
            - exact
        )
        for h in steps
    ]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.4)  # 4.4, 4.2, 4.1 …: not asymptotic yet at 4 s


def test_hilly_drive_agrees_with_scipy():
    """An independent integrator, with traction and a hill that change all the time."""

    def rate(t, v):
        traction, hill = 2000 + 1500 * np.sin(0.3 * t), 0.05 * np.sin(0.1 * t)
        return dynamics.acceleration(v, traction, CAR, hill)

    v, h = 10.0, 0.05
    for k in range(1200):
        t = k * h
        k1 = rate(t, v)
        k2 = rate(t + h / 2, v + h / 2 * k1)
        k3 = rate(t + h / 2, v + h / 2 * k2)
        v += h / 6 * (k1 + 2 * k2 + 2 * k3 + rate(t + h, v + h * k3))
    reference = solve_ivp(rate, (0, 60), [10.0], method="DOP853", rtol=1e-11, atol=1e-11).y[0, -1]
    assert v == pytest.approx(reference, abs=1e-6)
    held = 10.0
    for _ in range(600):
        held = dynamics.rk4_step(lambda u: dynamics.acceleration(u, 500.0, CAR, 0.02), held, 0.1)
    reference = solve_ivp(
        lambda t, u: dynamics.acceleration(u, 500.0, CAR, 0.02), (0, 60), [10.0], rtol=1e-11,
        atol=1e-11,
    ).y[0, -1]  # fmt: skip
    assert held == pytest.approx(reference, abs=1e-7)


def test_top_speed_and_road_load():
    assert dynamics.top_speed(85e3 * 0.9, CAR) / KMH == pytest.approx(199.08, abs=0.01)
    speed = 100 * KMH
    assert dynamics.road_load(speed, CAR) * speed == pytest.approx(12_750, abs=5)
    assert CAR.rolling_n == pytest.approx(147.15) and CAR.drag_kg_per_m == pytest.approx(0.40425)
    up = dynamics.road_load(speed, CAR, np.arctan(0.1)) - dynamics.road_load(speed, CAR)
    assert up == pytest.approx(1500 * GRAVITY * np.sin(np.arctan(0.1)), rel=1e-3)


def test_energy_balance():
    run = dynamics.coast(120 * KMH, 150, CAR, step_s=0.1)
    assert abs(dynamics.energy_residual(run, 0.1, 0.0, CAR)) < 1e-8
    crude = dynamics.coast(120 * KMH, 150, CAR, step_s=0.1, method="euler")
    assert abs(dynamics.energy_residual(crude, 0.1, 0.0, CAR)) > 1e-4


def test_fit_finds_the_resistances_of_coast_downs():
    rng = np.random.default_rng(0)
    truth = dynamics.coast(120 * KMH, 149, CAR, step_s=0.1)
    runs = pd.concat(
        [
            pd.DataFrame({
                "trip_id": k,
                "time_s": np.arange(len(truth)) * 0.1,
                "speed_mps": truth + 0.05 * rng.standard_normal(len(truth)),
            })
            for k in range(5)
        ]
    )  # fmt: skip
    car = sk.Car(rolling_resistance=0.03, drag_area_m2=1.2).fit(runs)
    # One run has a standard error of .16 N in F0 and .0005 in F2; five runs, five errors.
    assert car.rolling_resistance_ * 1500 * GRAVITY == pytest.approx(147.15, abs=5 * 0.16 / 5**0.5)
    assert car.drag_area_m2_ == pytest.approx(0.66, abs=5 * 0.0008 / 5**0.5)
    assert car.body().rolling_n == pytest.approx(147.15, abs=0.4)
    with pytest.raises(DataError, match="'speed_mps' is missing"):
        sk.Car().fit(runs[["time_s"]])
    with pytest.raises(DataError, match="must have 20 records or more; got 10"):
        sk.Car().fit(runs.iloc[:10])


# --- tyres ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("road", "friction", "slip"),
    [("dry", 1.170, 0.170), ("wet", 0.801, 0.131), ("snow", 0.190, 0.060)],
)
def test_peaks_of_friction(road, friction, slip):
    found = tyres.peak(road)
    assert found == (pytest.approx(friction, abs=5e-4), pytest.approx(slip, abs=5e-4))
    grid = np.linspace(0, 1, 100_001)
    assert tyres.burckhardt(grid, road).max() == pytest.approx(found[0], abs=1e-6)
    # Pacejka's curve, with coefficients of its own, is of the same size.
    ours, theirs = tyres.burckhardt(0.1, road), tyres.pacejka(0.1, road)
    assert 0.5 < theirs / ours < 2


def test_braking_from_100_km_h():
    speed = 100 * KMH
    # The published figures count the first moments, in which the tyre's slip builds up: + 1 m.
    table = {"dry": (34.5, 51.5), "wet": (49.8, 76.5), "snow": (207, 302), "ice": (787, 787)}
    for road, (controlled, locked) in table.items():
        assert tyres.braking_distance(speed, road) == pytest.approx(controlled, abs=1.0)
        assert tyres.braking_distance(speed, road, abs_on=False) == pytest.approx(locked, abs=0.9)
    ratio = tyres.braking_distance(speed, "wet") / tyres.braking_distance(speed, "dry")
    assert ratio == pytest.approx(1.46, abs=0.005)


def test_stopping_distances_of_the_highway_code():
    """UK Highway Code, 20 to 70 mph: a reaction of .671 s and 6.557 m/s²."""
    for mph, metres in zip(range(20, 71, 10), (12, 23, 36, 53, 73, 96)):
        v = mph * tyres.MPS_PER_MPH
        braking = float(tyres.stopping_distance(v, 6.557 / GRAVITY))
        assert 0.671 * v + braking == pytest.approx(metres, abs=1)


def test_aquaplaning_begins_where_nasa_says():
    assert tyres.aquaplaning_speed(2.2) / KMH == pytest.approx(94, abs=0.5)
    assert tyres.aquaplaning_speed(3.0) / KMH == pytest.approx(110, abs=0.5)


def test_quarter_car_balances_its_energy_and_locks_when_braked_too_hard():
    soft = tyres.quarter_car_stop(100 * KMH, "dry", brake_nm=1000)
    hard = tyres.quarter_car_stop(100 * KMH, "dry", brake_nm=1500)
    assert abs(soft["energy_residual"]) < 1e-4 and abs(hard["energy_residual"]) < 1e-4
    assert np.isnan(soft["lock_s"]) and hard["lock_s"] < 1
    ideal = tyres.braking_distance(100 * KMH, "dry")
    locked = tyres.braking_distance(100 * KMH, "dry", abs_on=False)
    assert ideal < soft["distance_m"] and ideal < hard["distance_m"] < locked
    # Braked below the limit the whole car's deceleration is the brake's moment.
    slow = (1000 / 0.3) / (375 + 1.2 / 0.3**2)
    assert soft["distance_m"] == pytest.approx((100 * KMH) ** 2 / (2 * slow), rel=0.02)


# --- corners ----------------------------------------------------------------------------------


def test_the_rear_axle_does_not_slide():
    state = np.array([3.0, -2.0, 0.4])
    for steer in (-0.3, 0.0, 0.1, 0.5):
        h = 1e-6
        moved = bicycle.kinematic_step(state, 12.0, steer, 2.68, h)
        velocity = (moved - state)[:2] / h
        across = np.array([-np.sin(state[2]), np.cos(state[2])])
        assert abs(velocity @ across) < 1e-4  # m/s
        assert np.hypot(*velocity) == pytest.approx(12.0)
    # A full circle, of radius L / tan δ, comes back to its start.
    steer = 0.2
    lap = 2 * np.pi * 2.68 / np.tan(steer) / 12.0
    assert bicycle.kinematic_step(state, 12.0, steer, 2.68, lap)[:2] == pytest.approx(state[:2])
    half = bicycle.kinematic_step(state, 12.0, steer, 2.68, lap / 2)[:2]
    assert np.hypot(*(half - state[:2])) == pytest.approx(2 * 2.68 / np.tan(steer))


def test_understeer_and_critical_speed():
    axles = bicycle.Axles()
    assert bicycle.understeer_gradient(axles) == pytest.approx(0.0017608, abs=1e-7)
    assert bicycle.limit_speed(axles) == pytest.approx(39.01, abs=0.01)
    swapped = axles.swapped()
    assert bicycle.limit_speed(swapped) == pytest.approx(39.01, abs=0.01)
    assert bicycle.is_stable(0.99 * 39.01, swapped) and not bicycle.is_stable(
        1.01 * 39.01, swapped
    )
    assert all(bicycle.is_stable(v, axles) for v in (10, 39, 80))


def test_steady_yaw_rate_is_where_the_dynamics_settle():
    axles = bicycle.Axles()
    assert bicycle.steady_yaw_rate(20, 0.02, axles) == pytest.approx(0.11819, abs=1e-5)
    matrix, steer = bicycle.lateral_matrix(20, axles), bicycle.steer_vector(axles) * 0.02
    run = solve_ivp(lambda t, y: matrix @ y + steer, (0, 10), [0.0, 0.0], rtol=1e-10, atol=1e-12)
    assert run.y[1, -1] == pytest.approx(bicycle.steady_yaw_rate(20, 0.02, axles), abs=1e-6)
    slow = 20 * np.tan(0.02) / axles.wheelbase_m
    assert slow == pytest.approx(0.1493, abs=1e-4)  # what the kinematic model would say


# --- records ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run():
    return sk.Car(trips=300, event_share=0.5).simulate(rng=0)


def test_records_obey_mechanics(run):
    rows = run["records"]
    trip = rows.groupby("trip_id")
    assert len(rows) == 300 * 600 and np.allclose(trip["time_s"].diff().dropna(), 0.1)
    assert (rows["true_speed_mps"] >= 0).all()
    # Nobody skids unless more friction is asked for than is there, and nobody goes through the
    # car ahead.
    assert (rows.loc[rows["skid"], "friction_used_share"] > 1).all()
    fast = rows["true_speed_mps"] > 0.5
    assert rows.loc[fast & (rows["friction_used_share"] > 1), "skid"].all()
    assert rows["gap_m"].min() > -1.5  # the sensor's noise is .2 m
    assert rows["time_to_collision_s"].dropna().gt(0).all()
    # The car goes on by its speed: positions are read with a bias and a noise of 1.5 m.
    way = trip["true_speed_mps"].sum() * 0.1
    assert np.abs(way - run["trips"].set_index("trip_id")["distance_m"]).max() < 3
    error = rows["speed_mps"] - rows["true_speed_mps"]
    assert error.std() == pytest.approx(np.hypot(0.05, 0.05), rel=0.1)
    assert rows["speed_mps"].isna().mean() == pytest.approx(0.002, abs=5 * 0.0001)


def test_slippery_roads_skid_more(run):
    share = run["records"].groupby("road", observed=True)["skid"].mean()
    assert share["ice"] > 3 * share["snow"] > 3 * share["dry"]
    mean = run["records"].groupby("event", observed=True)["skid"].mean()
    assert mean["black_ice"] > 5 * mean["none"]


def test_hasty_drivers_are_faster_and_ask_for_more():
    gentle, hasty = (
        sk.Car(scenario=Scenario(road="dry", hastiness=h), trips=60).simulate(rng=1)
        for h in (0.0, 1.0)
    )
    assert hasty["trips"]["distance_m"].mean() > 1.1 * gentle["trips"]["distance_m"].mean()
    used = [r["records"]["friction_used_share"].quantile(0.9) for r in (gentle, hasty)]
    assert used[1] > 1.5 * used[0]


def test_every_event_leaves_its_trace():
    route = (Segment(length_m=3000, limit_mps=30, radius_m=100_000),)
    wet = sk.Car(
        scenario=Scenario(road="wet", hastiness=0.5, route=route), trips=300, event_share=0.9
    ).simulate(rng=0)["records"]
    assert set(wet["event"].unique()) == set(EVENTS)
    swims = wet[wet["event"] == "aquaplaning"]
    assert swims["true_speed_mps"].min() >= 0.6 * tyres.aquaplaning_speed(2.2)
    calm = wet[(wet["event"] == "none")]
    assert swims["friction_used_share"].median() > 3 * calm["friction_used_share"].median()
    failing = wet[wet["event"] == "sensor_fault"]
    silent = failing["wheel_speed_mps"].isna().groupby(failing["trip_id"]).mean()
    assert 0.3 < (silent > 0.9).mean() < 0.7  # half of them, 27 or so
    odd = (failing["wheel_speed_mps"] - failing["true_speed_mps"]).dropna()
    assert odd.median() == pytest.approx(3, abs=0.5)
    flat = wet[(wet["event"] == "blow_out") & (wet["manoeuvre"] == "cruise")]
    whole = calm[calm["manoeuvre"] == "cruise"]
    assert flat["pedal_share"].median() > whole["pedal_share"].median() + 0.05


def test_weights_bring_back_natural_traffic():
    natural = sk.Car(trips=6000, duration_s=10.0).simulate(rng=0)["trips"]
    rich = sk.Car(trips=6000, duration_s=10.0, event_share=0.5).simulate(rng=1)["trips"]
    rare = rich["event"] != "none"
    assert rare.mean() == pytest.approx(0.5, abs=5 * np.sqrt(0.25 / 6000))
    assert (natural["weight"] == 1).all()
    estimate = np.average(rare, weights=rich["weight"])
    # Σ w has mean n; its spread makes 5 standard errors of about .02 · √(1/3000 + 1/3000).
    assert estimate == pytest.approx(0.02, abs=5 * 0.02 * np.sqrt(2 / 3000))
    assert (natural["event"] != "none").mean() == pytest.approx(
        0.02, abs=5 * np.sqrt(0.02 * 0.98 / 6000)
    )


def test_scenario_travels_as_json(tmp_path):
    scenario = Scenario(road="snow", hastiness=0.3, route=(Segment(200, 10, 60, 3),))
    assert Scenario.from_json(scenario.to_json()) == scenario
    car = sk.Car(scenario=scenario, trips=5)
    car.save(tmp_path / "car.synthkit")
    loaded = sk.load_technique(tmp_path / "car.synthkit")
    pd.testing.assert_frame_equal(loaded.sample(40, rng=0), car.sample(40, rng=0))
    with pytest.raises(ParameterError, match="a scenario must have the fields road, hastiness"):
        Scenario.from_json('{"weather": "bad"}')
    with pytest.raises(ParameterError, match="a scenario must be JSON"):
        Scenario.from_json("road: wet")
    with pytest.raises(ParameterError, match="scenario must be a Scenario, a dict or None"):
        sk.Car(scenario="wet").sample(1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mass_kg": 0}, r"mass_kg must be a number from 200 to 60,000 kg; got 0"),
        ({"friction_scale": 2.0}, r"friction_scale must be .* no friction is above 2\); got 2\.0"),
        ({"friction_scale": 0}, r"friction_scale must be a number from 0\.05"),
        ({"duration_s": -3}, r"duration_s must be a number from 10 to 3,600 s; got -3"),
        ({"event_share": 1.0}, r"event_share must be .* from 0\.001 to 0\.999 .*; got 1\.0"),
        ({"power_kw": float("nan")}, r"power_kw must be .* kW; got nan"),
        ({"trips": 0}, r"trips must be a whole number from 1 to 100,000 trips; got 0"),
        ({"scenario": {"road": "mud"}}, r"road must be one of mixed, dry, wet, snow, ice"),
        ({"scenario": {"hastiness": 2}}, r"hastiness must be .* from 0 to 1 .*; got 2"),
        (
            {"scenario": {"road": "ice", "route": [{"radius_m": 20, "limit_mps": 14}]}},
            r"route\[0\]\.limit_mps must be a number from 1 to 3\.132\d* m/s; got 14\. A corner of "
            r"20 m can't be driven faster at a friction of 0\.05",
        ),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        sk.Car(**settings).sample(1)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: f.name)
def test_failures_break_and_heal(failure):
    for seed in range(3):
        assert failure.is_broken(failure.run(failure.broken_at, seed))
        assert not failure.is_broken(failure.run(failure.repair.value, seed))
