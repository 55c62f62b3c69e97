"""Recall questions, spaced over the lessons: two from this one, one from an earlier one.

A question answered right moves up one of Leitner's boxes, a wrong one goes back to the first.
The earlier question is the one in the lowest box, and among those the one not seen for longest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthkit.course.questions import Choice


def pick_recall(
    own: Sequence[Choice],
    earlier: Mapping[str, Choice],
    boxes: Mapping[str, Mapping[str, Any]],
    count: int = 3,
) -> dict[str, Choice]:
    """Return the questions to ask, by key ``"lesson/question"``; the last is an earlier one.

    Parameters
    ----------
    own : sequence of Choice
        This lesson's questions; keys are their ids.
    earlier : mapping
        Questions of lessons before this one, by key.
    boxes : mapping
        What the progress file knows of each key: ``box`` and ``time``.
    count : int
        How many in all.
    """

    def staleness(key: str) -> tuple[int, str]:
        entry = boxes.get(key, {})
        return int(entry.get("box", 0)), str(entry.get("time", ""))

    # Questions that were met before come first: one never asked has nothing to be recalled.
    met = sorted((key for key in earlier if key in boxes), key=staleness)
    fresh = sorted(key for key in earlier if key not in boxes)
    spaced = {key: earlier[key] for key in (met + fresh)[:1]}
    return {**{question.id: question for question in own[: count - len(spaced)]}, **spaced}
