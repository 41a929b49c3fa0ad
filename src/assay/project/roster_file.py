"""The roster of a node as a file: who may sign there, for which products, and how many admins sign a change of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assay.project.files import Entry, Name, PersonEntry


class RosterPersonEntry(PersonEntry):
    """Somebody on the roster of a node.

    Attributes:
        products: for which products the roles are theirs, by name; for all of them where it is left out.
    """

    products: Annotated[list[Name], Field(min_length=1)] | None = Field(default=None, alias="for")


class RosterFile(Entry):
    """``roster.yaml``: who may sign at a node.

    Attributes:
        changes_signed_by: so many admins sign a change of it; two where it is left out.
        people: everybody, each once.
    """

    changes_signed_by: Literal[1, 2] = 2
    people: Annotated[list[RosterPersonEntry], Field(min_length=1)]
