"""What may be gone a little later is told from what somebody has to mend."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError, Busy, Fault, Place, Unavailable, refusal

LASTING = Fault(Place("a"), "b", "c")
PASSING = Fault(Place("a"), "b", "c", is_passing=True)


@pytest.mark.parametrize(
    ("error", "is_passing"),
    [
        (AssayError(LASTING), False),
        (AssayError(PASSING), True),
        (AssayError(PASSING, LASTING), False),
        (AssayError(), False),
        (Busy(LASTING), True),
        (Unavailable(LASTING), True),
        (AssayError(*Busy(LASTING).faults), True),
        (refusal("a", expected="b", found="c"), False),
        (refusal("a", expected="b", found="c", is_passing=True), True),
    ],
)
def test_an_error_passes_when_all_that_stands_in_its_way_does(error: AssayError, is_passing: bool) -> None:
    assert error.is_passing is is_passing


def test_faults_that_say_the_same_are_the_same() -> None:
    assert PASSING == LASTING
