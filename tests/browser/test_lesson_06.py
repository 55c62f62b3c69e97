"""Lesson 06 in JupyterLab: predict, play the theatre, collapse the posterior, lose the outliers."""

from __future__ import annotations

import lab
from lesson_lab import (
    breaks_and_heals,
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

LESSON = "06_vae"
PLANE = "Where does the encoder put each digit?"
COLLAPSE = "What does each latent unit carry, and what does theory say?"
OUTLIERS = "Where have the outliers gone?"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    commit_choice(page, "latent-axes", 1)
    kept = progress(lab_server, LESSON)["predictions"]["latent-axes"]
    assert (kept["value"], kept["right"]) == (1, False)
    player = widget(page, PLANE).first
    player.wait_for(timeout=20_000)
    bring_up(page, player)
    first = player.screenshot()
    to_last_frame(player)
    wait_for_sentence(page, "After 60 epochs")
    assert player.screenshot() != first
    screenshot(page, "lesson_06_watch")
    no_widget_error(page)


def test_break_and_repair(lesson_page, lab_server, screenshot):
    page = lesson_page
    slider = widget(page, COLLAPSE).get_by_role("slider", name="price of a nat")
    bring_up(page, slider)
    for key, broken, outcome in (("End", "True", "wrong"), ("Home", "False", "right")):
        slider.press(key)
        wait_for_kernel(page, "collapse.is_broken", broken)
        submit(page, "collapse-the-posterior", outcome)
        bring_up(page, slider)
    slider = widget(page, OUTLIERS).get_by_role("slider", name="noise of the likelihood")
    breaks_and_heals(page, "lose-the-outliers", slider, "outliers", lambda: slider.press("Home"))
    done = progress(lab_server, LESSON)["exercises"]
    assert done["collapse-the-posterior"]["done"] and done["lose-the-outliers"]["done"]
    no_widget_error(page)


def test_the_code_exercise(lesson_page):
    page = lesson_page
    right = solution(LESSON, "linear-vae")
    wrong = right.split(" + np.sqrt(sigma2)")[0]
    assert wrong != right
    check_code(page, "linear-vae", "def my_linear_vae", wrong, "wrong")
    assert "the decoder's mean is the row" in form(page, "linear-vae").text_content()
    check_code(page, "linear-vae", "def my_linear_vae", right, "right")


FORMS = ("latent-axes", "why-collapse", "price-of-a-unit", "who-wins")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    inside = page.locator(".ski").first
    bring_up(page, inside)
    inside.locator("button").nth(1).click()
    assert page.locator(".ski-term.ski-lit").count() >= 2
    pictures = {
        "watch": widget(page, PLANE).first,
        "collapse": widget(page, COLLAPSE),
        "outliers": widget(page, OUTLIERS),
    }
    for look in looks(page):
        forms_look_well(page, LESSON, look, FORMS, screenshot)
        for name, root in pictures.items():
            bring_up(page, root)
            screenshot(page, f"lesson_06_{look}_{name}")
            fits(root, f"{name} in {look}")
        bring_up(page, inside)
        screenshot(page, f"lesson_06_{look}_inside")
        assert lab.axe_violations(page, ".ski") == []
    no_widget_error(page)
