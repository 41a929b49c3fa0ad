"""The functions that a query for Spark may not call, held against what a real Spark says of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from assay.sql.spark import CHANCE, CLOCK, OUTSIDE, SESSION

pytestmark = [pytest.mark.needs("java"), pytest.mark.timeout(300)]

BY_ORDER = frozenset(
    [
        "any_value",
        "array_agg",
        "collect_list",
        "collect_set",
        "collect_union",
        "first",
        "first_value",
        "last",
        "last_value",
        "listagg",
        "max_by",
        "min_by",
        "string_agg",
    ]
)
"""Spark says of these that they depend on the order of rows, as they do in every engine; the page on steps warns."""

NO_FUNCTION = frozenset({"identifier"})
"""What is part of the grammar, and written as a call."""

OF_ARGUMENTS = frozenset({"make_timestamp", "make_timestamp_ltz", "try_make_timestamp_ltz"})
"""Said to give "the current timestamp", and made of year, month, day."""


@pytest.fixture(scope="module")
def functions(spark_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what Spark says of each of its functions, in lower case."""
    command = [spark_python, Path(__file__).with_name("list_functions.py"), tmp_path_factory.mktemp("functions")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    said: dict[str, str] = json.loads(ended.stdout.splitlines()[-1])
    return {name: " ".join(words.lower().split()) for name, words in said.items()}


def test_what_spark_calls_not_deterministic_is_refused(functions: dict[str, str]) -> None:
    unsteady = {name for name, words in functions.items() if "non-deterministic" in words}

    assert len(unsteady) > len(BY_ORDER)
    assert unsteady - CHANCE.names == BY_ORDER


def test_what_asks_the_clock_or_the_session_is_refused(functions: dict[str, str]) -> None:
    asking = ("returns the current ", "the current date", "the current timestamp", "session user", "user name")
    found = {name for name, words in functions.items() if any(sign in words for sign in asking)}

    assert {"current_timestamp", "localtime", "current_user"} <= found
    assert found - CLOCK.names - CHANCE.names - SESSION.names - OF_ARGUMENTS == set()


def test_what_is_refused_is_a_function_of_spark(functions: dict[str, str]) -> None:
    refused = CLOCK.names | CHANCE.names | SESSION.names | OUTSIDE.names

    assert refused - functions.keys() == NO_FUNCTION
