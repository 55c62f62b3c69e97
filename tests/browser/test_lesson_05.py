"""Lesson 05 in JupyterLab: predict, two runs side by side, collapse the modes, heal by packing."""

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
    wait_for_sentence,
)
from player_page import button, wait_for_step

LESSON = "05_gan"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    predict(page, "how-many-modes", 0, right=False)
    player = output_of(page, "watch").locator(".sk-root").first
    player.wait_for(timeout=20_000)
    bring_up(page, player)
    first = player.screenshot()
    played(page)
    wait_for_sentence(page, "After 4,000 steps")
    assert player.screenshot() != first
    screenshot(page, "lesson_05_watch")
    for name, step in (("A, step 400: the second cloud dies", 400),
                       ("B, step 500: the fourth cloud dies", 500)):  # fmt: skip
        button(player, name).press("Enter")
        wait_for_step(player, lambda now, step=step: now == step)
    wait_for_sentence(page, "B: After 500 steps 2 of 8 clouds are visited")
    screenshot(page, "lesson_05_dead_cloud")
    no_widget_error(page)


def test_break_and_repair(lesson_page, screenshot):
    label = "learning rate of D, as a multiple"
    break_and_repair(lesson_page, "collapse-the-modes", "modes", label, screenshot, breaks="Home")


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    summed = ((" / len(real)", ""), (" / len(fake)", ""))
    name = "more rows look more likely"
    misconception(lesson_page, "best-discriminator", "def my_best_discriminator", name, *summed)


def test_looks(lesson_page, screenshot):
    forms = ("how-many-modes", "what-losses-say", "the-two-losses", "is-it-worth-it")
    looks_well(lesson_page, ("watch", "modes"), forms, screenshot)
