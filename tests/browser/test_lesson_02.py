"""Lesson 02 in JupyterLab: predict, watch the replicates pile up, break two intervals, repair."""

from __future__ import annotations

import json
import shutil

import lab
import pytest

NOTEBOOK = lab.REPOSITORY / "notebooks" / "02_bootstrap.ipynb"
LESSON = "02_bootstrap"
RUN_MS = 150_000


def form(page, exercise):
    return page.locator(f'.skf[data-exercise="{exercise}"]').first


def wait_for_outcome(page, exercise, outcome):
    page.wait_for_selector(
        f'.skf[data-exercise="{exercise}"][data-outcome="{outcome}"]', timeout=20_000
    )


def progress(server):
    path = server.workspace / "synthkit-progress.json"
    return json.loads(path.read_text(encoding="utf-8"))["lessons"][LESSON]


def bring_up(page, locator):
    """Scroll a widget into view, again and again, until JupyterLab has stopped laying out."""
    last, calm = None, 0
    for _ in range(40):
        locator.scroll_into_view_if_needed()
        page.wait_for_timeout(150)
        box = locator.bounding_box()
        calm = calm + 1 if box == last else 0
        last = box
        if calm == 4:
            return


def wait_for_kernel(page, expression, wanted):
    for _ in range(60):
        if lab.evaluate_in_kernel(page, expression) == wanted:
            return
        page.wait_for_timeout(250)
    pytest.fail(f"{expression} never became {wanted}")


def open_lesson(page, server):
    for left in server.workspace.glob("synthkit-progress*"):
        left.unlink()
    shutil.copy(NOTEBOOK, server.workspace / NOTEBOOK.name)
    server.open(page, NOTEBOOK.name)
    lab.run_all(page, timeout_ms=RUN_MS)
    page.wait_for_selector('.skf[data-exercise="what-narrows-it"]', timeout=15_000)


@pytest.fixture
def lesson_page(page, lab_server):
    """Lesson 02, fresh, all cells run; the workspace holds no progress yet."""
    open_lesson(page, lab_server)
    return page


def no_widget_error(page):
    assert lab.evaluate_in_kernel(page, "lesson.assert_no_widget_error()") == "None"


def predict(page, option=0):
    asked = form(page, "what-narrows-it")
    bring_up(page, asked)
    asked.locator("input[type=radio]").nth(option).check()
    asked.locator("select").select_option(label="fairly sure")
    asked.locator("[data-do=submit]").click()
    wait_for_outcome(page, "what-narrows-it", "recorded")


def cell_of(page, code):
    """Return the notebook cell whose source holds this code."""
    return page.locator(".jp-CodeCell").filter(has_text=code).first


def drag(page, slider, end):
    """Drag a slider's handle with the mouse to its left (0.0) or right (1.0) end."""
    bring_up(page, slider)
    box = slider.bounding_box()
    inside = 8 + (box["width"] - 16) * end
    middle = box["y"] + box["height"] / 2
    at = float(slider.evaluate("s => (s.value - s.min) / (s.max - s.min)"))
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * at, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + inside, middle, steps=8)
    page.mouse.up()


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    predict(page)
    kept = progress(lab_server)["predictions"]["what-narrows-it"]
    assert (kept["value"], kept["confidence"], kept["right"]) == (0, 0.75, False)

    # The curtain opens; the prediction is said and scored beside the run.
    page.wait_for_selector("text=You predicted: 16 times the replicates", timeout=20_000)
    player = cell_of(page, "watch = lesson.reveal").locator(".jp-OutputArea").first
    bring_up(page, player)
    screenshot(page, "lesson_02_watch")
    narrow_before = float(lab.evaluate_in_kernel(page, "watch.widget.trace.last('width')"))

    # More data: turn the knob to its end; the interval gets some 8 times narrower.
    knob = player.get_by_role("slider", name="rows of data")
    drag(page, knob, 1.0)
    wait_for_kernel(page, "watch.widget.trace.parameters['rows']", "1600")
    width = float(lab.evaluate_in_kernel(page, "watch.widget.trace.last('width')"))
    # sqrt(64) = 8, times how the two samples' own spreads differ: 25 exponentials err by 20 %.
    assert narrow_before / width == pytest.approx(8, rel=0.6)
    bring_up(page, player)
    screenshot(page, "lesson_02_watch_more_data")
    no_widget_error(page)
    assert page.errors == []


BREAKS = [
    ("break-dependence", "dependence", "rows in a block"),
    ("break-the-maximum", "maximum", "rows drawn each time"),
]


def test_break_and_repair(lesson_page, lab_server, screenshot):
    page = lesson_page
    for exercise, dial, label in BREAKS:
        slider = cell_of(page, f"{dial} = lesson.keep").get_by_role("slider", name=label)
        check = form(page, exercise)
        drag(page, slider, 0.0)
        wait_for_kernel(page, f"{dial}.is_broken", "True")
        bring_up(page, slider)
        screenshot(page, f"lesson_02_broken_{dial}")
        bring_up(page, check)
        check.locator("[data-do=submit]").click()
        wait_for_outcome(page, exercise, "wrong")
        assert "Now heal it" in check.inner_text()
        # By keyboard to the other end, where both are healed.
        bring_up(page, slider)
        slider.focus()
        page.keyboard.press("End")
        wait_for_kernel(page, f"{dial}.is_broken", "False")
        bring_up(page, check)
        check.locator("[data-do=submit]").click()
        wait_for_outcome(page, exercise, "right")
        assert progress(lab_server)["exercises"][exercise]["done"] is True
    no_widget_error(page)
    assert page.errors == []


def test_a_wrong_program_is_told_its_misconception(lesson_page, lab_server):
    page = lesson_page
    solutions = lab.REPOSITORY / f"synthkit/course/exercises/{LESSON}.solutions.json"
    right = json.loads(solutions.read_text(encoding="utf-8"))["my-interval"]
    whole = "np.corrcoef(pairs[rows].T)"
    assert whole in right
    torn = "np.corrcoef(pairs[rows, 0], pairs[rng.integers(0, n, n), 1])"
    for source, outcome in ((right.replace(whole, torn), "wrong"), (right, "right")):
        page.evaluate(
            """source => {
              const cells = window.jupyterapp.shell.currentWidget.content.widgets;
              const cell = cells.find(c => c.model.sharedModel.getSource()
                .includes('def my_interval'));
              cell.model.sharedModel.setSource(source);
            }""",
            source,
        )
        lab.run_all(page, timeout_ms=RUN_MS)
        wait_for_outcome(page, "my-interval", outcome)
        if outcome == "wrong":
            bring_up(page, form(page, "my-interval"))
            assert "the rows were torn apart" in form(page, "my-interval").inner_text()
    assert progress(lab_server)["exercises"]["my-interval"]["done"] is True
    no_widget_error(page)


LOOKS = [("light", 1366, 768), ("dark", 1366, 768), ("light", 360, 740)]


@pytest.mark.parametrize(("theme", "width", "height"), LOOKS)
def test_looks(new_page, lab_server, screenshot, theme, width, height):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = new_page(width=width, height=height)
    open_lesson(page, lab_server)
    if theme == "dark":
        lab.set_theme(page, "JupyterLab Dark")
    if width < 800 and page.locator(".jp-SideBar.jp-mod-left .lm-mod-current").count():
        lab.execute(page, "application:toggle-left-area")
    predict(page, option=1)
    page.wait_for_selector("text=That is right", timeout=20_000)
    pictures = {
        "watch": "watch = lesson.reveal",
        "dependence": "dependence = lesson.keep",
        "maximum": "maximum = lesson.keep",
        "inside": "inside = lesson.keep",
        "judge": "card = sk.judge",
    }
    for name, code in pictures.items():
        output = cell_of(page, code).locator(".jp-OutputArea").first
        bring_up(page, output)
        page.wait_for_timeout(500)
        screenshot(page, f"lesson_02_{theme}_{width}_{name}")
    for exercise in ("what-narrows-it", "what-replicates-buy", "standard-error", "my-interval"):
        bring_up(page, form(page, exercise))
        screenshot(page, f"lesson_02_{theme}_{width}_{exercise}")
        wide = form(page, exercise).evaluate("node => node.scrollWidth - node.clientWidth")
        assert wide <= 1, f"{exercise} is cut at {width} px"
        assert lab.axe_violations(page, f'.skf[data-exercise="{exercise}"]') == []
    if theme == "dark":
        lab.set_theme(page, "JupyterLab Light")


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows: a PNG for each run, text for each form, no kernel."""
    made = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    outputs = [output for cell in made["cells"] for output in cell.get("outputs", ())]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 3
    questions = "".join(str(output.get("data", {}).get("text/html", "")) for output in outputs)
    assert "The same interval, with steadier ends." in questions
