"""Every lesson runs where PyTorch is not installed: on recorded traces, without a word of error."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import synthkit as sk

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(path.stem for path in ROOT.glob("notebooks/[0-9][0-9]_*.ipynb"))
# These train networks where they can; the others are tried by 'run.py test --all'.
DEEP = ("05_gan", "06_vae")
# Read by every Python that starts with this folder on its path: torch is not found there.
HIDDEN = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *more: None if name == "torch" else find(name, *more)
"""


@pytest.fixture
def no_torch(tmp_path, monkeypatch):
    """Kernels in which 'import torch' fails as it does where it is not installed."""
    (tmp_path / "sitecustomize.py").write_text(HIDDEN, "utf-8")
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    return tmp_path


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "lesson", [n if n in DEEP else pytest.param(n, marks=pytest.mark.slow) for n in LESSONS]
)
def test_lesson_runs_without_torch(lesson, no_torch):
    nbclient = pytest.importorskip("nbclient")
    import nbformat

    made = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    made.cells.append(
        nbformat.v4.new_code_cell(
            "import importlib.util, sys\n"
            "print('torch' in sys.modules, importlib.util.find_spec('torch'))"
        )
    )
    resources = {"metadata": {"path": str(no_torch)}}
    nbclient.NotebookClient(made, timeout=300, resources=resources).execute()
    assert made.cells[-1].outputs[0]["text"] == "False None\n"
    pictures = json.dumps([cell.get("outputs", []) for cell in made.cells])
    assert "image/png" in pictures


def test_the_kit_says_which_extra_brings_the_networks(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [n for n in sys.modules if n.startswith("synthkit.techniques.gan")]:
        monkeypatch.delitem(sys.modules, name)
    assert sk.missing_extra("synthkit.techniques.gan:GAN") == "deep"
