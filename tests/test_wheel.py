"""From the sources to a user's screen: sdist, wheel, an empty environment, a lesson that opens.

Slow (about a minute), and it asks a package registry for the build tool and the extra ``lab``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import synthkit as sk

sys.path.insert(0, str(Path(__file__).parent / "browser"))

import command_lab

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(600)]

CHECKOUT = Path(__file__).parents[1]
# What the tests themselves may have left in a checkout, and what is built anew.
NOT_COPIED = shutil.ignore_patterns(
    ".venv*",
    ".git",
    ".*_cache",
    ".hypothesis",
    "__pycache__",
    "dist",
    "node_modules",
    "test-artefacts",
)


def run(*command: str | Path, cwd: Path | None = None) -> str:
    words = [str(word) for word in command]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist, from a copy in a folder with a space."""
    folder = tmp_path_factory.mktemp("a build")
    copy = folder / "the sources"
    shutil.copytree(CHECKOUT, copy, ignore=NOT_COPIED)
    run(sys.executable, "-m", "build", "--outdir", folder / "dist", copy)
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an empty environment into which only the wheel was installed."""
    folder = tmp_path_factory.mktemp("user") / "my env"
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    target = f"synthkit-lab[lab] @ {wheel.as_uri()}"
    run(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, target)
    return python


def names_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_wheel_holds_each_lesson_and_no_solutions(wheel: Path) -> None:
    names = names_in(wheel)
    lessons = {path.name for path in CHECKOUT.glob("notebooks/[0-9][0-9]_*.ipynb")}
    assert lessons
    assert {name for name in names if name.startswith("synthkit/notebooks/")} == {
        f"synthkit/notebooks/{lesson}" for lesson in lessons
    }
    assert not [name for name in names if name.endswith(".ipynb") and "/src/" in name]
    assert not [name for name in names if re.search(r"(^|/)(src|tests|node_modules)/", name)]
    with zipfile.ZipFile(wheel) as archive:
        for lesson in lessons:
            notebook = json.loads(archive.read(f"synthkit/notebooks/{lesson}"))
            roles = [cell["metadata"].get("synthkit", {}).get("role") for cell in notebook["cells"]]
            assert "solution" not in roles


def test_every_asset_ships_once(wheel: Path) -> None:
    names = names_in(wheel)
    assert len(names) == len(set(names))
    assert [name for name in names if name.endswith("/player.js")] == [
        "synthkit/widgets/assets/player.js"
    ]
    data = f"synthkit_lab-{sk.__version__}.data/data/share/jupyter/labextensions/synthkit-lab/"
    extension = [name for name in names if "labextension" in name]
    assert extension
    assert all(name.startswith(data) for name in extension)
    assert f"{data}install.json" in names
    assert f"{data}package.json" in names
    assert len([name for name in names if "remoteEntry" in name]) == 1
    assert "synthkit/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    """What git tracks in synthkit/ arrives, but the extension and the teacher's solutions."""
    done = subprocess.run(
        ["git", "ls-files", "synthkit"], cwd=CHECKOUT, capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip("this is no git checkout")
    tracked = {name for name in done.stdout.splitlines() if "labextension" not in name}
    solutions = {name for name in tracked if name.endswith(".solutions.json")}
    assert solutions
    assert not solutions & set(names_in(wheel))
    assert tracked - solutions <= set(names_in(wheel))


def test_sdist_builds_the_same_wheel(built: Path) -> None:
    """``python -m build`` makes the wheel from the sdist: what it needs is in there."""
    (sdist,) = built.glob("*.tar.gz")
    names = run(sys.executable, "-m", "tarfile", "-l", sdist)
    for needed in ("hatch_build.py", "widgets/labextension/install.json", "tests/test_wheel.py"):
        assert needed in names
    assert ".venv" not in names
    assert "node_modules" not in names


def test_library_works_alone(python: Path, tmp_path: Path) -> None:
    program = (
        "import synthkit as sk; real = sk.load('breast_cancer')\n"
        "fake = sk.MonteCarlo().fit(real, rng=0).sample(100, rng=1)\n"
        "assert fake.shape == (100, real.shape[1]); print(sk.__file__)"
    )
    where = run(python, "-c", program, cwd=tmp_path)
    assert str(python.parents[1]) in where


def test_doctor_finds_nothing_amiss(python: Path, tmp_path: Path) -> None:
    report = run(python, "-m", "synthkit", "doctor", cwd=tmp_path)
    assert "All is well." in report
    assert "handshake done" in report


@pytest.fixture(scope="module")
def server(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """``synthkit lab`` as a user runs it; yields its address with the token, and the folder."""
    with command_lab.synthkit_lab(tmp_path_factory.mktemp("home"), python) as running:
        yield running


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        content: bytes = answer.read()
    return content


def test_lab_opens_the_first_lesson_with_the_extension(server: tuple[str, Path]) -> None:
    address, folder = server
    host, token = re.fullmatch(r"(.*/)lab/\S+token=(\w+)", address).groups()  # type: ignore[union-attr]
    assert address.startswith(f"{host}lab/tree/00_welcome.ipynb")

    page = get(address).decode()
    config = json.loads(re.findall(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.S)[0])
    assert "synthkit-lab" in [extension["name"] for extension in config["federated_extensions"]]
    assert config["news"] == {"disabled": True}

    lesson = json.loads(get(f"{host}api/contents/00_welcome.ipynb?token={token}"))
    assert lesson["type"] == "notebook"
    assert lesson["content"]["metadata"]["synthkit"]["lesson"] == "00_welcome"
    assert (folder / "00_welcome.ipynb").exists()

    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{host}api/contents/00_welcome.ipynb")
    assert refused.value.code == 403
    refused.value.close()


# Runs the lesson up to its player: predictions are asked for, and the player draws a picture.
RUN_LESSON = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
sections = [cell.metadata.get("synthkit", {}).get("section") for cell in notebook.cells]
notebook.cells = notebook.cells[:sections.index("explain")]
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
code = [cell for cell in notebook.cells if cell.cell_type == "code"]
outputs = [output for cell in code for output in cell.outputs]
assert code and all(cell.execution_count for cell in code)
assert not [output for output in outputs if output.output_type == "error"]
assert [output for output in outputs if "image/png" in output.get("data", {})]
"""


def test_lesson_runs_in_the_empty_environment(
    server: tuple[str, Path], python: Path, tmp_path: Path
) -> None:
    """Run lesson 01 as it was copied, with the kernel of that environment."""
    _, folder = server
    lesson = shutil.copy(folder / "01_monte_carlo.ipynb", tmp_path)
    run(python, "-c", RUN_LESSON, lesson, cwd=tmp_path)
