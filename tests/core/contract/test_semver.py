"""Versions."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError
from assay.contract.semver import Version, parse_version


def test_versions_are_ordered_by_number() -> None:
    versions = [parse_version(text, "product.yaml") for text in ("1.10.0", "1.9.9", "0.0.1", "2.0.0")]

    assert [str(version) for version in sorted(versions)] == ["0.0.1", "1.9.9", "1.10.0", "2.0.0"]


@pytest.mark.parametrize("text", ["1.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "1.0.0 ", ""])
def test_what_is_no_version_is_refused_by_name(text: str) -> None:
    with pytest.raises(AssayError) as refused:
        parse_version(text, "product.yaml")

    assert refused.value.faults[0].where.file == "product.yaml"


def test_a_version_is_written_as_it_was_read() -> None:
    assert parse_version("3.2.1", "x") == Version(3, 2, 1)
    assert str(Version(3, 2, 1)) == "3.2.1"
