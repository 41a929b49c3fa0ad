"""Variables are filled in where an address is used; an error names them and never what they hold."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError, Place
from assay.project.binding import bind, variables_of

WHERE = Place("assay.yaml", 7)


def test_a_text_without_variables_stays_as_it_is() -> None:
    assert bind("data/*.parquet", {"DATA": "elsewhere"}, WHERE) == "data/*.parquet"


def test_every_variable_is_replaced_by_its_value() -> None:
    assert bind("${HOME_}/${YEAR}/${HOME_}", {"HOME_": "h", "YEAR": "2013"}, WHERE) == "h/2013/h"


def test_a_value_is_not_looked_into() -> None:
    assert bind("${A}", {"A": "${B}", "B": "no"}, WHERE) == "${B}"


def test_the_variables_of_a_text_are_named_once_in_their_order() -> None:
    assert variables_of("${B}/${A}/${B}") == ("B", "A")


def test_all_missing_variables_are_named_and_no_value_is_shown() -> None:
    with pytest.raises(AssayError) as refusal:
        bind("${KEY}@${HOST}/${PORT}", {"KEY": "s3cret"}, WHERE)

    assert [str(fault) for fault in refusal.value.faults] == [
        "assay.yaml:7: expected a value of HOST, found none. Set the variable HOST and try again.",
        "assay.yaml:7: expected a value of PORT, found none. Set the variable PORT and try again.",
    ]
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("text", ["${", "${}", "${A-B}", "${1}", "x${A"])
def test_a_variable_that_is_not_finished_is_refused(text: str) -> None:
    with pytest.raises(AssayError, match=r"expected a variable as \$\{NAME\}"):
        bind(text, {"A": "a"}, WHERE)
