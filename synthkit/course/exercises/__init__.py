"""The exercises of each lesson: one module a lesson, named as the lesson without its number.

A module declares, as tuples: ``PREDICTIONS`` (`Prediction`), ``EXERCISES`` (`Exercise`),
``RECALL`` (`Choice`) and ``TERMS`` (glossary terms that the lesson explains).

What a code exercise begins with, and its solution, stand in the lesson's source in cells of the
roles *exercise* and *solution*.  ``notebooks/build.py`` copies both to
``NN_name.starters.json`` and ``NN_name.solutions.json`` here, so that neither can drift from the
notebook.  The second is no part of the wheel: there, solutions are locked until a teacher hands
out the file ``synthkit-solutions.json`` of their edition, which a learner puts beside the lessons.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from dataclasses import dataclass, replace
from pathlib import Path

from synthkit.course.catalog import LESSONS, lesson_info
from synthkit.course.checks import CodeExercise, Exercise
from synthkit.course.predict import Prediction
from synthkit.course.progress import workspace
from synthkit.course.questions import Choice

FOLDER = Path(__file__).parent
HANDED_OUT = "synthkit-solutions.json"  # in the workspace: {lesson: {exercise: code}}


@dataclass(frozen=True)
class LessonExercises:
    """All that a lesson asks.

    Attributes
    ----------
    predictions : dict of str to Prediction
    exercises : dict of str to Exercise
        In the order of the lesson; predictions are not among them.
    recall : tuple of Choice
    terms : tuple of str
    """

    predictions: dict[str, Prediction]
    exercises: dict[str, Exercise]
    recall: tuple[Choice, ...]
    terms: tuple[str, ...]


def module_name(lesson_id: str) -> str:
    """Return the name of the module that declares a lesson's exercises."""
    return f"{__name__}.{lesson_info(lesson_id).name}"


def load(lesson_id: str) -> LessonExercises:
    """Return what a lesson asks, with starters and solutions filled in."""
    module = importlib.import_module(module_name(lesson_id))
    starters = read_texts(lesson_id, "starters")
    solutions = read_texts(lesson_id, "solutions") or handed_out(lesson_id)
    exercises = [_complete(e, starters, solutions) for e in module.EXERCISES]
    return LessonExercises(
        predictions={p.id: p for p in getattr(module, "PREDICTIONS", ())},
        exercises={e.id: e for e in exercises},
        recall=tuple(getattr(module, "RECALL", ())),
        terms=tuple(getattr(module, "TERMS", ())),
    )


def _complete(exercise: Exercise, starters: dict[str, str], solutions: dict[str, str]) -> Exercise:
    if not isinstance(exercise, CodeExercise):
        return exercise
    starter, solution = starters.get(exercise.id, ""), solutions.get(exercise.id, "")
    answers = {"untried": starter or None, "right": solution, **exercise.answers}
    return replace(exercise, starter=starter, solution=solution, answers=answers)


def read_texts(lesson_id: str, what: str) -> dict[str, str]:
    """Return the starters or solutions that the builder took from the lesson's source."""
    path = FOLDER / f"{lesson_id}.{what}.json"
    if not path.is_file():
        return {}
    texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return texts


def handed_out(lesson_id: str) -> dict[str, str]:
    """Return the solutions that a teacher handed out; {} where there are none, or no such file."""
    try:
        found = json.loads((workspace() / HANDED_OUT).read_text(encoding="utf-8"))
        texts = found["lessons"].get(lesson_id, {})
        return {str(exercise): str(code) for exercise, code in texts.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def earlier_recall(lesson_id: str) -> dict[str, Choice]:
    """Return the recall questions of all lessons before this one, by ``"lesson/question"``."""
    found = {}
    for info in LESSONS:
        if info.number >= lesson_info(lesson_id).number:
            break
        if importlib.util.find_spec(module_name(info.id)):
            module = importlib.import_module(module_name(info.id))
            for question in getattr(module, "RECALL", ()):
                found[f"{info.id}/{question.id}"] = question
    return found
