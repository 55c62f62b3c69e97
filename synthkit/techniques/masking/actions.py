"""What can be done to one column: text, numbers and dates in, masked cells out.

Each action works on the distinct values of a column and never raises with a value in the
message: a cell that hasn't the form of its kind is named by column and row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.errors import DataError
from synthkit.rng import BLOCK_ROWS
from synthkit.techniques.masking import dates, formats, pseudonyms, values
from synthkit.techniques.masking.freetext import Known, mask_free_text
from synthkit.techniques.masking.generalise import Generaliser
from synthkit.techniques.masking.plan import Plan, Rule
from synthkit.techniques.masking.pseudonyms import MaskingKey, Vault
from synthkit.techniques.masking.texts import Texts, contains, in_arrow

REDACTED = "[redacted]"
Cells = NDArray[Any]


@dataclass
class Learned:
    """What the whole table has to tell before single rows can be masked."""

    groups: Generaliser | None = None
    limits: dict[str, tuple[float, float]] = field(default_factory=dict)
    known: Known = field(default_factory=Known)


@dataclass
class Context:
    """Everything that the actions need besides the cells."""

    plan: Plan
    key: MaskingKey
    learned: Learned
    locale: str = ""
    first_row: int = 0  # of these rows within the whole table, for messages and shuffling
    vault: Vault | None = None
    report: dict[str, dict[str, int]] = field(default_factory=dict)
    _distinct: dict[str, tuple[Any, Cells, Texts]] = field(default_factory=dict, repr=False)
    _bits: dict[str, NDArray[np.uint64]] = field(default_factory=dict, repr=False)

    def distinct(self, column: pd.Series) -> tuple[NDArray[np.bool_], Cells, Texts]:
        """Return a column's missing mask (n,), codes of its present cells, and distinct texts.

        Remembered while a table is masked: a subject column is asked for more than once.
        """
        name = str(column.name)
        if name not in self._distinct:
            missing = column.isna().to_numpy(dtype=bool)
            present = column[~missing] if missing.any() else column
            codes, uniques = _factorized(present)
            self._distinct[name] = (missing, codes, uniques)
        return self._distinct[name]

    def bits(self, column: pd.Series) -> NDArray[np.uint64]:
        """Return 64 + 64 keyed bits of a column's distinct texts: for pseudonyms, for dates."""
        name = str(column.name)
        if name not in self._bits:
            key = self.key.for_domain(self.plan.domain_of(name))
            self._bits[name] = pseudonyms.hashed_twice(self.distinct(column)[2], key)
        return self._bits[name]

    def forget(self) -> None:
        """Drop what ``distinct`` and ``bits`` remember: it holds originals."""
        self._distinct.clear()
        self._bits.clear()

    def count(self, column: str, what: str, number: int) -> None:
        """Add to the report."""
        counts = self.report.setdefault(column, {})
        counts[what] = counts.get(what, 0) + int(number)


def apply_plan(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return the masked table; its columns are text labels, its index plain."""
    masked: dict[str, Any] = {}
    grouped: Mapping[str, Cells] = {}
    if context.learned.groups is not None and context.plan.generalised:
        grouped, suppressed = context.learned.groups.apply(table)
    for name in table.columns:
        rule, column = context.plan.rules[name], table[name]
        context.count(name, "cells", int(column.notna().sum()))
        if rule.action == "keep":
            masked[name] = column.reset_index(drop=True)
        elif rule.action == "generalise":
            masked[name] = _typed_like(grouped[name], column)
            context.count(name, "suppressed", int(suppressed.sum()))
        else:
            masked[name] = _mask_column(table, name, rule, context)
    context.forget()
    return pd.DataFrame(masked)


def _mask_column(table: pd.DataFrame, name: str, rule: Rule, context: Context) -> pd.Series:
    column = table[name]
    if rule.action == "redact":
        return redact(column)
    if rule.action == "shuffle":
        return shuffle(column, context.key.for_domain(f"shuffle {name}"), context.first_row)
    if rule.action == "code_extremes":
        return code_extremes(column, *context.learned.limits[name])
    if rule.action == "shift_dates":
        days = shift_of(table[rule.subject], rule, context)
        masked, wrong = dates.shift(column, days, rule.format)
        return _handle_invalid(masked, wrong, name, rule, context)
    if rule.action == "coarsen":
        masked, wrong = coarsen(column, rule)
        return _handle_invalid(masked, wrong, name, rule, context)
    if rule.action == "encrypt" and rule.kind == "integer":
        key = context.key.for_domain(context.plan.domain_of(name))
        masked, wrong = encrypt_integers(column, key)
        return _handle_invalid(masked, wrong, name, rule, context)
    return _mask_text_column(column, name, rule, context)


def _mask_text_column(column: pd.Series, name: str, rule: Rule, context: Context) -> pd.Series:
    """Mask the texts of a column, the distinct ones where that pays, and put them in place."""
    bulk = rule.action == "encrypt" and rule.kind in formats.BULK_KINDS
    missing, codes, texts = every_text(column) if bulk else context.distinct(column)
    new, valid = _mask_texts(texts, column, rule, context)
    place = np.full(len(column), -1)  # of each row's text among the distinct ones; -1 for none
    place[~missing] = np.where(valid, np.arange(len(texts)), -1)[codes]
    masked = _in_place(new, place, column)
    return _handle_invalid(masked, ~missing & (place < 0), name, rule, context)


def _in_place(new: Texts, place: NDArray[np.intp], column: pd.Series) -> pd.Series:
    """Return masked texts in the rows of the column and in its dtype; none where place is -1."""
    if isinstance(column.dtype, pd.StringDtype):
        table: Any = pd.Series(new, dtype=column.dtype).array
        return pd.Series(table.take(place, allow_fill=True))
    cells = np.array([*new, None], dtype=object)[place]
    return _typed_like(cells, column, place < 0)


def _mask_texts(
    texts: Texts, column: pd.Series, rule: Rule, context: Context
) -> tuple[Texts, NDArray[np.bool_]]:
    """Return what each distinct text becomes, and which had the form of their kind."""
    name = str(column.name)
    key = context.key.for_domain(context.plan.domain_of(name))
    fine = np.ones(len(texts), dtype=bool)
    if not len(texts):
        return texts, fine
    if rule.action == "substitute":
        plain = np.asarray(texts, dtype=object)
        return _substitute(plain, rule.kind, context.bits(column)[:, 0], context.locale), fine
    if rule.action == "free_text":
        plain = np.asarray(texts, dtype=object)
        new, found = mask_free_text(plain, context.key, context.learned.known)
        context.count(name, "found in distinct texts", found)
        return new, fine
    if rule.action == "encrypt" or rule.kind in ("ip", "uuid"):
        return formats.MASK_OF_KIND[rule.kind](texts, key)
    bits = context.bits(column)[:, 0]
    pseudonyms.refuse_collisions(bits, name)
    ending = "@example.com" if rule.kind == "email" else ""
    new = pseudonyms.to_tokens(bits, texts, ending)
    if rule.action == "tokenise" and context.vault is not None:
        context.vault.put(new, texts)
    if rule.kind == "email":
        fine = contains(texts, "@")
    return new, fine


def _substitute(texts: Cells, kind: str, bits: NDArray[np.uint64], locale: str) -> Cells:
    bits = bits.copy()
    new = values.substitutes(kind, bits, locale)
    same = new == texts
    while same.any():  # an invented name that is the real one is no mask: take another
        bits[same] += np.uint64(0x9E3779B97F4A7C15)  # golden ratio: changes all parts of the bits
        new[same] = values.substitutes(kind, bits[same], locale)
        same = new == texts
    return new


# --- cells and dtypes -----------------------------------------------------------------------------


def every_text(column: pd.Series) -> tuple[NDArray[np.bool_], Cells, Texts]:
    """Return a column's missing mask (n,), and its present texts with their numbers, 0, 1, 2 …"""
    missing = column.isna().to_numpy(dtype=bool)
    present = column[~missing] if missing.any() else column
    texts = present.array if in_arrow(present.array) else as_texts(present)
    return missing, np.arange(len(texts)), texts


def _factorized(present: pd.Series) -> tuple[Cells, Texts]:
    """Return codes (n,) and distinct texts of cells without gaps."""
    if isinstance(present.dtype, pd.StringDtype):
        codes, index = pd.factorize(present)  # within Arrow, where the strings live
        return codes, index.array if in_arrow(index.array) else index.to_numpy(dtype=object)
    codes, texts = pd.factorize(as_texts(present))
    return codes, np.asarray(texts, dtype=object)


def as_texts(present: pd.Series) -> Cells:
    """Return the cells (n,) as text; whole numbers without a decimal point."""
    cells = present.astype(object).to_numpy()
    if pd.api.types.infer_dtype(present, skipna=False) == "string":
        return cells
    return np.array([_as_text(cell) for cell in cells], dtype=object)


def _as_text(cell: Any) -> str:
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell)


def _typed_like(cells: Cells, column: pd.Series, missing: Any = None) -> pd.Series:
    """Return cells (n,) in the dtype of ``column`` if they fit it, else as text.

    A category gets the categories that occur now: the old ones would show the originals.
    """
    dtype = column.dtype
    if missing is None:
        missing = np.array([cell is None for cell in cells], dtype=bool) | pd.isna(cells)
    cells = cells.astype(object)
    cells[missing] = None
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Series(pd.Categorical(cells))
    if pd.api.types.is_string_dtype(dtype) or _is_object(dtype):
        was_missing = column.isna().to_numpy(dtype=bool) & missing
        result = pd.Series(cells, dtype=object)
        if not _is_object(dtype):
            return result.astype(dtype)
        result[was_missing] = column.reset_index(drop=True)[was_missing]  # None stays None
        return result
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        numbers = [_as_number(cell) for cell in cells]
        if "not a number" not in numbers:
            return _fit_dtype(numbers, dtype)
    elif not any(isinstance(cell, str) for cell in cells):
        return _fit_dtype(list(cells), dtype)
    return pd.Series(cells, dtype=object)


def _is_object(dtype: Any) -> bool:
    return bool(pd.api.types.is_object_dtype(dtype))


def _as_number(cell: Any) -> Any:
    if isinstance(cell, str):
        return int(cell) if cell.isdecimal() else "not a number"
    return cell


def _fit_dtype(cells: list[Any], dtype: Any) -> pd.Series:
    """Return cells in a dtype, or in the nullable version of it if some are missing now."""
    gap = any(cell is None for cell in cells)
    if gap and isinstance(dtype, np.dtype) and dtype.kind in "iub":
        names = {"i": "Int", "u": "UInt", "b": "boolean"}
        name = names[dtype.kind] + (str(8 * dtype.itemsize) if dtype.kind != "b" else "")
        return pd.Series(cells, dtype=name)
    if isinstance(dtype, pd.SparseDtype):
        plain = pd.Series(cells, dtype=dtype.subtype)
        return plain.astype(dtype)
    try:
        return pd.Series(cells, dtype=dtype)
    except (OverflowError, ValueError, TypeError):
        return pd.Series(cells, dtype=object).infer_objects()  # an int8 key can't hold 52 bits


def _handle_invalid(
    masked: pd.Series, wrong: NDArray[np.bool_], name: str, rule: Rule, context: Context
) -> pd.Series:
    """Redact the cells that hadn't the form of their kind, or say where the first one is."""
    if not wrong.any():
        return masked
    row = context.first_row + int(np.argmax(wrong))
    if rule.on_invalid == "error":
        what = {"card": "card number that passes Luhn's check, of 13 to 19 digits",
                "integer": "whole number >= 0", "": "value of its form"}.get(rule.kind, rule.kind)
        if rule.action in ("shift_dates", "coarsen"):
            what = f"date written as {rule.format or 'YYYY-MM-DD'}"
        raise DataError(
            f"column {name!r} must hold a valid {what} in every row; row {row} doesn't, and "
            f"{int(wrong.sum()) - 1} more. Correct the cell, or set on_invalid = \"redact\" for "
            "this column in the plan."
        )
    context.count(name, "invalid, redacted", int(wrong.sum()))
    context.report[name].setdefault("first invalid row", row)
    return _put(masked, wrong)


def _put(column: pd.Series, rows: NDArray[np.bool_]) -> pd.Series:
    """Write [redacted] into rows of a text column, a missing value into others."""
    text = pd.api.types.is_string_dtype(column.dtype) or _is_object(column.dtype)
    cells = column.astype(object).to_numpy(copy=True)
    cells[rows] = REDACTED if text else None
    return _typed_like(cells, column)


# --- simple actions -------------------------------------------------------------------------------


def redact(column: pd.Series) -> pd.Series:
    """Replace every cell: text by [redacted], anything else by a missing value."""
    column = column.reset_index(drop=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    return _put(column, column.notna().to_numpy(dtype=bool))


def shuffle(column: pd.Series, key: bytes, first_row: int) -> pd.Series:
    """Exchange cells between the rows of each block of 65,536: the marginal stays, no row does."""
    places = np.arange(len(column))
    for start in range(0, len(column), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        seed = [*np.frombuffer(key, dtype=np.uint32).tolist(), (first_row + start) // BLOCK_ROWS]
        np.random.default_rng(seed).shuffle(places[block])
    return column.iloc[places].reset_index(drop=True)


def code_extremes(column: pd.Series, low: float, high: float) -> pd.Series:
    """Replace what lies beyond the limits by the limit (top and bottom coding)."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    cells = column.astype(object).to_numpy(copy=True)
    text = any(isinstance(cell, str) for cell in cells[:100])
    for beyond, limit in ((numbers < low, low), (numbers > high, high)):
        cells[beyond] = f"{limit:.10g}" if text else _whole(limit)
    return _typed_like(cells, column)


def _whole(x: float) -> float | int:
    return int(x) if float(x).is_integer() else x


def coarsen(column: pd.Series, rule: Rule) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Round: dates to a month, year or decade, numbers to a width, text to its first letters."""
    if rule.unit:
        return dates.floor(column, rule.unit, rule.format)
    cells = column.astype(object).to_numpy(copy=True)
    known = column.notna().to_numpy(dtype=bool, copy=True)
    wrong = np.zeros(len(cells), dtype=bool)
    if rule.width:
        text = any(isinstance(cell, str) for cell in cells[known][:100])
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        wrong = known & np.isnan(numbers)
        known &= ~wrong
        lower = np.floor(numbers[known] / rule.width) * rule.width
        cells[known] = [f"{x:.10g}" if text else _whole(x) for x in lower]
    else:
        texts = as_texts(column[known])
        cells[known] = [t[: rule.keep] + "*" * (len(t) - rule.keep) for t in texts.tolist()]
    return _typed_like(cells, column), wrong


def encrypt_integers(column: pd.Series, key: bytes) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Encrypt whole numbers; text of digits stays text, so that CSV files and tables agree."""
    known = column.notna().to_numpy(dtype=bool)
    cells = column[known].astype(object).to_numpy()
    numbers = [_whole_or_negative(cell) for cell in cells]
    secret, valid = formats.mask_integers(np.array(numbers, dtype=object), key)
    wrong = np.zeros(len(column), dtype=bool)
    wrong[known] = ~valid
    out = np.empty(len(column), dtype=object)
    text = len(cells) > 0 and isinstance(cells[0], str)
    out[known] = [str(int(x)) if text else int(x) for x in secret]
    return _typed_like(out, column), wrong


def _whole_or_negative(cell: Any) -> int:
    """Return the whole number of a cell; -1 for anything else, which is then invalid."""
    if isinstance(cell, str):
        plain = cell.isdecimal() and cell.isascii() and len(cell) <= 19
        return int(cell) if plain and (cell[0] != "0" or cell == "0") else -1  # 007 is not 7
    try:
        return int(cell) if cell == int(cell) else -1
    except (TypeError, ValueError, OverflowError):
        return -1


def shift_of(subject: pd.Series, rule: Rule, context: Context) -> NDArray[np.int64]:
    """Return the days (n,) by which the dates of each subject move: never 0, the same each time."""
    missing, codes, uniques = context.distinct(subject)
    whose = np.full(len(subject), len(uniques))  # rows without a subject share the last shift
    whose[~missing] = codes
    nobody = pseudonyms.hashed_twice(np.array([""], dtype=object), context.key.for_domain("nobody"))
    bits = np.concatenate([context.bits(subject), nobody])[:, 1]
    days = 1 + ((bits >> np.uint64(1)) % np.uint64(rule.max_days)).astype(np.int64)
    return np.where(bits & np.uint64(1), days, -days)[whose]
