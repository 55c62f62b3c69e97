"""What all tests share: no window, fixed Hypothesis examples, and an order that is not the file's.

Tests run in an order that is shuffled with a fixed seed, so that none can lean on its neighbour
and a failure comes back when it is run again.  ``SYNTHKIT_TEST_ORDER=7`` takes another order,
``SYNTHKIT_TEST_ORDER=file`` that of the files.
"""

from __future__ import annotations

import os
import random

import pytest

os.environ.setdefault("MPLBACKEND", "agg")

try:
    from hypothesis import settings
except ImportError:  # the tests of the core run without it
    pass
else:
    settings.register_profile("fixed", derandomize=True, deadline=None)
    settings.load_profile("fixed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = os.environ.get("SYNTHKIT_TEST_ORDER", "0")
    if order == "file":
        return
    # Within a file only: fixtures of a module are made once, and browser tests follow a story.
    files = list(dict.fromkeys(item.path for item in items if "browser" not in item.path.parts))
    for path in files:
        places = [place for place, item in enumerate(items) if item.path == path]
        shuffled = [items[place] for place in places]
        random.Random(f"{order} {path.name}").shuffle(shuffled)
        for place, item in zip(places, shuffled):
            items[place] = item
