"""Lesson 10 in JupyterLab: predict, watch a detector learn, break a rule, a bank and a scheme."""

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

LESSON = "10_finance_rules"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    predict(page, "what-does-it-find", 1, right=True)
    played(page)
    screenshot(page, "lesson_10_watch")
    wait_for_kernel(page, "watch.widget.trace.last('all') > 0.8", "True")
    no_widget_error(page)


def test_a_fraud_lights_up_among_the_payments(lesson_page, screenshot):
    """The last frame says what is lit; the table below names the accounts."""
    page = lesson_page
    player = played(page, "ring")
    assert "belong to one cycle" in player.locator(".sk-sentence").inner_text()
    screenshot(page, "lesson_10_ring")
    player.get_by_text("Data as a table").click()
    headings = player.locator("caption").all_inner_texts()
    assert any(text.endswith("the cycle") for text in headings)
    player.get_by_text("Data as a table").click()
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label", "breaks", "heals"),
    [
        ("learn-the-rule", "rule", "typologies in the training data", 0.0, "End"),
        ("lose-the-anchor", "anchor", "φ_π: points of interest a point of inflation", 0.0, "End"),
        ("go-below-zero", "euler", "volatility σ", 1.0, "Home"),
    ],
)
def test_break_and_repair(lesson_page, screenshot, exercise, dial, label, breaks, heals):
    break_and_repair(lesson_page, exercise, dial, label, screenshot, breaks, heals)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    forgetful = (
        ("state = 1 - state", "state = int(rng.random() < stay)"),
        ("rng.random() > stay", "True"),
    )
    misconception(lesson_page, "my-cycle", "def my_cycle", "months without memory", *forgetful)


def test_looks(lesson_page, screenshot):
    pictures = ("watch", "ring", "world", "anchor", "euler")
    forms = ("what-does-it-find", "why-perfect", "taylors-rule", "my-cycle")
    looks_well(lesson_page, pictures, forms, screenshot)
