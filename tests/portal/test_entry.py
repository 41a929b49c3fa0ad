"""Coming in: who is asked, what a session is good for, and that nothing typed is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.base.errors import AssayError
from assay.identity.portal import Portal
from faults.shop import Shop
from portal.site import CSRF, PASSWORD, send, visit
from portal.town import copy_of

PAGES = ("/", "/account", "/password", "/p/town/work", "/p/town/releases", "/p/town/changes")


@pytest.mark.parametrize("address", PAGES)
def test_nobody_sees_a_page_without_signing_in(portal: Portal, address: str) -> None:
    answer = visit(portal, None).get(address)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(portal: Portal) -> None:
    client = visit(portal, None)
    answers = [
        client.post("/sign-in", data={"email": email, "password": "no such words at all", "next": "/"})
        for email in ("dora@example.org", "nobody@example.org")
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    texts = {answer.text.replace("dora@", "").replace("nobody@", "") for answer in answers}
    assert len(texts) == 1
    assert not client.cookies


def test_after_signing_in_one_is_where_one_wanted_to_go_and_nowhere_else(portal: Portal) -> None:
    for wanted, leads in {
        "/p/town/releases": "/p/town/releases",
        "//evil.example": "/",
        "/\\evil.example": "/",
    }.items():
        fields = {"email": "ada@example.org", "password": PASSWORD.format(person="ada"), "next": wanted}
        answer = visit(portal, None).post("/sign-in", data=fields)

        assert answer.headers["location"] == leads


def test_the_cookie_is_for_the_server_alone(portal: Portal) -> None:
    fields = {"email": "ada@example.org", "password": PASSWORD.format(person="ada"), "next": "/"}
    cookie = visit(portal, None).post("/sign-in", data=fields).headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_signing_out_ends_the_session_and_the_back_button_shows_nothing(portal: Portal) -> None:
    client = visit(portal, "ada")
    kept = dict(client.cookies)
    assert client.get("/p/town/work").headers["cache-control"] == "no-store"

    assert send(client, "/p/town/work", "/sign-out").headers["location"] == "/sign-in"
    client.cookies.update(kept)
    assert client.get("/p/town/work").status_code == 303


@pytest.mark.parametrize(
    ("headers", "csrf"),
    [({"origin": "https://evil.example"}, None), ({"sec-fetch-site": "cross-site"}, None), ({}, ""), ({}, "0" * 64)],
    ids=["another origin", "another site", "no token", "another token"],
)
def test_a_form_of_another_site_is_refused(portal: Portal, headers: dict[str, str], csrf: str | None) -> None:
    client = visit(portal, "ada")
    found = CSRF.search(client.get("/account").text)
    assert found
    token = found[1] if csrf is None else csrf

    answer = client.post("/sign-out", data={"csrf": token}, headers=headers)

    assert answer.status_code == 403
    assert client.get("/p/town/work").status_code == 200


def test_what_was_typed_when_a_session_ended_comes_back_after_signing_in(portal: Portal) -> None:
    client = visit(portal, "carla")
    found = CSRF.search(client.get("/account").text)
    assert found
    client.cookies.clear()

    asked = client.post("/account/tokens", data={"csrf": found[1], "name": 'For "my" <script>', "days": "7"})
    assert asked.status_code == 401
    assert "What you typed is kept" in asked.text
    kept = {"kept.csrf": found[1], "kept.name": 'For "my" <script>', "kept.days": "7", "next": "/account/tokens"}
    fields = {"email": "carla@example.org", "password": PASSWORD.format(person="carla"), **kept}
    resumed = client.post("/sign-in", data=fields)

    assert resumed.status_code == 200
    assert "For &#34;my&#34; &lt;script&gt;" in resumed.text
    assert found[1] not in resumed.text
    fresh = CSRF.search(resumed.text)
    assert fresh
    sent = client.post("/account/tokens", data={"csrf": fresh[1], "name": "For me", "days": "7"})
    assert "expected at least one" in sent.text


def test_every_answer_carries_the_headers_that_browsers_obey(portal: Portal) -> None:
    client = visit(portal, "ada")
    for address in ("/p/town/work", "/sign-in", "/no-such-page", "/static/portal.css"):
        headers = client.get(address).headers

        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"


def test_a_form_that_is_too_large_is_refused_before_it_is_read(portal: Portal) -> None:
    client = visit(portal, "ada")

    answer = client.post("/account/tokens", data={"name": "x" * 10_000_000})

    assert answer.status_code == 413
    assert "Nothing was recorded" in answer.text


def test_an_unknown_project_and_one_without_me_look_the_same(portal: Portal) -> None:
    client = visit(portal, "ada")

    assert client.get("/p/village/work").status_code == 404
    assert client.get("/p/town/no-such").status_code == 404


def test_a_project_under_another_name_than_its_own_is_refused_by_name(pristine: Shop, tmp_path: Path) -> None:
    _, site = copy_of(pristine, tmp_path / "all")
    settings = site.home / "portal.yaml"
    settings.write_text(settings.read_text().replace("town: ", "hamlet: "))

    with pytest.raises(AssayError) as caught:
        site.open().projects["hamlet"].open(None)

    assert "projects.hamlet in portal.yaml: expected town, found hamlet" in str(caught.value)
