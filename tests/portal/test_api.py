"""The HTTP API: every role and every scope on every route in one table, tokens that open nothing, calls sent twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from assay.actions.home import Home
from assay.base.accounts import Denial, Principal, Why
from assay.base.errors import Denied
from assay.base.roles import Action, may
from assay.connectors.clocks import FixedClock
from assay.identity.denying import objection
from assay.identity.portal import Door, Portal
from assay.identity.tokens import revoke_token
from assay.lifecycle.statements import Kind
from assay.portal.api.access import newest_first
from faults.shop import PRODUCT, ROLES, Shop
from homes import rows_of
from portal.calls import TOWN, V1, call_as, caller_of, token_of
from portal.site import Site, visit
from portal.town import copy_of

ALL = frozenset(ROLES)
READ = frozenset({Action.LEDGER_READ})
DENIED = frozenset({401, 403, 404})
ASKED: dict[str, Any] = {
    "title": "T", "question": "Q?", "product": PRODUCT, "deliverable": "dashboard", "audience": "us",
    "needed_by": "2099-01-01", "acceptance": ["right"],
}  # fmt: skip
APPROVAL = {"answer": "accept", "gate": "no-such-gate"}
LEAVE = {"to": "nobody@example.org", "starts": "2026-03-02", "ends": "2026-03-03", "reason": "On leave"}


@dataclass(frozen=True, slots=True)
class Row:
    """One route: what is sent, who may, and what a token has to be made for.

    Attributes:
        address: one of the addresses it answers, after the version.
        may: the people who are not denied.
        scopes: all of these; a token that lacks one is denied.
        body: what is sent; None for a look.
    """

    address: str
    may: frozenset[str] = ALL
    scopes: frozenset[Action] = READ
    body: dict[str, Any] | None = None


NOTHING: frozenset[Action] = frozenset()
TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/me"): Row("/me", scopes=NOTHING),
    ("GET", "/projects"): Row("/projects", scopes=NOTHING),
    ("GET", "/projects/{project}/work"): Row("/projects/town/work"),
    ("GET", "/projects/{project}/requests"): Row("/projects/town/requests"),
    ("POST", "/projects/{project}/requests"): Row(
        "/projects/town/requests", frozenset({"ada", "ben", "carla", "dora"}), frozenset({Action.REQUEST_NEW}),
        {"fields": ASKED},
    ),
    ("GET", "/projects/{project}/requests/{name}"): Row("/projects/town/requests/Q-0001"),
    ("POST", "/projects/{project}/requests/{name}/comments"): Row(
        "/projects/town/requests/Q-0001/comments", ALL - {"audrey"}, frozenset({Action.COMMENT}), {"text": "x"}
    ),
    ("POST", "/projects/{project}/requests/{name}/cancel"): Row(
        "/projects/town/requests/Q-0001/cancel", frozenset({"carla", "dora"}), frozenset({Action.REQUEST_CANCEL}),
        {"reason": ""},
    ),
    ("GET", "/projects/{project}/releases"): Row("/projects/town/releases"),
    ("GET", "/projects/{project}/releases/{release}"): Row("/projects/town/releases/R-0001"),
    ("GET", "/projects/{project}/releases/{release}/review"): Row(
        "/projects/town/releases/R-0001/review", scopes=READ | {Action.PREVIEW}
    ),
    ("POST", "/projects/{project}/releases/{release}/sign-offs"): Row(
        "/projects/town/releases/R-0001/sign-offs", ALL - {"audrey"}, frozenset({Action.SIGN_OFF}), APPROVAL
    ),
    ("POST", "/projects/{project}/releases/{release}/withdrawals"): Row(
        "/projects/town/releases/R-0001/withdrawals", ALL - {"audrey"}, frozenset({Action.SIGN_OFF}),
        {"rejection": "none", "reason": "x"},
    ),
    ("POST", "/projects/{project}/releases"): Row(
        "/projects/town/releases", frozenset({"ada", "ben", "dora"}), frozenset({Action.RELEASE_OPEN}),
        {"product": "none"},
    ),
    ("POST", "/projects/{project}/releases/{release}/cancel"): Row(
        "/projects/town/releases/R-0001/cancel", frozenset({"ada", "ben", "dora"}), frozenset({Action.RELEASE_OPEN}),
        {"reason": ""},
    ),
    ("POST", "/projects/{project}/releases/{release}/bundle"): Row(
        "/projects/town/releases/R-0001/bundle", frozenset({"ada", "ben"}), frozenset({Action.RELEASE_FREEZE}), {}
    ),
    ("GET", "/projects/{project}/releases/{release}/bundle"): Row("/projects/town/releases/R-0001/bundle"),
    ("POST", "/projects/{project}/releases/{release}/order"): Row(
        "/projects/town/releases/R-0001/order", frozenset({"rita"}), frozenset({Action.RELEASE_ORDER}), {}
    ),
    ("GET", "/projects/{project}/releases/{release}/order"): Row("/projects/town/releases/R-0001/order"),
    ("POST", "/projects/{project}/products/{product}/rollback-order"): Row(
        f"/projects/town/products/{PRODUCT}/rollback-order", frozenset({"rita"}), frozenset({Action.RELEASE_ORDER}),
        {"reason": "x"},
    ),
    ("GET", "/projects/{project}/releases/{release}/rollback-order"): Row(
        "/projects/town/releases/R-0001/rollback-order"
    ),
    ("POST", "/projects/{project}/releases/{release}/feedback-asked"): Row(
        "/projects/town/releases/R-0001/feedback-asked", ALL - {"audrey"}, frozenset({Action.SIGN_OFF}), {}
    ),
    ("POST", "/projects/{project}/releases/{release}/feedback"): Row(
        "/projects/town/releases/R-0001/feedback", frozenset({"carla", "dora"}), frozenset({Action.FEEDBACK}),
        {"text": "x"},
    ),
    ("POST", "/projects/{project}/ledger/imports"): Row(
        "/projects/town/ledger/imports", frozenset({"ada", "ben", "rita", "alma"}), frozenset({Action.LEDGER_IMPORT}),
        {},
    ),
    ("GET", "/projects/{project}/ledger/statements"): Row("/projects/town/ledger/statements?digest=none"),
    ("GET", "/projects/{project}/delegations"): Row("/projects/town/delegations"),
    ("POST", "/projects/{project}/delegations"): Row(
        "/projects/town/delegations", ALL - {"audrey"}, frozenset({Action.SIGN_OFF}), LEAVE
    ),
    ("POST", "/projects/{project}/delegations/{delegation}/end"): Row(
        "/projects/town/delegations/none/end", ALL - {"audrey"}, frozenset({Action.SIGN_OFF}), {}
    ),
    ("GET", "/projects/{project}/audit"): Row("/projects/town/audit"),
    ("GET", "/projects/{project}/ledger"): Row("/projects/town/ledger"),
    ("GET", "/projects/{project}/ledger/verification"): Row("/projects/town/ledger/verification"),
}  # fmt: skip
ROUTES = pytest.mark.parametrize("route", TABLE, ids=" ".join)


@pytest.fixture(scope="module")
def town(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop with a request and an open release whose contracts wait for approval."""
    shop, _ = copy_of(pristine, tmp_path_factory.mktemp("api") / "all")
    shop.do(
        "carla", "request", "new", "--product", PRODUCT, "--title", "Takings", "--question", "How much?",
        "--deliverable", "dashboard", "--audience", "Us", "--needed-by", "2099-12-31", "--acceptance", "All shops",
    )  # fmt: skip
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001")
    shop.do("ada", "assess")
    return shop


@pytest.fixture(scope="module")
def portal(town: Shop) -> Portal:
    return Site(town.design, town.root / "portal", "town").open()


@pytest.fixture(scope="module")
def programs(portal: Portal) -> dict[str, TestClient]:
    """Return a program of everybody's, whose token was made for all that they may do."""
    return {person: call_as(portal, token_of(portal, person).secret) for person in ROLES}


def events(town: Shop) -> int:
    ((count,),) = rows_of(town.state / "state.db", "select count(*) from events")
    assert isinstance(count, int)
    return count


def send(client: TestClient, row: Row) -> httpx2.Response:
    return client.get(V1 + row.address) if row.body is None else client.post(V1 + row.address, json=row.body)


def denials(portal: Portal) -> tuple[Denial, ...]:
    return tuple(portal.identity.denials.newest(1_000))


def test_the_table_has_every_route_of_the_description_and_no_page_is_in_it(portal: Portal) -> None:
    described = call_as(portal, None).get(f"{V1}/openapi.json").json()
    found = {(verb.upper(), path) for path, verbs in described["paths"].items() for verb in verbs}

    assert found == {(verb, V1 + path) for verb, path in TABLE}
    assert all(verb["security"] for verbs in described["paths"].values() for verb in verbs.values())


@ROUTES
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    route: tuple[str, str], programs: dict[str, TestClient]
) -> None:
    codes = {person: send(program, TABLE[route]).status_code for person, program in programs.items()}

    assert {person for person, code in codes.items() if code not in DENIED} == TABLE[route].may, codes
    assert all(code < 500 for code in codes.values()), codes


@ROUTES
def test_a_token_does_what_it_was_made_for_and_nothing_else(route: tuple[str, str], portal: Portal) -> None:
    row = TABLE[route]
    person = min(row.may)
    others = frozenset(action for action in Action if _may(portal, person, action))
    exact = token_of(portal, person, row.scopes or READ)

    assert send(call_as(portal, exact.secret), row).status_code not in DENIED
    for missing in row.scopes:
        before = len(denials(portal))
        answer = send(call_as(portal, token_of(portal, person, others - {missing}).secret), row)

        assert answer.status_code == 403, answer.text
        assert answer.json()["faults"][0]["where"] == str(missing)
        noted, *_ = denials(portal)
        assert len(denials(portal)) == before + 1
        assert (noted.email, noted.what, noted.why) == (f"{person}@example.org", str(missing), Why.NO_SCOPE)


@ROUTES
def test_nobody_does_anything_without_a_token(route: tuple[str, str], portal: Portal, town: Shop) -> None:
    before = events(town)
    answer = send(call_as(portal, None), TABLE[route])

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json().keys() == {"detail", "code", "faults"}
    assert events(town) == before


def test_a_session_of_the_browser_opens_nothing_here(portal: Portal) -> None:
    browser = visit(portal, "carla")

    assert {send(browser, row).status_code for row in TABLE.values()} == {401}


@pytest.mark.parametrize("person", ROLES)
def test_a_home_and_the_door_agree_on_who_may_do_what(person: str, portal: Portal) -> None:
    caller = caller_of(portal, person)
    assert caller.principal is not None
    for action, scopes in product(Action, (None, frozenset(), READ, frozenset(Action))):
        principal = replace(caller.principal, scopes=scopes)
        home = portal.projects["town"].open(principal)

        if objection(replace(caller, principal=principal), action) is None:
            assert home.authorised(action).email == caller.email
        else:
            with pytest.raises(Denied):
                home.authorised(action)


@given(st.integers(0, 30), st.integers(1, 7))
def test_page_after_page_everything_is_told_once(many: int, limit: int) -> None:
    told: list[int] = []
    before: str | None = ""
    while before is not None:
        page, before = newest_first(range(many), str, before, limit)
        assert len(page) <= limit
        told += page

    assert told == list(range(many))[::-1]


def test_an_expired_a_revoked_and_an_invented_token_open_nothing(portal: Portal) -> None:
    now = portal.clock.now()
    later = replace(portal, clock=FixedClock(now + timedelta(days=2)))
    expired, revoked = token_of(portal, "ada", days=1), token_of(portal, "ada")
    assert call_as(portal, revoked.secret).get(f"{V1}/me").status_code == 200
    revoke_token(portal.identity, caller_of(portal, "ada"), revoked.token.id, now)

    assert call_as(later, expired.secret).get(f"{V1}/me").status_code == 401
    assert call_as(portal, revoked.secret).get(f"{V1}/me").status_code == 401
    for secret in ("assay_" + "x" * 43, expired.secret[6:], "assay_é", expired.token.digest):
        headers = {b"authorization": f"Bearer {secret}".encode()}
        assert call_as(portal, None).get(f"{V1}/me", headers=headers).status_code == 401


def test_me_says_whose_token_it_is_and_for_what_it_was_made(portal: Portal) -> None:
    made = token_of(portal, "carla", {Action.COMMENT})

    told = call_as(portal, made.secret).get(f"{V1}/me").json()

    assert (told["email"], told["scopes"]) == ("carla@example.org", ["product:request:comment"])
    assert [(one["name"], one["person"]["roles"]) for one in told["projects"]] == [("town", ["stakeholder"])]


def test_a_project_without_me_and_one_that_there_is_not_look_the_same(programs: dict[str, TestClient]) -> None:
    answer = programs["ada"].get(f"{V1}/projects/village/work")

    assert (answer.status_code, answer.json()["faults"]) == (404, [])


def test_a_roles_no_is_noted_once_for_a_page_and_for_the_api(portal: Portal, programs: dict[str, TestClient]) -> None:
    asks: dict[str, Callable[[], httpx2.Response]] = {
        "product:request:new": lambda: visit(portal, "rita").get("/p/town/requests/new"),
        "product:request:cancel": lambda: programs["rita"].post(f"{TOWN}/requests/Q-0001/cancel", json={"reason": "r"}),
        "portal:denial:read": lambda: visit(portal, "rita").get("/p/town/denials"),
    }
    for what, ask in asks.items():
        before = len(denials(portal))
        assert ask().status_code == 403
        noted, *_ = denials(portal)

        assert len(denials(portal)) == before + 1
        assert (noted.email, noted.what, noted.why) == ("rita@example.org", what, Why.NO_ROLE)


@dataclass(frozen=True, slots=True)
class Keyless:
    """A `Door` behind which nobody has a key."""

    door: Door

    @property
    def name(self) -> str:
        return self.door.name

    def open(self, principal: Principal | None) -> Home:
        return replace(self.door.open(principal), signer=None)


def test_who_has_no_key_in_the_portal_is_denied_and_that_is_noted(portal: Portal) -> None:
    keyless = replace(portal, projects={"town": Keyless(portal.projects["town"])})

    answer = call_as(keyless, token_of(portal, "carla").secret).post(f"{TOWN}/requests", json={"fields": ASKED})

    assert answer.status_code == 403
    assert denials(portal)[0].why is Why.NO_KEY


def test_a_request_that_is_not_whole_is_refused_with_every_fault_by_its_field(
    programs: dict[str, TestClient], town: Shop
) -> None:
    before = events(town)
    answer = programs["carla"].post(f"{TOWN}/requests", json={"fields": {"title": "T", "needed_by": "soon"}})

    assert answer.status_code == 409
    assert {fault["where"] for fault in answer.json()["faults"]} >= {"question", "needed_by", "audience"}
    assert events(town) == before


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{", b'{"text": 1}', b'{"text": "x", "more": 1}', b'{"text": NaN}', b'{"text": "\\ud800"}',
        b'{"text": "\\u0000"}', b"[" * 100_000, b'{"text": "\xff"}', json.dumps({"text": "x" * 900_000}).encode(),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_kept_is_refused_in_json_and_not_repeated(
    content: bytes, programs: dict[str, TestClient], town: Shop
) -> None:
    before = events(town)
    headers = {"content-type": "application/json", "idempotency-key": "k"}
    answer = programs["carla"].post(f"{TOWN}/requests/Q-0001/comments", content=content, headers=headers)

    assert answer.status_code in (400, 409, 422)
    assert answer.json().keys() == {"detail", "code", "faults"}
    assert len(answer.text) < 2_000
    assert events(town) == before


@pytest.mark.parametrize("value", ["\ud800", "\x00", {"a": [1e400]}, [[[]]], 2**80, float("nan"), None, True])
def test_a_field_of_any_kind_is_refused_and_breaks_nothing(value: object, programs: dict[str, TestClient]) -> None:
    content = json.dumps({"fields": {**ASKED, "title": value}}).encode()
    headers = {"content-type": "application/json", "idempotency-key": "any kind"}
    answer = programs["carla"].post(f"{TOWN}/requests", content=content, headers=headers)

    assert answer.status_code == 409, answer.text


@pytest.mark.parametrize(
    "query", ["since=soon", "kind=none", "limit=0", "limit=501", "before=x", f"before={2**70}", "until=9999-12-31"]
)
def test_a_search_that_cannot_be_read_is_refused(query: str, programs: dict[str, TestClient]) -> None:
    assert programs["audrey"].get(f"{TOWN}/audit?{query}").status_code == 422


def test_the_audit_is_told_page_by_page(programs: dict[str, TestClient], town: Shop) -> None:
    rows: list[int] = []
    before: int | None = None
    while True:
        query = f"?limit=2&before={before}" if before else "?limit=2"
        told = programs["audrey"].get(f"{TOWN}/audit{query}").json()
        rows += [row["seq"] for row in told["rows"]]
        before = told["before"]
        if before is None:
            break

    assert rows == list(range(events(town), 0, -1))
    found = programs["audrey"].get(f"{TOWN}/audit?person=ada@example.org&kind=opened&since=2026-03-02&until=2026-03-02")
    assert [row["what"] for row in found.json()["rows"]] == ["opened R-0001"]


def test_requests_are_told_newest_first_page_by_page(programs: dict[str, TestClient]) -> None:
    program = programs["carla"]
    whole = [line["request"]["id"] for line in program.get(f"{TOWN}/requests").json()["requests"]]
    first = program.get(f"{TOWN}/requests?limit=1").json()
    rest = program.get(f"{TOWN}/requests?before={first['before']}").json() if first["before"] else {"requests": []}

    assert [line["request"]["id"] for line in (*first["requests"], *rest["requests"])] == whole
    assert whole == sorted(whole, reverse=True)
    assert program.get(f"{TOWN}/requests?before=none").json() == {"requests": [], "before": None}


def test_the_ledger_is_given_whole_and_holds(programs: dict[str, TestClient], town: Shop) -> None:
    found = programs["audrey"].get(f"{TOWN}/ledger/verification").json()
    file = programs["audrey"].get(f"{TOWN}/ledger")

    assert (found["events"], found["faults"]) == (events(town), [])
    assert file.headers["content-type"] == "application/x-tar"
    assert found["head"]["hash"].encode() in file.content


def asked(program: TestClient, key: str | None = None, **fields: Any) -> httpx2.Response:
    headers = {"idempotency-key": key} if key else {}
    return program.post(f"{TOWN}/requests", json={"fields": {**ASKED, **fields}}, headers=headers)


def test_a_call_that_is_sent_again_with_its_key_acts_once_and_gets_the_same_answer(
    programs: dict[str, TestClient], town: Shop
) -> None:
    before = events(town)
    first, again = (asked(programs["carla"], "a key", title="Once") for _ in range(2))

    assert (first.status_code, first.json()["fields"]["title"]) == (201, "Once")
    assert again.json() == first.json()
    assert events(town) == before + 1


def test_without_a_key_each_call_acts(programs: dict[str, TestClient], town: Shop) -> None:
    before = events(town)

    assert asked(programs["carla"]).json()["id"] != asked(programs["carla"]).json()["id"]
    assert events(town) == before + 2


def test_a_key_is_good_for_one_body_one_person_and_one_address(programs: dict[str, TestClient], town: Shop) -> None:
    first = asked(programs["carla"], "one of mine")
    before = events(town)

    other = asked(programs["carla"], "one of mine", title="Another")
    assert (other.status_code, other.json()["faults"][0]["where"]) == (409, "Idempotency-Key")
    assert events(town) == before
    assert asked(programs["dora"], "one of mine").json()["id"] != first.json()["id"]
    said = programs["carla"].post(
        f"{TOWN}/requests/Q-0001/comments", json={"text": "x"}, headers={"idempotency-key": "one of mine"}
    )
    assert said.status_code == 201
    assert events(town) == before + 2


def test_a_key_whose_call_was_refused_is_good_for_the_next_one(programs: dict[str, TestClient]) -> None:
    assert asked(programs["carla"], "twice", title="").status_code == 409
    assert asked(programs["carla"], "twice", title="Better").status_code == 201


def test_what_an_earlier_call_did_is_not_told_to_a_token_that_may_not_do_it(
    portal: Portal, programs: dict[str, TestClient]
) -> None:
    assert asked(programs["carla"], "mine alone").status_code == 201
    reader = call_as(portal, token_of(portal, "carla", READ).secret)

    assert asked(reader, "mine alone").status_code == 403


def test_of_calls_with_one_key_at_the_same_moment_one_acts(programs: dict[str, TestClient], town: Shop) -> None:
    before = events(town)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: asked(programs["carla"], "all at once", title="Now"), range(4)))

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert events(town) == before + 1


def test_a_request_is_asked_talked_about_and_cancelled(programs: dict[str, TestClient]) -> None:
    name = asked(programs["carla"], title="For a while").json()["id"]
    said = programs["ada"].post(f"{TOWN}/requests/{name}/comments", json={"text": "Why <b>so</b>?"}).json()
    gone = programs["dora"].post(f"{TOWN}/requests/{name}/cancel", json={"reason": "Not now"})
    whole = programs["rita"].get(f"{TOWN}/requests/{name}").json()

    assert gone.json() == {"name": name}
    assert whole["line"]["words"] == "cancelled: Not now"
    (comment,) = (entry for entry in whole["entries"] if entry["kind"] == "commented")
    assert (comment["text"], comment["comment"]) == ("Why <b>so</b>?", said["name"])


def test_a_sign_off_says_that_it_came_by_a_token_and_is_refused_over_what_was_not_seen(
    portal: Portal, programs: dict[str, TestClient], town: Shop
) -> None:
    address = f"{TOWN}/releases/R-0001"
    review = programs["dora"].get(f"{address}/review").json()
    item = next(item for item in review["items"] if item["subject"]["name"].endswith("daily"))
    seen = {key: digest for one in review["items"] for key, digest in one["seen"].items()}
    answer = {"answer": "accept", "gate": item["asked"][0]["gate"], "subjects": [item["subject"]["id"]]}
    before = events(town)

    old = programs["dora"].post(
        f"{address}/sign-offs", json={**answer, "seen": dict.fromkeys(seen, "sha256:" + "0" * 64)}
    )
    assert (old.status_code, events(town)) == (409, before)
    assert "Look at it again" in old.json()["faults"][0]["hint"]
    (signed,) = programs["dora"].post(f"{address}/sign-offs", json={**answer, "seen": seen}).json()["signed"]

    assert (signed["statement"]["holder"], signed["statement"]["signer"]) == ("portal", "dora@example.org")
    statement = portal.projects["town"].open(None).load().record.statements[-1].statement
    assert (statement.kind, statement.authenticated["method"]) == (Kind.APPROVED, "token")
    dossier = programs["audrey"].get(address).json()
    assert dossier["history"][0]["digest"] == signed["digest"]


def test_a_rejection_without_a_reason_is_refused(programs: dict[str, TestClient], town: Shop) -> None:
    before = events(town)
    answer = programs["carla"].post(f"{TOWN}/releases/R-0001/sign-offs", json={"answer": "reject"})

    assert (answer.status_code, events(town)) == (409, before)


def test_what_waits_for_me_is_told_with_how_everything_stands(programs: dict[str, TestClient]) -> None:
    work = programs["carla"].get(f"{TOWN}/work").json()

    assert work["items"][0]["task"]["gate"] == "contract.approved-by-stakeholder"
    assert [line["release"] for line in work["overview"]["releases"]] == [{"id": "R-0001", "product": PRODUCT}]


def test_the_terminal_reads_answers_without_what_serves_them() -> None:
    code = "import sys, assay.cli.remote; print({'fastapi', 'starlette', 'uvicorn'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "set()\n"


def _may(portal: Portal, person: str, action: Action) -> bool:
    found = caller_of(portal, person).person
    return found is not None and may(found, action)
