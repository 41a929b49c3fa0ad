"""Pages that are one file: no script, nothing asked of a network, printable, and safe whatever the data hold."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from assay.base.printable import printable


def page_environment(templates: Mapping[str, str]) -> Environment:
    """Return what renders templates, given by name: with autoescape, and nothing that steers what shows the page."""
    return Environment(
        loader=DictLoader(dict(templates)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def page_policy(style: str) -> str:
    """Write the Content-Security-Policy: this style by its hash, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def own_style(style: str) -> Markup:
    """Mark our own CSS, which is not escaped inside its element."""
    return Markup(style)  # noqa: S704


def _shown(value: Any) -> Any:
    """Return what is written of a value: of a text only what a page has characters for."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "\n".join(printable(line.replace("\t", "    ")) for line in value.split("\n"))
