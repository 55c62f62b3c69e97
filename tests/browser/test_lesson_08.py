"""Lesson 08 in JupyterLab: predict, watch a phantom jam, write a step, break, calibrate."""

from __future__ import annotations

import pytest
from lesson_lab import (
    break_and_repair,
    bring_up,
    check_code,
    form,
    looks_well,
    misconception,
    no_widget_error,
    played,
    predict,
    press,
    solution,
    wait_for_kernel,
    wait_for_score,
)

LESSON = "08_traffic"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    predict(page, "when-does-it-jam", 1, right=True)
    player = played(page)
    wait_for_score(page, "That is right")
    bring_up(page, player)
    screenshot(page, "lesson_08_watch")
    assert "a jam" in player.locator(".sk-sentence").inner_text()
    slider = player.get_by_role("slider", name="cars on the ring")
    press(page, slider, "Home")
    wait_for_kernel(page, "watch.widget.parameters['vehicles']", "10")
    wait_for_kernel(page, "watch.widget.trace.last('spread_mps') < 0.1", "True")
    press(page, slider, "End")
    wait_for_kernel(page, "watch.widget.trace.last('spread_mps') > 1", "True")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label"),
    [
        ("perfect-drivers", "perfect", "probability of dawdling"),
        ("one-curve-two-rules", "fooled", "cars on the fullest ring"),
    ],
)
def test_break_and_repair(lesson_page, screenshot, exercise, dial, label):
    break_and_repair(lesson_page, exercise, dial, label, screenshot, breaks="Home")


def test_a_wrong_step_is_told_its_misconception(lesson_page):
    cut = ("- position - 1) % cells", "- position - 1)")
    misconception(lesson_page, "my-step", "def my_step", "wrap-around forgotten", cut)


def test_the_calibration_reads_the_measured_jam(lesson_page):
    page = lesson_page
    calm = "def my_driver():\n    return {'acceleration_mps2': 2.5}"
    check_code(page, "jam-as-measured", "def my_driver", calm, "wrong")
    assert "There is no jam" in form(page, "jam-as-measured").inner_text()
    right = solution(LESSON, "jam-as-measured")
    check_code(page, "jam-as-measured", "def my_driver", right, "right")
    no_widget_error(page)


def test_looks(lesson_page, screenshot):
    pictures = ("watch", "perfect", "fooled", "diagram")
    forms = ("when-does-it-jam", "where-does-it-come-from", "gaps-on-a-ring", "my-step")
    looks_well(lesson_page, pictures, forms, screenshot)
