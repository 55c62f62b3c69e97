"""Who is still found in a masked table: singling out, linkage, homogeneity; two failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.datasets import load
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState
from synthkit.techniques.masking.generalise import fit_generaliser
from synthkit.techniques.masking.plan import Plan, Rule
from synthkit.trace import Mark, Trace, View, bars, custom

FACTS = ("sex", "class", "age")  # what an acquaintance knows of a passenger
SECRET = "survived"  # what the table tells once a passenger is found
HOMOGENEITY_K = 5


def group_sizes(table: pd.DataFrame, facts: Sequence[str]) -> NDArray[np.int64]:
    """Return for each row how many rows share its ``facts`` (n,); missing counts as a value."""
    if not facts:
        return np.full(len(table), len(table))
    codes = table.groupby(list(facts), dropna=False, sort=False, observed=True).ngroup().to_numpy()
    return np.bincount(codes)[codes]


def singled_out(table: pd.DataFrame, facts: Sequence[str]) -> float:
    """Return the share of rows that nobody shares their ``facts`` with.

    Examples
    --------
    >>> table = pd.DataFrame({"sex": list("FFM"), "age": [30, 30, 41]})
    >>> round(singled_out(table, ["sex", "age"]), 3)
    0.333
    """
    return float((group_sizes(table, facts) == 1).mean())


def candidates(table: pd.DataFrame, known: Mapping[str, Any]) -> NDArray[np.int64]:
    """Return the rows that agree with what an attacker knows of one person."""
    fits = np.ones(len(table), dtype=bool)
    for column, value in known.items():
        fits &= (table[column] == value).to_numpy(dtype=bool)
    return np.flatnonzero(fits)


def homogeneous_rows(
    table: pd.DataFrame, facts: Sequence[str], secret: str
) -> NDArray[np.bool_]:
    """Say of which rows the ``facts`` tell the secret, since all who share them have the same."""
    codes = table.groupby(list(facts), dropna=False, sort=False, observed=True).ngroup()
    different = table.groupby(codes.to_numpy())[secret].nunique(dropna=False)
    return different.to_numpy()[codes.to_numpy()] == 1


def uniqueness(n: int, cells: float) -> float:
    r"""Return the expected share of unique people if ``n`` fall evenly into ``cells`` boxes.

    :math:`(1 - 1/K)^{N-1}`; with K = 57,709 (365 days × 2 sexes × 79 years of age) and
    N = 10,000 people in a postcode it is .841.
    """
    return float((1 - 1 / cells) ** (n - 1))


def blurred(table: pd.DataFrame, facts: Sequence[str], k: int, l: int = 1, secret: str = "",
            show: str = "representative") -> pd.DataFrame:
    """Return the table with its ``facts`` generalised to groups of ``k`` rows or more."""
    rules = {n: Rule("generalise" if n in facts else "keep") for n in map(str, table.columns)}
    plan = Plan(rules, k=k, l=l, sensitive=secret, show=show)
    cells, _ = fit_generaliser(table, plan).apply(table)
    return table.assign(**cells)


# --- the failures ---------------------------------------------------------------------------------


def _cards(exposed: NDArray[np.bool_], label: str) -> list[Mark]:
    return [custom("cards", role="broken", label=label, lit=exposed)]


def _sizes(size: NDArray[np.int64]) -> list[Mark]:
    names = ["1", "2–4", "5–9", "10–49", "50+"]
    edges = [1, 2, 5, 10, 50, np.inf]
    return [bars(names, np.histogram(size, edges)[0], role="real", label="passengers")]


def _views(question: str) -> tuple[View, View]:
    return (
        View("cards", "cards", question, "one card for each passenger"),
        View("sizes", "histogram", "How many others look the same?",
             "people with the same facts", "passengers"),
    )


def _passengers() -> pd.DataFrame:
    return load("titanic").drop(columns="name")


def _reidentification(value: DialValue, rng: RandomState) -> Trace:
    """Titanic's passengers, names off, in groups of ``value``: whom do three facts single out?"""
    k = int(value)
    trace = Trace(
        name="masking.reidentification",
        seed=rng,
        parameters={"k": k},
        views=_views("Who is still alone once the names are gone?"),
        code=f"facts = {list(FACTS)}\nsingled_out(blurred(passengers, facts, k={k}), facts)",
    )
    masked = blurred(_passengers(), FACTS, k)
    for known in range(len(FACTS) + 1):
        size = group_sizes(masked, FACTS[:known])
        alone = size == 1
        facts = ", ".join(FACTS[:known]) or "nothing"
        trace.append(
            known,
            {"cards": _cards(alone, "found"), "sizes": _sizes(size)},
            scalars={"singled_out": alone.mean(), "found": alone.sum(), "smallest": size.min()},
            sentence=f"Knowing {facts}: {alone.sum():,} of {len(size):,} passengers are found "
            f"(groups of k = {k}).",
        )
    return trace


def _homogeneity(value: DialValue, rng: RandomState) -> Trace:
    """Group five passengers or more: of whom is it told all the same whether they survived?"""
    l = int(value)
    trace = Trace(
        name="masking.homogeneity",
        seed=rng,
        parameters={"k": HOMOGENEITY_K, "l": l},
        views=_views("Whose fate is told although nobody is found?"),
        code=f"masked = blurred(passengers, {list(FACTS)}, k={HOMOGENEITY_K}, l={l}, "
        f"secret={SECRET!r})",
    )
    masked = blurred(_passengers(), FACTS, HOMOGENEITY_K, l, SECRET)
    for known in range(1, len(FACTS) + 1):
        told = homogeneous_rows(masked, FACTS[:known], SECRET)
        size = group_sizes(masked, FACTS[:known])
        trace.append(
            known,
            {"cards": _cards(told, "secret told"), "sizes": _sizes(size)},
            scalars={"secret_told": told.mean(), "smallest": size.min()},
            sentence=f"Knowing {', '.join(FACTS[:known])}: the fate of {told.sum():,} of "
            f"{len(told):,} passengers is told (k = {HOMOGENEITY_K}, l = {l}).",
        )
    return trace


FAILURES = (
    Failure(
        name="masking.reidentification",
        title="The names are gone, the people are not",
        story="Removing names leaves sex, class and age, and for many a passenger nobody else has "
        "the same three. Whoever knows them from elsewhere finds the row, and reads the rest.",
        dial=Dial("k", "people in the smallest group, k", (1, 2, 5, 10, 50), 10),
        run=_reidentification,
        indicator=lambda trace: trace.last("singled_out"),
        indicator_label="share of passengers singled out by three facts",
        threshold=0.01,
        broken_when="above",
        broken_at=1,
        repair=Repair(5, "Blur the facts until at least five passengers share each combination."),
    ),
    Failure(
        name="masking.homogeneity",
        title="Nobody is found, and the secret is told all the same",
        story="Each group has five passengers or more, but in some all of them share one fate. To "
        "know the group is then enough: k counts people, not secrets.",
        dial=Dial("l", "different fates in each group, l", (1, 2), 2),
        run=_homogeneity,
        indicator=lambda trace: trace.last("secret_told"),
        indicator_label="share of passengers whose fate their group tells",
        threshold=0.01,
        broken_when="above",
        broken_at=1,
        repair=Repair(2, "Cut a group only where both halves keep two different fates."),
    ),
)
