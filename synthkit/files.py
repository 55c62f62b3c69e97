"""Write files so that nothing is ever half there, and nothing of a user's is overwritten.

A reader, or a machine that loses power, sees the old file or the new one: the bytes go to a
temporary file in the same folder, are flushed to the disk, and only then take their place.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path; when the block ends well, the file there becomes ``path``.

    Parameters
    ----------
    path : Path
        The file to write.  Its folder must exist; an earlier file is replaced in one step,
        and stays as it was if the block raises or the process dies.

    Yields
    ------
    Path
        An empty file in the same folder, with the same ending as ``path``.
    """
    temporary = _temporary_beside(path)
    try:
        yield temporary
        _flush_to_disk(temporary)
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` in one step; an earlier file is replaced."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_new(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` in one step, never over a file that is there.

    Raises
    ------
    FileExistsError
        If there is such a file, even one that appeared a moment ago.
    """
    temporary = _temporary_beside(path)
    try:
        temporary.write_bytes(data)
        _flush_to_disk(temporary)
        _move_to_free_name(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def set_aside(path: Path) -> Path:
    """Rename a file to ``name_2026-11-24_16-30-05.ending`` beside it, and return the new path."""
    time = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    aside = free_name(path.with_name(f"{path.stem}_{time}{path.suffix}"))
    path.rename(aside)
    return aside


def free_name(path: Path) -> Path:
    """Return ``path``, or ``name-2.ending``, ``name-3.ending`` ... if it is taken."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate


def _temporary_beside(path: Path) -> Path:
    """Make an empty file of a name that nobody else uses, in the folder of ``path``."""
    temporary = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    temporary.touch(exist_ok=False)
    return temporary


def _flush_to_disk(path: Path) -> None:
    """Return when the file's bytes are on the disk, not only in the system's memory."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _move_to_free_name(temporary: Path, path: Path) -> None:
    """Give the file its name unless that is taken; a hard link tells in one step."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links (FAT, some network drives)
        if path.exists():
            raise FileExistsError(f"{path} exists already") from None
        os.replace(temporary, path)
