"""Lesson 07: braking in a bend, a detector of skids, what its labels cost, and the look inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from synthkit.course.inside import Inside, Panel, Term
from synthkit.course.your_data import read_table
from synthkit.errors import DataError
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.car import Car, Scenario
from synthkit.techniques.car.bend import Bend, Stop, brake_in_bend, within_circle
from synthkit.techniques.car.dynamics import GRAVITY, STEPS, Body, acceleration, coast
from synthkit.techniques.car.tyres import ROADS, burckhardt, peak, stopping_distance
from synthkit.trace import Mark, Trace, View, custom, line, points

KMH = 1 / 3.6
SPEED_KMH = 30
BEND = Bend()
BODY = Body()
CAR_SIZE_M = (4.5, 1.8)
ROAD_M = 7.0  # width
TRACK_M = 0.75  # from the middle of the car to its wheels
FRAMES = 90
ROAD_END_M = 96.0

# -- braking ----------------------------------------------------------------------------------


def straight_stop(road: str) -> float:
    """Return the metres to a stand with locked wheels, straight ahead, by v²/2μg."""
    return float(stopping_distance(SPEED_KMH * KMH, burckhardt(1.0, road)))


def brake_trace(rng: RandomState, road: str = "ice", said: Sequence[float] | None = None) -> Trace:
    """Brake in a bend on this road; ``said`` are the learner's distances on the four roads."""
    hold = peak(road)[0] * BODY.mass_kg * GRAVITY / 1000  # kN
    stop = brake_in_bend(SPEED_KMH * KMH, road, BEND, BODY)
    last = float(stop.time_s[-1])
    trace = Trace(
        "car.brake",
        seed=rng,
        parameters={"road": road, "speed_kmh": SPEED_KMH},
        views=(
            View("above", "plan", "Where does the car stop?", "metres", "metres", (0, ROAD_END_M),
                 (-5, 36)),
            View("grip", "plan", "How much of its grip does it use, and for what?",
                 "to the right, kN", "forwards, kN",
                 (-1.15 * hold, 1.15 * hold), (-1.15 * hold, 1.15 * hold)),
            View("speed", "lines", "How fast does it still go?", "seconds", "km/h", (0, last),
                 (0, SPEED_KMH + 2)),
            View("pull", "lines", "How hard is it slowed, how hard turned?", "seconds", "m/s²",
                 (0, last)),
        ),
        code="from synthkit.techniques.car.bend import *\n"
        f"stop = brake_in_bend(30 / 3.6, {road!r}, Bend(), Body())\nstop.distance_m",
    )  # fmt: skip
    fixed = _road_marks() + _said_mark(road, said)
    turn = np.linspace(0, 2 * np.pi, 90)
    circle = line(hold * np.cos(turn), hold * np.sin(turn), role="truth",
                  label=f"limit on {road}: {hold:.2g} kN")  # fmt: skip
    shown = np.unique(np.linspace(0, len(stop.time_s) - 1, FRAMES).astype(int))
    for i, k in enumerate(shown):
        trace.append(
            round(float(stop.time_s[k]), 3),
            _frame(stop, shown[: i + 1], fixed, circle),
            scalars={"metres": _braked(stop, k), "kmh": stop.speed_mps[k] / KMH},
            sentence=_sentence(stop, k, road),
        )
    return trace


def _road_marks() -> list[Mark]:
    middle = BEND.middle(np.linspace(0, ROAD_END_M, 60))
    pressed = BEND.middle(np.array([BEND.brake_m]))
    return [
        custom("strip", role="noise", x=middle[:, 0], y=middle[:, 1], size=[ROAD_M]),
        points(pressed[:, 0], pressed[:, 1], role="truth", label="brake pressed"),
    ]


def _said_mark(road: str, said: Sequence[float] | None) -> list[Mark]:
    """Return the learner's stop as a point of the road."""
    if not said:
        return []
    place = BEND.middle(np.array([BEND.brake_m + said[ROADS.index(road)]]))
    return [points(place[:, 0], place[:, 1], role="prediction", label="your stop")]


def _braked(stop: Stop, k: int) -> float:
    """Return the metres since the brake was pressed; 0 before."""
    return max(float(stop.way_m[k]) - float(stop.way_m[np.argmax(stop.brakes)]), 0.0)


def _frame(stop: Stop, upto: np.ndarray, fixed: list[Mark], circle: Mark) -> dict[str, list[Mark]]:
    k, seconds = upto[-1], stop.time_s[upto]
    x, y, heading = stop.place[upto].T
    force = stop.accel[upto] * BODY.mass_kg / 1000  # kN
    slides = stop.slides[upto] & (stop.speed_mps[upto] > 0)
    tracks = []
    for side in (-TRACK_M, TRACK_M):
        left = np.where(slides, x - side * np.sin(heading), np.nan)
        tracks.append(line(left, np.where(slides, y + side * np.cos(heading), np.nan),
                           role="broken", label="skid marks" if side > 0 else ""))  # fmt: skip
    steer = np.arctan(2.68 * BEND.curvature(float(stop.way_m[k])))
    car = custom("car", x=x[-1:], y=y[-1:], heading=heading[-1:], steer=[steer], size=CAR_SIZE_M)
    return {
        "above": [*fixed, *tracks, car],
        "grip": [
            circle,
            line(-force[:, 1], force[:, 0], role="synthetic", label="force so far"),
            points(-force[-1:, 1], force[-1:, 0], role="synthetic", label="now"),
        ],
        "speed": [line(seconds, stop.speed_mps[upto] / KMH, role="synthetic", label="speed")],
        "pull": [
            line(seconds, -stop.accel[upto, 0], role="synthetic", label="slowed"),
            line(seconds, stop.accel[upto, 1], role="holdout", label="turned"),
        ],
    }


def _sentence(stop: Stop, k: int, road: str) -> str:
    what = "sliding" if stop.slides[k] else "holding the road"
    if stop.speed_mps[k] == 0:
        off = np.abs(BEND.middle(stop.way_m[k : k + 1])[0, :2] - stop.place[k, :2])
        return (
            f"On {road} the car stands {stop.distance_m:.1f} m after the brake, "
            f"{float(np.hypot(*off)):.0f} m from where the bend would have taken it."
        )
    return (
        f"On {road}: {stop.speed_mps[k] / KMH:.0f} km/h, {what}, {_braked(stop, k):.1f} m braked."
    )


def stops_table() -> pd.DataFrame:
    """Return where the car stands on each road, and what was asked of the tyres before."""
    rows = {}
    for road in ROADS:
        stop = brake_in_bend(SPEED_KMH * KMH, road, BEND, BODY)
        turning = ~stop.brakes
        rows[road] = {
            "friction, peak": peak(road)[0],
            "friction, sliding": float(burckhardt(1.0, road)),
            "metres, in the bend": stop.distance_m,
            "metres, straight ahead": straight_stop(road),
            "seconds of braking": float(stop.time_s[-1] - stop.time_s[np.argmax(stop.brakes)]),
            "slid before the brake": bool(stop.slides[turning].any()),
        }
    return pd.DataFrame(rows).T.infer_objects()


# -- a detector of skids ----------------------------------------------------------------------

SENSORS = ("speed_mps", "wheel_speed_mps", "accel_mps2", "lateral_accel_mps2", "pedal_share",
           "gap_m")  # fmt: skip
TRIPS = 40
TEST_TRIPS = 150
TEST_SEED = 9_999
SHARES: dict[str, float | None] = {"as in nature": None, "half of the trips": 0.5}


def trips(count: int, share: float | None, rng: RandomState) -> pd.DataFrame:
    """Return the records of trips on dry roads; ``share`` of them have a rare event."""
    car = Car(scenario=Scenario(road="dry"), trips=count, event_share=share)
    return car.simulate(rng=rng)["records"]


def features(records: pd.DataFrame, slip: bool) -> pd.DataFrame:
    """Return what the sensors read, and by request the wheel's slip, computed from two of them."""
    made = records[list(SENSORS)]
    if not slip:
        return made
    gap = (records["wheel_speed_mps"] - records["speed_mps"]).abs()
    return made.assign(slip=gap / records["speed_mps"].clip(lower=1.0))


def train_detector(records: pd.DataFrame, slip: bool) -> HistGradientBoostingClassifier | None:
    """Return a detector of skids; None where the records hold no skid to learn from."""
    if not records["skid"].any():
        return None
    model = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=15, early_stopping=False)
    return model.fit(features(records, slip), records["skid"])


def found(model: HistGradientBoostingClassifier | None, test: pd.DataFrame, slip: bool) -> float:
    """Return the share of these rows that raise an alarm."""
    return 0.0 if model is None else float(model.predict(features(test, slip)).mean())


def detector_runs(seeds: Sequence[int], test_trips: int = TEST_TRIPS) -> pd.DataFrame:
    """Train with and without the rare case and the slip, on each seed; test all on the same trips.

    A row for each run: ``found`` of the skids on black ice, and ``false_alarms``: the share of
    calm rows, weighted as in natural traffic.
    """
    test = trips(test_trips, 0.5, TEST_SEED)
    ice = test[test["skid"] & (test["event"] == "black_ice")]
    calm = test[~test["skid"]].iloc[::10]
    rows = []
    for seed in seeds:
        for name, share in SHARES.items():
            records = trips(TRIPS, share, seed)
            skids = int((records["skid"] & (records["event"] == "black_ice")).sum())
            for slip in (False, True):
                model = train_detector(records, slip)
                alarms = 0.0
                if model is not None:
                    said = model.predict(features(calm, slip))
                    alarms = float(np.average(said, weights=calm["weight"]))
                rows.append((seed, name, "with slip" if slip else "sensors", skids,
                             found(model, ice, slip), alarms))  # fmt: skip
    names = ["seed", "rare events", "features", "skids seen", "found", "false_alarms"]
    return pd.DataFrame(rows, columns=names)


def detector_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return mean, lowest and highest recall of each recipe, over the seeds."""
    groups = runs.groupby(["rare events", "features"], sort=False)
    table = groups["found"].agg(["mean", "min", "max"])
    table.columns = pd.Index(["found, mean", "worst seed", "best seed"])
    table["false alarms in 10,000 rows"] = 1e4 * groups["false_alarms"].mean()
    return table


def detector_trace(runs: pd.DataFrame) -> Trace:
    """Show the recall of each run: a point for each seed."""
    trace = Trace(
        "car.detector",
        parameters={"trips": TRIPS, "seeds": int(runs["seed"].nunique())},
        views=(
            View("found", "lines", "What share of the skids on black ice does it find?",
                 "recipe, by its line above", "share found", (0.5, 4.5), (-0.03, 1.03)),
        ),
        code="from synthkit.course.runs.driving import *\ndetector_runs(range(4))",
    )  # fmt: skip
    recipes = list(runs.groupby(["rare events", "features"], sort=False))
    marks = []
    for k, (recipe, group) in enumerate(recipes, 1):
        spread = np.linspace(-0.12, 0.12, len(group))
        rich = recipe[0] != "as in nature"
        marks.append(points(k + spread, group["found"], role="healed" if rich else "broken",
                            label="rare case oversampled" if rich else "as in nature"))  # fmt: skip
    means = [float(group["found"].mean()) for _, group in recipes]
    sentence = ", ".join(f"{k}: {mean:.0%}" for k, mean in enumerate(means, 1))
    trace.append(0, {"found": marks}, scalars={"best": max(means)},
                 sentence=f"Found in the mean of the seeds: recipe {sentence}.")  # fmt: skip
    return trace


def label_cost(runs: pd.DataFrame, by_hand: float, by_program: float) -> pd.DataFrame:
    """Return how many rows have to be labelled for as many skids, and what they cost.

    ``by_hand`` and ``by_program`` are prices for one label; in nature a trip has a black-ice event
    with the probability of the simulator.
    """
    rich = runs[runs["rare events"] != "as in nature"]
    skids = float(rich["skids seen"].mean())
    rows = TRIPS * 600
    natural = rows * 0.5 / Car().event_rate
    table = pd.DataFrame({
        "rows": {"drive and label by hand": natural, "oversampled by a program": float(rows)},
        "price of a label": {"drive and label by hand": by_hand,
                             "oversampled by a program": by_program},
    })  # fmt: skip
    table["skids on black ice"] = skids
    table["cost"] = table["rows"] * table["price of a label"]
    return table


# -- your own data ----------------------------------------------------------------------------

MADE_UP = Body(drag_area_m2=0.72, rolling_resistance=0.013)


def coast_down(source: str, rng: RandomState) -> pd.DataFrame:
    """Return coast-down records: a CSV's, or for ``""`` those of a made-up car, 10 Hz, noisy."""
    if source:
        table = read_table(source)
        missing = [name for name in ("time_s", "speed_mps") if name not in table.columns]
        if missing:
            raise DataError(
                f"a coast-down must have the columns time_s and speed_mps; {missing[0]!r} is "
                f"missing among {list(table.columns)[:8]}. Rename it, and divide km/h by 3.6."
            )
        return table
    speeds = coast(100 * KMH, 90.0, MADE_UP, step_s=0.1)
    noisy = speeds + 0.05 * as_generator(rng).standard_normal(len(speeds))
    return pd.DataFrame({"time_s": np.arange(len(speeds)) * 0.1, "speed_mps": noisy})


def coast_trace(table: pd.DataFrame, car: Car) -> Trace:
    """Show a coast-down and what the calibrated car does from the same speed."""
    if "trip_id" in table:
        table = table[table["trip_id"] == table["trip_id"].iloc[0]]
    table = table.dropna(subset=["time_s", "speed_mps"]).sort_values("time_s")
    seconds = table["time_s"].to_numpy(float) - float(table["time_s"].iloc[0])
    thin = slice(None, None, max(1, len(table) // 30))
    start = float(table["speed_mps"].iloc[:5].mean())
    fitted = coast(start, float(seconds[-1]), car.body(), step_s=0.1)
    believed = coast(start, float(seconds[-1]), Car().body(), step_s=0.1)
    time = np.arange(len(fitted)) * 0.1
    trace = Trace(
        "car.coast_down",
        views=(View("speed", "lines", "Does the calibrated car roll like the measured one?",
                    "seconds", "m/s"),),
        code='car = sk.Car().fit(pd.read_csv("coast_down.csv"))',
    )  # fmt: skip
    marks = [
        points(seconds[thin], table["speed_mps"].to_numpy(float)[thin], role="real",
               label="measured"),
        line(time[::10], believed[::10], role="noise", label="before the fit"),
        line(time[::10], fitted[::10], role="synthetic", label="calibrated"),
    ]  # fmt: skip
    sentence = (
        f"Rolling resistance {car.rolling_resistance_:.4f}, drag area {car.drag_area_m2_:.3f} m²."
    )
    trace.append(0, {"speed": marks}, scalars={"drag_area_m2": car.drag_area_m2_},
                 sentence=sentence)  # fmt: skip
    return trace


# -- look inside ------------------------------------------------------------------------------

CAR_INSIDE = Inside(
    terms=(
        Term("w", "what driver and steering wish, along and across, in m/s².", (r"\bwish\b",)),
        Term("μg", "the radius of the friction circle.", (r"\bhold\b",)),
        Term("μₛg", "what tyres give once they slide.", (r"\bslide\b",)),
        Term("v", "the speed at the beginning of the step.", (r"\bv\b",)),
        Term("h", "the length of the step, in seconds.", (r"\bh\b",)),
        Term("k", "slopes: at the start, twice in the middle, at the end.", (r"\bk[1-4]\b",)),
    ),
    equations=(
        "| ‹w› | ≤ ‹μg› :   a  =  ‹w› ,   else   a  =  ‹μₛg› ‹w› ∕ | ‹w› |",
        "‹v›′  =  ‹v› + ‹h› ∕ 6 · ( ‹k›₁ + 2‹k›₂ + 2‹k›₃ + ‹k›₄ )",
    ),
)


def inside_picture() -> tuple[Panel, ...]:
    """Brake on the four roads; and step a coast-down by both rules."""
    slip = np.linspace(0, 1, 80)
    curves = np.concatenate([np.stack([slip, burckhardt(slip, road)], axis=1) for road in ROADS])
    wishes = 3 * np.random.default_rng(0).standard_normal((150, 2))
    given = np.array([within_circle(wish, 4.0, 2.5)[0] for wish in wishes])
    ends = []
    for h in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0):
        v = 100 * KMH
        for _ in range(round(64 / h)):
            v = float(STEPS["euler"](lambda u: acceleration(u, 0.0, BODY), v, h))
        ends.append((h, v))
    return (
        Panel("grip by slip, four roads", curves, ("μg", "μₛg")),
        Panel("what is wished for", wishes, ("w",)),
        Panel("what the tyres give", given, ("w", "μg", "μₛg"), role="synthetic"),
        Panel("Euler's end speed by step", np.array(ends), ("v", "h", "k"), role="synthetic"),
    )
