"""A learner's own file: delimiter, encoding, size, kinds; what is guessed is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.commands.table_files import read_sample, read_table
from synthkit.course.own_table import kinds_of, read_own_table, with_kinds
from synthkit.errors import DataError, ParameterError

PEOPLE = pd.DataFrame(
    {"city": ["Zürich", "Genève", "Malmö"] * 5, "size": range(15), "note": ["a", "b", "a"] * 5}
)


@pytest.mark.parametrize(
    ("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_another_delimiter_is_found_and_said(delimiter: str, word: str, tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False, sep=delimiter)
    found = read_own_table(tmp_path / "people.csv")
    pd.testing.assert_frame_equal(found.table, PEOPLE, check_dtype=False)
    assert found.notes == (f"fields are parted by {word}, not commas.",)


def test_commas_and_utf8_need_no_note(tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    found = read_own_table(tmp_path / "people.csv")
    assert found.notes == ()
    assert str(found) == "people.csv: 15 rows, 3 columns."
    assert repr(found) == str(found), "a notebook saves the repr: it holds no row"


def test_an_unknown_delimiter_leaves_one_column_and_a_note(tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False, sep="~")
    assert "only one column was found" in read_own_table(tmp_path / "people.csv").notes[0]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_another_encoding_is_found_and_said(encoding: str, tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False, encoding=encoding)
    found = read_own_table(tmp_path / "people.csv")
    assert set(found.table["city"]) == {"Zürich", "Genève", "Malmö"}
    assert f"read as {encoding}" in found.notes[0]
    assert read_own_table(tmp_path / "people.csv", encoding=encoding).notes == ()


def test_a_wrong_encoding_that_was_named_is_an_error(tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False, encoding="cp1252")
    with pytest.raises(DataError, match="must be in utf-8"):
        read_own_table(tmp_path / "people.csv", encoding="utf-8")


def test_a_missing_file_names_the_tables_that_are_there() -> None:
    with pytest.raises(DataError, match=r"bundled table .*iris.* got 'nowhere.csv'"):
        read_own_table("nowhere.csv")
    assert read_own_table("iris").table.equals(sk.load("iris"))


def test_a_large_file_is_sampled_with_a_notice(tmp_path: Path) -> None:
    n = 5_000
    table = pd.DataFrame({"row": range(n), "text": ["two\nlines", "one, line"] * (n // 2)})
    table.to_csv(tmp_path / "large.csv", index=False)
    found = read_own_table(tmp_path / "large.csv", whole_bytes=10_000, sample_rows=500)
    assert len(found.table) == 500
    assert "500 of its 5,000 rows were drawn" in found.notes[0]
    rows = found.table["row"].to_numpy()
    assert np.all(np.diff(rows) > 0)  # in their order, none twice
    # The mean of 500 of 0 … 4,999 without replacement: 5 sigma.
    sigma = n / np.sqrt(12) / np.sqrt(500) * np.sqrt(1 - 500 / n)
    assert abs(rows.mean() - (n - 1) / 2) < 5 * sigma
    pd.testing.assert_frame_equal(
        found.table,
        read_own_table(tmp_path / "large.csv", whole_bytes=10_000, sample_rows=500).table,
    )


def test_every_row_has_the_same_chance(tmp_path: Path) -> None:
    pd.DataFrame({"row": range(20)}).to_csv(tmp_path / "t.csv", index=False)
    hits = np.zeros(20)
    for seed in range(400):
        table, _, seen = read_sample(tmp_path / "t.csv", 5, seed=seed)
        assert seen == 20
        hits[table["row"].to_numpy()] += 1
    # Each row is drawn in a quarter of 400 runs: 5 sigma of a binomial.
    assert np.abs(hits - 100).max() < 5 * np.sqrt(400 * 0.25 * 0.75)


def test_a_sample_of_all_rows_is_the_table(tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    whole, _ = read_table(tmp_path / "people.csv")
    pd.testing.assert_frame_equal(read_sample(tmp_path / "people.csv", 99)[0], whole)


# --- kinds ------------------------------------------------------------------------------------


def test_kinds_can_be_set_by_hand() -> None:
    table = pd.DataFrame(
        {
            "zip": np.tile([1010, 1020, 1030, 1040], 10),
            "born": ["1990-01-02", "1991-03-04"] * 20,
            "customer": range(40),
            "spent": [str(x) for x in range(40)],
        }
    )
    assert kinds_of(table)["zip"] == "number"
    made = with_kinds(
        table, {"zip": "category", "born": "date", "customer": "identifier", "spent": "number"}
    )
    assert kinds_of(made) == {
        "zip": "category", "born": "date", "customer": "identifier", "spent": "number"
    }  # fmt: skip
    assert kinds_of(table)["zip"] == "number"  # the learner's table stays as it was
    assert list(with_kinds(table, {"customer": "leave out"})) == ["zip", "born", "spent"]


@pytest.mark.parametrize(
    ("kinds", "error", "message"),
    [
        ({"city": "number"}, DataError, "column 'city' must hold cells that can be read as a numb"),
        ({"note": "identifier"}, DataError, "got 2 values in 15 rows. Leave it out"),
        ({"size": "fish"}, ParameterError, "kind of column 'size' must be one of number, category"),
        ({"fish": "number"}, ParameterError, "a column of the table; got 'fish'"),
        (dict.fromkeys(PEOPLE, "leave out"), DataError, "at least one column must be kept"),
    ],
)
def test_a_kind_that_cannot_be_is_an_error(
    kinds: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        with_kinds(PEOPLE, kinds)  # type: ignore[arg-type]


def test_a_table_of_identifiers_alone_is_refused_before_training() -> None:
    keys = pd.DataFrame(
        {"id": [f"x{i}" for i in range(60)], "mail": [f"a{i}@b.c" for i in range(60)]}
    )
    with pytest.raises(DataError, match="got id, mail only"):
        sk.compare(["monte_carlo"], keys)
    with pytest.raises(DataError, match="must not be an identifier"):
        sk.Arena(["monte_carlo"], keys)
