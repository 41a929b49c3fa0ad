"""The parts of ``portal.yaml`` about telling people: by which channels, and at which hour the digest goes out.

A channel's address is one of Apprise's, as ``mailtos://portal:${SMTP_PASSWORD}@smtp.example.org?to={email}``: secrets
stand in variables of the environment, and ``{email}`` for whoever is told. What is written in another place than an
address belongs is repeated by no error: it may be one, with its secrets in clear.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assay.base.reading import Document

_NAME = r"^[a-z][a-z0-9-]{0,63}$"
_HIDDEN = "something else, which is not repeated here"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("a time zone as Europe/Berlin, or UTC") from error
    return name


class TellChannel(BaseModel):
    """A channel: its name, under which it is spoken of, and its address, which is shown to nobody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=_NAME)
    url: str = Field(min_length=1, repr=False)


class DigestSettings(BaseModel):
    """When the one digest of a day goes out: the hour, and the zone whose hours and days are meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hour: int = Field(default=7, ge=0, le=23)
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"


def without_addresses(document: Document) -> Document:
    """Return a document in which whatever of a channel is not as it should be is hidden, so that no error shows it."""
    value = document.value
    if not isinstance(value, dict) or "tell" not in value:
        return document
    listed = value["tell"]
    shown = [_shown(entry) for entry in listed] if isinstance(listed, list) else _HIDDEN
    return replace(document, value={**value, "tell": shown})


def _shown(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return _HIDDEN
    return {name: held if _is_as_it_should_be(name, held) else _HIDDEN for name, held in entry.items()}


def _is_as_it_should_be(name: object, held: object) -> bool:
    return isinstance(held, str) and (name == "url" or (name == "name" and re.fullmatch(_NAME, held) is not None))
