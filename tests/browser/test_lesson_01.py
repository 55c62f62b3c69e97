"""Lesson 01 in JupyterLab: run, predict, drag, answer by mouse and by keyboard, come back."""

from __future__ import annotations

import json
import shutil
import statistics
from pathlib import Path

import lab
import pytest

NOTEBOOK = lab.REPOSITORY / "notebooks" / "01_monte_carlo.ipynb"
LESSON = "01_monte_carlo"
RUN_MS = 150_000


def form(page, exercise):
    return page.locator(f'.skf[data-exercise="{exercise}"]').first


def wait_for_outcome(page, exercise, outcome):
    page.wait_for_selector(
        f'.skf[data-exercise="{exercise}"][data-outcome="{outcome}"]', timeout=15_000
    )


def progress(server):
    path = server.workspace / "synthkit-progress.json"
    return json.loads(path.read_text(encoding="utf-8"))["lessons"][LESSON]


def bring_up(page, locator):
    """Scroll a widget into view and wait until JupyterLab has stopped laying out."""
    locator.scroll_into_view_if_needed()
    last = None
    for _ in range(20):
        page.wait_for_timeout(150)
        box = locator.bounding_box()
        if box == last:
            return
        last = box


@pytest.fixture
def lesson_page(page, lab_server):
    """Lesson 01, fresh, all cells run; the workspace holds no progress yet."""
    open_lesson(page, lab_server)
    return page


def open_lesson(page, server):
    for left in server.workspace.glob("synthkit-progress*"):
        left.unlink()
    shutil.copy(NOTEBOOK, server.workspace / NOTEBOOK.name)
    server.open(page, NOTEBOOK.name)
    lab.run_all(page, timeout_ms=RUN_MS)
    page.wait_for_selector('.skf[data-exercise="error-line"]', timeout=15_000)


def no_widget_error(page):
    assert lab.evaluate_in_kernel(page, "lesson.assert_no_widget_error()") == "None"


def feedback_is_quick(page):
    """From the click on Check to the reply: 300 ms at the median, on an idle kernel."""
    choice = form(page, "why-root-n")
    bring_up(page, choice)
    times = []
    for option in (0, 1, 3, 0, 1, 3, 0):
        choice.locator("input").nth(option).check()
        times.append(page.evaluate(
            """() => new Promise(done => {
              const root = document.querySelector('.skf[data-exercise="why-root-n"]');
              const reply = root.querySelector('.skf-reply');
              const start = performance.now();
              const seen = new MutationObserver(() => {
                seen.disconnect();
                done(performance.now() - start);
              });
              seen.observe(reply, {childList: true});
              root.querySelector('[data-do=submit]').click();
            })"""
        ))  # fmt: skip
    print(f"feedback: median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms")
    # The promise is 300 ms; a machine that runs other tests beside this one gets three times that.
    assert statistics.median(times) <= 900


def test_predict_watch_break_by_mouse(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    assert not (lab_server.workspace / "synthkit-progress.json").exists()

    # Predict: drag the three points down, say how sure, commit.
    drawn = form(page, "error-line")
    bring_up(page, drawn)
    for i, down in enumerate((20, 40, 60)):
        box = drawn.locator("[role=slider] circle").nth(i).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + down, steps=4)
        page.mouse.up()
    values = [float(drawn.locator("[role=slider]").nth(i).get_attribute("aria-valuenow"))
              for i in range(3)]  # fmt: skip
    assert 0.164 > values[0] > values[1] > values[2]
    drawn.locator("select").select_option(label="fairly sure")
    screenshot(page, "lesson_01_predict")
    drawn.locator("[data-do=submit]").click()
    wait_for_outcome(page, "error-line", "recorded")
    kept = progress(lab_server)["predictions"]["error-line"]
    assert kept["confidence"] == 0.75
    assert kept["value"][1:] == values

    # Watch: the curtain is gone, the run is there with the prediction over it, and scored.
    page.wait_for_selector("text=Your line is off by a factor of", timeout=15_000)
    assert page.locator('.skf[data-exercise="curtain-error-line"]').count() == 0
    bring_up(page, page.locator("text=Your line is off by a factor of").first)
    screenshot(page, "lesson_01_watch")

    # Break and repair: turn the dial, then let the check read the measured indicator.
    check = form(page, "break-correlation")
    bring_up(page, check)
    dial = "correlation"
    slider = page.get_by_role("slider", name="correlation kept (share)").first
    bring_up(page, slider)
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    wait_for_kernel(page, f"{dial}.is_broken", "True")
    screenshot(page, "lesson_01_broken")
    check.locator("[data-do=submit]").click()
    wait_for_outcome(page, "break-correlation", "wrong")
    assert "Now heal it" in check.inner_text()
    slider.focus()
    page.keyboard.press("End")
    wait_for_kernel(page, f"{dial}.is_broken", "False")
    check.locator("[data-do=submit]").click()
    wait_for_outcome(page, "break-correlation", "right")
    assert progress(lab_server)["exercises"]["break-correlation"]["done"] is True
    feedback_is_quick(page)
    no_widget_error(page)
    assert page.errors == []


def wait_for_kernel(page, expression, wanted):
    for _ in range(60):
        if lab.evaluate_in_kernel(page, expression) == wanted:
            return
        page.wait_for_timeout(250)
    pytest.fail(f"{expression} never became {wanted}")


def tab_to(page, selector, limit=40):
    """Press Tab until the focus is on an element that matches; the focus must be visible."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            outline = page.evaluate(
                "() => { const e = document.activeElement;"
                " const s = getComputedStyle(e.querySelector('circle') ?? e);"
                " return s.outlineStyle + s.strokeWidth; }"
            )
            assert outline not in ("none", "none1px"), f"no visible focus on {selector}"
            return
    pytest.fail(f"Tab never reached {selector}")


def test_by_keyboard_only(lesson_page, lab_server):
    page = lesson_page
    # The focus is put before the form once; from there on there is no mouse.
    drawn = form(page, "error-line")
    bring_up(page, drawn)
    drawn.evaluate("node => { node.tabIndex = -1; node.focus(); }")
    for i in range(3):
        tab_to(page, f'[data-exercise="error-line"] [role=slider]:nth-of-type({i + 1}), '
                     '[data-exercise="error-line"] [role=slider]')  # fmt: skip
        for _ in range(6 * (i + 1)):
            page.keyboard.press("ArrowDown")
    values = [float(drawn.locator("[role=slider]").nth(i).get_attribute("aria-valuenow"))
              for i in range(3)]  # fmt: skip
    assert 0.164 > values[0] > values[1] > values[2], "arrow keys move the points"
    tab_to(page, '[data-exercise="error-line"] [data-do=submit]')
    page.keyboard.press("Enter")
    wait_for_outcome(page, "error-line", "recorded")

    # A choice: arrow keys between the options, Space or Enter on Check.
    choice = form(page, "why-root-n")
    bring_up(page, choice)
    choice.evaluate("node => { node.tabIndex = -1; node.focus(); }")
    tab_to(page, '[data-exercise="why-root-n"] input[type=radio]')
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    tab_to(page, '[data-exercise="why-root-n"] [data-do=submit]')
    page.keyboard.press("Space")
    wait_for_outcome(page, "why-root-n", "wrong")
    assert "the error falls like 1/n" in choice.inner_text()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    tab_to(page, '[data-exercise="why-root-n"] [data-do=submit]')
    page.keyboard.press("Enter")
    wait_for_outcome(page, "why-root-n", "right")

    # The outline is told: the record in the cell's outputs was renewed without redrawing the form.
    records = page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets
          .flatMap(cell => cell.model.type === 'code' ? cell.model.outputs.toJSON() : [])
          .map(output => output.data?.['application/vnd.synthkit.progress+json'])
          .filter(record => record)"""
    )
    told = {record["exercise"]: (record["outcome"], record["done"]) for record in records}
    assert told["why-root-n"] == ("right", True)
    assert told["error-line"][1] is True
    assert told["gaussian-copula"] == ("untried", False)

    # Lines: arrow keys carry a line up; the focus stays with it.
    lines = form(page, "copula-in-order")
    bring_up(page, lines)
    lines.evaluate("node => { node.tabIndex = -1; node.focus(); }")
    second = lines.locator("ol .skf-text").nth(1).inner_text()
    tab_to(page, '[data-exercise="copula-in-order"] li:nth-child(2) button')
    page.keyboard.press("ArrowUp")
    assert lines.locator("ol .skf-text").first.inner_text() == second

    # No key of the form reached JupyterLab: its cells are all still there.
    assert page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length") == len(
        json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    )
    assert progress(lab_server)["exercises"]["why-root-n"]["done"] is True
    no_widget_error(page)


def run_cell(page, marker, source=None):
    """Run the cell that holds ``marker``, with another source if one is given."""
    page.evaluate(
        """([marker, source]) => {
          const notebook = window.jupyterapp.shell.currentWidget.content;
          const index = notebook.widgets.findIndex(
            cell => cell.model.sharedModel.getSource().includes(marker));
          if (source) notebook.widgets[index].model.sharedModel.setSource(source);
          notebook.activeCellIndex = index;
        }""",
        [marker, source],
    )
    lab.execute(page, "notebook:run-cell")


def test_the_code_exercise_and_coming_back(lesson_page, lab_server):
    page = lesson_page
    solutions = lab.REPOSITORY / "synthkit/course/exercises/01_monte_carlo.solutions.json"
    right = json.loads(solutions.read_text(encoding="utf-8"))["gaussian-copula"]
    wrong = right.replace("@ L.T", "* 1.0")
    for source, outcome in ((wrong, "wrong"), (right, "right")):
        run_cell(page, "def my_copula", source)
        run_cell(page, 'lesson.check("gaussian-copula"')
        wait_for_outcome(page, "gaussian-copula", outcome)
        if outcome == "wrong":
            assert "each column on its own" in form(page, "gaussian-copula").text_content()
    assert progress(lab_server)["exercises"]["gaussian-copula"]["done"] is True

    # The kernel dies, the page is loaded again: the tick is in the file, the lesson goes on.
    lab.execute(page, "docmanager:save")
    page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
    )
    lab_server.open(page, NOTEBOOK.name)
    lab.run_all(page, timeout_ms=RUN_MS)
    wait_for_outcome(page, "gaussian-copula", "right")
    finished = lab.evaluate_in_kernel(page, "'✓ gaussian-copula' in repr(lesson.finish())")
    assert finished == "True"


EVIL = "<img src=x onerror=window.hacked=1>"


def test_hostile_text_stays_text(page, lab_server):
    name = lab_server.write_notebook(
        "hostile.ipynb",
        "from synthkit.course import Lesson\n"
        "from synthkit.course.questions import Choice, Option\n"
        "lesson = Lesson('01_monte_carlo')\n"
        f"evil = {EVIL!r}\n"
        "lesson.exercises['evil'] = Choice(id='evil', section='explain', prompt=evil,\n"
        "    options=(Option(evil, evil, evil, evil), Option('b', evil)), hints=(evil,))\n"
        "lesson.ask('evil')",
        f"def my_copula(X, n, rng):\n    raise ValueError({EVIL!r})\n"
        "lesson.check('gaussian-copula', my_copula)",
    )
    lab_server.open(page, name)
    lab.run_all(page, timeout_ms=RUN_MS)
    evil = form(page, "evil")
    evil.locator("input").first.check()
    evil.locator("[data-do=submit]").click()
    wait_for_outcome(page, "evil", "wrong")
    evil.locator("[data-do=hint]").click()
    page.wait_for_selector('.skf[data-exercise="evil"] .skf-hint')
    wait_for_outcome(page, "gaussian-copula", "error")
    assert page.locator(".skf img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert evil.inner_text().count(EVIL) >= 5
    (lab_server.workspace / "synthkit-progress.json").unlink()


LOOKS = [("Light", 1366, 768), ("Dark", 1366, 768), ("Light", 360, 740)]


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    page.locator(".ski button").nth(1).click()
    assert page.locator(".ski-term.ski-lit").count() >= 3
    for theme, width, height in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        lab.set_theme(page, f"JupyterLab {theme}")
        if width < 800:
            page.evaluate("window.jupyterapp.shell.collapseLeft()")
        for exercise in ("error-line", "why-root-n", "tail-estimate", "copula-in-order"):
            bring_up(page, form(page, exercise))
            screenshot(page, f"lesson_01_{theme.lower()}_{width}_{exercise}")
            wide = form(page, exercise).evaluate("node => node.scrollWidth - node.clientWidth")
            assert wide <= 1, f"{exercise} is cut at {width} px"
            assert lab.axe_violations(page, f'.skf[data-exercise="{exercise}"]') == []
        bring_up(page, page.locator(".ski").first)
        screenshot(page, f"lesson_01_{theme.lower()}_{width}_inside")
        assert lab.axe_violations(page, ".ski") == []


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows without kernel and widgets: a PNG for a run, text for a form."""
    made = json.loads(Path(NOTEBOOK).read_text(encoding="utf-8"))
    outputs = [output for cell in made["cells"] for output in cell.get("outputs", ())]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 3
    questions = "".join(str(output.get("data", {}).get("text/html", "")) for output in outputs)
    assert "100 times: the error falls like 1/√n." in questions
