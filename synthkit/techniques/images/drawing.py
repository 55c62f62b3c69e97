r"""Digits drawn by a program: each knob is a random variable with a stated law.

A glyph of a font is kept as its signed distance field D (positive inside the stroke, in units of
the digit's height), so that thickening is a change of one threshold:

1. ink at a point: :math:`D(x) + \tau > 0`, with the thickening :math:`\tau`
2. the point of the glyph that a point of the picture shows:
   :math:`x = A^{-1}(y - b)`, with A = rotation · shear · stretch, and the shift b
3. grey of a pixel: how many of its 4 × 4 points are inked, 0 … 16, as in the table of real digits
4. noise: each point of the picture flips with a small probability

The fonts are the TrueType files that come with matplotlib, read by Pillow; matplotlib itself is
never imported.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from synthkit.errors import MissingExtraError

SIDE = 8  # pixels of a picture, as in scikit-learn's digits
POINTS = 4  # points along a pixel
FIELD = 64  # points along a distance field
MARGIN = 0.5  # of a digit's height, around it in its field
# Upright, slanted, bold, serif, monospaced, mathematical: families that differ most come first.
FONTS = (
    "DejaVuSans", "STIXGeneral", "cmr10", "DejaVuSansMono", "cmss10", "STIXGeneralItalic",
    "DejaVuSerif-Bold", "cmtt10", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSans-Bold",
    "STIXGeneralBol", "cmb10", "DejaVuSerif-Italic", "DejaVuSansMono-Bold",
)  # fmt: skip


def font_file(name: str) -> Path:
    """Return the TrueType file of a font that comes with matplotlib."""
    found = importlib.util.find_spec("matplotlib")
    folders = [] if found is None else list(found.submodule_search_locations or [])
    for folder in folders:
        path = Path(folder) / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf"
        if path.exists():
            return path
    raise MissingExtraError(
        f"the font {name!r} comes with matplotlib, which is not there. Run: pip install matplotlib"
    )


@lru_cache(maxsize=512)
def distance_field(font: str, digit: int) -> np.ndarray:
    """Return D (FIELD, FIELD) of a digit that is one unit high, in a square of two units."""
    from PIL import Image, ImageDraw, ImageFont

    face = ImageFont.truetype(str(font_file(font)), size=400)
    left, top, right, bottom = face.getbbox(str(digit))
    height = bottom - top
    side = round(height * (1 + 2 * MARGIN))
    canvas = Image.new("L", (side, side), 0)
    corner: Any = ((side - (right - left)) / 2 - left, (side - height) / 2 - top)
    ImageDraw.Draw(canvas).text(corner, str(digit), fill=255, font=face)
    ink = np.asarray(canvas) > 127
    field = ndimage.distance_transform_edt(ink) - ndimage.distance_transform_edt(~ink)
    grid = (np.arange(FIELD) + 0.5) / FIELD * side - 0.5
    rows, columns = np.meshgrid(grid, grid, indexing="ij")
    small = ndimage.map_coordinates(field / height, [rows, columns], order=1, mode="nearest")
    small.setflags(write=False)
    return np.asarray(small, dtype=np.float32)


@dataclass(frozen=True)
class Knobs:
    """How each picture is drawn; arrays (n,)."""

    digit: np.ndarray
    font: np.ndarray  # index into the fonts in use
    rotation_rad: np.ndarray
    shear: np.ndarray
    stretch: np.ndarray  # width, as a factor
    size: np.ndarray  # height, as a share of the picture
    shift_x: np.ndarray  # share of the picture
    shift_y: np.ndarray
    thickness: np.ndarray  # τ, in digit heights


def _narrow(values: np.ndarray) -> np.ndarray:
    """Return numbers as float32: twice as fast to move, and finer than a point by far."""
    return values.astype(np.float32) if values.dtype == np.float64 else values


def draw(knobs: Knobs, fonts: tuple[str, ...], flips: np.ndarray) -> np.ndarray:
    """Return pictures (n, 8, 8) of 0 … 16; ``flips`` (n, 32, 32) says which points are noise."""
    glyphs = np.stack([[distance_field(f, d) for d in range(10)] for f in fonts])  # (F, 10, s, s)
    grid = ((np.arange(SIDE * POINTS) + 0.5) / (SIDE * POINTS) - 0.5).astype(np.float32)
    y, x = np.meshgrid(grid, grid, indexing="ij")  # (32, 32), the picture from −½ to ½
    one = (slice(None), None, None)
    knobs = Knobs(*(_narrow(getattr(knobs, f.name)) for f in fields(knobs)))
    u = (x - knobs.shift_x[one]) / knobs.size[one]  # (n, 32, 32)
    v = (y - knobs.shift_y[one]) / knobs.size[one]
    cos, sin = np.cos(knobs.rotation_rad)[one], np.sin(knobs.rotation_rad)[one]
    u, v = cos * u + sin * v, cos * v - sin * u
    u = (u + knobs.shear[one] * v) / knobs.stretch[one]  # Eq. 2
    scale = FIELD / (1 + 2 * MARGIN)
    column = np.clip((u * scale + FIELD / 2).astype(np.int32), 0, FIELD - 1)
    row = np.clip((v * scale + FIELD / 2).astype(np.int32), 0, FIELD - 1)
    distance = glyphs[knobs.font[one], knobs.digit[one], row, column]
    ink = (distance + knobs.thickness[one] > 0) ^ flips  # Eq. 1, 4
    shape = (len(knobs.digit), SIDE, POINTS, SIDE, POINTS)
    return np.asarray(ink.reshape(shape).sum(axis=(2, 4)), dtype=np.int64)  # Eq. 3
