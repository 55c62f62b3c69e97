"""The bootstrap: the sample stands for the population, and is sampled again.

Read the files in this order: ``rows`` (which rows are drawn), ``statistics`` (the figure),
``design`` (the plan, checked), ``intervals`` (how sure is the figure), ``technique`` (the class
that makes tables) and ``failures`` (how it goes wrong).
"""

from synthkit.techniques.bootstrap.failures import FAILURES
from synthkit.techniques.bootstrap.intervals import (
    BootstrapInterval,
    bootstrap_interval,
    coverage,
)
from synthkit.techniques.bootstrap.rows import automatic_block_length
from synthkit.techniques.bootstrap.statistics import Quantile
from synthkit.techniques.bootstrap.technique import Bootstrap

__all__ = [
    "FAILURES",
    "Bootstrap",
    "BootstrapInterval",
    "Quantile",
    "automatic_block_length",
    "bootstrap_interval",
    "coverage",
]
