"""The teacher's page about a room: readable, on a phone too, and every text stays text."""

from __future__ import annotations

import json
import random

import lab
from extension_lab import HOSTILE

from synthkit.course import classroom

LESSON = "01_monte_carlo"


def write_room(folder, learners=24):
    """Write the progress files of a room; return the page about it."""
    ids = classroom.exercise_ids(LESSON)
    draw = random.Random(1)
    entries = []
    for i in range(learners):
        home = folder / (HOSTILE if i == 0 else f"learner {i:02}")
        home.mkdir()
        record = {
            "seed": 7, "started": f"2026-11-24T09:{i:02}:00+00:00",
            "exercises": {name: {"done": True} for name in ids[: draw.randrange(len(ids) + 1)]},
            "predictions": {"error-line": {"value": [0.1, draw.choice((0.02, 0.04, 0.05, 0.08))],
                                           "confidence": draw.choice((0.5, 0.75, 0.9))}},
        }  # fmt: skip
        path = home / "synthkit-progress.json"
        path.write_text(json.dumps({"version": 1, "lessons": {LESSON: record}}), encoding="utf-8")
        entries += classroom.read_progress(path)
    page = folder / "room.html"
    page.write_text(classroom.report_html(entries), encoding="utf-8")
    return page


def test_the_page_about_a_room(new_page, tmp_path, screenshot):
    made = write_room(tmp_path)
    for scheme, width in (("light", 1366), ("dark", 1366), ("light", 360)):
        page = new_page(width=width, color_scheme=scheme)
        page.goto(made.as_uri())
        assert page.locator("tr", has_text="learner 05").count() == 1
        assert page.locator("tr", has_text=HOSTILE).count() == 1
        assert page.locator("img").count() == 0
        assert page.locator(".bars tr").count() == 4
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(page, f"class_report_{scheme}_{width}")
        assert lab.axe_violations(page, "main") == []
        assert (page.errors, page.foreign) == ([], [])
