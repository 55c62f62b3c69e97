"""The Python side of the widgets: without a browser, and with one that is played by the test."""

from __future__ import annotations

import _thread
import base64
import hashlib
import inspect
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="the widgets need the extra 'lab'")

sys.path.insert(0, str(Path(__file__).parent / "browser"))

import player_demo as demo

from synthkit.errors import ParameterError
from synthkit.failures import Dial, Failure, Repair
from synthkit.trace import Trace, View, line, points
from synthkit.widgets import FailureDial, Player, Predicted, poster
from synthkit.widgets import player as player_module
from synthkit.widgets import worker as worker_module
from synthkit.widgets.posters import POSTERS
from synthkit.widgets.worker import LatestWorker

REPOSITORY = Path(__file__).resolve().parents[1]
PLAYER = REPOSITORY / "widgets" / "player"
BUNDLE = REPOSITORY / "synthkit" / "widgets" / "assets" / "player.js"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def headless(monkeypatch):
    """No browser has spoken and no Jupyter server started us, unless a test says so."""
    monkeypatch.setattr(worker_module, "_heard", False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


class Browser:
    """Plays the front end of a widget: says 'ready', sends messages, collects the answers."""

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


# --- the worker --------------------------------------------------------------------------------


def test_of_waiting_requests_only_the_newest_is_served():
    gate, served, dropped = threading.Event(), [], []

    def serve(request, stale):
        gate.wait(20)
        served.append((request["n"], stale()))

    worker = LatestWorker(serve, lambda request: dropped.append(request["n"]))
    worker.submit({"n": 0})
    wait_until(lambda: worker._pending is None)
    for n in (1, 2, 3):
        worker.submit({"n": n})
    gate.set()
    assert worker.wait(20)
    assert served == [(0, True), (3, False)]
    assert dropped == [1, 2]
    assert not worker.busy


def test_cancel_makes_the_running_request_stale():
    started, seen = threading.Event(), []

    def serve(request, stale):
        started.set()
        wait_until(stale)
        seen.append(request["n"])

    worker = LatestWorker(serve, lambda request: None)
    worker.submit({"n": 0})
    assert started.wait(20)
    worker.cancel()
    assert worker.wait(20)
    assert seen == [0]


# --- the player without a browser --------------------------------------------------------------


def quick_walk(rng, drift=0.0, fork=None):
    yield from demo.walk(rng, drift, fork, pause_s=0.0)


def test_a_recorded_run_is_shown_as_picture_and_sentence():
    data, _ = Player(demo.darts())._repr_mimebundle_()
    assert data["text/plain"] == "After 400 darts the estimate of pi is 3.100."
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert WIDGET_VIEW in data


def test_headless_a_live_run_is_finished_before_it_is_shown():
    player = Player(run=demo.walk, dials=(demo.DRIFT,), seed=3)
    data, _ = player._repr_mimebundle_()
    assert not player.is_running
    assert data["text/plain"].startswith("After 60 steps")
    assert player.trace.steps[-1] == 60
    assert player.error is None


def test_the_saved_state_holds_no_figure_of_the_trace():
    """Settings only: a notebook that saves widget state saves nobody's rows."""
    trace = Trace("demo", views=[View("cloud", "scatter", "Where?")])
    trace.append(0, {"cloud": [points([0.123456], [1], label="canary-label")]}, sentence="canary")
    player = Player(trace)
    Browser(player)
    state = {k: v for k, v in player.get_state().items() if k != "_esm"}
    assert "canary" not in json.dumps(state, default=str)


def test_the_same_seed_gives_the_same_run_and_a_new_seed_another():
    one, two = (Player(run=quick_walk, seed=3).trace for _ in range(2))
    assert one.to_json() == two.to_json()
    assert Player(run=quick_walk, seed=4).trace.last("position") != one.last("position")


def test_a_fork_keeps_the_past_and_changes_the_future():
    player = Player(run=quick_walk, dials=(demo.DRIFT,), seed=3)
    assert player.trace.frames
    player.fork(step=30, drift=0.5)
    main, fork = player.trace.scalars("position"), player.forked.scalars("position")
    np.testing.assert_array_equal(main[:30], fork[:30])
    # From step 31 each step drifts by 0.5 more, with the same noise.
    np.testing.assert_allclose(fork[30:] - main[30:], 0.5 * np.arange(1, 31), atol=1e-9)


def test_without_a_fork_argument_the_run_replays_from_the_start():
    def run(rng, drift=0.0):
        yield from quick_walk(rng, drift)

    player = Player(run=run, dials=(demo.DRIFT,), seed=3)
    assert player.trace.last("position") != player.fork(30, drift=0.5).forked.last("position")
    gap = player.forked.scalars("position")[0] - player.trace.scalars("position")[0]
    assert gap == pytest.approx(0.5)


def test_a_failing_run_keeps_its_steps_and_its_error():
    player = Player(run=demo.broken_walk)
    data, _ = player._repr_mimebundle_()
    assert isinstance(player.error, ValueError)
    assert len(player.trace.frames) == 5
    assert "ValueError: the walker fell" in data["text/plain"]
    assert "image/png" in data


def test_an_error_shows_the_line_of_the_learner():
    def run(rng):
        return 1 / 0

    data, _ = Player(run=run)._repr_mimebundle_()
    assert data["text/plain"].startswith("ZeroDivisionError: division by zero\nline ")
    assert "return 1 / 0" in data["text/plain"]


def test_an_interrupt_keeps_the_completed_steps():
    """Kernel -> Interrupt while a cell waits: the generator is closed, its steps stay usable."""
    closed = threading.Event()

    def run(rng):
        try:
            yield from demo.endless_walk(rng)
        finally:
            closed.set()

    player = Player(run=run)
    threading.Timer(0.5, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        player._repr_mimebundle_()
    assert closed.wait(5)
    assert len(player._slots["main"].trace.frames) >= 2
    assert player.error is None
    assert not player.is_running


def test_a_notebook_run_without_a_browser_keeps_the_picture(tmp_path):
    """What nbclient and nbval do: the outputs hold PNG and sentence, and errors are seen."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    cells = [
        "from player_demo import *\nfrom synthkit.widgets import FailureDial, Player",
        "live = Player(run=walk, dials=(DRIFT,))\nlive",
        "dial = FailureDial(FLATTENED)\ndial",
        "assert live.error is None and dial.error is None and not dial.is_broken",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    paths = [str(Path(demo.__file__).parent), str(REPOSITORY)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    environment.pop("JPY_SESSION_NAME", None)
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3",
                                     store_widget_state=False)
    client.execute(cwd=str(tmp_path), env=environment)
    for cell, sentence in ((notebook.cells[1], "After 60 steps"),
                           (notebook.cells[2], "With noise of 0.2")):
        [output] = cell.outputs
        assert output.data["text/plain"].startswith(sentence)
        assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "must have a trace or run="),
        ({"trace": demo.darts(), "run": demo.walk}, "must have a trace or run="),
        ({"trace": "text"}, "must have a trace or run="),
        ({"trace": demo.darts(), "code": "1\n2\n3\n4"}, "at most 3 lines; got 4"),
        ({"trace": demo.darts(), "prediction": object()}, "prediction must be a number"),
        ({"trace": demo.darts(), "prediction": Predicted(1.0, view="no")}, "prediction view must"),
        ({"trace": demo.darts(), "prediction": Predicted(1.0, against="no")}, "scalar must be one"),
    ],
)
def test_a_player_that_cannot_work_is_refused(arguments, message):
    with pytest.raises(ParameterError, match=message):
        Player(**arguments)


def test_an_unknown_kind_of_view_is_said_in_python():
    trace = Trace("demo", views=[View("a", "scater", "Where?")])
    with pytest.raises(ParameterError, match=r"got 'scater'. Did you mean 'scatter'\?"):
        Player(trace)
    player = Player(run=lambda rng: trace)
    assert player.trace is None
    assert isinstance(player.error, ParameterError)


def test_what_is_not_a_trace_is_said():
    for made, message in ((iter(()), "at least once"), (iter([3]), "yield its trace")):
        player = Player(run=lambda rng, made=made: made)
        assert player.trace is None
        assert message in str(player.error)


def test_global_randomness_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    Player(run=quick_walk)._repr_mimebundle_()
    FailureDial(demo.FLATTENED).turn(2.0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# --- the player with a browser -----------------------------------------------------------------


def test_show_code_reproduces_the_run():
    browser = Browser(Player(run=demo.walk, dials=(demo.DRIFT,), seed=3))
    assert browser.widget.trace.frames
    assert browser.widget.wait(20)
    browser.say(type="ready", view="v")
    code = browser.wait_for("trace")[-1]["code"]
    assert code == "*_, trace = walk(3, drift=0.0)\nPlayer(trace)"
    names = {"walk": demo.walk, "Player": Player}
    exec(code, names)
    assert names["trace"].to_json() == browser.widget.trace.to_json()


def test_a_live_run_sends_frames_at_most_thirty_a_second(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")

    def fast(rng):
        trace = Trace("fast", views=[View("a", "lines", "How?")])
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            trace.append(len(trace.frames) and trace.frames[-1].step + 1, sentence="on")
            yield trace

    browser = Browser(Player(run=fast))
    browser.widget._prepare()
    started = time.monotonic()
    assert browser.widget.wait(30)
    lasted = time.monotonic() - started
    assert 2 <= len(browser.of("frame")) <= 30 * lasted + 1
    first, *_, last = browser.of("trace")
    assert (first["running"], last["running"]) == (True, False)
    # whatever was not sent live is in the whole trace at the end
    assert Trace.from_json(last["text"]).to_json() == browser.widget.trace.to_json()


def test_stop_ends_after_the_present_step_and_keeps_what_there_is(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    closed = threading.Event()

    def run(rng):
        try:
            yield from demo.endless_walk(rng)
        finally:
            closed.set()

    browser = Browser(Player(run=run))
    browser.say(type="run", id="r1", slot="main", seed="same")
    browser.wait_for("frame")
    browser.say(type="stop")
    assert browser.widget.wait(20)
    assert closed.is_set(), "the generator is closed, so that iter_fit can tidy up"
    last = browser.of("trace")[-1]
    assert last["running"] is False
    assert 2 <= len(Trace.from_json(last["text"]).frames) < 200
    assert browser.widget.error is None


def test_of_two_live_runs_the_newest_wins(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    browser = Browser(Player(run=demo.endless_walk, dials=(demo.DRIFT,)))
    browser.say(type="run", id="r1", slot="main", dial="drift", value=0.5)
    browser.wait_for("frame")
    browser.say(type="run", id="r2", slot="main", dial="drift", value=0.1, seed="new")
    wait_until(lambda: any(a["id"] == "r2" for a in browser.of("frame")))
    newest = [a["id"] for a in browser.of("frame")].index("r2")
    assert {a["id"] for a in browser.of("frame")[newest:]} == {"r2"}
    assert [a["id"] for a in browser.of("stale")] == ["r1"]
    assert browser.widget.parameters == {"drift": 0.1}
    assert browser.widget.seed == 1
    browser.widget.close()
    assert browser.widget.wait(20)


def test_a_run_that_nobody_watches_pauses_and_goes_on(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    monkeypatch.setattr(player_module, "HEARTBEAT_TIMEOUT_S", 0.3)
    browser = Browser(Player(run=demo.endless_walk))
    browser.say(type="run", id="r1", slot="main")
    time.sleep(1.0)
    paused = browser.widget.trace.steps[-1]
    time.sleep(0.5)
    assert browser.widget.trace.steps[-1] == paused
    browser.say(type="alive")
    wait_until(lambda: browser.widget.trace.steps[-1] > paused)
    browser.widget.stop()
    assert browser.widget.wait(20)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "run", "id": "x", "slot": "main", "dial": "no", "value": 1},
        {"type": "run", "id": "x", "slot": "main", "dial": "drift", "value": 99},
        {"type": "run", "id": "x", "slot": "main", "dial": "drift", "value": "__import__('os')"},
    ],
)
def test_what_the_browser_may_not_ask_is_refused_and_shown(message):
    browser = Browser(Player(run=demo.walk, dials=(demo.DRIFT,)))
    browser.say(**message)
    assert "must be one of" in browser.of("error")[-1]["text"]
    assert isinstance(browser.widget.error, ParameterError)


def test_a_recorded_run_cannot_be_run_by_message():
    browser = Browser(Player(demo.darts()))
    browser.say(type="run", id="x", slot="main")
    assert browser.widget._worker.wait(20)
    assert "shows a recorded run" in browser.of("error")[-1]["text"]


# --- predictions -------------------------------------------------------------------------------


def test_a_predicted_number_is_drawn_and_scored():
    player = Player(demo.darts(), prediction=Predicted(0.05, view="estimate", against="error"))
    assert player._overlay()["estimate"][0]["at"] == 0.05
    assert player.score == "You predicted 0.05; the run gave 0.04159: off by 0.00841 (20 %)."


def test_a_predicted_line_is_scored_on_its_own_stretch():
    trace = Trace("demo", views=[View("a", "lines", "How?", y_range=(0, 10))])
    trace.append(0, {"a": [line([0, 10], [0, 10], label="run")]})
    prediction = Predicted(([2, 4, 20], [3, 5, 99]), view="a", against="run")
    assert prediction.score(trace) == "Your line is 1 away in the mean: 10 % of the picture."
    assert Predicted(([20, 30], [1, 2])).score(trace).endswith("no stretch in common.")
    with pytest.raises(ParameterError, match="label of a line in view 'a'; got 'no'"):
        Predicted(([0], [0]), against="no").score(trace)


def test_a_line_on_a_logarithmic_axis_is_scored_by_its_factor():
    trace = Trace("demo", views=[View("a", "lines", "How?", x_scale="log", y_scale="log")])
    trace.append(0, {"a": [line([1, 10, 100], [1, 0.1, 0.01])]})
    score = Player(trace, prediction=([1, 10, 100], [2, 0.2, 0.02])).score
    assert score == "Your line is off by a factor of 2.00 in the mean."


@pytest.mark.parametrize(
    ("prediction", "score"),
    [
        (Predicted("half", against="half"), "You predicted: half. That is right."),
        (Predicted("half", against="a quarter"), "You predicted: half. It is: a quarter."),
        ("half", "You predicted: half."),
        (0.5, ""),
        (None, ""),
    ],
)
def test_a_choice_is_scored_and_a_bare_number_is_only_drawn(prediction, score):
    assert Player(demo.darts(), prediction=prediction).score == score


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


# --- posters -----------------------------------------------------------------------------------


def pixels(png: bytes) -> np.ndarray:
    from matplotlib.image import imread

    return (imread(io.BytesIO(png))[..., :3] * 255).round().astype(int)


def has_colour(image: np.ndarray, colour: str, tolerance: int = 12) -> bool:
    wanted = np.array([int(colour[i:i + 2], 16) for i in (1, 3, 5)])
    return bool((np.abs(image - wanted).max(axis=-1) <= tolerance).any())


def test_a_poster_shows_each_role_in_its_colour():
    trace = Trace("demo", views=[View("a", "lines", "How?")])
    trace.append(0, {"a": [line([0, 1], [0, 1], role="real"), line([0, 1], [1, 0])]})
    image = pixels(poster(trace))
    assert has_colour(image, "#0072B2")
    assert has_colour(image, "#D55E00")
    assert not has_colour(image, "#CC79A7")
    over = Predicted(0.5).overlay(trace.views)
    assert has_colour(pixels(poster(trace, overlay=over)), "#CC79A7")


def test_every_view_has_a_poster_and_every_poster_is_short():
    poster(demo.every_view(demo.HOSTILE))
    assert {view.kind for view in demo.every_view().views} == set(POSTERS)
    for draw in POSTERS.values():
        lines = inspect.getsource(draw).splitlines()
        assert len(lines) <= 20, f"{draw.__name__} has {len(lines)} lines"


def test_a_poster_with_nothing_to_draw_is_still_a_picture():
    trace = Trace("demo", views=[View("a", "heatmap", "How?"), View("b", "histogram", "How?")])
    trace.append(0)
    assert poster(trace).startswith(b"\x89PNG")


def test_a_poster_does_not_touch_the_settings_of_matplotlib():
    import matplotlib

    before = dict(matplotlib.rcParams)
    poster(demo.darts())
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not matplotlib.pyplot.get_fignums()


# --- the bundle --------------------------------------------------------------------------------


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_bundle_was_built_from_these_sources():
    """The same sums as build.mjs writes into the first line; needs no Node."""
    names = sorted([
        *(p.relative_to(PLAYER).as_posix() for p in (PLAYER / "src").rglob("*") if p.is_file()),
        "build.mjs", "package-lock.json",
    ])
    sources = "".join(
        f"{name}\0{(PLAYER / name).read_text(encoding='utf-8')}\0" for name in names
    )
    head, code = BUNDLE.read_text(encoding="utf-8").split("\n", 1)
    stated = re.fullmatch(
        r"/\* synthkit player; sources sha256 (\w{64}); code sha256 (\w{64}) \*/", head
    )
    assert stated, "the first line of the bundle holds its sums"
    cure = "run 'npm run build' in widgets/player"
    assert stated[1] == sha256(sources), f"the bundle is older than its sources: {cure}"
    assert stated[2] == sha256(code), f"the bundle was changed by hand: {cure}"


def test_the_bundle_asks_for_nothing_and_parses_no_html():
    code = BUNDLE.read_text(encoding="utf-8")
    assert not re.search(r"\binnerHTML|outerHTML|insertAdjacentHTML|document\.write\b", code)
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|\beval\(|new Function|import\(", code)
    assert not re.search(r"https?://", code)
    assert "</script" not in code


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (PLAYER / "package-lock.json").read_text(encoding="utf-8")


def test_the_player_has_a_module_for_every_poster():
    index = (PLAYER / "src" / "views" / "index.js").read_text(encoding="utf-8")
    kinds = {p.stem for p in (PLAYER / "src" / "views").glob("*.js")} - {"index"}
    assert kinds == set(POSTERS)
    assert all(f"./{kind}.js" in index for kind in kinds)


def test_the_roles_look_the_same_in_the_player_and_on_posters():
    from synthkit.trace import ROLES
    from synthkit.widgets.posters import STYLES

    source = (PLAYER / "src" / "roles.js").read_text(encoding="utf-8")
    found = dict(re.findall(r"^  (\w+): \{ color: '([^']+)'", source, flags=re.MULTILINE))
    assert set(found) == set(STYLES) == set(ROLES)
    for role, colour in found.items():
        assert STYLES[role][0] == ("#000000" if colour == "ink" else colour), role


def test_the_numbers_of_the_player():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here: the player's unit tests did not run")
    tests = sorted(str(path) for path in (PLAYER / "test").glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *tests], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
