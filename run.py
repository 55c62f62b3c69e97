"""One script for everything: python run.py setup | lab | test | bench | site | wheelhouse.

    python run.py lab [FOLDER]      open JupyterLab on the first lesson (the first run installs it)
    python run.py test [--all]      lint, types, tests, every notebook, the browser
    python run.py bench             the table of measured ratios
    python run.py site              lessons and library as web pages, in the folder site
    python run.py wheelhouse [DIR]  all wheels for a room without internet, in the folder DIR
    python run.py setup             only make the environment that 'lab' uses

Only the standard library, on Linux, macOS and Windows.  Everything goes into the folder
.venv of this checkout; a second run finds it ready and starts in seconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "synthkit-stamp.json"

# What each purpose installs. 'lab' leaves out the two large ones, PyTorch and OpenDP.
EXTRAS = {"lab": "lab,masking,finance,data,scale", "test": "all"}
TORCH = "torch==2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
LOWEST = ROOT / ".venv-lowest"
WHEELHOUSE_README = """synthkit without internet

{count} wheels ({size:,.0f} MB) for Python {python} on {system}.
In a new environment of that Python, beside this folder:

    pip install --no-index --find-links wheelhouse "synthkit-lab[{extras}]"
    synthkit lab

Nothing is asked of any network. On another system or Python: gather them there, once, with
internet: python run.py wheelhouse
"""
WHEEL = ("tests/test_wheel.py", "tests/test_wheel_browser.py")  # an environment each
COURSE = "browser and not lesson and not picture"  # the extension and lesson 01


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    if sys.version_info < (3, 10):
        print(f"synthkit needs Python 3.10 or newer; this is {sys.version.split()[0]}.")
        return 2
    command, *rest = arguments or ["help"]
    if command == "setup":
        make_environment("lab")
        return 0
    if command == "lab":
        make_environment("lab")
        return run(PYTHON, "-m", "synthkit", "lab", *rest)
    if command == "test" and rest in ([], ["--all"]):
        return test(everything=bool(rest))
    if command == "bench":
        make_environment("test")
        return run(PYTHON, "-m", "benchmarks.run", *rest, cwd=ROOT)
    if command == "wheelhouse" and len(rest) <= 1:
        return wheelhouse(Path(*rest) if rest else ROOT / "wheelhouse")
    if command == "site":
        make_environment("test")
        return site()
    print(__doc__)
    return 0 if command in ("help", "-h", "--help") else 2


def make_environment(purpose: str) -> None:
    """Make .venv and install what this purpose needs, unless a stamp says that it is there."""
    wanted = fingerprint(purpose)
    stamps = json.loads(STAMP.read_text("utf-8")) if STAMP.exists() and PYTHON.exists() else {}
    if stamps.get(purpose) == wanted:
        return
    print(f"Setting up {VENV} (the first time takes a few minutes) ...", flush=True)
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    if purpose == "test" and sys.platform == "linux":
        install_cpu_torch()
    target = ["--editable", f"{ROOT}[{EXTRAS[purpose]}]"]
    if purpose == "test":
        target += ["--group", f"{ROOT / 'pyproject.toml'}:dev"]
    install(target)
    stamps[purpose] = wanted
    STAMP.write_text(json.dumps(stamps), "utf-8")


def fingerprint(purpose: str) -> str:
    """Digest of all that decides what an installation holds."""
    digest = hashlib.sha256(f"{ROOT}{sys.version}{EXTRAS[purpose]}".encode())
    built = sorted((ROOT / "synthkit" / "labextension").rglob("*"))
    for path in [ROOT / "pyproject.toml", ROOT / "hatch_build.py", *built]:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def install(target: list[str]) -> None:
    """Install into .venv: with uv where it is on PATH (seconds), else with pip (a minute)."""
    uv = shutil.which("uv")
    if uv and run(uv, "pip", "install", "--quiet", "--python", PYTHON, *target) == 0:
        return
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--quiet"]  # errors only
    run(*pip, "--upgrade", "pip>=25.1")  # the first pip that knows dependency groups
    if run(*pip, *target) != 0:
        sys.exit("run.py: the installation failed; the message above says why.")


def install_cpu_torch(python: Path = PYTHON) -> None:
    """Install PyTorch for the CPU; the usual Linux wheel would bring gigabytes of CUDA."""
    if run(python, "-c", "import torch", quiet=True) == 0:
        return
    pip = [python, "-m", "pip", "install", "--quiet", "--quiet"]
    quick = ["--retries", "0", "--timeout", "5", "--index-url", TORCH_CPU_INDEX]
    if run(*pip, *quick, TORCH, quiet=True) != 0:
        run(*pip, TORCH)


def test(everything: bool) -> int:
    """Run all tests, print what each part took, and return 0 if all passed."""
    make_environment("test")
    provide_chromium()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # a result may depend on the thread count
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["MPLBACKEND"] = "agg"
    pytest = [PYTHON, "-m", "pytest"]
    halves = ["-n", "2", "--dist", "loadfile"]  # two at a time, each file in one piece
    slow = "" if everything else " and not slow"
    node = shutil.which("node")
    parts: list[tuple[str, list[str | Path]]] = [
        ("lint", [PYTHON, "-m", "ruff", "check", "."]),
        ("types", [PYTHON, "-m", "mypy"]),
        ("tests", [*pytest, *halves, "--ignore=tests/browser", "-m", f"not wheel{slow}"]),
        ("examples", [*pytest, "-q", "--doctest-modules", "synthkit"]),  # those in docstrings
        ("pictures", [*pytest, *halves, "tests/browser", "-m", f"picture{slow}"]),
        ("browser", [*pytest, *halves, "tests/browser", "-m", f"{COURSE}{slow}"]),
        ("lessons", [*pytest, *halves, "tests/browser", "-m", f"lesson{slow}"]),
        ("wheel", [*pytest, *WHEEL, "-m", f"wheel{slow}"]),
    ]
    if node:
        parts.insert(2, ("player", [node, "--test", "widgets/player/test/"]))
    if everything:
        again = [*pytest, *halves, "-q", "tests/browser", "-m", COURSE]
        parts += [("browser again", again)] * 9
    failed = []
    for name, command in parts:
        failed += timed(name, lambda command=command: run(*command, cwd=ROOT))
    failed += timed("notebooks", lambda: run_notebooks(halves))
    if everything:
        failed += timed("lowest versions", run_with_lowest_versions)
    print("\nrun.py test:", f"FAILED: {', '.join(failed)}" if failed else "all parts passed")
    return 1 if failed else 0


def timed(name: str, part: object) -> list[str]:
    """Run one part of the tests; return its name if it failed."""
    print(f"\n===== {name} =====", flush=True)
    start = time.monotonic()
    status = part()  # type: ignore[operator]
    print(f"===== {name}: {'passed' if status == 0 else 'FAILED'}", end=" ")
    print(f"in {time.monotonic() - start:.0f} s =====", flush=True)
    return [] if status == 0 else [name]


def run_notebooks(halves: list[str]) -> int:
    """Run every lesson with nbval, in a copy, so that none leaves anything in the checkout."""
    with tempfile.TemporaryDirectory() as folder:
        lessons = [shutil.copy(path, folder) for path in sorted(ROOT.glob("notebooks/*.ipynb"))]
        options = ["--nbval-lax", "--nbval-kernel-name", "python3", "--nbval-cell-timeout", "120"]
        relaxed = ["-o", "filterwarnings=default", "-o", "timeout=0", "-p", "no:cacheprovider"]
        status = run(PYTHON, "-m", "pytest", *halves, *options, *relaxed, *lessons, cwd=ROOT)
        if any(Path(folder).glob("synthkit-progress*")):
            print("run.py: a lesson wrote progress though nobody answered anything.")
            return 1
        return status


def run_with_lowest_versions() -> int:
    """Run the tests once more, with the lowest versions that pyproject.toml allows."""
    venv.create(LOWEST, with_pip=True, clear=True)
    python = LOWEST / PYTHON.relative_to(VENV)
    install_cpu_torch(python)
    uv = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", python]
    lowest = ["--resolution", "lowest-direct", "--editable", f"{ROOT}[{EXTRAS['lab']}]"]
    tools = ["pytest>=8.3", "pytest-timeout", "hypothesis", "build", "jupytext", "nbclient"]
    if run(*uv, *lowest) != 0 or run(*uv, *tools) != 0:
        return 1
    core = "not browser and not wheel and not slow"
    old = ["-o", "filterwarnings=default"]  # old versions warn of what has changed since
    return run(python, "-m", "pytest", "-q", *old, "-m", core, cwd=ROOT)


def site() -> int:
    """Write the lessons as pages that play without a kernel, the API pages, and a list of them."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # two lessons run at once
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return run(PYTHON, "notebooks/pages.py", ROOT / "site", cwd=ROOT)


def wheelhouse(folder: Path) -> int:
    """Gather wheels of the kit and of all it needs, for this system and this Python."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(path.suffix != ".whl" and path.name != "README.txt" for path in folder.iterdir()):
        print(f"run.py: the folder {folder} must be empty or a wheelhouse. Name another.")
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(scratch, with_pip=True)
        python = Path(scratch) / PYTHON.relative_to(VENV)
        pip = [python, "-m", "pip", "--quiet", "--quiet"]  # errors only
        run(*pip, "install", "--upgrade", "pip")
        if sys.platform == "linux":  # the usual wheel would bring gigabytes of CUDA
            quick = ["--retries", "0", "--timeout", "5", "--index-url", TORCH_CPU_INDEX]
            run(*pip, "wheel", "--no-deps", *quick, "--wheel-dir", folder, TORCH, quiet=True)
        wheel = [*pip, "wheel", "--find-links", folder, "--wheel-dir", folder]
        if run(*wheel, TORCH, f"{ROOT}[{EXTRAS['test']}]") != 0:
            print("run.py: the wheels could not be gathered; the message above says why.")
            return 1
    wheels = sorted(folder.glob("*.whl"))
    size = sum(path.stat().st_size for path in wheels) / 1e6
    (folder / "README.txt").write_text(WHEELHOUSE_README.format(
        count=len(wheels), size=size, python=".".join(map(str, sys.version_info[:2])),
        system=sysconfig.get_platform(), extras=EXTRAS["test"],
    ), "utf-8")  # fmt: skip
    print(f"{len(wheels)} wheels, {size:,.0f} MB, in {folder}; README.txt says how to use them.")
    return 0


def provide_chromium() -> None:
    """Install Debian's Chromium where it is missing and we may; else use one that is there."""
    known = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
    if any(shutil.which(name) for name in known) or not shutil.which("apt-get"):
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            run("apt-get", "-qq", *step, env=environment)


def run(
    *command: str | Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    quiet: bool = False,
) -> int:
    """Run a program to its end and return its exit status."""
    silent = subprocess.DEVNULL if quiet else None
    try:
        words = [str(word) for word in command]
        return subprocess.call(words, cwd=cwd, env=env, stdout=silent, stderr=silent)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
