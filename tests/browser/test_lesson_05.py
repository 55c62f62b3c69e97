"""Lesson 05 in JupyterLab: predict, two runs side by side, collapse the modes, heal by packing."""

from __future__ import annotations

import lab
from lesson_lab import (
    bring_up,
    check_code,
    commit_choice,
    fits,
    form,
    forms_look_well,
    looks,
    no_widget_error,
    progress,
    solution,
    submit,
    to_last_frame,
    wait_for_kernel,
    wait_for_sentence,
    widget,
)
from player_page import button, wait_for_step

LESSON = "05_gan"
CLOUD = "Where does the generator put its points?"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    commit_choice(page, "how-many-modes", 0)
    kept = progress(lab_server, LESSON)["predictions"]["how-many-modes"]
    assert (kept["value"], kept["right"]) == (0, False)
    player = widget(page, CLOUD).first
    player.wait_for(timeout=20_000)
    bring_up(page, player)
    first = player.screenshot()
    to_last_frame(player)
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


def test_break_and_repair(lesson_page, lab_server, screenshot):
    page = lesson_page
    slider = page.get_by_role("slider", name="learning rate of D, as a multiple").first
    bring_up(page, slider)
    for key, broken, outcome in (("Home", "True", "wrong"), ("End", "False", "right")):
        slider.press(key)
        wait_for_kernel(page, "modes.is_broken", broken)
        submit(page, "collapse-the-modes", outcome)
        screenshot(page, f"lesson_05_modes_{outcome}")
        bring_up(page, slider)
    assert progress(lab_server, LESSON)["exercises"]["collapse-the-modes"]["done"]
    no_widget_error(page)


def test_the_code_exercise(lesson_page):
    page = lesson_page
    right = solution(LESSON, "best-discriminator")
    wrong = right.replace(" / len(real)", "").replace(" / len(fake)", "")
    assert wrong != right
    check_code(page, "best-discriminator", "def my_best_discriminator", wrong, "wrong")
    assert "more rows look more likely" in form(page, "best-discriminator").text_content()
    check_code(page, "best-discriminator", "def my_best_discriminator", right, "right")


FORMS = ("how-many-modes", "what-losses-say", "the-two-losses", "is-it-worth-it")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    inside = page.locator(".ski").first
    bring_up(page, inside)
    inside.locator("button").nth(1).click()
    assert page.locator(".ski-term.ski-lit").count() >= 2
    for look in looks(page):
        forms_look_well(page, LESSON, look, FORMS, screenshot)
        for number, root in enumerate(widget(page, CLOUD).all()):
            bring_up(page, root)
            screenshot(page, f"lesson_05_{look}_cloud_{number}")
            fits(root, f"cloud {number} in {look}")
        bring_up(page, inside)
        screenshot(page, f"lesson_05_{look}_inside")
        assert lab.axe_violations(page, ".ski") == []
    no_widget_error(page)
