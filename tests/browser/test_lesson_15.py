"""Lesson 15 in JupyterLab: predict, watch copies, write a mixup, hide the people."""

from __future__ import annotations

from lesson_lab import (
    break_and_repair,
    bring_up,
    looks_well,
    misconception,
    no_widget_error,
    output_of,
    played,
    predict,
    wait_for_kernel,
)

LESSON = "15_your_technique"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    predict(page, "how-many-promises", 2, right=True)
    played(page)
    screenshot(page, "lesson_15_watch")
    wait_for_kernel(page, "watch.widget.trace.parameters['share']", "0.02")
    wait_for_kernel(page, "0 < watch.widget.trace.last('nearness') < 1", "True")
    manners = output_of(page, "manners = sk.try_technique")
    bring_up(page, manners)
    screenshot(page, "lesson_15_contract")
    assert "JitteredCopies keeps 18 of 18 promises" in manners.inner_text()
    no_widget_error(page)


def test_hide_the_people(lesson_page, screenshot):
    label = "jitter (share of the spread)"
    break_and_repair(lesson_page, "hide-the-people", "people", label, screenshot, breaks=0.34)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    in_the_box = ("(len(a), 1)", "a.shape")
    name = "one share for each cell"
    misconception(lesson_page, "my-mixup", "def my_mixup", name, in_the_box)


def test_looks(lesson_page, screenshot):
    forms = ("how-many-promises", "why-the-picture-is-fine", "my-mixup", "what-may-you-claim")
    looks_well(lesson_page, ("watch", "mixup_player", "people"), forms, screenshot)
