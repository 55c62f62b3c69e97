"""Refinements against closed forms and published numbers; both ends of each failure's dial."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import synthkit as sk
from synthkit.errors import MissingExtraError
from synthkit.measure.fidelity import classifier_two_sample_test
from synthkit.tables import Schema
from synthkit.techniques.hybrid import (
    FAILURES,
    ClassifierWeights,
    Hybrid,
    LinearProjection,
    NormalCore,
    ParetoTails,
    QuantileMatch,
    Raking,
    effective_sample_size,
    fit_pareto,
    project,
    quantile_match,
    rake,
)
from synthkit.techniques.hybrid.failures import effective_share, self_consuming_variances
from synthkit.techniques.hybrid.ranks import rank_in
from synthkit.techniques.hybrid.tails import pareto_quantile, value_at_risk
from synthkit.techniques.hybrid.weights import density_ratio, keep_probability

CANCER = sk.load("breast_cancer").iloc[:, :10]


@pytest.fixture(scope="module")
def normal_rows():
    """Ten thousand rows of the plain normal core, with lengths below 0."""
    return NormalCore().fit(CANCER).sample(10_000, rng=0)


def mean_ks(fake):
    return np.mean([stats.ks_2samp(fake[c], CANCER[c]).statistic for c in CANCER])


def spearman_change(before, after):
    return np.abs(stats.spearmanr(before).statistic - stats.spearmanr(after).statistic).max()


# --- (a) quantile match ------------------------------------------------------------------------


def test_quantile_match_keeps_ranks_and_gives_the_real_margins(normal_rows):
    """§11 (a): KS .096 → .002, impossible negatives 16.2 % → 0, Spearman changed by < 2e-4."""
    rng = np.random.default_rng(0)
    matched = pd.DataFrame({
        c: quantile_match(
            normal_rows[c].to_numpy(), np.sort(normal_rows[c]), np.sort(CANCER[c]), rng
        )
        for c in CANCER
    })  # fmt: skip
    # A share of .162 among 10,000 rows has a standard error of .0037; the core's own draws more.
    assert (normal_rows < 0).any(axis=1).mean() == pytest.approx(0.162, abs=0.02)
    assert mean_ks(normal_rows) == pytest.approx(0.096, abs=0.01)
    assert mean_ks(matched) < 0.003
    assert not (matched < 0).any(axis=None)
    assert spearman_change(normal_rows, matched) < 2e-4
    assert (matched.max() <= CANCER.max()).all()  # so the tails are needed
    # The partner: values in a random order have the margins, and no relation is left.
    shuffled = matched.apply(lambda column: rng.permutation(column.to_numpy()))
    assert mean_ks(shuffled) < 0.003 < 0.5 < spearman_change(normal_rows, shuffled)


def test_repeated_values_cover_their_interval_of_ranks():
    """Half of the reference is 0: ranks of 0 fill (0, ½) evenly, the rest keeps its order."""
    rng = np.random.default_rng(1)
    reference = np.sort(np.concatenate([np.zeros(500), np.arange(1.0, 501)]))
    u = rank_in(np.zeros(4_000), reference, rng)
    assert stats.kstest(u, stats.uniform(0, 0.5).cdf).pvalue > 1e-4
    assert rank_in(np.array([250.0]), reference, rng)[0] == pytest.approx(0.7495)
    assert (rank_in(np.array([1e9, -1e9]), reference, rng) <= 1).all()


# --- (b) tails ---------------------------------------------------------------------------------


def test_pareto_tail_of_the_sp500_agrees_with_scipy_and_the_published_fit():
    """§11 (b): ξ .168 (.074), β .856, value at risk 99.9 % 6.62; empirical 6.88, normal 3.71."""
    try:
        prices = sk.load("sp500")["adj_close"]
    except MissingExtraError as error:
        pytest.skip(str(error))
    losses = -100 * np.log(prices).diff().dropna().to_numpy()
    tail = fit_pareto(losses, 0.05)
    shape, _, scale = stats.genpareto.fit(losses[losses > tail.threshold] - tail.threshold, floc=0)
    assert (tail.shape, tail.scale) == (pytest.approx(shape, abs=1e-3), pytest.approx(scale, 1e-3))
    assert tail.shape == pytest.approx(0.168, abs=0.002)
    assert tail.shape_error == pytest.approx(0.074, abs=0.001)
    assert tail.scale == pytest.approx(0.856, abs=0.005)
    assert value_at_risk(tail, 0.999, 0.05) == pytest.approx(6.62, abs=0.02)
    assert np.quantile(losses, 0.999) == pytest.approx(6.88, abs=0.02)
    normal = losses.mean() + losses.std() * stats.norm.ppf(0.999)
    assert normal == pytest.approx(3.71, abs=0.02)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4])
def test_pareto_quantiles_are_scipys(shape):
    p = np.linspace(0, 0.999, 50)
    assert np.allclose(pareto_quantile(p, shape, 2.0), stats.genpareto.ppf(p, shape, scale=2.0))


def test_tails_reach_beyond_the_real_maximum_and_keep_the_order(normal_rows):
    hybrid = Hybrid(core=NormalCore(), refine=(QuantileMatch(), ParetoTails())).fit(CANCER, rng=0)
    stages = hybrid.stages(20_000, rng=1)
    matched, tailed = stages["1. QuantileMatch"], stages["2. ParetoTails"]
    assert (matched.max() <= CANCER.max()).all()
    assert (tailed.max() > CANCER.max()).mean() >= 0.9
    for column in CANCER:
        # .01 of 569 rows is known to ±5 · √(.01 · .99 / 569) = .02; a lost tail has 0.
        beyond = (tailed[column] > CANCER[column].quantile(0.99)).mean()
        assert 0.003 < beyond < 0.03, column
    assert spearman_change(matched, tailed) < 0.001


# --- (c) raking --------------------------------------------------------------------------------


def test_raking_meets_both_margins_and_keeps_the_odds_ratio():
    """§11 (c): the odds ratio is invariant (1.7613); a uniform seed is done in one sweep."""
    cells = np.array([[220.0, 130.0], [310.0, 322.634]])
    odds = cells[0, 0] * cells[1, 1] / (cells[0, 1] * cells[1, 0])
    assert odds == pytest.approx(1.7613, abs=1e-4)
    rows, columns = np.array([0.3, 0.7]), np.array([0.45, 0.55])
    raked, _ = rake(cells, [rows, columns])
    assert np.allclose(raked.sum(axis=1), rows)
    assert np.allclose(raked.sum(axis=0), columns)
    assert raked[0, 0] * raked[1, 1] / (raked[0, 1] * raked[1, 0]) == pytest.approx(odds)
    product, sweeps = rake(np.ones((2, 2)), [rows, columns])
    assert np.allclose(product, np.outer(rows, columns))
    assert sweeps == 2  # one that arrives, one that finds nothing to do
    # The partner: scaling one margin alone misses the other.
    assert not np.allclose((cells * (rows / cells.sum(axis=1))[:, None]).sum(axis=0), columns)


def people(n=3_000):
    rng = np.random.default_rng(0)
    sex = rng.choice(["F", "M"], n, p=[0.7, 0.3])
    east = rng.random(n) < np.where(sex == "F", 0.3, 0.5)
    return pd.DataFrame({"sex": sex, "region": np.where(east, "east", "west"),
                         "age": rng.normal(40, 12, n).round()})  # fmt: skip


def test_raked_rows_have_the_known_totals():
    totals = {"sex": {"F": 510, "M": 490}, "region": {"east": 250, "west": 750}}
    hybrid = Hybrid(refine=(Raking(totals=totals),)).fit(people(), rng=0)
    fake = hybrid.sample(20_000, rng=1)
    assert len(fake) == 20_000
    # 5 standard errors of the sample, and as much again: weights come from 20,000 rows too.
    error = 5 * math.sqrt(0.25 / 20_000) * math.sqrt(2)
    assert (fake["sex"] == "F").mean() == pytest.approx(0.51, abs=error)
    assert (fake["region"] == "east").mean() == pytest.approx(0.25, abs=error)
    assert (people()["sex"] == "F").mean() > 0.51 + 2 * error  # the partner: it was off before
    assert 0.3 < hybrid.kept_share_ < 1


# --- (d) classifier weights --------------------------------------------------------------------


def test_weights_turn_one_bump_into_two():
    """§11 (d): N(0, 3²) → two bumps: KS .150 → .014, ESS/n .37, E[w] ≈ 1."""
    rng = np.random.default_rng(0)
    bumps = rng.choice([-2, 2], 20_000) + 0.5 * rng.standard_normal(20_000)
    real = pd.DataFrame({"x": bumps})
    core = pd.DataFrame({"x": 3 * rng.standard_normal(20_000)})

    def truth(x):
        return (stats.norm.cdf(x, -2, 0.5) + stats.norm.cdf(x, 2, 0.5)) / 2

    step = ClassifierWeights(max_weight=6.0, bins=40)
    step.fit(real, core, Schema.infer(real), rng)
    kept = step.apply(core, rng)
    weights = step.weights(core)
    assert stats.kstest(core["x"], truth).statistic == pytest.approx(0.150, abs=0.01)
    assert stats.kstest(kept["x"], truth).statistic < 0.025
    assert step.ess_share_ == pytest.approx(0.37, abs=0.04)
    assert weights.mean() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0])
def test_effective_share_of_shifted_normals_is_exp_minus_square(shift):
    x = np.random.default_rng(0).normal(shift, 1, 400_000)
    weights = density_ratio(shift**2 / 2 - shift * x)
    share = effective_sample_size(weights) / len(x)
    # Var(w²) grows like e^{15δ²}; at δ = 1 that is 3e6, and its mean e: ±.01 after √400,000.
    assert share == pytest.approx(effective_share(shift), rel=0.03)


def test_rejection_never_keeps_with_more_than_certainty():
    assert keep_probability(np.array([0.0, 1.0, 9.0]), 2.0).tolist() == [0.0, 0.5, 1.0]


# --- (e) projection ----------------------------------------------------------------------------


def test_projection_is_the_nearest_point():
    """Against least squares with the equations as Lagrange conditions (an independent way)."""
    rng = np.random.default_rng(0)
    A, b, x = rng.normal(size=(2, 5)), rng.normal(size=2), rng.normal(size=(7, 5))
    kkt = np.block([[np.eye(5), A.T], [A, np.zeros((2, 2))]])
    nearest = np.linalg.solve(kkt, np.vstack([x.T, np.tile(b[:, None], 7)]))[:5].T
    assert np.allclose(project(x, A, b), nearest)
    twice = project(project(x, A, b), A, b)
    assert np.allclose(twice, project(x, A, b))
    repeated = project(x, np.vstack([A, A]), np.concatenate([b, b]))
    assert np.allclose(repeated, nearest)
    assert not np.allclose(x - (x @ A.T - b) @ A, nearest)  # the partner: without the inverse


def test_projected_rows_add_up_and_survive_saving(tmp_path):
    rng = np.random.default_rng(0)
    net = rng.lognormal(3, 0.4, 500)
    real = pd.DataFrame({"net": net, "tax": net * rng.normal(0.2, 0.02, 500)})
    real["gross"] = real["net"] + real["tax"]
    equation = {"net": 1.0, "tax": 1.0, "gross": -1.0}
    hybrid = Hybrid(refine=(QuantileMatch(), LinearProjection(equations=[equation])))
    fake = hybrid.fit(real, rng=0).sample(1_000, rng=1)
    assert np.abs(fake["net"] + fake["tax"] - fake["gross"]).max() < 1e-6 * fake["gross"].max()
    assert (fake > 0).all(axis=None)
    hybrid.save(tmp_path / "hybrid.synthkit")
    loaded = sk.load_technique(tmp_path / "hybrid.synthkit")
    pd.testing.assert_frame_equal(loaded.sample(50, rng=2), hybrid.sample(50, rng=2))
    assert repr(loaded.refine) == repr(hybrid.refine)
    report = hybrid.report().set_index("constraint")
    assert report.loc["net + tax - gross = 0", "1. QuantileMatch"] > 0.9
    assert report.loc["net + tax - gross = 0", "2. LinearProjection"] == 0


# --- the whole ---------------------------------------------------------------------------------


def test_refined_normal_core_passes_for_real():
    """§11: C2ST .78 → .53; no impossible negatives; tails covered; ranks changed by < .01."""
    plain = NormalCore().fit(CANCER)
    hybrid = Hybrid(core=NormalCore(), refine=(QuantileMatch(), ParetoTails())).fit(CANCER, rng=0)
    areas = np.array([
        [
            classifier_two_sample_test(CANCER, synth.sample(len(CANCER), rng=seed), rng=seed).auc
            for seed in range(3)
        ]
        for synth in (plain, hybrid)
    ]).mean(axis=1)  # fmt: skip
    assert areas[0] > 0.75
    assert areas[1] <= 0.55
    stages = hybrid.stages(20_000, rng=1)
    assert spearman_change(stages["core"], stages["2. ParetoTails"]) < 0.01
    assert not (hybrid.sample(20_000, rng=2) < 0).any(axis=None)


@pytest.mark.parametrize("core", [sk.Trees(), sk.Bootstrap(), sk.MonteCarlo(copula="t")])
def test_any_technique_can_be_the_core(core):
    table = sk.load("breast_cancer")
    hybrid = Hybrid(core=core, refine=(QuantileMatch(), ParetoTails())).fit(table, rng=0)
    fake = hybrid.sample(300, rng=1)
    assert list(fake.columns) == list(table.columns)
    assert not hasattr(core, "schema_")  # the core that was handed over stays as it was
    assert hybrid.sample(3, rng=0).equals(hybrid.sample(3, rng=0))


def test_whole_numbers_missing_cells_and_categories_stay_what_they_are():
    rng = np.random.default_rng(0)
    real = people(600).assign(
        children=pd.array(rng.poisson(1.2, 600), dtype="Int64"),
        score=np.where(rng.random(600) < 0.2, np.nan, rng.normal(size=600)),
    )
    hybrid = Hybrid(refine=(QuantileMatch(), ParetoTails(columns=["score"])))
    fake = hybrid.fit(real, rng=0).sample(2_000, rng=1)
    assert (fake.dtypes == real.dtypes).all()
    assert set(fake["children"]) <= set(real["children"])
    # Shares of .2 (of 600 and of 2,000 rows): 5 √(.16 / 460).
    assert fake["score"].isna().mean() == pytest.approx(real["score"].isna().mean(), abs=0.093)


def test_same_rows_in_any_chunks():
    hybrid = Hybrid(refine=(QuantileMatch(), ClassifierWeights(max_weight=3)))
    hybrid.fit(sk.load("iris"), rng=0)
    root = np.random.SeedSequence(5)
    whole = hybrid._sample_rows(66_000, root)
    second = hybrid._sample_rows(66_000 - 65_536, root, first_block=1)
    pd.testing.assert_frame_equal(whole.iloc[65_536:].reset_index(drop=True), second)


# --- failures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_both_ends_of_each_dial(failure):
    for seed in range(3):
        assert failure.is_broken(failure.run(failure.broken_at, seed))
        assert not failure.is_broken(failure.run(failure.repair.value, seed))


def test_self_consumption_follows_its_law():
    """§11: median variance ≈ e^{−t/n}; n = t = 100: .36; n = 20: .004, .86 with 10 % fresh."""
    rng = np.random.default_rng(0)
    loop = np.median(self_consuming_variances(100, 100, 0.0, 4_000, rng)[-1])
    # The log variance of one chain has a standard deviation of √(2t/n) = 1.4; of the median of
    # 4,000 chains 1.25 · 1.4 / √4,000 = .028: five of them are .14.
    assert math.log(loop) == pytest.approx(-1, abs=0.14)
    assert np.median(self_consuming_variances(20, 100, 0.0, 4_000, rng)[-1]) < 0.01
    fresh = np.median(self_consuming_variances(20, 100, 0.1, 4_000, rng)[-1])
    assert fresh == pytest.approx(0.86, abs=0.06)
