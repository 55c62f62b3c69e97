"""``synthkit new-technique NAME``: a package with your technique, that other kits can install."""

from __future__ import annotations

import json
import keyword
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

import synthkit
from synthkit.errors import ParameterError

SKELETON = Path(__file__).with_name("skeleton")
# Where each file of the skeleton goes; {name} is the technique's.
FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "init.py.txt": "src/synthkit_{name}/__init__.py",
    "technique.py.txt": "src/synthkit_{name}/technique.py",
    "test.py.txt": "tests/test_{name}.py",
    "lesson.txt": "lessons/{name}.ipynb",
}
MAX_LETTERS = 40


def command(
    name: Annotated[str, typer.Argument(help="In lower case, e.g. neighbour_mixup.")],
    folder: Annotated[
        Path, typer.Option("--folder", "-f", help="Where the new folder NAME is made.")
    ] = Path(),
) -> None:
    """Write a package skeleton for a technique of yours: code, tests, a lesson.

    After 'pip install ./NAME' every command of the kit knows the technique, and so does the arena.
    Nothing that is there is overwritten.
    """
    made = write_skeleton(name, folder)
    typer.echo(f"wrote {made}. Next: put your technique into src/, then")
    typer.echo(f"    pip install --editable {made}")
    typer.echo(f"    python -m pytest {made}")


def write_skeleton(name: str, folder: Path) -> Path:
    """Write the skeleton into ``folder / name``, all of it or nothing, and return that folder.

    Raises
    ------
    ParameterError
        The name is no name, taken, or something of that name is there.
    """
    check_name(name)
    target = folder / name
    if target.exists():
        raise ParameterError(
            f"the folder {target} must not be there yet. Choose another name or --folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    words = {
        "name": name,
        "dashed": name.replace("_", "-"),
        "Class": class_name(name),
        "version": synthkit.__version__,
    }
    draft = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder))
    try:
        draft.chmod(0o755)
        for source, place in FILES.items():
            text = filled((SKELETON / source).read_text("utf-8"), words)
            path = draft / place.format(name=name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(notebook(text) if place.endswith(".ipynb") else text, "utf-8")
        os.rename(draft, target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return target


def check_name(name: str) -> None:
    """Raise ParameterError unless the name can be that of a module and of a new technique."""
    fits = re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) and len(name) <= MAX_LETTERS
    if not fits or keyword.iskeyword(name):
        better = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").lower()
        better = re.sub(r"_+", "_", better).lstrip("0123456789_")[:MAX_LETTERS]
        cure = f"Try {better!r}." if better and not keyword.iskeyword(better) else "Choose another."
        raise ParameterError(
            f"NAME must be words of a-z and 0-9 with _ between them, a letter first, at most "
            f"{MAX_LETTERS} in all; got {name!r}. {cure}"
        )
    if name in synthkit.registry():
        raise ParameterError(
            f"NAME must be new; {name!r} is {synthkit.registry()[name]}. Choose another."
        )


def class_name(name: str) -> str:
    """Return 'NeighbourMixup' for 'neighbour_mixup'."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def filled(text: str, words: dict[str, str]) -> str:
    """Return the text with each ``{{word}}`` replaced."""
    for word, value in words.items():
        text = text.replace("{{" + word + "}}", value)
    return text


def notebook(text: str) -> str:
    """Return a notebook's JSON from text in which ``# %%`` starts a cell."""
    cells: list[dict[str, Any]] = []
    for part in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        body = body.strip("\n")
        if "[markdown]" in head:
            body = "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.split("\n"))
            extra: dict[str, Any] = {"cell_type": "markdown"}
        else:
            extra = {"cell_type": "code", "execution_count": None, "outputs": []}
        cells.append({**extra, "id": f"c{len(cells)}", "metadata": {}, "source": body})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"
