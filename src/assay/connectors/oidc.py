"""OpenID Connect: a provider that vouches for people, by authorization code with PKCE.

What the provider signs is verified here (RS256 or ES256; issuer, audience, nonce, times), and nothing of it is
believed before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from assay.base.errors import AssayError, refusal
from assay.base.federation import Asking, Claims

_ALGORITHMS = ("RS256", "ES256")
_SECONDS = 5.0
"""How long the provider may take for one answer: somebody waits at the door."""

_LEEWAY_SECONDS = 60
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_NO_MORE = frozenset({"invalid_grant", "access_denied"})
"""What a token endpoint answers when it vouches for somebody no more, or never did (RFC 6749, section 5.2)."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """A provider as an admin configures it.

    Attributes:
        issuer: its address, as it signs itself.
        client_id: by which it knows this portal.
        client_secret: by which this portal shows who it is; empty for a public client.
        redirect: this portal's address to which browsers come back.
        scopes: what is asked for; ``offline_access`` lets it be asked again while nobody is there.
        groups_claim: the claim that lists somebody's groups.
        max_age_seconds: who showed it longer ago who they are has to do so again.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect: str
    scopes: tuple[str, ...] = ("openid", "email", "profile", "offline_access")
    groups_claim: str = "groups"
    max_age_seconds: int = 12 * 60 * 60


class OidcProvider:
    """The `Provider` port on OpenID Connect."""

    def __init__(self, settings: OidcSettings) -> None:
        _check_address(settings.issuer, settings.issuer)
        self._settings = settings
        self._trusted = httpx2.create_ssl_context()  # once: reading a machine's authorities takes longer than an answer
        self._lock = Lock()
        self._known: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None

    def ask(self, asking: Asking) -> str:
        """Return the address to which the browser goes."""
        again = {"prompt": "login", "login_hint": asking.email} if asking.email else {}
        max_age = 0 if asking.email else self._settings.max_age_seconds
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._configuration()["authorization_endpoint"],
                state=asking.state, nonce=asking.nonce, code_verifier=asking.verifier, max_age=max_age, **again,
            )  # fmt: skip
        return str(address)

    def vouch(self, asking: Asking, code: str, now: datetime) -> Claims | None:
        """Return for whom the provider vouches; None when for nobody."""
        tokens = self._tokens(grant_type="authorization_code", code=code, code_verifier=asking.verifier)
        signed = self._signed(tokens, now) if tokens else None
        if tokens is None or signed is None or signed.get("nonce") != asking.nonce:
            return None
        return self._claims(str(signed["sub"]), signed, tokens)

    def look_again(self, subject: str, refresh: str, now: datetime) -> Claims | None:
        """Return what the provider says today of somebody; None when it vouches for them no more."""
        tokens = self._tokens(grant_type="refresh_token", refresh_token=refresh)
        if tokens is None:
            return None
        signed = self._signed(tokens, now) if "id_token" in tokens else {"sub": subject}
        if signed is None or signed["sub"] != subject:
            return None
        return self._claims(subject, signed, {"refresh_token": refresh, **tokens})

    def _client(self) -> Any:
        settings = self._settings
        return OAuth2Client(
            settings.client_id, settings.client_secret or None, scope=" ".join(settings.scopes),
            redirect_uri=settings.redirect, code_challenge_method="S256", verify=self._trusted,
            timeout=_SECONDS, follow_redirects=False,
        )  # fmt: skip

    def _tokens(self, **grant: str) -> Mapping[str, Any] | None:
        """Ask the token endpoint; None when it says that it vouches for nobody."""
        address = self._configuration()["token_endpoint"]
        try:
            with self._client() as client:
                answer: Mapping[str, Any] = client.fetch_token(address, **grant)
                return answer
        except AuthlibBaseError as error:
            if error.error in _NO_MORE:
                return None
            raise self._unreachable(str(error.error)) from error
        except (httpx2.HTTPError, ValueError) as error:
            raise self._unreachable(type(error).__name__) from error

    def _signed(self, tokens: Mapping[str, Any], now: datetime) -> Mapping[str, Any] | None:
        """Return the claims of an ID token; None for one that is not the provider's, not for us, or out of time."""
        text = tokens.get("id_token")
        if not isinstance(text, str):
            return None
        for is_fresh in (False, True):  # a key that is not known may have come since the keys were read
            try:
                token = jwt.decode(text, self._key_set(is_fresh=is_fresh), algorithms=list(_ALGORITHMS))
                self._rules(now).validate(token.claims)
            except (JoseError, ValueError):
                continue
            return token.claims if _is_for(self._settings.client_id, token.claims) else None
        return None

    def _rules(self, now: datetime) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(now.timestamp()), leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.issuer}, aud={"essential": True}, exp={"essential": True},
            iat={"essential": True}, sub={"essential": True},
        )  # fmt: skip

    def _claims(self, subject: str, signed: Mapping[str, Any], tokens: Mapping[str, Any]) -> Claims | None:
        """Put together what the ID token and the provider's page of the person say; the page is today's."""
        page = self._page(str(tokens.get("access_token", "")))
        if page.get("sub") != subject:
            return None
        said = {**signed, **page}
        email = said.get("email") if said.get("email_verified") is True else None
        refresh = tokens.get("refresh_token")
        return Claims(
            subject=subject,
            email=email if isinstance(email, str) else None,
            groups=_texts(said.get(self._settings.groups_claim)),
            authenticated_at=_moment(signed.get("auth_time")),
            refresh=refresh if isinstance(refresh, str) else None,
        )

    def _page(self, access: str) -> Mapping[str, Any]:
        address = self._configuration()["userinfo_endpoint"]
        return self._got(address, {"Authorization": f"Bearer {access}"}, nothing_at=(401, 403))

    def _configuration(self) -> Mapping[str, Any]:
        """Return what the provider says of itself, read once.

        Raises:
            AssayError: it cannot be reached, calls itself something else, or names an address that is not safe.
        """
        with self._lock:
            if self._known is None:
                issuer = self._settings.issuer
                found = self._got(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != issuer:
                    raise refusal(issuer, expected="a provider that calls itself so", found=str(found.get("issuer")))
                for name in _ENDPOINTS:
                    _check_address(str(found.get(name, "")), issuer)
                self._known = found
            return self._known

    def _key_set(self, *, is_fresh: bool) -> KeySet:
        if self._keys is None or is_fresh:
            self._keys = KeySet.import_key_set(self._got(self._configuration()["jwks_uri"]))  # type: ignore[arg-type]
        return self._keys

    def _got(
        self, address: str, headers: Mapping[str, str] | None = None, nothing_at: Collection[int] = ()
    ) -> Mapping[str, Any]:
        try:
            answer = httpx2.get(
                address, headers=dict(headers or {}), verify=self._trusted, timeout=_SECONDS, follow_redirects=False
            )
            if answer.status_code in nothing_at:
                return {}
            answer.raise_for_status()
            found = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise self._unreachable(type(error).__name__) from error
        if not isinstance(found, dict):
            raise self._unreachable("something that is no object")
        return found

    def _unreachable(self, found: str) -> AssayError:
        hint = "Try again in a moment. If it lasts, whoever runs the provider has to look."
        return refusal(self._settings.issuer, expected="an answer of the provider", found=found, hint=hint)


def _check_address(address: str, issuer: str) -> None:
    """Refuse an address over which anybody on the way could read or speak."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise refusal(issuer, expected="addresses with https", found=address or "none")


def _is_for(client_id: str, claims: Mapping[str, Any]) -> bool:
    """Say whether a token was made for this portal, and for it alone where it names who may show it."""
    audience = claims["aud"]
    named = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    return client_id in named and claims.get("azp", client_id) == client_id and (len(named) == 1 or "azp" in claims)


def _texts(value: object) -> frozenset[str]:
    listed = [value] if isinstance(value, str) else value
    return frozenset(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else frozenset()


def _moment(value: object) -> datetime | None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**33:
        return None
    return datetime.fromtimestamp(value, UTC)
