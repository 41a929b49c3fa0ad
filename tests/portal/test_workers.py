"""Several workers on PostgreSQL: what one of them knows all know, what is sent twice acts once, and one may die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import httpx2
import pytest

from assay.identity.portal import Portal
from databases import NEEDS_POSTGRESQL, Postgresql, postgresql
from faults.shop import PRODUCT, Shop
from portal.calls import TOWN, token_of
from portal.site import PASSWORD, Site
from portal.town import ask, copy_of
from portal.workers import Served, csrf_of, each, move_database, serving

pytestmark = [NEEDS_POSTGRESQL, pytest.mark.timeout(240)]
COPIES = 8
OPENED = "2026-03-02T09:00:00Z"
ASKED: dict[str, Any] = {
    "question": "Q?", "product": PRODUCT, "deliverable": "dashboard", "audience": "us", "needed_by": "2099-01-01",
    "acceptance": "right",
}  # fmt: skip


@pytest.fixture(scope="module")
def town(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Site]:
    """Return the shop with a release whose contracts wait for two approvals, and a portal without a server yet."""
    shop, site = copy_of(pristine, tmp_path_factory.mktemp("workers") / "all")
    ask(shop, "Takings")
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001", at=OPENED)
    shop.do("ada", "assess", at=OPENED)
    return shop, site


@pytest.fixture(scope="module")
def database() -> Iterator[Postgresql]:
    with postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def served(town: tuple[Shop, Site], database: Postgresql) -> Iterator[Served]:
    move_database(town[1], database.url())
    with serving(town[1], workers=3) as running:
        yield running


@pytest.fixture(scope="module")
def portal(town: tuple[Shop, Site], served: Served) -> Portal:
    """Return the same portal opened in this process, as one more that looks at the same database."""
    return town[1].open()


@pytest.fixture(scope="module")
def secrets(portal: Portal) -> dict[str, str]:
    """Return a token for everybody, made beside the workers."""
    return {person: token_of(portal, person).secret for person in ("ada", "ben", "carla", "dora", "audrey")}


def at_once(calls: list[Any]) -> list[Any]:
    """Call functions at one moment, each in a thread of its own; return what they gave."""
    together = Barrier(len(calls))

    def call(do: Any) -> Any:
        together.wait()
        return do()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def requests_titled(client: httpx2.Client, title: str) -> list[str]:
    lines = client.get(f"{TOWN}/requests").json()["requests"]
    return [line["request"]["id"] for line in lines if line["request"]["fields"]["title"] == title]


def test_three_workers_answer(served: Served) -> None:
    assert len(served.workers()) == 3
    assert each(served, ["/sign-in"], served.browser()) == [[200]] * 3


def test_a_session_is_good_at_every_worker_and_ends_at_all_of_them(served: Served) -> None:
    first = served.workers()[0]
    with served.alone(first):
        client = served.enter("dora")
    pages = ["/p/town/work", "/p/town/releases", "/account"]
    assert each(served, pages, client) == [[200] * 3] * 3
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(lambda _: client.get("/p/town/work").status_code, range(48))) == {200}

    with served.alone(served.workers()[1]):
        client.post("/sign-out", data={"csrf": csrf_of(client, "/p/town/work")})
    assert each(served, ["/p/town/work"], client) == [[303]] * 3


def test_a_form_that_is_sent_eight_times_at_once_acts_once(served: Served, secrets: dict[str, str]) -> None:
    client = served.enter("carla")
    form = {**ASKED, "title": "Sent by form", "form": "f" * 32, "csrf": csrf_of(client, "/p/town/requests/new")}
    answers = at_once([lambda: served.browser(**client.cookies).post("/p/town/requests", data=form)] * COPIES)
    made = requests_titled(served.program(secrets["carla"]), "Sent by form")

    assert len(made) == 1
    assert {answer.headers.get("location") for answer in answers} == {f"/p/town/requests/{made[0]}"}
    later = client.post("/p/town/requests", data=form)
    assert later.headers["location"] == f"/p/town/requests/{made[0]}"


def test_a_call_that_is_sent_eight_times_at_once_with_one_key_acts_once(
    served: Served, secrets: dict[str, str]
) -> None:
    body = {"fields": {**ASKED, "acceptance": ["right"], "title": "Sent by call"}}
    key = {"Idempotency-Key": "nightly, of 2 March"}

    def call() -> httpx2.Response:
        return served.program(secrets["dora"]).post(f"{TOWN}/requests", json=body, headers=key)

    answers = at_once([call] * COPIES)
    made = requests_titled(served.program(secrets["dora"]), "Sent by call")

    assert [answer.status_code for answer in answers] == [201] * COPIES
    assert {answer.json()["id"] for answer in answers} == set(made)
    assert len(made) == 1


def test_what_somebody_opened_at_one_worker_all_know(served: Served, portal: Portal) -> None:
    """A sign-off says what its signer had opened, whichever worker showed it."""
    client, subject = served.enter("carla"), f"contract:{PRODUCT}/daily"
    with served.alone(served.workers()[1]):
        looked = client.get("/p/town/releases/R-0001/review/contract", params={"subject": subject})
    key = portal.identity.sessions.of("carla@example.org")[0].id

    assert looked.status_code == 200, looked.text
    assert portal.looks.of(key, "town", "R-0001") == {subject: frozenset({"contract"})}


def test_two_people_who_sign_at_one_moment_have_both_signed(served: Served, secrets: dict[str, str]) -> None:
    gates = {"dora": "contract.approved-by-owner", "carla": "contract.approved-by-stakeholder"}
    address = f"{TOWN}/releases/R-0001"

    def sign(person: str) -> int:
        body = {"answer": "accept", "gate": gates[person]}
        return served.program(secrets[person]).post(f"{address}/sign-offs", json=body).status_code

    answers = at_once([lambda: sign("dora"), lambda: sign("carla")])
    while 409 in answers:  # both saw the same newest event: the second was told so, and nothing of theirs was recorded
        answers = [sign(person) if answer == 409 else answer for person, answer in zip(gates, answers, strict=True)]

    assert answers == [201, 201]
    for worker in served.workers():
        with served.alone(worker):
            works = [served.program(secrets[person]).get(f"{TOWN}/work").json()["items"] for person in gates]
        assert [[item for item in work if item["task"]["gate"] in gates.values()] for work in works] == [[], []]


def test_what_one_worker_denied_is_listed_by_another(served: Served, secrets: dict[str, str]) -> None:
    one, other, _ = served.workers()
    with served.alone(one):
        denied = served.program(secrets["audrey"]).post(f"{TOWN}/requests", json={"fields": ASKED})
        client = served.enter("audrey")
    assert denied.status_code in (403, 409)
    with served.alone(other):
        assert "audrey@example.org" in client.get("/p/town/denials").text


def test_guesses_at_all_workers_are_counted_together(served: Served) -> None:
    def guess(number: int) -> str:
        fields = {"email": "ben@example.org", "password": f"guess number {number}", "next": "/"}
        return served.browser().post("/sign-in", data=fields).text

    for number, worker in enumerate(served.workers() * 2):
        with served.alone(worker):
            last = guess(number)
    assert "Wait" in last or "wait" in last


def test_another_password_ends_the_sessions_at_all_workers(served: Served) -> None:
    elsewhere, here = served.enter("ada"), served.enter("ada")
    assert each(served, ["/p/town/work"], elsewhere) == [[200]] * 3
    new = "quite other words of ada"
    with served.alone(served.workers()[0]):
        fields = {"csrf": csrf_of(here, "/password"), "old": PASSWORD.format(person="ada"), "new": new}
        assert here.post("/password", data=fields).status_code == 303

    assert each(served, ["/p/town/work"], elsewhere) == [[303]] * 3
    assert each(served, ["/p/town/work"], here) == [[200]] * 3
    served.enter("ada", new)


def test_a_worker_that_is_killed_in_the_middle_loses_nothing_and_another_takes_its_place(
    served: Served, secrets: dict[str, str]
) -> None:
    before, is_killed = set(served.workers()), Event()
    address, people = f"{TOWN}/requests/Q-0001/comments", ("ada", "carla", "dora")

    def say(person: str, number: int) -> None:
        body, key = {"text": f"{person} says {number}"}, {"Idempotency-Key": f"{person}-{number}"}
        while True:
            try:
                answer = served.program(secrets[person]).post(address, json=body, headers=key)
            except httpx2.TransportError:
                continue  # the worker died under it: the same call, sent again
            if answer.status_code != 409:
                assert answer.status_code == 201, answer.text
                return

    def talk(person: str) -> None:
        for number in range(12):
            say(person, number)
            if number == 3:
                is_killed.set()

    with ThreadPoolExecutor(len(people)) as pool:
        talking = [pool.submit(talk, person) for person in people]
        assert is_killed.wait(60)
        os.kill(min(before), signal.SIGKILL)
        for done in talking:
            done.result()

    told = served.program(secrets["audrey"]).get(f"{TOWN}/requests/Q-0001").text
    assert all(f'{person} says {number}"' in told for person in people for number in range(12))
    assert _comments(told) == len(people) * 12
    ends = time.monotonic() + 60
    while len(served.workers()) < 3 and time.monotonic() < ends:
        time.sleep(0.2)
    assert len(set(served.workers()) - before) == 1


def _comments(told: str) -> int:
    return told.count(" says ")


def test_the_ledger_holds_after_all_that(town: tuple[Shop, Site]) -> None:
    ran = town[0].do("audrey", "ledger", "verify")
    assert ran.code == 0, ran.text


def test_several_workers_on_sqlite_hold_copies_back_too(pristine: Shop, tmp_path: Path) -> None:
    _, site = copy_of(pristine, tmp_path / "all")
    secret = token_of(site.open(), "carla").secret
    with serving(site, workers=2) as served:
        client = served.enter("carla")
        form = {**ASKED, "title": "On SQLite", "form": "f" * 32, "csrf": csrf_of(client, "/p/town/requests/new")}
        answers = at_once([lambda: served.browser(**client.cookies).post("/p/town/requests", data=form)] * COPIES)
        made = requests_titled(served.program(secret), "On SQLite")

    assert len(made) == 1
    assert {answer.headers.get("location") for answer in answers} == {f"/p/town/requests/{made[0]}"}


def test_nothing_unexpected_happened_to_the_workers(town: tuple[Shop, Site]) -> None:
    assert "Traceback" not in (town[1].home / "served.log").read_text()


def test_a_database_that_goes_and_comes_back_costs_nobody_their_session(
    served: Served, database: Postgresql, secrets: dict[str, str]
) -> None:
    client, program = served.enter("audrey"), served.program(secrets["audrey"])
    database.stop()
    page, answer = client.get("/p/town/work"), program.get(f"{TOWN}/work")

    assert (page.status_code, answer.status_code) == (503, 503)
    assert page.headers["retry-after"]
    assert "The portal cannot answer now" in page.text
    words = "Try again in a moment, and look first whether it was done."
    assert answer.json()["detail"] == f"The portal cannot answer now. {words}"
    database.start()
    assert each(served, ["/p/town/work"], client) == [[200]] * 3
    assert program.get(f"{TOWN}/work").status_code == 200


def test_no_secret_stands_in_what_the_workers_logged(town: tuple[Shop, Site], secrets: dict[str, str]) -> None:
    log = (town[1].home / "served.log").read_text()
    kept = (*secrets.values(), "wine", PASSWORD.format(person="dora"))

    assert "expected a database that answers" in log
    assert [secret for secret in kept if secret in log] == []
