"""The prebuilt JupyterLab extension: fresh, small, quiet, and in step with the course."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import synthkit

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "widgets" / "labextension"
BUILT = ROOT / "synthkit" / "labextension"
NOTEBOOKS = ROOT / "notebooks"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"labextension_{name}", SOURCES / "scripts" / f"{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bundles() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (BUILT / "static").glob("*.js")}


def test_the_build_belongs_to_its_sources():
    assert script("freshness").is_fresh(), "run 'npm ci && npm run build' in widgets/labextension"


def test_a_changed_source_is_noticed(tmp_path, monkeypatch):
    freshness = script("freshness")
    for folder in freshness.FOLDERS:
        shutil.copytree(SOURCES / folder, tmp_path / folder)
    for name in freshness.FILES:
        shutil.copy(SOURCES / name, tmp_path / name)
    monkeypatch.setattr(freshness, "SOURCES", tmp_path)
    assert freshness.is_fresh()
    with (tmp_path / "src" / "index.ts").open("a") as source:
        source.write("// changed\n")
    assert not freshness.is_fresh()


def test_it_is_small():
    zipped = sum(len(gzip.compress(content)) for content in bundles().values())
    assert 0 < zipped <= 150_000


def test_it_asks_no_network():
    """No address in the build but the names of XML standards, which nobody fetches."""
    address = re.compile(rb"(?:https?|wss?):/{2}[^\s\"'`<>)]+")
    found = {match for content in bundles().values() for match in address.findall(content)}
    standards = {url for url in found if url.startswith(b"http://www.w3.org/")}
    assert found == standards
    assert address.findall(b'fetch("https://example.org/x")') == [b"https://example.org/x"]


def test_nothing_is_written_as_html():
    for path in (SOURCES / "src").iterdir():
        source = path.read_text(encoding="utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "dangerouslySetInnerHTML"):
            assert way not in source, f"{path.name} uses {way}"


def test_lock_file_names_no_registry():
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["packages"]
    assert not any("resolved" in package for package in lock["packages"].values())


def test_versions_agree():
    for path in (SOURCES / "package.json", BUILT / "package.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["version"] == synthkit.__version__


def schema() -> dict[str, Any]:
    return dict(json.loads((BUILT / "schemas" / "synthkit-lab" / "plugin.json").read_text("utf-8")))


def test_settings_schema_is_valid():
    jsonschema = pytest.importorskip("jsonschema")  # comes with JupyterLab
    jsonschema.Draft7Validator.check_schema(schema())
    validator = jsonschema.Draft7Validator(schema())
    defaults = {name: entry["default"] for name, entry in schema()["properties"].items()}
    validator.validate(defaults)
    for wrong in ({"class_seed": -1}, {"fast_mode": "yes"}, {"colour_set": "x"}, {"other": 1}):
        assert not validator.is_valid(wrong), wrong


def test_settings_are_those_that_the_kernel_reads():
    """The file that the extension writes has the schema's own words."""
    written = re.search(
        r"export interface IValues \{(.*?)\n\}",
        (SOURCES / "src" / "settings.ts").read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert written
    names = set(re.findall(r"readonly (\w+):", written[1]))
    assert names == set(schema()["properties"])
    lesson = (ROOT / "synthkit" / "course" / "lesson.py").read_text(encoding="utf-8")
    read = set(re.findall(r"settings\.get\(\"(\w+)\"", lesson))
    assert {"class_seed", "fast_mode", "hide_solutions"} <= read <= names


def test_catalog_is_in_step_with_the_course():
    stored = (BUILT / "course" / "catalog.json").read_text(encoding="utf-8")
    assert stored == script("catalog").text(), "run widgets/labextension/scripts/catalog.py"


def test_catalog_offers_exactly_the_lessons_that_are_built():
    stored = json.loads((BUILT / "course" / "catalog.json").read_text(encoding="utf-8"))
    offered = [lesson["notebook"] for lesson in stored["lessons"]]
    assert offered == sorted(path.name for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def test_extras_are_those_of_the_package():
    """What the outline tells a learner to install exists, and lesson 03 asks for its passengers."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = text.split("[project.optional-dependencies]")[1].split("[project.scripts]")[0]
    known = set(re.findall(r"^([a-z]+) = \[", extras, re.MULTILINE))
    stored = json.loads((BUILT / "course" / "catalog.json").read_text(encoding="utf-8"))
    needed = {
        lesson["id"]: set(filter(None, lesson["extra"].split(",")))
        for lesson in stored["lessons"]
    }
    assert all(extra <= known for extra in needed.values())
    assert needed["03_masking"] == {"data", "masking"}


def test_outline_groups_cells_by_their_metadata():
    def cell(kind: str, source: str, **meta: Any) -> dict[str, Any]:
        return {"cell_type": kind, "source": source, "metadata": {"synthkit": meta}}

    headings = [{"slug": "predict", "heading": "Predict", "core": True}]
    found = script("catalog").outline(
        [
            cell("markdown", "# A title", section="predict", minutes=2),
            cell("code", "1", section="predict", exercise="first-guess", role="predict"),
            cell("markdown", "## 2. `Own` *part*", section="own", minutes=4),
            cell("markdown", "### <abbr title='x'>Pi</abbr>", section="own", exercise="pi"),
            cell("code", "2", section="own", exercise="pi", role="check", minutes=3),
            {"cell_type": "markdown", "source": "free", "metadata": {}},
        ],
        headings,
    )
    assert found == [
        {
            "slug": "predict", "title": "Predict", "minutes": 2, "core": True,
            "exercises": [{"id": "first-guess", "title": "First guess", "minutes": None}],
        },
        {
            "slug": "own", "title": "Own part", "minutes": 4, "core": False,
            "exercises": [{"id": "pi", "title": "Pi", "minutes": 3}],
        },
    ]
