"""Tell what a column of texts is, and how it was written.

A column becomes numbers, truth values or dates only if each of its values does, without loss:
``007`` stays text, ``9007199254740993`` stays whole, integers with gaps stay integers.  What
none of the readers takes stays text.  Each reader returns the values and, where the output
would not look like the input, the form in which they were written.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from synthkit.errors import DataWarning

# What stands for "no value"; an empty field always does.
MISSING = frozenset({"", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", "<NA>", "NaT"})

NUMBER = re.compile(
    r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?[Ii]nf(?:inity)?"
)
FLOAT_DIGITS = 17  # float64 tells all numbers of 15 significant digits apart, and prints 17

ISO_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:(?P<sep>[ T])\d\d:\d\d(?P<seconds>:\d\d(?:\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?"
)
# Other ways to write a date. A column is read so only if exactly one of them fits all of it.
OTHER_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d")
OTHER_TIMES = ("", " %H:%M", " %H:%M:%S")

Form = Callable[[pd.Series], list[str | None]]


class Column(NamedTuple):
    """The values of a column, and the form to write them in (None: as pandas does)."""

    values: pd.Series
    form: Form | None = None


def column_of(
    name: str, texts: list[str], decimal_comma: bool = False, date_format: str | None = None
) -> Column:
    """Return a column of texts as what it is.

    Parameters
    ----------
    name : str
        The column's name, for warnings.
    texts : list of str
        One for each row, as they stand in the file.
    decimal_comma : bool
        Read ``1,5`` as a number (files that are delimited by semicolons).
    date_format : str, optional
        How dates are written, for ``strptime``, where it is not ISO 8601.
    """
    missing = np.array([text in MISSING for text in texts], dtype=bool)
    present = [text for text in texts if text not in MISSING]
    if not present:
        return Column(pd.Series(np.full(len(texts), np.nan)))
    return (
        _integers(present, missing)
        or _floats(name, present, missing, decimal_comma)
        or _booleans(present, missing)
        or _iso_times(name, present, missing)
        or _other_dates(name, present, missing, date_format)
        or Column(pd.Series([None if text in MISSING else text for text in texts]))
    )


def _integers(present: list[str], missing: np.ndarray) -> Column | None:
    """Read whole numbers that come back digit by digit; beyond 64 bits they stay text."""
    try:
        if not all(str(int(text)) == text for text in present):
            return None
    except ValueError:
        return None
    for dtype in ("int64", "uint64"):
        with contextlib.suppress(OverflowError):
            return Column(_with_gaps(np.array(list(map(int, present)), dtype=dtype), missing))
    return None


def _floats(
    name: str, present: list[str], missing: np.ndarray, decimal_comma: bool
) -> Column | None:
    """Read decimal numbers."""
    comma = decimal_comma and not any("." in text for text in present)
    plain = [text.replace(",", ".") for text in present] if comma else present
    if not all(NUMBER.fullmatch(text) for text in plain):
        return None
    if all(text.lstrip("+-").isdigit() for text in plain):
        return None  # whole numbers beyond 64 bits, or a code such as a phone number's +49
    if any(sum(map(str.isdigit, text)) > FLOAT_DIGITS + 5 for text in plain):
        warnings.warn(
            f"column {name!r}: numbers of more than {FLOAT_DIGITS} digits are rounded.",
            DataWarning,
            stacklevel=2,
        )
    values = np.full(len(missing), np.nan)
    values[~missing] = [float(text) for text in plain]
    return Column(pd.Series(values), _decimal_comma if comma else None)


def _booleans(present: list[str], missing: np.ndarray) -> Column | None:
    """Read truth values in any of the three common spellings, if the column keeps to one."""
    for true, false in (("True", "False"), ("true", "false"), ("TRUE", "FALSE")):
        if set(present) <= {true, false}:
            flags = np.array([text == true for text in present], dtype=bool)

            def form(series: pd.Series, true: str = true, false: str = false) -> list[str | None]:
                return [None if pd.isna(v) else true if v else false for v in series]

            return Column(_with_gaps(flags, missing), form)
    return None


def _with_gaps(present: np.ndarray, missing: np.ndarray) -> pd.Series:
    """Spread values over all rows: a NumPy column if none is missing, else a masked one."""
    values = np.zeros(len(missing), dtype=present.dtype)
    values[~missing] = present
    return masked_column(values, missing)


def masked_column(values: np.ndarray, missing: np.ndarray) -> pd.Series:
    """Return whole numbers or truth values as a column; those under the mask are missing."""
    if not missing.any():
        return pd.Series(values)
    masked = pd.arrays.BooleanArray if values.dtype == bool else pd.arrays.IntegerArray
    return pd.Series(masked(values, missing))


def _iso_times(name: str, present: list[str], missing: np.ndarray) -> Column | None:
    """Read ISO 8601 dates and times; the finest time in the column says how all are written."""
    matches = [ISO_TIME.fullmatch(text) for text in present]
    if not all(matches):
        return None
    parts = [match.groupdict() for match in matches if match]
    zones = {part["zone"] for part in parts}
    if None in zones and len(zones) > 1:
        return None  # some with a time zone, some without: not comparable, so not times
    digits = max(len(part["fraction"] or "") for part in parts)
    unit = "s" if digits == 0 else "us" if digits <= 6 else "ns"
    zone = zones.pop() if len(zones) == 1 else "+00:00"
    try:
        instants = np.array([_in_utc(text) for text in present], dtype=f"datetime64[{unit}]")
    except ValueError:
        return None  # the 31st of February
    series = _times_with_gaps(instants, missing)
    if zone is not None:
        series = series.dt.tz_localize("UTC").dt.tz_convert(_zone(zone))
    if zones:
        warnings.warn(
            f"column {name!r}: its times are in several zones; they are written in UTC.",
            DataWarning,
            stacklevel=2,
        )
    separator = next((part["sep"] for part in parts if part["sep"]), None)
    precision: Literal["D", "m", "s", "ms", "us", "ns"] = "s"
    if separator is None:
        precision = "D"
    elif digits:
        precision = "ms" if digits <= 3 else "us" if digits <= 6 else "ns"
    elif not any(part["seconds"] for part in parts):
        precision = "m"

    def form(series: pd.Series) -> list[str | None]:
        wall_clock = series.dt.tz_localize(None) if zone is not None else series
        instants = wall_clock.to_numpy().astype(f"datetime64[{unit}]")
        texts = np.datetime_as_string(instants, unit=precision, casting="unsafe")
        return [
            None if gone else text.replace("T", separator or "T") + (zone or "")
            for text, gone in zip(texts.tolist(), series.isna())
        ]

    return Column(series, form)


def _times_with_gaps(instants: np.ndarray, missing: np.ndarray) -> pd.Series:
    """Spread times over all rows; the others are NaT."""
    values = np.full(len(missing), np.datetime64("NaT"), dtype=instants.dtype)
    values[~missing] = instants
    return pd.Series(values)


def _zone(offset: str) -> timezone:
    """Return the time zone that 'Z' or '+05:30' means."""
    if offset == "Z":
        return timezone.utc
    minutes = int(offset[1:3]) * 60 + int(offset[4:])
    return timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))


def _in_utc(text: str) -> str:
    """Return an ISO time that NumPy reads, moved to UTC where it states a zone."""
    if text.endswith("Z"):
        return text[:-1]
    if len(text) > 16 and text[-6] in "+-" and text[-3] == ":":
        offset = _zone(text[-6:]).utcoffset(None)
        return str(np.datetime64(text[:-6]) - np.timedelta64(offset))
    return text


def _other_dates(
    name: str, present: list[str], missing: np.ndarray, date_format: str | None
) -> Column | None:
    """Read dates in the one other way that fits them all; leave them as text if two do."""
    candidates = [date + time for date in OTHER_DATES for time in OTHER_TIMES]
    found = {}
    for written in [date_format] if date_format else candidates:
        with contextlib.suppress(ValueError):
            found[written] = _parse(present, written)
    if len(found) > 1:
        day_first, month_first = list(found)[:2]
        warnings.warn(
            f"column {name!r} looks like dates, but {day_first} and {month_first} both fit it, so "
            f'it is kept as text. Say which: --date-format "{day_first}".',
            DataWarning,
            stacklevel=2,
        )
    if len(found) != 1:
        return None
    ((written, instants),) = found.items()

    def form(series: pd.Series) -> list[str | None]:
        return [None if pd.isna(v) else v.strftime(written) for v in series]

    return Column(_times_with_gaps(instants, missing), form)


def _parse(present: list[str], written: str) -> np.ndarray:
    """Parse dates of one form; each different text once, for many rows share a day."""
    instants = {text: datetime.strptime(text, written) for text in dict.fromkeys(present)}
    return np.array([instants[text] for text in present], dtype="datetime64[us]")


def _decimal_comma(series: pd.Series) -> list[str | None]:
    """Write numbers with a comma."""
    return [None if pd.isna(v) else repr(float(v)).replace(".", ",") for v in series]
