"""``synthkit mask``: hide who is who in a CSV file, by a plan that can be read and edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from synthkit.commands.mask_stream import CsvFile, mask_csv, propose_for
from synthkit.errors import ParameterError
from synthkit.files import write_bytes
from synthkit.techniques.masking import MaskingKey, Plan


def command(
    source: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time, on Python 3.10 too
        typer.Argument(
            help="The table to mask: .csv or .tsv, or a folder of CSV or Parquet parts.",
            exists=True,
        ),
    ] = None,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", help="Where the masked table goes."),
    ] = None,
    plan: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--plan", help="The plan file (.toml, .json); --propose writes it."),
    ] = None,
    key_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--key-file", help="The key: the same one makes tables that join."),
    ] = None,
    propose: Annotated[
        bool, typer.Option("--propose", help="Show a plan for this table and stop.")
    ] = False,
    new_key: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--new-key", help="Make a key file, readable by you only, and stop."),
    ] = None,
    report: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--report", help="Write counts and measured risk to this JSON file."),
    ] = None,
    vault: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--vault", help="Where tokens can be looked up again, encrypted."),
    ] = None,
    k: Annotated[int, typer.Option("--k", help="Group size of a proposed plan.", min=2)] = 5,
    locale: Annotated[
        str, typer.Option("--locale", help="Whose names to invent, e.g. de_DE (needs Faker).")
    ] = "",
    workers: Annotated[int, typer.Option("--workers", help="Processes.", min=1)] = 2,
    encoding: Annotated[
        str, typer.Option("--encoding", help="Of the table's file.")
    ] = "utf-8-sig",
    engine: Annotated[
        str, typer.Option(help="Who masks the parts of a folder: local or dask.")
    ] = "local",
    scheduler: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="ADDRESS", help="Of a Dask scheduler, e.g. tls://a:8786."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Go on with the proposed plan unasked.")
    ] = False,
) -> None:
    """Mask a CSV file: identifiers replaced, descriptions blurred to groups of k.

    Look at the proposed plan first (--propose), edit it, then mask with --plan and --key-file.
    The file may be larger than memory.  Masked rows are rows of real people: what is reported was
    measured, and is not legal advice.
    """
    if new_key is not None:
        MaskingKey.new().save(new_key)
        typer.echo(f"Made {new_key}. Keep it apart from the masked tables: it undoes them.")
        return
    if source is None:
        raise ParameterError("the table to mask must be named; got none. See --help.")
    if source.is_dir():
        _mask_folder(source, output, plan, key_file, engine, workers, scheduler, locale)
        return
    table = CsvFile.open(source, encoding)
    if propose:
        _propose(table, plan, k)
        return
    if output is None:
        raise ParameterError("the output must be named; got none. Pass -o MASKED.csv.")
    chosen = Plan.load(plan) if plan is not None else _agreed(propose_for(table, k), yes)
    key = MaskingKey.load(key_file) if key_file is not None else MaskingKey.new()
    done = mask_csv(
        table, output, chosen, key, locale=locale, workers=workers, vault_path=vault
    )
    if report is not None:
        write_bytes(report, (json.dumps(done, indent=2) + "\n").encode())
    typer.echo(summary(done, output))
    if key_file is None:
        typer.echo(
            "A fresh key was used and forgotten: other tables masked later will not join this "
            "one. For that, make a key with --new-key and pass --key-file."
        )


def _mask_folder(
    source: Path,
    output: Path | None,
    plan: Path | None,
    key_file: Path | None,
    engine: str,
    workers: int,
    scheduler: str | None,
    locale: str,
) -> None:
    """Mask the parts of a folder; plan and key must be there, so that all parts fit together."""
    from synthkit.scale_masking import mask_parts

    if output is None or plan is None or key_file is None:
        raise ParameterError(
            "a folder of parts needs an output folder, a plan and a key; got less. Pass -o MASKED/ "
            "--plan PLAN --key-file KEY; propose the plan from one part that is a CSV file."
        )
    done = mask_parts(
        source, output, Plan.load(plan), MaskingKey.load(key_file),
        engine=engine, workers=workers, client=scheduler, locale=locale,
    )  # fmt: skip
    typer.echo(summary(done, output))


def _propose(table: CsvFile, plan: Path | None, k: int) -> None:
    """Show a plan, and write it where a file was named; an edited plan is never overwritten."""
    proposed = propose_for(table, k)
    typer.echo(str(proposed))
    if plan is None:
        return
    if plan.exists():
        raise ParameterError(
            f"the plan file must be new; {plan} exists. Name another, so that no edit is lost."
        )
    proposed.save(plan)
    typer.echo(
        f"Wrote {plan}. Edit it, then: synthkit mask {table.path} -o MASKED.csv --plan {plan}"
    )


def _agreed(proposed: Plan, yes: bool) -> Plan:
    """Show the plan before anything is masked, and ask."""
    typer.echo(str(proposed))
    if not yes:
        typer.confirm("Mask by this plan?", abort=True)
    return proposed


def summary(done: dict[str, Any], output: Path) -> str:
    """Return the report in a few lines."""
    lines = [f"Masked {done['rows']:,} rows into {output}."]
    for name, counts in done["columns"].items():
        wrong = counts.get("invalid, redacted", 0)
        if wrong:
            lines.append(
                f"  {name}: {wrong:,} cells had not the form of their kind and were redacted; the "
                f"first in row {counts['first invalid row']:,}."
            )
    if "groups" in done:
        groups = done["groups"]
        lines.append(
            f"  {groups['number']:,} groups, the smallest of {groups['smallest']}; an attacker who "
            f"knows that somebody is in the table finds the right row with chance "
            f"{groups['prosecutor_risk']:.3f}; {groups['information_loss']:.1%} of the grouped "
            "columns' detail was lost."
        )
    return "\n".join([*lines, f"  {done['note']}"])
