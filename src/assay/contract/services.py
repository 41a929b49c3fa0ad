"""What is wrong with service levels and servers beyond the form of their fields."""

from __future__ import annotations

from collections.abc import Iterator

from assay.base.reading import Document, Path
from assay.contract.durations import parse_duration
from assay.contract.fields import SERVER_FIELDS
from assay.contract.findings import Finding, finding
from assay.contract.shape import is_text, shown
from assay.contract.walking import Entry

MEASURED_SLA = frozenset({"freshness", "latency", "retention"})
"""Promises on service that are measured on the data when they name an element."""


def service_level_faults(document: Document, path: Path, promise: Entry) -> Iterator[Finding]:
    """Give what is wrong with one service level: of one that is measured, the span of time."""
    if str(promise.get("property")) not in MEASURED_SLA or not is_text(promise.get("element")):
        return
    if "value" not in promise:
        return  # named already as missing
    unit = promise.get("unit")
    if parse_duration(promise.get("value"), unit if is_text(unit) else None) is None:
        yield finding(
            document,
            "span-unreadable",
            (*path, "value"),
            expected="a span of time",
            found=f"{shown(promise.get('value'))} {unit or 'without a unit'}",
            hint="Units are s, min, h, d, w, mo and y; or write ISO 8601, as P1D.",
        )


def server_faults(document: Document, path: Path, server: Entry) -> Iterator[Finding]:
    """Give what is wrong with one server: its type, and the fields that this type needs."""
    kind = server.get("type")
    if not isinstance(kind, str):
        return
    if kind not in SERVER_FIELDS:
        hint, wanted = "Another system has 'type: custom'.", f"one of {', '.join(SERVER_FIELDS)}"
        yield finding(document, "server-type-unknown", (*path, "type"), expected=wanted, found=f"'{kind}'", hint=hint)
    for name in SERVER_FIELDS.get(kind, ()):
        if server.get(name) is None:
            wanted = f"the field '{name}' of a server of type {kind}"
            yield finding(document, "server-field-missing", (*path, name), expected=wanted, found="nothing")
