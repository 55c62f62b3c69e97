"""What an arena leaves behind: its script, run in a process of its own, gives the same bytes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import synthkit as sk
from synthkit.arena_export import export
from synthkit.arena_run import Arena
from synthkit.course.own_table import read_own_table, with_kinds
from synthkit.errors import DataError, ParameterError

CANARY = "Kanarienvogel-7Q"
KINDS = {"proline": "leave out", "cultivar": "category"}


class Cell:
    """Written in a notebook: no script can repeat it."""

    def fit(self, table: pd.DataFrame) -> None:
        self.table = table

    def sample(self, n: int) -> pd.DataFrame:
        return self.table.sample(n, replace=True, random_state=0).reset_index(drop=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module")
def ended(place: Path) -> Arena:
    table = sk.load("wine")
    table["note"] = ["plain", "plain too"] * (len(table) // 2)
    table.loc[3, "note"] = CANARY
    table.to_csv(place / "mine.csv", index=False)
    mine = with_kinds(read_own_table(place / "mine.csv").table, KINDS)
    techniques = {"trees": sk.Trees(), "copula": "monte_carlo", "cell": Cell()}
    arena = Arena(techniques, mine, "cultivar", rng=3)
    arena.run()
    return arena


def test_the_script_gives_the_same_bytes(ended: Arena, place: Path) -> None:
    found = export(ended, place / "out", place / "mine.csv", name="trees", kinds=KINDS)
    assert found.left_out == ("cell",)
    before = found.table.read_bytes()
    figures = pd.read_csv(found.figures).set_index("table")
    for path in (found.table, found.figures, found.report):
        path.unlink()
    done = subprocess.run(
        [sys.executable, str(found.script)], capture_output=True, text=True, check=False,
        cwd=place.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert found.table.read_bytes() == before
    again = pd.read_csv(found.figures).set_index("table")
    measured = ["verdict", "column_shapes", "pair_trends", "c2st_auc", "coverage", "tstr"]
    two = ["trees", "copula"]
    pd.testing.assert_frame_equal(figures.loc[two, measured], again.loc[two, measured])
    assert found.report.exists()


def test_no_file_but_the_table_itself_holds_a_row(ended: Arena, place: Path) -> None:
    found = export(ended, place / "clean", place / "mine.csv", name="copula", kinds=KINDS)
    assert CANARY in (place / "mine.csv").read_text("utf-8")  # the canary lives
    for path in (found.report, found.figures, found.script):
        assert CANARY not in path.read_text("utf-8")
    assert str(place) not in found.script.read_text("utf-8")  # nor where the learner works
    assert "../mine.csv" in found.script.read_text("utf-8")
    assert "not in the script: cell" in str(found)


def test_a_setting_that_was_changed_stands_in_the_script(ended: Arena, place: Path) -> None:
    changed = replace_techniques(
        ended, {"trees": sk.Trees(min_samples_leaf=7), "copula": "monte_carlo"}
    )
    found = export(changed, place / "set", place / "mine.csv", name="copula")
    assert "sk.Trees(min_samples_leaf=7)" in found.script.read_text("utf-8")


def replace_techniques(arena: Arena, techniques: dict[str, object]) -> Arena:
    copy = Arena(techniques, sk.load("wine"), "cultivar", rng=3)
    copy.lanes = {n: replace(arena.lanes[n]) for n in techniques}
    copy.result = arena.result
    return copy


def test_what_cannot_be_exported_says_so(ended: Arena, place: Path) -> None:
    with pytest.raises(DataError, match="must be over"):
        export(Arena(["trees"], sk.load("iris")), place, "iris")
    with pytest.raises(ParameterError, match="name must be one of trees, copula, cell; got 'gan'"):
        export(ended, place, "wine", name="gan")
