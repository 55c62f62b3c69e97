"""Lesson 03 in JupyterLab: cards fall, a card turns over, people are found and hidden again."""

from __future__ import annotations

import json

import lab
import pytest
from lesson_lab import (
    breaks_and_heals,
    bring_up,
    check_code,
    drag_point,
    fits,
    form,
    forms_look_well,
    looks,
    no_widget_error,
    progress,
    solution,
    submit,
    to_last_frame,
    wait_for_kernel,
    wait_for_score,
    wait_for_sentence,
    widget,
)

LESSON = "03_masking"
NOTEBOOK = lab.REPOSITORY / "notebooks" / f"{LESSON}.ipynb"


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
    drag_point(page, drawn, 0, 45)
    value = float(drawn.locator("[role=slider]").first.get_attribute("aria-valuenow"))
    assert value < 279
    screenshot(page, "lesson_03_predict")
    submit(page, "cards-left", "recorded")
    assert progress(lab_server, LESSON)["predictions"]["cards-left"]["value"][1] == value

    player = widget(page, "Who is left once the names are gone?")
    player.wait_for(timeout=20_000)
    bring_up(page, player)
    to_last_frame(player)
    wait_for_score(page, "Your line is off by a factor of")
    wait_for_sentence(page, "it turns over: Hart, Miss Eva Miriam")
    assert dark_pixels(player, "cards") > 1000
    screenshot(page, "lesson_03_watch")
    # Somebody who shares both facts with others: no card turns over. The player stays at its end.
    player.get_by_role("slider", name="whom you look for").press("End")
    wait_for_sentence(page, "Knowing the class and the age: 21 cards are left")
    screenshot(page, "lesson_03_watch_crowd")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("question", "label", "exercise", "dial"),
    [
        ("Who is still alone once the names are gone?", "in the smallest group",
         "find-the-passengers", "found"),
        ("Whose fate is told although nobody is found?", "different fates", "tell-the-secret",
         "told"),
    ],
)  # fmt: skip
def test_break_and_repair(lesson_page, lab_server, screenshot, question, label, exercise, dial):
    page = lesson_page
    slider = widget(page, question).get_by_role("slider", name=label)

    def turn():
        slider.press("Home")

    breaks_and_heals(page, exercise, slider, dial, turn)
    assert progress(lab_server, LESSON)["exercises"][exercise]["done"] is True
    screenshot(page, f"lesson_03_{exercise}_healed")
    no_widget_error(page)


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
    wait_for_sentence(page, "finds 0; at least 8 of 1,313 rows fit each")
    screenshot(page, "lesson_03_attack_repaired")
    no_widget_error(page)


def test_the_code_exercise(lesson_page, lab_server):
    page = lesson_page
    right = solution(LESSON, "who-is-alone")
    wrong = right.replace(
        "(~table.duplicated(subset=facts, keep=False)).mean()",
        "len(table.drop_duplicates(facts)) / len(table)",
    )
    assert wrong != right
    check_code(page, "who-is-alone", "def my_singled_out", wrong, "wrong")
    assert "counting combinations" in form(page, "who-is-alone").text_content()
    check_code(page, "who-is-alone", "def my_singled_out", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["who-is-alone"]["done"] is True


PICTURES = {
    "found": "Who is still alone once the names are gone?",
    "told": "Whose fate is told although nobody is found?",
    "attack": "Which rows can be told apart from outside?",
}
FORMS = ("cards-left", "is-a-hash-a-mask", "keyed-pseudonym", "mondrian-in-order")


def test_looks(lesson_page, screenshot):
    """Nothing is cut, and axe finds nothing serious, in both themes and on a phone."""
    page = lesson_page
    slider = widget(page, PICTURES["found"]).get_by_role("slider").first
    bring_up(page, slider)
    slider.press("Home")
    wait_for_kernel(page, "found.is_broken", "True")
    for look in looks(page):
        for name, question in PICTURES.items():
            root = widget(page, question)
            bring_up(page, root)
            screenshot(page, f"lesson_03_{look}_{name}")
            fits(root, f"{name} in {look}")
        forms_look_well(page, LESSON, look, FORMS, screenshot)


def test_the_notebook_alone_shows_pictures_and_no_widget_state():
    made = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    outputs = [output for cell in made["cells"] for output in cell.get("outputs", ())]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 4
    assert "widgets" not in made["metadata"]
