"""Lesson 03 in JupyterLab: cards fall, a card turns over, people are found and hidden again."""

from __future__ import annotations

import json
import shutil

import lab
import pytest
from test_lesson_01 import bring_up, form, no_widget_error, wait_for_kernel, wait_for_outcome

LESSON = "03_masking"
NOTEBOOK = lab.REPOSITORY / "notebooks" / f"{LESSON}.ipynb"
RUN_MS = 150_000


def progress(server):
    path = server.workspace / "synthkit-progress.json"
    return json.loads(path.read_text(encoding="utf-8"))["lessons"][LESSON]


@pytest.fixture
def lesson_page(page, lab_server):
    """Lesson 03, fresh, all cells run; the workspace holds no progress yet."""
    for left in lab_server.workspace.glob("synthkit-progress*"):
        left.unlink()
    shutil.copy(NOTEBOOK, lab_server.workspace / NOTEBOOK.name)
    lab_server.open(page, NOTEBOOK.name)
    lab.run_all(page, timeout_ms=RUN_MS)
    page.wait_for_selector('.skf[data-exercise="cards-left"]', timeout=15_000)
    return page


def widget(page, question):
    """Return the widget (player or dial) over whose picture this question stands."""
    return page.locator(".sk-root", has_text=question).first


def to_last_frame(root):
    """Scrub a player to its end."""
    root.get_by_role("slider", name="Frame").press("End")


def wait_for_sentence(page, text):
    page.wait_for_function(
        "text => [...document.querySelectorAll('.sk-sentence')]"
        ".some(e => e.textContent.includes(text))",
        arg=text,
        timeout=20_000,
    )


def dark_pixels(root, view):
    """How much of a picture is drawn at all."""
    return root.locator(f'[data-view="{view}"] canvas.sk-canvas').evaluate(
        "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 200; return n; }"
    )


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    drawn = form(page, "cards-left")
    bring_up(page, drawn)
    box = drawn.locator("[role=slider] circle").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 45, steps=4)
    page.mouse.up()
    value = float(drawn.locator("[role=slider]").first.get_attribute("aria-valuenow"))
    assert value < 279
    screenshot(page, "lesson_03_predict")
    drawn.locator("[data-do=submit]").click()
    wait_for_outcome(page, "cards-left", "recorded")
    assert progress(lab_server)["predictions"]["cards-left"]["value"][1] == value

    page.wait_for_selector("text=Your line is off by a factor of", timeout=15_000)
    player = widget(page, "Who is left once the names are gone?")
    bring_up(page, player)
    to_last_frame(player)
    wait_for_sentence(page, "it turns over: Hart, Miss Eva Miriam")
    assert dark_pixels(player, "cards") > 1000
    screenshot(page, "lesson_03_watch")
    # Somebody who shares both facts with others: no card turns over.
    player.get_by_role("slider", name="whom you look for").press("End")
    page.wait_for_timeout(2_000)  # the run takes some 30 ms; the last frame is then its own
    to_last_frame(player)
    wait_for_sentence(page, "Knowing the class and the age: 21 cards are left")
    screenshot(page, "lesson_03_watch_crowd")
    no_widget_error(page)
    assert page.errors == []


def test_break_and_repair(lesson_page, lab_server, screenshot):
    page = lesson_page
    for question, dial, exercise, name in (
        ("Who is still alone once the names are gone?", "in the smallest group",
         "find-the-passengers", "found"),
        ("Whose fate is told although nobody is found?", "different fates", "tell-the-secret",
         "told"),
    ):  # fmt: skip
        root, check = widget(page, question), form(page, exercise)
        bring_up(page, root)
        slider = root.get_by_role("slider", name=dial)
        slider.press("Home")
        wait_for_kernel(page, f"{name}.is_broken", "True")
        screenshot(page, f"lesson_03_{exercise}_broken")
        bring_up(page, check)
        check.locator("[data-do=submit]").click()
        wait_for_outcome(page, exercise, "wrong")
        assert "Now heal it" in check.inner_text()
        bring_up(page, root)
        slider.press("End")
        wait_for_kernel(page, f"{name}.is_broken", "False")
        screenshot(page, f"lesson_03_{exercise}_healed")
        bring_up(page, check)
        check.locator("[data-do=submit]").click()
        wait_for_outcome(page, exercise, "right")
        assert progress(lab_server)["exercises"][exercise]["done"] is True
    no_widget_error(page)
    assert page.errors == []


def test_the_attack_draws_its_lines(lesson_page, screenshot):
    page = lesson_page
    root = widget(page, "Which rows can be told apart from outside?")
    bring_up(page, root)
    to_last_frame(root)
    wait_for_sentence(page, "finds 3; at least 1 of 1,313 rows fit each")
    assert dark_pixels(root, "rows") > 2000
    screenshot(page, "lesson_03_attack")
    root.get_by_role("slider", name="in the smallest group").press("ArrowRight")
    root.get_by_role("slider", name="in the smallest group").press("ArrowRight")
    wait_for_kernel(page, "attack.trace.parameters['k']", "5")
    page.wait_for_timeout(500)
    to_last_frame(root)
    wait_for_sentence(page, "finds 0; at least 8 of 1,313 rows fit each")
    screenshot(page, "lesson_03_attack_repaired")
    no_widget_error(page)


def test_the_code_exercise(lesson_page, lab_server):
    page = lesson_page
    solutions = lab.REPOSITORY / "synthkit" / "course" / "exercises" / f"{LESSON}.solutions.json"
    right = json.loads(solutions.read_text(encoding="utf-8"))["who-is-alone"]
    wrong = right.replace(
        "(~table.duplicated(subset=facts, keep=False)).mean()",
        "len(table.drop_duplicates(facts)) / len(table)",
    )
    assert wrong != right
    for source, outcome in ((wrong, "wrong"), (right, "right")):
        page.evaluate(
            """([marker, source]) => {
              const cells = window.jupyterapp.shell.currentWidget.content.widgets;
              const cell = cells.find(c => c.model.sharedModel.getSource().includes(marker));
              cell.model.sharedModel.setSource(source);
            }""",
            ["def my_singled_out", source],
        )
        lab.run_all(page, timeout_ms=RUN_MS)
        wait_for_outcome(page, "who-is-alone", outcome)
        if outcome == "wrong":
            assert "counting combinations" in form(page, "who-is-alone").text_content()
    assert progress(lab_server)["exercises"]["who-is-alone"]["done"] is True


LOOKS = [("light", 1366, 768), ("dark", 1366, 768), ("light", 360, 740)]
PICTURES = {
    "found": "Who is still alone once the names are gone?",
    "told": "Whose fate is told although nobody is found?",
    "attack": "Which rows can be told apart from outside?",
}


@pytest.mark.parametrize(("theme", "width", "height"), LOOKS)
def test_looks(lesson_page, screenshot, theme, width, height):
    """Nothing is cut, and axe finds nothing serious, in both themes and on a phone."""
    page = lesson_page
    page.set_viewport_size({"width": width, "height": height})
    lab.set_theme(page, f"JupyterLab {theme.title()}")
    if width < 800:
        page.evaluate("window.jupyterapp.shell.collapseLeft()")
    widget(page, PICTURES["found"]).get_by_role("slider").first.press("Home")
    wait_for_kernel(page, "found.is_broken", "True")
    for name, question in PICTURES.items():
        root = widget(page, question)
        if name == "attack":
            to_last_frame(root)
        bring_up(page, root)
        page.wait_for_timeout(300)
        screenshot(page, f"lesson_03_{theme}_{width}_{name}")
        assert root.evaluate("node => node.scrollWidth - node.clientWidth") <= 1
    for exercise in ("cards-left", "is-a-hash-a-mask", "keyed-pseudonym", "mondrian-in-order"):
        bring_up(page, form(page, exercise))
        wide = form(page, exercise).evaluate("node => node.scrollWidth - node.clientWidth")
        assert wide <= 1, f"{exercise} is cut at {width} px"
        assert lab.axe_violations(page, f'.skf[data-exercise="{exercise}"]') == []


def test_the_notebook_alone_shows_pictures_and_no_widget_state():
    made = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    outputs = [output for cell in made["cells"] for output in cell.get("outputs", ())]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 4
    assert "widgets" not in made["metadata"]
