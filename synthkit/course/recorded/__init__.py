"""Runs that were made before, for dials that are slow and for readers without torch.

    from synthkit.course.recorded import recorded
    FailureDial(failure, rng=SEED, recorded=recorded(failure))

``python -m synthkit.course.recorded vae`` makes those of one technique again.  A test compares
them with a fresh run.
"""

from __future__ import annotations

from pathlib import Path

from synthkit.failures import DialValue, Failure
from synthkit.trace import Trace

FOLDER = Path(__file__).parent
#: The seed of every recorded run.
SEED = 0


def recorded(failure: Failure) -> dict[DialValue, Trace]:
    """Return the recorded runs of a failure, by the stop of its dial."""
    paths = {stop: _path(failure.name, stop) for stop in failure.dial.stops}
    return {stop: Trace.load(path) for stop, path in paths.items() if path.exists()}


def one(name: str) -> Trace:
    """Return a recorded run by the name it was kept under."""
    return Trace.load(FOLDER / f"{name}.json")


def record(failure: Failure) -> None:
    """Run a failure at each stop of its dial, and keep the traces."""
    for stop in failure.dial.stops:
        failure.run(stop, SEED).save(_path(failure.name, stop))


def _path(name: str, stop: DialValue) -> Path:
    return FOLDER / f"{name}_{stop:g}.json" if not isinstance(stop, str) else (
        FOLDER / f"{name}_{stop}.json"
    )  # fmt: skip
