r"""A bank: customers, accounts, merchants, loans, and every transaction with its label.

The economy drives it month by month: customers lose and find jobs, spend more in a boom, and
fall behind with their loans when unemployment rises.

1. purchases of a customer in a month: Poisson with mean
   :math:`a_c\,\lambda\,(1 + e\,y_t)`, y the output gap
2. their times: an inhomogeneous Poisson process; given the count, independent draws from the
   hourly profile of the week
3. amounts: lognormal around the median of the category, times the price level
4. jobs: lost with chance :math:`p\,u_t/u^*` a month, found with chance f
5. default of a loan: hazard :math:`h\,e^{b(u_t-u^*)}` a month, three times that without a job

All keys hold: each transaction's account, merchant and counterparty is a row of its table, and
lies within that row's dates.

When it fails: nobody here changes a habit; two customers of equal income differ by chance only.

Reference: Altman (2021), Synthesizing credit card transactions, ICAIF.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from synthkit.techniques.finance.fraud import DAY, HOUR, NONE, TYPOLOGIES, fraud_rows, noisy_labels

KINDS = ("card", "salary", "rent", "loan", "transfer", "cash")
REGIONS = ("north", "south", "east", "west")
HOURS_A_WEEK = 168
WITHOUT_JOB = 3.0  # factor of the default hazard
# Merchants: one for so many customers, at least this many a category.
CUSTOMERS_A_MERCHANT, MIN_MERCHANTS = 10, 5
TRANSFERS_A_MONTH = 1.2  # honest payments to other customers
CASH_A_MONTH = 0.3  # honest cash deposits

Rows = dict[str, np.ndarray]


def make_customers(
    n: int, rules: Mapping[str, Any], year: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return n customers; ``activity`` is how often they buy, 1 on average."""
    group = rules["customers"]
    income = rng.lognormal(np.log(group["income_median"]), group["income_sigma"], n)
    return pd.DataFrame({
        "customer_id": np.arange(n),
        "birth_year": rng.integers(year - 80, year - 18, n),
        "region": _category(rng.integers(0, 4, n), REGIONS),
        "income_eur": np.round(income, 2),
        "renter": rng.random(n) < 0.55,
        "activity": np.round(rng.gamma(4.0, 0.25, n), 3),
    })  # fmt: skip


def make_merchants(
    customers: int, rules: Mapping[str, Any], rng: np.random.Generator
) -> pd.DataFrame:
    """Return the merchants, category by category; within one the popularity falls as 1/rank."""
    names = list(rules["categories"])
    shares = np.array([rules["categories"][name]["share"] for name in names])
    counts = np.maximum(MIN_MERCHANTS, shares * customers / CUSTOMERS_A_MERCHANT).astype(int)
    category = np.repeat(np.arange(len(names)), counts)
    rank = np.concatenate([np.arange(1, c + 1) for c in counts])
    n = len(category)
    return pd.DataFrame({
        "merchant_id": np.arange(n),
        "category": _category(category, names),
        "region": _category(rng.integers(0, 4, n), REGIONS),
        "popularity": np.round(1.0 / rank, 4),
    })  # fmt: skip


def make_accounts(
    customers: int, first_day: pd.Timestamp, rng: np.random.Generator
) -> pd.DataFrame:
    """Return one account a customer, opened in the ten years before the first day."""
    return pd.DataFrame({
        "account_id": np.arange(customers),
        "customer_id": np.arange(customers),
        "opened_on": first_day - pd.to_timedelta(rng.integers(1, 3650, customers), unit="D"),
    })  # fmt: skip


def make_loans(
    customers: pd.DataFrame,
    employed: np.ndarray,
    economy: Mapping[str, np.ndarray],
    rules: Mapping[str, Any],
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the loans, and the month (n,) in which each defaults (beyond the end: never)."""
    group = rules["customers"]
    owner = np.flatnonzero(rng.random(len(customers)) < group["loan_share"])
    rate = economy["policy_rate_pct"][0] + rng.uniform(2.0, 6.0, len(owner))
    principal = np.round(customers["income_eur"].to_numpy()[owner] * rng.uniform(3, 18, len(owner)))
    slack = economy["unemployment_pct"] - rules["labour"]["natural"]  # (t,)
    hazard = group["default_hazard"] * np.exp(group["hazard_per_unemployment_pct"] * slack)  # Eq. 5
    jobless = np.where(employed[:, owner], 1.0, WITHOUT_JOB)  # (t, n)
    chance = np.minimum(hazard[:, None] * jobless, 1.0)
    struck = rng.random(chance.shape) < chance
    month = np.where(struck.any(axis=0), struck.argmax(axis=0), len(months))
    dates = months.append(pd.DatetimeIndex([pd.NaT]))
    return pd.DataFrame({
        "loan_id": np.arange(len(owner)),
        "customer_id": owner,
        "principal_eur": principal,
        "rate_pct": np.round(rate, 2),
        "defaulted_on": dates[month],
    }), month  # fmt: skip


def employment(
    n: int, economy: Mapping[str, np.ndarray], rules: Mapping[str, Any], rng: np.random.Generator
) -> np.ndarray:
    """Return who has a job in each month: bool (t, n)."""
    group, natural = rules["customers"], rules["labour"]["natural"]
    unemployment = economy["unemployment_pct"]
    employed = np.empty((len(unemployment), n), dtype=bool)
    now = rng.random(n) >= natural / 100
    for t, u in enumerate(unemployment):
        lose = rng.random(n) < min(group["job_loss"] * u / natural, 1.0)  # Eq. 4
        find = rng.random(n) < group["job_finding"]
        now = np.where(now, ~lose, find)
        employed[t] = now
    return employed


def hour_weights(clock: Mapping[str, Any], first_day: pd.Timestamp, hours: int) -> np.ndarray:
    """Return the weight of each hour (hours,) of a month: hour of the day times day of the week."""
    week = np.outer(clock["days"], clock["hours"]).ravel()  # (168,), Monday first
    start = 24 * first_day.weekday()
    return np.asarray(np.resize(np.roll(week, -start), hours))


def purchase_rows(
    customers: pd.DataFrame,
    merchants: pd.DataFrame,
    economy: Mapping[str, np.ndarray],
    rules: Mapping[str, Any],
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> Rows:
    """Return all card purchases, and the honest transfers and cash deposits beside them."""
    group = rules["customers"]
    boom = np.maximum(1 + group["spending_per_gap_pct"] / 100 * economy["output_gap_pct"], 0.1)
    everyday = TRANSFERS_A_MONTH + CASH_A_MONTH
    activity = customers["activity"].to_numpy()
    mean = np.outer(boom, activity * (group["purchases_a_month"] + everyday))  # (t, n)
    counts = rng.poisson(mean)  # Eq. 1
    account = np.concatenate([np.repeat(np.arange(len(customers)), row) for row in counts])
    per_month = counts.sum(axis=1)
    month = np.repeat(np.arange(len(months)), per_month)
    n = len(account)
    shares = np.array([everyday - CASH_A_MONTH, CASH_A_MONTH]) / (
        group["purchases_a_month"] + everyday
    )
    pick = rng.random(n)
    kind = np.where(pick < shares[0], 4, np.where(pick < shares.sum(), 5, 0)).astype(np.int8)
    merchant = np.where(kind == 0, _merchant_draw(n, merchants, rules, rng), NONE)
    other = (account + rng.integers(1, max(len(customers), 2), n)) % len(customers)
    return {
        "second": np.concatenate([
            _times(int(k), start, rules["clock"], months[0], rng)
            for k, start in zip(per_month, months)
        ]),
        "account": account,
        "counterparty": np.where(kind == 4, other, NONE),
        "merchant": merchant,
        "amount": _amounts(kind, merchant, merchants, rules, rng)
        * np.cumprod(1 + economy["inflation_pct"] / 1200)[month],
        "kind": kind,
    }


def _merchant_draw(
    n: int, merchants: pd.DataFrame, rules: Mapping[str, Any], rng: np.random.Generator
) -> np.ndarray:
    """Draw merchants (n,): a category by its share, within it by popularity."""
    category = merchants["category"].cat.codes.to_numpy()
    popularity = merchants["popularity"].to_numpy()
    shares = np.array([rule["share"] for rule in rules["categories"].values()])
    weight = popularity / np.bincount(category, popularity)[category] * shares[category]
    edges = np.cumsum(weight)
    return np.minimum(np.searchsorted(edges, rng.random(n) * edges[-1]), len(edges) - 1)


def _amounts(
    kind: np.ndarray,
    merchant: np.ndarray,
    merchants: pd.DataFrame,
    rules: Mapping[str, Any],
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw lognormal amounts (n,); transfers and cash have medians of their own."""
    table = rules["categories"].values()
    category = merchants["category"].cat.codes.to_numpy()[merchant]  # NONE takes any, then is set
    medians = np.array([rule["amount_median"] for rule in table])
    sigmas = np.array([rule["amount_sigma"] for rule in table])
    median = np.where(kind == 4, 60.0, np.where(kind == 5, 150.0, medians[category]))
    sigma = np.where(kind == 0, sigmas[category], 1.0)
    return np.asarray(median * np.exp(sigma * rng.standard_normal(len(kind))))  # Eq. 3


def _times(
    n: int, start: pd.Timestamp, clock: Mapping[str, Any], origin: pd.Timestamp,
    rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """Draw n times within a month, in seconds since the beginning of the period."""
    weights = hour_weights(clock, start, 24 * start.days_in_month)
    edges = np.cumsum(weights)
    hour = np.searchsorted(edges, rng.random(n) * edges[-1])  # Eq. 2
    hour = np.minimum(hour, len(edges) - 1)
    return np.asarray((start - origin).total_seconds() + (hour + rng.random(n)) * HOUR)


def monthly_rows(
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    default_month: np.ndarray,
    employed: np.ndarray,
    rules: Mapping[str, Any],
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> Rows:
    """Return salaries, rents and loan instalments."""
    income = customers["income_eur"].to_numpy()
    renter = np.flatnonzero(customers["renter"])
    owner = loans["customer_id"].to_numpy()
    instalment = loans["principal_eur"].to_numpy() * (1 / 60 + loans["rate_pct"].to_numpy() / 1200)
    pieces: list[tuple[np.ndarray, np.ndarray, int, float]] = []
    for t, start in enumerate(months):
        first = (start - months[0]).total_seconds()
        paid = np.flatnonzero(employed[t])
        pays = np.flatnonzero(default_month > t)
        pieces += [
            (paid, income[paid], 1, first + 24 * DAY),
            (renter, rules["customers"]["rent_share"] * income[renter], 2, first),
            (owner[pays], instalment[pays], 3, first + 4 * DAY),
        ]
    account = np.concatenate([piece[0] for piece in pieces])
    n = len(account)
    begin = np.concatenate([np.full(len(who), at) for who, _, _, at in pieces])
    return {
        "second": begin + rng.integers(0, 3, n) * DAY + rng.uniform(6, 10, n) * HOUR,
        "account": account,
        "counterparty": np.full(n, NONE),
        "merchant": np.full(n, NONE),
        "amount": np.concatenate([piece[1] for piece in pieces]),
        "kind": np.concatenate([np.full(len(who), kind) for who, _, kind, _ in pieces]),
    }


def bank_tables(
    rules: Mapping[str, Any],
    customers: int,
    economy: Mapping[str, np.ndarray],
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """Return the tables of the bank for these months (t,) of this economy."""
    people = make_customers(customers, rules, months[0].year, rng)
    shops = make_merchants(customers, rules, rng)
    employed = employment(customers, economy, rules, rng)
    loans, default_month = make_loans(people, employed, economy, rules, months, rng)
    end = months[-1] + pd.offsets.MonthBegin(1)
    seconds = (end - months[0]).total_seconds()
    online = np.flatnonzero(shops["category"] == list(rules["categories"])[3])
    honest = [
        purchase_rows(people, shops, economy, rules, months, rng),
        monthly_rows(people, loans, default_month, employed, rules, months, rng),
    ]
    crime = fraud_rows(
        rules["fraud"], np.arange(customers), online, seconds, len(months), customers, rng
    )
    return {
        "transactions": _transaction_table(honest, crime, rules, months[0], rng),
        "customers": people,
        "accounts": make_accounts(customers, months[0], rng),
        "merchants": shops,
        "loans": loans,
    }


def _transaction_table(
    honest: list[Rows],
    crime: Rows,
    rules: Mapping[str, Any],
    origin: pd.Timestamp,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Join the rows, sort them by time and number them."""
    parts = [*honest, crime]
    n_honest, n_fraud = sum(len(p["amount"]) for p in honest), len(crime["amount"])
    column = {name: np.concatenate([p[name] for p in parts]) for name in honest[0]}
    typed = np.concatenate([np.full(n_honest, 0), crime["fraud_type"] + 1]).astype(np.int8)
    case = np.concatenate([np.full(n_honest, NONE), crime["case"]]).astype(np.int64)
    order = np.argsort(column["second"], kind="stable")
    typed, case = typed[order], case[order]
    column = {name: values[order] for name, values in column.items()}
    n = n_honest + n_fraud
    return pd.DataFrame({
        "transaction_id": np.arange(n),
        "time": origin + pd.to_timedelta(column["second"].astype(np.int64), unit="s"),
        "account_id": column["account"].astype(np.int64),
        "counterparty_account_id": _nullable(column["counterparty"]),
        "merchant_id": _nullable(column["merchant"]),
        "kind": _category(column["kind"].astype(np.int8), KINDS),
        "amount_eur": np.maximum(np.round(column["amount"], 2), 0.01),
        "is_fraud": noisy_labels(typed > 0, rules["fraud"]["label_noise"], rng),
        "fraud_type": _category(typed, ("none", *TYPOLOGIES)),
        "case_id": _nullable(case),
    })  # fmt: skip


def _category(codes: np.ndarray, levels: Sequence[str]) -> pd.Categorical:
    """Return a column of texts (n,) from the positions of its levels."""
    made: pd.Categorical = pd.Categorical.from_codes(np.asarray(codes, dtype=np.int8), levels)  # type: ignore[call-overload]
    return made


def _nullable(values: np.ndarray) -> pd.arrays.IntegerArray:
    """Return whole numbers in which ``NONE`` is missing."""
    whole = values.astype(np.int64)
    return pd.arrays.IntegerArray(np.where(whole == NONE, 0, whole), whole == NONE)
