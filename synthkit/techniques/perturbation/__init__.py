"""Perturbation and differential privacy: noise that hides, and what it costs.

Read the files in this order: ``noise`` (additive, multiplicative, Kim), ``microaggregation``
(MDAV), ``swapping`` (rank swapping, PRAM, rounding), ``mechanisms`` and ``noise_sources``
(differential privacy), ``ledger`` (what was spent), ``group_means`` and ``dp_marginals`` (what it
is spent on), ``attacks`` (who is re-linked all the same), and ``perturbation`` (the class).
"""

from synthkit.techniques.perturbation.ledger import BudgetError, PrivacyLedger
from synthkit.techniques.perturbation.perturbation import Perturbation

__all__ = ["BudgetError", "Perturbation", "PrivacyLedger"]
