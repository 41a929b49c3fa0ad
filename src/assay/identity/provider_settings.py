"""The part of ``portal.yaml`` about an OpenID provider that vouches for people: who it is, and what its groups give.

The secret by which the portal shows the provider who it is stands in a variable of the environment. The file names the
variable, and what is written there in its place is repeated by no error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assay.base.reading import Document
from assay.base.roles import Role
from assay.project.files import Text, word_of

ARRIVING_AT = "/sign-in/oidc/arrive"
"""The page to which browsers come back; behind the portal's address it is what the provider is told of."""

_OPENID = "openid"
_SECRET = "secret"
_ISSUER = re.compile(r"(https://[^\s/?#\[\]@]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/[^\s?#]*)?")
"""Without TLS only on this machine: anybody on the way could otherwise speak for the provider."""

_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_HIDDEN = "something else, which is not repeated here"


def _issuer(text: str) -> str:
    if not _ISSUER.fullmatch(text):
        raise ValueError("the address by which the provider calls itself, as https://accounts.example.org")
    return text


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise ValueError("a variable as ${NAME}: a secret is never written into this file")
    return text


def _scopes(words: list[str]) -> list[str]:
    if _OPENID not in words or any(not word or word.split() != [word] for word in words):
        raise ValueError(f"scopes without spaces, {_OPENID} among them")
    return words


Roles = Annotated[list[Annotated[Role, word_of(Role)]], Field(min_length=1)]


class ProviderSettings(BaseModel):
    """An OpenID provider, as whoever runs the portal names it.

    Attributes:
        issuer: its address, exactly as it signs itself.
        client_id: by which it knows this portal.
        client_secret: the variable that holds what this portal shows it, as ``${NAME}``; empty for a public client.
        scopes: what is asked for. Without ``offline_access`` people have to come back after an hour.
        groups_claim: the claim that lists somebody's groups.
        roles: which roles a group leaves to people who have them on the roster; whoever is in none of the groups
            does not come in.
        label: how people call it, on the button.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: Text
    client_secret: Annotated[str, AfterValidator(_variable)] = ""
    scopes: Annotated[list[str], AfterValidator(_scopes)] = [_OPENID, "email", "profile", "offline_access"]
    groups_claim: Text = "groups"
    roles: Annotated[dict[Text, Roles], Field(min_length=1)]
    label: Annotated[str, Field(min_length=1, max_length=60)] = "single sign-on"

    @property
    def roles_by_group(self) -> Mapping[str, frozenset[Role]]:
        """Return which roles each group leaves to people."""
        return {group: frozenset(roles) for group, roles in self.roles.items()}


def without_secrets(document: Document) -> Document:
    """Return a document in which every secret that is written in clear is hidden, so that no error repeats it."""
    return replace(document, value=_hidden(document.value))


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _HIDDEN if _is_clear(name, held) else _hidden(held) for name, held in value.items()}
    return [_hidden(held) for held in value] if isinstance(value, list) else value


def _is_clear(name: str, value: object) -> bool:
    return _SECRET in name.lower() and not (isinstance(value, str) and _VARIABLE.fullmatch(value))
