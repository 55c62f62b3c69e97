r"""Rules are data: a file that can be read, edited and checked, and no code in it.

``rules.json`` beside this file holds the defaults; :func:`write_rules` copies them for you to
edit, as JSON or as TOML.  A rule file needs only what differs from the defaults.  JSON works with
every Python; TOML needs the ``tomllib`` of Python 3.11 and later, and no other package.

Each rule has a range (:data:`RANGES`), and some choose a model (:data:`CHOICES`).  An unknown key,
a wrong type and a number outside its range are refused with the line, the key and the range.
What rules must satisfy together is checked by ``world.require_consistent``.
"""

from __future__ import annotations

import copy
import difflib
import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from synthkit.errors import ParameterError

DEFAULTS = Path(__file__).with_name("rules.json")
POSITIVE = (1e-12, math.inf)
SHARE = (0.0, 1.0)
ANY = (-math.inf, math.inf)
COUNT = (0.0, math.inf)
# Ranges by the last word of a key, or by the whole key where that is not enough.
RANGES: dict[str, tuple[float, float]] = {
    "stay_recession": SHARE, "stay_expansion": SHARE, "constant": ANY, "matrix": ANY,
    "covariance": ANY, "growth_recession": ANY, "growth_expansion": ANY, "growth_sd": COUNT,
    "reversion": SHARE, "natural": (0.1, 30.0), "breakeven": ANY, "gap_okun": POSITIVE,
    "persistence": (0.0, 0.999), "target": ANY, "slope": ANY, "real_rate": ANY,
    "inflation_weight": ANY, "gap_weight": ANY, "smoothing": (0.0, 0.999),
    "speed": POSITIVE, "sigma": POSITIVE, "floor_pct": POSITIVE, "level_pct": COUNT,
    "mean_pct": POSITIVE, "mu": ANY, "gamma": ANY, "dof": (2.000001, math.inf),
    "correlation": (-1.0, 1.0), "recession_volatility": POSITIVE, "mean_rough_pct": ANY,
    "mean_calm_pct": ANY, "stay_rough": SHARE, "stay_calm": SHARE, "drift": ANY, "jump_mean": ANY,
    "level": POSITIVE, "size_pct": ANY, "hours": COUNT, "days": COUNT,
    "amount_median": POSITIVE, "amount_sigma": COUNT, "label_noise": (0.0, 0.5),
    "adaptivity": SHARE, "share": SHARE, "job_loss": SHARE, "job_finding": SHARE,
    "spending_per_gap_pct": ANY, "loan_share": SHARE, "rent_share": SHARE,
    "default_hazard": SHARE, "hazard_per_unemployment_pct": ANY, "threshold": POSITIVE,
}  # fmt: skip


# Rules that choose one of several models, by their whole key.
CHOICES: dict[str, tuple[str, ...]] = {
    "cycle.model": ("regimes", "var"),
    "rates.model": ("cir", "vasicek"),
    "rates.scheme": ("exact", "euler"),
    "rates.returns_to": ("policy", "mean"),
    "markets.model": ("gjr", "garch", "regimes", "merton", "log_volatility"),
}


@cache
def _default_text() -> str:
    return DEFAULTS.read_text("utf-8")


def default_rules() -> dict[str, Any]:
    """Return a fresh copy of the default rules."""
    rules: dict[str, Any] = json.loads(_default_text())
    return rules


def read_rules(source: str | Path | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the whole set of rules: the defaults, changed by a file or a dict.

    Parameters
    ----------
    source : path, dict or None
        A ``.json`` or ``.toml`` file.

    Raises
    ------
    ParameterError
        Naming the line and the key, with the range.
    """
    if source is None:
        return default_rules()
    if isinstance(source, Mapping):
        return merged(source, "")
    path = Path(source)
    if not path.is_file():
        raise ParameterError(
            f"rules must be a file that is there; got {str(source)!r}. "
            "write_rules(path) makes one to start from."
        )
    text = path.read_text("utf-8")
    return merged(_parsed(path, text), text, path.name)


def write_rules(path: str | Path) -> Path:
    """Write the default rules to a ``.json`` or ``.toml`` file and return its path.

    A file that is there already is left alone.
    """
    path = Path(path)
    if path.suffix not in (".json", ".toml"):
        raise ParameterError(
            f"a rule file must end in .json or .toml; got {path.name!r}. Rename it."
        )
    text = _default_text() if path.suffix == ".json" else as_toml(default_rules())
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path


def as_toml(rules: Mapping[str, Any]) -> str:
    """Return rules as TOML: one table for each group, lists on one line."""
    lines: list[str] = []
    for prefix, table in _tables(rules):
        lines += ["", f"[{prefix}]"]
        lines += [f"{k} = {json.dumps(v)}" for k, v in table.items() if not isinstance(v, dict)]
    return "\n".join(lines).lstrip() + "\n"


def _tables(rules: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, value in rules.items():
        if isinstance(value, dict):
            name = f"{prefix}.{key}" if prefix else key
            if any(not isinstance(v, dict) for v in value.values()):
                yield name, value
            yield from _tables(value, name)


def _parsed(path: Path, text: str) -> dict[str, Any]:
    """Parse a rule file; a syntax error names the line."""
    if path.suffix == ".toml":
        try:
            import tomllib
        except ImportError as error:
            raise ParameterError(
                f"a rule file in TOML must be read by Python 3.11 or later; got {path.name!r}. "
                "Write it as JSON: write_rules('rules.json')."
            ) from error
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ParameterError(f"{path.name} must be valid TOML; got: {error}.") from error
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ParameterError(
            f"{path.name}, line {error.lineno}: must be valid JSON; got: {error.msg}. "
            "Look for a missing comma or quote there or on the line above."
        ) from error
    if not isinstance(document, dict):
        raise ParameterError(f"{path.name} must hold an object {{...}}; got a list or a value.")
    return document


def merged(changes: Mapping[str, Any], text: str, file: str = "rules") -> dict[str, Any]:
    """Return the defaults with checked changes; ``text`` serves to find a key's line."""
    rules = default_rules()
    _merge(rules, changes, (), text, file)
    return rules


def _merge(
    rules: dict[str, Any], changes: Mapping[str, Any], path: tuple[str, ...], text: str, file: str
) -> None:
    for key, value in changes.items():
        here = (*path, key)
        where = _where(file, here, text)
        if key not in rules:
            close = difflib.get_close_matches(str(key), list(rules), 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known are {', '.join(rules)}."
            raise ParameterError(
                f"{where} must be a known rule; got the unknown key {key!r}. {hint}"
            )
        known = rules[key]
        if isinstance(known, dict):
            if not isinstance(value, Mapping):
                raise ParameterError(f"{where} must be a group of rules; got {value!r}.")
            _merge(known, value, here, text, file)
        else:
            choices = CHOICES.get(".".join(here))
            if choices is None:
                _check_value(where, key, value, known)
            elif value not in choices:
                raise ParameterError(
                    f"{where} must be one of {', '.join(choices)}; got {value!r}. "
                    f"The default is {known}."
                )
            rules[key] = copy.deepcopy(value)


def _check_value(where: str, key: str, value: Any, known: Any) -> None:
    if isinstance(known, list):
        if not isinstance(value, list) or len(value) != len(known):
            raise ParameterError(
                f"{where} must be a list of {len(known)} values; got {value!r}. "
                f"The default is {known}."
            )
        for item, default in zip(value, known):
            _check_value(where, key, item, default)
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ParameterError(f"{where} must be a number; got {value!r}. The default is {known}.")
    low, high = RANGES.get(key, COUNT)
    if not low <= value <= high:
        shown = "above 0" if (low, high) == POSITIVE else f"between {low:g} and {high:g}"
        shown = "0 or more" if (low, high) == COUNT else shown
        raise ParameterError(f"{where} must be {shown}; got {value}. The default is {known}.")


def _where(file: str, path: tuple[str, ...], text: str) -> str:
    """Return 'file, line 12: key a.b.c', the line as far as the text tells it."""
    line = _line_of(path, text)
    at = f"{file}, line {line}: " if line else f"{file}: "
    return f"{at}{'.'.join(map(str, path))}"


def _line_of(path: tuple[str, ...], text: str) -> int | None:
    """Return the line on which a key stands: each word of the path is sought behind the last."""
    header = re.search(rf"(?m)^\[{re.escape('.'.join(path[:-1]))}\]", text)  # TOML's table
    if header and len(path) > 1:
        start, words = header.end(), path[-1:]
    else:
        start, words = 0, path
    for word in words:
        pattern = rf'(?m)(?:^\s*|[{{,]\s*|\[)"?{re.escape(str(word))}"?\s*[:=\]]'
        found = re.compile(pattern).search(text, start)
        if found is None:
            return None
        start = found.end()
    return text.count("\n", 0, start) + 1
