"""Reviewing: everything that somebody looks at before they accept or reject what waits for them."""

from __future__ import annotations

from dataclasses import dataclass

from assay.actions.case import Standing, released_release, standing_of
from assay.actions.home import Home, release_named
from assay.actions.items import Carried, Desk, Item, carried
from assay.actions.signoff import waiting_for
from assay.actions.turns import Turn
from assay.base.roles import Action
from assay.lifecycle.gates import ChangeClass
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import Kind

NOT_BY_SIGN_OFF = frozenset({Kind.ORDERED})
"""What is signed by an act of its own and not by a click on this page."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a release differs from what is released.

    Attributes:
        since: the version that production serves; None before the first release.
        sentences: one a change; empty where nothing differs, and before the first release.
    """

    change_class: ChangeClass
    since: str | None
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What a person can sign of a release now, with what they look at; ``items`` is empty where nothing waits."""

    release: Release
    difference: Difference
    items: tuple[Item, ...]
    carried: tuple[Carried, ...]


def review(home: Home, release_id: str) -> Review:
    """Gather for whoever acts what waits for their sign-off in a release, subject by subject.

    Raises:
        AssayError: the person may not look at data, there is no such release, or its payload is not in this home.
    """
    person = home.authorised(Action.PREVIEW)
    record = home.load().record
    release = release_named(record, release_id)
    standing = standing_of(home, record, release)
    waiting: dict[str, list[Turn]] = {}
    for turn in waiting_for(home, record, standing, person):
        if turn.state.gate.kind not in NOT_BY_SIGN_OFF:
            waiting.setdefault(turn.state.subject.id, []).append(turn)
    desk = Desk.of(home, record, standing, person) if waiting else None
    return Review(
        release=release,
        difference=difference_since(record, standing),
        items=tuple(desk.item(turns) for turns in waiting.values()) if desk else (),
        carried=tuple(carried(standing)),
    )


def difference_since(record: Record, standing: Standing) -> Difference:
    """Say how a release differs from what production serves: its class, and each change as a sentence."""
    released = released_release(record, standing.release.product)
    return Difference(standing.change_class, released.version if released else None, standing.changes)
