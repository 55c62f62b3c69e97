"""Lesson 03 in JupyterLab: cards fall, a card turns over, people are found and hidden again."""

from __future__ import annotations

import pytest
from lesson_lab import (
    break_and_repair,
    bring_up,
    drag_point,
    form,
    looks_well,
    misconception,
    no_widget_error,
    output_of,
    played,
    press,
    submit,
    wait_for_kernel,
    wait_for_score,
    wait_for_sentence,
)

LESSON = "03_masking"


def dark_pixels(root, view):
    """How much of a picture is drawn at all."""
    return root.locator(f'[data-view="{view}"] canvas.sk-canvas').evaluate(
        "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 200; return n; }"
    )


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    drawn = form(page, "cards-left")
    bring_up(page, drawn)
    drag_point(page, drawn, 0, 45)
    value = float(drawn.locator("[role=slider]").first.get_attribute("aria-valuenow"))
    assert value < 279
    screenshot(page, "lesson_03_predict")
    submit(page, "cards-left", "recorded")
    assert page.kept()["predictions"]["cards-left"]["value"][1] == value

    player = played(page)
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
    ("exercise", "dial", "label"),
    [
        ("find-the-passengers", "found", "in the smallest group"),
        ("tell-the-secret", "told", "different fates"),
    ],
)
def test_break_and_repair(lesson_page, screenshot, exercise, dial, label):
    break_and_repair(lesson_page, exercise, dial, label, screenshot, breaks="Home")


def test_the_attack_draws_its_lines(lesson_page, screenshot):
    page = lesson_page
    root = played(page, "attack")
    wait_for_sentence(page, "finds 3; at least 1 of 1,313 rows fit each")
    assert dark_pixels(root, "rows") > 2000
    screenshot(page, "lesson_03_attack")
    press(page, root.get_by_role("slider", name="in the smallest group"), "ArrowRight ArrowRight")
    wait_for_kernel(page, "attack.trace.parameters['k']", "5")
    wait_for_sentence(page, "finds 0; at least 8 of 1,313 rows fit each")
    screenshot(page, "lesson_03_attack_repaired")
    no_widget_error(page)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    counted = (
        "(~table.duplicated(subset=facts, keep=False)).mean()",
        "len(table.drop_duplicates(facts)) / len(table)",
    )
    misconception(
        lesson_page, "who-is-alone", "def my_singled_out", "counting combinations", counted
    )


def test_looks(lesson_page, screenshot):
    press(lesson_page, output_of(lesson_page, "found").get_by_role("slider").first, "Home")
    wait_for_kernel(lesson_page, "found.is_broken", "True")
    forms = ("cards-left", "is-a-hash-a-mask", "keyed-pseudonym", "mondrian-in-order")
    looks_well(lesson_page, ("found", "told", "attack"), forms, screenshot)
