"""The arena on the Adult table: all tabular techniques with full scorecards, on two cores.

CPU seconds of the children divided by two are what two free cores would take; the wall-clock time
is printed beside them.  ``SYNTHKIT_ARENA_MODE=quick`` runs the quick scorecards.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from typing import Any

from benchmarks.peers import adult

TARGET = "income"


def main() -> list[dict[str, Any]]:
    """Run the race and return the figures' rows; none without the table."""
    import synthkit as sk
    from synthkit.course.runs.your_data import applicable

    table = adult()
    if table is None:
        sys.stderr.write("the Adult table is not there: python -m benchmarks.peers\n")
        return []
    mode: Any = os.environ.get("SYNTHKIT_ARENA_MODE", "full")
    arena = sk.Arena(
        applicable(networks=True), table, TARGET, rng=0, mode=mode, workers=2, time_limit_s=3600
    )
    first: list[float] = []
    start = time.perf_counter()

    def look() -> None:
        if not first and any(lane.said for lane in arena.progress()):
            first.append(time.perf_counter() - start)

    arena.on_change(look)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = time.process_time()
    result = arena.run()
    wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    ours = time.process_time() - own
    for lane in arena.progress():
        sys.stderr.write(f"    {lane.name}: {lane.status}, {lane.seconds:.0f} s, {lane.said}\n")
    said = f"arena, {len(table):,} × {table.shape[1]}, {len(result.cards)} techniques, {mode} cards"
    return [
        {"what": f"{said}, on two cores", "value": (children / 2 + ours) / 60,
         "unit": "CPU-min", "target": "<= 10"},
        {"what": f"the same by the clock (load {os.getloadavg()[0]:.1f})", "value": wall / 60,
         "unit": "min"},
        {"what": "first result on screen", "value": first[0], "unit": "s", "target": "<= 10"},
    ]  # fmt: skip
