"""Lesson 07 in JupyterLab: draw the stops, brake on ice, leave the calibrated range, come back."""

from __future__ import annotations

import pytest
from lesson_lab import (
    break_and_repair,
    bring_up,
    drag_point,
    form,
    looks_well,
    misconception,
    no_widget_error,
    output_of,
    played,
    press,
    submit,
    wait_for_kernel,
    wait_for_score,
)

LESSON = "07_driving"


def test_predict_brake_and_watch(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    asked = form(page, "where-does-it-stop")
    bring_up(page, asked)
    drag_point(page, asked, 2, -60)  # on ice: the dry point is given
    asked.locator("select").select_option(label="fairly sure")
    submit(page, "where-does-it-stop", "recorded")
    said = page.kept()["predictions"]["where-does-it-stop"]["value"]
    assert said[3] > said[0]
    player = output_of(page, "watch").locator(".sk-root")
    player.wait_for(timeout=30_000)
    press(page, player.get_by_role("slider", name="Frame"), "PageUp PageUp PageUp PageUp")
    screenshot(page, "lesson_07_braking")
    played(page)
    wait_for_score(page, f"On ice you said {said[3]:.0f} m")
    wait_for_kernel(page, "watch.widget.trace.last('kmh')", "0.0")
    wait_for_kernel(page, "60 < watch.widget.trace.last('metres') < 80", "True")
    bring_up(page, player)
    screenshot(page, "lesson_07_stopped_on_ice")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label", "breaks", "heals"),
    [
        ("leave-the-calibrated-range", "friction", "roads calibrated", 0.0, "End"),
        ("make-energy-from-nothing", "step", "time step", 1.0, "Home"),
    ],
)
def test_break_and_repair(lesson_page, screenshot, exercise, dial, label, breaks, heals):
    break_and_repair(lesson_page, exercise, dial, label, screenshot, breaks, heals)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    pedal = ("min(wished, friction * 9.81)", "wished")
    misconception(lesson_page, "my-stop", "def my_stop", "the pedal decides, not the road", pedal)


def test_looks(lesson_page, screenshot):
    pictures = ("watch", "friction", "step", "recall", "rolling")
    forms = ("where-does-it-stop", "why-it-left-the-bend", "a-runge-kutta-step", "my-stop")
    looks_well(lesson_page, pictures, forms, screenshot)
