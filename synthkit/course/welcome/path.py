"""The recommended path: what somebody wants, and the lessons that lead there."""

from __future__ import annotations

from synthkit.course.catalog import lesson_info
from synthkit.course.progress import Progress
from synthkit.course.report import Rows

#: (what you want, lessons in order)
PATHS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("See what it is, in an evening", ("01_monte_carlo", "12_judging", "13_attacking")),
    ("Share a table about people", ("03_masking", "04_perturbation", "12_judging", "13_attacking")),
    ("Train a model with few labels", ("16_labelled_images", "10_finance_rules", "12_judging")),
    ("Understand the networks", ("01_monte_carlo", "05_gan", "06_vae", "12_judging")),
    ("Try out what can't be tried in the world", ("07_driving", "08_traffic", "09_market")),
    ("Know how sure an answer is", ("01_monte_carlo", "02_bootstrap")),
    ("Repair what a generator gets wrong", ("01_monte_carlo", "02_bootstrap", "11_hybrid")),
    ("Use it on a table of your own", ("12_judging", "14_your_data", "15_your_technique")),
)


def recommended_path(progress: Progress | None = None) -> Rows:
    """Return the paths as a table; lessons that are finished carry a tick.

    Parameters
    ----------
    progress : Progress, optional
        Of the workspace; by default nothing is ticked.
    """
    lessons = progress.read()["lessons"] if progress is not None else {}

    def words(lesson_id: str) -> str:
        info = lesson_info(lesson_id)
        tick = "✓ " if lessons.get(lesson_id, {}).get("finished") else ""
        return f"{tick}{info.id[:2]} {info.title.partition(':')[0]} ({info.minutes} min)"

    rows = tuple((wish, " → ".join(map(words, path))) for wish, path in PATHS)
    return Rows(("you want to", "lessons, in this order"), rows)
