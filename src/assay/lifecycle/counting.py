"""Which statements count: at a gate, for a subject, of all that was said, and whose sign-off could."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from assay.base.canonical import Digest, short
from assay.base.roles import Action, Holder, NodeIdentity, Person, may
from assay.lifecycle.delegations import Delegation
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import By, ChangeClass, Gate, GateTable, Need, Scope
from assay.lifecycle.on_behalf import unbacked
from assay.lifecycle.recency import shown_too_long_ago
from assay.lifecycle.record import Record
from assay.lifecycle.statements import GOOD, Kind, Statement, time_text
from assay.lifecycle.subjects import Aspect, Subject, SubjectKind


class Counting:
    """The statements of a record, sorted for one decision; what was found once is remembered."""

    def __init__(
        self, table: GateTable, subjects: Sequence[Subject], change_class: ChangeClass, record: Record, now: datetime
    ) -> None:
        self.gates = {gate.id: gate for gate in table}
        self.change_class = change_class
        self.record = record
        self.now = now
        self._holders = record.roster.by_key()
        self._delegations = record.delegating.standing(now)
        self._by_kind: dict[SubjectKind, list[Subject]] = {}
        for subject in subjects:
            self._by_kind.setdefault(subject.kind, []).append(subject)
        self._said = _addressed(record, (subject.id for subject in subjects))
        self._found: dict[tuple[str, str], tuple[Signed | None, str]] = {}

    def rejection(self, gate: Gate, subject: Subject) -> Signed | None:
        """Find the newest rejection that stands, whatever roles its signer holds by now, and asked for or not."""
        if gate.by is not By.SIGN_OFF:
            return None
        said = self._said.get((subject.id, Kind.REJECTED, gate.id, gate.environment), ())
        wanted = subject.digest_of(gate.aspect)
        standing = (
            signed
            for signed in reversed(said)
            if signed.statement.meant(subject.id) == wanted
            and signed.digest not in self.record.withdrawn
            and self._may_reject(signed)
            and not self._astray(subject, signed)
        )
        return next(standing, None)

    def _may_reject(self, signed: Signed) -> bool:
        holder = self._holder(signed)
        return isinstance(holder, Person) and may(holder, Action.SIGN_OFF)

    def satisfying(self, gate: Gate, subject: Subject) -> tuple[Signed | None, str]:
        """Find the statement that satisfies a gate, else say why what was said does not count."""
        place = (gate.id, subject.id)
        if place not in self._found:
            self._found[place] = self._find_satisfying(gate, subject)
        return self._found[place]

    def _find_satisfying(self, gate: Gate, subject: Subject) -> tuple[Signed | None, str]:
        said = self._spoken(gate, subject)
        wanted = subject.digest_of(gate.aspect)
        on_this = [s for s in said if s.statement.meant(subject.id) == wanted]
        why = next((_WRONG_HANDS[s.statement.holder] for s in on_this if not _is_in_right_hands(gate, s)), "")
        on_this = [s for s in on_this if _is_in_right_hands(gate, s)]
        why = next((astray for s in on_this if (astray := self._astray(subject, s))), why)
        on_this = [s for s in on_this if not self._astray(subject, s)]
        if gate.by is not By.SIGN_OFF:
            on_this = on_this[-1:]  # of evidence the newest counts, good or bad
        for signed in on_this:
            why = self._objection(gate, subject, signed)
            if not why:
                return signed, ""
        if not why and said:
            why = _changed(said[-1], gate, subject)
        return None, why

    def _spoken(self, gate: Gate, subject: Subject) -> list[Signed]:
        """Return what was said to a gate by those whose role it asks for, of any digest, oldest first."""
        return [signed for signed in self._said.get(_address(gate, subject), ()) if self._holds_role(gate, signed)]

    def _holds_role(self, gate: Gate, signed: Signed) -> bool:
        holder, absent = self._holder(signed), signed.statement.on_behalf_of
        if absent:
            person = self.record.roster.person(absent) if gate.by is By.SIGN_OFF else None  # evidence is nobody else's
            return isinstance(holder, Person) and person is not None and bool(person.roles & gate.roles)
        if isinstance(holder, Person):
            return gate.by is not By.NODE and bool(holder.roles & gate.roles)
        return holder is not None and gate.by is By.NODE

    def _astray(self, subject: Subject, signed: Signed) -> str:
        """Say why a signature is of another product than its signer's roles, or than those of the absent."""
        people = (self.record.roster.person(email) for email in signed.statement.speakers)
        product = self._product(subject)
        return next((words for person in people if person and (words := person.astray(product))), "")

    def _holder(self, signed: Signed) -> Person | NodeIdentity | None:
        """Return whose key signed; None when nobody on the roster holds it, or it was revoked before."""
        found = self._holders.get(signed.key_id)
        if found is None or (found[1].revoked_at is not None and signed.statement.at >= found[1].revoked_at):
            return None
        return found[0]

    def _objection(self, gate: Gate, subject: Subject, signed: Signed) -> str:
        """Say why a statement on the right digest does not count; empty when it does."""
        said = signed.statement
        if gate.by is not By.SIGN_OFF and not _is_good(said):
            return f"the result was {said.result or 'not said'}"
        if gate.max_age_days is not None and self.now - said.at > timedelta(days=gate.max_age_days):
            return f"signed on {time_text(said.at)[:10]}, more than {gate.max_age_days} days ago"
        if gate.by is By.SIGN_OFF:
            return (
                unbacked(gate, self._product(subject), said, self._backing(signed), self.record.roster)
                or self.barred(gate, subject, said.signer, said.on_behalf_of)
                or shown_too_long_ago(gate, said.holder, said.authenticated)
                or self._unseen(gate, subject, said)
                or self._failed_since(gate, subject, signed)
            )
        return ""

    def _backing(self, signed: Signed) -> Delegation | None:
        return self.record.delegating.backing.get(signed.digest)

    def _product(self, subject: Subject) -> str:
        """Return of which product a subject is; empty where that is not known."""
        opened = self.record.releases.get(subject.name) or self.record.requests.get(subject.name)
        return opened.product if opened else subject.name.rpartition("/")[0]

    def barred(self, gate: Gate, subject: Subject, email: str, absent: str = "") -> str:
        """Say why a person cannot count at a gate whatever their roles; empty when they can.

        Args:
            gate: the gate.
            subject: for which it is asked.
            email: of who signs.
            absent: of the person for whom they act; empty for themselves. Where different people are asked for, both
                count as having signed, so that nobody is two; where the same person is, it is the absent.
        """
        both = (email, absent) if absent else (email,)
        asked = [(need, target) for need in gate.distinct for target in self.targets(need, subject)]
        for how, find in (("counts", self._counting), ("acts as who counts", self._acting_as)):
            for need, target in asked:
                for one in both:
                    if one in find(need.gate, target):
                        return f"{one} {how} at {need.gate} of {target.name}, and this gate asks for somebody else"
        if gate.same_person and both[-1] not in self._whose_word(gate.same_person, subject):
            return f"{both[-1]} did not sign {gate.same_person} of {subject.name}, and this gate asks for who did"
        return ""

    def delegations(
        self, gate: Gate, subject: Subject, to: str | None = None, holder: Holder | None = None
    ) -> Iterator[Delegation]:
        """Give the delegations by which a gate could be signed now, oldest first.

        Args:
            gate: the gate.
            subject: for which it is asked.
            to: e-mail of the delegate; None for anybody.
            holder: who holds the key that they would sign with; None for any of theirs.
        """
        if gate.by is not By.SIGN_OFF or not gate.delegates:
            return
        roster, product = self.record.roster, self._product(subject)
        for each in self._delegations:
            if to not in (None, each.to):
                continue
            absent, delegate = roster.person(each.absent), roster.person(each.to)
            if absent is None or delegate is None or not absent.roles & gate.roles:
                continue
            if not each.covers(gate.id, product) or not may(delegate, Action.SIGN_OFF):
                continue
            if not (absent.signs_for(product) and delegate.signs_for(product)):
                continue
            if each.holder not in gate.holders or shown_too_long_ago(gate, each.holder, each.authenticated):
                continue
            if not self.in_wrong_hands(gate, delegate, holder) and not self.barred(gate, subject, each.to, each.absent):
                yield each

    def in_wrong_hands(self, gate: Gate, person: Person, holder: Holder | None = None) -> str:
        """Say why no key of a person counts at a gate, by who holds it; empty when one does, or none is known.

        Args:
            gate: of people.
            person: who would sign.
            holder: who holds the key that they would sign with; None for any of theirs that is good.
        """
        good = (key for key in person.keys if key.signs_at(self.now))
        held = frozenset({holder}) if holder is not None else frozenset(key.holder for key in good)
        if gate.by is By.NODE or not held or held & gate.holders:
            return ""
        if Holder.PORTAL in held:
            return f"this gate asks for a key of one's own, and the portal holds that of {person.email}"
        return f"this gate asks for a key that the portal holds, and {person.email} signs with their own"

    def targets(self, need: Need, subject: Subject) -> Sequence[Subject]:
        """Find the subjects whose gate is needed; a gate asked per another kind is asked of none."""
        per = self.gates[need.gate].per
        if need.scope is Scope.SAME:
            return (subject,) if subject.kind is per else ()
        of_kind = self._by_kind.get(per, ())
        return [s for s in of_kind if s.id in subject.reads] if need.scope is Scope.READS else of_kind

    def _counting(self, gate_id: str, subject: Subject) -> frozenset[str]:
        """Return who counts at a gate: by the one sign-off that stands, or all who signed its evidence on this digest.

        On behalf of somebody absent, both count. Of evidence it is all, whatever roles they hold by now: nobody stops
        being the author by losing a role.
        """
        gate = self.gates.get(gate_id)
        if gate is None or gate.by is By.NODE:
            return frozenset()
        if gate.by is By.PERSON:
            wanted = subject.digest_of(gate.aspect)
            said = (signed.statement for signed in self._said.get(_address(gate, subject), ()))
            return frozenset(s.signer for s in said if s.meant(subject.id) == wanted)
        signed, _ = self.satisfying(gate, subject)
        return frozenset() if signed is None else frozenset(signed.statement.speakers)

    def _whose_word(self, gate_id: str, subject: Subject) -> frozenset[str]:
        """Return whose word counts at a gate: where a delegate signed, the absent's and not theirs."""
        gate = self.gates.get(gate_id)
        if gate is None or gate.by is not By.SIGN_OFF:
            return self._counting(gate_id, subject)
        signed, _ = self.satisfying(gate, subject)
        return frozenset() if signed is None else frozenset(signed.statement.speakers[-1:])

    def _acting_as(self, gate_id: str, subject: Subject) -> frozenset[str]:
        """Return who signed elsewhere as the very person who counts at a gate: they are that person from then on.

        That is whoever signed, on the author's behalf, a gate that takes nobody but the author. All who did on this
        digest, whether their sign-off counts or not: who bars whom must not go round in a circle.
        """
        found: set[str] = set()
        for gate in self.gates.values():
            if gate.same_person == gate_id and gate.by is By.SIGN_OFF and gate.per is subject.kind:
                said = (signed.statement for signed in self._said.get(_address(gate, subject), ()))
                wanted = subject.digest_of(gate.aspect)
                found |= {s.signer for s in said if s.on_behalf_of and s.meant(subject.id) == wanted}
        return frozenset(found)

    def _unseen(self, gate: Gate, subject: Subject, said: Statement) -> str:
        """Say which evidence was not looked at: a sign-off given before there was any, or blind, is of nothing."""
        for need in gate.needs:
            asked = self.gates.get(need.gate)
            if asked is None or need.scope is not Scope.SAME or asked.by is By.SIGN_OFF:
                continue
            if self.change_class not in asked.classes:
                continue
            wanted = subject.digest_of(asked.aspect)
            spoken = self._spoken(asked, subject)
            good = (s for s in spoken if _is_good(s.statement) and _is_in_right_hands(asked, s))
            if not any(s.digest in said.observed and s.statement.meant(subject.id) == wanted for s in good):
                return f"{said.speaker} signed without having looked at: {asked.title}"
        return ""

    def _failed_since(self, gate: Gate, subject: Subject, signed: Signed) -> str:
        """Say which later evidence on a present meaning failed: later in the ledger, or by the time it was made.

        Both, for a node records what it measured at once, and a sign-off of before only when the order comes.
        """
        seen = False
        meanings = set(subject.digests.values())
        for other in self.record.of(subject.id):
            seen = seen or other.digest == signed.digest
            said = other.statement
            bad = said.kind in _EVIDENCE and said.environment == gate.environment and not _is_good(said)
            if bad and (seen or said.at > signed.statement.at) and said.meant(subject.id) in meanings:
                return f"later evidence: {said.kind} in {said.environment} gave {said.result} on {time_text(said.at)}"
        return ""

    def holding(self, gate: Gate) -> tuple[str, ...]:
        """Return who holds a role of a gate and a key that counts there, in the roster's order; or ``node``."""
        if gate.by is By.NODE:
            return ("node",)
        people = self.record.roster.people
        return tuple(p.email for p in people if p.roles & gate.roles and not self.in_wrong_hands(gate, p))

    def who(self, gate: Gate, subject: Subject) -> tuple[str, ...]:
        """Return who could satisfy a gate: e-mails in the roster's order, then of delegates; or ``node``."""
        if gate.by is By.NODE:
            return ("node",)
        people = (p for p in self.record.roster.people if p.roles & gate.roles and not self.in_wrong_hands(gate, p))
        people = (p for p in people if p.signs_for(self._product(subject)))
        if gate.by is By.SIGN_OFF:
            people = (p for p in people if not self.barred(gate, subject, p.email))
        delegates = (each.to for each in self.delegations(gate, subject))
        return tuple(dict.fromkeys((*(person.email for person in people), *delegates)))


_EVIDENCE: frozenset[Kind] = frozenset({Kind.CHECKED, Kind.PUBLISHED, Kind.POPULATED, Kind.COMPARED, Kind.SOAKED})
"""What can fail after a sign-off and so take it back."""

_WITH_RESULT: frozenset[Kind] = _EVIDENCE | {Kind.ASSESSED}
"""What says nothing when it does not say how it came out."""

_MEANT: dict[Aspect, str] = {
    Aspect.FEEDS: ", for what its sources promise or where they lie has changed",
    Aspect.PRODUCTION: ", for its meaning or how it runs in production (schedule, places of its sources) has changed",
}
"""What must have changed where a gate is about more or less than the whole."""

_WRONG_HANDS: dict[Holder, str] = {
    Holder.PORTAL: "signed with a key that the portal holds, and this gate asks for one's own",
    Holder.PERSON: "signed with one's own key, and this gate asks for one that the portal holds",
    Holder.NODE: "signed with the key of a node, and this gate asks for a person's",
}

_Address = tuple[str, Kind, str | None, str | None]
"""Of a subject, a kind, to which gate (None for evidence), in which environment."""


def _addressed(record: Record, subject_ids: Iterable[str]) -> dict[_Address, list[Signed]]:
    """Sort what was said of some subjects by what it speaks to, oldest first."""
    said: dict[_Address, list[Signed]] = {}
    for subject_id in subject_ids:
        for signed in record.of(subject_id):
            one = signed.statement
            said.setdefault((subject_id, one.kind, one.gate, one.environment), []).append(signed)
    return said


def _address(gate: Gate, subject: Subject) -> _Address:
    return (subject.id, gate.kind, gate.id if gate.by is By.SIGN_OFF else None, gate.environment)


def _is_in_right_hands(gate: Gate, signed: Signed) -> bool:
    return gate.by is By.NODE or signed.statement.holder in gate.holders


def _is_good(said: Statement) -> bool:
    return said.result in GOOD or (said.result is None and said.kind not in _WITH_RESULT)


def _changed(signed: Signed, gate: Gate, subject: Subject) -> str:
    said, wanted = signed.statement, subject.digest_of(gate.aspect)
    meant = said.meant(subject.id) or Digest("")
    on = time_text(said.at)[:10]
    what = _MEANT.get(gate.aspect, "")
    return f"{said.speaker} signed {short(meant)[:7]} on {on}; now it is {short(wanted)[:7]}{what}"
