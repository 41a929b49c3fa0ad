"""Regular expressions: what nobody can run, and what an engine of linear time cannot."""

from __future__ import annotations

import pytest

from assay.contract.patterns import beyond_linear, pattern_problem


@pytest.mark.parametrize("pattern", ["(", "[a-", "a**", "(?P<n>a)(?P<n>b)", "x{2,1}"])
def test_a_pattern_that_no_dialect_knows_has_a_problem(pattern: str) -> None:
    assert pattern_problem(pattern)


@pytest.mark.parametrize(
    "pattern", [r"^\p{Lu}+$", r"(?<year>\d{4})", r"\z", "[[:alpha:]]", "[a&&b]", "[--a]", "[a||b]"]
)
def test_a_pattern_that_some_dialect_knows_has_none_and_nothing_warns(pattern: str) -> None:
    assert pattern_problem(pattern) is None


def test_a_pattern_without_end_is_a_problem_and_no_crash() -> None:
    assert pattern_problem("(" * 20_000 + ")" * 20_000)


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("a(?=b)", "a lookahead at character 1"),
        ("(?!b)", "a negative lookahead at character 0"),
        ("(?<=b)", "a lookbehind at character 0"),
        ("(?<!b)", "a negative lookbehind at character 0"),
        ("(?>a)", "an atomic group at character 0"),
        (r"(a)\1", "a back reference at character 3"),
        (r"(?<n>a)\k<n>", "a back reference at character 7"),
        ("a++", "a possessive repetition at character 1"),
        ("a{2,3}+", "a possessive repetition at character 1"),
        ("a{1001}", "more than 1,000 repetitions at character 1"),
    ],
)
def test_what_an_engine_of_linear_time_cannot_run_is_named(pattern: str, what: str) -> None:
    assert beyond_linear(pattern) == what


@pytest.mark.parametrize(
    "pattern", ["(?:a|b)+", "(?<n>a)", "[(?=]", r"\(?=", r"\\1", "[a+]+", "a{1000}", "a+?", "(?i)a"]
)
def test_what_it_can_run_is_let_be(pattern: str) -> None:
    assert beyond_linear(pattern) is None
