"""Propose a plan from the looks of a table; the user sees it before anything is masked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from synthkit.errors import DataError
from synthkit.techniques.masking import formats, values
from synthkit.techniques.masking.plan import Plan, Rule
from synthkit.techniques.masking.recognise import Look, look_at

SUBJECT_KINDS = ("key", "email", "digits", "uuid", "name", "username")


def propose(table: pd.DataFrame, *, k: int = 5) -> Plan:
    """Propose a plan from the headers and values of a table.

    Parameters
    ----------
    table : DataFrame
    k : int, default 5
        Size of the groups for columns that describe a person (age, sex, postcode).

    Raises
    ------
    DataError
        If two column names read the same as text.
    """
    names = [str(name) for name in table.columns]
    if len(set(names)) != len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise DataError(f"two columns are named {twice!r} (as text). Rename one.")
    looks = {n: look_at(table.iloc[:, i]) for i, n in enumerate(names)}
    subjects = [n for kind in SUBJECT_KINDS for n in names if looks[n].kind == kind]
    grouped = len(table) >= 2 * k
    dtypes = {n: table.iloc[:, i].dtype for i, n in enumerate(names)}
    rules = {
        n: _rule_for(n, looks[n], (subjects or [""])[0], grouped, dtypes[n]) for n in names
    }
    return Plan(rules, k=k)


def _rule_for(name: str, look: Look, subject: str, grouped: bool, dtype: Any) -> Rule:
    kind, why = look.kind, look.why
    number = pd.api.types.is_numeric_dtype(dtype)
    invalid = "redact" if look.invalid else "error"
    if kind == "key":
        if number or look.whole:
            return Rule("encrypt", "integer", name, why=why)
        return Rule("pseudonymise", domain=name, why=why)
    if kind in ("email", "uuid"):
        return Rule("pseudonymise", kind, on_invalid=invalid, why=why)
    if kind in formats.MASK_OF_KIND:
        return Rule("encrypt", kind, on_invalid=invalid, why=why)
    if kind in values.PERSON_KINDS:
        return Rule("substitute", kind, why=why)
    if kind == "birth_date":
        if subject:
            return Rule("shift_dates", subject=subject, format=look.date_format,
                        on_invalid=invalid, why=why)
        return Rule("coarsen", unit="year", format=look.date_format, on_invalid=invalid, why=why)
    if kind == "quasi" and grouped:
        return Rule("generalise", why=why)
    if kind == "quasi":
        return Rule("keep", why=f"{why}, but there are too few rows to hide among")
    if kind == "free_text":
        return Rule("free_text", why=why)
    return Rule("keep", why=why)
