"""Seals: checksums that say whether a held-out file is still the one that was split off."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from synthkit.errors import DataError

CHUNK = 1 << 20


def seal_path(holdout: Path) -> Path:
    """Return where the seal of a held-out file lies: beside it."""
    return holdout.with_name(f"{holdout.name}.seal.json")


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check_seal(real: Path, holdout: Path) -> str:
    """Return what the seal beside a held-out file says; '' where there is none.

    Raises
    ------
    DataError
        The held-out file was changed since it was sealed, or the seal is damaged.
    """
    seal = seal_path(holdout)
    if not seal.exists():
        return ""
    try:
        record = json.loads(seal.read_text(encoding="utf-8"))
        sealed, trained = record["holdout"]["sha256"], record["train"]["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{seal} must be a seal that synthkit split wrote; it is damaged. Split again."
        ) from error
    if checksum(holdout) != sealed:
        raise DataError(
            f"{holdout} must be as it was sealed; its checksum differs from the one in {seal}. "
            "Restore the file, or split again before training."
        )
    if checksum(real) != trained:
        return f"{real} is not the training file that was split off with {holdout}"
    return "the seal is intact: both files are as they were split"
