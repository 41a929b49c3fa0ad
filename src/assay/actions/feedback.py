"""Feedback: ask for it after a release, and give it; what is given opens the next request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.actions.case import standing_of
from assay.actions.home import Home, release_named
from assay.actions.request import check_request, new_request
from assay.base.errors import Place, raise_faults, refusal
from assay.base.roles import Action
from assay.discovery.texts import TEXT, normal_text, text_fault
from assay.lifecycle.gates import gate_named
from assay.lifecycle.record import Release
from assay.lifecycle.statements import Kind, Meant


def ask_feedback(home: Home, release_id: str) -> None:
    """Record that the stakeholders of a released release were asked for feedback.

    Raises:
        AssayError: the release is not announced yet, or the person is nobody who may ask.
    """
    person = home.authorised(Action.SIGN_OFF)
    record = home.load().record
    release = _announced(release_named(record, release_id))
    gate = gate_named(home.table, "release.feedback-asked")
    if gate is not None and not person.roles & gate.roles:
        roles = " or ".join(sorted(gate.roles))
        raise refusal(gate.id, expected=f"the role {roles}", found=", ".join(sorted(person.roles)))
    state = standing_of(home, record, release).decision.of("release.feedback-asked")
    assert release.payload is not None
    if not any(s.is_settled for s in state):
        subject = Meant(f"release:{release_id}", release.payload)
        home.say(home.statement(Kind.FEEDBACK_ASKED, subjects=(subject,), release=release_id))


def give_feedback(
    home: Home, release_id: str, text: str, given: Mapping[str, Any] | None, is_new_product: bool = False
) -> str | None:
    """Record feedback on a release, and open the request that follows from it.

    Args:
        home: the giver's.
        release_id: what it is about.
        text: what was said.
        given: the request that follows, as `new_request` takes it; None where nothing is asked for.
        is_new_product: whether that is asked of a product that is not there yet.

    Returns:
        The id of the request that was opened; None where nothing is asked for.

    Raises:
        AssayError: the release is not announced yet, the person may not say so, the text cannot be kept, or the
            request has faults; then the feedback is not recorded either.
    """
    home.authorised(Action.FEEDBACK)
    release = _announced(release_named(home.load().record, release_id))
    said = normal_text(text)
    fault = text_fault(said, TEXT, Place("text"), "what you say")
    raise_faults([fault] if fault else [])
    follows = None if given is None else {**given, "follows": release_id}
    if follows is not None:
        check_request(home, follows, is_new_product=is_new_product)
    assert release.payload is not None
    home.say(
        home.statement(
            Kind.FEEDBACK,
            subjects=(Meant(f"release:{release_id}", release.payload),),
            release=release_id,
            reason=said,
        )
    )
    return None if follows is None else new_request(home, follows, is_new_product=is_new_product).id


def _announced(release: Release) -> Release:
    if release.announced is None:
        raise refusal(release.id, expected="a release that was announced", found="one that is not released yet")
    return release
