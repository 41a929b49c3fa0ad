"""An announcement says the change, the data's date, who accepted and whom to ask."""

from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from assay.release.announcements import Notice, release_announcement, rollback_announcement

NOTICE = Notice(
    title="On-time departures",
    version="1.1.0",
    audience="The operations desk",
    owner="dora@example.org",
    as_of="2013-12-01",
    changes=("The dashboard is now titled “Punctuality”.", "A long sentence " * 8),
    accepted_by=("ben@example.org", "carla@example.org"),
)


def test_a_release_is_announced_with_its_changes(snapshot: SnapshotAssertion) -> None:
    assert release_announcement(NOTICE) == snapshot


def test_a_first_version_says_so(snapshot: SnapshotAssertion) -> None:
    assert release_announcement(Notice("T", "1.0.0", "All", "dora@example.org", "2013-12-01")) == snapshot


def test_a_rollback_says_what_is_served_again_and_why(snapshot: SnapshotAssertion) -> None:
    assert rollback_announcement(NOTICE, "1.2.0", "The title is cut off") == snapshot


def test_no_line_is_wider_than_a_mail_wants() -> None:
    assert max(map(len, release_announcement(NOTICE).splitlines())) <= 76
