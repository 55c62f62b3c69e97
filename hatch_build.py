"""Say what travels in the wheel beside the package: the built lessons and the extension.

The lessons are listed one by one, for a whole folder would bring notebooks/src with its
solutions.  An editable install reads the lessons from the checkout, so it gets no copy
that could go stale.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

EXTENSION = "share/jupyter/labextensions/synthkit-lab"


class Lessons(BuildHookInterface):  # type: ignore[type-arg]
    """Add ``notebooks/NN_*.ipynb`` and the prebuilt JupyterLab extension to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill in the build data; ``version`` is 'standard' or 'editable'."""
        root = Path(self.root)
        if version != "editable":
            for lesson in sorted(root.glob("notebooks/[0-9][0-9]_*.ipynb")):
                build_data["force_include"][str(lesson)] = f"synthkit/notebooks/{lesson.name}"
        built = root / "synthkit" / "labextension"
        if built.is_dir():
            build_data["shared_data"][str(built)] = EXTENSION
            install = root / "widgets" / "labextension" / "install.json"
            build_data["shared_data"][str(install)] = f"{EXTENSION}/install.json"
            for lesson in sorted(root.glob("notebooks/[0-9][0-9]_*.ipynb")):
                # The extension fetches a lesson from its own folder when it is opened first.
                build_data["shared_data"][str(lesson)] = f"{EXTENSION}/course/{lesson.name}"
