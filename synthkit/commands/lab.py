"""``synthkit lab``: copy the lessons into a folder and open JupyterLab there, on the first."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from pathlib import Path
from typing import Annotated

import typer

from synthkit.course import workspace
from synthkit.errors import MissingExtraError, ParameterError

FIRST_LESSON = "00_welcome"
CANCEL_S = 5  # for open requests, once the server was stopped
# Turns off JupyterLab's question whether it may fetch news: nothing is fetched here.
QUIET = Path(workspace.__file__).with_name("assets") / "jupyter_config"

# What happened to a lesson, in the learner's words; 'kept' needs none.
SENTENCES = {
    "copied": "{lesson}: copied",
    "updated": "{lesson}: updated (your copy was untouched)",
    "beside": "{lesson}: you changed this lesson, so it stays; the new version is {file}",
    "reset": "{lesson}: a fresh copy; yours is now {old}",
}


def command(
    folder: Annotated[
        Path, typer.Argument(help="Where the lessons go; made if it is not there.")
    ] = Path("synthkit-lessons"),
    lesson: Annotated[
        str, typer.Option("--lesson", "-l", help="The lesson to open, e.g. 05 or 05_gan.")
    ] = FIRST_LESSON,
    reset: Annotated[
        bool, typer.Option("--reset", help="Start that lesson afresh; your copy is renamed.")
    ] = False,
    port: Annotated[
        int, typer.Option(help="The port; 0 takes a free one.", min=0, max=65535)
    ] = 8888,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the browser.")
    ] = True,
    copy_only: Annotated[
        bool, typer.Option("--copy-only", help="Copy the lessons and stop.")
    ] = False,
) -> None:
    """Copy the lessons into FOLDER and open JupyterLab there.

    A lesson that you changed is never overwritten. JupyterLab answers on this machine alone,
    and its own token stays on.
    """
    folder = folder.expanduser().resolve()
    opened = _lesson_id(lesson)
    changes = workspace.prepare(folder)
    if reset:
        changes.append(workspace.reset_lesson(folder, opened))
    for change in changes:
        if change.action in SENTENCES:
            old = change.old_copy.name if change.old_copy else "not there"
            sentence = SENTENCES[change.action]
            typer.echo(sentence.format(lesson=change.lesson, file=change.path.name, old=old))
    typer.echo(f"The lessons are in {folder}")
    if not copy_only:
        _open_jupyterlab(folder, f"{opened}.ipynb", port, browser)


def _lesson_id(word: str) -> str:
    """Return the lesson that a number, a name or an id means."""
    lessons = workspace.pristine_lessons()
    for lesson in lessons:
        number, _, name = lesson.partition("_")
        if word in (lesson, number, name, f"{lesson}.ipynb") or word.zfill(2) == number:
            return lesson
    raise ParameterError(
        f"--lesson must be one of {', '.join(lessons) or '(none is installed)'}; got {word!r}."
    )


def server_options(folder: Path, notebook: str, port: int, browser: bool) -> list[str]:
    """Return the options with which JupyterLab serves one folder to this machine alone."""
    options = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{notebook}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        # JupyterLab asks the network for nothing: no news, no newer version, no extensions.
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if not browser:
        options.append("--ServerApp.open_browser=False")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # in a container; the server is not seen from outside
    return options


def _open_jupyterlab(folder: Path, notebook: str, port: int, browser: bool) -> None:
    """Run JupyterLab until it is stopped with Ctrl-C."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise MissingExtraError(
            "the package 'jupyterlab' is missing. Run: pip install 'synthkit-lab[lab]'"
        )
    from jupyterlab.labapp import LabApp

    os.environ["SYNTHKIT_WORKSPACE"] = str(folder)  # the kernels keep the progress there
    paths = [str(QUIET), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
    os.chdir(folder)
    from synthkit.widgets.prompt_connection import OPTION  # dials answer twice as fast

    LabApp.launch_instance(argv=[*server_options(folder, notebook, port, browser), OPTION])
    end_open_requests()


def end_open_requests() -> None:
    """Cancel the requests that the stopped server left open, as ``asyncio.run`` would.

    A thread that reads or writes a file for a request ends with the request, and Python waits for
    its threads: with one left open, the command would not end.
    """
    from tornado.ioloop import IOLoop

    loop = IOLoop.current().asyncio_loop  # type: ignore[attr-defined]

    async def cancel_all() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CANCEL_S)
        await asyncio.sleep(0)  # what waits for their end is told

    loop.run_until_complete(cancel_all())
