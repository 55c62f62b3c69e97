"""Lesson 12 in JupyterLab: predict, watch the scorecard build up, game the report, repair."""

from __future__ import annotations

from lesson_lab import (
    break_and_repair,
    looks,
    looks_well,
    misconception,
    no_widget_error,
    output_of,
    played,
    predict,
    to_last_frame,
    wait_for_kernel,
    wait_for_score,
    wait_for_sentence,
)

LESSON = "12_judging"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    predict(page, "which-table", 0, right=False)
    player = played(page)
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


def test_game_the_report_and_repair(lesson_page, screenshot):
    break_and_repair(
        lesson_page, "game-the-score", "game", "jitter", screenshot, breaks="Home ArrowRight"
    )


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    averaged = (".max()", ".mean()")
    name = "the gaps are averaged"
    misconception(lesson_page, "largest-gap", "def my_distance", name, averaged)


def test_looks(lesson_page, screenshot):
    pictures = ("watch", "game", "parade", "gallery = gallery_table", "card = cards")
    forms = ("which-table", "area-below-half", "judge-in-order", "noise-band", "catch-the-cheat")
    looks_well(lesson_page, pictures, forms, screenshot)


def test_no_figure_of_the_card_runs_into_the_next(lesson_page):
    cut = "all => all.filter(cell => cell.scrollWidth > cell.clientWidth + 1).length"
    for look in looks(lesson_page):
        cells = output_of(lesson_page, "card = cards").locator(".sk-card th, .sk-card td")
        assert cells.count() > 0
        assert cells.evaluate_all(cut) == 0, look
