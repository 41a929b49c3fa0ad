"""The routes of the API put together, and what each of them may answer instead."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from assay.portal.api import mine, record, releases, requests
from assay.portal.api.answers import Refusal

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refusal, "description": "No token, or one that opens nothing"},
    403: {"model": Refusal, "description": "Not for the token, or not the person's to do; it was noted"},
    404: {"model": Refusal, "description": "No such project, or none in which the person takes part"},
    409: {"model": Refusal, "description": "It could not be done; nothing was changed"},
    422: {"model": Refusal, "description": "It could not be read; nothing was changed"},
}

API = APIRouter(prefix="/api/v1", responses=REFUSALS)
"""All routes."""

for resource in (mine, requests, releases, record):
    API.include_router(resource.router)
