"""A scenario: the conditions of a drive as data, in Python or as JSON.

>>> Scenario(road="ice", hastiness=0.9).to_json()[:31]
'{"road": "ice", "hastiness": 0.'
>>> Scenario.from_json('{"road": "wet"}').road
'wet'
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from synthkit.errors import ParameterError, require_choice, require_number
from synthkit.techniques.car.dynamics import GRAVITY
from synthkit.techniques.car.tyres import ROADS, peak

EVENTS = ("none", "aquaplaning", "blow_out", "black_ice", "brake_fade", "sensor_fault")
MIXED = "mixed"
ROAD_SHARES = (0.6, 0.25, 0.1, 0.05)  # of the trips, where the road is mixed
STRAIGHT_M = 100_000.0  # a radius that counts as straight


@dataclass(frozen=True)
class Segment:
    """A piece of the route with one limit, one curvature and one grade.

    Parameters
    ----------
    length_m : float
    limit_mps : float
        The speed limit.
    radius_m : float
        Of the corner; 100,000 m is straight.
    grade_pct : float
        Uphill is positive.
    """

    length_m: float = 300.0
    limit_mps: float = 13.9
    radius_m: float = STRAIGHT_M
    grade_pct: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """Road, weather, driver and route.

    Parameters
    ----------
    road : {'mixed', 'dry', 'wet', 'snow', 'ice'}
        Mixed draws one for each trip: 60, 25, 10 and 5 %.
    hastiness : float, optional
        0 is gentle, 1 hasty; None draws one for each trip.
    tyre_pressure_bar : float
        Low pressure swims earlier on deep water.
    abs_on : bool
        Without, a wheel that is braked too hard locks.
    route : tuple of Segment
        Repeated as long as the trip lasts; empty: a route of its own for each trip.
    """

    road: str = MIXED
    hastiness: float | None = None
    tyre_pressure_bar: float = 2.2
    abs_on: bool = True
    route: tuple[Segment, ...] = ()

    def to_json(self) -> str:
        """Return the scenario as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Scenario:
        """Read what ``to_json`` wrote; absent fields keep their defaults."""
        try:
            return cls.from_dict(json.loads(text))
        except json.JSONDecodeError as error:
            raise ParameterError(f"a scenario must be JSON; got an error: {error}.") from error

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Scenario:
        """Make a scenario from plain values.

        Raises
        ------
        ParameterError
            For a field that a scenario or a segment doesn't have.
        """
        try:
            route = tuple(Segment(**segment) for segment in values.get("route", ()))
            return cls(**{**values, "route": route})
        except TypeError as error:
            fields = ", ".join(cls.__dataclass_fields__)
            raise ParameterError(
                f"a scenario must have the fields {fields}, and a segment length_m, limit_mps, "
                f"radius_m, grade_pct; got an error: {error}."
            ) from error

    def check(self) -> None:
        """Raise ParameterError for a value outside its range, or a corner that can't be driven."""
        require_choice("road", self.road, (MIXED, *ROADS))
        if self.hastiness is not None:
            require_number("hastiness", self.hastiness, 0, 1, "(0 gentle, 1 hasty)")
        require_number("tyre_pressure_bar", self.tyre_pressure_bar, 0.5, 10, "bar")
        grip = peak("dry" if self.road == MIXED else self.road)[0]
        for k, segment in enumerate(self.route):
            require_number(f"route[{k}].length_m", segment.length_m, 10, 100_000, "m")
            require_number(f"route[{k}].limit_mps", segment.limit_mps, 1, 100, "m/s")
            require_number(f"route[{k}].radius_m", segment.radius_m, 5, STRAIGHT_M, "m")
            require_number(f"route[{k}].grade_pct", segment.grade_pct, -30, 30, "%")
            fastest = float(np.sqrt(grip * GRAVITY * segment.radius_m))
            require_number(
                f"route[{k}].limit_mps", segment.limit_mps, 1, max(fastest, 1.0), "m/s",
                cure=f"A corner of {segment.radius_m:g} m can't be driven faster at a friction of "
                f"{grip:.2f}; lower the limit or widen it.",
            )  # fmt: skip


@dataclass(frozen=True)
class Trips:
    """What is drawn for n trips before they start; arrays (n,), or (n, S) for the route."""

    road: np.ndarray  # index into ROADS
    hastiness: np.ndarray
    event: np.ndarray  # index into EVENTS, 0 for none
    event_start_s: np.ndarray
    lead_brakes_s: np.ndarray  # when the car ahead brakes hard
    ends_m: np.ndarray  # (n, S): where each segment ends
    limit_mps: np.ndarray
    radius_m: np.ndarray
    slope_rad: np.ndarray


def draw_trips(
    n: int, scenario: Scenario, rare: np.ndarray, seconds: float, rng: np.random.Generator
) -> Trips:
    """Draw roads, drivers and routes for n trips; ``rare`` (n,) says which have an event.

    Each kind of event is as likely; aquaplaning needs a wet road and is black ice elsewhere.
    """
    road = rng.choice(len(ROADS), n, p=ROAD_SHARES)
    if scenario.road != MIXED:
        road = np.full(n, ROADS.index(scenario.road))
    event = np.where(rare, rng.integers(1, len(EVENTS), n), 0)
    swims = (event == EVENTS.index("aquaplaning")) & (road != ROADS.index("wet"))
    event = np.where(swims, EVENTS.index("black_ice"), event)
    haste = rng.random(n) if scenario.hastiness is None else np.full(n, scenario.hastiness)
    if scenario.route:
        laps = int(np.ceil(seconds * 60 / sum(s.length_m for s in scenario.route)))
        rows = np.array(
            [(s.length_m, s.limit_mps, s.radius_m, s.grade_pct) for s in scenario.route * laps]
        )  # (S, 4)
        length, limit, radius, grade = (np.tile(column, (n, 1)) for column in rows.T)
    else:
        pieces = max(int(seconds / 6), 4)
        shape = (n, pieces)
        length = rng.uniform(100, 500, shape)
        limit = rng.choice([8.3, 13.9, 19.4, 27.8], shape, p=[0.2, 0.4, 0.2, 0.2])
        bends = rng.random(shape) < 0.4
        radius = np.where(bends, np.maximum(limit**2 / rng.uniform(1, 5, shape), 15), STRAIGHT_M)
        grade = rng.normal(0, 2, shape)
    return Trips(
        road=road, hastiness=haste, event=event,
        event_start_s=rng.uniform(0.2, 0.8, n) * seconds,
        lead_brakes_s=rng.uniform(0.2, 1.5, n) * seconds,  # in two trips of five never
        ends_m=np.cumsum(length, axis=1), limit_mps=limit, radius_m=radius,
        slope_rad=np.arctan(grade / 100),
    )  # fmt: skip
