"""The player for every reader: dark, narrow, projected, less motion, screen reader, no kernel."""

from __future__ import annotations

import lab
import lesson_lab
import player_demo as demo
import pytest
from player_page import button, count_pixels, picture, show, wait_for_step

# --- every reader ------------------------------------------------------------------------------

THREE = ("Player(darts(), prediction=Predicted(3.4, view='estimate'))",
         "Player(every_view())", "FailureDial(FLATTENED).turn(2.0)")


IS_DARK = """() => [...document.querySelectorAll('.sk-root')]
  .every(root => root.dataset.theme === 'dark')"""


@pytest.fixture
def dark_theme():
    """Return a function that makes a page dark; JupyterLab is light again afterwards."""
    pages = []

    def change(page) -> None:
        pages.append(page)
        lab.set_theme(page, "JupyterLab Dark")
        page.wait_for_function(IS_DARK, timeout=10_000)

    yield change
    for page in pages:
        lab.set_theme(page, "JupyterLab Light")


def test_no_serious_finding_of_axe_in_light_and_dark(open_notebook, dark_theme):
    page = open_notebook("axe.ipynb", *THREE, "Player(run=walk, dials=(DRIFT,))")
    page.locator(".sk-root").nth(3).wait_for(timeout=30_000)
    for i in range(4):
        root = page.locator(".sk-root").nth(i)
        root.scroll_into_view_if_needed()
        for summary in root.locator("details:not([hidden]) > summary").all():
            summary.click()
    assert lab.axe_violations(page, ".sk-root") == []
    dark_theme(page)
    assert lab.axe_violations(page, ".sk-root") == []
    assert page.errors == []
    assert page.foreign == []


def test_the_dark_theme_reaches_the_canvas(open_notebook, dark_theme, screenshot):
    page = open_notebook("dark.ipynb", *THREE)
    page.locator(".sk-root").nth(2).wait_for(timeout=30_000)
    root = page.locator(".sk-root").first
    canvas = "[data-view=board] canvas.sk-canvas"
    root.scroll_into_view_if_needed()
    wait_for_step(root, lambda now: now == 10)
    assert count_pixels(root, canvas, (0, 0, 0)) > 50
    dark_theme(page)
    assert count_pixels(root, canvas, (255, 255, 255)) > 50
    assert count_pixels(root, canvas, (0, 0, 0)) == 0
    for i, name in enumerate(("player", "every", "dial")):
        page.locator(".sk-root").nth(i).scroll_into_view_if_needed()
        lab.refreshed(page)
        screenshot(page.locator(".sk-root").nth(i), f"dark_{name}")


OVERFLOW = """root => {
  const limit = root.getBoundingClientRect();
  return [...root.querySelectorAll('*')].filter(e => {
    if (e.closest('.sk-tables, .sk-code, .sk-hidden')) return false;  // they scroll themselves
    const box = e.getBoundingClientRect();
    return box.width > 0 && (box.right > limit.right + 1 || box.left < limit.left - 1);
  }).map(e => `${e.tagName}.${e.className}`);
}"""


@pytest.mark.parametrize("projector", [False, True])
def test_nothing_is_cut_at_360_pixels(new_page, tmp_path, screenshot, projector):
    """The page is as narrow as a phone; in JupyterLab the notebook decides."""
    page = new_page(width=360, height=740, own=True)
    for name, trace in (("darts", demo.darts()), ("every", demo.every_view())):
        trace.to_html(tmp_path / f"{name}.html")
        page.goto((tmp_path / f"{name}.html").as_uri())
        root = page.locator(".sk-root")
        root.locator("canvas.sk-canvas").first.wait_for()
        if projector != (root.locator(".sk-quiet").get_attribute("aria-pressed") == "true"):
            button(root, "Larger (projector)").click()
            lab.refreshed(page)
        assert root.evaluate(OVERFLOW) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        screenshot(page, f"narrow_{name}{'_projector' if projector else ''}")
    assert page.errors == []


def test_a_narrow_jupyterlab(open_notebook, screenshot):
    page = open_notebook("narrow.ipynb", *THREE, width=620, height=740)
    lab.execute(page, "application:toggle-left-area")
    page.set_viewport_size({"width": 460, "height": 740})
    for i, name in enumerate(("player", "every", "dial")):
        root = page.locator(".sk-root").nth(i)
        root.scroll_into_view_if_needed()
        root.evaluate(lesson_lab.SETTLE)
        assert root.evaluate(OVERFLOW) == []
        screenshot(root, f"narrow_lab_{name}")


def test_a_player_of_two_views_fits_a_small_laptop(shared, screenshot):
    """1366 x 768 with the side bar open: picture and controls are on screen together."""
    root = show(shared, "Player(darts(), prediction=Predicted(3.4, view='estimate'))")
    wait_for_step(root, lambda now: now == 10)
    assert root.bounding_box()["height"] <= 768 - 130  # JupyterLab's menus and bars take 130
    screenshot(shared, "laptop")


def test_larger_type_for_a_projector(shared, screenshot):
    root = show(shared, "Player(darts())")
    wait_for_step(root, lambda now: now == 10)
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    small, before = root.locator(".sk-question").first.evaluate(size), picture(root)
    try:
        button(root, "Larger (projector)").click()
        lab.refreshed(shared)
        assert root.locator(".sk-question").first.evaluate(size) == pytest.approx(1.5 * small)
        assert picture(root) != before
        assert root.evaluate(OVERFLOW) == []
        screenshot(root, "projector")
    finally:
        button(root, "Larger (projector)").click()


@pytest.mark.parametrize(("motion", "fewest", "most"), [("reduce", 0, 1), ("no-preference", 4, 99)])
def test_less_motion_is_respected(new_page, tmp_path, motion, fewest, most):
    """In 1.5 s a film moves by some 15 frames; a row of pictures by none."""
    page = new_page(reduced_motion=motion)
    demo.darts().to_html(tmp_path / "page.html")
    page.goto((tmp_path / "page.html").as_uri())
    root = page.locator(".sk-root")
    button(root, "Play").click()
    page.wait_for_timeout(1500)  # a length of time is what is measured here
    assert fewest <= root.get_by_role("slider").evaluate("s => s.valueAsNumber") <= most


def test_a_page_that_lives_alone(new_page, tmp_path):
    page = new_page(color_scheme="dark")
    messages = []
    page.on("console", lambda message: messages.append(message.text))
    demo.every_view(demo.HOSTILE).to_html(tmp_path / "page.html")
    page.goto((tmp_path / "page.html").as_uri())
    root = page.locator(".sk-root")
    root.locator("canvas.sk-canvas").nth(4).wait_for()
    lab.refreshed(page)
    assert root.locator("img, b").count() == 0
    assert page.title() == f"demo.every {demo.HOSTILE}"
    assert count_pixels(root, "canvas.sk-canvas", (0xF2, 0xF2, 0xF2)) > 20
    assert (page.errors, page.foreign, messages) == ([], [], [])
    assert lab.axe_violations(page, ".sk-root") == []
