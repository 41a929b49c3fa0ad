"""The door itself: the options by which every command finds its project and the person who acts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.base.errors import refusal

if TYPE_CHECKING:
    from assay.actions.home import Home

F = TypeVar("F", bound=Callable[..., Any])

_PROJECT = click.option(
    "--project", envvar="ASSAY_PROJECT", type=click.Path(path_type=Path), metavar="DIR",
    help="The project's folder [default: the nearest one above with an assay.yaml].",
)  # fmt: skip
KEY = click.option(
    "--key", envvar="ASSAY_KEY", type=click.Path(path_type=Path), metavar="FILE",
    help="Your private key [default: key.pem in the configuration folder].",
)  # fmt: skip


def with_home(function: F) -> F:
    """Give a command the options ``--project`` and ``--key``, and as its first argument the home they lead to."""

    def wrapped(project: Path | None, key: Path | None, **arguments: Any) -> Any:
        from assay.wiring import open_home

        return function(open_home(project, key), **arguments)

    wrapped.__name__ = function.__name__
    wrapped.__doc__ = function.__doc__
    for parameter in getattr(function, "__click_params__", []):
        wrapped.__dict__.setdefault("__click_params__", []).append(parameter)
    return _PROJECT(KEY(wrapped))  # type: ignore[return-value]  # the wrapper takes what click passes


def the_release(home: Home, release_id: str | None) -> str:
    """Return the release that is meant: the one named, else the only open one.

    Raises:
        AssayError: none was named, and none or several are open.
    """
    if release_id is not None:
        return release_id
    open_ones = home.load().record.open_releases()
    if len(open_ones) == 1:
        return open_ones[0].id
    listed = ", ".join(f"{r.id} ({r.product})" for r in open_ones) or "none"
    raise refusal("release", expected="the name of a release", found=f"none named; open: {listed}")


def read_file(path: Path, what: str) -> bytes:
    """Read a file that a person named.

    Raises:
        AssayError: it is not there, or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise refusal(str(path), expected=what, found=(error.strerror or str(error)).lower()) from error


def refuse_existing(path: Path, *, force: bool) -> None:
    """Refuse to write over a file that is there, unless somebody said that it may be.

    Raises:
        AssayError: it is there.
    """
    if path.exists() and not force:
        hint = "Name another one, or say --force to write over it."
        raise refusal(str(path), expected="a file that is not there yet", found="one", hint=hint)


def write_new(path: Path, text: str, *, force: bool) -> None:
    """Write a file that is not there yet.

    Raises:
        AssayError: it is there, and nobody said that it may be written over; or it cannot be written.
    """
    refuse_existing(path, force=force)
    write_file(path, text.encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file for a person: aside first, so that a full disk leaves no half of it."""
    aside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):  # it is in the way of nothing
            aside.unlink(missing_ok=True)
        found = (error.strerror or str(error)).lower()
        raise refusal(str(path), expected="room and leave to write a file", found=found) from error
