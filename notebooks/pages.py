"""Build the site: every lesson as a page whose players play without a kernel, and the API pages.

    python notebooks/pages.py FOLDER [LESSON ...] [--no-api]

Each lesson is run again (two at a time), because the committed notebooks keep pictures only; while
it runs, ``SYNTHKIT_REPLAY`` makes every player and every failure dial add its recorded runs to its
output.  A page holds the player once and those recordings; it stands alone, opens from a folder, and
asks the network for nothing.  Equations become MathML, which browsers draw without a script.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import build

from synthkit.course.catalog import LESSONS, lesson_info
from synthkit.trace import script_safe
from synthkit.widgets.kit_widget import ASSETS, REPLAY_MIME, REPLAY_VARIABLE

AT_ONCE = 2
PLACEHOLDER = "synthkitequation{}end"
#: Modules without API pages: what lessons and commands are made of.
LEFT_OUT = ("synthkit.course", "synthkit.commands")
# What a page of the course adds to nbconvert's: room for the widgets, and a line of links on top.
STYLE = """
.synthkit-nav { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 10px 16px;
  border-bottom: 1px solid #bdbdbd; font-family: system-ui, sans-serif; }
body.jp-Notebook { padding: 0; } main { max-width: 62em; margin: 0 auto; padding: 8px; }
.jp-InputPrompt, .jp-OutputPrompt { display: none; }
.jp-OutputArea-output img { max-width: 100%; height: auto; }
@media (max-width: 480px) { main { padding: 4px; } }
"""
INDEX_STYLE = """
:root { color-scheme: light dark; } body { font: 16px/1.5 system-ui, sans-serif; max-width: 56em;
  margin: 0 auto; padding: 1em; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; border-bottom: 1px solid
  #8886; }
@media (max-width: 400px) { body { padding: 8px; } th, td { padding-right: 6px; } }
"""
# The system's dark theme: in the lessons JupyterLab's own colours, which the players follow.
DARK_LESSON = "@media (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; }} {theme} }}"
DARK_BODY = """<script>
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => { document.body.dataset.jpThemeLight = String(!dark.matches); };
  dark.addEventListener('change', follow);
  follow();
</script>"""
DARK_API = """
.pdoc pre, .pdoc .docstring, .pdoc .attr {{ overflow-x: auto; }}
.pdoc .modulename, .pdoc .inherited dt {{ overflow-wrap: anywhere; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --pdoc-background: #16191d; color-scheme: dark; }}
  .pdoc {{ --text: #e9ecef; --muted: #a6adb4; --link: #8ab8f5; --link-hover: #b5d2fa; --code: #272c33;
    --active: #54501f; --accent: #2a2f36; --accent2: #4a515a; --nav-hover: rgba(255, 255, 255, .1);
    --name: #7fc0ff; --def: #5fd35f; --annotation: #6fd0a0; }}
  {code}
}}
"""


# --- a lesson ---------------------------------------------------------------------------------


def lesson_page(lesson_id: str, folder: Path) -> float:
    """Run a lesson, write its page, and return the seconds that it took."""
    start = time.monotonic()
    os.environ[REPLAY_VARIABLE] = "1"
    made = build.notebook(lesson_id, (build.SOURCES / f"{lesson_id}.py").read_text("utf-8"))
    build.execute(made, keep=replayed)
    (folder / f"{lesson_id}.html").write_text(as_page(made, lesson_id), "utf-8")
    return time.monotonic() - start


def replayed(output: Any) -> Any:
    """Put what plays in the place of the picture; leave any other output as a build does."""
    recording = output.get("data", {}).get(REPLAY_MIME)
    if recording is None:
        return build.stripped(output)
    page = replay_html(recording)
    return type(output)(
        output_type="display_data", metadata={}, data={"text/html": page, "text/plain": ""}
    )


def replay_html(recording: dict[str, Any]) -> str:
    """Return the recording as data behind which the page's script puts its player."""
    if "script" in recording:
        return welcome_html(recording)
    said = html.escape(str(recording.get("sentence", "")))
    return (
        f'<script type="application/json" class="synthkit-replay">{as_json(recording)}</script>'
        f'<div class="synthkit-place"></div><noscript><p>{said}</p></noscript>'
    )


def welcome_html(recording: dict[str, Any]) -> str:
    """Return a widget that needs no kernel as a module of its own, with its state as data."""
    state = as_json({"spec": recording["spec"], "state": recording["state"]})
    script = recording["script"].replace("export default { render };", "")
    assert "</script" not in script
    return (
        f"<style>{recording['style']}</style>"
        f'<script type="application/json" class="synthkit-state">{state}</script>'
        "<div></div>"
        f'<script type="module">{script}\n'
        f"const {{ node, values }} = globalThis.synthkitNextPlace();\n"
        "render({ el: node, model: { get: (name) => values[name], on() {}, off() {}, send() {} } });"
        "</script>"
    )


#: Modules run in the order in which they stand: each takes the next place that is still empty.
NEXT_PLACE = """
globalThis.synthkitNextPlace = () => {
  const data = document.querySelector('script.synthkit-state:not([data-taken])');
  data.dataset.taken = 'yes';
  return { node: data.nextElementSibling, values: JSON.parse(data.textContent) };
};
"""


def as_json(value: Any) -> str:
    """Return JSON that can't end the script element in which it stands."""
    return script_safe(json.dumps(value, ensure_ascii=False))


def as_page(made: Any, lesson_id: str) -> str:
    """Return the page of a lesson that was run."""
    from nbconvert import HTMLExporter

    equations: list[str] = []
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = linked(lifted(cell.source, equations))
    exporter = HTMLExporter(mathjax_url="", require_js_url="", mermaid_js_url="", embed_images=True)
    page, _ = exporter.from_notebook_node(made)
    page = with_equations(page, equations)
    title = html.escape(lesson_info(lesson_id).title)
    page = re.sub(r"<title>.*?</title>", f"<title>{title}</title>", page, count=1, flags=re.DOTALL)
    # Whatever the template would still fetch: nothing on these pages needs it.
    page = re.sub(r'<script[^>]+src="https?://[^"]*"[^>]*></script>', "", page)
    page = re.sub(r'<script type="module">\s*document.addEventListener.*?</script>', "", page,
                  count=1, flags=re.DOTALL)  # fmt: skip
    style = STYLE + DARK_LESSON.format(theme=dark_theme())
    head = f"<style>{style}</style><script>{NEXT_PLACE}</script></head>"
    page = page.replace("</head>", head, 1)
    top = DARK_BODY + navigation(lesson_id)
    page = re.sub(r"(<body[^>]*>)", lambda m: m.group(1) + top, page, count=1)
    player = (ASSETS / "player.js").read_text("utf-8")
    tail = f'<script type="module">{player}</script></body>'
    return page[::-1].replace("</body>"[::-1], tail[::-1], 1)[::-1]


def dark_theme() -> str:
    """Return JupyterLab's dark colours, as nbconvert brings them."""
    from jupyter_core.paths import jupyter_path

    places = jupyter_path("nbconvert", "templates", "lab", "static", "theme-dark.css")
    return next(path for path in map(Path, places) if path.exists()).read_text("utf-8")


def lifted(text: str, equations: list[str]) -> str:
    """Put a placeholder where ``$$…$$`` or ``$…$`` stood, and the MathML of it into ``equations``.

    A lone dollar is a price.  nbconvert tears MathML apart: so it comes back into the finished page.
    """
    from latex2mathml.converter import convert

    def lift(match: re.Match[str]) -> str:
        block, inline = match.groups()
        source = re.sub(r"\\tag\{(.+?)\}", r"\\qquad (\1)", " ".join((block or inline).split()))
        equations.append(convert(source, display="block" if block else "inline"))
        return PLACEHOLDER.format(len(equations) - 1)

    return re.sub(r"\$\$(.+?)\$\$|\$(?=\S)([^$\n]+?)(?<=\S)\$(?!\d)", lift, text, flags=re.DOTALL)


def with_equations(page: str, equations: list[str]) -> str:
    """Put the equations back."""
    pattern = PLACEHOLDER.format(r"(\d+)")
    return re.sub(pattern, lambda match: equations[int(match.group(1))], page)


def linked(text: str) -> str:
    """Let a link to another lesson's notebook lead to its page."""
    return re.sub(r"\((\d\d_\w+)\.ipynb\)", r"(\1.html)", text)


def navigation(lesson_id: str) -> str:
    """Return the line of links on top: the course, the lesson before, the one after."""
    ids = build.lessons()
    at = ids.index(lesson_id)
    links = ['<a href="index.html">The course</a>']
    for arrow, near in (("← ", ids[at - 1] if at else ""), ("→ ", "".join(ids[at + 1 : at + 2]))):
        if near:
            links.append(f'<a href="{near}.html">{arrow}{html.escape(lesson_info(near).title)}</a>')
    return f'<nav class="synthkit-nav" aria-label="Lessons">{"".join(links)}</nav>'


# --- the rest ---------------------------------------------------------------------------------


def index_page(lesson_ids: list[str], api: bool) -> str:
    """Return the list of the lessons in the course's order."""
    rows = "".join(
        f'<tr><td>{info.id[:2]}</td><td><a href="{info.id}.html">{html.escape(info.title)}</a></td>'
        f"<td>{info.minutes}</td><td>{html.escape(info.breaks)}</td></tr>"
        for info in LESSONS
        if info.id in lesson_ids
    )
    docs = (
        '<p><a href="api/synthkit.html">The library: every class and function</a></p>'
        if api
        else ""
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>synthkit: the course</title><style>{INDEX_STYLE}</style></head><body>"
        "<h1>synthkit: the course</h1>"
        "<p>Learn, see and prototype synthetic data. The pictures on these pages play their recorded "
        "runs; to predict, answer and change the code, run the lessons: "
        "<code>python run.py lab</code>.</p>"
        "<table><thead><tr><th></th><th>lesson</th><th>minutes</th><th>how you break it</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>{docs}</body></html>\n"
    )


def resolve_lazy_names() -> None:
    """Put names that a module imports when asked into the module: pdoc reads what stands there."""
    import importlib
    import pkgutil

    import synthkit

    for found in pkgutil.walk_packages(synthkit.__path__, "synthkit."):
        if found.ispkg and not found.name.startswith(LEFT_OUT):
            importlib.import_module(found.name)
    # What ``import synthkit as sk`` offers stands on the first page, wherever it lives.
    parts = {found.name for found in pkgutil.iter_modules(synthkit.__path__)}
    synthkit.__all__ = sorted(n for n in {*dir(synthkit), *parts} if not n.startswith("_"))
    for part in parts & set(synthkit.__all__):
        importlib.import_module(f"synthkit.{part}")
    for name in sorted(name for name in sys.modules if name.split(".")[0] == "synthkit"):
        module = sys.modules[name]
        for public in getattr(module, "__all__", ()):
            setattr(module, public, getattr(module, public))


def api_pages(folder: Path) -> None:
    """Write the API pages from the docstrings."""
    import pdoc
    from pygments.formatters import HtmlFormatter

    resolve_lazy_names()
    equations: list[str] = []
    convert = pdoc.docstrings.convert
    pdoc.docstrings.convert = lambda text, *given: convert(readable(text, equations), *given)
    with tempfile.TemporaryDirectory() as look:
        code = HtmlFormatter(style="monokai").get_style_defs(".pdoc-code")
        (Path(look) / "custom.css").write_text(DARK_API.format(code=code), "utf-8")
        pdoc.render.configure(
            docformat="numpy", search=True, footer_text="synthkit", template_directory=Path(look)
        )
        pdoc.pdoc("synthkit", "!synthkit.course.exercises", "!synthkit.course.runs",
                  output_directory=folder / "api")  # fmt: skip
    for page in (folder / "api").rglob("*.html"):
        page.write_text(with_equations(page.read_text("utf-8"), equations), "utf-8")
    index = folder / "api" / "search.js"
    index.write_text(re.sub(PLACEHOLDER.format(r"\d+"), "", index.read_text("utf-8")), "utf-8")


def readable(text: str, equations: list[str]) -> str:
    """Turn what pdoc doesn't know, equations and simple tables, into what it does.

    An equation becomes a placeholder, its MathML goes into ``equations``; a table becomes Markdown.
    """
    from latex2mathml.converter import convert

    def lift(match: re.Match[str]) -> str:
        equations.append(convert(" ".join(match[1].split())))
        return PLACEHOLDER.format(len(equations) - 1)

    text = lifted(re.sub(r":math:`(.+?)`", lift, text, flags=re.DOTALL), equations)
    return re.sub(rf"^{RULER}$\n(?:.+\n)+?{RULER}$\n(?:.+\n)+?{RULER}$", as_markdown, text,
                  flags=re.MULTILINE)  # fmt: skip


RULER = r"=+(?: +=+)+ *"


def as_markdown(table: re.Match[str]) -> str:
    """Return a simple table (columns under rulers of =) in Markdown."""
    ruler, *lines = table[0].splitlines()
    starts = [found.start() for found in re.finditer("=+", ruler)]
    rows = [
        [line[a:b].strip() for a, b in zip(starts, [*starts[1:], None])]
        for line in lines
        if not re.fullmatch(RULER, line)
    ]
    rows.insert(1, ["---"] * len(starts))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Build the site.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("lesson", nargs="*", help="only these")
    parser.add_argument("--no-api", action="store_true", help="leave the API pages out")
    wish = parser.parse_args(arguments)
    wish.folder.mkdir(parents=True, exist_ok=True)
    ids = wish.lesson or build.lessons()
    start = time.monotonic()
    with ProcessPoolExecutor(AT_ONCE) as pool:
        for name, seconds in zip(ids, pool.map(lesson_page, ids, [wish.folder] * len(ids))):
            print(f"{name}: {seconds:.0f} s", flush=True)
    if not wish.no_api:
        api_pages(wish.folder)
    (wish.folder / "index.html").write_text(index_page(ids, not wish.no_api), "utf-8")
    print(f"{wish.folder / 'index.html'}: {len(ids)} lessons in {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
