"""Releases: listed, told whole, reviewed, signed off."""

from __future__ import annotations

from enum import StrEnum

from fastapi import APIRouter
from pydantic import ConfigDict

from assay.actions.dossier import dossier_of
from assay.actions.home import Home
from assay.actions.review import review
from assay.actions.signoff import Choice, sign_off, withdraw
from assay.base.canonical import Digest
from assay.base.roles import Action
from assay.portal.api.access import ActsOnce, Caller, newest_first, reading
from assay.portal.api.answers import Answer
from assay.portal.api.look_answers import Review
from assay.portal.api.release_answers import Dossier, Release, Releases, Said, Signed
from assay.portal.api.requests import Limit

router = APIRouter(prefix="/projects/{project}/releases")


class Word(StrEnum):
    """Yes or no."""

    ACCEPT = "accept"
    REJECT = "reject"


class SignOff(Answer):
    """What somebody means to sign.

    Attributes:
        answer: yes or no.
        gate: its id, or its ending; None for every gate that waits for them.
        subjects: names or ids; empty for all that wait there.
        reason: in their words; a no has one.
        seen: as the review told it; then nothing is signed that differs from it by now. None compares nothing.
    """

    model_config = ConfigDict(extra="forbid")

    answer: Word
    gate: str | None = None
    subjects: tuple[str, ...] = ()
    reason: str = ""
    seen: dict[str, Digest] | None = None

    @property
    def choice(self) -> Choice:
        """The same for the action; what was opened before is not known here."""
        return Choice(self.gate, self.subjects, self.answer is Word.REJECT, self.reason, None, self.seen)


class Withdrawal(Answer):
    """Which rejection is withdrawn, by the digest of its statement, and why."""

    model_config = ConfigDict(extra="forbid")

    rejection: Digest
    reason: str


@router.get("")
def list_releases(who: Caller, project: str, before: str = "", limit: Limit = 100) -> Releases:
    """List the releases, newest first."""
    everything = tuple(reading(who, project).load().record.releases.values())
    found, rest = newest_first(everything, lambda release: release.id, before, limit)
    return Releases(releases=tuple(Release.of(release) for release in found), before=rest)


@router.get("/{release}")
def show(who: Caller, project: str, release: str) -> Dossier:
    """Tell everything about one release."""
    return Dossier.of(dossier_of(reading(who, project), release))


@router.get("/{release}/review")
def look(who: Caller, project: str, release: str) -> Review:
    """Tell what waits for the caller's sign-off, with what there is to look at."""
    return Review.of(review(reading(who, project), release))


@router.post("/{release}/sign-offs", status_code=201)
def answer(who: Caller, project: str, release: str, signs: SignOff, once: ActsOnce) -> Said:
    """Accept or reject; nothing is signed unless all of it can be."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        return tuple(signed.digest for signed in sign_off(home, release, signs.choice))

    return _said(home, once(signs).act(home, Action.SIGN_OFF, do))


@router.post("/{release}/withdrawals", status_code=201)
def take_back(who: Caller, project: str, release: str, withdrawn: Withdrawal, once: ActsOnce) -> Said:
    """Withdraw one's own rejection, with a reason."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        return (withdraw(home, release, withdrawn.rejection, withdrawn.reason).digest,)

    return _said(home, once(withdrawn).act(home, Action.SIGN_OFF, do))


def _said(home: Home, digests: tuple[str, ...]) -> Said:
    """Tell what the caller signed, as it stands in the ledger."""
    found = {signed.digest: signed for signed in home.load().record.statements if signed.digest in digests}
    return Said(signed=tuple(Signed.of(found[Digest(digest)]) for digest in digests))
