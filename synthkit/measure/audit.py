r"""Audit a claimed ε from outside: a lower bound from nothing but the mechanism's outputs.

Differential privacy promises for neighbouring inputs and any event E

$$P[M(D) \in E] \le e^{\varepsilon}\, P[M(D') \in E] + \delta \tag{1}$$

So run the mechanism many times on both inputs, choose E on the first half of the
outputs, and bound both probabilities on the second half (Clopper & Pearson): with
confidence 1 − α

$$\varepsilon \ge \ln\frac{\underline{p} - \delta}{\overline{q}} \tag{2}$$

A bound above the claim proves the claim wrong.  A bound below it proves nothing:
another event, or another pair of inputs, may show more.

References
----------
Ding et al., Detecting violations of differential privacy, CCS 2018.  Jagielski et al.,
Auditing differentially private machine learning, NeurIPS 2020.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthkit.errors import ParameterError
from synthkit.measure.intervals import clopper_pearson

CONFIDENCE = 0.999
CUTS = 200  # thresholds tried on the first half
MIN_RUNS = 100


@dataclass(frozen=True)
class EpsilonAudit:
    """The bound, the event that gave it, and whether the claim is refuted.

    ``event`` reads for instance ``"output >= 1.5 (more likely on the first input)"``.
    """

    lower_bound: float
    claimed: float
    delta: float
    confidence: float
    event: str
    runs: int

    @property
    def violated(self) -> bool:
        """Whether the outputs refute the claim at this confidence."""
        return self.lower_bound > self.claimed


def audit_epsilon(
    outputs: np.ndarray,
    neighbour_outputs: np.ndarray,
    claimed: float,
    delta: float = 0.0,
    confidence: float = CONFIDENCE,
) -> EpsilonAudit:
    """Bound ε from below.

    Parameters
    ----------
    outputs, neighbour_outputs : ndarray, shape (n,)
        Independent runs of the mechanism on two neighbouring inputs, one number each.
    claimed : float
        The ε that is claimed, > 0.
    delta : float
        The δ that is claimed, in [0, 1).
    confidence : float
        Probability that the bound holds; both Clopper–Pearson bounds share the rest.

    Raises
    ------
    ParameterError
        Fewer than 100 runs, outputs that aren't finite, or a parameter outside its range.
    """
    first, second = _checked_runs(outputs), _checked_runs(neighbour_outputs)
    if not (np.isfinite(claimed) and claimed > 0):
        raise ParameterError(f"claimed must be a finite number > 0; got {claimed!r}.")
    if not 0 <= delta < 1 or not 0 < confidence < 1:
        raise ParameterError(
            f"delta must lie in [0, 1) and confidence in (0, 1); got {delta!r}, {confidence!r}."
        )
    half = min(len(first), len(second)) // 2
    likely, rare, cut, above = _best_event(first[:half], second[:half], delta)
    pair = (first[half:], second[half:])
    # Each two-sided interval leaves (1 − confidence) / 2 on the side that counts: together 1 − c.
    p = clopper_pearson(_count(pair[likely], cut, above), len(pair[likely]), confidence)
    q = clopper_pearson(_count(pair[rare], cut, above), len(pair[rare]), confidence)
    bound = float(np.log((p.low - delta) / q.high)) if p.low > delta else 0.0  # Eq. 2
    where = "first" if likely == 0 else "second"
    event = f"output {'>=' if above else '<='} {cut:.6g} (more likely on the {where} input)"
    return EpsilonAudit(
        max(bound, 0.0), claimed, delta, confidence, event, min(len(first), len(second))
    )


def _checked_runs(outputs: np.ndarray) -> np.ndarray:
    runs = np.asarray(outputs, dtype=np.float64).ravel()
    if len(runs) < MIN_RUNS or not np.isfinite(runs).all():
        raise ParameterError(
            f"outputs must be at least {MIN_RUNS} finite numbers for each input; got "
            f"{len(runs)} with {int((~np.isfinite(runs)).sum())} not finite. Run it more often."
        )
    return runs


def _best_event(
    first: np.ndarray, second: np.ndarray, delta: float
) -> tuple[int, int, float, bool]:
    """Choose the tail event with the largest cautious estimate of Eq. 2."""
    cuts = np.unique(np.quantile(np.concatenate([first, second]), np.linspace(0, 1, CUTS)))
    n = len(first)
    best = (-np.inf, 0, 1, float(cuts[0]), True)
    for above in (True, False):
        shares = [_shares(side, cuts, above) for side in (first, second)]
        for likely, rare in ((0, 1), (1, 0)):
            # Two standard errors off each share, so that a rare event isn't chosen by luck.
            p, q = shares[likely], shares[rare]
            low = p - 2 * np.sqrt(p * (1 - p) / n) - delta
            high = q + 2 * np.sqrt(q * (1 - q) / n) + 4 / n
            gain = np.where(low > 0, np.log(np.maximum(low, 1e-300) / high), -np.inf)
            i = int(gain.argmax())
            best = max(best, (float(gain[i]), likely, rare, float(cuts[i]), above))
    return best[1], best[2], best[3], best[4]


def _shares(side: np.ndarray, cuts: np.ndarray, above: bool) -> np.ndarray:
    ordered = np.sort(side)
    if above:
        return 1 - np.searchsorted(ordered, cuts, side="left") / len(side)
    return np.asarray(np.searchsorted(ordered, cuts, side="right") / len(side))


def _count(side: np.ndarray, cut: float, above: bool) -> int:
    return int((side >= cut).sum() if above else (side <= cut).sum())
