"""What the whole table has to tell before single rows can be masked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DataError
from synthkit.techniques.masking.actions import Learned, as_texts
from synthkit.techniques.masking.freetext import Known, learn_known
from synthkit.techniques.masking.generalise import fit_generaliser
from synthkit.techniques.masking.plan import Plan, Rule
from synthkit.techniques.masking.pseudonyms import MaskingKey

PERCENTILES = (1.0, 99.0)  # where extremes are coded if the plan gives no limits
NAME_KINDS = ("name", "given_name", "family_name")
# Found in texts by their form already; as known phrases they would only cost time.
FORM_KINDS = ("email", "phone", "card", "iban", "ip", "uuid", "digits")
HIDDEN = ("redact", "substitute", "pseudonymise", "tokenise", "encrypt", "shift_dates")


def learn(table: pd.DataFrame, plan: Plan, key: MaskingKey) -> Learned:
    """Learn groups, limits and known words from a whole table with text labels."""
    learned = Learned()
    if plan.generalised:
        learned.groups = fit_generaliser(table[group_columns(plan)], plan)
    for name, rule in plan.rules.items():
        if rule.action == "code_extremes":
            learned.limits[name] = limits(table[name], rule)
    if has_free_text(plan):
        learned.known = known_words(table, plan, key)
    return learned


def group_columns(plan: Plan) -> list[str]:
    """Return the columns that grouping looks at."""
    return plan.generalised + ([plan.sensitive] if plan.sensitive else [])


def has_free_text(plan: Plan) -> bool:
    """Tell whether some column is free text."""
    return any(rule.action == "free_text" for rule in plan.rules.values())


def limits(column: pd.Series, rule: Rule) -> tuple[float, float]:
    """Return the limits beyond which values are coded: the plan's, else percentiles."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    known = numbers[~np.isnan(numbers)]
    if len(known) < column.notna().sum() or not len(known):
        raise DataError(
            f"column {column.name!r} must hold numbers for action 'code_extremes'; some cells are "
            "none. Use action 'coarsen' or 'redact'."
        )
    low, high = (float(x) for x in np.percentile(known, PERCENTILES))
    return (low if rule.low is None else rule.low, high if rule.high is None else rule.high)


def known_words(table: pd.DataFrame, plan: Plan, key: MaskingKey) -> Known:
    """Return keyed hashes of the words that masked columns hold, to be found in free text."""
    names: set[str] = set()
    others: set[str] = set()
    for name, rule in plan.rules.items():
        if rule.action in HIDDEN and rule.kind not in FORM_KINDS:
            values: Any = table[name].dropna().drop_duplicates()
            (names if rule.kind in NAME_KINDS else others).update(_texts(values))
    return learn_known(names, others, key)


def _texts(values: pd.Series) -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return [str(t) for t in values.dt.strftime("%Y-%m-%d")]
    return list(as_texts(values)) if len(values) else []
