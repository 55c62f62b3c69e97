"""Make the recorded runs of a technique again: ``python -m synthkit.course.recorded vae``."""

from __future__ import annotations

import sys

from synthkit.course.recorded import FOLDER, SEED, record


def main(technique: str) -> None:
    """Record every failure of the technique's lesson, and its theatre."""
    if technique == "vae":
        from synthkit.course.runs.vae import theatre
        from synthkit.techniques.vae_failures import FAILURES

        for failure in FAILURES:
            record(failure)
        *_, last = theatre(SEED)
        last.save(FOLDER / "vae_theatre.json")
    if technique == "gan":
        from synthkit.course.runs.gan import TAPES
        from synthkit.course.runs.gan import theatre as ring

        for name, settings in TAPES.items():
            *_, last = ring(SEED, **settings)
            last.save(FOLDER / f"{name}.json")
    if technique == "hybrid":
        from synthkit.course.runs.hybrid import TAPES as CORES
        from synthkit.course.runs.hybrid import refine_now

        for core, name in CORES.items():
            refine_now(SEED, core).save(FOLDER / f"{name}.json")


if __name__ == "__main__":
    main(sys.argv[1])
