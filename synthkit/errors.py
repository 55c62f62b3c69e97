"""The error and warning types of the kit.

Each message reads "<what> must be <rule>; got <value>. <what to do>" and names
the column where there is one.  All derive from ValueError or RuntimeError, so
that ``except ValueError`` in a user's code keeps working.
"""

from __future__ import annotations

import math
import numbers


class SynthkitError(Exception):
    """Base of every error that the kit raises on purpose."""


class DataError(SynthkitError, ValueError):
    """A table is not what it must be: the message names the column and the cure."""


class ParameterError(SynthkitError, ValueError):
    """An argument is outside its range: the message gives the range."""


class NotFittedError(SynthkitError, ValueError, AttributeError):
    """``sample`` or ``transform`` was called before ``fit``."""


class DamagedFileError(SynthkitError, RuntimeError):
    """A saved file is truncated, changed or not ours; nothing in it was executed."""


class DivergedError(SynthkitError, RuntimeError):
    """Training left the numbers: the message names the step and the likely cause."""


class TookTooLongError(SynthkitError, RuntimeError):
    """A call did not end within its time: the message says whether it could be stopped."""


class MissingExtraError(SynthkitError, ImportError):
    """An optional package is absent: the message gives the command that brings it."""


class DataWarning(UserWarning):
    """A table is usable, but something about it deserves a look."""


def require_number(
    name: str, value: object, low: float, high: float, unit: str = "", *, cure: str = ""
) -> None:
    """Raise ParameterError unless ``value`` is a number from ``low`` to ``high`` (both allowed)."""
    fits = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not (fits and low <= float(value) <= high):  # type: ignore[arg-type]
        _refuse(name, value, f"a number {_span(low, high, unit)}", cure)


def require_whole(
    name: str, value: object, low: int, high: float, unit: str = "", *, cure: str = ""
) -> None:
    """Raise ParameterError unless ``value`` is a whole number from ``low`` to ``high``."""
    fits = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not (fits and low <= int(value) <= high):  # type: ignore[call-overload]
        _refuse(name, value, f"a whole number {_span(low, high, unit)}", cure)


def require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise ParameterError unless ``value`` is one of the choices."""
    if value not in choices:
        _refuse(name, value, f"one of {', '.join(choices)}", "Choose one.")


def _span(low: float, high: float, unit: str) -> str:
    span = f"of {low:,.8g} or more" if math.isinf(high) else f"from {low:,.8g} to {high:,.8g}"
    return f"{span} {unit}".rstrip()


def _refuse(name: str, value: object, rule: str, cure: str) -> None:
    cure = cure or "Choose a value in that range."
    raise ParameterError(f"{name} must be {rule}; got {value!r}. {cure}")
