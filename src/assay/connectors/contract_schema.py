"""Loads the standard's JSON schema from the package's own files."""

from __future__ import annotations

from importlib.resources import files

NAME = "odcs-json-schema-v3.2.0.json"
"""Under ``contract/standard``, where its origin and licence stand beside it."""


def load_contract_schema() -> str:
    """Return the text of the schema as it was installed with the package."""
    return (files("assay.contract") / "standard" / NAME).read_text(encoding="utf-8")
