"""From ``synthkit lab`` to the first widget of the lesson that opens, on a warm installation.

Run by ``python run.py bench lab``.  Wall-clock seconds, since they are what a learner waits:
measure on a machine that is otherwise idle.  Chromium is already open; the lesson is run as soon
as its kernel answers.  The first of the starts is left out: it reads all files from the disk.
The peer is JupyterLab by itself with an empty notebook, in which one cell prints one word.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

import command_lab
import lab

STARTS = 4  # one to warm up, then the median of three


def main() -> list[dict[str, Any]]:
    """Measure and return one row."""
    from playwright.sync_api import sync_playwright

    chromium = lab.find_chromium()
    if chromium is None:
        raise RuntimeError("bench_lab needs a Chromium: 'apt install chromium'.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=lab.CHROMIUM_ARGS)
        try:
            ours = median([first_widget(browser) for _ in range(STARTS)][1:])
            peer = median([first_output(browser) for _ in range(STARTS)][1:])
        finally:
            browser.close()
    return [{"what": "synthkit lab to the first widget", "value": round(ours, 1), "unit": "s",
             "target": "<= 12", "peer": round(peer, 1)}]


def first_widget(browser: Any) -> float:
    """Return the seconds from the command to the first widget on screen."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    with tempfile.TemporaryDirectory() as home:
        start = time.perf_counter()
        with command_lab.synthkit_lab(Path(home)) as (address, _):
            command_lab.wait_for_first_widget(page, address)
            seconds = time.perf_counter() - start
            page.close()
    return seconds


def first_output(browser: Any) -> float:
    """Return the seconds from the start of a plain JupyterLab to the output of its first cell."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    with tempfile.TemporaryDirectory() as home:
        start = time.perf_counter()
        with lab.lab_server(Path(home)) as server:
            server.open(page, server.write_notebook("plain.ipynb", "print('there')"))
            lab.execute(page, "notebook:run-all-cells")
            page.wait_for_selector(".jp-OutputArea-output >> text=there")
            seconds = time.perf_counter() - start
            page.close()
    return seconds


if __name__ == "__main__":
    for line in main():
        print(line)
