"""Showing: templates, the filters they use, and what every page knows of who looks at it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from assay.base.canonical import short
from assay.base.version import __version__
from assay.documentation.comparison_page import GLOBALS as COMPARISON
from assay.documentation.evidence_page import GLOBALS as EVIDENCE
from assay.portal.words import CLASSES, HOLDERS, RESULTS, STATUSES


@dataclass(frozen=True, slots=True)
class Link:
    """A page in the navigation; ``count`` things wait there."""

    name: str
    address: str
    is_here: bool = False
    count: int = 0


def static(name: str) -> str:
    """Return the address of a file of the pages, with its content's mark: a browser keeps it until it changes."""
    return f"/static/{name}?{_mark(name)}"


@lru_cache(maxsize=64)
def _mark(name: str) -> str:
    content = files("assay.portal").joinpath("static", *name.split("/")).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]


def new_form_id() -> str:
    """Return the mark of a form that is to be sent once; a copy of it that is sent again does nothing."""
    return secrets.token_hex(16)


def moment(at: datetime) -> Markup:
    """Write a moment for people, in UTC, and for machines."""
    at = at.astimezone(UTC)
    return _time(f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at:%-d %b %Y, %H:%M} UTC")


def day(at: date) -> Markup:
    """Write a day for people and for machines."""
    return _time(f"{at:%Y-%m-%d}", f"{at:%-d %B %Y}")


def _time(machine: str, human: str) -> Markup:
    """Write the element. Its parts are digits and names of months, so nothing is escaped: a list has a hundred."""
    return Markup(f'<time datetime="{machine}">{human}</time>')  # noqa: S704 - see above


def number(value: object) -> str:
    """Write a whole number with thin thousands."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def plain(name: str) -> str:
    """Return a subject's own name without its product."""
    return name.rpartition("/")[2]


def capitalize_first(text: str) -> str:
    """Begin a sentence with a capital and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def count_of(many: int, one: str, more: str = "") -> str:
    """Write a number with its noun: ``1 gate``, ``2 gates``."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Return the templates; what they are not given is an error, and all text is escaped."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("assay.portal"), PackageLoader("assay.documentation")]),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "moment": moment,
        "day": day,
        "number": number,
        "plain": plain,
        "short": short,
        "capitalize_first": capitalize_first,
    }
    environment.globals |= EVIDENCE | COMPARISON | {
        "static": static, "version": __version__, "count_of": count_of,
        "STATUSES": STATUSES, "RESULTS": RESULTS, "HOLDERS": HOLDERS, "CLASSES": CLASSES,
    }  # fmt: skip
    return environment


def render(template: str, csrf_token: str | None, values: Mapping[str, Any]) -> str:
    """Render a page.

    Args:
        template: its file's name.
        csrf_token: what forms of this session carry; None where nobody has signed in.
        values: what the page shows.
    """

    def csrf() -> Markup:
        return Markup('<input type="hidden" name="csrf" value="{}">').format(escape(csrf_token or ""))

    return templates().get_template(template).render(csrf=csrf, **values)
