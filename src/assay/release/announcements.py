"""Announcements: what the audience is told, in a few lines: the change, its effect, who checked, whom to ask."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Notice:
    """What an announcement says.

    Attributes:
        title: the product's title, in words of the business.
        version: that is served from now on.
        audience: whom it is for.
        owner: whom to ask.
        as_of: the logical date of the data that is served, ISO 8601.
        changes: what differs from before, a sentence each; empty for a first version.
        accepted_by: who accepted it in production.
    """

    title: str
    version: str
    audience: str
    owner: str
    as_of: str
    changes: Sequence[str] = ()
    accepted_by: Sequence[str] = ()


def release_announcement(notice: Notice) -> str:
    """Write what the audience is told about a release."""
    lines = [f"{notice.title}: version {notice.version} is released.", ""]
    lines += _list(notice.changes) if notice.changes else ["This is its first version."]
    lines += ["", f"The data is as of {notice.as_of}.", f"For: {notice.audience}."]
    if notice.accepted_by:
        lines.append(f"Accepted in production by {', '.join(notice.accepted_by)}.")
    return _text([*lines, f"Questions: {notice.owner}."])


def rollback_announcement(notice: Notice, withdrawn: str, reason: str) -> str:
    """Write what the audience is told about going back to an earlier version."""
    return _text(
        [
            f"{notice.title}: version {withdrawn} is withdrawn, version {notice.version} is served again.",
            "",
            f"Reason: {reason}",
            f"The data is as of {notice.as_of}.",
            f"For: {notice.audience}.",
            f"Questions: {notice.owner}.",
        ]
    )


def _list(sentences: Sequence[str]) -> list[str]:
    return [f"- {sentence}" for sentence in sentences]


def _text(lines: Sequence[str]) -> str:
    wrapped = [textwrap.fill(line, _WIDTH, subsequent_indent="  " if line.startswith("- ") else "") for line in lines]
    return "\n".join(wrapped) + "\n"
