"""Lesson 08 in JupyterLab: predict, watch a phantom jam, write a step, break, calibrate."""

from __future__ import annotations

import pytest
from lesson_lab import (
    bring_up,
    cell_of,
    check_code,
    commit_choice,
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

LESSON = "08_traffic"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    commit_choice(page, "when-does-it-jam", 1)
    kept = progress(lab_server, LESSON)["predictions"]["when-does-it-jam"]
    assert (kept["value"], kept["right"]) == (1, True)
    output = cell_of(page, "watch = lesson.reveal").locator(".jp-OutputArea").first
    player = output.locator(".sk-root")
    player.wait_for(timeout=30_000)
    to_last_frame(player)
    wait_for_score(page, "That is right")
    bring_up(page, player)
    screenshot(page, "lesson_08_watch")
    assert "a jam" in player.locator(".sk-sentence").inner_text()
    slider = player.get_by_role("slider", name="cars on the ring")
    slider.focus()
    slider.press("Home")
    wait_for_kernel(page, "watch.widget.parameters['vehicles']", "10")
    wait_for_kernel(page, "watch.widget.trace.last('spread_mps') < 0.1", "True")
    slider.press("End")
    wait_for_kernel(page, "watch.widget.trace.last('spread_mps') > 1", "True")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label"),
    [
        ("perfect-drivers", "perfect", "probability of dawdling"),
        ("one-curve-two-rules", "fooled", "cars on the fullest ring"),
    ],
)
def test_break_and_repair(lesson_page, lab_server, screenshot, exercise, dial, label):
    page = lesson_page
    slider = cell_of(page, f"{dial} = lesson.keep").get_by_role("slider", name=label)
    bring_up(page, slider)
    slider.focus()
    slider.press("Home")
    wait_for_kernel(page, f"{dial}.is_broken", "True")
    bring_up(page, slider)
    screenshot(page, f"lesson_08_broken_{dial}")
    submit(page, exercise, "wrong")
    bring_up(page, slider)
    slider.focus()
    slider.press("End")
    wait_for_kernel(page, f"{dial}.is_broken", "False")
    submit(page, exercise, "right")
    assert progress(lab_server, LESSON)["exercises"][exercise]["done"] is True
    no_widget_error(page)


def test_a_wrong_step_is_told_its_misconception(lesson_page, lab_server):
    page = lesson_page
    right = solution(LESSON, "my-step")
    cut = right.replace("- position - 1) % cells", "- position - 1)")
    assert cut != right
    check_code(page, "my-step", "def my_step", cut, "wrong")
    bring_up(page, form(page, "my-step"))
    assert "wrap-around forgotten" in form(page, "my-step").inner_text()
    check_code(page, "my-step", "def my_step", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["my-step"]["done"] is True


def test_the_calibration_reads_the_measured_jam(lesson_page, lab_server):
    page = lesson_page
    calm = "def my_driver():\n    return {'acceleration_mps2': 2.5}"
    check_code(page, "jam-as-measured", "def my_driver", calm, "wrong")
    assert "There is no jam" in form(page, "jam-as-measured").inner_text()
    right = solution(LESSON, "jam-as-measured")
    check_code(page, "jam-as-measured", "def my_driver", right, "right")
    no_widget_error(page)


PICTURES = {
    "watch": "watch = lesson.reveal",
    "perfect": "perfect = lesson.keep",
    "fooled": "fooled = lesson.keep",
    "inside": "inside = lesson.keep",
    "diagram": "diagram = lesson.keep",
}
FORMS = ("when-does-it-jam", "where-does-it-come-from", "gaps-on-a-ring", "my-step")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    for look in looks(page):
        pictures_look_well(page, LESSON, look, PICTURES, screenshot)
        forms_look_well(page, LESSON, look, FORMS, screenshot)


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows: a PNG for each run, text for each form, no kernel."""
    questions = shown_without_kernel(LESSON, pictures=4)
    assert "Each driver has to brake a bit more than the one ahead did" in questions
