"""Privacy: intervals against SciPy, attacks that find leaks, and none that cry wolf."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

import synthkit as sk
from synthkit.errors import DataError, ParameterError
from synthkit.measure import audit, guessing, intervals, privacy, release
from synthkit.measure import coincidence as measure_coincidence
from synthkit.measure.aligned import align
from synthkit.measure.attack import STRICTEST


def people(n: int, rng: np.random.Generator, d: int = 4) -> pd.DataFrame:
    """Dependent numbers with heavy tails, and two categories."""
    z = rng.standard_t(4, size=(n, d)) @ (np.eye(d) + 0.4)
    table = pd.DataFrame(z.round(3), columns=[f"x{j}" for j in range(d)])
    table["sex"] = np.where(z[:, 0] + rng.normal(size=n) > 0, "F", "M")
    table["town"] = rng.choice(list("ABCDE"), n, p=[0.4, 0.3, 0.2, 0.08, 0.02])
    return table


def outliers_of(table: pd.DataFrame, count: int) -> pd.DataFrame:
    numbers = table.select_dtypes("number")
    distance = ((numbers - numbers.median()).abs() / numbers.std()).max(axis=1)
    return table.loc[distance.nlargest(count).index]


def jittered(table: pd.DataFrame, rng: np.random.Generator, size: float) -> pd.DataFrame:
    out = table.copy()
    for name in out.select_dtypes("number"):
        out[name] += rng.uniform(-size, size, len(out))
    return out


# --- intervals --------------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "n"), [(0, 20), (3, 20), (20, 20), (45, 1000)])
def test_proportions_agree_with_scipy(k: int, n: int) -> None:
    test = stats.binomtest(k, n)
    for own, method in ((intervals.wilson, "wilson"), (intervals.clopper_pearson, "exact")):
        got, want = own(k, n), test.proportion_ci(0.95, method)
        assert (got.low, got.high) == pytest.approx((want.low, want.high), abs=1e-9)


def test_area_agrees_with_scikit_learn_also_with_ties() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 6, 300) + 1.0, rng.integers(0, 6, 200) * 1.0
    labels = np.repeat([1, 0], [300, 200])
    assert intervals.auc(a, b) == pytest.approx(roc_auc_score(labels, np.concatenate([a, b])))


def test_area_variance_at_one_half_is_the_exact_null_variance() -> None:
    for m in (2, 30, 500):
        assert intervals.auc_variance(0.5, m, m) == pytest.approx((2 * m + 1) / (12 * m * m))


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_area_interval_covers_its_level(shift: float) -> None:
    rng, truth = np.random.default_rng(1), stats.norm.cdf(shift / np.sqrt(2))
    hits = 0
    for _ in range(400):
        value = intervals.auc(rng.normal(shift, 1, 60), rng.normal(size=60))
        interval = intervals.auc_interval(value, 60, 60)
        hits += interval.low <= truth <= interval.high
    # Binomial(400, .95): 5 standard deviations are .054
    assert hits / 400 == pytest.approx(0.95, abs=0.054)


def test_a_perfect_area_still_has_an_interval() -> None:
    interval = intervals.auc_interval(1.0, 40, 40)
    assert 0.85 < interval.low < 0.97
    assert interval.high == 1.0


def test_fishers_test_agrees_with_scipy() -> None:
    table = [[8, 42], [2, 48]]
    want = stats.fisher_exact(table, alternative="greater").pvalue
    assert intervals.more_hits_p_value(8, 50, 2, 50) == pytest.approx(want)


def test_detectable_hits_is_where_fishers_test_turns() -> None:
    needed = intervals.detectable_hits(2000, 1000, 0.005)
    assert intervals.more_hits_p_value(needed, 2000, 0, 1000) <= 0.005
    assert intervals.more_hits_p_value(needed - 1, 2000, 0, 1000) > 0.005
    assert intervals.detectable_hits(5, 1000, 1e-30) == 6  # never, with five members


def test_detectable_area_is_found_in_four_of_five_tries() -> None:
    rng, m = np.random.default_rng(2), 150
    area = intervals.detectable_auc(m, m, 0.01)
    shift = np.sqrt(2) * stats.norm.ppf(area)
    found = sum(
        intervals.auc_p_value(rng.normal(shift, 1, m), rng.normal(size=m)) <= 0.01
        for _ in range(300)
    )
    # Binomial(300, .8): 5 standard deviations are .115
    assert found / 300 == pytest.approx(0.8, abs=0.115)


def test_detectable_excess_is_found_in_four_of_five_tries() -> None:
    rng, n, control = np.random.default_rng(3), 400, 0.3
    excess = intervals.detectable_excess(control, n, n, 0.01)
    found = sum(
        intervals.more_hits_p_value(
            int(rng.binomial(n, control + excess)), n, int(rng.binomial(n, control)), n
        )
        <= 0.01
        for _ in range(300)
    )
    # Binomial(300, .8): 5 standard deviations are .115; Fisher's test is a little shy
    assert found / 300 == pytest.approx(0.78, abs=0.13)


def test_what_a_card_calls_detectable_is_found_by_its_own_test() -> None:
    """As many copied members as 'detectable' says are found at the level; fewer aren't."""
    rng = np.random.default_rng(4)
    real, fresh, holdout = people(300, rng), people(300, rng), people(200, rng)
    needed = round(
        300 * privacy.membership_inference(real, fresh, holdout, rng=0)["exact_copies"].detectable
    )
    for copied, seen in ((needed, True), (needed - 1, False)):
        cheat = pd.concat([fresh[copied:], real[:copied]], ignore_index=True)
        attack = privacy.membership_inference(real, cheat, holdout, rng=0)["exact_copies"]
        assert attack.found(STRICTEST) == seen


# --- copies and membership --------------------------------------------------------------------


def test_fresh_rows_leak_nothing_and_a_bootstrap_everything() -> None:
    rng = np.random.default_rng(0)
    real, fresh, holdout = people(600, rng), people(600, rng), people(400, rng)
    clean = privacy.membership_inference(real, fresh, holdout, rng=0)
    assert all(not attack.found(0.004) for attack in clean.values())
    copied = privacy.membership_inference(
        real, real.sample(600, replace=True, random_state=0), holdout, rng=0
    )
    assert all(copied[name].found(0.004) for name in clean)
    # A bootstrap of n rows holds 1 − 1/e = .632 of them; 5 standard deviations √(.0968/600)·5
    assert copied["exact_copies"].success.value == pytest.approx(0.632, abs=0.07)


def test_jittered_copies_are_near_copies() -> None:
    rng = np.random.default_rng(3)
    real, holdout = people(600, rng), people(400, rng)
    attacks = privacy.membership_inference(real, jittered(real, rng, 0.01), holdout, rng=0)
    assert not attacks["exact_copies"].found(0.004)
    assert attacks["near_copies"].found(1e-6)
    assert attacks["membership_density"].figure.low > 0.8


def copied_outliers_found(seed: int, jitter: float = 0.0) -> dict[str, bool]:
    rng = np.random.default_rng(seed)
    real, holdout = people(2_000, rng), people(1_000, rng)
    copies = jittered(outliers_of(real, 40), rng, jitter)
    synthetic = pd.concat([people(1_960, rng), copies], ignore_index=True)
    attacks = privacy.membership_inference(real, synthetic, holdout, rng=seed)
    return {name: attack.found(0.004) for name, attack in attacks.items()}


@pytest.mark.parametrize("seed", range(3))
def test_forty_copied_outliers_are_found(seed: int) -> None:
    found = copied_outliers_found(seed)
    assert found["exact_copies"]
    assert found["membership_density"]
    moved = copied_outliers_found(seed, jitter=0.01)
    assert not moved["exact_copies"]
    assert moved["near_copies"]


def coarse(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """People with two fine columns and three coarse ones, where one unit is half a deviation."""
    z = rng.normal(size=n)
    table = pd.DataFrame({f"count{j}": rng.poisson(4 + np.clip(z, 0, 2)) for j in range(3)})
    table["income"] = np.exp(9 + 0.5 * z + 0.5 * rng.standard_t(4, n)).round(2)
    return table.assign(debt=np.exp(7 + 0.8 * rng.standard_t(4, n)).round(2))


@pytest.mark.parametrize("seed", range(3))
def test_a_copy_is_near_although_its_coarse_columns_moved(seed: int) -> None:
    """No distance sees it: the counts move as far as strangers lie apart."""
    rng = np.random.default_rng(seed)
    real, holdout, fresh = coarse(2_000, rng), coarse(1_000, rng), coarse(2_000, rng)
    copies = real[:40] + rng.integers(-1, 2, (40, 5))
    cheat = pd.concat([fresh[40:], copies], ignore_index=True)
    attacks = privacy.membership_inference(real, cheat, holdout, rng=seed)
    assert attacks["near_copies"].found(0.004)
    assert not attacks["membership_nearest"].found(0.004)
    clean = privacy.membership_inference(real, fresh, holdout, rng=seed)
    assert not clean["near_copies"].found(0.004)


def test_one_repeated_value_is_no_coincidence() -> None:
    """A shuffle repeats every value and nobody's record."""
    rng = np.random.default_rng(0)
    real, holdout = coarse(1_000, rng), coarse(500, rng)
    shuffled = pd.DataFrame({c: rng.permutation(real[c]) for c in real})
    assert not privacy.membership_inference(real, shuffled, holdout, rng=0)["near_copies"].found(
        0.004
    )


# --- repeated values are no copies of people --------------------------------------------------


def test_a_few_copied_outliers_are_near_copies_in_a_small_table() -> None:
    """Outliers are each other's neighbours in rank: handed on, a value stays among them."""
    from synthkit.course.runs.gallery import GALLERY, town

    rng = np.random.default_rng(0)
    real, holdout = town(600, rng), town(300, rng)
    fake = GALLERY["jittered outliers"].make(real, rng).reset_index(drop=True)
    assert privacy.membership_inference(real, fake, holdout, rng=0)["near_copies"].found(STRICTEST)


def copula_scores(seed: int) -> list[tuple[privacy.RowScores, privacy.RowScores]]:
    """Score halves of a real table against a copula of the first: as it is, and copies added."""
    rng = np.random.default_rng(seed)
    table = sk.load("breast_cancer")
    order = rng.permutation(len(table))
    real, holdout = (table.iloc[rows].reset_index(drop=True) for rows in np.split(order, [284]))
    fake = sk.MonteCarlo().fit(real, rng=rng).sample(5 * len(real), rng=rng)
    copied = pd.concat([fake[40:], real[:40]], ignore_index=True)
    return [
        privacy.row_scores(align({"real": real, "synthetic": s, "holdout": holdout}), rng)
        for s in (fake, copied)
    ]


def test_values_that_a_copula_repeats_are_no_copies_of_people() -> None:
    """Its columns hold real values to the last digit, and two may meet by chance in one row.

    Members are then hit more often than controls, whoever's record it is: Fisher's test alone
    accuses the copula. The same values in a neighbouring row hit them as often.
    """
    accused = alone = 0
    for seed in range(10):
        honest, copied = copula_scores(seed)
        agreement, handed_on = (
            [getattr(side, name) for side in honest] for name in ("coincidence", "handed_on")
        )
        closeness = [side.closeness for side in honest]
        accused += privacy.near_copies(closeness, agreement, handed_on).found(0.05)
        # The partner: without values handed on there is nothing to compare with.
        nothing = [np.zeros_like(h) for h in handed_on]
        alone += privacy.near_copies(closeness, agreement, nothing).found(0.05)
        agreement, handed_on = (
            [getattr(side, name) for side in copied] for name in ("coincidence", "handed_on")
        )
        closeness = [side.closeness for side in copied]
        assert privacy.near_copies(closeness, agreement, handed_on).found(STRICTEST)
    # Binomial(10, .05): more than 3 happen with probability .001
    assert accused <= 3
    assert alone >= 5


def test_handing_on_keeps_the_columns_and_moves_each_value_two_ranks_at_most() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=100), "c": list("ab") * 50})
    table.loc[:9, "x"] = np.nan
    tables = align({"real": table, "synthetic": table})
    moved = measure_coincidence.hand_on(tables, 1, rng)
    x, c = moved.columns
    before = tables.columns[0].codes[1]
    assert np.array_equal(np.sort(x.codes[1]), np.sort(before))
    assert (x.codes[1][:10] == -1).all()
    steps = np.abs(x.codes[1] - before)[10:]
    # up to two rows at either end belong to no ring of three
    assert steps.max() == 2 and (steps == 0).sum() <= 4
    assert np.array_equal(x.codes[0], before)
    assert np.array_equal(c.codes[1], tables.columns[1].codes[1])


def test_the_p_value_of_the_highest_version_by_hand_and_by_simulation() -> None:
    scores = np.array([5.0, 4.0, 1.0, 0.0])
    others = np.array([[1.0, 6.0, 1.0, 0.0], [2.0, 0.0, 0.0, 0.0]])
    # two rows reach 3 in some version, one of them here: 1 − (2/3)²
    assert intervals.highest_p_value(scores, others, 3) == pytest.approx(5 / 9)
    rng = np.random.default_rng(1)
    spread = rng.gamma(1, size=200)  # rows differ in how high they reach
    drawn = [spread * rng.exponential(size=(5, 200)) for _ in range(2_000)]
    p_values = np.array([intervals.highest_p_value(d[0], d[1:], 2) for d in drawn])
    for level in (0.01, 0.05, 0.2):  # 5 standard deviations above the level at most
        allowed = level + 5 * np.sqrt(level * (1 - level) / 2_000)
        assert (p_values <= level).mean() <= allowed
    assert (p_values <= 0.2).mean() >= 0.1  # and not idle
    copied = [d[0] + 9 * (np.arange(200) < 20) for d in drawn]
    found = [intervals.highest_p_value(c, d[1:], 2) <= 0.01 for c, d in zip(copied, drawn)]
    assert np.mean(found) > 0.8


def test_coincidence_by_hand() -> None:
    """Ten people at 0, 10, … 90 and a synthetic row at 21: 3 % lie as near to 20."""
    real = pd.DataFrame({"x": np.arange(10) * 10.0, "c": list("aabbbbbbbb")})
    fake = pd.DataFrame({"x": [21.0], "c": ["b"]})
    tables = align({"real": real, "synthetic": fake})
    pairs = np.zeros((10, 1), dtype=int)
    chance = measure_coincidence._chance(tables.columns[0], 0, 1, pairs, [0])[:, 0]
    # the gap is 1, and half of the smallest step (1 between 20 and 21) is added: 2 · 1.5 / 10 / 10
    assert chance[2] == pytest.approx(0.03)
    assert chance[9] == pytest.approx(0.95 - 0.255)  # the share below 90, less that below 20.5
    agree = measure_coincidence._chance(tables.columns[1], 0, 1, pairs, [0])[:, 0]
    assert agree.tolist() == [1, 1, *[0.8] * 8]


@pytest.mark.slow
def test_forty_copied_outliers_are_found_in_100_of_100_seeds() -> None:
    found = [copied_outliers_found(seed) for seed in range(100)]
    assert all(f["exact_copies"] for f in found)
    assert all(f["near_copies"] for f in found)
    assert sum(f["membership_density"] for f in found) >= 95


def clean_alarms(seed: int, n: int = 400) -> bool:
    rng = np.random.default_rng(10_000 + seed)
    real, fresh, holdout = people(n, rng), people(n, rng), people(n // 2, rng)
    attacks = {
        **privacy.membership_inference(real, fresh, holdout, rng=seed),
        **guessing.guessing_attacks(real, fresh, holdout, rng=seed, attacks=300),
    }
    alpha = 0.04 / len(attacks)
    return any(attack.found(alpha) for attack in attacks.values())


def test_clean_tables_raise_few_false_alarms() -> None:
    # At 5 % alarms, more than 5 of 30 happen with probability .003
    assert sum(clean_alarms(seed) for seed in range(30)) <= 5


@pytest.mark.slow
def test_clean_tables_raise_false_alarms_in_at_most_five_percent() -> None:
    alarms = sum(clean_alarms(seed) for seed in range(300))
    # Binomial(300, .05): mean 15, and 95 % of runs have at most 21
    assert alarms <= 21


def test_row_risk_names_the_copied_rows_and_shows_no_value() -> None:
    rng = np.random.default_rng(5)
    real, holdout = people(500, rng), people(400, rng)
    copied = outliers_of(real, 10)
    synthetic = pd.concat([people(490, rng), copied], ignore_index=True)
    tables = align({"real": real, "synthetic": synthetic, "holdout": holdout})
    members, controls = privacy.row_scores(tables, rng=0)
    keys = privacy.aligned_keys(tables)
    risk = privacy.row_risk(members, controls, np.isin(keys[0], keys[1]))
    assert set(risk["row"][:10]) == set(copied.index)
    assert risk["copied"][:10].all()
    assert set(risk) == {"row", "closeness", "p_value", "outlier", "copied", "exposed"}


def test_units_are_counted_once() -> None:
    rng = np.random.default_rng(6)
    real, holdout = people(600, rng), people(400, rng)
    units = np.repeat(np.arange(60), 10), np.repeat(np.arange(40), 10)
    synthetic = pd.concat([people(500, rng), real[:100]], ignore_index=True)  # ten people's rows
    tables = align({"real": real, "synthetic": synthetic, "holdout": holdout})
    attack = privacy.exact_copies(tables, units)
    assert (attack.members, attack.controls) == (60, 40)
    assert attack.success.value == pytest.approx(10 / 60)


def test_row_keys_are_equal_for_equal_rows_only() -> None:
    table = pd.DataFrame(
        {"a": [1, 1, 2, 1], "b": ["x", "y", "x", "x"], "c": [None, 1.0, None, None]}
    )
    tables = align({"real": table, "synthetic": table})
    keys = privacy.aligned_keys(tables)[0]
    assert keys[0] == keys[3]
    assert len(set(keys)) == 3


def test_copies_without_holdout_use_the_tables_own_repeats() -> None:
    rng = np.random.default_rng(7)
    small = pd.DataFrame({"a": rng.integers(0, 30, 500), "b": rng.integers(0, 30, 500)})
    fresh = pd.DataFrame({"a": rng.integers(0, 30, 500), "b": rng.integers(0, 30, 500)})
    fair = privacy.copies_without_holdout(align({"real": small, "synthetic": fresh}))
    assert not fair.found(0.004)
    assert fair.success.value > 0.2  # many rows coincide by chance: the control says so
    copy = privacy.copies_without_holdout(align({"real": small, "synthetic": small}))
    assert copy.found(1e-6)


def test_too_few_rows_are_said() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="needs at least 20 members and 20 controls; got 10 and 50"):
        privacy.membership_inference(people(10, rng), people(50, rng), people(50, rng))


# --- singling out, linkability, inference -----------------------------------------------------


def test_the_three_risks_find_a_copy_and_spare_fresh_rows() -> None:
    rng = np.random.default_rng(0)
    real, fresh, holdout = people(500, rng), people(500, rng), people(500, rng)
    clean = guessing.guessing_attacks(real, fresh, holdout, rng=0, attacks=400)
    copied = guessing.guessing_attacks(real, real, holdout, rng=0, attacks=400)
    assert all(not attack.found(0.004) for attack in clean.values())
    for name in ("singling_out_univariate", "linkability", "attribute_inference"):
        assert copied[name].found(1e-6), name
        assert copied[name].figure.low > 0.1


def test_the_excess_risk_is_giomis() -> None:
    risk = intervals.excess_risk(intervals.wilson(60, 100), intervals.wilson(20, 100))
    assert risk.value == pytest.approx((0.6 - 0.2) / (1 - 0.2))
    assert risk.low < risk.value < risk.high


def test_inference_reports_each_secret() -> None:
    rng = np.random.default_rng(1)
    real, holdout = people(300, rng), people(300, rng)
    tables = align({"real": real, "synthetic": real, "holdout": holdout})
    _, risks = guessing.attribute_inference(tables, rng=0, secrets=["town", "x0"])
    assert set(risks) == {"town", "x0"}
    assert risks["town"].low > 0.5


def test_linkability_takes_the_attackers_columns() -> None:
    rng = np.random.default_rng(1)
    real, holdout = people(300, rng), people(300, rng)
    tables = align({"real": real, "synthetic": real, "holdout": holdout})
    attack = guessing.linkability(tables, rng=0, columns=(["x0", "x1"], ["x2", "x3"]))
    assert attack.success.value > 0.9  # a row is the nearest to both halves of its copy


# --- a released table -------------------------------------------------------------------------


def test_k_anonymity_by_hand() -> None:
    table = pd.DataFrame({"age": [1, 1, 1, 2, 2, 3], "zip": list("aaabbc")})
    got = release.k_anonymity(table, ["age", "zip"])
    assert (got.k, got.classes) == (1, 3)
    assert got.unique_share == pytest.approx(1 / 6)
    # each row's chance is 1 / size of its class: (3 · 1/3 + 2 · 1/2 + 1) / 6
    assert got.prosecutor_risk == pytest.approx(3 / 6)


def test_the_affairs_survey_has_forty_percent_unique_rows() -> None:
    datasets = pytest.importorskip("statsmodels.datasets")
    table = datasets.fair.load_pandas().data.drop(columns="affairs")
    known = [c for c in table if c != "rate_marriage"]
    assert release.k_anonymity(table, known).unique_share == pytest.approx(0.404, abs=0.001)


def test_l_diversity_by_hand() -> None:
    table = pd.DataFrame({"class": list("aaaabb"), "ill": ["flu", "flu", "cold", "cold", "x", "x"]})
    got = release.l_diversity(table, ["class"], "ill")
    assert got["distinct"] == 1
    assert got["entropy"] == pytest.approx(1.0)
    assert got["homogeneous"] == pytest.approx(2 / 6)
    only_a = release.l_diversity(table[:4].assign(x=1), ["class"], "ill")
    assert only_a["entropy"] == pytest.approx(2.0)


@pytest.mark.parametrize(("salaries", "distance"), [([3, 4, 5], 0.375), ([6, 8, 11], 0.167)])
def test_t_closeness_gives_the_papers_example(salaries: list[int], distance: float) -> None:
    # Li et al. 2007, section 4.1: salaries 3k … 11k, the earth mover's distance of two classes
    rest = [s for s in range(3, 12) if s not in salaries]
    table = pd.DataFrame({"class": ["p"] * 3 + ["q"] * 6, "salary": salaries + rest})
    counts, column = release._sensitive_counts(table, ["class"], "salary")
    q, p = counts[0] / 3, np.full(9, 1 / 9)
    assert np.abs(np.cumsum(q - p)).sum() / 8 == pytest.approx(distance, abs=5e-4)
    assert column.role == "numeric"
    assert release.t_closeness(table, ["class"], "salary") >= distance - 5e-4


def test_release_names_unknown_columns() -> None:
    table = pd.DataFrame({"age": [1, 2]})
    with pytest.raises(DataError, match=r"got \['zip'\]"):
        release.k_anonymity(table, ["zip"])
    with pytest.raises(ParameterError, match="at least one column"):
        release.k_anonymity(table, [])


# --- a claimed ε ------------------------------------------------------------------------------


def test_a_correct_laplace_mechanism_passes_and_half_its_noise_fails() -> None:
    for seed in range(5):
        rng, n = np.random.default_rng(seed), 50_000
        right = audit.audit_epsilon(rng.laplace(0, 1, n), rng.laplace(1, 1, n), claimed=1.0)
        assert not right.violated
        assert right.lower_bound > 0.8  # the bound is not idle
        wrong = audit.audit_epsilon(rng.laplace(0, 0.5, n), rng.laplace(1, 0.5, n), claimed=1.0)
        assert wrong.violated
        assert wrong.lower_bound < 2.0  # the true ε


@pytest.mark.slow
def test_the_audit_raises_no_false_alarm_in_a_hundred() -> None:
    for seed in range(100):
        rng, n = np.random.default_rng(seed), 50_000
        result = audit.audit_epsilon(rng.laplace(0, 1, n), rng.laplace(1, 1, n), claimed=1.0)
        assert not result.violated


def test_delta_is_taken_off() -> None:
    rng, n = np.random.default_rng(0), 20_000
    a, b = np.where(rng.random(n) < 0.05, 9.0, 0.0), np.zeros(n)
    assert audit.audit_epsilon(a, b, claimed=0.1).violated
    assert not audit.audit_epsilon(a, b, claimed=0.1, delta=0.06).violated


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"claimed": 0.0}, "claimed must be"),
        ({"delta": 1.0}, "delta must lie"),
        ({"outputs": np.zeros(5)}, "at least 100 finite"),
        ({"outputs": np.full(200, np.inf)}, "not finite"),
    ],
)
def test_the_audit_refuses_nonsense(changes: dict, message: str) -> None:
    arguments = {"outputs": np.zeros(200), "neighbour_outputs": np.zeros(200), "claimed": 1.0}
    with pytest.raises(ParameterError, match=message):
        audit.audit_epsilon(**{**arguments, **changes})
