"""The command line: ``synthkit lab | generate | doctor | techniques | ...``.

Each command is a function in a module of its own, which is imported when that command is
called: ``synthkit --help`` loads no numerical library.  To add one, write
``synthkit/commands/<name>.py`` with a function ``command`` and add a line to ``COMMANDS``.
"""

from __future__ import annotations

import importlib
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

import synthkit
from synthkit.errors import DataWarning, MissingExtraError

# (name, 'module:function', what it does). The order is that of the help text.
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("lab", "synthkit.commands.lab:command", "Open JupyterLab on the lessons."),
    ("generate", "synthkit.commands.generate:command", "Make synthetic rows from a table."),
    ("mask", "synthkit.commands.mask:command", "Mask a CSV file by a plan."),
    ("split", "synthkit.commands.split:command", "Seal held-out rows before anyone trains."),
    ("evaluate", "synthkit.commands.evaluate:command", "Judge synthetic files against real rows."),
    ("compare", "synthkit.commands.compare:command", "Judge all techniques on one table."),
    ("techniques", "synthkit.commands.techniques:command", "List the techniques."),
    ("new-technique", "synthkit.commands.new_technique:command", "Begin a technique of your own."),
    ("class-link", "synthkit.commands.class_link:command", "Print the link for a JupyterHub."),
    ("class-report", "synthkit.commands.class_report:command", "Put a room's codes into a table."),
    ("export", "synthkit.commands.export:command", "Write the lessons for nbgrader."),
    ("report", "synthkit.commands.report:command", "Write what you found as one page."),
    ("doctor", "synthkit.commands.doctor:command", "Say what is installed and what is missing."),
)

WRONG_USE = 2  # the exit status of every error
INTERRUPTED = 130  # as shells report Ctrl-C


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"] or ["--help"]
    with warnings.catch_warnings():
        warnings.simplefilter("default" if debug else "ignore")
        warnings.simplefilter("always", DataWarning)
        warnings.showwarning = _show_warning
        status = _run(words, debug)
    sys.exit(status)


def _run(words: list[str], debug: bool) -> int:
    """Run one command and return the exit status; an error becomes one line."""
    try:
        application = _build(called=_first_word(words))
        status = application(words, standalone_mode=False, prog_name="synthkit")
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except Exception as error:
        if debug:
            traceback.print_exc()
        _complain(_one_line(error))
        return WRONG_USE
    if status == INTERRUPTED:
        _complain("interrupted; nothing half-done was left behind.")
    return status if isinstance(status, int) else 0


def _build(called: str | None) -> Callable[..., Any]:
    """Return the application with the command that is called, and the names of the others."""
    app = typer.Typer(
        help=(synthkit.__doc__ or "").partition("\n")[0],
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_global_options)
    for name, address, summary in COMMANDS:
        function = _load(address) if name == called else _placeholder
        app.command(name, short_help=summary, help=function.__doc__ or summary)(function)
    return app


def _print_version(asked: bool) -> None:
    """Print the version and stop."""
    if asked:
        typer.echo(f"synthkit {synthkit.__version__}")
        raise typer.Exit


def _global_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole traceback of an error.")
    ] = False,
) -> None:
    """Declare the options that every command shares ('--debug' is read by ``main``)."""


def _placeholder() -> None:
    """Stand for a command that is not called, so that the help lists it."""


def _load(address: str) -> Callable[..., Any]:
    """Import the function at 'module:function'."""
    module, _, function = address.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return loaded


def _first_word(words: Sequence[str]) -> str | None:
    """Return the first word that is not an option: the command's name."""
    return next((word for word in words if not word.startswith("-")), None)


def _one_line(error: Exception) -> str:
    """Say in one line what went wrong."""
    if isinstance(error, ModuleNotFoundError) and not isinstance(error, MissingExtraError):
        extra = synthkit.EXTRA_OF.get((error.name or "").partition(".")[0])
        if extra:
            return f"the package {error.name!r} is missing. Run: {install_command(extra)}"
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}."
    format_message = getattr(error, "format_message", None)  # errors in how a command is called
    message = str(error)
    if format_message:
        message = f"{format_message().rstrip('.')}. Add --help to see how."
    known = format_message or isinstance(error, (ValueError, RuntimeError, ImportError, OSError))
    line = " ".join(message.split()) or type(error).__name__
    return line if known else f"{type(error).__name__}: {line} (--debug shows where)"


def install_command(extra: str) -> str:
    """Return the command that brings an extra, ready to be pasted."""
    return f"pip install 'synthkit-lab[{extra}]'" if extra else "pip install synthkit-lab"


def _complain(line: str) -> None:
    """Print one line on the error stream."""
    typer.echo(f"synthkit: {line}", err=True)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Show a warning as one line, without the place in our source that raised it."""
    _complain(f"note: {' '.join(str(message).split())}")
