"""``synthkit generate``: learn from a table in a file, write synthetic rows to another.

A simulator needs no table: it makes its rows from knowledge.
"""

from __future__ import annotations

import ast
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import synthkit
from synthkit.commands.options import TechniqueName
from synthkit.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd


def command(
    rows: Annotated[int, typer.Option("--rows", "-n", help="How many rows to make.", min=0)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write: .csv, .tsv or .parquet.")
    ],
    technique: TechniqueName = "monte_carlo",
    seed: Annotated[
        int | None,
        typer.Option(help="The same seed makes the same rows; without one it is drawn.", min=0),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting, e.g. --set epochs=50."),
    ] = None,
    escape_formulas: Annotated[
        bool,
        typer.Option(
            "--escape-formulas",
            help="For spreadsheets: put ' before texts that would run as a formula.",
        ),
    ] = False,
    encoding: Annotated[str, typer.Option(help="How the CSV input is encoded.")] = "utf-8-sig",
    date_format: Annotated[
        str | None, typer.Option(help="How its dates are written, e.g. %d/%m/%Y.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Argument(
            help="The real table: .csv, .tsv or .parquet; a simulator needs none.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
) -> None:
    """Make synthetic rows like those in SOURCE, a CSV or Parquet file.

    A simulator makes rows without SOURCE, and takes one as records to be calibrated by. Whole
    numbers, dates and gaps come out as they went in. The output appears when it is complete; the
    input is never overwritten.
    """
    from synthkit.base import Simulator
    from synthkit.commands.table_files import (
        CsvStyle,
        read_table,
        refuse_overwriting,
        table_writer,
    )

    model = make_technique(technique, settings or [])
    table, style = None, CsvStyle()
    if source is not None:
        refuse_overwriting(source, output)
        table, style = read_table(source, encoding, date_format)
    elif not isinstance(model, Simulator):
        raise ParameterError(
            f"SOURCE must be given: {technique} learns from a table. Name a .csv or .parquet file."
        )
    seed = secrets.randbits(32) if seed is None else seed
    if output.suffix.lower() == ".tsv":
        style.delimiter = "\t"
    with table_writer(output, style, escape_formulas, expected_rows=rows) as write:
        if table is not None:
            learn(model, table, seed)
        for block in _with_progress(sample_blocks(model, rows, seed + 1), rows):
            write(block)
    typer.echo(f"{rows:,} rows written to {output} ({technique}, seed {seed})")


def make_technique(name: str, settings: list[str]) -> Any:
    """Return the technique of this name with ``NAME=VALUE`` settings.

    Raises
    ------
    ParameterError
        If there is no such technique, or it has no such setting.
    """
    registry = synthkit.registry()
    if name not in registry:
        raise ParameterError(f"--technique must be one of {', '.join(registry)}; got {name!r}.")
    technique = getattr(synthkit, registry[name].partition(":")[2])()
    parameters = technique.get_params(deep=False)
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or key not in parameters:
            raise ParameterError(
                f"--set must be NAME=VALUE with a setting of {name} "
                f"({', '.join(parameters) or 'it has none'}); got {setting!r}."
            )
        technique.set_params(**{key: _value(text)})
    return technique


def learn(technique: Any, table: pd.DataFrame, seed: int) -> None:
    """Fit; a technique that learns in steps counts them on a terminal."""
    if not hasattr(technique, "iter_fit") or not sys.stderr.isatty():
        technique.fit(table, rng=seed)
        return
    for step, _ in enumerate(technique.iter_fit(table, rng=seed), start=1):
        typer.echo(f"\rlearning: step {step}", nl=False, err=True)
    typer.echo(err=True)


def sample_blocks(technique: Any, rows: int, seed: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of ``technique.sample(rows, rng=seed)`` block by block.

    So a table that is larger than the memory can be written.  A technique with a ``sample`` of
    its own returns all rows at once.
    """
    from synthkit.base import Simulator, Synthesizer
    from synthkit.rng import block_generators, seed_sequence

    if rows == 0 or type(technique).sample not in (Synthesizer.sample, Simulator.sample):
        yield technique.sample(rows, rng=seed)
        return
    technique._check_fitted()
    for offset, n, generator in block_generators(seed_sequence(seed), rows):
        block = technique._sample_block(n, generator, None)
        yield technique._number_identifiers(block, offset)


def _with_progress(blocks: Iterator[pd.DataFrame], rows: int) -> Iterator[pd.DataFrame]:
    """Show a bar on a terminal while blocks of rows pass by."""
    if not sys.stderr.isatty():
        yield from blocks
        return
    with typer.progressbar(length=rows, label="sampling", file=sys.stderr) as bar:
        for block in blocks:
            yield block
            bar.update(len(block))


def _value(text: str) -> Any:
    """Read a setting as a Python literal (50, 0.1, True, [64, 64]), else as text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
