"""``try_technique``: the contract's checks on a technique of yours, with a verdict in words."""

from __future__ import annotations

import html
import inspect
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from synthkit.base import Simulator, Synthesizer
from synthkit.course.running import own_line
from synthkit.errors import ParameterError, TookTooLongError, require_number
from synthkit.prototype.contract import CHECKS, Broken, Case, Check, DoesNotApply, mixed_table
from synthkit.prototype.limits import within

LIMIT_S = 20.0  # a check on 300 rows takes a quick technique milliseconds

Verdict = Literal["kept", "broken", "raised", "too slow", "not run", "does not apply"]
SIGNS: dict[Verdict, str] = {
    "kept": "✓", "broken": "✗", "raised": "✗", "too slow": "✗", "not run": "–",
    "does not apply": "–",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One promise of the contract: its verdict, and what was found where it isn't kept."""

    promise: str
    verdict: Verdict
    found: str = ""


@dataclass(frozen=True)
class TrialReport:
    """What the trial of a technique found, promise by promise."""

    technique: str
    lines: tuple[Line, ...]
    seconds: float

    @property
    def failed(self) -> tuple[Line, ...]:
        """The promises that are not kept."""
        return tuple(line for line in self.lines if SIGNS[line.verdict] == "✗")

    @property
    def passed(self) -> bool:
        """Whether every promise that could be tried is kept."""
        return not self.failed and all(line.verdict != "not run" for line in self.lines)

    def summary(self) -> str:
        """Say in one sentence how it went."""
        tried = [line for line in self.lines if line.verdict not in ("not run", "does not apply")]
        kept = sum(line.verdict == "kept" for line in tried)
        left = sum(line.verdict == "not run" for line in self.lines)
        rest = f"; {left} were not tried" if left else ""
        return f"{self.technique} keeps {kept} of {len(tried)} promises{rest}."

    def table(self) -> pd.DataFrame:
        """Return one line for each promise."""
        return pd.DataFrame([vars(line) for line in self.lines])

    def __str__(self) -> str:
        said = [
            f"{SIGNS[line.verdict]} {line.promise}" + (f": {line.found}" if line.found else "")
            for line in self.lines
        ]
        return "\n".join([*said, self.summary()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [(SIGNS[x.verdict], x.promise, x.verdict, x.found) for x in self.lines]
        return verdict_table(("", "promise", "verdict", "found"), rows, self.summary())


def verdict_table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], summary: str) -> str:
    """Return a table in HTML with a sentence below it; all of it is text, nothing is markup."""

    def row(cells: tuple[str, ...], tag: str) -> str:
        made = (f"<{tag} style='text-align:left'>{html.escape(cell)}</{tag}>" for cell in cells)
        return f"<tr>{''.join(made)}</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table>{row(heads, 'th')}{body}</table><p>{html.escape(summary)}</p>"


def try_technique(
    technique: Any, table: pd.DataFrame | None = None, *, limit_s: float = LIMIT_S
) -> TrialReport:
    """Put a technique through the contract that every technique of the kit keeps.

    Parameters
    ----------
    technique : class or object
        With ``@sk.technique`` above it, or derived from ``sk.Synthesizer``.  An object gives the
        parameters to try.
    table : DataFrame, optional
        Yours; by default 300 rows with a column of every common kind.
    limit_s : float, default 20
        Seconds that each check may take.  After one that didn't end the rest is not tried; so it
        is after Ctrl-C.

    Returns
    -------
    TrialReport
        ``passed``, ``failed``, ``table()``; printed it says each promise in words.

    Raises
    ------
    ParameterError
        The technique is no technique yet, or a simulator.

    Examples
    --------
    >>> import synthkit as sk
    >>> sk.try_technique(sk.MonteCarlo).passed
    True
    """
    require_number("limit_s", limit_s, 0.01, 86_400, "seconds")
    cls = technique if inspect.isclass(technique) else type(technique)
    if not issubclass(cls, Synthesizer) or issubclass(cls, Simulator):
        what = "a simulator" if issubclass(cls, Simulator) else cls.__name__
        raise ParameterError(
            f"a technique on trial must learn from a table and be known to the kit; got {what}. "
            "Put @sk.technique above a class with fit and sample."
        )
    case = Case(_maker(technique), mixed_table() if table is None else table)
    start = time.monotonic()
    lines: list[Line] = []
    for check in CHECKS:
        stuck = bool(lines) and lines[-1].verdict in ("too slow", "not run")
        try:
            line = Line(check.says, "not run") if stuck else _tried(check, case, limit_s)
        except KeyboardInterrupt:
            line = Line(check.says, "not run", "interrupted")
        if line.found and any(earlier.found == line.found for earlier in lines):
            line = replace(line, found="the same as above")
        lines.append(line)
    return TrialReport(cls.__name__, tuple(lines), time.monotonic() - start)


def _maker(technique: Any) -> Any:
    """Return a function that makes an unfitted technique of these settings."""
    if inspect.isclass(technique):
        return technique
    settings = technique.get_params(deep=False)
    return lambda: type(technique)(**settings)


def _tried(check: Check, case: Case, limit_s: float) -> Line:
    """Run one check within its time and put what came of it into words."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            within(limit_s, lambda: check.run(case), "the check")
    except Broken as broken:
        return Line(check.says, "broken", str(broken))
    except DoesNotApply as why:
        return Line(check.says, "does not apply", str(why))
    except TookTooLongError as error:
        return Line(check.says, "too slow", str(error))
    except Exception as error:
        return Line(check.says, "raised", raised_words(error))
    return Line(check.says, "kept")


def raised_words(error: Exception) -> str:
    """Say what was raised, and in which line of the learner's own."""
    found = own_line(error.__traceback__)
    place = f" in your line {found[0]}: {found[1]}" if found and found[1] else ""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}{place} – {message}" if message else type(error).__name__ + place
