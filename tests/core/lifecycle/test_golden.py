"""Golden files: bytes and digests that may never change, for signatures of years rest on them.

A test here that fails says that an upgrade, or we, broke everything that was ever signed. Then the code is to be
mended and not the file; a new form needs a new version beside the old one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assay.base.canonical import canonical_json, digest_bytes, digest_text, digest_value
from assay.base.roles import Holder
from assay.lifecycle.chain import EMPTY, event_line, links
from assay.lifecycle.envelopes import open_envelope, pre_authentication_encoding, seal
from assay.lifecycle.statements import Kind, Meant, Result, Statement, encode
from fakes.cast import CONTRACT, DATASET, EMIL, NODE, PORTIA, PROJECT, ROSTER, START, THE_NODE, SeededSigner, digest

GOLDEN = Path(__file__).parents[2] / "golden"

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**53 - 1,
    1.0,
    0.1,
    1e21,
    1e-7,
    -0.0,
    "",
    'quote " back \\ line \n tab \t nul \x00 del \x7f',
    "\u20ac \u00e9 e\u0301 \U0001d11e",
    [],
    {},
    [1, [2, {"b": 1, "a": [None]}]],
    {"\u20ac": 1, "\r": 2, "1": 3, "\U0001f600": 4, "\u0080": 5, "\u00f6": 6, "\ufb33": 7},
]

EVIDENCE = Statement(
    kind=Kind.POPULATED,
    subjects=(Meant(DATASET.id, DATASET.digest),),
    signer=NODE,
    holder=Holder.NODE,
    at=START,
    project=PROJECT,
    release="R-0001",
    environment="prod",
    result=Result.WARN,
    details={
        "rows": 336_776,
        "ratio": 0.25,
        "snapshots": {"d": digest("snapshot")},
        "named": "Fl\u00fcge",
        "none": None,
    },
)
SIGN_OFF = Statement(
    kind=Kind.REJECTED,
    subjects=(Meant(DATASET.id, DATASET.digest), Meant(CONTRACT.id, CONTRACT.digest)),
    signer=EMIL.email,
    holder=Holder.PERSON,
    at=START,
    project=PROJECT,
    release="R-0001",
    environment="qa",
    gate="dataset.qa.accepted-by-engineer",
    reason="cancelled flights are counted as on time",
    observed=(digest("evidence"),),
)
SHORTEST = Statement(
    Kind.REQUESTED, (Meant("request:Q-0001", digest("asked")),), PORTIA.email, Holder.PORTAL, START, PROJECT
)


def _values() -> list[dict[str, Any]]:
    return [{"canonical": canonical_json(value).decode(), "digest": digest_value(value)} for value in VALUES]


def _texts() -> list[str]:
    return [digest_text(text) for text in ("", "select 1\n", "select 1\r\n", "\u20ac")]


def _statements() -> list[str]:
    return [encode(statement).decode() for statement in (EVIDENCE, SIGN_OFF, SHORTEST)]


def _envelopes() -> list[dict[str, str]]:
    sealed = [seal(statement, SeededSigner(statement.signer)) for statement in (EVIDENCE, SIGN_OFF, SHORTEST)]
    return [{"envelope": content.decode(), "digest": digest_bytes(content)} for content in sealed]


def _events() -> list[str]:
    facts: list[tuple[str, dict[str, Any]]] = [
        ("statement-recorded", {"statement": digest("envelope"), "kind": "built", "subjects": [DATASET.id]}),
        ("intent-done", {"key": "R-0001/zone", "read_back": {"revision": 3}}),
        ("empty", {}),
    ]
    return [event_line(event).decode() for event in links(EMPTY, START, facts)]


CASES: dict[str, Callable[[], Any]] = {
    "canonical": _values,
    "texts": _texts,
    "statements": _statements,
    "envelopes": _envelopes,
    "events": _events,
    "keys": lambda: [person.keys[0].id for person in (EMIL, *ROSTER.people)] + [THE_NODE.keys[0].id],
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_once_written_is_written_so_for_ever(name: str) -> None:
    assert CASES[name]() == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_what_was_once_sealed_opens_for_ever() -> None:
    golden = json.loads((GOLDEN / "envelopes.json").read_text(encoding="utf-8"))
    roster = replace(ROSTER, people=(*ROSTER.people, PORTIA))
    opened = [open_envelope(entry["envelope"].encode(), roster) for entry in golden]
    assert [signed.statement for signed in opened] == [EVIDENCE, SIGN_OFF, SHORTEST]
    assert [signed.digest for signed in opened] == [entry["digest"] for entry in golden]


def test_canonical_json_is_that_of_the_rfc() -> None:
    """The example of RFC 8785, section 3.2.4."""
    value: dict[str, Any] = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical_json(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_what_is_signed_is_the_example_of_the_dsse_protocol() -> None:
    """The test vector of the DSSE protocol, version 1."""
    found = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert found == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
