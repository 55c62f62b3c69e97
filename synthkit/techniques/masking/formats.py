"""Encryption that keeps the format: cards, telephone numbers, accounts, addresses, integers.

Texts of one kind become a matrix of characters, shape (texts, width); the digits to be
encrypted are picked out, go through FF1 together, and are put back, so that spaces, brackets
and dashes stay where they were.  Check digits are computed anew: a masked card passes Luhn.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Union

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.techniques.masking.ff1 import FF1
from synthkit.techniques.masking.texts import Chars, Texts, characters, to_texts

Valid = NDArray[np.bool_]
Rows = Union[slice, NDArray[np.intp]]
Layout = tuple[Rows, NDArray[np.intp]]  # rows, and the columns in which they have digits

MAX_WIDTH = 40  # bytes; a longer text is no number
MIN_DIGITS = 6  # 10^6 strings: FF1's smallest domain
ZERO, NINE = ord("0"), ord("9")
CARD_PREFIX = 6  # the issuer's number stays, so that a card remains one of its brand
CARD_DIGITS = (13, 19)
PHONE_DIGITS = (7, 21)  # up to 15 (E.164) and an extension
CARD_MARKS = " -"
PHONE_MARKS = " +-()./x"
IBAN_PATTERN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
DIGITS_PATTERN = re.compile(r"[A-Za-z]{0,4}[ -]?\d(?:[ ./-]?\d){5,24}[A-Za-z]?")
UUID_PATTERN = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Country codes of one and two digits (ITU-T E.164); all others have three.
ONE_DIGIT = frozenset("17")
TWO_DIGITS = frozenset(
    str(code)
    for first, last in ((20, 20), (27, 27), (30, 34), (36, 36), (39, 41), (43, 49), (51, 58),
                        (60, 66), (81, 82), (84, 84), (86, 86), (90, 95), (98, 98))
    for code in range(first, last + 1)
)
SMALL_BITS = 52  # whole numbers below 2^52 stay below it: exact in a float64, and readable


@lru_cache(maxsize=64)
def cipher(key: bytes, radix: int) -> FF1:
    """Return the cipher of a domain's key (the domain is in the key, so the tweak is empty)."""
    return FF1(key, radix)


# --- characters ---------------------------------------------------------------------------------


def matching(texts: Texts, pattern: re.Pattern[str]) -> Valid:
    """Say which texts the pattern describes as a whole."""
    full = pattern.fullmatch
    found = [len(t) <= MAX_WIDTH and full(t) is not None for t in texts.tolist()]
    return np.array(found, dtype=bool)


def is_digit(chars: Chars) -> NDArray[np.bool_]:
    """Say which characters are digits; the difference wraps round below '0'."""
    return (chars - np.uint8(ZERO)) <= 9


def layouts(chars: Chars) -> list[Layout]:
    """Return rows with the columns in which they have digits: a group for each such set of columns.

    Numbers of one kind come in few layouts, and in each of them whole columns can be worked on.
    """
    digit = is_digit(chars)
    if len(digit) and (digit == digit[0]).all():
        return [(slice(None), np.flatnonzero(digit[0]))]  # a view is enough, nothing is copied
    bits = np.packbits(digit, axis=1)  # (n, bytes): at most 40 columns are five bytes
    padded = np.zeros((len(bits), 8), dtype=np.uint8)
    padded[:, : bits.shape[1]] = bits
    codes, words = pd.factorize(padded.view(np.uint64).ravel())
    sets = np.unpackbits(words.view(np.uint8).reshape(-1, 8), axis=1).astype(bool)
    columns = [np.flatnonzero(one) for one in sets]
    return [(np.flatnonzero(codes == code), places) for code, places in enumerate(columns)]


def digits_with_marks(
    chars: Chars, found: list[Layout], marks: str, n_digits: tuple[int, int]
) -> Valid:
    """Say which rows are so many digits with only these marks between them."""
    known = np.zeros(256, dtype=bool)
    known[[0, *map(ord, marks)]] = True
    valid = np.zeros(len(chars), dtype=bool)
    for rows, columns in found:
        if n_digits[0] <= len(columns) <= n_digits[1]:
            between = np.setdiff1d(np.arange(chars.shape[1]), columns)
            valid[rows] = known[chars[_cells(rows, between)]].all(axis=1)
    return valid


def encrypt_digits(
    chars: Chars, found: list[Layout], key: bytes, skip: NDArray[np.int8] | int, drop: int = 0
) -> Valid:
    """Encrypt the digits of each row in place, but the first ``skip`` (n,) and last ``drop``.

    Returns which rows had at least six digits to encrypt; the others are left as they are.
    """
    enough = np.zeros(len(chars), dtype=bool)
    for rows, columns in found:
        skips = skip if isinstance(skip, int) else skip[rows]
        for first in np.unique(skips):
            these = rows if np.all(skips == first) else np.arange(len(chars))[rows][skips == first]
            used = columns[first : len(columns) - drop]
            if len(used) >= MIN_DIGITS:
                digits = chars[these][:, used] - np.uint8(ZERO)
                chars[_cells(these, used)] = cipher(key, 10).encrypt(digits) + ZERO
                enough[these] = True
    return enough


def _cells(rows: Rows, columns: NDArray[np.intp]) -> tuple[Any, NDArray[np.intp]]:
    """Return the index of some rows and columns crossed."""
    return (rows, columns) if isinstance(rows, slice) else (rows[:, None], columns)


def luhn_sums(chars: Chars, found: list[Layout] | None = None) -> NDArray[np.uint8]:
    """Return Luhn's sum of each row's digits, modulo 10: 0 for a valid card."""
    sums = np.zeros(len(chars), dtype=np.uint8)
    for rows, columns in layouts(chars) if found is None else found:
        digits = chars[rows].T[columns[::-1]] - np.uint8(ZERO)  # (digits, n), from the right
        doubled = 2 * digits[1::2] - np.uint8(9) * (digits[1::2] > 4)
        total = digits[::2].sum(axis=0, dtype=np.uint8) + doubled.sum(axis=0, dtype=np.uint8)
        sums[rows] = total % 10  # at most 9 x 28 digits: no overflow
    return sums


# --- one function a kind: (texts, key) -> (masked texts, which were valid) ------------------------


def mask_cards(texts: Texts, key: bytes) -> tuple[Texts, Valid]:
    """Encrypt card numbers between the issuer's six digits and a fresh check digit."""
    chars = characters(texts, MAX_WIDTH)
    found = layouts(chars)
    valid = digits_with_marks(chars, found, CARD_MARKS, CARD_DIGITS)
    valid &= luhn_sums(chars, found) == 0
    valid &= encrypt_digits(chars, found, key, CARD_PREFIX, drop=1)
    sums = luhn_sums(chars, found)
    for rows, columns in found:
        if len(columns):
            check = chars[rows, columns[-1]] - np.uint8(ZERO)
            chars[rows, columns[-1]] = (check + np.uint8(10) - sums[rows]) % 10 + ZERO  # sum is 0
    return to_texts(chars, texts), valid


def mask_phones(texts: Texts, key: bytes) -> tuple[Texts, Valid]:
    """Encrypt telephone numbers behind the country code, or behind the first digit."""
    chars = characters(texts, MAX_WIDTH)
    found = layouts(chars)
    valid = digits_with_marks(chars, found, PHONE_MARKS, PHONE_DIGITS)
    valid &= encrypt_digits(chars, found, key, country_digits(chars, texts))
    return to_texts(chars, texts), valid


def country_digits(chars: Chars, texts: Texts) -> NDArray[np.int8]:
    """Return how many leading digits stay (n,): the country code, else the first digit."""
    skip = np.ones(len(chars), dtype=np.int8)
    if chars.shape[1] < 3:
        return skip
    plus = chars[:, 0] == ord("+")
    skip[plus] = _CODE_LENGTH[chars[plus, 1], chars[plus, 2]]
    dialled = (chars[:, 0] == ZERO) & (chars[:, 1] == ZERO)  # "00" stands for "+"
    for row in np.flatnonzero(dialled):
        code = [ord(c) for c in texts[row][2:].lstrip("-. ")[:2] if c < "\x7f"]
        skip[row] = 2 + (int(_CODE_LENGTH[code[0], code[1]]) if len(code) == 2 else 1)
    return skip


def _code_lengths() -> NDArray[np.int8]:
    """Return the length of the country code by its first two characters: (256, 256)."""
    lengths = np.full((256, 256), 3, dtype=np.int8)
    for first in ONE_DIGIT:
        lengths[ord(first), :] = 1
    for code in TWO_DIGITS:
        lengths[ord(code[0]), ord(code[1])] = 2
    return lengths


_CODE_LENGTH = _code_lengths()


def mask_digits(texts: Texts, key: bytes) -> tuple[Texts, Valid]:
    """Encrypt all digits of a number such as a national id; letters and marks stay."""
    texts = np.asarray(texts, dtype=object)
    masked, valid = texts.copy(), matching(texts, DIGITS_PATTERN)
    if valid.any():
        chars = characters(texts[valid], MAX_WIDTH)
        good = encrypt_digits(chars, layouts(chars), key, 0)
        masked[valid] = to_texts(chars)
        valid[valid] = good
    return masked, valid


def mask_ibans(texts: Texts, key: bytes) -> tuple[Texts, Valid]:
    """Encrypt the digits of the account; country stays, check digits are computed anew."""
    texts = np.asarray(texts, dtype=object)
    masked, valid = texts.copy(), matching(texts, IBAN_PATTERN)
    valid[valid] = [iban_remainder(text) == 1 for text in texts[valid]]
    if valid.any():
        chars = characters(texts[valid], MAX_WIDTH)
        good = encrypt_digits(chars, layouts(chars), key, 2)
        masked[valid] = [_with_check(text) for text in to_texts(chars)]
        valid[valid] = good
    return masked, valid


def iban_remainder(text: str) -> int:
    """ISO 13616: the number that an IBAN writes, modulo 97; 1 for a valid one."""
    plain = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97


def _with_check(text: str) -> str:
    zeroed = text[:2] + "00" + text[4:]
    return f"{text[:2]}{98 - iban_remainder(zeroed):02d}{text[4:]}"


def mask_ips(texts: Texts, key: bytes) -> tuple[Texts, Valid]:
    """Encrypt the 32 bits of an IPv4 address; an IPv6 one becomes a local one (fd00::/8)."""
    texts = np.asarray(texts, dtype=object)
    masked, valid = texts.copy(), np.zeros(len(texts), dtype=bool)
    fours, numbers = [], []
    for row, text in enumerate(texts):
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        valid[row] = True
        if address.version == 4:
            fours.append(row)
            numbers.append(int(address))
        else:
            hidden = hashlib.blake2b(address.packed, key=key, digest_size=15).digest()
            masked[row] = str(ipaddress.IPv6Address(b"\xfd" + hidden))
    if fours:
        secret = encrypt_bits(np.array(numbers, dtype=np.uint64), key, 32)
        masked[fours] = [str(ipaddress.IPv4Address(int(x))) for x in secret]
    return masked, valid


def mask_uuids(texts: Texts, key: bytes) -> tuple[Texts, Valid]:
    """Give each UUID another of the same form (version 4)."""
    texts = np.asarray(texts, dtype=object)
    masked, valid = texts.copy(), matching(texts, UUID_PATTERN)
    for row in np.flatnonzero(valid):
        plain = texts[row].lower().encode()
        h = hashlib.blake2b(plain, key=key, digest_size=16).hexdigest()
        variant = "89ab"[int(h[16], 16) % 4]
        masked[row] = f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{variant}{h[17:20]}-{h[20:]}"
    return masked, valid


# Kinds masked with no Python step a text: looking for the distinct ones would cost more.
BULK_KINDS = ("card", "phone")
MASK_OF_KIND: dict[str, Callable[[Texts, bytes], tuple[Texts, Valid]]] = {
    "card": mask_cards,
    "phone": mask_phones,
    "iban": mask_ibans,
    "digits": mask_digits,
    "ip": mask_ips,
    "uuid": mask_uuids,
}


# --- whole numbers ------------------------------------------------------------------------------


def encrypt_bits(number: NDArray[np.uint64], key: bytes, width: int) -> NDArray[np.uint64]:
    """Encrypt whole numbers below 2^width by FF1 with radix 2: (n,) -> (n,)."""
    places = np.arange(width - 1, -1, -1, dtype=np.uint64)
    bits = (number[:, None] >> places) & np.uint64(1)  # (n, width)
    secret = cipher(key, 2).encrypt(bits.astype(np.uint8)).astype(np.uint64)
    return (secret << places).sum(axis=1, dtype=np.uint64)


def mask_integers(number: NDArray[Any], key: bytes) -> tuple[NDArray[np.uint64], Valid]:
    """Encrypt whole numbers >= 0: those below 2^52 stay below it, others stay below 2^63 or 2^64.

    Returns uint64 (n,) and which were valid (not negative).
    """
    valid = np.asarray(number >= 0)
    plain = np.where(valid, number, 0).astype(np.uint64)
    out = plain.copy()
    small = plain < np.uint64(2**SMALL_BITS)
    if small.any():
        out[small] = encrypt_bits(plain[small], key, SMALL_BITS)
    for low, width in ((2**SMALL_BITS, 63), (2**63, 64)):
        rows = (plain >= np.uint64(low)) & (plain < np.uint64(min(2**width, 2**64 - 1)))
        rows |= (plain == np.uint64(2**64 - 1)) & (width == 64)
        out[rows] = _walk(plain[rows], key, width, np.uint64(low))
    return out, valid


def _walk(number: NDArray[np.uint64], key: bytes, width: int, low: np.uint64) -> NDArray[np.uint64]:
    """Encrypt again until the result is >= low ('cycle walking'): a permutation of that range."""
    out = number.copy()
    todo = np.arange(len(out))
    while len(todo):
        out[todo] = encrypt_bits(out[todo], key, width)
        todo = todo[out[todo] < low]
    return out
