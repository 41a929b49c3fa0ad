"""What became of every request can be said in plain words, and how long it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.actions.request import cancel_request, check_request, new_request
from assay.actions.requests import (
    OVER,
    Became,
    RequestLine,
    Sought,
    Which,
    due_words,
    request_line,
    request_lines,
    requests_page,
)
from assay.base.errors import AssayError, Denied
from assay.base.roles import Person, Role
from assay.connectors.clocks import FixedClock
from assay.lifecycle.statements import Kind
from fakes.cast import EMIL, EVERYBODY, OLIVE, SIMON, STELLA, digest, person
from ports.office import NODE, REQUEST, Office, afresh, open_office
from soak import count

RELEASE = ("release:R-0001", digest("opened"))
PAYLOAD = ("release:R-0001", digest("payload"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(empty: Office) -> Office:
    """An office in which Stella has asked for something."""
    office = afresh(empty)
    new_request(office.as_(STELLA), REQUEST)
    return office


NOTHING_IN_IT: dict[str, list[str]] = {"subjects": [], "changes": []}


def opened(office: Office, release: str = "R-0001") -> None:
    subject = (f"release:{release}", digest("opened"))
    office.hear(EMIL, Kind.OPENED, subject, details={"product": "p", "requests": ["Q-0001"]})


def delivered(office: Office) -> None:
    office.hear(EMIL, Kind.FROZEN, PAYLOAD, details={"version": "1.0.0", "class": "standard", **NOTHING_IN_IT})
    office.hear(NODE, Kind.RELEASED, PAYLOAD)


def only(office: Office, day: date = date(2026, 3, 2)) -> RequestLine:
    """Return the one request's line, as it reads on a day."""
    home = replace(office.home, clock=FixedClock(datetime(day.year, day.month, day.day, 23, tzinfo=UTC)))
    (line,) = request_lines(home)
    assert line == request_line(home, "Q-0001")
    return line


def test_a_request_nobody_works_on_is_recorded(office: Office) -> None:
    line = only(office)

    assert (line.became, line.words) == (Became.RECORDED, "recorded on 02 Mar 2026, not in work yet")
    assert (line.title, line.needed_by, line.due) == ("Late flights", date(2026, 3, 31), "due in 29 days")


def test_a_request_that_a_release_answers_waits_for_who_can_act_on_it(office: Office) -> None:
    opened(office)
    line = only(office)
    office.hear(EMIL, Kind.FROZEN, PAYLOAD, details={"version": "1.0.0", "class": "standard", **NOTHING_IN_IT})

    assert (line.became, line.release) == (Became.WAITING, "R-0001")
    assert line.words == "in work in R-0001 since 02 Mar 2026, waiting for Emil or Erna to freeze the payload"
    assert only(office).words.endswith(", waiting for the production machine")


def test_a_request_whose_release_waits_for_nobody_is_in_work(office: Office) -> None:
    opened(office)
    (line,) = request_lines(replace(office.home, table=()))

    assert (line.became, line.words) == (Became.IN_WORK, "in work in R-0001 since 02 Mar 2026")


def test_a_delivered_request_says_version_and_day_and_is_never_overdue(office: Office) -> None:
    opened(office)
    delivered(office)
    line = only(office, date(2026, 12, 1))

    assert (line.became, line.words) == (Became.DELIVERED, "delivered with version 1.0.0 on 02 Mar 2026")
    assert (line.release, line.due, line.is_overdue) == ("R-0001", "", False)


def test_what_was_rolled_back_is_due_again_until_work_on_it_begins(office: Office) -> None:
    opened(office)
    delivered(office)
    office.hear(NODE, Kind.ROLLED_BACK, PAYLOAD, reason="Wrong sums")

    line = only(office, date(2026, 4, 2))
    assert line.words == "version 1.0.0 was rolled back on 02 Mar 2026: Wrong sums"
    assert (line.became, line.due, line.is_overdue) == (Became.ROLLED_BACK, "overdue by 2 days", True)
    opened(office, "R-0002")
    assert (only(office).became, only(office).release) == (Became.WAITING, "R-0002")


def test_a_cancelled_release_answers_nothing_and_a_cancelled_request_says_why(office: Office) -> None:
    opened(office)
    office.hear(EMIL, Kind.CANCELLED, RELEASE, reason="Another way")
    assert only(office).became is Became.RECORDED

    cancel_request(office.as_(OLIVE), "Q-0001", "Answered by the report")
    assert (only(office).became, only(office).words) == (Became.CANCELLED, "cancelled: Answered by the report")


def test_a_request_from_elsewhere_that_says_little_is_listed_all_the_same(office: Office) -> None:
    office.hear(SIMON, Kind.REQUESTED, ("request:Q-0002", digest("x")), details={"needed_by": "soon", "title": 7})
    line = request_line(office.home, "Q-0002")

    assert (line.title, line.needed_by, line.due, line.is_overdue) == ("7", None, "", False)


def test_who_is_known_and_has_no_role_sees_no_requests(office: Office) -> None:
    stranger = replace(office.as_(EMIL), person=person("emil"))

    with pytest.raises(Denied):
        request_lines(stranger)
    with pytest.raises(Denied):
        request_line(stranger, "Q-0001")


def test_a_request_that_is_not_there_is_refused(office: Office) -> None:
    with pytest.raises(AssayError, match="Requests: Q-0001"):
        request_line(office.home, "Q-0009")


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_only_those_who_may_ask_learn_what_is_wrong_with_a_request(office: Office, who: Person) -> None:
    head = office.home.ledger.head()
    may_ask = bool(who.roles & {Role.STAKEHOLDER, Role.OWNER, Role.ENGINEER})

    with pytest.raises(AssayError) as refused:
        new_request(office.as_(who), {})

    assert isinstance(refused.value, Denied) is not may_ask
    assert len(refused.value.faults) == (7 if may_ask else 1)
    assert office.home.ledger.head() == head


def test_a_product_that_a_request_began_is_known_to_the_next_one_until_it_is_cancelled(office: Office) -> None:
    weather = {**REQUEST, "product": "weather"}
    with pytest.raises(AssayError, match="a product that is known"):
        new_request(office.as_(STELLA), weather)

    asked = new_request(office.as_(STELLA), weather, is_new_product=True)
    assert check_request(office.as_(SIMON), weather).product == "weather"
    cancel_request(office.as_(OLIVE), asked.id, "No")
    with pytest.raises(AssayError, match="a product that is known"):
        check_request(office.as_(SIMON), weather)


def test_a_cancellation_with_a_reason_that_cannot_be_kept_changes_nothing(office: Office) -> None:
    for reason in ("", "x" * 10_001, "a\x00b"):
        with pytest.raises(AssayError, match="Q-0001"):
            cancel_request(office.as_(OLIVE), "Q-0001", reason)

    assert only(office).became is Became.RECORDED


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-400, 400))
def test_how_long_something_has_is_said_in_days(today: date, days: int) -> None:
    words = due_words(today + timedelta(days=days), today)

    if days == 0:
        assert words == "due today"
    else:
        assert words.startswith("overdue by " if days < 0 else "due in ")
        assert words.split()[2:] == [str(abs(days)), "day" if abs(days) == 1 else "days"]


SAID = ("nothing", "open", "open again", "deliver", "roll back", "cancel the release", "cancel")


@settings(max_examples=count(15, 500), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=5))
def test_a_request_counts_as_open_or_over_as_its_line_says(empty: Office, said: list[str]) -> None:
    office = afresh(empty)
    new_request(office.as_(STELLA), REQUEST)
    acts: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "open": lambda: opened(office),
        "open again": lambda: opened(office, "R-0002"),
        "deliver": lambda: delivered(office),
        "roll back": lambda: office.hear(NODE, Kind.ROLLED_BACK, PAYLOAD, reason="Wrong sums"),
        "cancel the release": lambda: office.hear(EMIL, Kind.CANCELLED, RELEASE, reason="Another way"),
        "cancel": lambda: office.hear(OLIVE, Kind.CANCELLED, ("request:Q-0001", digest("x")), reason="No"),
    }
    for act in said:
        acts[act]()
        (line,) = request_lines(office.home)
        which, other = (Which.OVER, Which.OPEN) if line.became in OVER else (Which.OPEN, Which.OVER)
        found = {each: requests_page(office.home, Sought(each)) for each in Which}

        assert found[which].lines.items == found[Which.ALL].lines.items == (line,)
        assert found[other].lines.items == ()
        assert found[other].counts == {which: 1, other: 0, Which.ALL: 1}


def test_requests_are_found_by_their_number_and_by_words_of_the_title_in_any_case(office: Office) -> None:
    for text, many in (("q-0001", 1), ("LATE fl", 1), ("", 1), (" late ", 1), ("early", 0), ("Q-0002", 0)):
        assert requests_page(office.home, Sought(text=text)).lines.total == many, text
    assert requests_page(office.home, Sought(product="weather")).lines.total == 0


def test_whoever_asks_for_one_of_many_requests_that_is_not_there_is_told_of_the_newest_alone(office: Office) -> None:
    for number in range(2, 30):
        office.hear(STELLA, Kind.REQUESTED, (f"request:Q-{number:04d}", digest("x")), details={"product": "p"})

    with pytest.raises(AssayError, match=r"Requests: 9 earlier ones, Q-0010, .*, Q-0029\.$"):
        request_line(office.home, "Q-0099")
