"""The pad in JupyterLab: drawn on with the mouse and with keys, read from a cell."""

from __future__ import annotations

import lab
import lesson_lab
import pytest
from lesson_lab import wait_for_kernel

SOURCE = "from synthkit.course.points_pad import PointsPad\npad = PointsPad()\npad"


@pytest.fixture
def pad(page, lab_server):
    """A pad of a notebook's only cell, with its example on it."""
    lab_server.open(page, lab_server.write_notebook("pad.ipynb", SOURCE))
    lab.run_all(page)
    found = page.locator(".skp")
    found.wait_for()
    found.scroll_into_view_if_needed()
    found.evaluate(lesson_lab.SETTLE)
    yield found
    assert page.errors == []
    assert lab.evaluate_in_kernel(page, "pad.error") == "None"


def says(pad, text):
    pad.locator(".skp-says", has_text=text).wait_for(timeout=10_000)


def drag(page, pad):
    """Drag along the diagonal, upwards."""
    box = pad.locator(".skp-pad").bounding_box()
    x, y, side = box["x"], box["y"], box["width"]
    page.mouse.move(x + 0.2 * side, y + 0.8 * side)
    page.mouse.down()
    page.mouse.move(x + 0.8 * side, y + 0.2 * side, steps=30)
    page.mouse.up()


def test_mouse(page, pad, screenshot):
    says(pad, "An example of 120 points; your first one replaces it.")
    assert pad.bounding_box()["width"] <= 320
    drag(page, pad)
    # The pointer moved 30 times by 8.5 units of the picture, more than the 4 between points.
    says(pad, "31 points.")
    wait_for_kernel(page, "(pad.drawn, pad.table().shape)", "(True, (31, 2))")
    assert float(lab.evaluate_in_kernel(page, "float(pad.table().corr().loc['x', 'y'])")) > 0.9
    inside = "bool(pad.table().stack().between(0, 10).all())"
    assert lab.evaluate_in_kernel(page, inside) == "True"
    try:
        for theme in ("Light", "Dark"):
            lab.set_theme(page, f"JupyterLab {theme}")
            screenshot(pad, f"points-pad-{theme.lower()}")
    finally:
        lab.set_theme(page, "JupyterLab Light")

    pad.get_by_role("button", name="Clear").click()
    says(pad, "0 points; 10 more make a table.")
    refused = "DataError: the pad must hold at least 10 points; got 0. "
    cure = "Drag over it, or press Space on it, to add some; then run this cell again."
    wait_for_kernel(page, "pad.table()", refused + cure)
    pad.get_by_role("button", name="Undo").click()
    says(pad, "31 points.")
    pad.get_by_role("button", name="Undo").click()
    says(pad, "An example of 120 points")
    wait_for_kernel(page, "(pad.drawn, len(pad.table()))", "(False, 120)")


def test_keyboard(page, pad):
    pad.locator(".skp-pad").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    says(pad, "Crosshair at x 5.25, y 6.00.")
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Space")
    says(pad, "11 points.")
    wait_for_kernel(page, "len(pad.table())", "11")
    page.keyboard.press("Backspace")
    says(pad, "10 points.")
    ends = "pad.table().iloc[[0, -1]].values.tolist()"
    wait_for_kernel(page, ends, "[[5.25, 6.0], [3.0, 6.0]]")
    # None of these keys reached the notebook: it still has one cell, not being edited.
    cells = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
    assert page.evaluate(cells) == 1
    assert page.evaluate("() => document.activeElement.classList.contains('skp-pad')")
