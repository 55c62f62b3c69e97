"""What a fitted Perturbation keeps, as plain values for saving, and back."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import asdict, dataclass
from typing import Any

from synthkit.tables import Schema
from synthkit.techniques.perturbation.columns import LevelColumn, NumberColumn
from synthkit.techniques.perturbation.dp_marginals import Spending, TreeModel
from synthkit.techniques.perturbation.ledger import Expense, PrivacyLedger
from synthkit.techniques.perturbation.plain import PlainState
from synthkit.techniques.perturbation.private import PrivatePlan
from synthkit.techniques.perturbation.public import PublicColumn


@dataclass(frozen=True)
class PrivateState:
    """The public columns and the budget of a private release."""

    columns: dict[Hashable, PublicColumn]
    budget: PrivatePlan


def to_plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return the state with everything that is ours turned into dicts, lists and arrays."""
    plain = dict(values)
    ledger, model, kept = (values.get(key) for key in ("ledger_", "model_", "state_"))
    plain["ledger_"] = None if ledger is None else ledger.to_dict()
    plain["model_"] = None if model is None else model.to_dict()
    if isinstance(kept, PlainState):
        plain["state_"] = {
            "columns": _columns_out({**kept.numbers, **kept.levels}),
            "mean": kept.mean,
            "deviation": kept.deviation,
            "covariance": kept.covariance,
            "shares": kept.shares,
        }
    elif isinstance(kept, PrivateState):
        budget = asdict(kept.budget)
        budget["expenses"] = [asdict(e) for e in kept.budget.expenses]
        plain["state_"] = {"columns": _columns_out(kept.columns), "budget": budget}
    return plain


def from_plain(values: dict[str, Any]) -> dict[str, Any]:
    """Undo ``to_plain``."""
    state = dict(values)
    ledger, model, kept = (values[key] for key in ("ledger_", "model_", "state_"))
    state["ledger_"] = None if ledger is None else PrivacyLedger.from_dict(ledger)
    state["model_"] = None if model is None else TreeModel(**model)
    columns = _columns_in(kept["columns"], values["schema_"])
    if "budget" in kept:
        budget = dict(kept["budget"])
        budget["expenses"] = tuple(Expense(**e) for e in budget["expenses"])
        if budget["spending"] is not None:
            budget["spending"] = Spending(**budget["spending"])
        state["state_"] = PrivateState(columns, PrivatePlan(**budget))
    else:
        numbers = {k: c for k, c in columns.items() if isinstance(c, NumberColumn)}
        levels = {k: c for k, c in columns.items() if isinstance(c, LevelColumn)}
        state["state_"] = PlainState(
            numbers, kept["mean"], kept["deviation"], kept["covariance"], levels,
            kept["shares"],
        )  # fmt: skip
    return state


def _columns_out(columns: dict[Hashable, Any]) -> dict[Hashable, dict[str, Any]]:
    return {
        name: {"levels": c.levels}
        if isinstance(c, LevelColumn)
        else {
            "origin": c.origin, "unit": c.unit, "grid": c.grid,
            "places": c.places, "decimals": c.decimals,
        }
        for name, c in columns.items()
    }


def _columns_in(
    columns: dict[Hashable, dict[str, Any]], schema: Schema
) -> dict[Hashable, PublicColumn]:
    found: dict[Hashable, PublicColumn] = {}
    for name, fields in columns.items():
        spec = schema[name]
        if "levels" in fields:
            found[name] = LevelColumn(spec, fields["levels"])
        else:
            found[name] = NumberColumn(spec, **fields)
    return found
