"""What the kit's widgets share: the bundle, messages, errors, and a picture without a kernel."""

from __future__ import annotations

import base64
import json
import os
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from synthkit.trace import Mark, Trace
from synthkit.widgets.posters import poster
from synthkit.widgets.worker import LatestWorker, Request, Stale, front_end_answered, has_front_end

ASSETS = Path(__file__).parent / "assets"

# Set to 1 while the site is built: outputs then carry what a page needs to play without a kernel.
REPLAY_VARIABLE = "SYNTHKIT_REPLAY"
REPLAY_MIME = "application/vnd.synthkit.replay+json"

# A cell that shows a live run waits so long for it, so that the saved picture shows something.
POSTER_WAIT_S = 1.0


class KitWidget(anywidget.AnyWidget):
    """Base of the player and the dial.

    The state that Jupyter may save with a notebook holds settings only: traces travel as
    messages, so that no saved file holds a figure of a learner's table unasked.
    """

    _esm = ASSETS / "player.js"
    _config = traitlets.Unicode("{}").tag(sync=True)

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(_config=json.dumps(config))
        #: The last exception of a run or handler; None if all is well.
        self.error: BaseException | None = None
        self._worker = LatestWorker(self._served, self._dropped)
        self.on_msg(self._received)

    # What a widget of the kit writes:

    def _serve(self, request: Request, stale: Stale) -> None:
        """Do the work of one request, in the worker's thread."""
        raise TypeError("a widget of the kit defines _serve")  # pragma: no cover

    def _greet(self, view: str) -> None:
        """Send a view that has just been opened what it needs."""

    def _handle(self, message: dict[str, Any]) -> None:
        """Take any message besides 'ready'."""

    def _prepare(self) -> None:
        """Start the first run, if it has not been."""

    def _shown_traces(self) -> Sequence[Trace]:
        """Return the traces that are on screen, for the picture without a kernel."""
        return ()

    def replay(self) -> dict[str, Any]:
        """Return what a page without a kernel plays: settings and every run that it can show."""
        raise TypeError("a widget of the kit defines replay")  # pragma: no cover

    # What they share:

    def _received(self, _widget: Any, message: Any, _buffers: Any) -> None:
        front_end_answered()
        try:
            if message.get("type") == "ready":
                self._greet(str(message.get("view")))
            else:
                self._handle(message)
        except Exception as error:
            self._fail(error, message.get("id") if isinstance(message, dict) else None)

    def _served(self, request: Request, stale: Stale) -> None:
        try:
            self._serve(request, stale)
        except Exception as error:
            self._fail(error, request.get("id"))

    def _dropped(self, request: Request) -> None:
        if request.get("id"):
            self.send({"type": "stale", "id": request["id"]})

    def _fail(self, error: BaseException, request_id: str | None = None) -> None:
        """Keep the exception and show it inside the widget."""
        self.error = error
        self.send({"type": "error", "id": request_id, "text": error_text(error)})

    def _first_run(self) -> None:
        """Start the first run; without a front end wait for its end."""
        self._prepare()
        self._wait(POSTER_WAIT_S if has_front_end() else None)

    def _wait(self, timeout: float | None) -> bool:
        """Wait for the worker; an interrupt ends the run and keeps its completed steps."""
        try:
            return self._worker.wait(timeout)
        except KeyboardInterrupt:
            self._worker.cancel()
            self._worker.wait(5.0)
            raise

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add a PNG and a sentence: a saved notebook shows the picture on any viewer."""
        self._first_run()
        shown: Any = super()._repr_mimebundle_(**kwargs) or {}
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        data, metadata = dict(data), dict(metadata)
        traces = [trace for trace in self._shown_traces() if trace.frames]
        sentence = " ".join(trace.sentence for trace in traces if trace.sentence)
        if self.error is not None:
            sentence = f"{sentence}\n{error_text(self.error)}".strip()
        waiting = "The run is under way." if self._worker.busy else "There is no run to show."
        data["text/plain"] = sentence or waiting
        if traces:
            png = poster(*traces, overlay=self._overlay())
            data["image/png"] = base64.b64encode(png).decode("ascii")
            metadata["image/png"] = {"alt": sentence}
        if os.environ.get(REPLAY_VARIABLE) and traces:
            data[REPLAY_MIME] = {**self.replay(), "sentence": sentence}
        return data, metadata

    def _overlay(self) -> dict[str, list[Mark]]:
        """Return marks that lie over the picture, by view id."""
        return {}

    def close(self) -> None:
        """Take the widget away and end what it is running."""
        worker = getattr(self, "_worker", None)  # absent if the constructor raised
        if worker is not None:
            worker.cancel()
        super().close()


def error_text(error: BaseException) -> str:
    """Return the exception as a learner reads it: its message, and the line it came from."""
    lines = traceback.extract_tb(error.__traceback__)
    own = [
        line
        for line in lines
        if Path(__file__).resolve().parents[1] not in Path(line.filename).resolve().parents
    ]
    where = f"\nline {own[-1].lineno}: {own[-1].line}" if own and own[-1].line else ""
    return f"{type(error).__name__}: {error}{where}"
