"""The chain: nothing in it can be changed, dropped, put between or put in another order without being seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.base.ports import Event
from assay.lifecycle.chain import BEGINNING, EMPTY, event_line, head_of, link, links, parse_event_line, verify_chain
from fakes.cast import START
from fakes.statements import json_values, texts

facts = st.lists(st.tuples(texts, st.dictionaries(texts, json_values, max_size=2)), max_size=4)
CHAIN = links(EMPTY, START, [("opened", {"n": 1}), ("rejected", {"why": "wrong"}), ("closed", {})])


def _relinked(events: Sequence[Event]) -> tuple[Event, ...]:
    """Rewrite history from some events on: right numbers, links and hashes."""
    return links(EMPTY, START, [(event.kind, event.data) for event in events])


@given(facts)
def test_every_chain_as_it_was_made_is_good_and_so_is_every_prefix_of_it(made: list[Any]) -> None:
    events = links(EMPTY, START, made)
    for length in range(len(events) + 1):
        assert verify_chain(events[:length]) == ()


@given(facts, facts)
def test_a_chain_goes_on_where_it_ended(first: list[Any], second: list[Any]) -> None:
    events = links(EMPTY, START, first)
    head = head_of(events[-1]) if events else EMPTY
    more = links(head, START + timedelta(days=1), second)
    assert verify_chain((*events, *more)) == ()
    assert verify_chain(more, head) == ()


@given(facts)
def test_an_event_that_is_written_as_a_line_and_read_is_the_same(made: list[Any]) -> None:
    for event in links(EMPTY, START, made):
        line = event_line(event)
        assert parse_event_line(line, "line") == event
        assert b"\n" not in line


def test_the_first_event_follows_nothing_and_has_the_number_one() -> None:
    first = link(EMPTY, START, "opened", {})
    assert (first.seq, first.previous, first.at) == (1, BEGINNING, "2026-03-02T08:00:00Z")


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-03-02T08:00:01Z"},
        {"kind": "accepted"},
        {"data": {"why": "right"}},
        {"version": 2},
        {"seq": 7},
        {"previous": "f" * 64},
        {"hash": "f" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_field_of_an_event_is_found_at_its_number(change: dict[str, Any]) -> None:
    broken = (CHAIN[0], replace(CHAIN[1], **change), CHAIN[2])
    assert {fault.where.line for fault in verify_chain(broken)} & {change.get("seq", 2)}


@pytest.mark.parametrize("gone", [0, 1])
def test_a_dropped_event_is_found(gone: int) -> None:
    faults = verify_chain([event for i, event in enumerate(CHAIN) if i != gone])
    assert "Events are missing" in str(faults[0])


def test_events_in_another_order_or_twice_are_found() -> None:
    assert verify_chain((CHAIN[0], CHAIN[2], CHAIN[1]))
    assert verify_chain((CHAIN[0], CHAIN[0], CHAIN[1], CHAIN[2]))


def test_a_rewritten_event_gives_every_later_event_another_hash() -> None:
    rewritten = _relinked((CHAIN[0], replace(CHAIN[1], data={"why": ""}), CHAIN[2]))
    assert verify_chain(rewritten) == ()
    assert rewritten[2].hash != CHAIN[2].hash
    assert verify_chain((rewritten[0], rewritten[1], CHAIN[2]))


@pytest.mark.parametrize("number", range(len(CHAIN)))
def test_one_byte_changed_anywhere_in_a_line_is_detected(number: int) -> None:
    line = event_line(CHAIN[number])
    for position, byte in enumerate(line):
        for flip in (0x01, 0x20, 0x80):
            broken = line[:position] + bytes([byte ^ flip]) + line[position + 1 :]
            assert not _passes(broken, number), broken


def test_a_byte_missing_or_added_anywhere_in_a_line_is_detected() -> None:
    line = event_line(CHAIN[1])
    for position in range(len(line) + 1):
        assert not _passes(line[:position] + b" " + line[position:], 1)
        assert position == len(line) or not _passes(line[:position] + line[position + 1 :], 1)


def _passes(line: bytes, number: int) -> bool:
    try:
        event = parse_event_line(line, "line")
    except AssayError:
        return False
    return not verify_chain((*CHAIN[:number], event, *CHAIN[number + 1 :]))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        event_line(CHAIN[0]).replace(b'"data":{"n":1}', b'"data":[1,2]'),
        event_line(CHAIN[0]).replace(b'"n":1', b'"n":NaN'),
        event_line(CHAIN[0]).replace(b'"n":1', b'"n":1,"n":1'),
        event_line(CHAIN[0]).replace(b'"seq":1', b'"seq":"1"'),
        event_line(CHAIN[0]).replace(b'"seq":1', b'"seq":1e999'),
        event_line(CHAIN[0]).replace(b'"seq":1', b'"seq":true'),
        event_line(CHAIN[0]) + b" ",
    ],
)
def test_what_is_not_exactly_a_line_of_a_ledger_is_refused(line: bytes) -> None:
    with pytest.raises(AssayError):
        parse_event_line(line, "export: events.jsonl:1")
