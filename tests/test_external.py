"""Rows from elsewhere: a file, a callable and a program join the arena; their faults are named."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import DataError, NotFittedError, ParameterError

REAL = sk.load("iris")
FIRST = REAL.columns[0]
PROGRAM = (
    "import sys, pandas as pd; real, out, rows, seed = sys.argv[1:]; "
    "t = pd.read_csv(real).sample(int(rows), replace=True, random_state=int(seed)); "
    "t.to_csv(out, index=False)"
)


def resample(real, n, seed):
    return real.sample(n, replace=True, random_state=seed)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "theirs.csv"
    REAL.assign(species=REAL["species"].astype(str)).to_csv(path, index=False)
    return path


def sources(file):
    return resample, file, str(file), [sys.executable, "-c", PROGRAM, "{real}", "{out}", "{rows}",
                                       "{seed}"]  # fmt: skip


def test_each_kind_of_source_gives_the_fitted_columns_and_dtypes(file):
    for source in sources(file):
        synth = sk.External(source).fit(REAL, rng=0)
        fake, again, other = (synth.sample(40, rng=seed) for seed in (1, 1, 2))
        assert fake.shape == (40, REAL.shape[1])
        assert list(fake.dtypes) == list(REAL.dtypes)
        pd.testing.assert_frame_equal(fake, again)
        assert not fake.equals(other)
        assert isinstance(fake.index, pd.RangeIndex)


def test_a_file_is_drawn_without_replacement(file):
    fake = sk.External(file).fit(REAL).sample(len(REAL), rng=0)
    columns = list(REAL.columns)
    left, right = (t.sort_values(columns).reset_index(drop=True) for t in (fake, REAL))
    pd.testing.assert_frame_equal(left, right)
    with pytest.raises(ParameterError, match="at most the 150 rows"):
        sk.External(file).fit(REAL).sample(151)


def test_it_stands_in_the_arena_and_a_copy_is_caught():
    judged = sk.compare({"theirs": sk.External(resample), "copula": "monte_carlo"}, REAL, rng=0)
    labels = {name: card.to_dict()["verdict"]["label"] for name, card in judged.cards.items()}
    assert labels["theirs"] == "copies"
    assert labels["copula"] != "copies"


def test_the_real_table_is_not_changed():
    def spoil(real, n, seed):
        real.iloc[:, 0] = 0.0
        return real.iloc[:n]

    before = REAL.copy()
    sk.External(spoil).fit(REAL).sample(5)
    pd.testing.assert_frame_equal(REAL, before)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (lambda real, n, seed: real.drop(columns="species").head(n), r"missing \['species'\]"),
        (lambda real, n, seed: real.assign(odd=1).head(n), r"extra \['odd'\]"),
        (lambda real, n, seed: real.head(n - 1), "must give 10 rows; it gave 9"),
        (lambda real, n, seed: real.head(n).assign(**{FIRST: "long"}), f"column '{FIRST}'"),
        ([sys.executable, "-c", "import sys; sys.exit('no licence')"], "no licence"),
        ([sys.executable, "-c", "pass"], "must write the file"),
        (["there-is-no-such-program"], "program that can run"),
        ("nowhere.csv", "must be there"),
        ("table.docx", "must end in .csv"),
    ],
)
def test_what_a_source_does_wrong_is_named(source, says):
    with pytest.raises(DataError, match=says):
        sk.External(source).fit(REAL).sample(10)


def test_a_program_that_never_ends_is_stopped():
    forever = [sys.executable, "-c", "while True: pass"]
    with pytest.raises(DataError, match=r"within 0\.5 seconds"):
        sk.External(forever, timeout_s=0.5).fit(REAL).sample(3)


@pytest.mark.parametrize("source", [None, 5, [], [1, 2]])
def test_no_source_is_no_source(source):
    with pytest.raises(ParameterError, match="source must be a file"):
        sk.External(source).fit(REAL)


def test_the_rest_of_the_contract(tmp_path):
    synth = sk.External(resample)
    with pytest.raises(NotFittedError):
        synth.sample(3)
    synth.fit(REAL)
    assert synth.sample(0).shape == (0, REAL.shape[1])
    with pytest.raises(ParameterError, match="given"):
        synth.sample(3, given={"species": "setosa"})
    with pytest.raises(DataError, match="can't be saved"):
        synth.save(tmp_path / "x")
    with pytest.raises(ParameterError, match="timeout_s"):
        sk.External(resample, timeout_s=0).fit(REAL)
