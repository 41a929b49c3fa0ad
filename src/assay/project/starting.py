"""A new project: its first files, which read back without a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping

from assay.base.names import SOURCES
from assay.project.layout import FOLDERS, PEOPLE, PRODUCTS, PROJECT
from assay.project.schemas import header

IGNORED = ".gitignore"
STATE = ".assay/"
"""What is local and never committed."""

_PROJECT = """\
# The project: its name, and where each environment lives. ${{VAR}} is filled in on the machine that uses the address.
name: {name}
title: {title}
environments:
  dev:
    address: .assay
  qa:
    address: .assay
  prod:
    address: ${{ASSAY_NODE}}   # the home of the automation node, which alone may write to production
    node: {name}
    keys: []
"""
_PEOPLE = """\
# Who takes part. Keys are the 64 hexadecimal digits that `assay key new` prints.
# Roles: stakeholder, owner, engineer, validator, release-manager, on-call, auditor, admin. Gates ask for different
# people: whoever built a dataset never counts as the other engineer.
people:
  - email: {email}
    name: {name}
    roles: [owner, engineer, release-manager, admin]
    keys: []
"""
_SOURCES = """\
# Sources

Contracts of what is received, `NAME.odcs.yaml`; their `servers` say where it lies, per environment.

    assay contract infer FILES... -o sources/NAME.odcs.yaml
"""
_PRODUCTS = """\
# Products

A folder for each product, with `product.yaml` and:

{folders}
"""

NOBODY = ("Your Name", "you@example.org")
"""Who stands in a new project until somebody puts themselves there."""


def first_files(name: str, title: str, person: tuple[str, str]) -> Mapping[str, bytes]:
    """Write the files of a new project: relative path to content.

    Args:
        name: of the project, a name.
        title: for people.
        person: name and e-mail address of whoever begins.
    """
    folders = "\n".join(f"- `{folder}/`: {what}" for folder, what in FOLDERS.items())
    texts = {
        PROJECT: f"{header('project', PROJECT)}\n"
        + _PROJECT.format(name=name, title=json.dumps(title, ensure_ascii=False)),
        PEOPLE: f"{header('people', PEOPLE)}\n"
        + _PEOPLE.format(name=json.dumps(person[0], ensure_ascii=False), email=json.dumps(person[1])),
        f"{SOURCES}/README.md": _SOURCES,
        f"{PRODUCTS}/README.md": _PRODUCTS.format(folders=folders),
        IGNORED: f"{STATE}\n",
    }
    return {path: text.encode() for path, text in texts.items()}
