"""The room, without a server: a short code from each learner, and one table for the teacher.

A learner ends a lesson with ``lesson.finish()``, which shows a code such as
``SK1-AEAAA-AABUW-…``.  It holds the lesson's number, the seed, which exercises are ticked, the
first prediction and how sure the learner was: no name, no answer in words, no row.  The teacher
pastes the codes, or the progress files, into ``synthkit class-report``.

The code is 15 bytes in base 32 with a checksum, so that a typing error is noticed.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from synthkit.course.catalog import LESSONS
from synthkit.errors import DataError

PREFIX = "SK1"
# lesson number, seed, ticks (one bit an exercise), prediction, confidence in per cent (255: none)
_LAYOUT = struct.Struct(">BIHfB")
GROUP = 5  # characters between two hyphens: what the eye copies without losing its place


@dataclass(frozen=True)
class Entry:
    """What one learner did in one lesson.

    Parameters
    ----------
    who : str
        The file's folder, or 'code 3'.
    lesson : str
    seed : int
    done, total : int
        Exercises ticked, and how many there are.
    prediction : float
        The first prediction as a number: an option's index, a number, a drawn line's last
        height.  NaN where it was skipped.
    confidence : float
        0 to 1; NaN where it wasn't asked.
    begun : str
        When the learner did something first, ``"2026-11-24 16:40"`` in UTC; ``""`` where that is
        not known: a code does not hold it.
    """

    who: str
    lesson: str
    seed: int
    done: int
    total: int
    prediction: float
    confidence: float
    begun: str = ""


def exercise_ids(lesson_id: str) -> list[str]:
    """Return the ids of a lesson's own exercises, in order: bit i of a code is number i."""
    from synthkit.course.lesson import Lesson

    return [name for name in Lesson(lesson_id).exercises if not name.startswith("recall-")]


def as_number(value: Any) -> float:
    """Return a prediction as one number (see ``Entry.prediction``)."""
    if isinstance(value, (list, tuple)) and value:
        value = value[-1]
    if isinstance(value, str) and len(value) == 1 and value.isalpha():
        return float(ord(value.upper()) - ord("A"))
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def finish_code(lesson_id: str, record: dict[str, Any], exercises: Sequence[str]) -> str:
    """Return the code of one lesson's progress record."""
    number = [info.id for info in LESSONS].index(lesson_id)
    kept = record.get("exercises", {})
    ticks = sum(1 << i for i, name in enumerate(exercises[:16]) if kept.get(name, {}).get("done"))
    said: dict[str, Any] = next(iter(record.get("predictions", {}).values()), {})
    sure = said.get("confidence")
    body = _LAYOUT.pack(
        number,
        int(record.get("seed") or 0) % 2**32,
        ticks,
        as_number(said.get("value")),
        255 if sure is None else round(100 * sure),
    )
    body += struct.pack(">H", binascii.crc_hqx(body, 0))
    letters = base64.b32encode(body).decode().rstrip("=")
    groups = [letters[i : i + GROUP] for i in range(0, len(letters), GROUP)]
    return "-".join([PREFIX, *groups])


def read_code(code: str, who: str = "") -> Entry:
    """Return what a code says.

    Raises
    ------
    DataError
        If it is no code of this kit, or was mistyped.
    """
    letters = re.sub(r"[^A-Z2-7]", "", code.strip().upper().removeprefix(PREFIX))
    try:
        body = base64.b32decode(letters + "=" * (-len(letters) % 8))
        number, seed, ticks, prediction, sure = _LAYOUT.unpack(body[:-2])
        if struct.pack(">H", binascii.crc_hqx(body[:-2], 0)) != body[-2:]:
            raise ValueError("the checksum differs")
        lesson = LESSONS[number].id
    except (ValueError, struct.error, IndexError) as error:
        raise DataError(
            f"a code must be what lesson.finish() shows, such as {PREFIX}-XXXXX-…; got {code!r} "
            f"({error}). Copy it again, all of it."
        ) from error
    total = len(exercise_ids(lesson))
    confidence = math.nan if sure == 255 else sure / 100
    return Entry(who, lesson, seed, ticks.bit_count(), total, prediction, confidence)


def read_progress(path: str | Path) -> list[Entry]:
    """Return what a progress file says, one entry a lesson. Raises DataError if it is none."""
    path = Path(path)
    try:
        lessons = json.loads(path.read_text(encoding="utf-8"))["lessons"]
        known = {info.id for info in LESSONS}
        who = path.parent.name or path.stem
        return [
            replace(
                read_code(finish_code(name, record, exercise_ids(name)), who),
                begun=_minute(record.get("started")),
            )
            for name, record in lessons.items()
            if name in known
        ]
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} must be a progress file (synthkit-progress.json); got something else "
            f"({error!r}). Check the name."
        ) from error


def _minute(time: Any) -> str:
    """Turn an ISO time into '2026-11-24 16:40'; '' where it is none."""
    try:
        return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M")
    except (TypeError, ValueError):
        return ""


def report_text(entries: Sequence[Entry]) -> str:
    """Return the room as a table and the histogram of its predictions, in plain text."""
    lines = []
    for lesson in sorted({entry.lesson for entry in entries}):
        here = [entry for entry in entries if entry.lesson == lesson]
        lines += [f"{lesson}: {len(here)} learners", ""]
        width = max(len(entry.who) for entry in here)
        for entry in here:
            sure = "" if math.isnan(entry.confidence) else f"{entry.confidence:.0%} sure"
            said = "skipped" if math.isnan(entry.prediction) else f"{entry.prediction:g}"
            row = f"  {entry.who:<{width}}  {entry.done:>2}/{entry.total:<2}  seed {entry.seed}"
            begun = f"  begun {entry.begun}" if entry.begun else ""
            lines.append(f"{row}{begun}  predicted {said}  {sure}".rstrip())
        lines += ["", "  predictions"]
        lines += [f"  {label:>12} {'█' * count} {count}" for label, count in histogram(here)]
        lines.append("")
    return "\n".join(lines)


def histogram(entries: Sequence[Entry], bins: int = 8) -> list[tuple[str, int]]:
    """Count the room's predictions: each value where they are few, else in equal bins."""
    said = sorted(e.prediction for e in entries if not math.isnan(e.prediction))
    if not said:
        return []
    if len(set(said)) <= bins:
        return [(f"{value:g}", said.count(value)) for value in sorted(set(said))]
    low, step = said[0], (said[-1] - said[0]) / bins
    counts = [0] * bins
    for value in said:
        counts[min(int((value - low) / step), bins - 1)] += 1
    return [(f"{low + i * step:.3g}–{low + (i + 1) * step:.3g}", c) for i, c in enumerate(counts)]


def report_html(entries: Sequence[Entry]) -> str:
    """Return the same as one page that loads nothing; every text is escaped."""
    parts = [_PAGE_HEAD]
    for lesson in sorted({entry.lesson for entry in entries}):
        here = [entry for entry in entries if entry.lesson == lesson]
        parts.append(f"<h2>{html.escape(lesson)}</h2><p>{len(here)} learners</p>")
        # A phone scrolls the table, not the page; the keyboard can, too.
        parts.append("<div class='wide' tabindex='0' role='region' aria-label='Learners'>")
        parts.append("<table><tr><th>who<th>begun<th>done<th>seed<th>prediction<th>sure</tr>")
        for entry in here:
            said = "skipped" if math.isnan(entry.prediction) else f"{entry.prediction:g}"
            sure = "–" if math.isnan(entry.confidence) else f"{entry.confidence:.0%}"
            done = f"{entry.done} of {entry.total}"
            cells = (entry.who, entry.begun or "–", done, str(entry.seed), said, sure)
            parts.append(f"<tr>{''.join(f'<td>{html.escape(cell)}' for cell in cells)}</tr>")
        parts.append("</table></div><h3>What the room predicted</h3><table class='bars'>")
        most = max((count for _, count in histogram(here)), default=1)
        for label, count in histogram(here):
            bar = f"<div style='width:{100 * count / most:.0f}%'></div>"
            parts.append(f"<tr><th>{html.escape(label)}<td>{bar}<td>{count}</tr>")
        parts.append("</table>")
    return "\n".join([*parts, "</main></html>"])


_PAGE_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>synthkit: the room</title>
<style>
:root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; }
.wide { overflow-x: auto; }
.bars th { width: 9rem; } .bars td:last-child { width: 3rem; }
.bars div { background: #cc79a7; height: 1.2rem; min-width: 2px; }
</style><main><h1>The room</h1>"""
