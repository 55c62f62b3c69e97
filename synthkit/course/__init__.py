"""The course: what a lesson's notebook needs, in one import."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthkit.course.lesson import Lesson

__all__ = ["Lesson"]


def __getattr__(name: str) -> Any:
    """Import the lesson engine when it is asked for: the command line needs only the catalog."""
    if name == "Lesson":
        return importlib.import_module("synthkit.course.lesson").Lesson
    raise AttributeError(f"module 'synthkit.course' has no attribute {name!r}")
