"""The Python side of the player: a recorded trace, or a run that is live.

A live run is a function ``run(rng, **parameters)`` that returns a finished Trace, or yields the
growing trace after each step:

    def run(rng, learning_rate=0.1):
        trace = Trace("gan.ring", seed=rng, views=[...])
        for record in GAN(learning_rate=learning_rate).iter_fit(table, rng=rng):
            trace.append(record.step, {...}, sentence=...)
            yield trace
"""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from synthkit.errors import ParameterError
from synthkit.failures import Dial, DialValue
from synthkit.trace import Frame, Mark, Trace, frame_to_dict
from synthkit.widgets.kit_widget import KitWidget
from synthkit.widgets.posters import check_views
from synthkit.widgets.predicted import as_predicted
from synthkit.widgets.worker import Request, Stale, has_front_end

Run = Callable[..., Union[Trace, Iterable[Trace]]]
Landmark = Callable[[Trace], Union[tuple[float, str], None]]

# More frames a second than a reader can see would only fill the kernel's outgoing queue.
FRAME_INTERVAL_S = 1 / 30
# The player says 'alive' every 5 s, but browsers let hidden tabs speak only once a minute.
HEARTBEAT_TIMEOUT_S = 75.0


@dataclass
class _Slot:
    """One run on screen: the main one, or the fork beside it."""

    trace: Trace
    seed: int | None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    live: bool = False
    running: bool = False
    note: str = ""

    @property
    def title(self) -> str:
        """The settings in words: what tells two runs apart."""
        settings = [f"{name} = {value_words(value)}" for name, value in self.parameters.items()]
        seed = [f"seed {self.seed}"] if self.seed is not None else []
        return ", ".join([*settings, *seed]) + self.note


class Player(KitWidget):
    """Play a trace: pause, step, scrub, rewind, fork and compare.

    Parameters
    ----------
    trace : Trace, optional
        A recorded run.  Give this or ``run``.
    run : callable (rng, **parameters) -> Trace or iterable of Trace, optional
        Makes the run, live: see the module.  If it has a parameter ``fork``, a fork at step k
        calls it with ``fork={"step": k, "parameters": {...}}`` and expects those parameters up
        to step k and the new ones after it; otherwise a fork replays from the start.
    dials : sequence of Dial
        Settings that the reader may turn, one at a time; they start at ``dial.start``.
    seed : int, default 0
        Of the first run.  *New seed* counts up, so that a class sees the same runs.
    prediction : Predicted, float, str or (x, y), optional
        What the learner said before: it stays drawn over the picture and is scored.
    compare : Trace, optional
        A second recorded run beside the first.
    code : str, default ""
        The <= 3 lines of *show code*; default the trace's own, or the call of ``run``.
    landmark : callable (Trace) -> (step, words) or None, optional
        Finds the step of a run that is worth a look: a button says so and goes there.

    Attributes
    ----------
    error : Exception or None
        What went wrong in a run or a handler; a lesson ends with ``assert player.error is None``.

    remark : str
        Said instead of ``score`` where it is not empty.

    Raises
    ------
    ParameterError
        If neither or both of trace and run are given, or a view is unknown.
    """

    def __init__(
        self,
        trace: Trace | None = None,
        *,
        run: Run | None = None,
        dials: Sequence[Dial] = (),
        seed: int = 0,
        prediction: Any = None,
        compare: Trace | None = None,
        code: str = "",
        landmark: Landmark | None = None,
    ) -> None:
        if (trace is None) == (run is None) or not isinstance(trace, (Trace, type(None))):
            raise ParameterError(
                "Player must have a trace or run=, one of them; got "
                f"{type(trace).__name__} and {type(run).__name__}. Use Player(trace) for a "
                "recorded run, Player(run=function) for a live one."
            )
        if code.count("\n") > 2:
            raise ParameterError(
                f"code must have at most 3 lines; got {code.count(chr(10)) + 1}. Shorten it."
            )
        recorded = [item for item in (trace, compare) if item is not None]
        for item in recorded:
            check_views(item.views)
        self._run = run
        self._dials = tuple(dials)
        self._code = code or (trace.code if trace else "")
        self._landmark = landmark
        self._prediction = as_predicted(prediction)
        self.remark = ""
        self._slots: dict[str, _Slot] = {}
        self._halted = False
        self._alive_at: float | None = None  # when a browser last spoke; None: never
        self._awaited = False
        self._seed = seed
        if trace is not None:
            self._slots["main"] = _Slot(trace, trace.seed, trace.parameters)
        if compare is not None:
            self._slots["fork"] = _Slot(compare, compare.seed, compare.parameters)
        self._marks: dict[str, list[Mark]] = {}
        if self._prediction is not None and trace is not None:
            self._marks = self._prediction.overlay(trace.views)
            self._prediction.score(trace)  # an unknown scalar is said here, not in the browser
        super().__init__(
            {
                "kind": "player",
                "title": trace.name if trace else getattr(run, "__name__", "run"),
                "code": self._code,
                "dials": [dial_config(dial) for dial in self._dials],
                "can_run": run is not None,
                "compare": compare is not None,
                "forks_at_step": run is not None and _takes_fork(run),
            }
        )

    # --- for Python ---

    @property
    def trace(self) -> Trace | None:
        """The main run as far as it has come; None before its first step."""
        self._prepare()
        if not has_front_end():
            self._wait(None)
        while "main" not in self._slots and not self._wait(0.05):
            pass  # the run is on its way to its first step
        return self._slots["main"].trace if "main" in self._slots else None

    @property
    def forked(self) -> Trace | None:
        """The run beside the main one, or None."""
        return self._slots["fork"].trace if "fork" in self._slots else None

    @property
    def seed(self) -> int | None:
        """The seed of the main run."""
        return self._slots["main"].seed if "main" in self._slots else self._seed

    @property
    def parameters(self) -> dict[str, Any]:
        """The settings of the main run."""
        if "main" in self._slots:
            return dict(self._slots["main"].parameters)
        return {dial.name: dial.start for dial in self._dials}

    @property
    def score(self) -> str:
        """How near the prediction came to the main run, in words; '' if there is none."""
        if self.remark or self._prediction is None or "main" not in self._slots:
            return self.remark
        return self._prediction.score(self._slots["main"].trace)

    @property
    def is_running(self) -> bool:
        """Whether a live run is under way."""
        return self._worker.busy

    def start(self, *, seed: int | None = None, **parameters: Any) -> Player:
        """Start a run with these settings; without a front end return when it has ended."""
        self._ask("main", self.seed if seed is None else seed, {**self.parameters, **parameters})
        if not has_front_end():
            self._wait(None)
        return self

    def fork(self, step: float | None = None, **parameters: Any) -> Player:
        """Start a second run beside the first: same seed, other settings (from ``step`` on)."""
        base = self._slots.get("main")
        if base is None:
            raise ParameterError("fork must follow a run; got none yet. Call start() first.")
        at = base.trace.frames[-1].step if step is None else step
        self._ask("fork", base.seed, {**base.parameters, **parameters}, fork_step=at)
        if not has_front_end():
            self._wait(None)
        return self

    def stop(self) -> None:
        """End the live run after its present step; what it made until then stays usable."""
        self._halted = True

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no run is under way; return whether that came to pass in ``timeout`` s."""
        self._awaited = True  # who waits wants the end, with or without a browser
        try:
            return self._wait(timeout)
        finally:
            self._awaited = False

    def replay(self) -> dict[str, Any]:
        """Return the runs on screen, for a page without a kernel."""
        traces = [
            {"slot": name, "text": slot.trace.to_json(), "title": slot.title,
             "landmark": self._found(slot.trace)}
            for name, slot in self._slots.items()
        ]  # fmt: skip
        return {"config": json.loads(self._config), "traces": traces, "overlay": self._marks}

    # --- for the browser ---

    def _prepare(self) -> None:
        idle = not self._worker.busy and self.error is None
        if idle and self._run is not None and "main" not in self._slots:
            self._ask("main", self._seed, self.parameters)

    def _greet(self, view: str) -> None:
        self._alive_at = time.monotonic()
        for name in ("main", "fork"):
            if name in self._slots:
                self._send_trace(name, view=view)
        if self.error is not None:
            self._fail(self.error)

    def _handle(self, message: dict[str, Any]) -> None:
        self._alive_at = time.monotonic()
        if message["type"] == "stop":
            self.stop()
        elif message["type"] == "run":
            settings = dict(self.parameters)
            if message.get("dial"):
                settings[message["dial"]] = self._checked(message["dial"], message["value"])
            seed = self.seed
            if message.get("seed") == "new":
                seed = (seed or 0) + 1
            slot = "fork" if message.get("slot") == "fork" else "main"
            self._ask(slot, seed, settings, message.get("id"), message.get("fork_step"))

    def _checked(self, name: Any, value: Any) -> DialValue:
        """Take a stop of a dial of ours, and nothing else, from the browser."""
        for dial in self._dials:
            if dial.name == name:
                return stop_of(dial, value)
        raise ParameterError(f"dial must be one of {[d.name for d in self._dials]}; got {name!r}.")

    def _ask(
        self,
        slot: str,
        seed: int | None,
        parameters: Mapping[str, Any],
        request_id: str | None = None,
        fork_step: float | None = None,
    ) -> None:
        self.error = None
        self._halted = False
        self._worker.submit(
            {
                "id": request_id,
                "slot": slot,
                "seed": seed,
                "parameters": parameters,
                "fork_step": fork_step,
            }
        )

    # --- in the worker's thread ---

    def _serve(self, request: Request, stale: Stale) -> None:
        if self._run is None:
            raise ParameterError("this player shows a recorded run; got a request to run it.")
        note, extra = "", {}
        step = request["fork_step"]
        if request["slot"] == "fork" and step is not None and _takes_fork(self._run):
            extra["fork"] = {"step": step, "parameters": dict(self._slots["main"].parameters)}
            note = f", forked at step {value_words(step)}"
        made = self._run(request["seed"], **request["parameters"], **extra)
        if isinstance(made, Trace):
            if stale():
                return self._dropped(request)
            self._put(request, made, note, live=False)
            return self._send_trace(request["slot"], request["id"])
        self._play_live(request, made, note, stale)
        return None

    def _play_live(self, request: Request, steps: Iterable[Trace], note: str, stale: Stale) -> None:
        """Exhaust the run, sending at most 30 frames a second; never wait for a reply."""
        slot, sent, sent_at = request["slot"], None, 0.0
        try:
            for trace in steps:
                newest = _newest_frame(trace)
                if sent is None:
                    self._put(request, trace, note, live=True)
                    self._send_trace(slot, request["id"])
                elif time.monotonic() - sent_at >= FRAME_INTERVAL_S and newest is not sent:
                    self._send_frame(slot, request["id"], newest)
                else:
                    newest = None
                if newest is not None:
                    sent, sent_at = newest, time.monotonic()
                self._rest_unwatched(stale)
                if self._halted or stale():
                    break
            if sent is None:
                raise ParameterError("run must yield its trace at least once; got no step.")
        finally:
            if isinstance(steps, Generator):
                steps.close()
            if sent is not None:  # after an error, too: the completed steps are there
                self._slots[slot].running = False
                if not stale():
                    self._send_trace(slot, request["id"])
        if stale():
            self._dropped(request)

    def _rest_unwatched(self, stale: Stale) -> None:
        """Pause while every tab that showed this run is closed; go on when one comes back."""
        while (
            self._alive_at is not None
            and not self._awaited
            and time.monotonic() - self._alive_at > HEARTBEAT_TIMEOUT_S
            and not (self._halted or stale())
        ):
            time.sleep(0.2)

    def _put(self, request: Request, trace: Trace, note: str, *, live: bool) -> None:
        check_views(trace.views)
        if request["slot"] == "main":
            self._slots.pop("fork", None)
        if self._prediction is not None:
            self._marks = self._prediction.overlay(trace.views)
        self._slots[request["slot"]] = _Slot(
            trace, request["seed"], dict(request["parameters"]), live, running=live, note=note
        )

    def _send_trace(self, slot: str, request_id: str | None = None, view: str = "") -> None:
        shown = self._slots[slot]
        self.send(
            {
                "type": "trace",
                "id": request_id,
                "view": view,
                "slot": slot,
                "text": shown.trace.to_json(),
                "title": shown.title,
                "running": shown.running,
                "live": shown.live,
                "parameters": dict(shown.parameters),
                "overlay": self._marks,
                "score": "" if shown.running else self.score,
                "code": self._shown_code(shown),
                "landmark": None if shown.running else self._found(shown.trace),
            }
        )

    def _send_frame(self, slot: str, request_id: str | None, frame: Frame) -> None:
        self.send({"type": "frame", "id": request_id, "slot": slot, "frame": frame_to_dict(frame)})

    def _found(self, trace: Trace) -> tuple[float, str] | None:
        return self._landmark(trace) if self._landmark else None

    def _shown_code(self, shown: _Slot) -> str:
        """Return the code given, or the call that makes this run."""
        name = getattr(self._run, "__name__", "")
        if self._code or not name.isidentifier():
            return self._code or shown.trace.code
        settings = "".join(f", {key}={value!r}" for key, value in shown.parameters.items())
        target = "*_, trace" if inspect.isgeneratorfunction(self._run) else "trace"
        return f"{target} = {name}({shown.seed}{settings})\nPlayer(trace)"

    def _shown_traces(self) -> Sequence[Trace]:
        return [self._slots[name].trace for name in ("main", "fork") if name in self._slots]

    def _overlay(self) -> dict[str, list[Mark]]:
        return self._marks


def _newest_frame(trace: Any) -> Frame:
    if not isinstance(trace, Trace) or not trace.frames:
        raise ParameterError(
            "run must yield its trace after appending a frame; got "
            f"{'a trace without frames' if isinstance(trace, Trace) else type(trace).__name__}. "
            "Call trace.append(...) before 'yield trace'."
        )
    return trace.frames[-1]


def _takes_fork(run: Run) -> bool:
    try:
        return "fork" in inspect.signature(run).parameters
    except (TypeError, ValueError):  # a callable without a signature
        return False


def dial_config(dial: Dial) -> dict[str, Any]:
    """Return a dial as the browser needs it."""
    return {
        "name": dial.name,
        "label": dial.label,
        "stops": list(dial.stops),
        "start": dial.start,
        "words": [value_words(stop) for stop in dial.stops],
    }


def stop_of(dial: Dial, value: Any) -> DialValue:
    """Return the stop that equals ``value``; JSON does not tell 1 from 1.0."""
    for stop in dial.stops:
        if type(value) is not bool and stop == value:
            return stop
    raise ParameterError(f"dial {dial.name!r} must be one of {dial.stops}; got {value!r}.")


def value_words(value: Any) -> str:
    """Return a setting in words."""
    return f"{value:g}" if isinstance(value, float) else str(value)
