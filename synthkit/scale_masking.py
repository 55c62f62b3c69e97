"""Mask a table in many parts, Parquet or CSV, here or on a Dask cluster.

Each part is masked by itself and written under its own name, so the bytes are the same for one
worker or many.  Only what the whole table must tell (groups of k, percentiles, words to be found in
free text) needs a first pass, which is made here, part by part.  Memory stays at one part a worker.

The key travels to the workers with each job.  On a cluster that crosses a network, use Dask with
TLS; nothing here writes the key to a file.
"""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from synthkit.commands.mask_stream import CsvFile, _add_counts, _csv_lines, learn_from_file
from synthkit.commands.table_files import CSV_ENDINGS, PARQUET_ENDINGS, _pyarrow
from synthkit.errors import DataError, ParameterError
from synthkit.files import replacing, write_bytes
from synthkit.scale import MANIFEST, _dask_client, _digest, _distributed
from synthkit.techniques.masking import MaskingKey, Plan
from synthkit.techniques.masking.actions import Context, Learned, apply_plan
from synthkit.techniques.masking.masker import report


def mask_parts(
    source: str | Path,
    out: str | Path,
    plan: Plan,
    key: MaskingKey,
    *,
    engine: str = "local",
    workers: int = 1,
    client: Any = None,
    locale: str = "",
) -> dict[str, Any]:
    """Mask every part in the folder ``source`` into the folder ``out``.

    Parameters
    ----------
    source : path
        A folder of .parquet, or of .csv and .tsv files, all with the same columns.
    out : path
        Another folder, made where absent; it must hold no part.  With Dask, both are folders that
        all workers see.
    plan : Plan
    key : MaskingKey
    engine, workers, client
        As in ``sk.generate``.
    locale : str, default ""

    Returns
    -------
    dict
        The report of ``synthkit mask``, and ``parts`` with rows and digests; also written to
        ``manifest.json``.  No value of the table is in it.

    Raises
    ------
    ParameterError, DataError
        No parts, different columns, an output that is in use, or a plan with tokens (their vault
        can't be shared by workers).
    """
    parts = PartedTable.open(Path(source))
    folder = Path(out)
    if engine not in ("local", "dask"):
        raise ParameterError(f"engine must be 'local' or 'dask'; got {engine!r}.")
    if any(rule.action == "tokenise" for rule in plan.rules.values()):
        raise ParameterError(
            "a plan for parts must not hold action 'tokenise': workers can't share a vault. Use "
            "'pseudonymise'."
        )
    plan.check(list(parts.header))
    folder.mkdir(parents=True, exist_ok=True)
    if folder.samefile(parts.paths[0].parent) or _parts_in(folder):
        raise ParameterError(
            f"out must be a folder without parts, other than the source; got {folder}. Choose "
            "another."
        )
    learned = learn_from_file(parts, plan, key)[0]  # type: ignore[arg-type]  # reads like a file
    starts, first = [], 0
    for path in parts.paths:
        starts.append(first)
        first += parts.count(path)
    jobs = [
        _PartJob(str(path), str(folder / path.name), start, plan, key, learned, locale)
        for path, start in zip(parts.paths, starts)
    ]
    total = Context(plan, key, learned, locale)
    written = []
    for name, rows, digest, counts in _run(jobs, engine, workers, client):
        written.append({"file": name, "rows": rows, "sha256": digest})
        _add_counts(total.report, counts)
    written.sort(key=lambda part: str(part["file"]))
    done = {**report(total, first), "parts": written}
    write_bytes(folder / MANIFEST, json.dumps(done, indent=1).encode())
    return done


@dataclass(frozen=True)
class PartedTable:
    """Files of one table, read like one ``CsvFile``."""

    paths: tuple[Path, ...]
    header: tuple[str, ...]

    @classmethod
    def open(cls, folder: Path) -> PartedTable:
        """Look at the headers of all parts.

        Raises
        ------
        DataError
            There are none, of two kinds, or with different columns.
        """
        paths = _parts_in(folder)
        kinds = {path.suffix.lower() in PARQUET_ENDINGS for path in paths}
        if not paths or len(kinds) > 1:
            raise DataError(
                f"source must be a folder of parts, all Parquet or all CSV; got {len(paths)} in "
                f"{folder}. Name another folder."
            )
        first = _header(paths[0])
        for path in paths[1:]:
            if _header(path) != first:
                raise DataError(
                    f"all parts must have the columns of {paths[0].name}; {path.name} has others. "
                    "Mend it, or mask it by itself."
                )
        return cls(tuple(paths), first)

    def blocks(self) -> Iterator[tuple[int, pd.DataFrame]]:
        """Yield the number of the first row and the rows of each part."""
        first = 0
        for path in self.paths:
            table = _read_part(path)
            yield first, table
            first += len(table)

    def table(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return a block as a table, which it is."""
        return rows

    def count(self, path: Path) -> int:
        """Return the rows of a part."""
        if path.suffix.lower() in PARQUET_ENDINGS:
            return int(_pyarrow().parquet.ParquetFile(path).metadata.num_rows)
        return sum(len(rows) for _, rows in CsvFile.open(path).blocks())


def _parts_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    endings = CSV_ENDINGS + PARQUET_ENDINGS
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in endings)


def _header(path: Path) -> tuple[str, ...]:
    if path.suffix.lower() in PARQUET_ENDINGS:
        return tuple(_pyarrow().parquet.read_schema(path).names)
    return CsvFile.open(path).header


def _read_part(path: Path) -> pd.DataFrame:
    """Read a part: Parquet with its types (whole numbers with gaps stay whole), CSV as text."""
    if path.suffix.lower() in PARQUET_ENDINGS:
        pa = _pyarrow()
        whole = {pa.int8(): "Int8", pa.int16(): "Int16", pa.int32(): "Int32", pa.int64(): "Int64"}
        types = {kind: pd.api.types.pandas_dtype(name) for kind, name in whole.items()}
        table: pd.DataFrame = pa.parquet.read_table(path).to_pandas(types_mapper=types.get)
        return table
    source = CsvFile.open(path)
    return source.table([row for _, rows in source.blocks() for row in rows])


# --- one part -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _PartJob:
    """What a worker needs to mask one part."""

    source: str
    target: str
    first_row: int
    plan: Plan
    key: MaskingKey
    learned: Learned
    locale: str


Masked = tuple[str, int, str, dict[str, dict[str, int]]]


def _mask_part(job: _PartJob) -> Masked:
    """Mask one part, move it into place when it is whole; return name, rows, digest, counts."""
    path, target = Path(job.source), Path(job.target)
    if not path.exists():
        raise ParameterError(
            "source must be a folder that every worker sees; a part is not there on this one. "
            "Choose a shared disk."
        )
    context = Context(job.plan, job.key, job.learned, job.locale, job.first_row)
    masked = apply_plan(_read_part(path), context)
    with replacing(target) as temporary:
        if path.suffix.lower() in PARQUET_ENDINGS:
            masked.to_parquet(temporary, index=False)
        else:
            columns = [
                masked[name].astype(object).where(masked[name].notna(), "") for name in masked
            ]
            with temporary.open("w", encoding="utf-8", newline="") as stream:
                lines = _csv_lines(stream, CsvFile.open(path).delimiter)
                lines.writerow(masked.columns)
                lines.writerows(zip(*(column.tolist() for column in columns)))
        digest = _digest(temporary)
    return target.name, len(masked), digest, context.report


def _run(jobs: list[_PartJob], engine: str, workers: int, client: Any) -> Iterator[Masked]:
    """Yield each part when it is written."""
    if engine == "dask":
        with _dask_client(client, workers) as cluster:
            futures = [cluster.submit(_mask_part, job, pure=False) for job in jobs]
            try:
                for done in _distributed().as_completed(futures):
                    yield done.result()
            finally:
                cluster.cancel(futures)
    elif workers == 1 or len(jobs) < 2:
        yield from map(_mask_part, jobs)
    else:
        context = multiprocessing.get_context("spawn")  # fork copies threads' locks
        with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
            waiting = [pool.submit(partial(_mask_part, job)) for job in jobs]
            try:
                for future in concurrent.futures.as_completed(waiting):
                    yield future.result()
            finally:
                pool.shutdown(cancel_futures=True)
