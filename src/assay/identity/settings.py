"""The portal's own settings (``portal.yaml``): where it is reached, what it serves, how long sessions last."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.base.errors import refusal
from assay.base.reading import read_as, read_yaml
from assay.identity.provider_settings import ProviderSettings, without_secrets
from assay.identity.tell_settings import DigestSettings, TellChannel, without_addresses


class PortalSettings(BaseModel):
    """What a portal is told when it is made.

    Attributes:
        address: under which people reach it, without a slash at the end.
        projects: name in addresses to the project's folder.
        database: URL of the portal's own database, with ``${VAR}`` for its password; empty for a file beside the
            settings.
        idle_minutes: after so long without a request a session ends.
        absolute_hours: after so long a session ends in any case.
        oidc: the OpenID provider that vouches for people; None where everybody has a password.
        tell: the channels by which people are told what waits for them; none where nobody is told.
        digest: when they are told what can wait until then.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(pattern=r"^https?://[^/\s]+$")
    projects: dict[str, str]
    database: str = ""
    idle_minutes: int = Field(default=30, ge=1, le=24 * 60)
    absolute_hours: int = Field(default=12, ge=1, le=7 * 24)
    oidc: ProviderSettings | None = None
    tell: list[TellChannel] = []
    digest: DigestSettings = DigestSettings()


def new_portal_settings(address: str, projects: Mapping[str, str]) -> PortalSettings:
    """Return the settings of a portal that is to be made, everything else as it is by default.

    Raises:
        AssayError: the address is none by which a browser reaches anything.
    """
    try:
        return PortalSettings(address=address, projects=dict(projects))
    except ValidationError as error:
        form = "http://HOST:PORT or https://HOST, without a path or a slash at the end"
        raise refusal("--address", expected=form, found=address) from error


def read_portal_settings(path: Path) -> PortalSettings:
    """Read a portal's settings.

    Raises:
        AssayError: no portal there, or faults in the file.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        hint = "Make one with: assay portal init"
        raise refusal(str(path.parent), expected="the folder of a portal", found="none", hint=hint) from error
    return read_as(PortalSettings, without_addresses(without_secrets(read_yaml(content, path.name))))


def write_portal_settings(path: Path, settings: PortalSettings) -> None:
    """Write a portal's settings to a new file that its owner alone can read: the database's URL may hold a secret."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(yaml.safe_dump(settings.model_dump(mode="json", exclude_none=True), sort_keys=False))
