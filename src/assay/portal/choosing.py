"""Choosing a product: from a list where there are few; by typing its name or title where there are many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from assay.base.errors import refusal

FEW = 50
"""So many products stand in a plain list."""

MOST = 200
"""So many are offered while somebody types."""

_SHOWN = 80
"""So much of what was typed is repeated to whoever typed it."""


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """The field in which a product is chosen.

    Attributes:
        offered: names with titles, by name; where there are many, those that fit what was typed.
        total: how many there are.
        typed: what stands in the field.
    """

    offered: Mapping[str, str]
    total: int
    typed: str

    @property
    def is_list(self) -> bool:
        """Whether all of them are offered in a plain list."""
        return self.total <= FEW


def choice_of(titles: Mapping[str, str], typed: str) -> ProductChoice:
    """Offer the products that are known by their titles, for a field in which something was typed."""
    offered = titles if len(titles) <= FEW else dict(islice(_fitting(titles, typed), MOST))
    return ProductChoice(offered, len(titles), typed)


def meant(titles: Mapping[str, str], typed: str) -> str:
    """Return the name of the product that somebody typed the name or the whole title of; else what was typed."""
    if typed in titles:
        return typed
    wanted = typed.casefold()
    named = [name for name, title in titles.items() if wanted in (title.casefold(), name.casefold())]
    return named[0] if len(named) == 1 else typed


def known(titles: Mapping[str, str], typed: str) -> str | None:
    """Return the name of the product that a list is to be of; None where nothing was typed.

    Raises:
        AssayError: none is known of that name or title.
    """
    if not typed:
        return None
    name = meant(titles, typed)
    if name not in titles:
        close = get_close_matches(typed[:_SHOWN].lower(), titles, n=3, cutoff=0.6)
        hint = f"Did you mean {' or '.join(close)}?" if close else "Type part of its name, and take what is offered."
        raise refusal("product", expected="a product that is known", found=repr(typed[:_SHOWN]), hint=hint)
    return name


def _fitting(titles: Mapping[str, str], typed: str) -> Iterator[tuple[str, str]]:
    wanted = typed.casefold()
    return ((name, title) for name, title in titles.items() if wanted in name.casefold() or wanted in title.casefold())
