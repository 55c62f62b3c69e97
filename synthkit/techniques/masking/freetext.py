"""Free text: identifiers in it are found and masked in place.

Three nets, from fine to coarse: addresses and numbers by their form (e-mail, IP, account, card,
telephone); words that are known from the masked columns (names, user names, keys); and phrases
known from them (a street address).  Known words are kept as keyed hashes only, so that a fitted
Masker holds none.

**When it fails.**  A name that occurs in no masked column, a nickname, a misspelling, 'the mayor
of Ashwick': no list and no pattern finds them all.  Free text is best left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthkit.techniques.masking import formats
from synthkit.techniques.masking.pseudonyms import MaskingKey, hashed, tokens

NAME, VALUE, NUMBER = "[name]", "[removed]", "[number]"
MIN_WORD = 2  # letters; a single letter is no name worth hiding
MAX_PHRASE = 8  # words
# Parts of names that are ordinary words: hiding them would blank the text and protect nobody.
COMMON = frozenset(
    ("mr", "mrs", "ms", "miss", "dr", "prof", "sir", "the", "of", "van", "von", "de", "la", "le",
     "and", "jr", "sr", "st")
)

FORMS = re.compile(
    r"(?P<email>[\w.%+'-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<uuid>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b)"
    r"|(?P<ip>(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4})(?![\w.:]))"
    r"|(?P<iban>\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b)"
    r"|(?P<number>(?<![\w.-])\+?\(?\d(?:[ ()./-]{0,2}\d){5,}(?: ?x ?\d{1,6})?(?!\w))"
)
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
PARTS = re.compile(r"\w+")


@dataclass(frozen=True)
class Known:
    """Keyed hashes, sorted, of what is to be found in texts."""

    names: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    words: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    phrases: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    lengths: tuple[int, ...] = ()  # words in the phrases

    def joined(self, other: Known) -> Known:
        """Return what either knows."""
        return Known(
            np.union1d(self.names, other.names),
            np.union1d(self.words, other.words),
            np.union1d(self.phrases, other.phrases),
            tuple(sorted({*self.lengths, *other.lengths})),
        )


def learn_known(names: Iterable[str], others: Iterable[str], key: MaskingKey) -> Known:
    """Hash the words of people's names, and other identifying values as wholes.

    Parameters
    ----------
    names : texts
        Cells of name columns: each of their words is looked for.
    others : texts
        Cells of other masked columns: they are looked for as wholes.
    key : MaskingKey
    """
    parts = {p for cell in names for p in PARTS.findall(cell.casefold())}
    parts = {p for p in parts if len(p) >= MIN_WORD and p not in COMMON and not p.isdigit()}
    words, phrases, lengths = set(), set(), set()
    for cell in others:
        pieces = PARTS.findall(cell.casefold())
        if len(pieces) == 1 and len(pieces[0]) > MIN_WORD:
            words.add(pieces[0])
        elif 1 < len(pieces) <= MAX_PHRASE:
            phrases.add(" ".join(pieces))
            lengths.add(len(pieces))
    return Known(
        _hashes(parts, key), _hashes(words, key), _hashes(phrases, key), tuple(sorted(lengths))
    )


def _hashes(texts: Iterable[str], key: MaskingKey) -> NDArray[np.uint64]:
    values = np.array(list(texts), dtype=object)
    return np.sort(hashed(values, key.for_domain("free text")))


def mask_free_text(
    texts: NDArray[Any], key: MaskingKey, known: Known
) -> tuple[NDArray[Any], int]:
    """Return the texts (n,) with identifiers masked in place, and how many were found.

    E-mail addresses, cards and numbers get the same masked value as in a column of their own.
    """
    table = _replacements(texts, key)
    found = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal found
        new = table.get((match.lastgroup or "", match[0]), match[0])
        found += new != match[0]
        return new

    masked = [FORMS.sub(replace, text) for text in texts.tolist()]
    finder = _WordFinder(masked, key, known)
    out = np.empty(len(texts), dtype=object)
    out[:] = [finder.mask(text) for text in masked]
    return out, found + finder.found


def _replacements(texts: NDArray[Any], key: MaskingKey) -> dict[tuple[str, str], str]:
    """Return what each match of FORMS becomes: one bulk call a kind."""
    matches: dict[str, set[str]] = {}
    for text in texts.tolist():
        for match in FORMS.finditer(text):
            matches.setdefault(match.lastgroup or "", set()).add(match[0])
    table: dict[tuple[str, str], str] = {}
    for kind, values in matches.items():
        cells = np.array(sorted(values), dtype=object)
        if kind == "email":
            new = tokens(cells, key.for_domain("email")) + "@example.com"
        elif kind == "number":
            new = _mask_numbers(cells, key)
        else:
            new, valid = formats.MASK_OF_KIND[kind](cells, key.for_domain(kind))
            new[~valid] = NUMBER
        table.update({(kind, cell): text for cell, text in zip(cells, new)})
    return table


def _mask_numbers(cells: NDArray[Any], key: MaskingKey) -> NDArray[Any]:
    """Mask a valid card as a card, a telephone number as one; dates stay, the rest goes."""
    out = np.full(len(cells), NUMBER, dtype=object)
    for kind in ("phone", "card"):  # a card is also of a telephone number's form: it comes last
        new, valid = formats.MASK_OF_KIND[kind](cells, key.for_domain(kind))
        out[valid] = new[valid]
    dates = np.array([DATE.fullmatch(cell) is not None for cell in cells.tolist()])
    out[dates] = cells[dates]
    return out


class _WordFinder:
    """Looks words and phrases up by their keyed hashes, each distinct one once."""

    def __init__(self, texts: list[str], key: MaskingKey, known: Known) -> None:
        self.key, self.known, self.found = key, known, 0
        candidates = {w for text in texts for w in PARTS.findall(text.casefold())}
        self.names = self._among(candidates, known.names)
        self.words = self._among(candidates, known.words)
        phrases: set[str] = set()
        if known.lengths:
            phrases = {p for text in texts for p, _, _ in self._grams(text)}
        self.phrases = self._among(phrases, known.phrases)

    def _among(self, texts: set[str], hashes: NDArray[np.uint64]) -> set[str]:
        if not len(hashes) or not texts:
            return set()
        cells = np.array(sorted(texts), dtype=object)
        hit = np.isin(hashed(cells, self.key.for_domain("free text")), hashes)
        return set(cells[hit].tolist())

    def _grams(self, text: str) -> Iterable[tuple[str, int, int]]:
        """Yield runs of words with their start and end, the longest first."""
        words = [(m[0].casefold(), m.start(), m.end()) for m in PARTS.finditer(text)]
        for length in reversed(self.known.lengths):
            for i in range(len(words) - length + 1):
                run = words[i : i + length]
                yield " ".join(w for w, _, _ in run), run[0][1], run[-1][2]

    def mask(self, text: str) -> str:
        """Return the text with known phrases and words replaced."""
        if self.phrases:
            for phrase, start, end in self._grams(text):
                if phrase in self.phrases:
                    self.found += 1
                    return self.mask(text[:start]) + VALUE + self.mask(text[end:])
        return PARTS.sub(self._word, text) if self.names or self.words else text

    def _word(self, match: re.Match[str]) -> str:
        word = match[0].casefold()
        if word in self.names or word in self.words:
            self.found += 1
            return NAME if word in self.names else VALUE
        return match[0]
