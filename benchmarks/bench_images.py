"""Labelled pictures, against one PIL call for each picture, which is what a user would write."""

from __future__ import annotations

import time

import numpy as np

import synthkit as sk
from synthkit.techniques.images.drawing import FONTS, font_file

COUNT, PEER_COUNT = 20_000, 500


def pillow_loop(n: int) -> None:
    """Draw n turned digits one by one: the usual loop."""
    from PIL import Image, ImageDraw, ImageFont

    rng = np.random.default_rng(0)
    faces = [ImageFont.truetype(str(font_file(name)), size=28) for name in FONTS]
    for _ in range(n):
        canvas = Image.new("L", (32, 32), 0)
        face = faces[rng.integers(len(faces))]
        ImageDraw.Draw(canvas).text((8, 0), str(rng.integers(10)), fill=255, font=face)
        turned = canvas.rotate(float(rng.normal(0, 8.6)), resample=Image.Resampling.BILINEAR)
        np.asarray(turned).reshape(8, 4, 8, 4).mean(axis=(1, 3))


def main() -> list[dict]:
    """Measure, and return rows for the table of ratios."""
    sk.Images().arrays(10, rng=0)
    start = time.process_time()
    sk.Images().arrays(COUNT, rng=1)
    rate = COUNT / (time.process_time() - start)
    start = time.process_time()
    pillow_loop(PEER_COUNT)
    peer = PEER_COUNT / (time.process_time() - start)
    return [{"what": "labelled digits with all knobs", "value": rate, "unit": "pictures/CPU-s",
             "target": "", "peer": peer}]  # fmt: skip


if __name__ == "__main__":
    for row in main():
        print(row)
