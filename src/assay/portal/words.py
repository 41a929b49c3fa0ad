"""The words and signs for how things stand, in one table each: a sign beside a colour, for who sees no colour."""

from __future__ import annotations

from dataclasses import dataclass

from assay.base.roles import Holder
from assay.lifecycle.decide import Status
from assay.lifecycle.statements import Result


@dataclass(frozen=True, slots=True)
class Word:
    """How one state is shown.

    Attributes:
        text: in a word or two.
        tone: plain, good, warn, bad or accent; a class of the style sheet.
        glyph: a sign, which screen readers pass over.
    """

    text: str
    tone: str = "plain"
    glyph: str = ""


STATUSES: dict[Status, Word] = {
    Status.SATISFIED: Word("done", "good", "✓"),
    Status.CARRIED: Word("carried over", "good", "↷"),
    Status.OPEN: Word("can be done", "accent", "→"),
    Status.STALE: Word("to be done again", "warn", "↻"),
    Status.REJECTED: Word("rejected", "bad", "✕"),
    Status.BLOCKED: Word("waits", "plain", "…"),
    Status.NOT_ASKED: Word("not asked", "plain", "–"),
}

RESULTS: dict[Result | None, Word] = {
    Result.PASS: Word("pass", "good", "✓"),
    Result.WARN: Word("warning", "warn", "!"),
    Result.FAIL: Word("failed", "bad", "✕"),
    Result.ERROR: Word("no verdict", "bad", "?"),
    None: Word("recorded", "plain", "·"),
}

HOLDERS: dict[Holder, str] = {
    Holder.PERSON: "with their own key",
    Holder.PORTAL: "in the browser",
    Holder.NODE: "by the node's key",
}

CLASSES: dict[str, str] = {
    "cosmetic": "Cosmetic: no number and no promise changes.",
    "additive": "Additive: something comes, and every number and promise there was stays as it was.",
    "repair": "Repair: the promises stay, and only numbers that broke a rule are others now, if any are.",
    "standard": "Standard: numbers or promises may change, and nothing that others rely on breaks.",
    "breaking": "Breaking: something that others rely on goes away or means something else.",
}
