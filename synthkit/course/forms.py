"""The course's widgets: a form that asks one question, and a curtain that a prediction opens.

A `Form` is plain Python and works where no widget can be shown; the widget behind it (``view``)
is made only where anywidget is installed.  Handlers may run in any thread of the kernel: they
take a lock, never touch an event loop, and keep an exception in ``error`` instead of losing it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthkit.course.checks import Exercise
from synthkit.course.report import (
    PROGRESS_MIME,
    question_html,
    question_text,
    reply_html,
    reply_text,
)

if TYPE_CHECKING:
    from synthkit.course.lesson import Lesson

_ASSETS = Path(__file__).parent / "assets"
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


def _new_view(spec: dict[str, Any]) -> Any:
    """Return the widget that shows a form; None where anywidget is not installed."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        return None

    class FormView(anywidget.AnyWidget):  # made here: importing the course needs no widgets
        _esm = _ASSETS / "form.js"
        _css = _ASSETS / "form.css"
        spec = traitlets.Dict().tag(sync=True)
        saved = traitlets.Any(None, allow_none=True).tag(sync=True)
        reply = traitlets.Dict().tag(sync=True)
        help = traitlets.Dict().tag(sync=True)

    return FormView(spec=spec)


class Form:
    """One question on the page: its controls, the reply, the hints.

    Parameters
    ----------
    lesson : Lesson
        Grades, records and hands out hints; the form only shows and forwards.
    exercise : Exercise
    submit, skip : str
        The buttons' texts; ``""`` for none.
    on_submit : callable (answer, confidence) -> reply dict
    on_skip : callable () -> reply dict, optional
    confidence : dict, optional
        Words -> probability, where the form asks how sure the learner is.
    how : str
        The call that answers without the form.

    Attributes
    ----------
    error : Exception or None
        What went wrong in a handler; the lesson's last cell asserts that nothing did.
    """

    def __init__(
        self,
        lesson: Lesson,
        exercise: Exercise,
        *,
        submit: str = "Check",
        skip: str = "",
        on_submit: Callable[[Any, float | None], dict[str, Any]] | None = None,
        on_skip: Callable[[], dict[str, Any]] | None = None,
        confidence: dict[str, float] | None = None,
        how: str = "",
    ) -> None:
        self.lesson = lesson
        self.exercise = exercise
        self.how = how
        self.error: Exception | None = None
        self.said: dict[str, Any] = {}
        self.record: dict[str, Any] | None = None
        self._on_submit = on_submit
        self._on_skip = on_skip
        self._lock = threading.RLock()
        self._handle: Any = None
        self.view = _new_view(
            {
                **exercise.form(),
                "id": exercise.id,
                "submit": submit,
                "skip": skip,
                "confidence": confidence,
                "hints": len(exercise.hints),
                "solution": bool(exercise.hints) and lesson.may_show_solutions,
            }
        )
        if self.view is not None:
            self.view.on_msg(self._receive)
        self.show_help()

    def require(self) -> None:
        """Raise AssertionError unless the latest answer is right: for machines that grade."""
        if self.said.get("outcome") != "right":
            why = self.said.get("why") or "not tried"
            raise AssertionError(f"{self.exercise.id}: {why}")

    def show(self, said: dict[str, Any], record: dict[str, Any] | None = None) -> None:
        """Show a reply, and tell the outline what it was."""
        self.said = said
        self.record = record
        if self.view is not None:
            self.view.reply = said
        if self._handle is not None and record is not None:
            self._handle.update(_outline_bundle(record), raw=True)

    def show_help(self) -> None:
        """Show the hints taken so far (and the solution, if it was)."""
        if self.view is not None:
            self.view.help = self.lesson.help_for(self.exercise.id)

    def show_saved(self, answer: Any) -> None:
        """Fill in an answer that was given before."""
        if self.view is not None:
            self.view.saved = answer

    def _receive(self, _: Any, content: Any, buffers: Any = None) -> None:
        with self._lock:
            try:
                self._act(content if isinstance(content, dict) else {})
            except Exception as error:
                self.error = error
                self.show(
                    {
                        "outcome": "error",
                        "icon": "!",
                        "head": "The kit stumbled, not you",
                        "why": f"{type(error).__name__}: {error}",
                        "try_next": "Run this cell again.",
                    }
                )

    def _act(self, content: dict[str, Any]) -> None:
        wish = content.get("do")
        if wish == "submit" and self._on_submit is not None:
            confidence = content.get("confidence")
            sure = float(confidence) if isinstance(confidence, (int, float)) else None
            said = self._on_submit(content.get("answer"), sure)
            self.show(said, self.lesson.outline_record(self.exercise.id))
        elif wish == "skip" and self._on_skip is not None:
            self.show(self._on_skip(), self.lesson.outline_record(self.exercise.id))
        elif wish == "hint":
            self.lesson.take_hint(self.exercise.id)
        elif wish == "solution":
            self.lesson.take_solution(self.exercise.id)

    # -- display ------------------------------------------------------------------------------

    def __repr__(self) -> str:
        answered = f"\n{reply_text(full_reply(self.said))}" if self.said else ""
        return question_text(self.exercise, self.how) + answered

    def _bundle(self) -> dict[str, Any]:
        page = question_html(self.exercise, self.how)
        if self.said:
            page += reply_html(full_reply(self.said))
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": page}
        if self.view is not None:
            bundle.update(view_data(self.view))
        return bundle

    def _ipython_display_(self) -> None:
        publish(self._bundle())
        record = self.record or self.lesson.outline_record(self.exercise.id)
        # The outline's record stands in an output of its own: updating the form's would
        # redraw it under the learner's hands.
        self._handle = publish(_outline_bundle(record), display_id=True)


def publish(
    bundle: dict[str, Any], *, metadata: dict[str, Any] | None = None, display_id: bool = False
) -> Any:
    """Display a MIME bundle; return the handle by which it can be updated, if asked for one."""
    from IPython.display import display

    return display(  # type: ignore[no-untyped-call]
        bundle, raw=True, metadata=metadata, display_id=display_id or None
    )


def full_reply(said: dict[str, Any]) -> dict[str, Any]:
    """Return a reply with every field that the renderers read."""
    blank = {"why": "", "try_next": "", "misconception": "", "line": "", "passed": [], "note": ""}
    return {**blank, **said}


def _outline_bundle(record: dict[str, Any]) -> dict[str, Any]:
    # An HTML comment takes no room on the page; viewers of plain text get nothing to read.
    return {PROGRESS_MIME: record, "text/html": "<!-- progress -->", "text/plain": ""}


def view_data(widget: Any) -> dict[str, Any]:
    """Return the part of a MIME bundle that shows a widget."""
    return {WIDGET_MIME: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}}


class Reveal:
    """A run behind a curtain: it opens once its prediction is committed or skipped.

    Parameters
    ----------
    lesson : Lesson
    prediction : str
        The prediction's id.
    make : callable (prediction or None) -> widget
        Builds the run's player; called with the predicted value (None if it was skipped).
    score : callable (prediction value) -> str, optional
        A sentence that compares prediction and run; the player shows it at the run's end.

    Attributes
    ----------
    widget : object
        What ``make`` returned last.
    error : Exception or None
        The player's, or that of building it.
    """

    def __init__(
        self,
        lesson: Lesson,
        prediction: str,
        make: Callable[[Any], Any],
        score: Callable[[Any], str] | None = None,
    ) -> None:
        self._make = make
        self._score = score
        self._problem: Exception | None = None
        known = lesson.predicted(prediction)
        self.open = known is not None
        self._value = known.get("value") if known else None
        # Built at once, open or not: a viewer without a kernel shows its picture.
        self.widget = self._made()
        self._curtain = Form(
            lesson,
            Exercise(
                id=f"curtain-{prediction}",
                section="watch",
                prompt="The run opens when your prediction is in (above), or:",
            ),
            submit="Show it without a prediction",
            on_submit=lambda answer, sure: lesson.skip(prediction),
        )
        self._box: Any = None
        lesson.on_prediction(prediction, self._opened)

    @property
    def error(self) -> Exception | None:
        """What went wrong, in building the run or in its widget."""
        return self._problem or getattr(self.widget, "error", None)

    @property
    def sentence(self) -> str:
        """The prediction's score in words; ``""`` while there is none."""
        if not self.open or self._value is None or self._score is None:
            return ""
        return self._score(self._value)

    def _made(self) -> Any:
        """Build the run; its player says the score once the run was seen to its end."""
        widget = self._make(self._value)
        if self.sentence:
            widget.remark = self.sentence
        return widget

    def _opened(self, value: Any) -> None:
        try:
            changed = value != self._value
            self.open, self._value = True, value
            if changed:
                self.widget = self._made()
                # A live player starts when its run is first asked for; on the page nobody asks.
                getattr(self.widget, "trace", None)
            if self._box is not None:
                self._box.children = self._children()
        except Exception as error:
            self._problem = error

    def _children(self) -> tuple[Any, ...]:
        return (self.widget if self.open else self._curtain.view,)

    def _ipython_display_(self) -> None:
        shown = self.widget._repr_mimebundle_()
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        bundle = dict(data)
        if WIDGET_MIME in bundle and self._curtain.view is not None:
            import ipywidgets

            self._box = ipywidgets.VBox(self._children())
            bundle.update(view_data(self._box))
        if self.sentence:
            bundle["text/plain"] = f"{bundle.get('text/plain', '')}\n{self.sentence}".strip()
        publish(bundle, metadata=metadata)
