"""The figures that the course promises: size, speed, and that no work is lost.

Run by ``python run.py bench course``.  Times are wall-clock, since they are what a learner waits:
measure on a machine that is otherwise idle.  The last row runs the whole suite of browser tests.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

import extension_lab as course  # noqa: E402
import lab  # noqa: E402
import lesson_lab  # noqa: E402
from test_progress import _kill_while_saving  # noqa: E402

from synthkit.widgets.prompt_connection import OPTION  # noqa: E402

KILLS = 1000
STARTS = 5


def main() -> list[dict[str, Any]]:
    """Measure and return one row for each figure."""
    with tempfile.TemporaryDirectory() as folder:
        damaged = _kill_while_saving(Path(folder), KILLS)
    with page_and_server() as (page, server):
        lesson_lab.open_lesson(page, server, course.FIRST)
        feedback = median(lesson_lab.feedback_times_ms(page))
        outline = median([course.outline_delay_ms(page, server) for _ in range(STARTS)])
    rows = (
        ("extension's JavaScript, gzipped", javascript_kb(), "kB", "<= 150"),
        ("outline on screen after JupyterLab is", round(max(outline, 0) / 1000, 3), "s", "<= 1"),
        ("from Check to the reply", round(feedback), "ms", "<= 300"),
        (f"progress files damaged by {KILLS:,} SIGKILLs", damaged, "", "<= 0"),
        ("browser tests of the extension and lesson 01", round(browser_suite_s()), "s", "<= 300"),
    )
    return [dict(zip(("what", "value", "unit", "target"), row)) for row in rows]


def javascript_kb() -> float:
    """Return the size of all scripts of the extension as a server sends them."""
    scripts = (course.BUILT / "static").glob("*.js")
    return round(sum(len(gzip.compress(path.read_bytes())) for path in scripts) / 1000, 1)


@contextmanager
def page_and_server() -> Iterator[tuple[Any, lab.LabServer]]:
    """Open a page beside a JupyterLab with the real course."""
    from playwright.sync_api import sync_playwright

    chromium = lab.find_chromium()
    if chromium is None:
        raise RuntimeError("bench_course needs a Chromium: 'apt install chromium'.")
    with (
        tempfile.TemporaryDirectory() as home,
        sync_playwright() as playwright,
        course.course_server(Path(home), real=True, arguments=[OPTION]) as server,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=lab.CHROMIUM_ARGS)
        yield browser.new_page(viewport={"width": 1366, "height": 768}), server
        browser.close()


def browser_suite_s() -> float:
    """Run the course's browser tests as run.py does; return the seconds they took."""
    chosen = ["tests/browser", "-m", "browser and not lesson and not picture and not slow"]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *chosen]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the browser tests fail:\n{done.stdout[-2000:]}")
    return time.perf_counter() - start


if __name__ == "__main__":
    for line in main():
        print(line)
