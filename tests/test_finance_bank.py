"""The bank hangs together; rules are checked; every message of a bad setting."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthkit.errors import DataError, ParameterError
from synthkit.techniques.finance import Finance, Gjr, NewKeynesian, read_rules, write_rules
from synthkit.techniques.finance.bank import hour_weights
from synthkit.techniques.finance.benford import (
    BENFORD,
    DIGITS,
    SUSPICIOUS,
    benford_mad,
    first_digits,
)
from synthkit.techniques.finance.fraud import TYPOLOGIES
from synthkit.techniques.finance.markets import correlated_noise
from synthkit.techniques.finance.rates import require_feller
from synthkit.techniques.finance.rules import default_rules

MANY = {"fraud": {"cases_per_1000_customers": dict.fromkeys(TYPOLOGIES, 30.0)}}


@pytest.fixture(scope="module")
def world():
    return Finance(rules=MANY, customers=400, periods=14).simulate(rng=0)


def orphans(world):
    """Return how many references of each kind lead nowhere."""
    t = world["transactions"]
    known = {name: set(world[name].iloc[:, 0]) for name in ("customers", "accounts", "merchants")}
    return {
        "account": (~t["account_id"].isin(known["accounts"])).sum(),
        "counterparty": (~t["counterparty_account_id"].dropna().isin(known["accounts"])).sum(),
        "merchant": (~t["merchant_id"].dropna().isin(known["merchants"])).sum(),
        "owner": (~world["accounts"]["customer_id"].isin(known["customers"])).sum(),
        "debtor": (~world["loans"]["customer_id"].isin(known["customers"])).sum(),
    }


def test_every_key_leads_somewhere_and_dates_are_in_order(world):
    assert set(orphans(world).values()) == {0}
    t = world["transactions"]
    assert t["transaction_id"].tolist() == list(range(len(t)))
    assert t["time"].is_monotonic_increasing
    assert t["time"].min() >= pd.Timestamp("2024-01-01")
    assert t["time"].max() < pd.Timestamp("2025-03-01")
    assert (t["amount_eur"] > 0).all()
    opened = t["account_id"].map(world["accounts"].set_index("account_id")["opened_on"])
    assert (t["time"] >= opened).all()
    assert (t["merchant_id"].notna() == (t["kind"] == "card")).all()
    assert (t["counterparty_account_id"].notna() == (t["kind"] == "transfer")).all()
    assert (t["account_id"] != t["counterparty_account_id"].fillna(-1)).all()
    lost = {**world, "accounts": world["accounts"].iloc[1:]}  # the partner: a missing account
    assert orphans(lost)["account"] > 0


def test_instalments_end_with_the_default(world):
    loans = world["loans"].dropna(subset="defaulted_on")
    paid = world["transactions"].query("kind == 'loan'")
    for row in loans.itertuples():
        assert (paid.loc[paid["account_id"] == row.customer_id, "time"] < row.defaulted_on).all()
    assert len(loans) > 0


def test_hours_follow_the_clock(world):
    card = world["transactions"].query("kind == 'card' and not is_fraud")
    share = card["time"].dt.hour.value_counts(normalize=True).sort_index().to_numpy()
    hours = np.array(default_rules()["clock"]["hours"])
    error = np.sqrt(0.1 * 0.9 / len(card))
    assert np.abs(share - hours / hours.sum()).max() < 5 * error
    assert np.abs(share - 1 / 24).max() > 20 * error  # the partner: not uniform
    weights = hour_weights(default_rules()["clock"], pd.Timestamp("2024-01-03"), 24)
    assert np.allclose(weights, 1.0 * hours)  # a Wednesday counts 1


def test_every_typology_is_there_and_looks_as_it_is_called(world):
    fraud = world["transactions"].query("fraud_type != 'none'")
    assert set(fraud["fraud_type"]) == set(TYPOLOGIES)
    assert fraud["is_fraud"].all() and fraud["case_id"].notna().all()
    assert not world["transactions"].query("fraud_type == 'none'")["is_fraud"].any()
    for _, case in fraud.groupby("case_id"):
        kind, source, target = (
            case["fraud_type"].iloc[0],
            *(case[name] for name in ("account_id", "counterparty_account_id")),
        )
        if kind == "cycle":  # who receives is who sends: the money comes back
            assert sorted(source) == sorted(target) and source.is_unique
        elif kind == "fan_in":
            assert target.nunique() == 1 and source.is_unique
        elif kind == "fan_out":
            assert source.nunique() == 1 and target.is_unique
        elif kind == "structuring":
            assert case["amount_eur"].between(9_000, 10_000).all()
            assert (case["kind"] == "cash").all()
        elif kind == "card_testing":
            assert (case["amount_eur"] < 2.01).sum() == len(case) - 1
        else:
            assert target.nunique() == 1 and case["time"].dt.hour.between(0, 5).all()


def test_label_noise_misses_its_share_and_adaptivity_hides_the_amounts():
    noisy = {"fraud": {**MANY["fraud"], "label_noise": 0.3}}
    t = Finance(rules=noisy, customers=400, periods=6).block("transactions", rng=0)
    true = t["fraud_type"] != "none"
    missed = 1 - t.loc[true, "is_fraud"].mean()
    assert missed == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / true.sum()))
    sly = {"fraud": {**MANY["fraud"], "adaptivity": 1.0}}
    t = Finance(rules=sly, customers=400, periods=6).block("transactions", rng=0)
    amounts = t.query("fraud_type == 'structuring'")["amount_eur"]
    assert amounts.median() < 500


def test_the_economy_drives_spending_and_defaults():
    def run(natural_gap, **customers):
        rules = {"customers": customers, "cycle": {
            "growth_recession": natural_gap, "growth_expansion": natural_gap}}  # fmt: skip
        return Finance(rules=rules, customers=700, periods=30).simulate(rng=0)

    boom, bust = run(6.0), run(-6.0)
    spending = [w["transactions"].query("kind == 'card'").shape[0] for w in (boom, bust)]
    defaults = [w["loans"]["defaulted_on"].notna().mean() for w in (boom, bust)]
    assert spending[0] > 1.05 * spending[1]
    assert defaults[1] > 2 * defaults[0]
    salaries = [w["transactions"].query("kind == 'salary'").shape[0] for w in (boom, bust)]
    assert salaries[0] > salaries[1]
    deaf = run(-6.0, spending_per_gap_pct=0.0)  # the partner: customers who hear no news
    assert deaf["transactions"].query("kind == 'card'").shape[0] > 1.05 * spending[1]


@pytest.mark.parametrize("table", Finance.tables)
def test_every_table_can_be_sampled_and_made_alone(table):
    synth = Finance(customers=60, periods=3)
    fake = synth.sample(150, rng=1, table=table)
    assert len(fake) == 150 and fake.equals(synth.sample(150, rng=1, table=table))
    assert list(synth.sample(0, table=table).columns) == list(fake.columns)
    alone = synth.block(table, rng=0)
    assert list(alone.columns) == list(fake.columns)
    key = [c for c in fake.columns if c.endswith("_id")][:1]
    if key and table != "transactions":
        assert fake[key[0]].is_unique


def test_simulate_takes_start_and_periods():
    world = Finance(customers=20).simulate(start="1999-11", periods=3, rng=0)
    months = world["economy"]["month"]
    assert months.tolist() == list(pd.to_datetime(["1999-11-01", "1999-12-01", "2000-01-01"]))
    assert world["markets"]["date"].max() == pd.Timestamp("2000-01-31")
    assert world["rates"]["short_rate_pct"].min() >= 0


def test_a_million_transactions_are_made_in_time():
    start = time.process_time()
    world = Finance(customers=3_300).simulate(rng=0)
    assert time.process_time() - start < 20  # measured: about 1
    assert len(world["transactions"]) > 1_000_000
    assert world["transactions"].memory_usage(deep=True).sum() < 200e6


@pytest.mark.parametrize(("sigma", "published"), [(0.5, 0.055), (1.0, 0.0034), (1.5, 0.0005)])
def test_first_digits_of_lognormal_amounts(sigma, published):
    """§10: MAD from Benford .055, .0034 and .0005 (the last one is a sample's noise)."""
    n = 200_000
    amounts = np.random.default_rng(0).lognormal(np.log(50), sigma, n)
    tens = 10.0 ** np.arange(-12, 13)[:, None]  # the closed form, over all powers of ten
    law = stats.lognorm(sigma, scale=50)
    shares = (law.cdf((DIGITS + 1) * tens) - law.cdf(DIGITS * tens)).sum(axis=0)
    exact = np.abs(shares - BENFORD).mean()
    # A share of .1 or .3 of 200,000 rows has a standard error of .001 at most.
    assert benford_mad(amounts) == pytest.approx(exact, abs=0.001)
    assert benford_mad(amounts) == pytest.approx(published, abs=0.001)


def test_the_banks_amounts_pass_the_auditors_look(world):
    card = world["transactions"].query("kind == 'card' and not is_fraud")["amount_eur"].to_numpy()
    assert benford_mad(card) < SUSPICIOUS
    assert benford_mad(np.linspace(1, 10, 1_000, endpoint=False)) > SUSPICIOUS  # the partner
    assert list(first_digits(np.array([0.01, 0.099, 1.0, 9.99, 1_000.0]))) == [1, 9, 1, 9, 1]


# --- rules ----------------------------------------------------------------------------------------


def test_rule_files_round_trip(tmp_path):
    for ending in ("json", "toml") if sys.version_info >= (3, 11) else ("json",):
        path = write_rules(tmp_path / f"rules.{ending}")
        assert read_rules(path) == default_rules()
        with pytest.raises(FileExistsError):
            write_rules(path)
    with pytest.raises(ParameterError, match=r"must end in .json or .toml; got 'rules.txt'"):
        write_rules(tmp_path / "rules.txt")


BAD_FILES = [
    ("rates", "modle", 1, r"line 3: rates.modle must be a known rule; .* Did you mean 'model'\?"),
    ("rates", "floor_pct", -0.1, "line 3: rates.floor_pct must be above 0; got -0.1. The default"),
    ("rates", "model", "hull", "line 3: rates.model must be one of cir, vasicek; got 'hull'"),
    ("rates", "level_pct", -1, "line 3: rates.level_pct must be 0 or more; got -1"),
    ("fraud", "label_noise", 0.9, "line 3: fraud.label_noise must be between 0 and 0.5; got 0.9"),
    ("cycle", "growth_sd", True, "line 3: cycle.growth_sd must be a number; got True"),
    ("clock", "days", [1, 2], r"line 3: clock.days must be a list of 7 values; got \[1, 2\]"),
    ("fraud", "cases_per_1000_customers", 3, "line 3: .* must be a group of rules; got 3"),
]


@pytest.mark.parametrize(("group", "key", "value", "message"), BAD_FILES)
def test_bad_rules_name_line_and_key(tmp_path, group, key, value, message):
    path = tmp_path / "rules.json"
    path.write_text(f'{{\n  "{group}": {{\n    "{key}": {json.dumps(value)}\n  }}\n}}\n')
    with pytest.raises(ParameterError, match=message):
        Finance(rules=path).simulate(rng=0)
    if sys.version_info >= (3, 11):
        path = tmp_path / "rules.toml"
        path.write_text(f"# mine\n[{group}]\n{key} = {json.dumps(value)}\n")
        with pytest.raises(ParameterError, match=message):
            Finance(rules=str(path)).sample(3)


def test_broken_and_missing_rule_files(tmp_path):
    with pytest.raises(ParameterError, match=r"rules must be a file that is there; got .*nowhere"):
        read_rules(tmp_path / "nowhere.json")
    path = tmp_path / "rules.json"
    path.write_text('{\n "rates": {\n')
    with pytest.raises(ParameterError, match=r"rules.json, line \d: must be valid JSON"):
        read_rules(path)
    path.write_text("[1]")
    with pytest.raises(ParameterError, match="must hold an object"):
        read_rules(path)
    if sys.version_info >= (3, 11):
        path = tmp_path / "rules.toml"
        path.write_text("[rates\n")
        with pytest.raises(ParameterError, match=r"must be valid TOML; got: .*line 1"):
            read_rules(path)


def test_toml_without_tomllib_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tomllib", None)
    path = tmp_path / "rules.toml"
    path.write_text("[rates]\n")
    with pytest.raises(ParameterError, match=r"Python 3.11 or later.* Write it as JSON"):
        read_rules(path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"customers": 0}, "customers must be a whole number from 1 to 10,000,000; got 0"),
        ({"periods": 2.5}, "periods must be a whole number from 1 to 1,200; got 2.5"),
        ({"start": "soon"}, "start must be a month such as '2024-01'; got 'soon'"),
        ({"start": "1500-01"}, "start must be a month from 1700 to 2150; got '1500-01'"),
        ({"rules": {"markets": {"gjr": {"beta": 0.95}}}},
         r"GARCH must be stationary: alpha \+ gamma/2 \+ beta < 1; got 1.04075. Lower beta below"),
        ({"rules": {"markets": {"gjr": {"alpha": 0.1, "gamma": -0.2}}}},
         r"alpha \+ gamma must be 0 or"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        Finance(**settings).sample(3)


def test_bad_parameters_of_the_blocks():
    with pytest.raises(ParameterError, match=r"sigma must be at most .*0\.1414 for Euler's.*0\.22"):
        require_feller(0.2, 0.05, 0.3)
    require_feller(0.2, 0.05, 0.1)
    with pytest.raises(ParameterError, match=r"phi_pi must be above 0.9927.*got 0.9"):
        NewKeynesian(phi_pi=0.9).require_determinate()
    with pytest.raises(ParameterError, match=r"omega must be above 0; got 0"):
        Gjr(omega=0).check()
    with pytest.raises(ParameterError, match=r"alpha must be 0 or more; got -0\.1"):
        Gjr(alpha=-0.1).check()
    with pytest.raises(ParameterError, match=r"dof must be above 2, or the variance is infinite"):
        Gjr(dof=2.0).check()
    R = np.array([[1, -0.9, -0.9], [-0.9, 1, -0.9], [-0.9, -0.9, 1.0]])
    with pytest.raises(ParameterError, match=r"positive definite; its smallest eigenvalue is -0.8"):
        correlated_noise(R, 5.0, 3, np.random.default_rng(0))


def test_finance_is_a_core_for_a_hybrid():
    from synthkit.techniques.hybrid import Hybrid, QuantileMatch

    real = Finance(customers=60, periods=2).sample(500, rng=5)[["kind", "amount_eur", "is_fraud"]]
    real = real.assign(amount_eur=real["amount_eur"] * 3)
    core = Finance(customers=60, periods=2)
    hybrid = Hybrid(core=core, refine=(QuantileMatch(columns=["amount_eur"]),)).fit(real, rng=0)
    fake = hybrid.sample(2_000, rng=1)
    assert fake["amount_eur"].median() == pytest.approx(real["amount_eur"].median(), rel=0.3)
    with pytest.raises(DataError, match="must make the columns of the table; Finance makes no 'x'"):
        Hybrid(core=core).fit(real.assign(x=1.0), rng=0)
