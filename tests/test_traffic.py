"""Traffic against exact solutions, theory and published numbers; no car lost, none overlapping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import synthkit as sk
from benchmarks import peers
from synthkit.errors import DataError, ParameterError
from synthkit.techniques.traffic import cellular, following, fundamental_diagram, jam_speed_mps
from synthkit.techniques.traffic.failures import FAILURES, two_rules
from synthkit.techniques.traffic.following import Driver
from synthkit.techniques.traffic.lanes import neighbours

HIGHWAY = Driver(120 / 3.6, 1.6, 2.0, 0.73, 1.67)  # Treiber 2000


def sugiyama(acceleration: float, cars: int = 22) -> tuple[float, following.Slopes]:
    """Equilibrium speed and slopes on the ring of 230 m."""
    driver = Driver(11.083, 1.0, 2.0, acceleration, 1.5)
    speed = following.idm_equilibrium_speed(230 / cars - 4, driver)
    return speed, following.idm_slopes(speed, driver)


# --- cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("density", "dawdle"), [(0.5, 0.5), (0.2, 0.5), (0.5, 0.25), (0.7, 0.1)])
def test_flow_of_slow_cells_is_the_exact_one(density, dawdle):
    flows = [cellular.ring_flow(density, 1, dawdle, np.random.default_rng(s)) for s in range(3)]
    # 10,000 cells × 500 steps: the flow's standard error is below .0004.
    assert np.mean(flows) == pytest.approx(cellular.exact_flow(density, dawdle), abs=0.002)
    assert cellular.exact_flow(0.5, 0.5) == pytest.approx(0.1464, abs=1e-4)
    # The partner: dawdling before looking ahead would give the random-sequential law, q = p̄ρ(1−ρ).
    wrong = (1 - dawdle) * density * (1 - density)
    assert abs(np.mean(flows) - wrong) > 3 * 0.002


@pytest.mark.parametrize("density", [0.05, 0.1, 1 / 6, 0.3, 0.8])
def test_without_dawdling_the_flow_is_the_triangle(density):
    flow = cellular.ring_flow(density, 5, 0.0, np.random.default_rng(0), warm_up=4000, steps=60)
    assert flow == pytest.approx(cellular.undisturbed_flow(density, 5), abs=0.005)
    assert cellular.undisturbed_flow(1 / 6, 5) == pytest.approx(0.8333, abs=1e-4)


def test_largest_flows_and_free_speed():
    settle = {"warm_up": 3000, "steps": 1000}
    rng = np.random.default_rng(1)
    # Mean of a flow that jams make wander: ± .003 over repeats.
    assert cellular.ring_flow(0.08, 5, 0.5, rng, **settle) == pytest.approx(0.319, abs=0.005)
    quarter = max(cellular.ring_flow(d, 5, 0.25, rng, **settle) for d in (0.11, 0.12, 0.13))
    assert quarter == pytest.approx(0.51, abs=0.01)
    for dawdle in (0.25, 0.5):  # alone on the road: v_max − p
        speed = cellular.ring_flow(0.001, 5, dawdle, rng, **settle) / 0.001
        assert speed == pytest.approx(5 - dawdle, abs=5 * 0.5 / np.sqrt(10 * 1000))


def test_a_step_does_what_the_paper_says():
    """Against the rule written for one car at a time."""
    rng = np.random.default_rng(3)
    ring = cellular.CellRing(cells=60, cars=20, v_max=5, dawdle=0.4, rng=rng)
    for _ in range(200):
        slow = cellular.dawdlers(20, 0.4, rng)
        where, speed = ring.distance.copy(), ring.speed.copy()
        expected = []
        for i in range(20):
            gap = (where[(i + 1) % 20] - where[i] - 1) % 60
            expected.append(max(min(speed[i] + 1, 5, gap) - slow[i], 0))
        cellular.nasch_step(ring.gap, ring.speed, 5, slow)
        ring.distance += ring.speed
        assert ring.speed.tolist() == expected
        assert ring.gap.sum() == 40 and ring.gap.min() >= 0  # conserved, none overlapping


def test_dawdlers_are_as_frequent_as_asked():
    n = 1_000_000
    for p in (0.0, 0.25, 0.5, 1.0):
        share = cellular.dawdlers(n, p, np.random.default_rng(0)).mean()
        assert share == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / n))


# --- following --------------------------------------------------------------------------------


def test_equilibrium_gaps_and_capacity():
    assert following.idm_equilibrium_gap(50 / 3.6, HIGHWAY) == pytest.approx(24.60, abs=0.01)
    assert following.idm_equilibrium_gap(100 / 3.6, HIGHWAY) == pytest.approx(64.55, abs=0.01)
    flow, speed = following.idm_capacity(HIGHWAY, 5.0)
    assert flow == pytest.approx(1743, abs=1) and speed * 3.6 == pytest.approx(66.8, abs=0.1)
    gap = following.idm_equilibrium_gap(20.0, HIGHWAY)
    assert following.idm_acceleration(20.0, gap, 0.0, HIGHWAY) == pytest.approx(0, abs=1e-12)
    assert following.idm_equilibrium_speed(gap, HIGHWAY) == pytest.approx(20.0)


def test_slopes_are_those_of_the_acceleration():
    speed, slopes = sugiyama(1.0)
    driver, gap, h = Driver(11.083, 1.0, 2.0, 1.0, 1.5), 230 / 22 - 4, 1e-6

    def rate(v=0.0, s=0.0, dv=0.0):
        return following.idm_acceleration(speed + v, gap + s, dv, driver)

    assert (rate(s=h) - rate(s=-h)) / (2 * h) == pytest.approx(slopes.gap, rel=1e-6)
    assert (rate(v=h) - rate(v=-h)) / (2 * h) == pytest.approx(slopes.speed, rel=1e-6)
    assert (rate(dv=h) - rate(dv=-h)) / (2 * h) == pytest.approx(slopes.closing, rel=1e-6)


def test_critical_acceleration_of_22_cars_is_not_that_of_an_endless_road():
    finite = optimize.brentq(lambda a: following.growth_rate(sugiyama(a)[1], 22), 0.8, 2)
    assert finite == pytest.approx(1.339, abs=0.001)
    assert not following.stable_when_endless(sugiyama(1.512)[1])
    assert following.stable_when_endless(sugiyama(1.514)[1])
    many = optimize.brentq(lambda a: following.growth_rate(sugiyama(a)[1], 2000), 0.8, 2)
    assert many == pytest.approx(1.513, abs=0.001)  # Eq. 5 meets Eq. 6


def test_growth_rate_is_the_largest_eigenvalue():
    """Against the eigenvalues of the linearised ring itself."""
    n = 22
    _, f = sugiyama(1.0)
    ahead = np.roll(np.eye(n), 1, axis=1) - np.eye(n)  # (y_ahead − y)
    system = np.block([
        [np.zeros((n, n)), np.eye(n)],
        [f.gap * ahead, f.speed * np.eye(n) - f.closing * ahead],
    ])  # fmt: skip
    roots = np.linalg.eigvals(system)
    moving = roots[np.abs(roots) > 1e-6]  # the zero root shifts all cars
    assert following.growth_rate(f, n) == pytest.approx(moving.real.max(), abs=1e-9)


@pytest.mark.parametrize(("sensitivity", "jams"), [(1.8, True), (2.2, False)])
def test_bandos_ring_jams_below_the_critical_sensitivity(sensitivity, jams):
    slopes = following.ovm_slopes(2.0, sensitivity, following.bando_speed)
    assert following.stable_when_endless(slopes) is not jams  # a_c = 2 V'(2) = 2
    n = 50
    assert (following.growth_rate(slopes, n) > 0) is jams
    shift = np.random.default_rng(0).uniform(-0.1, 0.1, n)
    speeds = following.ring_speeds(
        lambda v, s, dv: following.ovm_acceleration(v, s, sensitivity, following.bando_speed),
        2 + np.roll(shift, -1) - shift, np.full(n, np.tanh(2.0)), seconds=3000, step_s=0.1,
    )  # fmt: skip
    assert bool(speeds[-10_000:].std() > 0.2) is jams


# --- the ring of Sugiyama ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def jam():
    return sk.Traffic(duration_s=1500).simulate(rng=0)


def test_22_cars_jam_and_lose_a_third_of_their_flow(jam):
    speed, _ = sugiyama(1.0)
    assert speed * 22 / 230 * 3600 == pytest.approx(1507, abs=1)
    late = jam["floating_cars"].query("time_s > 900")["speed_mps"]
    # The scheme's order is 2: at h = .25 s the figures are within 3 % of those at h → 0.
    assert late.std() == pytest.approx(3.18, rel=0.03)
    assert late.mean() * 22 / 230 * 3600 == pytest.approx(1017, rel=0.03)


def test_jam_travels_backwards_at_13_km_h(jam):
    speed = jam_speed_mps(jam["floating_cars"], 230, warm_up_s=900)
    assert speed * 3.6 == pytest.approx(-13, abs=1)


def test_who_jams_and_who_does_not():
    def spread(**settings):
        run = sk.Traffic(duration_s=1200, **settings)
        return fundamental_diagram(run, [run.vehicles], warm_up_s=900, rng=2).iloc[0]

    assert spread(acceleration_mps2=1.4)["speed_spread_mps"] < 0.05
    assert spread(acceleration_mps2=1.4)["flow_veh_per_h"] == pytest.approx(1507, abs=2)
    assert spread(vehicles=14)["speed_spread_mps"] < 0.05
    for cars in (20, 24, 26):
        assert spread(vehicles=cars)["speed_spread_mps"] > 1


def test_smaller_steps_change_the_jam_little():
    rows = [
        fundamental_diagram(
            sk.Traffic(duration_s=1200, time_step_s=h), [22], warm_up_s=600, rng=1
        ).iloc[0]
        for h in (0.25, 0.1)
    ]
    assert rows[0]["speed_spread_mps"] == pytest.approx(rows[1]["speed_spread_mps"], rel=0.02)


# --- conservation -----------------------------------------------------------------------------

ROADS = [
    {"lanes": 1},
    {"lanes": 3, "vehicles": 50, "driver_spread": 0.3},
    {"lanes": 2, "vehicles": 44, "time_step_s": 0.5, "driver_spread": 0.5, "acceleration_mps2": 5},
    {"road": "open", "length_m": 1500, "lanes": 2, "inflow_veh_per_h": 3000, "driver_spread": 0.3},
    {"model": "nasch", "vehicles": 12},
    {"model": "nasch", "road": "open", "length_m": 900, "dawdle": 0.5},
]


@pytest.mark.parametrize("settings", ROADS, ids=str)
def test_cars_are_conserved_and_never_overlap(settings):
    traffic = sk.Traffic(duration_s=240, **settings)
    ring = traffic.road == "ring"
    length = cellular.CELL_M if traffic.model == "nasch" else traffic.vehicle_length_m
    road_m = round(traffic.length_m / 7.5) * 7.5 if traffic.model == "nasch" else traffic.length_m
    changes, last = 0, {}
    for shot in traffic.snapshots(rng=1):
        assert len(set(shot.id)) == len(shot.id)
        if ring:
            assert sorted(shot.id) == list(range(traffic.vehicles))
        place = shot.distance_m % road_m if ring else shot.distance_m
        for lane in range(traffic.lanes):
            spots = np.sort(place[shot.lane == lane])
            gaps = np.diff(np.append(spots, spots[:1] + road_m) if ring else spots) - length
            assert gaps.min(initial=0.0) >= -1e-9
        assert (shot.speed_mps >= 0).all()
        lanes = dict(zip(shot.id.tolist(), shot.lane.tolist()))
        changes += sum(last.get(car, lane) != lane for car, lane in lanes.items())
        last = lanes
    assert (changes > 0) is (traffic.lanes > 1)


def test_open_road_counts_who_enters_and_who_leaves():
    from synthkit.techniques.traffic.road import Road

    plan = sk.Traffic(road="open", length_m=600, lanes=2, inflow_veh_per_h=2000)._plan()
    rng = np.random.default_rng(0)
    road = Road(plan, 0, rng)
    for _ in range(2400):
        road.step(rng)
        assert road.entered - road.left == len(road.fleet)
    assert road.left > 100 and road.held_back == 0
    cells = cellular.OpenCellRoad(cells=100, inflow=0.4, v_max=5, dawdle=0.25)
    for _ in range(1000):
        cells.step(rng)
        assert cells.entered - cells.left == len(cells.id)
    assert cells.left > 200


def test_detectors_count_what_floating_cars_pass():
    road = sk.Traffic(road="open", length_m=1000, duration_s=600, record_every_s=0.25)
    run = road.simulate(rng=0)
    spot = run["detectors"]["detector_position_m"].iloc[0]
    cars = run["floating_cars"].sort_values(["vehicle_id", "time_s"])
    before = cars.groupby("vehicle_id")["position_m"].shift(fill_value=0.0)
    passed = cars[(before < spot) & (cars["position_m"] >= spot)]
    minute = ((passed["time_s"] - 0.125) // 60).astype(int)
    counted = run["detectors"].query("detector == 0").set_index("minute")["vehicles_per_min"]
    assert counted.sum() > 100
    assert minute.value_counts().sort_index().tolist() == counted[counted > 0].tolist()
    # Occupancy: each car covers the spot for length / speed.
    speeds = run["detectors"].query("detector == 0").set_index("minute")["mean_speed_mps"]
    share = run["detectors"].query("detector == 0").set_index("minute")["occupancy_share"]
    # A pass of 4 m at some 10 m/s lasts 1.6 steps: counting whole steps adds noise, no bias.
    assert share[2:].mean() == pytest.approx((counted * 4 / speeds / 60)[2:].mean(), rel=0.1)


def test_neighbours_by_hand():
    near = neighbours(np.array([90.0, 10.0, 50.0]), np.array([0, 0, 1]), 4.0, 100.0)
    assert near.ahead.tolist() == [1, 0, 2] and near.behind.tolist() == [1, 0, 2]
    assert near.gap.tolist() == [16.0, 76.0, 96.0]
    near = neighbours(np.array([90.0, 10.0, 50.0]), np.array([0, 0, 1]), 4.0, None)
    assert near.ahead.tolist() == [-1, 0, -1] and near.gap.tolist() == [np.inf, 76.0, np.inf]


def test_fast_drivers_overtake_slow_ones():
    """With differing drivers a second lane raises the mean speed; one lane queues behind."""
    mean = {
        lanes: np.mean([
            fundamental_diagram(
                sk.Traffic(length_m=2000, lanes=lanes, desired_speed_mps=30, headway_s=1.4,
                           driver_spread=0.3, acceleration_mps2=1.5, duration_s=400),
                [20 * lanes], warm_up_s=200, rng=seed,
            )["mean_speed_mps"].iloc[0]
            for seed in range(3)
        ])
        for lanes in (1, 2)
    }  # fmt: skip
    assert mean[2] > 1.1 * mean[1]


# --- tables, errors, failures -----------------------------------------------------------------


def test_tables_and_their_numbers():
    traffic = sk.Traffic(duration_s=120, floating_share=0.5)
    run = traffic.simulate(rng=0)
    cars = run["floating_cars"]
    assert set(cars["vehicle_id"]) == set(range(cars["vehicle_id"].nunique()))
    assert 2 < cars["vehicle_id"].nunique() < 20
    rows = traffic.sample(3000, rng=0)
    assert len(rows) == 3000 and rows["run_id"].nunique() > 1
    assert not rows.duplicated(["vehicle_id", "time_s"]).any()
    minutes = traffic.sample(10, rng=0, table="detectors")
    assert list(minutes.columns) == list(run["detectors"].columns)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vehicles": 39}, r"vehicles must be a whole number from 1 to 38 vehicles; got 39"),
        ({"model": "nasch", "vehicles": 32}, r"vehicles must be .* from 1 to 31 vehicles; got 32"),
        ({"headway_s": -1}, r"headway_s must be a number from 0\.5 to 10 s; got -1"),
        ({"time_step_s": 0}, r"time_step_s must be a number from 0\.01 to 0\.5 s; got 0"),
        ({"time_step_s": 1.0}, r"time_step_s must be a number from 0\.01 to 0\.5 s; got 1\.0"),
        ({"length_m": float("nan")}, r"length_m must be a number from 50 to 100,000 m; got nan"),
        ({"dawdle": 1.5}, r"dawdle must be a number from 0 to 1 \(probability\); got 1\.5"),
        ({"model": "nasch", "lanes": 2}, r"lanes must be .* from 1 to 1 lanes; got 2"),
        ({"model": "cars"}, r"model must be one of idm, nasch; got 'cars'"),
        ({"vehicles": 2.5}, r"vehicles must be a whole number"),
        ({"detectors": True}, r"detectors must be a whole number"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        sk.Traffic(**settings).simulate(rng=0)
    with pytest.raises(ParameterError, match=message):
        sk.Traffic(**settings).sample(5)


def test_jam_speed_and_diagram_refuse_what_they_cannot_use(jam):
    with pytest.raises(DataError, match="must go beyond 5000 s"):
        jam_speed_mps(jam["floating_cars"], 230, warm_up_s=5000)
    with pytest.raises(ParameterError, match="must be on a ring"):
        fundamental_diagram(sk.Traffic(road="open"), [3])
    with pytest.raises(DataError, match="must be used without fit"):
        sk.Traffic().fit(pd.DataFrame({"x": [1.0, 2.0]}))


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: f.name)
def test_failures_break_and_heal(failure):
    for seed in range(3):
        assert failure.is_broken(failure.run(failure.broken_at, seed))
        assert not failure.is_broken(failure.run(failure.repair.value, seed))


def test_perfect_drivers_differ_in_nothing_once_settled():
    states = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        ring = cellular.CellRing(cells=600, cars=90, v_max=5, dawdle=0.0, rng=rng)
        for _ in range(2000):
            ring.step(rng)
        states.append(ring.speed)
    assert (states[0] == states[1]).all() and (states[0] == 5).all()


def test_the_two_rules_have_one_uniform_flow():
    calm, other = two_rules(10, np.random.default_rng(0))
    assert calm[-1].mean() == pytest.approx(other[-1].mean(), rel=1e-3)
    calm, other = two_rules(22, np.random.default_rng(0))
    assert other[-1].std() > 10 * calm[-1].std()


# --- a second oracle --------------------------------------------------------------------------

SUMO = """
import os, subprocess, xml.etree.ElementTree as tree
from pathlib import Path
import sumo
binary = Path(sumo.SUMO_HOME) / "bin"
os.environ["SUMO_HOME"] = sumo.SUMO_HOME
nodes = '<nodes><node id="a" x="0" y="0"/><node id="b" x="1000" y="0"/></nodes>'
Path("n.xml").write_text(nodes)
Path("e.xml").write_text(
    '<edges><edge id="ab" from="a" to="b" numLanes="1" speed="60" shape="0,0 500,300 1000,0"/>'
    '<edge id="ba" from="b" to="a" numLanes="1" speed="60" shape="1000,0 500,-300 0,0"/></edges>')
subprocess.run([binary / "netconvert", "-n", "n.xml", "-e", "e.xml", "-o", "net.xml",
    "--no-internal-links", "--no-turnarounds", "--junctions.limit-turn-speed", "-1",
    "--default.junctions.radius", "0"], check=True, capture_output=True)
lengths = [float(e.find("lane").get("length")) for e in tree.parse("net.xml").iter("edge")]
total = sum(lengths)
rows = []
for cars in COUNTS:
    route = " ".join(["ab ba"] * 40)
    lines = ['<routes><vType id="t" carFollowModel="IDM" length="5" minGap="2" accel="0.73" '
        'decel="1.67" emergencyDecel="9" tau="1.6" maxSpeed="33.333333" speedFactor="1" '
        'speedDev="0" stepping="0.1"/>']
    spots = [(k + 0.5) * total / cars for k in range(cars)]
    for k, spot in enumerate(spots):
        first = spot < lengths[0]
        edges = route if first else "ba " + route
        pos = spot if first else spot - lengths[0]
        lines.append(f'<vehicle id="v{k}" type="t" depart="0" departPos="{pos:.2f}" '
            f'departSpeed="0" insertionChecks="none"><route edges="{edges}"/></vehicle>')
    lines.append("</routes>")
    Path("r.xml").write_text("\\n".join(lines))
    subprocess.run([binary / "sumo", "-n", "net.xml", "-r", "r.xml", "--step-length", "0.1",
        "--end", "500", "--step-method.ballistic", "--no-step-log", "--summary-output", "s.xml",
        "--no-warnings", "--time-to-teleport", "-1", "--collision.action", "warn"],
        check=True, capture_output=True)
    speeds = [float(s.get("meanSpeed")) for s in tree.parse("s.xml").iter("step")
              if float(s.get("time")) > 400]
    running = [int(s.get("running")) for s in tree.parse("s.xml").iter("step")][-1]
    rows.append([cars, total, sum(speeds) / len(speeds), running])
print(json.dumps(rows))
"""


def test_equilibrium_flow_is_that_of_sumo():
    """Uniform flow of the IDM on a ring: an independent implementation of the same model."""
    if peers.interpreter() is None:
        pytest.skip("no environment of peers: python -m benchmarks.peers makes one with SUMO")
    try:
        rows = peers.run_in_peers(SUMO.replace("COUNTS", "(10, 20, 40, 60)"))
    except RuntimeError as error:
        if "No module named 'sumo'" in str(error):
            pytest.skip("SUMO is not among the peers: python -m benchmarks.peers brings it")
        raise
    for cars, length, speed, running in rows:
        assert running == cars
        ours = following.idm_equilibrium_speed(length / cars - 5, HIGHWAY)
        assert speed == pytest.approx(ours, rel=0.02), (cars, length)
    lazier = replace(HIGHWAY, headway_s=2.0)  # the partner: another headway would be noticed
    cars, length, speed, _ = rows[2]
    assert abs(following.idm_equilibrium_speed(length / cars - 5, lazier) / speed - 1) > 0.1
