"""Lesson 10: a month of payments from above, with one fraud lit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthkit.rng import RandomState, as_generator
from synthkit.techniques.finance import Finance
from synthkit.techniques.finance.fraud import TYPOLOGIES
from synthkit.trace import Mark, Trace, View, custom

#: Positions of the knob: frauds that are made of transfers.
RINGS = ("cycle", "fan in", "fan out")
ACCOUNTS = 36
CASES = 350.0  # a month, of 1,000 customers: some dozen, of which one is kept
ROUNDS = 150  # of the layout
PULL = 0.4  # towards the middle, so that accounts without a payment stay in sight


def month_of_transfers(typology: str, rng: np.random.Generator) -> pd.DataFrame:
    """Return the transfers of a month between a few accounts, with one case of a fraud."""
    cases = {name: CASES if name == typology else 0.0 for name in TYPOLOGIES}
    rules = {"fraud": {"cases_per_1000_customers": cases}}
    table = Finance(rules=rules, customers=ACCOUNTS, periods=1).block("transactions", rng=rng)
    paid = table[table["counterparty_account_id"].notna()]
    first = paid["case_id"].min()
    return paid[paid["case_id"].isna() | (paid["case_id"] == first)].reset_index(drop=True)


def spring_layout(start: np.ndarray, end: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return places (n, 2): accounts repel each other, and payments pull theirs together.

    Fruchterman & Reingold (1991), with a weak pull towards the middle; at the end both coordinates
    are replaced by a mixture with their ranks, so that the picture is filled.
    """
    n = ACCOUNTS
    pays = np.zeros((n, n))
    pays[start, end] = pays[end, start] = 1
    place = rng.normal(size=(n, 2))
    side = 1 / np.sqrt(n)
    for step in range(ROUNDS):
        apart = place[:, None] - place  # (n, n, 2)
        distance = np.sqrt((apart**2).sum(axis=2)) + 1e-9
        force = side**2 / distance**2 - pays * distance / side  # away, and along payments
        move = (apart * force[..., None]).sum(axis=1) - PULL * place
        length = np.sqrt((move**2).sum(axis=1, keepdims=True)) + 1e-9
        place += move / length * np.minimum(length, 0.15 * (1 - step / ROUNDS))
    ranks = place.argsort(axis=0).argsort(axis=0) / (n - 1)
    spread = (place - place.min(axis=0)) / np.ptp(place, axis=0)
    return 0.75 * ranks + 0.25 * spread


def ring_trace(rng: RandomState, typology: str = RINGS[0]) -> Trace:
    """Let a month pass day by day; payments of the fraud light up as they are made."""
    kind = typology.replace(" ", "_")
    trace = Trace(
        "finance.ring",
        seed=rng,
        parameters={"typology": typology, "accounts": ACCOUNTS},
        views=(View("ring", "graph", "Which of these payments belong together?"),),
        code="import synthkit as sk\nbank = sk.Finance(customers=36, periods=1)\n"
        "paid = bank.simulate(rng=0)['transactions'].query('kind == \"transfer\"')",
    )
    generator = as_generator(rng)
    paid = month_of_transfers(kind, generator)
    start, end = (
        paid[name].to_numpy(dtype=np.int64) for name in ("account_id", "counterparty_account_id")
    )
    place = spring_layout(start, end, generator)
    crime = paid["case_id"].notna().to_numpy()
    day = paid["time"].dt.day.to_numpy()
    for today in range(1, int(paid["time"].dt.days_in_month.iloc[0]) + 1):
        done = day <= today
        lit = sorted({*start[done & crime], *end[done & crime]})
        quiet = [i for i in range(ACCOUNTS) if i not in lit]
        money = float(paid["amount_eur"][done & crime].sum())
        trace.append(
            today,
            {"ring": [
                _nodes(quiet, place, "noise", "accounts"),
                _arrows(start, end, done & ~crime, "noise", "payments"),
                *([_nodes(lit, place, "synthetic", f"the {typology}"),
                   _arrows(start, end, done & crime, "synthetic", f"the {typology}")]
                  if lit else []),
            ]},
            scalars={"payments": float(done.sum()), "fraud": float((done & crime).sum())},
            sentence=f"Day {today}: {done.sum()} payments so far. "
            + (f"{(done & crime).sum()} of them, {money:,.0f} € in all, belong to one {typology} "
               f"among {len(lit)} accounts." if lit else "None of them is a fraud."),
        )  # fmt: skip
    return trace


def _nodes(accounts: list[int], place: np.ndarray, role: str, label: str) -> Mark:
    names = [str(i) for i in accounts]
    return custom(
        "nodes", role=role, label=label, names=names, x=place[accounts, 0], y=place[accounts, 1]
    )


def _arrows(start: np.ndarray, end: np.ndarray, which: np.ndarray, role: str, label: str) -> Mark:
    texts = ([str(i) for i in side[which]] for side in (start, end))
    return custom("arrows", role=role, label=label, **dict(zip(("start", "end"), texts)))
