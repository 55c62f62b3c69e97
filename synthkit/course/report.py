"""How results and questions look: as text, as HTML where no widget is, as JSON for the outline.

Whatever is not ours (a learner's text, a column name, an error's message) is escaped.
"""

from __future__ import annotations

import html
import re
import textwrap
from dataclasses import dataclass
from typing import Any

from synthkit.course.checks import Exercise, Result
from synthkit.course.progress import now

PROGRESS_MIME = "application/vnd.synthkit.progress+json"

#: outcome -> (icon, heading); the icon says it without colour.
HEADS: dict[str, tuple[str, str]] = {
    "untried": ("○", "Not tried yet"),
    "wrong": ("✗", "Not yet"),
    "error": ("!", "Your code stopped with an error"),
    "right": ("✓", "Right"),
    "recorded": ("✎", "Recorded"),
    "skipped": ("○", "Skipped"),
}
_EDGES = {"right": "#009e73", "wrong": "#d55e00", "error": "#d55e00"}


def inline(text: str) -> str:
    """Return plain text as HTML: everything escaped, `` `code` `` set as code."""
    pieces = html.escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(pieces))


def reply(result: Result, note: str = "") -> dict[str, Any]:
    """Return what a form shows of a result, as plain JSON types."""
    icon, head = HEADS[result.outcome]
    return {
        "outcome": result.outcome,
        "icon": icon,
        "head": head,
        "why": result.why,
        "try_next": result.try_next,
        "misconception": result.misconception,
        "line": result.line,
        "passed": list(result.passed),
        "note": note,
    }


def progress_record(
    lesson_id: str, exercise: str, outcome: str, seed: int | None, done: bool
) -> dict[str, Any]:
    """Return what the outline reads from an output (never an answer, never a row)."""
    return {
        "version": 1,
        "lesson": lesson_id,
        "exercise": exercise,
        "outcome": outcome,
        "done": done,
        "time": now(),
        "seed": seed,
    }


def reply_text(said: dict[str, Any]) -> str:
    """Return a reply as plain text."""
    lines = [f"{said['icon']} {said['head']}"]
    if said["misconception"]:
        lines.append(f"The idea behind it: '{said['misconception']}'.")
    lines += [text for text in (said["line"], said["why"]) if text]
    if said["try_next"]:
        lines.append(f"Try this: {said['try_next']}")
    lines += [f"  ✓ {text}" for text in said["passed"]]
    if said["note"]:
        lines.append(said["note"])
    return "\n".join(lines)


def reply_html(said: dict[str, Any]) -> str:
    """Return a reply as HTML that takes its colours from the page."""
    edge = _EDGES.get(said["outcome"], "#767676")
    parts = [f"<p><b>{said['icon']} {html.escape(said['head'])}</b></p>"]
    if said["misconception"]:
        parts.append(f"<p><i>The idea behind it: ‘{inline(said['misconception'])}’.</i></p>")
    if said["line"]:
        parts.append(f"<pre>{html.escape(said['line'])}</pre>")
    if said["why"]:
        parts.append(f"<p>{inline(said['why'])}</p>")
    if said["try_next"]:
        parts.append(f"<p><b>Try this:</b> {inline(said['try_next'])}</p>")
    if said["passed"]:
        items = "".join(f"<li>✓ {inline(text)}</li>" for text in said["passed"])
        parts.append(f'<ul style="list-style:none;padding-left:0">{items}</ul>')
    if said["note"]:
        parts.append(f"<p><small>{html.escape(said['note'])}</small></p>")
    return f'<div style="border-left:3px solid {edge};padding-left:12px">{"".join(parts)}</div>'


def question_text(exercise: Exercise, how: str) -> str:
    """Return a question as plain text, with the call that answers it."""
    form = exercise.form()
    lines = [textwrap.fill(part, 88) for part in form["prompt"].split("\n\n")]
    for i, option in enumerate(form.get("options", ())):
        lines.append(f"  {chr(ord('A') + i)}. {option}")
    lines += [f"  - {line}" for line in form.get("lines", ())]
    if "pieces" in form:
        gaps = [f"‹{label}›" for label in form["labels"]] + [""]
        lines.append("".join(p + g for p, g in zip(form["pieces"], gaps)))
    if how:
        lines.append(how)
    return "\n".join(lines)


def question_html(exercise: Exercise, how: str) -> str:
    """Return a question as HTML, for viewers that show no widget."""
    form = exercise.form()
    parts = [f"<p><b>{inline(part)}</b></p>" for part in form["prompt"].split("\n\n")]
    if "options" in form:
        items = "".join(f"<li>{inline(option)}</li>" for option in form["options"])
        parts.append(f'<ol type="A">{items}</ol>')
    if "lines" in form:
        parts.append("<ul>" + "".join(f"<li>{inline(x)}</li>" for x in form["lines"]) + "</ul>")
    if "pieces" in form:
        gaps = [f"‹{html.escape(label)}›" for label in form["labels"]] + [""]
        code = "".join(html.escape(p) + g for p, g in zip(form["pieces"], gaps))
        parts.append(f"<pre>{code}</pre>")
    if how:
        parts.append(f"<p><small>{inline(how)}</small></p>")
    return f'<div style="border-left:3px solid #cc79a7;padding-left:12px">{"".join(parts)}</div>'


@dataclass(frozen=True)
class Rows:
    """A small table of texts, as text and as HTML.

    Parameters
    ----------
    head : tuple of str
    rows : tuple of tuple of str
        As many texts each as the head has.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.rows)]
        return "\n".join(
            "  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip()
            for row in self.rows
        )

    def _repr_html_(self) -> str:
        left = 'style="text-align:left"'
        head = "".join(f"<th {left}>{inline(text)}</th>" for text in self.head)
        body = "".join(
            "<tr>" + "".join(f"<td {left}>{inline(text)}</td>" for text in row) + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


@dataclass(frozen=True)
class Note:
    """A few paragraphs, as text and as HTML; `` `code` `` in backticks, code blocks indented."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        blocks = re.split(r"\n\n+", self.text)
        return "".join(
            f"<pre>{html.escape(textwrap.dedent(block))}</pre>"
            if block.startswith("    ")
            else f"<p>{inline(block)}</p>"
            for block in blocks
        )
