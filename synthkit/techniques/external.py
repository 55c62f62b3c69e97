"""Rows from somewhere else: a vendor's file, another library's model, or a program of any language.

``External`` puts them beside the kit's own techniques: ``sk.judge(External(make), table)`` and
``sk.compare({"trees": "trees", "theirs": External("theirs.csv")}, table)`` treat all alike.  It is
not in the registry, since without a source it makes nothing.

When it fails: a *file* was made before the arena splits the table, so its maker may have seen the
rows that are held out, and the attacks then find less than there is.  Seal rows first (``synthkit
split``), give the maker the rest, and judge with ``scorecard(real, theirs, holdout)``.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Union

import numpy as np
import pandas as pd

from synthkit.base import Synthesizer
from synthkit.errors import DataError, ParameterError
from synthkit.rng import RandomState, as_generator

Maker = Callable[[pd.DataFrame, int, int], pd.DataFrame]
Source = Union[str, "os.PathLike[str]", Sequence[str], Maker, None]
READERS: dict[str, Callable[..., pd.DataFrame]] = {
    ".csv": pd.read_csv, ".parquet": pd.read_parquet, ".pq": pd.read_parquet
}  # fmt: skip
TOLD = 300  # letters of a program's last words that an error repeats


class External(Synthesizer):
    """A generator that was not written for the kit.

    Parameters
    ----------
    source : path, callable or list of str
        *A file* (.csv, .parquet): its rows, drawn without replacement.
        *A callable* ``make(real, n, seed)`` that returns a DataFrame of n rows.
        *A command*, as a list of words in which ``{real}``, ``{out}``, ``{rows}`` and ``{seed}``
        are filled in: it reads the CSV file ``{real}`` and writes the CSV file ``{out}``.
    timeout_s : float, default 600
        Seconds that a command may take.

    Examples
    --------
    >>> import synthkit as sk
    >>> def resample(real, n, seed):
    ...     return real.sample(n, replace=True, random_state=seed)
    >>> sk.External(resample).fit(sk.load("iris"), rng=0).sample(3, rng=1).shape
    (3, 5)
    """

    name: ClassVar[str] = "external"

    def __init__(self, source: Source = None, *, timeout_s: float = 600.0) -> None:
        self.source = source
        self.timeout_s = timeout_s

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        source: Any = self.source
        path = isinstance(source, (str, os.PathLike))
        words = isinstance(source, (list, tuple)) and all(isinstance(w, str) for w in source)
        if not (path or callable(source) or (words and source)):
            raise ParameterError(
                "source must be a file, a callable make(real, n, seed) or a command as a list of "
                f"words; got {source!r}. Pass one: External('theirs.csv')."
            )
        if not 0 < self.timeout_s < float("inf"):
            raise ParameterError(f"timeout_s must be above 0 seconds; got {self.timeout_s!r}.")
        self._real = table

    def sample(
        self, n: int, *, rng: RandomState = None, given: Mapping[Any, Any] | None = None
    ) -> pd.DataFrame:
        """Return ``n`` rows of the source, with the fitted columns, order and dtypes.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ParameterError
            If ``given`` is passed, or a file has fewer than n rows.
        DataError
            If the source gives other columns, another number of rows, cells that don't fit the
            column's dtype, or a command fails or takes too long.
        """
        self._check_fitted()
        n = self._checked_rows(n)
        if given:
            raise ParameterError(f"given must be None for an External; got {dict(given)!r}.")
        seed = int(as_generator(rng).integers(2**32))
        source: Any = self.source
        if callable(source):
            rows = pd.DataFrame(source(self._real.copy(), n, seed))
        elif isinstance(source, (str, os.PathLike)):
            rows = _some_rows(_read(Path(source)), n, seed)
        else:
            rows = self._run([str(word) for word in source], n, seed)
        return self._fitting(rows, n)

    def save(self, path: str | Path) -> None:
        """Refuse: what makes the rows lies outside the kit."""
        raise DataError(
            "an External can't be saved: what makes its rows lies outside the kit. Save its rows: "
            "technique.sample(n).to_parquet(...)."
        )

    def _run(self, words: list[str], n: int, seed: int) -> pd.DataFrame:
        """Run the command in a folder of its own and read what it wrote."""
        with tempfile.TemporaryDirectory() as folder:
            real, out = Path(folder) / "real.csv", Path(folder) / "out.csv"
            self._real.to_csv(real, index=False)
            filled = {"real": str(real), "out": str(out), "rows": str(n), "seed": str(seed)}
            command = [_fill(word, filled) for word in words]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=self.timeout_s, check=False
                )
            except subprocess.TimeoutExpired:
                raise DataError(
                    f"the command must end within {self.timeout_s:g} seconds (timeout_s); "
                    f"{words[0]!r} did not and was stopped."
                ) from None
            except OSError as error:
                raise DataError(
                    f"the command must be a program that can run; got {words[0]!r} "
                    f"({error.strerror})."
                ) from None
            if done.returncode != 0 or not out.exists():
                raise DataError(
                    f"the command must write the file {{out}} and end with status 0; {words[0]!r} "
                    f"ended with {done.returncode}: {done.stderr.strip()[-TOLD:] or 'no word'}"
                )
            return _read(out)

    def _fitting(self, rows: pd.DataFrame, n: int) -> pd.DataFrame:
        """Check the rows and give them the fitted order and dtypes."""
        wanted = list(self._real.columns)
        lost = [name for name in wanted if name not in rows.columns]
        extra = [name for name in rows.columns if name not in wanted]
        if lost or extra:
            raise DataError(
                f"the source must give the fitted columns; missing {lost}, extra {extra}. "
                "Rename, add or drop them there."
            )
        if len(rows) != n:
            raise DataError(f"the source must give {n:,} rows; it gave {len(rows):,}.")
        made = {}
        for name in wanted:
            try:
                made[name] = rows[name].reset_index(drop=True).astype(self._real[name].dtype)
            except (ValueError, TypeError) as error:
                raise DataError(
                    f"column {name!r} of the source must hold {self._real[name].dtype}; it has "
                    f"cells that don't fit ({type(error).__name__}). Mend them there."
                ) from None
        return pd.DataFrame(made, columns=wanted)


def _read(path: Path) -> pd.DataFrame:
    """Read a table by the ending of its file."""
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise DataError(f"the source's file must end in {', '.join(READERS)}; got {path.name!r}.")
    if not path.exists():
        raise DataError(f"the source's file must be there; got {path}. Check the path.")
    return read(path)


def _some_rows(table: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Draw n rows without replacement: a row twice would look like the maker's fault."""
    if n > len(table):
        raise ParameterError(
            f"n must be at most the {len(table):,} rows of the file; got {n:,}. Ask for fewer, or "
            "judge the file as it is: scorecard(real, file)."
        )
    return table.iloc[np.random.default_rng(seed).permutation(len(table))[:n]]


def _fill(word: str, filled: Mapping[str, str]) -> str:
    """Put paths and numbers into a word; other braces stay as they are."""
    for name, text in filled.items():
        word = word.replace("{" + name + "}", text)
    return word
