"""Reads a gate table (``process.yaml``): a team's own process in place of the default one, a row a gate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from assay.base.errors import Fault, raise_faults
from assay.base.reading import Document, read_as
from assay.base.roles import HANDS, Role
from assay.lifecycle.gates import By, ChangeClass, Gate, GateTable, Need, Phase, Scope
from assay.lifecycle.statements import Kind
from assay.lifecycle.subjects import Aspect, SubjectKind
from assay.project.files import Entry, Hand, Name, Text, word_of


class NeedEntry(Entry):
    """Another gate, and of whom it is meant.

    Attributes:
        gate: its id.
        scope: of the same subject, of what the subject reads, of the release, or of every subject in it.
    """

    gate: Text
    scope: Annotated[Scope, word_of(Scope)] = Scope.SAME


class GateEntry(Entry):
    """One gate, with the fields of `assay.lifecycle.gates.Gate`.

    Attributes:
        held_by: who may hold the key that a person signs with here.
    """

    id: Text
    per: Annotated[SubjectKind, word_of(SubjectKind)]
    phase: Annotated[Phase, word_of(Phase)]
    title: Text
    kind: Annotated[Kind, word_of(Kind)]
    by: Annotated[By, word_of(By)]
    roles: Annotated[list[Annotated[Role, word_of(Role)]], Field(default_factory=list)]
    environment: Name | None = None
    needs: Annotated[list[NeedEntry], Field(default_factory=list)]
    distinct: Annotated[list[NeedEntry], Field(default_factory=list)]
    same_person: Text | None = None
    classes: Annotated[
        list[Annotated[ChangeClass, word_of(ChangeClass)]], Field(default_factory=lambda: list(ChangeClass))
    ]
    aspect: Annotated[Aspect, word_of(Aspect)] = Aspect.WHOLE
    held_by: Annotated[list[Hand], Field(default_factory=lambda: sorted(HANDS), min_length=1)]
    max_age_days: Annotated[int, Field(ge=1)] | None = None
    authenticated_within_minutes: Annotated[int, Field(ge=1)] | None = None
    delegates: bool | None = None


class ProcessFile(Entry):
    """``process.yaml``: the team's own process in place of the default one, a row a gate.

    Attributes:
        gates: each below the gates that it needs.
    """

    gates: Annotated[list[GateEntry], Field(min_length=1)]


def parse_process(document: Document) -> GateTable:
    """Read a gate table.

    Raises:
        AssayError: all faults of the file: unknown fields and words, two gates of one id, gates that no row above
            has, a gate for people that no role can satisfy, one that asks a machine to show who it is,
            a release order that takes delegates.
    """
    file = read_as(ProcessFile, document)
    raise_faults(_faults(file, document))
    return tuple(_gate(entry) for entry in file.gates)


def _gate(entry: GateEntry) -> Gate:
    return Gate(
        id=entry.id,
        per=entry.per,
        phase=entry.phase,
        title=entry.title,
        kind=entry.kind,
        by=entry.by,
        roles=frozenset(entry.roles),
        environment=entry.environment,
        needs=_needs(entry.needs),
        distinct=_needs(entry.distinct),
        same_person=entry.same_person,
        classes=frozenset(entry.classes),
        aspect=entry.aspect,
        holders=frozenset(entry.held_by),
        max_age_days=entry.max_age_days,
        authenticated_within_minutes=entry.authenticated_within_minutes,
        delegates=entry.kind is not Kind.ORDERED if entry.delegates is None else entry.delegates,
    )


def _needs(entries: list[NeedEntry]) -> tuple[Need, ...]:
    return tuple(Need(entry.gate, entry.scope) for entry in entries)


def _faults(file: ProcessFile, document: Document) -> Iterator[Fault]:
    above: set[str] = set()
    for index, entry in enumerate(file.gates):
        where = ("gates", index)
        if entry.id in above:
            yield document.fault(*where, "id", expected="each gate once", found=f"{entry.id!r} again")
        if entry.by is not By.NODE and not entry.roles:
            hint = "Say in `roles` who can satisfy it."
            yield document.fault(*where, expected="the roles of a gate for people", found="none", hint=hint)
        if entry.authenticated_within_minutes is not None and entry.by is not By.SIGN_OFF:
            yield document.fault(
                *where, "authenticated-within-minutes", expected="a gate by sign-off, where somebody is asked for it",
                found=f"one by {entry.by}",
            )  # fmt: skip
        if entry.delegates and entry.kind is Kind.ORDERED:
            hint = "Take `delegates` out: a release manager gives an order themselves."
            yield document.fault(*where, "delegates", expected="false at a release order", found="true", hint=hint)
        for field, needs in (("needs", entry.needs), ("distinct", entry.distinct)):
            for position, need in enumerate(needs):
                is_upstream = need.gate == entry.id and need.scope is Scope.READS
                if need.gate not in above and not is_upstream:
                    yield _unknown(document, (*where, field, position, "gate"), need.gate)
        if entry.same_person and entry.same_person not in above:
            yield _unknown(document, (*where, "same-person"), entry.same_person)
        above.add(entry.id)


def _unknown(document: Document, path: tuple[str | int, ...], gate: str) -> Fault:
    hint = "Gates stand below those they need."
    return document.fault(*path, expected="a gate of a row above", found=repr(gate), hint=hint)
