"""Lesson 12 in JupyterLab: predict, watch the scorecard build up, game the report, repair."""

from __future__ import annotations

import lab
from lesson_lab import (
    breaks_and_heals,
    bring_up,
    cell_of,
    check_code,
    commit_choice,
    fits,
    form,
    forms_look_well,
    looks,
    no_widget_error,
    progress,
    solution,
    to_last_frame,
    wait_for_kernel,
    wait_for_score,
    wait_for_sentence,
    widget,
)

LESSON = "12_judging"
CARD = "How does it do, axis by axis?"
GAME = "What does each instrument say?"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    commit_choice(page, "which-table", 0)
    kept = progress(lab_server, LESSON)["predictions"]["which-table"]
    assert (kept["value"], kept["right"]) == (0, False)

    player = widget(page, CARD)
    player.wait_for(timeout=20_000)
    bring_up(page, player)
    to_last_frame(player)
    wait_for_sentence(page, "Verdict: copies")
    wait_for_score(page, "You predicted: Table A")
    canvas = player.locator(".sk-canvas").first
    before = canvas.screenshot()
    screenshot(page, "lesson_12_watch")

    # The last table: another picture, another verdict.
    player.get_by_role("slider", name="table").press("End")
    wait_for_kernel(page, "watch.widget.trace.parameters['table']", "'C'")
    to_last_frame(player)
    wait_for_sentence(page, "Verdict: good")
    assert canvas.screenshot() != before
    screenshot(page, "lesson_12_watch_c")
    no_widget_error(page)


def test_game_the_report_and_repair(lesson_page, lab_server, screenshot):
    page = lesson_page
    root = widget(page, GAME)
    slider = root.get_by_role("slider", name="jitter")

    def turn():
        slider.press("Home")
        slider.press("ArrowRight")

    breaks_and_heals(page, "game-the-score", slider, "game", turn)
    assert progress(lab_server, LESSON)["exercises"]["game-the-score"]["done"] is True
    screenshot(page, "lesson_12_game_healed")
    no_widget_error(page)


def test_the_code_exercise(lesson_page):
    page = lesson_page
    right = solution(LESSON, "largest-gap")
    wrong = right.replace(".max()", ".mean()")
    assert wrong != right
    check_code(page, "largest-gap", "def my_distance", wrong, "wrong")
    assert "the gaps are averaged" in form(page, "largest-gap").text_content()
    check_code(page, "largest-gap", "def my_distance", right, "right")


FORMS = ("which-table", "area-below-half", "judge-in-order", "noise-band", "catch-the-cheat")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    inside = page.locator(".ski").first
    bring_up(page, inside)
    inside.locator("button").nth(1).click()
    assert page.locator(".ski-term.ski-lit").count() >= 2
    pictures = {
        "watch": widget(page, CARD),
        "game": widget(page, GAME),
        "parade": cell_of(page, "parade = lesson.keep").locator(".sk-root"),
        "gallery": cell_of(page, "gallery = gallery_table").locator(".jp-OutputArea").first,
        "card": cell_of(page, "card = cards").locator(".jp-OutputArea").first,
    }
    for look in looks(page):
        forms_look_well(page, LESSON, look, FORMS, screenshot)
        for name, root in pictures.items():
            bring_up(page, root)
            screenshot(page, f"lesson_12_{look}_{name}")
            if name in ("watch", "game", "parade"):
                fits(root, f"{name} in {look}")
        cells = pictures["card"].locator(".sk-card th, .sk-card td")
        cut = "all => all.filter(cell => cell.scrollWidth > cell.clientWidth + 1).length"
        assert cells.evaluate_all(cut) == 0, f"a figure runs into the next one in {look}"
        bring_up(page, inside)
        screenshot(page, f"lesson_12_{look}_inside")
        assert lab.axe_violations(page, ".ski") == []
    no_widget_error(page)
