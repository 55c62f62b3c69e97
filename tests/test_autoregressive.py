"""MADE: no output sees its own column, sampling agrees with the density, categories are kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import ParameterError

torch = pytest.importorskip("torch")
from synthkit.techniques.autoregressive import Autoregressive, MaskedNetwork  # noqa: E402
from synthkit.techniques.torch_codes import Alphabet, draw_softmax, initialise  # noqa: E402


def network(sizes=(3, 4, 2, 5), hidden=32, seed=0):
    made = MaskedNetwork(Alphabet(sizes), hidden)
    initialise(made, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        made.embed.mul_(8)  # far from uniform
        made.outer.weight.mul_(8)
    return made


def test_a_columns_logits_depend_on_earlier_columns_only():
    made, rng = network(), np.random.default_rng(0)
    codes = torch.from_numpy(np.stack([rng.integers(0, k, 50) for k in made.alphabet.sizes], 1))
    before = torch.split(made(codes), made.alphabet.sizes, 1)
    for changed, size in enumerate(made.alphabet.sizes):
        other = codes.clone()
        other[:, changed] = (other[:, changed] + 1) % size
        after = torch.split(made(other), made.alphabet.sizes, 1)
        for j in range(changed + 1):
            assert torch.equal(before[j], after[j])
        if changed + 1 < len(before):
            assert not torch.allclose(before[changed + 1], after[changed + 1])


def test_the_density_sums_to_one_and_draws_follow_it():
    """All 120 rows of a small alphabet: Σp = 1, and 200,000 draws agree by a χ² test."""
    from scipy import stats

    made = network()
    grid = torch.cartesian_prod(*[torch.arange(k) for k in made.alphabet.sizes])
    with torch.no_grad():
        p = (-made.alphabet.cross_entropy(made(grid), grid)).exp().double().numpy()
    assert p.sum() == pytest.approx(1, abs=1e-5)
    n = 200_000
    drawn = made.draw(n, torch.Generator().manual_seed(1))
    weights = torch.tensor([4 * 2 * 5, 2 * 5, 5, 1])
    counts = np.bincount((drawn * weights).sum(1).numpy(), minlength=len(p))
    common = p * n >= 5
    observed, expected = counts[common], p[common] * n
    z2 = ((observed - expected) ** 2 / expected).sum()
    assert stats.chi2(common.sum()).sf(z2) > 1e-4
    shuffled = counts[np.random.default_rng(0).permutation(len(counts))][common]
    assert (np.abs(shuffled - p[common] * n) > 6 * np.sqrt(p[common] * n)).any()


def test_draw_softmax_has_the_softmaxs_shares():
    logits = torch.tensor([[0.0, 1.0, 2.0]]).repeat(100_000, 1)
    shares = np.bincount(draw_softmax(logits, torch.Generator().manual_seed(0)).numpy()) / 100_000
    assert shares == pytest.approx(
        torch.softmax(logits[0], 0).numpy(), abs=5 * 0.5 / np.sqrt(100_000)
    )


def test_learns_what_no_copula_can():
    """x xor y: uncorrelated pairs, but z is decided by both."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 2, (2, 4_000))
    real = pd.DataFrame({"x": x, "y": y, "z": x ^ y}).astype(str)
    fake = Autoregressive(hidden=32).fit(real, rng=0).sample(4_000, rng=1).astype(int)
    assert ((fake["x"] ^ fake["y"]) == fake["z"]).mean() > 0.98
    copula = sk.MonteCarlo().fit(real, rng=0).sample(4_000, rng=1).astype(int)
    assert ((copula["x"] ^ copula["y"]) == copula["z"]).mean() < 0.6


def test_the_loss_falls_and_records_are_yielded():
    records = list(Autoregressive(epochs=30).iter_fit(sk.load("breast_cancer"), rng=0))
    assert [r.epoch for r in records] == list(range(30))
    assert records[-1].loss < records[0].loss - 3


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"learning_rate": float("nan")}, {"batch_size": -5}]
)
def test_bad_settings_are_named(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Autoregressive(**wrong).fit(sk.load("iris"))
