"""The extension with the kit's own lessons: through lesson 01 with the keyboard only."""

from __future__ import annotations

import json
from typing import Any

import extension_lab as course
import lab
import pytest
from extension_lab import FIRST
from lesson_lab import form, progress, wait_for_outcome

PlaywrightTimeout = pytest.importorskip("playwright.sync_api").TimeoutError

OUTLINE = ".synthkit-Outline"
SECTIONS = f"[data-key^='{FIRST}/']"


@pytest.fixture
def server(lab_server: Any) -> Any:
    """The real course in an empty workspace."""
    course.empty(lab_server.workspace)
    return lab_server


@pytest.fixture
def page(page: Any) -> Any:
    """A page on which nothing went wrong; it leaves no kernels behind."""
    yield page
    assert course.end_kernels(page) == []


def keys(page: Any) -> list[str]:
    """Return the keys of the rows that the outline shows."""
    return page.locator(f"{OUTLINE} [data-key]").evaluate_all(
        "rows => rows.map(row => row.dataset.key)"
    )


def press(page: Any, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def tab_to(page: Any, selector: str, limit: int = 40) -> None:
    """Press Tab until the focus is on an element that matches; the focus must be visible."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            outline = page.evaluate(
                "() => { const e = document.activeElement;"
                " const s = getComputedStyle(e.querySelector('circle') ?? e);"
                " return s.outlineStyle + s.strokeWidth; }"
            )
            assert outline not in ("none", "none1px"), f"no visible focus on {selector}"
            return
    pytest.fail(f"Tab never reached {selector}")


def run_until(page: Any, exercise: str, limit: int = 12) -> None:
    """Press Shift-Enter, cell by cell, until the form of an exercise is on the page."""
    for _ in range(limit):
        page.keyboard.press("Shift+Enter")
        page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
        try:  # an output may come a moment after the kernel is idle again
            form(page, exercise).wait_for(state="attached", timeout=1_000)
        except PlaywrightTimeout:
            continue
        return
    pytest.fail(f"no cell showed the form {exercise}")


def into(page: Any, exercise: str) -> None:
    """Go on with the keyboard from the cell above a form: Tab leads into it."""
    cell = form(page, exercise).locator("xpath=ancestor::div[contains(@class,'jp-Cell ')]")
    number = int(cell.get_attribute("data-windowed-list-index") or 0)
    active = "window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    page.wait_for_function(f"n => {active} > n", arg=number)  # Shift-Enter goes on to the next
    for _ in range(page.evaluate(active) - number):
        press(page, "ArrowUp")


def test_lesson_01_with_the_keyboard_only(page, server, screenshot):
    """From JupyterLab's start to right answers: predict, choose, order lines, hint, write code."""
    course.open_lab(page, server)
    press(page, "Alt+Shift+O")
    page.wait_for_function("() => document.activeElement.dataset.key === '00_welcome'")
    press(page, "ArrowDown")
    page.wait_for_function(f"() => document.activeElement.dataset.key === '{FIRST}'")
    press(page, "ArrowRight")
    page.wait_for_selector(f"[data-key='{FIRST}'][aria-expanded=true]")
    shipped = [key for key in keys(page) if key.startswith(f"{FIRST}/")]
    press(page, "Enter")
    page.wait_for_selector(f"[data-key='{FIRST}'][aria-current=page]", timeout=30_000)
    page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
    # The catalog's outline is what the open notebook says.
    assert [key for key in keys(page) if key.startswith(f"{FIRST}/")] == shipped

    # Predict: Shift-Enter runs cell after cell, arrow keys move the points of the line.
    run_until(page, "error-line")
    into(page, "error-line")
    point = '[data-exercise="error-line"] [role=slider]'
    for i in range(3):
        tab_to(page, point)
        press(page, *["ArrowDown"] * (6 * (i + 1)))
    points = form(page, "error-line").locator("[role=slider]")
    values = [float(points.nth(i).get_attribute("aria-valuenow")) for i in range(3)]
    assert 0.164 > values[0] > values[1] > values[2], "arrow keys move the points"
    tab_to(page, '[data-exercise="error-line"] [data-do=submit]')
    press(page, "Enter")
    wait_for_outcome(page, "error-line", "recorded")

    # A choice: arrow keys between the options, Space or Enter on Check.
    go_to(page, "explain")
    run_until(page, "why-root-n")
    into(page, "why-root-n")
    check = '[data-exercise="why-root-n"] [data-do=submit]'
    tab_to(page, '[data-exercise="why-root-n"] input[type=radio]')
    press(page, "Space", "ArrowDown")
    tab_to(page, check)
    press(page, "Space")
    wait_for_outcome(page, "why-root-n", "wrong")
    assert "the error falls like 1/n" in form(page, "why-root-n").inner_text()
    press(page, "Shift+Tab", "ArrowDown")
    tab_to(page, check)
    press(page, "Enter")
    wait_for_outcome(page, "why-root-n", "right")
    course.wait_done(page, "explain", "why-root-n")

    # Lines: arrow keys carry a line up; the focus stays with it.
    go_to(page, "build-it")
    run_until(page, "copula-in-order")
    lines = form(page, "copula-in-order")
    into(page, "copula-in-order")
    second = lines.locator("ol .skf-text").nth(1).inner_text()
    tab_to(page, '[data-exercise="copula-in-order"] li:nth-child(2) button')
    press(page, "ArrowUp")
    assert lines.locator("ol .skf-text").first.inner_text() == second

    # No key of a form reached JupyterLab: its cells are all still there.
    pristine = json.loads((lab.REPOSITORY / "notebooks" / f"{FIRST}.ipynb").read_text("utf-8"))
    count = page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")
    assert count == len(pristine["cells"])
    kept = progress(server, FIRST)
    assert kept["exercises"]["why-root-n"]["done"] is True
    assert kept["predictions"]["error-line"]["value"][1:] == values
    records_tell_the_outline(page)
    screenshot(page, "extension-keyboard")


def go_to(page: Any, section: str) -> None:
    """Go to a section of lesson 01 by the outline's keys; the focus is then in the notebook."""
    press(page, "Alt+Shift+O")
    page.wait_for_function("() => document.activeElement.dataset.key !== undefined")
    press(page, "Home")
    for _ in range(80):
        found = page.evaluate("() => document.activeElement.dataset.key")
        if found == f"{FIRST}/{section}":
            break
        press(page, "ArrowDown")
    press(page, "Enter")
    course.wait_section(page, section)


def records_tell_the_outline(page: Any) -> None:
    """The record in a cell's outputs was renewed, without redrawing the form under the hands."""
    records = page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets
          .flatMap(cell => cell.model.type === 'code' ? cell.model.outputs.toJSON() : [])
          .map(output => output.data?.['application/vnd.synthkit.progress+json'])
          .filter(record => record)"""
    )
    told = {record["exercise"]: (record["outcome"], record["done"]) for record in records}
    assert told["why-root-n"] == ("right", True)
    assert told["error-line"][1] is True


def test_help_through_the_menu_and_a_technique_of_ones_own(page, server, screenshot):
    """A skipped prediction, a hint and a solved exercise; then *Prototype a technique* works."""
    path = lab.REPOSITORY / "synthkit/course/exercises" / f"{FIRST}.solutions.json"
    solution = json.loads(path.read_text(encoding="utf-8"))["gaussian-copula"]
    course.open_lab(page, server)
    course.open_lesson(page, FIRST)
    run_lesson_cells(page, ["error-line"], setup=True)
    page.get_by_role("button", name="Skip", exact=True).click()
    page.wait_for_selector(
        f"[data-key='{FIRST}/predict/error-line'] .synthkit-mod-skipped", timeout=20_000
    )
    course.row(page, f"{FIRST}/build-it/gaussian-copula").click()
    course.wait_section(page, "build-it")
    page.evaluate("() => { void window.jupyterapp.commands.execute('synthkit:hint'); }")
    page.wait_for_selector(".jp-Dialog .synthkit-Help >> text=Hint 1:", timeout=20_000)
    page.keyboard.press("Enter")
    page.evaluate(
        """source => {
          for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells) {
            const meta = cell.getMetadata('synthkit');
            if (meta?.exercise === 'gaussian-copula' && meta.role === 'exercise') {
              cell.sharedModel.setSource(source);
            }
          }
        }""",
        solution,
    )
    lab.execute(page, "synthkit:run-check")
    course.wait_done(page, "build-it", "gaussian-copula")
    begun = page.locator(f"[data-key='{FIRST}'] .synthkit-Facts")
    begun.get_by_text("begun").wait_for()
    screenshot(page, "extension-lesson-01")
    kept = progress(server, FIRST)["exercises"]["gaussian-copula"]
    assert (kept["done"], kept["hints"]) == (True, 1)
    try_the_prototype(page)


def try_the_prototype(page: Any) -> None:
    """*Prototype a technique* gives a notebook whose technique works as it stands."""
    lab.execute(page, "synthkit:prototype")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.context?.path === 'my_technique.ipynb'"
    )
    page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
    page.evaluate(
        """async () => {
          const { commands, shell } = window.jupyterapp;
          for (const index of [1, 2]) {
            shell.currentWidget.content.activeCellIndex = index;
            await commands.execute('notebook:run-cell');
          }
        }"""
    )
    made = "MyTechnique().fit(real, rng=SEED).sample(7, rng=1)"
    assert lab.evaluate_in_kernel(page, f"{made}.shape == (7, real.shape[1])") == "True"
    assert lab.evaluate_in_kernel(page, f"list({made}.dtypes) == list(real.dtypes)") == "True"


def run_lesson_cells(page: Any, exercises: list[str], *, setup: bool) -> None:
    """Run the cells of these exercises; with ``setup`` the lesson's first code cell before."""
    page.evaluate(
        """async ([exercises, setup]) => {
          const { commands, shell } = window.jupyterapp;
          const notebook = shell.currentWidget.content;
          let first = setup;
          for (let i = 0; i < notebook.widgets.length; i++) {
            const { model } = notebook.widgets[i];
            if (model.type !== 'code') continue;
            const wanted = exercises.includes(model.getMetadata('synthkit')?.exercise);
            if (wanted || first) {
              notebook.activeCellIndex = i;
              await commands.execute('notebook:run-cell');
            }
            first = false;
          }
        }""",
        [exercises, setup],
    )
