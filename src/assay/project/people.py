"""From ``people.yaml`` and the nodes of ``assay.yaml`` to the roster of who may sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from assay.base.errors import Fault
from assay.base.reading import Document, Path
from assay.base.roles import Holder, NodeIdentity, Person, PublicKey
from assay.project.files import KeyEntry, PeopleFile, PersonEntry, PersonKeyEntry, ProjectFile
from assay.project.roster_file import RosterFile, RosterPersonEntry


def people_of(file: PeopleFile | RosterFile) -> tuple[Person, ...]:
    """Return the people with their roles and keys, in the order of the file."""
    return tuple(_person(entry) for entry in file.people)


def nodes_of(file: ProjectFile) -> tuple[NodeIdentity, ...]:
    """Return the nodes that environments name, each once, with all keys that are given for it."""
    keys: dict[str, list[PublicKey]] = {}
    for entry in file.environments.values():
        if entry.node:
            keys.setdefault(entry.node, []).extend(keys_of(entry.keys))
    return tuple(NodeIdentity(name, tuple(dict.fromkeys(found))) for name, found in keys.items())


def keys_of(entries: Sequence[KeyEntry]) -> tuple[PublicKey, ...]:
    """Return keys as they are compared with signatures."""
    return tuple(_key(entry) for entry in entries)


def people_faults(file: PeopleFile | RosterFile, document: Document) -> Iterator[Fault]:
    """Find two entries of one person, and a role or a key that is given twice."""
    first: dict[str, int] = {}
    for index, entry in enumerate(file.people):
        email = entry.email.lower()
        if email in first:
            found = f"{entry.email!r} again (first on line {document.place('people', first[email]).line})"
            yield document.fault("people", index, "email", expected="each person once", found=found)
        first.setdefault(email, index)
        for position, role in enumerate(entry.roles):
            if role in entry.roles[:position]:
                where = ("people", index, "roles", position)
                yield document.fault(*where, expected="each role once", found=repr(str(role)))
        publics = [key.public for key in entry.keys]
        for position, public in enumerate(publics):
            if public in publics[:position]:
                where = ("people", index, "keys", position)
                yield document.fault(*where, expected="each key once", found=f"{public[:12]!r} again")


def project_faults(file: ProjectFile, document: Document) -> Iterator[Fault]:
    """Find keys of an environment that names no node."""
    for name, entry in file.environments.items():
        if entry.keys and entry.node is None:
            where = ("environments", name, "keys")
            hint = "Keys belong to a node; name it with `node`, or take the keys out."
            yield document.fault(
                *where, expected="no keys where there is no node", found=f"{len(entry.keys)}", hint=hint
            )


def shared_keys(
    project: tuple[ProjectFile, Document] | None, people: tuple[PeopleFile | RosterFile, Document] | None
) -> Iterator[Fault]:
    """Find keys that two holders claim: then a signature would not say whose it is."""
    holders: dict[str, str] = {}
    for holder, entries, document, path in _holders(project, people):
        for index, entry in enumerate(entries):
            other = holders.setdefault(entry.public, holder)
            if other != holder:
                hint = "A key stands for one person or node; the other makes a new one with `assay key new`."
                yield document.fault(
                    *path, index, expected="a key that nobody else holds", found=f"the key of {other}", hint=hint
                )


def _holders(
    project: tuple[ProjectFile, Document] | None, people: tuple[PeopleFile | RosterFile, Document] | None
) -> Iterator[tuple[str, Sequence[KeyEntry], Document, Path]]:
    if project:
        for name, entry in project[0].environments.items():
            yield f"the node {entry.node}", entry.keys, project[1], ("environments", name, "keys")
    if people:
        for index, person in enumerate(people[0].people):
            yield person.email, person.keys, people[1], ("people", index, "keys")


def _key(entry: KeyEntry) -> PublicKey:
    holder = entry.held_by if isinstance(entry, PersonKeyEntry) else Holder.NODE
    return PublicKey(
        bytes.fromhex(entry.public), _moment(entry.revoked_at), holder,
        _moment(entry.active_from), _moment(entry.compromised_since),
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _person(entry: PersonEntry) -> Person:
    products = entry.products if isinstance(entry, RosterPersonEntry) else None
    scope = None if products is None else frozenset(products)
    return Person(entry.email, entry.name, frozenset(entry.roles), keys_of(entry.keys), scope)
