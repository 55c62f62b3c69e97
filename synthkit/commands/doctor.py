"""``synthkit doctor``: what is installed, what is missing, and the command that cures it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import typer

import synthkit
from synthkit.cli import install_command

CORE = ("numpy", "scipy", "pandas", "scikit-learn", "matplotlib")
LAB = ("jupyterlab", "jupyter-server", "ipykernel", "ipywidgets", "anywidget")
EXTENSION = "synthkit-lab"
PACKAGE = Path(synthkit.__file__).parent


class Finding(NamedTuple):
    """One line of the report: what was looked at, what was found, and the cure if it is bad."""

    what: str
    found: str
    cure: str = ""


def command() -> None:
    """Look at everything that the course and the library need. Exit status 2 if a part is amiss."""
    findings = list(examine())
    width = max(len(finding.what) for finding in findings)
    for what, found, cure in findings:
        typer.echo(f"{'!' if cure else ' '} {what:<{width}}  {found}")
        if cure:
            typer.echo(f"  {'':<{width}}  cure: {cure}")
    broken = sum(bool(finding.cure) for finding in findings)
    typer.echo("All is well." if broken == 0 else f"{broken} to mend.")
    if broken:
        raise typer.Exit(2)


def examine() -> Iterator[Finding]:
    """Yield one finding for each part, in the order in which a cure should be tried."""
    yield Finding("synthkit", f"{synthkit.__version__} in {PACKAGE}")
    yield Finding("Python", f"{platform.python_version()} on {platform.platform()}")
    for name in CORE:
        yield _package(name, install_command(""))
    for name in LAB:
        yield _package(name, install_command("lab"))
    yield _widgets()
    yield _extension()
    yield _kernel()
    yield _lessons()
    for name, address in synthkit.registry().items():
        extra = synthkit.missing_extra(address)
        if extra:  # an extra is a choice, not a fault: it has no '!'
            yield Finding(name, f"not installed; to add it: {install_command(extra)}")


def _package(name: str, cure: str) -> Finding:
    """Report the version of a package."""
    try:
        return Finding(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "missing", cure)


def _widgets() -> Finding:
    """Say whether the player is there and reads the traces that this library writes."""
    what = "widgets"
    asset = PACKAGE / "widgets" / "assets" / "player.js"
    if not asset.is_file():
        return Finding(what, f"{asset} is missing", _reinstall())
    from synthkit.trace import TRACE_VERSION

    reads = re.search(r"reads traces of version (\d+)", asset.read_text("utf-8"))
    if reads is None or int(reads[1]) != TRACE_VERSION:
        other = reads[1] if reads else "unknown"
        return Finding(what, f"player reads traces {other}, not {TRACE_VERSION}", _reinstall())
    if importlib.util.find_spec("anywidget") is None:
        return Finding(what, "the player is there, anywidget is not", install_command("lab"))
    if not _handshake():
        return Finding(what, "a player offers a notebook no widget view", install_command("lab"))
    return Finding(what, f"player of {asset.stat().st_size / 1e3:.0f} kB, handshake done")


def _handshake() -> bool:
    """Make a player, as a cell would, and say whether it hands a notebook a widget to draw."""
    from synthkit.trace import Trace, View
    from synthkit.widgets import Player

    trace = Trace(name="doctor", seed=0, views=(View("v", "scatter", "Is anything there?"),))
    bundle, _ = Player(trace)._repr_mimebundle_()
    return "application/vnd.jupyter.widget-view+json" in bundle


def _extension() -> Finding:
    """Say whether JupyterLab will find the course outline."""
    what = "JupyterLab extension"
    for folder in _labextension_folders():
        package = folder / EXTENSION / "package.json"
        if package.is_file():
            version = json.loads(package.read_text("utf-8")).get("version")
            if version == synthkit.__version__:
                return Finding(what, f"{version} in {package.parent}")
            return Finding(
                what,
                f"{version} in {package.parent}, but the library is {synthkit.__version__}",
                _reinstall(),
            )
    return Finding(what, "missing", _reinstall())


def _reinstall() -> str:
    """Return the command that installs the kit's own files again."""
    checkout = PACKAGE.parent
    if (checkout / "pyproject.toml").is_file():
        return f'pip install --editable "{checkout}"'
    return "pip install --force-reinstall --no-deps synthkit-lab"


def _labextension_folders() -> list[Path]:
    """Return where JupyterLab looks for extensions, or this environment's place without it."""
    try:
        from jupyter_core.paths import jupyter_path
    except ImportError:
        return [Path(sys.prefix, "share", "jupyter", "labextensions")]
    return [Path(folder) for folder in jupyter_path("labextensions")]


def _kernel() -> Finding:
    """Say whether a notebook's Python is this one, in which synthkit is installed."""
    what = "notebook kernel"
    if importlib.util.find_spec("jupyter_client") is None:
        return Finding(what, "missing", install_command("lab"))
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    cure = f'"{sys.executable}" -m ipykernel install --sys-prefix'
    try:
        python = Path(KernelSpecManager().get_kernel_spec("python3").argv[0])
    except NoSuchKernel:
        return Finding(what, "missing", cure)
    if not python.is_absolute() or python.parent == Path(sys.executable).parent:
        return Finding(what, str(sys.executable))
    return Finding(what, f"runs {python}, not {sys.executable}", cure)


def _lessons() -> Finding:
    """Say how many lessons this installation brings."""
    from synthkit.course.workspace import pristine_lessons

    lessons = pristine_lessons()
    if not lessons:
        return Finding("lessons", "none found", _reinstall())
    return Finding("lessons", f"{len(lessons)} in {next(iter(lessons.values())).parent}")
