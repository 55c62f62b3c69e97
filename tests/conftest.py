"""What all tests share: no window, fixed Hypothesis examples, an order that is not the file's, and
scorecards with few trees for the tests that ask for them.

Tests run in an order that is shuffled with a fixed seed, so that none can lean on its neighbour
and a failure comes back when it is run again.  ``SYNTHKIT_TEST_ORDER=7`` takes another order,
``SYNTHKIT_TEST_ORDER=file`` that of the files.
"""

from __future__ import annotations

import os
import random
import signal
from dataclasses import replace

import pytest

os.environ.setdefault("MPLBACKEND", "agg")

# A script that begins the tests in the background makes them, and all that they start, deaf to
# interrupts, which some tests send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

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


@pytest.fixture
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make quick scorecards quicker, where an answer doesn't depend on how well trees learn."""
    from synthkit.measure import learners
    from synthkit.measure.scorecard import SETTINGS

    monkeypatch.setattr(learners, "TREES", 20)
    quick = replace(SETTINGS["quick"], folds=2, trees=15, band_draws=4)
    monkeypatch.setitem(SETTINGS, "quick", quick)
