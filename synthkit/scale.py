"""A fitted technique to any number of rows: Parquet files in a folder, and a manifest.

The rows are drawn in blocks, each from a stream of its own (see :mod:`synthkit.rng`), and a part
holds a fixed number of blocks.  So a part depends on the technique, the seed and its number alone:
the bytes are the same for one worker or many, and after a kill the parts that are there are kept.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import multiprocessing
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from synthkit.base import Synthesizer, load_technique
from synthkit.errors import MissingExtraError, ParameterError
from synthkit.files import replacing, write_bytes
from synthkit.rng import BLOCK_ROWS, RandomState, seed_sequence

PART_BLOCKS = 16  # about a million rows a file: a few dozen megabytes
MANIFEST = "manifest.json"


def generate(
    technique: Synthesizer,
    rows: int,
    out: str | Path,
    *,
    engine: str = "local",
    workers: int = 1,
    rng: RandomState = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write ``rows`` synthetic rows as Parquet parts into the folder ``out``.

    Parameters
    ----------
    technique : fitted Synthesizer
    rows : int
        1 or more; memory stays at one part a worker, whatever the number.
    out : path
        Made where absent.  A folder that holds another run is refused, a half-finished same run
        is completed.
    engine : {'local'}
        Processes on this machine.
    workers : int
        How many processes; the bytes don't depend on it.
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
        For a bad count, an unknown engine, or a folder with another run in it.
    MissingExtraError
        Without pyarrow.
    """
    _check(technique, rows, engine, workers)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    root = seed_sequence(rng)
    with tempfile.TemporaryDirectory() as scratch:
        saved = Path(scratch) / "technique.synthkit"
        technique.save(saved)
        run = {
            "format": "synthkit-parts",
            "technique": technique.name,
            "state": _digest(saved),
            "entropy": _plain(root.entropy),
            "rows": int(rows),
            "part_rows": PART_BLOCKS * BLOCK_ROWS,
        }
        _claim(folder, run)
        todo = [part for part in _parts(rows) if not (folder / part[0]).exists()]
        done = len(_parts(rows)) - len(todo)
        jobs = [(str(saved), str(folder), run["entropy"], *part) for part in todo]
        for _ in _run(jobs, workers):
            done += 1
            if progress is not None:
                progress(done, len(_parts(rows)))
    parts = [
        {
            "file": name,
            "rows": n,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        for name, _, n in _parts(rows)
    ]
    manifest = folder / MANIFEST
    write_bytes(manifest, json.dumps({**run, "complete": True, "parts": parts}, indent=1).encode())
    return manifest


def _check(technique: Any, rows: Any, engine: str, workers: Any) -> None:
    technique._check_fitted()
    for label, value in (("rows", rows), ("workers", workers)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ParameterError(f"{label} must be a whole number of 1 or more; got {value!r}.")
    if engine != "local":
        raise ParameterError(f"engine must be 'local'; got {engine!r}.")
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            'Parquet needs the package pyarrow. Install it: pip install "synthkit-lab[scale]".'
        ) from error


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


def _run(jobs: list[tuple[Any, ...]], workers: int) -> Any:
    """Yield once for each finished part."""
    if workers == 1 or len(jobs) < 2:
        for job in jobs:
            _write_part(*job)
            yield
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = [pool.submit(_write_part, *job) for job in jobs]
        for future in concurrent.futures.as_completed(futures):
            yield future.result()


def _write_part(
    saved: str, folder: str, entropy: Any, name: str, first_block: int, rows: int
) -> None:
    """Make one part and move it into place when it is whole."""
    technique = load_technique(saved)
    table = technique._sample_rows(rows, np.random.SeedSequence(entropy), first_block)
    with replacing(Path(folder) / name) as temporary:
        table.to_parquet(temporary, index=False)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(entropy: Any) -> Any:
    """Entropy as JSON can hold it."""
    return [int(word) for word in entropy] if hasattr(entropy, "__len__") else int(entropy)
