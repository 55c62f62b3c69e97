"""The course at a glance: which lessons there are, in which order, and what each one breaks.

The JupyterLab extension reads the same facts from ``catalog.json`` beside this file; a test
says when the two differ.  Write it again with ``python -m synthkit.course.catalog``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from synthkit.errors import ParameterError

#: The ten fixed headings of a lesson, in order: slug -> heading.
SECTIONS: dict[str, str] = {
    "in-one-minute": "In one minute",
    "predict": "Predict",
    "watch": "Watch",
    "explain": "Explain",
    "build-it": "Build it",
    "look-inside": "Look inside",
    "break-it": "Break it, then repair it",
    "judge-it": "Judge it",
    "your-data": "Your own data",
    "when-to-use": "When to use it, when not",
}

#: The ten-minute core of each lesson; the rest is marked optional.
CORE_SECTIONS: tuple[str, ...] = ("predict", "watch", "break-it")


@dataclass(frozen=True)
class LessonInfo:
    """What the outline, the launcher and the command line say about one lesson.

    Parameters
    ----------
    id : str
        The notebook's name without its ending, e.g. ``"01_monte_carlo"``.
    title : str
    minutes : int
        For the whole lesson; the core takes ten.
    prerequisites : tuple of str
        Ids of lessons to do first; empty where none is needed.
    breaks : str
        The failure that the learner brings about, in a few words.
    extra : str
        The optional dependency groups it needs, as pip is told: ``"data,masking"``, or ``""``.
    technique : str
        The registry key of its technique, or ``""``.
    omits : tuple of str
        Template sections that make no sense here (only lessons 00, 14 and 15 have any).
    """

    id: str
    title: str
    minutes: int
    prerequisites: tuple[str, ...]
    breaks: str
    extra: str
    technique: str
    omits: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The lesson's place in the course (its two leading digits)."""
        return int(self.id[:2])

    @property
    def name(self) -> str:
        """The id without its number: the exercises' module is named so."""
        return self.id[3:]

    @property
    def sections(self) -> tuple[str, ...]:
        """The slugs of the sections that this lesson has, in order."""
        return tuple(slug for slug in SECTIONS if slug not in self.omits)


_NO_TECHNIQUE = ("build-it", "look-inside")

LESSONS: tuple[LessonInfo, ...] = (
    LessonInfo(
        "00_welcome",
        "Welcome: which table is real?",
        30,
        (),
        "a fake that fools the eye and fails the scorecard",
        "",
        "",
        omits=(*_NO_TECHNIQUE, "your-data"),
    ),
    LessonInfo(
        "01_monte_carlo",
        "Monte Carlo: let chance do the counting",
        35,
        (),
        "independent columns lose the correlations; plain sampling misses the rare event",
        "",
        "monte_carlo",
    ),
    LessonInfo(
        "02_bootstrap",
        "Bootstrap: one sample, many worlds",
        35,
        ("01_monte_carlo",),
        "dependent rows and the maximum: intervals that cover too little",
        "",
        "bootstrap",
    ),
    LessonInfo(
        "03_masking",
        "Masking: the names are gone, are the people?",
        35,
        (),
        "two known facts find one passenger among 1,313 masked cards",
        "data,masking",
        "masking",
    ),
    LessonInfo(
        "04_perturbation",
        "Perturbation: noise with a promise",
        40,
        ("03_masking",),
        "plain noise flattens correlations; strong privacy erases a small group",
        "",
        "perturbation",
    ),
    LessonInfo(
        "05_gan",
        "GAN: a forger and a detective",
        40,
        ("01_monte_carlo",),
        "mode collapse: the losses look healthy, five modes are missing",
        "deep",
        "gan",
    ),
    LessonInfo(
        "06_vae",
        "VAE: squeeze a table through a bottleneck",
        40,
        ("01_monte_carlo",),
        "posterior collapse: latent axes that carry nothing",
        "deep",
        "vae",
    ),
    LessonInfo(
        "07_driving",
        "Driving: data from the laws of motion",
        40,
        (),
        "the wrong friction: right where it was calibrated, wrong outside",
        "",
        "car",
    ),
    LessonInfo(
        "08_traffic",
        "Traffic: a jam from nothing",
        35,
        ("07_driving",),
        "two different rules with one and the same average",
        "",
        "traffic",
    ),
    LessonInfo(
        "09_market",
        "A market: prices without news",
        40,
        ("08_traffic",),
        "no fat tails and no volatility clusters",
        "",
        "market",
    ),
    LessonInfo(
        "10_finance_rules",
        "Finance by rules",
        40,
        ("01_monte_carlo",),
        "a fraud detector that learns the rule, not the fraud",
        "finance",
        "finance",
    ),
    LessonInfo(
        "11_hybrid",
        "Hybrid: a core and its refinements",
        40,
        ("01_monte_carlo", "02_bootstrap"),
        "a loop fed on its own output: variance and tails vanish",
        "",
        "hybrid",
    ),
    LessonInfo(
        "12_judging",
        "Judging: which table would you trust?",
        35,
        ("01_monte_carlo",),
        "a table that scores well on one axis by failing another",
        "",
        "",
    ),
    LessonInfo(
        "13_attacking",
        "Attacking: who was in the training data?",
        40,
        ("12_judging",),
        "memorisation: the attack finds the members",
        "",
        "",
    ),
    LessonInfo(
        "14_your_data",
        "Your data: which technique suits it?",
        30,
        ("12_judging",),
        "nothing: every technique meets your own table",
        "",
        "",
        omits=("watch", *_NO_TECHNIQUE, "break-it"),
    ),
    LessonInfo(
        "15_your_technique",
        "Your technique: from an idea to the arena",
        40,
        ("12_judging",),
        "well-mannered copies: every promise kept, and the people found",
        "",
        "",
        omits=("look-inside", "your-data"),
    ),
    LessonInfo(
        "16_labelled_images",
        "Labelled images: labels for free",
        40,
        ("12_judging",),
        "drawn in one font, tested on real handwriting",
        "",
        "images",
    ),
)


def lesson_info(lesson_id: str) -> LessonInfo:
    """Return the catalog's entry for a lesson.

    Raises
    ------
    ParameterError
        If there is no such lesson.
    """
    for info in LESSONS:
        if info.id == lesson_id:
            return info
    known = ", ".join(info.id for info in LESSONS)
    raise ParameterError(f"lesson must be one of {known}; got {lesson_id!r}.")


def catalog_dict() -> dict[str, Any]:
    """Return the catalog as plain JSON types, for the extension and the command line."""
    return {
        "version": 1,
        "sections": [
            {"slug": slug, "heading": heading, "core": slug in CORE_SECTIONS}
            for slug, heading in SECTIONS.items()
        ],
        "lessons": [{**asdict(info), "notebook": f"{info.id}.ipynb"} for info in LESSONS],
    }


def catalog_json() -> str:
    """Return the catalog as JSON text, byte for byte what ``catalog.json`` holds."""
    return json.dumps(catalog_dict(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("catalog.json").write_text(catalog_json(), encoding="utf-8")
