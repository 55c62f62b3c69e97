"""Lesson 10 in JupyterLab: predict, watch a detector learn, break a rule, a bank and a scheme."""

from __future__ import annotations

import pytest
from lesson_lab import (
    bring_up,
    cell_of,
    check_code,
    commit_choice,
    drag_slider,
    form,
    forms_look_well,
    looks,
    no_widget_error,
    pictures_look_well,
    progress,
    shown_without_kernel,
    solution,
    submit,
    to_last_frame,
    wait_for_kernel,
)

LESSON = "10_finance_rules"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    commit_choice(page, "what-does-it-find", 1)
    kept = progress(lab_server, LESSON)["predictions"]["what-does-it-find"]
    assert (kept["value"], kept["right"]) == (1, True)
    output = cell_of(page, "watch = lesson.reveal").locator(".jp-OutputArea").first
    player = output.locator(".sk-root")
    player.wait_for(timeout=30_000)
    to_last_frame(player)
    bring_up(page, player)
    screenshot(page, "lesson_10_watch")
    wait_for_kernel(page, "watch.widget.trace.last('all') > 0.8", "True")
    no_widget_error(page)


def test_a_fraud_lights_up_among_the_payments(lesson_page, screenshot):
    """The last frame says what is lit; the table below names the accounts."""
    page = lesson_page
    player = cell_of(page, "ring = lesson.keep").locator(".sk-root").first
    bring_up(page, player)
    to_last_frame(player)
    assert "belong to one cycle" in player.locator(".sk-sentence").inner_text()
    screenshot(page, "lesson_10_ring")
    player.get_by_text("Data as a table").click()
    headings = player.locator("caption").all_inner_texts()
    assert any(text.endswith("the cycle") for text in headings)
    player.get_by_text("Data as a table").click()
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label", "broken", "healed"),
    [
        ("learn-the-rule", "rule", "typologies in the training data", 0.0, "End"),
        ("lose-the-anchor", "anchor", "φ_π: points of interest a point of inflation", 0.0, "End"),
        ("go-below-zero", "euler", "volatility σ", 1.0, "Home"),
    ],
)
def test_break_and_repair(
    lesson_page, lab_server, screenshot, exercise, dial, label, broken, healed
):
    page = lesson_page
    slider = cell_of(page, f"{dial} = lesson.keep").get_by_role("slider", name=label)
    drag_slider(page, slider, broken)
    wait_for_kernel(page, f"{dial}.is_broken", "True")
    bring_up(page, slider)
    screenshot(page, f"lesson_10_broken_{dial}")
    submit(page, exercise, "wrong")
    bring_up(page, slider)
    slider.focus()
    page.keyboard.press(healed)
    wait_for_kernel(page, f"{dial}.is_broken", "False")
    submit(page, exercise, "right")
    assert progress(lab_server, LESSON)["exercises"][exercise]["done"] is True
    no_widget_error(page)


def test_a_wrong_program_is_told_its_misconception(lesson_page, lab_server):
    page = lesson_page
    right = solution(LESSON, "my-cycle")
    forgetful = right.replace("state = 1 - state", "state = int(rng.random() < stay)").replace(
        "rng.random() > stay", "True"
    )
    assert forgetful != right
    check_code(page, "my-cycle", "def my_cycle", forgetful, "wrong")
    bring_up(page, form(page, "my-cycle"))
    assert "months without memory" in form(page, "my-cycle").inner_text()
    check_code(page, "my-cycle", "def my_cycle", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["my-cycle"]["done"] is True
    no_widget_error(page)


PICTURES = {
    "watch": "watch = lesson.reveal",
    "ring": "ring = lesson.keep",
    "world": "world = lesson.keep",
    "anchor": "anchor = lesson.keep",
    "euler": "euler = lesson.keep",
    "inside": "inside = lesson.keep",
}
FORMS = ("what-does-it-find", "why-perfect", "taylors-rule", "my-cycle")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    for look in looks(page):
        pictures_look_well(page, LESSON, look, PICTURES, screenshot)
        forms_look_well(page, LESSON, look, FORMS, screenshot)


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows: a PNG for each run, text for each form, no kernel."""
    questions = shown_without_kernel(LESSON, pictures=3)
    assert "the test was written by the author of the training data" in questions
