"""``synthkit class-link``: one link that brings the lessons to a learner on a JupyterHub."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

import typer

from synthkit.errors import ParameterError

HELP_HUB = "Address of the hub, e.g. https://hub.school.org; may have a path."
HELP_REPO = "Address of the repository that holds the lessons."


def command(
    hub: Annotated[str, typer.Argument(help=HELP_HUB)],
    repo: Annotated[str, typer.Option("--repo", "-r", help=HELP_REPO)],
    branch: Annotated[str, typer.Option("--branch", "-b", help="Its branch.")] = "main",
    path: Annotated[
        str, typer.Option("--path", "-p", help="What opens, e.g. notebooks/01_monte_carlo.ipynb.")
    ] = "",
    folder: Annotated[
        str, typer.Option("--folder", help="Where it goes in the learner's home; the repo's name.")
    ] = "",
) -> None:
    """Print the link: whoever follows it and signs in has the lessons, merged into their own work.

    The hub needs nbgitpuller. A click again brings what is new and keeps what the learner changed.
    """
    typer.echo(class_link(hub, repo, branch, path, folder))


def class_link(hub: str, repo: str, branch: str = "main", path: str = "", folder: str = "") -> str:
    """Return the nbgitpuller link.

    Parameters
    ----------
    hub, repo : str
        Web addresses.
    branch : str, default 'main'
    path : str, optional
        What JupyterLab opens, seen from the repository; the whole folder by default.
    folder : str, optional
        Where the repository goes in the learner's home; its own name by default.

    Raises
    ------
    ParameterError
        An address, a branch or a path that can't be one.
    """
    place = _address("hub", hub)
    source = _address("repo", repo)
    name = folder or urlsplit(source).path.rstrip("/").rpartition("/")[2].removesuffix(".git")
    if not branch or branch != "".join(branch.split()) or branch.startswith("-"):
        raise ParameterError(f"branch must be a word; got {branch!r}. 'main' is usual.")
    for what, value in (("path", path), ("folder", name)):
        if value.startswith("/") or ".." in value.split("/") or (what == "folder" and not value):
            raise ParameterError(
                f"{what} must lead down from the learner's home; got {value!r}. "
                "Write it without a / at its start and without '..'."
            )
    opened = quote("/".join(part for part in ("lab/tree", name, path) if part))
    query = {"repo": source, "branch": branch, "urlpath": opened}
    if folder:
        query["targetPath"] = folder
    return f"{place}/hub/user-redirect/git-pull?{urlencode(query)}"


def _address(what: str, text: str) -> str:
    """Return a web address without its last slash, or say what is wrong with it."""
    parts = urlsplit(text.strip())
    secret = parts.username is not None or parts.password is not None
    if parts.scheme not in ("http", "https") or not parts.hostname or secret or parts.query:
        why = " A name or password in it would be shown to everybody." if secret else ""
        raise ParameterError(
            f"{what} must be a web address such as https://example.org/name; got "
            f"{'one with a name in it' if secret else repr(text)}.{why}"
        )
    return text.strip().rstrip("/")
