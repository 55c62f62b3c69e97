"""Bundled tables: all there, documented, and nothing downloaded."""

from __future__ import annotations

import socket

import pandas as pd
import pytest

import synthkit as sk
from synthkit import datasets
from synthkit.errors import MissingExtraError, ParameterError
from synthkit.tables import Schema

SHAPES = {
    "breast_cancer": (569, 11), "wine": (178, 14), "iris": (150, 5), "diabetes": (442, 11),
    "digits": (1797, 65), "macrodata": (203, 14), "fair": (6366, 9), "randhie": (20190, 10),
    "nile": (100, 2), "nasdaq": (5031, 7), "frenchdata": (1109, 5), "penguins": (344, 8),
    "cars": (406, 9), "titanic": (1313, 5), "superstore": (9994, 13),
}  # fmt: skip


@pytest.fixture(params=datasets.datasets())
def name(request):
    try:
        sk.load(request.param)
    except MissingExtraError as error:
        assert "pip install" in str(error)
        pytest.skip(str(error))
    return request.param


def test_loads_offline_with_a_schema_and_true_words(name, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError("no network")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    table, info = sk.load(name), datasets.about(name)
    assert table.shape == SHAPES.get(name, table.shape)
    assert isinstance(table.index, pd.RangeIndex)
    assert len(Schema.infer(table)) == table.shape[1]
    assert info.title and info.licence and info.source
    assert not info.target or info.target in table
    assert set(info.units) <= set(table.columns)


def test_each_load_is_a_fresh_copy():
    first = sk.load("iris")
    first.iloc[0, 0] = -1.0
    assert sk.load("iris").iloc[0, 0] != -1.0


def test_unknown_names_are_answered_with_the_list():
    with pytest.raises(ParameterError, match=r"breast_cancer.*got 'nope'"):
        sk.load("nope")


def test_a_missing_package_is_named_with_its_cure(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "palmerpenguins", None)
    with pytest.raises(MissingExtraError, match=r"palmerpenguins.*synthkit-lab\[data\]"):
        sk.load("penguins")
