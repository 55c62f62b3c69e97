"""The one object that a lesson's notebook talks to.

    from synthkit.course import Lesson
    lesson = Lesson("01_monte_carlo")

    lesson.predict("error-line")                     # ask before the run
    lesson.reveal("error-line", make_player)         # the run, behind a curtain until then
    lesson.ask("why-root-n")                         # a form: choice, order, blanks, sentence
    lesson.check("copula", my_copula)                # grade a function, or a dial's state
    lesson.recall()                                  # three questions, one from an earlier lesson
    lesson.finish()                                  # ticks, what is open, calibration

Without widgets: ``lesson.answer("why-root-n", "B")``, ``lesson.hint("copula")``,
``lesson.solution("copula")``.  With no front end at all nothing raises: what is untried stays
untried, predictions count as skipped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from synthkit.course import exercises as exercise_store
from synthkit.course.catalog import lesson_info
from synthkit.course.checks import Exercise, Result, StateExercise
from synthkit.course.classroom import finish_code
from synthkit.course.forms import Form, Reveal, full_reply
from synthkit.course.glossary import gloss_table
from synthkit.course.predict import CONFIDENCE, SKIPPED, Prediction, calibration_sentence
from synthkit.course.progress import Progress, read_settings
from synthkit.course.questions import Choice
from synthkit.course.recall import pick_recall
from synthkit.course.report import HEADS, Note, Rows, progress_record, reply, reply_text
from synthkit.errors import ParameterError

DEFAULT_SEED = 1


class Lesson:
    """A lesson in progress.

    Parameters
    ----------
    lesson_id : str
        As in the catalog, e.g. ``"01_monte_carlo"``.
    seed : int, optional
        By default the class seed from the teacher's settings, else 1: thirty people who run
        the same lesson see the same figures.
    folder : path-like, optional
        The workspace; by default where the kernel runs.

    Attributes
    ----------
    seed : int
    fast : bool
        True in the teacher's fast mode: lessons then draw fewer samples.
    """

    def __init__(
        self,
        lesson_id: str,
        seed: int | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self.info = lesson_info(lesson_id)
        self.progress = Progress(folder)
        settings = read_settings(self.progress.folder)
        self.seed = seed if seed is not None else _seed_of(settings)
        self.fast = bool(settings.get("fast_mode"))
        self.may_show_solutions = not settings.get("hide_solutions")
        found = exercise_store.load(lesson_id)
        self.predictions = found.predictions
        self.exercises = dict(found.exercises)
        self.terms = found.terms
        self._own_recall = found.recall
        self._recall: dict[str, str] = {}  # exercise id -> recall key, once they are asked
        self._forms: dict[str, Form] = {}
        self._answers: dict[str, Any] = {}
        self._help: dict[str, dict[str, Any]] = {}
        self._listeners: dict[str, list[Callable[[Any], None]]] = {}
        self._kept: list[Any] = []
        self._begun = False

    def rng(self, stream: int = 0) -> np.random.Generator:
        """Return a fresh generator on the lesson's seed: the same numbers whenever it is asked."""
        return np.random.default_rng([self.seed, stream])

    def _begin(self) -> None:
        """Note start and seed with the first thing that the learner does, not with a mere run."""
        if not self._begun:
            self._begun = True
            self.progress.start(self.info.id, self.seed)

    # -- predictions --------------------------------------------------------------------------

    def predict(self, name: str) -> Form:
        """Ask for a prediction; what is committed first is kept."""
        prediction = self._prediction(name)
        form = self._keep_form(
            Form(
                self,
                prediction.question,
                submit="Commit",
                skip="Skip",
                on_submit=lambda answer, sure: self._commit(prediction, answer, sure),
                on_skip=lambda: self.skip(name),
                confidence=CONFIDENCE if prediction.confidence else None,
                how=f'Without the form: `lesson.answer("{name}", ...)`',
            )
        )
        known = self.predicted(name)
        if known is not None and not known.get("skipped"):
            form.show_saved(known.get("value"))
            form.show(_recorded("You predicted this before; it is drawn over the run below."))
        return form

    def predicted(self, name: str) -> dict[str, Any] | None:
        """Return a recorded prediction (a skipped one too), or None."""
        return self.progress.prediction(self.info.id, name)

    def prediction_value(self, name: str) -> Any:
        """Return what was predicted; None if nothing was, or if it was skipped."""
        known = self.predicted(name)
        return known.get("value") if known else None

    def skip(self, name: str) -> dict[str, Any]:
        """Open the run without a prediction; one can still be made before looking."""
        self._begin()
        self.progress.record_prediction(self.info.id, name, SKIPPED)
        self._tell(name, None)
        icon, head = HEADS["skipped"]
        why = "The run is open. Predicting first is what makes it stick: next time, perhaps."
        return {"outcome": "skipped", "icon": icon, "head": head, "why": why}

    def on_prediction(self, name: str, listener: Callable[[Any], None]) -> None:
        """Call ``listener(value)`` when the prediction is committed (value None: skipped)."""
        self._listeners.setdefault(name, []).append(listener)

    def reveal(
        self,
        name: str,
        make: Callable[[Any], Any],
        score: Callable[[Any], str] | None = None,
    ) -> Reveal:
        """Show a run behind a curtain that the prediction opens; see `Reveal`."""
        self._prediction(name)
        return self.keep(Reveal(self, name, make, score))

    def _commit(self, prediction: Prediction, answer: Any, sure: float | None) -> dict[str, Any]:
        result = prediction.question.grade(answer)
        if result.outcome == "untried":
            return reply(result)
        if self.predicted(prediction.id) in (None, SKIPPED) or self._was_skipped(prediction.id):
            record = prediction.record(answer, sure)
            self._begin()
            self.progress.record_prediction(self.info.id, prediction.id, record)
        self._tell(prediction.id, self.prediction_value(prediction.id))
        return _recorded("The run below is open, with your prediction drawn over it.")

    def _was_skipped(self, name: str) -> bool:
        known = self.predicted(name)
        return bool(known and known.get("skipped"))

    def _tell(self, name: str, value: Any) -> None:
        for listener in self._listeners.get(name, ()):
            listener(value)

    # -- exercises ----------------------------------------------------------------------------

    def ask(self, name: str) -> Form:
        """Show a question as a form; the kernel grades it when *Check* is pressed."""
        exercise = self._exercise(name)
        return self._keep_form(
            Form(
                self,
                exercise,
                on_submit=lambda answer, sure: self._graded(name, answer),
                how=f'Without the form: `lesson.answer("{name}", ...)`',
            )
        )

    def check(self, name: str, answer: Any = None) -> Form:
        """Grade a function, or the state of a dial; show what was found, and offer hints.

        Parameters
        ----------
        name : str
            The exercise's id.
        answer : object
            The learner's function; for a state exercise the dial (read again at each *Check*).
        """
        exercise = self._exercise(name)
        again = isinstance(exercise, StateExercise)
        form = self._keep_form(
            Form(
                self,
                exercise,
                submit="Check" if again else "",
                on_submit=lambda _, sure: self._graded(name, answer),
                how=f'Stuck? `lesson.hint("{name}")`' if exercise.hints else "",
            )
        )
        form.show(self._graded(name, answer), self.outline_record(name))
        return form

    def answer(self, name: str, value: Any, confidence: float | None = None) -> Note:
        """Answer a question, or make a prediction, without its form.

        Parameters
        ----------
        value : object
            A choice: its letter or index.  Lines: the list of texts.  Blanks: the list of gaps.
            A drawn line: the list of heights.
        confidence : float, optional
            For a prediction: how sure, in [0, 1].
        """
        if name in self.predictions:
            said = self._commit(self.predictions[name], value, confidence)
        else:
            said = self._graded(name, value)
        if name in self._forms:
            self._forms[name].show(said, self.outline_record(name))
        return Note(reply_text(full_reply(said)))

    def grade(self, name: str, answer: Any, *, seed: int | None = None) -> Result:
        """Return the bare result of an exercise; nothing is recorded or shown."""
        return self._exercise(name).grade(answer, seed=seed)

    def _graded(self, name: str, answer: Any) -> dict[str, Any]:
        exercise = self._exercise(name)
        result = exercise.grade(answer)
        self._answers[name] = result
        if result.outcome != "untried":
            self._begin()
            self.progress.record_outcome(self.info.id, name, result.outcome, result.seed)
            if isinstance(answer, str) and exercise.kind == "sentence":
                self.progress.record_sentence(self.info.id, name, answer)
            if name in self._recall:
                right = result.outcome == "right"
                self.progress.record_recall(self.info.id, self._recall[name], right)
        return reply(result, self.progress.last_problem)

    def outline_record(self, name: str) -> dict[str, Any]:
        """Return what the outline is told of an exercise or a prediction: no answer, no row."""
        if name in self.predictions:
            known = self.predicted(name)
            done = bool(known and not known.get("skipped"))
            outcome = "untried"
            if done and known:
                outcome = "right" if known.get("right") else "wrong"
            return progress_record(self.info.id, name, outcome, self.seed, done)
        entry = self.progress.lesson(self.info.id).get("exercises", {}).get(name, {})
        found = self._answers.get(name)
        outcome = found.outcome if found else "untried"
        seed = found.seed if found else None
        return progress_record(self.info.id, name, outcome, seed, bool(entry.get("done")))

    # -- help ---------------------------------------------------------------------------------

    def hint(self, name: str) -> Note:
        """Give the next hint (three, each giving away more)."""
        return self._help_note(self.take_hint(name))

    def solution(self, name: str) -> Note:
        """Show the solution, after the hints and unless a teacher has locked it."""
        return self._help_note(self.take_solution(name))

    def help_for(self, name: str) -> dict[str, Any]:
        """Return the hints taken so far in this kernel, and the solution if it was."""
        return dict(self._help.get(name, {"hints": [], "solution": "", "note": ""}))

    def take_hint(self, name: str) -> dict[str, Any]:
        """Hand out one more hint and show it in the exercise's form."""
        exercise = self._exercise(name)
        given = min(len(self.help_for(name)["hints"]) + 1, len(exercise.hints))
        return self._give(name, hints=list(exercise.hints[:given]))

    def take_solution(self, name: str) -> dict[str, Any]:
        """Hand out the solution and show it in the exercise's form, or say why not."""
        exercise = self._exercise(name)
        if not self.may_show_solutions or not exercise.solution:
            return self._give(name, note="Your teacher keeps the solution of this exercise.")
        if len(self.help_for(name)["hints"]) < len(exercise.hints):
            return self._give(name, note="The hints come first: there are some left.")
        return self._give(name, solution=exercise.solution, note="")

    def _give(self, name: str, **more: Any) -> dict[str, Any]:
        given = self._help[name] = {**self.help_for(name), **more}
        self._begin()
        self.progress.record_help(self.info.id, name, len(given["hints"]), bool(given["solution"]))
        if name in self._forms:
            self._forms[name].show_help()
        return given

    def _help_note(self, given: dict[str, Any]) -> Note:
        blocks = [f"Hint {i}: {text}" for i, text in enumerate(given["hints"], 1)]
        if given["solution"]:
            indented = "\n".join(f"    {line}" for line in _squeezed(given["solution"]))
            blocks.append(f"A solution:\n\n{indented}")
        if given["note"]:
            blocks.append(given["note"])
        return Note("\n\n".join(blocks))

    # -- recall, the end ----------------------------------------------------------------------

    def recall(self) -> _Group:
        """Ask three recall questions; one is from an earlier lesson, spaced by the progress."""
        earlier = exercise_store.earlier_recall(self.info.id)
        picked = pick_recall(self._own_recall, earlier, self.progress.recall_boxes())
        forms = []
        for key, question in picked.items():
            name = f"recall-{question.id.removeprefix('recall-')}"
            self._recall[name] = key if "/" in key else f"{self.info.id}/{key}"
            prompt = question.prompt
            if "/" in key:
                prompt = f"(From lesson {key.partition('_')[0]}.) {prompt}"
            self.exercises[name] = _renamed(question, name, prompt)
            forms.append(self.ask(name))
        return _Group(forms)

    def keep(self, widget: Any) -> Any:
        """Remember a widget, so that the lesson's last cell can ask it for errors; return it."""
        self._kept.append(widget)
        return widget

    def assert_no_widget_error(self) -> None:
        """Raise if any widget of this lesson met an error in a handler or a thread.

        Raises
        ------
        AssertionError
            Naming the widget; the original exception is its cause.
        """
        for widget in [*self._kept, *self._forms.values()]:
            error = getattr(widget, "error", None)
            if error is not None:
                message = f"{type(widget).__name__} met an error: {error}"
                cause = error if isinstance(error, BaseException) else None
                raise AssertionError(message) from cause

    def claims(self, rows: Sequence[tuple[str, str, str]]) -> Rows:
        """Return the table of advantages ("+") and disadvantages ("−"), with their figures.

        Once the learner has begun the lesson, they are kept for `my_report`.
        """
        if self.progress.lesson(self.info.id):
            for sign, claim, figure in rows:
                self.progress.record_note(self.info.id, "figures", f"{sign} {claim}", figure)
        return Rows(("", "claim", "measured above"), tuple(rows))

    def note(self, name: str, figure: str) -> None:
        """Keep a figure that the learner brought about, for `my_report`."""
        self._begin()
        self.progress.record_note(self.info.id, "figures", name, figure)

    def my_report(self, path: str | os.PathLike[str] | None = None) -> Note:
        """Write all lessons' votes, predictions, sentences and figures as one page to present."""
        from synthkit.course.my_report import write_report

        target = write_report(self.progress, path)
        return Note(
            f"Your report is in `{target.name}`, beside this notebook. Open it in a browser."
        )

    def finish(self) -> Note:
        """Say what is done, what is open, and how well confidence and being right agree."""
        done = set(self.progress.done(self.info.id))
        names = [name for name in self.exercises if not name.startswith("recall-")]
        open_ones = [name for name in names if name not in done]
        if not open_ones:
            self.progress.finish(self.info.id)
        ticks = "\n".join(f"    {'✓' if name in done else '○'} {name}" for name in names)
        left = "All done." if not open_ones else f"Open: {', '.join(open_ones)}."
        said = calibration_sentence(self.progress.calibration())
        count = f"{len(names) - len(open_ones)} of {len(names)} exercises done."
        record = {**self.progress.lesson(self.info.id), "seed": self.seed}
        code = finish_code(self.info.id, record, names)
        share = f"For your teacher, if you have one (ticks, seed and prediction, no name): {code}"
        return Note(f"{count} {left}\n\n{ticks}\n\n{said}\n\n{share}")

    def glossary(self) -> Rows:
        """Return this lesson's terms, each in one sentence."""
        return gloss_table(self.terms)

    # -- looking up ---------------------------------------------------------------------------

    def _keep_form(self, form: Form) -> Form:
        self._forms[form.exercise.id] = form
        return form

    def _exercise(self, name: str) -> Exercise:
        if name not in self.exercises:
            known = ", ".join(self.exercises)
            raise ParameterError(f"exercise must be one of {known}; got {name!r}.")
        return self.exercises[name]

    def _prediction(self, name: str) -> Prediction:
        if name not in self.predictions:
            known = ", ".join(self.predictions)
            raise ParameterError(f"prediction must be one of {known}; got {name!r}.")
        return self.predictions[name]


class _Group(list[Form]):
    """Several forms, shown one below the other."""

    def _ipython_display_(self) -> None:
        for form in self:
            form._ipython_display_()


def _seed_of(settings: dict[str, Any]) -> int:
    seed = settings.get("class_seed")
    whole = isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0
    return int(seed) if whole and seed is not None else DEFAULT_SEED


def _recorded(why: str) -> dict[str, Any]:
    icon, head = HEADS["recorded"]
    return {"outcome": "recorded", "icon": icon, "head": head, "why": why, "closed": True}


def _renamed(question: Choice, name: str, prompt: str) -> Choice:
    return replace(question, id=name, prompt=prompt)


def _squeezed(code: str) -> list[str]:
    # A note's blocks are parted by blank lines: code keeps none.
    return [line for line in code.splitlines() if line.strip()]
