"""The application: the pages put together, and what is answered when something is refused."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from assay.actions.trail import Trail
from assay.base.errors import AssayError, Denied, Fault, Place, ReauthenticationNeeded, Unavailable
from assay.base.version import __version__
from assay.identity.portal import Portal
from assay.identity.sessions import tidy
from assay.portal.access import Forged, NotFound, PasswordNeeded, SignInNeeded, Visitor, maybe_visitor
from assay.portal.answers import bare_page, go, here_of
from assay.portal.api.answers import NOT_ANEW
from assay.portal.api.routes import API
from assay.portal.denied import note_denied, note_not_anew
from assay.portal.pages import ROUTERS
from assay.portal.security import UPLOAD_BYTES, Guard, Limit, TooLarge
from assay.portal.sign_in import Typed, again_page, kept_of, sign_in_page
from assay.portal.view import render

log = logging.getLogger(__name__)
STATIC_SECONDS = 31_536_000
MOST_FAULTS = 50
"""Of what could not be read, so many are named."""

ATTEMPTS = 20
"""To sign in, a minute, from one address, at each worker; accounts wait longer after each failure, at all of them."""


class _Static(StaticFiles):
    """Files whose address holds their content's mark: kept for a year."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # passed on as it came
        answer.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}, immutable"
        return answer


TIDIED_SECONDS = 600
KEPT = timedelta(days=2)
"""How long it is remembered which forms were sent and what was opened; a session is over before."""


@asynccontextmanager
async def _tidied(app: FastAPI) -> AsyncIterator[None]:
    """Forget now and then what counts no more, as long as the application runs. Each worker does; twice is once."""
    tidying = asyncio.create_task(_tidy_now_and_then(app.state.portal))
    yield
    tidying.cancel()


async def _tidy_now_and_then(portal: Portal) -> None:
    while True:
        try:
            await run_in_threadpool(_tidy, portal)
        except AssayError as error:  # the database is away, or another worker tidies: the next time will do
            log.warning("nothing was tidied: %s", error)
        await asyncio.sleep(TIDIED_SECONDS)


def _tidy(portal: Portal) -> None:
    now = portal.clock.now()
    tidy(portal.identity, now)
    portal.forms.forget(now - KEPT)
    portal.looks.forget(now - KEPT)


def build_app(portal: Portal) -> FastAPI:
    """Put the application together for one portal."""
    app = FastAPI(
        title="Assay", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json",
        lifespan=_tidied,
    )  # fmt: skip
    app.state.portal = portal
    app.state.attempts = Limit(ATTEMPTS)
    app.state.trails = {name: Trail() for name in portal.projects}
    app.mount("/static", _Static(directory=str(files("assay.portal") / "static")), name="static")
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.include_router(API)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(PasswordNeeded, _choose_password)
    app.add_exception_handler(Forged, _forged)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(TooLarge, _too_large)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(ReauthenticationNeeded, _ask_again)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(AssayError, _refused)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(Guard, is_https=portal.is_https)
    return app


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


async def _sign_in(request: Request, error: Exception) -> Response:
    """Ask who it is; a form that was sent is kept, so that nothing typed is lost."""
    if _is_api(request):
        refused = {"detail": "Send a token that is good: Authorization: Bearer assay_...", "faults": [], "code": ""}
        return JSONResponse(refused, 401, {"WWW-Authenticate": "Bearer"})
    form, address = await _form(request), _address(request)
    if request.method == "POST" and request.url.path == "/sign-out":
        return go("/sign-in")
    if request.method == "POST" and request.url.path == "/password":
        return go("/sign-in?next=/password")  # a password is not kept on a page
    if request.method == "POST" and request.url.path == "/again":
        following, kept = kept_of(form)  # nor this one; what was typed before it is
        return sign_in_page(request, next_address=following, kept=kept, status=401)
    if request.method != "POST":
        return go(f"/sign-in?next={quote(address)}" if address != "/" else "/sign-in")
    return sign_in_page(request, next_address=address, kept=_typed(form), status=401)


async def _ask_again(request: Request, error: Exception) -> Response:
    """Ask somebody to show anew who they are, before what they sent is done; nothing typed is lost."""
    assert isinstance(error, ReauthenticationNeeded)
    who: Visitor = request.state.visitor
    if _is_api(request):
        await run_in_threadpool(note_not_anew, who, error)
        return _error(request, 403, "It has to be shown anew who signs", "", error, code=NOT_ANEW)
    kept = _typed(await _form(request))
    return await run_in_threadpool(again_page, who, next_address=_address(request), kept=kept, status=401)


async def _form(request: Request) -> FormData:
    """Return the form that was sent; an empty one where there is none, or not of the plain kind."""
    is_typed = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return await request.form() if request.method == "POST" and is_typed else FormData()


def _typed(form: FormData) -> Typed:
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def _choose_password(request: Request, error: Exception) -> Response:
    if _is_api(request):
        return _error(request, 403, "Choose a password of your own first", "Sign in at the portal for that.")
    return go("/password")


async def _forged(request: Request, error: Exception) -> Response:
    words = "The form did not come from this portal, or from an earlier session. Nothing was recorded."
    return _error(request, 403, "That form is not ours", words)


async def _not_found(request: Request, error: Exception) -> Response:
    return _error(request, 404, "There is no such page", "It may have been moved, or it is not for you.")


async def _too_large(request: Request, error: Exception) -> Response:
    words = f"A file holds {UPLOAD_BYTES:,} bytes at most here. Nothing was recorded; import it at a terminal."
    return _error(request, 413, "That file is too large", words)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return await _not_found(request, error)
    return _error(request, error.status_code, "That cannot be done", str(error.detail))


async def _unreadable(request: Request, error: Exception) -> Response:
    """Say what of an address or a body is not as it should be; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    wrong = [(".".join(map(str, fault["loc"])), str(fault["msg"])) for fault in error.errors()[:MOST_FAULTS]]
    faults = [Fault(Place(where[:200]), "what the API describes", message) for where, message in wrong]
    return _error(request, 422, "That could not be read", "Nothing was changed.", AssayError(*faults))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, AssayError)
    if not isinstance(error, Denied):
        return _error(request, 409, "That could not be done", "Nothing was changed.", error)
    await run_in_threadpool(note_denied, request, error)
    return _error(request, 403, "That is not yours to do", "Nothing was changed.", error)


async def _unavailable(request: Request, error: Exception) -> Response:
    """Say so without asking who it is: that would be asked of the same database."""
    log.warning("%s %s: %s", request.method, request.url.path, error)
    heading, words = "The portal cannot answer now", "Try again in a moment, and look first whether it was done."
    headers = {"Retry-After": "5"}
    if _is_api(request):
        return JSONResponse({"detail": f"{heading}. {words}", "faults": [], "code": ""}, 503, headers)
    answer = bare_page("error.html.j2", 503, heading=heading, words=words, faults=())
    answer.headers.update(headers)
    return answer


async def _unexpected(request: Request, error: Exception) -> Response:
    name = uuid.uuid4().hex[:8]
    log.error("unexpected error %s at %s %s", name, request.method, request.url.path, exc_info=error)
    words = f"This is a defect of Assay. Tell whoever runs this portal the number {name}: its log says more."
    return _error(request, 500, "Something went wrong here", words)


def _error(
    request: Request, status: int, heading: str, words: str, error: AssayError | None = None, code: str = ""
) -> Response:
    """Answer with what went wrong: as JSON to the API, as a page to people. ``code`` is a word for programs."""
    faults = error.faults if error else ()
    if _is_api(request):
        listed = [{"where": str(f.where), "expected": f.expected, "found": f.found, "hint": f.hint} for f in faults]
        told = {"detail": heading if faults else f"{heading}. {words}", "faults": listed, "code": code}
        return JSONResponse(told, status)
    values: dict[str, Any] = {"heading": heading, "words": words, "faults": faults}
    who = maybe_visitor(request)
    home = next((home for _, home in who.homes()), None) if who else None
    if who is None or home is None:
        return bare_page("error.html.j2", status, **values)
    values["here"] = here_of(who, home)
    return Response(render("error.html.j2", who.csrf, values), status, media_type="text/html")
