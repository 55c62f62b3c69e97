"""Lesson 15 in JupyterLab: predict, watch copies, write a mixup, hide the people."""

from __future__ import annotations

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

LESSON = "15_your_technique"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    commit_choice(page, "how-many-promises", 2)
    kept = progress(lab_server, LESSON)["predictions"]["how-many-promises"]
    assert (kept["value"], kept["right"]) == (2, True)
    output = cell_of(page, "watch = lesson.reveal").locator(".jp-OutputArea").first
    player = output.locator(".sk-root")
    player.wait_for(timeout=30_000)
    to_last_frame(player)
    bring_up(page, player)
    screenshot(page, "lesson_15_watch")
    wait_for_kernel(page, "watch.widget.trace.parameters['share']", "0.02")
    wait_for_kernel(page, "0 < watch.widget.trace.last('nearness') < 1", "True")
    manners = cell_of(page, "manners = sk.try_technique").locator(".jp-OutputArea").first
    bring_up(page, manners)
    screenshot(page, "lesson_15_contract")
    assert "JitteredCopies keeps 18 of 18 promises" in manners.inner_text()
    no_widget_error(page)


def test_hide_the_people(lesson_page, lab_server, screenshot):
    page, exercise = lesson_page, "hide-the-people"
    slider = cell_of(page, "people = lesson.keep").get_by_role(
        "slider", name="jitter (share of the spread)"
    )
    drag_slider(page, slider, 0.34)
    wait_for_kernel(page, "people.value", "0.2")
    wait_for_kernel(page, "people.is_broken", "True")
    bring_up(page, slider)
    screenshot(page, "lesson_15_found")
    submit(page, exercise, "wrong")
    bring_up(page, slider)
    slider.focus()
    page.keyboard.press("End")
    wait_for_kernel(page, "people.is_broken", "False")
    screenshot(page, "lesson_15_hidden")
    submit(page, exercise, "right")
    assert progress(lab_server, LESSON)["exercises"][exercise]["done"] is True
    no_widget_error(page)


def test_a_wrong_program_is_told_its_misconception(lesson_page, lab_server):
    page = lesson_page
    right = solution(LESSON, "my-mixup")
    in_the_box = right.replace("(len(a), 1)", "a.shape")
    assert in_the_box != right
    check_code(page, "my-mixup", "def my_mixup", in_the_box, "wrong")
    bring_up(page, form(page, "my-mixup"))
    assert "one share for each cell" in form(page, "my-mixup").inner_text()
    check_code(page, "my-mixup", "def my_mixup", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["my-mixup"]["done"] is True
    no_widget_error(page)


PICTURES = {
    "watch": "watch = lesson.reveal",
    "mixup": "mixup_player = lesson.keep",
    "people": "people = lesson.keep",
}
FORMS = ("how-many-promises", "why-the-picture-is-fine", "my-mixup", "what-may-you-claim")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    for look in looks(page):
        pictures_look_well(page, LESSON, look, PICTURES, screenshot)
        forms_look_well(page, LESSON, look, FORMS, screenshot)


def test_the_notebook_alone_shows_pictures_and_reports():
    """What a code host shows: a PNG for each run, tables of the reports, no kernel."""
    tables = shown_without_kernel(LESSON, pictures=3)
    assert "lets members be found" in tables
    assert "can be saved and loaded" in tables
