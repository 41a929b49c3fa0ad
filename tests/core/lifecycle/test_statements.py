"""Statements: each has one form, and nothing else is read as one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.base.roles import Holder
from assay.lifecycle.statements import Kind, Meant, Result, Statement, decode, encode, parse_time, time_text
from fakes.cast import DATASET, EMIL, PROJECT, START, digest
from fakes.statements import moments, statements

ONE = Statement(
    kind=Kind.CHECKED,
    subjects=(Meant(DATASET.id, DATASET.digest),),
    signer=EMIL.email,
    holder=Holder.PERSON,
    at=START,
    project=PROJECT,
    release="R-0001",
    environment="qa",
    result=Result.PASS,
    observed=(digest("seen"),),
    details={"rows": 12},
)


def _altered(**changes: Any) -> bytes:
    """Write the one statement with other parts, as somebody would who does not know better."""
    value = json.loads(encode(ONE))
    value.update(changes)
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _predicate(**changes: Any) -> bytes:
    return _altered(predicate={**json.loads(encode(ONE))["predicate"], **changes})


@given(statements)
def test_a_statement_that_is_written_and_read_is_the_same(statement: Statement) -> None:
    assert decode(encode(statement)) == statement


@given(statements, st.randoms(use_true_random=False))
def test_the_bytes_do_not_depend_on_the_order_of_the_details(statement: Statement, chance: Any) -> None:
    names = list(statement.details)
    chance.shuffle(names)
    assert encode(replace(statement, details={name: statement.details[name] for name in names})) == encode(statement)


@pytest.mark.parametrize("project", ["", 5, None, ["harbour"]])
def test_a_statement_that_names_no_project_is_not_read(project: Any) -> None:
    with pytest.raises(AssayError):
        decode(_predicate(project=project))


def test_a_statement_without_the_field_of_its_project_is_not_read() -> None:
    predicate = json.loads(encode(ONE))["predicate"]
    del predicate["project"]
    with pytest.raises(AssayError, match="KeyError: 'project'"):
        decode(_altered(predicate=predicate))


@given(moments)
def test_a_moment_is_written_in_utc_to_the_second_and_read_back(moment: Any) -> None:
    assert parse_time(time_text(moment)) == moment
    assert time_text(moment.astimezone(timezone(timedelta(hours=5, minutes=30)))) == time_text(moment)


def test_a_statement_in_its_own_words_is_in_toto() -> None:
    value = json.loads(encode(ONE))
    assert value["_type"] == "https://in-toto.io/Statement/v1"
    assert value["predicateType"] == "urn:assay:statement:checked:1"
    assert value["subject"] == [{"name": "dataset:p/d", "digest": {"sha256": DATASET.digest[7:]}}]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        encode(ONE) + b"\n",
        encode(ONE).replace(b",", b", ", 1),
        _altered(extra=1),
        _altered(_type="https://in-toto.io/Statement/v0.1"),
        _altered(predicateType="urn:assay:statement:checked:2"),
        _altered(predicateType="urn:assay:statement:blessed:1"),
        _altered(predicateType=5),
        _altered(subject=[]),
        _altered(subject=[{"name": "dataset:p/d", "digest": {"sha256": DATASET.digest[7:].upper()}}]),
        _altered(subject=[{"name": ["dataset:p/d"], "digest": {"sha256": DATASET.digest[7:]}}]),
        _altered(subject=[{"name": "a", "digest": {"sha256": d * 64}} for d in "01"]),
        _altered(predicate=[]),
        _predicate(extra=1),
        _predicate(signer=5),
        _predicate(holder="ghost"),
        _predicate(at="2026-03-02T08:00:00+00:00"),
        _predicate(at="2026-3-2T08:00:00Z"),
        _predicate(release=1),
        _predicate(gate=["dataset.qa.checked"]),
        _predicate(environment=""),
        _predicate(result="fine"),
        _predicate(observed="sha256"),
        _predicate(observed=["sha256:1"]),
        _predicate(details=[1]),
        _predicate(details="x"),
        _predicate(reason=None),
    ],
)
def test_what_is_not_exactly_a_statement_is_refused(content: bytes) -> None:
    with pytest.raises(AssayError):
        decode(content)


def test_a_statement_says_which_digest_it_meant_of_a_subject_and_none_of_another() -> None:
    assert ONE.meant(DATASET.id) == DATASET.digest
    assert ONE.meant("dataset:p/other") is None
