"""The bootstrap as a technique: whole rows, kept dependence, fresh identifiers; its failures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.base import load_technique
from synthkit.errors import DataError, DataWarning, ParameterError
from synthkit.techniques.bootstrap import FAILURES, Bootstrap
from synthkit.techniques.bootstrap.design import TABLE_KINDS
from synthkit.techniques.bootstrap.failures import ar1_series
from synthkit.trace import Trace

SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def table():
    g = np.random.default_rng(0)
    n = 400
    height = g.normal(170, 10, n)
    return pd.DataFrame({
        "person_id": np.arange(10**6, 10**6 + n),
        "height_cm": height.round(1),
        "weight_kg": (height - 100 + g.normal(0, 8, n)).round(1),
        "big": 2**60 + g.integers(0, 1000, n),
        "site": g.choice(["Rome", "Oslo", "Lima"], n, p=[0.7, 0.2, 0.1]),
        "seen": pd.Timestamp("2024-02-01", tz="Europe/Rome") + pd.to_timedelta(np.arange(n), "h"),
        "score": pd.array(np.where(g.random(n) < 0.2, None, g.integers(0, 9, n)), dtype="Int64"),
    }, index=g.permutation(n))  # fmt: skip


def row_set(frame, columns):
    return set(map(tuple, frame[columns].astype("string").fillna("-").to_numpy()))


def options_of(kind):
    return {"strata": "site"} if kind == "stratified" else {}


@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_every_kind_gives_the_fitted_columns_and_types(table, kind):
    synth = Bootstrap(kind=kind, **options_of(kind)).fit(table, rng=0)
    fake = synth.sample(300, rng=1)
    assert list(fake.columns) == list(table.columns)
    assert list(fake.dtypes) == list(table.dtypes)
    assert isinstance(fake.index, pd.RangeIndex)
    assert fake["person_id"].is_unique
    assert not fake["person_id"].isin(table["person_id"]).any()
    assert len(synth.sample(0)) == 0


@pytest.mark.parametrize("kind", [k for k in TABLE_KINDS if k not in ("smoothed", "parametric")])
def test_rows_keep_their_joint_structure(table, kind):
    columns = [c for c in table.columns if c != "person_id"]
    fake = Bootstrap(kind=kind, **options_of(kind)).fit(table, rng=0).sample(500, rng=1)
    assert row_set(fake, columns) <= row_set(table, columns)


def test_shuffled_columns_would_be_noticed(table):
    """The partner: columns drawn one by one are not rows of the table."""
    columns = [c for c in table.columns if c != "person_id"]
    g = np.random.default_rng(0)
    torn = pd.DataFrame({c: table[c].to_numpy()[g.integers(0, len(table), 500)] for c in columns})
    assert not row_set(torn, columns) <= row_set(table, columns)


def test_all_rows_come_up_equally_often(table):
    fake = Bootstrap().fit(table).sample(40_000, rng=0)
    counts = fake["seen"].value_counts()
    assert len(counts) == len(table)
    # 100 expected of each, Poisson: the largest of 400 stays within 5 standard deviations.
    assert np.abs(counts - 100).max() < 5 * 10


def test_the_fitted_table_holds_no_identifier(table, tmp_path):
    synth = Bootstrap().fit(table)
    assert "person_id" not in synth.table_.columns
    synth.save(tmp_path / "boot.synthkit")
    fake = load_technique(tmp_path / "boot.synthkit").sample(50, rng=3)
    pd.testing.assert_frame_equal(fake, synth.sample(50, rng=3))


@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_saved_and_loaded_it_draws_the_same(table, kind, tmp_path):
    synth = Bootstrap(kind=kind, **options_of(kind)).fit(table, rng=0)
    synth.save(tmp_path / "boot")
    pd.testing.assert_frame_equal(
        load_technique(tmp_path / "boot").sample(40, rng=3), synth.sample(40, rng=3)
    )


# --- time ---------------------------------------------------------------------------------------


def lag_correlation(x, lag=1):
    return float(np.corrcoef(x[:-lag], x[lag:])[0, 1])


@pytest.mark.parametrize("kind", ["moving_block", "circular_block", "stationary_block"])
@pytest.mark.parametrize("length", [5, 20])
def test_blocks_keep_the_lag_one_autocorrelation(kind, length):
    """Retained share of the lag-1 correlation: the share of neighbours not cut, 1 - 1/b."""
    x = ar1_series(1_000, 0.8, np.random.default_rng(1))
    frame = pd.DataFrame({"x": x, "double": 2 * x})
    fake = Bootstrap(kind=kind, block_length=length).fit(frame).sample(20_000, rng=2)
    expected = lag_correlation(x) * (1 - 1 / length)
    # 20,000 rows of an AR(1) with phi .8 count for about 2,200; a correlation errs by 1/47.
    assert lag_correlation(fake["x"].to_numpy()) == pytest.approx(expected, abs=5 / 47)
    assert np.allclose(fake["double"], 2 * fake["x"])
    single = Bootstrap().fit(frame).sample(20_000, rng=2)["x"].to_numpy()
    assert abs(lag_correlation(single)) < 5 / np.sqrt(20_000)  # the partner: single rows lose it


def test_block_length_alone_means_stationary_blocks():
    frame = pd.DataFrame({"x": ar1_series(300, 0.8, np.random.default_rng(3))})
    assert Bootstrap(block_length=5).fit(frame).kind_ == "stationary_block"
    assert Bootstrap().fit(frame).kind_ == "iid"
    automatic = Bootstrap(block_length="auto").fit(frame)
    assert 5 < automatic.block_length_ < 60


def test_a_clock_does_not_count_for_the_automatic_length():
    x = ar1_series(300, 0.8, np.random.default_rng(4))
    plain = Bootstrap(block_length="auto").fit(pd.DataFrame({"x": x})).block_length_
    clock = pd.DataFrame({"year": np.arange(300), "x": x})
    assert Bootstrap(block_length="auto").fit(clock).block_length_ == plain


def test_rows_are_put_in_order_first():
    x = ar1_series(600, 0.9, np.random.default_rng(5))
    frame = pd.DataFrame({"day": pd.date_range("2020", periods=600), "x": x})
    mixed = frame.sample(frac=1, random_state=0)
    fake = Bootstrap(block_length=20, order="day").fit(mixed).sample(5_000, rng=0)
    assert lag_correlation(fake["x"].to_numpy()) > 0.7
    fake = Bootstrap(block_length=20).fit(mixed).sample(5_000, rng=0)
    assert abs(lag_correlation(fake["x"].to_numpy())) < 0.3


def test_volatility_clusters_of_real_returns():
    """S&P 500: ACF of |r| at lag 10 is lost by single rows and kept by blocks of 60."""
    sp500 = pytest.importorskip("arch.data.sp500", reason="arch, which ships it, is missing")
    returns = 100 * np.log(sp500.load()["Adj Close"]).diff().dropna().to_numpy()
    frame = pd.DataFrame({"r": returns})

    def acf(kind, length):
        synth = Bootstrap(kind=kind, block_length=length).fit(frame)
        return np.mean(
            [lag_correlation(np.abs(synth.sample(5_030, rng=s)["r"].to_numpy()), 10) for s in SEEDS]
        )

    # Fat tails: the correlation of |r| of one series of 5,030 errs by about .03 without
    # dependence and .06 with it; three seeds divide that by 1.7.
    assert acf("iid", None) == pytest.approx(0, abs=5 * 0.03 / 1.7)
    assert acf("stationary_block", 60) == pytest.approx(0.25, abs=5 * 0.06 / 1.7)


# --- kinds with more to say ---------------------------------------------------------------------


def test_strata_keep_their_shares(table):
    synth = Bootstrap(strata="site").fit(table)
    assert synth.kind_ == "stratified"
    real = table["site"].value_counts()
    for n in (400, 1_000, 37):
        fake = synth.sample(n, rng=n)["site"].value_counts().reindex(real.index, fill_value=0)
        assert (np.abs(fake - real * n / 400) <= 1).all()
    plain = Bootstrap().fit(table).sample(400, rng=0)["site"].value_counts()
    assert (plain != real).any()


def test_given_values_are_met(table):
    fake = Bootstrap().fit(table).sample(50, rng=0, given={"site": "Oslo"})
    assert (fake["site"] == "Oslo").all()
    with pytest.raises(DataError, match="at least one fitted row"):
        Bootstrap().fit(table).sample(5, given={"site": "Paris"})
    with pytest.raises(ParameterError, match="person_id"):
        Bootstrap().fit(table).sample(5, given={"person_id": 1})
    for synth in (Bootstrap(block_length=3), Bootstrap(kind="smoothed")):
        with pytest.raises(ParameterError, match="kind='iid'"):
            synth.fit(table).sample(5, given={"site": "Oslo"})


def test_bayesian_weights_are_one_draw_of_the_population(table):
    first, again, other = (Bootstrap(kind="bayesian").fit(table, rng=s).weights_ for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    fake = Bootstrap(kind="bayesian").fit(table, rng=1).sample(40_000, rng=0)
    share = fake["seen"].value_counts(normalize=True).reindex(table["seen"]).fillna(0).to_numpy()
    assert np.allclose(share, first, atol=5 * np.sqrt(first.max() / 40_000))


def test_new_values_keep_what_they_should(table):
    smoothed = Bootstrap(kind="smoothed").fit(table).sample(4_000, rng=0)
    parametric = Bootstrap(kind="parametric").fit(table).sample(4_000, rng=0)
    real = table[["height_cm", "weight_kg"]].corr(method="spearman").iloc[0, 1]
    pairs = row_set(table, ["height_cm", "weight_kg"])
    for fake in (smoothed, parametric):
        assert len(row_set(fake, ["height_cm", "weight_kg"]) - pairs) > 1_000  # new rows
        assert fake["height_cm"].between(table["height_cm"].min(), table["height_cm"].max()).all()
        rho = fake[["height_cm", "weight_kg"]].corr(method="spearman").iloc[0, 1]
        assert rho == pytest.approx(real, abs=5 * (1 - real**2) / np.sqrt(4_000) + 0.02)
    # The site stays with its row under smoothing.
    assert set(smoothed["site"]) == set(table["site"])


# --- bad input ----------------------------------------------------------------------------------

BAD = {
    "kind": ({"kind": "m_out_of_n"}, ParameterError, "must be one of"),
    "iid blocks": ({"kind": "iid", "block_length": 5}, ParameterError, "block_length"),
    "long block": ({"block_length": 401}, ParameterError, "from 1 to 400"),
    "no block": ({"block_length": 0}, ParameterError, "from 1 to 400"),
    "nan block": ({"block_length": float("nan")}, ParameterError, "from 1 to 400"),
    "true block": ({"block_length": True}, ParameterError, "from 1 to 400"),
    "strata": ({"strata": "town"}, ParameterError, "'town'"),
    "no strata": ({"kind": "stratified"}, ParameterError, "strata"),
    "order": ({"order": "when", "block_length": 3}, ParameterError, "'when'"),
    "order of iid": ({"order": "seen"}, ParameterError, "block kind"),
    "order with gaps": ({"order": "score", "block_length": 3}, DataError, "'score'"),
    "bandwidth": ({"kind": "smoothed", "bandwidth": -1}, ParameterError, "above 0"),
    "bandwidth of iid": ({"bandwidth": 0.1}, ParameterError, "smoothed"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_parameters_are_refused_at_fit(table, case):
    parameters, error, words = BAD[case]
    synth = Bootstrap(**parameters)  # storing never fails
    with pytest.raises(error, match=words):
        synth.fit(table)


def test_automatic_length_without_a_complete_number():
    frame = pd.DataFrame({"city": list("abcdefgh") * 3, "x": [1.0, None] * 12})
    with pytest.raises(DataError, match="numeric column"):
        Bootstrap(block_length="auto").fit(frame)


@pytest.mark.parametrize("kind", [k for k in TABLE_KINDS if k != "stratified"])
def test_one_row_is_copied_with_a_warning(kind):
    options = {"block_length": 1} if "block" in kind else {}
    with pytest.warns(DataWarning, match="one row"):
        synth = Bootstrap(kind=kind, **options).fit(pd.DataFrame({"x": [1.5], "y": ["a"]}))
    assert synth.sample(2, rng=0).values.tolist() == [[1.5, "a"], [1.5, "a"]]


# --- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: f.name)
def test_both_ends_of_each_dial(failure):
    broken = [failure.run(failure.broken_at, seed) for seed in SEEDS]
    healed = [failure.run(failure.repair.value, seed) for seed in SEEDS]
    assert all(failure.is_broken(trace) for trace in broken)
    assert not any(failure.is_broken(trace) for trace in healed)


def test_dependence_breaks_as_the_formula_says():
    """iid: the interval is sqrt((1-phi)/(1+phi)) = 1/3 as wide as it must be: P(|Z| < 1.96/3)."""
    failure = FAILURES[0]
    share = np.mean([failure.indicator(failure.run(1, seed)) for seed in SEEDS])
    assert share == pytest.approx(0.486, abs=5 * np.sqrt(0.25 / 600))


def test_the_automatic_length_heals_dependence_too():
    failure = FAILURES[0]
    assert not any(failure.is_broken(failure.run("auto", seed)) for seed in SEEDS)


def test_extremes_pile_up_as_the_formula_says():
    failure = FAILURES[1]
    for size in failure.dial.stops:
        trace = failure.run(size, 0)
        expected = trace.last("expected_share")
        error = np.sqrt(expected * (1 - expected) / 2_000)
        assert failure.indicator(trace) == pytest.approx(expected, abs=5 * error)


def test_a_run_is_repeated_by_its_seed_and_is_small():
    for failure in FAILURES:
        first = failure.run(failure.repair.value, 7)
        assert first.to_json() == failure.run(failure.repair.value, 7).to_json()
        assert len(first.to_json()) < 300_000
        assert Trace.from_json(first.to_json()).sentence == first.sentence
