"""A node's own settings (``node.yaml``): its name, and what addresses stand for where it runs."""

from __future__ import annotations

import os
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from assay.base.errors import refusal
from assay.base.reading import read_as, read_yaml
from assay.project.files import LineageEntry


class NodeSettings(BaseModel):
    """What a node is told when it is made.

    Attributes:
        name: by which its statements are signed.
        variables: what ``${VAR}`` stands for here.
        rehearsal: whether its clock may be set by hand.
        lineage: who is told of its runs, as in assay.yaml; a file is relative to the node's folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    variables: dict[str, str] = {}
    rehearsal: bool = False
    lineage: LineageEntry | None = None


def read_settings(path: Path) -> NodeSettings:
    """Read a node's settings.

    Raises:
        AssayError: no node there, or faults in the file.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        hint = "Make one with: assay node init"
        raise refusal(str(path.parent), expected="the folder of a node", found="none", hint=hint) from error
    return read_as(NodeSettings, read_yaml(content, path.name))


def write_settings(path: Path, settings: NodeSettings) -> None:
    """Write a node's settings to a new file that its owner alone can read: a variable may stand for a secret."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(yaml.safe_dump(settings.model_dump(exclude_none=True), sort_keys=False))
