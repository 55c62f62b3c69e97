"""Lesson 11 in JupyterLab: predict, watch a core being refined, starve a loop, feed it again."""

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

LESSON = "11_hybrid"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    commit_choice(page, "what-becomes-of-the-ranks", 2)
    kept = progress(lab_server, LESSON)["predictions"]["what-becomes-of-the-ranks"]
    assert (kept["value"], kept["right"]) == (2, True)
    output = cell_of(page, "watch = lesson.reveal").locator(".jp-OutputArea").first
    player = output.locator(".sk-root")
    player.wait_for(timeout=30_000)
    to_last_frame(player)
    bring_up(page, player)
    screenshot(page, "lesson_11_watch")
    wait_for_kernel(page, "watch.widget.trace.last('impossible')", "0.0")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label", "broken", "healed"),
    [
        ("starve-the-loop", "loop", "fresh real rows (share)", "Home", "End"),
        ("spoil-the-sums", "order", "projection … the quantile match", "Home", "End"),
    ],
)
def test_break_and_repair(
    lesson_page, lab_server, screenshot, exercise, dial, label, broken, healed
):
    page = lesson_page
    slider = cell_of(page, f"{dial} = lesson.keep").get_by_role("slider", name=label)
    drag_slider(page, slider, 0.0)
    wait_for_kernel(page, f"{dial}.is_broken", "True")
    bring_up(page, slider)
    screenshot(page, f"lesson_11_broken_{dial}")
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
    right = solution(LESSON, "my-match")
    unsorted = right.replace("np.argsort(np.argsort(x))", "np.arange(len(x))")
    assert unsorted != right
    check_code(page, "my-match", "def my_match", unsorted, "wrong")
    bring_up(page, form(page, "my-match"))
    assert "sorted values, lost rows" in form(page, "my-match").inner_text()
    check_code(page, "my-match", "def my_match", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["my-match"]["done"] is True
    no_widget_error(page)


PICTURES = {
    "watch": "watch = lesson.reveal",
    "loop": "loop = lesson.keep",
    "order": "order = lesson.keep",
    "inside": "inside = lesson.keep",
}
FORMS = ("what-becomes-of-the-ranks", "why-tails-are-needed", "make-it-add-up", "my-match")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    for look in looks(page):
        pictures_look_well(page, LESSON, look, PICTURES, screenshot)
        forms_look_well(page, LESSON, look, FORMS, screenshot)


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows: a PNG for each run, text for each form, no kernel."""
    questions = shown_without_kernel(LESSON, pictures=3)
    assert "nothing larger than the largest real value can appear" in questions
