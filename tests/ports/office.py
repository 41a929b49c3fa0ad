"""An office: a project with a name, people and a product without data, in one folder, opened as any of the cast.

For tests of actions that only write into the record. What a node or somebody elsewhere says is put in with `hear`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assay.actions.home import Home
from assay.actions.recording import LedgerReader, record
from assay.base.canonical import Digest
from assay.base.roles import NodeIdentity, Person, Role
from assay.connectors.clocks import FixedClock
from assay.lifecycle.envelopes import Signed, open_envelope
from assay.lifecycle.statements import Kind
from assay.wiring import open_home
from fakes.cast import EVERYBODY, PROJECT, START, SeededSigner, person, speak
from fakes.ledger import MemoryLedger
from fakes.texts import MemoryTexts

ADAM = person("adam", Role.ADMIN)
NODE = NodeIdentity("far_node", (SeededSigner("far_node").public,))
PRODUCT = "p"
REQUEST: dict[str, Any] = {
    "title": "Late flights",
    "product": PRODUCT,
    "question": "Where do delays concentrate?",
    "deliverable": "dashboard",
    "audience": "Operations",
    "needed_by": "2026-03-31",
    "acceptance": ["Cancelled flights never count as on time"],
}


@dataclass(slots=True)
class Office:
    """The office, and what time it is there.

    Attributes:
        home: opened by nobody.
        hours: since the start; everything that is heard is said an hour after what was before.
    """

    home: Home
    hours: int = field(default=0)

    @property
    def now(self) -> datetime:
        return START + timedelta(hours=self.hours)

    def as_(self, who: Person) -> Home:
        """Open it as somebody, an hour later."""
        self.hours += 1
        found = self.home.project.roster.person(who.email)
        return replace(self.home, person=found, signer=SeededSigner(who.email), clock=FixedClock(self.now))

    def hear(self, who: Person | NodeIdentity, kind: Kind, *subjects: tuple[str, Digest], **fields: Any) -> Signed:
        """Record what somebody said elsewhere."""
        self.hours += 1
        envelope = speak(who, kind, *subjects, at=self.now, **fields)
        signed = open_envelope(envelope, self.home.project.roster)
        record(self.home.ledger, self.now, [(signed, envelope)])
        return signed


def open_office(root: Path) -> Office:
    """Write the project and open it."""
    files = {
        "assay.yaml": f"name: {PROJECT}\nenvironments:\n  prod:\n    address: node\n    node: {NODE.name}\n"
        f"    keys: [{{public: {NODE.keys[0].raw.hex()!r}}}]\n",
        "people.yaml": "people:\n" + "".join(map(_entry, (*EVERYBODY, ADAM))),
        f"products/{PRODUCT}/product.yaml": "title: Punctuality\nowner: olive@example.org\nversion: 1.0.0\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Office(open_home(root))


def afresh(office: Office) -> Office:
    """Return the same office with nothing recorded, in memory."""
    ledger = MemoryLedger()
    reader = LedgerReader(ledger, office.home.project.roster)
    return Office(replace(office.home, ledger=ledger, reader=reader, texts=MemoryTexts()))


def _entry(who: Person) -> str:
    roles = ", ".join(sorted(who.roles))
    key = who.keys[0].raw.hex()
    return f"  - email: {who.email}\n    name: {who.name}\n    roles: [{roles}]\n    keys: [{{public: {key!r}}}]\n"
