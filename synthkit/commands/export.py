"""``synthkit export --format nbgrader``: the lessons as nbgrader assignments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

# nbgrader gives a cell 30 s; one that trains a model takes more on a busy machine.
CONFIG = "c = get_config()\nc.Execute.timeout = 300  # seconds for one cell of a lesson\n"


def command(
    folder: Annotated[Path, typer.Argument(help="Where to write; a folder for each lesson.")],
    form: Annotated[str, typer.Option("--format", help="Only 'nbgrader' today.")] = "nbgrader",
) -> None:
    """Write the lessons as assignments that nbgrader can collect and grade.

    Only exercises in code are graded: the function is the answer, the check below it the test.
    From a checkout of the kit the solutions come along, as nbgrader's source folder wants them; an
    installed kit has none, and the starters stand in their place. An nbgrader_config.py is written
    where there is none: cells that train a model get more than nbgrader's 30 seconds.
    """
    from synthkit.course import exercises
    from synthkit.course.grading import as_assignment
    from synthkit.course.workspace import pristine_lessons
    from synthkit.errors import ParameterError
    from synthkit.files import write_bytes

    if form != "nbgrader":
        raise ParameterError(f"--format must be 'nbgrader'; got {form!r}. No other is known today.")
    for name, source in pristine_lessons().items():
        target = folder / "source" / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        solutions = exercises.read_texts(name, "solutions")
        write_bytes(target, as_assignment(source.read_text("utf-8"), solutions).encode())
        typer.echo(f"wrote {target}")
    config = folder / "nbgrader_config.py"
    if not config.exists():  # the teacher's own stays
        write_bytes(config, CONFIG.encode())
        typer.echo(f"wrote {config}")
