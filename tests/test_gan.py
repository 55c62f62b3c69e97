"""The GAN against closed forms, a coded table, conditions, and its own declared failures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import synthkit as sk
from synthkit.errors import DataError, DataWarning, ParameterError

torch = pytest.importorskip("torch")
from synthkit.techniques import gan as g  # noqa: E402
from synthkit.techniques import gan_measures as m  # noqa: E402
from synthkit.techniques.gan import GAN  # noqa: E402
from synthkit.techniques.gan_rows import soft_codes  # noqa: E402
from synthkit.techniques.torch_numbers import table_of  # noqa: E402

X = np.linspace(-12, 20, 64_001)
CELL = X[1] - X[0]


def normal(mean):
    return np.exp(-((X - mean) ** 2) / 2) / np.sqrt(2 * np.pi)


# --- exact results ------------------------------------------------------------------------------


@pytest.mark.parametrize(("d", "jsd"), [(1, 0.1114), (2, 0.3368), (4, 0.6327), (8, 0.6931)])
def test_jensen_shannon_table_and_the_optimal_loss(d, jsd):
    """The loss of D*, integrated with our own loss, is 2 log 2 − 2 JSD; any other D's is larger."""
    p, q = normal(0), normal(d)
    assert m.jensen_shannon(p, q, CELL) == pytest.approx(jsd, abs=1e-4)
    best = m.optimal_discriminator(p, q)

    def loss(probability):
        score = torch.from_numpy(np.log(probability) - np.log1p(-probability))[:, None]
        both = [  # our mean over rows, weighted by the densities
            g.discriminator_loss("nonsaturating", s, torch.full_like(s, -1e3)).item() * w
            + g.discriminator_loss("nonsaturating", torch.full_like(s, 1e3), s).item() * v
            for s, w, v in zip(score[::64, None], p[::64], q[::64])
        ]
        return sum(both) * CELL * 64

    clipped = best.clip(1e-12, 1 - 1e-12)
    assert loss(clipped) == pytest.approx(m.optimal_loss(jsd), abs=1e-3)
    assert loss(clipped * 0.8 + 0.1) > m.optimal_loss(jsd) + 1e-3


@pytest.mark.parametrize(("objective", "push"), [("saturating", 0.01), ("nonsaturating", 0.99)])
def test_the_vanishing_gradient_at_one_percent(objective, push):
    score = torch.tensor([[np.log(0.01 / 0.99)]], requires_grad=True)
    torch.autograd.backward(g.generator_loss(objective, torch.zeros(1, 1), score))
    assert abs(score.grad.item()) == pytest.approx(push, abs=1e-6)


def test_the_relativistic_game_is_won_by_the_log_odds_and_any_constant():
    """On three places with known shares, E softplus(D(y) − D(x)) has slope 0 at log p/g + c."""
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.2, 0.6])

    def slope(score):
        score = score.clone().requires_grad_(True)
        pairs = torch.nn.functional.softplus(score[None, :] - score[:, None])  # (real, fake)
        torch.autograd.backward((p[:, None] * q[None, :] * pairs).sum())
        return score.grad.abs().max().item()

    assert slope((p / q).log() + 3.0) < 1e-6
    assert slope(p / q) > 1e-2
    real, fake = torch.tensor([[1.0]]), torch.tensor([[0.5]])
    assert g.discriminator_loss("relativistic", real, fake) == pytest.approx(np.log1p(np.exp(-0.5)))
    assert g.generator_loss("relativistic", real, fake) == pytest.approx(np.log1p(np.exp(0.5)))


def test_the_penalty_of_a_linear_discriminator_is_its_squared_slope():
    w = torch.tensor([[3.0], [4.0]])
    x, y = torch.randn(5, 2), torch.randn(7, 2)
    assert g.penalty(lambda rows: rows @ w, x, y, gamma=0.5).item() == pytest.approx(0.5 * 25)


def test_soft_codes_are_draws_from_the_softmax():
    """Their largest entry is a class with the softmax's share: 5σ of 40,000 draws."""
    n, logits = 40_000, torch.tensor([0.0, 1.0, 2.0, 0.5, -0.5])
    stream = torch.Generator().manual_seed(0)
    gumbel = -torch.empty(n, 5).exponential_(generator=stream).log()
    soft = soft_codes(logits.repeat(n, 1), gumbel, [3, 2])
    for part, some in ((soft[:, :3], logits[:3]), (soft[:, 3:], logits[3:])):
        assert part.sum(1).numpy() == pytest.approx(1, abs=1e-5)
        shares = np.bincount(part.argmax(1).numpy(), minlength=len(some)) / n
        assert shares == pytest.approx(torch.softmax(some, 0).numpy(), abs=2.5 / np.sqrt(n))
    flat = soft_codes(torch.zeros(n, 5), gumbel, [3, 2])[:, :3].argmax(1).numpy()
    assert abs((flat == 2).mean() - torch.softmax(logits[:3], 0)[2]) > 0.2


def test_the_average_forgets_at_its_rate():
    mean, now = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    with torch.no_grad():
        mean.weight.fill_(0.0)
        now.weight.fill_(1.0)
    for _ in range(10):
        g.average(mean, now, 0.9)
    assert mean.weight.item() == pytest.approx(1 - 0.9**10, abs=1e-6)


# --- measures -----------------------------------------------------------------------------------


def test_the_distance_is_that_of_the_tables_of_all_pairs():
    """Σ‖P − Q‖² counted cell by cell, less the share of rows that meet themselves."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 3, (60, 4)), rng.integers(0, 3, (50, 4)) % 2

    def table(rows, j, k):
        return np.histogram2d(rows[:, j], rows[:, k], bins=[range(4), range(4)])[0]

    expected = []
    for j in range(4):
        for k in range(j):
            s, t = table(a, j, k), table(b, j, k)
            n, o = len(a), len(b)
            within = (s**2 - s).sum() / (n * (n - 1)) + (t**2 - t).sum() / (o * (o - 1))
            expected.append(within - 2 * (s * t).sum() / (n * o))
    assert m.pair_distance(a, b) == pytest.approx(np.mean(expected), abs=1e-12)
    s, t = (np.bincount(rows[:, 0], minlength=3) for rows in (a, b))  # one column: its shares
    alone = ((s**2 - s).sum() / (60 * 59) + (t**2 - t).sum() / (50 * 49)) - 2 * (s @ t) / 3_000
    assert m.pair_distance(a[:, :1], b[:, :1]) == pytest.approx(alone, abs=1e-12)
    assert m.pair_distance(a[:, :0], b[:, :0]) == 0  # a table of constants has no codes


def test_the_distance_of_alike_rows_is_zero_on_average():
    rng = np.random.default_rng(0)
    draws = [
        m.pair_distance(rng.integers(0, 4, (80, 3)), rng.integers(0, 4, (80, 3)))
        for _ in range(200)
    ]
    assert abs(np.mean(draws)) < 5 * np.std(draws) / np.sqrt(200)
    apart = m.pair_distance(rng.integers(0, 4, (80, 3)), rng.integers(0, 2, (80, 3)))
    assert apart > 5 * np.std(draws)


def test_modes_of_real_points_and_of_a_collapse():
    """Real points: within 3σ of their centre with probability 1 − exp(−9/2) = .9889."""
    n = 20_000
    for truth, k in (("ring", 8), ("grid", 25)):
        modes = m.modes_of(m.points_of(truth, n, 0).to_numpy(), truth)
        assert (modes.found, modes.visited, modes.of) == (k, k, k)
        share = 1 - np.exp(-4.5)
        sigma = np.sqrt(share * (1 - share) / n)
        assert modes.quality == pytest.approx(share, abs=5 * sigma)
        assert modes.kl_to_uniform < 5e-3
    one = m.modes_of(np.tile([[2.0, 0.0]], (100, 1)), "ring")
    assert (one.found, one.visited) == (1, 1)
    assert one.kl_to_uniform == pytest.approx(np.log(8))
    with pytest.raises(ParameterError, match="truth must be one of"):
        m.points_of("spiral", 10)


def test_the_field_marks_a_discriminator_against_the_optimum():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(20_000, 2))
    fake = rng.normal(loc=(1.0, 0.0), size=(20_000, 2))

    def log_odds(x):
        return 0.5 - x[:, 0]

    best = m.discriminator_field(log_odds, real, fake, centred=False)
    blind = m.discriminator_field(lambda x: np.zeros(len(x)), real, fake, centred=False)
    assert best.distance_to_optimum < 0.08 < 0.15 < blind.distance_to_optimum
    shifted = m.discriminator_field(lambda x: log_odds(x) + 9, real, fake, centred=True)
    assert shifted.distance_to_optimum == pytest.approx(best.distance_to_optimum, abs=0.01)
    assert best.values.shape == (30, 30)
    assert best.values[15, 0] > 0.9 > 0.1 > best.values[15, -1]  # real at the left


# --- on tables ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def patients():
    rng = np.random.default_rng(0)
    n = 1_500
    ill = rng.random(n) < 0.2
    return pd.DataFrame({
        "state": np.where(ill, "ill", "well"),
        "ward": np.where(rng.random(n) < 0.9, np.where(ill, "A", "B"), "C"),
        "marker": np.where(rng.random(n) < 0.1, np.nan, (rng.normal(size=n) + 4 * ill).round(2)),
        "visits": rng.poisson(1 + 3 * ill),
    })  # fmt: skip


@pytest.fixture(scope="module")
def fitted(patients):
    return GAN(epochs=120, hidden=64, latent_dim=16).fit(patients, rng=0)


def test_relations_between_columns_are_learnt(patients, fitted):
    fake = fitted.sample(6_000, rng=1)
    ill = fake["state"] == "ill"
    assert ill.mean() == pytest.approx(0.2, abs=0.06)
    assert fake["marker"].isna().mean() == pytest.approx(0.1, abs=0.05)
    assert fake["marker"][ill].median() - fake["marker"][~ill].median() > 2.5  # 4 in truth
    assert (fake["ward"][ill] == "A").mean() > 0.6 > 0.2 > (fake["ward"][~ill] == "A").mean()


def test_rows_with_given_values(patients, fitted):
    fake = fitted.sample(400, rng=1, given={"state": "ill"})
    assert (fake["state"] == "ill").all()
    assert fake["marker"].median() > 2.5
    fake = fitted.sample(50, rng=1, given={"state": "ill", "ward": "C", "marker": None})
    assert (fake["ward"] == "C").all() and fake["marker"].isna().all()
    assert (fitted.sample(50, rng=1, given={"visits": 2})["visits"] == 2).all()
    assert (fitted.sample(20, rng=1, given={"marker": 0.25})["marker"] == 0.25).all()


def test_what_cannot_be_given_is_named(fitted, monkeypatch):
    with pytest.raises(DataError, match=r"'state'.*'dead'"):
        fitted.sample(5, given={"state": "dead"})
    with pytest.raises(DataError, match="'nowhere'"):
        fitted.sample(5, given={"nowhere": 1})
    with pytest.raises(DataError, match=r"'state' must have missing values"):
        fitted.sample(5, given={"state": None})
    monkeypatch.setattr(
        "synthkit.techniques.gan_rows.Alphabet.draw",
        lambda self, out, stream: torch.zeros(len(out), len(self.sizes), dtype=torch.long),
    )
    with pytest.raises(ParameterError, match="given must be less rare"):
        fitted.sample(2, given={"ward": "C"})


def test_points_keep_dtypes_and_refuse_categories(patients):
    table = pd.DataFrame({"a": np.arange(200), "b": np.linspace(0, 1, 200).astype(np.float32)})
    synth = GAN(encoding="points", epochs=2).fit(table, rng=0)
    assert list(synth.sample(5, rng=0).dtypes) == [np.dtype("int64"), np.dtype("float32")]
    with pytest.raises(ParameterError, match="encoding='points'"):
        synth.sample(3, given={"a": 4})
    with pytest.raises(DataError, match=r"'state'.*encoding='codes'"):
        GAN(encoding="points", epochs=1).fit(patients)


@pytest.mark.parametrize(
    "synth",
    [GAN(encoding="points", epochs=2), sk.VAE(likelihood="gaussian", epochs=2)],
    ids=["gan", "vae"],
)
def test_rows_of_numbers_keep_every_kind_of_whole_number(synth):
    """Whatever a network makes stays in the range of its dtype, and none wraps around."""
    n = 200
    table = pd.DataFrame({
        "small": np.arange(n).astype(np.uint8) % 2,  # half of what is made lies beyond its ends
        "wide": np.linspace(-9e18, 9e18, n).astype(np.int64),
        "maybe": pd.array(np.arange(n), dtype="Int64"),
        "real": pd.array(np.linspace(0, 1, n), dtype="Float64"),
    })  # fmt: skip
    fake = synth.fit(table, rng=0).sample(2_000, rng=0)
    assert fake.dtypes.tolist() == table.dtypes.tolist()
    numbers = np.array([[-3.0, -1e19, 2.4, 0.5], [900.0, 1e19, 2.6, 0.5]])
    ends = table_of(synth.encoder_, numbers)
    assert ends["small"].tolist() == [0, 255]
    assert (ends["wide"].iloc[0], ends["wide"].iloc[1]) == (-(2**63), 2**63 - 1024)
    assert ends["maybe"].tolist() == [2, 3]
    assert fake["small"].max() < 9  # a −1 that wraps around is a 255


@pytest.mark.parametrize(
    "synth",
    [GAN(encoding="points", epochs=2), sk.VAE(likelihood="gaussian", epochs=2)],
    ids=["gan", "vae"],
)
def test_one_row_constants_and_an_empty_column_of_numbers(synth):
    one = pd.DataFrame({"a": [1.5], "b": [2]})
    with pytest.warns(DataWarning, match="one row"):
        fake = clone(synth).fit(one, rng=0).sample(4, rng=0)
    pd.testing.assert_frame_equal(fake, pd.concat([one] * 4, ignore_index=True))
    table = pd.DataFrame({"same": [7] * 40, "none": [np.nan] * 40, "x": np.arange(40.0)})
    for some in (table, table[["same", "none"]]):
        with pytest.warns(DataWarning, match="none"):
            fake = clone(synth).fit(some, rng=0).sample(25, rng=0)
        assert fake.dtypes.tolist() == some.dtypes.tolist()
        assert (fake["same"] == 7).all()
        assert fake["none"].isna().all()


def test_a_hundred_thousand_levels_need_no_hundred_thousand_columns():
    n = 150_000
    level = np.random.default_rng(0).integers(0, 100_000, n)
    table = pd.DataFrame({"level": pd.Series(level).map("L{}".format), "x": level % 7})
    synth = GAN(epochs=1, batch_size=5_000, hidden=16)
    fake = synth.fit(table, rng=0).sample(2_000, rng=0)
    assert synth.network_["generator"].last.out_features < 400
    assert fake["level"].nunique() > 1_000


# --- training -----------------------------------------------------------------------------------


def test_records_show_what_a_learner_should_see():
    real = m.points_of("ring", 600, 0)
    synth = GAN(encoding="points", truth="ring", epochs=4, batch_size=200, record_every=6)
    records = list(synth.iter_fit(real, rng=0))
    assert [(r.epoch, r.step) for r in records] == [(0, 6), (1, 12)]
    last = records[-1]
    assert last.cloud.shape == (500, 2)
    assert last.modes.of == 8
    assert last.field.values.shape == (30, 30)
    assert 0 <= last.field.distance_to_optimum <= 1
    assert last.generator_gradient > 0 < last.discriminator_gradient
    assert last.distance == synth.distance_
    with pytest.raises(AttributeError):
        last.step = 0


@pytest.mark.parametrize("learner", ["generator", "discriminator"])
def test_one_player_alone_may_learn(learner):
    synth = GAN(encoding="points", epochs=3, record_every=1, batch_size=100, learning=learner)
    steps = synth.iter_fit(m.points_of("ring", 100, 0), rng=0)
    next(steps)
    before = {k: w.clone() for k, w in synth.network_.state_dict().items()}
    next(steps)
    moved = {
        key.split(".")[0]
        for key, weight in synth.network_.state_dict().items()
        if not torch.equal(before[key], weight)
    }
    assert moved == ({"generator", "average"} if learner == "generator" else {"discriminator"})


def test_stopping_early_goes_back_to_the_smallest_distance(patients):
    synth = GAN(epochs=50, learning_rate=1e-9, patience=3, hidden=8)  # learns nothing
    records = list(synth.iter_fit(patients, rng=0))
    assert len(records) < 50
    distances = [record.distance for record in records]
    assert synth.distance_ == min(distances)
    assert len(records) - 1 - int(np.argmin(distances)) == 3
    assert len(list(GAN(epochs=8, learning_rate=1e-9, hidden=8).iter_fit(patients, rng=0))) == 8


@pytest.mark.parametrize("objective", ["saturating", "nonsaturating", "relativistic"])
@pytest.mark.parametrize("pack", [1, 3])
def test_every_game_trains_and_samples(objective, pack, patients):
    synth = GAN(objective=objective, pack=pack, batch_size=300, epochs=2).fit(patients, rng=0)
    assert len(synth.sample(10, rng=0)) == 10


def test_packing_in_a_small_table_rounds_the_batch_down():
    table = sk.load("iris").iloc[:50]
    synth = GAN(pack=4, batch_size=400, epochs=2).fit(table, rng=0)
    assert len(synth.sample(5, rng=0)) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"pack": 3}, {"pack": 0}, {"objective": "x"}, {"encoding": "x"}, {"gamma": -1},
        {"gamma": float("nan")}, {"discriminator_ratio": 0}, {"betas": (0.5, 1.0)},
        {"averaging": 1.0}, {"latent_dim": 0}, {"hidden": 2.5}, {"patience": 0},
        {"record_every": 0}, {"learning": "x"}, {"truth": "x"},
    ],
)  # fmt: skip
def test_bad_settings_are_named(wrong):
    with pytest.raises(ParameterError, match=f"^{next(iter(wrong))} must be .*; got "):
        GAN(**wrong).fit(sk.load("iris"))


# --- failures -----------------------------------------------------------------------------------

QUICK = ("gan.vanishing_gradient", "gan.divergence")


def both_ends(name, seeds):
    failure = sk.failures()[name]
    for seed in seeds:
        assert failure.is_broken(failure.run(failure.broken_at, seed)), (name, seed)
        assert not failure.is_broken(failure.run(failure.repair.value, seed)), (name, seed)


@pytest.mark.parametrize("name", QUICK)
def test_failures_break_and_heal(name):
    both_ends(name, range(3))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gan.mode_collapse", "gan.memorised", "gan.rare_lost"])
def test_slow_failures_break_and_heal(name):
    both_ends(name, range(3))
