"""A request is recorded whole or not at all, and its digest is of what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from assay.base.canonical import canonical_json
from assay.base.errors import AssayError
from assay.base.reading import read_as, read_yaml
from assay.discovery.requests import RequestForm, request_digest

WHOLE: dict[str, Any] = {
    "title": "Late flights",
    "product": "ontime",
    "question": "Where do delays concentrate?",
    "deliverable": "dashboard",
    "audience": "Operations",
    "needed_by": "2026-03-31",
    "acceptance": ["Cancelled flights never count as on time"],
}


def read(fields: dict[str, Any]) -> RequestForm:
    return read_as(RequestForm, read_yaml(canonical_json(fields), "request"))


@pytest.mark.parametrize("field", WHOLE)
def test_a_request_without_a_field_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(AssayError, match=f"'{field}'"):
        read({name: value for name, value in WHOLE.items() if name != field})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("needed_by", "31.3.2026"),
        ("deliverable", "poem"),
        ("product", "On Time"),
        ("acceptance", []),
        ("colour", "red"),
    ],
)
def test_a_field_with_another_value_is_refused(field: str, value: Any) -> None:
    with pytest.raises(AssayError):
        read({**WHOLE, field: value})


def test_the_digest_changes_with_what_is_asked_and_not_with_how_it_was_written_down() -> None:
    assert request_digest(read(WHOLE)) == request_digest(read({**dict(reversed(WHOLE.items())), "priority": "normal"}))
    assert request_digest(read(WHOLE)) != request_digest(read({**WHOLE, "audience": "Everybody"}))
