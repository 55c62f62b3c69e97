"""A JupyterLab with the committed build of the extension and a small course of its own.

The course here is a fixture with the real lessons' metadata: its checks answer at once, so that
the tests look at the extension and not at a lesson.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lab

sys.path.insert(0, str(lab.REPOSITORY / "widgets" / "labextension" / "scripts"))

BUILT = lab.REPOSITORY / "synthkit" / "labextension"
MIME = "application/vnd.synthkit.progress+json"
FIRST = "01_monte_carlo"
HOSTILE = "<img src=x onerror=window.hacked=1>"
READY = "() => document.querySelector('.synthkit-Tree [role=treeitem]') !== null"

END_KERNELS = "() => window.jupyterapp?.serviceManager.sessions.shutdownAll()"


def end_kernels(page: Any) -> list[str]:
    """End all kernels and return what went wrong before: JupyterLab may say 'Disposed' of that."""
    errors = list(page.errors)
    page.evaluate(END_KERNELS)
    return errors


Json = dict[str, Any]


def markdown(source: str, **meta: Any) -> Json:
    return {
        "cell_type": "markdown", "id": f"m{abs(hash(source)) % 10**12}",
        "metadata": {"synthkit": meta}, "source": source,
    }


def code(source: str, **meta: Any) -> Json:
    return lab.code_cell(source, synthkit=meta)


def check_source(lesson: str, exercise: str) -> str:
    """Return a check: right once ``answer`` is 42, and kept in the progress file."""
    return f"""
import json, pathlib, datetime
from IPython.display import display
outcome = "right" if globals().get("answer") == 42 else "wrong"
record = dict(version=1, lesson={lesson!r}, exercise={exercise!r}, outcome=outcome, seed=7,
              time=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"))
path = pathlib.Path("synthkit-progress.json")
data = json.loads(path.read_text()) if path.exists() else {{"version": 1, "lessons": {{}}}}
entry = data["lessons"].setdefault({lesson!r}, {{"seed": 7, "exercises": {{}}}})
done = outcome == "right"
entry["exercises"][{exercise!r}] = dict(outcome=outcome, done=done, seed=7, last=record["time"])
path.write_text(json.dumps(data))
display({{{MIME!r}: record}}, raw=True)
""".strip()


def lesson(name: str, title: str, version: str = "1", exercise_title: str = "Estimate pi") -> Json:
    """Return a lesson with the template's shape: four sections and three exercises."""
    long = "\n\n".join(f"Paragraph {i} of a story, long enough to scroll." for i in range(24))
    first = {"section": "predict", "exercise": "guess"}
    build = {"section": "build-it", "exercise": "estimate-pi"}
    repair = {"section": "break-it", "exercise": "repair"}
    cells = [
        markdown(f"# {title}\n\n## In one minute\n\n{long}", section="in-one-minute", minutes=1),
        markdown(f"## Predict\n\n{long}", section="predict", minutes=2),
        code("answer = None", **first, role="predict"),
        code(check_source(name, "guess"), **first, role="check"),
        markdown(f"## Build it\n\n{long}", section="build-it", minutes=8),
        markdown(f"### {exercise_title}", **build, role="exercise", minutes=5),
        code("answer = 42", **build, role="exercise"),
        code(check_source(name, "estimate-pi"), **build, role="check"),
        code("print('hint: six times seven')", **build, role="hint"),
        code("print('solution: 42')", **build, role="solution"),
        markdown(f"## Break it, then repair it\n\n{long}", section="break-it", minutes=5),
        code("answer = 41", **repair, role="exercise"),
        code(check_source(name, "repair"), **repair, role="check"),
    ]
    meta = {"lesson": name, "version": version, "seed": 3}
    return {
        "cells": cells, "nbformat": 4, "nbformat_minor": 5,
        "metadata": {
            "synthkit": meta, "language_info": {"name": "python"},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        },
    }


LESSONS: dict[str, Json] = {
    "01_monte_carlo": lesson("01_monte_carlo", "Monte Carlo: let chance do the counting"),
    "02_bootstrap": lesson("02_bootstrap", HOSTILE, exercise_title=HOSTILE),
}


def write_course(folder: Path, lessons: dict[str, Json]) -> None:
    """Write the lessons and their catalog, by the script that writes the real one."""
    import catalog as script

    headings = [
        {"slug": "in-one-minute", "heading": "In one minute", "core": False},
        {"slug": "predict", "heading": "Predict", "core": True},
        {"slug": "build-it", "heading": "Build it", "core": False},
        {"slug": "break-it", "heading": "Break it, then repair it", "core": True},
    ]
    entries = [
        {
            "id": name, "minutes": 35, "extra": "", "technique": "", "notebook": f"{name}.ipynb",
            "title": notebook["cells"][0]["source"].split("\n")[0].removeprefix("# "),
            "prerequisites": ["01_monte_carlo"] if name > "01_monte_carlo" else [],
            "breaks": f"the correlations {HOSTILE}" if name > "02" else "the correlations",
            "outline": script.outline(notebook["cells"], headings),
        }
        for name, notebook in lessons.items()
    ]
    catalog = {"version": 1, "kit": "0", "sections": headings, "lessons": entries}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
    for name, notebook in lessons.items():
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def install(share: Path, *, real: bool = False) -> Path:
    """Put the committed build and a course where JUPYTER_PATH finds them, as the wheel does."""
    target = share / "labextensions" / "synthkit-lab"
    shutil.copytree(BUILT, target)
    shutil.copy(lab.REPOSITORY / "widgets" / "labextension" / "install.json", target)
    if real:
        for built in (lab.REPOSITORY / "notebooks").glob("[0-9][0-9]_*.ipynb"):
            shutil.copy(built, target / "course")
    else:
        write_course(target / "course", LESSONS)
    return target


@contextmanager
def course_server(
    folder: Path, *, real: bool = False, arguments: Sequence[str] = ()
) -> Iterator[lab.LabServer]:
    """Run JupyterLab with the extension; ``real`` brings the kit's own lessons."""
    share = folder / "share"
    install(share, real=real)
    application = folder / "application_settings"
    application.mkdir()
    options = [f"--LabApp.app_settings_dir={application}", *arguments]
    found = lab.lab_server(folder, arguments=options, environment={"JUPYTER_PATH": str(share)})
    with found as server:
        yield server


@contextmanager
def overrides(server: lab.LabServer, **settings: Any) -> Iterator[None]:
    """Let a teacher set these for everybody, in JupyterLab's own overrides.json.

    The server reads the file whenever a page asks for its settings.
    """
    path = server.workspace.parent / "application_settings" / "overrides.json"
    path.write_text(json.dumps({"synthkit-lab:plugin": settings}), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink()


TIME_OUTLINE = """
const wait = setInterval(() => {
  const app = window.jupyterapp;
  if (!app) return;
  clearInterval(wait);
  app.restored.then(() => { window.labReady = performance.now(); });
}, 5);
new MutationObserver(() => {
  const row = document.querySelector('.synthkit-Tree [role=treeitem]');
  if (row?.offsetParent && !window.outlineReady) window.outlineReady = performance.now();
}).observe(document, {childList: true, subtree: true, attributes: true});
"""


def outline_delay_ms(page: Any, server: lab.LabServer) -> float:
    """Open JupyterLab on a folder with lessons; return how much later the outline is there."""
    page.add_init_script(TIME_OUTLINE)
    page.goto(f"{server.url}/lab?reset")
    page.wait_for_function("() => window.outlineReady && window.labReady", timeout=60_000)
    return float(page.evaluate("() => window.outlineReady - window.labReady"))


def open_lab(page: Any, server: lab.LabServer) -> None:
    """Open JupyterLab, with a layout of its own, and wait until the outline shows the lessons."""
    page.goto(f"{server.url}/lab/workspaces/{lab.fresh_layout()}?reset")
    page.wait_for_function("() => window.jupyterapp !== undefined", timeout=60_000)
    page.evaluate("() => window.jupyterapp.restored")
    page.wait_for_selector(".jp-Launcher")  # it comes last, and takes the focus
    lab.execute(page, "synthkit:focus-outline")
    page.wait_for_function(READY, timeout=20_000)


def open_lesson(page: Any, name: str, *, kernel: bool = True) -> None:
    """Open a lesson by its command and wait until the outline knows it."""
    lab.execute(page, "synthkit:open-lesson", lesson=name)
    page.wait_for_selector(f"[data-key='{name}'][aria-current=page]", timeout=30_000)
    if kernel:
        page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)


def row(page: Any, key: str) -> Any:
    """Return the outline's row with this key."""
    return page.locator(f"[data-key='{key}'] > .synthkit-Row")


def wait_for_json(path: Path, timeout_s: float = 20.0) -> Json:
    """Return what a file holds that JupyterLab is about to write."""
    end = time.monotonic() + timeout_s
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < end, f"{path.name} was not written"
        time.sleep(0.05)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def empty(workspace: Path) -> None:
    """Remove everything from the workspace."""
    for path in workspace.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def wait_section(page: Any, slug: str) -> None:
    page.wait_for_selector(
        f"[data-key='{FIRST}/{slug}'][aria-current=location]", timeout=10_000
    )


def wait_done(page: Any, section: str, exercise: str) -> None:
    key = f"{FIRST}/{section}/{exercise}"
    page.wait_for_selector(f"[data-key='{key}'] .synthkit-mod-done", timeout=20_000)
