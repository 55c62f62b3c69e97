"""Fidelity: agreement with independent implementations, exactness, and what must be seen."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthkit.errors import DataError, ParameterError
from synthkit.measure import fidelity
from synthkit.measure.aligned import align


def mixed_table(n: int, seed: int) -> pd.DataFrame:
    """A table with one column of each kind, dependent on each other."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    sex = np.where(rng.random(n) < 0.5 + 0.3 * np.tanh(z), "F", "M")
    income = np.round(np.exp(8 + 0.5 * z + 0.3 * rng.normal(size=n)), 2)
    income[rng.random(n) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "age": np.clip(40 + 12 * z + rng.normal(size=n), 18, 90).round().astype(int),
            "income": income,
            "sex": sex,
            "member": rng.random(n) < 0.3,
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "grade": pd.Categorical(rng.choice(list("ABC"), n, p=[0.6, 0.3, 0.1])),
        }
    )


def shuffled(table: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {c: table[c].to_numpy()[rng.permutation(len(table))] for c in table}
    return pd.DataFrame(columns).astype(table.dtypes.to_dict())


def score_of(frame: pd.DataFrame, column: str) -> float:
    return float(frame.set_index("column").loc[column, "score"])


# --- one column -------------------------------------------------------------------------------


def test_numeric_shape_is_scipys_kolmogorov_smirnov() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=500), rng.normal(0.4, 1.3, size=700).round(1)
    score = score_of(fidelity.column_shapes(pd.DataFrame({"x": a}), pd.DataFrame({"x": b})), "x")
    assert score == pytest.approx(1 - stats.ks_2samp(a, b).statistic, abs=1e-12)


def test_category_shape_is_total_variation() -> None:
    real = pd.DataFrame({"c": ["a"] * 6 + ["b"] * 3 + [None]})
    fake = pd.DataFrame({"c": ["a"] * 3 + ["b"] * 3 + ["z"] * 2 + [None] * 2})
    # shares .6 .3 .0 .1 against .3 .3 .2 .2: half of .3 + 0 + .2 + .1
    assert score_of(fidelity.column_shapes(real, fake), "c") == pytest.approx(0.7)


def test_missing_is_a_category_of_its_own() -> None:
    values = np.arange(100.0)
    gaps = values.copy()
    gaps[::4] = np.nan  # the values that are left have nearly the same distribution
    score = score_of(
        fidelity.column_shapes(pd.DataFrame({"x": values}), pd.DataFrame({"x": gaps})), "x"
    )
    assert score == pytest.approx(0.75, abs=0.01)


def test_shapes_do_not_change_under_a_monotone_change_of_units() -> None:
    real, fake = mixed_table(300, 0)[["age"]], mixed_table(300, 1)[["age"]]
    before = fidelity.column_shapes(real, fake)["score"]
    after = fidelity.column_shapes(real**3 + 7, fake**3 + 7)["score"]
    pd.testing.assert_series_equal(before, after)


def test_the_order_of_rows_does_not_matter() -> None:
    real, fake = mixed_table(400, 0), mixed_table(400, 1)
    turned = fake.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        fidelity.pair_trends(real, fake), fidelity.pair_trends(real, turned)
    )


@pytest.mark.parametrize("big", [2**60, 2**53])
def test_big_integers_are_told_apart(big: int) -> None:
    real = pd.DataFrame({"k": np.array([big, big + 2] * 50)})
    fake = pd.DataFrame({"k": np.array([big + 1, big + 3] * 50)})
    aligned = align({"real": real, "synthetic": fake})
    assert aligned.columns[0].size == 4
    assert score_of(fidelity.column_shapes(real, fake), "k") == pytest.approx(0.5)


def test_uint64_beside_int64() -> None:
    real = pd.DataFrame({"k": np.array([2**64 - 1, 2**64 - 2] * 20, dtype=np.uint64)})
    fake = pd.DataFrame({"k": np.array([1, 2] * 20)})
    assert score_of(fidelity.column_shapes(real, fake), "k") == 0.0


@pytest.mark.parametrize(
    ("real", "fake"),
    [
        (pd.array([1, 2, None, 4] * 5, dtype="Int64"), np.array([1.0, 2.0, np.nan, 4.0] * 5)),
        (pd.array([True, False, None] * 5, dtype="boolean"), [True, False, None] * 5),
        (pd.Categorical(list("aab") * 5), list("aab") * 5),
        ([datetime.date(1500, 1, 2), None] * 5, np.array(["1500-01-02", "NaT"] * 5, dtype="M8[s]")),
        (
            pd.DatetimeIndex(["2020-01-01 12:00", "2021-06-01 00:00"] * 5, tz="Europe/Paris"),
            pd.DatetimeIndex(["2020-01-01 11:00", "2021-05-31 22:00"] * 5, tz="UTC"),
        ),
        (pd.to_timedelta([1, 2] * 5, "h"), pd.to_timedelta([60, 120] * 5, "min")),
        (pd.period_range("2020-01", periods=4, freq="M"),) * 2,
    ],
    ids=["Int64", "boolean", "category", "year 1500", "time zones", "timedelta", "period"],
)
def test_equal_values_in_other_clothes_are_equal(real: object, fake: object) -> None:
    a, b = pd.DataFrame({"v": real}), pd.DataFrame({"v": fake})
    assert score_of(fidelity.column_shapes(a, b), "v") == 1.0


def test_identifiers_are_left_out() -> None:
    real = mixed_table(50, 0).assign(name=[f"person {i}" for i in range(50)])
    fake = mixed_table(50, 1).assign(name=[f"nobody {i}" for i in range(50)])
    assert "name" not in set(fidelity.column_shapes(real, fake)["column"])


# --- two columns ------------------------------------------------------------------------------


def test_all_pairs_are_there_and_agree_with_pandas_and_scipy() -> None:
    real, fake = mixed_table(600, 0), mixed_table(500, 1)
    pairs = fidelity.pair_trends(real, fake).set_index(["first", "second"])
    assert len(pairs) == 6 * 5 / 2
    rho = stats.spearmanr(real["age"], real["joined"].astype("int64")).statistic
    assert pairs.loc[("age", "joined"), "real"] == pytest.approx(rho, abs=1e-10)
    a = pd.crosstab(real["sex"], real["member"], normalize=True)
    b = pd.crosstab(fake["sex"], fake["member"], normalize=True)
    expected = 1 - float((a - b).abs().to_numpy().sum()) / 2
    assert pairs.loc[("sex", "member"), "score"] == pytest.approx(expected, abs=1e-6)


def test_shuffled_columns_lose_the_pairs_but_not_the_shapes() -> None:
    real = mixed_table(2_000, 0)
    fake = shuffled(real)
    assert fidelity.column_shapes(real, fake)["score"].min() == 1.0
    worst = fidelity.pair_trends(real, fake).set_index(["first", "second"])["score"]
    # age and sex share z: shuffling moves about a seventh of the mass of their table
    assert worst[("age", "sex")] < 0.92
    fresh = fidelity.pair_trends(real, mixed_table(2_000, 1)).set_index(["first", "second"])
    assert fresh.loc[("age", "sex"), "score"] > 0.95


def test_dependence_without_correlation_is_seen_by_the_contingency() -> None:
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 4_000)
    real = pd.DataFrame({"x": np.cos(angle), "y": np.sin(angle)})
    pair = fidelity.pair_trends(real, shuffled(real)).iloc[0]
    assert pair["score"] > 0.97
    assert pair["contingency"] < 0.6


def test_one_outlier_does_not_move_the_trend() -> None:
    real = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 2)), columns=["x", "y"])
    fake = real.copy()
    fake.loc[0] = 1e9
    assert fidelity.pair_trends(real, fake)["score"].iloc[0] > 0.99


# --- the whole row ----------------------------------------------------------------------------


def test_c2st_cannot_tell_fresh_rows() -> None:
    result = fidelity.classifier_two_sample_test(mixed_table(800, 0), mixed_table(800, 1), rng=0)
    assert result.low <= 0.5 <= result.high
    assert not result.near_copies


def test_c2st_tells_shuffled_columns() -> None:
    real = mixed_table(800, 0)
    result = fidelity.classifier_two_sample_test(real, shuffled(real), rng=0)
    assert result.low > 0.6


def test_c2st_below_a_half_is_named_near_copies() -> None:
    real = mixed_table(600, 0)
    noisy = real.assign(income=real["income"] + 0.01)
    result = fidelity.classifier_two_sample_test(real, noisy, rng=0)
    assert result.near_copies
    assert result.high < 0.5


def test_c2st_repeats_with_its_seed_and_leaves_global_randomness_alone() -> None:
    real, fake = mixed_table(200, 0), mixed_table(200, 1)
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state itself is tested
    first = fidelity.classifier_two_sample_test(real, fake, rng=7)
    assert first == fidelity.classifier_two_sample_test(real, fake, rng=7)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_c2st_uses_at_most_the_rows_it_says() -> None:
    result = fidelity.classifier_two_sample_test(
        mixed_table(500, 0), mixed_table(300, 1), rng=0, max_rows=200
    )
    assert result.rows == (200, 200)


def test_coverage_falls_where_a_mode_is_missing() -> None:
    rng = np.random.default_rng(0)
    centre = rng.integers(0, 4, 800)
    real = pd.DataFrame(rng.normal(size=(800, 2)) * 0.1, columns=["x", "y"])
    real["x"] += centre
    fresh = pd.DataFrame(rng.normal(size=(800, 2)) * 0.1, columns=["x", "y"])
    fresh["x"] += rng.integers(0, 4, 800)
    one_mode = real[centre == 2]
    whole = fidelity.density_coverage(real, fresh, rng=0)
    part = fidelity.density_coverage(real, one_mode, rng=0)
    # At best 1 − ½^5 = .969 (Naeem 2020, Eq. 6); one of four modes covers about a quarter.
    assert whole["coverage"] == pytest.approx(0.969, abs=0.03)
    assert part["coverage"] < 0.3
    assert whole["density"] == pytest.approx(1.0, abs=0.1)


def test_distances_are_euclidean() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(700, 6)), rng.normal(size=(300, 6))
    plain = np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))
    np.testing.assert_allclose(
        fidelity.smallest_distances(a, b, 3), np.sort(plain, axis=1)[:, :3], atol=1e-9
    )


# --- bad input --------------------------------------------------------------------------------


def test_differing_columns_are_named() -> None:
    real = mixed_table(20, 0)
    with pytest.raises(DataError, match=r"synthetic table.*missing \['sex'\], extra \['gender'\]"):
        fidelity.column_shapes(real, real.rename(columns={"sex": "gender"}))


def test_a_wrong_type_is_named() -> None:
    real = mixed_table(20, 0)
    with pytest.raises(DataError, match=r"column 'age' must hold numbers in the synthetic table"):
        fidelity.column_shapes(real, real.assign(age="forty"))


def test_an_empty_side_is_named() -> None:
    real = mixed_table(20, 0)
    with pytest.raises(DataError, match=r"synthetic table: .*at least one row"):
        fidelity.column_shapes(real, real.iloc[:0])


def test_too_few_rows_for_the_folds() -> None:
    real = mixed_table(20, 0)
    with pytest.raises(DataError, match="at least 5 rows for 5 folds; got 20 real and 3"):
        fidelity.classifier_two_sample_test(real, real.iloc[:3])
    with pytest.raises(ParameterError, match="folds must be at least 2"):
        fidelity.classifier_two_sample_test(real, real, folds=1)


def test_constant_and_all_missing_columns() -> None:
    real = pd.DataFrame({"one": [1] * 30, "none": [np.nan] * 30, "x": np.arange(30.0)})
    fake = real.assign(one=2, none=1.5)
    scores = fidelity.column_shapes(real, fake).set_index("column")["score"]
    assert scores.to_dict() == {"one": 0.0, "none": 0.0, "x": 1.0}
    assert np.isfinite(fidelity.pair_trends(real, fake)["score"]).all()
    assert fidelity.column_shapes(real, real)["score"].min() == 1.0


def test_inputs_are_left_alone() -> None:
    real, fake = mixed_table(60, 0), mixed_table(60, 1)
    copies = real.copy(deep=True), fake.copy(deep=True)
    fidelity.pair_trends(real, fake)
    fidelity.classifier_two_sample_test(real, fake, rng=0)
    pd.testing.assert_frame_equal(real, copies[0])
    pd.testing.assert_frame_equal(fake, copies[1])
