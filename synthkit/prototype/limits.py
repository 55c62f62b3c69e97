"""A time limit for somebody's first draft: a call that never ends is stopped, and so is Ctrl-C's.

The call runs in a thread of its own.  When its time is up an exception is raised *inside* that
thread, which ends any loop written in Python; one long call into C code ends when it returns.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from synthkit.errors import TookTooLongError

T = TypeVar("T")

POLL_S = 0.05  # how often the waiting thread listens for Ctrl-C
GRACE_S = 2.0  # how long a stopped call may take to tidy up
AGAIN_S = 0.5  # it is told so often: the first time may fall into its 'except BaseException'


class _Stop(BaseException):
    """Raised inside the call; no Exception, so that ``except Exception`` in it doesn't catch it."""


def within(seconds: float, call: Callable[[], T], what: str = "the call") -> T:
    """Return ``call()``, or stop it.

    Raises
    ------
    TookTooLongError
        After ``seconds``: the message says whether the call could be stopped.
    BaseException
        Whatever the call raises.
    """
    box: dict[str, Any] = {}

    def work() -> None:
        try:
            box["value"] = call()
        except BaseException as error:
            box["error"] = error

    thread = threading.Thread(target=work, name="synthkit-within", daemon=True)
    thread.start()
    end = time.monotonic() + seconds
    try:
        while thread.is_alive() and time.monotonic() < end:
            thread.join(POLL_S)
    except BaseException:
        _stop(thread)
        raise
    if thread.is_alive():
        stopped = _stop(thread)
        raise TookTooLongError(
            f"{what} must end within {seconds:g} seconds; it did not and "
            + ("was stopped." if stopped else "can't be stopped: restart the kernel.")
        )
    if "error" in box:
        raise box["error"]
    value: T = box["value"]
    return value


def _stop(thread: threading.Thread) -> bool:
    """Raise ``_Stop`` inside the thread until it ends; return whether it did."""
    end = time.monotonic() + GRACE_S
    while thread.is_alive() and time.monotonic() < end:
        place = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(place, ctypes.py_object(_Stop))
        thread.join(AGAIN_S)
    return not thread.is_alive()
