"""``synthkit report``: a learner's own figures and answers, as one page to present."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[
        Path, typer.Argument(help="The workspace: the folder with synthkit-progress.json.")
    ] = Path(),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="By default my-report.html there.")
    ] = None,
) -> None:
    """Write my report: votes, predictions, sentences and figures under the course's headings."""
    from synthkit.course.my_report import write_report
    from synthkit.course.progress import PROGRESS_NAME, Progress

    if not (folder / PROGRESS_NAME).is_file():
        raise typer.BadParameter(
            f"no {PROGRESS_NAME} in {folder}. Name the folder that holds your lessons."
        )
    typer.echo(f"wrote {write_report(Progress(folder), output)}")
