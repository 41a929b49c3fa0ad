"""The demo plays the whole process to its end, and says at every turning point what happened and why."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from homes import assay, rows_of, state_of
from journeys.demo import LIMIT_SECONDS, Played, start_demo
from journeys.flights_home import EXAMPLE, Place
from soak import SOAK

pytestmark = pytest.mark.timeout(LIMIT_SECONDS)

END = "2026-03-10T09:00:00Z"
"""A moment after the demo's last scene."""


def scene(played: Played, number: int) -> str:
    """Return what one scene printed, its lines joined: the terminal's breaks do not count."""
    parts = re.split(r"^={80}\n", played.text, flags=re.MULTILINE)
    assert parts[number].startswith(f"{number}. ")
    return " ".join(parts[number].split())


def marked(text: str, mark: str) -> set[str]:
    """Return the subjects that a release page shows under a mark."""
    return set(re.findall(rf"^\s+{re.escape(mark)}\s+(\S+)", text, flags=re.MULTILINE))


def test_it_plays_to_its_end(played: Played) -> None:
    assert played.code == 0, played.text[-3000:]
    assert "Played in" in played.text
    assert "Traceback" not in played.text
    assert "Unexpected" not in played.text


def test_the_author_is_refused_as_second_engineer_and_the_gate_says_why(played: Played) -> None:
    told = scene(played, 2)

    reason = "ada@example.org counts at dataset.dev.built of ontime/ontime_daily, and this gate asks for somebody else"
    assert reason in told
    assert "They can: ben@example.org." in told
    assert "Nothing was changed." in told


def test_the_second_engineer_finds_the_defect_and_rejects_one_dataset_alone(played: Played) -> None:
    told = scene(played, 3)

    assert "ben@example.org rejected ontime_daily at dataset.qa.accepted-by-other-engineer: Cancelled" in told
    assert "ben@example.org accepted carrier_month at dataset.qa.accepted-by-other-engineer" in told
    assert "ben-rejects.json: 0 new statements; 1 statement known already." in told
    assert "correct it, commit, build it again and freeze: ontime_daily" in told


def test_after_the_correction_the_changed_dataset_is_asked_again_and_the_other_is_not(played: Played) -> None:
    told = scene(played, 4)

    assert "carrier_month reused 170 rows nothing changed" in told
    assert "Signed for R-0001: ontime_daily, delays." in told
    assert "ada@example.org accepted ontime_daily at dataset.qa.accepted-by-engineer." in told
    assert "ben@example.org accepted ontime_daily at dataset.qa.accepted-by-other-engineer." in told
    assert "accepted carrier_month at dataset.qa.accepted-by-engineer" not in told
    assert "accepted carrier_month at dataset.qa.accepted-by-other-engineer" not in told


def test_who_signed_for_the_defect_did_not_sign_for_the_correction(played: Played) -> None:
    signed = acceptances(played.place, "dataset.qa.accepted-by-engineer")

    assert [subjects for _, subjects in signed] == [
        ["ontime/carrier_month", "ontime/ontime_daily"],
        ["ontime/ontime_daily"],
    ]


def test_a_tampered_bundle_is_refused_and_the_file_is_named(played: Played) -> None:
    told = scene(played, 5)

    assert "tampered.bundle.tar: payload.json expected exactly the files that the manifest lists" in told
    assert "changed: products/ontime/workflow/ontime_daily.sql" in told
    assert "R-0001: ontime 1.0.0 (standard) is admitted." in told
    assert "the same rows as in QA on the same cut" in told
    assert "2 scheduled runs without failure" in told


def test_only_the_release_manager_orders_the_release(played: Played) -> None:
    told = scene(played, 6)

    assert "product:release:order expected somebody whose role permits it found ada@example.org: engineer" in told
    assert "R-0001: version 1.0.0 is served" in told


def test_a_refresh_brings_new_rows_and_stales_nothing(played: Played) -> None:
    told = scene(played, 7)

    assert "input changed: sources.flights" in told
    assert "Needs me Nothing." in told
    assert "ontime serves 1.0.0 (R-0001), data as of 2014-01-01" in told


def test_a_cosmetic_change_is_released_with_one_sign_off_and_the_rest_carried(played: Played) -> None:
    told = scene(played, 8)

    assert "class cosmetic" in told
    assert marked(played.text, "↷") == {"carrier_month", "ontime_daily"}
    assert told.count("example.org accepted") == 1
    assert "R-0002: version 1.0.1 is served" in told


def test_feedback_opens_the_next_request_linked_to_the_release(played: Played) -> None:
    assert "Feedback on R-0002 is recorded; it opens Q-0002." in scene(played, 9)

    shown = played.place.run("carla", "request", "show", "Q-0002", at=END)

    assert re.search(r"follows\s+R-0002", shown.out)


def test_a_rollback_serves_the_version_before_with_its_newest_data(played: Played) -> None:
    assert "R-0001: version 1.0.0 is served, data as of 2014-01-01." in scene(played, 10)

    pointer = rows_of(
        played.place.node / "state" / "state.db", "select payload, as_of from pointers where slot = 'released'"
    )
    frozen = rows_of(played.place.database, "select payload, as_of from pointers where environment = 'qa'")
    assert pointer[0][1] == "2014-01-01"
    assert pointer[0][0] != frozen[0][0]  # QA holds 1.0.1 still


def test_both_ledgers_are_verified_at_the_end_and_still_hold(played: Played) -> None:
    assert scene(played, 11).count("every one holds.") == 2

    assert played.place.run("audrey", "ledger", "verify", at=END).code == 0
    assert played.place.on_node("verify", at=END).code == 0


def test_what_is_released_lies_there_to_look_at(played: Played) -> None:
    page = played.place.node / "pages" / "released" / "ontime" / "delays.html"
    named = played.at / page.relative_to(played.place.root)

    assert f"The released dashboard: {named}" in " ".join(played.text.split())
    assert "How late do flights leave New York?" in page.read_text()
    assert (played.place.node / "pages" / "announcements" / "R-0001.txt").exists()


def test_a_second_play_in_the_same_directory_begins_anew(played: Played, tmp_path: Path) -> None:
    again = played.place.copy(tmp_path / "again")
    printed = tmp_path / "printed.txt"

    child = start_demo(again.root, printed)
    if SOAK:
        assert child.wait() == 0
        assert "Played in" in printed.read_text()
        return
    wait_until(lambda: "Q-0001: Where and when" in printed.read_text(), child)
    child.kill()
    child.wait()

    assert rows_of(again.database, "select count(*) from events")[0][0] in (1, 2, 3, 4)


def test_a_directory_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    before = state_of(tmp_path)

    ran = assay("demo", "--no-serve", "--home", tmp_path, "--example", EXAMPLE)

    assert ran.code == 1
    assert "an empty directory, or an earlier demo" in ran.err
    assert "--home" in ran.err
    assert state_of(tmp_path) == before


def acceptances(place: Place, gate: str) -> list[tuple[str, list[str]]]:
    """Return who accepted what at a gate, in the order of the ledger."""
    shown = place.run("audrey", "ledger", "show", "--last", "999", at=END, COLUMNS="100")
    entries = re.split(r"\n(?=\s+\d{4}-\d\d-\d\d)", shown.out)[1:]
    flat = [" ".join(entry.split()) for entry in entries]
    found = [re.match(rf"\S+ \S+ accepted (\S+) (.*) \[\w+\] at {re.escape(gate)}$", entry) for entry in flat]
    return [(match[1], match[2].split(", ")) for match in found if match]


def wait_until(is_so: Callable[[], bool], child: subprocess.Popen[bytes]) -> None:
    """Wait for what a child does, as long as it lives."""
    while not is_so():
        assert child.poll() is None
        time.sleep(0.05)
