"""Draw the README's moving picture from the recorded runs of lesson 05.

    python notebooks/moving_picture.py [FILE]

Two GANs, the same seed; the right one's detective learns ten times more slowly.  The frames are the
recorded ones, drawn as the lesson's posters are; nothing is trained here.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from synthkit.course.recorded import one
from synthkit.trace import Frame, View
from synthkit.widgets.posters import draw_view

TARGET = ROOT / "images" / "gan.gif"
RUNS = {"both learn equally fast": "gan_theatre_1", "the detective learns slowly": "gan_theatre_0.1"}
VIEW = "cloud"
WIDTH_IN, HEIGHT_IN, DPI = 7.2, 4.1, 90
EVERY = 2  # of the recorded frames
FRAME_MS, LAST_MS = 160, 3_000  # the end stays long enough to be read
COLOURS = 32


def draw(views: dict[str, View], frames: dict[str, Frame]) -> bytes:
    """Return one frame of the picture as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI)
    for i, (name, frame) in enumerate(frames.items()):
        axes = figure.add_subplot(1, 2, i + 1)
        draw_view(axes, views[name], [m for m in frame.marks[VIEW] if m["type"] == "points"])
        axes.set_title("", loc="left")
        axes.set_title(name, fontsize=11)
        axes.set_aspect("equal")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(f"step {frame.step:,.0f}: {frame.scalars['modes']:.0f} of 8 clouds found")
        axes.set_ylabel("")
        if axes.get_legend() is not None:
            axes.get_legend().remove()
    figure.suptitle("A GAN learns eight clouds: blue real, red made", fontsize=12)
    figure.tight_layout()
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


def main(target: Path = TARGET) -> None:
    """Write the picture."""
    from PIL import Image

    traces = {name: one(file) for name, file in RUNS.items()}
    views = {n: next(v for v in t.views if v.id == VIEW) for n, t in traces.items()}
    count = min(len(trace.frames) for trace in traces.values())
    chosen = [*range(0, count - 1, EVERY), count - 1]
    pngs = [draw(views, {n: t.frames[i] for n, t in traces.items()}) for i in chosen]
    pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png in pngs]
    # One palette for all, from the last frame: colours do not flicker.
    palette = pictures[-1].quantize(COLOURS)
    still = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    durations = [*[FRAME_MS] * (len(still) - 1), LAST_MS]
    target.parent.mkdir(exist_ok=True)
    still[0].save(target, save_all=True, append_images=still[1:], duration=durations, loop=0,
                  optimize=True)  # fmt: skip


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
