"""Releases: open one for a product and the requests that it answers, or cancel it."""

from __future__ import annotations

from collections.abc import Sequence

from assay.actions.home import Home, open_release_named
from assay.actions.request import next_id, request_named
from assay.base.canonical import digest_value
from assay.base.errors import refusal
from assay.base.roles import Action
from assay.lifecycle.statements import Kind, Meant


def open_release(home: Home, product: str, requests: Sequence[str]) -> str:
    """Open a release and return its id.

    Raises:
        AssayError: an unknown product, an unknown or cancelled request, or one that asks something of another product.
    """
    home.authorised(Action.RELEASE_OPEN)
    loaded = home.load()
    record = loaded.record
    if product not in home.project.products:
        known = ", ".join(sorted(home.project.products)) or "none"
        raise refusal(product, expected="a product of this project", found="none", hint=f"Products: {known}.")
    for request_id in requests:
        request = request_named(record.requests, request_id)
        if request.cancelled is not None:
            raise refusal(request_id, expected="a request that stands", found=f"cancelled: {request.cancelled}")
        if request.product != product:
            raise refusal(request_id, expected=f"a request for {product}", found=f"one for {request.product}")
    release_id = next_id("R", record.releases)
    details = {"product": product, "requests": list(requests)}
    subject = Meant(f"release:{release_id}", digest_value(details))
    home.say(home.statement(Kind.OPENED, subjects=(subject,), release=release_id, details=details), after=loaded.head)
    return release_id


def cancel_release(home: Home, release_id: str, reason: str) -> None:
    """Cancel an open release, with the reason; what was signed for it still counts for the next one."""
    home.authorised(Action.RELEASE_OPEN)
    release = open_release_named(home.load().record, release_id)
    if not reason.strip():
        raise refusal(release_id, expected="a reason", found="none", hint="Say why with --reason.")
    subject = Meant(f"release:{release_id}", digest_value({"product": release.product}))
    home.say(home.statement(Kind.CANCELLED, subjects=(subject,), release=release_id, reason=reason))
