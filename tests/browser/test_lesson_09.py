"""Lesson 09 in JupyterLab: predict, watch a book, match an order, lose the facts and heal."""

from __future__ import annotations

import lab
from lesson_lab import (
    break_and_repair,
    bring_up,
    looks_well,
    misconception,
    no_widget_error,
    played,
    predict,
    press,
    wait_for_kernel,
    wait_for_score,
)

LESSON = "09_market"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    predict(page, "do-they-look-real", 1, right=True)
    player = played(page)
    wait_for_score(page, "That is right")
    bring_up(page, player)
    screenshot(page, "lesson_09_watch")
    calm = float(lab.evaluate_in_kernel(page, "watch.widget.trace.last('mean_spread_ticks')"))
    press(page, player.get_by_role("slider", name="impatience"), "End")
    wait_for_kernel(page, "watch.widget.parameters['market_rate']", "20")
    wait_for_kernel(page, f"watch.widget.trace.last('mean_spread_ticks') > {calm}", "True")
    no_widget_error(page)


def test_break_and_repair(lesson_page, screenshot):
    label = "noise of the chartists"
    break_and_repair(lesson_page, "lose-the-facts", "noise", label, screenshot, breaks="Home")


def test_a_wrong_match_is_told_its_misconception(lesson_page):
    newest = ("(arrived, price)", "(-arrived, price)")
    misconception(lesson_page, "my-match", "def my_match", "the newest first", newest)


def test_looks(lesson_page, screenshot):
    forms = ("do-they-look-real", "where-do-clusters-come-from", "two-demands", "my-match")
    looks_well(lesson_page, ("watch", "noise"), forms, screenshot)
