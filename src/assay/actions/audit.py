"""Audit: the ledger as rows for people, found by person, product, gate, kind, time and text; verified and exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from assay.actions.exchange import Verified, export_ledger, export_statements, verify_ledger
from assay.actions.home import Home
from assay.actions.shown import opened_words
from assay.actions.trail import Filed, Trail, Wanted
from assay.base.canonical import Digest
from assay.base.errors import Fault, Place, raise_faults
from assay.base.roles import Action, Holder, Roster
from assay.documentation.deeds import deed, place_words
from assay.documentation.spreadsheet import csv_lines
from assay.lifecycle.chain import STATEMENT_RECORDED
from assay.lifecycle.statements import Statement, time_text

LARGEST_PAGE = 500

SIGNATURES: dict[Holder, str] = {
    Holder.PERSON: "with a key of their own",
    Holder.PORTAL: "through the portal",
    Holder.NODE: "by the node",
}
NOBODY = "nobody signed this"
DOES_NOT_HOLD = "the signature does not hold"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event of the ledger, for people.

    Attributes:
        seq: its number in the chain.
        at: when it was signed, in UTC, as ISO 8601 to the second; of what nobody signed, when it was recorded.
        who: e-mail or name of the node; empty where nobody signed.
        name: as the roster has it now; the same as ``who`` where it has none.
        roles: of the person, now.
        on_behalf_of: e-mail of the absent person for whom they signed; empty for themselves.
        absent: the name of that person, as ``name``.
        kind: of the statement, else of the event.
        what: a plain sentence to read after the name.
        on: the subjects' ids.
        product: None where it is of none.
        where: the environment in words; empty for nowhere in particular.
        gate: empty where it is none's.
        reason: in the signer's words.
        opened: what the signer had opened before, in words; empty where that is not known.
        signature: how it was signed, in words.
        holder: None where nobody signed, or the signature does not hold.
        recorded_at: when it came into this ledger, as ``at``.
        digest: of the statement; None where there is none that holds.
        holds: whether what it points to holds, where it points to something.
    """

    seq: int
    at: str
    who: str
    name: str
    roles: tuple[str, ...]
    kind: str
    what: str
    on: tuple[str, ...]
    product: str | None
    where: str
    gate: str
    reason: str
    opened: str
    signature: str
    holder: Holder | None
    recorded_at: str
    digest: Digest | None
    holds: bool
    on_behalf_of: str = ""
    absent: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some rows, newest first.

    Attributes:
        rows: these.
        before: to be given back for the rows that follow; None where there are no more.
        events: how many events the ledger has.
    """

    rows: tuple[AuditRow, ...]
    before: int | None
    events: int


def audit(home: Home, trail: Trail, wanted: Wanted, before: int | None = None, limit: int = 50) -> AuditPage:
    """Look for something in the ledger.

    Args:
        home: the auditor's.
        trail: the filed events of this home's ledger, kept between calls; a new one files everything once.
        wanted: what to look for.
        before: `AuditPage.before` of the page before; None for the newest.
        limit: how many rows at most.

    Raises:
        AssayError: the person may not read the ledger, or it does not hold.
    """
    home.authorised(Action.LEDGER_READ)
    loaded = home.load()
    events = trail.follow(loaded)
    size = max(1, min(limit, LARGEST_PAGE))
    found = list(islice(trail.newest(wanted, before), size + 1))
    rows = tuple(_row(filed, loaded.record.roster) for filed in found[:size])
    return AuditPage(rows, rows[-1].seq if len(found) > size else None, events)


def audit_csv(home: Home, trail: Trail, wanted: Wanted) -> Iterator[str]:
    """Write all that is wanted as CSV, newest first, line by line; raises as `audit` does, before the first line."""
    home.authorised(Action.LEDGER_READ)
    loaded = home.load()
    trail.follow(loaded)
    rows = (_cells(_row(filed, loaded.record.roster)) for filed in trail.newest(wanted))
    return csv_lines(chain([HEADER], rows))


def verification(home: Home) -> Verified:
    """Verify the chain and every signature anew, see `verify_ledger`; with many statements this takes its time.

    Raises:
        AssayError: the person may not read the ledger.
    """
    home.authorised(Action.LEDGER_READ)
    return verify_ledger(home.ledger, home.project.roster)


def ledger_file(home: Home) -> bytes:
    """Write the whole ledger as one file, see `export_ledger`.

    Raises:
        AssayError: the person may not read the ledger, or it does not hold.
    """
    home.authorised(Action.LEDGER_READ)
    return export_ledger(home.ledger)


def statements_file(home: Home, digests: Sequence[Digest]) -> bytes:
    """Give some statements as a file for another home, see `export_statements`.

    Raises:
        AssayError: the person may not read the ledger, or one of them is not in it.
    """
    home.authorised(Action.LEDGER_READ)
    by_digest = {signed.digest: signed for signed in home.load().record.statements}
    unknown = [digest for digest in digests if digest not in by_digest]
    raise_faults(Fault(Place(digest[7:19]), "a statement of this ledger", "none") for digest in unknown)
    return export_statements(home.ledger, tuple(by_digest[digest] for digest in digests))


HEADER = (
    "number", "when (UTC)", "who", "name", "roles", "kind", "what", "on", "product", "where", "gate", "reason",
    "opened", "signed", "recorded (UTC)", "digest", "on behalf of",
)  # fmt: skip


def _cells(row: AuditRow) -> tuple[str, ...]:
    return (
        str(row.seq), row.at, row.who, row.name, "; ".join(row.roles), row.kind, row.what, "; ".join(row.on),
        row.product or "", row.where, row.gate, row.reason, row.opened, row.signature, row.recorded_at,
        row.digest or "", row.on_behalf_of,
    )  # fmt: skip


def _row(filed: Filed, roster: Roster) -> AuditRow:
    event, signed = filed.event, filed.signed
    if signed is None:
        return _unsigned(filed, roster)
    said = signed.statement
    return AuditRow(
        event.seq, time_text(said.at), said.signer, *_holder(roster, said.signer), kind=str(said.kind),
        what=deed(said), on=tuple(meant.id for meant in said.subjects), product=filed.product,
        where=place_words(said.environment) if said.environment else "", gate=said.gate or "", reason=said.reason,
        opened=_opened(said), signature=SIGNATURES[said.holder], holder=said.holder, recorded_at=event.at,
        digest=signed.digest, holds=True, on_behalf_of=said.on_behalf_of,
        absent=_holder(roster, said.on_behalf_of)[0],
    )  # fmt: skip


def _opened(said: Statement) -> str:
    """Say what was opened of the subjects of a sign-off; where it differs between them, each way once."""
    words = dict.fromkeys(opened_words(said, meant.id) for meant in said.subjects)
    return "; ".join(each for each in words if each)


def _unsigned(filed: Filed, roster: Roster) -> AuditRow:
    """Make the row of a fact that nobody signs, or of a statement that does not hold, with what is claimed of it."""
    event = filed.event
    is_claim = event.kind == STATEMENT_RECORDED
    who = str(event.data.get("signer", "")) if is_claim else ""
    kind = str(event.data.get("kind", event.kind)) if is_claim else event.kind
    subjects = event.data.get("subjects") if is_claim else None
    return AuditRow(
        event.seq, event.at, who, *_holder(roster, who), kind=kind,
        what=f"is said to have {kind}, which counts for nothing" if is_claim else kind.replace("-", " "),
        on=tuple(map(str, subjects)) if isinstance(subjects, list | tuple) else (), product=None, where="", gate="",
        reason="", opened="", signature=DOES_NOT_HOLD if is_claim else NOBODY, holder=None, recorded_at=event.at,
        digest=None, holds=not is_claim,
    )  # fmt: skip


def _holder(roster: Roster, who: str) -> tuple[str, tuple[str, ...]]:
    person = roster.person(who)
    return (who, ()) if person is None else (person.name, tuple(sorted(person.roles)))
