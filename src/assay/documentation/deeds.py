"""Deeds: what a statement says, as a plain sentence to be read after the name of whoever signed it."""

from __future__ import annotations

from collections.abc import Iterable

from assay.lifecycle.delegations import SUBJECT
from assay.lifecycle.statements import Kind, Result, Statement

_NAMED = 3
"""How many subjects a sentence names; the others are counted."""

DEEDS: dict[Kind, str] = {
    Kind.REQUESTED: "asked for {on}",
    Kind.CANCELLED: "cancelled {on}",
    Kind.OPENED: "opened {on}",
    Kind.ASSESSED: "assessed whether {on} can be kept",
    Kind.APPROVED: "approved {on}",
    Kind.DELIVERED: "confirmed that the feeds of {on} are delivered",
    Kind.BUILT: "built {on}{where}",
    Kind.FROZEN: "froze {on}",
    Kind.CHECKED: "checked {on}{where}",
    Kind.PUBLISHED: "published {on}{where}",
    Kind.ACCEPTED: "accepted {on}{where}",
    Kind.REJECTED: "rejected {on}{where}",
    Kind.WITHDRAWN: "withdrew the rejection of {on}{where}",
    Kind.DELEGATED: "named {to} to sign off for them until {ends}, in {on}",
    Kind.ROSTER_GIVEN: "was given {on}",
    Kind.ROSTER_CHANGED: "changed {on}",
    Kind.BUNDLED: "put the bundle of {on} together",
    Kind.ADMITTED: "admitted {on}",
    Kind.POPULATED: "populated {on}{where}",
    Kind.COMPARED: "compared {on}{where} with QA",
    Kind.RAN: "ran {on}{where}",
    Kind.SOAKED: "let {on} soak{where}",
    Kind.ORDERED: "ordered the release of {on}",
    Kind.ROLLBACK_ORDERED: "ordered that {on} is rolled back",
    Kind.RELEASED: "released {on}",
    Kind.ROLLED_BACK: "rolled back {on}",
    Kind.ANNOUNCED: "announced {on}",
    Kind.FEEDBACK_ASKED: "asked for feedback on {on}",
    Kind.FEEDBACK: "gave feedback on {on}",
    Kind.COMMENTED: "commented on {on}",
    Kind.ERASED: "erased the text of a comment on {on}",
}
ENDED = "ended {on}"
"""A delegation is withdrawn as a rejection is, and does not read like one."""

ENDINGS: dict[Result, str] = {
    Result.PASS: ": good",
    Result.WARN: ": good, with warnings",
    Result.FAIL: ": failed",
    Result.ERROR: ": no verdict",
}
ENVIRONMENTS: dict[str, str] = {"dev": "development", "qa": "QA", "prod": "production"}
_OF: dict[str, str] = {"contract": "the contract of ", "delegation": "delegation "}


def deed(statement: Statement) -> str:
    """Say what a statement says: ``accepted ontime_daily and delays in QA``."""
    where = f" in {place_words(statement.environment)}" if statement.environment else ""
    ending = ENDINGS[statement.result] if statement.result else ""
    on = listed(subject_words(meant.id) for meant in statement.subjects)
    is_of_delegation = all(meant.id.startswith(SUBJECT) for meant in statement.subjects)
    sentence = ENDED if statement.kind is Kind.WITHDRAWN and is_of_delegation else DEEDS[statement.kind]
    to, ends = (statement.details.get(name) for name in ("to", "ends"))
    return sentence.format(on=on, where=where, to=to, ends=ends) + ending


def place_words(environment: str) -> str:
    """Say where something happened; an environment that has no word of its own is named."""
    return ENVIRONMENTS.get(environment, environment)


def subject_words(subject_id: str) -> str:
    """Name a subject for people: ``the contract of ontime_daily``, ``R-0001``."""
    kind, _, name = subject_id.partition(":")
    return _OF.get(kind, "") + (name.rpartition("/")[2] or subject_id)


def listed(names: Iterable[str]) -> str:
    """Write names as a list in a sentence; of many the first ones."""
    every = list(names)
    shown, more = every[:_NAMED], len(every) - _NAMED
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
