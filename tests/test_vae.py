"""The VAE against probabilistic PCA, closed forms, and its own declared failures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import DataError, ParameterError

torch = pytest.importorskip("torch")
from synthkit.techniques import vae as v  # noqa: E402
from synthkit.techniques import vae_failures as vf  # noqa: E402
from synthkit.techniques.torch_memory import membership_auc  # noqa: E402
from synthkit.techniques.vae import VAE  # noqa: E402


def standardised_wine():
    from sklearn.datasets import load_wine

    x = load_wine().data
    return (x - x.mean(0)) / x.std(0)


def ppca(x, q):
    """Tipping & Bishop (1999): maximum likelihood W (d, q) and σ²."""
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    values, vectors = values[::-1], vectors[:, ::-1]
    noise = values[q:].mean()
    return vectors[:, :q] * np.sqrt(values[:q] - noise), noise


@pytest.mark.parametrize(
    ("q", "elbo", "noise"), [(2, -16.155260, 0.527016), (3, -15.701792, 0.435110)]
)
def test_linear_vae_at_its_optimum_is_probabilistic_pca(q, elbo, noise):
    """With W from pPCA our terms add up to pPCA's log-likelihood, exactly.

    E over q(z|x) of a quadratic is the mean over the 2q points μ ± √q σₖ eₖ.
    """
    x = standardised_wine()
    w, variance = ppca(x, q)
    assert variance == pytest.approx(noise, abs=1e-5)
    network = v.Network(x.shape[1], None, q, hidden=0).double()
    m = w.T @ w + variance * np.eye(q)
    with torch.no_grad():
        for p in network.parameters():
            p.zero_()
        network.encoder[0].weight[:q] = torch.from_numpy(np.linalg.solve(m, w.T))
        network.encoder[0].bias[q:] = torch.from_numpy(np.log(variance / np.diag(m)))
        network.decoder[0].weight.copy_(torch.from_numpy(w))
        network.log_variance.fill_(np.log(variance))
        rows = torch.from_numpy(x)
        mean, log_var = network.encode(rows)
        kl = v.kl_to_standard_normal(mean, log_var).sum(1)
        points = [
            mean + s * np.sqrt(q) * (log_var / 2).exp() * torch.eye(q)[k]
            for k in range(q)
            for s in (1, -1)
        ]
        fit = torch.stack([network.log_likelihood(rows, z) for z in points]).mean(0)
        assert float((fit - kl).mean()) == pytest.approx(elbo, abs=1e-4)
        wrong = float((fit - 2 * kl).mean())  # a doubled KL would not do
    assert wrong < elbo - 1


def test_training_the_linear_vae_finds_that_optimum():
    table = pd.DataFrame(standardised_wine())
    synth = VAE(likelihood="gaussian", hidden=0, latent_dim=2, epochs=600, batch_size=178,
                learning_rate=0.02, warm_up=0.0).fit(table, rng=0)  # fmt: skip
    # The last epoch's ELBO is one draw of z for 178 rows: its standard error is about .03.
    assert synth.elbo_ == pytest.approx(-16.155, abs=0.2)
    assert synth.network_.log_variance.exp().item() == pytest.approx(0.527, abs=0.05)


def test_kl_against_the_closed_form_and_monte_carlo():
    rng = np.random.default_rng(0)
    mean, sd = 0.7, 1.3
    kl = float(v.kl_to_standard_normal(torch.tensor(mean), torch.tensor(2 * np.log(sd))))
    z = mean + sd * rng.standard_normal(400_000)
    logs = -0.5 * ((z - mean) / sd) ** 2 - np.log(sd) + 0.5 * z**2
    assert kl == pytest.approx(logs.mean(), abs=5 * logs.std() / np.sqrt(len(z)))


def test_free_bits_and_warm_up():
    kl = torch.tensor([[0.1, 1.0], [0.3, 3.0]])
    assert float(v.penalty(kl, 1.0, 0.0)) == pytest.approx(2.2)
    assert float(v.penalty(kl, 2.0, 0.5)) == pytest.approx(2 * 2.5)
    assert v.beta_at(0, 100, 4.0, 0.5) == pytest.approx(4 / 50)
    assert v.beta_at(60, 100, 4.0, 0.5) == v.beta_at(0, 100, 4.0, 0.0) == 4.0


@pytest.mark.parametrize(("beta", "active"), [(1, 3), (2, 2), (4, 1), (8, 0)])
def test_posterior_collapse_follows_theory(beta, active):
    """A unit lives only where λ > βσ² (Lucas et al. 2019); σ² = 1 is held fixed."""
    x = standardised_wine()
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    assert eigenvalues[:3] == pytest.approx([4.706, 2.497, 1.446], abs=1e-3)
    assert (eigenvalues > beta).sum() == active
    assert [max(0, 0.5 * np.log(e)) for e in eigenvalues[:3]] == pytest.approx(
        [0.774, 0.458, 0.184], abs=1e-3
    )


def test_samples_a_mixed_table_better_than_independence():
    from synthkit.measure.fidelity import pair_trends

    real = sk.load("breast_cancer")
    fake = VAE(epochs=60).fit(real, rng=0).sample(2_000, rng=1)
    apart = sk.MonteCarlo(copula="independent").fit(real, rng=0).sample(2_000, rng=1)
    assert pair_trends(real, fake)["score"].mean() > pair_trends(real, apart)["score"].mean() + 0.1


def test_mean_only_sampling_loses_spread_and_outliers():
    """Over three seeds: without the likelihood's noise the standard deviation shrinks."""
    real = sk.load("breast_cancer").iloc[:, :10]
    for seed in range(3):
        ratio, tail = {}, {}
        for noise in (True, False):
            synth = VAE(likelihood="gaussian", latent_dim=2, epochs=60, batch_size=64,
                        prior="aggregate", likelihood_noise=noise).fit(real, rng=seed)  # fmt: skip
            fake = synth.sample(4_000, rng=seed)
            ratio[noise] = float((fake.std() / real.std()).mean())
            tail[noise] = float((fake > real.quantile(0.99)).to_numpy().mean())
        assert ratio[False] < ratio[True] < 1.1
        assert tail[False] < tail[True]


@pytest.mark.parametrize("prior", ["mixture", "aggregate", "standard"])
def test_every_prior_samples(prior):
    synth = VAE(prior=prior, epochs=3).fit(sk.load("iris"), rng=0)
    assert synth.sample(10, rng=0).shape == (10, 5)


def test_records_show_what_a_learner_should_see():
    records = list(VAE(epochs=4, latent_dim=3).iter_fit(sk.load("iris"), rng=0))
    assert [r.epoch for r in records] == [0, 1, 2, 3]
    assert records[0].beta < records[-1].beta == 1.0
    assert records[-1].kl.shape == (3,)
    assert records[-1].cloud.shape == (150, 2)
    assert records[-1].elbo == pytest.approx(
        records[-1].reconstruction - records[-1].kl.sum(), abs=1e-4
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0}, {"epochs": -1}, {"learning_rate": float("nan")}, {"learning_rate": -1},
        {"batch_size": 0}, {"latent_dim": 0}, {"beta": -1}, {"warm_up": 2}, {"prior": "x"},
        {"likelihood": "x"}, {"free_bits": -1},
    ],
)  # fmt: skip
def test_bad_settings_are_named(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        VAE(**wrong).fit(sk.load("iris"))


def test_gaussian_likelihood_says_what_it_cannot_do():
    with pytest.raises(DataError, match=r"'species'.*likelihood='codes'"):
        VAE(likelihood="gaussian").fit(sk.load("iris"))
    gaps = pd.DataFrame({"a": [1.5, np.nan, 2.5] * 9, "b": np.arange(27.0) ** 2})
    with pytest.raises(DataError, match=r"got \['a'\].*likelihood='codes'"):
        VAE(likelihood="gaussian").fit(gaps)


# --- failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["posterior_collapse", "lost_outliers", "lost_category"])
def test_failures_break_and_heal_on_every_seed(name):
    failure = sk.failures()[f"vae.{name}"]
    for seed in range(3):
        assert failure.is_broken(failure.run(failure.broken_at, seed)), seed
        assert not failure.is_broken(failure.run(failure.repair.value, seed)), seed


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vae.memorised", "autoregressive.memorised"])
def test_the_membership_attack_succeeds_only_after_many_epochs(name):
    failure = sk.failures()[name]
    for seed in range(3):
        assert failure.indicator(failure.run(failure.broken_at, seed)) > 0.9
        assert not failure.is_broken(failure.run(failure.repair.value, seed)), seed


def test_membership_auc_knows_copies_from_fresh_rows():
    """Copies: 1. Fresh rows of the same law: ½ within 5 standard errors, 5 · √(1/(12·200) · 2)."""
    rng = np.random.default_rng(0)
    members, controls, fresh = rng.normal(size=(3, 200, 3))
    assert membership_auc(members, controls, members) == pytest.approx(1)
    assert membership_auc(members, controls, fresh) == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("beta", [1.0, 2.0, 4.0, 8.0])
def test_a_trained_linear_vae_carries_what_theory_says(beta):
    """KL_j = max(0, ½ ln(λ_j/βσ²)); the figure is a mean over 178 rows at the end of a training.

    The optimum is flat: a gradient noise of a few hundredths of a nat is left at these settings.
    """
    trace = vf.collapse_trace(beta, 0)
    theory = vf.optimal_kl(vf.variances(vf.wine())[: vf.UNITS], beta, vf.NOISE_VARIANCE)
    kl = next(m for m in trace.frames[-1].marks["units"] if m["label"] == "measured")["y"]
    assert np.array(kl) == pytest.approx(theory, abs=0.05)
    assert trace.last("kl") == pytest.approx(theory.sum(), abs=0.08)
    assert (theory > 0).sum() == {1: 3, 2: 2, 4: 1, 8: 0}[beta]
    other = vf.optimal_kl(vf.variances(vf.wine())[: vf.UNITS], 0.5 * beta, vf.NOISE_VARIANCE)
    assert abs(trace.last("kl") - other.sum()) > 0.08  # half the β would not fit


@pytest.mark.slow
def test_nonlinear_collapse_on_digits_and_free_bits():
    """The larger β, the fewer of 10 units stay active, down to none; free bits revive them."""
    from sklearn.datasets import load_digits

    digits = load_digits().data / 16
    digits = pd.DataFrame(digits[:, digits.std(0) > 0])

    def last(**settings):
        synth = VAE(likelihood="gaussian", latent_dim=10, epochs=60, noise_variance=0.5,
                    warm_up=0.0, prior="standard", **settings)  # fmt: skip
        return list(synth.iter_fit(digits, rng=0))[-1]

    records = [last(beta=beta) for beta in (1, 4, 10, 20, 100)]
    active = [record.active_units for record in records]
    assert active == sorted(active, reverse=True)
    assert active[0] >= 8
    assert active[-1] == 0
    assert records[-1].kl.sum() < 0.05
    freed = last(beta=100, free_bits=0.25)
    assert freed.kl.sum() == pytest.approx(2.5, abs=0.5)
    assert freed.active_units == 10
