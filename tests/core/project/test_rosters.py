"""Who may sign at a node follows from its ledger: from what two admins of the roster that stood have signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.canonical import canonical_json
from assay.base.errors import AssayError
from assay.base.ports import Event, Head
from assay.base.reading import read_yaml
from assay.base.roles import Holder, NodeIdentity
from assay.lifecycle.chain import EMPTY, head_of, links
from assay.lifecycle.envelopes import seal
from assay.lifecycle.statements import Kind, Statement, time_text
from assay.project.roster_changes import RosterChange, differences, pack_change, sign_change, unpack_change
from assay.project.roster_file import RosterFile
from assay.project.rosters import (
    GIVEN,
    RECORDED,
    RosterVersion,
    able_admins,
    change_details,
    content_text,
    content_value,
    given_statement,
    project_of_node,
    read_content,
    recorded,
    subject_of_roster,
    verify_change,
    versions_after,
)
from fakes.cast import START, SeededSigner

OWN = NodeIdentity("harbour", (SeededSigner("harbour").public,))
LATER = START + timedelta(hours=1)
SEEN = START + timedelta(hours=2)


def entry(name: str, *roles: str, keys: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """Write a person with the keys that `SeededSigner` makes of these texts, else of their name."""
    held = [{"public": SeededSigner(seed).public.raw.hex()} for seed in keys or (name,)]
    return {"email": f"{name}@example.org", "name": name.title(), "roles": list(roles), "keys": held, **more}


ALMA, BO, CYD = entry("alma", "admin", keys=("alma", "alma 2")), entry("bo", "admin"), entry("cyd", "admin")
ADA, PIA = entry("ada", "engineer"), entry("pia", "admin")
PIA["keys"][0]["held-by"] = "portal"
DEE = entry("dee", "admin", **{"for": ["ontime"]})
FIRST = [ALMA, BO, ADA, PIA, DEE]


def content(*people: dict[str, Any], **more: Any) -> RosterFile:
    """Read a roster, whether or not it can be lived with."""
    return RosterFile.model_validate({"people": list(people), **more}, strict=True)


def with_keys(person: dict[str, Any], **times: str) -> dict[str, Any]:
    """Say of somebody's first key from when to when it counts."""
    named = {name.replace("_", "-"): moment for name, moment in times.items()}
    first, *others = person["keys"]
    return {**person, "keys": [{**first, **named}, *others]}


@dataclass(slots=True)
class Chain:
    """The ledger of a node in the making."""

    events: tuple[Event, ...] = ()

    def append(self, *envelopes: bytes, at: Any = SEEN) -> None:
        head = head_of(self.events[-1]) if self.events else EMPTY
        self.events += links(head, at, [(RECORDED, recorded(envelopes))])

    @property
    def versions(self) -> tuple[RosterVersion, ...]:
        return versions_after((), self.events, OWN)

    @property
    def present(self) -> RosterVersion:
        return self.versions[-1]

    def propose(self, *people: dict[str, Any], **more: Any) -> RosterChange:
        return RosterChange(self.events[self.present.head.seq - 1], content(*people, **more), "As agreed.")


def chain(*people: dict[str, Any], **more: Any) -> Chain:
    made = Chain()
    given = given_statement("harbour", content(*(people or FIRST), **more), GIVEN, START)
    made.append(seal(given, SeededSigner("harbour")), at=START)
    return made


def signed(change: RosterChange, *seeds: str) -> RosterChange:
    for seed in seeds:
        change = sign_change(change, SeededSigner(seed), LATER)
    return change


def word(change: RosterChange, seed: str, email: str, **changes: Any) -> bytes:
    """Sign a change as a program might that holds a key and asks nobody."""
    said = Statement(
        kind=Kind.ROSTER_CHANGED, subjects=(subject_of_roster("harbour", change.content),), signer=email,
        holder=Holder.PERSON, at=LATER, project=project_of_node("harbour"), reason=change.reason,
        details=change_details(head_of(change.base), change.content),
    )  # fmt: skip
    return seal(replace(said, **changes), SeededSigner(seed))


def verify(made: Chain, *envelopes: bytes) -> RosterFile:
    return verify_change(envelopes, made.present, OWN, SEEN, "change")


def refused(made: Chain, *envelopes: bytes) -> str:
    with pytest.raises(AssayError) as caught:
        verify(made, *envelopes)
    return str(caught.value)


AFTER = [ALMA, BO, CYD]
A, B = "alma@example.org", "bo@example.org"


# --- what holds ------------------------------------------------------------------------------------------------------


def test_the_first_roster_is_what_the_node_says_that_it_was_given() -> None:
    (version,) = chain().versions
    assert (version.signers, version.reason, version.is_first) == (("harbour",), "given", True)
    assert version.content == content(*FIRST)


def test_two_admins_change_it_and_the_ledger_says_so() -> None:
    made = chain()
    change = signed(made.propose(*AFTER), "alma", "bo")
    assert verify(made, *change.envelopes) == content(*AFTER)
    made.append(*change.envelopes)
    assert made.present == RosterVersion(head_of(made.events[1]), content(*AFTER), (A, B), SEEN, "As agreed.")


def test_an_admin_whose_role_ends_with_a_change_signs_that_change_and_none_after_it() -> None:
    made = chain(ALMA, BO, CYD)
    made.append(*signed(made.propose(entry("alma", "engineer"), BO, CYD), "alma", "bo").envelopes)
    after = made.propose(ALMA, BO, CYD)
    told = refused(made, word(after, "alma", A), word(after, "bo", B))
    assert f"expected the signature of an admin of the present roster, for everything, found {A}: engineer" in told
    assert "Admins: bo@example.org, cyd@example.org." in told


def test_three_signatures_are_as_good_as_two() -> None:
    made = chain(ALMA, BO, CYD)
    assert verify(made, *signed(made.propose(ALMA, BO), "alma", "bo", "cyd").envelopes) == content(ALMA, BO)


def test_two_agree_that_one_is_enough_and_then_one_is() -> None:
    made = chain()
    made.append(*signed(made.propose(ALMA, **{"changes-signed-by": 1}), "alma", "bo").envelopes)
    made.append(*signed(made.propose(ALMA, BO), "alma").envelopes)
    assert made.present.content.changes_signed_by == 2
    assert "two different admins" in refused(made, *signed(made.propose(ALMA, BO, ADA), "alma").envelopes)


def test_another_key_of_an_admin_is_as_good() -> None:
    made = chain()
    assert verify(made, *signed(made.propose(*AFTER), "alma 2", "bo").envelopes) == content(*AFTER)


# --- what does not ---------------------------------------------------------------------------------------------------


def test_one_admin_alone_changes_nothing() -> None:
    made = chain()
    told = refused(made, *signed(made.propose(*AFTER), "alma").envelopes)
    assert told == (
        "change: expected the signatures of two different admins, found alma@example.org. "
        "Another admin signs it with: assay node roster sign"
    )


def test_nobody_at_all_changes_nothing() -> None:
    assert "found no signature that holds" in refused(chain())


def test_one_person_by_two_keys_is_one() -> None:
    made = chain()
    change = made.propose(*AFTER)
    told = refused(made, word(change, "alma", A), word(change, "alma 2", A))
    assert "expected the signatures of two different admins, found alma@example.org, 2 times" in told
    with pytest.raises(AssayError, match="who signed it already"):
        signed(change, "alma", "alma 2")


@pytest.mark.parametrize(
    ("seed", "changes", "says"),
    [
        ("ada", {"signer": "ada@example.org"}, "found ada@example.org: engineer"),
        ("dee", {"signer": "dee@example.org"}, "found dee@example.org: admin, for ontime"),
        ("pia", {"signer": "pia@example.org", "holder": Holder.PORTAL}, "found one held by: portal"),
        ("cyd", {"signer": "cyd@example.org"}, "expected a key of somebody on the roster, found the unknown key"),
        ("harbour", {"signer": "harbour", "holder": Holder.NODE}, "found harbour: no person"),
        ("alma", {"signer": B}, f"expected a statement by {A}, whose key signed it"),
        ("bo", {"on_behalf_of": "cyd@example.org"}, f"expected the word of {B} alone, found one on behalf of cyd"),
        ("bo", {"kind": Kind.ROSTER_GIVEN}, "expected a change of the roster, found roster-given"),
        ("bo", {"kind": Kind.ACCEPTED}, "expected a change of the roster, found accepted"),
        ("bo", {"project": "node:quay"}, "expected a statement of the project node:harbour, found one of the project"),
        ("bo", {"project": "harbour"}, "expected a statement of the project node:harbour"),
        ("bo", {"reason": "Another one."}, "expected the same change in every signature, found different ones"),
        ("bo", {"details": {}}, "expected the same change in every signature"),
    ],
    ids=["an engineer", "an admin of one product", "a key that the portal holds", "an admin whom the change brings",
         "the node", "another's key", "a delegate", "a first roster", "a sign-off", "another node", "a project",
         "another reason", "nothing"],
)  # fmt: skip
def test_who_else_signs_is_no_second_admin(seed: str, changes: dict[str, Any], says: str) -> None:
    made = chain()
    change = made.propose(*AFTER)
    email = changes.get("signer", f"{seed}@example.org")
    other = word(change, seed, email, **{key: value for key, value in changes.items() if key != "signer"})
    assert says in refused(made, word(change, "alma", A), other)


@pytest.mark.parametrize(
    ("times", "says"),
    [
        ({"revoked_at": time_text(START)}, "expected a signature made before the key was revoked"),
        ({"revoked_at": time_text(SEEN)}, "found one that was revoked at"),
        ({"active_from": time_text(SEEN)}, "expected a signature made when the key was active"),
        ({"compromised_since": time_text(SEEN)}, "expected a signature that was seen here before"),
    ],
    ids=["revoked before", "revoked since it signed", "not active yet", "compromised"],
)
def test_a_key_that_is_not_good_when_the_change_comes_signs_none(times: dict[str, str], says: str) -> None:
    made = chain(ALMA, with_keys(BO, **times), CYD)
    change = made.propose(ALMA, CYD)
    assert says in refused(made, word(change, "alma", A), word(change, "bo", B))


def test_a_key_signs_no_change_that_says_itself_that_it_is_compromised() -> None:
    made = chain(ALMA, BO, CYD)
    change = made.propose(ALMA, with_keys(BO, compromised_since=time_text(START)), CYD)
    told = refused(made, *signed(change, "alma", "bo").envelopes)
    assert "expected a key of bo@example.org that this change itself believes, found one that it says is" in told
    assert verify(made, *signed(change, "alma", "cyd").envelopes) == change.content


def test_a_change_of_an_older_roster_is_refused_and_so_is_one_that_stood() -> None:
    made = chain()
    stale = signed(made.propose(ALMA, BO), "alma", "bo")
    replayed = signed(made.propose(*AFTER), "alma", "bo")
    made.append(*replayed.envelopes)
    for change in (stale, replayed):
        told = refused(made, *change.envelopes)
        assert (
            "expected a change of the present roster of harbour (event 2), found one of another roster (event 1)"
            in told
        )


def test_a_change_stays_past_where_the_roster_is_again_what_it_was() -> None:
    made = chain(*AFTER)
    there = signed(made.propose(ALMA, BO), "alma", "bo")
    made.append(*there.envelopes)
    made.append(*signed(made.propose(*AFTER), "alma", "bo").envelopes)
    assert made.present.content == made.versions[0].content
    assert "found one of another roster (event 1)" in refused(made, *there.envelopes)


def test_a_change_for_another_node_with_the_same_people_is_refused() -> None:
    other = Chain()
    quay = NodeIdentity("quay", (SeededSigner("quay").public,))
    other.append(seal(given_statement("quay", content(*FIRST), GIVEN, START), SeededSigner("quay")), at=START)
    change = RosterChange(other.events[0], content(*AFTER), "As agreed.")
    envelopes = signed(change, "alma", "bo").envelopes
    present = versions_after((), other.events, quay)[-1]
    assert verify_change(envelopes, present, quay, SEEN, "change") == content(*AFTER)
    assert "expected a statement of the project node:harbour" in refused(chain(), *envelopes)


@pytest.mark.parametrize(
    ("people", "found"),
    [
        ([ALMA, ADA], A),
        ([ADA], "none"),
        ([ALMA, PIA], A),
        ([ALMA, DEE], A),
        ([ALMA, with_keys(BO, revoked_at=time_text(START))], A),
        ([ALMA, with_keys(BO, compromised_since=time_text(SEEN))], A),
        ([ALMA, with_keys(BO, active_from=time_text(SEEN + timedelta(hours=1)))], A),
        ([ALMA, {**BO, "keys": []}], A),
    ],
    ids=["one admin", "none", "a key that the portal holds", "an admin of one product", "a revoked key",
         "a compromised key", "a key of tomorrow", "no key"],
)  # fmt: skip
def test_a_change_leaves_two_admins_who_can_make_the_next_one(people: list[dict[str, Any]], found: str) -> None:
    made = chain()
    told = refused(made, *signed(made.propose(*people), "alma", "bo").envelopes)
    assert (
        f"expected two admins for every product, each with a good key of their own, to change it later, found {found}"
        in told
    )
    assert "Where there is but one: changes-signed-by: 1, which everybody sees." in told


def test_what_changes_nothing_is_no_change() -> None:
    made = chain()
    assert "expected a change, found the roster as it is" in refused(
        made, *signed(made.propose(*FIRST), "alma", "bo").envelopes
    )


def _taken(people: list[dict[str, Any]]) -> None:
    people.append(entry("eve", "engineer", keys=("harbour",)))


def _shared(people: list[dict[str, Any]]) -> None:
    people.append(entry("eve", "engineer", keys=("bo",)))


def _twice(people: list[dict[str, Any]]) -> None:
    people.append(entry("ALMA".lower(), "engineer", keys=("eve",)) | {"email": "Alma@example.org"})


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (_taken, "expected a key of a person, found the key of the node"),
        (_shared, "expected a key that nobody else holds, found the key of bo@example.org"),
        (_twice, "expected each person once"),
    ],
    ids=["the node's key", "another's key", "one person twice"],
)
def test_a_roster_in_which_a_signature_does_not_say_whose_it_is_is_none(
    edit: Callable[[list[dict[str, Any]]], None], says: str
) -> None:
    people = list(AFTER)
    edit(people)
    made = chain()
    assert says in refused(made, *signed(made.propose(*people), "alma", "bo").envelopes)
    with pytest.raises(AssayError, match=says.split(",", maxsplit=1)[0]):
        read_content(read_yaml(canonical_json({"people": people}), "roster.yaml"), OWN, START)


def test_what_is_signed_must_be_about_the_very_roster_that_it_holds() -> None:
    made = chain()
    change = made.propose(*AFTER)
    subjects = (subject_of_roster("harbour", content(ALMA, BO)),)
    told = refused(made, *(word(change, s, f"{s}@example.org", subjects=subjects) for s in ("alma", "bo")))
    assert "expected a statement about the roster of harbour, found one about something else" in told
    more = {**change_details(head_of(change.base), change.content), "besides": 1}
    assert "found one about something else" in refused(
        made, *(word(change, s, f"{s}@example.org", details=more) for s in ("alma", "bo"))
    )


# --- the ledger ------------------------------------------------------------------------------------------------------


def test_a_roster_in_the_ledger_that_nobody_signed_is_not_believed() -> None:
    made = chain()
    change = made.propose(*AFTER)
    made.append(word(change, "alma", A))
    with pytest.raises(AssayError, match="expected a roster that was recorded as it may be"):
        made.versions  # noqa: B018


@pytest.mark.parametrize("statements", [None, [], [7], ["{}"], "x"])
def test_an_event_of_a_roster_without_its_signatures_is_not_believed(statements: Any) -> None:
    for made in (chain(), Chain()):
        head = head_of(made.events[-1]) if made.events else EMPTY
        made.events += links(head, SEEN, [(RECORDED, {"statements": statements})])
        with pytest.raises(AssayError, match="expected a roster that was recorded as it may be"):
            made.versions  # noqa: B018


def test_a_first_roster_is_the_nodes_own_word() -> None:
    for signer, said in (
        ("harbour", replace(given_statement("harbour", content(*FIRST), GIVEN, START), kind=Kind.ADMITTED)),
        ("alma", given_statement("harbour", content(*FIRST), GIVEN, START)),
        ("harbour", replace(given_statement("harbour", content(*FIRST), GIVEN, START), project="node:quay")),
    ):
        made = Chain()
        made.append(seal(said, SeededSigner(signer)), at=START)
        with pytest.raises(AssayError, match="expected a roster that was recorded as it may be"):
            made.versions  # noqa: B018


@given(cuts=st.lists(st.integers(0, 6), max_size=4))
def test_reading_in_parts_says_what_reading_at_once_says(cuts: list[int]) -> None:
    made = LONG
    versions: tuple[RosterVersion, ...] = ()
    edges = [0, *sorted(cuts), len(made.events)]
    for start, end in pairwise(edges):
        versions = versions_after(versions, made.events[start:end], OWN)
    assert versions == made.versions


def _long() -> Chain:
    made = chain()
    for people in (AFTER, [ALMA, BO], FIRST, [ALMA, BO, ADA], AFTER):
        made.append(*signed(made.propose(*people), "alma", "bo").envelopes)
    return made


LONG = _long()


# --- the file of a change --------------------------------------------------------------------------------------------


def test_a_change_is_read_as_it_was_written() -> None:
    change = signed(chain().propose(*AFTER), "alma")
    assert unpack_change(pack_change(change), "change") == change
    assert (change.node, change.before, change.signers) == ("harbour", content(*FIRST), (A,))


@pytest.mark.parametrize(
    "edit",
    [
        lambda value: value["base"]["data"].update(statements=[]),
        lambda value: value["base"].update(hash="0" * 64),
        lambda value: value["base"].update(seq=7),
        lambda value: value["base"].update(kind="noted"),
        lambda value: value.update(more=1),
        lambda value: value.update(reason=1),
        lambda value: value.update(statements=[1]),
        lambda value: value.update(roster={"people": []}),
        lambda value: value.update(roster=None),
        lambda value: value.pop("base"),
    ],
)
def test_a_change_whose_base_was_altered_or_that_is_none_is_refused(edit: Callable[[Any], object]) -> None:
    value = json.loads(pack_change(chain().propose(*AFTER)))
    edit(value)
    with pytest.raises(AssayError):
        unpack_change(canonical_json(value), "change")


@pytest.mark.parametrize("seed", ["ada", "dee", "pia", "cyd", "stranger"])
def test_nobody_but_an_admin_with_a_key_of_their_own_is_let_sign(seed: str) -> None:
    with pytest.raises(AssayError, match="expected a key that an admin of the present roster of harbour holds"):
        signed(chain().propose(*AFTER), seed)


def test_a_key_that_is_not_good_is_not_let_sign() -> None:
    made = chain(ALMA, with_keys(BO, revoked_at=time_text(START)), CYD)
    with pytest.raises(AssayError, match="found one that was revoked at"):
        signed(made.propose(ALMA, CYD), "bo")


def test_what_a_change_does_is_told_person_by_person() -> None:
    before = content(ALMA, BO, ADA)
    after = content(
        with_keys(ALMA, revoked_at=time_text(START)), {**entry("bo", "admin", keys=("bo new",)), "name": "Bob"},
        {**ADA, "roles": ["engineer", "validator"], "for": ["ontime"]}, CYD, **{"changes-signed-by": 1},
    )  # fmt: skip
    names = {seed: SeededSigner(seed).key_id[:12] for seed in ("alma", "bo", "bo new", "cyd")}
    assert differences(before, after) == (
        "admins who sign a change: 2, then 1",
        f"{A}: key {names['alma']} (held by: person), then key {names['alma']} (held by: person, revoked at "
        f"{time_text(START)})",
        f"{B}: now Bob <{B}>",
        f"{B}: without key {names['bo']} (held by: person); nothing that it signed counts any more",
        f"{B}: key {names['bo new']} (held by: person), new",
        "ada@example.org: engineer, then engineer, validator for ontime alone",
        "cyd@example.org: joins as admin",
        f"cyd@example.org: key {names['cyd']} (held by: person)",
    )
    assert differences(before, content(ALMA, BO))[-1] == (
        "ada@example.org: leaves the roster; nothing that they signed counts any more"
    )
    assert differences(before, before) == ()


def test_the_copy_of_a_roster_reads_as_the_roster() -> None:
    found = content(with_keys(ALMA, revoked_at=time_text(START)), BO, DEE)
    assert read_content(read_yaml(content_text(found), "roster.yaml"), None, START - timedelta(days=1)) == found
    assert content_value(RosterFile.model_validate(content_value(found), strict=True)) == content_value(found)


def test_who_can_change_a_roster_are_admins_of_everything_with_a_good_key_of_their_own() -> None:
    assert able_admins(content(*FIRST), START) == (A, B)
    assert Head(1, head_of(chain().events[0]).hash) == chain().present.head
