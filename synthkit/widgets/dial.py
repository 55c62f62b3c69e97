"""The Python side of the failure dial: turn it, measure, say broken or healed.

Protocol: browser -> kernel ``{id, dial, value}``; kernel -> browser ``{id, result | progress |
error}``.  The newest id wins; a request that was overtaken is dropped and told so ('stale').
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from synthkit.errors import ParameterError
from synthkit.failures import DialValue, Failure
from synthkit.marks import to_number
from synthkit.rng import RandomState, as_generator
from synthkit.trace import Trace
from synthkit.widgets.kit_widget import KitWidget
from synthkit.widgets.player import dial_config, stop_of
from synthkit.widgets.posters import check_views
from synthkit.widgets.worker import Request, Stale


class Measurement(NamedTuple):
    """One position of the dial, as it was measured."""

    value: DialValue
    indicator: float
    broken: bool
    seed: int


class FailureDial(KitWidget):
    """Show a failure: its dial, its indicator against the threshold, and its repair.

    Parameters
    ----------
    failure : Failure
        For example ``sk.failures()["monte_carlo.lost_correlation"]``.
    rng : int or numpy.random.Generator, default 0
        Every position of the dial runs from this one seed, so that only the dial differs.  A
        Generator gives a seed.
    recorded : mapping of dial value to Trace, optional
        Runs that were made before: slow failures ship them for several stops.

    Attributes
    ----------
    error : Exception or None
        What went wrong in a run or a handler.

    Examples
    --------
    >>> dial = FailureDial(failure)                              # doctest: +SKIP
    >>> dial.turn(failure.broken_at).is_broken                   # doctest: +SKIP
    True
    """

    def __init__(
        self,
        failure: Failure,
        rng: RandomState = 0,
        *,
        recorded: Mapping[DialValue, Trace] | None = None,
    ) -> None:
        if not isinstance(failure, Failure):
            raise ParameterError(
                f"failure must be a Failure; got {type(failure).__name__}. "
                "Take one of synthkit.failures()."
            )
        self._failure = failure
        self._seed = _one_seed(rng)
        self._traces: dict[DialValue, Trace] = {}
        for value, trace in (recorded or {}).items():
            check_views(trace.views)
            self._traces[stop_of(failure.dial, value)] = trace
        self._history: list[Measurement] = []
        super().__init__({
            "kind": "dial",
            "title": failure.title,
            "story": failure.story,
            "dial": dial_config(failure.dial),
            "indicator_label": failure.indicator_label,
            "threshold": failure.threshold,
            "broken_when": failure.broken_when,
            "broken_at": failure.broken_at,
            "repair": {"value": failure.repair.value, "sentence": failure.repair.sentence},
            "code": self._shown_code(failure.dial.start),
        })

    # --- for Python ---

    @property
    def history(self) -> tuple[Measurement, ...]:
        """Every position that was measured, oldest first; the first is the dial's start."""
        self._prepare()
        self._wait(None)  # whoever reads a figure wants the one of the dial's last move
        return tuple(self._history)

    @property
    def value(self) -> DialValue:
        """Where the dial stands."""
        return self._history[-1].value if self._history else self._failure.dial.start

    @property
    def indicator_value(self) -> float:
        """The indicator as measured at this position; NaN if nothing could be measured."""
        history = self.history
        return history[-1].indicator if history else float("nan")

    @property
    def is_broken(self) -> bool:
        """Whether the run at this position counts as broken."""
        history = self.history
        return history[-1].broken if history else False

    @property
    def was_broken(self) -> bool:
        """Whether any position was broken: the first half of 'break it, then repair it'."""
        return any(measured.broken for measured in self.history)

    @property
    def trace(self) -> Trace | None:
        """The run at this position."""
        return self._traces.get(self.history[-1].value) if self.history else None

    @property
    def seed(self) -> int:
        """The seed of every run of the dial."""
        return self._seed

    @property
    def failure(self) -> Failure:
        """The failure that is shown."""
        return self._failure

    def turn(self, value: DialValue) -> FailureDial:
        """Turn the dial to one of its stops, measure, and return the widget.

        Raises
        ------
        ParameterError
            If the value is no stop.  What the run raises is raised, too, and kept in ``error``.
        """
        stop = stop_of(self._failure.dial, value)
        self._prepare()
        self._wait(None)
        self.error = None
        self._worker.submit({"id": None, "value": stop, "seed": "same", "have": False})
        self._wait(None)
        if self.error is not None:
            raise self.error
        return self

    def repair(self) -> FailureDial:
        """Turn the dial to the setting that heals."""
        return self.turn(self._failure.repair.value)

    def replay(self) -> dict[str, Any]:
        """Run every stop and return them all, for a page without a kernel."""
        made = {
            stop: self._traces.get(stop) or self._failure.run(stop, self._seed)
            for stop in self._failure.dial.stops
        }
        stops = [
            {
                "value": stop,
                "text": trace.to_json(),
                "indicator": to_number(float(self._failure.indicator(trace))),
                "broken": self._failure.is_broken(trace),
                "code": self._shown_code(stop),
            }
            for stop, trace in made.items()
        ]
        config = {**json.loads(self._config), "replay": True}
        return {"config": config, "stops": stops, "start": self.value}

    # --- for the browser ---

    def _prepare(self) -> None:
        if not self._history and self.error is None and not self._worker.busy:
            start = self._failure.dial.start
            self._worker.submit({"id": None, "value": start, "seed": "same", "have": False})

    def _greet(self, view: str) -> None:
        if self._history:
            self._send_result(self._history[-1], None, have=False, view=view)
        if self.error is not None:
            self._fail(self.error)

    def _handle(self, message: dict[str, Any]) -> None:
        if message["type"] != "dial":
            return
        self.error = None
        self._worker.submit({
            "id": message.get("id"), "value": stop_of(self._failure.dial, message["value"]),
            "seed": message.get("seed"), "have": bool(message.get("have")),
        })

    # --- in the worker's thread ---

    def _serve(self, request: Request, stale: Stale) -> None:
        value, fresh = request["value"], request["seed"] == "new"
        if fresh:
            self._seed += 1
            self._traces.clear()
        trace = self._traces.get(value)
        if trace is None:
            trace = self._failure.run(value, self._seed)
            check_views(trace.views)
            self._traces[value] = trace
        if stale():
            return self._dropped(request)
        measured = Measurement(
            value, float(self._failure.indicator(trace)), self._failure.is_broken(trace), self._seed
        )
        self._history.append(measured)
        have = request["have"] and not fresh
        return self._send_result(measured, request["id"], have=have, fresh=fresh)

    def _send_result(
        self, measured: Measurement, request_id: str | None, *, have: bool,
        fresh: bool = False, view: str = "",
    ) -> None:
        earlier = [item for item in self._history if item.seed == measured.seed]
        word = "broken" if measured.broken else "sound"
        if word == "sound" and any(item.broken for item in self._history):
            word = "healed"
        self.send({
            "type": "result", "id": request_id, "view": view, "value": measured.value,
            "indicator": to_number(measured.indicator), "broken": measured.broken, "word": word,
            "history": sorted({to_number(item.indicator) for item in earlier}, key=str),
            "text": None if have else self._traces[measured.value].to_json(),
            "fresh": fresh, "code": self._shown_code(measured.value),
        })

    def _shown_code(self, value: DialValue) -> str:
        found = self._failure.code or f"failure = synthkit.failures()[{self._failure.name!r}]"
        return (
            f"{found}\n"
            f"trace = failure.run({value!r}, {self._seed})\n"
            "failure.indicator(trace), failure.is_broken(trace)"
        )

    def _shown_traces(self) -> Sequence[Trace]:
        trace = self._traces.get(self.value)
        return [] if trace is None else [trace]


def _one_seed(rng: RandomState) -> int:
    """Return one seed for all stops: a Generator or None gives a fresh one."""
    if rng is None or hasattr(rng, "integers"):
        return int(as_generator(rng).integers(2**31))
    as_generator(rng)  # raises if it is no seed
    return int(rng)
