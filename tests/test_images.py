"""Drawn digits: each knob does what its law says, and the gap to real handwriting is as it is."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.svm import SVC

import synthkit as sk
from synthkit.errors import MissingExtraError, ParameterError
from synthkit.techniques.images import FAILURES, drawing
from synthkit.techniques.images.failures import PLAIN, accuracy_on_real

REAL, TRUTH = load_digits(return_X_y=True)


def one(digit=8, **change):
    """Draw a single plain picture with some knobs set."""
    values = {"rotation_rad": 0.0, "shear": 0.0, "stretch": 1.0, "size": 0.8, "shift_x": 0.0,
              "shift_y": 0.0, "thickness": 0.02, **change}  # fmt: skip
    knobs = drawing.Knobs(
        np.array([digit]), np.array([0]), **{k: np.array([v]) for k, v in values.items()}
    )
    return drawing.draw(knobs, drawing.FONTS[:1], np.zeros((1, 32, 32), dtype=bool))[0]


def centre(picture):
    rows, columns = np.indices(picture.shape)
    return np.array([(rows * picture).sum(), (columns * picture).sum()]) / picture.sum()


def test_each_knob_does_what_it_says():
    plain = one()
    assert plain.sum() < one(thickness=0.08).sum()  # thicker is more ink
    small = centre(one(size=0.6))
    assert centre(one(size=0.6, shift_x=0.125)) - small == pytest.approx([0, 1], abs=0.05)
    assert centre(one(size=0.6, shift_y=-0.125)) - small == pytest.approx([-1, 0], abs=0.05)
    turned = one(rotation_rad=np.pi)
    assert np.abs(turned - plain[::-1, ::-1]).mean() < 1  # half a turn, up to a point's rounding
    assert np.abs(one(rotation_rad=np.pi / 2) - np.rot90(plain, -1)).mean() < 1
    wide = (one(stretch=1.5) > 0).any(axis=0).sum()
    assert wide > (one(stretch=0.6) > 0).any(axis=0).sum()
    tall = (one(size=1.0) > 0).any(axis=1).sum()
    assert tall > (one(size=0.6) > 0).any(axis=1).sum()


def test_noise_flips_as_many_points_as_asked():
    knobs, pictures = sk.Images(fonts=1, **{**PLAIN, "noise": 0.1})._draw(
        2000, np.random.default_rng(0)
    )
    clean = drawing.draw(knobs, drawing.FONTS[:1], np.zeros((2000, 32, 32), dtype=bool))
    # A blank point turns black with .1, a black one white: mean change = .1 (1 − 2 · ink).
    ink = clean.mean() / 16
    expected = 0.1 * (1 - 2 * ink)
    error = 5 * np.sqrt(0.1 * 0.9 / (2000 * 1024))
    assert (pictures.mean() - clean.mean()) / 16 == pytest.approx(expected, abs=error)


def test_knobs_have_their_laws():
    images = sk.Images(rotation_sd_deg=10)
    knobs = images._knobs(50_000, np.random.default_rng(0))
    assert np.rad2deg(knobs.rotation_rad).std() == pytest.approx(10, rel=5 / np.sqrt(2 * 50_000))
    assert np.log(knobs.stretch).std() == pytest.approx(0.15, rel=5 / np.sqrt(2 * 50_000))
    counts = np.bincount(knobs.digit)
    assert np.abs(counts - 5000).max() < 5 * np.sqrt(50_000 * 0.1 * 0.9)
    assert set(knobs.font) == set(range(len(drawing.FONTS)))


def test_table_and_arrays_are_of_one_kind():
    table = sk.Images(count=50).simulate(rng=0)["images"]
    pixels = table.filter(like="pixel_").to_numpy()
    assert pixels.shape == (50, 64) and pixels.min() >= 0 and pixels.max() <= 16
    pictures, labels = sk.Images().arrays(50, rng=0)
    assert (pixels.reshape(50, 8, 8) == pictures).all() and (table["digit"] == labels).all()
    assert sk.Images().sample(1200, rng=0)["image_id"].is_unique


def test_gap_to_real_handwriting():
    """Plain print .50, randomised .65, real .97: means over three seeds, spread about .01."""
    def accuracy(**settings):
        runs = [
            accuracy_on_real(*sk.Images(**settings).arrays(2000, rng=seed)) for seed in range(3)
        ]
        return np.mean(runs)

    assert accuracy(fonts=1, **PLAIN) == pytest.approx(0.51, abs=0.03)
    assert accuracy(fonts=7, **PLAIN) == pytest.approx(0.50, abs=0.05)
    assert accuracy() == pytest.approx(0.645, abs=0.03)
    half = np.random.default_rng(0).permutation(len(REAL))[:900]
    rest = np.setdiff1d(np.arange(len(REAL)), half)
    model = SVC(gamma=0.001, C=10).fit(REAL[half], TRUTH[half])
    assert model.score(REAL[rest], TRUTH[rest]) > 0.97


def test_a_model_reads_its_own_pictures_well():
    """So the gap is the font's, not the model's."""
    pictures, labels = sk.Images(fonts=1, **PLAIN).arrays(400, rng=0)
    model = SVC(gamma=0.001, C=10).fit(pictures[:200].reshape(200, -1), labels[:200])
    assert model.score(pictures[200:].reshape(200, -1), labels[200:]) == 1.0


def test_absent_fonts_are_named():
    with pytest.raises(MissingExtraError, match="the font 'Comic' comes with matplotlib"):
        drawing.font_file("Comic")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fonts": 0}, r"fonts must be a whole number from 1 to 15 fonts; got 0"),
        ({"noise": 0.7}, r"noise must be a number from 0 to 0\.5 \(probability\); got 0\.7"),
        ({"rotation_sd_deg": -1}, r"rotation_sd_deg must be .* degrees; got -1"),
        ({"count": 1.5}, r"count must be a whole number"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        sk.Images(**settings).sample(3)
    with pytest.raises(ParameterError, match=message):
        sk.Images(**settings).arrays(3)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: f.name)
def test_failures_break_and_heal(failure):
    for seed in range(3):
        assert failure.is_broken(failure.run(failure.broken_at, seed))
        assert not failure.is_broken(failure.run(failure.repair.value, seed))
