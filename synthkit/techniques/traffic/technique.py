r"""Synthetic traffic: each car follows a rule, and the table is what one sees of them.

Nobody writes a jam into the data: it emerges.  Two families of rules are there: cells and whole
steps (:mod:`.cellular`), and continuous motion (:mod:`.following`, :mod:`.lanes`, :mod:`.road`).

The default is the experiment of Sugiyama (2008): 22 cars on a ring of 230 m, told to keep 30 km/h.
After some rounds a jam forms by itself and travels backwards.

When it fails: a deterministic driver in free traffic never jams, and every run is the same; and a
flow-density curve does not tell which rule made it.

References: Nagel & Schreckenberg (1992); Treiber, Hennecke & Helbing (2000); Kesting, Treiber &
Helbing (2007); Sugiyama et al., Traffic jams without bottlenecks, New J. Phys. 10 (2008).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from synthkit.base import Simulator
from synthkit.errors import DataError, ParameterError, require_choice, require_number, require_whole
from synthkit.failures import Failure
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.traffic.cellular import CELL_M, STEP_S, CellRing, OpenCellRoad
from synthkit.techniques.traffic.failures import FAILURES
from synthkit.techniques.traffic.following import Driver
from synthkit.techniques.traffic.observe import Setup, Snapshot, observe
from synthkit.techniques.traffic.road import Road, RoadPlan

MAX_STEP_S = 0.5  # half the shortest headway in use: a longer step outruns the driver's reaction
# IDM: (low, high, unit) of each plain number
RANGES: dict[str, tuple[float, float, str]] = {
    "length_m": (50, 100_000, "m"),
    "inflow_veh_per_h": (0, 10_000, "vehicles/h"),
    "duration_s": (60, 86_400, "s"),
    "time_step_s": (0.01, MAX_STEP_S, "s"),
    "desired_speed_mps": (1, 100, "m/s"),
    "headway_s": (0.5, 10, "s"),
    "jam_gap_m": (0.5, 20, "m"),
    "acceleration_mps2": (0.1, 10, "m/s²"),
    "braking_mps2": (0.1, 10, "m/s²"),
    "vehicle_length_m": (1, 30, "m"),
    "driver_spread": (0, 0.5, "(relative standard deviation)"),
    "politeness": (0, 1, ""),
    "dawdle": (0, 1, "(probability)"),
    "floating_share": (0, 1, "(share of the cars)"),
    "record_every_s": (0.01, 3600, "s"),
}


class Traffic(Simulator):
    """Cars on a ring or an open road, as detectors and floating cars see them.

    Parameters
    ----------
    model : {'idm', 'nasch'}
        Intelligent driver model with MOBIL, or Nagel-Schreckenberg (one lane, cells of 7.5 m,
        steps of 1 s; of the drivers' settings it knows ``v_max_cells`` and ``dawdle`` alone).
    road : {'ring', 'open'}
    length_m : float
        230 m by default, as in the experiment.
    vehicles : int
        On a ring: all lanes together. An open road starts empty.
    inflow_veh_per_h : float
        On an open road: cars that want to enter, all lanes together.
    lanes : int
    duration_s, time_step_s : float
        IDM: at most 0.5 s a step.
    desired_speed_mps, headway_s, jam_gap_m, acceleration_mps2, braking_mps2 : float
        Of the IDM. The defaults give 22 cars on 230 m an unstable flow.
    vehicle_length_m : float
    driver_spread : float
        How much drivers differ in desired speed and headway (relative standard deviation).
    politeness : float
        0 is selfish, 1 counts the others like oneself (MOBIL's p).
    v_max_cells : int
        5 cells a second are 135 km/h.
    dawdle : float
        Probability of braking for nothing (Nagel-Schreckenberg's p).
    detectors : int
        At equal distances along the road.
    floating_share : float
        Share of the cars that report.
    record_every_s : float
        Between two reports of a floating car.

    Examples
    --------
    >>> Traffic(duration_s=120).sample(3, rng=0)["speed_mps"].round(1).tolist()
    [4.2, 4.3, 4.5]
    >>> list(Traffic(duration_s=120).simulate(rng=0))
    ['floating_cars', 'detectors']
    """

    name: ClassVar[str] = "traffic"
    failures: ClassVar[tuple[Failure, ...]] = FAILURES
    tables = ("floating_cars", "detectors")

    def __init__(
        self,
        *,
        model: Literal["idm", "nasch"] = "idm",
        road: Literal["ring", "open"] = "ring",
        length_m: float = 230.0,
        vehicles: int = 22,
        inflow_veh_per_h: float = 1200.0,
        lanes: int = 1,
        duration_s: float = 600.0,
        time_step_s: float = 0.25,
        desired_speed_mps: float = 11.083,
        headway_s: float = 1.0,
        jam_gap_m: float = 2.0,
        acceleration_mps2: float = 1.0,
        braking_mps2: float = 1.5,
        vehicle_length_m: float = 4.0,
        driver_spread: float = 0.0,
        politeness: float = 0.2,
        v_max_cells: int = 5,
        dawdle: float = 0.25,
        detectors: int = 2,
        floating_share: float = 1.0,
        record_every_s: float = 1.0,
    ) -> None:
        self.model = model
        self.road = road
        self.length_m = length_m
        self.vehicles = vehicles
        self.inflow_veh_per_h = inflow_veh_per_h
        self.lanes = lanes
        self.duration_s = duration_s
        self.time_step_s = time_step_s
        self.desired_speed_mps = desired_speed_mps
        self.headway_s = headway_s
        self.jam_gap_m = jam_gap_m
        self.acceleration_mps2 = acceleration_mps2
        self.braking_mps2 = braking_mps2
        self.vehicle_length_m = vehicle_length_m
        self.driver_spread = driver_spread
        self.politeness = politeness
        self.v_max_cells = v_max_cells
        self.dawdle = dawdle
        self.detectors = detectors
        self.floating_share = floating_share
        self.record_every_s = record_every_s

    def snapshots(self, *, rng: RandomState = None) -> Iterator[Snapshot]:
        """Yield the state of all cars after each step: for pictures and for tests."""
        self._check_parameters()
        generator = as_generator(rng)
        return self._cells(generator) if self.model == "nasch" else self._cars(generator)

    def _simulate(self, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
        cells = self.model == "nasch"
        setup = Setup(
            length_m=self._cells_of_road() * CELL_M if cells else float(self.length_m),
            ring=self.road == "ring",
            step_s=STEP_S if cells else float(self.time_step_s),
            vehicle_length_m=CELL_M if cells else float(self.vehicle_length_m),
            lanes=self.lanes,
            detectors=self.detectors,
            floating_share=self.floating_share,
            record_every_s=self.record_every_s,
        )
        return observe(self.snapshots(rng=rng), setup, rng)

    def _cars(self, rng: np.random.Generator) -> Iterator[Snapshot]:
        road = Road(self._plan(), self.vehicles if self.road == "ring" else 0, rng)
        for _ in range(round(self.duration_s / self.time_step_s)):
            road.step(rng)
            cars = road.fleet
            gap = road.near().gap if len(cars) else cars.speed
            yield Snapshot(
                road.time_s, cars.id, cars.lane, cars.distance, cars.moved, cars.speed, gap
            )

    def _cells(self, rng: np.random.Generator) -> Iterator[Snapshot]:
        cells, v_max, dawdle = self._cells_of_road(), self.v_max_cells, self.dawdle
        road: CellRing | OpenCellRoad
        if self.road == "ring":
            road = CellRing(cells=cells, cars=self.vehicles, v_max=v_max, dawdle=dawdle, rng=rng)
        else:
            inflow = self.inflow_veh_per_h / 3600 * STEP_S
            road = OpenCellRoad(cells=cells, inflow=inflow, v_max=v_max, dawdle=dawdle)
        for k in range(round(self.duration_s / STEP_S)):
            road.step(rng)
            lane = np.zeros(len(road.id), dtype=np.int64)
            way = road.speed * CELL_M  # a step is one second
            yield Snapshot(
                (k + 1) * STEP_S, road.id.copy(), lane, road.distance * CELL_M, way,
                way / STEP_S, road.gap * CELL_M,
            )  # fmt: skip

    def _cells_of_road(self) -> int:
        return round(self.length_m / CELL_M)

    def _plan(self) -> RoadPlan:
        return RoadPlan(
            ring=self.road == "ring", length_m=float(self.length_m), lanes=self.lanes,
            step_s=float(self.time_step_s), vehicle_length_m=float(self.vehicle_length_m),
            driver=self.driver(), driver_spread=float(self.driver_spread),
            politeness=float(self.politeness), inflow_per_s=self.inflow_veh_per_h / 3600,
        )  # fmt: skip

    def driver(self) -> Driver:
        """Return the mean driver of the IDM."""
        return Driver(
            float(self.desired_speed_mps), float(self.headway_s), float(self.jam_gap_m),
            float(self.acceleration_mps2), float(self.braking_mps2),
        )  # fmt: skip

    def _check_parameters(self) -> None:
        require_choice("model", self.model, ("idm", "nasch"))
        require_choice("road", self.road, ("ring", "open"))
        for name, (low, high, unit) in RANGES.items():
            require_number(name, getattr(self, name), low, high, unit)
        require_whole("lanes", self.lanes, 1, 1 if self.model == "nasch" else 8, "lanes",
                      cure="Nagel-Schreckenberg has one lane, the IDM up to 8.")  # fmt: skip
        require_whole("v_max_cells", self.v_max_cells, 1, 20, "cells/s")
        require_whole("detectors", self.detectors, 0, 1_000)
        if self.road == "ring":
            require_whole("vehicles", self.vehicles, 1, self.room_for(), "vehicles",
                          cure="That many fit the ring; lengthen it or take fewer.")  # fmt: skip

    def room_for(self) -> int:
        """Return how many cars fit the ring, standing at their jam gap."""
        if self.model == "nasch":
            return self._cells_of_road()
        return self.lanes * int(self.length_m / (self.vehicle_length_m + self.jam_gap_m))


def fundamental_diagram(
    traffic: Traffic, vehicles: Sequence[int], *, warm_up_s: float = 300.0, rng: RandomState = None
) -> pd.DataFrame:
    """Measure flow against density on rings of the same length with more and more cars.

    Parameters
    ----------
    traffic : Traffic
        Its road must be a ring; its duration counts from the start, warm-up included.
    vehicles : sequence of int
        How many cars; each gives one row.
    warm_up_s : float
        What is left out at the start; below ``traffic.duration_s``.
    rng : None, int or Generator

    Returns
    -------
    DataFrame
        ``vehicles``, ``density_veh_per_km``, ``flow_veh_per_h``, ``mean_speed_mps`` and
        ``speed_spread_mps`` (the standard deviation over cars and time), all per lane.
    """
    if traffic.road != "ring":
        raise ParameterError("traffic must be on a ring; got road='open'. Pass road='ring'.")
    require_number("warm_up_s", warm_up_s, 0, traffic.duration_s - 1, "s")
    generator = as_generator(rng)
    rows = []
    for count in vehicles:
        run = Traffic(**{**traffic.get_params(), "vehicles": count})
        kept = (s.speed_mps for s in run.snapshots(rng=generator) if s.time_s > warm_up_s)
        speeds = np.concatenate(list(kept))
        density = count / traffic.length_m * 1000 / traffic.lanes
        mean = float(speeds.mean())
        rows.append((count, density, density * mean * 3.6, mean, float(speeds.std())))
    columns = ("vehicles", "density_veh_per_km", "flow_veh_per_h", "mean_speed_mps",
               "speed_spread_mps")  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def jam_speed_mps(floating_cars: pd.DataFrame, length_m: float, *, warm_up_s: float) -> float:
    """Return how fast the jam of one run moves on a ring (m/s; negative: against the traffic).

    The jam's place is the centre of the slow cars, taken as an angle around the ring; its speed is
    the slope of a straight line through those places.
    """
    late = floating_cars[floating_cars["time_s"] > warm_up_s]
    if late.empty:
        raise DataError(f"floating_cars must go beyond {warm_up_s:g} s. Simulate for longer.")
    slowness = late["speed_mps"].max() - late["speed_mps"]
    turn = np.exp(2j * np.pi * late["position_m"] / length_m) * slowness
    centre = turn.groupby(late["time_s"]).sum()
    angle = np.unwrap(np.angle(centre.to_numpy()))
    slope = np.polyfit(centre.index.to_numpy(), angle, 1)[0]
    return float(slope * length_m / (2 * np.pi))
