"""Perturbation and differential privacy: noise that hides, and what it costs.

Read the files in this order: ``noise`` (additive, multiplicative, Kim), ``microaggregation``
(MDAV), ``swapping`` (rank swapping, PRAM, rounding), ``mechanisms`` and ``noise_sources``
(differential privacy), ``ledger`` (what was spent), ``dp_marginals`` (a whole table from noisy
counts), ``attacks`` (who is re-linked all the same), and ``perturbation`` (the class).
"""
