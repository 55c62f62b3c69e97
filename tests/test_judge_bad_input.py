"""Bad input, sentence by sentence: scorecard, judge, the single figures and the command line."""

from __future__ import annotations

import contextlib
import functools
import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from judged_tables import clients

from synthkit import arena
from synthkit.commands import evaluate
from synthkit.errors import DataError
from synthkit.measure import fidelity, guessing, privacy, support, utility
from synthkit.measure.ranking import paired_differences
from synthkit.measure.scorecard import Scorecard, scorecard
from synthkit.measure.splitting import split

pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture(autouse=True)
def no_tree_anchor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arena, "_tree_anchor", lambda table, rng: {})


REAL, FAKE, HELD = (clients(120, seed) for seed in range(3))
Figure = Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame], object]

# The single figures, as a user calls them; the second half looks at the holdout too.
OF_TWO: dict[str, Figure] = {
    "column_shapes": lambda r, s, h: fidelity.column_shapes(r, s),
    "pair_trends": lambda r, s, h: fidelity.pair_trends(r, s),
    "classifier": lambda r, s, h: fidelity.classifier_two_sample_test(r, s, rng=0, folds=2),
    "density_coverage": lambda r, s, h: fidelity.density_coverage(r, s, rng=0),
    "tail_shares": lambda r, s, h: support.tail_shares(r, s),
    "outlier_coverage": lambda r, s, h: support.outlier_coverage(r, s, rng=0),
    "level_changes": lambda r, s, h: support.level_changes(r, s),
    "broken_rules": lambda r, s, h: support.broken_rules(r, s),
}
OF_THREE: dict[str, Figure] = {
    "utility": lambda r, s, h: utility.utility(
        r, s, "bought", h, rng=0, models=("boosting",), augmentation=False
    ),
    "membership_inference": lambda r, s, h: privacy.membership_inference(r, s, h, rng=0),
    "guessing_attacks": lambda r, s, h: guessing.guessing_attacks(r, s, h, rng=0, attacks=50),
}
ALL = OF_TWO | OF_THREE


class Makes:
    """A technique in one cell: it makes rows like its own, changed by a function."""

    def __init__(self, change: Callable[[pd.DataFrame], object]) -> None:
        self.change = change

    def fit(self, table: pd.DataFrame) -> Makes:
        self.table = table
        return self

    def sample(self, n: int) -> object:
        fresh = clients(n, 9)
        rest = self.table[self.table.columns.difference(fresh.columns)].head(n)
        return self.change(pd.concat([fresh, rest.reset_index(drop=True)], axis=1))


def judged(table: pd.DataFrame, change: Callable = lambda rows: rows, **more: object) -> Scorecard:
    return arena.judge(Makes(change), table, mode="quick", seeds=1, **more)


def on_command_line(folder: Path, *tables: pd.DataFrame, words: tuple = ()) -> tuple[int, str]:
    """Return the exit status and what is said for real.csv, holdout.csv and 0.csv, 1.csv …"""
    names = ["real.csv", "holdout.csv", *(f"{i}.csv" for i in range(len(tables) - 2))]
    paths = [folder / name for name in names]
    for path, table in zip(paths, tables):
        table.to_csv(path, index=False)
    call = [paths[0], *paths[2:], "--holdout", paths[1], "--quick", *words]
    app, out = typer.Typer(), io.StringIO()
    app.command()(evaluate.command)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = app([str(word) for word in call], standalone_mode=False)
    return status or 0, out.getvalue()


# --- tables whose columns differ ----------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_single_figures_name_columns_that_differ(name: str) -> None:
    with pytest.raises(DataError, match=r"synthetic table .*missing \['age'\], extra \['years'\]"):
        ALL[name](REAL, FAKE.rename(columns={"age": "years"}), HELD)


def test_judge_names_columns_that_a_technique_made_otherwise() -> None:
    with pytest.raises(DataError, match=r"synthetic table .*missing \['age'\], extra \['years'\]"):
        judged(REAL, lambda rows: rows.rename(columns={"age": "years"}))


def test_the_command_names_the_file_whose_columns_differ_before_any_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthkit.measure.scorecard.scorecard", None)  # called, it would raise
    other = FAKE.drop(columns="age")
    with pytest.raises(DataError, match=r"the 1\.csv table must have .*missing \['age'\]"):
        on_command_line(tmp_path, REAL, HELD, FAKE, other)


# --- wrong dtypes -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_single_figures_name_a_wrong_type(name: str) -> None:
    with pytest.raises(DataError, match="column 'age' must hold numbers in the synthetic table"):
        ALL[name](REAL, FAKE.assign(age="old"), HELD)


def test_judge_names_a_wrong_type() -> None:
    with pytest.raises(DataError, match="column 'age' must hold numbers in the synthetic table"):
        judged(REAL, lambda rows: rows.assign(age="old"))


def test_the_command_names_a_wrong_type_and_its_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column 'age' must hold numbers in the 0\.csv table"):
        on_command_line(tmp_path, REAL, HELD, FAKE.assign(age="old"))


def test_types_are_compared_also_where_the_real_column_has_no_value() -> None:
    """The others are then compared with each other; one of another type fails no conversion."""
    empty = REAL.assign(extra=np.nan)
    with pytest.raises(DataError, match="'extra' must hold numbers in the holdout table, as it do"):
        scorecard(empty, FAKE.assign(extra=1), HELD.assign(extra="a"), mode="quick")
    for filled in ("text", 1.5, pd.Timestamp("2020"), True):
        shapes = fidelity.column_shapes(empty, FAKE.assign(extra=filled)).set_index("column")
        assert shapes.loc["extra", "score"] == 0.0


# --- one empty side -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("side", ["real", "synthetic", "holdout"])
def test_single_figures_name_an_empty_side(side: str, name: str) -> None:
    if side == "holdout" and name in OF_TWO:
        return
    tables = {"real": REAL, "synthetic": FAKE, "holdout": HELD}
    tables[side] = tables[side].iloc[:0]
    with pytest.raises(DataError, match=f"{side} table: .*at least one row; got 0 rows"):
        ALL[name](*tables.values())


def test_judge_names_an_empty_table_and_an_empty_sample() -> None:
    with pytest.raises(DataError, match="at least one row; got 0 rows"):
        judged(REAL.iloc[:0])
    with pytest.raises(DataError, match=r"synthetic table: .*at least one row; got 0 rows"):
        judged(REAL, lambda rows: rows.iloc[:0])
    with pytest.raises(DataError, match=r"Makes returned None\. End it with 'return'"):
        judged(REAL, lambda rows: None)


def test_the_command_names_the_empty_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"0\.csv table: .*at least one row"):
        on_command_line(tmp_path, REAL, HELD, FAKE.iloc[:0])


# --- 10 rows ------------------------------------------------------------------------------------


def test_ten_rows_are_too_few_for_attacks_and_models_and_enough_for_shapes() -> None:
    ten = [table.head(10) for table in (REAL, FAKE, HELD)]
    for name in OF_TWO:
        OF_TWO[name](*ten)
    for name in ("membership_inference", "guessing_attacks"):
        with pytest.raises(DataError, match=r"20 members and 20 controls; got 10 and 10\. Pass"):
            OF_THREE[name](*ten)
    with pytest.raises(DataError, match=r"at least 20 real rows with a target; got 10\. Hold"):
        OF_THREE["utility"](*ten)
    area = fidelity.classifier_two_sample_test(*ten[:2], rng=0, folds=2)
    assert area.high - area.low > 0.4  # it says how little it knows


def test_judge_and_the_command_call_ten_rows_not_assessable(tmp_path: Path) -> None:
    card = judged(REAL.head(10), target="bought")
    assert card.verdict.label == "not assessable"
    assert "needs at least 20 members" in card.verdict.reasons[0]
    ten = [table.head(10) for table in (REAL, HELD, FAKE, clients(10, 5))]
    status, said = on_command_line(tmp_path, *ten, words=("--target", "bought"))
    assert status == 0
    assert said.count("verdict: not assessable") == 2
    assert "== ranking" in said


# --- a constant target --------------------------------------------------------------------------


def test_a_constant_target_is_said_by_utility_judge_and_the_command(tmp_path: Path) -> None:
    real, fake, held, other = (t.assign(bought="no") for t in (REAL, FAKE, HELD, clients(120, 5)))
    words = "'bought' must have at least two values in the real table; got 1. Choose another"
    with pytest.raises(DataError, match=words):
        OF_THREE["utility"](real, fake, held)
    card = judged(real, lambda rows: rows.assign(bought="no"), target="bought")
    assert card.verdict.label == "not assessable"
    assert any(words in reason for reason in card.verdict.reasons)
    assert "tstr" not in {figure.name for figure in card.figures}
    status, said = on_command_line(tmp_path, real, held, fake, other, words=("--target", "bought"))
    assert status == 0
    assert said.count(words) == 2
    ranking = paired_differences({"0": fake, "1": other}, held, "0", "bought")
    assert "pairs_difference" in ranking
    assert "tstr_difference" not in ranking


# --- a holdout that overlaps the training rows --------------------------------------------------


@pytest.mark.parametrize("name", OF_THREE)
def test_single_figures_refuse_a_holdout_that_overlaps(name: str) -> None:
    """With members among the controls an attack on a plain copy would find little."""
    with pytest.raises(DataError, match=r"none of the rows of the real table; got 40 of 100"):
        OF_THREE[name](REAL, FAKE, pd.concat([HELD.head(60), REAL.head(40)]))


def test_the_command_says_that_the_holdout_overlaps_and_fails_a_requirement(tmp_path: Path) -> None:
    held = pd.concat([HELD.head(60), REAL.head(40)])
    words = ("--require", "verdict>=usable")
    status, said = on_command_line(tmp_path, REAL, held, FAKE, words=words)
    assert status == 1
    assert "the holdout overlaps the real table: 40 of its 100 rows stand there too" in said
    status, said = on_command_line(tmp_path, REAL, HELD, clients(120, 6), words=words)
    assert "overlaps" not in said


def test_rows_that_repeat_by_chance_are_no_overlap_and_are_counted() -> None:
    coarse = [table[["region", "bought"]] for table in (REAL, FAKE, HELD)]
    card = scorecard(*coarse, mode="quick")
    assert card.attack("linkability").assessable
    assert any("120 of 120 held-out rows equal a real row" in note for note in card.about["notes"])
    fine = scorecard(REAL, FAKE, pd.concat([HELD, REAL.head(2)]), mode="quick")
    assert any("2 of 122 held-out rows equal a real row" in note for note in fine.about["notes"])
    assert any("2 of 122" in line for line in fine.to_html().split("<br>"))


def test_judge_holds_rows_out_itself_so_that_none_is_on_both_sides() -> None:
    numbered = REAL.assign(number=np.arange(120.0) + 0.5)
    card = judged(numbered)
    assert card.about["rows"]["holdout"] == 36
    assert not any("equal a real row" in note for note in card.about["notes"])


# --- NaN-only columns ---------------------------------------------------------------------------


@functools.cache
def label_without_them() -> str:
    return scorecard(REAL, FAKE, HELD, target="bought", mode="quick").verdict.label


@pytest.mark.parametrize("nothing", [np.nan, None, pd.NaT, pd.NA], ids=["nan", "None", "NaT", "NA"])
def test_nan_only_columns_are_named_and_spoil_nothing(nothing: object) -> None:
    tables = [table.assign(empty=nothing) for table in (REAL, FAKE, HELD)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in ALL.values():
            figure(*tables)
        card = scorecard(*tables, target="bought", mode="quick")
    assert card.verdict.label == label_without_them()
    named = "without any value in the real table, and only compared in staying empty: 'empty'"
    assert named in card.about["notes"]
    assert named.replace("'", "&#x27;") in card.to_html()


def test_judge_and_the_command_take_nan_only_columns(tmp_path: Path) -> None:
    card = judged(REAL.assign(empty=np.nan), lambda rows: rows.assign(empty=np.nan))
    assert any("'empty'" in note for note in card.about["notes"])
    tables = [table.assign(empty=np.nan) for table in (REAL, HELD, FAKE)]
    status, said = on_command_line(tmp_path, *tables)
    assert status == 0
    assert said.startswith("== 0.csv\nverdict: ")


def test_a_table_without_any_value_or_difference_is_not_called_good() -> None:
    for value in (np.nan, "same"):
        tables = [pd.DataFrame({"a": [value] * 60, "b": [value] * 60}) for _ in range(3)]
        verdict = scorecard(*tables, mode="quick").verdict
        assert verdict.label == "not assessable"
        assert "nothing that a synthetic table could get wrong" in verdict.reasons[0]


def test_a_table_of_identifiers_alone_says_what_it_lacks() -> None:
    names = [
        pd.DataFrame({"name": [f"person {side}-{i}" for i in range(60)]}) for side in range(3)
    ]
    card = scorecard(*names, mode="quick")
    assert card.verdict.label == "not assessable"
    assert any("needs a column that is no identifier" in r for r in card.verdict.reasons)
    with pytest.raises(DataError, match=r"needs a column that is no identifier; got \['name'\]"):
        privacy.membership_inference(*names)


def test_a_target_time_or_group_without_values_is_named() -> None:
    tables = [table.assign(day=np.nan) for table in (REAL, FAKE, HELD)]
    with pytest.raises(DataError, match="column 'day' of the real table has no value"):
        scorecard(*tables, time="day", mode="quick")
    with pytest.raises(DataError, match=r"'day' has no value\. Name another one"):
        split(tables[0], time="day")
    card = scorecard(*tables, target="bought", group="day", mode="quick")
    assert any("no level of 'day' has 30 rows to test on" in note for note in card.about["notes"])
    blank = [table.assign(bought=None) for table in (REAL, FAKE, HELD)]
    with pytest.raises(DataError, match="'bought' must have values in the real table; it has none"):
        OF_THREE["utility"](*blank)
    with pytest.raises(DataError, match="'bought' must have values in the synthetic table; it has"):
        OF_THREE["utility"](REAL, FAKE.assign(bought=None), HELD)
