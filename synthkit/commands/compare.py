"""``synthkit compare``: all techniques on one table, side by side."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.commands.options import Source
from synthkit.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from synthkit.arena_run import Arena
    from synthkit.contest import Comparison


def command(
    source: Source,
    target: Annotated[str | None, typer.Option(help="The column a model would predict.")] = None,
    group: Annotated[str | None, typer.Option(help="Utility and fairness by this column.")] = None,
    time: Annotated[str | None, typer.Option(help="The column that orders the rows.")] = None,
    unit: Annotated[
        str | None, typer.Option(help="Whose rows these are, e.g. customer_id.")
    ] = None,
    technique: Annotated[
        list[str] | None,
        typer.Option("--technique", "-t", help="Only this one; may be given again."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    full: Annotated[bool, typer.Option("--full", help="More rows, folds and attacks.")] = False,
    time_limit: Annotated[
        float, typer.Option(min=1, help="Seconds for each technique; then it is stopped.")
    ] = 600,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.", min=0)] = 0,
    encoding: Annotated[
        str | None, typer.Option(help="How a CSV is encoded; by default it is found out.")
    ] = None,
) -> None:
    """Fit every technique on a part of SOURCE, and judge what each makes against the rest.

    Each technique runs in a process of its own, two at a time. Ctrl-C stops those at work, and the
    others go on; twice ends it all, and leaves nothing half-written. Ends with which one to take,
    and why not the others. No report holds a row of the table.
    """
    from synthkit.arena_run import Arena
    from synthkit.commands.preflight import training_times, warnings_before_training
    from synthkit.course.own_table import read_own_table
    from synthkit.measure.splitting import SHARE

    named = chosen_techniques(technique)
    if html is not None and not html.parent.is_dir():
        raise DataError(f"--html must name a file in a folder that is there; got {html}.")
    own = read_own_table(source.absolute(), encoding=encoding)
    table = own.table
    require_columns(table, {"--target": target, "--group": group, "--time": time, "--unit": unit})
    seen = table if unit is None else table.drop(columns=unit)
    warned = warnings_before_training(table, SHARE, unit)
    notes = [*own.notes, *warned, training_times(named, seen, seed)]
    for note in notes:
        typer.echo(f"before training: {note}", err=True)
    arena = Arena(
        named,
        table,
        target,
        seed,
        group=group,
        time=time,
        unit=unit,
        mode="full" if full else "quick",
        time_limit_s=time_limit,
    )
    arena.on_change(say_progress(arena))
    result = finished(arena)
    if html is not None:
        from synthkit.files import write_bytes

        write_bytes(html, result.to_html(notes).encode("utf-8"))
    typer.echo(as_text_json(result, notes) if as_json else as_text(result))


def chosen_techniques(names: list[str] | None) -> dict[str, Any]:
    """Return the techniques that imitate a table, by name, or those that were asked for.

    Raises
    ------
    ParameterError
        A name that isn't installed, or a simulator's.
    """
    import synthkit
    from synthkit.base import Simulator

    installed = synthkit.techniques()
    usable = {n: t for n, t in installed.items() if not issubclass(t, Simulator)}
    for name in names or []:
        if name not in usable:
            raise ParameterError(
                f"--technique must be one of {', '.join(usable)}; got {name!r}. "
                "'synthkit techniques' says what the absent ones need."
            )
    return {name: usable[name]() for name in (names or usable)}


def require_columns(table: pd.DataFrame, wanted: dict[str, str | None]) -> None:
    """Raise DataError for a column that isn't there, before anything is trained."""
    for option, name in wanted.items():
        if name is not None and name not in table.columns:
            raise DataError(
                f"{option} must name a column of the table; got {name!r}. They are "
                f"{', '.join(map(str, table.columns[:20]))}."
            )


# --- while it works ---------------------------------------------------------------------------


def say_progress(arena: Arena) -> Callable[[], None]:
    """Return a function that says what has changed: who began, made a table, or is over."""
    from synthkit.arena_run import Over

    said: dict[str, str] = {}
    one_at_a_time = threading.Lock()

    def tell() -> None:
        with one_at_a_time:
            lanes = arena.progress()
            share = sum(lane.status in Over for lane in lanes) / len(lanes)
            for lane in lanes:
                if said.get(lane.name, "waiting") == lane.status:
                    continue
                said[lane.name] = lane.status
                if lane.status == "running":
                    typer.echo(f"{share:4.0%} {lane.name} ...", err=True)
                else:
                    typer.echo(f"     {lane.name}: {lane.said}", err=True)

    return tell


def finished(arena: Arena) -> Comparison:
    """Return the result; where an interrupt left nothing to show, pass it on."""
    try:
        return arena.finish()
    except DataError:
        if any(lane.status == "cancelled" for lane in arena.progress()):
            raise KeyboardInterrupt from None
        raise


# --- output -----------------------------------------------------------------------------------


def as_text(result: Comparison) -> str:
    """Return one table, and which technique to take in words."""
    shown = result.table().round(3)
    kept = [c for c in shown if not str(c).endswith(("_low", "_high", "_difference"))]
    lines = "\n".join(f"- {line}" for line in result.advice())
    return f"{shown[kept].to_string(index=False)}\n\n{lines}"


def as_text_json(result: Comparison, notes: list[str]) -> str:
    """Return everything as JSON for machines."""
    from synthkit.measure.card import plain_value

    ranking = result.table()
    report = {
        "format": "synthkit.comparison",
        "version": 1,
        "ranking": ranking.astype(object).where(ranking.notna(), None).to_dict(orient="records"),
        "advice": result.advice(),
        "failed": dict(result.failed),
        "before_training": notes,
        "techniques": {name: json.loads(card.to_json()) for name, card in result.cards.items()},
    }
    return json.dumps(report, indent=2, default=plain_value, allow_nan=False)
