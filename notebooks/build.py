"""Build the lessons: ``notebooks/src/NN_name.py`` -> ``notebooks/NN_name.ipynb``.

    python notebooks/build.py                  build what is stale
    python notebooks/build.py 01_monte_carlo   build one lesson, stale or not
    python notebooks/build.py --check          exit 1 if a build is stale; write nothing
    python notebooks/build.py --outputs        run all and show what prints otherwise than the build
    python notebooks/build.py --teacher        write the teacher's edition, a zip file in dist/

A source is one text file, read from top to bottom.  A line that begins with ``# %%`` starts a cell:

    # %% [markdown] section=predict minutes=3
    # ## Predict
    # Text in Markdown; [[copula]] becomes the term with its sentence from the glossary on hover,
    # [[copulas|copula]] shows 'copulas'.

    # %% section=watch role=widget tags=nbval-ignore-output
    player = ...

Python above the first ``# %%`` runs at build time; ``{{REPEATS:,}}`` in Markdown then becomes
what that name (or expression) stands for: no figure in prose is typed by hand.

``section`` holds until it is named again.  Other words: ``exercise=ID``, ``title="What the outline
calls it"`` (on the exercise's first cell), ``role=ROLE`` (exercise, check, hint, solution, predict,
widget), ``minutes=N``, ``tags=a,b``.  They become the cell's metadata ``{"synthkit": {...}}`` and
``tags``.

Two roles are special for exercises in code.  A cell with ``role=exercise`` is what the learner
finds; the next one with ``role=solution`` and the same id is the solution.  The learner's notebook
leaves the solution out, the teacher's has it in the exercise's place and has not run, and both go to
``synthkit/course/exercises/NN_name.{starters,solutions}.json``, where the check engine finds them.

The notebook is run once, in an empty folder, on the lesson's own seed.  PNG, HTML and text stay;
widget views, widget state, execution times and progress records go, so that a build is the same
whenever it is made.  A hash of the source and the lesson's version stand in its metadata:
``--check`` compares them.  Neither sees that the library prints other figures today: ``--outputs``
does, after some minutes.  What may differ: how long something took, noise that has no seed, and on
another processor the last digits of what a network learned.

In the end the figures that lesson 00's board of claims shows are taken from the built lessons.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SOURCES = HERE / "src"
EXERCISES = ROOT / "synthkit" / "course" / "exercises"
MEASURED = ROOT / "synthkit" / "course" / "welcome" / "measured.json"
FORMAT = "1"  # of the builds: another one makes every lesson stale
KEPT_MIME = ("image/png", "text/html", "text/plain", "text/markdown", "text/latex")
WORDS = ("section", "exercise", "title", "role", "minutes", "tags")

sys.path.insert(0, str(ROOT))


@dataclass
class Cell:
    """One cell of a source: its kind, its text, and what stood behind its ``# %%``."""

    markdown: bool
    source: str
    words: dict[str, str] = field(default_factory=dict)

    @property
    def role(self) -> str:
        return self.words.get("role", "")

    def metadata(self) -> dict[str, Any]:
        ours: dict[str, Any] = {k: v for k, v in self.words.items() if k != "tags"}
        if "minutes" in ours:
            ours["minutes"] = int(ours["minutes"])
        tags = self.words.get("tags")
        return {"synthkit": ours, **({"tags": tags.split(",")} if tags else {})}


def parse(text: str) -> list[Cell]:
    """Return the cells of a percent-format source; raise ValueError with the line at fault."""
    cells: list[Cell] = []
    section = ""
    body: list[str] = []

    def close() -> None:
        if cells:
            cells[-1].source = "\n".join(body).strip("\n")

    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("# %%"):
            body.append(line)
            continue
        close()
        body = []
        head = line[4:].strip()
        markdown = head.startswith("[markdown]")
        found = re.findall(r'([a-z]+)=(?:"([^"]+)"|(\S+))', head)
        words = {word: quoted or plain for word, quoted, plain in found}
        unknown = set(words) - set(WORDS)
        if unknown:
            raise ValueError(f"line {number}: unknown word {sorted(unknown)[0]!r}; use {WORDS}")
        section = words.setdefault("section", section)
        if not section:
            raise ValueError(f"line {number}: the first cell must name its section")
        cells.append(Cell(markdown, "", words))
    close()
    facts: dict[str, Any] = {}
    exec(re.split(r"^# %%", text, maxsplit=1, flags=re.MULTILINE)[0], facts)
    for cell in cells:
        if cell.markdown:
            lines = [re.sub(r"^# ?", "", line) for line in cell.source.splitlines()]
            cell.source = glossed(computed("\n".join(lines), facts))
    return [cell for cell in cells if cell.source.strip()]


def computed(text: str, facts: dict[str, Any]) -> str:
    """Turn ``{{expression:format}}`` into its value, for the names in ``facts``."""

    def value(match: re.Match[str]) -> str:
        expression, _, form = match.group(1).partition(":")
        return format(eval(expression, facts), form)

    return re.sub(r"\{\{([^{}]+)\}\}", value, text)


def glossed(text: str) -> str:
    """Turn ``[[term]]`` and ``[[shown|term]]`` into the term with its sentence on hover."""
    from html import escape

    from synthkit.course.glossary import gloss

    def hover(match: re.Match[str]) -> str:
        shown, _, term = match.group(1).partition("|")
        return f'<abbr title="{escape(gloss(term or shown))}">{escape(shown)}</abbr>'

    return re.sub(r"\[\[([^\]\[]+)\]\]", hover, text)


def source_hash(text: str) -> str:
    """Return the hash by which a stale build is known."""
    return hashlib.sha256(f"{FORMAT}\n{text}".encode()).hexdigest()[:16]


def version(cells: list[Cell]) -> str:
    """Return the lesson's version: a hash of what the learner gets to read and to run.

    Whoever worked on another version is handed the new one beside it; a mended solution, which no
    learner's notebook holds, makes no new version.
    """
    seen = [[cell.markdown, cell.source] for cell in cells if cell.role != "solution"]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:8]


def exercise_texts(cells: list[Cell], role: str) -> dict[str, str]:
    """Return the texts of a role by exercise id: of those exercises that have a solution cell."""
    coded = {cell.words["exercise"] for cell in cells if cell.role == "solution"}
    return {
        cell.words["exercise"]: cell.source + "\n"
        for cell in cells
        if cell.role == role and cell.words.get("exercise") in coded
    }


def notebook(lesson_id: str, text: str, teacher: bool = False) -> Any:
    """Return the notebook of a source, not yet run."""
    import nbformat

    cells = parse(text)
    solutions = exercise_texts(cells, "solution")
    made = []
    for cell in cells:
        if cell.role == "solution":
            continue
        source = cell.source
        if teacher and cell.role == "exercise":
            source = solutions.get(cell.words["exercise"], source).rstrip("\n")
        new = nbformat.v4.new_markdown_cell if cell.markdown else nbformat.v4.new_code_cell
        # Ids that depend on the place alone: a rebuild changes what changed, nothing else.
        made.append(new(source, metadata=cell.metadata(), id=f"c{len(made):03d}"))
    return nbformat.v4.new_notebook(
        cells=made,
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
            "synthkit": {
                "lesson": lesson_id,
                "version": version(cells),
                "source_hash": source_hash(text),
                **({"edition": "teacher"} if teacher else {}),
            },
        },
    )


def execute(made: Any, keep: Callable[[Any], Any] | None = None) -> None:
    """Run the notebook in an empty folder and keep of its outputs what any viewer can show.

    ``keep`` says what is left of an output (None: nothing); by default `stripped`.
    """
    import nbclient

    with tempfile.TemporaryDirectory() as folder:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
        variables = {"PYTHONPATH": path, "SYNTHKIT_WORKSPACE": folder}
        resources = {"metadata": {"path": folder}}
        client = nbclient.NotebookClient(made, timeout=300, resources=resources)
        client.execute(env={**os.environ, **variables})
    made.metadata.pop("widgets", None)
    for cell in made.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [out for out in map(keep or stripped, cell.outputs) if out is not None]


def stripped(output: Any) -> Any:
    """Return an output without widget views and transient ids; None if nothing is left of it."""
    if output.output_type == "stream":
        return output
    if "data" not in output:
        return output
    data = {mime: output.data[mime] for mime in KEPT_MIME if mime in output.data}
    is_record = data.get("text/html", "").startswith("<!-- progress")
    if is_record or not any(str(value).strip() for value in data.values()):
        return None
    output.data = data
    output.metadata = {}
    return output


def build(lesson_id: str) -> Path:
    """Build one lesson and return the notebook's path."""
    import nbformat

    text = (SOURCES / f"{lesson_id}.py").read_text(encoding="utf-8")
    cells = parse(text)
    for role, name in (("exercise", "starters"), ("solution", "solutions")):
        texts = json.dumps(exercise_texts(cells, role), indent=1, ensure_ascii=False) + "\n"
        (EXERCISES / f"{lesson_id}.{name}.json").write_text(texts, encoding="utf-8")
    made = notebook(lesson_id, text)
    execute(made)
    path = HERE / f"{lesson_id}.ipynb"
    path.write_text(nbformat.writes(made) + "\n", encoding="utf-8")
    return path


def teachers_edition(folder: Path, chosen: list[str]) -> Path:
    """Write a zip with each lesson solved, all guides, and the file that unlocks solutions."""
    import nbformat

    from synthkit import __version__
    from synthkit.course.exercises import HANDED_OUT

    folder.mkdir(exist_ok=True)
    path = folder / f"synthkit-teacher-{__version__}.zip"
    solutions = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as edition:
        for lesson_id in chosen:
            text = (SOURCES / f"{lesson_id}.py").read_text(encoding="utf-8")
            solved = nbformat.writes(notebook(lesson_id, text, teacher=True))
            edition.writestr(f"lessons/{lesson_id}.ipynb", solved + "\n")
            solutions[lesson_id] = exercise_texts(parse(text), "solution")
        for guide in sorted((HERE / "guides").glob("*.md")):
            edition.write(guide, f"guides/{guide.name}")
        unlocking = json.dumps({"lessons": solutions}, indent=1, ensure_ascii=False) + "\n"
        edition.writestr(HANDED_OUT, unlocking)
    return path


def is_stale(lesson_id: str) -> bool:
    """Say whether the built notebook is missing, or is not what its source gives today."""
    path = HERE / f"{lesson_id}.ipynb"
    if not path.is_file():
        return True
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("synthkit", {})
    text = (SOURCES / f"{lesson_id}.py").read_text(encoding="utf-8")
    # The second sees a figure in prose that the library computes otherwise today.
    found = (metadata.get("source_hash"), metadata.get("version"))
    return found != (source_hash(text), version(parse(text)))


def outdated(lesson_id: str) -> list[str]:
    """Run a built lesson anew and return the lines of its outputs that came (+) and went (-)."""
    import nbformat

    path = HERE / f"{lesson_id}.ipynb"
    before, after = (nbformat.read(path, 4) for _ in range(2))
    execute(after)
    changes = []
    for old, new in zip(before.cells, after.cells, strict=True):
        lines = difflib.unified_diff(printed(old), printed(new), n=0, lineterm="")
        changes += [f"{lesson_id} {old.id}: {line}" for line in list(lines)[2:] if line[0] in "+-"]
    return changes


def printed(cell: Any) -> list[str]:
    """Return the lines of text that a cell's outputs show."""
    texts = [
        out.get("text") or out.get("data", {}).get("text/plain", "")
        for out in cell.get("outputs", [])
    ]
    return [line for text in texts for line in text.splitlines()]


def lessons() -> list[str]:
    """Return the ids of the lessons that have a source."""
    return sorted(path.stem for path in SOURCES.glob("[0-9][0-9]_*.py"))


def measured() -> dict[str, dict[str, str]]:
    """Return the figures that the claims board shows, as the built lessons have them."""
    from synthkit.course.welcome.claims import CLAIMS

    wanted = {(claim.lesson, claim.row) for claim in CLAIMS if claim.row}
    return {
        lesson: {row: figure for row, figure in table_of_claims(lesson) if (lesson, row) in wanted}
        for lesson in sorted({lesson for lesson, _ in wanted})
    }


def table_of_claims(lesson_id: str) -> list[tuple[str, str]]:
    """Return the lines of a built lesson's table of claims: claim and figure."""
    import nbformat

    made = nbformat.read(HERE / f"{lesson_id}.ipynb", 4)
    cell = next(c for c in made.cells if c.source.count("lesson.claims(") and c.outputs)
    lines = cell.outputs[0]["data"]["text/plain"].splitlines()
    parts = [re.split(" {2,}", line, maxsplit=2) for line in lines]  # sign, claim, figure
    return [(row, figure) for _, row, figure in parts]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Build the lessons from their sources.")
    parser.add_argument("lesson", nargs="*", help="build these, stale or not")
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    parser.add_argument("--outputs", action="store_true", help="only say what prints otherwise")
    parser.add_argument("--teacher", action="store_true", help="write the teacher's edition")
    wish = parser.parse_args(arguments)
    stale = [lesson for lesson in lessons() if is_stale(lesson)]
    if wish.check:
        for lesson in stale:
            print(f"stale: {lesson} (run: python notebooks/build.py {lesson})")
        return 1 if stale else 0
    if wish.outputs:
        found = False
        for lesson in wish.lesson or lessons():
            for line in outdated(lesson):
                print(line, flush=True)
                found = True
        return int(found)
    if wish.teacher:
        print(teachers_edition(ROOT / "dist", wish.lesson or lessons()).relative_to(ROOT))
        return 0
    for lesson in wish.lesson or stale:
        print(build(lesson).relative_to(ROOT))
    MEASURED.write_text(json.dumps(measured(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
