"""Lesson 02 in JupyterLab: predict, watch the replicates pile up, break two intervals, repair."""

from __future__ import annotations

import lab
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

LESSON = "02_bootstrap"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    commit_choice(page, "what-narrows-it", 0)
    kept = progress(lab_server, LESSON)["predictions"]["what-narrows-it"]
    assert (kept["value"], kept["confidence"], kept["right"]) == (0, 0.75, False)

    # The curtain opens; at the run's end the prediction is said and scored beside it.
    output = cell_of(page, "watch = lesson.reveal").locator(".jp-OutputArea").first
    player = output.locator(".sk-root")
    player.wait_for(timeout=20_000)
    to_last_frame(player)
    wait_for_score(page, "You predicted: 16 times the replicates")
    bring_up(page, player)
    screenshot(page, "lesson_02_watch")
    narrow_before = float(lab.evaluate_in_kernel(page, "watch.widget.trace.last('width')"))

    # More data: turn the knob to its end; the interval gets some 8 times narrower.
    drag_slider(page, player.get_by_role("slider", name="rows of data"), 1.0)
    wait_for_kernel(page, "watch.widget.trace.parameters['rows']", "1600")
    width = float(lab.evaluate_in_kernel(page, "watch.widget.trace.last('width')"))
    # sqrt(64) = 8, times how the two samples' own spreads differ: 25 exponentials err by 20 %.
    assert narrow_before / width == pytest.approx(8, rel=0.6)
    bring_up(page, player)
    screenshot(page, "lesson_02_watch_more_data")
    no_widget_error(page)


BREAKS = [
    ("break-dependence", "dependence", "rows in a block"),
    ("break-the-maximum", "maximum", "rows drawn each time"),
]


@pytest.mark.parametrize(("exercise", "dial", "label"), BREAKS)
def test_break_and_repair(lesson_page, lab_server, screenshot, exercise, dial, label):
    page = lesson_page
    slider = cell_of(page, f"{dial} = lesson.keep").get_by_role("slider", name=label)
    drag_slider(page, slider, 0.0)
    wait_for_kernel(page, f"{dial}.is_broken", "True")
    bring_up(page, slider)
    screenshot(page, f"lesson_02_broken_{dial}")
    submit(page, exercise, "wrong")
    assert "Now heal it" in form(page, exercise).inner_text()
    # By keyboard to the other end, where both are healed.
    bring_up(page, slider)
    slider.focus()
    page.keyboard.press("End")
    wait_for_kernel(page, f"{dial}.is_broken", "False")
    submit(page, exercise, "right")
    assert progress(lab_server, LESSON)["exercises"][exercise]["done"] is True
    no_widget_error(page)


def test_a_wrong_program_is_told_its_misconception(lesson_page, lab_server):
    page = lesson_page
    right = solution(LESSON, "my-interval")
    torn = right.replace(
        "np.corrcoef(pairs[rows].T)", "np.corrcoef(pairs[rows, 0], pairs[rng.integers(0, n, n), 1])"
    )
    assert torn != right
    check_code(page, "my-interval", "def my_interval", torn, "wrong")
    bring_up(page, form(page, "my-interval"))
    assert "the rows were torn apart" in form(page, "my-interval").inner_text()
    check_code(page, "my-interval", "def my_interval", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["my-interval"]["done"] is True
    no_widget_error(page)


PICTURES = {
    "watch": "watch = lesson.reveal",
    "dependence": "dependence = lesson.keep",
    "maximum": "maximum = lesson.keep",
    "inside": "inside = lesson.keep",
    "judge": "card = sk.judge",
}
FORMS = ("what-narrows-it", "what-replicates-buy", "standard-error", "my-interval")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    for look in looks(page):
        pictures_look_well(page, LESSON, look, PICTURES, screenshot)
        forms_look_well(page, LESSON, look, FORMS, screenshot)


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows: a PNG for each run, text for each form, no kernel."""
    questions = shown_without_kernel(LESSON, pictures=3)
    assert "The same interval, with steadier ends." in questions
