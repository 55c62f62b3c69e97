r"""Rows as the two players of a GAN see them: points as they are, or codes made soft.

The generator must be told how each number of its output moves the discriminator's score, and a
code that is drawn has no slope.  So it hands over soft codes:

1. :math:`\mathrm{softmax}((l + g)/\tau)` in each column, with logits l and Gumbel noise g

At τ → 0 they become one-hot codes, drawn from softmax(l).

======  ===========  ==============================================
symbol  name         shape
======  ===========  ==============================================
n, d    rows, columns
K       width        d numbers, or the codes of all columns
l, g    logits       (n, K)
τ       TEMPERATURE  0.2
======  ===========  ==============================================

References: Jang et al. (2016), Gumbel-softmax, arXiv 1611.01144; Xu et al. (2019), the condition,
arXiv 1907.00503.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthkit.errors import DataError, ParameterError
from synthkit.tables import TableEncoder
from synthkit.techniques.torch_codes import Alphabet
from synthkit.techniques.torch_numbers import table_of

TEMPERATURE = 0.2  # low enough that soft codes look like codes, high enough for gradients
BANK = 4_000  # rows of Gumbel noise, drawn once: drawing afresh costs a third of the time
ROUNDS = 100  # of drawing, until enough rows have the given values


def soft_codes(logits: Tensor, gumbel: Tensor, sizes: list[int]) -> Tensor:
    """Draw soft one-hot codes (n, K) from logits (n, K), column by column."""
    parts = torch.split((logits + gumbel) / TEMPERATURE, sizes, 1)
    return torch.cat([torch.softmax(part, 1) for part in parts], 1)  # Eq. 1


def is_count(value: Any, spare: Any) -> bool:
    """Tell whether a setting is a whole number of 1 or more, or None where ``spare`` stands in."""
    value = spare if value is None else value
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return whole and bool(value >= 1)


class Points:
    """Rows of d numbers: both players see them as they are, standardised.

    Parameters
    ----------
    encoder : TableEncoder
    scale : ndarray of shape (2, d)
        Mean and standard deviation of each column.
    """

    letters = 0  # nothing to tell the players

    def __init__(self, encoder: TableEncoder, scale: np.ndarray) -> None:
        self.encoder, self.scale = encoder, scale
        self.width = scale.shape[1]

    def real(self, rows: Tensor) -> Tensor:
        """Return real rows (n, d) as D sees them."""
        return rows

    def fake(self, out: Tensor, generator: torch.Generator) -> Tensor:
        """Return what G made (n, d) as D sees it."""
        return out

    def drawn(self, out: Tensor, generator: torch.Generator) -> Tensor:
        """Return rows (n, d) from what G made."""
        return out

    def told(self, rows: Tensor, generator: torch.Generator) -> Tensor | None:
        """Return what both players are told of the rows: nothing."""
        return None

    def shown(self, rows: Tensor) -> np.ndarray:
        """Return rows (n, d) in the units of the table."""
        return rows.cpu().double().numpy() * self.scale[1] + self.scale[0]

    def codes(self, rows: Tensor) -> np.ndarray:
        """Return the rows as codes (n, d)."""
        return self.encoder.to_codes(*self.encoder.encode(self.table(rows)))

    def table(self, rows: Tensor) -> pd.DataFrame:
        """Return the rows as a table, each column with its own dtype."""
        return table_of(self.encoder, self.shown(rows))


class Codes:
    """Rows of d codes: D sees real ones as one-hot, generated ones as soft codes (n, K).

    Parameters
    ----------
    encoder : TableEncoder
    conditional : bool
        Whether both players are told a category of each row, as a letter of the alphabet.
    """

    def __init__(self, encoder: TableEncoder, conditional: bool) -> None:
        self.encoder, self.alphabet = encoder, Alphabet(encoder.cardinalities)
        self.width = self.alphabet.total
        kinds = [spec.kind in ("category", "boolean") and conditional for spec in encoder.specs]
        self.columns = torch.tensor(np.flatnonzero(kinds))  # those that may be told
        self.letters = self.width if len(self.columns) else 0
        self.bank = torch.empty(0, self.width)

    def real(self, rows: Tensor) -> Tensor:
        """Return real rows (n, d) as D sees them: (n, K)."""
        hot = torch.zeros(len(rows), self.width, device=rows.device)
        return hot.scatter_(1, self.alphabet.letters(rows), 1.0)

    def fake(self, out: Tensor, generator: torch.Generator) -> Tensor:
        """Return what G made, logits (n, K), as D sees it."""
        n = len(out)
        if len(self.bank) < BANK + n:  # the same in every training; only the place is drawn
            fixed = torch.Generator().manual_seed(0)
            noise = torch.empty(BANK + n, self.width).exponential_(generator=fixed)
            self.bank = -noise.clamp_(min=1e-20).log_().to(out.device)
        place = int(torch.randint(BANK, (), generator=generator))
        return soft_codes(out, self.bank[place : place + n], self.alphabet.sizes)

    def drawn(self, out: Tensor, generator: torch.Generator) -> Tensor:
        """Return codes (n, d), drawn from what G made."""
        return self.alphabet.draw(out, generator)

    def told(self, rows: Tensor, generator: torch.Generator) -> Tensor | None:
        """Return a letter (n,) for each row: its code in a column picked at random."""
        if not self.letters:
            return None
        pick = torch.randint(len(self.columns), (len(rows),), generator=generator)
        column = self.columns[pick].to(rows.device)
        starts = self.alphabet.starts.to(rows.device)
        return rows.gather(1, column[:, None])[:, 0] + starts[column]

    def told_afresh(self, n: int, frequencies: np.ndarray, rng: np.random.Generator) -> Any:
        """Draw letters (n,) as ``told`` would on rows with those frequencies of codes (K,)."""
        if not self.letters:
            return None
        sizes = torch.tensor(self.alphabet.sizes)
        column = torch.repeat_interleave(torch.arange(len(sizes)), sizes)  # (K,)
        edges = np.cumsum(np.where(np.isin(column, self.columns), frequencies, 0.0))
        return torch.from_numpy(np.searchsorted(edges, rng.random(n) * edges[-1], side="right"))

    def shown(self, rows: Tensor) -> np.ndarray:
        """Return the codes (n, d) as they are."""
        return self.codes(rows)

    def codes(self, rows: Tensor) -> np.ndarray:
        """Return the codes (n, d) of the table's own columns."""
        return rows.cpu().numpy()[:, : len(self.encoder.columns)]


class Given:
    """Values that rows must have, such as ``{"sex": "Male", "age": 40}``.

    Parameters
    ----------
    encoder : TableEncoder
    given : dict of column to value
        None or NaN asks for a missing value.

    Raises
    ------
    DataError
        For an unknown column or category, or a missing value where the real table has none.
    """

    def __init__(self, encoder: TableEncoder, given: dict[Any, Any]) -> None:
        self.given = given
        self.codes: dict[int, int] = {}  # column -> code
        self.intervals: dict[int, tuple[float, float]] = {}  # column -> ranks of the value
        for name, value in given.items():
            gone = value is None or value is pd.NA or value is pd.NaT or value != value
            low, high = 0.0, 1.0
            if not gone or name not in encoder.columns:  # the latter raises
                low, high = encoder.interval(name, value)
            j = encoder.columns.index(name)
            if gone and not encoder.specs[j].has_missing:
                raise DataError(
                    f"column {name!r} must have missing values at fit to be given as missing; "
                    "it had none. Give a value."
                )
            self.intervals[j] = (low, high)
            mask = np.zeros((1, len(encoder.columns)), dtype=bool)
            mask[0, j] = gone
            self.codes[j] = int(encoder.to_codes(np.full(mask.shape, (low + high) / 2), mask)[0, j])

    def letter(self, coded: Codes, frequencies: np.ndarray) -> int | None:
        """Return the rarest of the given codes that players can be told, as a letter."""
        told = set(coded.columns.tolist()) & set(self.codes)
        letters = [int(coded.alphabet.starts[j]) + self.codes[j] for j in told]
        return min(letters, key=lambda letter: float(frequencies[letter]), default=None)

    def search(
        self, n: int, draw: Callable[[int | None], np.ndarray], letter: int | None
    ) -> np.ndarray:
        """Return n rows of codes (n, d) that have all given ones, out of as many as it takes.

        Raises
        ------
        ParameterError
            If a hundred rounds of n rows don't hold n such rows.
        """
        rows: list[np.ndarray] = []
        for _ in range(ROUNDS):
            codes = draw(letter)
            fits = [codes[:, j] == code for j, code in self.codes.items()]
            rows.append(codes[np.all(fits, axis=0)])
            if sum(map(len, rows)) >= n:
                return np.concatenate(rows)[:n]
        raise ParameterError(
            f"given must be less rare for this GAN; got {self.given!r}: {ROUNDS} rounds of {n:,} "
            f"rows made {sum(map(len, rows)):,}. Give fewer values or use MonteCarlo."
        )

    def fill(self, u: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return ranks (n, d) with the given values themselves: a code may span several."""
        for j, (low, high) in self.intervals.items():
            u[:, j] = low + rng.random(len(u)) * (high - low)
        return u
