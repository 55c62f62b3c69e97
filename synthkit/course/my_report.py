"""My report: a learner's own votes, predictions, sentences and figures, as one page to present.

It stands under the founding text's headings, and it is read from ``synthkit-progress.json`` alone,
which holds no row of any table.  What the learner has not done is said to be open.  The page stands
alone: no script, nothing from the network, every text escaped.
"""

from __future__ import annotations

import html
import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from synthkit.course import exercises as exercise_store
from synthkit.course.catalog import LESSONS, LessonInfo, lesson_info
from synthkit.course.predict import calibration_sentence
from synthkit.course.progress import Progress, write_atomically
from synthkit.course.questions import Choice
from synthkit.course.report import inline
from synthkit.course.welcome.claims import CLAIMS, HEADINGS, VERDICTS

FILE_NAME = "my-report.html"
_ROUNDS = ("first", "second")

#: Which lessons stand under which heading.
UNDER: dict[str, tuple[str, ...]] = {
    "what": ("00_welcome",),
    "how": (
        "01_monte_carlo", "02_bootstrap", "03_masking", "04_perturbation", "05_gan", "06_vae",
        "11_hybrid",
    ),
    "usage": (
        "07_driving", "08_traffic", "09_market", "10_finance_rules", "14_your_data",
        "15_your_technique", "16_labelled_images",
    ),
    "limits": ("12_judging", "13_attacking"),
}  # fmt: skip

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52em; margin: 0 auto; padding: 1em; }
h1 { font-size: 1.8em; } h2 { margin-top: 2em; border-bottom: 2px solid #0072b2; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top;
  padding: 4px 8px; border-bottom: 1px solid #8886; overflow-wrap: anywhere; }
blockquote { margin: .3em 0; padding: 0 0 0 1em; border-left: 3px solid #cc79a7; }
.open { opacity: .75; font-style: italic; } p, li, h1, h3 { overflow-wrap: anywhere; }
@media print { h2 { break-after: avoid; } tr, blockquote { break-inside: avoid; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_report(progress: Progress, path: str | os.PathLike[str] | None = None) -> Path:
    """Write the page and return where it lies (by default beside the progress file)."""
    target = Path(path) if path is not None else progress.folder / FILE_NAME
    write_atomically(target, report_page(progress))
    return target


def report_page(progress: Progress) -> str:
    """Return the whole page as HTML."""
    lessons = {k: v for k, v in progress.read()["lessons"].items() if isinstance(v, dict)}
    parts = [f"<h1>{inline('Synthetic data: my report')}</h1>", *_summary(progress, lessons)]
    for key, heading in HEADINGS.items():
        parts.append(f"<h2>{inline(heading)}</h2>")
        for lesson_id in UNDER.get(key, ()):
            parts += _lesson(lesson_info(lesson_id), lessons.get(lesson_id, {}))
        if key == "worth":
            parts += _balance(lessons)
        parts += _votes(key, _dict(lessons.get("00_welcome", {}), "votes"))
    parts.append(
        "<p class=open>Made by synthkit from a progress file, on "
        f"{datetime.now(timezone.utc):%Y-%m-%d}. It holds no row of a table.</p>"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>Synthetic data: my report</title><style>{_STYLE}</style></head><body>"
        + "\n".join(parts)
        + "</body></html>\n"
    )


def _summary(progress: Progress, lessons: Mapping[str, Any]) -> Iterator[str]:
    """Say how far the learner came, and how well confidence and being right agree."""
    begun = [info for info in LESSONS if info.id in lessons]
    finished = [info for info in begun if lessons[info.id].get("finished")]
    done = sum(
        bool(entry.get("done"))
        for record in lessons.values()
        for entry in _dict(record, "exercises").values()
    )
    yield (
        f"<p>{len(begun)} of {len(LESSONS)} lessons begun, {len(finished)} finished; "
        f"{done} exercises right.</p>"
    )
    yield f"<p>{inline(calibration_sentence(progress.calibration()))}</p>"


def _lesson(info: LessonInfo, record: Mapping[str, Any]) -> Iterator[str]:
    """Show one lesson: predictions, sentences, and what was measured in it."""
    yield f"<h3>{inline(info.title)}</h3>"
    rows = [*_predictions(info, record), *_sentences(info, record)]
    figures = [row for row in _figures(record) if not row[0].startswith(("+", "−"))]
    balance = [row for row in _figures(record) if row[0].startswith(("+", "−"))]
    if not rows and not figures and not balance:
        yield "<p class=open>Still open.</p>"
    yield from rows
    if figures or balance:
        yield table(("figure", "measured"), [*figures, *balance])


def _predictions(info: LessonInfo, record: Mapping[str, Any]) -> Iterator[str]:
    asked = _asked(info)
    for name, entry in _dict(record, "predictions").items():
        if not isinstance(entry, dict) or entry.get("skipped"):
            continue
        question = asked.get(name)
        said = _words(question, entry.get("value"))
        if question is None or not said:
            continue
        was = "That was right." if entry.get("right") is True else "It came out differently."
        yield f"<p>I was asked: {inline(question.prompt)}</p>"
        yield f"<blockquote>{inline(said)}</blockquote><p>{was}</p>"


def _words(question: Any, value: Any) -> str:
    """Return a prediction in words: an option's text, or a number; '' if it is neither."""
    if isinstance(question, Choice):
        inside = isinstance(value, int) and 0 <= value < len(question.options)
        return question.options[value].text if inside else ""
    numbers = value if isinstance(value, list) else [value]
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in numbers):
        return ", ".join(f"{v:g}" for v in numbers)
    return ""


def _sentences(info: LessonInfo, record: Mapping[str, Any]) -> Iterator[str]:
    asked = _asked(info)
    for name, sentence in _dict(record, "sentences").items():
        if name in asked and isinstance(sentence, str):
            yield f"<p>{inline(asked[name].prompt)}</p>"
            yield f"<blockquote>{html.escape(sentence)}</blockquote>"


def _figures(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, figure in _dict(record, "figures").items():
        if isinstance(figure, str):
            yield str(name), figure


def _balance(lessons: Mapping[str, Any]) -> Iterator[str]:
    """Put all advantages and disadvantages that were measured into one table."""
    rows = [
        (claim, figure, info.title.partition(":")[0])
        for info in LESSONS
        for claim, figure in _figures(lessons.get(info.id, {}))
        if claim.startswith(("+", "−"))
    ]
    if rows:
        yield table(("claim", "what I measured", "in"), sorted(rows, key=lambda row: row[0][0]))
    else:
        yield "<p class=open>Nothing measured yet: the last section of each lesson does.</p>"


def _votes(heading: str, votes: Mapping[str, Any]) -> Iterator[str]:
    """Show the votes on the claims under a heading, and the kit's verdict behind a second vote."""
    rows = []
    for claim in CLAIMS:
        entry = _dict(votes, claim.id)
        cast = [entry.get(name) if entry.get(name) in VERDICTS else "" for name in _ROUNDS]
        if claim.heading == heading and any(cast):
            answer = f"{claim.verdict}: {claim.why}" if cast[1] else "after the second vote"
            rows.append((claim.text, cast[0] or "–", cast[1] or "–", answer))
    if rows:
        yield table(("the text claims", "my first vote", "my second vote", "the kit"), rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an HTML table of escaped texts."""
    top = "".join(f"<th>{inline(text)}</th>" for text in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{inline(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _asked(info: LessonInfo) -> dict[str, Any]:
    """Return a lesson's questions by id; none where the lesson is not installed."""
    if importlib.util.find_spec(exercise_store.module_name(info.id)) is None:
        return {}
    found = exercise_store.load(info.id)
    return {**found.exercises, **{name: p.question for name, p in found.predictions.items()}}


def _dict(record: Any, name: str) -> dict[str, Any]:
    """Return a group of a record; {} where the file holds something else."""
    found = record.get(name) if isinstance(record, Mapping) else None
    return {k: v for k, v in found.items() if v is not None} if isinstance(found, dict) else {}
