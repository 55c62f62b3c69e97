"""Networks as the core of a hybrid: what the refinements mend there, and what they keep."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import synthkit as sk
from synthkit.measure.fidelity import classifier_two_sample_test
from synthkit.techniques.hybrid import Hybrid, ParetoTails, QuantileMatch

CANCER = sk.load("breast_cancer").iloc[:, :10]


def area(table):
    """Return the mean C2ST area of three pieces as long as the real table."""
    n = len(CANCER)
    pieces = [table.iloc[k * n : (k + 1) * n].reset_index(drop=True) for k in range(3)]
    return np.mean([classifier_two_sample_test(CANCER, p, rng=k).auc for k, p in enumerate(pieces)])


@pytest.mark.slow
@pytest.mark.parametrize("core", ["VAE", "GAN"])
def test_a_network_as_the_core(core):
    pytest.importorskip("torch")
    hybrid = Hybrid(core=getattr(sk, core)(), refine=(QuantileMatch(), ParetoTails()))
    stages = hybrid.fit(CANCER, rng=0).stages(20_000, rng=1)
    before, after = stages["core"], stages["2. ParetoTails"]
    ks = [
        np.mean([stats.ks_2samp(rows[c], CANCER[c]).statistic for c in CANCER])
        for rows in (before, after)
    ]
    # 569 against 20,000 rows of one distribution are .035 apart on average; matched ones
    # as far as two samples of 20,000, .009, and the tails are new.
    assert ks[1] < 0.015
    assert ks[1] < ks[0]
    assert (after.max() > CANCER.max()).mean() > 0.5 > (before.max() > CANCER.max()).mean()
    assert not (after < 0).any(axis=None)
    change = stats.spearmanr(before).statistic - stats.spearmanr(after).statistic
    assert np.abs(change).max() < 0.01
    # The standard error of an area of 569 rows against 569 is .017; of a mean of three .01.
    assert area(after) < area(before) + 0.05
