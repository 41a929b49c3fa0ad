"""Projects as payloads hold them, for the design side and for nodes alike."""

from __future__ import annotations

from functools import lru_cache

from assay.bundle.payload import Payload
from assay.project.model import Project
from assay.project.reading import read_project


def project_of(payload: Payload) -> Project:
    """Read the project that a payload holds, with its one product.

    A payload never changes, so a process reads it once however often it asks.

    Raises:
        AssayError: all faults of its files.
    """
    return _read(frozenset(payload.files.items()), payload.product)


@lru_cache(maxsize=16)
def _read(content: frozenset[tuple[str, bytes]], product: str) -> Project:
    return read_project(dict(content), product)
