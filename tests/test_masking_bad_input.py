"""Bad input to masking and perturbation: a clear answer, and nothing half-written.

One test for each sentence that no other file answers whole: through the command, with the folder
looked at afterwards.  Cards that fail Luhn's check, far down a file, are in
``test_masking_files``; epsilon and bounds that are none in ``test_perturbation_private``.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit import cli as command_line
from synthkit.errors import DataError, DataWarning, NotFittedError, ParameterError
from synthkit.techniques.masking import FF1, Masker, MaskingKey, Plan, Rule, mask_tables
from synthkit.techniques.perturbation import dp_marginals

pytest.importorskip("cryptography", reason="the extra 'masking' is not installed")

KEY = MaskingKey(bytes(range(32)))


def cli(*words):
    """Run the command; its exit status."""
    with pytest.raises(SystemExit) as ended:
        command_line.main([str(word) for word in words])
    return ended.value.code


def refused(folder, table, plan, *words):
    """Mask a file by the command, which must refuse; return what it says."""
    table.to_csv(folder / "in.csv", index=False)
    (folder / "out.csv").write_text("what was there before")
    plan.save(folder / "plan.json")
    before = {path.name for path in folder.iterdir()}
    files = [folder / name for name in ("in.csv", "out.csv", "plan.json")]
    assert cli("mask", files[0], "-o", files[1], "--plan", files[2], *words) == 2
    assert {path.name for path in folder.iterdir()} == before  # no report, vault or temporary file
    assert (folder / "out.csv").read_text() == "what was there before"


def test_a_key_too_short(tmp_path, capsys):
    (tmp_path / "short.key").write_text("00112233\n")
    table, plan = pd.DataFrame({"a": ["x", "y"]}), Plan({"a": Rule("tokenise")})
    refused(tmp_path, table, plan, "--key-file", tmp_path / "short.key",
            "--vault", tmp_path / "v.json", "--report", tmp_path / "r.json")  # fmt: skip
    said = capsys.readouterr().err
    assert "the masking key must be at least 16 bytes; got 4 bytes" in said
    assert "--new-key" in said


def test_a_plan_naming_a_missing_column(tmp_path, capsys):
    table = pd.DataFrame({"a": ["x", "y"]})
    refused(tmp_path, table, Plan({"a": Rule("keep"), "b": Rule("redact")}))
    assert "'b', which the table hasn't" in capsys.readouterr().err
    refused(tmp_path, table.assign(c=1), Plan({"a": Rule("keep")}))
    assert "'c' is not in it" in capsys.readouterr().err


def test_a_card_failing_luhn_leaves_the_masker_as_it_was(tmp_path):
    bad = pd.DataFrame({"card": ["4111111111111111", "4111111111111112"] * 3})
    masker = Masker(plan=Plan({"card": Rule("encrypt", "card")}), key=KEY)
    for _ in range(2):
        with pytest.raises(DataError, match=r"'card'.*Luhn's check.*row 1 doesn't, and 2 more"):
            masker.fit(bad)
        with pytest.raises(NotFittedError):
            masker.save(tmp_path / "m.synthkit")
    assert not list(tmp_path.iterdir())
    good = masker.fit(bad[::2]).masked_
    with pytest.raises(DataError):
        masker.fit(bad)
    pd.testing.assert_frame_equal(masker.transform(bad[::2]), good)


def test_ff1_on_a_domain_below_a_million(tmp_path, capsys):
    """Five digits are 10^5 values: whoever has the masked file could try them all."""
    with pytest.raises(DataError, match=r"at least 10\^6 possible strings; got 10\^5 = 100,000"):
        FF1(bytes(32)).encrypt(np.zeros((2, 5), dtype=np.uint8))
    table = pd.DataFrame({"code": ["123456", "12345"] * 3})
    refused(tmp_path, table, Plan({"code": Rule("encrypt", "digits")}))
    said = capsys.readouterr().err
    assert "column 'code'" in said
    assert "row 1" in said
    assert "12345" not in said


def test_a_foreign_key_with_no_parent_leaves_both_tables_alone():
    tables = {"people": pd.DataFrame({"id": [100_000, 100_007]}),
              "orders": pd.DataFrame({"buyer": [100_000, 3, 5]})}  # fmt: skip
    before = {name: table.copy() for name, table in tables.items()}
    keys = {("orders", "buyer"): ("people", "id")}
    with pytest.raises(DataError, match=r"'buyer' of table 'orders' .* 2 rows have no parent"):
        mask_tables(tables, key=KEY, foreign_keys=keys)
    for name, table in before.items():
        pd.testing.assert_frame_equal(tables[name], table)


@pytest.mark.parametrize("epsilon", [0, -1.0, float("nan"), float("inf")])
def test_an_epsilon_that_is_none(epsilon):
    table = pd.DataFrame({"age": [30, 41, 52] * 9})
    perturbed = sk.Perturbation(method="laplace", epsilon=epsilon, bounds={"age": (0, 120)})
    with pytest.raises(ParameterError, match="epsilon must be a finite number > 0; got"):
        perturbed.fit(table, rng=0)
    with pytest.raises(NotFittedError):
        perturbed.sample(1)


def test_bounds_taken_from_data():
    """Refused unless asked for by name, and then called what it is."""
    table = pd.DataFrame({"age": [30, 41, 52] * 9})
    with pytest.raises(ParameterError, match="bounds of column 'age' must be given or paid for"):
        sk.Perturbation(method="histogram").fit(table, rng=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        taken = sk.Perturbation(method="histogram", bounds="data").fit(table, rng=0)
    assert any("NOT PRIVATE" in word for word in taken.statement_.splitlines())


def test_a_category_of_a_million_levels():
    """Each gets a pseudonym of its own, in memory that grows with the rows."""
    n = 1_000_000
    table = pd.DataFrame({"zip": (np.arange(n) + n).astype(str)})
    plan = Plan({"zip": Rule("pseudonymise")})
    out = Masker(plan=plan, key=KEY).fit(table).masked_
    assert out["zip"].nunique() == n


def test_a_category_of_too_many_levels_for_private_counts(monkeypatch):
    assert dp_marginals.MAX_CELLS == 1_000_000
    monkeypatch.setattr(dp_marginals, "MAX_CELLS", 1_000)  # the same answer, sooner
    levels = [f"level {i}" for i in range(1_001)]
    table = pd.DataFrame({"kind": pd.Categorical(levels[:30] * 2, levels)})
    private = sk.Perturbation(method="histogram", categories={"kind": levels})
    with pytest.raises(ParameterError, match=r"at most 1,000 cells; got 1,00.*group rare levels"):
        private.fit(table, rng=0)


def test_one_row_groups():
    """Rows that are alone in their group are refused as such, or blurred until they aren't."""
    table = pd.DataFrame({"age": np.arange(20), "city": [f"town {i}" for i in range(20)]})
    plan = Plan({"age": Rule("generalise"), "city": Rule("generalise")}, k=5)
    out = Masker(plan=plan, key=KEY).fit(table).masked_
    assert out.groupby(["age", "city"], dropna=False).size().min() >= 5
    with pytest.raises(DataError, match="must have at least k = 5 rows"):
        Masker(plan=plan, key=KEY).fit(table[:4])
    with pytest.raises(ParameterError, match="k must be a whole number >= 2"):
        Masker(k=1).fit(table)


@pytest.mark.parametrize("make", [pd.to_datetime, lambda cells: pd.Series(cells, dtype="string")])
def test_nat_birthdays(make, tmp_path):
    """A missing birthday stays missing, by shifting, coarsening and through a file."""
    table = pd.DataFrame({
        "email": [f"a{i}@x.org" for i in range(6)],
        "birth_date": make(["1990-05-01", None, "2001-02-03", None, "2020-02-29", None]),
    })
    out = Masker(key=KEY).fit(table)
    assert out.plan_.rules["birth_date"].action == "shift_dates"
    assert out.masked_["birth_date"].isna().tolist() == [False, True] * 3
    none = Masker(key=KEY, plan=out.plan_)
    with pytest.warns(DataWarning, match="'birth_date' has no values at all"):
        none.fit(table.assign(birth_date=make([None] * 6)))
    assert none.masked_["birth_date"].isna().all()
    coarse = out.plan_.with_rule("birth_date", Rule("coarsen", unit="year"))
    assert Masker(key=KEY, plan=coarse).fit(table).masked_["birth_date"].isna().sum() == 3
    table.to_csv(tmp_path / "in.csv", index=False)
    out.plan_.save(tmp_path / "plan.json")
    KEY.save(tmp_path / "k.key")
    words = ["mask", "in.csv", "-o", "out.csv", "--plan", "plan.json", "--key-file", "k.key"]
    assert cli(*[tmp_path / word if "." in word else word for word in words]) == 0
    masked = pd.read_csv(tmp_path / "out.csv", parse_dates=["birth_date"])
    assert masked["birth_date"].isna().tolist() == [False, True] * 3
