"""Every statement reads as a plain sentence."""

from __future__ import annotations

import pytest
from hypothesis import given

from assay.base.roles import Holder
from assay.documentation.deeds import DEEDS, deed, listed, subject_words
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from fakes.cast import PROJECT, START, digest
from fakes.statements import statements


def said(kind: Kind, *subjects: str, environment: str | None = None, result: Result | None = None) -> str:
    meant = tuple(Meant(name, digest(name)) for name in subjects)
    statement = Statement(kind, meant, "x", Holder.PERSON, START, PROJECT, environment=environment, result=result)
    return deed(statement)


DELEGATED = deed(
    Statement(
        Kind.DELEGATED, (Meant("delegation:0a1b", digest("d")),), "a@example.org", Holder.PERSON, START, PROJECT,
        details={"to": "b@example.org", "ends": "2026-03-04"},
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "read"),
    [
        (said(Kind.REQUESTED, "request:Q-0001"), "asked for Q-0001"),
        (said(Kind.APPROVED, "contract:p/d"), "approved the contract of d"),
        (said(Kind.ACCEPTED, "dataset:p/d", "solution:p/s", environment="qa"), "accepted d and s in QA"),
        (said(Kind.CHECKED, "dataset:p/d", environment="prod", result=Result.FAIL), "checked d in production: failed"),
        (said(Kind.BUILT, *(f"dataset:p/{n}" for n in "abcde"), environment="lab"), "built a, b, c and 2 more in lab"),
        (DELEGATED, "named b@example.org to sign off for them until 2026-03-04, in delegation 0a1b"),
        (said(Kind.WITHDRAWN, "delegation:0a1b"), "ended delegation 0a1b"),
        (said(Kind.WITHDRAWN, "dataset:p/d", environment="qa"), "withdrew the rejection of d in QA"),
        (said(Kind.ERASED, "comment:Q-0001"), "erased the text of a comment on Q-0001"),
    ],
)
def test_a_statement_reads_as_a_sentence(sentence: str, read: str) -> None:
    assert sentence == read


def test_every_kind_has_a_sentence() -> None:
    assert set(DEEDS) == set(Kind)


def test_a_list_ends_with_and() -> None:
    assert [listed("abcd"[:number]) for number in range(5)] == ["", "a", "a and b", "a, b and c", "a, b, c and 1 more"]


@given(statements)
def test_any_statement_has_a_sentence(statement: Statement) -> None:
    assert deed(statement)
    assert all(subject_words(meant.id) for meant in statement.subjects)
