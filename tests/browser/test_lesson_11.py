"""Lesson 11 in JupyterLab: predict, watch a core being refined, starve a loop, feed it again."""

from __future__ import annotations

import pytest
from lesson_lab import (
    break_and_repair,
    looks_well,
    misconception,
    no_widget_error,
    played,
    predict,
    wait_for_kernel,
)

LESSON = "11_hybrid"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    predict(page, "what-becomes-of-the-ranks", 2, right=True)
    played(page)
    screenshot(page, "lesson_11_watch")
    wait_for_kernel(page, "watch.widget.trace.last('impossible')", "0.0")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label"),
    [
        ("starve-the-loop", "loop", "fresh real rows (share)"),
        ("spoil-the-sums", "order", "projection … the quantile match"),
    ],
)
def test_break_and_repair(lesson_page, screenshot, exercise, dial, label):
    break_and_repair(lesson_page, exercise, dial, label, screenshot)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    unsorted = ("np.argsort(np.argsort(x))", "np.arange(len(x))")
    misconception(lesson_page, "my-match", "def my_match", "sorted values, lost rows", unsorted)


def test_looks(lesson_page, screenshot):
    forms = ("what-becomes-of-the-ranks", "why-tails-are-needed", "make-it-add-up", "my-match")
    looks_well(lesson_page, ("watch", "loop", "order"), forms, screenshot)
