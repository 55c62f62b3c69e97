"""``synthkit evaluate REAL/ SYNTHETIC/ --link …``: judge tables that belong together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from synthkit.commands.evaluate import FAILED, Requirement, figure_values, read_alike, require_known
from synthkit.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from synthkit.measure.linked import LinkedScorecard

ENDINGS = (".csv", ".tsv", ".parquet")


def evaluate_linked(
    source: Path,
    synthetic: Sequence[Path],
    holdout: Path | None,
    links: Sequence[str],
    requirements: list[Requirement],
    html: Path | None,
    as_json: bool,
    quick: bool,
    seed: int,
    encoding: str,
) -> int:
    """Judge the tables of one folder against those of another; return the exit status."""
    from synthkit.measure.linked import linked_scorecard

    if len(synthetic) != 1:
        raise ParameterError(
            f"with --link there must be one synthetic folder; got {len(synthetic)}. "
            "Judge one after the other."
        )
    real, fake, held = read_folders(source, synthetic[0], holdout, encoding)
    linked = linked_scorecard(real, fake, links, held, seed, mode="quick" if quick else "full")
    values = linked_values(linked)
    require_known(requirements, values)
    failed = [str(r) for r in requirements if not r.met(linked.label, values)]
    if html is not None:
        from synthkit.files import write_bytes
        from synthkit.measure.report import linked_page

        page = linked_page(linked.cards, linked.links, linked.reasons)
        write_bytes(html, page.encode("utf-8"))
    typer.echo(as_text_json(linked, failed) if as_json else str(linked))
    for line in failed:
        typer.echo(f"requirement not met: {line}", err=True)
    return FAILED if failed else 0


Tables = dict[str, "pd.DataFrame"]


def read_folders(
    source: Path, synthetic: Path, holdout: Path | None, encoding: str
) -> tuple[Tables, Tables, Tables | None]:
    """Read the tables of all folders by name; text in the real table is text everywhere."""
    from synthkit.commands.table_files import read_table

    real_files = files_in(source)
    sides = [files_in(folder) for folder in (synthetic, *([holdout] if holdout else []))]
    for folder, found in zip((synthetic, holdout), sides):
        if set(found) != set(real_files):
            raise DataError(
                f"all folders must hold the same tables; {str(folder)!r} has {sorted(found)}, "
                f"{str(source)!r} has {sorted(real_files)}. Name the files alike."
            )
    out: tuple[Tables, ...] = ({}, {}, {})
    for name, path in real_files.items():
        table, _, others = read_alike(
            lambda p: read_table(p, encoding)[0],
            path,
            None,
            {str(k): side[name] for k, side in enumerate(sides)},
        )
        for tables, one in zip(out, (table, *others.values())):
            tables[name] = one
    return out[0], out[1], out[2] if holdout else None


def files_in(folder: Path) -> dict[str, Path]:
    """Return the tables in a folder: name without ending -> file."""
    if not folder.is_dir():
        raise ParameterError(
            f"with --link the tables must stand in folders; got the file {str(folder)!r}. "
            "Put customers.csv, orders.csv … into one folder for each side."
        )
    paths = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS)
    found = {path.stem: path for path in paths}
    if not found or len(found) < len(paths):
        raise DataError(
            f"folder {str(folder)!r} must hold each table once, as {', '.join(ENDINGS)}; got "
            f"{[path.name for path in paths]}."
        )
    return found


def linked_values(linked: LinkedScorecard) -> dict[str, float]:
    """Return the worst link's figures, and every table's as ``table.figure``."""
    links = linked.links
    values = {
        "orphans": float(links["orphans"].max()),
        "cardinality": float(links["cardinality"].min()),
        "cross_trends": float(links["cross_trends"].min()),
    }
    for name, card in linked.cards.items():
        values |= {f"{name}.{figure}": value for figure, value in figure_values(card).items()}
    return values


def as_text_json(linked: LinkedScorecard, failed: list[str]) -> str:
    """Return everything as JSON for machines."""
    from synthkit.measure.card import plain_value
    from synthkit.measure.figures import or_none

    lines = linked.links.to_dict(orient="records")
    report = {
        "format": "synthkit.linked_evaluation",
        "version": 1,
        **linked.to_dict(),
        "links": [
            {k: or_none(v) if isinstance(v, float) else v for k, v in line.items()}
            for line in lines
        ],
        "tables": {name: json.loads(card.to_json()) for name, card in linked.cards.items()},
        "requirements_failed": failed,
    }
    return json.dumps(report, indent=2, default=plain_value, allow_nan=False)
