"""Releases: opened, listed, told whole, reviewed, signed off, cancelled."""

from __future__ import annotations

from enum import StrEnum

from fastapi import APIRouter
from pydantic import ConfigDict

from assay.actions.dossier import dossier_of
from assay.actions.home import Home
from assay.actions.open_release import cancel_release, open_release
from assay.actions.review import review
from assay.actions.signoff import Choice, sign_off, withdraw
from assay.base.canonical import Digest
from assay.base.roles import Action
from assay.portal.api.access import ActsOnce, Caller, newest_first, reading
from assay.portal.api.answers import Answer, Recorded
from assay.portal.api.look_answers import Review
from assay.portal.api.release_answers import Dossier, Release, Releases, Said, Signed
from assay.portal.api.requests import Limit, Reason

router = APIRouter(prefix="/projects/{project}/releases")


class NewRelease(Answer):
    """What is to be released, and which requests it answers."""

    model_config = ConfigDict(extra="forbid")

    product: str
    requests: tuple[str, ...] = ()


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
        on_behalf_of: e-mail of somebody absent for whom they act by a delegation; empty for themselves alone; None for
            themselves where they can, else for whoever delegated it to them.
    """

    model_config = ConfigDict(extra="forbid")

    answer: Word
    gate: str | None = None
    subjects: tuple[str, ...] = ()
    reason: str = ""
    seen: dict[str, Digest] | None = None
    on_behalf_of: str | None = None

    @property
    def choice(self) -> Choice:
        """The same for the action; what was opened before is not known here."""
        rejects = self.answer is Word.REJECT
        return Choice(self.gate, self.subjects, rejects, self.reason, None, self.seen, self.on_behalf_of)


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


@router.post("", status_code=201)
def open_one(who: Caller, project: str, wanted: NewRelease, once: ActsOnce) -> Release:
    """Open a release. What goes into it is frozen where the project's files are."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        return (open_release(home, wanted.product, wanted.requests),)

    (name,) = once(wanted).act(home, Action.RELEASE_OPEN, do)
    return Release.of(home.load().record.releases[name])


@router.post("/{release}/cancel")
def cancel(who: Caller, project: str, release: str, why: Reason, once: ActsOnce) -> Recorded:
    """Cancel a release that is not released yet, with the reason."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        cancel_release(home, release, why.reason)
        return (release,)

    once(why).act(home, Action.RELEASE_OPEN, do)
    return Recorded(name=release)


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

    return said_in(home, once(signs).act(home, Action.SIGN_OFF, do))


@router.post("/{release}/withdrawals", status_code=201)
def take_back(who: Caller, project: str, release: str, withdrawn: Withdrawal, once: ActsOnce) -> Said:
    """Withdraw one's own rejection, with a reason."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        return (withdraw(home, release, withdrawn.rejection, withdrawn.reason).digest,)

    return said_in(home, once(withdrawn).act(home, Action.SIGN_OFF, do))


def said_in(home: Home, digests: tuple[str, ...]) -> Said:
    """Tell what the caller signed, as it stands in the ledger."""
    found = {signed.digest: signed for signed in home.load().record.statements if signed.digest in digests}
    return Said(signed=tuple(Signed.of(found[Digest(digest)]) for digest in digests))
