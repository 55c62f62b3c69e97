"""Lesson 01 in JupyterLab by mouse: predict, watch, break, repair, write code, come back."""

from __future__ import annotations

import lab
from lesson_lab import (
    RUN_MS,
    break_and_repair,
    bring_up,
    drag_point,
    form,
    looks_well,
    misconception,
    no_widget_error,
    submit,
    to_last_frame,
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
    kept = page.kept()
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


def test_break_and_repair(lesson_page, screenshot):
    label = "correlation kept (share)"
    break_and_repair(lesson_page, "break-correlation", "correlation", label, screenshot)


def test_a_wrong_program_is_told_its_misconception(lesson_page):
    uncorrelated = ("@ L.T", "* 1.0")
    name = "each column on its own"
    misconception(lesson_page, "gaussian-copula", "def my_copula", name, uncorrelated)


def test_looks(lesson_page, screenshot):
    forms = ("error-line", "why-root-n", "tail-estimate", "copula-in-order")
    looks_well(lesson_page, ("watch", "correlation", "rare"), forms, screenshot)


def test_the_kernel_is_killed_and_the_lesson_goes_on(lesson_page, lab_server):
    """After a SIGKILL, and after the page was loaded anew, every tick is there."""
    page = lesson_page
    lab.execute(page, "docmanager:save")
    lab.kill_kernel(page)
    kept = page.kept()["exercises"]
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
