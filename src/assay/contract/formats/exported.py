"""What an export, and what an import, comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.contract.formats.carrying import NotCarried


@dataclass(frozen=True, slots=True)
class Exported:
    """A contract in another format, and what of it is not in there."""

    text: str
    not_carried: tuple[NotCarried, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What another format says, as a contract of v3.2.0, and what of it the contract has no place for."""

    document: Mapping[str, Any]
    not_carried: tuple[NotCarried, ...]
