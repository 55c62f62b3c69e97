"""Lesson 14 in JupyterLab: a race, a point that speaks, kinds set by hand, one runner stopped."""

from __future__ import annotations

import lab
from lesson_lab import (
    bring_up,
    cell_of,
    fits,
    form,
    forms_look_well,
    looks,
    no_widget_error,
    predict,
    submit,
    wait_for_kernel,
)

LESSON = "14_your_data"
FORMS = ("who-is-most-useful", "in-the-shaded-corner", "why-anchors-run-along")


def arena_of(page, code):
    found = cell_of(page, code).locator(".ska").last
    found.wait_for(timeout=30_000)
    bring_up(page, found)
    return found


def test_predict_and_choose_a_point(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    predict(page, "who-is-most-useful", 1, right=True)
    arena = arena_of(page, "race = lesson.reveal")
    arena.locator("[data-point='bootstrap']").wait_for(timeout=30_000)
    arena.locator("[data-point='fresh real rows']").wait_for()
    arena.locator("[data-point='trees'] text").click()
    says = arena.locator(".ska-says")
    assert says.inner_text().startswith("trees (")
    assert "worst columns" in arena.locator(".ska-worst").inner_text()
    # The same by keys: the next point, and Enter.
    arena.locator("[data-point='bootstrap']").focus()
    page.keyboard.press("Enter")
    assert "publishing some real rows" in says.inner_text()
    assert arena.locator("[aria-pressed='true']").get_attribute("data-point") == "bootstrap"
    bring_up(page, arena)
    screenshot(page, "lesson_14_point")
    no_widget_error(page)


def test_kinds_are_set_and_a_wrong_one_is_refused(lesson_page, screenshot):
    page = lesson_page
    editor = arena_of(page, "editor = lesson.keep")
    editor.get_by_label("Kind of cultivar").select_option("number")
    editor.locator(".ska-says", has_text="must hold cells that can be read").wait_for()
    screenshot(page, "lesson_14_refused_kind")
    editor.get_by_label("Kind of cultivar").select_option("category")
    editor.get_by_label("Kind of proline").select_option("leave out")
    editor.locator(".ska-says", has_text="1 changed; 178 rows, 13 columns.").wait_for()
    wait_for_kernel(page, "editor.kinds_set", "{'proline': 'leave out'}")
    no_widget_error(page)


def test_one_that_never_ends_is_cancelled_and_the_others_go_on(lesson_page, screenshot):
    page = lesson_page
    code = (
        "class Never:\\n    def fit(self, df):\\n        while True: pass\\n"
        "    def sample(self, n): pass\\n"
    )
    lab.evaluate_in_kernel(page, f'exec("{code}", globals())')
    run = (
        "[globals().__setitem__('slow', sk.Arena({'never': Never(), 'copula': 'monte_carlo'}, "
        "sk.load('iris'), 'species')), view.arena.wait(), setattr(view, 'arena', slow), "
        "slow.on_change(view._tell), view.start()][0]"
    )
    lab.evaluate_in_kernel(page, run)
    arena = arena_of(page, "view = lesson.keep")
    arena.locator("[data-lane='never'][data-status='running']").wait_for(timeout=30_000)
    bring_up(page, arena)
    screenshot(page, "lesson_14_running")
    arena.get_by_label("Cancel never").click()
    arena.locator("[data-lane='never'][data-status='cancelled']").wait_for(timeout=10_000)
    arena.locator("[data-lane='copula'][data-status='done']").wait_for(timeout=60_000)
    no_widget_error(page)


def test_the_question_is_answered(lesson_page):
    page = lesson_page
    asked = form(page, "in-the-shaded-corner")
    bring_up(page, asked)
    asked.locator("input[type=radio]").nth(0).check()
    submit(page, "in-the-shaded-corner", "wrong")
    assert "less than a copy is good enough" in asked.inner_text()
    asked.locator("input[type=radio]").nth(1).check()
    submit(page, "in-the-shaded-corner", "right")
    assert page.kept()["exercises"]["in-the-shaded-corner"]["done"] is True


def test_looks(lesson_page, screenshot):
    page = lesson_page
    for look in looks(page):
        for name, code in (("race", "race = lesson.reveal"), ("schema", "editor = lesson.keep")):
            found = arena_of(page, code)
            screenshot(page, f"lesson_14_{look}_{name}")
            fits(found, f"{name} in {look}")
        forms_look_well(page, look, FORMS, screenshot)
    assert lab.axe_violations(page, ".ska") == []
