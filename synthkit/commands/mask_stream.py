"""Mask a CSV file of any size: read in blocks, masked in parallel, written in order.

A first pass is made only if the plan asks for something that the whole table must tell: groups of
k, percentiles, or words to be found in free text.  It keeps counts of combinations and keyed
hashes, never the rows.  The output appears when it is complete; what lies beside it until then
holds masked rows only.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from synthkit.commands.table_files import DELIMITERS, refuse_overwriting
from synthkit.errors import DataError, ParameterError
from synthkit.files import replacing
from synthkit.rng import BLOCK_ROWS
from synthkit.techniques.masking import MaskingKey, Plan, Vault, propose
from synthkit.techniques.masking.actions import Context, Learned, apply_plan
from synthkit.techniques.masking.freetext import Known
from synthkit.techniques.masking.generalise import fit_generaliser
from synthkit.techniques.masking.learn import (
    group_columns,
    has_free_text,
    known_words,
    limits,
)
from synthkit.techniques.masking.masker import report

PROPOSAL_ROWS = 20_000  # rows that a proposed plan is made from
MAX_COMBINATIONS = 5_000_000  # of quasi-identifiers; about 1 GB
LIMIT_ROWS = 2_000_000  # numbers a column kept for its percentiles, evenly spaced
PARALLEL_ROWS = 2 * BLOCK_ROWS  # below that, starting workers costs more than it saves


@dataclass(frozen=True)
class CsvFile:
    """A CSV file with its dialect and header."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]

    @classmethod
    def open(cls, path: Path, encoding: str = "utf-8-sig") -> CsvFile:
        """Look at the first line."""
        try:
            with path.open(encoding=encoding, newline="") as stream:
                first = stream.readline()
                delimiter = max(DELIMITERS, key=first.count)
                stream.seek(0)
                header = tuple(next(csv.reader(stream, delimiter=delimiter), ()))
        except UnicodeDecodeError:
            raise _wrong_encoding(path, encoding) from None
        twice = sorted({name for name in header if header.count(name) > 1})
        if not header or twice:
            got = f"{twice[0]!r} twice" if twice else "no header"
            raise DataError(f"{path} must begin with unique column names; got {got}. Mend it.")
        return cls(path, encoding, delimiter, header)

    def blocks(self) -> Iterator[tuple[int, list[list[str]]]]:
        """Yield the number of the first row and the rows of each block of 65,536."""
        first = 0
        with self.path.open(encoding=self.encoding, newline="") as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
            next(reader)
            try:
                while rows := list(islice(self._checked(reader), BLOCK_ROWS)):
                    yield first, rows
                    first += len(rows)
            except UnicodeDecodeError:
                raise _wrong_encoding(self.path, self.encoding) from None
            except csv.Error as error:
                # The csv module's messages describe the fault and quote nothing of the line.
                raise DataError(
                    f"{self.path} must be a CSV file; got, at line {reader.line_num}: {error}. "
                    "Quote fields that hold a quote, the delimiter or a line break."
                ) from None

    def _checked(self, reader: Any) -> Iterator[list[str]]:
        width = len(self.header)
        for row in reader:
            if len(row) == width:
                yield row
            elif not row and width == 1:
                yield [""]
            elif row:
                raise DataError(
                    f"each row must have {width} fields, as the header has; got {len(row)} at line "
                    f"{reader.line_num} of {self.path}. Quote fields that hold the delimiter."
                )

    def table(self, rows: list[list[str]]) -> pd.DataFrame:
        """Return rows as columns of text, None where a field is empty."""
        fields = dict(zip(self.header, zip(*rows)))
        made = {}
        for name in self.header:
            cells = np.empty(len(rows), dtype=object)
            cells[:] = fields[name]
            cells[cells == ""] = None
            made[name] = cells
        return pd.DataFrame(made, dtype=object)


def _wrong_encoding(path: Path, encoding: str) -> DataError:
    return DataError(
        f"{path} must be in {encoding}; some bytes are not. Name its encoding, e.g. "
        "--encoding cp1252."
    )


def propose_for(source: CsvFile, k: int = 5) -> Plan:
    """Propose a plan from the first rows of a file."""
    for _, rows in source.blocks():
        return propose(source.table(rows[:PROPOSAL_ROWS]), k=k)
    raise DataError(f"{source.path} must have at least one row; got 0 rows. Pass some data.")


def mask_csv(
    source: CsvFile,
    target: Path,
    plan: Plan,
    key: MaskingKey,
    *,
    locale: str = "",
    workers: int = 2,
    vault_path: Path | None = None,
) -> dict[str, Any]:
    """Mask a CSV file into another one and return the report.

    Parameters
    ----------
    source : CsvFile
    target : Path
        Replaced in one step when the whole file is masked; untouched if anything fails.
    plan : Plan
    key : MaskingKey
    locale : str, default ""
    workers : int, default 2
        Processes; 1 works in this one.
    vault_path : Path, optional
        Where the vault is written, if the plan has tokens.

    Raises
    ------
    DataError, ParameterError
        Naming column and row, never a value.
    """
    refuse_overwriting(source.path, target)
    plan.check(list(source.header))
    if not target.parent.is_dir():
        raise DataError(f"the output's folder must exist; got {target.parent}. Make it first.")
    tokenised = any(rule.action == "tokenise" for rule in plan.rules.values())
    if tokenised and vault_path is None:
        raise ParameterError(
            "a plan with action 'tokenise' needs a file for the vault; got none. "
            "Pass --vault FILE, or use action 'pseudonymise'."
        )
    learned, n_rows = learn_from_file(source, plan, key)
    job = _Job(source, plan, key, learned, locale, tokenised)
    total = Context(plan, key, learned, locale, vault=Vault(key) if tokenised else None)
    with replacing(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as out:
        _csv_lines(out, source.delimiter).writerow(source.header)
        rows = 0
        for text, counts, sealed, n in _masked_blocks(job, workers, n_rows):
            out.write(text)
            rows += n
            _add_counts(total.report, counts)
            if total.vault is not None:
                total.vault.update(sealed)
        if total.vault is not None and vault_path is not None:
            total.vault.save(vault_path)
    return report(total, rows)


def _add_counts(total: dict[str, dict[str, int]], counts: dict[str, dict[str, int]]) -> None:
    for name, column in counts.items():
        mine = total.setdefault(name, {})
        for what, number in column.items():
            mine[what] = mine.get(what, 0) + number if what != "first invalid row" else min(
                mine.get(what, number), number
            )


# --- the first pass ---------------------------------------------------------------------------


def learn_from_file(source: CsvFile, plan: Plan, key: MaskingKey) -> tuple[Learned, int | None]:
    """Learn groups, limits and known words; return them and the number of rows, if counted."""
    coded = [n for n, r in plan.rules.items() if r.action == "code_extremes"]
    grouped = group_columns(plan) if plan.generalised else []
    if not (coded or grouped or has_free_text(plan)):
        return Learned(), None
    combinations: Counter[tuple[Any, ...]] = Counter()
    numbers: dict[str, list[pd.Series]] = {name: [] for name in coded}
    known, n_rows = Known(), 0
    for _, rows in source.blocks():
        table = source.table(rows)
        n_rows += len(rows)
        if grouped:
            combinations.update(zip(*(table[name] for name in grouped)))
            _check_combinations(len(combinations), grouped)
        for name in coded:
            numbers[name].append(table[name].iloc[:: 1 + n_rows // LIMIT_ROWS])
        if has_free_text(plan):
            known = known.joined(known_words(table, plan, key))
    learned = Learned(known=known)
    for name in coded:
        learned.limits[name] = limits(pd.concat(numbers[name]), plan.rules[name])
    if grouped:
        cells = pd.DataFrame(list(combinations), columns=grouped, dtype=object)
        weights = np.fromiter(combinations.values(), dtype=np.int64, count=len(combinations))
        learned.groups = fit_generaliser(cells, plan, weights)
    return learned, n_rows


def _check_combinations(n: int, columns: list[str]) -> None:
    if n > MAX_COMBINATIONS:
        raise DataError(
            f"columns {', '.join(columns)} must have at most {MAX_COMBINATIONS:,} combinations to "
            "be grouped in memory; they have more. Coarsen one first (action 'coarsen'), or "
            "redact it."
        )


# --- the second pass -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Job:
    """What a worker needs; it travels through a pipe between processes, never through a file."""

    source: CsvFile
    plan: Plan
    key: MaskingKey
    learned: Learned
    locale: str
    tokenised: bool


Masked = tuple[str, dict[str, dict[str, int]], dict[str, bytes], int]
_job: _Job  # of this worker process


def _start_worker(job: _Job) -> None:
    global _job
    _job = job


def _work(first_row: int, rows: list[list[str]]) -> Masked:
    return _mask_block(_job, first_row, rows)


def _mask_block(job: _Job, first_row: int, rows: list[list[str]]) -> Masked:
    """Return the masked rows as CSV text, the counts, and what goes into the vault."""
    vault = Vault(job.key) if job.tokenised else None
    context = Context(job.plan, job.key, job.learned, job.locale, first_row, vault)
    masked = apply_plan(job.source.table(rows), context)
    columns = [masked[name].astype(object).where(masked[name].notna(), "") for name in masked]
    text = io.StringIO()
    _csv_lines(text, job.source.delimiter).writerows(zip(*(c.tolist() for c in columns)))
    return text.getvalue(), context.report, vault.sealed if vault else {}, len(rows)


def _masked_blocks(job: _Job, workers: int, n_rows: int | None) -> Iterator[Masked]:
    """Yield the masked blocks in order; only a few are in memory at a time."""
    blocks = job.source.blocks()
    start = list(islice(blocks, 2))  # if there is one block only, workers don't pay
    many = len(start) == 2 and (n_rows is None or n_rows >= PARALLEL_ROWS)
    if workers < 2 or not many:
        for first_row, rows in _chained(start, blocks):
            yield _mask_block(job, first_row, rows)
        return
    context = multiprocessing.get_context("spawn")  # fork copies threads' locks
    with ProcessPoolExecutor(workers, context, _start_worker, (job,)) as pool:
        waiting: deque[Future[Masked]] = deque()
        try:
            for first_row, rows in _chained(start, blocks):
                waiting.append(pool.submit(_work, first_row, rows))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _chained(start: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    yield from start
    start.clear()
    yield from rest


def _csv_lines(stream: TextIO, delimiter: str) -> Any:
    # The csv module quotes a lone carriage return only if it also ends the lines.
    return csv.writer(_LineFeeds(stream), delimiter=delimiter, lineterminator="\r\n")


class _LineFeeds:
    """A text stream that ends its lines with a line feed alone."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, line: str) -> int:
        """Write one line."""
        return self.stream.write(line[:-2] + "\n")
