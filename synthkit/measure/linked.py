r"""Linked tables: customers and their orders, judged together.

A synthetic order must belong to a synthetic customer (referential integrity), customers must
have as many orders as real ones (cardinality), and what a customer is must go with what they
order (cross-table trends).  With $c_i$ the number of child rows of parent $i$:

- orphans: the share of child rows whose key no parent has (1);
- cardinality: $1 - \max_x |F_r(x) - F_s(x)|$ of $c_i$, parents without children included (2);
- cross-table trends: the mean score of all pairs of one parent column and one child column,
  on the joined rows (3).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from synthkit.errors import DataError, ParameterError
from synthkit.measure.fidelity import column_shapes, pair_trends
from synthkit.measure.ranking import ORDER
from synthkit.measure.scorecard import Mode, Scorecard, scorecard
from synthkit.measure.verdict import Label
from synthkit.rng import RandomState
from synthkit.tables import as_table

ORPHANS_USABLE = 0.01
ORPHANS_POOR = 0.10
LINK_GOOD = 0.05  # loss of cardinality or cross-table score against the ideal, still good
LINK_USABLE = 0.30


@dataclass(frozen=True)
class Link:
    """``child.key`` holds values of ``parent.parent_key``."""

    child: str
    key: Hashable
    parent: str
    parent_key: Hashable

    @classmethod
    def read(cls, text: str) -> Link:
        """Read ``"orders.customer_id = customers.id"``.

        Raises
        ------
        ParameterError
            The text reads otherwise.
        """
        sides = [side.strip().partition(".") for side in text.split("=")]
        if len(sides) != 2 or not all(table and column for table, _, column in sides):
            raise ParameterError(
                f"a link must read 'orders.customer_id = customers.id'; got {text!r}."
            )
        return cls(sides[0][0], sides[0][2], sides[1][0], sides[1][2])

    def __str__(self) -> str:
        return f"{self.child}.{self.key} = {self.parent}.{self.parent_key}"


@dataclass(frozen=True, repr=False)
class LinkedScorecard:
    """A scorecard for each table, and figures for each link."""

    cards: Mapping[str, Scorecard]
    links: pd.DataFrame
    label: Label
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; no row of any table."""
        return {
            "verdict": {"label": self.label, "reasons": list(self.reasons)},
            "links": self.links.to_dict(orient="records"),
            "tables": {name: card.to_dict() for name, card in self.cards.items()},
        }

    def __str__(self) -> str:
        """Return the verdict, the links and every table's card, for a terminal."""
        reasons = "\n".join(f"  - {reason}" for reason in self.reasons)
        parts = [
            f"verdict: {self.label}\n{reasons}",
            f"== links\n{self.links.round(4).to_string(index=False)}",
            *(f"== {name}\n{card}" for name, card in self.cards.items()),
        ]
        return "\n\n".join(parts)

    __repr__ = __str__


def link_figures(
    real: Mapping[str, Any], synthetic: Mapping[str, Any], links: Sequence[str | Link]
) -> pd.DataFrame:
    """Return for each link the orphans, the cardinality and the cross-table trends.

    Returns
    -------
    DataFrame
        ``link``, ``real_orphans``, ``orphans`` (Eq. 1), ``cardinality`` (Eq. 2),
        ``cross_trends`` (Eq. 3; NaN where a side has no column beside its key).

    Raises
    ------
    DataError
        A table or key column isn't there, or a parent's key repeats.
    """
    rows = []
    for link in _checked_links(links):
        sides = [
            _Joined(tables, link, name)
            for tables, name in ((real, "real"), (synthetic, "synthetic"))
        ]
        counts = [pd.DataFrame({"children": side.counts}) for side in sides]
        rows.append(
            {
                "link": str(link),
                "real_orphans": sides[0].orphans,
                "orphans": sides[1].orphans,
                "cardinality": float(column_shapes(*counts)["score"].iloc[0]),
                "cross_trends": _cross_trends(sides[0], sides[1]),
            }
        )
    return pd.DataFrame(rows)


def linked_scorecard(
    real: Mapping[str, Any],
    synthetic: Mapping[str, Any],
    links: Sequence[str | Link],
    holdout: Mapping[str, Any] | None = None,
    rng: RandomState = 0,
    *,
    targets: Mapping[str, Hashable] | None = None,
    mode: Mode = "full",
) -> LinkedScorecard:
    """Judge tables that belong together.

    Parameters
    ----------
    real, synthetic, holdout : dict of name to DataFrame
        Hold out whole parents with all their children.
    links : list of str
        Such as ``"orders.customer_id = customers.id"``.
    targets : dict of table to column, optional

    In a child table the attacks work on parents (the key is the unit); keys aren't compared.
    """
    checked = _checked_links(links)
    if set(real) != set(synthetic):
        raise DataError(
            f"both sides must have the same tables; got {sorted(real)} and {sorted(synthetic)}."
        )
    units: dict[str, Hashable] = {link.parent: link.parent_key for link in checked}
    units |= {link.child: link.key for link in checked}
    cards = {
        name: scorecard(
            real[name],
            synthetic[name],
            None if holdout is None else holdout[name],
            target=(targets or {}).get(name),
            rng=rng,
            unit=units.get(name),
            mode=mode,
        )
        for name in real
    }
    figures = link_figures(real, synthetic, checked)
    label, reasons = _decide(cards, figures)
    return LinkedScorecard(cards, figures, label, reasons)


class _Joined:
    """One side of a link: children per parent, orphans, and the joined rows."""

    def __init__(self, tables: Mapping[str, Any], link: Link, side: str) -> None:
        child, parent = (_table(tables, name, side) for name in (link.child, link.parent))
        _require(child, link.key, link.child, side)
        _require(parent, link.parent_key, link.parent, side)
        keys = parent[link.parent_key]
        if keys.duplicated().any():
            raise DataError(
                f"column {link.parent_key!r} of the {side} table {link.parent!r} must name each "
                f"row once; {int(keys.duplicated().sum())} values repeat. Name the parent's key."
            )
        present = child[link.key].notna()
        known = child[link.key].isin(set(keys))
        self.orphans = float((present & ~known).mean())  # Eq. 1
        self.counts = keys.map(child[link.key].value_counts()).fillna(0).astype(int).to_numpy()
        self.parent_columns = [f"{link.parent}.{c}" for c in parent.columns if c != link.parent_key]
        self.child_columns = [f"{link.child}.{c}" for c in child.columns if c != link.key]
        left = child.add_prefix(f"{link.child}.")
        right = parent.add_prefix(f"{link.parent}.")
        self.rows = left.merge(
            right,
            left_on=f"{link.child}.{link.key}",
            right_on=f"{link.parent}.{link.parent_key}",
            how="inner",
        )[self.parent_columns + self.child_columns]


def _cross_trends(real: _Joined, synthetic: _Joined) -> float:
    if not real.parent_columns or not real.child_columns or not len(synthetic.rows):
        return float("nan")
    pairs = pair_trends(real.rows, synthetic.rows)
    sides = pairs["first"].isin(real.parent_columns), pairs["second"].isin(real.parent_columns)
    across = pairs.loc[sides[0] ^ sides[1], "score"]
    return float(across.mean()) if len(across) else float("nan")  # Eq. 3


def _checked_links(links: Sequence[str | Link]) -> list[Link]:
    if not links:
        raise ParameterError("links must hold at least one; got none.")
    return [link if isinstance(link, Link) else Link.read(link) for link in links]


def _table(tables: Mapping[str, Any], name: str, side: str) -> pd.DataFrame:
    if name not in tables:
        raise DataError(f"the {side} tables must hold {name!r}; got {sorted(tables)}.")
    return as_table(tables[name])


def _require(table: pd.DataFrame, column: Hashable, name: str, side: str) -> None:
    if column not in table.columns:
        raise DataError(
            f"the {side} table {name!r} must have the column {column!r}; got "
            f"{list(table.columns)[:20]}."
        )


def _decide(cards: Mapping[str, Scorecard], figures: pd.DataFrame) -> tuple[Label, tuple[str, ...]]:
    """Return the worst label of all tables and links, and the reasons."""
    labels: list[str] = [card.verdict.label for card in cards.values()]
    reasons = [f"{name}: {r}" for name, card in cards.items() for r in card.verdict.reasons]
    for line in figures.to_dict(orient="records"):
        orphans = line["orphans"] - line["real_orphans"]
        losses = [1 - line[name] for name in ("cardinality", "cross_trends")]
        worst = max((loss for loss in losses if np.isfinite(loss)), default=0.0)
        if orphans > ORPHANS_POOR or worst > LINK_USABLE:
            labels.append("poor")
        elif orphans > ORPHANS_USABLE or worst > LINK_GOOD:
            labels.append("usable")
        else:
            continue
        reasons.insert(
            0,
            f"link {line['link']}: {line['orphans']:.1%} orphans (real "
            f"{line['real_orphans']:.1%}), cardinality {line['cardinality']:.3f}, cross-table "
            f"trends {line['cross_trends']:.3f}",
        )
    return cast(Label, max(labels, key=ORDER.index)), tuple(reasons)
