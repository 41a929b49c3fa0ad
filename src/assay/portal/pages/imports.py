"""Imports: what the node answered is taken in, as a file that somebody brings."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.responses import Response

from assay.actions.exchange import Imported
from assay.actions.home import Home
from assay.actions.receive import receive
from assay.base.errors import AssayError, Denied, Fault, refusal
from assay.base.roles import Action
from assay.documentation.deeds import deed
from assay.portal.access import OwnUpload, SignedIn, Visitor
from assay.portal.answers import page
from assay.portal.security import UPLOAD_BYTES

router = APIRouter()
_LONGEST_NAME = 100


@router.get("/p/{project}/imports")
def show_imports(who: SignedIn, project: str) -> Response:
    """Show the form for what a node answered."""
    home = who.home(project)
    home.authorised(Action.LEDGER_IMPORT)
    return _imports_page(who, home)


@router.post("/p/{project}/imports")
def take_in(who: SignedIn, form: OwnUpload, project: str) -> Response:
    """Take in what a file says, and tell what of it is new; the same file again changes nothing."""
    home, file = who.home(project), form.get("file")
    home.authorised(Action.LEDGER_IMPORT)
    try:
        if not isinstance(file, UploadFile) or not file.size:
            raise refusal("file", expected="a node's answer", found="no file")
        return _imports_page(who, home, receive(home, file.file.read(), _plain(file.filename)))
    except Denied:
        raise
    except AssayError as error:
        return _imports_page(who, home, faults=error.faults)


def _imports_page(who: Visitor, home: Home, done: Imported | None = None, faults: Sequence[Fault] = ()) -> Response:
    return page(
        who, home, "imports.html.j2", "releases", 409 if faults else 200,
        done=done, faults=faults, deed=deed, most=UPLOAD_BYTES // 1_000_000,
    )  # fmt: skip


def _plain(name: str | None) -> str:
    """Return a file's name as a browser gave it, fit to be told: without folders and control characters."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:_LONGEST_NAME] or "the file"
