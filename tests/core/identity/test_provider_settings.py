"""What portal.yaml says of an OpenID provider: read whole or refused by name; a secret in clear is never repeated."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError
from assay.base.reading import read_as, read_yaml
from assay.base.roles import Role
from assay.identity.provider_settings import ProviderSettings, without_secrets
from assay.identity.settings import PortalSettings

PORTAL = """\
address: https://assay.example.org
projects: {town: /srv/town}
oidc:
  issuer: https://accounts.example.org/town
  client_id: assay
  client_secret: ${OIDC_SECRET}
  roles:
    builders: [engineer]
    business: [stakeholder, owner]
"""
CLEAR = "hunter2-in-clear"


def read(text: str) -> ProviderSettings:
    oidc = read_as(PortalSettings, without_secrets(read_yaml(text, "portal.yaml"))).oidc
    assert oidc
    return oidc


def refused(text: str) -> str:
    with pytest.raises(AssayError) as caught:
        read(text)
    return str(caught.value)


def test_what_is_not_said_is_what_most_providers_need() -> None:
    oidc = read(PORTAL)

    assert oidc.client_secret == "${OIDC_SECRET}"
    assert oidc.scopes == ["openid", "email", "profile", "offline_access"]
    assert (oidc.groups_claim, oidc.label) == ("groups", "single sign-on")
    assert oidc.roles_by_group == {
        "builders": frozenset({Role.ENGINEER}), "business": frozenset({Role.STAKEHOLDER, Role.OWNER}),
    }  # fmt: skip


def test_a_client_without_a_secret_is_a_public_one() -> None:
    assert read(PORTAL.replace("  client_secret: ${OIDC_SECRET}\n", "")).client_secret == ""


def test_a_portal_without_a_provider_needs_no_settings_of_one() -> None:
    text = PORTAL[: PORTAL.index("oidc:")]

    assert read_as(PortalSettings, without_secrets(read_yaml(text, "portal.yaml"))).oidc is None


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("https://accounts", "http://accounts", 4, "the address by which the provider calls itself"),
        ("https://accounts.example.org/town", "accounts", 4, "the address by which the provider calls itself"),
        ("example.org/town", "example.org/?x=1", 4, "the address by which the provider calls itself"),
        ("client_id: assay", "client_id: ''", 5, "at least 1 character"),
        ("${OIDC_SECRET}", CLEAR, 6, "a variable as ${NAME}"),
        ("${OIDC_SECRET}", f"${{OIDC_SECRET}}{CLEAR}", 6, "a variable as ${NAME}"),
        ("${OIDC_SECRET}", f"[{CLEAR}]", 6, "a variable as ${NAME}"),
        ("${OIDC_SECRET}", "", 6, "a variable as ${NAME}"),
        ("client_secret:", "client-secret:", 6, "only fields that this file knows"),
        ("[engineer]", "[emperor]", 8, "one of stakeholder, owner, engineer"),
        ("[engineer]", "[]", 8, "at least 1 item"),
        ("[engineer]", "engineer", 8, "a list"),
    ],
)
def test_what_is_wrong_is_refused_at_its_line(old: str, new: str, line: int, expected: str) -> None:
    words = refused(PORTAL.replace(old, new, 1))

    assert f"portal.yaml:{line}:" in words
    assert expected in words
    assert CLEAR not in words


@pytest.mark.parametrize("missing", ["issuer", "client_id"])
def test_what_is_missing_is_named(missing: str) -> None:
    text = "\n".join(line for line in PORTAL.splitlines() if not line.startswith(f"  {missing}:"))

    assert f"expected the field '{missing}', found nothing" in refused(text)


def test_a_provider_whose_groups_give_nothing_lets_nobody_in_and_is_refused() -> None:
    assert "expected the field 'roles'" in refused(PORTAL[: PORTAL.index("  roles:")])
    assert "at least 1 item" in refused(PORTAL[: PORTAL.index("  roles:")] + "  roles: {}\n")


@pytest.mark.parametrize("scopes", ["[email]", "[openid, 'a b']", "[openid, '']"])
def test_scopes_name_openid_and_are_words(scopes: str) -> None:
    assert "scopes without spaces, openid among them" in refused(f"{PORTAL}  scopes: {scopes}\n")


@pytest.mark.parametrize(
    "oidc", [f"{{client_secret: {CLEAR}}}", f"[{{client_secret: {CLEAR}}}]", f"{{issuer: {{Client-Secret: {CLEAR}}}}}"]
)
def test_a_secret_in_clear_is_repeated_by_no_fault_wherever_it_stands(oidc: str) -> None:
    assert CLEAR not in refused(PORTAL[: PORTAL.index("oidc:")] + f"oidc: {oidc}\n")
