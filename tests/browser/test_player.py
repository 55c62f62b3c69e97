"""The player in JupyterLab, used as a learner uses it."""

from __future__ import annotations

import time

import lab
import player_demo as demo
import pytest
from lesson_lab import wait_for_kernel
from player_page import button, count_pixels, in_kernel, picture, show, step, wait_for_step
from playwright.sync_api import expect

# --- a recorded run ----------------------------------------------------------------------------


def test_play_pause_step_and_rewind(shared):
    root = show(shared, "a = Player(darts()); a")
    wait_for_step(root, lambda now: now == 10)
    first = picture(root)
    button(root, "Play").click()
    wait_for_step(root, lambda now: now > 60)
    button(root, "Pause").click()
    lab.refreshed(shared)  # a frame that was on its way is drawn
    paused = step(root)
    assert picture(root) != first
    time.sleep(0.5)
    assert step(root) == paused
    button(root, "Step forward").click()
    further = wait_for_step(root, lambda now: now > paused)
    button(root, "Step back").click()
    wait_for_step(root, lambda now: now == paused < further)
    sentence = root.locator(".sk-sentence").text_content()
    assert sentence.startswith(f"After {paused:.0f} darts")
    assert root.locator("[aria-live=polite]").text_content() == sentence
    button(root, "Rewind").click()
    wait_for_step(root, lambda now: now == 10)
    assert picture(root) == first, "the same frame is the same picture"
    assert in_kernel(shared, "a.error") is None
    assert shared.errors == []


def test_play_runs_to_the_end_at_the_chosen_speed(shared):
    root = show(shared, "Player(darts())")
    root.get_by_label("Speed").select_option("8")
    button(root, "Play").click()
    started = time.monotonic()
    wait_for_step(root, lambda now: now == 400)
    assert time.monotonic() - started < 10  # 20 frames at 80 a second; ten times that to spare
    assert button(root, "Play").is_visible()


def test_scrub_with_the_mouse(shared):
    root = show(shared, "Player(darts())")
    slider = root.get_by_role("slider", name="Frame")
    box = slider.bounding_box()
    shared.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    middle = wait_for_step(root, lambda now: 150 < now < 260)
    shared.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shared.mouse.down()
    shared.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=5)
    shared.mouse.up()
    wait_for_step(root, lambda now: now == 400 > middle)


def test_keyboard_alone_reaches_and_moves_everything(shared):
    """Arrow keys move the slider and not JupyterLab's selection; the focus can be seen."""
    root = show(shared, "Player(darts())")
    cell = "window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    root.locator(".sk-stages").focus()
    before = shared.evaluate(cell)
    for key, expected in (("ArrowRight", 30), ("ArrowRight", 51), ("ArrowLeft", 30),
                          ("End", 400), ("Home", 10)):
        shared.keyboard.press(key)
        wait_for_step(root, lambda now, expected=expected: now == expected)
    shared.keyboard.press("Tab")
    focused = "document.activeElement.textContent"
    assert shared.evaluate(focused) == "Play"
    outline = shared.evaluate(
        "(s => `${s.outlineStyle} ${s.outlineWidth}`)(getComputedStyle(document.activeElement))"
    )
    assert outline == "solid 3px"
    shared.keyboard.press("Enter")
    wait_for_step(root, lambda now: now > 30)
    shared.keyboard.press("Space")
    assert shared.evaluate(focused) == "Play"
    slider = root.get_by_role("slider", name="Frame")
    slider.focus()
    shared.keyboard.press("Home")
    wait_for_step(root, lambda now: now == 10)
    shared.keyboard.press("ArrowRight")
    wait_for_step(root, lambda now: now == 30)
    assert slider.get_attribute("aria-valuetext") == "step 30 (2 of 20)"
    assert shared.evaluate(cell) == before


def test_code_and_table(shared):
    root = show(shared, "Player(darts())")
    root.get_by_text("Show code").click()
    code = root.locator(".sk-code").text_content()
    assert code == "trace = darts(rng=0)\nPlayer(trace)"
    root.get_by_text("Data as a table").click()
    tables = root.locator("table")
    tables.first.wait_for()
    assert tables.count() == 6  # figures, three marks of the board, two of the estimate
    assert tables.nth(1).locator("tbody tr").count() == 7  # darts inside, of the first ten
    assert tables.nth(0).locator("caption").text_content() == "Figures at step 10"
    button(root, "Step forward").click()
    wait_for_step(root, lambda now: now == 30)
    assert tables.nth(0).locator("caption").text_content() == "Figures at step 30"


def test_the_prediction_stays_drawn_and_is_scored(shared):
    root = show(shared, "Player(darts(), prediction=Predicted(3.4, view='estimate'))")
    canvas = "[data-view=estimate] canvas.sk-canvas"
    purple = (0xCC, 0x79, 0xA7)
    wait_for_step(root, lambda now: now == 10)
    assert count_pixels(root, canvas, purple) > 100
    root.get_by_role("slider", name="Frame").press("End")
    wait_for_step(root, lambda now: now == 400)
    assert count_pixels(root, canvas, purple) > 100
    scored = show(shared, "Player(darts(), prediction=Predicted('yes', against='no'))")
    assert scored.locator(".sk-score").text_content() == "You predicted: yes. It is: no."
    plain = show(shared, "Player(darts())")
    assert count_pixels(plain, canvas, purple) == 0
    assert plain.locator(".sk-score").is_hidden()


def test_labels_stay_text(shared):
    root = show(shared, "Player(every_view(HOSTILE), prediction=HOSTILE)")
    root.get_by_text("Data as a table").click()
    root.locator("table").first.wait_for()
    assert root.locator("img, b, script").count() == 0
    assert demo.HOSTILE in root.locator(".sk-sentence").text_content()
    assert demo.HOSTILE in root.locator(".sk-score").text_content()
    assert shared.title() != "owned"


def test_two_recorded_runs_side_by_side(shared, screenshot):
    root = show(shared, "Player(darts(0), compare=darts(1))")
    titles = root.locator(".sk-run")
    expect(titles).to_have_text(["A: n = 400, seed 0", "B: n = 400, seed 1"])
    assert root.locator(".sk-stage").count() == 2
    root.get_by_role("slider", name="Frame").press("End")
    wait_for_step(root, lambda now: now == 400)
    assert picture(root, 0) != picture(root, 2)
    assert "B: After 400 darts" in root.locator(".sk-sentence").text_content()
    screenshot(root, "player_compare")


# --- a live run --------------------------------------------------------------------------------


def test_a_live_run_leaves_the_kernel_free_and_stops(shared):
    root = show(shared, "live = Player(run=endless_walk); live")
    wait_for_step(root, lambda now: now > 5)
    slowest = 0.0
    for _ in range(5):
        started = time.monotonic()
        assert in_kernel(shared, "1 + 1") == 2
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < 2.0  # 68 ms on a free machine; these cores are shared
    assert in_kernel(shared, "live.is_running")
    button(root, "Stop").click()
    button(root, "Stop").wait_for(state="hidden")
    assert in_kernel(shared, "live.wait(10) and not live.is_running and live.error is None")
    last = in_kernel(shared, "int(live.trace.frames[-1].step)")
    assert last > 5
    wait_for_step(root, lambda now: now == last)
    time.sleep(0.6)  # six more steps, had it gone on
    assert step(root) == last


def test_fork_here_runs_beside(shared, screenshot):
    root = show(shared, "w = Player(run=walk, dials=(DRIFT,), seed=3); w")
    wait_for_step(root, lambda now: now == 60)
    button(root, "Stop").wait_for(state="hidden")
    slider = root.get_by_role("slider", name="Frame")
    slider.fill("29")
    wait_for_step(root, lambda now: now == 30)
    button(root, "Fork here").click()
    form = root.locator(".sk-fork")
    assert form.get_by_text("Fork at step 30, same seed, with").is_visible()
    form.get_by_role("slider").press("End")
    form.get_by_role("button", name="Run the fork").click()
    root.get_by_text("forked at step 30").wait_for()
    button(root, "Stop").wait_for(state="hidden")
    wait_for_step(root, lambda now: now == 60)
    expect(root.locator(".sk-run")).to_have_text(
        ["A: drift = 0, seed 3", "B: drift = 0.5, seed 3, forked at step 30"])
    main, fork = (in_kernel(shared, f"w.{name}.scalars('position').tolist()")
                  for name in ("trace", "forked"))
    assert main[:30] == fork[:30]
    assert fork[-1] - main[-1] == pytest.approx(15)
    slider.fill("9")
    wait_for_step(root, lambda now: now == 10)
    assert picture(root, 0) == picture(root, 1), "before the fork both runs are one"
    slider.press("End")
    wait_for_step(root, lambda now: now == 60)
    assert picture(root, 0) != picture(root, 1)
    screenshot(root, "player_fork")
    button(root, "Close comparison").click()
    assert root.locator(".sk-stage").count() == 1


def test_a_new_seed_and_a_dial_run_again(shared):
    root = show(shared, "n = Player(run=lambda rng, drift: darts(rng), dials=(DRIFT,)); n")
    wait_for_step(root, lambda now: now == 10)
    first = picture(root)
    button(root, "New seed").click()
    end = time.monotonic() + 20
    while picture(root) == first and time.monotonic() < end:
        time.sleep(0.05)
    assert picture(root) != first
    assert in_kernel(shared, "(n.seed, n.parameters)") == (1, {"drift": 0.0})
    root.get_by_role("slider", name="drift per step").press("End")
    wait_for_kernel(shared, "(n.seed, n.parameters)", "(1, {'drift': 0.5})")


def test_of_two_dials_one_is_live(shared):
    root = show(shared, """
from synthkit.failures import Dial
COUNT = Dial("n", "darts", (100, 200, 400), 100)
two = Player(run=lambda rng, drift, n: darts(rng, n), dials=(DRIFT, COUNT))
two""")
    wait_for_step(root, lambda now: now == 10)
    visible = root.locator(".sk-dial:visible")
    assert visible.count() == 1
    assert visible.locator("label").text_content() == "drift per step"
    root.get_by_label("Which dial is live").select_option("n")
    assert visible.count() == 1
    root.get_by_role("slider", name="darts").press("End")
    wait_for_kernel(shared, "two.parameters", "{'drift': 0.0, 'n': 400}")
    root.get_by_role("slider", name="Frame").press("End")
    wait_for_step(root, lambda now: now == 400)


def test_an_error_in_a_live_run_is_shown(shared):
    root = show(shared, "e = Player(run=broken_walk); e")
    alert = root.get_by_role("alert")
    alert.wait_for()
    assert alert.text_content().startswith("ValueError: the walker fell")
    wait_for_step(root, lambda now: now == 5)
    assert in_kernel(shared, "str(e.error)") == "the walker fell"
