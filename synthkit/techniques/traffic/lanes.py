r"""Changing lanes: MOBIL, which weighs the own gain against what it costs the others.

With accelerations before (:math:`a`) and after (:math:`\tilde a`) the change, of the driver c, the
new follower n and the old follower o, a change is safe and wanted if

1. :math:`\tilde a_n > -b_{safe}`
2. :math:`\tilde a_c - a_c + p\,(\tilde a_n - a_n + \tilde a_o - a_o) > a_{thr} \pm \Delta_{bias}`

(plus to the left, minus to the right, lane 0).

Where this differs from the paper: changes happen one pair of lanes after another and at most one
into each gap, so that two cars can't take the same place.

References: Kesting, Treiber & Helbing, General lane-changing model MOBIL, Transportation Research
Record 1999 (2007).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SAFE_BRAKING = 4.0  # m/s²: what a new follower may have to brake (Kesting 2007)
THRESHOLD = 0.2  # m/s²: a smaller gain is not worth a change
KEEP_RIGHT = 0.2  # m/s²: the bias towards lane 0

# (index of the driver, gap in m, index of the car ahead or -1) -> acceleration; all (m,)
Rate = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
NOBODY = -1


@dataclass(frozen=True)
class Neighbours:
    """Who drives ahead and behind of each car, and the gap ahead in metres; all (n,)."""

    ahead: np.ndarray
    behind: np.ndarray
    gap: np.ndarray


def neighbours(
    position: np.ndarray, lane: np.ndarray, length_m: float, ring_m: float | None
) -> Neighbours:
    """Find each car's neighbours in its lane; a position is that of the front bumper, in m.

    ``ring_m`` is the length of the ring, None on an open road, where the first car of a lane has
    nobody ahead and an infinite gap.
    """
    n = len(position)
    order = np.lexsort((position, lane))  # lane by lane, rearmost first
    lanes = lane[order]
    first = np.searchsorted(lanes, lanes, side="left")
    last = np.searchsorted(lanes, lanes, side="right") - 1
    place = np.arange(n)
    closes = place == last  # the foremost car of its lane
    ahead_place = np.where(closes, first, np.minimum(place + 1, n - 1))
    ahead, behind = np.full(n, NOBODY), np.full(n, NOBODY)
    ahead[order] = order[ahead_place]
    gap = position[ahead] - position - length_m
    wraps = np.zeros(n, dtype=bool)
    wraps[order] = closes
    if ring_m is None:
        gap = np.where(wraps, np.inf, gap)
        ahead = np.where(wraps, NOBODY, ahead)
    else:
        gap = np.where(wraps, gap + ring_m, gap)
    known = ahead != NOBODY
    behind[ahead[known]] = np.flatnonzero(known)
    return Neighbours(ahead, behind, gap)


def changers(
    start: int, target: int, position: np.ndarray, lane: np.ndarray, length_m: float,
    ring_m: float | None, politeness: float, rate: Rate,
) -> np.ndarray:
    """Return the indices of the cars that change from lane ``start`` to lane ``target`` now."""
    who = np.flatnonzero(lane == start)  # (m,)
    there = np.flatnonzero(lane == target)
    there = there[np.argsort(position[there])]  # (k,)
    if not len(who):
        return who
    near = neighbours(position, lane, length_m, ring_m)
    place = np.searchsorted(position[there], position[who])  # the gap of the target lane, 0 … k
    new_ahead = _pick(there, place, ring_m)
    new_behind = _pick(there, place - 1, ring_m)
    gap_ahead = _distance(position, who, new_ahead, ring_m) - length_m
    gap_behind = _distance(position, new_behind, who, ring_m) - length_m
    fits = (gap_ahead > 0) & (gap_behind > 0)
    old_behind, old_ahead = near.behind[who], near.ahead[who]
    old_behind = np.where(old_behind == who, NOBODY, old_behind)  # alone on its ring

    def gain(driver: np.ndarray, new_gap: np.ndarray, ahead: np.ndarray) -> np.ndarray:
        """Acceleration after minus before the change; 0 where there is no such driver."""
        real = driver != NOBODY
        now = rate(driver, near.gap[driver], near.ahead[driver])
        return np.where(real, rate(driver, new_gap, ahead) - now, 0.0)

    safe_gap = np.where(fits, gap_ahead, np.inf)  # a change that doesn't fit is refused below
    safe_behind = np.where(fits, gap_behind, np.inf)
    after = np.where(new_behind != NOBODY, rate(new_behind, safe_behind, who), 0.0)
    safe = fits & (after > -SAFE_BRAKING)  # Eq. 1
    others = gain(new_behind, safe_behind, who)
    others += gain(old_behind, near.gap[old_behind] + length_m + near.gap[who], old_ahead)
    bias = KEEP_RIGHT if target > start else -KEEP_RIGHT
    wanted = gain(who, safe_gap, new_ahead) + politeness * others > THRESHOLD + bias  # Eq. 2
    go = np.flatnonzero(safe & wanted)
    _, one_a_gap = np.unique(place[go] % max(len(there), 1), return_index=True)
    return who[go[one_a_gap]]


def _pick(there: np.ndarray, place: np.ndarray, ring_m: float | None) -> np.ndarray:
    """Return the car at a place of the sorted lane; NOBODY beyond an open road's ends."""
    if len(there) == 0:
        return np.full(len(place), NOBODY)
    inside = (place >= 0) & (place < len(there))
    picked = there[place % len(there)]
    return picked if ring_m is not None else np.where(inside, picked, NOBODY)


def _distance(
    position: np.ndarray, rear: np.ndarray, front: np.ndarray, ring_m: float | None
) -> np.ndarray:
    """Return the way from the rear to the front car (m,) in m; infinite where one is missing."""
    way = position[front] - position[rear]
    if ring_m is not None:
        way = way % ring_m
    return np.where((rear == NOBODY) | (front == NOBODY), np.inf, way)
