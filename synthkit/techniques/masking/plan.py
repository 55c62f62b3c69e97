"""The plan: what happens to each column, shown, edited, saved as text.

``propose`` makes one from the looks of a table.  A plan holds names of columns, actions and
numbers, and no value of the table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from synthkit import files
from synthkit.errors import ParameterError
from synthkit.techniques.masking import values

PLAN_VERSION = 1
# What can be done to a column, in words for the reader of a plan.
ACTIONS: dict[str, str] = {
    "keep": "left as it is",
    "redact": "replaced by [redacted], or by a missing value",
    "substitute": "replaced by an invented one, the same each time",
    "pseudonymise": "replaced by a keyed pseudonym, the same each time",
    "tokenise": "replaced by a token; the vault and the key take it back",
    "encrypt": "encrypted, format kept (FF1); the key takes it back",
    "generalise": "grouped with at least k - 1 others (Mondrian)",
    "coarsen": "rounded to a width, a year, or the first letters",
    "code_extremes": "extreme values replaced by a limit",
    "shift_dates": "moved by some days, the same for all dates of a subject",
    "shuffle": "exchanged between rows",
    "free_text": "identifiers in the text masked in place",
}
ENCRYPTED_KINDS = ("card", "phone", "iban", "digits", "ip", "integer")
ON_INVALID = ("error", "redact")


@dataclass(frozen=True)
class Rule:
    """What happens to one column.

    Parameters
    ----------
    action : str
        One of :data:`ACTIONS`.
    kind : str
        What the values are: ``name``, ``email``, ``card`` … (where the action needs to know).
    domain : str
        Columns of one domain share a key, so that equal values stay equal across tables.
        Default: the kind, or the column's name for keys.
    on_invalid : 'error' or 'redact'
        What becomes of a cell that hasn't the form of its kind (a card that fails Luhn).
    subject : str
        ``shift_dates``: the column that says whose date it is.
    max_days : int
        ``shift_dates``: the largest shift.
    format : str
        How dates are written in a column of text, e.g. ``"%d/%m/%Y"``.
    unit : str
        ``coarsen``: ``"month"``, ``"year"`` or ``"decade"`` of a date.
    width : float
        ``coarsen``: numbers are rounded down to a multiple of it.
    keep : int
        ``coarsen``: this many first characters of a text stay.
    low, high : float
        ``code_extremes``: limits; left out, the 1st and 99th percentile.
    why : str
        The reason, for the reader.
    """

    action: str
    kind: str = ""
    domain: str = ""
    on_invalid: str = "error"
    subject: str = ""
    max_days: int = 365
    format: str = ""
    unit: str = ""
    width: float = 0.0
    keep: int = 0
    low: float | None = None
    high: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """What happens to each column of a table.

    Parameters
    ----------
    rules : dict of column name (as text) to Rule
        Columns that are not named are refused, not kept: nothing slips through.
    k, l, t, sensitive, ordered
        How columns with action ``generalise`` are grouped; see :func:`mondrian`.
    show : 'representative' or 'interval'
        A group's typical value (the dtype stays), or its range as text.
    """

    rules: dict[str, Rule] = field(default_factory=dict)
    k: int = 5
    l: int = 1
    t: float | None = None
    sensitive: str = ""
    ordered: bool = False
    show: str = "representative"

    @property
    def generalised(self) -> list[str]:
        """The columns that are grouped together."""
        return [name for name, rule in self.rules.items() if rule.action == "generalise"]

    def with_rule(self, column: object, rule: Rule) -> Plan:
        """Return a plan in which one column has another rule."""
        return replace(self, rules={**self.rules, str(column): rule})

    def domain_of(self, column: str) -> str:
        """Return the domain whose key masks a column."""
        rule = self.rules[column]
        return rule.domain or rule.kind or column

    def __str__(self) -> str:
        width = max([len(name) for name in self.rules] + [6])
        lines = [f"{'column':{width}}  {'action':18}  why"]
        for name, rule in self.rules.items():
            action = f"{rule.action} {rule.kind}".strip()
            what = ACTIONS.get(rule.action, "?")
            lines.append(f"{name:{width}}  {action:18}  {what}; {rule.why}")
        if self.generalised:
            lines.append(f"groups of k = {self.k} rows or more: {', '.join(self.generalised)}")
        return "\n".join(lines)

    def check(self, columns: list[str]) -> None:
        """Refuse a plan that doesn't fit a table with these columns.

        Raises
        ------
        ParameterError
            Naming the column, the option and the cure.
        """
        missing = [name for name in self.rules if name not in columns]
        if missing:
            raise ParameterError(
                f"the plan must name columns of the table; got {missing[0]!r}, which the table "
                f"hasn't. Its columns are {', '.join(columns[:20])}."
            )
        forgotten = [name for name in columns if name not in self.rules]
        if forgotten:
            raise ParameterError(
                f"the plan must name every column; {forgotten[0]!r} is not in it. "
                "Add it, with action 'keep' if it may stay."
            )
        for name, rule in self.rules.items():
            _check_rule(name, rule, columns)
        if self.sensitive and self.sensitive not in columns:
            raise ParameterError(
                f"sensitive must be a column of the table; got {self.sensitive!r}. Correct it."
            )
        if self.sensitive and self.sensitive in self.generalised:
            raise ParameterError(
                f"the sensitive column must not be generalised as well; got {self.sensitive!r}. "
                "Give it action 'keep'."
            )
        if self.show not in ("representative", "interval"):
            raise ParameterError(
                f"show must be 'representative' or 'interval'; got {self.show!r}. Correct it."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain values, without those that are left at their default."""
        groups = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "rules"}
        default = asdict(Plan())
        used = {n: v for n, v in groups.items() if v != default[n] or n == "k"}
        return {
            "version": PLAN_VERSION,
            "generalise": used,
            "columns": {name: _changed(rule) for name, rule in self.rules.items()},
        }

    @classmethod
    def from_dict(cls, content: Any) -> Plan:
        """Make a plan of what :meth:`to_dict` returned."""
        if not isinstance(content, Mapping) or content.get("version") != PLAN_VERSION:
            raise ParameterError(
                f"a plan must have version = {PLAN_VERSION}; got {content.get('version')!r}. "
                "Propose a fresh one: synthkit mask TABLE.csv --propose."
            )
        unknown = sorted(set(content) - {"version", "generalise", "columns"})
        if unknown:
            raise ParameterError(
                f"a plan has the parts 'generalise' and 'columns'; got {unknown[0]!r}. Remove it."
            )
        groups = _known("generalise", content.get("generalise", {}), Plan, {"rules"})
        columns = content.get("columns", {})
        rules = {
            str(n): Rule(**_known(f"column {n!r}", r, Rule, set())) for n, r in columns.items()
        }
        return cls(rules, **groups)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan as TOML, or as JSON if the name ends in .json; whole or not at all."""
        target = Path(path)
        if target.suffix == ".json":
            text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"
        else:
            text = to_toml(self.to_dict())
        files.write_bytes(target, text.encode("utf-8"))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Plan:
        """Read a plan file.

        Raises
        ------
        ParameterError
            If there is none, or it can't be read: with the place of the fault.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise ParameterError(
                f"the plan file must exist; got {str(path)!r}. "
                "Propose one: synthkit mask TABLE.csv --propose --plan FILE."
            ) from error
        try:
            content = json.loads(text) if Path(path).suffix == ".json" else _read_toml(text)
        except ValueError as error:
            raise ParameterError(
                f"the plan {str(path)!r} can't be read: {error}. Mend it."
            ) from error
        return cls.from_dict(content)


def _changed(rule: Rule) -> dict[str, Any]:
    default = Rule(rule.action)
    options = {f.name: getattr(rule, f.name) for f in fields(rule)}
    return {n: v for n, v in options.items() if n == "action" or v != getattr(default, n)}


def _known(what: str, given: Any, cls: type, hidden: set[str]) -> dict[str, Any]:
    names = {f.name for f in fields(cls)} - hidden
    nameless = cls is Rule and isinstance(given, Mapping) and "action" not in given
    if not isinstance(given, Mapping) or set(given) - names or nameless:
        wrong = sorted(set(given) - names) if isinstance(given, Mapping) else given
        raise ParameterError(
            f"the plan's {what} must have an action and options among {', '.join(sorted(names))}; "
            f"got {wrong}. Correct it."
        )
    return dict(given)


def _check_rule(name: str, rule: Rule, columns: list[str]) -> None:
    if rule.action not in ACTIONS:
        raise ParameterError(
            f"column {name!r}: action must be one of {', '.join(ACTIONS)}; got {rule.action!r}."
        )
    if rule.on_invalid not in ON_INVALID:
        raise ParameterError(
            f"column {name!r}: on_invalid must be 'error' or 'redact'; got {rule.on_invalid!r}."
        )
    if rule.action == "encrypt" and rule.kind not in ENCRYPTED_KINDS:
        raise ParameterError(
            f"column {name!r}: kind must be one of {', '.join(ENCRYPTED_KINDS)} to be encrypted; "
            f"got {rule.kind!r}. Use action 'pseudonymise' or 'tokenise' for other values."
        )
    if rule.action == "substitute" and rule.kind not in values.PERSON_KINDS:
        raise ParameterError(
            f"column {name!r}: kind must be one of {', '.join(values.PERSON_KINDS)} to be "
            f"substituted; got {rule.kind!r}."
        )
    if rule.action == "shift_dates":
        if rule.subject not in columns:
            raise ParameterError(
                f"column {name!r}: subject must be a column of the table, so that all dates of one "
                f"person move together; got {rule.subject!r}. Name it, or use action 'coarsen'."
            )
        if rule.max_days < 1:
            raise ParameterError(
                f"column {name!r}: max_days must be 1 or more; got {rule.max_days}. Try 365."
            )
    if rule.action == "coarsen" and not (rule.unit or rule.width > 0 or rule.keep > 0):
        raise ParameterError(
            f"column {name!r}: action 'coarsen' needs unit (dates), width (numbers) or keep (text)."
        )
    if rule.unit not in ("", "month", "year", "decade"):
        raise ParameterError(
            f"column {name!r}: unit must be 'month', 'year' or 'decade'; got {rule.unit!r}."
        )


# --- TOML ---------------------------------------------------------------------------------------


def to_toml(content: Mapping[str, Any]) -> str:
    """Write a plan as TOML."""
    lines = [
        "# A masking plan: what happens to each column. Edit it, then run",
        "#   synthkit mask TABLE.csv -o MASKED.csv --plan THIS --key-file KEY",
        "# Actions: " + ", ".join(ACTIONS) + ".",
        f"version = {content['version']}",
        "",
        "[generalise]",
    ]
    groups = content["generalise"]
    lines += [f"{name} = {_toml_value(v)}" for name, v in groups.items() if v is not None]
    for name, rule in content["columns"].items():
        lines += ["", f"[columns.{_toml_value(name)}]"]
        lines += [f"{key} = {_toml_value(v)}" for key, v in rule.items() if v is not None]
    return "\n".join(lines) + "\n"


def _toml_value(value: Any) -> str:
    """Return a string, number or truth value as TOML has it: as JSON, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read_toml(text: str) -> dict[str, Any]:
    try:
        import tomllib
    except ModuleNotFoundError as error:  # Python 3.10
        raise ValueError("TOML needs Python 3.11; save the plan as .json instead") from error
    return tomllib.loads(text)
