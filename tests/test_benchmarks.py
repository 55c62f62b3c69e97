"""The table of ratios says what was measured, and every benchmark can be imported."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from benchmarks import run

NAMES = sorted(path.stem for path in Path(run.__file__).parent.glob("bench_*.py"))


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
    assert run.line(row) == cells


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
