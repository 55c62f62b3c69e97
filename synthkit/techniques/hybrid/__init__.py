"""Hybrids: a generative core, then statistics that mend its details.

Read the files in this order: ``composer`` (how the parts act together), then the refinements,
one file each: ``ranks`` (quantile match), ``tails`` (outliers back), ``raking`` (known totals),
``weights`` (classifier rejection), ``projection`` (sums that add up), ``rules`` (business rules
with learned residuals); ``constraints`` (what must hold) and ``failures`` (how it goes wrong).
"""

from synthkit.techniques.hybrid.composer import Hybrid
from synthkit.techniques.hybrid.constraints import Linear, Ordered, Range, Totals
from synthkit.techniques.hybrid.failures import FAILURES
from synthkit.techniques.hybrid.normal_core import NormalCore
from synthkit.techniques.hybrid.projection import LinearProjection, project
from synthkit.techniques.hybrid.raking import Raking, rake
from synthkit.techniques.hybrid.ranks import QuantileMatch, quantile_match
from synthkit.techniques.hybrid.refinement import Refinement
from synthkit.techniques.hybrid.rules import BusinessRule
from synthkit.techniques.hybrid.tails import ParetoTails, fit_pareto
from synthkit.techniques.hybrid.weights import ClassifierWeights, effective_sample_size

Hybrid.failures = FAILURES

__all__ = [
    "FAILURES",
    "BusinessRule",
    "ClassifierWeights",
    "Hybrid",
    "Linear",
    "LinearProjection",
    "NormalCore",
    "Ordered",
    "ParetoTails",
    "QuantileMatch",
    "Raking",
    "Range",
    "Refinement",
    "Totals",
    "effective_sample_size",
    "fit_pareto",
    "project",
    "quantile_match",
    "rake",
]
