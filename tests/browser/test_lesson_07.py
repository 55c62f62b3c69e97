"""Lesson 07 in JupyterLab: draw the stops, brake on ice, leave the calibrated range, come back."""

from __future__ import annotations

import pytest
from lesson_lab import (
    bring_up,
    cell_of,
    check_code,
    drag_point,
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

LESSON = "07_driving"


def test_predict_brake_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    asked = form(page, "where-does-it-stop")
    bring_up(page, asked)
    drag_point(page, asked, 2, -60)  # on ice: the dry point is given
    asked.locator("select").select_option(label="fairly sure")
    submit(page, "where-does-it-stop", "recorded")
    said = progress(lab_server, LESSON)["predictions"]["where-does-it-stop"]["value"]
    assert said[3] > said[0]
    output = cell_of(page, "watch = lesson.reveal").locator(".jp-OutputArea").first
    player = output.locator(".sk-root")
    player.wait_for(timeout=30_000)
    bring_up(page, player)
    middle = player.get_by_role("slider", name="Frame")
    middle.focus()
    for _ in range(4):
        middle.press("PageUp")
    screenshot(page, "lesson_07_braking")
    to_last_frame(player)
    wait_for_score(page, f"On ice you said {said[3]:.0f} m")
    wait_for_kernel(page, "watch.widget.trace.last('kmh')", "0.0")
    wait_for_kernel(page, "60 < watch.widget.trace.last('metres') < 80", "True")
    bring_up(page, player)
    screenshot(page, "lesson_07_stopped_on_ice")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label", "broken", "healed"),
    [
        ("leave-the-calibrated-range", "friction", "roads calibrated", 0.0, 4),
        ("make-energy-from-nothing", "step", "time step", 1.0, 0.1),
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
    screenshot(page, f"lesson_07_broken_{dial}")
    submit(page, exercise, "wrong")
    bring_up(page, slider)
    slider.focus()
    page.keyboard.press("Home" if broken else "End")
    wait_for_kernel(page, f"{dial}.is_broken", "False")
    submit(page, exercise, "right")
    assert progress(lab_server, LESSON)["exercises"][exercise]["done"] is True
    no_widget_error(page)


def test_a_wrong_program_is_told_its_misconception(lesson_page, lab_server):
    page = lesson_page
    right = solution(LESSON, "my-stop")
    pedal = right.replace("min(wished, friction * 9.81)", "wished")
    assert pedal != right
    check_code(page, "my-stop", "def my_stop", pedal, "wrong")
    bring_up(page, form(page, "my-stop"))
    assert "the pedal decides, not the road" in form(page, "my-stop").inner_text()
    check_code(page, "my-stop", "def my_stop", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["my-stop"]["done"] is True
    no_widget_error(page)


PICTURES = {
    "watch": "watch = lesson.reveal",
    "friction": "friction = lesson.keep",
    "step": "step = lesson.keep",
    "inside": "inside = lesson.keep",
    "recall": "recall = lesson.keep",
    "rolling": "rolling = lesson.keep",
}
FORMS = ("where-does-it-stop", "why-it-left-the-bend", "a-runge-kutta-step", "my-stop")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    for look in looks(page):
        pictures_look_well(page, LESSON, look, PICTURES, screenshot)
        forms_look_well(page, LESSON, look, FORMS, screenshot)


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows: a PNG for each run, text for each form, no kernel."""
    questions = shown_without_kernel(LESSON, pictures=5)
    assert "braking and turning come out of one small circle" in questions
