"""Lesson 06 in JupyterLab: predict, play the theatre, collapse the posterior, lose the outliers."""

from __future__ import annotations

import pytest
from lesson_lab import (
    break_and_repair,
    bring_up,
    looks_well,
    misconception,
    no_widget_error,
    output_of,
    played,
    predict,
    wait_for_sentence,
)

LESSON = "06_vae"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    predict(page, "latent-axes", 1, right=False)
    player = output_of(page, "watch").locator(".sk-root").first
    player.wait_for(timeout=20_000)
    bring_up(page, player)
    first = player.screenshot()
    played(page)
    wait_for_sentence(page, "After 60 epochs")
    assert player.screenshot() != first
    screenshot(page, "lesson_06_watch")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("exercise", "dial", "label", "breaks", "heals"),
    [
        ("collapse-the-posterior", "collapse", "price of a nat", "End", "Home"),
        ("lose-the-outliers", "outliers", "noise of the likelihood", "Home", "End"),
    ],
)
def test_break_and_repair(lesson_page, screenshot, exercise, dial, label, breaks, heals):
    break_and_repair(lesson_page, exercise, dial, label, screenshot, breaks, heals)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    without_noise = (" + np.sqrt(sigma2) * rng.standard_normal((n, X.shape[1]))", "")
    name = "the decoder's mean is the row"
    misconception(lesson_page, "linear-vae", "def my_linear_vae", name, without_noise)


def test_looks(lesson_page, screenshot):
    forms = ("latent-axes", "why-collapse", "price-of-a-unit", "who-wins")
    looks_well(lesson_page, ("watch", "collapse", "outliers"), forms, screenshot)
