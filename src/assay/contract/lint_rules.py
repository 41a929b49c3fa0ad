"""The rules that a contract is held to, as one literal table: name, grade and what each means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """What a finding does: a fault refuses the contract, a hint is advice."""

    FAULT = "fault"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class LintRule:
    """One rule: what breaking it does, and why it is there."""

    grade: Grade
    meaning: str


def _fault(meaning: str) -> LintRule:
    return LintRule(Grade.FAULT, meaning)


def _hint(meaning: str) -> LintRule:
    return LintRule(Grade.HINT, meaning)


_FORM: dict[str, LintRule] = {
    "file-unreadable": _fault("The file cannot be read, or is no YAML that all readers understand alike."),
    "not-a-contract": _fault("A contract is one mapping."),
    "field-missing": _fault("The standard asks for this field."),
    "field-unknown": _fault(
        "No such field, where it would change what is promised or where another one is plainly meant. Own fields go "
        "under customProperties."
    ),
    "field-kind": _fault("The value is of another kind than the field holds: text, number, list or mapping."),
    "value-not-allowed": _fault("The field has a closed list of values."),
    "api-version-unknown": _fault("Contracts of v3.0, v3.1 and v3.2 are read."),
    "metric-unknown": _fault("The library has five metrics; any other would never be measured."),
    "dimension-unknown": _fault("The standard has seven dimensions of quality, and short names for them."),
    "logical-type-unknown": _fault("The standard's logical types are a closed list."),
    "number-too-large": _fault(
        "A whole number beyond 2^53 has no canonical form, so that the contract could have no digest."
    ),
    "standard-refuses": _fault(
        "The standard's own JSON schema of v3.2.0 refuses it. Looked for by the lint only, and last: reading does not "
        "need it."
    ),
    "field-not-in-standard": _fault(
        "The standard closes this section since v3.1 and knows no such field. It is read and kept, and other tools "
        "will refuse the contract. Own fields go under customProperties."
    ),
}

_NAMES: dict[str, LintRule] = {
    "dataset-name-repeated": _fault("A dataset is known by its name."),
    "property-name-repeated": _fault("A property is known by its name."),
    "server-name-repeated": _fault("A server is known by its name."),
    "id-repeated": _fault("References go by id, so that one may stand once only."),
    "rule-id-repeated": _fault("A verdict is kept under its rule's id: one of two would be lost."),
    "name-differs-in-case": _hint("Many engines do not tell such names apart; then the column would be ambiguous."),
    "version-without-three-numbers": _hint("Products compare versions as MAJOR.MINOR.PATCH and refuse others."),
    "api-version-old": _hint("The standard has gone on; `assay contract upgrade` writes it as v3.2.0."),
    "field-deprecated": _hint("The standard has another place for it, and will drop this one."),
}

_RULES: dict[str, LintRule] = {
    "metric-missing": _fault("A rule that measures nothing would never be checked."),
    "metric-at-dataset": _fault("This metric is of one column; at a dataset it means nothing."),
    "rule-field-missing": _fault("A rule of this type cannot be run, or understood, without the field."),
    "operator-missing": _fault("Without an operator there is no verdict."),
    "operator-extra": _fault("The standard lets a rule carry one operator; of two, tools choose differently."),
    "limit-wrong-type": _fault("An operator compares with a number (a text never equals one)."),
    "limits-out-of-order": _fault("Nothing lies between a higher and a lower number."),
    "values-missing": _fault("The metric needs the list of values that it means."),
    "value-wrong-type": _fault("A value of another type than the column's can never occur in it."),
    "key-missing": _fault("Duplicates of a dataset are counted by a key, named under arguments."),
    "key-property-unknown": _fault("The key names a property that the dataset does not have."),
    "pattern-invalid": _fault("No engine can run it."),
    "rules-contradict": _fault("No data can satisfy both rules, so that one of them always fails."),
    "own-rule-malformed": _fault(
        "A rule for the engine assay, or a customProperty of ours, is not as it has to be; its verdict would be error."
    ),
    "pattern-not-portable": _hint(
        "DuckDB and other engines run regular expressions in linear time (RE2), without lookaround, back references, "
        "atomic groups and possessive repetition; there the rule has no verdict."
    ),
    "rule-without-id": _hint(
        "Its history is kept under an id made from what it means, so that it begins anew when it is changed."
    ),
    "between-includes-ends": _hint(
        "The standard's text reads as if both ends were outside; here, as in SQL and the standard's own tool, they "
        "are inside."
    ),
    "severity-unknown": _hint("Only info, low, minor, trivial, warn and warning let a violation pass with a warning."),
    "null-listed": _hint("Null is never invalid, so that listing it among the valid values changes nothing."),
    "float-compared-exactly": _hint(
        "Binary fractions are rarely equal; give customProperties a tolerance, or compare with a bound."
    ),
    "unit-unknown": _hint("Units are rows and percent; with another one the rule has no verdict."),
    "limit-always-holds": _hint("No data can violate it."),
    "limit-never-holds": _hint("No data can satisfy it."),
    "rule-engine-foreign": _hint("A rule for another engine is not run here; its verdict is skip."),
    "rule-in-words": _hint("A rule in words is for people; its verdict is skip."),
}

_COLUMNS: dict[str, LintRule] = {
    "option-unknown": _fault("The logical type has no such option."),
    "option-wrong-type": _fault("The option holds another kind of value."),
    "bounds-contradict": _fault("No value lies within the bounds."),
    "bound-not-iso": _fault(
        "Bounds of dates and times are compared as moments: YYYY-MM-DD, HH:MM:SS or both, unless a format says else."
    ),
    "enum-empty": _fault("A list of no values lets nothing pass."),
    "enum-value-type": _fault("A value of another type than the column's can never occur in it."),
    "enum-value-repeated": _fault("A value is allowed once."),
    "enum-value-excluded": _fault("The column's own bounds, length or pattern refuse the value that the list allows."),
    "map-missing": _fault("A map says what its keys and values are."),
    "key-may-be-absent": _fault("Without a part of it the key of a row cannot be told, nor be checked."),
    "absent-but-required": _hint("A column that may be left out is held to required only where it is there."),
    "key-stated-optional": _hint("A part of the primary key is never empty, whatever required says."),
    "unique-among-few": _hint("A unique column with a closed list of values has at most as many rows."),
    "example-wrong-type": _hint("The example is of another type than the column."),
}

_BETWEEN: dict[str, LintRule] = {
    "relationship-target-missing": _fault("The reference leads nowhere in this contract."),
    "relationship-many-at-property": _fault("At a property a relationship is of that one column."),
    "relationship-sides-differ": _fault("A key refers column by column."),
    "relationship-from-elsewhere": _fault("A relationship starts at columns of the dataset where it stands."),
    "relationship-to-several": _fault("A key refers to one table."),
    "relationship-not-followed": _hint("It lies in another file; it is kept, and not checked here."),
    "relationship-types-differ": _hint("Values of different logical types are rarely equal."),
    "span-unreadable": _fault("A service level that is measured needs a span of time with its unit."),
    "service-level-element-unknown": _hint("It names no column of this contract; its verdict is error."),
    "service-level-repeated": _hint("Both are held to, so that the stricter one decides."),
    "latency-means-freshness": _hint("Measured on the data, latency of a column is its freshness."),
    "server-type-unknown": _fault("The standard has a list of systems; another one is of type custom."),
    "server-field-missing": _fault("A server of this type cannot be reached without the field."),
}

LINT_RULES: dict[str, LintRule] = {**_FORM, **_NAMES, **_RULES, **_COLUMNS, **_BETWEEN}
"""Name of a rule to what it means. Names are stable: people and pipelines refer to them."""
