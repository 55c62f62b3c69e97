"""Fixtures of the browser tests: JupyterLab, and a page of a headless Chromium.

Where there is no Chromium these tests are skipped aloud, except under ``CI=true``, where that
fails: a browser test that silently never runs protects nobody.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import extension_lab
import lab
import lesson_lab

from synthkit.widgets.prompt_connection import OPTION

ARTEFACTS = lab.REPOSITORY / "test-artefacts"
PICTURES = ("test_dial", "test_every_reader", "test_pad", "test_player", "test_site")
WHOLE_COURSE = ("test_extension", "test_hostile", "test_lesson_", "test_settings")
MISSING = (
    "no Chromium found: install it ('apt install chromium', or 'playwright install chromium'), "
    "or name one in SYNTHKIT_CHROMIUM"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            # Lesson 01 stands for them all in the course's own suite.
            if item.path.name.startswith("test_lesson_") and "01" not in item.path.name:
                item.add_marker("lesson")
            if item.path.name.startswith(PICTURES):
                item.add_marker("picture")
    # The pictures by themselves come first: a fault there explains those in the lessons.
    items.sort(key=lambda item: item.path.name.startswith(WHOLE_COURSE))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = lab.find_chromium()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Any]:
    """One headless Chromium for the whole session."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path, args=lab.CHROMIUM_ARGS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context(browser: Any) -> Iterator[Any]:
    """One browser context for the whole session: its cache holds JupyterLab, compiled."""
    found = browser.new_context(viewport={"width": 1366, "height": 768})
    yield found
    found.close()


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Any]:
    """One JupyterLab for the whole session, as ``synthkit lab`` starts it, with the real course.

    Its ``workspace`` is empty at first.
    """
    folder = tmp_path_factory.mktemp("lab")
    with extension_lab.course_server(folder, real=True, arguments=[OPTION]) as server:
        yield server


@pytest.fixture(scope="session")
def small_course(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Any]:
    """JupyterLab with the extension and the course of extension_lab.py."""
    with extension_lab.course_server(tmp_path_factory.mktemp("course")) as server:
        yield server


def watched_page(context: Any) -> Any:
    """Open a page that lists what went wrong.

    ``page.errors`` are exceptions that nobody caught, ``page.foreign`` requests that would have
    left this machine; none is let through.
    """
    page = context.new_page()
    page.errors, page.foreign = [], []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda sent: _is_local(sent.url) or page.foreign.append(sent.url))
    return page


@pytest.fixture
def new_page(browser: Any, context: Any) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page: ``new_page(width=360, height=740, …)``.

    With further arguments, which go to Playwright's ``new_context`` (``reduced_motion='reduce'``),
    and with ``own=True`` it stands in a context of its own: nothing that it stores is left.
    """
    pages, contexts = [], []

    def open_page(width: int = 1366, height: int = 768, own: bool = False, **options: Any) -> Any:
        home = context
        if own or options:
            home = browser.new_context(**options)
            contexts.append(home)
        page = watched_page(home)
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        return page

    yield open_page
    for page in pages:
        page.close()
    for home in contexts:
        home.close()


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "file:", "data:", "blob:"))


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Iterator[Any]:
    """Return a page of 1366 x 768; the test fails if it asked the network for anything."""
    opened = new_page()
    yield opened
    assert opened.foreign == [], f"asked the network for {opened.foreign}"


@pytest.fixture
def screenshot() -> Callable[[Any, str], Path]:
    """Return a function that saves a picture of a page or locator under test-artefacts/."""

    def save(target: Any, name: str) -> Path:
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        target.screenshot(path=str(path))
        return path

    return save


# --- pages with the demo runs of player_demo.py --------------------------------------------------

DEMO_SETUP = """\
from player_demo import *
from synthkit.widgets import FailureDial, Player, Predicted
"""


@pytest.fixture(scope="session")
def demo_server(lab_server):
    shutil.copy(Path(__file__).with_name("player_demo.py"), lab_server.workspace)
    return lab_server


@pytest.fixture
def open_notebook(new_page, demo_server):
    """Return a function that opens a notebook of its own with the demo runs imported."""

    def open_one(name: str, *sources: str, **options):
        page = new_page(**options)
        demo_server.open(page, demo_server.write_notebook(name, DEMO_SETUP, *sources))
        lab.run_all(page)
        return page

    return open_one


@pytest.fixture(scope="session")
def shared(context, demo_server):
    """One page with one kernel for all tests that add a cell of their own."""
    page = watched_page(context)
    demo_server.open(page, demo_server.write_notebook("shared.ipynb", DEMO_SETUP))
    lab.run_all(page)
    yield page
    page.close()


# --- a lesson ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lesson_page(request, context, lab_server):
    """The lesson that the test file names in LESSON: every cell run, nothing answered yet.

    One page and one kernel for all tests of the file, in the order in which they stand there: to
    run a lesson takes much longer than to look at it.  ``page.lesson`` is its name, ``page.kept()``
    what the progress file says of it.
    """
    page = watched_page(context)
    page.lesson = request.module.LESSON
    page.kept = lambda: lesson_lab.progress(lab_server, page.lesson)
    lesson_lab.open_lesson(page, lab_server, page.lesson)
    yield page
    page.evaluate(extension_lab.END_KERNELS)
    page.close()
    assert page.foreign == [], f"asked the network for {page.foreign}"
