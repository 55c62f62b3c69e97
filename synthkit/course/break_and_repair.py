"""The exercise that each failure brings along: break it with its dial, then repair it.

    _TAIL = break_and_repair(
        "miss-the-rare-event", "monte_carlo.missed_rare_event", prompt, hints,
        {"wrong": (1,), "right": (0, 4)},
    )

The check reads the indicator that the dial measured, not the dial's position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthkit.course.checks import Finding, State, StateExercise


def break_and_repair(
    name: str,
    failure: str,
    prompt: str,
    hints: Sequence[str],
    answers: Mapping[str, Any],
    section: str = "break-it",
) -> StateExercise:
    """Return the exercise in which a failure is brought about and healed with its dial.

    Parameters
    ----------
    name : str
        The exercise's id.
    failure : str
        As in ``synthkit.failures()``, e.g. ``"bootstrap.extremes"``.
    prompt : str
    hints : sequence of str
        The last one gives both stops away: it is the solution, too.
    answers : mapping
        The stops to turn to for a "wrong" and for a "right" answer; the tests turn them.
    section : str
        The slug of the section it stands in.
    """
    return StateExercise(
        id=name,
        failure=failure,
        answers={"untried": (), **answers},
        section=section,
        prompt=prompt,
        touched=_moved,
        checks=(
            State("it was broken once", _was_broken, try_next="Go on to the other end."),
            State("it is healed now", _is_healed, try_next="Turn it back, or press repair."),
        ),
        hints=tuple(hints),
        solution=hints[-1],
    )


def _moved(dial: Any) -> bool:
    return len(dial.history) > 1


def _was_broken(dial: Any) -> Finding:
    return dial.was_broken or f"The indicator stands at {dial.indicator_value:.3g}: not broken."


def _is_healed(dial: Any) -> Finding:
    return not dial.is_broken or (
        f"It is broken: the indicator stands at {dial.indicator_value:.3g}. Now heal it."
    )
