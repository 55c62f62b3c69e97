r"""Labelled pictures: the program that draws a digit knows which one it is.

Pictures of 8 × 8 pixels, 0 … 16, in the form of scikit-learn's table of handwritten digits
(:mod:`.drawing`).  Each knob has a stated law:

======================  ==========================================================
knob                    law
======================  ==========================================================
digit, font             uniform
rotation, shear, shift  normal around 0
stretch                 log-normal around 1
size                    normal around 1, within .5 … 1.2
thickening              normal
noise                   each of the 1,024 points flips with this probability
======================  ==========================================================

When it fails: printed digits are no handwriting.  A model that was trained on one font learns the
font; variety that is wider than the real world's (domain randomisation) helps, and never closes
the gap.  Free labels can hurt where real ones are there already.

Reference: Tobin et al., Domain randomization for transferring deep neural networks from simulation
to the real world, IROS (2017).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from synthkit.base import Simulator
from synthkit.errors import require_number, require_whole
from synthkit.failures import Failure
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.images.drawing import FONTS, POINTS, SIDE, Knobs, draw
from synthkit.techniques.images.failures import FAILURES

RANGES: dict[str, tuple[float, float, str]] = {
    "rotation_sd_deg": (0, 180, "degrees"),
    "shear_sd": (0, 2, "(shift for each unit of height)"),
    "stretch_sd": (0, 1, "(standard deviation of the log width)"),
    "size_sd": (0, 0.5, "(share of the picture)"),
    "shift_sd": (0, 0.5, "(share of the picture)"),
    "thickness": (-0.1, 0.2, "digit heights"),
    "thickness_sd": (0, 0.2, "digit heights"),
    "noise": (0, 0.5, "(probability)"),
}
AT_ONCE = 512  # pictures drawn at a time: their arrays stay in the processor's cache
PIXELS = [f"pixel_{row}_{column}" for row in range(SIDE) for column in range(SIDE)]


class Images(Simulator):
    """Digits in many fonts, turned, sheared, thickened and noisy, with their labels.

    Parameters
    ----------
    count : int
        Pictures of one run.
    fonts : int
        How many of the fonts that come with matplotlib (read by Pillow).
    rotation_sd_deg, shear_sd, stretch_sd, size_sd, shift_sd : float
        Spreads of the knobs; all 0 draws plain print.
    thickness, thickness_sd : float
        Mean and spread of what is added to the strokes, in heights of the digit.
    noise : float
        Share of the points that flip.

    Examples
    --------
    >>> pictures, labels = Images().arrays(5, rng=0)
    >>> pictures.shape, labels.shape, int(pictures.max()) <= 16
    ((5, 8, 8), (5,), True)
    """

    name: ClassVar[str] = "images"
    failures: ClassVar[tuple[Failure, ...]] = FAILURES
    tables = ("images",)

    def __init__(
        self,
        *,
        count: int = 500,
        fonts: int = len(FONTS),
        rotation_sd_deg: float = 8.6,
        shear_sd: float = 0.2,
        stretch_sd: float = 0.15,
        size_sd: float = 0.05,
        shift_sd: float = 0.03,
        thickness: float = 0.03,
        thickness_sd: float = 0.02,
        noise: float = 0.01,
    ) -> None:
        self.count = count
        self.fonts = fonts
        self.rotation_sd_deg = rotation_sd_deg
        self.shear_sd = shear_sd
        self.stretch_sd = stretch_sd
        self.size_sd = size_sd
        self.shift_sd = shift_sd
        self.thickness = thickness
        self.thickness_sd = thickness_sd
        self.noise = noise

    def arrays(self, n: int, *, rng: RandomState = None) -> tuple[np.ndarray, np.ndarray]:
        """Return n pictures (n, 8, 8) of 0 … 16 and their digits (n,)."""
        require_whole("n", n, 0, 10_000_000, "pictures")
        self._check_parameters()
        knobs, pictures = self._draw(n, as_generator(rng))
        return pictures, knobs.digit

    def _draw(self, n: int, rng: np.random.Generator) -> tuple[Knobs, np.ndarray]:
        knobs = self._knobs(n, rng)
        pictures = np.empty((n, SIDE, SIDE), dtype=np.int64)
        side = SIDE * POINTS
        for start in range(0, n, AT_ONCE):
            part = slice(start, start + AT_ONCE)
            some = Knobs(*(values[part] for values in vars(knobs).values()))
            size = (len(some.digit), side, side)
            flips = rng.random(size, dtype=np.float32) < self.noise
            pictures[part] = draw(some, FONTS[: self.fonts], flips)
        return knobs, pictures

    def _knobs(self, n: int, rng: np.random.Generator) -> Knobs:
        turn = np.deg2rad(float(self.rotation_sd_deg))
        return Knobs(
            digit=rng.integers(0, 10, n),
            font=rng.integers(0, self.fonts, n),
            rotation_rad=rng.normal(0, turn, n),
            shear=rng.normal(0, self.shear_sd, n),
            stretch=np.exp(rng.normal(0, self.stretch_sd, n)),
            size=np.clip(rng.normal(1, self.size_sd, n), 0.5, 1.2),
            shift_x=rng.normal(0, self.shift_sd, n),
            shift_y=rng.normal(0, self.shift_sd, n),
            thickness=rng.normal(self.thickness, self.thickness_sd, n),
        )

    def _simulate(self, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
        knobs, pictures = self._draw(self.count, rng)
        drawn = pd.DataFrame(
            {
                "image_id": np.arange(self.count),
                "digit": knobs.digit,
                "font": pd.Categorical.from_codes(
                    knobs.font.astype(np.int8), categories=pd.Index(FONTS)
                ),
                "rotation_deg": np.rad2deg(knobs.rotation_rad),
                "thickness": knobs.thickness,
            }
        )
        pixels = pd.DataFrame(pictures.reshape(self.count, -1), columns=PIXELS)
        return {"images": pd.concat([drawn, pixels], axis=1)}

    def _check_parameters(self) -> None:
        require_whole("count", self.count, 1, 1_000_000, "pictures")
        require_whole("fonts", self.fonts, 1, len(FONTS), "fonts")
        for name, (low, high, unit) in RANGES.items():
            require_number(name, getattr(self, name), low, high, unit)
