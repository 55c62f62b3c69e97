"""Lesson 03: cards that fall, tables that light up, a linkage attack, and the look inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.course.inside import Inside, Panel, Term
from synthkit.datasets import load
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.masking import Plan, Rule, values
from synthkit.techniques.masking.generalise import Generaliser, fit_generaliser
from synthkit.techniques.masking.mondrian import mondrian
from synthkit.techniques.masking.risk import candidates
from synthkit.trace import Mark, Trace, View, custom, line

#: The two facts that an acquaintance knows.
KNOWN = ("class", "age")
#: Whom to look for: the last one shares both facts with many others.
PEOPLE = {
    "Eva Hart": "Hart, Miss Eva Miriam",
    "Edward Crosby": "Crosby, Captain Edward Gifford",
    "Owen Braund": "Braund, Mr Owen Harris",
}
ATTACKED = (*PEOPLE.values(), "Straus, Mr Isidor")
BYSTANDERS = 4  # further rows of the published table in the picture


def passengers() -> pd.DataFrame:
    """Return the 1,313 passengers with their names, ages missing where nobody knew them."""
    return load("titanic")


def facts_of(who: str) -> dict[str, Any]:
    """Return what is known of one passenger: class and age."""
    table = passengers()
    row = table[table["name"] == PEOPLE[who]].iloc[0]
    return {"class": str(row["class"]), "age": float(row["age"])}


def cards_left(who: str) -> list[int]:
    """Return how many cards fit after no fact, one fact and both."""
    table, facts = passengers(), facts_of(who)
    return [len(candidates(table, dict(list(facts.items())[:n]))) for n in range(len(KNOWN) + 1)]


def cards_trace(rng: RandomState, who: str = "Eva Hart") -> Trace:
    """Deal one card for each passenger, and let those fall that do not fit.

    Parameters
    ----------
    rng : ignored
        Nothing here is left to chance.
    who : str
        One of :data:`PEOPLE`.
    """
    table, facts = passengers(), facts_of(who)
    trace = Trace(
        "masking.cards",
        seed=rng,
        parameters={"who": who},
        views=(
            View("cards", "cards", "Who is left once the names are gone?"),
            View(
                "left", "lines", "How many cards are left?", "facts known", "cards left",
                (0.8, 2.2), (0.5, 2_000), y_scale="log",
            ),
        ),
        code="from synthkit.techniques.masking import candidates\n"
        f"candidates(passengers, {facts!r})",
    )  # fmt: skip
    left = cards_left(who)
    for step in range(len(KNOWN) + 1):
        shown = dict(list(facts.items())[:step])
        rows = candidates(table, shown)
        trace.append(
            step,
            {"cards": [_cards(len(table), rows)], "left": _left(left[1 : step + 1])},
            scalars={"left": len(rows)},
            sentence=f"Knowing {_words(shown)}: {len(rows):,} cards are left.",
        )
    rows = candidates(table, facts)
    if len(rows) == 1:
        row = table.iloc[rows[0]]
        face = f"{row['name']}\n{row['class']} class, {row['age']:g} years\n{_fate(row)}"
        marks = {"cards": [_cards(len(table), rows, face)], "left": _left(left[1:])}
        sentence = f"One card is left, and it turns over: {row['name']}, who {_fate(row)}."
        trace.append(len(KNOWN) + 1, marks, scalars={"left": 1}, sentence=sentence)
    return trace


def _cards(n: int, rows: NDArray[np.int64], face: str = "") -> Mark:
    lit = np.zeros(n)
    lit[rows] = 1
    return custom("cards", role="real", label=f"{len(rows):,} left", lit=lit, face=face)


def _left(left: list[int]) -> list[Mark]:
    return [line(1 + np.arange(len(left)), left, role="real", label="cards left")] if left else []


def _words(facts: dict[str, Any]) -> str:
    names = {"class": "the class", "age": "the age"}
    return " and ".join(names[fact] for fact in facts) or "nothing"


def _fate(row: Any) -> str:
    return "survived" if row["survived"] else "died"


# --- the table that lights up ---------------------------------------------------------------------


def groups_of(table: pd.DataFrame, k: int, show: str = "interval") -> Generaliser:
    """Return the passengers' groups of ``k`` by class and age."""
    rules = {name: Rule("generalise" if name in KNOWN else "keep") for name in table.columns}
    return fit_generaliser(table, Plan(rules, k=k, show=show))


def linkage_trace(rng: RandomState, k: int = 1) -> Trace:
    """Mask a few rows before the reader's eyes, then attack them with two known facts.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
        Chooses the bystanders, the order of the published rows, and the invented names.
    k : int
        Size of the groups by class and age; 1 leaves them as they are.
    """
    generator = as_generator(rng)
    table = passengers()
    known = _excerpt(table, generator)
    shuffled = known.sample(frac=1, random_state=generator)
    published = shuffled.assign(name=_invented(len(known), generator))
    groups = groups_of(table, k)
    blurred = published.assign(**groups.apply(published)[0]) if k > 1 else published
    trace = Trace(
        "masking.linkage",
        seed=rng,
        parameters={"k": k},
        views=(View("rows", "tablediff", "Which rows can be told apart from outside?"),),
        code=f"from synthkit.course.runs.masking import linkage_trace\nlinkage_trace(1, k={k})",
    )
    steps = (
        (shuffled, "The clear table: each row has its name."),
        (published, "The names are invented now: the cells that changed light up."),
        (blurred, f"Class and age are blurred to groups of k = {k}." if k > 1 else
         "Class and age are left as they are."),
    )  # fmt: skip
    for step, (shown, sentence) in enumerate(steps):
        lit = (_text(shown) != _text(shuffled)).to_numpy()
        trace.append(step, {"rows": [_table(shown, lit, "released")]}, sentence=sentence)
    return _attack(trace, known.iloc[: len(ATTACKED)], shuffled, blurred, table, groups)


def _attack(
    trace: Trace, known: pd.DataFrame, clear: pd.DataFrame, shown: pd.DataFrame,
    table: pd.DataFrame, groups: Generaliser,
) -> Trace:
    """Add the frame in which an attacker joins what she knows with what was published."""
    box, own = groups.boxes(clear), groups.boxes(known)
    fitting = np.array([int(groups.partition.sizes[b]) for b in own])
    lit = (_text(shown) != _text(clear)).to_numpy()
    attacker = known[["name", *KNOWN]].assign(fits=fitting)
    marks = [
        _table(attacker, np.zeros(attacker.shape), "what the attacker knows", "noise"),
        _table(shown, lit, "released"),
    ]
    links: dict[str, list[tuple[int, int]]] = {"broken": [], "noise": []}
    for i, b in enumerate(own):
        for j in np.flatnonzero(box == b):
            links["broken" if fitting[i] == 1 else "noise"].append((i, int(j)))
    for role, pairs in links.items():
        if pairs:
            start, end = np.array(pairs, dtype=float).T
            label = "found: the only row that fits" if role == "broken" else "one of several"
            marks.append(custom("links", role=role, label=label, **{"from": start, "to": end}))
    found = int((fitting == 1).sum())
    trace.append(
        3,
        {"rows": marks},
        scalars={"found": found, "fewest_fitting": int(fitting.min())},
        sentence=f"An attacker who knows class and age of {len(known)} passengers finds {found}; "
        f"at least {fitting.min()} of {len(table):,} rows fit each.",
    )
    return trace


def _excerpt(table: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return the attacked passengers first, then some bystanders of known age."""
    attacked = table[table["name"].isin(ATTACKED)]
    others = table[table["age"].notna() & ~table["name"].isin(ATTACKED)]
    chosen = others.sample(BYSTANDERS, random_state=generator)
    columns = ["name", *KNOWN, "survived"]
    return pd.concat([attacked, chosen])[columns].reset_index(drop=True)


def _invented(n: int, generator: np.random.Generator) -> NDArray[Any]:
    return values.substitutes("name", generator.integers(0, 2**63, n, dtype=np.uint64))


def _text(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as it is shown: whole ages without a point."""
    made = table.reset_index(drop=True)
    ages = [cell if isinstance(cell, str) else f"{cell:g}" for cell in made["age"]]
    return made.assign(age=ages).astype(str)


def _table(table: pd.DataFrame, lit: Any, label: str, role: str = "synthetic") -> Mark:
    text = _text(table)
    cells = text.to_numpy().ravel().tolist()
    return custom("table", role=role, label=label, columns=list(text.columns), cells=cells, lit=lit)


# --- the look inside ------------------------------------------------------------------------------

#: The look inside one cut of Mondrian.
CUT_INSIDE = Inside(
    terms=(
        Term("B", "a box: a group of rows. All boxes of one depth are cut together.",
             (r"\bof\b", r"\bstarts\b", r"\bsizes\b")),
        Term("x", "the column that is cut: in each box the one that is widest.",
             (r"self\.codes\[side\[of\], rows\]",)),
        Term("m", "the median: half of the box's rows lie below it.", (r"\bmedian\b",)),
        Term("L", "how many rows the left half would have.", (r"\bleft\b",)),
        Term("k", "what both halves must keep.", (r"self\.rules\.k\b",)),
        Term("l", "and how many different secrets.", (r"self\.rules\.l\b", r"_diverse\b")),
    ),
    equations=(
        "‹m›  =  median of ‹x› in ‹B›",
        "‹B›  →  rows with ‹x› ≤ ‹m› ,  rows with ‹x› > ‹m›",
        "allowed, if  ‹L› ≥ ‹k›  and  |‹B›| − ‹L› ≥ ‹k› ,  and ‹l› different secrets on both sides",
    ),
)  # fmt: skip


def cut_picture(rng: RandomState, k: int = 20) -> tuple[Panel, ...]:
    """Show age and class of passengers, the first cut, and what is published at the end."""
    generator = as_generator(rng)
    table = passengers().dropna(subset=["age"])
    table = table[table["class"] != "*"]
    x = np.column_stack([table["age"], table["class"].str[0].astype(float)])
    jitter = np.column_stack([np.zeros(len(x)), generator.uniform(-0.3, 0.3, len(x))])
    first = x[:, 1] <= np.median(x[:, 1])
    boxes = mondrian(x, k)
    middle = ((boxes.low + boxes.high) / 2)[boxes.box]
    return (
        Panel("age and class, x", x + jitter, ("x",), role="real"),
        Panel("one half of the first cut", (x + jitter)[first], ("m", "L"), role="real"),
        Panel("the other half", (x + jitter)[~first], ("m",), role="real"),
        Panel(f"published: boxes of {k}", middle + jitter / 3, ("B", "k"), role="synthetic"),
    )


def hashed_postcodes() -> tuple[int, float, bool]:
    """Undo a plain hash by trying: how many were hashed, in how many CPU seconds, and was it found.

    The hash is SHA-256 of one five-digit postcode; all 100,000 are tried.
    """
    import hashlib
    import time

    secret = hashlib.sha256(b"73301").hexdigest()
    start = time.process_time()
    tried = {hashlib.sha256(f"{code:05d}".encode()).hexdigest(): code for code in range(100_000)}
    return len(tried), time.process_time() - start, tried[secret] == 73301

