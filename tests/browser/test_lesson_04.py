"""Lesson 04 in JupyterLab: predict, turn epsilon, break, repair, and see through Kim's noise."""

from __future__ import annotations

import json

import lab
import pytest
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
    wait_for_score,
    wait_for_sentence,
    widget,
)

LESSON = "04_perturbation"
NOTEBOOK = lab.REPOSITORY / "notebooks" / f"{LESSON}.ipynb"


def test_predict_and_watch(lesson_page, lab_server, screenshot):
    page = lesson_page
    drawn = form(page, "group-error")
    bring_up(page, drawn)
    for i, up in enumerate((15, 30, 75)):
        drag_point(page, drawn, i, -up)
    sliders = drawn.locator("[role=slider]")
    values = [float(sliders.nth(i).get_attribute("aria-valuenow")) for i in range(3)]
    assert values == sorted(values)
    screenshot(page, "lesson_04_predict")
    submit(page, "group-error", "recorded")
    assert progress(lab_server, LESSON)["predictions"]["group-error"]["value"][1:] == values

    player = widget(page, "Which group suffers most?")
    player.wait_for(timeout=20_000)
    bring_up(page, player)
    to_last_frame(player)
    wait_for_score(page, "Your line is off by a factor of")
    screenshot(page, "lesson_04_watch")

    # Turn the knob to the strict end: the smallest group's error grows, and is said in words.
    player.get_by_role("slider", name="smaller: more private").press("Home")
    wait_for_sentence(page, "at ε = 0.1")
    screenshot(page, "lesson_04_watch_strict")
    no_widget_error(page)


@pytest.mark.parametrize(
    ("question", "label", "exercise", "dial", "keys"),
    [
        ("Which group's mean is lost?", "epsilon", "lose-the-small-group", "small", ["Home"]),
        ("What is left of each correlation?", "last: Kim's", "flatten-the-correlations", "flat",
         ["Home", "ArrowRight", "ArrowRight"]),
        ("How many rows find their original again?", "of Kim's noise", "see-through-kim", "kim",
         ["Home"]),
    ],
)  # fmt: skip
def test_break_and_repair(
    lesson_page, lab_server, screenshot, question, label, exercise, dial, keys
):
    page = lesson_page
    slider = widget(page, question).get_by_role("slider", name=label)

    def turn():
        for key in keys:
            slider.press(key)

    breaks_and_heals(page, exercise, slider, dial, turn)
    assert progress(lab_server, LESSON)["exercises"][exercise]["done"] is True
    screenshot(page, f"lesson_04_{exercise}_healed")
    no_widget_error(page)


def test_the_code_exercise(lesson_page, lab_server):
    page = lesson_page
    right = solution(LESSON, "private-mean")
    wrong = right.replace("np.clip(x, low, high)", "x")
    assert wrong != right
    check_code(page, "private-mean", "def my_private_mean", wrong, "wrong")
    assert "an outlier nobody stopped" in form(page, "private-mean").text_content()
    check_code(page, "private-mean", "def my_private_mean", right, "right")
    assert progress(lab_server, LESSON)["exercises"]["private-mean"]["done"] is True


FORMS = ("group-error", "what-epsilon-says", "a-coin-that-protects", "release-in-order")
PICTURES = {
    "curve": "What do we pay for how much protection?",
    "small": "Which group's mean is lost?",
    "flat": "What is left of each correlation?",
    "kim": "How many rows find their original again?",
}


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    inside = page.locator(".ski").first
    bring_up(page, inside)
    inside.locator("button").nth(1).click()
    assert page.locator(".ski-term.ski-lit").count() >= 2
    for look in looks(page):
        forms_look_well(page, LESSON, look, FORMS, screenshot)
        for name, question in PICTURES.items():
            root = widget(page, question)
            bring_up(page, root)
            screenshot(page, f"lesson_04_{look}_{name}")
            fits(root, f"{name} in {look}")
        bring_up(page, inside)
        screenshot(page, f"lesson_04_{look}_inside")
        assert lab.axe_violations(page, ".ski") == []


def test_the_notebook_alone_shows_pictures_and_no_claims_too_many():
    """Without kernel and widgets: a PNG for each run; and words that are never promised."""
    made = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    outputs = [output for cell in made["cells"] for output in cell.get("outputs", ())]
    assert len([o for o in outputs if "image/png" in o.get("data", {})]) >= 5
    text = json.dumps(made, ensure_ascii=False).lower()
    for claim in ("anonymous", "anonymised", "guarantee", "compliant"):
        assert claim not in text
    assert "not private" in text
