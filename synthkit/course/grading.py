"""A lesson as an nbgrader assignment: the same notebook with nbgrader's metadata (schema 3)."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

SCHEMA_VERSION = 3
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
POINTS = 1  # an exercise is right or not


def as_assignment(notebook: str, solutions: Mapping[str, str] | None = None) -> str:
    """Return the text of a notebook whose code exercises nbgrader can release and grade.

    The starter cell becomes the answer, its body between nbgrader's solution marks: `nbgrader
    generate_assignment` puts its own stub there.  The check below becomes a locked test cell, which
    raises where the check says anything but 'right'.

    Parameters
    ----------
    notebook : str
        The learner's notebook as JSON.
    solutions : mapping, optional
        Exercise id -> code, for the instructor's version; without it the starters stay.
    """
    document = json.loads(notebook)
    for cell in document["cells"]:
        about = cell["metadata"].get("synthkit", {})
        name, role = about.get("exercise"), about.get("role")
        if cell["cell_type"] != "code" or name is None:
            continue
        if role == "exercise" and _is_starter(cell):
            cell["source"] = marked((solutions or {}).get(name) or "".join(cell["source"]))
            cell["metadata"]["nbgrader"] = _metadata(f"{name}-answer", solution=True)
        elif role == "check" and _checks_code(cell, document, name):
            source = "".join(cell["source"]).rstrip()
            cell["source"] = f"{source}.require()"
            cell["metadata"]["nbgrader"] = _metadata(f"{name}-test", points=POINTS)
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def marked(source: str) -> str:
    """Put nbgrader's marks around the body of the cell's last function, below its docstring."""
    nodes = ast.parse(source).body
    function = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))][-1]
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    head = (first.end_lineno if documented else first.lineno - 1) or 0
    lines = source.rstrip().splitlines()
    indent = " " * first.col_offset
    body = [f"{indent}{BEGIN}", *lines[head:], f"{indent}{END}"]
    return "\n".join([*lines[:head], *body])


def _is_starter(cell: dict[str, Any]) -> bool:
    """Tell a function to write from a question's form."""
    return "".join(cell["source"]).lstrip().startswith(("def ", "class "))


def _checks_code(cell: dict[str, Any], document: dict[str, Any], name: str) -> bool:
    """Tell the check of a function from that of a dial: only the former runs without a hand."""
    return any(
        other["cell_type"] == "code"
        and other["metadata"].get("synthkit", {}).get("exercise") == name
        and _is_starter(other)
        for other in document["cells"]
    )


def _metadata(grade_id: str, *, solution: bool = False, points: int = 0) -> dict[str, Any]:
    """Return nbgrader's metadata for an answer, or for a test worth ``points``."""
    metadata: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "grade_id": grade_id,
        "solution": solution,
        "grade": bool(points),
        "locked": bool(points),
        "task": False,
    }
    if points:
        metadata |= {"points": points, "cell_type": "code"}
    return metadata
