"""``synthkit lab`` ends, even where the stopped server left a request open."""

from __future__ import annotations

import asyncio
import threading

import pytest

anyio = pytest.importorskip("anyio", reason="the extra 'lab' is not installed")
pytest.importorskip("tornado", reason="the extra 'lab' is not installed")

from synthkit.commands.lab import end_open_requests  # noqa: E402


def test_no_thread_of_an_open_request_is_left():
    """The request reads a file in a thread and then waits for ever: so the server leaves it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    threads = []

    async def request():
        threads.append(await anyio.to_thread.run_sync(threading.current_thread))
        loop.stop()
        await asyncio.Event().wait()

    try:
        task = loop.create_task(request())
        loop.run_forever()
        (worker,) = threads
        worker.join(0.5)
        assert worker.is_alive()  # without more, Python would wait for it and never end
        end_open_requests()
        worker.join(5)
        assert not worker.is_alive()
        assert task.cancelled()
        end_open_requests()  # with nothing left to end
    finally:
        loop.close()
        asyncio.set_event_loop(None)
