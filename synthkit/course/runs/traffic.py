"""Lesson 08: a ring road from above with its space-time diagram, and what detectors see of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import optimize

from synthkit.course.inside import Inside, Panel, Term
from synthkit.errors import DataError
from synthkit.rng import RandomState
from synthkit.techniques.traffic.cellular import CellRing
from synthkit.techniques.traffic.following import (
    Driver,
    growth_rate,
    idm_acceleration,
    idm_capacity,
    idm_equilibrium_gap,
    idm_equilibrium_speed,
    idm_slopes,
    ring_speeds,
)
from synthkit.techniques.traffic.observe import Snapshot
from synthkit.techniques.traffic.technique import Traffic, jam_speed_mps
from synthkit.trace import Mark, Trace, View, custom, grid, line, points

#: Positions of the one knob; 22 is the experiment.
CARS = (10, 14, 18, 20, 22, 24)
EXPERIMENT_CARS, EXPERIMENT_M = 22, 230.0
#: Sugiyama et al. (2008): how fast the jam went round against the cars, km/h.
EXPERIMENT_JAM_KMH = -20.0
#: A jam is there where the speeds spread by so much (m/s); an even flow has some hundredths.
JAM_SPREAD = 1.0
SECONDS = 600
#: The film: quick until the jam is there, then slow, so that the eye can follow a car.
QUICK_STEP_S, SLOW_FROM_S, SLOW_STEP_S = 15, 570, 0.5
FASTEST_KMH = 40.0
CAR_M = 4.0
BRAKING_MPS2 = -0.3  # below it brake lights go on: rolling without gas slows a car by so much
TILE_VALUES = 20_000  # of one grid mark


def space_time(speeds: np.ndarray, extent: tuple[float, float, float, float]) -> list[Mark]:
    """Return a field of speeds, ``(rows, times)``, as grid marks that are small enough.

    ``extent`` is (first time, last time, lowest row, highest row).
    """
    rows, times = speeds.shape
    wide = max(TILE_VALUES // rows, 1)
    start, end, low, high = extent
    cuts = range(0, times, wide)
    return [
        grid(
            speeds[:, cut : cut + wide],
            (start + (end - start) * cut / times,
             start + (end - start) * min(cut + wide, times) / times, low, high),
            label="speed",
        )
        for cut in cuts
    ]  # fmt: skip


def speed_field(shots: Sequence[Snapshot], length_m: float, places: int) -> np.ndarray:
    """Return the speed (km/h) at each place of a ring and each time, shape (places, times).

    Between two cars the speed goes over from one to the other.
    """
    x = (np.arange(places) + 0.5) / places * length_m  # (places,)
    columns = [
        np.interp(x, s.distance_m % length_m, s.speed_mps * 3.6, period=length_m) for s in shots
    ]
    return np.column_stack(columns)


def cars_mark(shot: Snapshot, before: Snapshot, length_m: float) -> Mark:
    """Return the cars of one moment; those that lost speed since ``before`` show brake lights."""
    rate = (shot.speed_mps - before.speed_mps) / max(shot.time_s - before.time_s, 1e-9)
    return custom(
        "cars",
        label="cars",
        position=shot.distance_m / length_m % 1,
        speed=shot.speed_mps * 3.6,
        braking=(rate < BRAKING_MPS2).astype(float),
        marked=(shot.id == 0).astype(float),
    )


def ring_trace(rng: RandomState, vehicles: int = EXPERIMENT_CARS) -> Trace:
    """Let cars drive round the ring of the experiment for ten minutes."""
    trace = Trace(
        "traffic.ring",
        seed=rng,
        parameters={"vehicles": vehicles, "length_m": EXPERIMENT_M},
        views=(
            View("road", "ring", "Who has to brake, and why?", "driving direction",
                 z_label="km/h", z_range=(0, FASTEST_KMH)),
            View("diagram", "heatmap", "Which way does the jam travel?", "time (s)",
                 "place on the ring (m)", (0, SECONDS), (0, EXPERIMENT_M), "km/h",
                 (0, FASTEST_KMH)),
        ),
        code=f"import synthkit as sk\ntraffic = sk.Traffic(vehicles={vehicles})\n"
        f"floating_cars = traffic.simulate(rng={rng})['floating_cars']",
    )  # fmt: skip
    traffic = Traffic(vehicles=int(vehicles), duration_s=SECONDS, detectors=0)
    shots = list(traffic.snapshots(rng=rng))
    every = round(3 / traffic.time_step_s)  # a column of the diagram: 3 s
    field = space_time(
        speed_field(shots[every - 1 :: every], EXPERIMENT_M, 100),
        (0, SECONDS, 0, EXPERIMENT_M),
    )
    quick = np.arange(QUICK_STEP_S, SLOW_FROM_S, QUICK_STEP_S)
    slow = np.arange(SLOW_FROM_S, SECONDS + SLOW_STEP_S / 2, SLOW_STEP_S)
    for time in [traffic.time_step_s, *quick, *slow]:
        at = round(time / traffic.time_step_s) - 1
        shot, before = shots[at], shots[max(at - 1, 0)]
        mean, spread = float(shot.speed_mps.mean()), float(shot.speed_mps.std())
        slowest = float(shot.speed_mps.min()) * 3.6
        trace.append(
            time,
            {
                "road": [cars_mark(shot, before, EXPERIMENT_M)],
                "diagram": [*field, custom("veil", x=[time])],
            },
            scalars={"mean_kmh": mean * 3.6, "spread_mps": spread, "slowest_kmh": slowest},
            sentence=f"After {time:g} s {vehicles} cars drive {mean * 3.6:.0f} km/h in the mean, "
            f"the slowest {slowest:.0f} km/h: "
            f"{'a jam' if spread > JAM_SPREAD else 'no jam'}.",
        )
    return trace


def settled_speeds(vehicles: int, driver: Driver, rng: np.random.Generator) -> np.ndarray:
    """Return all speeds (m/s) of the last five minutes of twenty; cars start nearly even."""
    mean = EXPERIMENT_M / vehicles - CAR_M
    shift = rng.uniform(-0.1, 0.1, vehicles) * mean
    speeds = ring_speeds(
        lambda v, s, closing: idm_acceleration(v, np.maximum(s, 1e-6), closing, driver),
        mean + np.roll(shift, -1) - shift,
        np.full(vehicles, idm_equilibrium_speed(mean, driver)),
        seconds=1200.0, step_s=0.25,
    )  # fmt: skip
    return speeds[-1200:]  # (steps, vehicles)


def density_table(seed: int) -> pd.DataFrame:
    """Measure flow and spread for each number of cars, beside what theory says of small waves."""
    driver, rng = Traffic().driver(), np.random.default_rng(seed)
    rows = {}
    for cars in CARS:
        even = idm_equilibrium_speed(EXPERIMENT_M / cars - CAR_M, driver)
        speeds = settled_speeds(cars, driver, rng)
        an_hour = cars / EXPERIMENT_M * 3600  # m/s -> vehicles/h
        rows[cars] = {
            "cars per km": round(cars / EXPERIMENT_M * 1000),
            "flow (veh/h)": round(speeds.mean() * an_hour),
            "if all drove evenly": round(even * an_hour),
            "spread of speeds (m/s)": round(float(speeds.std()), 2),
            "theory: small waves grow": growth_rate(idm_slopes(even, driver), cars) > 0,
        }
    return pd.DataFrame(rows).T.rename_axis("cars")


def jam_of(seed: int = 1, **settings: float) -> dict[str, float]:
    """Run the experiment with these settings of ``sk.Traffic``; measure its jam.

    Returns
    -------
    dict
        ``jam_kmh`` (negative: backwards) and ``spread_mps`` (without a jam some hundredths).
    """
    run = Traffic(**{"vehicles": EXPERIMENT_CARS, "duration_s": 1000.0, "detectors": 0, **settings})  # type: ignore[arg-type]
    cars = run.simulate(rng=seed)["floating_cars"]
    late = cars[cars["time_s"] > 700]
    return {
        "jam_kmh": round(3.6 * jam_speed_mps(cars, EXPERIMENT_M, warm_up_s=700), 1),
        "spread_mps": round(float(late["speed_mps"].std()), 2),
    }


# --- what detectors see ------------------------------------------------------------------------

#: The road of the last sections: the experiment's ring, with drivers who jam at its speed.
ROAD = {"acceleration_mps2": 1.7, "braking_mps2": 3.0, "vehicle_length_m": 4.5}
#: Three models of it: the first drivers of the lesson, calibrated ones, and some who never jam.
MODELS: dict[str, dict[str, float]] = {
    "as it came": {}, "calibrated": ROAD,
    "no jam": {"acceleration_mps2": 3.0, "braking_mps2": 1.5, "vehicle_length_m": 4.5},
}  # fmt: skip
DETECTORS, ROAD_S = 6, 1500.0
COLUMNS = ["vehicles_per_min", "mean_speed_mps", "occupancy_share"]


def detector_rows(rng: RandomState, **settings: float) -> pd.DataFrame:
    """Return what detectors around the ring record once the jam had ten minutes to form."""
    run = Traffic(vehicles=EXPERIMENT_CARS, duration_s=ROAD_S, detectors=DETECTORS,
                  floating_share=0.05, record_every_s=60.0, **settings)  # type: ignore[arg-type]  # fmt: skip
    table = run.simulate(rng=rng)["detectors"]
    late = table[table["minute"] >= 10]
    return late[COLUMNS].dropna().reset_index(drop=True)


def detected_density(rows: pd.DataFrame) -> float:
    """Return the density (vehicles/km) that flow divided by speed suggests, in the mean."""
    return float((rows["vehicles_per_min"] / 60 / rows["mean_speed_mps"]).mean() * 1000)


# --- the learner's own counts ------------------------------------------------------------------


def counted(table: pd.DataFrame, count: str, speed: str, minutes: float = 1.0) -> pd.DataFrame:
    """Return flow (veh/h), speed (km/h) and density (veh/km) of detector counts.

    Parameters
    ----------
    table : DataFrame
    count, speed : str
        Columns: vehicles in each interval of one lane, and their mean speed in km/h.
    minutes : float
        Length of an interval.

    Raises
    ------
    DataError
        If a column is missing, is no number, or no interval has moving vehicles.
    """
    for name in (count, speed):
        if name not in table or not pd.api.types.is_numeric_dtype(table[name]):
            raise DataError(
                f"column {name!r} must be a column of numbers; got {list(table.columns)[:12]}. "
                "Name the columns of counts and of speeds (km/h)."
            )
    moving = table[(table[count] > 0) & (table[speed] > 0)]
    if moving.empty:
        raise DataError(
            f"the table must have an interval with vehicles that move; {count!r} and {speed!r} "
            "have none. Look for the right columns."
        )
    flow = moving[count] * 60 / minutes
    return pd.DataFrame(
        {"flow": flow, "speed": moving[speed], "density": flow / moving[speed]}
    ).reset_index(drop=True)


def headway_for(flow_veh_per_h: float, top_speed_kmh: float) -> float:
    """Return the headway (s) of IDM drivers whose largest flow on one lane is this one.

    Raises
    ------
    DataError
        If no headway between .3 and 10 s gives such a flow.
    """

    def surplus(headway: float) -> float:
        driver = Driver(top_speed_kmh / 3.6, headway, 2.0, 1.0, 1.5)
        return idm_capacity(driver, CAR_M)[0] - flow_veh_per_h

    if surplus(0.3) < 0 or surplus(10.0) > 0:
        raise DataError(
            f"the largest flow must be one that a lane can carry at {top_speed_kmh:.0f} km/h; "
            f"got {flow_veh_per_h:.0f} vehicles/h. Divide counts of several lanes by their number."
        )
    return float(optimize.brentq(surplus, 0.3, 10.0, xtol=1e-4))


def diagram_trace(counts: pd.DataFrame) -> Trace:
    """Draw counts as a flow-density diagram, under the curve of drivers fitted to it."""
    top = float(counts["speed"].quantile(0.98))
    most = float(counts["flow"].quantile(0.98))
    headway = headway_for(most, top)
    driver = Driver(top / 3.6, headway, 2.0, 1.0, 1.5)
    speed = np.linspace(0.0, top / 3.6 * 0.999, 120)
    density = 1000 / (idm_equilibrium_gap(speed, driver) + CAR_M)  # vehicles/km
    shown = counts.sample(min(len(counts), 500), random_state=0)
    trace = Trace(
        "traffic.your_counts", seed=0, parameters={"headway_s": headway, "top_speed_kmh": top},
        views=(
            View("diagram", "scatter", "Where does the road begin to jam?",
                 "density from flow ÷ speed (vehicles/km)", "flow (vehicles/h)"),
        ),
    )  # fmt: skip
    trace.append(
        0,
        {
            "diagram": [
                points(shown["density"], shown["flow"], role="real", label="counted"),
                line(density, density * speed * 3.6, role="synthetic", label="even IDM drivers"),
            ]
        },
        scalars={"headway_s": headway, "capacity_veh_per_h": most, "top_speed_kmh": top},
        sentence=f"The fullest minutes carry {most:.0f} vehicles an hour: drivers who keep "
        f"{headway:.2f} s and want {top:.0f} km/h.",
    )
    return trace


# --- the look inside ---------------------------------------------------------------------------

#: The look inside the rule in cells and the measurement of the jam.
TRAFFIC_INSIDE = Inside(
    terms=(
        Term("v", "the cars' speeds, cells a step.", (r"\bspeed\b",)),
        Term("g", "empty cells to the car ahead.", (r"\bgap\b",)),
        Term("vₘₐₓ", "the speed limit.", (r"\bv_max\b",)),
        Term("d", "1 for a car that brakes for nothing in this step, else 0.", (r"\bslow\b",)),
        Term("z", "the place of the slow cars, as an arrow in the plane.",
             (r"\bturn\b", r"\bcentre\b")),
        Term("φ", "its angle around the ring, and how fast that grows.",
             (r"\bangle\b", r"\bslope\b")),
    ),
    equations=(
        "‹v› ← max( min(‹v› + 1, ‹vₘₐₓ›, ‹g›) − ‹d›, 0 )",
        "‹g›ᵢ ← ‹g›ᵢ + ‹v›ᵢ₊₁ − ‹v›ᵢ",
        "jam speed = L/2π · d‹φ›/dt,   ‹φ› = arg Σ ‹z›",
    ),
)  # fmt: skip


def inside_picture(seed: int) -> tuple[Panel, ...]:
    """Walk forty cars on a ring of cells through one step of the rule, and draw a jam's way."""
    rng = np.random.default_rng(seed)
    ring = CellRing(cells=160, cars=40, v_max=5, dawdle=0.3, rng=rng)
    for _ in range(60):
        ring.step(rng)
    gap, place = ring.gap.copy(), ring.distance % 160
    ring.step(rng)
    jammed = []
    for second in range(60):
        ring.step(rng)
        jammed += [(second, x) for x in ring.distance[ring.speed == 0] % 160]
    return (
        Panel("empty cells ahead, by place", np.column_stack([place, gap]), ("g",)),
        Panel("new speed, by the cells ahead",
              np.column_stack([np.minimum(gap, 12), ring.speed]), ("v", "g", "vₘₐₓ", "d"),
              role="synthetic"),
        Panel("who stands: place by time", np.array(jammed, dtype=float), ("z", "φ")),
    )  # fmt: skip
