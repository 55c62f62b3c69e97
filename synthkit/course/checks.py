"""Exercises that check themselves: four outcomes, four kinds of check.

An exercise never compares with a stored answer.  It runs the learner's own function on fresh
seeds and asks, in the order in which the exercise declares them:

- `Property`: is this true of what came back, within sampling error?
- `Metamorphic`: run twice, once on changed input; what must change does, what must not doesn't;
- `WrongReference`: does it agree with a known-wrong implementation?  Then the misconception
  behind it has a name, and the name is said;
- `State`: does a figure that a widget measured reach the target?

The outcome is ``untried`` (never an error), ``wrong`` (why, and one thing to try), ``error``
(the learner's own line is shown, not ours) or ``right``.  Calling the kit's own technique
inside an exercise is noticed and named, not passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, Union

import numpy as np

from synthkit.course.running import Watched, is_untried, own_line, run_source

Outcome = Literal["untried", "wrong", "error", "right"]

#: What a test inside a check may say: True or None for 'fine', False for 'not so' (the check's
#: own words are used), or a sentence with the figures that were measured.
Finding = Union[bool, str, None]


@dataclass(frozen=True)
class Result:
    """What a check found.

    Attributes
    ----------
    outcome : 'untried', 'wrong', 'error' or 'right'
    why : str
        What was seen, with figures where there are any.
    try_next : str
        One thing to try.
    misconception : str
        The name of the idea behind a wrong answer, or ``""``.
    line : str
        For an error: the learner's own line that raised it.
    passed : tuple of str
        What the checks before this one found to be true.
    seed : int or None
        The fresh seed that the checks ran on, so that a finding can be repeated.
    """

    outcome: Outcome
    why: str = ""
    try_next: str = ""
    misconception: str = ""
    line: str = ""
    passed: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True)
class Problem:
    """One check that did not pass."""

    why: str
    try_next: str = ""
    misconception: str = ""


class Check(Protocol):
    """Anything that looks at an answer and returns a Problem, or None where there is none."""

    @property
    def says(self) -> str:
        """What holds once the check passes, in words."""

    def __call__(self, answer: Any, rng: np.random.Generator) -> Problem | None:
        """Look at the answer, on this stream of randomness."""


def _problem(finding: Finding, why: str, try_next: str, misconception: str = "") -> Problem | None:
    if finding is None or (not isinstance(finding, str) and bool(finding)):
        return None
    return Problem(finding if isinstance(finding, str) else why, try_next, misconception)


@dataclass(frozen=True)
class Property:
    """Something that must be true of the answer on any seed.

    Parameters
    ----------
    says : str
        The property in words, e.g. "returns n rows"; shown with a tick once it holds.
    test : callable (answer, rng) -> Finding
        The tolerance in it is derived from sampling error, and a comment says how.
    why, try_next : str
        Said when it does not hold (``why`` unless the test returned its own sentence).
    """

    says: str
    test: Callable[[Any, np.random.Generator], Finding]
    why: str = ""
    try_next: str = ""

    def __call__(self, answer: Any, rng: np.random.Generator) -> Problem | None:
        """Look at the answer, on this stream of randomness."""
        return _problem(
            self.test(answer, rng), self.why or f"Not so yet: {self.says}.", self.try_next
        )


@dataclass(frozen=True)
class Metamorphic:
    """Run twice on the same stream, the second time on changed input, and compare.

    Parameters
    ----------
    inputs : callable (rng) -> tuple
        The arguments of the first run (all but ``rng``, which is passed last).
    change : callable (inputs) -> tuple
        The arguments of the second run: rows permuted, units scaled, n doubled.
    compare : callable (first, second) -> Finding
    """

    says: str
    inputs: Callable[[np.random.Generator], tuple[Any, ...]]
    change: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    compare: Callable[[Any, Any], Finding]
    why: str = ""
    try_next: str = ""

    def __call__(self, answer: Any, rng: np.random.Generator) -> Problem | None:
        """Look at the answer, on this stream of randomness."""
        first = self.inputs(rng)
        seed = int(rng.integers(2**32))
        # A copy: an answer may change its arguments in place.
        before = answer(*deepcopy(first), np.random.default_rng(seed))
        after = answer(*self.change(first), np.random.default_rng(seed))
        finding = self.compare(before, after)
        return _problem(finding, self.why or f"Not so yet: {self.says}.", self.try_next)


@dataclass(frozen=True)
class WrongReference:
    """A known-wrong implementation; to agree with it is to share its misconception.

    Parameters
    ----------
    misconception : str
        Its name, as the learner reads it, e.g. "each column on its own".
    inputs : callable (rng) -> tuple
    reference : callable
        Takes what the answer takes.
    agree : callable (output, reference_output) -> bool
        True when the two say the same thing, beyond what chance would bring about.
    """

    says: str
    misconception: str
    inputs: Callable[[np.random.Generator], tuple[Any, ...]]
    reference: Callable[..., Any]
    agree: Callable[[Any, Any], bool]
    why: str = ""
    try_next: str = ""

    def __call__(self, answer: Any, rng: np.random.Generator) -> Problem | None:
        """Look at the answer, on this stream of randomness."""
        arguments = self.inputs(rng)
        seed = int(rng.integers(2**32))
        theirs = answer(*deepcopy(arguments), np.random.default_rng(seed))
        wrong = self.reference(*arguments, np.random.default_rng(seed))
        if not self.agree(theirs, wrong):
            return None
        return Problem(self.why, self.try_next, self.misconception)


@dataclass(frozen=True)
class State:
    """A figure that a widget measured must reach a target.

    Parameters
    ----------
    reached : callable (answer) -> Finding
        ``answer`` is whatever the exercise is handed: a dial, a run, a dict of figures.
    """

    says: str
    reached: Callable[[Any], Finding]
    why: str = ""
    try_next: str = ""

    def __call__(self, answer: Any, rng: np.random.Generator) -> Problem | None:
        """Look at the answer, on this stream of randomness."""
        return _problem(self.reached(answer), self.why or f"Not yet: {self.says}.", self.try_next)


def run_checks(answer: Any, checks: Sequence[Check], seed: int | None = None) -> Result:
    """Run the checks in order on one fresh seed; the first that does not pass decides.

    Parameters
    ----------
    answer : object
        The learner's function, or the state that the checks read.
    checks : sequence of Check
    seed : int, optional
        By default fresh entropy: a right answer is right on any seed.
    """
    if seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    rng = np.random.default_rng(seed)
    watched = Watched(answer) if callable(answer) else None
    passed: list[str] = []
    for check in checks:
        try:
            problem = check(watched or answer, rng)
        except Exception as error:
            theirs = watched is not None and watched.failure is error
            found = _from_exception(error) if theirs else _unusable(error)
            return replace(found, passed=tuple(passed), seed=seed)
        if watched and watched.borrowed:
            problem = _borrowed(watched.borrowed[0])
        if problem:
            return Result(
                "wrong",
                problem.why,
                problem.try_next,
                problem.misconception,
                passed=tuple(passed),
                seed=seed,
            )
        passed.append(check.says)
    return Result("right", passed=tuple(passed), seed=seed)


def _borrowed(name: str) -> Problem:
    return Problem(
        f"Your function calls the kit's own `{name}`. It may well be right, but it is not yours.",
        "Write the steps with NumPy (and `scipy.stats` if you like); compare with the kit's "
        "source afterwards, in 'Look inside'.",
        "borrowed, not built",
    )


def syntax_error(error: SyntaxError) -> Result:
    """Return the result for a text that Python cannot read, with the line at fault."""
    return Result(
        "error",
        f"Python cannot read this: {error.msg}",
        "Look for a bracket or a quote without its partner.",
        line=f"line {error.lineno}: {(error.text or '').strip()}",
    )


def _from_exception(error: Exception) -> Result:
    """Return the result for an exception of the learner's own code."""
    where = own_line(error.__traceback__)
    line = f"line {where[0]}: {where[1]}" if where else ""
    return Result("error", _words(error), "Look at this line of yours first.", line=line)


def _unusable(error: Exception) -> Result:
    """Return the result for code that ran through, but returned what no check can use."""
    return Result(
        "wrong",
        f"What your function returned could not be checked ({_words(error)}).",
        "Print its type and shape, and compare them with what the exercise asks for.",
    )


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().removesuffix(":")


# -- exercises --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One thing to do: its question, its check, its hints, and its solution last.

    Parameters
    ----------
    id : str
        Unique within the lesson, e.g. ``"gaussian-copula"``; the notebook's cell carries it too.
    section : str
        Slug of the template section where it stands.
    prompt : str
        Plain text; `` `code` `` in backticks.  Never HTML.
    hints : tuple of str
        Three, each giving away more than the one before.
    solution : str
        Shown after the hints, unless a teacher has locked it.
    answers : mapping
        ``{"untried": ..., "wrong": ..., "right": ...}``: the tests run all three.
    """

    id: str
    section: str
    prompt: str
    hints: tuple[str, ...] = ()
    solution: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)

    #: How the form shows it: choice | order | blanks | sentence | code | state | draw.
    kind = "code"

    def grade(self, answer: Any, *, seed: int | None = None) -> Result:
        """Look at an answer and say what it is worth; never raises for an answer's sake."""
        raise TypeError(f"{type(self).__name__} has no way to grade")  # pragma: no cover

    def form(self) -> dict[str, Any]:
        """Return what a form needs to show the question, as plain JSON types."""
        return {"kind": self.kind, "prompt": self.prompt}


@dataclass(frozen=True, kw_only=True)
class CodeExercise(Exercise):
    """Write a function; checks run it.

    Parameters
    ----------
    name : str
        The function's name in the learner's cell.
    checks : tuple of Check
        In order: shape first, then the named misconceptions, then the finer properties.
    setup : str
        Imports that the answers in the tests need; the notebook has them in its first cell.
    starter : str
        What the learner's cell holds at first.  Filled in from the lesson's source, with
        ``solution`` and ``answers["right"]``, by ``synthkit.course.exercises.load``.
    """

    name: str
    checks: tuple[Check, ...] = ()
    setup: str = ""
    starter: str = ""
    kind = "code"

    def grade(self, answer: Any, *, seed: int | None = None) -> Result:
        """Grade a function (or a source text that defines it)."""
        if isinstance(answer, str):
            try:
                answer = run_source(answer, self.setup).get(self.name)
            except SyntaxError as error:
                return syntax_error(error)
            except Exception as error:
                return _from_exception(error)
        if is_untried(answer, self.starter, self.name, self.setup):
            return Result("untried", f"`{self.name}` is still as it was.", "Start with hint 1.")
        if not callable(answer):
            return Result(
                "wrong",
                f"`{self.name}` must be a function; it is a {type(answer).__name__}.",
                f"Hand over the function itself: `{self.name}`, without brackets behind it.",
            )
        return run_checks(answer, self.checks, seed)


@dataclass(frozen=True, kw_only=True)
class StateExercise(Exercise):
    """Bring something (a dial, a run) into a state; checks read its measured figures.

    Parameters
    ----------
    touched : callable (answer) -> bool
        False as long as nothing was tried.
    checks : tuple of Check
    failure : str
        For a dial: the failure's name.  ``answers`` then hold the stops that are turned to, one
        after the other, and the tests turn them.
    """

    touched: Callable[[Any], bool]
    checks: tuple[Check, ...] = ()
    failure: str = ""
    kind = "state"

    def grade(self, answer: Any, *, seed: int | None = None) -> Result:
        """Grade the state as it stands now."""
        if answer is None or answer is Ellipsis or not self.touched(answer):
            return Result("untried", "Nothing has been moved yet.", "Move the dial one stop.")
        return run_checks(answer, self.checks, seed)
