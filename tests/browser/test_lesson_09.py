"""Lesson 09 in JupyterLab: predict, watch a book, match an order, lose the facts and heal."""

from __future__ import annotations

import lab
from lesson_lab import (
    bring_up,
    cell_of,
    check_code,
    commit_choice,
    form,
    forms_look_well,
    looks,
    no_widget_error,
    pictures_look_well,
    progress,
    shown_without_kernel,
    solution,
    submit,
    to_last_frame,
    wait_for_kernel,
    wait_for_score,
)

LESSON = "09_market"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    commit_choice(page, "do-they-look-real", 1)
    kept = progress(lab_server, LESSON)["predictions"]["do-they-look-real"]
    assert (kept["value"], kept["right"]) == (1, True)
    output = cell_of(page, "watch = lesson.reveal").locator(".jp-OutputArea").first
    player = output.locator(".sk-root")
    player.wait_for(timeout=30_000)
    to_last_frame(player)
    wait_for_score(page, "That is right")
    bring_up(page, player)
    screenshot(page, "lesson_09_watch")
    calm = float(lab.evaluate_in_kernel(page, "watch.widget.trace.last('mean_spread_ticks')"))
    slider = player.get_by_role("slider", name="impatience")
    slider.focus()
    slider.press("End")
    wait_for_kernel(page, "watch.widget.parameters['market_rate']", "20")
    wait_for_kernel(page, f"watch.widget.trace.last('mean_spread_ticks') > {calm}", "True")
    no_widget_error(page)


def test_break_and_repair(lesson_page, lab_server, screenshot):
    page = lesson_page
    slider = cell_of(page, "noise = lesson.keep").get_by_role(
        "slider", name="noise of the chartists"
    )
    bring_up(page, slider)
    slider.focus()
    slider.press("Home")
    wait_for_kernel(page, "noise.is_broken", "True")
    bring_up(page, slider)
    screenshot(page, "lesson_09_broken")
    submit(page, "lose-the-facts", "wrong")
    bring_up(page, slider)
    slider.focus()
    slider.press("End")
    wait_for_kernel(page, "noise.is_broken", "False")
    submit(page, "lose-the-facts", "right")
    assert progress(lab_server, LESSON)["exercises"]["lose-the-facts"]["done"] is True
    no_widget_error(page)


def test_a_wrong_match_is_told_its_misconception(lesson_page, lab_server):
    page = lesson_page
    right = solution(LESSON, "my-match")
    newest = right.replace("(arrived, price)", "(-arrived, price)")
    assert newest != right
    check_code(page, "my-match", "def my_match", newest, "wrong")
    bring_up(page, form(page, "my-match"))
    assert "the newest first" in form(page, "my-match").inner_text()
    check_code(page, "my-match", "def my_match", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["my-match"]["done"] is True
    no_widget_error(page)


PICTURES = {
    "watch": "watch = lesson.reveal",
    "noise": "noise = lesson.keep",
    "inside": "inside = lesson.keep",
}
FORMS = ("do-they-look-real", "where-do-clusters-come-from", "two-demands", "my-match")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    for look in looks(page):
        pictures_look_well(page, LESSON, look, PICTURES, screenshot)
        forms_look_well(page, LESSON, look, FORMS, screenshot)


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows: a PNG for each run, text for each form, no kernel."""
    questions = shown_without_kernel(LESSON, pictures=2)
    assert "the noisier mood comes into fashion" in questions
