r"""First digits: a quick look at whether made-up amounts are spread like real ones.

1. Benford: of amounts that spread over several powers of ten, a share
   :math:`p_d = \log_{10}(1 + 1/d)` begins with the digit d
2. distance: the mean absolute deviation (MAD) of the nine shares from these

A lognormal amount comes close as soon as it is wide enough: its MAD is .052 to .056 at a spread
:math:`\sigma = .5` on the log scale (it depends on the median), .0034 at 1 and far below that at
1.5.  Above .015 auditors look twice.

When it fails: prices of one shop, or amounts between a floor and a ceiling, need not follow it.

Reference: Nigrini (2012), Benford's Law, chapter 7 (the bounds of the MAD).
"""

from __future__ import annotations

import numpy as np

DIGITS = np.arange(1, 10)
BENFORD = np.log10(1 + 1 / DIGITS)  # Eq. 1
SUSPICIOUS = 0.015  # Nigrini: first digits above this MAD do not conform


def first_digits(amounts: np.ndarray) -> np.ndarray:
    """Return the first digit of each amount (n,) above 0."""
    scaled = amounts / 10.0 ** np.floor(np.log10(amounts))
    return np.asarray(np.clip(scaled.astype(np.int64), 1, 9))


def benford_mad(amounts: np.ndarray) -> float:
    """Return the mean absolute deviation of the first digits' shares from Benford's."""
    digits = first_digits(np.asarray(amounts, dtype=np.float64))
    shares = np.bincount(digits, minlength=10)[1:] / len(digits)
    return float(np.abs(shares - BENFORD).mean())  # Eq. 2
