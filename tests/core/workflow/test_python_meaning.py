"""Two Python sources that compute the same for certain, and those of which nobody can tell."""

from __future__ import annotations

import pytest

from assay.workflow.python_meaning import says_the_same

BASE = '''\
"""Words."""

from __future__ import annotations

import math
from collections.abc import Iterable

READS = {"sales": "sources.sales"}
LIMIT: int = 3


def daily(sales: Iterable) -> Iterable:
    """Return it."""
    top: float = math.ceil(2.5)
    return [sale for sale in sales if sale > top][:LIMIT]
'''

SAME = [
    ("a comment", "READS = ", "# what it reads\nREADS = "),
    ("a docstring", '"""Return it."""', '"""Give it back."""'),
    ("no docstring", '    """Return it."""\n', ""),
    ("the words of the module", '"""Words."""\n', '"""Other words."""\n'),
    ("another annotation", "sales: Iterable) -> Iterable:", "sales: list[int]) -> list[int]:"),
    ("no annotation", "sales: Iterable) -> Iterable:", "sales):"),
    ("no annotation of a value", "LIMIT: int = 3", "LIMIT = 3"),
    ("an import for types alone", "import math\n", "import math\nfrom typing import Any\n"),
    ("what type checkers alone see", "READS = ",
     "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pyarrow\nREADS = "),
    ("quotes", '"sales": "sources.sales"', "'sales': 'sources.sales'"),
    ("a form of a number", "LIMIT: int = 3", "LIMIT: int = 0x3"),
]  # fmt: skip

UNTOLD = [
    ("a number", "[:LIMIT]", "[:LIMIT + 1]"),
    ("a text that is used", '"sources.sales"', '"sources.other"'),
    ("another name of a variable", "top: float = math.ceil(2.5)", "least: float = math.ceil(2.5)"),
    ("an import that is used", "import math\n", "import cmath as math\n"),
    ("an import that runs something", "import math\n", "import math\nimport antigravity\n"),
    ("a mere declaration, which makes a name local", "    top: float = math.ceil(2.5)\n",
     "    top: float = math.ceil(2.5)\n    LIMIT: int\n"),
    ("a branch for type checkers with another for the rest", "READS = ",
     "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    A = 1\nelse:\n    A = 2\nREADS = "),
    ("a decorator", "def daily(", "@staticmethod\ndef daily("),
]  # fmt: skip


def edited(old: str, new: str, text: str = BASE) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(("what", "old", "new"), SAME, ids=[row[0] for row in SAME])
def test_words_for_people_and_type_checkers_do_not_count(what: str, old: str, new: str) -> None:
    assert says_the_same(BASE, edited(old, new))
    assert says_the_same(edited(old, new), BASE)


@pytest.mark.parametrize(("what", "old", "new"), UNTOLD, ids=[row[0] for row in UNTOLD])
def test_anything_else_may_compute_otherwise(what: str, old: str, new: str) -> None:
    assert not says_the_same(BASE, edited(old, new))
    assert not says_the_same(edited(old, new), BASE)


def test_a_source_that_reads_its_own_words_or_types_is_compared_with_them() -> None:
    for use in ("print(daily.__doc__)\n", "from typing import get_type_hints\nget_type_hints(daily)\n"):
        text = BASE + use
        assert not says_the_same(text, edited('"""Return it."""', '"""Give it."""', text))
        assert not says_the_same(text, edited(") -> Iterable:", ") -> list:", text))


def test_the_types_in_a_class_and_under_a_decorator_count_for_something_may_be_made_of_them() -> None:
    made = BASE + "\n\n@dataclass\nclass Sale:\n    cents: int\n"
    told = BASE + "\n\n@singledispatch\ndef of(value: int): ...\n"

    assert not says_the_same(made, edited("cents: int", "cents: float", made))
    assert not says_the_same(told, edited("value: int", "value: float", told))
    assert says_the_same(made, edited('"""Return it."""', '"""Give it back."""', made))


CHECKED = """\
from typing import TYPE_CHECKING
{before}
if TYPE_CHECKING:
    RATE = {rate}
"""
REBOUND = [
    "TYPE_CHECKING = True",
    "for TYPE_CHECKING in [True]: ...",
    "TYPE_CHECKING: bool = True",
    "from rates import TYPE_CHECKING",
    "from rates import *",
    "import rates as TYPE_CHECKING",
    "def TYPE_CHECKING(): ...",
    "if (TYPE_CHECKING := True): ...",
    "def f():\n    global TYPE_CHECKING\n    TYPE_CHECKING = True\nf()",
    "match 1:\n    case TYPE_CHECKING: ...",
    "import typing\ntyping.TYPE_CHECKING = True\nfrom typing import TYPE_CHECKING",
    "setattr(sys.modules[__name__], 'TYPE_CHECKING', True)",
]


@pytest.mark.parametrize("before", REBOUND)
def test_what_type_checkers_alone_see_counts_where_the_name_may_mean_something_else(before: str) -> None:
    assert says_the_same(CHECKED.format(before="", rate=2), CHECKED.format(before="", rate=3))
    assert not says_the_same(CHECKED.format(before=before, rate=2), CHECKED.format(before=before, rate=3))


def test_what_stands_before_the_import_of_its_name_is_no_branch_for_type_checkers() -> None:
    text = "if TYPE_CHECKING:\n    RATE = {}\nfrom typing import TYPE_CHECKING\n"

    assert not says_the_same(text.format(2), text.format(3))


PASSED_ON = [
    "from functools import singledispatch\n@singledispatch\ndef f(x):\n    return 1\nf.register(g)\n",
    "import pandera as pa\nRUN = pa.check_types(g)\n",
    "h = g\n",
    "ALL = [g]\n",
    "@g\ndef f(x):\n    return 1\n",
    "def f():\n    return g\n",
]


@pytest.mark.parametrize("use", PASSED_ON)
def test_the_types_of_a_function_count_where_something_else_gets_it(use: str) -> None:
    text = "def g(x: {}) -> {}:\n    return 2\n" + use

    assert not says_the_same(text.format("int", "int"), text.format("str", "int"))
    assert not says_the_same(text.format("int", "int"), text.format("int", "str"))


def test_the_types_of_a_function_that_is_only_called_do_not_count() -> None:
    text = "def g(x: {}):\n    return 2\nprint(g(1))\n"

    assert says_the_same(text.format("int"), text.format("str"))
