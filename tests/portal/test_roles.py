"""Every role on every route: who may do what, in one table; a route that is not in it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from assay.identity.portal import Portal
from assay.portal.pages import ROUTERS
from faults.shop import PRODUCT, ROLES, Shop
from homes import rows_of
from portal.site import CSRF, Site, visit

ALL = frozenset(ROLES)
"""ada is an engineer, ben engineer and validator, carla stakeholder, dora owner, rita release manager, audrey auditor,
alma admin."""

DENIED = frozenset({403, 404})
NOBODY: frozenset[str] = frozenset()
"""Of a part that there is not."""

IMPORTERS = frozenset({"ada", "ben", "rita", "alma"})
R = "/p/town/releases/R-0001"
Q = "/p/town/requests/Q-0001"


@dataclass(frozen=True, slots=True)
class Row:
    """One route: what is sent, and who may.

    Attributes:
        address: one of the addresses it answers.
        may: the people who are not denied.
        fields: of the form; None for a look.
    """

    address: str
    may: frozenset[str]
    fields: dict[str, str] | None = None


REQUEST = {
    "title": "T", "question": "Q?", "product": PRODUCT, "deliverable": "dashboard", "audience": "us",
    "needed_by": "2099-01-01", "acceptance": "right",
}  # fmt: skip
APPROVAL = {"gate": "contract.approved-by-owner", "subject": f"contract:{PRODUCT}/daily", "answer": "accept"}

TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/"): Row("/", ALL),
    ("GET", "/go"): Row("/go?project=town", ALL),
    ("GET", "/account"): Row("/account", ALL),
    ("GET", "/password"): Row("/password", ALL),
    ("GET", "/p/{project}/work"): Row("/p/town/work", ALL),
    ("GET", "/p/{project}/requests"): Row("/p/town/requests", ALL),
    ("GET", "/p/{project}/requests/new"): Row("/p/town/requests/new", frozenset({"ada", "ben", "carla", "dora"})),
    ("GET", "/p/{project}/requests/{name}"): Row(Q, ALL),
    ("GET", "/p/{project}/releases"): Row("/p/town/releases", ALL),
    ("GET", "/p/{project}/production"): Row("/p/town/production", ALL),
    ("GET", "/p/{project}/products"): Row("/p/town/products", ALL),
    ("GET", "/p/{project}/releases/{release}"): Row(R, ALL),
    ("GET", "/p/{project}/releases/{release}/order"): Row(f"{R}/order", ALL),
    ("GET", "/p/{project}/releases/{release}/order/{part}"): Row(f"{R}/order/none", NOBODY),
    ("GET", "/p/{project}/releases/{release}/order.tar"): Row(f"{R}/order.tar", ALL),
    ("GET", "/p/{project}/releases/{release}/rollback"): Row(f"{R}/rollback", ALL),
    ("GET", "/p/{project}/releases/{release}/rollback.tar"): Row(f"{R}/rollback.tar", ALL),
    ("GET", "/p/{project}/imports"): Row("/p/town/imports", IMPORTERS),
    ("GET", "/p/{project}/releases/{release}/review"): Row(f"{R}/review", ALL),
    ("GET", "/p/{project}/releases/{release}/review/{part}"): Row(
        f"{R}/review/contract?subject=contract:{PRODUCT}/daily", frozenset({"carla", "dora"})
    ),
    ("GET", "/p/{project}/pages/{environment}/{product}/{name}"): Row(f"/p/town/pages/dev/{PRODUCT}/takings.html", ALL),
    ("GET", "/p/{project}/delegations"): Row("/p/town/delegations", ALL),
    ("GET", "/p/{project}/audit"): Row("/p/town/audit", ALL),
    ("GET", "/p/{project}/audit.csv"): Row("/p/town/audit.csv", ALL),
    ("GET", "/p/{project}/ledger.tar"): Row("/p/town/ledger.tar", ALL),
    ("GET", "/p/{project}/denials"): Row("/p/town/denials", frozenset({"audrey", "alma"})),
    ("POST", "/account/tokens"): Row("/account/tokens", ALL, {"name": "", "days": "1"}),
    ("POST", "/account/tokens/{token}/revoke"): Row("/account/tokens/none/revoke", ALL, {}),
    ("POST", "/account/sessions/{session}/end"): Row("/account/sessions/none/end", ALL, {}),
    ("POST", "/password"): Row("/password", ALL, {"old": "wrong", "new": "short"}),
    ("POST", "/p/{project}/requests"): Row("/p/town/requests", frozenset({"ada", "ben", "carla", "dora"}), REQUEST),
    ("POST", "/p/{project}/requests/{name}/comments"): Row(f"{Q}/comments", ALL - {"audrey"}, {"text": "x"}),
    ("POST", "/p/{project}/requests/{name}/cancel"): Row(f"{Q}/cancel", frozenset({"carla", "dora"}), {"reason": ""}),
    ("POST", "/p/{project}/releases/{release}/review"): Row(f"{R}/review", ALL - {"audrey"}, APPROVAL),
    ("POST", "/p/{project}/releases/{release}/order"): Row(f"{R}/order", frozenset({"rita"}), {"seen": "{}"}),
    ("POST", "/p/{project}/releases/{release}/rollback"): Row(f"{R}/rollback", frozenset({"rita"}), {"reason": ""}),
    ("POST", "/p/{project}/releases/{release}/bundle"): Row(f"{R}/bundle", frozenset({"ada", "ben"}), {}),
    ("POST", "/p/{project}/releases/{release}/cancel"): Row(
        f"{R}/cancel", frozenset({"ada", "ben", "dora"}), {"reason": ""}
    ),
    ("POST", "/p/{project}/imports"): Row("/p/town/imports", IMPORTERS, {}),
    ("POST", "/p/{project}/delegations"): Row("/p/town/delegations", ALL - {"audrey"}, {"to": ""}),
    ("POST", "/p/{project}/delegations/{delegation}/end"): Row("/p/town/delegations/none/end", ALL - {"audrey"}, {}),
    ("POST", "/p/{project}/audit/verify"): Row("/p/town/audit/verify", ALL, {}),
    ("POST", "/sign-out"): Row("/sign-out", ALL, {}),
}
WITHOUT_A_ROLE = frozenset(
    {
        "/sign-in", "/sign-in/resume", "/sign-in/oidc", "/sign-in/oidc/arrive", "/again", "/again/oidc", "/again/done",
        "/p/{project}/changes",
    }
)  # fmt: skip
"""Signing in asks for nobody, with a password or through a provider (tests/portal/test_oidc.py); showing anew who one
is asks for oneself, whatever one's roles (tests/portal/test_again.py, test_oidc_again.py); the stream of changes never
ends and is tested in the browser."""


@pytest.fixture(scope="session")
def asked(shop: Shop, site: object) -> Shop:
    """Return the shop with a request and an open release whose contracts wait for approval."""
    shop.do(
        "carla", "request", "new", "--product", PRODUCT, "--title", "Takings", "--question", "How much?",
        "--deliverable", "dashboard", "--audience", "Us", "--needed-by", "2099-12-31", "--acceptance", "All shops",
    )  # fmt: skip
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001")
    shop.do("ada", "assess")
    shop.do("ada", "build")
    page = shop.state / "pages" / "dev" / PRODUCT / "takings.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html><title>Takings</title>")
    return shop


def routes() -> Iterator[tuple[str, str]]:
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        yield from ((method, route.path) for method in route.methods or ())


@pytest.fixture(scope="module")
def browsers(site: Site) -> dict[str, TestClient]:
    """Return everybody's browser, signed in once."""
    portal = site.open()
    return {person: visit(portal, person) for person in ROLES}


def answer(client: TestClient, row: Row) -> int:
    if row.fields is None:
        return client.get(row.address).status_code
    found = CSRF.search(client.get("/account").text)
    return client.post(row.address, data={"csrf": found[1] if found else "", **row.fields}).status_code


def test_the_table_has_every_route_and_no_other() -> None:
    known = {route for route in routes() if route[1] not in WITHOUT_A_ROLE}

    assert known == TABLE.keys()


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    route: tuple[str, str], browsers: dict[str, TestClient], asked: Shop
) -> None:
    row = TABLE[route]
    codes = {person: answer(browser, row) for person, browser in browsers.items()}

    allowed = {person for person, code in codes.items() if code not in DENIED}
    assert allowed == row.may, codes
    assert all(code < 500 for code in codes.values()), codes


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
def test_nobody_does_anything_without_signing_in(route: tuple[str, str], portal: Portal, asked: Shop) -> None:
    database = asked.state / "state.db"
    before = rows_of(database, "select count(*) from events")

    assert answer(visit(portal, None), TABLE[route]) in (303, 401)
    assert rows_of(database, "select count(*) from events") == before


PAGE = Path(__file__).resolve().parents[2] / "docs" / "portal" / "roles.md"


def page_of_roles() -> str:
    """Write the table as it stands in the documentation."""
    people = list(ROLES)
    lines = [
        "# Who may do what in the portal",
        "",
        "Every route and every role, as `tests/portal/test_roles.py` tries them: somebody of each role sends each of"
        " them, and who is not marked here is denied, which is noted. Whether a gate takes somebody's sign-off is"
        " another question, which the gate table answers; that is asked in the same place, by the action itself.",
        "",
        f"| | route | {' | '.join(str(ROLES[name]) for name in people)} |",
        f"| --- | --- | {' | '.join(':-:' for _ in people)} |",
    ]
    for (method, route), row in TABLE.items():
        marks = " | ".join("✓" if name in row.may else "" for name in people)
        what = f"`{route}`" if row.may else f"`{route}`, of a part that is not there"
        lines.append(f"| {method} | {what} | {marks} |".replace("  |", " |"))
    return "\n".join(lines) + "\n"


def test_the_table_in_the_documentation_is_this_one() -> None:
    assert PAGE.read_text() == page_of_roles()
