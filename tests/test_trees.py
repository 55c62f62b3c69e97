"""Sequential trees: conditionals recovered, copies at leaf 1, none at leaf 20."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import synthkit as sk
from synthkit.errors import ParameterError
from synthkit.techniques.trees import FAILURES, Leaves, Trees, copied_share, draw, grow, leaf_of


def test_leaves_agree_with_scikit_learns_own_apply():
    from sklearn.tree import DecisionTreeRegressor

    rng = np.random.default_rng(0)
    codes = rng.integers(0, 30, (2_000, 4)).astype(np.int32)
    target = (codes[:, 0] + codes[:, 1] // 3 + rng.integers(0, 3, 2_000)).astype(np.int32)
    oracle = DecisionTreeRegressor(min_samples_leaf=20, random_state=0).fit(codes, target)
    tree = grow(codes, target, nominal=False, min_samples_leaf=20)
    fresh = rng.integers(0, 30, (5_000, 4)).astype(np.int32)
    assert (leaf_of(tree, fresh) == oracle.apply(fresh.astype(np.float32))).all()
    assert (np.sort(tree.donors) == np.sort(target)).all()
    assert tree.count[tree.count > 0].min() >= 20


def test_draws_follow_the_leafs_own_distribution():
    """A root split by one binary column: shares within 5σ of the donors' shares."""
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2, 4_000).astype(np.int32)
    y = np.where(x == 0, rng.integers(0, 2, 4_000), 2).astype(np.int32)
    tree = grow(x[:, None], y, nominal=True, min_samples_leaf=20)
    fresh = np.zeros((20_000, 1), dtype=np.int32)
    share = (draw(tree, fresh, rng) == 1).mean()
    assert share == pytest.approx((y[x == 0] == 1).mean(), abs=5 * 0.5 / np.sqrt(20_000))
    assert (draw(tree, fresh + 1, rng) == 2).all()
    # Donors of the wrong leaf would be seen at once.
    swapped = Leaves(*list(vars(tree).values())[:-1], donors=tree.donors[::-1])
    assert not (draw(swapped, fresh + 1, rng) == 2).all()


def test_keeps_relations_that_no_copula_knows():
    """A ring: uncorrelated, and hollow; the copula fills it, the trees don't."""
    rng = np.random.default_rng(0)
    angle, radius = rng.uniform(0, 2 * np.pi, 4_000), rng.normal(3, 0.1, 4_000)
    real = pd.DataFrame({"x": radius * np.cos(angle), "y": radius * np.sin(angle)})
    hollow = {
        name: (np.hypot(*fake.to_numpy().T) < 2).mean()
        for name, fake in {
            "trees": Trees().fit(real, rng=0).sample(4_000, rng=1),
            "copula": sk.MonteCarlo().fit(real, rng=0).sample(4_000, rng=1),
        }.items()
    }
    assert hollow["trees"] < 0.02 < 0.1 < hollow["copula"]


def test_margins_and_missingness_are_kept():
    real = sk.load("breast_cancer").assign(area=lambda t: t["area"].where(t["area"] < 1000))
    fake = Trees().fit(real, rng=0).sample(5_000, rng=1)
    assert fake["area"].isna().mean() == pytest.approx(real["area"].isna().mean(), abs=0.05)
    assert stats.ks_2samp(real["radius"], fake["radius"]).pvalue > 1e-4
    large = fake["area"].isna()  # missing exactly where the tumour is large
    assert fake["radius"][large].median() > fake["radius"][~large].max() * 0.8


@pytest.mark.parametrize("leaf", [0, -3, 2.5, True, "20"])
def test_bad_leaf_sizes_are_refused(leaf):
    with pytest.raises(ParameterError, match="min_samples_leaf"):
        Trees(min_samples_leaf=leaf).fit(sk.load("iris"))


def test_given_is_refused_with_a_way_out():
    with pytest.raises(ParameterError, match="MonteCarlo"):
        Trees().fit(sk.load("iris"), rng=0).sample(2, given={"species": "setosa"})


def test_one_row_in_a_leaf_copies_and_twenty_do_not():
    failure = FAILURES[0]
    for seed in range(3):
        assert failure.is_broken(failure.run(failure.broken_at, seed))
        assert not failure.is_broken(failure.run(failure.repair.value, seed))


def test_copied_share_counts_rows_not_cells():
    real = np.array([[1, 2], [3, 4]], dtype=np.int32)
    assert copied_share(np.array([[1, 2], [1, 4], [3, 4], [9, 9]], dtype=np.int32), real) == 0.5
