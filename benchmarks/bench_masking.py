"""Masking: rows a CPU-second, beside what a user would pick instead.

One thread, CPU seconds, the best of three.  Peers run in their own environment (see peers.py) on
tables of the same kind; without it their column stays empty.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers import run_in_peers
from synthkit.techniques.masking import FF1, Masker, MaskingKey, invent_people, mondrian, propose
from synthkit.techniques.masking.formats import luhn_sums, mask_cards
from synthkit.techniques.masking.pseudonyms import tokens
from synthkit.techniques.masking.texts import to_texts
from synthkit.techniques.masking.values import GIVEN

ROWS = 200_000
PEER_ROWS = 2_000
SECRET = MaskingKey(bytes(range(32)))

FAKER = """
from faker import Faker
fake = Faker(); Faker.seed(0)
def work(n):
    for _ in range(n):
        fake.name(), fake.email(), fake.phone_number(), fake.street_address(), fake.city(), \
fake.date_of_birth()
"""
MIMESIS = """
from mimesis import Generic
from mimesis.locales import Locale
g = Generic(Locale.EN, seed=0)
def work(n):
    for _ in range(n):
        g.person.full_name(), g.person.email(), g.person.phone_number(), g.address.address(), \
g.address.city(), g.datetime.date()
"""
PRESIDIO = """
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig, RecognizerResult
engine = AnonymizerEngine()
how = {"DEFAULT": OperatorConfig("hash", {"hash_type": "sha256", "salt": b"0123456789abcdef"})}
def work(n):
    for i in range(n):
        cells = (f"Ann Lee {i}", f"ann{i}@example.org", f"+1 212 555 {i:04d}",
                 f"4111 1111 1111 {i:04d}", "1987-03-12")
        text, spans, at = "; ".join(cells), [], 0
        for cell in cells:
            spans.append(RecognizerResult("ANY", at, at + len(cell), 1.0))
            at += len(cell) + 2
        engine.anonymize(text, spans, how)
"""
# As a table is usually done: one call a cell.
PRESIDIO_CELLS = PRESIDIO[: PRESIDIO.index("        text, spans")] + """
        for cell in cells:
            engine.anonymize(cell, [RecognizerResult("ANY", 0, len(cell), 1.0)], how)
"""
FF3 = """
from ff3 import FF3Cipher
c = FF3Cipher("2DE79D232DF5585D68CE47882AE256D6", "CBD09280979564")
def work(n):
    for i in range(n):
        c.encrypt(f"411111{i:010d}")
"""
TIMED = """
work(50)
best = 1e9
for _ in range(3):
    start = time.process_time(); work({n}); best = min(best, time.process_time() - start)
print(json.dumps({n} / best))
"""


def main() -> list[dict[str, Any]]:
    """Measure, and return rows for the table of ratios."""
    rng = np.random.default_rng(0)
    return [*fresh(rng), *masked(rng), *encrypted(rng), *grouped(rng)]


def peer(code: str) -> float | None:
    """Return a peer's rows a CPU-second, or None where it isn't installed."""
    rate: float | None = run_in_peers(code + TIMED.format(n=PEER_ROWS))
    return rate


def fresh(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Six columns of invented identity."""
    rate = ROWS / timed(lambda: invent_people(ROWS, rng=rng))
    rows = []
    for name, code, times in (("Mimesis", MIMESIS, 20), ("Faker", FAKER, 200)):
        other = peer(code)
        what = f"fresh identities, six columns, against {name}"
        rows.append(figure(what, rate, "rows/CPU-s", other, at_least(other, times)))
    return rows


def masked(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Name, e-mail, phone, card and birth date, masked by the Masker's own plan."""
    table = identities(rng)
    plan = propose(table)
    masker = Masker(plan=plan, key=SECRET).fit(table)
    rate = ROWS / timed(lambda: masker.transform(table))
    joined, cells = peer(PRESIDIO), peer(PRESIDIO_CELLS)
    what = "mask name, e-mail, phone, card, date"
    return [
        figure(what, rate, "rows/CPU-s", None, ">= 200,000"),
        figure("- against Presidio, spans given, cell by cell", rate, "rows/CPU-s", cells,
               at_least(cells, 50)),
        figure("- against Presidio, spans given, one text a row", rate, "rows/CPU-s", joined,
               at_least(joined, 50)),
        figure("- fit and propose included",
               ROWS / timed(lambda: Masker(key=SECRET).fit(table)), "rows/CPU-s", None, ""),
        figure("keyed tokens of distinct texts",
               ROWS / timed(lambda: tokens(table["email"].to_numpy(object), bytes(32))),
               "/CPU-s", None, ""),
    ]  # fmt: skip


def encrypted(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Encrypt digits with FF1 over all rows at once."""
    digits = rng.integers(0, 10, (ROWS, 16)).astype(np.uint8)
    cipher = FF1(bytes(32))
    other = peer(FF3)
    cards = identities(rng)["card"].to_numpy(object)
    return [
        figure("FF1, 16 digits, against ff3", ROWS / timed(lambda: cipher.encrypt(digits)),
               "/CPU-s", other, at_least(other, 20)),
        figure("- as cards: text, issuer kept, valid check digit",
               ROWS / timed(lambda: mask_cards(cards, bytes(32))), "/CPU-s", other,
               at_least(other, 20)),
    ]  # fmt: skip


def grouped(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Group a million rows by seven columns."""
    n = 1_000_000
    columns = [rng.integers(0, m, n) for m in (90, 2, 1000, 12, 5)]
    x = np.column_stack([*columns, rng.normal(size=n), rng.gamma(2, size=n).round(1)])
    secret = rng.integers(0, 10, n)
    return [
        figure("Mondrian, 1,000,000 x 7, k = 5", timed(lambda: mondrian(x, 5), 1), "CPU-s", None,
               "<= 10"),
        figure("- with l = 2", timed(lambda: mondrian(x, 5, sensitive=secret, l=2), 1), "CPU-s",
               None, "<= 10"),
    ]  # fmt: skip


def identities(rng: np.random.Generator) -> pd.DataFrame:
    """Five columns of identity, nearly all values different."""
    table = invent_people(ROWS, rng=rng)
    given = np.array(GIVEN, dtype=object)[rng.integers(0, len(GIVEN), ROWS)]
    numbers = rng.integers(200, 999, (ROWS, 2))
    last = rng.integers(1000, 9999, ROWS)
    chars = rng.integers(0, 10, (ROWS, 16)).astype(np.uint8) + np.uint8(48)
    chars[:, 0], chars[:, 15] = 52, 48
    chars[:, 15] += (10 - luhn_sums(chars)) % 10
    return pd.DataFrame({
        "name": table["name"],
        "email": [f"{g}.{i}@example.org" for i, g in enumerate(given)],
        "phone": [f"+1 ({a}) {b}-{c}" for (a, b), c in zip(numbers, last)],
        "card": to_texts(chars),
        "birth_date": table["birth_date"].dt.strftime("%Y-%m-%d"),
    }).astype("string[python]" if pd.__version__ < "3" else "str")  # fmt: skip


def timed(work: Callable[[], Any], repeats: int = 3) -> float:
    """Return the CPU seconds of the best run."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def at_least(rate: float | None, times: int) -> str:
    """Return the target 'so many times the peer', where the peer was measured."""
    return f">= {times * rate:.0f}" if rate else ""


def figure(what: str, value: float, unit: str, other: float | None, target: str) -> dict[str, Any]:
    return {"what": what, "value": value, "unit": unit, "target": target, "peer": other}
