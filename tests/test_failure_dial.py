"""The failure dial: measured, cached, stale requests dropped, errors shown."""

from __future__ import annotations

import base64
import threading
import time

import numpy as np
import pytest
from fake_browser import Browser, demo, headless  # noqa: F401 (a fixture for every test)

from synthkit.errors import ParameterError
from synthkit.failures import Dial, Failure, Repair
from synthkit.trace import Trace, View
from synthkit.widgets import FailureDial

# --- the failure dial --------------------------------------------------------------------------


def test_the_dial_breaks_and_heals():
    dial = FailureDial(demo.FLATTENED)
    assert (dial.value, dial.is_broken, dial.was_broken) == (0.2, False, False)
    assert dial.turn(2.0).is_broken
    assert dial.indicator_value == dial.trace.last("correlation") < 0.7
    assert not dial.repair().is_broken
    assert dial.was_broken
    assert [m.value for m in dial.history] == [0.2, 2.0, 0.2]
    assert {m.seed for m in dial.history} == {0}
    assert dial.error is None


def test_every_stop_runs_from_one_seed_and_is_run_once():
    calls = []
    made = demo.FLATTENED

    def run(value, rng):
        calls.append((value, rng))
        return made.run(value, rng)

    failure = Failure(**{**made.__dict__, "run": run})
    dial = FailureDial(failure, rng=np.random.default_rng(5))
    for value in (2.0, 0.5, 2.0, 0.2):
        dial.turn(value)
    assert [value for value, _ in calls] == [0.2, 2.0, 0.5]
    assert len({seed for _, seed in calls}) == 1
    assert isinstance(dial.seed, int)


def test_recorded_runs_are_not_run_again():
    def run(value, rng):
        raise AssertionError("this stop was recorded")

    recorded = {stop: demo.FLATTENED.run(stop, 0) for stop in demo.FLATTENED.dial.stops}
    dial = FailureDial(Failure(**{**demo.FLATTENED.__dict__, "run": run}), recorded=recorded)
    assert dial.turn(2.0).is_broken


def test_a_run_that_fails_is_raised_kept_and_shown():
    dial = FailureDial(demo.STUMBLING)
    with pytest.raises(ValueError, match="no run with three"):
        dial.turn(3)
    assert "no run with three" in str(dial.error)
    browser = Browser(dial)
    assert "no run with three" in browser.of("error")[0]["text"]
    assert dial.turn(0).error is None


def test_the_dial_refuses_what_is_no_stop():
    dial = FailureDial(demo.FLATTENED)
    with pytest.raises(ParameterError, match=r"dial 'noise' must be one of \(0.0, .*; got 0.3"):
        dial.turn(0.3)
    with pytest.raises(ParameterError, match="failure must be a Failure; got str"):
        FailureDial("gan.mode_collapse")
    with pytest.raises(ParameterError, match="rng must be"):
        FailureDial(demo.FLATTENED, rng=1.5)


def test_a_result_tells_the_measurement_and_sends_the_trace_once():
    browser = Browser(FailureDial(demo.FLATTENED))
    browser.say(type="dial", id="a", dial="noise", value=2, have=False)
    [first] = browser.wait_for("result")
    assert (first["id"], first["value"], first["word"], first["broken"]) == ("a", 2, "broken", True)
    assert first["indicator"] == browser.widget.indicator_value
    assert Trace.from_json(first["text"]).parameters == {"noise": 2.0}
    browser.say(type="dial", id="b", dial="noise", value=0.2, have=False)
    assert browser.wait_for("result", 2)[1]["word"] == "healed"
    browser.say(type="dial", id="c", dial="noise", value=2, have=True)
    third = browser.wait_for("result", 3)[2]
    assert third["text"] is None
    assert len(third["history"]) == 2
    assert browser.widget.history[-1].value == 2.0
    names = {"synthkit": type("Kit", (), {"failures": lambda: {"demo.flattened": demo.FLATTENED}})}
    assert eval(third["code"].splitlines()[1].split("= ")[1],
                {"failure": names["synthkit"].failures()["demo.flattened"]}).to_json() == (
        browser.widget.trace.to_json())


def test_a_new_seed_forgets_what_was_cached():
    browser = Browser(FailureDial(demo.FLATTENED))
    browser.say(type="dial", id="a", dial="noise", value=2, seed="new", have=True)
    [result] = browser.wait_for("result")
    assert result["fresh"] is True
    assert Trace.from_json(result["text"]).seed == 1


def test_stale_positions_are_dropped():
    """While the slow stop runs, three more come: only the last is measured."""
    browser = Browser(FailureDial(demo.STUMBLING))
    assert browser.widget.history
    browser.answers.clear()
    browser.say(type="dial", id="slow", value=2)
    time.sleep(0.1)
    for name, value in (("b", 1), ("c", 0), ("d", 1)):
        browser.say(type="dial", id=name, value=value)
    assert [a["id"] for a in browser.wait_for("result")] == ["d"]
    assert sorted(a["id"] for a in browser.of("stale")) == ["b", "c", "slow"]
    assert [m.value for m in browser.widget.history] == [0, 1]


def test_an_indicator_that_is_nan_counts_as_broken_and_travels():
    view = View("a", "scatter", "Where?")

    def run(value, rng):
        trace = Trace("nan", views=[view])
        trace.append(0, scalars={"x": float("nan")})
        return trace

    failure = Failure("a.b", "t", "s", Dial("k", "k", (0, 1), 0), run, lambda t: t.last("x"), "x",
                      1.0, "above", 1, Repair(0, "r"))
    browser = Browser(FailureDial(failure))
    browser.say(type="dial", id="a", value=1)
    assert browser.wait_for("result")[0]["indicator"] == "nan"
    assert browser.widget.is_broken


def test_the_dial_is_shown_as_picture_and_sentence():
    data, _ = FailureDial(demo.FLATTENED)._repr_mimebundle_()
    assert data["text/plain"].startswith("With noise of 0.2 the correlation is 0.8")
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


def test_with_a_browser_a_slow_start_does_not_hold_the_cell(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    gate = threading.Event()

    def run(value, rng):
        gate.wait(20)
        return demo.FLATTENED.run(value, rng)

    monkeypatch.setattr("synthkit.widgets.kit_widget.POSTER_WAIT_S", 0.1)
    dial = FailureDial(Failure(**{**demo.FLATTENED.__dict__, "run": run}))
    data, _ = dial._repr_mimebundle_()
    assert data["text/plain"] == "The run is under way."
    gate.set()
    assert not dial.is_broken
