"""Turning pages: which page of a list an address asks for, and the addresses of the others, which keep the filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from assay.base.errors import refusal

_DIGITS = 7
"""No list has more pages."""


def page_number(typed: str, name: str = "page") -> int:
    """Read the number of a page; where none was typed it is the first.

    Raises:
        AssayError: it is no number of a page.
    """
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS and int(typed) > 0
    if typed and not is_number:
        raise refusal(name, expected="the number of a page, from 1", found=repr(typed[:40]))
    return int(typed) if typed else 1


def turn_to(kept: Mapping[str, str], name: str = "page") -> Callable[[int | str], str]:
    """Return what gives the address of another page of the list that is shown.

    Args:
        kept: the parameters that stay as they are; what is empty is left out.
        name: of the parameter that says which page.
    """
    stays = {key: value for key, value in kept.items() if value and key != name}
    return lambda page: f"?{urlencode({**stays, name: page})}"
