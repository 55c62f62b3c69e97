"""Utility: scores that agree with scikit-learn, and tables that are bad for what they should do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import r2_score, roc_auc_score

from synthkit.errors import DataError
from synthkit.measure import series, support
from synthkit.measure.aligned import align
from synthkit.measure.anchors import independent_shuffle
from synthkit.measure.scoring import resample_weights, weighted_auc, weighted_r2
from synthkit.measure.utility import make_task, set_aside, utility, utility_of
from synthkit.measure.utility_run import utility_figures
from synthkit.measure.verdict import GOOD, wrong_share


def clients(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, n)
    income = np.exp(rng.normal(7, 0.5, n)).round(2)
    group = rng.choice(["north", "south", "west"], n, p=[0.5, 0.35, 0.15])
    logit = 0.08 * (age - 45) + 1.5 * (np.log(income) - 7) + (group == "south")
    bought = np.where(rng.random(n) < 1 / (1 + np.exp(-logit)), "yes", "no")
    spent = 3 * age + 0.05 * income + rng.normal(0, 20, n)
    return pd.DataFrame(
        {"age": age, "income": income, "region": group, "bought": bought, "spent": spent}
    )


# --- scores -----------------------------------------------------------------------------------


def test_weighted_scores_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, guess = rng.random(300) < 0.3, rng.integers(0, 8, 300) / 8  # with ties
    weights = resample_weights(300, 20, rng, None)
    want = [roc_auc_score(truth, guess, sample_weight=w) for w in weights]
    np.testing.assert_allclose(weighted_auc(guess, truth, weights), want, atol=1e-12)
    y, y_hat = rng.normal(size=300), rng.normal(size=300)
    want = [r2_score(y, y_hat, sample_weight=w) for w in weights]
    np.testing.assert_allclose(weighted_r2(y, y_hat, weights), want, atol=1e-12)


def test_whole_units_are_resampled() -> None:
    units = np.repeat([4, 9, 9, 2], 3)
    weights = resample_weights(12, 50, np.random.default_rng(0), units)
    for unit in (2, 4, 9):
        columns = weights[:, units == unit]
        assert (columns == columns[:, :1]).all()
    assert (weights[0] == 1).all()


# --- utility ----------------------------------------------------------------------------------


def test_fresh_rows_are_as_good_as_real_ones_and_shuffled_ones_useless() -> None:
    real, fresh, holdout = clients(1_500, 0), clients(1_500, 1), clients(1_500, 2)
    good = utility(real, fresh, "bought", holdout, rng=0)
    bad = utility(real, independent_shuffle(real, 1_500, np.random.default_rng(0)), "bought",
                  holdout, rng=0)  # fmt: skip
    for name, model in good.models.items():
        assert model.real.value > 0.75, name
        assert model.gap.low <= 0.02
        assert model.gap.high >= -0.02
        # Any linear direction in dependent columns ranks rows somehow: not ½ for that one.
        assert bad.models[name].gap.high < -0.05
    assert bad.models["boosting"].synthetic.value == pytest.approx(0.5, abs=0.1)
    # 'age' and 'income' matter, 'spent' repeats them: fresh rows agree, shuffled ones don't
    assert good.models["linear"].importance_agreement > 0.7


def test_a_number_is_scored_by_its_explained_variance() -> None:
    result = utility(clients(800, 0), clients(800, 1), "spent", clients(600, 2), rng=0)
    assert result.metric == "R2"
    assert result.models["linear"].real.value > 0.6
    assert abs(result.models["linear"].gap.value) < 0.05


def test_several_classes() -> None:
    real = clients(900, 0).assign(band=lambda t: pd.cut(t["spent"], 3, labels=list("abc")))
    fresh = clients(900, 1).assign(band=lambda t: pd.cut(t["spent"], 3, labels=list("abc")))
    held = clients(600, 2).assign(band=lambda t: pd.cut(t["spent"], 3, labels=list("abc")))
    result = utility(real, fresh, "band", held, rng=0, models=("boosting",))
    assert result.metric == "AUC"
    assert result.models["boosting"].real.value > 0.8


def lost_for_rare_classes(shuffle: bool, seeds: int) -> np.ndarray:
    """Return the share of what a model can learn that is proven lost, for each split (seeds,).

    Of 17 classes the k-th has a share of 1/k²: the last ones have a row or none in each third.
    """
    n, rng = 600, np.random.default_rng(1)
    shares = 1 / np.arange(1, 18) ** 2
    kind = rng.choice(17, size=n, p=shares / shares.sum())
    values = rng.normal(size=(n, 6)) + 2 * rng.normal(size=(17, 6))[kind]
    table = pd.DataFrame(values, columns=list("abcdef")).assign(kind=[f"kind {k}" for k in kind])
    lost = []
    for seed in range(seeds):
        split = np.random.default_rng(seed)
        thirds = split.permutation(n).reshape(3, -1)
        real, fresh, holdout = (table.iloc[rows] for rows in thirds)
        synthetic = independent_shuffle(real, len(real), split) if shuffle else fresh
        found = utility_of(
            align({"real": real, "synthetic": synthetic, "holdout": holdout}), "kind",
            rng=seed, models=("boosting",), augmentation=False, importance=False,
        )  # fmt: skip
        gap = next(f for f in utility_figures(found, {}) if f.name == "tstr_gap")
        lost.append(wrong_share(gap, "lower"))
    return np.array(lost)


def test_chance_among_rare_classes_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh rows learn other rare classes well than the real ones do; a shuffle learns none."""
    assert (lost_for_rare_classes(shuffle=False, seeds=20) > GOOD).sum() <= 1
    assert (lost_for_rare_classes(shuffle=True, seeds=5) > GOOD).all()
    # The broken version, which resamples the test rows alone, accuses too many fresh tables.
    monkeypatch.setattr("synthkit.measure.utility.class_weights", lambda *_: None)
    assert (lost_for_rare_classes(shuffle=False, seeds=20) > GOOD).sum() >= 3


def test_synthetic_rows_of_one_class_teach_nothing() -> None:
    real, holdout = clients(500, 0), clients(500, 1)
    result = utility(real, real[real["bought"] == "no"], "bought", holdout, rng=0)
    assert result.models["boosting"].synthetic.value == 0.5


def test_more_real_rows_than_before_help() -> None:
    small, more, holdout = clients(60, 0), clients(3_000, 1), clients(2_000, 2)
    result = utility(small, more, "spent", holdout, rng=0, models=("boosting",))
    assert result.models["boosting"].gain.low > 0.02


def test_the_group_that_a_table_forgot_loses() -> None:
    def turned(n: int, seed: int) -> pd.DataFrame:
        table = clients(n, seed)  # in the west everything is the other way round
        west = table["region"] == "west"
        flipped = table["bought"].map({"yes": "no", "no": "yes"})
        return table.assign(bought=table["bought"].where(~west, flipped))

    real, holdout = turned(2_000, 0), turned(2_000, 1)
    without = turned(2_400, 2)
    without = without[without["region"] != "west"]
    groups = utility(real, without, "bought", holdout, "region", rng=0).groups.set_index("group")
    assert groups.loc["west", "gap_high"] < -0.1
    assert groups.loc["west", "synthetic_share"] == 0.0
    assert groups.loc["north", "gap_low"] > -0.1


def test_fairness_gaps_are_by_hand() -> None:
    real, holdout = clients(1_000, 0), clients(1_000, 1)
    fairness = utility(real, real, "bought", holdout, "region", rng=0).fairness
    assert fairness["real"] == fairness["synthetic"]  # the same table trains the same model
    assert 0 < fairness["real"]["selection_rate_gap"] < 1


def test_without_holdout_real_rows_are_set_aside_and_it_is_said() -> None:
    real = clients(600, 0)
    result = utility(real, clients(600, 1), "bought", rng=0)
    assert result.test_rows == 180
    assert "may have seen them" in result.tested_on
    kept, aside = set_aside(real, np.random.default_rng(0))
    assert len(kept) == 420
    assert not set(kept.index) & set(aside.index)


def test_rows_without_a_target_are_left_out_and_inputs_left_alone() -> None:
    real, holdout = clients(400, 0), clients(400, 1)
    gaps = holdout.assign(bought=holdout["bought"].where(np.arange(400) % 4 > 0))
    before = gaps.copy(deep=True)
    assert utility(real, real, "bought", gaps, rng=0).test_rows == 300
    pd.testing.assert_frame_equal(gaps, before)


def test_the_same_seed_gives_the_same_figures() -> None:
    tables = align({"r": clients(300, 0), "s": clients(300, 1), "h": clients(300, 2)})
    assert utility_of(tables, "bought", rng=3).models == utility_of(tables, "bought", rng=3).models


@pytest.mark.parametrize(
    ("change", "target", "message"),
    [
        ({}, "nothing", "target must be a column"),
        ({"bought": "no"}, "bought", "at least two values in the real table; got 1"),
    ],
)
def test_bad_targets_are_named(change: dict, target: str, message: str) -> None:
    real, holdout = clients(100, 0).assign(**change), clients(100, 1)
    with pytest.raises(DataError, match=message):
        utility(real, real, target, holdout, rng=0)


def test_too_few_test_rows_are_said() -> None:
    tables = align({"r": clients(100, 0), "s": clients(100, 1), "h": clients(5, 2)})
    with pytest.raises(DataError, match="at least 20 real rows with a target; got 5"):
        make_task(tables, "bought")


# --- lost and invented ------------------------------------------------------------------------


def test_a_clamped_tail_is_empty() -> None:
    rng = np.random.default_rng(0)
    real = pd.DataFrame({"x": rng.normal(size=5_000)})
    clamped = pd.DataFrame({"x": rng.normal(size=5_000).clip(-1.6, 1.6)})
    fresh = support.tail_shares(real, pd.DataFrame({"x": rng.normal(size=5_000)}))
    # 50 of 5,000 beyond each 1 % quantile: 5 standard deviations are .007
    assert fresh["low"].iloc[0] == pytest.approx(0.01, abs=0.01)
    assert support.tail_coverage(support.tail_shares(real, clamped)) == 0.0


def test_lost_and_invented_levels_are_counted() -> None:
    real = pd.DataFrame({"c": list("aaaaabbbc") * 20})
    fake = pd.DataFrame({"c": list("aaaaabbbz") * 20})
    got = support.level_changes(real, fake).iloc[0]
    assert (got["lost"], got["invented"]) == (1, 1)
    assert got["lost_share"] == got["invented_share"] == pytest.approx(1 / 9)


def test_a_level_that_chance_may_lose_is_not_lost() -> None:
    real = pd.DataFrame({"c": ["a"] * 99 + ["b"]})
    fake = pd.DataFrame({"c": ["a"] * 100})  # (1 − 1/100)^100 = .37: no surprise
    assert support.level_changes(real, fake)["lost"].iloc[0] == 0


def test_missing_patterns_see_what_columns_do_not() -> None:
    gap = np.tile([np.nan, 1.0], 100)
    together = pd.DataFrame({"a": gap, "b": gap})
    apart = pd.DataFrame({"a": gap, "b": gap[::-1]})
    assert support.missing_pattern_score(align({"r": together, "s": together})) == 1.0
    assert support.missing_pattern_score(align({"r": together, "s": apart})) == 0.0


def test_rules_are_found_and_their_breaches_counted() -> None:
    rng = np.random.default_rng(0)
    start = rng.integers(0, 100, 400)
    real = pd.DataFrame(
        {
            "start": start,
            "end": start + rng.integers(1, 50, 400),
            "code": start % 5,
            "name": np.array(list("vwxyz"))[start % 5],
        }
    )
    fake = real.copy()
    fake.loc[:99, "end"] = fake.loc[:99, "start"] - 1
    fake.loc[:39, "name"] = np.array(list("wxyzv"))[fake.loc[:39, "code"]]
    broken = {rule.sentence(): rule.broken for rule in support.broken_rules(real, fake)}
    assert broken["'start' ≤ 'end' holds in every real row"] == 0.25
    assert broken["'code' decides 'name' in every real row"] == 0.1
    assert all(rule.broken == 0 for rule in support.broken_rules(real, real))


def test_fresh_rows_break_no_rule() -> None:
    assert all(r.broken == 0 for r in support.broken_rules(clients(2_000, 0), clients(2_000, 1)))


# --- time series ------------------------------------------------------------------------------


def walk(n: int, phi: float, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = np.zeros(n)
    for t in range(1, n):
        x[t] = phi * x[t - 1] + rng.normal()
    return pd.DataFrame({"day": pd.date_range("2020", periods=n), "x": x})


def test_autocorrelation_agrees_with_statsmodels_or_the_closed_form() -> None:
    x = walk(20_000, 0.7, 0)["x"].to_numpy()
    got = series.autocorrelation(x, 5)
    # AR(1): φ^k; standard error √((1+φ²)/(1−φ²)/n) ≈ .012 at most: 5 of them
    np.testing.assert_allclose(got, 0.7 ** np.arange(1, 6), atol=0.06)
    tools = pytest.importorskip("statsmodels.tsa.stattools")
    np.testing.assert_allclose(got, tools.acf(x, nlags=5)[1:], atol=1e-12)


def test_kurtosis_agrees_with_scipy_and_hill_with_pareto() -> None:
    rng = np.random.default_rng(0)
    r = rng.standard_t(5, 4_000)
    assert series.excess_kurtosis(r) == pytest.approx(stats.kurtosis(r))
    # Hill is consistent for a Pareto tail: standard error α/√k = 3/√1000, 5 of them are .47
    assert series.hill_index(rng.pareto(3, 20_000) + 1) == pytest.approx(3, abs=0.47)


def test_a_shuffled_series_loses_its_memory() -> None:
    real, fresh = walk(8_000, 0.9, 0), walk(8_000, 0.9, 1)
    shuffled = real.assign(x=np.random.default_rng(0).permutation(real["x"]))
    good = series.series_figures(real, fresh, "day").iloc[0]
    bad = series.series_figures(real, shuffled, "day").iloc[0]
    assert good["acf_error"] < 0.15
    assert good["spectrum_score"] > 0.85
    assert bad["acf_error"] > 0.4
    assert bad["spectrum_score"] < 0.5


def test_series_are_ordered_by_time_and_kept_apart_by_group() -> None:
    a, b = walk(300, 0.9, 0).assign(who="a"), walk(300, 0.9, 1).assign(who="b")
    both = pd.concat([a, b]).sample(frac=1, random_state=0)
    figures = series.series_figures(both, pd.concat([a, b]), "day", "who").iloc[0]
    assert figures["acf_error"] == pytest.approx(0.0, abs=1e-12)


def test_short_series_and_unknown_columns_are_said() -> None:
    with pytest.raises(DataError, match="at least 30 steps"):
        series.series_figures(walk(20, 0.5, 0), walk(20, 0.5, 1), "day")
    with pytest.raises(DataError, match="time and group must name columns"):
        series.series_figures(walk(50, 0.5, 0), walk(50, 0.5, 1), "week")
