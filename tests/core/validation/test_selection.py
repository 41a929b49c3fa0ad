"""Selection: what is asked for is run, and a word that nothing has is named with the nearest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import WrongUsage
from assay.validation.checks import Check
from assay.validation.selection import EVERYTHING, Selection, select_checks
from core.validation.duck import checks_on, contract_of

CHECKS = checks_on(
    contract_of("""\
        schema:
        - name: t
          properties:
          - name: a
            tags: [core]
            quality:
            - {id: a_known, name: A is known, metric: nullValues, mustBe: 0, tags: [nightly]}
            - {id: 'a[0]', metric: nullValues, mustBe: 0, severity: warning, dimension: accuracy}
          - {name: b, unique: true}
          quality: [{id: volume, metric: rowCount, mustBeGreaterThan: 5, tags: [nightly]}]
        """)
)


def ids(words: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the ids of rules, and of what has none the column or dataset, each once."""
    chosen = select_checks(CHECKS, Selection(**words))
    return list(dict.fromkeys(check.id.partition(":")[0] for check in chosen))


def test_without_a_word_every_check_is_wanted() -> None:
    assert select_checks(CHECKS, EVERYTHING) == CHECKS
    assert select_checks((), EVERYTHING) == ()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"rules": ("a_known",)}, ["a_known"]),
        ({"rules": ("A is KNOWN",)}, ["a_known"]),
        ({"rules": ("a[0]",)}, ["a[0]"]),
        ({"rules": ("volume", "a_*")}, ["a_known", "volume"]),
        ({"rules": ("b:uniqu?:*",)}, ["b"]),
        ({"tags": ("nightly",)}, ["a_known", "volume"]),
        ({"tags": ("core",)}, ["a", "a_known", "a[0]"]),
        ({"tags": ("nightly",), "dimensions": ("completeness",)}, ["a_known"]),
        ({"dimensions": ("Uniqueness", "accuracy")}, ["a[0]", "b"]),
        ({"severities": ("warn",)}, ["a[0]", "t"]),
    ],
)
def test_of_one_kind_any_word_is_enough_and_of_several_kinds_each_must_hold(
    words: dict[str, tuple[str, ...]], expected: list[str]
) -> None:
    assert ids(words) == expected


@pytest.mark.parametrize(
    ("words", "place", "hint"),
    [
        ({"rules": ("a_knwon",)}, "--rule a_knwon", "Nearest: a_known"),
        ({"rules": ("x*",)}, "--rule x*", "Nearest: "),
        ({"dimensions": ("complete",)}, "--dimension complete", "Nearest: completeness"),
        ({"tags": ("nightly", "daily")}, "--tag daily", "nightly"),
        ({"severities": ("error",)}, "--severity error", "warn"),
    ],
)
def test_a_word_that_no_rule_has_is_wrong_usage_and_the_nearest_are_named(
    words: dict[str, tuple[str, ...]], place: str, hint: str
) -> None:
    with pytest.raises(WrongUsage) as raised:
        select_checks(CHECKS, Selection(**words))

    assert [(str(fault.where), hint in fault.hint) for fault in raised.value.faults] == [(place, True)]


def test_every_unknown_word_is_named_at_once() -> None:
    with pytest.raises(WrongUsage) as raised:
        select_checks(CHECKS, Selection(rules=("no",), tags=("none",)))

    assert len(raised.value.faults) == 2


def test_words_that_no_rule_has_together_are_wrong_usage_and_not_a_run_of_nothing() -> None:
    with pytest.raises(WrongUsage, match="together"):
        select_checks(CHECKS, Selection(rules=("volume",), dimensions=("uniqueness",)))


@given(st.sampled_from(CHECKS))
def test_every_check_is_found_by_its_own_id(check: Check) -> None:
    assert check in select_checks(CHECKS, Selection(rules=(check.id,)))


@given(st.sampled_from(CHECKS), st.sampled_from(CHECKS))
def test_more_words_of_a_kind_never_find_less(one: Check, other: Check) -> None:
    both = select_checks(CHECKS, Selection(rules=(one.id, other.id)))

    assert set(both) >= set(select_checks(CHECKS, Selection(rules=(one.id,))))
