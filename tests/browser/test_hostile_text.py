"""Text from outside stays text: lesson titles, file names, column names, cell values.

``<img src=x onerror=…>`` stands in each of them, in trusted and untrusted notebooks. It must be
shown as it is, and run nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import extension_lab as course
import lab
import pytest
from extension_lab import HOSTILE

# Legal as a file name on Linux; ends a Python string and a shell command where nobody takes care.
EVIL_FILE = "a'\\\"); open('hacked.txt', 'w') #<img src=x onerror=window.hacked=1>.csv"


@pytest.fixture
def server(small_course: Any) -> Any:
    course.empty(small_course.workspace)
    return small_course


@pytest.fixture
def page(page: Any) -> Iterator[Any]:
    """A page on which no hostile text came to life."""
    yield page
    assert course.end_kernels(page) == []
    assert nothing_ran(page)


def nothing_ran(page: Any) -> bool:
    return bool(
        page.evaluate(
            "() => window.hacked === undefined && document.querySelector('img[src=x]') === null"
        )
    )


def test_the_probe_notices_an_injection(page, server):
    """The assertion above can fail: here the text is put into the page as HTML."""
    course.open_lab(page, server)
    page.evaluate("html => document.querySelector('.synthkit-Title').innerHTML = html", HOSTILE)
    page.wait_for_function("() => window.hacked === 1")
    assert not nothing_ran(page)
    page.goto("about:blank")


def test_a_hostile_catalog(page, server):
    course.open_lab(page, server)
    lesson = page.locator("[data-key='02_bootstrap']")
    assert HOSTILE in lesson.inner_text()
    card = page.locator(".jp-LauncherCard[data-category=Synthkit]").nth(1)
    assert HOSTILE in card.inner_text()
    assert HOSTILE in card.get_attribute("title")

    page.get_by_role("menuitem", name="Synthkit", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Open Lesson").click()
    page.wait_for_selector(".lm-Menu >> text=01 Monte Carlo")
    assert any(HOSTILE in text for text in page.locator(".lm-Menu").all_inner_texts())
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    lab.execute(page, "apputils:activate-command-palette")
    page.locator(".lm-CommandPalette-input").fill("open lesson")
    page.locator(".lm-CommandPalette-item[data-command='synthkit:open-lesson']").click()
    options = page.locator(".jp-Dialog option")
    options.first.wait_for(state="attached")
    assert any(HOSTILE in text for text in options.all_inner_texts())
    page.keyboard.press("Escape")

    course.open_lesson(page, "02_bootstrap", kernel=False)
    assert HOSTILE in lesson.inner_text()
    exercise = page.locator("[data-key='02_bootstrap/build-it/estimate-pi']")
    # Its heading in the notebook is Markdown, which JupyterLab cleans; the outline shows the text.
    assert HOSTILE in exercise.inner_text()
    assert nothing_ran_in(page, ".synthkit-Outline")
    close_notebooks(page)


def nothing_ran_in(page: Any, selector: str) -> bool:
    return bool(
        page.evaluate(
            """selector => window.hacked === undefined &&
               document.querySelector(`${selector} img`) === null""",
            selector,
        )
    )


def close_notebooks(page: Any) -> None:
    """Close the notebook, whose rendered Markdown is JupyterLab's and may hold a bare image."""
    lab.execute(page, "docmanager:save")
    lab.execute(page, "application:close-all")


@pytest.mark.parametrize("trusted", [False, True])
def test_a_hostile_notebook(page, server, trusted):
    lesson = course.lesson("01_monte_carlo", "Plain")
    evil = {"section": HOSTILE, "exercise": HOSTILE, "role": "exercise", "title": HOSTILE}
    record = {
        "version": 1, "lesson": "01_monte_carlo", "exercise": HOSTILE, "outcome": "right",
        "time": HOSTILE, "seed": HOSTILE,
    }
    cell = course.code("1", **evil)
    cell["outputs"] = [
        {
            "output_type": "display_data", "metadata": {},
            "data": {course.MIME: record, "text/plain": HOSTILE},
        }
    ]
    lesson["cells"].insert(0, cell)
    (server.workspace / "01_monte_carlo.ipynb").write_text(json.dumps(lesson))
    progress = {
        "version": 1,
        "lessons": {
            HOSTILE: {"exercises": {HOSTILE: HOSTILE}},
            "01_monte_carlo": {"seed": HOSTILE, "exercises": {"guess": {"outcome": HOSTILE}}},
        },
    }
    (server.workspace / "synthkit-progress.json").write_text(json.dumps(progress))
    course.open_lab(page, server)
    course.open_lesson(page, "01_monte_carlo", kernel=False)
    if trusted:
        page.evaluate(
            """() => {
              const panel = window.jupyterapp.shell.currentWidget;
              for (const cell of panel.content.model.cells) cell.trusted = true;
              panel.content.model.cells.get(0).setMetadata('touched', true);
            }"""
        )
    key = f"01_monte_carlo/{HOSTILE}/{HOSTILE}"
    row = page.locator(f"[data-key='{key}']")
    row.wait_for()
    assert HOSTILE in row.inner_text()
    mark = row.locator(".synthkit-Tick")
    # A stranger's record is worth no tick; one that the learner trusts is.
    page.wait_for_function(
        "([key, mark]) => document.querySelector(`[data-key='${key}'] .${mark}`)",
        arg=[key, "synthkit-mod-done" if trusted else "synthkit-mod-open"],
    )
    assert mark.count() == 1
    assert HOSTILE not in page.locator(".synthkit-StatusButton").inner_text()
    row.locator(".synthkit-Row").click()
    # Help on it travels to the kernel as a string, whatever it holds.
    page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
    page.evaluate("() => { void window.jupyterapp.commands.execute('synthkit:hint'); }")
    page.wait_for_selector(".jp-Dialog .synthkit-Help >> text=The lesson is not running yet")
    assert HOSTILE in page.locator(".jp-Dialog-header").inner_text()
    page.keyboard.press("Enter")


def test_a_hostile_table(page, server, screenshot):
    """File name, column names and cell values, from the dialog to the last picture of the run."""
    rows = "".join(f'"{HOSTILE}","=1+1",{i},{i % 7 + i / 50}\n"{HOSTILE} b","x",{i},{i % 5}\n'
                   for i in range(60))  # fmt: skip
    table = f'"{HOSTILE}","=1+1","<b>n</b>",y\n{rows}'
    (server.workspace / EVIL_FILE).write_text(table, encoding="utf-8")
    course.open_lab(page, server)
    page.evaluate("() => { void window.jupyterapp.commands.execute('synthkit:explore'); }")
    option = page.locator(".jp-Dialog option").first
    option.wait_for(state="attached")
    assert option.inner_text() == EVIL_FILE
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.context?.path.startsWith('explore_a')"
    )
    page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
    lab.run_all(page)
    page.wait_for_selector(".jp-OutputArea-output >> text='120 rows, 4 columns'", timeout=60_000)
    assert lab.evaluate_in_kernel(page, "TABLE") == repr(EVIL_FILE)
    assert lab.evaluate_in_kernel(page, "real.columns[0]") == repr(HOSTILE)
    failed = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")
    assert "Traceback" not in "".join(failed.all_inner_texts())
    shown = page.locator(".jp-OutputArea-output").all_inner_texts()
    assert any(HOSTILE in text for text in shown), "the columns or cells are shown, as text"
    assert page.locator(".jp-OutputArea-output b", has_text="n").count() == 0
    assert nothing_ran(page)
    screenshot(page, "hostile-table")
    assert not (server.workspace / "hacked.txt").exists()
