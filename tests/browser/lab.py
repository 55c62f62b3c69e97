"""Start JupyterLab for a browser test, and drive the notebook that is open in it.

Not a test: helpers for ``conftest.py`` and for the benchmarks that measure in the browser.
Everything that Jupyter writes goes to a fresh folder; nothing reads or changes the settings of
whoever runs the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing leaves this machine. (A route that aborts requests would do, but without a cache: each
    # page would fetch and compile JupyterLab anew.)
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
START_TIMEOUT_S = 90.0  # 3.5 s on an idle machine; tests share two cores with others
KERNEL_TIMEOUT_MS = 120_000

# Quiet JupyterLab: the news pop-up covers the notebook and asks the network.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Light"},
}

KERNEL_IS_IDLE = """() => {
  const kernel = window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.status === 'idle';
}"""


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome on this machine, or None."""
    named = os.environ.get("SYNTHKIT_CHROMIUM")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    return _playwright_chromium()


def _playwright_chromium() -> str | None:
    """Return the Chromium that 'playwright install chromium' brought, if it did."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fresh_layout() -> str:
    """Return a name for JupyterLab's layout; two open tabs that share one make it navigate anew."""
    return f"layout-{time.monotonic_ns():x}"


def code_cell(source: str, **metadata: Any) -> dict[str, Any]:
    """Return a code cell that has not run."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"cell-{time.monotonic_ns():x}",
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def write_notebook(path: Path, *sources: str) -> Path:
    """Write a notebook of code cells, one for each source."""
    notebook = {
        "cells": [code_cell(source) for source in sources],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@dataclass
class LabServer:
    """A running JupyterLab: where it answers, and the folder that it shows."""

    url: str
    workspace: Path
    log: Path

    def write_notebook(self, name: str, *sources: str) -> str:
        """Write a notebook of code cells into the workspace and return its name."""
        write_notebook(self.workspace / name, *sources)
        return name

    def open(self, page: Any, name: str, *, wait_kernel: bool = True) -> None:
        """Open a notebook of the workspace in a JupyterLab without any other tab."""
        page.goto(f"{self.url}/lab/workspaces/{fresh_layout()}/tree/{quote(name)}?reset")
        page.wait_for_function(
            "name => window.jupyterapp?.shell?.currentWidget?.context?.path === name",
            arg=name,
            timeout=KERNEL_TIMEOUT_MS,
        )
        if wait_kernel:
            page.wait_for_function(KERNEL_IS_IDLE, timeout=KERNEL_TIMEOUT_MS)


def execute(page: Any, command: str, **arguments: Any) -> None:
    """Run a JupyterLab command, such as ``notebook:run-all-cells``."""
    page.evaluate(
        "async ([command, args]) => { await window.jupyterapp.commands.execute(command, args); }",
        [command, arguments],
    )


def run_all(page: Any, *, timeout_ms: int = KERNEL_TIMEOUT_MS) -> None:
    """Run all cells and wait until the kernel is idle again."""
    execute(page, "notebook:run-all-cells")
    page.wait_for_function(KERNEL_IS_IDLE, timeout=timeout_ms)


def run_cell(page: Any, source: str, *, timeout_ms: int = KERNEL_TIMEOUT_MS) -> Any:
    """Append a cell with this source to the open notebook, run it, and return its locator."""
    number = page.evaluate(
        """async source => {
          const panel = window.jupyterapp.shell.currentWidget;
          const cells = panel.content.model.sharedModel;
          cells.insertCell(cells.cells.length, {cell_type: 'code', source});
          panel.content.activeCellIndex = cells.cells.length - 1;
          await window.jupyterapp.commands.execute('notebook:run-cell');
          return cells.cells.length - 1;
        }""",
        source,
    )
    page.wait_for_function(KERNEL_IS_IDLE, timeout=timeout_ms)
    cell = page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{number}"]')
    cell.scroll_into_view_if_needed()
    return cell


def evaluate_in_kernel(page: Any, expression: str) -> str:
    """Return ``repr(expression)`` from the kernel of the open notebook."""
    result = page.evaluate(
        """async expression => {
          const panel = window.jupyterapp.shell.currentWidget;
          const future = panel.sessionContext.session.kernel.requestExecute({
            code: '', silent: true, store_history: false, user_expressions: {value: expression},
          });
          const reply = await future.done;
          const value = reply.content.user_expressions.value;
          return value.status === 'ok' ? value.data['text/plain']
                                       : `${value.ename}: ${value.evalue}`;
        }""",
        expression,
    )
    return str(result)


def kill_kernel(page: Any) -> None:
    """Kill the kernel of the open notebook as a machine short of memory would: with SIGKILL.

    JupyterLab starts another one by itself and says so; the dialog is closed, as a reader would.
    """
    before = int(evaluate_in_kernel(page, "__import__('os').getpid()"))
    os.kill(before, signal.SIGKILL)
    page.locator(".jp-Dialog", has_text="Kernel Restarting").wait_for(timeout=30_000)
    page.keyboard.press("Escape")
    page.wait_for_function(KERNEL_IS_IDLE, timeout=KERNEL_TIMEOUT_MS)
    assert int(evaluate_in_kernel(page, "__import__('os').getpid()")) != before


def set_theme(page: Any, theme: str) -> None:
    """Change to ``'JupyterLab Dark'`` or ``'JupyterLab Light'`` and wait for it.

    JupyterLab takes its splash screen away twice, and fails at the second, where one change follows
    another before the splash is gone: so wait for that as well.
    """
    execute(page, "apputils:change-theme", theme=theme)
    page.wait_for_function(
        """theme => document.body.dataset.jpThemeName === theme
            && !document.getElementById('jupyterlab-splash')""",
        arg=theme,
        timeout=30_000,
    )


def refreshed(page: Any, times: int = 3) -> None:
    """Wait until the screen was refreshed so many times: what is to be redrawn is drawn then."""
    page.evaluate(
        """times => new Promise(done => {
          const next = () => (times-- > 0 ? requestAnimationFrame(next) : done());
          next();
        })""",
        times,
    )


def axe_violations(page: Any, selector: str) -> list[str]:
    """Return axe-core's serious and critical findings inside ``selector``, one line each."""
    from axe_playwright_python.sync_playwright import Axe

    response = Axe().run(page, context=selector).response
    return [
        f"{found['id']} ({found['impact']}): {node['html'][:200]}"
        for found in response["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


@contextmanager
def lab_server(
    folder: Path,
    *,
    python: str = sys.executable,
    use_checkout: bool = True,
    arguments: Sequence[str] = (),
    environment: dict[str, str] | None = None,
) -> Iterator[LabServer]:
    """Run JupyterLab in ``folder`` until the block ends.

    Parameters
    ----------
    folder : Path
        Fresh; the workspace is its subfolder ``workspace``.
    python : str
        The interpreter whose JupyterLab and kernel are used.
    use_checkout : bool
        Put this checkout first on the kernel's path; False where a wheel is tested.
    arguments, environment
        Further arguments of ``python -m jupyterlab`` and variables for it and its kernels.
    """
    workspace = folder / "workspace"
    workspace.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder / "jupyterlab.log"
    command = [
        python,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--LabApp.expose_app_in_browser=True",
        *arguments,
    ]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=workspace,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=_environment(folder, use_checkout) | (environment or {}),
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(f"{url}/api/status", process, log)
        yield LabServer(url, workspace, log)
    finally:
        _end_group(process)


def _environment(folder: Path, use_checkout: bool) -> dict[str, str]:
    """Return this process's environment with every folder of Jupyter's moved to ``folder``."""
    environment = dict(os.environ)
    for name in (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_WORKSPACES_DIR",
        "IPYTHONDIR",
    ):
        (folder / name.lower()).mkdir(exist_ok=True)
        environment[name] = str(folder / name.lower())
    for name, settings in LAB_SETTINGS.items():
        path = folder / "jupyterlab_settings_dir" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    if use_checkout:
        paths = [str(REPOSITORY), *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    return environment


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise RuntimeError(f"JupyterLab did not answer within {START_TIMEOUT_S:.0f} s:\n{tail}")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the server and its kernels, which share its process group."""
    if os.name != "posix":
        process.terminate()
        process.wait(timeout=30)
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=15)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
        if number == signal.SIGTERM:
            time.sleep(0.3)  # kernels write nothing; a moment to close, then the rest is killed
    process.wait(timeout=15)
