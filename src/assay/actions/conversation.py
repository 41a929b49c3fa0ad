"""The conversation about a request or a release: what people write to each other, beside what happened meanwhile.

A comment is a signed statement that holds the digest of its text and not the text itself: that lies outside the chain,
where an administrator can erase it, and the chain still holds. With each text a random salt is kept and digested, so
that nobody finds an erased text again by trying likely ones.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from assay.actions.home import Home
from assay.base.canonical import Digest, canonical_json, digest_bytes, parse_json, short
from assay.base.errors import AssayError, Place, raise_faults, refusal
from assay.base.roles import Action, Person, may
from assay.discovery.texts import TEXT, normal_text, text_fault
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.record import Record
from assay.lifecycle.statements import Kind, Meant

COMMENT = "comment:"
"""Opens the id under which statements speak of the comments on something: ``comment:Q-0001``.

It is no subject of a gate: a comment satisfies nothing, and travels in no bundle.
"""

_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Erasure:
    """That a text was erased: the statement that says so has who, when and why."""

    signed: Signed


Words = str | Erasure | None
"""What is to be shown of a comment: its text, that it was erased, or None where the text is not here."""


def comment(home: Home, name: str, text: str) -> Signed:
    """Comment on a request or a release.

    Args:
        home: the writer's.
        name: ``Q-0001`` or ``R-0001``.
        text: what is said; markup is text.

    Raises:
        AssayError: the person may not, there is no such request or release, or the text is empty, too long or holds
            control characters; nothing is stored then.
    """
    home.authorised(Action.COMMENT)
    check_name(home.load().record, name)
    said = normal_text(text)
    fault = text_fault(said, TEXT, Place("comment"), "a text")
    raise_faults([fault] if fault else [])
    content = canonical_json({"salt": secrets.token_hex(_SALT_BYTES), "text": said})
    digest = digest_bytes(content)
    home.texts.put(digest, content)
    try:
        return home.say(home.statement(Kind.COMMENTED, subjects=(Meant(COMMENT + name, digest),)))
    except AssayError:
        home.texts.erase(digest)  # what was not said is not kept
        raise


def erase(home: Home, comment_digest: str, reason: str) -> Signed:
    """Erase the text of a comment for good; that it was said, and who erased it why, stays in the ledger.

    Args:
        home: an administrator's.
        comment_digest: the digest of the comment's statement, or enough of its beginning to be the only one.
        reason: why; it is never erased itself.

    Raises:
        AssayError: the person may not, no or more than one comment begins so, it is erased already, or there is no
            reason that can be kept.
    """
    home.authorised(Action.COMMENT_ERASE)
    record = home.load().record
    signed = comment_named(record, comment_digest)
    why = normal_text(reason)
    fault = text_fault(why, TEXT, Place("reason"), "a reason")
    raise_faults([fault] if fault else [])
    subject = signed.statement.subjects[0]
    before = erasures(record, subject.id).get(subject.digest)
    if before is not None:
        delete_erased(home)  # somebody may have been stopped between saying and doing
        found = f"one that {before.signed.statement.signer} erased"
        raise refusal(short(signed.digest), expected="a comment that has its text", found=found)
    told = home.say(home.statement(Kind.ERASED, subjects=(subject,), reason=why, observed=(signed.digest,)))
    home.texts.erase(subject.digest)
    return told


def delete_erased(home: Home) -> None:
    """Delete every text that was erased by an administrator elsewhere and whose erasure is recorded here by now."""
    record = home.load().record
    for subject_id in [name for name in record.by_subject if name.startswith(COMMENT)]:
        for digest in erasures(record, subject_id):
            home.texts.erase(digest)


def comments_on(record: Record, name: str) -> tuple[Signed, ...]:
    """Return the comments on a request or a release, by people on the roster, in the ledger's order."""
    return tuple(
        s for s in record.of(COMMENT + name)
        if s.statement.kind is Kind.COMMENTED and record.roster.person(s.statement.signer) is not None
    )  # fmt: skip


def erasures(record: Record, subject_id: str) -> dict[Digest, Erasure]:
    """Return what was erased of the comments on something: digest of the text to the first erasure that counts."""
    found: dict[Digest, Erasure] = {}
    for signed in record.of(subject_id):
        if signed.statement.kind is Kind.ERASED and signer_may(record, signed, Action.COMMENT_ERASE):
            for meant in signed.statement.subjects:
                found.setdefault(meant.digest, Erasure(signed))
    return found


def words_of(home: Home, signed: Signed, erased: dict[Digest, Erasure]) -> Words:
    """Return what is to be shown of a comment, see `Words`; a text that was changed on this machine is not here."""
    digest = signed.statement.subjects[0].digest
    if digest in erased:
        return erased[digest]
    content = home.texts.get(digest)
    if content is None or digest_bytes(content) != digest:
        return None
    try:
        return str(parse_json(content, "comment")["text"])
    except (AssayError, KeyError, TypeError):
        return None


def comment_named(record: Record, beginning: str) -> Signed:
    """Find the comment whose statement's digest begins so, with or without ``sha256:``.

    Raises:
        AssayError: there is none, or more than one.
    """
    wanted = beginning.removeprefix("sha256:").lower()
    names = [name.removeprefix(COMMENT) for name in record.by_subject if name.startswith(COMMENT)]
    found = [s for name in names for s in comments_on(record, name) if wanted and _hex(s).startswith(wanted)]
    if len(found) != 1:
        hint = "assay request show prints the beginning of each."
        raise refusal(beginning[:80], expected="one comment of this project", found=f"{len(found)}", hint=hint)
    return found[0]


def check_name(record: Record, name: str) -> None:
    """Make sure that a name is one of a request or a release.

    Raises:
        AssayError: it is not.
    """
    if name not in record.requests and name not in record.releases:
        raise refusal(name[:80], expected="a request or a release of this project", found="none of that name")


def signer_may(record: Record, signed: Signed, action: Action) -> bool:
    """Say whether a statement is by a person whom the roster lets do this."""
    holder = record.roster.find(signed.key_id)
    return holder is not None and isinstance(holder[0], Person) and may(holder[0], action)


def _hex(signed: Signed) -> str:
    return signed.digest.removeprefix("sha256:")
