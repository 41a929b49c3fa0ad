"""What goes to production: bundles and orders, sealed here and given as files; and the feedback that comes back.

A payload is frozen, and QA is built, where the project's files are: that has no address here.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field
from starlette.responses import Response

from assay.actions.feedback import ask_feedback, give_feedback
from assay.actions.ship import order_release, order_rollback, seal_bundle
from assay.actions.shipment import newest_shipment
from assay.base.roles import Action
from assay.lifecycle.statements import Kind
from assay.portal.api.access import ActsOnce, Caller
from assay.portal.api.answers import Answer, Recorded
from assay.portal.api.record import TAR, saved
from assay.portal.api.release_answers import Given, Said
from assay.portal.api.releases import said_in
from assay.portal.api.requests import Reason

router = APIRouter(prefix="/projects/{project}")
_FILE: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {TAR: {}}}}}


class Seal(Answer):
    """Nothing is said with it: what it covers is what the ledger holds."""

    model_config = ConfigDict(extra="forbid")


class Order(Answer):
    """What the caller saw before; ``seen`` as a page told it, None compares nothing."""

    model_config = ConfigDict(extra="forbid")

    seen: dict[str, str] | None = None


class Feedback(Answer):
    """What is said of a release, and the request that follows from it: its fields; None where nothing is asked for."""

    model_config = ConfigDict(extra="forbid")

    text: str
    fields: dict[str, Any] | None = Field(default=None, description="as of a new request")
    is_new_product: bool = False


@router.post("/releases/{release}/bundle", status_code=201)
def bundle(who: Caller, project: str, release: str, nothing: Seal, once: ActsOnce) -> Said:
    """Seal payload and proof so far; twice is the same seal, as long as nothing is said between."""
    home = who.home(project)
    made = once(nothing).act(home, Action.RELEASE_FREEZE, lambda: (seal_bundle(home, release).digest,))
    return said_in(home, made)


@router.get("/releases/{release}/bundle", **_FILE)
def bundle_file(who: Caller, project: str, release: str) -> Response:
    """Give the bundle that was sealed last, for the node."""
    return saved(newest_shipment(who.home(project), release, Kind.BUNDLED), f"{release}.bundle.tar")


@router.post("/releases/{release}/order", status_code=201)
def order(who: Caller, project: str, release: str, order: Order, once: ActsOnce) -> Said:
    """Sign the release order; everything that is missing before it is named."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        return (order_release(home, release, seen=order.seen).digest,)

    return said_in(home, once(order).act(home, Action.RELEASE_ORDER, do))


@router.get("/releases/{release}/order", **_FILE)
def order_file(who: Caller, project: str, release: str) -> Response:
    """Give the release order that was signed last, for the node."""
    return saved(newest_shipment(who.home(project), release, Kind.ORDERED), f"{release}.order.tar")


@router.post("/products/{product}/rollback-order", status_code=201)
def rollback(who: Caller, project: str, product: str, why: Reason, once: ActsOnce) -> Said:
    """Sign the order to serve the release before the present one again, with the reason."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        return (order_rollback(home, product, why.reason).digest,)

    return said_in(home, once(why).act(home, Action.RELEASE_ORDER, do))


@router.get("/releases/{release}/rollback-order", **_FILE)
def rollback_file(who: Caller, project: str, release: str) -> Response:
    """Give the order to roll this release back that was signed last, for the node."""
    return saved(newest_shipment(who.home(project), release, Kind.ROLLBACK_ORDERED), f"{release}.rollback.tar")


@router.post("/releases/{release}/feedback-asked", status_code=201)
def ask(who: Caller, project: str, release: str, nothing: Seal, once: ActsOnce) -> Recorded:
    """Record that the stakeholders were asked for feedback."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        ask_feedback(home, release)
        return (release,)

    once(nothing).act(home, Action.SIGN_OFF, do)
    return Recorded(name=release)


@router.post("/releases/{release}/feedback", status_code=201)
def give(who: Caller, project: str, release: str, said: Feedback, once: ActsOnce) -> Given:
    """Record feedback, and open the request that follows from it."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        opened = give_feedback(home, release, said.text, said.fields, said.is_new_product)
        return () if opened is None else (opened,)

    return Given(request=next(iter(once(said).act(home, Action.FEEDBACK, do)), None))
