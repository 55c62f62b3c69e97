"""Lesson 04 in JupyterLab: predict, turn epsilon, break, repair, and see through Kim's noise."""

from __future__ import annotations

import json
import shutil

import lab
import pytest
from test_lesson_01 import bring_up, form, no_widget_error, wait_for_kernel, wait_for_outcome

LESSON = "04_perturbation"
NOTEBOOK = lab.REPOSITORY / "notebooks" / f"{LESSON}.ipynb"
RUN_MS = 150_000


def progress(server):
    path = server.workspace / "synthkit-progress.json"
    return json.loads(path.read_text(encoding="utf-8"))["lessons"][LESSON]


def open_lesson(page, server):
    for left in server.workspace.glob("synthkit-progress*"):
        left.unlink()
    shutil.copy(NOTEBOOK, server.workspace / NOTEBOOK.name)
    server.open(page, NOTEBOOK.name)
    lab.run_all(page, timeout_ms=RUN_MS)
    page.wait_for_selector('.skf[data-exercise="group-error"]', timeout=15_000)


@pytest.fixture
def lesson_page(page, lab_server):
    """Lesson 04, fresh, all cells run; the workspace holds no progress yet."""
    open_lesson(page, lab_server)
    return page


def widget(page, question):
    """Return the widget (player or dial) over whose picture this question stands."""
    return page.locator(".sk-root", has_text=question).first


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    drawn = form(page, "group-error")
    bring_up(page, drawn)
    for i, up in enumerate((15, 30, 75)):
        box = drawn.locator("[role=slider] circle").nth(i).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y - up, steps=4)
        page.mouse.up()
    sliders = drawn.locator("[role=slider]")
    values = [float(sliders.nth(i).get_attribute("aria-valuenow")) for i in range(3)]
    assert values == sorted(values)
    screenshot(page, "lesson_04_predict")
    drawn.locator("[data-do=submit]").click()
    wait_for_outcome(page, "group-error", "recorded")
    assert progress(lab_server)["predictions"]["group-error"]["value"][1:] == values

    page.wait_for_selector("text=Your line is off by a factor of", timeout=15_000)
    player = widget(page, "Which group suffers most?")
    bring_up(page, player)
    screenshot(page, "lesson_04_watch")

    # Turn the knob to the strict end: the smallest group's error grows, and is said in words.
    player.get_by_role("slider", name="smaller: more private").press("Home")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.sk-sentence')].some(e => "
        "e.textContent.includes('at ε = 0.1'))",
        timeout=20_000,
    )
    screenshot(page, "lesson_04_watch_strict")
    no_widget_error(page)
    assert page.errors == []


def test_break_and_repair(lesson_page, lab_server, screenshot):
    page = lesson_page
    for question, dial, exercise, name, keys in (
        ("Which group's mean is lost?", "epsilon", "lose-the-small-group", "small", ["Home"]),
        ("What is left of each correlation?", "last: Kim's", "flatten-the-correlations", "flat",
         ["Home", "ArrowRight", "ArrowRight"]),
        ("How many rows find their original again?", "of Kim's noise", "see-through-kim", "kim",
         ["Home"]),
    ):  # fmt: skip
        root, check = widget(page, question), form(page, exercise)
        bring_up(page, root)
        slider = root.get_by_role("slider", name=dial)
        for key in keys:
            slider.press(key)
        wait_for_kernel(page, f"{name}.is_broken", "True")
        screenshot(page, f"lesson_04_{exercise}_broken")
        bring_up(page, check)
        check.locator("[data-do=submit]").click()
        wait_for_outcome(page, exercise, "wrong")
        assert "Now heal it" in check.inner_text()
        bring_up(page, root)
        slider.press("End")
        wait_for_kernel(page, f"{name}.is_broken", "False")
        screenshot(page, f"lesson_04_{exercise}_healed")
        bring_up(page, check)
        check.locator("[data-do=submit]").click()
        wait_for_outcome(page, exercise, "right")
        assert progress(lab_server)["exercises"][exercise]["done"] is True
    no_widget_error(page)
    assert page.errors == []


def test_the_code_exercise(lesson_page, lab_server):
    page = lesson_page
    solutions = lab.REPOSITORY / "synthkit" / "course" / "exercises" / f"{LESSON}.solutions.json"
    right = json.loads(solutions.read_text(encoding="utf-8"))["private-mean"]
    wrong = right.replace("np.clip(x, low, high)", "x")
    assert wrong != right
    for source, outcome in ((wrong, "wrong"), (right, "right")):
        page.evaluate(
            """([marker, source]) => {
              const cells = window.jupyterapp.shell.currentWidget.content.widgets;
              const cell = cells.find(c => c.model.sharedModel.getSource().includes(marker));
              cell.model.sharedModel.setSource(source);
            }""",
            ["def my_private_mean", source],
        )
        lab.run_all(page, timeout_ms=RUN_MS)
        wait_for_outcome(page, "private-mean", outcome)
        if outcome == "wrong":
            assert "an outlier nobody stopped" in form(page, "private-mean").text_content()
    assert progress(lab_server)["exercises"]["private-mean"]["done"] is True


LOOKS = [("light", 1366, 768), ("dark", 1366, 768), ("light", 360, 740)]
FORMS = ("group-error", "what-epsilon-says", "a-coin-that-protects", "release-in-order")
PICTURES = {
    "curve": "What do we pay for how much protection?",
    "small": "Which group's mean is lost?",
    "flat": "What is left of each correlation?",
    "kim": "How many rows find their original again?",
}


@pytest.mark.parametrize(("theme", "width", "height"), LOOKS)
def test_looks(new_page, lab_server, screenshot, theme, width, height):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = new_page(width=width, height=height)
    open_lesson(page, lab_server)
    if theme == "dark":
        lab.set_theme(page, "JupyterLab Dark")
    if width < 800 and page.locator(".jp-SideBar.jp-mod-left .lm-mod-current").count():
        lab.execute(page, "application:toggle-left-area")
    for exercise in FORMS:
        bring_up(page, form(page, exercise))
        screenshot(page, f"lesson_04_{theme}_{width}_{exercise}")
        wide = form(page, exercise).evaluate("node => node.scrollWidth - node.clientWidth")
        assert wide <= 1, f"{exercise} is cut at {width} px"
        assert lab.axe_violations(page, f'.skf[data-exercise="{exercise}"]') == []
    for name, question in PICTURES.items():
        root = widget(page, question)
        bring_up(page, root)
        screenshot(page, f"lesson_04_{theme}_{width}_{name}")
        wide = root.evaluate("node => node.scrollWidth - node.clientWidth")
        assert wide <= 1, f"{name} is cut at {width} px"
    inside = page.locator(".ski").first
    bring_up(page, inside)
    inside.locator("button").nth(1).click()
    screenshot(page, f"lesson_04_{theme}_{width}_inside")
    assert page.locator(".ski-term.ski-lit").count() >= 2
    assert lab.axe_violations(page, ".ski") == []
    assert page.foreign == []
    if theme == "dark":
        lab.set_theme(page, "JupyterLab Light")


def test_the_notebook_alone_shows_pictures_and_no_claims_too_many():
    """Without kernel and widgets: a PNG for each run; and words that are never promised."""
    made = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    outputs = [output for cell in made["cells"] for output in cell.get("outputs", ())]
    assert len([o for o in outputs if "image/png" in o.get("data", {})]) >= 5
    text = json.dumps(made, ensure_ascii=False).lower()
    for claim in ("anonymous", "anonymised", "guarantee", "compliant"):
        assert claim not in text
    assert "not private" in text
