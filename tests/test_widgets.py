"""The player and its worker: without a browser, and with one that the test plays."""

from __future__ import annotations

import _thread
import base64
import json
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from fake_browser import Browser, demo, headless, wait_until  # noqa: F401 (a fixture for every test)

from synthkit.errors import ParameterError
from synthkit.trace import Trace, View, line, points
from synthkit.widgets import FailureDial, Player, Predicted
from synthkit.widgets import player as player_module
from synthkit.widgets.worker import LatestWorker

REPOSITORY = Path(__file__).resolve().parents[1]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


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
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a kernel
    try:
        threading.Timer(0.5, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt):
            player._repr_mimebundle_()
    finally:
        signal.signal(signal.SIGINT, before)
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


def test_a_landmark_is_found_in_each_run_once_it_has_ended():
    def newest(trace):
        return float(trace.steps[-1]), f"frame {len(trace.frames)}"

    browser = Browser(Player(run=demo.walk, dials=(demo.DRIFT,), seed=3, landmark=newest))
    assert browser.widget.trace.frames
    assert browser.widget.wait(20)
    found = [(answer["running"], answer["landmark"]) for answer in browser.of("trace")]
    assert found[0] == (True, None)
    assert found[-1] == (False, list(newest(browser.widget.trace)))
    two = Player(demo.darts(0), compare=demo.darts(1, 200), landmark=newest).replay()["traces"]
    assert [run["landmark"] for run in two] == [newest(demo.darts(0)), newest(demo.darts(1, 200))]
    assert Player(demo.darts(0)).replay()["traces"][0]["landmark"] is None


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
