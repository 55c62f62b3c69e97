"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[
    Path,
    typer.Argument(help="The real table: .csv, .tsv or .parquet.", exists=True, dir_okay=False),
]
TechniqueName = Annotated[
    str, typer.Option("--technique", "-t", help="One of those that 'synthkit techniques' lists.")
]
