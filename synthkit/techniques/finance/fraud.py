r"""Fraud by typology: each case a handful of transfers or purchases with a pattern of its own.

=================  ==========================================================================
typology           pattern
=================  ==========================================================================
card_testing       many tiny online purchases within an hour, then one large one
account_takeover   at night, a few large transfers to one stranger's account
fan_in             many accounts pay into one within two days
fan_out            one account pays out to many within two days
cycle              money goes round a ring of accounts and comes back, less a fee
structuring        cash deposits just below the reporting threshold, day after day
=================  ==========================================================================

A rule as sharp as these is easily learned: a detector trained on them finds them all, and no
other fraud.  Two dials make them harder, for an honest test: ``adaptivity`` a moves sizes and
times towards those of honest transactions,

1. :math:`\log x' = (1-a)\log x + a\log x_\text{honest}`, and spans of time grow by
   :math:`1 + 30a`

and ``label_noise`` turns that share of the fraud labels (and one in a thousand as many honest
ones) over, as missed cases and false alarms do.

References: Altman et al. (2023), Realistic synthetic financial transactions for anti-money
laundering models, NeurIPS; Lopez-Rojas, Elmir & Axelsson (2016), PaySim, EMSS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

TYPOLOGIES = ("card_testing", "account_takeover", "fan_in", "fan_out", "cycle", "structuring")
HOUR = 3600.0
DAY = 86_400.0
NONE = -1  # no merchant, no counterparty
# An honest purchase or transfer in the middle, and its spread on the log scale.
HONEST_AMOUNT, HONEST_SIGMA = 40.0, 1.1

Rows = dict[str, np.ndarray]


def fraud_rows(
    rules: Mapping[str, Any],
    accounts: np.ndarray,
    online: np.ndarray,
    seconds: float,
    expected_months: float,
    customers: int,
    rng: np.random.Generator,
) -> Rows:
    """Return the fraudulent rows of a period.

    Parameters
    ----------
    rules : dict
        The group ``fraud``.
    accounts, online : ndarray of int
        Account numbers that take part, and merchants that sell online.
    seconds : float
        Length of the period.
    expected_months : float
    customers : int

    Returns
    -------
    dict of ndarray
        ``second``, ``account``, ``counterparty``, ``merchant``, ``amount``, ``kind``,
        ``fraud_type`` (an index into TYPOLOGIES) and ``case``.
    """
    pieces: list[Rows] = []
    case = 0
    for k, typology in enumerate(TYPOLOGIES):
        rate = rules["cases_per_1000_customers"][typology] * customers / 1000 * expected_months
        for _ in range(int(rng.poisson(rate))):
            rows = one_case(typology, rules, accounts, online, rng)
            n = len(rows["amount"])
            start = rng.uniform(0, max(seconds - rows["second"].max(), 1.0))
            if typology == "account_takeover" and rng.random() >= rules["adaptivity"]:
                start = start - start % DAY + rng.uniform(1, 4) * HOUR  # between 1 and 4 at night
            rows["second"] = np.minimum(start + rows["second"], seconds - 1)
            rows["fraud_type"] = np.full(n, k)
            rows["case"] = np.full(n, case)
            pieces.append(rows)
            case += 1
    names = ("second", "account", "counterparty", "merchant", "amount", "kind", "fraud_type",
             "case")  # fmt: skip
    return {
        name: np.concatenate([p[name] for p in pieces]) if pieces else np.empty(0) for name in names
    }


def one_case(
    typology: str,
    rules: Mapping[str, Any],
    accounts: np.ndarray,
    online: np.ndarray,
    rng: np.random.Generator,
) -> Rows:
    """Return the rows of one case; ``second`` counts from its beginning."""
    if typology == "card_testing":
        n = int(rng.integers(6, 16))
        amount = np.append(rng.uniform(0.5, 2.0, n), rng.lognormal(6.2, 0.4))
        source = np.full(n + 1, rng.choice(accounts))
        target = np.full(n + 1, NONE)
        second = np.sort(rng.uniform(0, HOUR, n + 1))
        shop, kind = rng.choice(online, n + 1), 0
    elif typology == "structuring":
        n = int(rng.integers(4, 10))
        amount = rules["threshold"] * rng.uniform(0.9, 0.999, n)
        source, target = np.full(n, rng.choice(accounts)), np.full(n, NONE)
        second = np.cumsum(rng.uniform(0.5, 2.0, n) * DAY)
        shop, kind = np.full(n, NONE), 5
    else:
        source, target, amount, second = _transfers(typology, accounts, rng)
        shop, kind = np.full(len(amount), NONE), 4
    a = float(rules["adaptivity"])
    honest = rng.normal(np.log(HONEST_AMOUNT), HONEST_SIGMA, len(amount))
    amount = np.exp((1 - a) * np.log(amount) + a * honest)  # Eq. 1
    return {
        "second": second * (1 + 30 * a),  # Eq. 1
        "account": source,
        "counterparty": target,
        "merchant": shop,
        "amount": np.maximum(np.round(amount, 2), 0.01),
        "kind": np.full(len(amount), kind),
    }


def _transfers(
    typology: str, accounts: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return source, target, amount and second (n,) of a case made of transfers."""
    wanted = {"account_takeover": (3, 7), "cycle": (4, 9)}.get(typology, (8, 16))
    n = min(int(rng.integers(*wanted)), len(accounts) - 1)
    chosen = rng.choice(accounts, n + 1, replace=False)
    hub, others = np.full(n, chosen[0]), chosen[1:]
    if typology == "account_takeover":
        return hub, np.full(n, chosen[1]), rng.lognormal(7.0, 0.4, n), np.sort(
            rng.uniform(0, HOUR, n)
        )
    if typology == "cycle":
        ring = chosen[:n]
        fees = np.cumprod(np.append(1.0, rng.uniform(0.95, 0.98, n - 1)))
        second = np.cumsum(rng.uniform(2, 20, n) * HOUR)
        return ring, np.roll(ring, -1), rng.lognormal(8.3, 0.4) * fees, second
    second = np.sort(rng.uniform(0, 2 * DAY, n))
    amount = rng.lognormal(6.5, 0.3, n)
    return (others, hub, amount, second) if typology == "fan_in" else (hub, others, amount, second)


def noisy_labels(is_fraud: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Return labels (n,) of which a share ``noise`` of the frauds is missed."""
    missed = is_fraud & (rng.random(len(is_fraud)) < noise)
    alarm = ~is_fraud & (rng.random(len(is_fraud)) < noise / 1000)
    return (is_fraud & ~missed) | alarm
