"""The extension with the kit's own lessons, a teacher's settings, and a learner's technique."""

from __future__ import annotations

import json
from typing import Any

import extension_lab as course
import lab
from extension_lab import FIRST

OUTLINE = ".synthkit-Outline"


def test_a_teacher_sets_seed_and_locks_for_all(tmp_path, new_page):
    page = new_page()
    overrides = {"class_seed": 42, "hide_solutions": True, "locks": ["reset", "02_bootstrap"]}
    with course.course_server(tmp_path, overrides) as server:
        own = tmp_path / "jupyterlab_settings_dir" / "synthkit-lab"
        own.mkdir(parents=True, exist_ok=True)
        undone = {"class_seed": 7, "hide_solutions": False, "locks": []}
        (own / "plugin.jupyterlab-settings").write_text(json.dumps(undone))
        course.open_lab(page, server)
        course.open_lesson(page, FIRST, kernel=False)
        page.wait_for_selector(".synthkit-StatusButton >> text='0/3 · seed 42'")
        enabled = "command => window.jupyterapp.commands.isEnabled(command)"
        assert page.evaluate(enabled, "synthkit:show-solution") is False
        assert page.evaluate(enabled, "synthkit:reset-lesson") is False
        assert page.evaluate(enabled, "synthkit:hint") is True
        course.row(page, "02_bootstrap").click()
        page.wait_for_timeout(500)
        assert not (server.workspace / "02_bootstrap.ipynb").exists()
        written = course.wait_for_json(server.workspace / "synthkit-settings.json")
        assert written == {
            "version": 1, "reduced_motion": False, "colour_set": "okabe-ito",
            "fast_mode": False, **overrides, "locks": ["02_bootstrap", "reset"],
        }


def test_lesson_01_through_the_menu(tmp_path, new_page, screenshot):
    """The real lesson: skip the prediction, take a hint, solve an exercise, kill the kernel."""
    solutions = lab.REPOSITORY / "synthkit/course/exercises" / f"{FIRST}.solutions.json"
    solution = json.loads(solutions.read_text(encoding="utf-8"))["gaussian-copula"]
    page = new_page()
    with course.course_server(tmp_path, real=True) as server:
        course.open_lab(page, server)
        course.row(page, FIRST).locator(".synthkit-Caret").click()
        shipped = keys(page)
        course.open_lesson(page, FIRST)
        assert keys(page) == shipped  # the catalog's outline is what the open notebook says
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
        screenshot(page, "extension-lesson-01")
        page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
        course.wait_done(page, "build-it", "gaussian-copula")
        kept = json.loads((server.workspace / "synthkit-progress.json").read_text())
        assert kept["lessons"][FIRST]["exercises"]["gaussian-copula"]["done"] is True
        assert kept["lessons"][FIRST]["exercises"]["gaussian-copula"]["hints"] == 1
        try_the_prototype(page)
        assert page.errors == []
        page.evaluate(course.END_KERNELS)


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


def keys(page: Any) -> list[str]:
    """Return the keys of the rows that the outline shows."""
    return page.locator(f"{OUTLINE} [data-key]").evaluate_all(
        "rows => rows.map(row => row.dataset.key)"
    )


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
