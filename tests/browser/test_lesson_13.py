"""Lesson 13 in JupyterLab: predict, watch the attack, find the members, hide them again."""

from __future__ import annotations

import lab
from lesson_lab import (
    breaks_and_heals,
    bring_up,
    check_code,
    drag_point,
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
    wait_for_score,
    wait_for_sentence,
    widget,
)

LESSON = "13_attacking"
PICTURES = {
    "watch": "How often is the attacker right?",
    "found": "Are members closer to the synthetic rows than others?",
    "board": "What does each attack find in each release?",
    "who": "Who is found first?",
}


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    drawn = form(page, "how-often-right")
    bring_up(page, drawn)
    for i, up in enumerate((5, 10, 25, 40, 60)):
        drag_point(page, drawn, i, -up)
    screenshot(page, "lesson_13_predict")
    submit(page, "how-often-right", "recorded")
    said = progress(lab_server, LESSON)["predictions"]["how-often-right"]["value"]
    assert said[1:] == sorted(said[1:])

    player = widget(page, PICTURES["watch"])
    player.wait_for(timeout=20_000)
    bring_up(page, player)
    wait_for_kernel(page, "len(watch.widget.trace.frames)", "6")
    to_last_frame(player)
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


def test_find_the_members_and_hide_them(lesson_page, lab_server, screenshot):
    page = lesson_page
    root = widget(page, PICTURES["found"])
    slider = root.get_by_role("slider", name="real rows in a leaf")
    breaks_and_heals(page, "find-the-members", slider, "found", lambda: slider.press("Home"))
    assert progress(lab_server, LESSON)["exercises"]["find-the-members"]["done"] is True
    screenshot(page, "lesson_13_healed")
    no_widget_error(page)


def test_the_code_exercise(lesson_page):
    page = lesson_page
    right = solution(LESSON, "membership-attack")
    wrong = right.replace(") / scale", ")")
    assert wrong != right
    check_code(page, "membership-attack", "def my_attack", wrong, "wrong")
    assert "distances in raw units" in form(page, "membership-attack").text_content()
    check_code(page, "membership-attack", "def my_attack", right, "right")


FORMS = ("how-often-right", "far-is-private", "closer-to-whom", "attack-in-order")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    to_last_frame(widget(page, PICTURES["board"]))
    inside = page.locator(".ski").first
    bring_up(page, inside)
    inside.locator("button").nth(1).click()
    assert page.locator(".ski-term.ski-lit").count() >= 2
    for look in looks(page):
        forms_look_well(page, LESSON, look, FORMS, screenshot)
        for name, question in PICTURES.items():
            root = widget(page, question)
            bring_up(page, root)
            screenshot(page, f"lesson_13_{look}_{name}")
            fits(root, f"{name} in {look}")
        bring_up(page, inside)
        screenshot(page, f"lesson_13_{look}_inside")
        assert lab.axe_violations(page, ".ski") == []
    no_widget_error(page)
