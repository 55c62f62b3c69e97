"""Masking: identifiers replaced by keyed or invented values, descriptions blurred to groups of k.

Read in this order: ``masker`` (the technique), ``plan`` and ``propose`` (what happens to each
column, and why), ``actions`` (how), then the mathematics: ``pseudonyms`` (keys and hashes),
``ff1`` (encryption that keeps the format), ``mondrian`` (groups of k), ``risk`` (who is still
found).
"""

from synthkit.techniques.masking.ff1 import FF1
from synthkit.techniques.masking.masker import Masker, mask_tables
from synthkit.techniques.masking.mondrian import Partition, mondrian
from synthkit.techniques.masking.plan import ACTIONS, Plan, Rule
from synthkit.techniques.masking.propose import propose
from synthkit.techniques.masking.pseudonyms import MaskingKey, Vault
from synthkit.techniques.masking.risk import (
    FAILURES,
    blurred,
    candidates,
    homogeneous_rows,
    singled_out,
    uniqueness,
)
from synthkit.techniques.masking.values import invent_people

__all__ = [
    "ACTIONS", "FAILURES", "FF1", "Masker", "MaskingKey", "Partition", "Plan", "Rule", "Vault",
    "blurred", "candidates", "homogeneous_rows", "invent_people", "mask_tables", "mondrian",
    "propose", "singled_out", "uniqueness",
]
