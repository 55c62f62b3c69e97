"""Questions that are answered in a form: choose, order lines, fill blanks, write a sentence.

Each is an `Exercise`: a value in, a `Result` out, with no widget in sight.  The same object
serves the form in JupyterLab, ``lesson.answer(...)`` in a plain notebook, and the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthkit.course.checks import Check, Exercise, Result, run_checks, syntax_error
from synthkit.course.running import run_source


@dataclass(frozen=True)
class Option:
    """One choice, with what is said to whoever takes it.

    Parameters
    ----------
    text : str
    reply : str
        For a wrong option: why not, in the learner's terms.  For the right one: why.
    misconception : str
        The name of the idea behind a wrong option; ``""`` marks the right one.
    try_next : str
        One thing to try after a wrong choice.
    """

    text: str
    reply: str
    misconception: str = ""
    try_next: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """One right option among named misconceptions.  An answer is the option's index."""

    options: tuple[Option, ...]
    kind = "choice"

    @property
    def right(self) -> int:
        """The index of the right option."""
        return next(i for i, option in enumerate(self.options) if not option.misconception)

    def grade(self, answer: Any, *, seed: int | None = None) -> Result:
        """Grade an option's index, or its letter ('A', 'b')."""
        index = _index(answer, len(self.options))
        if index is None:
            return Result("untried", "Nothing is chosen yet.", "Choose one option.")
        option = self.options[index]
        if index == self.right:
            return Result("right", option.reply)
        return Result("wrong", option.reply, option.try_next, option.misconception)

    def form(self) -> dict[str, Any]:
        """Return the question and the options' texts (never which one is right)."""
        return {**super().form(), "options": [option.text for option in self.options]}


def _index(answer: Any, count: int) -> int | None:
    if isinstance(answer, str) and len(answer) == 1 and answer.isalpha():
        answer = ord(answer.upper()) - ord("A")
    if isinstance(answer, bool) or not isinstance(answer, int):
        return None
    return answer if 0 <= answer < count else None


@dataclass(frozen=True, kw_only=True)
class OrderLines(Exercise):
    """Put the lines in order (a Parsons problem), and leave out those that don't belong.

    Parameters
    ----------
    lines : tuple of str
        In the right order; shown shuffled.
    distractors : dict of str to str
        A line that does not belong -> what is said to whoever keeps it.
    needs : dict of int to str
        For line i (in the right order): what it needs from the lines before it; said when it
        stands too early.

    An answer is the list of the lines' texts in the learner's order.
    """

    lines: tuple[str, ...]
    distractors: dict[str, str] = field(default_factory=dict)
    needs: dict[int, str] = field(default_factory=dict)
    kind = "order"

    def shuffled(self) -> list[str]:
        """Return all lines in a fixed order that is not the solution's.

        Sorted by a hash of the text, so that a whole class sees the same and no seed is needed.
        """
        lines = sorted([*self.lines, *self.distractors], key=lambda s: (sum(map(ord, s)) % 97, s))
        return lines if lines[: len(self.lines)] != list(self.lines) else lines[::-1]

    def grade(self, answer: Any, *, seed: int | None = None) -> Result:
        """Grade the lines in the learner's order (texts)."""
        if not isinstance(answer, (list, tuple)) or not answer or list(answer) == self.shuffled():
            return Result("untried", "The lines stand as they were.", "Move the first step up.")
        kept = [str(line) for line in answer]
        for line in kept:
            if line in self.distractors:
                return Result(
                    "wrong", self.distractors[line], "Leave that line out.", "a step that hurts"
                )
        missing = [line for line in self.lines if line not in kept]
        if missing:
            return Result(
                "wrong", "A step that is needed was left out.", "Bring one of the lines back."
            )
        for place, (line, wanted) in enumerate(zip(kept, self.lines)):
            if line != wanted:
                why = self.needs.get(self.lines.index(line), "it needs a line that comes later")
                counted = {0: "", 1: "The first line is in place. "}
                good = counted.get(place, f"The first {place} lines are in place. ")
                return Result(
                    "wrong",
                    f"{good}Line {place + 1} comes too early: {why}.",
                    "Ask of each line: what does it need, and which line makes that?",
                )
        if len(kept) > len(self.lines):
            return Result("wrong", "A line stands there twice.", "Use each line once.")
        return Result("right", "Each line finds what it needs in the lines above it.")

    def form(self) -> dict[str, Any]:
        """Return the question and the shuffled lines."""
        extra = len(self.distractors)
        return {**super().form(), "lines": self.shuffled(), "distractors": extra}


@dataclass(frozen=True, kw_only=True)
class Blanks(Exercise):
    """Fill the gaps of a short program; the completed program is run and checked.

    Parameters
    ----------
    template : str
        Python source with ``{0}``, ``{1}`` … where the gaps are (other braces doubled).
    name : str
        The function that the program defines.
    labels : tuple of str
        One for each gap: what it stands for.
    checks : tuple of Check
    misconceptions : dict of str to (name, reply)
        Completed programs with a gap that matches the pattern (a regular expression, tried on
        the gaps joined by ``" ; "`` without blanks) share a named idea.
    setup : str

    An answer is the list of the gaps' texts.
    """

    template: str
    name: str
    labels: tuple[str, ...]
    checks: tuple[Check, ...]
    misconceptions: dict[str, tuple[str, str]] = field(default_factory=dict)
    setup: str = "import numpy as np"
    kind = "blanks"

    def filled(self, gaps: Sequence[str]) -> str:
        """Return the program with these texts in its gaps."""
        return self.template.format(*gaps)

    def grade(self, answer: Any, *, seed: int | None = None) -> Result:
        """Run the completed program and check it."""
        gaps = [str(gap).strip() for gap in answer] if isinstance(answer, (list, tuple)) else []
        if len(gaps) != len(self.labels) or not any(gaps):
            return Result("untried", "The gaps are empty.", "Fill one of them.")
        if not all(gaps):
            empty = self.labels[gaps.index("")]
            return Result("wrong", f"One gap is still empty: {empty}.", "Fill it too.")
        # One expression to a gap: a newline would let a gap hold a whole other program.
        squeezed = ";".join(re.sub(r"\s+", "", gap) for gap in gaps)
        for pattern, (misconception, reply) in self.misconceptions.items():
            if re.fullmatch(pattern, squeezed):
                return Result("wrong", reply, "Try it for n = 4 by hand.", misconception)
        try:
            function = run_source(self.filled(gaps), self.setup)[self.name]
        except SyntaxError as error:
            return syntax_error(error)
        return run_checks(function, self.checks, seed)

    def form(self) -> dict[str, Any]:
        """Return the question, the program cut at its gaps, and the gaps' labels."""
        pieces = re.split(r"\{\d+\}", self.template.replace("{{", "{").replace("}}", "}"))
        return {**super().form(), "pieces": pieces, "labels": list(self.labels)}


@dataclass(frozen=True, kw_only=True)
class Sentence(Exercise):
    """One typed sentence, then an expert's answer to compare with.

    No program judges a sentence: any honest try counts, and the learner compares.

    Parameters
    ----------
    expert : str
    """

    expert: str
    kind = "sentence"

    def grade(self, answer: Any, *, seed: int | None = None) -> Result:
        """Accept a sentence of at least four words, and show the expert's."""
        words = str(answer or "").split()
        if not words:
            return Result("untried", "Nothing is written yet.", "One sentence is enough.")
        if len(words) < 4:
            return Result("wrong", "That is shorter than a sentence.", "Say why, not only what.")
        return Result("right", f"An expert's answer: {self.expert}", "What does yours leave out?")


@dataclass(frozen=True, kw_only=True)
class Draw(Exercise):
    """Draw a line through points whose first one is given.

    Parameters
    ----------
    x : tuple of float
        Where the points stand; shown as ``x_names``.
    start : tuple of float
        Their heights before anything is moved (a flat line says nothing in advance).
    fixed : int, default 1
        So many points from the left are given and cannot be moved.
    y_range : (float, float)
        Both > 0 where ``log`` is True.
    judge : callable (list of float) -> Result
        Called with the heights, given ones too.

    An answer is the list of all heights.
    """

    x: tuple[float, ...]
    x_names: tuple[str, ...]
    start: tuple[float, ...]
    y_range: tuple[float, float]
    x_label: str
    y_label: str
    judge: Callable[[list[float]], Result]
    fixed: int = 1
    log: bool = True
    kind = "draw"

    def grade(self, answer: Any, *, seed: int | None = None) -> Result:
        """Judge the drawn heights."""
        heights = self.heights(answer)
        if heights is None:
            return Result("untried", "Nothing is drawn yet.", "Move the second point.")
        return self.judge(heights)

    def heights(self, answer: Any) -> list[float] | None:
        """Return the drawn heights as floats inside the range; None if nothing was drawn."""
        if not isinstance(answer, (list, tuple)) or len(answer) != len(self.x):
            return None
        try:
            drawn = [float(value) for value in answer]
        except (TypeError, ValueError):
            return None
        low, high = self.y_range
        if not all(low <= value <= high for value in drawn):
            return None
        # The given points are what they are, whatever a page sends.
        drawn[: self.fixed] = [float(value) for value in self.start[: self.fixed]]
        return None if drawn == [float(value) for value in self.start] else drawn

    def form(self) -> dict[str, Any]:
        """Return the question and the geometry of the drawing."""
        return {
            **super().form(),
            "x": list(self.x),
            "x_names": list(self.x_names),
            "start": list(self.start),
            "fixed": self.fixed,
            "y_range": list(self.y_range),
            "log": self.log,
            "x_label": self.x_label,
            "y_label": self.y_label,
        }
