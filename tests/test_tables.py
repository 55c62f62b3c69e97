"""Tables: every kind of column goes to ranks and comes back as it was, or is refused by name."""

# ruff: noqa: E501, UP031
from __future__ import annotations

import csv
import datetime as dt
import io
import sys
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import synthkit as sk
from synthkit.errors import DataError, DataWarning
from synthkit.tables import Schema, TableEncoder, as_table, guide, schema

N = 60


def objects(cells):
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def gaps(cells, nothing, rng):
    return objects([nothing if hole else cell for cell, hole in zip(cells, rng.random(N) < 0.2)])


def typed_frame(columns):
    """A DataFrame whose object arrays stay objects: pandas would read datetimes as its own."""
    arrays = {
        name: np.asarray(c) if isinstance(c, np.ndarray) else c for name, c in columns.items()
    }
    return pd.DataFrame({
        name: pd.Series(c, dtype=object, index=range(N)) if getattr(c, "dtype", None) == np.dtype(object) else c
        for name, c in arrays.items()
    })  # fmt: skip


def columns():
    """One column of every sort that a user may bring, by name."""
    pa = pytest.importorskip("pyarrow")
    rng = np.random.default_rng(0)
    days = rng.integers(0, 1000, N)
    words = rng.choice(["a", "b😀", "\0x", "a\rb", "שלום", "__class__"], N).tolist()
    whole = [int(x) for x in rng.integers(0, 1000, N)]
    early = dt.date(1500, 1, 1)
    moments = pd.Series(pd.date_range("2020-01-01", periods=N, freq="h"))
    return {
        "float64": rng.normal(size=N),
        "two decimals": np.round(rng.normal(size=N), 2),
        "float32": rng.normal(size=N).astype("f4"),
        "float16": rng.normal(size=N).astype("f2"),
        "whole floats": np.where(rng.random(N) < 0.2, np.nan, rng.integers(0, 9, N)),
        "small ints": rng.integers(0, 5, N),
        "int8": rng.integers(-100, 100, N).astype("i1"),
        "beyond 2^53": 2**60 + rng.integers(0, 1000, N),
        "near uint64's end": np.uint64(2**64 - 1) - rng.integers(0, 1000, N).astype("u8"),
        "all of int64": rng.integers(-(2**62), 2**62, N) * 2 + 1,
        "bool": rng.random(N) < 0.5,
        "text": objects(words),
        "text with None": gaps(words, None, rng),
        "text with nan": gaps(words, np.nan, rng),
        "pandas text": pd.array(rng.choice(["a", "b"], N), dtype="string"),
        "days": pd.date_range("2020-01-01", periods=N),
        "zoned": pd.date_range("2020-01-01", periods=N, tz="Europe/Paris", freq="h"),
        "NaT": moments.where(rng.random(N) < 0.8),
        "seconds since 1500": (np.datetime64("1500-01-01", "s") + days.astype("m8[s]")),
        "date objects": objects([early + dt.timedelta(days=int(k)) for k in days]),
        "datetime objects": objects([dt.datetime(1500, 1, 1, 7) + dt.timedelta(days=int(k)) for k in days]),
        "timedelta objects": objects([dt.timedelta(days=int(k)) for k in days]),
        "time objects": objects([dt.time(int(k) % 24) for k in days]),
        "months": pd.period_range("2000-01", periods=N, freq="M"),
        "timedelta": pd.to_timedelta(days, unit="s"),
        "Int64": pd.array(gaps(whole, pd.NA, rng), dtype="Int64"),
        "UInt8": pd.array([w % 200 for w in whole], dtype="UInt8"),
        "boolean": pd.array(gaps([w > 500 for w in whole], pd.NA, rng), dtype="boolean"),
        "Float64": pd.array(gaps(list(rng.random(N)), pd.NA, rng), dtype="Float64"),
        "Decimal": gaps([Decimal(w) / 100 for w in whole], None, rng),
        "sparse": pd.arrays.SparseArray(rng.integers(0, 2, N).astype(float)),
        "ordered": pd.Categorical(rng.choice(["x", "y"], N), ["unused", "y", "x"], ordered=True),
        "category": pd.Categorical(gaps(list(rng.choice(["a", "b"], N)), None, rng), ["z", "b", "a"]),
        "arrow int": pd.array(gaps(whole, None, rng), dtype="int64[pyarrow]"),
        "arrow text": pd.array(gaps(["q%d" % (w % 3) for w in whole], None, rng), dtype="string[pyarrow]"),
        "arrow float": pd.array(gaps(list(rng.random(N)), None, rng), dtype="double[pyarrow]"),
        "arrow bool": pd.array(gaps([w > 500 for w in whole], None, rng), dtype="bool[pyarrow]"),
        "arrow date": pd.Series([early + dt.timedelta(days=int(k)) for k in days]).astype(
            pd.ArrowDtype(pa.date32())
        ),
        "arrow moment": moments.dt.tz_localize("UTC").astype(pd.ArrowDtype(pa.timestamp("us", tz="UTC"))),
        "arrow decimal": pd.Series([Decimal(w) / 100 for w in whole]).astype(
            pd.ArrowDtype(pa.decimal128(12, 2))
        ),
        "constant": 5,
        "no values": np.nan,
        "mixed": objects([1 if w < 300 else True if w < 600 else "a" for w in whole]),
        "python ints": gaps([2**70 if w < 200 else w for w in whole], None, rng),
        7: rng.normal(size=N),
    }  # fmt: skip


@pytest.fixture(scope="module")
def table():
    return typed_frame(columns())


@pytest.fixture(scope="module")
def encoder(table):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return TableEncoder().fit(table)


NAMES = list(columns())


@pytest.mark.parametrize("name", NAMES)
def test_round_trip_is_exact(table, encoder, name):
    back = encoder.decode(*encoder.encode(table))[name]
    pd.testing.assert_series_equal(back, table[name], check_exact=True)
    if table[name].dtype == object:
        assert [type(x) for x in back] == [type(x) for x in table[name]]


@pytest.mark.parametrize("name", NAMES)
def test_new_rows_keep_type_bounds_rounding_and_levels(table, encoder, name):
    rng = np.random.default_rng(1)
    u = rng.random((500, len(encoder.columns)))
    fake, real = encoder.decode(u)[name], table[name]
    assert fake.dtype == real.dtype
    kind = encoder.schema[name].kind
    there = real.dropna()
    if kind in ("category", "boolean"):
        key = lambda x: (type(x), x)  # noqa: E731
        assert set(map(key, fake)) <= set(map(key, there))
    elif kind == "constant":
        assert fake.isna().all() if real.isna().all() else (fake == real[0]).all()
    else:
        assert there.min() <= fake.min() and fake.max() <= there.max()
    if name in ("two decimals", "Decimal", "arrow decimal"):
        assert all(Decimal(str(x)).as_tuple().exponent >= -2 for x in fake)
    if name == "days":
        assert (fake == fake.dt.normalize()).all()


def test_objects_stay_objects(table, encoder):
    """Datetime and timedelta objects must not come back as pandas' own types."""
    back = encoder.decode(*encoder.encode(table))
    for name in ("datetime objects", "timedelta objects", "date objects"):
        assert table[name].dtype == object
        assert back[name].dtype == object
        assert type(back[name].iloc[0]) is type(table[name].iloc[0])


def test_saved_tables_keep_every_type(table, tmp_path):
    from synthkit import saving

    saving.save(tmp_path / "file", "x", {}, {"table_": table})
    _, _, state = saving.load(tmp_path / "file")
    pd.testing.assert_frame_equal(state["table_"], table, check_exact=True)
    for name in table.columns[table.dtypes == np.dtype(object)]:
        assert [type(x) for x in state["table_"][name]] == [type(x) for x in table[name]]


def test_saved_nullable_numbers_are_arrays_and_exact(tmp_path):
    """Not lists of JSON: a million cells are read at once, and 2^62 + 1 isn't rounded."""
    from synthkit import saving

    pa = pytest.importorskip("pyarrow")

    whole, gap = [2**62 + 1, None, -1, 0] * 5_000, [True, None, False, True] * 5_000
    kept = {
        "Int64": pd.array(whole, dtype="Int64"),
        "UInt16": pd.array([65_535, None, 0, 1] * 5_000, dtype="UInt16"),
        "Float32": pd.array([0.1, None, 1e30, -0.0] * 5_000, dtype="Float32"),
        "boolean": pd.array(gap, dtype="boolean"),
        "arrow int": pd.array(whole, dtype="int64[pyarrow]"),
        "arrow bool": pd.array(gap, dtype="bool[pyarrow]"),
        "arrow NaN": pd.arrays.ArrowExtensionArray(pa.array([1.5, None, float("nan"), 2.5] * 5_000)),
    }
    table = pd.DataFrame(kept)
    saving.save(tmp_path / "file", "x", {}, {"table_": table})
    back = saving.load(tmp_path / "file")[2]["table_"]
    pd.testing.assert_frame_equal(back, table, check_exact=True)
    assert back["arrow NaN"].array.__arrow_array__().null_count == 5_000  # NaN is not missing
    # 8 + 2 + 4 + 1 + 8 + 1 + 8 bytes of values and 7 of gaps a row, and a few names; as text the
    # first column alone is above 300 kB.
    assert (tmp_path / "file").stat().st_size < 20_000 * (32 + 7) + 10_000


def test_codes_and_back_stay_in_their_bin(table, encoder):
    u, missing = encoder.encode(table)
    codes = encoder.to_codes(u, missing)
    assert codes.shape == u.shape and (codes < encoder.cardinalities).all() and (codes >= 0).all()
    again, still_missing = encoder.from_codes(codes, rng=0)
    assert (still_missing == missing).all()
    assert (encoder.to_codes(again, still_missing) == codes).all()
    # A broken inverse that shifts codes by one does not pass the same check.
    shifted = np.maximum(codes - 1, 0)
    assert (encoder.to_codes(*encoder.from_codes(shifted, rng=0)) != codes).any()


def test_quantile_function_matches_the_columns_distribution():
    """KS distance of decoded uniforms to the source: within 5σ = 5 · ½/√n of sampling noise."""
    from scipy import stats

    rng = np.random.default_rng(2)
    real = pd.DataFrame({"x": rng.lognormal(size=20_000), "k": rng.poisson(3, 20_000)})
    fake = TableEncoder().fit(real).decode(rng.random((20_000, 2)))
    for name in real:
        assert stats.ks_2samp(real[name], fake[name]).statistic < 5 * 0.5 / np.sqrt(10_000)
    blurred = fake["k"] + 1
    assert stats.ks_2samp(real["k"], blurred).statistic > 5 * 0.5 / np.sqrt(10_000)


@pytest.mark.parametrize("kind", ["even", "tails", "ties", "one", "crowded"])
def test_the_guide_finds_what_a_search_finds(kind):
    rng = np.random.default_rng(5)
    knots = {
        "even": np.linspace(0, 1, 1_000),
        "tails": np.r_[np.linspace(0, 1e-4, 64), np.linspace(0.01, 0.99, 500), 1 - 1e-6, 1.0],
        "ties": np.sort(rng.integers(0, 9, 40) / 8),
        "one": np.array([0.5]),
        "crowded": np.sort(rng.random(20_000)),
    }[kind]
    near = np.nextafter(knots, 0), knots, np.nextafter(knots, 2), np.array([0.0, 1.0])
    u = np.clip(np.concatenate([rng.random(20_000), *near]), 0, 1)
    assert np.array_equal(guide.Guide(knots).count(u), np.searchsorted(knots, u, side="right"))
    if kind in ("ties", "crowded", "tails"):  # one comparison isn't enough among many
        broken = guide.Guide(knots)
        broken.crowded[:] = False
        assert not np.array_equal(broken.count(u), np.searchsorted(knots, u, side="right"))


def test_many_rows_are_decoded_as_few_are():
    """Rows that are looked up in a guide table and rows that are searched for: the same bits."""
    rng = np.random.default_rng(6)
    real = pd.DataFrame({"x": rng.lognormal(size=5_000), "k": rng.poisson(3, 5_000)})
    encoder, u = TableEncoder().fit(real), rng.random((3 * guide.CELLS, 2))
    few = [encoder.decode(piece) for piece in np.array_split(u, 12)]
    pd.testing.assert_frame_equal(
        encoder.decode(u), pd.concat(few, ignore_index=True), check_exact=True
    )


def test_continuous_values_are_new_but_atoms_are_kept():
    rng = np.random.default_rng(3)
    real = pd.DataFrame({"pay": np.where(rng.random(1000) < 0.3, 0.0, rng.lognormal(size=1000))})
    fake = TableEncoder().fit(real).decode(rng.random((5000, 1)))["pay"]
    assert abs((fake == 0).mean() - (real["pay"] == 0).mean()) < 5 * np.sqrt(0.21 / 5000)
    assert (
        fake[fake > 0].isin(real["pay"]).mean() < 0.005
    )  # only the ends of a stretch are repeated


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ([1.0, np.inf, 2.0], "row 1"),
        ([b"x", b"y", b"x"], "bytes"),
        ([1 + 2j, 1j, 0j], "complex"),
        ([[1], [2], [3]], "list"),
        ([Decimal("Infinity"), Decimal(1), Decimal(2)], "row 0"),
    ],
)
def test_unusable_cells_are_refused_by_column(cells, word):
    frame = pd.DataFrame({"fine": [1, 2, 3], "bad one": pd.Series(cells)})
    with pytest.raises(DataError, match="'bad one'") as caught:
        Schema.infer(frame)
    assert word in str(caught.value)


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        (pd.DataFrame(), "column"),
        (pd.DataFrame({"a": []}), "row"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a'"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "Flatten"),
        (pd.Series([1, 2]), "to_frame"),
        (np.zeros(3), "2-D"),
        ("text", "DataFrame"),
    ],
)
def test_unusable_tables_are_refused_with_the_cure(frame, word):
    with pytest.raises(DataError, match=word):
        as_table(frame)


def test_identifiers_are_fresh_and_unique():
    names = [f"Person {k}" for k in range(50)]
    real = pd.DataFrame(
        {"name": names, "customer_id": np.arange(50) + 2**62, "x": np.arange(50) / 7}
    )
    synth = sk.MonteCarlo().fit(real, rng=0)
    assert {c.name for c in synth.schema_ if c.kind == "identifier"} == {"name", "customer_id"}
    fake = synth.sample(70_000, rng=1)  # two blocks
    for column in ("name", "customer_id"):
        assert fake[column].is_unique and not fake[column].isin(real[column]).any()
        assert fake[column].dtype == real[column].dtype
    tricky = real.assign(name=[f"name-{k:08d}" for k in range(50)])
    assert not sk.MonteCarlo().fit(tricky).sample(50)["name"].isin(tricky["name"]).any()


def test_overrides_and_their_errors():
    frame = pd.DataFrame({"zip": [10115, 80331, 10115, 20095], "word": list("abca")})
    assert Schema.infer(frame)["zip"].kind == "integer"
    inferred = Schema.infer(frame, overrides={"zip": "category"})
    back = TableEncoder(inferred).fit(frame)
    assert set(back.decode(np.random.default_rng(0).random((50, 2)))["zip"]) <= set(frame["zip"])
    for wrong, word in (
        ({"nope": "category"}, "nope"),
        ({"word": "continuous"}, "word"),
        ({"zip": "x"}, "zip"),
    ):
        with pytest.raises(DataError, match=word):
            Schema.infer(frame, overrides=wrong)


def test_strangers_at_encode_are_named():
    frame = pd.DataFrame({"a": [1.5, 2.5, 3.5], "c": ["x", "y", "x"]})
    encoder = TableEncoder().fit(frame)
    reordered = frame[["c", "a"]]
    assert np.array_equal(encoder.encode(reordered)[0], encoder.encode(frame)[0])
    for other, word in (
        (frame.drop(columns="a"), "'a'"),
        (frame.assign(extra=1), "'extra'"),
        (frame.assign(c=["x", "new", "x"]), "'new'"),
        (frame.assign(a=["p", "q", "r"]), "'a'"),
    ):
        with pytest.raises(DataError, match=word):
            encoder.encode(other)


def test_mixed_and_empty_columns_warn():
    with pytest.warns(DataWarning, match="'m' mixes types"):
        Schema.infer(pd.DataFrame({"m": objects([1, "a", 1, "b"])}))
    with pytest.warns(DataWarning, match="'e' has no values"):
        Schema.infer(pd.DataFrame({"e": [np.nan, np.nan], "x": [1, 2]}))


def test_many_levels_are_handled():
    n = 200_000
    cells = [f"level {k}" for k in np.random.default_rng(0).integers(0, n // 2, n)]
    frame = pd.DataFrame({"c": cells})
    encoder = TableEncoder().fit(frame)
    back = encoder.decode(*encoder.encode(frame))
    assert back["c"].equals(frame["c"])
    assert encoder.cardinalities[0] <= 257  # no one-hot explosion
    codes = encoder.to_codes(*encoder.encode(frame))
    again = encoder.decode(*encoder.from_codes(codes, rng=0))["c"]
    share = frame["c"].value_counts(normalize=True)
    drawn = again.value_counts(normalize=True).reindex(share.index, fill_value=0)
    assert (share - drawn).abs().max() < 5 * np.sqrt(share.max() / n) + 1e-4


def test_odd_inputs_work(table):
    odd = table[["small ints", "text"]].set_axis(np.arange(N) % 7)  # duplicate index labels
    encoder = TableEncoder().fit(odd)
    assert isinstance(encoder.decode(*encoder.encode(odd)).index, pd.RangeIndex)
    assert TableEncoder().fit(np.random.default_rng(0).random((20, 3))).columns == [0, 1, 2]
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1, 2, 2], "b": ["x", "y", "x"]})
    assert TableEncoder().fit(frame).encode(frame)[0].shape == (3, 2)


def test_values_survive_a_csv(table):
    text = table[["text", "beyond 2^53", "two decimals"]]
    if sys.version_info < (3, 11):  # the csv module of Python 3.10 knows no NUL
        text = text[~text["text"].str.contains("\0")]
    fake = sk.MonteCarlo().fit(text, rng=0).sample(200, rng=0)
    written = fake.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)
    again = pd.read_csv(io.StringIO(written), dtype={"text": object}, keep_default_na=False)
    assert (again["beyond 2^53"] == fake["beyond 2^53"]).all()
    assert (again["two decimals"] == fake["two decimals"]).all()
    formulas = pd.DataFrame({"f": ["=1+1", "+2", "-3", "@x", "＝4", "\tq"] * 4})
    assert set(sk.MonteCarlo().fit(formulas).sample(300, rng=0)["f"]) == set(formulas["f"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
            st.one_of(st.just(float("nan")), st.floats(-1e300, 1e300)),
            st.one_of(st.none(), st.text(max_size=3)),
        ),
        min_size=2,
        max_size=40,
    )
)
def test_any_small_table_comes_back(rows):
    frame = pd.DataFrame({
        "i": pd.array([r[0] for r in rows], dtype="Int64"),
        "f": [r[1] for r in rows],
        "t": objects([r[2] for r in rows]),
    })  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoder = TableEncoder(Schema.infer(frame, {"t": "category"})).fit(frame)
        back = encoder.decode(*encoder.encode(frame))
    pd.testing.assert_series_equal(back["i"], frame["i"])
    pd.testing.assert_series_equal(back["t"], frame["t"])
    spread = np.nanmax(frame["f"]) - np.nanmin(frame["f"]) if frame["f"].notna().any() else 0.0
    if np.isfinite(spread):  # else see the next test
        assert np.allclose(
            back["f"], frame["f"], rtol=0, atol=1e-12 * max(spread, 1e-300), equal_nan=True
        )


def test_a_column_wider_than_a_float_comes_back():
    """From -1.7e308 to 1.7e308 the difference of two values is no float64."""
    rng = np.random.default_rng(0)
    for x in (np.array([-1.7e308, 1.7e308, 0.0, 1.0, 5.0]), rng.uniform(-1.7, 1.7, 3000) * 1e308):
        frame = pd.DataFrame({"x": x})
        with np.errstate(all="raise"):  # nothing overflows on the way
            encoder = TableEncoder().fit(frame)
            u, missing = encoder.encode(frame)
            back = encoder.decode(u, missing)["x"].to_numpy()
            new = encoder.decode(rng.random((500, 1)), np.zeros((500, 1), dtype=bool))["x"]
        assert (np.argsort(u[:, 0]) == np.argsort(x)).all()
        assert np.allclose(back / 1e308, x / 1e308, rtol=0, atol=1e-11)
        assert new.between(x.min(), x.max()).all()


def test_text_cells_are_not_looked_at_one_by_one(monkeypatch):
    """A column of text alone takes the short way; with one of another type, all are."""
    looked = []
    monkeypatch.setattr(schema, "_is_infinite", lambda cell: bool(looked.append(cell)))
    as_table(pd.DataFrame({"t": objects(["a", None, "b"])}))
    assert looked == []
    as_table(pd.DataFrame({"t": objects(["a", 1, "b"])}))
    assert looked == ["a", 1, "b"]
    with pytest.raises(DataError, match="bytes in row 1"):
        as_table(pd.DataFrame({"t": objects(["a", b"b"])}))
