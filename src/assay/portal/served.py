"""What a worker of the portal serves: each is a process that opens the portal's home for itself."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI

from assay.portal.ahead import read_ahead
from assay.portal.app import build_app
from assay.wiring_portal import open_portal

HOME = "ASSAY_PORTAL"
"""The variable by which a worker is told which home is meant."""


def app() -> FastAPI:
    """Open the home that the environment names, with its own connections and its own copy of the master key.

    Raises:
        AssayError: as `open_portal`.
    """
    portal = open_portal(Path(os.environ[HOME]))
    served = build_app(portal)
    read_ahead(portal, served.state.trails)
    return served
