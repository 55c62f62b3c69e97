"""The table of ratios says what was measured, and every benchmark can be imported."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from benchmarks import peers, results, run

NAMES = sorted(path.stem for path in Path(run.__file__).parent.glob("bench_*.py"))


MARKS = "<!-- bench -->\nold\n<!-- end of bench -->\n"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No test writes the page of the repository, or makes the peers' environment."""
    monkeypatch.setattr(results, "STORE", tmp_path / "results.json")
    monkeypatch.setattr(results, "PAGE", tmp_path / "RESULTS.md")
    (tmp_path / "README.md").write_text(f"before\n{MARKS}after\n", "utf-8")
    monkeypatch.setattr(results, "README", tmp_path / "README.md")
    monkeypatch.setattr(peers, "provide", list)
    monkeypatch.setattr(peers, "versions", dict)
    return tmp_path


def figure(value: float, target: str, peer: float | None) -> dict[str, Any]:
    return {"what": "a", "value": value, "unit": "s", "target": target, "peer": peer}


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (figure(0.5, "<= 0.5", 5.0), ("a", "0.5 s", "5", "10 x", "<= 0.5", "met")),
        (figure(0.51, "<= 0.5", None), ("a", "0.51 s", "", "", "<= 0.5", "missed")),
        (figure(2e6, ">= 5,000", 1e6), ("a", "2,000,000 s", "1,000,000", "2 x", ">= 5,000", "met")),
        (figure(0.98, ">= 0.99", 0.49), ("a", "0.98 s", "0.49", "2 x", ">= 0.99", "missed")),
        (figure(3.0, "", None), ("a", "3 s", "", "", "", "")),
    ],
)
def test_ratio_and_verdict(row: dict[str, Any], cells: tuple[str, ...]) -> None:
    assert results.line(row) == cells


def test_broken_benchmark_is_told_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks import bench_import

    def missed() -> list[dict[str, Any]]:
        return [figure(1.0, "<= 0.5", None)]

    monkeypatch.setattr(bench_import, "main", missed)
    assert run.main(["import"]) == 0
    assert run.main(["import", "--strict"]) == 1

    def broken() -> list[dict[str, Any]]:
        raise ValueError("no figure")

    monkeypatch.setattr(bench_import, "main", broken)
    assert run.main(["import"]) == 1
    assert "1 benchmarks broke" in capsys.readouterr().out
    assert run.main(["nonsense"]) == 2


@pytest.mark.parametrize("name", NAMES)
def test_benchmark_is_well_formed(name: str) -> None:
    assert callable(importlib.import_module(f"benchmarks.{name}").main)


# -- the page -----------------------------------------------------------------------------------


def test_page_says_who_is_better_what_was_missed_and_what_is_missing(elsewhere: Path) -> None:
    better, worse = figure(0.5, "<= 0.5", 5.0), {**figure(9.0, "<= 1", 3.0), "what": "b|c"}
    records = {
        "import": results.record([better], 3),
        "lab": results.record([], 1, "ValueError: no figure"),
        "market": results.record([figure(3.0, "", None)], 2),
    }
    results.write(records, ["import", "lab", "market", "scale"], {"sdv": "2.0"}, ["ff3"])
    # A later run of one area replaces that area alone.
    results.write({"import": results.record([better, worse], 4)},
                  ["import", "lab", "market", "scale"], {"sdv": "2.0"}, ["ff3"])  # fmt: skip
    readme = (elsewhere / "README.md").read_text("utf-8")
    assert readme.startswith("before\n<!-- bench -->\nOf 2 figures measured beside a peer's, 1 is")
    assert readme.endswith("missed |\n<!-- end of bench -->\nafter\n")
    assert "| a |" not in readme
    page = results.PAGE.read_text("utf-8")
    assert "3 figures: 2 beside a peer's, 1 of them worse than the peer's; 1 missed" in page
    behind = page.partition("## Where a peer is better")[2].partition("## ")[0]
    assert "| b\\|c | 9 s | 3 | 0.33 x | <= 1 | missed |" in behind
    assert "| a |" not in behind
    assert "It broke: `ValueError: no figure`" in page
    gaps = page.partition("## What is missing")[2]
    for words in ("Not measured yet: scale.", "could not be installed: ff3.",
                  "without any peer: market."):  # fmt: skip
        assert words in gaps
    assert "sdv 2.0" in page
    assert f"numpy {results.versions()['numpy']}" in page
    assert "cores" in results.machine()


def test_a_run_writes_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import bench_import

    monkeypatch.setattr(bench_import, "main", lambda: [figure(1.0, "<= 0.5", 2.0)])
    assert run.main(["import"]) == 0
    assert results.read()["import"]["rows"] == [figure(1.0, "<= 0.5", 2.0)]
    assert "2 x" in results.PAGE.read_text("utf-8")
    assert run.main(["--nonsense"]) == 2


def test_an_empty_store_makes_a_page_that_says_so() -> None:
    page = results.page({}, ["import"], {}, [])
    assert "0 figures" in page
    assert "Not measured yet: import." in page
    assert "Date: never" in page


def test_peers_that_cannot_be_installed_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import run as run_py

    monkeypatch.undo()  # the real `provide`, with a pip that knows no ff3
    monkeypatch.delenv("SYNTHKIT_PEERS", raising=False)
    monkeypatch.setattr(peers, "HOME", tmp_path / "venv")
    monkeypatch.setattr(peers, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr(peers.venv, "create", lambda *a, **k: None)
    monkeypatch.setattr(run_py, "install_cpu_torch", lambda python: None)
    asked: list[tuple[str, ...]] = []

    def install(python: Path, *words: str) -> bool:
        asked.append(words)
        return "ff3" not in words

    monkeypatch.setattr(peers, "_install", install)
    assert peers.provide() == ["ff3"]
    count = len(asked)
    assert peers.provide() == ["ff3"]  # from the stamp: nothing is installed twice
    assert len(asked) == count
