"""One glossary for the course: each term in one sentence.

The builder turns ``[[term]]`` in a lesson's prose into the term with its sentence shown on
hover; ``lesson.glossary()`` lists a lesson's terms at its end.
"""

from __future__ import annotations

from collections.abc import Sequence

from synthkit.course.report import Rows
from synthkit.errors import ParameterError

GLOSSARY: dict[str, str] = {
    "synthetic data": "Made-up rows that behave like the real ones in the ways that matter to you.",
    "Monte Carlo": "Finding a number by drawing at random many times and counting or averaging.",
    "seed": "A number that fixes all the chance in a run: the same seed gives the same run again.",
    "sample": "Values or rows drawn at random.",
    "estimate": "The answer that a sample gives to a question about the whole.",
    "error": "How far an estimate is from the truth.",
    "standard error": "The typical size of an estimate's error, over many repetitions.",
    "RMSE": "Root mean square error: square the errors, average them, take the root.",
    "log-log plot": "A plot whose axes multiply instead of adding, so that a power law is a line.",
    "marginal": "One column by itself: how its values spread, whatever the others do.",
    "joint distribution": "How all columns behave together, not one at a time.",
    "correlation": "How closely two columns move together, from −1 (against) to 1 (with).",
    "independence": "Knowing one column tells you nothing about the other.",
    "rank": "A value's place when the column is sorted, here scaled to lie between 0 and 1.",
    "quantile": "The value below which a given share of the column lies.",
    "normal distribution": "The bell curve; 'standard' if its mean is 0 and its spread is 1.",
    "normal score": "A rank turned into the value of a standard normal with the same rank.",
    "copula": "The part of a joint distribution that is left once each column is only its ranks.",
    "Cholesky factor": "A triangular matrix L with L Lᵀ = R: it gives independent draws "
    "the correlations R.",
    "importance sampling": "Draw more often where it matters and weigh each draw down for that.",
    "weight": "How much one draw counts, when not all count the same.",
    "effective sample size": "How many equally weighted draws would be worth as much as these.",
    "rare event": "Something so unlikely that a plain sample may hold none of it.",
    "tail": "The far end of a distribution, where the rare values are.",
    "held-out rows": "Real rows that the technique never saw, kept to compare with.",
    "noise band": "How much a score moves by chance alone when real is compared with real.",
    "column shapes": "How alike each column's own distribution is in the two tables, 1 is best.",
    "pair trends": "How alike the correlations of each pair of columns are, 1 is best.",
    "C2ST": "Classifier two-sample test: can a trained model tell fake rows from real? "
    "AUC 0.5: no, 1: always.",
    "AUC": "The chance that a model ranks a fake row above a real one: 0.5 is guessing.",
    "indicator": "The one figure that tells whether a failure is there.",
    "dial": "The one setting that makes a failure come and go.",
}


def gloss(term: str) -> str:
    """Return a term's sentence.

    Raises
    ------
    ParameterError
        If the glossary does not have it.
    """
    if term not in GLOSSARY:
        raise ParameterError(f"term must be in the glossary; got {term!r}. Add a sentence for it.")
    return GLOSSARY[term]


def gloss_table(terms: Sequence[str]) -> Rows:
    """Return terms and their sentences as a table."""
    return Rows(("term", "in one sentence"), tuple((term, gloss(term)) for term in terms))
