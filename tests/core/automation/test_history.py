"""What is known of a release's runs is read from the node's statements, and from nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from assay.automation.attempts import Attempt, Failure, History, history_of
from assay.base.canonical import digest_text
from assay.base.roles import Holder
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.record import Release, fold
from assay.lifecycle.statements import Kind, Meant, Result, Statement, time_text
from assay.project.schedule import Missed, Schedule
from fakes.cast import ERNA, ROSTER, THE_NODE

RELEASE = Release("R-0001", "sales", (), ERNA.email, datetime(2026, 3, 1, tzinfo=UTC))
DAILY = Schedule("0 6 * * *", 1)
EACH = Schedule("0 6 * * *", 1, missed=Missed.ALL)


def at(day: int, hour: int = 6, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def said(kind: Kind, when: datetime, *, release: str = "R-0001", by: Holder = Holder.NODE, **details: Any) -> Signed:
    signer = THE_NODE.name if by is Holder.NODE else ERNA.email
    statement = Statement(
        kind, (Meant(f"release:{release}", digest_text(release)),), signer, by, when, "shop", release=release,
        result=Result.ERROR if details.get("failure") else Result.PASS, details=details,
    )  # fmt: skip
    return Signed(statement, digest_text(f"{kind} {when} {release} {by}"), THE_NODE.keys[0].id)


def ran(moment: datetime, ended: datetime, **more: Any) -> Signed:
    return said(Kind.RAN, ended, slot=time_text(moment), **more)


def known(*statements: Signed, schedule: Schedule = DAILY) -> History:
    return history_of(fold(statements, ROSTER), RELEASE, schedule)


def test_a_schedule_is_active_from_when_its_release_is_in_place() -> None:
    assert known() == History(None)
    assert known(said(Kind.POPULATED, at(2))) == History(at(2))
    assert known(said(Kind.POPULATED, at(2), release="R-0002")) == History(None)


def test_runs_are_read_with_attempt_and_failure_also_those_of_before_either_was_said() -> None:
    found = known(
        said(Kind.POPULATED, at(2)),
        ran(at(3), at(3, 6, 1)),
        ran(at(4), at(4, 6, 1), attempt=2, failure="unavailable"),
        ran(at(5), at(5, 6, 1), attempt=1, failure="bad luck", manual=True),
    )

    assert found.attempts == (
        Attempt(at(3), 1, at(3, 6, 1), Result.PASS),
        Attempt(at(4), 2, at(4, 6, 1), Result.ERROR, Failure.UNAVAILABLE),
        Attempt(at(5), 1, at(5, 6, 1), Result.ERROR, None, is_manual=True),
    )


@pytest.mark.parametrize("kind", [Kind.POPULATED, Kind.RELEASED])
def test_being_put_in_place_anew_ends_what_waited_and_forgets_no_moment(kind: Kind) -> None:
    failed = ran(at(4), at(4, 6, 1), failure="unavailable")

    assert known(said(Kind.POPULATED, at(2)), failed, said(kind, at(4, 7))) == History(at(4, 7))
    assert known(said(Kind.POPULATED, at(2)), failed, said(kind, at(3))) == History(at(4)), "the clock was set back"


def test_after_a_rollback_moments_of_the_other_release_are_run_for_none() -> None:
    story = (
        said(Kind.RELEASED, at(2)), ran(at(3), at(3, 6, 1)),
        said(Kind.ROLLED_BACK, at(9), release="R-0002", to="R-0001"),
    )  # fmt: skip

    assert known(*story, schedule=EACH) == History(at(9))
    assert known(*story) == History(at(2), (Attempt(at(3), 1, at(3, 6, 1), Result.PASS),))


def test_what_a_person_says_of_runs_changes_nothing() -> None:
    claimed = ran(at(20), at(3), by=Holder.PERSON)

    assert known(said(Kind.POPULATED, at(2)), claimed, said(Kind.RELEASED, at(5), by=Holder.PERSON)) == History(at(2))
