"""Run ``synthkit lab`` as a user does: for the tests of the command and of the wheel, and to time
the way from the command to the first widget.  Not a test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lab

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/lab/\S+token=\w+")


@contextmanager
def synthkit_lab(home: Path, python: str | Path = sys.executable) -> Iterator[tuple[str, Path]]:
    """Yield the address with its token, and the folder of the lessons, until the block ends.

    ``home`` is a fresh folder: all that Jupyter writes goes there, and nothing of the user's own
    settings is read.  The browser may ask JupyterLab for the state of its kernel.
    """
    folder, log = home / "my lessons", home / "log.txt"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON"))}
    environment |= {"HOME": str(home), "USERPROFILE": str(home), "IPYTHONDIR": str(home / "ipy")}
    (home / ".jupyter").mkdir()
    exposed = '{"LabApp": {"expose_app_in_browser": true}}'
    (home / ".jupyter" / "jupyter_lab_config.json").write_text(exposed, encoding="utf-8")
    command = [python, "-m", "synthkit", "lab", folder, "--no-browser", "--port", "0"]
    with log.open("w") as stream:
        process = subprocess.Popen(
            list(map(str, command)), stdout=stream, stderr=stream, env=environment, cwd=home
        )
    try:
        deadline = time.monotonic() + lab.START_TIMEOUT_S
        address = None
        while address is None and time.monotonic() < deadline and process.poll() is None:
            address = ADDRESS.search(log.read_text("utf-8"))
            time.sleep(0.05)
        assert address, log.read_text("utf-8")[-3000:]
        yield address[0], folder
    finally:
        process.terminate()
        process.wait(30)


def wait_for_first_widget(page: Any, address: str) -> None:
    """Open the address that ``synthkit lab`` printed, run the lesson, and see its first widget.

    The lesson is run as soon as its kernel answers, as by a learner who presses *Run All Cells*.
    """
    page.goto(address)
    page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    widget = ".jp-OutputArea .skf, .jp-OutputArea .sk-root"
    page.wait_for_selector(widget, timeout=lab.KERNEL_TIMEOUT_MS)
