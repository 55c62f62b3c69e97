"""Say whether the committed build belongs to these sources.

The name of the built ``remoteEntry`` file depends on the path of the checkout, so builds can't be
compared byte for byte.  Instead a digest of everything a build is made from lies beside it.

    python scripts/freshness.py            print 'fresh', or say what to do and exit with 1
    python scripts/freshness.py --write    store the digest (the npm build does this last)
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1]
BUILT = SOURCES.parents[1] / "synthkit" / "labextension"
STORED = BUILT / "SOURCES.sha256"
FOLDERS = ("src", "schema", "style")
FILES = ("package.json", "package-lock.json", "tsconfig.json")


def digest() -> str:
    """Return the SHA-256 of all sources: names and contents, line ends as on Linux."""
    paths = [path for folder in FOLDERS for path in (SOURCES / folder).rglob("*")]
    paths += [SOURCES / name for name in FILES]
    found = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{path.relative_to(SOURCES).as_posix()}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()


def is_fresh() -> bool:
    """Say whether the build was made from the sources as they are now."""
    return STORED.exists() and STORED.read_text(encoding="utf-8").strip() == digest()


if __name__ == "__main__":
    if "--write" in sys.argv:
        STORED.write_text(digest() + "\n", encoding="utf-8")
    elif is_fresh():
        print("fresh")
    else:
        sys.exit("The build is older than its sources: run 'npm ci && npm run build' here.")
