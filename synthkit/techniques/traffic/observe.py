r"""What one sees of a road: detectors in the asphalt and cars that report where they are.

A detector at x counts the front bumpers that pass it, notes their speeds and how long it is
covered: what a road authority has.  Per minute,

1. flow q = count / minute,  2. occupancy = covered time / minute,

and the density that q / v suggests is too low in a jam, because a detector sees no standing car.
A floating car reports its position and speed once in a while: few of all cars do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

MINUTE_S = 60.0


@dataclass(frozen=True)
class Snapshot:
    """The cars after one step; arrays (n,)."""

    time_s: float
    id: np.ndarray
    lane: np.ndarray
    distance_m: np.ndarray  # driven since the road's start, not wrapped
    moved_m: np.ndarray  # in the last step
    speed_mps: np.ndarray
    gap_m: np.ndarray


@dataclass(frozen=True)
class Setup:
    """What is recorded."""

    length_m: float
    ring: bool
    step_s: float
    vehicle_length_m: float
    lanes: int
    detectors: int
    floating_share: float
    record_every_s: float


def observe(
    snapshots: Iterator[Snapshot], setup: Setup, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Turn snapshots of a run into the tables ``floating_cars`` and ``detectors``."""
    s = setup
    places = (np.arange(s.detectors) + 0.5) / max(s.detectors, 1) * s.length_m
    every = max(round(s.record_every_s / s.step_s), 1)
    floating: list[dict[str, np.ndarray]] = []
    passes: list[np.ndarray] = []  # rows of (minute, detector, speed)
    covered: dict[int, np.ndarray] = {}
    reports = np.zeros(0, dtype=bool)  # by the cars' ids
    end_s = 0.0
    for k, shot in enumerate(snapshots, start=1):
        end_s = shot.time_s
        minute = int((end_s - s.step_s / 2) // MINUTE_S)
        covered.setdefault(minute, np.zeros(s.detectors))
        if s.detectors:
            passes.append(_passes(shot, places, s, minute))
            covered[minute] += _covered(shot, places, s)
        if k % every == 0:
            new = int(shot.id.max(initial=-1)) + 1 - len(reports)
            reports = np.append(reports, rng.random(max(new, 0)) < s.floating_share)
            floating.append(_reports(shot, s, reports[shot.id]))
    whole = int((end_s + s.step_s / 2) // MINUTE_S)  # a minute that was cut short tells nothing
    seen = np.concatenate(passes) if passes else np.zeros((0, 3))
    return {
        "floating_cars": _floating_table(floating),
        "detectors": _minutes(seen[seen[:, 0] < whole], whole, covered, places, s),
    }


def _passes(shot: Snapshot, places: np.ndarray, s: Setup, minute: int) -> np.ndarray:
    """Return (m, 3): minute, detector and speed of each car that passed one in this step."""
    after = shot.distance_m[None, :] - places[:, None]  # (d, n)
    before = after - shot.moved_m
    if s.ring:  # a car passes each detector once a round
        passed = np.floor(after / s.length_m) > np.floor(before / s.length_m)
    else:
        passed = (before < 0) & (after >= 0)
    detector, car = np.nonzero(passed)
    return np.column_stack([np.full(len(car), minute), detector, shot.speed_mps[car]])


def _covered(shot: Snapshot, places: np.ndarray, s: Setup) -> np.ndarray:
    """Return how many cars stand on each detector now, (d,)."""
    past = shot.distance_m[None, :] - places[:, None]  # how far the bumper is beyond it
    past = past % s.length_m if s.ring else past
    return ((past >= 0) & (past < s.vehicle_length_m)).sum(axis=1)


def _reports(shot: Snapshot, s: Setup, seen: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns of the floating cars' reports; ``seen`` (n,) says which cars they are."""
    position = shot.distance_m % s.length_m if s.ring else shot.distance_m
    columns = {
        "vehicle_id": shot.id,
        "time_s": np.full(len(shot.id), shot.time_s),
        "lane": shot.lane,
        "position_m": position,
        "speed_mps": shot.speed_mps,
        "gap_m": np.where(np.isfinite(shot.gap_m), shot.gap_m, np.nan),
    }
    return {name: values[seen] for name, values in columns.items()}


def _floating_table(reports: list[dict[str, np.ndarray]]) -> pd.DataFrame:
    """Return all reports; the cars are numbered from 0 on, in the order of their first reports."""
    columns = {name: np.concatenate([r[name] for r in reports]) for name in reports[0]}
    columns["vehicle_id"] = pd.factorize(columns["vehicle_id"])[0].astype(np.int64)
    return pd.DataFrame({"run_id": np.zeros(len(columns["time_s"]), dtype=np.int64), **columns})


def _minutes(
    passes: np.ndarray, minutes: int, covered: dict[int, np.ndarray], places: np.ndarray, s: Setup
) -> pd.DataFrame:
    """Return a row for each detector and whole minute."""
    d = len(places)
    cell = (passes[:, 0] * d + passes[:, 1]).astype(np.int64)  # (m,)
    count = np.bincount(cell, minlength=minutes * d)
    total = np.bincount(cell, weights=passes[:, 2], minlength=minutes * d)
    mean = np.divide(total, count, out=np.full(minutes * d, np.nan), where=count > 0)
    time_s = np.array([covered[m] for m in range(minutes)]).ravel() * s.step_s
    share = time_s / MINUTE_S / s.lanes
    return pd.DataFrame(
        {
            "run_id": np.zeros(minutes * d, dtype=np.int64),
            "detector": np.tile(np.arange(d), minutes),
            "detector_position_m": np.tile(places, minutes),
            "minute": np.repeat(np.arange(minutes), d),
            "vehicles_per_min": count,
            "mean_speed_mps": mean,
            "occupancy_share": share,
        }
    )
