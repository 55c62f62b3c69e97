"""Differential privacy on tables: what comes out, what is paid, and what is refused."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from synthkit.datasets import load
from synthkit.errors import DataError, MissingExtraError, NotFittedError, ParameterError
from synthkit.techniques.perturbation import (
    BudgetError,
    Perturbation,
    PrivacyLedger,
    dp_marginals,
)
from synthkit.techniques.perturbation.attacks import low_bits_event
from synthkit.techniques.perturbation.mechanisms import analytic_gaussian_sigma
from synthkit.techniques.perturbation.noise_sources import (
    OpenDPNoise,
    ReadableNoise,
    noise_source,
    opendp_is_installed,
)
from synthkit.techniques.perturbation.swapping import randomised_response_matrix

needs_opendp = pytest.mark.skipif(
    not opendp_is_installed(), reason="the extra 'privacy' (OpenDP) is not installed"
)
METHODS = ["laplace", "gaussian", "histogram", "marginals"]
N = 2_000
GIVEN = {
    "bounds": {"age": (0, 120), "since": ("2000-01-01", "2030-01-01"), "score": (-5, 5)},
    "categories": {"city": ["Rome", "Oslo", "Lima"]},
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, N)
    days = pd.to_timedelta(rng.integers(0, 3_000, N), unit="D")
    return pd.DataFrame({
        "age": age,
        "since": pd.Timestamp("2010-01-01") + days,
        "score": np.where(rng.random(N) < 0.1, np.nan, np.round(rng.normal(size=N), 3)),
        "city": rng.choice(["Rome", "Oslo", "Lima"], N, p=[0.6, 0.3, 0.1]),
        "member": rng.random(N) < age / 120,
        "account": [f"AC{k:05d}" for k in range(N)],
        "currency": "EUR",
    })  # fmt: skip


def private(method, **settings):
    return Perturbation(method=method, **{**GIVEN, "backend": "readable", **settings})


# --- what comes out -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_types_and_columns_come_back(table, method):
    synth = private(method).fit(table, rng=0)
    for frame in (synth.transform(table), synth.sample(N, rng=1)):
        assert [str(t) for t in frame.dtypes] == [str(t) for t in table.dtypes]
        assert len(frame) == N
        assert not frame["account"].isin(table["account"]).any()
        assert set(frame["city"]) <= {"Rome", "Oslo", "Lima"}
        assert "teaching only, not private" in frame.attrs["privacy"].lower()
    pd.testing.assert_frame_equal(synth.transform(table), synth.transform(table))
    assert synth.ledger_.total() <= 1.0 + 1e-9
    assert synth.ledger_.total() > 0.95  # and the budget is used


def test_local_noise_is_unbiased_and_as_large_as_it_must_be(table):
    frame = table[["age"]]
    bounds = {"age": (0, 100)}
    noisy = private("laplace", bounds=bounds, categories=None, epsilon=2.0).fit(frame, rng=0)
    step = noisy.transform(frame)["age"] - frame["age"]
    # one column: scale (100 - 0) / 2, standard deviation sqrt(2) scale
    assert step.std() == pytest.approx(50 * np.sqrt(2), rel=5 * np.sqrt(5 / (4 * N)))
    assert abs(step.mean()) < 5 * 50 * np.sqrt(2 / N)
    both = table[["age", "score"]].dropna()
    synth = private("gaussian", categories=None, epsilon=2.0,
                    bounds={"age": (0, 100), "score": (-5, 5)}).fit(both, rng=0)  # fmt: skip
    step = synth.transform(both)["age"].to_numpy() - both["age"].to_numpy()
    sigma = 100 * analytic_gaussian_sigma(np.sqrt(2), 2.0, 1e-6)
    assert step.std() == pytest.approx(sigma, rel=5 / np.sqrt(2 * len(both)))


def test_randomised_response_is_unbiased_once_inverted(table):
    frame = table[["city"]]
    matrix = randomised_response_matrix(3, 1.0)
    seen = np.mean([
        [(private("laplace", bounds=None).fit(frame, rng=s).released_["city"] == c).mean()
         for c in GIVEN["categories"]["city"]]
        for s in range(20)
    ], axis=0)  # fmt: skip
    true = np.array([(frame["city"] == c).mean() for c in GIVEN["categories"]["city"]])
    # sd of a share < 1/(2 sqrt(20 N)); inverting multiplies it by at most the inverse's norm
    tolerance = 5 * 0.5 / np.sqrt(20 * N) * np.linalg.norm(np.linalg.inv(matrix), 2)
    assert np.abs(seen @ np.linalg.inv(matrix) - true).max() < tolerance
    assert np.abs(seen - true).max() > tolerance  # not inverted: pulled towards a third


def test_marginals_keep_what_is_on_the_tree_and_histograms_do_not():
    frame = load("breast_cancer")
    bounds = {c: (0.0, float(frame[c].max()) * 1.2) for c in frame.columns[:10]}
    kept = {}
    for method in ("marginals", "histogram"):
        synth = Perturbation(method=method, epsilon=50.0, bounds=bounds, backend="readable",
                             categories={"diagnosis": ["malignant", "benign"]})  # fmt: skip
        fake = synth.fit(frame, rng=0).sample(5_000, rng=1)
        kept[method] = fake["radius"].corr(fake["area"])
        assert abs(fake["radius"].mean() - frame["radius"].mean()) < 0.6
        assert (fake["diagnosis"] == "benign").mean() == pytest.approx(0.63, abs=0.05)
    assert kept["marginals"] > 0.7  # true: .987; noise and bins of equal width cost the rest
    assert abs(kept["histogram"]) < 0.1


def test_histogram_error_follows_the_theory():
    """TVD of the noisy counts is K E|noise| / 2n; E|noise| = sigma sqrt(2/pi)."""
    rng = np.random.default_rng(0)
    n, levels = 5_000, 50
    sizes, cells = np.array([levels]), rng.integers(0, levels, (n, 1))
    spending = dp_marginals.plan_spending(1, epsilon=0.5)
    true = np.bincount(cells[:, 0], minlength=levels) / n
    errors = [
        np.abs(dp_marginals.fit_tree(cells, sizes, spending, ReadableNoise(rng)).tables[0] - true)
        .sum() / 2
        for _ in range(200)
    ]  # fmt: skip
    theory = levels / (2 * n * 0.5)
    # counts are ~100 with noise of scale 2: clipping never happens, rescaling costs 1/sqrt(K)
    assert np.mean(errors) == pytest.approx(theory, rel=0.1)


def test_more_budget_means_a_better_table(table):
    def error(epsilon):
        runs = [private("marginals", epsilon=epsilon).fit(table, rng=s).sample(5_000, rng=s)
                for s in range(3)]  # fmt: skip
        shares = [r["city"].value_counts(normalize=True).reindex(["Rome", "Oslo", "Lima"])
                  for r in runs]  # fmt: skip
        true = table["city"].value_counts(normalize=True).reindex(["Rome", "Oslo", "Lima"])
        return float(np.mean([(s.fillna(0) - true).abs().sum() for s in shares]))

    assert error(0.01) > 2 * error(10.0)


def test_children_are_drawn_by_the_row_of_their_parent():
    table = np.array([[0.2, 0.5, 0.3], [0.9, 0.0, 0.1]])
    model = dp_marginals.TreeModel([0, 1], [-1, 0], [np.array([0.4, 0.6]), table], 100.0)
    n = 100_000
    cells = model.draw(n, np.random.default_rng(0))
    joint = np.bincount(cells[:, 0] * 3 + cells[:, 1], minlength=6).reshape(2, 3) / n
    wanted = np.array([[0.4], [0.6]]) * table
    assert np.abs(joint - wanted).max() < 5 * 0.5 / np.sqrt(n)
    assert joint[1, 1] == 0  # what has no share is never drawn


def test_raking_reaches_both_sums():
    rng = np.random.default_rng(0)
    rows, columns = rng.random(5) + 0.1, rng.random(7) + 0.1
    rows, columns = 100 * rows / rows.sum(), 100 * columns / columns.sum()
    table = dp_marginals.rake(rng.random((5, 7)), rows, columns)
    assert table.sum(axis=1) == pytest.approx(rows)
    assert table.sum(axis=0) == pytest.approx(columns, rel=1e-6)
    # raking keeps odds ratios: exp of the interaction is that of the start
    start = rng.random((2, 2)) + 0.5
    raked = dp_marginals.rake(start, np.array([30.0, 70.0]), np.array([55.0, 45.0]))
    odds = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in (start, raked)]
    assert odds[0] == pytest.approx(odds[1], rel=1e-3)  # SMOOTHING moves it by about 1e-4


def test_a_level_or_value_outside_the_public_list_is_moved_in(table):
    settings = {"bounds": {**GIVEN["bounds"], "age": (30, 40)}, "categories": {"city": ["Rome"]}}
    fake = private("histogram", epsilon=50.0, **settings).fit(table, rng=0).sample(500, rng=0)
    assert fake["age"].between(30, 40).all()
    assert set(fake["city"]) == {"Rome"}


# --- what is paid, and what is refused ----------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_bounds_and_levels_must_be_given_or_paid_for(table, method):
    with pytest.raises(ParameterError) as caught:
        Perturbation(method=method, backend="readable").fit(table, rng=0)
    assert str(caught.value) == (
        "bounds of column 'age' must be given or paid for; got none. Write bounds={'age': "
        "(0, 120)}, or bounds='paid' to spend budget on them; bounds='data' reads them off the "
        "table, which is not private."
    )
    with pytest.raises(ParameterError, match="categories of column 'city' must be given or paid"):
        private(method, categories=None).fit(table, rng=0)


@pytest.mark.parametrize("method", METHODS)
def test_bounds_from_the_data_are_flagged(table, method):
    synth = private(method, bounds="data", categories="data").fit(table, rng=0)
    words = synth.sample(5, rng=0).attrs["privacy"]
    assert "NOT PRIVATE, bounds and levels read off the data: age, since, score, city" in words
    clean = private(method).fit(table, rng=0).statement_
    assert "NOT PRIVATE" not in clean
    assert "Bounds and levels given or known to all: age, since, score, city, member" in clean


@pytest.mark.parametrize("method", METHODS)
def test_paid_bounds_and_levels_are_in_the_ledger(table, method):
    synth = private(method, bounds="paid", categories="paid", epsilon=4.0).fit(table, rng=0)
    lines = synth.ledger_.table()
    assert {"bounds of age", "bounds of since", "bounds of score", "categories of city"} <= set(
        lines["what"]
    )
    assert synth.ledger_.total() <= 4.0 * (1 + 1e-9)
    assert "paid for from the budget: age, since, score, city" in synth.statement_
    if method in ("histogram", "marginals"):
        fake = synth.sample(2_000, rng=0)
        assert fake["age"].between(0, 128).all()  # the next powers of two
        assert set(fake["city"]) <= {"Rome", "Oslo", "Lima"}


@pytest.mark.parametrize(("bounds", "words"), [
    ({**GIVEN["bounds"], "age": (120, 0)}, r"bounds of column 'age' must be \(low, high\)"),
    ({**GIVEN["bounds"], "age": (0, float("inf"))}, r"bounds of column 'age' must be"),
    ({**GIVEN["bounds"], "age": 120}, r"bounds of column 'age' must be .* got \(120, None\)"),
    ({**GIVEN["bounds"], "since": ("x", "y")}, "bounds of column 'since' must be"),
    ({**GIVEN["bounds"], "score": (float("nan"), 1)}, "bounds of column 'score' must be"),
    ({**GIVEN["bounds"], "height": (0, 2)}, "'height', which is not in the table"),
    ({**GIVEN["bounds"], "city": (0, 2)}, "'city', which is no such column"),
    ("guess", "bounds must be a dict of columns, 'paid' or 'data'; got 'guess'"),
    ([0, 1], "bounds must be a dict of columns, 'paid' or 'data'; got list"),
])  # fmt: skip
def test_bounds_that_are_none(table, bounds, words):
    with pytest.raises(ParameterError, match=words):
        private("histogram", bounds=bounds).fit(table, rng=0)


@pytest.mark.parametrize(("levels", "words"), [
    ([], "must be at least one level"),
    (["Rome", "Rome"], "each once"),
    ("Rome", "must be a list of levels; got 'Rome'"),
])  # fmt: skip
def test_categories_that_are_none(table, levels, words):
    with pytest.raises(ParameterError, match=words):
        private("histogram", categories={"city": levels}).fit(table, rng=0)
    frame = table.assign(city=table["city"].astype("category"))
    with pytest.raises(DataError, match=r"must be among those of its dtype.*Kyiv"):
        private("histogram", categories={"city": ["Rome", "Kyiv"]}).fit(frame, rng=0)


@pytest.mark.parametrize("epsilon", [0, -1, float("nan"), float("inf"), "1", None])
@pytest.mark.parametrize("method", ["laplace", "marginals"])
def test_epsilon_out_of_range(table, method, epsilon):
    with pytest.raises(ParameterError, match="epsilon must be a finite number > 0"):
        private(method, epsilon=epsilon).fit(table, rng=0)


def test_delta_where_it_is_needed(table):
    with pytest.raises(ParameterError, match=r"delta must be in \(0, 1\) for Gaussian noise"):
        private("gaussian", delta=0.0).fit(table, rng=0)
    with pytest.raises(ParameterError, match="delta must be > 0 to pay for the categories of 'ci"):
        private("marginals", categories="paid", delta=0.0).fit(table, rng=0)
    for method in ("laplace", "histogram", "marginals"):  # purely private, Laplace throughout
        synth = private(method, delta=0.0).fit(table, rng=0)
        assert synth.ledger_.total() == pytest.approx(1.0)
        assert (synth.ledger_.table()["sigma"] == 0).all()


def test_rare_levels_are_not_named(table):
    frame = table.assign(city=[f"town {k}" for k in range(N // 2)] * 2)
    with pytest.raises(DataError, match=r"must have a level that at least [\d,]+ rows"):
        private("histogram", categories="paid").fit(frame, rng=0)
    mixed = table.assign(city=table["city"].where(table.index > 3, "Atlantis"))
    synth = private("histogram", categories="paid", epsilon=10.0).fit(mixed, rng=0)
    assert "Atlantis" not in set(synth.sample(2_000, rng=0)["city"])  # four people stay unnamed


def test_a_mistake_costs_nothing(table):
    ledger = PrivacyLedger(5.0, 1e-6)
    for wrong in ({"bounds": {**GIVEN["bounds"], "age": (9, 1)}}, {"categories": {"city": []}},
                  {"backend": "x"}, {"adjacency": "x"}, {"epsilon": -1}):
        with pytest.raises(ParameterError):
            private("histogram", ledger=ledger, **wrong).fit(table, rng=0)
    assert ledger.total() == 0


def test_a_shared_ledger_is_overdrawn_and_nothing_is_half_done(table):
    ledger = PrivacyLedger(1.5, 1e-6)
    private("laplace", ledger=ledger).fit(table, rng=0)
    spent, lines = ledger.total(), len(ledger.expenses)
    second = private("histogram", ledger=ledger, delta=0.0)
    with pytest.raises(BudgetError, match=r"epsilon=1\.5 .* Nothing was released"):
        second.fit(table, rng=0)
    assert (ledger.total(), len(ledger.expenses)) == (spent, lines)
    with pytest.raises(NotFittedError):
        second.sample(1)
    third = private("histogram", ledger=ledger, epsilon=0.4, delta=0.0).fit(table, rng=0)
    assert third.ledger_ is ledger
    assert ledger.total() == pytest.approx(1.4)


def test_sampling_is_free_but_a_second_table_is_not(table):
    synth = private("laplace").fit(table, rng=0)
    before = synth.ledger_.total()
    synth.sample(10_000, rng=0)
    synth.transform(table)
    assert synth.ledger_.total() == before
    other = table.assign(age=table["age"] + 1)
    with pytest.raises(BudgetError, match="Nothing was released"):
        synth.transform(other)
    assert synth.ledger_.total() == before
    roomy = private("laplace", ledger=PrivacyLedger(2.0)).fit(table, rng=0)
    assert len(roomy.transform(other)) == N
    assert roomy.ledger_.total() == pytest.approx(2.0)


def test_only_identifiers_and_constants_cannot_be_private():
    frame = pd.DataFrame({"account": [f"A{k}" for k in range(50)], "unit": "x"})
    with pytest.raises(DataError, match="must have a number, a date, a category or a flag"):
        private("histogram", bounds=None, categories=None).fit(frame, rng=0)


def test_private_releases_survive_saving(table, tmp_path):
    from synthkit import saving

    for method in ("laplace", "marginals"):
        synth = private(method, ledger=PrivacyLedger(3.0, 1e-6)).fit(table, rng=0)
        synth.save(tmp_path / "p.synthkit")
        name, parameters, state = saving.load(tmp_path / "p.synthkit")
        loaded = Perturbation(**parameters)
        loaded._set_state(state)
        assert name == "perturbation"
        pd.testing.assert_frame_equal(loaded.sample(50, rng=3), synth.sample(50, rng=3))
        assert loaded.ledger_.expenses == synth.ledger_.expenses
        assert loaded.ledger_.epsilon == 3.0
        assert loaded.statement_ == synth.statement_


# --- where the noise comes from -----------------------------------------------------------------


def test_without_opendp_the_readable_noise_says_what_it_is(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(MissingExtraError, match=r"synthkit-lab\[privacy\]"):
        private("laplace", backend="opendp").fit(table, rng=0)
    monkeypatch.setattr(
        "synthkit.techniques.perturbation.noise_sources.opendp_is_installed", lambda: False
    )
    synth = private("laplace", backend="auto").fit(table, rng=0)
    assert "Teaching only, not private" in synth.statement_
    with pytest.raises(ParameterError, match="backend must be 'auto', 'opendp' or 'readable'"):
        private("laplace", backend="numpy").fit(table, rng=0)


@needs_opendp
def test_opendp_adds_the_same_noise_but_cannot_be_seeded():
    rng = np.random.default_rng(0)
    values = np.zeros(4_000)
    ours, theirs = ReadableNoise(rng), OpenDPNoise()
    from scipy import stats

    for name, scale in (("laplace", 2.0), ("gaussian", 3.0)):
        a, b = getattr(ours, name)(values, scale), getattr(theirs, name)(values, scale)
        assert stats.ks_2samp(a, b).pvalue > 1e-4
        wide = getattr(theirs, name)(values, 2 * scale)
        assert stats.ks_2samp(a, wide).pvalue < 1e-4  # the broken partner
        assert not np.array_equal(b, getattr(theirs, name)(values, scale))


@needs_opendp
def test_opendp_chooses_and_responds_with_the_same_probabilities():
    theirs = OpenDPNoise()
    draws = np.array([theirs.choose(np.array([0.0, 1.0, 2.0]), 1.0, 1.0) for _ in range(3_000)])
    weights = np.exp(np.array([0.0, 0.5, 1.0]))
    expected = weights / weights.sum()  # Eq. 5
    seen = np.bincount(draws, minlength=3) / len(draws)
    assert np.abs(seen - expected).max() < 5 * 0.5 / np.sqrt(len(draws))
    answers = theirs.respond(np.zeros(3_000, dtype=np.int64), 4, 1.0)
    kept = randomised_response_matrix(4, 1.0)[0, 0]
    assert (answers == 0).mean() == pytest.approx(kept, abs=5 * 0.5 / np.sqrt(3_000))
    assert theirs.respond(np.zeros(3, dtype=np.int64), 1, 1.0).tolist() == [0, 0, 0]


@needs_opendp
def test_opendp_hides_the_low_bits(table):
    theirs = OpenDPNoise()
    n = 20_000
    hits = [low_bits_event(theirs.laplace(np.full(n, v), 1.0)).mean() for v in (0.0, 1.0)]
    # published .274 and .125: possible from both values, with a ratio below e
    assert hits[0] == pytest.approx(0.274, abs=5 * 0.5 / np.sqrt(n))
    assert hits[1] == pytest.approx(0.125, abs=5 * 0.5 / np.sqrt(n))
    synth = private("marginals", backend="auto").fit(table, rng=0)
    assert "OpenDP" in synth.statement_
    assert "teaching" not in synth.statement_.lower()
    assert isinstance(noise_source("auto", np.random.default_rng(0)), OpenDPNoise)
