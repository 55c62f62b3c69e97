"""The Masker: plans, joins, dtypes, dates, groups, and a clear answer to each bad input."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthkit.base import load_technique
from synthkit.errors import DataError, MissingExtraError, NotFittedError, ParameterError
from synthkit.techniques import masking
from synthkit.techniques.masking import (
    FAILURES,
    Masker,
    MaskingKey,
    Plan,
    Rule,
    homogeneous_rows,
    invent_people,
    mask_tables,
    propose,
    recognise,
    singled_out,
    values,
)

pytest.importorskip("cryptography", reason="the extra 'masking' is not installed")

KEY = MaskingKey(bytes(range(32)))


@pytest.fixture(scope="module")
def people():
    """400 invented customers with every kind of column that the kit recognises."""
    rng = np.random.default_rng(0)
    n = 400
    table = invent_people(n, rng=rng)
    return table.assign(
        customer_id=np.arange(n) * 7 + 100_000,
        card=["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "6011000000000004"]
        * 100,
        ssn=[f"{a:03d}-{b:02d}-{c:04d}" for a, b, c in rng.integers(1, 99, (n, 3))],
        account=["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"] * 200,
        ip=[f"10.{a}.{b}.{c}" for a, b, c in rng.integers(0, 255, (n, 3))],
        age=rng.integers(18, 90, n),
        sex=rng.choice(["F", "M"], n),
        spent=rng.gamma(2.0, 50.0, n).round(2),
        visited=pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
    )


@pytest.fixture(scope="module")
def masked(people):
    return Masker(key=KEY).fit(people).transform(people)


# --- the plan -------------------------------------------------------------------------------------


def test_what_each_column_looks_like(people):
    actions = {n: (r.action, r.kind) for n, r in propose(people).rules.items()}
    assert actions == {
        "name": ("substitute", "name"),
        "email": ("pseudonymise", "email"),
        "phone": ("encrypt", "phone"),
        "street": ("substitute", "address"),
        "city": ("generalise", ""),
        "birth_date": ("shift_dates", ""),
        "customer_id": ("encrypt", "integer"),
        "card": ("encrypt", "card"),
        "ssn": ("encrypt", "digits"),
        "account": ("encrypt", "iban"),
        "ip": ("encrypt", "ip"),
        "age": ("generalise", ""),
        "sex": ("generalise", ""),
        "spent": ("keep", ""),
        "visited": ("keep", ""),
    }


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("firstName", "given_name"),
        ("LAST_NAME", "family_name"),
        ("e-mail", "email"),
        ("Mobile No", "phone"),
        ("creditCardNumber", "card"),
        ("DOB", "birth_date"),
        ("patient_id", "key"),
        ("Zip Code", "quasi"),
        ("marital-status", "quasi"),
        ("IP", "ip"),
        ("spent", ""),
        ("filename", ""),
        ("image", ""),
        ("package", ""),
        ("discard", ""),
    ],
)
def test_headers_speak(header, kind):
    assert recognise.header_kind(header) == kind


def test_values_speak_where_headers_do_not(people):
    shy = people[["email", "card", "account", "ip", "ssn", "phone"]].set_axis(
        list("abcdef"), axis=1
    )
    kinds = [rule.kind for rule in propose(shy).rules.values()]
    assert kinds == ["email", "card", "iban", "ip", "digits", "phone"]
    text = pd.DataFrame({"x": ["the quick brown fox jumps over it"] * 20})
    assert propose(text).rules["x"].action == "free_text"
    cars = pd.DataFrame({"name": [f"ford model {i} b" for i in range(50)]})
    assert propose(cars).rules["name"].action != "substitute"


@pytest.mark.parametrize("ending", ["toml", "json"])
def test_a_plan_is_saved_readable_and_comes_back(people, tmp_path, ending):
    if ending == "toml" and sys.version_info < (3, 11):
        pytest.skip("TOML is read from Python 3.11 on")
    plan = propose(people).with_rule('odd "name"\x7f\n=', Rule("coarsen", width=10.0, low=1.5))
    plan.save(tmp_path / f"plan.{ending}")
    assert Plan.load(tmp_path / f"plan.{ending}") == plan
    text = (tmp_path / f"plan.{ending}").read_text(encoding="utf-8")
    assert "shift_dates" in text
    cells = {str(c) for c in people.select_dtypes(exclude="number").astype(str).to_numpy().ravel()}
    assert not [c for c in cells if len(c) > 3 and c in text]
    assert "age" in str(plan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"drop": "age"}, "must name every column; 'age' is not in it"),
        ({"add": Rule("keep")}, "must name columns of the table; got 'nowhere'"),
        ({"age": Rule("hide")}, "action must be one of"),
        ({"age": Rule("encrypt", "age")}, "kind must be one of card"),
        ({"name": Rule("substitute", "car")}, "kind must be one of name"),
        ({"age": Rule("shift_dates")}, "subject must be a column"),
        ({"birth_date": Rule("shift_dates", subject="email", max_days=0)}, "max_days must be 1"),
        ({"age": Rule("coarsen")}, r"needs unit .dates., width .numbers. or keep"),
        ({"age": Rule("coarsen", unit="week")}, "unit must be 'month'"),
        ({"card": Rule("encrypt", "card", on_invalid="ignore")}, "on_invalid must be"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(people, change, message):
    rules = dict(propose(people).rules)
    if "drop" in change:
        del rules[change["drop"]]
    elif "add" in change:
        rules["nowhere"] = change["add"]
    else:
        rules.update(change)
    with pytest.raises(ParameterError, match=message):
        Masker(plan=Plan(rules), key=KEY).fit(people)


@pytest.mark.parametrize(
    "text",
    [
        "version = 2",
        "nonsense",
        "version = 1\n[other]",
        "version = 1\n[columns.a]\nkind='x'",
        "version = 1\n[columns.a]\naction='keep'\ncolour='red'",
        "version = 1\n[generalise]\nm = 3",
    ],
)
def test_a_damaged_plan_file_is_refused(tmp_path, text):
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(ParameterError, match="plan"):
        Plan.load(tmp_path / "p.toml")
    with pytest.raises(ParameterError, match="plan file must exist"):
        Plan.load(tmp_path / "none.toml")


# --- what comes out -------------------------------------------------------------------------------


def test_identifiers_go_and_forms_stay(people, masked):
    for name in (
        "name",
        "email",
        "phone",
        "street",
        "customer_id",
        "card",
        "ssn",
        "account",
        "ip",
        "birth_date",
    ):
        assert (masked[name] != people[name]).all(), name
        assert masked[name].dtype == people[name].dtype
    assert masked["email"].str.fullmatch(recognise.EMAIL.pattern).all()
    assert masked["ssn"].str.fullmatch(r"\d{3}-\d{2}-\d{4}").all()
    assert masked["spent"].equals(people["spent"])


def test_the_same_value_stays_the_same_and_others_stay_apart(people, masked):
    for name in ("email", "customer_id", "card", "ssn", "phone", "ip"):
        assert masked[name].nunique() == people[name].nunique(), name
        pairs = pd.DataFrame({"a": people[name], "b": masked[name]}).drop_duplicates()
        assert len(pairs) == people[name].nunique()


def test_groups_have_k_and_the_report_says_so(people):
    masker = Masker(key=KEY, k=7).fit(people)
    sizes = masker.masked_.groupby(["city", "age", "sex"]).size()
    assert sizes.min() >= 7
    assert masker.report_["groups"]["smallest"] >= 7
    assert masker.report_["groups"]["prosecutor_risk"] <= 1 / 7
    assert "not legal advice" in masker.report_["note"]
    json.dumps(masker.report_)


def test_intervals_are_published_if_asked_for(people):
    plan = replace(propose(people), show="interval")
    shown = Masker(plan=plan, key=KEY).fit(people).masked_
    low, high = np.array([[int(x) for x in (c.split("–") * 2)[:2]] for c in shown["age"]]).T
    assert ((low <= people["age"]) & (people["age"] <= high)).all()
    assert shown.groupby(["city", "age", "sex"]).size().min() >= 5


def test_l_diversity_keeps_secrets_apart(people):
    rules = {n: Rule("generalise" if n in ("age", "city") else "keep") for n in people}
    plan = Plan(rules, k=3, sensitive="sex")
    plain = Masker(plan=plan, key=KEY).fit(people)
    diverse = Masker(plan=replace(plan, l=2), key=KEY).fit(people)
    assert plain.report_["groups"]["rows_in_homogeneous_groups"] > 0.05
    assert diverse.report_["groups"]["rows_in_homogeneous_groups"] == 0
    assert not homogeneous_rows(diverse.masked_, ["age", "city"], "sex").any()


def test_transform_gives_the_fitted_rows_again_and_suppresses_strangers(people):
    masker = Masker(key=KEY).fit(people)
    assert masker.transform(people).equals(masker.masked_)
    assert masker.fit_transform(people).equals(masker.masked_)
    strange = people.head(3).assign(age=150)
    out = masker.transform(strange)
    assert out[["age", "sex", "city"]].isna().all().all()
    assert masker.transform(people[people.columns[::-1]]).equals(masker.masked_)
    with pytest.raises(DataError, match=r"missing \['age'\], extra \['ages'\]"):
        masker.transform(people.rename(columns={"age": "ages"}))


def test_sample_draws_masked_rows(people):
    masker = Masker(key=KEY).fit(people)
    fake = masker.sample(1000, rng=1)
    assert len(fake) == 1000
    assert fake["email"].isin(masker.masked_["email"]).all()
    assert not fake["email"].isin(people["email"]).any()
    with pytest.raises(ParameterError, match="given must be left out"):
        masker.sample(1, given={"age": 30})


def test_the_seed_decides_and_other_seeds_differ(people):
    a, b, c = (Masker().fit(people, rng=s).masked_ for s in (0, 0, 1))
    assert a.equals(b)
    assert (a["email"] != c["email"]).all()


def test_a_saved_masker_samples_and_holds_no_key(people, tmp_path):
    masker = Masker(key=KEY).fit(people)
    masker.save(tmp_path / "m.synthkit")
    content = (tmp_path / "m.synthkit").read_bytes()
    assert bytes(range(32)).hex().encode() not in content
    assert bytes(range(32)) not in content
    from synthkit.techniques import REGISTRY

    if "masking" not in REGISTRY:
        pytest.skip("masking is not registered yet")
    loaded = load_technique(tmp_path / "m.synthkit")
    assert loaded.sample(20, rng=3).equals(masker.sample(20, rng=3))
    assert loaded.plan_ == masker.plan_
    with pytest.raises(NotFittedError, match="neither key nor groups"):
        loaded.transform(people)


def test_categories_do_not_keep_the_originals():
    table = pd.DataFrame({"name": pd.Categorical(["Ann Lee", "Bo Ek"] * 10)})
    out = Masker(plan=Plan({"name": Rule("substitute", "name")}), key=KEY).fit(table)
    assert not set(out.masked_["name"].cat.categories) & {"Ann Lee", "Bo Ek"}
    assert "Ann Lee" not in repr(out.schema_)


def test_index_and_attributes_do_not_travel():
    table = pd.DataFrame({"spent": [1.0, 2.0]}, index=["Ann Lee", "Bo Ek"])
    table.attrs["owner"] = "Ann Lee"
    out = Masker(key=KEY).fit(table).masked_
    assert list(out.index) == [0, 1]
    assert not out.attrs


@pytest.mark.parametrize(
    "make",
    [
        lambda c: c.astype("Int64"),
        lambda c: c.astype("int32"),
        lambda c: c.astype("uint64"),
        lambda c: c.astype(float),
        lambda c: c.astype(str),
        lambda c: c.astype("Int64").where(c % 2 == 0),
    ],
    ids=["Int64", "int32", "uint64", "float", "text", "gaps"],
)
def test_whole_number_keys_join_whatever_their_dtype(make):
    keys = pd.Series(np.arange(1000, 1050))
    plan = Plan({"id": Rule("encrypt", "integer", "customer")})
    plain = Masker(plan=plan, key=KEY).fit_transform(pd.DataFrame({"id": keys}))["id"]
    other = Masker(plan=plan, key=KEY).fit_transform(pd.DataFrame({"id": make(keys)}))["id"]
    here = other.notna()
    assert here.sum() == make(keys).notna().sum()
    assert (other[here].astype("int64") == plain[here]).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d,
        lambda d: d.dt.tz_localize("Europe/Rome"),
        lambda d: d.astype("datetime64[s]"),
        lambda d: d.dt.date,
        lambda d: d.dt.strftime("%d/%m/%Y"),
        lambda d: d.dt.strftime("%Y-%m-%d"),
        lambda d: d.astype(object),
    ],
    ids=["ns", "tz", "s", "date", "d/m/y", "iso", "objects"],
)
def test_dates_move_together_within_a_subject(make):
    start = pd.Series(
        pd.to_datetime(["1990-05-01", "2001-02-03", "1990-05-01", None, "2020-02-29"])
    )
    table = pd.DataFrame(
        {"who": list("abacb"), "day": make(start), "end": make(start + pd.Timedelta(days=9))}
    )
    written = "%d/%m/%Y" if isinstance(table["day"][0], str) and "/" in table["day"][0] else ""
    rule = Rule("shift_dates", subject="who", max_days=100, format=written)
    plan = Plan({"who": Rule("pseudonymise"), "day": rule, "end": rule})
    out = Masker(plan=plan, key=KEY).fit_transform(table)
    assert out["day"].dtype == table["day"].dtype
    assert out["day"].isna().tolist() == [
        False,
        False,
        False,
        True,
        False,
    ]  # a NaT birthday stays one

    def days(column):
        known = column.dropna().astype(str).str[:10]
        return pd.to_datetime(known, format=written or "%Y-%m-%d")

    shift = (days(out["day"]) - days(table["day"])).dt.days
    assert shift[0] == shift[2]
    assert shift[1] == shift[4]
    assert ((shift.abs() >= 1) & (shift.abs() <= 100)).all()
    assert ((days(out["end"]) - days(out["day"])).dt.days == 9).all()


def test_coarsening_rounds_down():
    table = pd.DataFrame(
        {
            "born": pd.to_datetime(["1987-03-12", None]),
            "text": ["12.03.1987", None],
            "age": [37, 41],
            "height": [1.83, np.nan],
            "zip": ["10115", "80331"],
        }
    )
    plan = Plan(
        {
            "born": Rule("coarsen", unit="year"),
            "text": Rule("coarsen", unit="decade", format="%d.%m.%Y"),
            "age": Rule("coarsen", width=10),
            "height": Rule("coarsen", width=0.5),
            "zip": Rule("coarsen", keep=2),
        }
    )
    out = Masker(plan=plan, key=KEY).fit_transform(table)
    assert out["born"][0] == pd.Timestamp("1987-01-01")
    assert out["text"][0] == "01.01.1980"
    assert out["age"].tolist() == [30, 40]
    assert out["age"].dtype == table["age"].dtype
    assert out["height"][0] == 1.5
    assert out["zip"].tolist() == ["10***", "80***"]
    assert out.isna().equals(table.isna())


def test_extremes_are_coded_and_shuffling_keeps_the_marginal_only():
    rng = np.random.default_rng(2)
    x = rng.normal(size=2000)
    table = pd.DataFrame({"x": x, "y": x + 0.1 * rng.normal(size=2000), "z": x})
    plan = Plan({"x": Rule("keep"), "y": Rule("shuffle"), "z": Rule("code_extremes", high=1.0)})
    out = Masker(plan=plan, key=KEY).fit_transform(table)
    assert sorted(out["y"]) == sorted(table["y"])
    # Correlation of 2,000 independent pairs: sd 1/√2000 = .022; five of them are .11.
    assert abs(np.corrcoef(out["x"], out["y"])[0, 1]) < 0.11
    assert np.corrcoef(table["x"], table["y"])[0, 1] > 0.9
    assert out["z"].max() == 1.0
    assert out["z"].min() == np.percentile(x, 1)


def test_redaction_and_tokens():
    table = pd.DataFrame(
        {
            "a": ["x", None],
            "b": [1, 2],
            "c": [True, False],
            "d": ["u", "v"],
            "e": pd.to_datetime(["2020-01-01"] * 2),
        }
    )
    plan = Plan({n: Rule("redact") for n in "abce"} | {"d": Rule("tokenise")})
    masker = Masker(plan=plan, key=KEY).fit(table)
    out = masker.masked_
    assert out["a"].tolist()[0] == "[redacted]"
    assert out["a"].isna().tolist() == [False, True]
    assert out[["b", "c", "e"]].isna().all().all()
    assert masker.take_back(out["d"]).tolist() == ["u", "v"]
    with pytest.raises(ParameterError, match="must have a column with action 'tokenise'"):
        Masker(key=KEY).fit(table[["b"]]).take_back(out["d"])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([pd.Timestamp("2020-01-01", tz="UTC"), pd.NaT]),
        pd.Series([1, None], dtype="Int8"),
        pd.Series([True, None], dtype="boolean"),
        pd.Series([1.5, 2.5], dtype="float16"),
        pd.Series(pd.period_range("2020", periods=2, freq="M")),
        pd.Series([2**60 + 1, 2**63 - 1]),
        pd.Series(pd.to_timedelta([1, 2], unit="h")),
        pd.Series(pd.Categorical(["u", "v"], list("uvw"))),
        pd.Series(["=1+1", "@x"]),
        pd.Series(["\x00", "a\rb"]),
        pd.Series([dt.date(1500, 1, 1), None]),
    ],
    ids=lambda c: str(c.dtype),
)
def test_columns_that_are_kept_are_kept_exactly(column):
    out = Masker(key=KEY).fit(pd.DataFrame({"thing": column})).masked_["thing"]
    pd.testing.assert_series_equal(out, column.rename("thing"))


# --- several tables -------------------------------------------------------------------------------


def test_joins_survive_across_tables(people):
    rng = np.random.default_rng(3)
    orders = pd.DataFrame(
        {"buyer": rng.choice(people["customer_id"], 2000), "total": rng.random(2000)}
    )
    keys = {("orders", "buyer"): ("people", "customer_id")}
    out = mask_tables({"people": people, "orders": orders}, key=KEY, foreign_keys=keys)
    before = orders.merge(people, left_on="buyer", right_on="customer_id")
    after = out["orders"].merge(out["people"], left_on="buyer", right_on="customer_id")
    assert len(after) == len(before) == 2000
    assert (after["total"] == before["total"]).all()
    counts = [t["buyer"].value_counts().sort_values().tolist() for t in (orders, out["orders"])]
    assert counts[0] == counts[1]
    assert not out["orders"]["buyer"].isin(people["customer_id"]).any()
    # The partner: without saying so, the two columns have keys of their own and nothing joins.
    alone = Masker(
        plan=Plan({"buyer": Rule("encrypt", "integer", "other"), "total": Rule("keep")}), key=KEY
    ).fit_transform(orders)
    assert not alone["buyer"].isin(out["people"]["customer_id"]).any()


def test_a_foreign_key_without_a_parent_is_named(people):
    orders = pd.DataFrame({"buyer": [100_000, 3, 100_007, 5]})
    tables = {"people": people, "orders": orders}
    keys = {("orders", "buyer"): ("people", "customer_id")}
    with pytest.raises(DataError, match="2 rows have no parent, the first is row 1"):
        mask_tables(tables, key=KEY, foreign_keys=keys)
    kept = mask_tables(tables, key=KEY, foreign_keys=keys, orphans="keep")
    assert kept["orders"]["buyer"].isin(kept["people"]["customer_id"]).tolist() == [True, False] * 2
    with pytest.raises(ParameterError, match=r"got orders\.seller"):
        mask_tables(tables, key=KEY, foreign_keys={("orders", "seller"): ("people", "customer_id")})


def test_another_process_makes_the_same_pseudonyms(tmp_path):
    KEY.save(tmp_path / "k.key")
    code = (
        "import sys, pandas as pd\nfrom synthkit.techniques.masking import Masker, Plan, Rule\n"
        "t = pd.DataFrame({'a': ['ann@x.org', 'bo@x.org'], 'b': ['Ann Lee', 'Bo Ek']})\n"
        "p = Plan({'a': Rule('pseudonymise', 'email'), 'b': Rule('substitute', 'name')})\n"
        "print(Masker(plan=p, key=sys.argv[1]).fit_transform(t).to_csv())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "k.key")],
            capture_output=True,
            text=True,
            check=True,
            env={**__import__("os").environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert "@example.com" in runs[0]


# --- bad input ------------------------------------------------------------------------------------


def one_column(rule, cells, **options):
    return Masker(plan=Plan({"c": rule}, **options), key=KEY).fit(pd.DataFrame({"c": cells * 2}))


@pytest.mark.parametrize(
    ("rule", "cells", "message"),
    [
        (
            Rule("encrypt", "card"),
            ["4111111111111111", "4111111111111112"],
            r"column 'c' must hold a valid card number that passes Luhn.*row 1 doesn't",
        ),
        (Rule("encrypt", "phone"), ["12345"], "valid phone in every row; row 0"),
        (Rule("encrypt", "iban"), ["DE00370400440532013000"], "valid iban"),
        (Rule("encrypt", "integer"), [5, -3], "whole number >= 0 in every row; row 1"),
        (Rule("encrypt", "digits"), ["12345"], "valid digits"),
        (Rule("shift_dates", subject="c"), ["31.02.2020"], "date written as YYYY-MM-DD"),
        (Rule("coarsen", width=10), ["tall"], "in every row; row 0"),
        (Rule("code_extremes"), ["tall"], "must hold numbers for action 'code_extremes'"),
    ],
)
def test_a_cell_of_the_wrong_form_is_named_but_not_shown(rule, cells, message):
    with pytest.raises(DataError, match=message) as caught:
        one_column(rule, cells)
    assert str(cells[-1]) not in str(caught.value)
    if rule.action != "code_extremes":
        fitted = one_column(replace(rule, on_invalid="redact"), cells)
        assert fitted.report_["columns"]["c"]["invalid, redacted"] == 2
        assert str(cells[-1]) not in fitted.masked_["c"].astype(str).tolist()


def test_too_few_rows_for_k_are_refused_and_not_proposed():
    with pytest.raises(DataError, match="columns c must have at least k = 5 rows"):
        one_column(Rule("generalise"), [30, 40])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = Masker(key=KEY).fit(pd.DataFrame({"age": [30]}))
    assert "too few rows" in out.plan_.rules["age"].why


@pytest.mark.parametrize("k", [1, 0, 2.5, True, "5"])
def test_k_must_be_a_whole_number(k):
    with pytest.raises(ParameterError, match="k must be a whole number >= 2"):
        Masker(k=k).fit(pd.DataFrame({"a": [1, 2]}))


def test_keys_are_wrapped_so_that_they_are_never_printed(tmp_path):
    with pytest.raises(ParameterError, match="Wrap bytes"):
        Masker(key=b"0123456789abcdef").fit(pd.DataFrame({"a": [1, 2]}))
    (tmp_path / "short").write_text("abcd")
    with pytest.raises(ParameterError, match="at least 16 bytes"):
        Masker(key=tmp_path / "short").fit(pd.DataFrame({"a": [1, 2]}))
    assert "hidden" in repr(Masker(key=KEY))


def test_a_million_levels_are_handled():
    n = 200_000  # as many levels as rows; memory grows with the rows, not with their square
    table = pd.DataFrame({"zip": [f"{i:06d}" for i in range(n)]})
    masker = Masker(plan=Plan({"zip": Rule("generalise")}, k=5), key=KEY).fit(table)
    assert masker.masked_["zip"].value_counts().min() >= 5


def test_missing_cells_are_grouped_and_text_columns_of_numbers_too():
    table = pd.DataFrame(
        {"age": ["30", None, "41", "30", None, "41"] * 5, "sex": list("FFMMFM") * 5}
    )
    masker = Masker(plan=Plan({"age": Rule("generalise"), "sex": Rule("generalise")}, k=5), key=KEY)
    out = masker.fit(table).masked_
    assert out.groupby(["age", "sex"], dropna=False).size().min() >= 5
    assert out["age"].isna().any()


def test_two_columns_that_read_the_same_are_refused():
    with pytest.raises(DataError, match="two columns are named '1'"):
        Masker(key=KEY).fit(pd.DataFrame([[1, 2]] * 3, columns=[1, "1"]))


# --- values, free text, failures ----------------------------------------------------------------


def test_names_of_a_locale_come_from_faker():
    pytest.importorskip("faker", reason="Faker is not installed")
    given, family = values.name_lists("de_DE")
    assert len(given) > 100
    assert len(family) > 100
    with pytest.raises(ParameterError, match="locale must be one for which Faker"):
        values.name_lists("xx_YY")


def test_without_faker_a_locale_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "faker", None)
    with pytest.raises(MissingExtraError, match=r"synthkit-lab\[masking\]"):
        values.name_lists("de_DE")
    assert len(values.name_lists("")[0]) > 100


def test_without_cryptography_the_extra_is_named(monkeypatch):
    masking.formats.cipher.cache_clear()
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
    with pytest.raises(MissingExtraError, match=r"synthkit-lab\[masking\]"):
        masking.FF1(bytes(16))


def test_a_substitute_is_never_the_original():
    names = np.array([f"{g} {f}" for g in values.GIVEN for f in values.FAMILY[:40]], dtype=object)
    table = pd.DataFrame({"name": names})
    out = Masker(plan=Plan({"name": Rule("substitute", "name")}), key=KEY).fit_transform(table)
    assert (out["name"] != table["name"]).all()
    # The partner: drawn without that care, some of the 7,000 names would be their own mask
    # (each with chance 1/35,000 here; over 30 keys 6 are expected, none has chance e^-6).
    hits = sum(
        (
            values.substitutes("name", masking.pseudonyms.hashed(names, bytes([i] * 32))) == names
        ).sum()
        for i in range(30)
    )
    assert hits > 0


def test_free_text_is_masked_in_place():
    table = pd.DataFrame(
        {
            "name": ["Ann Lee", "Bo Ek", "O'Hara, Pat"] * 5,
            "email": ["ann@x.org", "bo@y.org", "pat@z.org"] * 5,
            "street": ["12 Long Mill Road", "3 Hill Way", "9 Yew Close"] * 5,
            "note": [
                "Mr Bo Ek (bo@y.org, +44 20 7946 0958) of 12 long mill road paid with "
                "4111 1111 1111 1111 from 10.0.0.1 on 2024-05-06; ANN called, order 12."
            ]
            * 15,
        }
    )
    masker = Masker(key=KEY).fit(table)
    assert masker.plan_.rules["note"].action == "free_text"
    note = masker.masked_["note"][0]
    for secret in ("Bo", "Ek", "bo@y.org", "7946", "mill", "4111 1111", "10.0.0.1", "ANN"):
        assert secret not in note, secret
    for plain in ("Mr ", "paid with", "2024-05-06", "called, order 12."):
        assert plain in note, plain
    assert masker.masked_["email"][1] in note  # the same pseudonym as in the column
    assert masker.report_["columns"]["note"]["found in distinct texts"] == 8


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: f.name)
def test_both_ends_of_each_dial(failure):
    pytest.importorskip("bokeh_sampledata", reason="the Titanic table is not installed")
    broken = failure.run(failure.broken_at, 0)
    healed = failure.run(failure.repair.value, 0)
    assert failure.is_broken(broken)
    assert not failure.is_broken(healed)
    assert failure.indicator(healed) == 0


def test_titanic_uniqueness():
    data = pytest.importorskip("bokeh_sampledata.titanic", reason="bokeh_sampledata is not there")
    known = data.data.dropna(subset=["age"])
    facts = ["age", "sex", "class"]
    assert round(singled_out(known, facts), 3) == 0.134
    decades = known.assign(age=known["age"] // 10)
    assert round(singled_out(decades, facts), 3) in (0.007, 0.008)  # 5 or 6 of 756
