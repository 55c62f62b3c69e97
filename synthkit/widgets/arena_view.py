"""The arena on the page: lanes with progress and Cancel, and the picture that grows with them.

Everything travels as messages: no saved widget state holds a figure of a learner's table.
"""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

import anywidget

from synthkit.arena_run import Arena
from synthkit.contest import Comparison
from synthkit.measure.trade_off import points_of
from synthkit.measure.trade_off_picture import layout, png
from synthkit.widgets.worker import front_end_answered, has_front_end

ASSETS = Path(__file__).parent / "assets"
SECOND_S = 1.0  # between two looks at the clock


class ArenaView(anywidget.AnyWidget):
    """An arena as it runs: it starts when it is shown.

    Without a front end it runs to its end at once, and the picture is a PNG.

    Parameters
    ----------
    arena : Arena

    Attributes
    ----------
    error : Exception or None
        What went wrong in a handler.
    """

    _esm = ASSETS / "arena.js"
    _css = ASSETS / "arena.css"

    def __init__(self, arena: Arena) -> None:
        super().__init__()
        self.arena = arena
        self.error: Exception | None = None
        self._send_lock = threading.Lock()
        arena.on_change(self._tell)
        self.on_msg(self._received)

    def start(self) -> ArenaView:
        """Begin in the background."""
        if not self.arena.started:
            self.arena.start()
            threading.Thread(target=self._tick, name="synthkit-arena-clock", daemon=True).start()
        return self

    def result(self) -> Comparison:
        """Wait for the end and return what came of it.

        An interrupt (the ■ of the notebook) cancels the techniques that are at work, and the
        arena goes on with the others; two within two seconds stop the waiting.

        Raises
        ------
        DataError
            No technique made a table that can be judged.
        """
        self.start()
        return self.arena.finish()

    def state(self) -> dict[str, Any]:
        """Return what is on screen, as plain values; no row of any table."""
        arena = self.arena
        points = points_of(arena.cards(), arena.anchors())
        picture = layout(points) if arena.cards() else None
        if picture is not None:
            picture["x_short"] = _short(picture["x_label"])
        return {
            "type": "state",
            "running": arena.running or not arena.started,
            "lanes": [
                {"name": n.name, "status": n.status, "seconds": n.seconds, "said": n.said}
                for n in arena.progress()
            ],
            "picture": picture,
            "advice": [
                *([] if arena.result is None else arena.result.advice()),
                *([] if picture is None else picture["missing"]),
            ],
            "error": "" if arena.error is None else str(arena.error),
        }

    def _tell(self) -> None:
        with self._send_lock:
            self.send(self.state())

    def _tick(self) -> None:
        while not self.arena.wait(SECOND_S):
            self._tell()

    def _received(self, _widget: Any, message: Any, _buffers: Any) -> None:
        front_end_answered()
        try:
            kind = message.get("type")
            if kind == "cancel":
                self.arena.cancel(str(message.get("name")))
            elif kind == "cancel-all":
                self.arena.cancel_all()
            self._tell()
        except Exception as error:
            self.error = error

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Start; add a PNG and the words: a saved notebook shows them on any viewer."""
        self.start()
        if not has_front_end():
            self.arena.wait()
        shown: Any = super()._repr_mimebundle_(**kwargs) or {}
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        data = {**data, "text/plain": repr(self)}
        if self.arena.cards():
            picture = png(points_of(self.arena.cards(), self.arena.anchors()))
            data["image/png"] = base64.b64encode(picture).decode("ascii")
        return data, metadata

    def __repr__(self) -> str:
        lanes = [
            f"{n.name}: {n.status}{', ' + n.said if n.said else ''}" for n in self.arena.progress()
        ]
        return "\n".join(lanes)


def _short(label: str) -> str:
    """Return an axis label without what stands in brackets but the score's name."""
    head, _, rest = label.partition(" (")
    score = rest.rstrip(")").rpartition(", ")[2]
    return f"{head} ({score})" if score in ("AUC", "R2") else head
