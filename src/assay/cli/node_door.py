"""The node's door: the option by which every command of a node finds its home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

NODE_HOME = click.option(
    "--home", envvar="ASSAY_NODE", type=click.Path(path_type=Path), required=True, metavar="DIR",
    help="The node's own folder [ASSAY_NODE].",
)  # fmt: skip


def with_node(function: F) -> F:
    """Give a command the option ``--home``, and as its first argument the node that lives there."""

    def wrapped(home: Path, **arguments: Any) -> Any:
        from assay.wiring import open_node

        return function(open_node(home), **arguments)

    wrapped.__name__ = function.__name__
    wrapped.__doc__ = function.__doc__
    wrapped.__dict__["__click_params__"] = list(getattr(function, "__click_params__", []))
    return NODE_HOME(wrapped)  # type: ignore[return-value]  # the wrapper takes what click passes
