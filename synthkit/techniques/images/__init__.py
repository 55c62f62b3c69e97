"""Labelled images drawn by a program.

Read the files in this order: ``drawing`` (a digit, and what each knob does to it), ``technique``
(the class) and ``failures``.
"""

from synthkit.techniques.images.failures import FAILURES
from synthkit.techniques.images.technique import Images

__all__ = ["FAILURES", "Images"]
