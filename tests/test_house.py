"""The rules of the house, read off the source: three floors, lazy imports, nothing from outside."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import synthkit as sk

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "synthkit"
MODULES = {
    ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

GROUND = (
    "base",
    "datasets",
    "errors",
    "failures",
    "files",
    "marks",
    "measure",
    "rng",
    "saving",
    "tables",
    "trace",
)
TOP = (
    "arena",
    "arena_export",
    "arena_process",
    "arena_run",
    "contenders",
    "contest",
    "prototype",
    "scale",
    "scale_masking",
    "course",
    "widgets",
    "commands",
    "cli",
    "__main__",
)
MAX_LINES = 450

HEAVY = {"torch", "matplotlib", "sklearn", "scipy", "pandas", "numpy", "IPython", "ipywidgets"}
JUPYTER = ("IPython", "anywidget", "ipykernel", "ipywidgets", "jupyter", "nbformat", "traitlets")
NETWORK = ("aiohttp", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "urllib.request")
EXECUTES_FILES = ("dill", "cloudpickle", "joblib", "marshal", "pickle", "shelve")


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


def imports_of(module: str, tree: ast.AST | None = None) -> Iterator[str]:
    """Yield every module that ``module`` imports, at its top or inside a function."""
    is_package = MODULES[module].name == "__init__.py"
    for node in ast.walk(tree or tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parts, base] if base else parts)
            yield base
            for alias in node.names:
                if f"{base}.{alias.name}" in MODULES:
                    yield f"{base}.{alias.name}"


def part(module: str) -> str:
    """Return the part of the house that a module stands in: 'base', 'techniques', 'cli' ..."""
    return module.split(".")[1] if "." in module else ""


def floor(module: str) -> int:
    """Return 0 for the ground, 1 for the techniques, 2 for the top."""
    if part(module) in GROUND:
        return 0
    if part(module) == "techniques":
        return 1
    assert part(module) in ("", *TOP), f"{module} stands on no floor: say in test_house.py which"
    return 2


# What several techniques stand on, and no technique itself: coded rows or numbers for networks,
# their training, and the failure they have in common.
SHARED = ("torch_codes", "torch_numbers", "torch_training", "torch_memory")


def family(module: str) -> str:
    """Return the technique that a module belongs to ('' for the registry itself)."""
    names = module.split(".")[2:]
    if not names:
        return ""
    own = [name for name in sk.registry() if names[0] == name or names[0].startswith(f"{name}_")]
    return max(own, key=len, default=names[0])


def matches(imported: str, names: tuple[str, ...]) -> bool:
    return any(imported == name or imported.startswith((f"{name}.", f"{name}_")) for name in names)


def floor_violations(module: str, imported: str) -> str | None:
    """Say which rule of the three floors an import breaks, if any."""
    if part(imported) == "" or imported.split(".")[0] != "synthkit":
        return None
    if floor(imported) > floor(module):
        if part(module) in ("base", "saving") and imported == "synthkit.techniques":
            return None  # what loads a file asks the registry, which imports no technique
        return "imports a higher floor"
    allowed = ("", *SHARED, family(module)) if floor(imported) == 1 else ()
    if floor(module) == 1 and allowed and family(imported) not in allowed:
        return None if family(module) == "hybrid" else "a technique imports another"
    return None


@pytest.mark.parametrize("module", MODULES)
def test_imports_keep_to_the_floors(module: str) -> None:
    for imported in imports_of(module):
        assert floor_violations(module, imported) is None, f"{module} imports {imported}"
        if floor(module) == 1:
            assert not matches(imported, ("matplotlib", *JUPYTER)), f"{module}: {imported}"
        if part(module) not in ("widgets", "course", "commands"):
            assert not matches(imported, JUPYTER), f"{module} knows Jupyter: {imported}"


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("synthkit.measure.fidelity", "synthkit.techniques.monte_carlo"),
        ("synthkit.tables", "synthkit.cli"),
        ("synthkit.techniques.monte_carlo", "synthkit.course.checks"),
        ("synthkit.techniques.monte_carlo", "synthkit.techniques.trees"),
        ("synthkit.base", "synthkit.techniques.monte_carlo"),
    ],
)
def test_the_rule_of_the_floors_can_be_broken(module: str, imported: str) -> None:
    assert floor_violations(module, imported) is not None


@pytest.mark.parametrize("module", MODULES)
def test_nothing_reaches_the_network_or_runs_a_file(module: str) -> None:
    for imported in imports_of(module):
        assert not any(imported == n or imported.startswith(f"{n}.") for n in NETWORK), imported
        assert imported.split(".")[0] not in EXECUTES_FILES, f"{module} imports {imported}"
    for node in ast.walk(tree_of(module)):
        runs_code = module == "synthkit.course.running"  # the learner's own cell, to check it
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not runs_code:
            assert node.func.id not in ("eval", "exec"), f"{module}:{node.lineno}"
        if isinstance(node, ast.Constant) and node.value in EXECUTES_FILES:
            # Only for messages between a process and its own child, through a pipe: no file.
            assert module == "synthkit.arena_process", f"{module}:{node.lineno}"
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            unsafe = (node.arg, node.value.value)
            assert unsafe not in (("allow_pickle", True), ("weights_only", False)), module


@pytest.mark.parametrize("module", MODULES)
def test_no_address_stands_in_the_code(module: str) -> None:
    """Sources may be cited in docstrings and in data (``source=``); no call takes an address."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    assert not re.match(r"(https?|ftp|wss?)://", argument.value), node.lineno


BROWSER_FILES = sorted(
    path
    for folder in ("widgets/assets", "labextension/static", "course/assets")
    for path in (PACKAGE / folder).rglob("*")
    if path.suffix in (".js", ".css", ".html")
)


@pytest.mark.parametrize("path", BROWSER_FILES, ids=lambda path: path.name)
def test_browser_side_loads_nothing_from_outside(path: Path) -> None:
    text = path.read_text("utf-8")
    loading = r"""(?:src|href|url|import|fetch|open|Worker|WebSocket)\s*[=(]?\s*["'`(]\s*"""
    assert not re.search(loading + r"(?:https?:|wss?:)?//", text)
    if "assets" in path.parts:  # the extension talks to Jupyter's own server, the player to nobody
        assert not re.search(r"\b(?:XMLHttpRequest|WebSocket|EventSource|sendBeacon)\b", text)


@pytest.mark.parametrize("module", MODULES)
def test_file_fits_one_sitting(module: str) -> None:
    lines = MODULES[module].read_text("utf-8").count("\n")
    assert lines <= MAX_LINES, f"{module} has {lines} lines"


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("this is no git checkout")
    endings = (".py", ".js", ".ts", ".tsx", ".ipynb", ".toml", ".md", ".json", ".yml", ".css")
    paths = [CHECKOUT / name for name in done.stdout.splitlines() if name.endswith(endings)]
    return [path for path in paths if path.exists() and path != Path(__file__).resolve()]


def test_nothing_is_left_unfinished_and_no_path_is_of_this_machine() -> None:
    unfinished = re.compile(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b")
    machine = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/\w")
    bad = []
    for path in tracked_files():
        if "static" in path.parts or path.name == "player.js":
            continue  # built files: their sources are read instead
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if '"image/png": "' in line:
                continue  # a picture as text may spell anything
            if unfinished.search(line) or machine.search(line):
                bad.append(f"{path.relative_to(CHECKOUT)}:{number}: {line[:80]}")
    assert bad == []


# --- what an import costs -----------------------------------------------------------------------


def loaded_by(statement: str) -> set[str]:
    """Return the heavy packages that a fresh Python holds after a statement."""
    program = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    return HEAVY & set(done.stdout.split())


def test_import_synthkit_loads_nothing_heavy() -> None:
    assert loaded_by("import synthkit") == set()
    assert "pandas" in loaded_by("import pandas")  # the partner: this would notice


@pytest.mark.parametrize("name", GROUND)
def test_ground_floor_loads_no_torch_no_matplotlib_no_jupyter(name: str) -> None:
    loaded = loaded_by(f"import synthkit.{name}")
    assert not loaded & {"torch", "matplotlib", "IPython", "ipywidgets"}
    if name in ("errors", "files", "rng", "marks", "tables"):
        assert "sklearn" not in loaded


@pytest.mark.parametrize("name", sorted(sk.registry()))
def test_technique_loads_no_matplotlib_no_jupyter(name: str) -> None:
    module = sk.registry()[name].partition(":")[0]
    loaded = loaded_by(f"import {module}")
    assert not loaded & {"matplotlib", "IPython", "ipywidgets"}
    if name not in ("gan", "vae", "autoregressive"):
        assert "torch" not in loaded


# --- the public names ---------------------------------------------------------------------------


def test_every_public_name_resolves() -> None:
    for name in dir(sk):
        assert getattr(sk, name) is not None
    assert sk.__version__ in (CHECKOUT / "CHANGELOG.md").read_text("utf-8")
    assert (PACKAGE / "py.typed").exists()


def test_functions_and_the_modules_of_their_name_live_together() -> None:
    """``sk.techniques()`` must work after ``import synthkit.techniques``, and the reverse."""
    import synthkit.failures
    import synthkit.techniques

    assert synthkit.techniques.REGISTRY is sk.registry()
    assert synthkit.failures.Failure is sk.Failure
    classes = sk.techniques()
    assert classes["monte_carlo"] is sk.MonteCarlo
    assert all(cls.name == name for name, cls in classes.items())
    declared = sk.failures()
    assert "monte_carlo.lost_correlation" in declared
    assert all(name == failure.name for name, failure in declared.items())
    assert len(declared) == sum(len(cls.failures) for cls in classes.values())


def test_unknown_name_says_so() -> None:
    with pytest.raises(AttributeError, match="no technique of that name is registered"):
        sk.Alchemy  # noqa: B018
    with pytest.raises(AttributeError, match="module 'synthkit' has no attribute 'alchemy'"):
        sk.alchemy  # noqa: B018


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sk.registry(), "absent", "synthkit_absent:Absent")
    monkeypatch.setitem(sk.EXTRA_OF, "synthkit_absent", "deep")
    with pytest.raises(ImportError, match=r"pip install 'synthkit-lab\[deep\]'"):
        sk.Absent  # noqa: B018
    assert "absent" not in sk.techniques()
    monkeypatch.delitem(sk.EXTRA_OF, "synthkit_absent")
    with pytest.raises(ModuleNotFoundError):  # a broken module is no missing extra
        sk.techniques()


def test_versions_agree() -> None:
    extension = json.loads((CHECKOUT / "widgets/labextension/package.json").read_text("utf-8"))
    assert extension["version"] == sk.__version__


def test_no_two_test_files_share_a_name():
    """Else a plain ``pytest`` stops before the first test."""
    names = [path.name for path in (CHECKOUT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
