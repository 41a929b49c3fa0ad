"""What contracts and dbt (core 1.11) call the same things, as literal tables that export and import both read.

Sources: dbt's reference on data tests, constraints, `config` and `meta`, and its manifest schema, version 12.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from assay.contract.model import Operator, Severity


class As(StrEnum):
    """What the datasets of a contract are in the dbt project."""

    MODELS = "models"
    SOURCES = "sources"


META = ("id", "businessName", "classification", "examples", "encryptedName", "synonyms", "criticalDataElement",
        "transformLogic", "transformDescription", "transformSourceObjects", "dataGranularityDescription")  # fmt: skip
"""Fields of a dataset or a property that are words alone: dbt keeps them under ``meta``, by the same names."""

OF_CONTRACT = ("id", "version", "name", "status", "domain", "tenant")
"""Fields of a contract that are words alone; under ``meta`` of each dataset, in ``contract``."""

NAME_META = "name"
"""Where ``meta`` keeps the name of a property that is stored under another one."""

LIMITS: dict[Operator, str] = {
    Operator.EQUAL: "!= {}",
    Operator.NOT_EQUAL: "= {}",
    Operator.GREATER: "<= {}",
    Operator.GREATER_OR_EQUAL: "< {}",
    Operator.LESS: ">= {}",
    Operator.LESS_OR_EQUAL: "> {}",
    Operator.BETWEEN: "not between {} and {}",
    Operator.NOT_BETWEEN: "between {} and {}",
}
"""Operator to the ``error_if`` that is true where it is broken."""

SEVERITIES: dict[Severity, str] = {Severity.FAIL: "error", Severity.WARN: "warn"}

_JINJA = re.compile(r"\{[{%#]")
_READ_LIMIT = re.compile(r"(!=|<=|>=|=|<|>) *(-?\d+)")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def safe(value: Any) -> Any:
    """Return a value in which nothing is Jinja, which dbt would run: texts, also inside lists and mappings."""
    if isinstance(value, str):
        return _JINJA.sub(lambda match: "{{ '" + match[0] + "' }}", value)
    if isinstance(value, list):
        return [safe(one) for one in value]
    return {safe(name): safe(one) for name, one in value.items()} if isinstance(value, dict) else value


def is_plain(name: str) -> bool:
    """Say whether a name needs no quotation marks, and can stand in a ``ref``."""
    return _PLAIN_NAME.fullmatch(name) is not None


def limit_written(operator: Operator, value: Any) -> str | None:
    """Write the limit of a rule as ``error_if``; None where dbt, which counts in whole numbers, cannot."""
    ends = value if isinstance(value, list) else [value]
    if not all(isinstance(end, int) and not isinstance(end, bool) for end in ends):
        return None
    return LIMITS[operator].format(*ends)


def limit_read(text: str) -> tuple[Operator, int] | None:
    """Read an ``error_if``; None where it is of another form than one comparison."""
    match = _READ_LIMIT.fullmatch(text.strip())
    if match is None:
        return None
    known = {form.removesuffix(" {}"): operator for operator, form in LIMITS.items() if form.count("{}") == 1}
    return known[match[1]], int(match[2])
