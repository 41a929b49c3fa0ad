"""The OpenLineage standard's own schemas, to hold events against: the event, and each facet by the address it names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from house import ROOT

SCHEMAS = ROOT / "tests" / "fixtures" / "openlineage"


def wrong_in(event: Mapping[str, Any]) -> list[str]:
    """Return all that the standard says against an event, each with its place."""
    found = [f"event: {error.message}" for error in _validator(event["schemaURL"]).iter_errors(event)]
    for place, facet in facets_of(event):
        found += [f"{place}: {error.message}" for error in _validator(facet["_schemaURL"]).iter_errors(facet)]
    return found


def facets_of(event: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give every facet of an event, with where it stands."""
    holders = [("run", event["run"]), ("job", event["job"])]
    holders += [(f"{side} {one['name']}", one) for side in ("inputs", "outputs") for one in event[side]]
    for place, holder in holders:
        for kind in ("facets", "inputFacets", "outputFacets"):
            yield from ((f"{place}: {name}", facet) for name, facet in holder.get(kind, {}).items())


@cache
def _validator(address: str) -> jsonschema_rs.Validator:
    schemas = [json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")]
    registry = jsonschema_rs.Registry([(schema["$id"], schema) for schema in schemas])
    known = [schema["$id"] for schema in schemas]
    assert address.partition("#")[0] in known, f"{address} is none of {known}"
    return jsonschema_rs.Draft202012Validator({"$ref": address}, registry=registry, validate_formats=True)
