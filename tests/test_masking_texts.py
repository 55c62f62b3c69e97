"""Texts as arrays of bytes: the same whether pandas keeps them in Arrow or as objects."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthkit.techniques.masking import Masker, MaskingKey, Plan, Rule, formats, pseudonyms, texts

pytest.importorskip("cryptography", reason="the extra 'masking' is not installed")
pytest.importorskip("pyarrow", reason="pandas keeps text in Arrow only with pyarrow")

KEY = bytes(range(32))
PHONES = ["+1 (212) 555-0101", "0044 20 7946 0958", "+49 30 901820", "555-0101", "٣٤٥", "",
          "x" * 50]  # fmt: skip
CARDS = ["4111111111111111", "4111 1111 1111 1111", "378282246310005", "4111111111111112", "ü"]


def all_ways(cells):
    """The same texts as objects, as a slice of an Arrow array, and in two Arrow arrays."""
    arrow = pd.Series(["left out", *cells], dtype="string[pyarrow]").array[1:]
    parts = [pd.Series(part, dtype="string[pyarrow]") for part in (cells[:1], cells[1:])]
    return np.array(cells, dtype=object), arrow, pd.concat(parts).array


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=20))
def test_a_run_of_bytes_is_the_texts_one_after_the_other(cells):
    for made in all_ways(cells):
        data, starts = texts.run_of_bytes(made)
        pieces = [data[a:b].tobytes().decode() for a, b in pairwise(starts)]
        assert pieces == cells
        assert texts.contains(made, "@").tolist() == ["@" in cell for cell in cells]


def test_characters_come_back_as_they_came():
    cells = ["abc", "", "a", "abcde", "too long", "ü"]
    for made in all_ways(cells):
        chars = texts.characters(made, 5)
        assert chars.shape == (6, 5)
        assert chars[4].tolist() == [0] * 5  # longer than the width
        assert chars[5].tolist() == [127, 127, 0, 0, 0]
        assert list(texts.to_texts(chars[:4], made)) == cells[:4]


@pytest.mark.parametrize(("kind", "cells"), [("phone", PHONES), ("card", CARDS)])
def test_both_ways_of_keeping_text_are_masked_alike(kind, cells):
    plain, arrow, parts = all_ways(cells)
    a, valid_a = formats.MASK_OF_KIND[kind](plain, KEY)
    b, valid_b = formats.MASK_OF_KIND[kind](arrow, KEY)
    c, valid_c = formats.MASK_OF_KIND[kind](parts, KEY)
    assert valid_a.tolist() == valid_b.tolist() == valid_c.tolist()
    assert list(b) == list(c)
    assert 0 < valid_a.sum() < len(cells)
    for text, one, two in zip(np.array(cells)[valid_a], a[valid_a], b[valid_a]):
        assert one == two != text  # each is masked,
        alone, _ = formats.MASK_OF_KIND[kind](np.array([text], dtype=object), KEY)
        assert alone[0] == one  # and what stands beside it in the column changes nothing


def test_tokens_are_those_of_the_bytes_however_the_text_is_kept():
    plain, *others = all_ways(["ann@example.org", "ü", "", "x" * 50])
    expected = list(pseudonyms.tokens(plain, KEY))
    assert len(set(expected)) == 4
    for made in others:
        assert list(pseudonyms.tokens(made, KEY)) == expected


def test_every_layout_is_found_once():
    chars = texts.characters(np.array(["12-3", "4-56", "78-9", "none", "1234"], dtype=object), 9)
    found = [(list(rows), columns.tolist()) for rows, columns in formats.layouts(chars)]
    assert found == [([0, 2], [0, 1, 3]), ([1], [0, 2, 3]), ([3], []), ([4], [0, 1, 2, 3])]


@pytest.mark.parametrize("dtype", ["object", "string[python]", "string[pyarrow]"])
def test_gaps_and_bad_cells_stay_in_their_rows(dtype):
    cells = [None, CARDS[0], "no card", None, CARDS[2], CARDS[0]]
    table = pd.DataFrame({"card": pd.Series(cells, dtype=dtype)})
    plan = Plan({"card": Rule("encrypt", "card", on_invalid="redact")})
    out = Masker(plan=plan, key=MaskingKey(KEY)).fit_transform(table)["card"]
    assert out.dtype == table["card"].dtype
    assert out.isna().tolist() == [True, False, False, True, False, False]
    assert out[2] == "[redacted]"
    assert out[1] == out[5] != CARDS[0]
    assert out[4] != CARDS[2]
