"""``synthkit split``: hold rows out, and seal them, before anyone trains."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated

import typer

from synthkit.commands.options import Source
from synthkit.errors import DataError


def command(
    source: Source,
    share: Annotated[
        float, typer.Option(help="Held-out share of the rows (or units).", min=0.01, max=0.99)
    ] = 0.3,
    unit: Annotated[
        str | None, typer.Option(help="Whose rows these are, e.g. customer_id: kept together.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="Hold out the last part, by this column.")
    ] = None,
    train: Annotated[
        Path | None, typer.Option(help="Where the rows to learn from go (SOURCE.train.csv).")
    ] = None,
    holdout: Annotated[
        Path | None, typer.Option(help="Where the held-out rows go (SOURCE.holdout.csv).")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Repeats a split; without one it is drawn.", min=0)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    encoding: Annotated[str, typer.Option(help="How the CSV input is encoded.")] = "utf-8-sig",
) -> None:
    """Split SOURCE in rows to learn from and rows held out, before anything is trained.

    Give the first file to whoever trains (also to a vendor) and keep the second. A seal beside
    it holds checksums of both, so that 'synthkit evaluate' notices a file that was changed.
    """
    from synthkit.commands.seals import checksum, seal_path
    from synthkit.commands.table_files import read_table, refuse_overwriting, table_writer
    from synthkit.files import replacing
    from synthkit.measure.splitting import split

    train = train or source.with_suffix(f".train{source.suffix}")
    holdout = holdout or source.with_suffix(f".holdout{source.suffix}")
    seal = seal_path(holdout)
    if train.resolve() == holdout.resolve():
        raise DataError(f"--train and --holdout must be two files; got {train} for both.")
    for path in (train, holdout, seal):
        refuse_overwriting(source, path)
        if path.exists() and not force:
            raise DataError(f"{path} is there already. Name another file, or use --force.")
    table, style = read_table(source, encoding)
    seed = secrets.randbits(32) if seed is None else seed
    parts = split(table, share, unit=unit, time=time, rng=seed)
    for path, part in zip((train, holdout), parts):
        with table_writer(path, style) as write:
            write(part)
    record = {
        "format": "synthkit.split",
        "version": 1,
        "seed": seed,
        "share": share,
        "unit": unit,
        "time": time,
        "train": {"rows": len(parts[0]), "sha256": checksum(train)},
        "holdout": {"rows": len(parts[1]), "sha256": checksum(holdout)},
    }
    with replacing(seal) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    typer.echo(
        f"{len(parts[0]):,} rows to learn from in {train}, {len(parts[1]):,} held out in {holdout} "
        f"(seed {seed}); sealed by {seal}"
    )
