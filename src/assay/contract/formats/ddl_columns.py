"""Columns of a table in SQL: what each is stored as, and what of the contract's words on it that says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from assay.contract.formats.carrying import Part
from assay.contract.formats.constraints import Constraint, Form, constraint_of, take_rule
from assay.contract.formats.contract_cargo import columns_of, rules_of
from assay.contract.formats.ddl_checks import LENGTHS, option_checks, rule_checks
from assay.contract.formats.dialects import ABILITIES, NESTED, Dialect
from assay.contract.formats.sql_types import FORMATS, Stored, logical_of, read_type, stored_type, written_type
from assay.contract.model import Dataset, LogicalType, Property, QualityRule, SemanticType

NOT_STORED = "it is computed from the columns and stored nowhere"
ONLY_WARNS = "it only warns, and a constraint refuses"
SOME_MAY_BE_BAD = "it lets some rows be bad, and a constraint lets none"


@dataclass(slots=True)
class Column:
    """A column on its way.

    Attributes:
        stored: its type, as it was chosen.
        kind: its type, as the dialect spells it.
        checks: conditions on it alone.
    """

    part: Part
    said: Property
    stored: Stored
    kind: str
    is_not_null: bool = False
    is_unique: bool = False
    checks: list[exp.Expr] = field(default_factory=list)


def table_columns(part: Part, dataset: Dataset, dialect: Dialect) -> list[Column]:
    """Make the columns of a dataset, and mark what they say as carried; what is not stored is left."""
    made = []
    for place, said in columns_of(part, dataset):
        if said.semantic_type is SemanticType.COLUMN:
            made.append(_column(place, said, dialect))
        else:
            place.leave_whole(NOT_STORED)
    return made


def unfit(found: Constraint | str, dialect: Dialect, form: Form) -> str | None:
    """Say why a rule is no constraint of a dialect; None where it is one."""
    able = ABILITIES[dialect]
    if isinstance(found, str):
        return f"{found} is no constraint"
    takes = {Form.NOT_NULL: able.has_not_null, Form.UNIQUE: able.has_keys, Form.VALID: able.has_checks}
    if not takes[form]:
        return f"{able.title} takes no such constraint"
    if found.only_warns:
        return ONLY_WARNS
    return None if found.is_absolute else SOME_MAY_BE_BAD


def _column(part: Part, said: Property, dialect: Dialect) -> Column:
    able, stored = ABILITIES[dialect], stored_type(said)
    column = Column(part, said, stored, written_type(stored, dialect))
    part.take("physicalName" if said.physical_name else "name")
    _take_type(part, said, stored, dialect)
    if said.description:
        part.take("description")
    if said.required and able.has_not_null:
        part.take("required")
        column.is_not_null = True
    if said.unique and able.has_keys:
        part.take("unique")
        column.is_unique = True
    if able.has_checks:
        column.checks += option_checks(part, said, stored)
    if able.holds_length and "maxLength" in said.options and stored.digits == (said.options["maxLength"],):
        part.at("logicalTypeOptions").take("maxLength")
        column.checks = [check for check in column.checks if not _is_longest(check)]
    for place, rule in rules_of(part, said):
        _add_rule(column, place, rule, dialect)
    return column


def _add_rule(column: Column, part: Part, rule: QualityRule, dialect: Dialect) -> None:
    found = constraint_of(rule, column.said)
    why = unfit(found, dialect, found.form if isinstance(found, Constraint) else Form.VALID)
    if why is not None or isinstance(found, str):
        part.leave_whole(str(why))
        return
    if found.form is Form.VALID:
        checks = rule_checks(found, column.said, column.stored)
        if isinstance(checks, str):
            part.leave_whole(checks)
            return
        column.checks += checks
    column.is_not_null |= found.form is Form.NOT_NULL
    column.is_unique |= found.form is Form.UNIQUE
    take_rule(part)


def _take_type(part: Part, said: Property, stored: Stored, dialect: Dialect) -> None:
    """Mark what the written type says; what it says otherwise is left, with what it is stored as."""
    kind = written_type(stored, dialect)
    # sqlglot forgets the lengths of DuckDB's texts, which DuckDB does too; the other readers keep them
    back = read_type(kind, None if dialect is Dialect.DUCKDB else dialect)
    why = f"{ABILITIES[dialect].title} stores it as {kind}"
    if said.logical_type is not None:
        _either(part, "logicalType", back is not None and logical_of(back) is said.logical_type, why)
    if said.physical_type:
        _either(part, "physicalType", _is_same(read_type(said.physical_type), back), why)
    options = part.at("logicalTypeOptions")
    asked = FORMATS.get((said.logical_type, str(said.options.get("format")))) if said.logical_type else None
    if asked is not None and back is not None and back.name == asked == stored.name:
        options.take("format")
    is_zoned = back is not None and back.name.endswith("TZ")
    if said.logical_type in {LogicalType.TIMESTAMP, LogicalType.TIME} and said.options.get("timezone") is is_zoned:
        options.take("timezone")
    if back is not None and back.name == stored.name and back.inside:
        _take_inside(part, said, stored, dialect)


def _take_inside(part: Part, said: Property, stored: Stored, dialect: Dialect) -> None:
    """Mark names and types of what lies inside, where the written type has them."""
    for (place, inner), (_, kind) in zip(_inner(part, said), stored.inside, strict=False):
        if inner.name:
            place.take("physicalName" if inner.physical_name else "name")
        _take_type(place, inner, kind, dialect)


def _inner(part: Part, said: Property) -> Iterator[tuple[Part, Property]]:
    yield from columns_of(part, said)
    for steps, inner in ((("items",), said.items), (("map", "key"), said.map_key), (("map", "value"), said.map_value)):
        if inner is not None:
            yield part.at(*steps), inner


def _either(part: Part, name: str, is_carried: bool, why: str) -> None:
    if is_carried:
        part.take(name)
    else:
        part.leave(why, name)


def _is_same(one: Stored | None, other: Stored | None) -> bool:
    if one is None or other is None:
        return False
    names = {"CHAR": "VARCHAR"}
    if one.name in NESTED or other.name in NESTED:
        same = len(one.inside) == len(other.inside) and one.name == other.name
        return same and all(_is_same(a, b) for (_, a), (_, b) in zip(one.inside, other.inside, strict=True))
    is_bare = not one.digits and one.name in names  # `char` without a length is any text
    return (names[one.name] if is_bare else one.name, one.digits) == (other.name, other.digits)


def _is_longest(check: exp.Expr) -> bool:
    return type(check) is LENGTHS["maxLength"] and isinstance(check.this, exp.Length)
