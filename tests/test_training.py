"""Training of the networks: watched, stopped, saved, taken up again, and what goes wrong."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import DataError, DataWarning, DivergedError, NotFittedError, ParameterError

torch = pytest.importorskip("torch")
from synthkit.techniques import torch_training as t  # noqa: E402

NETWORKS = sorted(
    name for name, cls in sk.techniques().items() if issubclass(cls, t.TorchSynthesizer)
)


@pytest.fixture(params=NETWORKS)
def cls(request):
    return sk.techniques()[request.param]


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(0)
    n = 200
    size = rng.normal(size=n).round(2)
    return pd.DataFrame({
        "size": size,
        "count": rng.poisson(3, n),
        "city": np.where(size > 0, "Rome", rng.choice(["Oslo", "Lima"], n)),
        "score": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
    })  # fmt: skip


# --- watch, stop, resume ------------------------------------------------------------------------


def test_ten_epochs_are_four_a_save_and_six(cls, mixed, tmp_path):
    """The same bytes: of the whole saved file, and of a sample."""
    straight = cls(epochs=10).fit(mixed, rng=3)
    stopped = cls(epochs=10)
    for number, _ in enumerate(stopped.iter_fit(mixed, rng=3), start=1):
        if number == 4:
            break
    stopped.save(tmp_path / "four")
    resumed = sk.load_technique(tmp_path / "four")
    records = list(resumed.iter_resume(mixed))
    assert [record.epoch for record in records] == [4, 5, 6, 7, 8, 9]
    straight.save(tmp_path / "straight")
    resumed.save(tmp_path / "resumed")
    assert (tmp_path / "straight").read_bytes() == (tmp_path / "resumed").read_bytes()
    pd.testing.assert_frame_equal(straight.sample(50, rng=0), resumed.sample(50, rng=0))
    assert list(resumed.iter_resume(mixed)) == []  # nothing is left to do


@pytest.mark.parametrize("forgotten", ["generator", "optimisers", "step"])
def test_resuming_needs_all_that_is_saved(forgotten, mixed):
    """The partner: without the generator, the moments or the step the bytes differ."""
    straight = sk.VAE(epochs=6).fit(mixed, rng=3)
    stopped = sk.VAE(epochs=6)
    steps = stopped.iter_fit(mixed, rng=3)
    next(steps)
    fresh = stopped.run_
    next(steps)
    next(steps)
    stopped.run_[forgotten] = fresh[forgotten]  # as they were after the first epoch
    stopped.resume(mixed)
    same = [
        np.array_equal(a.detach(), b.detach())
        for a, b in zip(straight.network_.parameters(), stopped.network_.parameters())
    ]
    assert not all(same)


def test_pausing_changes_nothing_and_the_model_can_be_used_meanwhile(cls, mixed):
    straight = cls(epochs=4).fit(mixed, rng=3).sample(30, rng=0)
    paused = cls(epochs=4)
    for _ in paused.iter_fit(mixed, rng=3):
        assert len(paused.sample(5, rng=1)) == 5
    pd.testing.assert_frame_equal(straight, paused.sample(30, rng=0))


def test_more_epochs_may_follow(cls, mixed):
    synth = cls(epochs=2).fit(mixed, rng=0)
    synth.set_params(epochs=5)
    assert [record.epoch for record in synth.iter_resume(mixed)] == [2, 3, 4]


def test_resume_asks_for_the_same_table(cls, mixed):
    synth = cls(epochs=2).fit(mixed, rng=0)
    with pytest.raises(DataError, match="the order of its rows"):
        synth.resume(mixed.iloc[::-1])
    with pytest.raises(DataError, match="missing"):
        synth.resume(mixed[["size"]])
    with pytest.raises(NotFittedError):
        cls().resume(mixed)


# --- what goes wrong ------------------------------------------------------------------------------


def fails_in_step(monkeypatch, cls, number, action):
    """Let the ``number``-th gradient step do something else."""
    honest, count = cls._step, iter(range(10**6))
    monkeypatch.setattr(
        cls,
        "_step",
        lambda self, run, batch: action() if next(count) == number else honest(self, run, batch),
    )


def interrupt():
    raise KeyboardInterrupt


def test_control_c_leaves_the_last_completed_step(cls, mixed, monkeypatch):
    whole = cls(epochs=5, batch_size=50)
    records = whole.iter_fit(mixed, rng=1)
    next(records)
    after_one = whole.sample(20, rng=0)
    steps = whole.run_["step"]
    fails_in_step(monkeypatch, cls, steps + 1, interrupt)  # in the middle of the second epoch
    stopped = cls(epochs=5, batch_size=50)
    with pytest.warns(DataWarning, match="after epoch 0"), pytest.raises(KeyboardInterrupt):
        stopped.fit(mixed, rng=1)
    pd.testing.assert_frame_equal(after_one, stopped.sample(20, rng=0))
    monkeypatch.undo()
    pd.testing.assert_frame_equal(
        stopped.resume(mixed).sample(20, rng=0),
        cls(epochs=5, batch_size=50).fit(mixed, rng=1).sample(20, rng=0),
    )


def test_control_c_before_the_first_step_leaves_no_model(cls, mixed, monkeypatch):
    synth = cls(epochs=3).fit(mixed, rng=0)  # an earlier model is not passed off as the new one
    fails_in_step(monkeypatch, cls, 0, interrupt)
    with pytest.warns(DataWarning, match="no model yet"), pytest.raises(KeyboardInterrupt):
        synth.fit(mixed, rng=0)
    with pytest.raises(NotFittedError, match="one epoch"):
        synth.sample(3)


def test_a_real_interrupt_signal(tmp_path):
    """A process of its own gets SIGINT in mid-training, saves what it has, and resumes it."""
    program = textwrap.dedent("""
        import signal, sys, time, synthkit as sk
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" ignores it
        advance = sk.VAE._advance

        def waits_in_second_epoch(self, run):
            if run.epoch == 1:
                print("in training", flush=True)
                time.sleep(60)
            return advance(self, run)

        sk.VAE._advance = waits_in_second_epoch
        synth = sk.VAE(epochs=100_000)
        try:
            synth.fit(sk.load("breast_cancer"), rng=0)
        except KeyboardInterrupt:
            synth.save(sys.argv[1])
    """)
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "model")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "in training\n"
    child.send_signal(signal.SIGINT)
    try:
        _, errors = child.communicate(timeout=60)
    finally:
        child.kill()
    assert "The model is as it was after epoch 0" in errors
    saved = sk.load_technique(tmp_path / "model")
    assert len(saved.sample(5, rng=0)) == 5
    saved.set_params(epochs=saved.run_["epoch"] + 1)
    assert len(list(saved.iter_resume(sk.load("breast_cancer")))) == 1


def _save_for_ever(synth, path, started):
    while True:
        synth.save(path)
        started.set()


def test_killed_in_mid_save_leaves_a_whole_file(mixed, tmp_path):
    """SIGKILL at 12 random moments of a loop of saves: what is there can be loaded."""
    synth, path = sk.VAE(epochs=1).fit(mixed, rng=0), tmp_path / "model"
    expected = synth.sample(5, rng=0)
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    rng = np.random.default_rng(0)
    for _ in range(12):
        started = context.Event()
        child = context.Process(target=_save_for_ever, args=(synth, path, started))
        child.start()
        assert started.wait(60)
        time.sleep(0.02 * rng.random())
        child.kill()
        child.join()
        pd.testing.assert_frame_equal(sk.load_technique(path).sample(5, rng=0), expected)


def test_divergence_is_named_and_survivable(cls, mixed, monkeypatch):
    whole = cls(epochs=5, batch_size=50)
    next(whole.iter_fit(mixed, rng=1))
    good, steps = whole.sample(20, rng=0), whole.run_["step"]
    figures = dict.fromkeys(("loss", "gradient norm"), float("nan"))
    fails_in_step(monkeypatch, cls, steps + 1, lambda: figures)
    synth = cls(epochs=5, batch_size=50)
    expected = rf"diverged in epoch 1: in step {steps + 1} the loss became nan .one step before: .*"
    with pytest.warns(DataWarning, match=expected + r"Lower learning_rate.*after epoch 0"):
        synth.fit(mixed, rng=1)
    pd.testing.assert_frame_equal(good, synth.sample(20, rng=0))
    fails_in_step(monkeypatch, cls, 0, lambda: figures)
    with pytest.raises(DivergedError, match="epoch 0"):
        synth.fit(mixed, rng=1)
    with pytest.raises(NotFittedError):
        synth.sample(3)


@pytest.mark.parametrize("name", ["vae", "autoregressive"])
def test_a_rate_far_too_high_is_noticed_before_a_nan(name):
    """The loss is finite but far above where it began: no such model is handed out as good."""
    with pytest.raises(DivergedError, match=r"the loss was .* at first.*Lower learning_rate"):
        sk.techniques()[name](learning_rate=9.0, epochs=30).fit(sk.load("breast_cancer"), rng=0)


def test_no_weight_that_is_no_number_gets_out(mixed):
    synth = sk.VAE(epochs=1).fit(mixed, rng=0)
    t.check_weights(synth.network_)
    with torch.no_grad():
        synth.network_.decoder[0].weight[0, 0] = float("inf")
    with pytest.raises(DivergedError, match=r"decoder\.0\.weight"):
        t.check_weights(synth.network_)


# --- settings and tables --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0}, {"epochs": -3}, {"epochs": 2.5}, {"epochs": True},
        {"learning_rate": float("nan")}, {"learning_rate": -0.1}, {"learning_rate": 0},
        {"learning_rate": float("inf")}, {"batch_size": 0}, {"batch_size": -5},
        {"device": "gpu"}, {"device": "cuda:99"},
    ],
)  # fmt: skip
def test_settings_that_cannot_train_are_named(cls, wrong, mixed):
    with pytest.raises(ParameterError, match=f"^{next(iter(wrong))} must be .*; got "):
        cls(**wrong).fit(mixed)


def test_a_batch_larger_than_the_table_is_the_table(cls, mixed):
    large = cls(epochs=2, batch_size=10_000).fit(mixed, rng=0).sample(20, rng=0)
    exact = cls(epochs=2, batch_size=len(mixed)).fit(mixed, rng=0).sample(20, rng=0)
    pd.testing.assert_frame_equal(large, exact)


def test_one_row_constants_and_an_empty_column(cls):
    one = pd.DataFrame({"a": [1.5], "b": ["x"]})
    with pytest.warns(DataWarning, match="one row"):
        fake = cls(epochs=2).fit(one, rng=0).sample(4, rng=0)
    pd.testing.assert_frame_equal(fake, pd.concat([one] * 4, ignore_index=True))
    table = pd.DataFrame({"same": [7] * 40, "none": [np.nan] * 40, "x": np.arange(40) % 5})
    with pytest.warns(DataWarning, match="none"):
        fake = cls(epochs=2).fit(table, rng=0).sample(25, rng=0)
    assert (fake["same"] == 7).all()
    assert fake["none"].isna().all()
    assert set(fake["x"]) <= set(range(5))
    with pytest.warns(DataWarning, match="none"):
        fake = cls(epochs=2).fit(table[["same", "none"]], rng=0).sample(25, rng=0)
    assert (fake["same"] == 7).all()


@pytest.mark.slow
def test_a_category_of_a_million_levels_trains(cls):
    """5 % of the rows hold one level; 10^6 others are met about once each."""
    rng = np.random.default_rng(0)
    n = 2_000_000
    level = rng.integers(0, 1_000_000, n)
    level[rng.random(n) < 0.05] = 3
    table = pd.DataFrame({"level": pd.Categorical.from_codes(
        level, categories=[f"level {k}" for k in range(1_000_000)]), "x": rng.normal(size=n)})
    synth = cls(epochs=1, batch_size=20_000)
    before = synth.preflight(table)
    assert before.widest_codes <= 300  # not a million columns
    assert before.memory_bytes < 1e9
    fake = synth.fit(table, rng=0).sample(10_000, rng=0)
    share = (fake["level"] == "level 3").mean()
    assert share == pytest.approx(0.05, abs=0.02)
    assert fake["level"].nunique() > 5_000


# --- pre-flight and devices -----------------------------------------------------------------------


def test_preflight_says_what_fit_will_take(cls, mixed):
    synth = cls(epochs=20, batch_size=50)
    before = synth.preflight(mixed, rng=0)
    assert not hasattr(synth, "network_")  # nothing was learnt
    assert (before.rows, before.columns, before.device) == (200, 4, "cpu")
    synth.fit(mixed, rng=0)
    assert before.width == synth.encoder_.cardinalities.sum()
    assert before.widest == synth.encoder_.columns[int(synth.encoder_.cardinalities.argmax())]
    assert before.weights == sum(p.numel() for p in synth.network_.parameters())
    assert before.steps == synth.run_["step"]
    assert before.memory_bytes > 4 * before.weights
    text = str(before)
    assert f"{before.width:,} codes" in text
    assert " MB; " in text


def test_preflight_foretells_the_time():
    """Within a factor of 4 of the fastest of three: one step is one measurement."""
    table = sk.load("breast_cancer")
    synth = sk.VAE(epochs=60)
    told = sorted(synth.preflight(table).seconds for _ in range(5))[2]
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        synth.fit(table, rng=0)
        taken.append(time.perf_counter() - start)
    assert min(taken) / 4 < told < 4 * max(taken)


def test_what_does_not_fit_into_memory_is_refused(cls, mixed, monkeypatch):
    monkeypatch.setattr(t, "free_memory", lambda: 10_000)
    for call in (cls().preflight, cls().fit):
        with pytest.raises(DataError, match=r"'(size|score)' \(\d+\).*hidden or batch_size"):
            call(mixed)
    monkeypatch.setattr(t, "free_memory", lambda: None)  # a system that doesn't say
    assert len(cls(epochs=1).fit(mixed, rng=0).sample(3)) == 3


def test_auto_takes_a_gpu_if_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert t.chosen_device("auto") == t.chosen_device("cpu") == torch.device("cpu")
    with pytest.raises(ParameterError, match="device must be one of"):
        t.chosen_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert t.chosen_device("auto") == torch.device("cuda")
    assert t.chosen_device("cpu") == torch.device("cpu")
    assert t.chosen_device("cuda:1") == torch.device("cuda:1")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")
def test_training_on_a_gpu_leaves_a_model_on_the_cpu(cls, mixed):
    synth = cls(epochs=3, device="auto").fit(mixed, rng=0)
    assert {p.device.type for p in synth.network_.parameters()} == {"cpu"}
    assert len(synth.sample(10, rng=0)) == 10


def test_tiny_numbers_are_zero_in_training_and_nowhere_else(mixed, monkeypatch):
    """They are taken as 0 in each step, and as they are between the steps and after a failure."""
    seen = []
    step = sk.GAN._step

    def watched(self, run, batch):
        seen.append(float(torch.tensor(1e-30) * 1e-10))
        if len(seen) == 3:
            raise ZeroDivisionError
        return step(self, run, batch)

    def outside():
        return float(torch.tensor(1e-30) * 1e-10)

    monkeypatch.setattr(sk.GAN, "_step", watched)
    epochs = sk.GAN(epochs=3, record_every=1).iter_fit(mixed, rng=0)
    next(epochs)
    assert outside() > 0
    next(epochs)
    with pytest.raises(ZeroDivisionError):
        next(epochs)
    assert seen == [0, 0, 0]
    assert outside() > 0
    torch.set_flush_denormal(True)  # a user's own choice stays
    try:
        with t.tiny_as_zero():
            pass
        assert outside() == 0
    finally:
        torch.set_flush_denormal(False)
