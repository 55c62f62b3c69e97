"""The player and the failure dial in JupyterLab, used as a learner uses them."""

from __future__ import annotations

import ast
import shutil
import time
from pathlib import Path

import lab
import player_demo as demo
import pytest

SETUP = "from player_demo import *\nfrom synthkit.widgets import FailureDial, Player, Predicted"


@pytest.fixture(scope="session")
def demo_server(lab_server):
    shutil.copy(Path(demo.__file__), lab_server.workspace)
    return lab_server


@pytest.fixture
def open_notebook(new_page, demo_server):
    """Return a function that opens a notebook of its own with the demo runs imported."""

    def open_one(name: str, *sources: str, **options):
        page = new_page(**options)
        demo_server.open(page, demo_server.write_notebook(name, SETUP, *sources))
        lab.run_all(page)
        return page

    return open_one


@pytest.fixture(scope="session")
def shared(browser, demo_server):
    """One page with one kernel for all tests that add a cell of their own."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    demo_server.open(page, demo_server.write_notebook("shared.ipynb", SETUP))
    lab.run_all(page)
    yield page
    context.close()


def show(page, source: str, view: int = 0):
    """Run a cell and return the root of the widget in its output."""
    root = lab.run_cell(page, source).locator(".sk-root").nth(view)
    root.wait_for(state="visible", timeout=30_000)
    return root


def step(root) -> float:
    return float(root.get_attribute("data-step") or "nan")


def wait_for_step(root, condition, timeout_s: float = 20.0) -> float:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        now = step(root)
        if condition(now):
            return now
        time.sleep(0.02)
    raise AssertionError(f"the step stays at {step(root)}")


def picture(root, number: int = 0) -> str:
    return root.locator(".sk-stages canvas.sk-canvas").nth(number).evaluate("c => c.toDataURL()")


def count_pixels(root, selector: str, rgb: tuple[int, int, int]) -> int:
    """Count pixels of a canvas that are within 24 of a colour."""
    return root.locator(selector).first.evaluate(
        """(canvas, [r, g, b]) => {
          const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          let n = 0;
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] > 200 && Math.abs(data[i] - r) < 24 && Math.abs(data[i + 1] - g) < 24
                && Math.abs(data[i + 2] - b) < 24) n += 1;
          }
          return n;
        }""",
        list(rgb),
    )


def button(root, name: str):
    return root.get_by_role("button", name=name, exact=True)


def in_kernel(page, expression: str):
    return ast.literal_eval(lab.evaluate_in_kernel(page, expression))


# --- a recorded run ----------------------------------------------------------------------------


def test_play_pause_step_and_rewind(shared):
    root = show(shared, "a = Player(darts()); a")
    wait_for_step(root, lambda now: now == 10)
    first = picture(root)
    button(root, "Play").click()
    wait_for_step(root, lambda now: now > 60)
    button(root, "Pause").click()
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
    assert titles.all_text_contents() == ["A: n = 400, seed 0", "B: n = 400, seed 1"]
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
    stopped = step(root)
    time.sleep(0.6)
    assert step(root) == stopped
    assert in_kernel(shared, "live.wait(10) and not live.is_running and live.error is None")
    assert in_kernel(shared, "len(live.trace.frames)") > 5


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
    assert root.locator(".sk-run").all_text_contents() == [
        "A: drift = 0, seed 3", "B: drift = 0.5, seed 3, forked at step 30"]
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
    root.locator(".sk-root:not([aria-busy=true])").or_(root).first.wait_for()
    end = time.monotonic() + 20
    while picture(root) == first and time.monotonic() < end:
        time.sleep(0.05)
    assert picture(root) != first
    assert in_kernel(shared, "(n.seed, n.parameters)") == (1, {"drift": 0.0})
    root.get_by_role("slider", name="drift per step").press("End")
    end = time.monotonic() + 20
    while in_kernel(shared, "n.parameters['drift']") != 0.5 and time.monotonic() < end:
        time.sleep(0.05)
    assert in_kernel(shared, "(n.seed, n.parameters)") == (1, {"drift": 0.5})


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
    end = time.monotonic() + 20
    while in_kernel(shared, "two.parameters['n']") != 400 and time.monotonic() < end:
        time.sleep(0.05)
    assert in_kernel(shared, "two.parameters") == {"drift": 0.0, "n": 400}
    root.get_by_role("slider", name="Frame").press("End")
    wait_for_step(root, lambda now: now == 400)


def test_an_error_in_a_live_run_is_shown(shared):
    root = show(shared, "e = Player(run=broken_walk); e")
    alert = root.get_by_role("alert")
    alert.wait_for()
    assert alert.text_content().startswith("ValueError: the walker fell")
    wait_for_step(root, lambda now: now == 5)
    assert in_kernel(shared, "str(e.error)") == "the walker fell"


# --- the dial ----------------------------------------------------------------------------------


def word(root) -> str:
    return root.get_attribute("data-word")


def wait_for_word(root, expected: str) -> None:
    root.page.wait_for_function(
        "([root, word]) => root.dataset.word === word", arg=[root.element_handle(), expected],
        timeout=20_000,
    )


def test_break_it_and_repair_it(shared):
    root = show(shared, "d = FailureDial(FLATTENED); d")
    wait_for_word(root, "sound")
    assert root.locator(".sk-word").text_content() == "○ Not broken yet"
    assert root.locator(".sk-cure").is_hidden()
    before = picture(root)
    button(root, "Break it").click()
    wait_for_word(root, "broken")
    assert root.locator(".sk-word").text_content() == "✕ Broken"
    assert picture(root) != before
    assert in_kernel(shared, "(d.value, d.is_broken)") == (2.0, True)
    reading = root.locator(".sk-reading").text_content()
    assert reading.strip() == "correlation that is left: 0.2486"
    assert in_kernel(shared, "round(d.indicator_value, 4)") == 0.2486
    gauge = root.locator(".sk-body > canvas")
    at_two = gauge.evaluate("c => c.toDataURL()")
    button(root, "Repair it").click()
    wait_for_word(root, "healed")
    # This stop was visited before: the picture is there at once, and the gauge must follow.
    shared.wait_for_function("root => root.dataset.drawn === '0.2'", arg=root.element_handle())
    assert gauge.evaluate("c => c.toDataURL()") != at_two
    assert root.locator(".sk-cure").text_content() == demo.FLATTENED.repair.sentence
    assert "Healed" in root.locator("[aria-live=polite]").text_content()
    assert in_kernel(shared, "[m.value for m in d.history]") == [0.2, 2.0, 0.2]


def test_the_dial_by_keyboard(shared):
    root = show(shared, "k = FailureDial(FLATTENED); k")
    wait_for_word(root, "sound")
    root.get_by_role("slider").focus()
    for _ in range(4):
        shared.keyboard.press("ArrowRight")
    wait_for_word(root, "broken")
    shared.wait_for_function("root => root.dataset.value === '2'", arg=root.element_handle())
    assert root.get_by_role("slider").get_attribute("aria-valuetext") == "2"
    assert in_kernel(shared, "k.value") == 2.0
    shared.keyboard.press("Home")
    wait_for_word(root, "healed")


def test_stale_positions_are_not_drawn(shared):
    """From the slow stop on to the next: the slow answer never appears."""
    root = show(shared, "s = FailureDial(STUMBLING); s")
    wait_for_word(root, "sound")
    slider = root.get_by_role("slider")
    slider.fill("2")
    slider.fill("1")
    shared.wait_for_function("root => root.dataset.drawn === '1'", arg=root.element_handle(),
                             timeout=20_000)
    time.sleep(1.0)
    assert root.get_attribute("data-value") == "1"
    assert in_kernel(shared, "[m.value for m in s.history]") == [0, 1]


def test_an_error_of_the_dial_is_shown_and_passes(shared):
    root = show(shared, "f = FailureDial(STUMBLING); f")
    wait_for_word(root, "sound")
    root.get_by_role("slider").fill("3")
    alert = root.get_by_role("alert")
    alert.wait_for()
    assert "no run with three" in alert.text_content()
    assert in_kernel(shared, "repr(f.error)") == "ValueError('no run with three')"
    root.get_by_role("slider").fill("0")
    alert.wait_for(state="hidden")
    assert in_kernel(shared, "f.error") is None


def test_two_views_of_one_dial_stay_in_step(shared):
    cell = lab.run_cell(shared, "t = FailureDial(FLATTENED)\ndisplay(t, t)")
    one, two = (cell.locator(".sk-root").nth(i) for i in range(2))
    for root in (one, two):
        wait_for_word(root, "sound")
    button(one, "Break it").click()
    for root in (one, two):
        wait_for_word(root, "broken")
        assert root.get_by_role("slider").get_attribute("aria-valuetext") == "2"
    assert picture(one) == picture(two)


def test_a_reload_brings_the_dial_back_where_it_was(open_notebook):
    page = open_notebook("reload.ipynb", "r = FailureDial(FLATTENED); r")
    root = page.locator(".sk-root")
    wait_for_word(root, "sound")
    button(root, "Break it").click()
    wait_for_word(root, "broken")
    lab.execute(page, "docmanager:save")
    page.reload()
    page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
    page.locator(".sk-root").wait_for(timeout=60_000)
    wait_for_word(page.locator(".sk-root"), "broken")


# --- every reader ------------------------------------------------------------------------------

THREE = ("Player(darts(), prediction=Predicted(3.4, view='estimate'))",
         "Player(every_view())", "FailureDial(FLATTENED).turn(2.0)")


@pytest.fixture
def dark_theme():
    """Return a function that makes a page dark; JupyterLab is light again afterwards."""
    pages = []

    def change(page) -> None:
        pages.append(page)
        lab.set_theme(page, "JupyterLab Dark")
        page.wait_for_timeout(700)  # the player reads the theme again a little later

    yield change
    for page in pages:
        lab.set_theme(page, "JupyterLab Light")


def test_no_serious_finding_of_axe_in_light_and_dark(open_notebook, dark_theme):
    page = open_notebook("axe.ipynb", *THREE, "Player(run=walk, dials=(DRIFT,))")
    page.locator(".sk-root").nth(3).wait_for(timeout=30_000)
    for i in range(4):
        root = page.locator(".sk-root").nth(i)
        root.scroll_into_view_if_needed()
        for summary in root.locator("details:not([hidden]) > summary").all():
            summary.click()
    assert lab.axe_violations(page, ".sk-root") == []
    dark_theme(page)
    assert lab.axe_violations(page, ".sk-root") == []
    assert page.errors == []
    assert page.foreign == []


def test_the_dark_theme_reaches_the_canvas(open_notebook, dark_theme, screenshot):
    page = open_notebook("dark.ipynb", *THREE)
    page.locator(".sk-root").nth(2).wait_for(timeout=30_000)
    root = page.locator(".sk-root").first
    canvas = "[data-view=board] canvas.sk-canvas"
    root.scroll_into_view_if_needed()
    wait_for_step(root, lambda now: now == 10)
    assert count_pixels(root, canvas, (0, 0, 0)) > 50
    dark_theme(page)
    assert count_pixels(root, canvas, (255, 255, 255)) > 50
    assert count_pixels(root, canvas, (0, 0, 0)) == 0
    for i, name in enumerate(("player", "every", "dial")):
        page.locator(".sk-root").nth(i).scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        screenshot(page.locator(".sk-root").nth(i), f"dark_{name}")


OVERFLOW = """root => {
  const limit = root.getBoundingClientRect();
  return [...root.querySelectorAll('*')].filter(e => {
    if (e.closest('.sk-tables, .sk-code, .sk-hidden')) return false;  // they scroll themselves
    const box = e.getBoundingClientRect();
    return box.width > 0 && (box.right > limit.right + 1 || box.left < limit.left - 1);
  }).map(e => `${e.tagName}.${e.className}`);
}"""


@pytest.mark.parametrize("projector", [False, True])
def test_nothing_is_cut_at_360_pixels(new_page, tmp_path, screenshot, projector):
    """The page is as narrow as a phone; in JupyterLab the notebook decides."""
    page = new_page(width=360, height=740)
    for name, trace in (("darts", demo.darts()), ("every", demo.every_view())):
        trace.to_html(tmp_path / f"{name}.html")
        page.goto((tmp_path / f"{name}.html").as_uri())
        root = page.locator(".sk-root")
        root.locator("canvas.sk-canvas").first.wait_for()
        if projector != (root.locator(".sk-quiet").get_attribute("aria-pressed") == "true"):
            button(root, "Larger (projector)").click()
            page.wait_for_timeout(200)
        assert root.evaluate(OVERFLOW) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        screenshot(page, f"narrow_{name}{'_projector' if projector else ''}")
    assert page.errors == []


def test_a_narrow_jupyterlab(open_notebook, screenshot):
    page = open_notebook("narrow.ipynb", *THREE, width=620, height=740)
    lab.execute(page, "application:toggle-left-area")
    page.set_viewport_size({"width": 460, "height": 740})
    for i, name in enumerate(("player", "every", "dial")):
        root = page.locator(".sk-root").nth(i)
        root.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        assert root.evaluate(OVERFLOW) == []
        screenshot(root, f"narrow_lab_{name}")


def test_a_player_of_two_views_fits_a_small_laptop(shared, screenshot):
    """1366 x 768 with the side bar open: picture and controls are on screen together."""
    root = show(shared, "Player(darts(), prediction=Predicted(3.4, view='estimate'))")
    wait_for_step(root, lambda now: now == 10)
    assert root.bounding_box()["height"] <= 768 - 130  # JupyterLab's menus and bars take 130
    screenshot(shared, "laptop")


def test_larger_type_for_a_projector(shared, screenshot):
    root = show(shared, "Player(darts())")
    wait_for_step(root, lambda now: now == 10)
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    small, before = root.locator(".sk-question").first.evaluate(size), picture(root)
    try:
        button(root, "Larger (projector)").click()
        shared.wait_for_timeout(200)
        assert root.locator(".sk-question").first.evaluate(size) == pytest.approx(1.5 * small)
        assert picture(root) != before
        assert root.evaluate(OVERFLOW) == []
        screenshot(root, "projector")
    finally:
        button(root, "Larger (projector)").click()


@pytest.mark.parametrize(("motion", "fewest", "most"), [("reduce", 0, 1), ("no-preference", 4, 99)])
def test_less_motion_is_respected(new_page, tmp_path, motion, fewest, most):
    """In 1.5 s a film moves by some 15 frames; a row of pictures by none."""
    page = new_page(reduced_motion=motion)
    demo.darts().to_html(tmp_path / "page.html")
    page.goto((tmp_path / "page.html").as_uri())
    root = page.locator(".sk-root")
    button(root, "Play").click()
    page.wait_for_timeout(1500)
    assert fewest <= root.get_by_role("slider").evaluate("s => s.valueAsNumber") <= most


def test_a_page_that_lives_alone(new_page, tmp_path):
    page = new_page(color_scheme="dark")
    messages = []
    page.on("console", lambda message: messages.append(message.text))
    demo.every_view(demo.HOSTILE).to_html(tmp_path / "page.html")
    page.goto((tmp_path / "page.html").as_uri())
    root = page.locator(".sk-root")
    root.locator("canvas.sk-canvas").nth(4).wait_for()
    page.wait_for_timeout(200)
    assert root.locator("img, b").count() == 0
    assert page.title() == f"demo.every {demo.HOSTILE}"
    assert count_pixels(root, "canvas.sk-canvas", (0xF2, 0xF2, 0xF2)) > 20
    assert (page.errors, page.foreign, messages) == ([], [], [])
    assert lab.axe_violations(page, ".sk-root") == []
