"""Which settings a Perturbation accepts, and what it says about the others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from synthkit.errors import ParameterError
from synthkit.techniques.perturbation import plain, private
from synthkit.techniques.perturbation.ledger import PrivacyLedger
from synthkit.techniques.perturbation.mechanisms import check_delta, check_epsilon

if TYPE_CHECKING:
    from synthkit.techniques.perturbation.perturbation import Perturbation

METHODS = {**plain.METHODS, **private.METHODS}
MAX_BINS = 1_000


def check_parameters(p: Perturbation) -> None:
    """Raise ParameterError for a setting outside its range."""
    _check(p.method in METHODS, "method", f"one of {', '.join(METHODS)}", p.method, "Choose one.")
    cure = "0.25 adds half a standard deviation."
    _check(_number(p.noise_ratio) and 0 <= p.noise_ratio < math.inf, "noise_ratio",
           "a finite number >= 0", p.noise_ratio, cure)  # fmt: skip
    _check(_whole(p.group_size) and p.group_size >= 2, "group_size", "a whole number >= 2",
           p.group_size, "5 rows share an average by default.")  # fmt: skip
    _check(_number(p.window) and 0 < p.window <= 1, "window", "in (0, 1]", p.window,
           "0.1 lets a value travel a tenth of the ranks.")  # fmt: skip
    _check(_number(p.change) and 0 <= p.change <= 1, "change", "in [0, 1]", p.change,
           "0.2 draws one level in five anew.")  # fmt: skip
    _check(_whole(p.bins) and 2 <= p.bins <= MAX_BINS, "bins", f"a whole number 2 to {MAX_BINS}",
           p.bins, "More bins show more, and are noisier.")  # fmt: skip
    shared = p.ledger is None or isinstance(p.ledger, PrivacyLedger)
    _check(shared, "ledger", "a PrivacyLedger or None", p.ledger, "Make one with its budget.")
    check_epsilon(p.epsilon)
    check_delta(p.delta, positive=p.method == "gaussian")


def _check(holds: bool, name: str, rule: str, got: object, cure: str) -> None:
    if not holds:
        raise ParameterError(f"{name} must be {rule}; got {got!r}. {cure}")


def _number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
