"""Lesson 16 in JupyterLab: predict the gap, watch it, lose to a font, be hurt by free labels."""

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
    wait_for_score,
)

LESSON = "16_labelled_images"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    commit_choice(page, "how-many-does-it-read", 1)
    kept = progress(lab_server, LESSON)["predictions"]["how-many-does-it-read"]
    assert (kept["value"], kept["right"]) == (1, True)
    output = cell_of(page, "watch = lesson.reveal").locator(".jp-OutputArea").first
    player = output.locator(".sk-root")
    player.wait_for(timeout=30_000)
    wait_for_kernel(page, "watch.widget.is_running", "False")
    to_last_frame(player)
    wait_for_score(page, "That is right")
    wait_for_kernel(page, "watch.widget.trace.last('own') > .99", "True")
    bring_up(page, player)
    screenshot(page, "lesson_16_one_font")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label", "key"),
    [
        ("lose-it-to-a-font", "font", "what is drawn", "End"),
        ("let-free-labels-hurt", "hurt", "who learns from both", "End"),
    ],
)
def test_break_and_repair(lesson_page, lab_server, screenshot, exercise, dial, label, key):
    page = lesson_page
    slider = cell_of(page, f"{dial} = lesson.keep").get_by_role("slider", name=label)
    drag_slider(page, slider, 0.0)
    wait_for_kernel(page, f"{dial}.is_broken", "True")
    bring_up(page, slider)
    screenshot(page, f"lesson_16_broken_{dial}")
    submit(page, exercise, "wrong")
    bring_up(page, slider)
    slider.focus()
    page.keyboard.press(key)
    wait_for_kernel(page, f"{dial}.is_broken", "False")
    submit(page, exercise, "right")
    assert progress(lab_server, LESSON)["exercises"][exercise]["done"] is True
    no_widget_error(page)


def test_a_wrong_program_is_told_its_misconception(lesson_page, lab_server):
    page = lesson_page
    right = solution(LESSON, "my-variety")
    alike = right.replace("rng.integers(0, 3, (len(pictures), 2))", "[(0, 1)] * len(pictures)")
    assert alike != right
    check_code(page, "my-variety", "def my_variety", alike, "wrong")
    bring_up(page, form(page, "my-variety"))
    assert "one shift for all" in form(page, "my-variety").inner_text()
    check_code(page, "my-variety", "def my_variety", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["my-variety"]["done"] is True
    no_widget_error(page)


PICTURES = {
    "watch": "watch = lesson.reveal",
    "font": "font = lesson.keep",
    "hurt": "hurt = lesson.keep",
    "inside": "inside = lesson.keep",
    "confused": "confused = lesson.keep",
}
FORMS = ("how-many-does-it-read", "why-is-there-a-gap", "from-points-to-pixels", "my-variety")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    for look in looks(page):
        pictures_look_well(page, LESSON, look, PICTURES, screenshot)
        forms_look_well(page, LESSON, look, FORMS, screenshot)


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows: a PNG for each run, text for each form, no kernel."""
    questions = shown_without_kernel(LESSON, pictures=4)
    assert "It learnt what is true of the drawn pictures, not of digits" in questions
