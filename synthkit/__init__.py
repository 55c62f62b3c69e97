"""Learn, see and prototype synthetic data.

    import synthkit as sk
    real = sk.load("breast_cancer")
    fake = sk.MonteCarlo().fit(real, rng=0).sample(1000, rng=1)

Each public name is imported when it is first used, so that ``import synthkit`` costs
nothing and loads neither torch, scikit-learn, matplotlib nor Jupyter.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

# Public functions, and where each lives. The technique classes stand in the registry.
_FUNCTIONS = {
    "load": "synthkit.datasets",
    "load_technique": "synthkit.base",
    "Synthesizer": "synthkit.base",
    "SteppedSynthesizer": "synthkit.base",
    "Simulator": "synthkit.base",
    "External": "synthkit.techniques.external",
    "Schema": "synthkit.tables",
    "TableEncoder": "synthkit.tables",
    "Trace": "synthkit.trace",
    "View": "synthkit.trace",
    "Failure": "synthkit.failures",
    "scorecard": "synthkit.measure.scorecard",
    "stylised_facts": "synthkit.measure.stylised",
    "judge": "synthkit.arena",
    "compare": "synthkit.arena",
    "Arena": "synthkit.arena_run",
    "technique": "synthkit.prototype",
    "try_technique": "synthkit.prototype",
    "battery": "synthkit.prototype",
    "generate": "synthkit.scale",
}

# The extra that brings an optional package, by the name under which it is imported.
EXTRA_OF = {
    "jupyterlab": "lab",
    "ipykernel": "lab",
    "ipywidgets": "lab",
    "anywidget": "lab",
    "torch": "deep",
    "faker": "masking",
    "cryptography": "masking",
    "opendp": "privacy",
    "dp_accounting": "privacy",
    "arch": "finance",
    "statsmodels": "data",
    "palmerpenguins": "data",
    "vega_datasets": "data",
    "bokeh_sampledata": "data",
    "dask": "scale",
    "distributed": "scale",
    "pyarrow": "scale",
}


def techniques() -> dict[str, type]:
    """Return every registered technique whose packages are installed, by name.

    Returns
    -------
    dict of str to type
        For example ``{"monte_carlo": MonteCarlo, ...}``.  One that needs an extra which is
        not installed is left out: ``synthkit techniques`` says which extra brings it.  So is one
        of another package that can't be imported, with a warning.
    """
    others: dict[str, str] = importlib.import_module("synthkit.techniques").BROUGHT
    found = {}
    for name, address in registry().items():
        try:
            found[name] = _technique(address)
        except Exception as error:
            if isinstance(error, ImportError) and _extra_for(error) is not None:
                continue
            if name not in others:
                raise
            _warn_of_stranger(name, address, error)
    return found


def failures() -> dict[str, Any]:
    """Return every declared failure by its name, such as ``"gan.mode_collapse"``.

    Returns
    -------
    dict of str to synthkit.failures.Failure
        Those of the techniques that :func:`techniques` returns.
    """
    classes: list[Any] = list(techniques().values())
    return {failure.name: failure for cls in classes for failure in cls.failures}


def registry() -> dict[str, str]:
    """Return where each technique lives, installed or not: name -> 'module:Class'."""
    addresses: dict[str, str] = importlib.import_module("synthkit.techniques").REGISTRY
    return addresses


def missing_extra(address: str) -> str | None:
    """Return the extra that the technique at 'module:Class' lacks, or None if no extra helps."""
    try:
        _technique(address)
    except Exception as error:
        return _extra_for(error) if isinstance(error, ImportError) else None
    return None


def _technique(address: str) -> type:
    """Import the class at 'module:Class'."""
    cls: type = importlib.import_module("synthkit.techniques").class_at(address)
    return cls


def _warn_of_stranger(name: str, address: str, error: Exception) -> None:
    """Say which technique of another package is left out, and why."""
    import warnings

    from synthkit.errors import DataWarning

    warnings.warn(
        f"the technique {name!r} ({address}) of another package is left out: "
        f"{type(error).__name__}: {error}",
        DataWarning,
        stacklevel=3,
    )


def _extra_for(error: ImportError) -> str | None:
    """Return the extra whose absence explains an ImportError, if one does."""
    return EXTRA_OF.get((error.name or "").partition(".")[0])


class _CallableModule(ModuleType):
    """A submodule that shares its name with a public function, and can be called as it."""

    def __call__(self) -> Any:
        return _FUNCTION_OF_MODULE[self.__name__]()


class _Package(ModuleType):
    """The package, in which ``techniques`` and ``failures`` stay callable.

    ``sk.techniques()`` is a function and ``synthkit.techniques`` a subpackage; the first import
    of the subpackage binds it over the function.  So the subpackage is made callable.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and value.__name__ in _FUNCTION_OF_MODULE:
            value.__class__ = _CallableModule
        super().__setattr__(name, value)


_FUNCTION_OF_MODULE = {"synthkit.techniques": techniques, "synthkit.failures": failures}
sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _FUNCTIONS:
        value = getattr(importlib.import_module(_FUNCTIONS[name]), name)
    elif name[:1].isupper():
        return _technique_by_class_name(name)  # not kept: a cell may define the class anew
    else:
        raise AttributeError(f"module 'synthkit' has no attribute {name!r}")
    globals()[name] = value
    return value


def _technique_by_class_name(name: str) -> type:
    """Return the registered class of this name, or say what is missing."""
    address = next((a for a in registry().values() if a.endswith(f":{name}")), None)
    if address is None:
        raise AttributeError(
            f"module 'synthkit' has no attribute {name!r}: no technique of that name is "
            "registered. synthkit.techniques() lists those that are."
        )
    try:
        return _technique(address)
    except ImportError as error:
        extra = _extra_for(error)
        if extra is None:
            raise
        from synthkit.errors import MissingExtraError

        raise MissingExtraError(
            f"synthkit.{name} needs the package {error.name!r}, which is not installed. "
            f"Run: pip install 'synthkit-lab[{extra}]'"
        ) from error


def __dir__() -> list[str]:
    """List the public names without importing what stands behind them."""
    classes = [address.partition(":")[2] for address in registry().values()]
    return sorted({"__version__", "techniques", "failures", *_FUNCTIONS, *classes})
