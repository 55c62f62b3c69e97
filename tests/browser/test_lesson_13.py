"""Lesson 13 in JupyterLab: predict, watch the attack, find the members, hide them again."""

from __future__ import annotations

from lesson_lab import (
    break_and_repair,
    bring_up,
    drag_point,
    form,
    looks_well,
    misconception,
    no_widget_error,
    output_of,
    played,
    submit,
    to_last_frame,
    wait_for_kernel,
    wait_for_score,
    wait_for_sentence,
)

LESSON = "13_attacking"


def test_predict_and_watch(lesson_page, screenshot):
    page = lesson_page
    drawn = form(page, "how-often-right")
    bring_up(page, drawn)
    for i, up in enumerate((5, 10, 25, 40, 60)):
        drag_point(page, drawn, i, -up)
    screenshot(page, "lesson_13_predict")
    submit(page, "how-often-right", "recorded")
    said = page.kept()["predictions"]["how-often-right"]["value"]
    assert said[1:] == sorted(said[1:])

    output_of(page, "watch").locator(".sk-root").wait_for(timeout=20_000)
    wait_for_kernel(page, "len(watch.widget.trace.frames)", "6")
    player = played(page)
    wait_for_sentence(page, "With 1 real row in a leaf the attack by density ratio")
    wait_for_score(page, "Your line is")
    canvas = player.locator(".sk-canvas").first
    before = canvas.screenshot()
    screenshot(page, "lesson_13_watch")

    player.get_by_role("slider", name="the attack").press("End")
    wait_for_kernel(page, "watch.widget.trace.parameters['attack']", "'nearest row'")
    wait_for_kernel(page, "len(watch.widget.trace.frames)", "6")
    to_last_frame(player)
    wait_for_sentence(page, "With 1 real row in a leaf the attack by nearest row")
    assert canvas.screenshot() != before
    no_widget_error(page)


def test_find_the_members_and_hide_them(lesson_page, screenshot):
    label = "real rows in a leaf"
    break_and_repair(lesson_page, "find-the-members", "found", label, screenshot, breaks="Home")


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    raw = (") / scale", ")")
    name = "distances in raw units"
    misconception(lesson_page, "membership-attack", "def my_attack", name, raw)


def test_looks(lesson_page, screenshot):
    played(lesson_page, "board")
    forms = ("how-often-right", "far-is-private", "closer-to-whom", "attack-in-order")
    looks_well(lesson_page, ("watch", "found", "board", "who"), forms, screenshot)
