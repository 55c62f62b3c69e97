"""A front end that the test plays: says 'ready', sends messages, collects the answers."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import pytest

__all__ = ["Browser", "demo", "headless", "wait_until"]

pytest.importorskip("anywidget", reason="the widgets need the extra 'lab'")

sys.path.insert(0, str(Path(__file__).parent / "browser"))  # where the demo runs are

import player_demo as demo

from synthkit.widgets import worker as worker_module


@pytest.fixture(autouse=True)
def headless(monkeypatch):
    """No browser has spoken and no Jupyter server started us, unless a test says so."""
    monkeypatch.setattr(worker_module, "_heard", False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


class Browser:
    """The front end of one widget, without a browser."""

    def __init__(self, widget):
        self.widget, self.answers, self._lock = widget, [], threading.Lock()
        widget.send = self._take
        self.say(type="ready", view="v")

    def _take(self, content, buffers=None):
        with self._lock:
            self.answers.append(json.loads(json.dumps(content, allow_nan=False)))

    def say(self, **message):
        self.widget._received(self.widget, message, [])

    def of(self, kind):
        return [answer for answer in self.answers if answer["type"] == kind]

    def wait_for(self, kind, count=1, timeout_s=20.0):
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if len(self.of(kind)) >= count:
                return self.of(kind)
            time.sleep(0.01)
        raise AssertionError(f"no {kind!r} among {[a['type'] for a in self.answers]}")


def wait_until(condition, timeout_s=20.0):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "did not come to pass"
        time.sleep(0.01)
