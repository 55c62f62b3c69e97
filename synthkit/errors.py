"""The error and warning types of the kit.

Each message reads "<what> must be <rule>; got <value>. <what to do>" and names
the column where there is one.  All derive from ValueError or RuntimeError, so
that ``except ValueError`` in a user's code keeps working.
"""

from __future__ import annotations


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


class MissingExtraError(SynthkitError, ImportError):
    """An optional package is absent: the message gives the command that brings it."""


class DataWarning(UserWarning):
    """A table is usable, but something about it deserves a look."""
