"""Lesson 04 in JupyterLab: predict, turn epsilon, break, repair, and see through Kim's noise."""

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
    played,
    submit,
    wait_for_score,
    wait_for_sentence,
)

LESSON = "04_perturbation"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    drawn = form(page, "group-error")
    bring_up(page, drawn)
    for i, up in enumerate((15, 30, 75)):
        drag_point(page, drawn, i, -up)
    sliders = drawn.locator("[role=slider]")
    values = [float(sliders.nth(i).get_attribute("aria-valuenow")) for i in range(3)]
    assert values == sorted(values)
    screenshot(page, "lesson_04_predict")
    submit(page, "group-error", "recorded")
    assert page.kept()["predictions"]["group-error"]["value"][1:] == values

    player = played(page)
    wait_for_score(page, "Your line is off by a factor of")
    screenshot(page, "lesson_04_watch")
    # Turn the knob to the strict end: the smallest group's error grows, and is said in words.
    player.get_by_role("slider", name="smaller: more private").press("Home")
    wait_for_sentence(page, "at ε = 0.1")
    screenshot(page, "lesson_04_watch_strict")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label", "keys"),
    [
        ("lose-the-small-group", "small", "epsilon", "Home"),
        ("flatten-the-correlations", "flat", "last: Kim's", "Home ArrowRight ArrowRight"),
        ("see-through-kim", "kim", "of Kim's noise", "Home"),
    ],
)
def test_break_and_repair(lesson_page, screenshot, exercise, dial, label, keys):
    break_and_repair(lesson_page, exercise, dial, label, screenshot, breaks=keys)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    unclipped = ("np.clip(x, low, high)", "x")
    name = "an outlier nobody stopped"
    misconception(lesson_page, "private-mean", "def my_private_mean", name, unclipped)


def test_looks(lesson_page, screenshot):
    forms = ("group-error", "what-epsilon-says", "a-coin-that-protects", "release-in-order")
    looks_well(lesson_page, ("curve", "small", "flat", "kim"), forms, screenshot)
