"""``synthkit class-report``: codes and progress files of a room, as one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    sources: Annotated[
        list[str],
        typer.Argument(help="Codes from lesson.finish(), progress files, or folders of them."),
    ],
    page: Annotated[Path | None, typer.Option("--html", help="Also write a page.")] = None,
) -> None:
    """Put the codes and progress files of a room into one table.

    A text file with one code a line works, too; `-` reads codes from standard input.
    """
    import sys

    from synthkit.course import classroom
    from synthkit.files import write_bytes

    entries: list[classroom.Entry] = []
    for source in sources:
        for item in _expand(source, sys.stdin.read() if source == "-" else ""):
            if isinstance(item, Path):
                entries += classroom.read_progress(item)
            else:
                entries.append(classroom.read_code(item, f"code {len(entries) + 1}"))
    if not entries:
        raise typer.BadParameter("no codes and no progress files there: nothing to report")
    typer.echo(classroom.report_text(entries))
    if page is not None:
        write_bytes(page, classroom.report_html(entries).encode())
        typer.echo(f"wrote {page}")


def _expand(source: str, pasted: str) -> list[Path | str]:
    """Turn one argument into progress files and codes."""
    path = Path(source)
    if source == "-":
        return [line.strip() for line in pasted.splitlines() if line.strip()]
    if path.is_dir():
        return sorted(path.rglob("synthkit-progress.json"))
    if path.suffix == ".json":
        return [path]
    if path.is_file():
        return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [source]
