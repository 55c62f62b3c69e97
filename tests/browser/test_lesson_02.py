"""Lesson 02 in JupyterLab: predict, watch the replicates pile up, break two intervals, repair."""

from __future__ import annotations

import lab
import pytest
from lesson_lab import (
    break_and_repair,
    bring_up,
    drag_slider,
    looks_well,
    misconception,
    no_widget_error,
    played,
    predict,
    wait_for_kernel,
    wait_for_score,
)

LESSON = "02_bootstrap"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    predict(page, "what-narrows-it", 0, right=False)
    # The curtain opens; at the run's end the prediction is said and scored beside it.
    player = played(page)
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


@pytest.mark.parametrize(
    ("exercise", "dial", "label"),
    [
        ("break-dependence", "dependence", "rows in a block"),
        ("break-the-maximum", "maximum", "rows drawn each time"),
    ],
)
def test_break_and_repair(lesson_page, screenshot, exercise, dial, label):
    break_and_repair(lesson_page, exercise, dial, label, screenshot)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    torn = (
        "np.corrcoef(pairs[rows].T)",
        "np.corrcoef(pairs[rows, 0], pairs[rng.integers(0, n, n), 1])",
    )
    misconception(
        lesson_page, "my-interval", "def my_interval", "the rows were torn apart", torn
    )


def test_looks(lesson_page, screenshot):
    pictures = ("watch", "dependence", "maximum", "card = sk.judge")
    forms = ("what-narrows-it", "what-replicates-buy", "standard-error", "my-interval")
    looks_well(lesson_page, pictures, forms, screenshot)
