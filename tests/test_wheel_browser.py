"""The wheel in an empty environment without Node: a click on a card, and lesson 01 works.

Slow (about a minute), and it asks a package registry for the build tool and the extra ``lab``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "browser"))

import extension_lab as course
import lab
import lesson_lab

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(600)]

LESSON = "01_monte_carlo"


def uv(*words: str | Path) -> None:
    command = [sys.executable, "-m", "uv", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr[-3000:]}"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel with its extra lab, and no more."""
    folder = tmp_path_factory.mktemp("learner")
    uv("build", "--quiet", "--wheel", "--out-dir", folder / "dist", lab.REPOSITORY)
    (wheel,) = (folder / "dist").glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    found = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    uv("pip", "install", "--quiet", "--python", found, f"synthkit-lab[lab] @ {wheel.as_uri()}")
    return found


def test_a_card_opens_lesson_01_and_it_works(python: Path, tmp_path: Path) -> None:
    chromium = lab.find_chromium()
    if chromium is None:
        pytest.skip("no Chromium found")
    from playwright.sync_api import sync_playwright

    bare = str(python.parent)  # nothing else is on PATH: no Node, no npm
    assert shutil.which("node", path=bare) is None
    environment = {"PATH": bare, "PYTHONPATH": ""}
    server = lab.lab_server(
        tmp_path, python=str(python), use_checkout=False, environment=environment
    )
    with server as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=lab.CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        course.open_lab(page, running)
        cards = page.locator(".jp-LauncherCard[data-category=Synthkit]")
        cards.first.wait_for()
        catalog = json.loads((course.BUILT / "course" / "catalog.json").read_text("utf-8"))
        assert cards.count() == len(catalog["lessons"]) + 2
        page.screenshot(path=str(artefacts() / "wheel_launcher.png"))
        cards.filter(has_text="01 Monte Carlo").click()
        course.wait_section(page, "in-one-minute")
        page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
        copied = json.loads((running.workspace / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
        shipped = json.loads((lab.REPOSITORY / "notebooks" / f"{LESSON}.ipynb").read_text("utf-8"))
        assert sources(copied) == sources(shipped)

        lab.run_all(page, timeout_ms=lesson_lab.RUN_MS)
        choice = lesson_lab.form(page, "why-root-n")
        lesson_lab.bring_up(page, choice)
        choice.locator("input").nth(2).check()
        lesson_lab.submit(page, "why-root-n", "right")
        course.wait_done(page, "explain", "why-root-n")
        page.screenshot(path=str(artefacts() / "wheel_lesson_01.png"))
        where = lab.evaluate_in_kernel(page, "__import__('synthkit').__file__")
        assert str(python.parents[1]) in where
        assert lab.evaluate_in_kernel(page, "lesson.assert_no_widget_error()") == "None"
        assert errors == []
        browser.close()


def sources(notebook: dict) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"]]


def artefacts() -> Path:
    folder = lab.REPOSITORY / "test-artefacts"
    folder.mkdir(exist_ok=True)
    return folder
