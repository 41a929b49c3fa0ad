"""Told at once: a stream that says when something was recorded, so that open pages read themselves anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from assay.base.errors import Unavailable
from assay.portal.access import SignedIn, maybe_visitor

router = APIRouter()
LOOK_SECONDS = 1.0
"""How often a stream looks at the ledger's head: one row of an index."""
LASTS_SECONDS = 300
"""A stream ends after this; the browser opens it again, and then the session is looked at anew."""


@router.get("/p/{project}/changes")
async def changes(request: Request, who: SignedIn, project: str) -> StreamingResponse:
    """Stream a server-sent event for each change of the project's ledger."""
    home = await run_in_threadpool(who.home, project)

    async def told() -> AsyncIterator[str]:
        known = await run_in_threadpool(home.ledger.head)
        yield "retry: 2000\n\n"
        for _ in range(int(LASTS_SECONDS / LOOK_SECONDS)):
            await asyncio.sleep(LOOK_SECONDS)
            head = await run_in_threadpool(home.ledger.head)
            if head != known:
                known = head
                if await run_in_threadpool(_is_over, request):
                    return
                yield f"event: changed\ndata: {head.seq}\n\n"

    unbuffered = {"X-Accel-Buffering": "no"}  # a proxy that collects answers would keep the news to itself
    return StreamingResponse(told(), media_type="text/event-stream", headers=unbuffered)


def _is_over(request: Request) -> bool:
    """Say whether nobody is signed in any more, or that cannot be told; the browser asks again."""
    try:
        return maybe_visitor(request) is None
    except Unavailable:
        return True
