"""Lesson 16's runs: the gap, what drawn digits do beside real ones, and what they are worth."""

from __future__ import annotations

import numpy as np
import pytest

from synthkit.course.runs import labelled_images as runs
from synthkit.errors import DataError
from synthkit.techniques.images import Images
from synthkit.techniques.images.failures import mixed_accuracy


def test_the_gap_is_seen_in_the_run_and_narrowed_by_variety():
    one, varied = (runs.reading_trace(0, name) for name in ("one font", "randomised"))
    assert one.last("own") > 0.99 and one.last("real") < 0.6
    # A share of 500 digits has a standard error of .022; the gap won is some .13.
    assert varied.last("real") > one.last("real") + 0.05
    (sheet,) = one.frames[0].marks["drawn"]
    values = np.array(sheet["values"], dtype=float)
    assert values.shape == (45, 90)
    assert np.isnan(values[0]).all()  # the line below the last row of pictures


def test_free_labels_help_few_real_ones_and_hurt_a_linear_reader():
    """Means over three seeds; their spread is about .02."""
    won = runs.mixing_table(range(3), (20, 200))["won"]
    assert won["support vectors", 20] > 0.03
    assert abs(won["support vectors", 200]) < 0.03
    assert won["linear", 20] < -0.05 and won["linear", 200] < -0.1


def test_real_ones_are_as_many_of_each_digit():
    nothing = (np.empty((0, 8, 8)), np.empty(0, dtype=int))
    alone, mixed = mixed_accuracy("nearest neighbours", nothing, 100, np.random.default_rng(0))
    assert alone == mixed > 0.8


def test_what_a_free_label_is_worth():
    count, share = runs.worth_of_free_labels(0.64, range(3))
    assert share[count] >= 0.64 > share[share.index < count].max()
    cost = runs.label_cost(1_000, 30, 6.0, 0.06)
    assert cost["cost"].tolist() == pytest.approx([60.0, 180.0])


def test_digits_of_your_own(tmp_path):
    table = Images(count=40).simulate(rng=0)["images"]
    path = tmp_path / "mine.csv"
    table.to_csv(path, index=False)
    pictures, labels = runs.your_digits(str(path))
    reader = runs.learn(pictures, labels)
    assert runs.confusion_trace(reader, pictures, labels).last("read") == 1.0
    table.drop(columns="pixel_7_7").to_csv(path, index=False)
    with pytest.raises(DataError, match=r"'pixel_7_7' is missing\. Shrink each picture to 8 × 8"):
        runs.your_digits(str(path))
