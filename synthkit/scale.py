"""A fitted technique to any number of rows: Parquet files in a folder, and a manifest.

The rows are drawn in blocks, each from a stream of its own (see :mod:`synthkit.rng`), and a part
holds a fixed number of blocks.  So a part depends on the technique, the seed and its number alone:
the bytes are the same for one worker or many, here or on a Dask cluster, and after a kill the
parts that are there are kept.
"""

from __future__ import annotations

import concurrent.futures
import errno
import hashlib
import importlib
import importlib.util
import json
import multiprocessing
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from synthkit.base import Synthesizer, load_technique
from synthkit.errors import MissingExtraError, ParameterError
from synthkit.files import replacing, write_bytes
from synthkit.rng import BLOCK_ROWS, RandomState, seed_sequence

PART_BLOCKS = 16  # about a million rows a file: a few dozen megabytes
MANIFEST = "manifest.json"
DIGEST_BYTES = 1 << 20  # read at a time, to be hashed
CONNECT_TIMEOUT_S = 10
# Dask's workers hand memory back to the system after every array by default, and ask for it anew
# for the next one: nearly half of their time (``bench scale``).  Blocks are all of one
# size: nothing is won by that.
KEEP_MEMORY = "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_"


def generate(
    technique: Synthesizer,
    rows: int,
    out: str | Path,
    *,
    engine: str = "local",
    workers: int = 1,
    client: Any = None,
    rng: RandomState = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write ``rows`` synthetic rows as Parquet parts into the folder ``out``.

    Parameters
    ----------
    technique : fitted Synthesizer
    rows : int
        1 or more; memory stays at one block of 65,536 rows a worker, whatever the number.
    out : path
        Made where absent.  A folder that holds another run is refused, a half-finished same run
        is completed.  With Dask, a folder that all workers share.
    engine : {'local', 'dask'}
        Processes on this machine, or the workers of a Dask cluster.
    workers : int
        How many processes on this machine; the bytes don't depend on it.
    client : distributed.Client or str, optional
        For Dask: a client, or the address of a scheduler.  None: a cluster of ``workers``
        processes on this machine, for as long as the call lasts.
    rng : None, int or numpy.random.Generator
    progress : callable (done, all), optional
        Called after each part.

    Returns
    -------
    Path
        The manifest: technique, rows, parts with their rows and digests.

    Raises
    ------
    ParameterError
        For a bad count, an unknown engine, a folder with another run in it, or a scheduler that
        can't be reached.
    MissingExtraError
        Without pyarrow, or without Dask where it is asked for.
    OSError
        If the disk is full, or would be: the parts that are there stay, and the same call goes
        on from them once there is room.
    """
    _check(technique, rows, engine, workers, client)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    root = seed_sequence(rng)
    state = _saved(technique)
    run = {
        "format": "synthkit-parts",
        "technique": technique.name,
        "state": hashlib.sha256(state).hexdigest(),
        "entropy": _plain(root.entropy),
        "rows": int(rows),
        "part_rows": PART_BLOCKS * BLOCK_ROWS,
    }
    _claim(folder, run)
    parts = _parts(rows)
    digests = {name: _digest(folder / name) for name, _, _ in parts if (folder / name).exists()}
    jobs = [(str(folder), run["entropy"], *part) for part in parts if part[0] not in digests]
    for name, digest in _run(state, jobs, engine, workers, client):
        digests[name] = digest
        if len(digests) < len(parts):
            _check_room(folder, name, len(parts) - len(digests))
        if progress is not None:
            progress(len(digests), len(parts))
    _remove_leftovers(folder)
    written = [{"file": name, "rows": n, "sha256": digests[name]} for name, _, n in parts]
    manifest = folder / MANIFEST
    content = {**run, "complete": True, "parts": written}
    write_bytes(manifest, json.dumps(content, indent=1).encode())
    return manifest


def _check(technique: Any, rows: Any, engine: str, workers: Any, client: Any) -> None:
    technique._check_fitted()
    for label, value in (("rows", rows), ("workers", workers)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ParameterError(f"{label} must be a whole number of 1 or more; got {value!r}.")
    if engine not in ("local", "dask"):
        raise ParameterError(f"engine must be 'local' or 'dask'; got {engine!r}.")
    if client is not None and engine != "dask":
        raise ParameterError("client must be left out with engine 'local'. Pass engine='dask'.")
    needed = ["pyarrow"] if engine == "local" else ["pyarrow", "dask", "distributed"]
    for package in needed:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(
                f"the package {package!r} is missing. Run: pip install 'synthkit-lab[scale]'"
            )


def _parts(rows: int) -> list[tuple[str, int, int]]:
    """List the parts: file name, first block, rows."""
    size = PART_BLOCKS * BLOCK_ROWS
    starts = range(0, rows, size)
    return [
        (f"part-{k:05d}.parquet", k * PART_BLOCKS, min(size, rows - start))
        for k, start in enumerate(starts)
    ]


def _claim(folder: Path, run: dict[str, Any]) -> None:
    """Note the run in the folder, or refuse a folder that holds another one."""
    manifest = folder / MANIFEST
    if manifest.exists():
        there = json.loads(manifest.read_text("utf-8"))
        if {key: there.get(key) for key in run} != run:
            raise ParameterError(
                f"the folder {folder.name!r} must be empty or hold this very run; it holds another "
                "technique, seed or number of rows. Choose another folder."
            )
    elif any(folder.glob("part-*.parquet")):
        raise ParameterError(
            f"the folder {folder.name!r} must not hold parts without a manifest. Choose another."
        )
    write_bytes(manifest, json.dumps({**run, "complete": False}, indent=1).encode())


def _check_room(folder: Path, name: str, missing: int) -> None:
    """Raise where the parts that are still missing can't fit on the disk."""
    needed = (folder / name).stat().st_size * missing
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(
            errno.ENOSPC,
            f"the disk must have room for {missing:,} more parts (about {needed / 1e9:.1f} GB); "
            f"{free / 1e9:.1f} GB are free. Make room, then run the same call again: it goes on "
            "from the parts that are there",
        )


def _remove_leftovers(folder: Path) -> None:
    """Remove what workers that were killed had begun to write; every part is there by now."""
    for left in folder.glob(".*.parquet"):
        left.unlink(missing_ok=True)


# --- the engines ---------------------------------------------------------------------------------

Job = tuple[str, Any, str, int, int]  # folder, entropy, and a part: name, first block, rows
Done = tuple[str, str]  # the part's name and its digest


def _run(state: bytes, jobs: list[Job], engine: str, workers: int, client: Any) -> Iterator[Done]:
    """Yield each part when it is written."""
    if engine == "dask":
        with _dask_client(client, workers) as cluster:
            yield from _run_on_dask(state, jobs, cluster)
    elif workers == 1 or len(jobs) < 2:
        for job in jobs:
            yield _write_part(state, *job)
    else:
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
            futures = [pool.submit(_write_part, state, *job) for job in jobs]
            try:
                for future in concurrent.futures.as_completed(futures):
                    yield future.result()
            finally:
                pool.shutdown(cancel_futures=True)


def _run_on_dask(state: bytes, jobs: list[Job], client: Any) -> Iterator[Done]:
    """Yield each part when a worker of the cluster has written it.

    The technique travels once, as the result of a task: where a worker dies, the scheduler makes
    it again, and gives the worker's parts to others.
    """
    shared = client.submit(bytes, state, pure=False)
    waiting = iter(jobs)
    # A few parts for each thread keep it busy; a billion rows are not queued all at once.
    room = 3 * max(1, sum(client.nthreads().values()))
    submit = partial(client.submit, _write_part, shared, pure=False)
    running = _distributed().as_completed([submit(*job) for job in islice(waiting, room)])
    try:
        for future in running:
            yield future.result()
            for job in islice(waiting, 1):
                running.add(submit(*job))
    finally:
        client.cancel([shared, *running.futures])


@contextmanager
def _dask_client(client: Any, workers: int) -> Iterator[Any]:
    """Yield a client: the one given, one of a scheduler's address, or of a cluster of its own."""
    distributed = _distributed()
    if client is None:
        # Files are all that the workers make: they need neither a dashboard nor a scratch disk.
        options: dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": None}
        with (
            importlib.import_module("dask.config").set({KEEP_MEMORY: None}),
            distributed.LocalCluster(n_workers=workers, **options) as cluster,
            distributed.Client(cluster) as own,
        ):
            yield own
    elif isinstance(client, str):
        try:
            connected = distributed.Client(client, timeout=CONNECT_TIMEOUT_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise ParameterError(
                f"client must be the address of a Dask scheduler that answers; got {client!r} "
                f"({type(error).__name__}). Start one with 'dask scheduler', or leave it out."
            ) from error
        with connected:
            yield connected
    else:
        yield client


def _distributed() -> Any:
    """Import Dask's distributed when it is needed: it takes a second."""
    return importlib.import_module("distributed")


def _write_part(
    state: bytes, folder: str, entropy: Any, name: str, first_block: int, rows: int
) -> Done:
    """Make one part, move it into place when it is whole, and return its name and digest."""
    if not Path(folder).is_dir():
        raise ParameterError(
            f"out must be a folder that every worker sees; {folder!r} is not there on "
            f"{platform.node()}. Choose one on a shared disk."
        )
    with replacing(Path(folder) / name) as temporary:
        _write_blocks(_loaded(state), rows, np.random.SeedSequence(entropy), first_block, temporary)
        digest = _digest(temporary)
    return name, digest


def _write_blocks(
    technique: Synthesizer, rows: int, root: np.random.SeedSequence, first_block: int, path: Path
) -> None:
    """Write a part block by block, so that no more than a block of rows is in memory.

    The first block's types are the part's.  Where it leaves a column's type open, since all its
    cells are missing, the part is written at once.
    """
    pa = importlib.import_module("pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    first = technique._sample_rows(min(rows, BLOCK_ROWS), root, first_block)
    arrow = pa.Table.from_pandas(first, preserve_index=False)
    if any(pa.types.is_null(kind) for kind in arrow.schema.types):
        arrow = pa.Table.from_pandas(
            technique._sample_rows(rows, root, first_block), preserve_index=False
        )
        rows = len(arrow)
    # Numbers that hardly repeat gain nothing from a dictionary, and cost the time to make one.
    repeats = [field.name for field in arrow.schema if not pa.types.is_floating(field.type)]
    with parquet.ParquetWriter(path, arrow.schema, use_dictionary=repeats) as writer:
        writer.write_table(arrow)
        for start in range(len(arrow), rows, BLOCK_ROWS):
            block = technique._sample_rows(
                min(BLOCK_ROWS, rows - start), root, first_block + start // BLOCK_ROWS
            )
            writer.write_table(
                pa.Table.from_pandas(block, schema=arrow.schema, preserve_index=False)
            )


def _saved(technique: Synthesizer) -> bytes:
    """Return the technique as its file holds it; it never stands beside the rows."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "technique.synthkit"
        technique.save(path)
        return path.read_bytes()


@lru_cache(maxsize=1)
def _loaded(state: bytes) -> Synthesizer:
    """Return the technique that ``_saved`` wrote; a worker reads it once for all its parts."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "technique.synthkit"
        path.write_bytes(state)
        return load_technique(path)


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(DIGEST_BYTES):
            found.update(piece)
    return found.hexdigest()


def _plain(entropy: Any) -> Any:
    """Entropy as JSON can hold it."""
    return [int(word) for word in entropy] if hasattr(entropy, "__len__") else int(entropy)
