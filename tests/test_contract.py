"""The contract: one list of techniques, the same demands on each."""

from __future__ import annotations

import random
import subprocess
import sys
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

import synthkit as sk
from synthkit.base import Simulator
from synthkit.errors import DamagedFileError, DataWarning, ParameterError
from synthkit.prototype import contract

SIMULATORS = {"car", "traffic", "market", "finance", "images"}
# Settings that make a slow technique quick enough for this file.
QUICK = {"gan": {"epochs": 2}, "vae": {"epochs": 2}, "autoregressive": {"epochs": 2}}
TECHNIQUES = {name: cls for name, cls in sk.techniques().items() if name not in SIMULATORS}
FROM_KNOWLEDGE = {name: cls for name, cls in sk.techniques().items() if name in SIMULATORS}
# Settings that make a simulator's run short.
SHORT = {
    "car": {"trips": 8},
    "images": {"count": 60},
    "market": {"model": "order_book", "days": 3},
    "traffic": {"duration_s": 120.0},
}


def make(name):
    return TECHNIQUES[name](**QUICK.get(name, {}))


@pytest.fixture(scope="module")
def table():
    return contract.mixed_table()


@pytest.fixture(params=sorted(TECHNIQUES), scope="module")
def name(request):
    return request.param


@pytest.fixture(scope="module")
def case(name, table):
    return contract.Case(lambda: make(name), table)


@pytest.fixture(scope="module")
def fitted(case):
    return case.fitted


def test_works_without_arguments_and_is_registered(name):
    synth = TECHNIQUES[name]()
    assert synth.name == name
    assert type(synth).__name__ in dir(sk) or getattr(sk, type(synth).__name__) is type(synth)


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.says)
def test_keeps_the_contract(case, check):
    """The promises that ``sk.try_technique`` puts to a technique of yours, too."""
    try:
        check.run(case)
    except contract.DoesNotApply as why:
        pytest.skip(str(why))


def test_saved_files_hold_plain_data_and_are_found_by_name(fitted, tmp_path):
    path = tmp_path / "technique.synthkit"
    fitted.save(path)
    pd.testing.assert_frame_equal(
        sk.load_technique(path).sample(50, rng=3), fitted.sample(50, rng=3)
    )
    with zipfile.ZipFile(path) as archive:
        assert all(n == "header.json" or n.endswith((".npy", ".json")) for n in archive.namelist())


def test_damaged_files_are_refused(fitted, tmp_path):
    path = tmp_path / "technique.synthkit"
    fitted.save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(DamagedFileError, match="damaged"):
            sk.load_technique(path)
    for place in rng.integers(0, len(whole), 20):
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        path.write_bytes(bytes(flipped))
        try:
            loaded = sk.load_technique(path)
        except DamagedFileError:
            continue
        # A bit of the zip's own bookkeeping (a date, say): then the content must be intact.
        pd.testing.assert_frame_equal(loaded.sample(20, rng=3), fitted.sample(20, rng=3))


def test_clone_and_repr(name):
    synth = make(name)
    assert clone(synth).get_params() == synth.get_params()
    assert type(synth).__name__ in repr(synth)


def test_scikit_learns_own_checks(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(make(name), on_fail=None)
    failed = [r["check_name"] for r in results if r["status"] == "failed"]
    assert len(results) > 30
    assert len(failed) <= 2, failed  # at most two declared expected failures a class


def test_same_bytes_in_another_process(name, fitted, table, tmp_path):
    table.to_pickle(tmp_path / "table.pkl")
    code = (
        "import pandas as pd, synthkit as sk, sys\n"
        f"t = pd.read_pickle({str(tmp_path / 'table.pkl')!r})\n"
        f"synth = sk.techniques()[{name!r}](**{QUICK.get(name, {})!r})\n"
        "s = synth.fit(t, rng=0).sample(50, rng=5)\n"
        "print(int(pd.util.hash_pandas_object(s, index=False).sum()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True, text=True, check=True, env=_environment(),
    )  # fmt: skip
    here = int(pd.util.hash_pandas_object(fitted.sample(50, rng=5), index=False).sum())
    assert int(run.stdout) == here


# --- simulators: the same contract, without a table -----------------------------------------------


@pytest.fixture(params=sorted(FROM_KNOWLEDGE))
def simulator(request):
    return FROM_KNOWLEDGE[request.param](**SHORT.get(request.param, {}))


def test_simulators_are_marked_as_such():
    assert all(issubclass(cls, Simulator) for cls in FROM_KNOWLEDGE.values())
    assert not any(issubclass(cls, Simulator) for cls in TECHNIQUES.values())


def test_simulator_makes_its_tables_and_any_number_of_rows(simulator):
    run = simulator.simulate(rng=0)
    assert tuple(run) == simulator.tables
    for name, table in run.items():
        assert isinstance(table.index, pd.RangeIndex) and len(table) > 0, name
        for n in (0, 1, 257):
            rows = simulator.sample(n, rng=1, table=name)
            assert len(rows) == n and isinstance(rows.index, pd.RangeIndex)
            assert list(rows.columns) == list(table.columns)
            assert list(rows.dtypes) == list(table.dtypes)
        for column in (c for c in table.columns if c.endswith("_id")):
            assert table[column].dropna().between(0, 16 * len(table) - 1).all(), (name, column)
    with pytest.raises(ParameterError, match=f"table must be one of {simulator.tables[0]}"):
        simulator.sample(1, table="nonsense")
    with pytest.raises(ParameterError, match="given must be None"):
        simulator.sample(1, given={"speed_mps": 3})


def test_simulator_obeys_its_seed_and_leaves_the_rest_alone(simulator):
    parameters = simulator.get_params()
    state, plain = np.random.get_state(), random.getstate()  # noqa: NPY002
    first, other = simulator.sample(100, rng=5), simulator.sample(100, rng=6)
    pd.testing.assert_frame_equal(first, clone(simulator).sample(100, rng=5))
    assert not first.equals(other)
    pd.testing.assert_frame_equal(first, simulator.sample(300, rng=5).iloc[:100])
    generator = np.random.default_rng(5)
    assert not simulator.sample(100, rng=generator).equals(simulator.sample(100, rng=generator))
    assert simulator.get_params() == parameters
    after = np.random.get_state()  # noqa: NPY002
    assert (state[1] == after[1]).all() and state[2:] == after[2:] and plain == random.getstate()


def test_simulator_is_saved_and_needs_no_fit(simulator, tmp_path):
    path = tmp_path / "technique.synthkit"
    simulator.save(path)
    loaded = sk.load_technique(path)
    assert loaded.get_params() == simulator.get_params()
    pd.testing.assert_frame_equal(loaded.sample(50, rng=3), simulator.sample(50, rng=3))


@pytest.mark.parametrize("n", [-1, 2.5, "5", True, None, 10**12])
def test_simulator_refuses_bad_row_counts(simulator, n):
    with pytest.raises((TypeError, ParameterError), match="n must be"):
        simulator.sample(n)


def test_simulator_numbers_its_blocks_alike_for_any_chunking(simulator):
    """Block 1 made alone is what it is within the whole, with the same numbers."""
    root = np.random.SeedSequence(4)
    alone = simulator._sample_rows(20, root, first_block=1)
    offset = 65_536
    for column in (c for c in alone.columns if c.endswith("_id")):
        assert (alone[column] >= offset).all()
    again = simulator._sample_rows(40, root, first_block=1)
    pd.testing.assert_frame_equal(alone, again.iloc[:20])


def test_simulator_is_not_judged_on_a_table(simulator, table):
    with pytest.raises(ParameterError, match="must learn from the table"):
        sk.judge(simulator, table)
    with (
        pytest.warns(DataWarning, match="simulators imitate no table"),
        pytest.raises(ParameterError, match="at least one that learns"),
    ):
        sk.compare([simulator], table)


def _environment():
    import os

    return {**os.environ, "PYTHONHASHSEED": "123"}


def test_every_failure_breaks_and_heals():
    """Both ends of each dial behave as promised, over three seeds (slow ones are marked there)."""
    quick = [f for f in sk.failures().values() if f.name.split(".")[0] == "monte_carlo"]
    assert len(quick) == 3
    for failure in quick:
        for seed in range(3):
            assert failure.is_broken(failure.run(failure.broken_at, seed)), failure.name
            assert not failure.is_broken(failure.run(failure.repair.value, seed)), failure.name
