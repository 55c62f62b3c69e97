"""Write the catalog that the extension reads: the kit's list of lessons, and their outlines.

    python widgets/labextension/scripts/catalog.py

The list comes from ``synthkit/course/catalog.py``; only lessons whose notebook is built are in it.
The outline of each is read from its cells' metadata, by the rules of ``src/structure.ts``, so that
the sidebar can show a lesson that nobody has opened yet.  Run it after building a lesson: a test
says when that was forgotten.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]
NOTEBOOKS = REPOSITORY / "notebooks"
CATALOG = REPOSITORY / "synthkit" / "labextension" / "course" / "catalog.json"

Json = dict[str, Any]
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)


def first_heading(source: str) -> str:
    """Return a Markdown source's first heading as plain text, or ``""``."""
    found = _HEADING.search(source)
    if not found:
        return ""
    plain = re.sub(r"</?abbr[^>]*>|[*`]", "", found[1])
    return re.sub(r"^\d+\.\s+", "", plain).strip()


def humanise(name: str) -> str:
    """Return 'Estimate pi' for 'estimate-pi'."""
    words = re.sub(r"[-_]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def minutes_of(value: object) -> float | None:
    """Return the minutes if they are a positive number."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return value if good else None  # type: ignore[return-value]


def outline(cells: list[Json], headings: list[Json]) -> list[Json]:
    """Group a notebook's cells into sections and exercises, in the order they stand in."""
    template = {heading["slug"]: heading for heading in headings}
    sections: dict[str, Json] = {}
    for cell in cells:
        meta = cell["metadata"].get("synthkit", {})
        slug = meta.get("section")
        if not slug:
            continue
        heading = ""
        if cell["cell_type"] == "markdown":
            heading = first_heading("".join(cell["source"]))
        is_first = slug not in sections
        if is_first:
            known = template.get(slug, {})
            sections[slug] = {
                "slug": slug, "title": known.get("heading") or heading or humanise(slug),
                "minutes": None, "core": known.get("core", False), "exercises": {},
            }
        section = sections[slug]
        if meta.get("exercise"):
            _place(section["exercises"], meta, "" if is_first else heading)
        elif section["minutes"] is None:
            section["minutes"] = minutes_of(meta.get("minutes"))
    for section in sections.values():
        section["exercises"] = list(section["exercises"].values())
    return list(sections.values())


def _place(exercises: dict[str, Json], meta: Json, heading: str) -> None:
    name = meta["exercise"]
    entry = exercises.setdefault(name, {"id": name, "title": humanise(name), "minutes": None})
    title = meta.get("title") or heading
    if title and entry["title"] == humanise(name):
        entry["title"] = title
    if entry["minutes"] is None:
        entry["minutes"] = minutes_of(meta.get("minutes"))


def catalog() -> Json:
    """Return the catalog as plain JSON types."""
    sys.path.insert(0, str(REPOSITORY))
    import synthkit
    from synthkit.course.catalog import catalog_dict

    found = catalog_dict()
    lessons = []
    for lesson in found["lessons"]:
        path = NOTEBOOKS / lesson["notebook"]
        if path.exists():
            notebook = json.loads(path.read_text(encoding="utf-8"))
            lessons.append({**lesson, "outline": outline(notebook["cells"], found["sections"])})
    return {**found, "kit": synthkit.__version__, "lessons": lessons}


def text() -> str:
    """Return the catalog as it stands in the file."""
    return json.dumps(catalog(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    CATALOG.parent.mkdir(parents=True, exist_ok=True)
    CATALOG.write_text(text(), encoding="utf-8")
