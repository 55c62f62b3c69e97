"""What a column looks like: a name, a card, a date … judged by its header and its values.

Each recogniser looks at up to 2,000 distinct values.  It never keeps or prints one: what comes
out is a kind and a reason in words, which the plan shows to the user before anything is masked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.techniques.masking import formats

SAMPLE = 2_000  # distinct values looked at
SHARE = 0.8  # of them must look the part
UNIQUE_SHARE = 0.95  # beyond this share of different values, text is taken for an identifier
UNIQUE_MIN_ROWS = 10
FREE_TEXT_WORDS = 6  # words a cell on average

EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24}")
PERSON = re.compile(r"[^\W\d_][\w.'’-]*(?:,? \(?[^\W\d_][\w.'’-]*\)?){1,7}")
SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
STREET = re.compile(
    r"(?i)(?=.*\d)(?=.*\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|way|close|"
    r"square|place|blvd|boulevard|platz|weg|allee|gasse|rue|calle|via)\b|.*stra(?:ss|ß)e).*"
)
DATE_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%d %b %Y", "%d %B %Y",
    "%B %d, %Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
)

# Headers, after "firstName" and "FIRST_NAME" have both become "first name".
HEADERS: tuple[tuple[str, str], ...] = (
    ("email", r"(.* )?e ?mail( .*)?"),
    ("phone", r"(.* )?(phone|mobile|telephone|tel|fax|cell)( (no|nr|number))?\d?"),
    ("card", r"(.* )?((credit|debit|payment|bank) card|card (no|nr|number)|cc (no|nr|num|number))"
             r"( (no|nr|number))?|card|pan"),
    ("iban", r"(.* )?iban( .*)?"),
    ("digits", r"(.* )?(ssn|social security( (no|number))?|national (id|insurance)( .*)?|passport"
               r"( .*)?|tax id|nhs( (no|number))?|driv(er|ing) ?s? licen[cs]e( .*)?|nino)"),
    ("given_name", r"(.* )?(first|given|fore|middle) ?name|fname|vorname|prenom"),
    ("family_name", r"(.* )?(last|sur|family|maiden) ?name|surname|lname|nachname"),
    ("username", r"(.* )?(user ?name|login|nick ?name|screen ?name|handle)"),
    ("name", r"(.* )?(full|patient|customer|client|employee|person|contact|passenger|owner|member|"
             r"student|staff|doctor|guest|user|holder|billing|card ?holder) ?name|name|patient|"
             r"passenger|full name|(card ?)?holder"),
    ("birth_date", r"(.* )?(dob|birth ?da(te|y)|date of birth|born)( .*)?"),
    ("address", r"(.* )?(address|street|addr)( (line )?\d| line)?"),
    ("ip", r"(.* )?ip( ?v?[46])?( addr(ess)?)?"),
    ("key", r"(.* )?(id|uuid|guid|key|identifier|mrn|account (no|number)|reference)"),
    ("quasi", r"(.* )?(age|sex|gender|race|ethnicity|nationality|citizenship|country of birth|"
              r"marital( status)?|religion|occupation|profession|job( title)?|city|town|"
              r"zip( ?code)?|post(al)? ?code|postcode|plz|county|birth ?year|year of birth|"
              r"native country|education)"),
)
_HEADERS = tuple((kind, re.compile(pattern)) for kind, pattern in HEADERS)


@dataclass(frozen=True)
class Look:
    """What a column looks like, and why, in words that hold no value."""

    kind: str
    why: str
    invalid: bool = False  # some of its values don't have the form of the kind
    date_format: str = ""
    whole: bool = False  # text, but of whole numbers


def header_kind(name: object) -> str:
    """Return the kind that a header speaks of, or ""."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(name))
    text = re.sub(r"[\W_]+", " ", text).strip().lower()
    return next((kind for kind, pattern in _HEADERS if pattern.fullmatch(text)), "")


def look_at(column: pd.Series) -> Look:
    """Say what a column looks like.

    Parameters
    ----------
    column : Series
        Of any dtype; numbers may be cards, telephone numbers or keys too.
    """
    header = header_kind(column.name)
    present = column[column.notna()]
    values = present.drop_duplicates() if not _is_time(column) else present[:0]
    unique = len(values) >= UNIQUE_SHARE * len(present) and len(present) >= UNIQUE_MIN_ROWS
    if _is_time(column):
        return _look_at_times(header)
    if pd.api.types.is_bool_dtype(column.dtype) or not len(present):
        return Look("quasi", "header speaks of a personal trait") if header == "quasi" else NOTHING
    # Evenly spaced, so that the odd cells at the end of a table are seen as well.
    values = values.iloc[:: max(1, len(values) // SAMPLE)][:SAMPLE]
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _look_at_numbers(header, values, unique)
    texts = np.array([str(v) for v in values], dtype=object)
    return _look_at_texts(header, texts, unique)


NOTHING = Look("", "not recognised as personal")


def _is_time(column: pd.Series) -> bool:
    dtype = column.dtype
    if isinstance(dtype, pd.ArrowDtype):
        return str(dtype).startswith(("timestamp", "date"))
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return True
    plain = pd.api.types.is_object_dtype(dtype)
    kind = pd.api.types.infer_dtype(column, skipna=True) if plain else ""
    return kind in ("date", "datetime", "datetime64")


def _look_at_times(header: str) -> Look:
    if header == "birth_date":
        return Look("birth_date", "header speaks of a birth date")
    return Look("", "a date: shift it if it tells of a person's life")


def _look_at_numbers(header: str, values: pd.Series, unique: bool) -> Look:
    plain = values.to_numpy(dtype=float, na_value=np.nan)
    whole = bool((plain % 1 == 0).all() and (plain >= 0).all())
    if not whole:
        return Look("quasi", "header speaks of a personal trait") if header == "quasi" else NOTHING
    texts = np.array([str(int(v)) for v in values], dtype=object)
    if _share(formats.mask_cards(texts, bytes(32))[1]) >= SHARE and plain.min() > 1e12:
        return Look("card", "whole numbers of card length that pass Luhn's check")
    if header in ("phone", "digits", "card"):
        return Look(header, f"header speaks of {_WORDS[header]}", True)
    if header == "key":
        return Look("key", "header speaks of a key")
    if header == "quasi":
        return Look("quasi", "header speaks of a personal trait")
    if unique and plain.min() > 9999:
        return Look("", "whole numbers, all different: a key?")
    return NOTHING


def _look_at_texts(header: str, texts: NDArray[Any], unique: bool) -> Look:
    """Judge by the values first: a header may lie, a check digit hardly does."""
    for kind in ("email", "uuid", "ip", "iban", "card"):
        share = _share(_fits(texts, kind))
        if share >= SHARE:
            return Look(kind, f"values have the form of {_WORDS[kind]}", share < 1)
    if header in ("email", "card", "iban", "ip", "phone", "digits"):
        return Look(header, f"header speaks of {_WORDS[header]}", _share(_fits(texts, header)) < 1)
    share = _share(formats.matching(texts, SSN))
    if share >= SHARE:
        return Look("digits", "values have the form of a social security number", share < 1)
    pattern = date_format(texts)
    if header == "birth_date" or (pattern and header == "quasi"):
        return Look("birth_date", "header speaks of a birth date", not pattern, pattern)
    if pattern:
        return Look("", "dates: shift them if they tell of a person's life", False, pattern)
    if header == "name" and _share(_fits(texts, "name")) < SHARE / 2:
        header = ""  # the name of a product, a car, a town …
    if header in ("given_name", "family_name", "username", "name", "address"):
        return Look(header, f"header speaks of {_WORDS[header]}")
    if _share(_fits(texts, "phone")) >= SHARE and _share(_fits(texts, "plus")) > 0.2:
        return Look("phone", "values have the form of telephone numbers", True)
    if header == "key":
        whole = all(t.isdecimal() and str(int(t)) == t for t in texts.tolist())
        return Look("key", "header speaks of a key", whole=whole)
    if header == "quasi":
        return Look("quasi", "header speaks of a personal trait")
    words = np.mean([text.count(" ") + 1 for text in texts.tolist()])
    if words >= FREE_TEXT_WORDS:
        return Look("free_text", f"about {words:.0f} words a cell: free text")
    if _share(formats.matching(texts, STREET)) >= SHARE:
        return Look("address", "values have the form of street addresses")
    if unique:
        return Look("key", "nearly every value is different: an identifier")
    return NOTHING


_WORDS = {
    "email": "e-mail addresses", "phone": "telephone numbers", "card": "card numbers",
    "iban": "bank accounts (IBAN)", "digits": "a national or official number", "uuid": "UUIDs",
    "given_name": "given names", "family_name": "family names", "name": "people's names",
    "username": "user names", "address": "addresses", "ip": "IP addresses",
}


def _fits(texts: NDArray[Any], kind: str) -> NDArray[np.bool_]:
    if kind == "email":
        return np.array([EMAIL.fullmatch(t) is not None for t in texts.tolist()], dtype=bool)
    if kind == "name":
        return np.array(
            [PERSON.fullmatch(t) is not None and t[:1].isupper() for t in texts.tolist()]
        )
    if kind == "plus":  # what tells telephone numbers from other numbers
        return np.array([t[:1] in "+(" or t.count("-") == 2 for t in texts.tolist()])
    return formats.MASK_OF_KIND[kind](texts, bytes(32))[1]


def _share(fits: NDArray[np.bool_]) -> float:
    return float(fits.mean()) if len(fits) else 0.0


def date_format(texts: NDArray[Any]) -> str:
    """Return the one format in which all of these dates are written, or "".

    Where both 31/12 and 12/31 fit, day first is taken: the plan shows it, and it can be edited.
    """
    if not len(texts):
        return ""
    for pattern in DATE_FORMATS:
        parsed = pd.to_datetime(pd.Series(texts), format=pattern, errors="coerce")
        if parsed.notna().mean() >= SHARE:
            return pattern
    return ""
