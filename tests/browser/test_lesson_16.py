"""Lesson 16 in JupyterLab: predict the gap, watch it, lose to a font, be hurt by free labels."""

from __future__ import annotations

import pytest
from lesson_lab import (
    break_and_repair,
    looks_well,
    misconception,
    no_widget_error,
    played,
    predict,
    to_last_frame,
    wait_for_kernel,
    wait_for_score,
)

LESSON = "16_labelled_images"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    predict(page, "how-many-does-it-read", 1, right=True)
    player = played(page)
    wait_for_kernel(page, "watch.widget.is_running", "False")
    to_last_frame(player)
    wait_for_score(page, "That is right")
    wait_for_kernel(page, "watch.widget.trace.last('own') > .99", "True")
    screenshot(page, "lesson_16_one_font")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label"),
    [
        ("lose-it-to-a-font", "font", "what is drawn"),
        ("let-free-labels-hurt", "hurt", "who learns from both"),
    ],
)
def test_break_and_repair(lesson_page, screenshot, exercise, dial, label):
    break_and_repair(lesson_page, exercise, dial, label, screenshot)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    alike = ("rng.integers(0, 3, (len(pictures), 2))", "[(0, 1)] * len(pictures)")
    misconception(lesson_page, "my-variety", "def my_variety", "one shift for all", alike)


def test_looks(lesson_page, screenshot):
    pictures = ("watch", "font", "hurt", "confused")
    forms = ("how-many-does-it-read", "why-is-there-a-gap", "from-points-to-pixels", "my-variety")
    looks_well(lesson_page, pictures, forms, screenshot)
