r"""The privacy ledger: every epsilon that was spent, and what they cost together.

Releases about the same people add up.  Three ways to add, from plain to sharp:

    basic       eps = sum eps_i,   delta = sum delta_i                       (Eq. 1)
    advanced    k releases at eps_0:
                eps = eps_0 sqrt(2k log(1/delta')) + k eps_0 (e^eps_0 - 1)   (Eq. 2)
    zCDP        rho = sum rho_i, and then once, for the whole:               (Eq. 3)
                eps = rho + 2 sqrt(rho log(1/delta))                         (Eq. 4)

A release costs, in zCDP,

    Gaussian noise            rho = Delta^2 / 2 sigma^2                      (Eq. 5)
    anything eps-DP           rho = eps^2 / 2                                (Eq. 6)
    the exponential mechanism rho = eps^2 / 8                                (Eq. 7)

and Eq. 4 has a sharper form, the least over alpha > 1 of

    eps = alpha rho + log(1 / alpha delta) / (alpha - 1) + log(1 - 1/alpha)  (Eq. 8)

Gaussian releases compose exactly: together they are one with
1 / sigma^2 = sum 1 / sigma_i^2 (each sigma_i for sensitivity 1)             (Eq. 9)

The ledger takes the smaller of two valid totals: zCDP for everything (Eq. 3, 8), or the
sum of the pure releases plus the exact cost of all Gaussian ones (Eq. 1, 9).
``total(accountant="pld")`` asks Google's dp-accounting (extra ``privacy``), which is
sharper still and serves as the oracle of the tests.

Where this differs from the papers: nothing is optimised while it is being spent.  zCDP
filters stay valid where later releases depend on earlier answers (Whitehouse et al. 2023).

When it fails: a ledger only knows what it is told.  A plot shown to a colleague, a bound read
off the data, a second table on the same people: each is a release as well.

References
----------
C. Dwork, G. Rothblum, S. Vadhan, "Boosting and differential privacy", FOCS 2010 (Eq. 2).
M. Bun and T. Steinke, "Concentrated differential privacy", TCC 2016 (Eq. 3-6).
M. Cesar and R. Rogers, "Bounding, concentrating, and truncating", ALT 2021 (Eq. 7).
C. Canonne, G. Kamath, T. Steinke, "The discrete Gaussian", NeurIPS 2020 (Eq. 8).
J. Whitehouse et al., "Fully-adaptive composition in differential privacy", ICML 2023.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd
from scipy import optimize

from synthkit.errors import MissingExtraError, ParameterError
from synthkit.techniques.perturbation.mechanisms import (
    check_delta,
    check_epsilon,
    check_sensitivity,
    gaussian_epsilon,
)

Accountant = Literal["best", "basic", "zcdp", "pld"]

# A budget split into shares and added up again may exceed itself by rounding: by no more than this.
ROUNDING = 1e-9


class BudgetError(ParameterError):
    """A release would overdraw the ledger; nothing was released."""


# --- composition, one equation each -----------------------------------------------------------


def basic_composition(epsilon: float, releases: int) -> float:
    """Return the total of k equal releases by adding up (Eq. 1)."""
    return releases * epsilon  # Eq. 1


def advanced_composition(epsilon: float, releases: int, delta: float) -> float:
    """Return the total of k releases that are each eps_0-DP, at delta' (Eq. 2)."""
    root = math.sqrt(2 * releases * math.log(1 / check_delta(delta, positive=True)))
    return epsilon * root + releases * epsilon * math.expm1(epsilon)  # Eq. 2


def gaussian_rho(sigma: float, sensitivity: float = 1.0) -> float:
    """Return what Gaussian noise costs in zCDP (Eq. 5)."""
    return sensitivity**2 / (2 * sigma**2)  # Eq. 5


def simple_zcdp_epsilon(rho: float, delta: float) -> float:
    """Turn rho-zCDP into eps at ``delta`` by the formula one can do by hand (Eq. 4)."""
    return rho + 2 * math.sqrt(rho * math.log(1 / check_delta(delta, positive=True)))  # Eq. 4


def zcdp_epsilon(rho: float, delta: float) -> float:
    """Turn rho-zCDP into eps at ``delta``, sharply (Eq. 8).

    Examples
    --------
    >>> round(simple_zcdp_epsilon(0.0213, 1e-5), 2), round(zcdp_epsilon(0.0213, 1e-5), 2)
    (1.01, 0.82)
    """
    delta = check_delta(delta, positive=True)
    if rho <= 0:
        return 0.0

    def epsilon(log_gap: float) -> float:  # every alpha gives a valid bound, so any search is safe
        gap = math.exp(log_gap)  # alpha - 1
        alpha = 1 + gap
        return (
            alpha * rho + math.log(1 / (alpha * delta)) / gap + math.log1p(-1 / alpha)
        )  # Eq. 8

    best = optimize.minimize_scalar(epsilon, bounds=(-12.0, 24.0), method="bounded")
    return max(0.0, min(float(best.fun), simple_zcdp_epsilon(rho, delta)))


def zcdp_budget(epsilon: float, delta: float) -> float:
    """Return the largest rho whose cost at ``delta`` is at most ``epsilon``."""
    epsilon = check_epsilon(epsilon)
    low, high = 0.0, epsilon + 1.0  # Eq. 8 never falls below rho - 1
    while zcdp_epsilon(high, delta) < epsilon:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if zcdp_epsilon(middle, delta) <= epsilon else (low, middle)
    return low


# --- one line of the ledger -------------------------------------------------------------------


@dataclass(frozen=True)
class Expense:
    """One release: what it was for, and what it costs alone.

    Parameters
    ----------
    what : str
        In the reader's words: ``"bounds of age"``.
    mechanism : str
        ``laplace``, ``gaussian``, ``choice``, ``randomised response`` or ``threshold``.
    epsilon : float
        Of a pure release; 0 for Gaussian noise, which has no eps without a delta.
    delta : float
        The release's own chance of failing altogether (only ``threshold`` has one).
    rho : float
        The cost in zCDP.
    sigma : float
        The noise of a Gaussian release, for sensitivity 1; 0 for the others.
    """

    what: str
    mechanism: str
    epsilon: float = 0.0
    delta: float = 0.0
    rho: float = 0.0
    sigma: float = 0.0


def pure_expense(what: str, mechanism: str, epsilon: float, delta: float = 0.0) -> Expense:
    """Return the line for a release that is eps-DP (but for probability ``delta``)."""
    return Expense(what, mechanism, check_epsilon(epsilon), check_delta(delta), epsilon**2 / 2)


def choice_expense(what: str, epsilon: float) -> Expense:
    """Return the line for one draw of the exponential mechanism (Eq. 7)."""
    return Expense(what, "choice", check_epsilon(epsilon), rho=epsilon**2 / 8)  # Eq. 7


def gaussian_expense(what: str, sigma: float, sensitivity: float = 1.0) -> Expense:
    """Return the line for Gaussian noise (Eq. 5)."""
    sigma = check_sensitivity(sigma) / check_sensitivity(sensitivity)
    return Expense(what, "gaussian", rho=gaussian_rho(sigma), sigma=sigma)


# --- the ledger -------------------------------------------------------------------------------


class PrivacyLedger:
    """A budget (epsilon, delta) and everything that was spent of it.

    Parameters
    ----------
    epsilon : float > 0
    delta : float in [0, 1), default 0
        With 0 only pure releases (Laplace, choice, randomised response) can be paid.

    Examples
    --------
    >>> ledger = PrivacyLedger(epsilon=1.0)
    >>> ledger.charge(pure_expense("bounds of age", "laplace", 0.25))
    >>> ledger.total(), ledger.remaining()
    (0.25, 0.75)
    """

    def __init__(self, epsilon: float, delta: float = 0.0) -> None:
        self.epsilon = check_epsilon(epsilon)
        self.delta = check_delta(delta)
        self.expenses: tuple[Expense, ...] = ()

    def charge(self, *expenses: Expense) -> None:
        """Enter all of these releases, or none of them.  Call it before any noise is drawn.

        Raises
        ------
        BudgetError
            If they would overdraw the ledger; it stays as it was.
        """
        before, after = self.total(), self._total((*self.expenses, *expenses), "best")
        if after > self.epsilon * (1 + ROUNDING):
            names = ", ".join(repr(e.what) for e in expenses[:3]) + (" …" * (len(expenses) > 3))
            raise BudgetError(
                f"the total spent must be at most epsilon={self.epsilon:g} at delta="
                f"{self.delta:g}; got {_shown(after)} with {names} (spent so far: {before:.4g}). "
                "Nothing was released. Ask for less, add more noise, or agree on a larger budget."
            )
        self.expenses = (*self.expenses, *expenses)

    def total(self, accountant: Accountant = "best") -> float:
        """Return the epsilon spent so far, at the ledger's delta (inf where it can't be paid).

        Parameters
        ----------
        accountant : 'best', 'basic', 'zcdp' or 'pld'
            'best' is the smaller of 'basic' and 'zcdp', and is what ``charge`` enforces.
        """
        return self._total(self.expenses, accountant)

    def remaining(self) -> float:
        """Return epsilon - total: what one more pure release could cost by adding up."""
        return max(self.epsilon - self.total(), 0.0)

    def _total(self, expenses: tuple[Expense, ...], accountant: Accountant) -> float:
        if accountant not in ("best", "basic", "zcdp", "pld"):
            raise ParameterError(
                f"accountant must be 'best', 'basic', 'zcdp' or 'pld'; got {accountant!r}. "
                "'best' needs no extra package."
            )
        if not expenses:
            return 0.0
        delta = self.delta - math.fsum(e.delta for e in expenses)  # what is left to convert with
        if delta < -ROUNDING * self.delta:
            return math.inf
        delta = delta if delta > ROUNDING * self.delta else 0.0  # spent to the last bit
        if accountant == "pld":
            return _pld_total(expenses, delta)
        basic = _grouped_total(expenses, delta)
        if accountant == "basic":
            return basic
        rho = math.fsum(e.rho for e in expenses)  # Eq. 3
        zcdp = zcdp_epsilon(rho, delta) if delta > 0 else math.inf
        return zcdp if accountant == "zcdp" else min(basic, zcdp)

    def table(self) -> pd.DataFrame:
        """Return one row a release, with the running total of epsilon."""
        rows = [
            {**asdict(e), "total": self._total(self.expenses[: i + 1], "best")}
            for i, e in enumerate(self.expenses)
        ]
        return pd.DataFrame(rows, columns=[*Expense.__dataclass_fields__, "total"])

    def to_dict(self) -> dict[str, Any]:
        """Return the ledger as plain values, for JSON."""
        lines = [asdict(e) for e in self.expenses]
        return {"epsilon": self.epsilon, "delta": self.delta, "expenses": lines}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PrivacyLedger:
        """Return the ledger that ``to_dict`` wrote."""
        ledger = cls(values["epsilon"], values["delta"])
        ledger.expenses = tuple(Expense(**line) for line in values["expenses"])
        return ledger

    def __repr__(self) -> str:
        return (
            f"<PrivacyLedger: {self.total():.4g} of epsilon={self.epsilon:g} spent "
            f"at delta={self.delta:g}, {len(self.expenses)} release(s)>"
        )


def _shown(total: float) -> str:
    return f"{total:.4g}" if math.isfinite(total) else "a release that needs a larger delta"


def _grouped_total(expenses: tuple[Expense, ...], delta: float) -> float:
    """Add up the pure releases, and compose the Gaussian ones exactly (Eq. 1, 9)."""
    pure = math.fsum(e.epsilon for e in expenses)  # Eq. 1
    precision = math.fsum(1 / e.sigma**2 for e in expenses if e.sigma > 0)
    if precision == 0:
        return pure
    if delta == 0:
        return math.inf
    return pure + gaussian_epsilon(1 / math.sqrt(precision), delta)  # Eq. 9


def _pld_total(expenses: tuple[Expense, ...], delta: float) -> float:
    """Ask dp-accounting: privacy loss distributions, composed by convolution.

    A choice or a randomised response counts as any release that is eps-DP: Eq. 7 is not used.
    """
    try:
        from dp_accounting.pld import common
        from dp_accounting.pld import privacy_loss_distribution as pld
    except ImportError as error:
        raise MissingExtraError(
            "accountant='pld' needs the package 'dp-accounting', which is not installed. "
            "Run: pip install 'synthkit-lab[privacy]'"
        ) from error
    total = pld.identity()
    for e in expenses:
        if e.sigma > 0:
            one = pld.from_gaussian_mechanism(e.sigma)
        elif e.mechanism == "laplace":
            one = pld.from_laplace_mechanism(1 / e.epsilon)
        else:
            one = pld.from_privacy_parameters(common.DifferentialPrivacyParameters(e.epsilon, 0.0))
        total = total.compose(one)
    return float(total.get_epsilon_for_delta(delta))
