"""A provider that vouches for people, and what is kept of it, in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from assay.base.errors import refusal
from assay.base.federation import Asking, Claims, Standing


class MemoryAskings:
    """The `Askings` port on a dict."""

    def __init__(self) -> None:
        self._rows: dict[str, Asking] = {}

    def add(self, asking: Asking) -> None:
        self._rows[asking.id] = asking

    def take(self, asking_id: str) -> Asking | None:
        return self._rows.pop(asking_id, None)

    def forget(self, before: datetime) -> None:
        self._rows = {key: row for key, row in self._rows.items() if row.asked_at >= before}


class MemoryStandings:
    """The `Standings` port on a dict."""

    def __init__(self) -> None:
        self._rows: dict[str, Standing] = {}

    def get(self, email: str) -> Standing | None:
        return self._rows.get(email)

    def put(self, standing: Standing) -> None:
        self._rows[standing.email] = standing

    def claim(self, standing: Standing, at: datetime) -> bool:
        present = self._rows.get(standing.email)
        if present is None or present.tried_at != standing.tried_at:
            return False
        self._rows[standing.email] = replace(present, tried_at=at)
        return True


class MemoryProvider:
    """The `Provider` port on a dict of people, by subject."""

    def __init__(self, *people: Claims) -> None:
        self.people = {claims.subject: claims for claims in people}
        self.is_down = False
        self.asked = 0
        self._entered: dict[str, tuple[str, str]] = {}
        self._refresh: dict[str, str] = {}

    def ask(self, asking: Asking) -> str:
        self._answer()
        query = {"state": asking.state, "nonce": asking.nonce, "verifier": asking.verifier}
        return "https://provider.example/authorize?" + urlencode(query)

    def enter(self, address: str, subject: str) -> tuple[str, str]:
        """Sign somebody in at the provider; return the state and the code that their browser brings back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self._entered)}"
        self._entered[code] = (subject, query["verifier"])
        return query["state"], code

    def vouch(self, asking: Asking, code: str, now: datetime) -> Claims | None:
        self._answer()
        subject, verifier = self._entered.pop(code, ("", ""))
        return self._claims(subject) if verifier == asking.verifier else None

    def look_again(self, subject: str, refresh: str, now: datetime) -> Claims | None:
        self._answer()
        return self._claims(subject) if self._refresh.pop(refresh, None) == subject else None

    def _claims(self, subject: str) -> Claims | None:
        if subject not in self.people:
            return None
        refresh = f"refresh-{self.asked}"
        self._refresh[refresh] = subject
        return replace(self.people[subject], refresh=refresh)

    def _answer(self) -> None:
        self.asked += 1
        if self.is_down:
            raise refusal("provider", expected="an answer of the provider", found="none")
