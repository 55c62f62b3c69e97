r"""Synthetic driving records: physics makes the rows, and knows each label.

A run is many trips of one minute or so on roads of their own (:mod:`.scenario`), driven by the
laws of motion (:mod:`.dynamics`, :mod:`.tyres`, :mod:`.drive`) and read by imperfect sensors
(:mod:`.sensors`).  Beside what sensors read stand the labels that nobody had to write: road,
manoeuvre, event, skid, time to collision.

Rare events can be oversampled.  Each row keeps its importance weight

1. :math:`w = p/q`, the event's natural probability over the one used,

so that weighted means are those of natural traffic.

When it fails: too large a step makes energy from nothing, and a friction that was calibrated on
one road is wrong on the next.  The driver, the rates of events and the lead car are inventions:
figures on skids are those of this model, not of a road.

References: Rajamani (2012); Kiencke & Nielsen (2005); Guzzella & Sciarretta (2013).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthkit import saving
from synthkit.base import Simulator
from synthkit.errors import DataError, ParameterError, require_number, require_whole
from synthkit.failures import Failure
from synthkit.techniques.car.drive import MANOEUVRES, STEP_S, Columns, drive
from synthkit.techniques.car.dynamics import AIR_DENSITY, GRAVITY, Body, fit_coast_down
from synthkit.techniques.car.failures import FAILURES
from synthkit.techniques.car.scenario import EVENTS, Scenario, Trips, draw_trips
from synthkit.techniques.car.sensors import reading, with_fault
from synthkit.techniques.car.tyres import ROADS

RANGES: dict[str, tuple[float, float, str]] = {
    "duration_s": (10, 3600, "s"),
    "mass_kg": (200, 60_000, "kg"),
    "drag_area_m2": (0.1, 10, "m²"),
    "rolling_resistance": (0.001, 0.1, ""),
    "power_kw": (5, 1_000, "kW"),
    "friction_scale": (0.05, 2 / 1.17, "(dry peak 1.17, so that no friction is above 2)"),
    "event_rate": (0, 1, "(probability for a trip)"),
}
MIN_RECORDS = 20  # of a coast-down


class Car(Simulator):
    """Driving records at 10 Hz with labels that cost nothing.

    Parameters
    ----------
    scenario : Scenario or dict, optional
        Road, driver, route; by default all are drawn for each trip.
    trips : int
        Of one run; 110 trips of 600 rows fill a block.
    duration_s : float
        Of each trip; a row every 0.1 s.
    mass_kg, drag_area_m2, rolling_resistance, power_kw : float
        Of the car; 76.5 kW at the wheels reach 199 km/h.
    friction_scale : float
        Multiplies the friction of every road.
    event_rate : float
        How many trips have a rare event in nature.
    event_share : float, optional
        How many have one here; None: as in nature.  ``weight`` undoes the difference.

    Attributes
    ----------
    rolling_resistance_, drag_area_m2_ : float
        After ``fit`` on coast-down records (columns ``time_s`` and ``speed_mps``, and ``trip_id``
        where there are several).

    Examples
    --------
    >>> rows = Car(trips=20).sample(100, rng=0)
    >>> rows[["road", "manoeuvre", "event", "skid", "time_to_collision_s"]].shape
    (100, 5)
    """

    name: ClassVar[str] = "car"
    failures: ClassVar[tuple[Failure, ...]] = FAILURES
    tables = ("records", "trips")

    def __init__(
        self,
        *,
        scenario: Scenario | Mapping[str, Any] | None = None,
        trips: int = 110,
        duration_s: float = 60.0,
        mass_kg: float = 1500.0,
        drag_area_m2: float = 0.66,
        rolling_resistance: float = 0.010,
        power_kw: float = 76.5,
        friction_scale: float = 1.0,
        event_rate: float = 0.02,
        event_share: float | None = None,
    ) -> None:
        self.scenario = scenario
        self.trips = trips
        self.duration_s = duration_s
        self.mass_kg = mass_kg
        self.drag_area_m2 = drag_area_m2
        self.rolling_resistance = rolling_resistance
        self.power_kw = power_kw
        self.friction_scale = friction_scale
        self.event_rate = event_rate
        self.event_share = event_share

    def save(self, path: str | Path) -> None:
        """Write the simulator to one file; a Scenario is written as a plain dict."""
        self._check_fitted()
        plain = {**self.get_params(deep=False)}
        if self.scenario is not None:
            plain["scenario"] = asdict(self._scenario())
        saving.save(path, self.name, plain, self._get_state())

    def _scenario(self) -> Scenario:
        if self.scenario is None:
            return Scenario()
        if isinstance(self.scenario, Scenario):
            return self.scenario
        if isinstance(self.scenario, Mapping):
            return Scenario.from_dict(self.scenario)
        raise ParameterError(
            f"scenario must be a Scenario, a dict or None; got {self.scenario!r}. "
            "Read JSON with Scenario.from_json(text)."
        )

    def body(self) -> Body:
        """Return the car's masses and resistances, calibrated where ``fit`` was called."""
        return Body(
            float(self.mass_kg), float(getattr(self, "drag_area_m2_", self.drag_area_m2)),
            float(getattr(self, "rolling_resistance_", self.rolling_resistance)),
        )  # fmt: skip

    def _simulate(self, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
        scenario, n = self._scenario(), self.trips
        natural = float(self.event_rate)
        share = natural if self.event_share is None else float(self.event_share)
        rare = rng.random(n) < share
        weight = np.where(
            rare, natural / max(share, 1e-300), (1 - natural) / max(1 - share, 1e-300)
        )  # Eq. 1
        trips = draw_trips(n, scenario, rare, float(self.duration_s), rng)
        steps = round(self.duration_s / STEP_S)
        columns = drive(
            trips, scenario, self.body(), 1000 * float(self.power_kw), float(self.friction_scale),
            steps,
        )  # fmt: skip
        return {
            "records": _records(columns, trips, weight, rng),
            "trips": _trips(columns, trips, weight),
        }

    def _check_parameters(self) -> None:
        self._scenario().check()
        require_whole("trips", self.trips, 1, 100_000, "trips")
        for name, (low, high, unit) in RANGES.items():
            require_number(name, getattr(self, name), low, high, unit)
        if self.event_share is not None:
            cure = "Both kinds of trips must occur, or no weight undoes it."
            require_number("event_share", self.event_share, 0.001, 0.999, "(share)", cure=cure)

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        """Calibrate rolling resistance and drag by coast-downs on the flat."""
        for name in ("time_s", "speed_mps"):
            if name not in table.columns:
                raise DataError(
                    f"coast-down records must have the columns time_s (s) and speed_mps (m/s); "
                    f"{name!r} is missing. Rename or convert it."
                )
        runs = [g for _, g in table.groupby("trip_id")] if "trip_id" in table else [table]
        runs = [g.dropna(subset=["time_s", "speed_mps"]).sort_values("time_s") for g in runs]
        short = [len(g) for g in runs if len(g) < MIN_RECORDS]
        if short:
            raise DataError(
                f"a coast-down must have {MIN_RECORDS} records or more; got {short[0]}. "
                "Record at 10 Hz for a minute or longer."
            )
        self._check_parameters()
        body = replace(self.body(), wheel_inertia_kgm2=0.0)
        found = np.mean(
            [fit_coast_down(g["time_s"].to_numpy(float), g["speed_mps"].to_numpy(float), body)
             for g in runs], axis=0,
        )  # fmt: skip
        self.rolling_resistance_ = float(found[0] / (body.mass_kg * GRAVITY))
        self.drag_area_m2_ = float(found[1] / (0.5 * AIR_DENSITY))


def _labels(codes: np.ndarray, names: tuple[str, ...]) -> Any:
    return pd.Categorical.from_codes(codes.astype(np.int8), categories=pd.Index(names))


def _finite(times: np.ndarray) -> np.ndarray:
    """Return times with NaN where there is no collision to come."""
    return np.where(np.isfinite(times), times, np.nan)


def _records(
    c: Columns, trips: Trips, weight: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the rows of all trips, trip by trip; columns come as arrays (steps, n)."""
    steps, n = c.speed.shape
    failing: np.ndarray = c.event == EVENTS.index("sensor_fault")
    read = {
        "position_m": reading("position_m", c.position, rng),
        "speed_mps": reading("speed_mps", c.speed, rng),
        "wheel_speed_mps": with_fault(reading("wheel_speed_mps", c.wheel, rng), failing, rng),
        "accel_mps2": reading("accel_mps2", c.accel, rng),
        "lateral_accel_mps2": reading("lateral_accel_mps2", c.lateral, rng),
        "pedal_share": c.demand,
        "gap_m": reading("gap_m", c.gap, rng),
    }
    labels = {
        "skid": c.skid.astype(bool),
        "time_to_collision_s": _finite(c.ttc),
        "true_speed_mps": c.speed,
        "friction_used_share": c.used,
    }
    return pd.DataFrame(
        {
            "trip_id": np.repeat(np.arange(n), steps),
            "time_s": np.tile(np.arange(steps) * STEP_S, n),
            **{name: values.T.ravel() for name, values in read.items()},
            "road": _labels(np.repeat(trips.road, steps), ROADS),
            "manoeuvre": _labels(c.manoeuvre.T.ravel(), MANOEUVRES),
            "event": _labels(c.event.T.ravel(), EVENTS),
            **{name: values.T.ravel() for name, values in labels.items()},
            "weight": np.repeat(weight, steps),
        }
    )


def _trips(c: Columns, trips: Trips, weight: np.ndarray) -> pd.DataFrame:
    """Return one row for each trip."""
    return pd.DataFrame(
        {
            "trip_id": np.arange(len(weight)),
            "road": _labels(trips.road, ROADS),
            "hastiness": trips.hastiness,
            "event": _labels(trips.event, EVENTS),
            "distance_m": c.position[-1],
            "top_speed_mps": c.speed.max(axis=0),
            "skid": (c.skid > 0).any(axis=0),
            "shortest_time_to_collision_s": _finite(c.ttc.min(axis=0)),
            "weight": weight,
        }
    )
