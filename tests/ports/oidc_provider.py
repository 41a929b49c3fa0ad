"""A stand-in for an OpenID provider: the real protocol over loopback, with people who are there because a test says so.

It does what OpenID Connect Core asks of a provider in the code flow, and is as strict: one use of a code, PKCE with
S256, the client's secret, the exact redirect, refresh tokens that rotate. What it lacks is a page to sign in on: the
browser of a test names its person in a cookie.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, KeySet, RSAKey

CLIENT, SECRET = "assay", "the client's secret"
REDIRECT = "http://127.0.0.1/oidc/back"
Key = RSAKey | ECKey


def new_key(algorithm: str) -> Key:
    """Make a key for an algorithm, with a name of its own."""
    named: KeyParameters = {"kid": secrets.token_hex(4), "alg": algorithm, "use": "sig"}
    if algorithm == "RS256":
        return RSAKey.generate_key(2048, named)
    return ECKey.generate_key("P-256", named)


@dataclass(slots=True)
class StandIn:
    """The provider.

    Attributes:
        now: its clock.
        people: subject to the claims of their page.
        signed_in_at: subject to when they last showed who they are.
        not_anew: whom it cannot get to show it once more, whatever is asked.
        spoil: changes the claims of an ID token before it is signed.
        forge: changes an ID token after it was signed.
        configuration: what it says of itself beside what is true.
        status: with which the token endpoint fails; 0 while it works.
        redirect: the one address to which it sends browsers back.
        host: how it is called; as ``localhost`` it is another site than 127.0.0.1.
    """

    now: Callable[[], datetime]
    algorithm: str = "ES256"
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    signed_in_at: dict[str, int] = field(default_factory=dict)
    not_anew: set[str] = field(default_factory=set)
    spoil: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    forge: Callable[[str], str] = lambda token: token
    configuration: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    redirect: str = REDIRECT
    host: str = "127.0.0.1"
    key: Key = field(init=False)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _access: dict[str, str] = field(default_factory=dict)
    _refresh: dict[str, str] = field(default_factory=dict)
    _server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        self.key = new_key(self.algorithm)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def issuer(self) -> str:
        """Its address."""
        return f"http://{self.host}:{self._server.server_address[1]}"

    def close(self) -> None:
        """Be reachable no more."""
        self._server.shutdown()
        self._server.server_close()

    def enter(self, address: str, subject: str) -> tuple[str, str]:
        """Go there as somebody's browser; return the state and the code with which it is sent back."""
        query = parse_qs(urlsplit(self.send_back(address, subject)).query)
        return query["state"][0], query.get("code", [""])[0]

    def send_back(self, address: str, subject: str) -> str:
        """Go there as somebody's browser; return the address to which it is sent back."""
        answer = httpx2.get(address, headers={"Cookie": f"who={subject}"}, verify=False, follow_redirects=False)
        return str(answer.headers["location"])

    def get(self, path: str, query: dict[str, str], headers: Any) -> tuple[int, dict[str, Any] | str]:
        """Answer a GET; a text is where the browser is sent."""
        issuer = self.issuer
        if path == "/.well-known/openid-configuration":
            true = {
                "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys", "userinfo_endpoint": f"{issuer}/page",
            }  # fmt: skip
            return 200, true | self.configuration
        if path == "/keys":
            return 200, dict(KeySet([self.key]).as_dict(private=False))
        if path == "/page":
            subject = self._access.get(headers.get("Authorization", "").removeprefix("Bearer "), "")
            return (200, {"sub": subject, **self.people[subject]}) if subject in self.people else (401, {})
        if path == "/authorize":
            return self._authorize(query, _who(headers.get("Cookie", "")))
        return 404, {}

    def post(self, form: dict[str, str], headers: Any) -> tuple[int, dict[str, Any]]:
        """Answer at the token endpoint."""
        shown = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if self.status:
            return self.status, {"error": "server_error"}
        if headers.get("Authorization") != f"Basic {shown}":
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "refresh_token":
            subject = self._refresh.pop(form["refresh_token"], "")
            return self._granted(subject, {}) if subject in self.people else (400, {"error": "invalid_grant"})
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or asked["code_challenge"] != challenge.decode().rstrip("=")
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return 400, {"error": "invalid_grant"}
        return self._granted(asked["subject"], {"nonce": asked["nonce"]})

    def _authorize(self, query: dict[str, str], subject: str) -> tuple[int, dict[str, Any] | str]:
        is_ours = (query.get("client_id"), query.get("redirect_uri")) == (CLIENT, self.redirect)
        is_strict = query.get("response_type") == "code" and query.get("code_challenge_method") == "S256"
        if not is_ours or not is_strict or "openid" not in query.get("scope", "").split():
            return 400, {"error": "invalid_request"}
        prompts = set(query.get("prompt", "").split())
        if "none" in prompts and len(prompts) > 1:
            return self._sent_back_without(query, "invalid_request")
        if subject not in self.people:
            return self._sent_back_without(query, "login_required" if "none" in prompts else "access_denied")
        moment = int(self.now().timestamp())
        last = self.signed_in_at.get(subject)
        is_asked = last is None or "login" in prompts or moment - last > int(query.get("max_age", 1 << 31))
        if is_asked and ("none" in prompts or subject in self.not_anew):
            return self._sent_back_without(query, "login_required")
        if is_asked:
            self.signed_in_at[subject] = moment
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**query, "subject": subject}
        return 302, f"{self.redirect}?" + urlencode({"state": query["state"], "code": code})

    def _sent_back_without(self, query: dict[str, str], error: str) -> tuple[int, str]:
        """Send the browser back with an error in place of a code (OpenID Connect Core, 3.1.2.6)."""
        return 302, f"{self.redirect}?" + urlencode({"state": query["state"], "error": error})

    def _granted(self, subject: str, more: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        moment = int(self.now().timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": subject, "iat": moment, "exp": moment + 300,
            "auth_time": self.signed_in_at[subject], **more,
        }  # fmt: skip
        header = {"alg": self.algorithm, "kid": self.key.kid}
        token = self.forge(jwt.encode(header, self.spoil(claims), self.key, algorithms=[self.algorithm]))
        access, refresh = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self._access[access], self._refresh[refresh] = subject, subject
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300, "refresh_token": refresh}
        return 200, {**answer, "id_token": token}


def _who(cookies: str) -> str:
    """Return the person whom a browser names; empty when it names none."""
    named = SimpleCookie(cookies).get("who")
    return named.value if named else ""


def _handler(provider: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._answer(*provider.get(parts.path, query, self.headers))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.post(form, self.headers))

        def _answer(self, status: int, answer: dict[str, Any] | str) -> None:
            content = b"" if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            if isinstance(answer, str):
                self.send_header("Location", answer)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
