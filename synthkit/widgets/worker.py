"""One daemon thread that serves the newest request, and whether anybody is looking.

Handlers of a widget may run in any thread of the kernel, so they do nothing but ``submit``:
what is slow happens here, and the kernel answers ``1 + 1`` meanwhile.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

# Where waiting can't be interrupted (Windows), Ctrl-C is heard after this many seconds.
INTERRUPTIBLE_S = 0.1

Request = dict[str, Any]
Stale = Callable[[], bool]


class LatestWorker:
    """Serve requests one at a time; of those that wait, only the newest.

    Parameters
    ----------
    serve : callable (request, stale)
        Does the work.  It asks ``stale()`` now and then and returns early if a newer request
        has come.  It must not raise: errors belong in the widget.
    drop : callable (request)
        Told of each request that was overtaken while it waited.
    """

    def __init__(self, serve: Callable[[Request, Stale], None], drop: Callable[[Request], None]):
        self._serve = serve
        self._drop = drop
        self._lock = threading.Lock()
        self._pending: Request | None = None
        self._newest = 0
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether a request is being served or waits."""
        return self._thread is not None

    def submit(self, request: Request) -> None:
        """Take a request and return at once."""
        with self._lock:
            overtaken, self._pending = self._pending, request
            self._newest += 1
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="synthkit-widget", daemon=True
                )
                self._thread.start()
        if overtaken is not None:
            self._drop(overtaken)

    def cancel(self) -> None:
        """Make whatever is served or waits stale."""
        with self._lock:
            overtaken, self._pending = self._pending, None
            self._newest += 1
        if overtaken is not None:
            self._drop(overtaken)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is served; return whether that came to pass in time."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            thread = self._thread
            if thread is None or thread is threading.current_thread():
                return True
            left = INTERRUPTIBLE_S if end is None else min(INTERRUPTIBLE_S, end - time.monotonic())
            if left <= 0:
                return False
            thread.join(left)

    def _work(self) -> None:
        while True:
            with self._lock:
                request, self._pending = self._pending, None
                if request is None:
                    self._thread = None
                    return
                mine = self._newest
            self._serve(request, lambda mine=mine: self._newest != mine)  # type: ignore[misc]


_heard = False


def front_end_answered() -> None:
    """Remember that a browser has spoken to this kernel."""
    global _heard
    _heard = True


def has_front_end() -> bool:
    """Whether somebody looks: a browser has answered, or a Jupyter server started this kernel.

    Headless runs (nbval, nbclient, plain Python) have none; there everything is synchronous.
    """
    return _heard or "JPY_SESSION_NAME" in os.environ
