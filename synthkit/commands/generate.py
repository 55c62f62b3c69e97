"""``synthkit generate``: learn from a table in a file, write synthetic rows to another.

A simulator needs no table: it makes its rows from knowledge.
"""

from __future__ import annotations

import ast
import secrets
import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import synthkit
from synthkit.commands.options import TechniqueName
from synthkit.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd


def command(
    rows: Annotated[
        int, typer.Option("--rows", "-n", help="How many rows to make, e.g. 10000 or 1e9.",
                          metavar="NUMBER", parser=whole_number)
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o",
            help="The file to write (.csv, .tsv, .parquet), or a folder (out/) for Parquet parts.",
        ),
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
    engine: Annotated[
        str, typer.Option(help="Who makes the parts of a folder: local or dask.")
    ] = "local",
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of a Dask scheduler, e.g. tcp://a:8786.")
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Processes on this machine that make parts.", min=1)
    ] = 1,
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
    input is never overwritten. A folder gets Parquet parts of a million rows: any number of rows,
    here or on a Dask cluster, and the same command goes on where it was stopped.
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
    if output.is_dir() or not output.suffix:
        if table is not None:
            learn(model, table, seed)
        _write_parts(model, rows, output, seed + 1, engine, scheduler, workers)
        typer.echo(f"{rows:,} rows written to {output} ({technique}, seed {seed})")
        return
    if engine != "local" or workers > 1:
        raise ParameterError(
            f"--output must be a folder for --engine and --workers; got {output}. "
            "Leave the ending away: -o out/"
        )
    if output.suffix.lower() == ".tsv":
        style.delimiter = "\t"
    with table_writer(output, style, escape_formulas, expected_rows=rows) as write:
        if table is not None:
            learn(model, table, seed)
        for block in _with_progress(sample_blocks(model, rows, seed + 1), rows):
            write(block)
    typer.echo(f"{rows:,} rows written to {output} ({technique}, seed {seed})")


def whole_number(text: str) -> int:
    """Read a whole number such as 10000, 10_000, 1e9 or 2.5e6.

    Raises
    ------
    typer.BadParameter
        For anything else, or one below 0.
    """
    try:
        number = Decimal(text)
        if number.is_finite() and 0 <= number == number.to_integral_value():
            return int(number)
    except InvalidOperation:
        pass
    raise typer.BadParameter(f"must be a whole number >= 0, e.g. 10000 or 1e9; got {text!r}")


def _write_parts(
    technique: Any,
    rows: int,
    folder: Path,
    seed: int,
    engine: str,
    scheduler: str | None,
    workers: int,
) -> None:
    """Write Parquet parts into a folder, and count them on a terminal."""
    from synthkit.scale import generate

    options: dict[str, Any] = {
        "engine": engine, "workers": workers, "client": scheduler, "rng": seed
    }
    if not sys.stderr.isatty():
        generate(technique, rows, folder, **options)
        return
    with typer.progressbar(length=rows, label="parts", file=sys.stderr) as bar:
        generate(
            technique, rows, folder, **options,
            progress=lambda done, parts: bar.update(rows * done // parts - bar.pos),
        )


def make_technique(name: str, settings: list[str]) -> Any:
    """Return the technique of this name with ``NAME=VALUE`` settings.

    Raises
    ------
    ParameterError
        If there is no such technique, or it has no such setting.
    """
    from synthkit.techniques import technique_class

    registry = synthkit.registry()
    if name not in registry:
        raise ParameterError(f"--technique must be one of {', '.join(registry)}; got {name!r}.")
    technique = technique_class(name)()
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
