"""The routes of the API put together, and what each of them may answer instead."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from assay.portal.api import delegations, mine, orders, record, releases, requests
from assay.portal.api.answers import Refusal

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refusal, "description": "No token, or one that opens nothing"},
    403: {"model": Refusal, "description": "Not theirs to do, or not with a token (see `code`); it was noted"},
    404: {"model": Refusal, "description": "No such project, or none in which the person takes part"},
    409: {"model": Refusal, "description": "It could not be done; nothing was changed"},
    422: {"model": Refusal, "description": "It could not be read; nothing was changed"},
}

API = APIRouter(prefix="/api/v1", responses=REFUSALS)
"""All routes."""

for resource in (mine, requests, releases, orders, delegations, record):
    API.include_router(resource.router)
