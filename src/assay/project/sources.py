"""Where the sources of a product lie, per environment, as their contracts say; bound only where it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assay.base.canonical import JsonValue
from assay.base.errors import AssayError, Fault
from assay.base.names import TableRef
from assay.contract.model import Contract
from assay.project.model import Product, Project
from assay.project.payload import tables_outside
from assay.project.source_places import ACCESS, REFERENCED, source_place


def sources_of(project: Project, product: Product) -> tuple[TableRef, ...]:
    """Return the sources on which a product rests: its steps, and what its contracts point to."""
    return tuple(sorted((t for t in tables_outside(project, product) if t.is_source), key=str))


def places_of(contract: Contract) -> dict[str, JsonValue]:
    """Return where a source lies and how it is read there, by environment, with ``${VAR}`` as it is written.

    What an entry is called and what describes it do not count, nor a second entry for an environment: the first one is
    read.
    """
    places: dict[str, JsonValue] = {}
    for server in contract.servers:
        if server.environment is not None:
            settings = {name: value for name, value in server.settings.items() if name not in _DESCRIBING}
            access = {ACCESS: REFERENCED} if server.custom.get(ACCESS) == REFERENCED else {}
            places.setdefault(server.environment, {**settings, **access})
    return places


_DESCRIBING = frozenset({
    "server", "environment", "description", "id", "tags", "roles", "authoritativeDefinitions", "customProperties",
})  # fmt: skip
"""Fields of an entry that say nothing of where the data lies or how it is read."""


def source_faults(
    project: Project, product: Product, environment: str, variables: Mapping[str, str]
) -> Iterator[Fault]:
    """Find every source of a product that has no usable address in an environment."""
    for table in sources_of(project, product):
        try:
            source_place(project.contracts[table], environment, variables)
        except AssayError as error:
            yield from error.faults
