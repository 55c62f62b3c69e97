"""Lesson 01 in JupyterLab by mouse: predict, watch, break, repair, write code, come back."""

from __future__ import annotations

import lab
import pytest
from lesson_lab import (
    RUN_MS,
    bring_up,
    check_code,
    drag_point,
    drag_slider,
    form,
    forms_look_well,
    looks,
    no_widget_error,
    progress,
    shown_without_kernel,
    solution,
    submit,
    to_last_frame,
    wait_for_kernel,
    wait_for_outcome,
    wait_for_score,
    widget,
)

LESSON = "01_monte_carlo"
NOTEBOOK = lab.REPOSITORY / "notebooks" / f"{LESSON}.ipynb"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    assert page.errors == []
    assert not (lab_server.workspace / "synthkit-progress.json").exists()
    drawn = form(page, "error-line")
    bring_up(page, drawn)
    for i, down in enumerate((20, 40, 60)):
        drag_point(page, drawn, i, down)
    points = drawn.locator("[role=slider]")
    values = [float(points.nth(i).get_attribute("aria-valuenow")) for i in range(3)]
    assert 0.164 > values[0] > values[1] > values[2]
    drawn.locator("select").select_option(label="fairly sure")
    screenshot(page, "lesson_01_predict")
    submit(page, "error-line", "recorded")
    kept = progress(lab_server, LESSON)
    assert kept["predictions"]["error-line"]["confidence"] == 0.75
    assert kept["predictions"]["error-line"]["value"][1:] == values
    assert (kept["seed"], bool(kept["started"])) == (1, True)

    # The curtain is gone; the run is there, and at its end the prediction is scored.
    player = widget(page, "Which share of the darts falls inside the circle?")
    player.wait_for()
    assert page.locator('.skf[data-exercise="curtain-error-line"]').count() == 0
    bring_up(page, player)
    assert player.locator(".sk-score").is_hidden(), "the score would give the end away"
    to_last_frame(player)
    wait_for_score(page, "Your line is off by a factor of")
    screenshot(page, "lesson_01_watch")
    no_widget_error(page)


def test_break_and_repair(lesson_page, lab_server, screenshot):
    page = lesson_page
    slider = page.get_by_role("slider", name="correlation kept (share)").first
    drag_slider(page, slider, 0.0)
    wait_for_kernel(page, "correlation.is_broken", "True")
    screenshot(page, "lesson_01_broken")
    submit(page, "break-correlation", "wrong")
    assert "Now heal it" in form(page, "break-correlation").inner_text()
    bring_up(page, slider)
    slider.focus()
    page.keyboard.press("End")
    wait_for_kernel(page, "correlation.is_broken", "False")
    submit(page, "break-correlation", "right")
    assert progress(lab_server, LESSON)["exercises"]["break-correlation"]["done"] is True
    no_widget_error(page)


@pytest.mark.parametrize(
    ("outcome", "change"), [("wrong", ("@ L.T", "* 1.0")), ("right", ("", ""))]
)
def test_the_code_exercise(lesson_page, lab_server, outcome, change):
    source = solution(LESSON, "gaussian-copula").replace(*change)
    check_code(lesson_page, "gaussian-copula", "def my_copula", source, outcome)
    if outcome == "wrong":
        reply = form(lesson_page, "gaussian-copula").text_content()
        assert "each column on its own" in reply
    kept = progress(lab_server, LESSON)["exercises"]["gaussian-copula"]
    assert kept["done"] is (outcome == "right")


FORMS = ("error-line", "why-root-n", "tail-estimate", "copula-in-order")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    page.locator(".ski button").nth(1).click()
    assert page.locator(".ski-term.ski-lit").count() >= 3
    for look in looks(page):
        forms_look_well(page, LESSON, look, FORMS, screenshot)
        bring_up(page, page.locator(".ski").first)
        screenshot(page, f"lesson_01_{look}_inside")
        assert lab.axe_violations(page, ".ski") == []


def test_the_kernel_is_killed_and_the_lesson_goes_on(lesson_page, lab_server):
    """After a SIGKILL, and after the page was loaded anew, every tick is there."""
    page = lesson_page
    lab.execute(page, "docmanager:save")
    lab.kill_kernel(page)
    kept = progress(lab_server, LESSON)["exercises"]
    assert kept["gaussian-copula"]["done"] and kept["break-correlation"]["done"]

    lab_server.open(page, NOTEBOOK.name)
    lab.run_all(page, timeout_ms=RUN_MS)
    wait_for_outcome(page, "gaussian-copula", "right")
    finished = lab.evaluate_in_kernel(page, "'✓ gaussian-copula' in repr(lesson.finish())")
    assert finished == "True"
    no_widget_error(page)


EVIL = "<img src=x onerror=window.hacked=1>"


def test_hostile_text_stays_text(page, lab_server):
    name = lab_server.write_notebook(
        "hostile.ipynb",
        "from synthkit.course import Lesson\n"
        "from synthkit.course.questions import Choice, Option\n"
        "lesson = Lesson('01_monte_carlo')\n"
        f"evil = {EVIL!r}\n"
        "lesson.exercises['evil'] = Choice(id='evil', section='explain', prompt=evil,\n"
        "    options=(Option(evil, evil, evil, evil), Option('b', evil)), hints=(evil,))\n"
        "lesson.ask('evil')",
        f"def my_copula(X, n, rng):\n    raise ValueError({EVIL!r})\n"
        "lesson.check('gaussian-copula', my_copula)",
    )
    lab_server.open(page, name)
    lab.run_all(page, timeout_ms=RUN_MS)
    evil = form(page, "evil")
    evil.locator("input").first.check()
    evil.locator("[data-do=submit]").click()
    wait_for_outcome(page, "evil", "wrong")
    evil.locator("[data-do=hint]").click()
    page.wait_for_selector('.skf[data-exercise="evil"] .skf-hint')
    wait_for_outcome(page, "gaussian-copula", "error")
    assert page.locator(".skf img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert evil.inner_text().count(EVIL) >= 5
    (lab_server.workspace / "synthkit-progress.json").unlink()


def test_the_notebook_alone_shows_pictures_and_questions():
    """What a code host shows without kernel and widgets: a PNG for a run, text for a form."""
    questions = shown_without_kernel(LESSON, pictures=3)
    assert "100 times: the error falls like 1/√n." in questions
