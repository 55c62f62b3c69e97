"""The settings, set by a teacher for everybody in JupyterLab's own overrides.json."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import extension_lab as course
import lab
import pytest
from conftest import DEMO_SETUP
from extension_lab import FIRST
from player_page import button, count_pixels, wait_for_step

KERNEL = "__import__('synthkit.course', fromlist=['Lesson']).Lesson('01_monte_carlo')"
SYNTHETIC, SYNTHETIC_STRONG = (0xD5, 0x5E, 0x00), (0x8A, 0x3D, 0x00)
KEY = ".sk-key canvas"  # the first entry stands for synthetic darts; the picture's are see-through


@pytest.fixture
def server(small_course: Any) -> Any:
    course.empty(small_course.workspace)
    return small_course


@pytest.fixture
def page(new_page: Any) -> Iterator[Any]:
    """A page whose choices (larger type, say) nobody else finds again."""
    opened = new_page(own=True)
    yield opened
    assert course.end_kernels(opened) == []
    assert opened.foreign == []


def test_a_teacher_sets_seed_and_locks_for_all(page, server):
    """Whatever the learner sets: what the teacher hides and locks stays so."""
    folder = server.workspace.parent / "jupyterlab_settings_dir" / "synthkit-lab"
    own = folder / "plugin.jupyterlab-settings"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(json.dumps({"class_seed": 7, "hide_solutions": False, "locks": []}))
    teachers = {
        "class_seed": 42, "hide_solutions": True, "locks": ["reset", "export", "02_bootstrap"],
        "fast_mode": True,
    }  # fmt: skip
    try:
        with course.overrides(server, **teachers):
            course.open_lab(page, server)
            course.open_lesson(page, FIRST)
    finally:
        own.unlink()
    page.wait_for_selector(".synthkit-StatusButton >> text='0/3 · seed 42'")
    enabled = "command => window.jupyterapp.commands.isEnabled(command)"
    for command, usable in (
        ("show-solution", False), ("reset-lesson", False), ("export-progress", False),
        ("hint", True), ("run-check", True),
    ):  # fmt: skip
        assert page.evaluate(enabled, f"synthkit:{command}") is usable, command
    written = course.wait_for_json(server.workspace / "synthkit-settings.json")
    assert written == {
        "version": 1, "reduced_motion": False, "colour_set": "okabe-ito", "projector": False,
        **teachers, "locks": ["02_bootstrap", "export", "reset"],
    }  # fmt: skip
    # The kernel reads the same: the seed, smaller runs, no solutions.
    facts = f"(lambda l: (l.seed, l.fast, l.may_show_solutions))({KERNEL})"
    assert lab.evaluate_in_kernel(page, facts) == "(42, True, False)"
    # A locked lesson says so, in the outline and when it is asked for; it is not copied.
    locked = course.row(page, "02_bootstrap")
    assert "locked" in locked.inner_text()
    locked.click()
    page.wait_for_function(
        """() => window.jupyterapp.commands.execute('apputils:display-notifications')
            .then(() => document.querySelector('.jp-Notification-Center')?.innerText
              .includes('is locked by your teacher'))"""
    )
    assert not (server.workspace / "02_bootstrap.ipynb").exists()


def open_player(page: Any, server: Any) -> Any:
    """Open a notebook with a player, as any page of the course has one; return its root."""
    shutil.copy(Path(__file__).with_name("player_demo.py"), server.workspace)
    name = server.write_notebook("pictures.ipynb", DEMO_SETUP, "Player(darts())")
    server.open(page, name)
    lab.run_all(page)
    root = page.locator(".sk-root").first
    wait_for_step(root, lambda now: now == 10)
    return root


def type_size(root: Any) -> float:
    return float(
        root.locator(".sk-question").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    )


def frames_in(page: Any, root: Any, milliseconds: int) -> int:
    """Play for some time and return how many frames went by."""
    button(root, "Play").click()
    page.wait_for_timeout(milliseconds)  # a length of time is what is measured here
    found = int(root.get_by_role("slider", name="Frame").evaluate("s => s.valueAsNumber"))
    pause = button(root, "Pause")
    if pause.count():
        pause.click()
    return found


def test_pictures_follow_motion_colours_and_projector(page, server, screenshot):
    chosen = {"reduced_motion": True, "colour_set": "high-contrast", "projector": True}
    with course.overrides(server, **chosen):
        root = open_player(page, server)
    page.wait_for_function("() => document.body.dataset.synthkitProjector === 'on'")
    page.locator(".sk-root.sk-projector.sk-calm").wait_for()
    large = type_size(root)
    assert large == 19.5
    assert frames_in(page, root, 1500) <= 1, "a row of pictures, not a film"
    assert count_pixels(root, KEY, SYNTHETIC_STRONG) > 20
    prose = "document.querySelector('.jp-Notebook .cm-content')"
    assert page.evaluate(f"parseFloat(getComputedStyle({prose}).fontSize)") == 19
    screenshot(page, "settings-projector-high-contrast")
    # One switch, in the menu: all is as usual again, at once.
    lab.execute(page, "synthkit:toggle-projector")
    page.wait_for_function("root => !root.matches('.sk-projector')", arg=root.element_handle())
    assert type_size(root) == large / 1.5
    page.wait_for_function(f"parseFloat(getComputedStyle({prose}).fontSize) < 19")


def test_without_settings_pictures_are_as_usual(page, server):
    """The partner: what the test above measures is not so by itself."""
    root = open_player(page, server)
    assert not root.evaluate("root => root.matches('.sk-projector, .sk-calm')")
    assert count_pixels(root, KEY, SYNTHETIC) > 20
    assert frames_in(page, root, 1500) >= 4
    # The button in a picture is the same switch, for every picture of the page.
    lab.run_cell(page, "Player(darts())")
    other = page.locator(".sk-root").nth(1)
    other.wait_for()
    button(other, "Larger (projector)").click()
    for shown in (root, other):
        page.wait_for_function(
            "root => root.matches('.sk-projector')"
            " && root.querySelector('.sk-quiet').getAttribute('aria-pressed') === 'true'",
            arg=shown.element_handle(),
        )


def test_the_settings_editor_shows_them_all(page, server, screenshot):
    course.open_lab(page, server)
    lab.execute(page, "settingeditor:open", query="Synthkit")
    page.wait_for_selector(".jp-SettingsPanel >> text=Class seed", timeout=30_000)
    shown = page.locator(".jp-SettingsPanel").inner_text()
    for title in ("Reduced motion", "Colour set", "Fast mode", "Class seed", "Hide solutions",
                  "Locks", "Projector"):  # fmt: skip
        assert title in shown
    screenshot(page, "settings-editor")
