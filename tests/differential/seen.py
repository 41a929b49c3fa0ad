"""One rule on which both sides spoke, and what can be asked about it: of the contract, the data and both verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from differential.bench import Outcomes
from differential.cases import Case, Cell, Rule, Stored
from differential.generated import QUERIES
from differential.sides import NOTHING, Said

_BATCHED = frozenset(
    {"required", "range", "length", "pattern", "enum", "nullValues", "missingValues", "invalidValues", "rowCount"}
)
"""What the peer measures in one query a table."""

_BOUNDS = {
    "minimum": ("minimum",),
    "maximum": ("maximum",),
    "exclusiveMinimum": ("minimum", "not equal"),
    "exclusiveMaximum": ("maximum", "not equal"),
}
"""The peer's checks of each bound."""

_NAMED = frozenset({"nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"}) | {
    "freshness",
    "retention",
}
"""What the peer names by column and metric alone, however many rules there are."""

_ANSWERS = {query: kind for kind, query, _ in QUERIES}

_HELD = {
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "decimal(10,2)": "DECIMAL(10,2)",
    "decimal": "DECIMAL(10,2)",
    "double": "DOUBLE",
    **dict.fromkeys(("varchar", "varchar(20)", "text"), "VARCHAR"),
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp_ntz": "TIMESTAMP",
    "timestamp_tz": "TIMESTAMPTZ",
}
"""Physical types that contracts name here to the stored type that keeps the promise; others no stored type keeps."""

VERDICTS = frozenset({"pass", "warn", "fail"})
"""Outcomes that say something of the data."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One rule and what both sides said of it.

    Attributes:
        is_loaded: whether ``ours`` is what Assay says of the data as the peer loads it, and not as it is stored.
    """

    outcomes: Outcomes
    rule: Rule
    ours: Said
    theirs: Said
    is_loaded: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        """Both outcomes, Assay's first."""
        return self.ours.outcome, self.theirs.outcome

    @property
    def case(self) -> Case:
        """What was tested."""
        return self.outcomes.case

    @property
    def stored(self) -> Stored | None:
        """The column that the rule is about, as it is stored."""
        return self.case.stored(self.rule)

    @property
    def kind(self) -> str:
        """The type of that column; empty where there is none."""
        if self.is_loaded and self.rule.column:
            return str(self.outcomes.types[self.rule.dataset][self.rule.column])
        return self.stored.kind if self.stored else ""

    @property
    def part(self) -> Mapping[str, Any]:
        """What the contract says of that column."""
        return self.case.property(self.rule)

    @property
    def options(self) -> Mapping[str, Any]:
        """The column's logicalTypeOptions."""
        options: Mapping[str, Any] = self.part.get("logicalTypeOptions", {})
        return options


@dataclass(frozen=True, slots=True)
class Example:
    """A contract and its data that show a deviation at one of its rules."""

    case: Case
    rule: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """A kind of deviation.

    Attributes:
        ours: what Assay says, in words.
        theirs: what the peer says.
        source: where the reason comes from: the semantics that the project fixed, or a defect of the peer.
        holds: whether what was seen is of this kind.
    """

    name: str
    ours: str
    theirs: str
    why: str
    source: str
    holds: Callable[[Seen], bool]
    example: Example


def _peer_keys(rule: Rule) -> list[str]:
    """Return the names under which the peer keeps the results of a rule within its dataset."""
    column, entry = rule.column, rule.entry
    if rule.what == "range":
        return [f"{column} {kind}" for name in entry["logicalTypeOptions"] for kind in _BOUNDS.get(name, ())]
    return [] if rule.what not in _NAMED or _is_unrunnable(rule) else [f"{column} {rule.what}"]


def _is_unrunnable(rule: Rule) -> bool:
    """Say whether the peer only warns of a library rule."""
    if rule.what in {"duplicateValues", "rowCount"}:
        return rule.entry.get("unit") == "percent"
    return rule.what == "invalidValues" and "arguments" not in rule.entry


def _beside(seen: Seen) -> list[Rule]:
    """Return the other rules of the dataset."""
    return [one for one in seen.outcomes.rules if one.dataset == seen.rule.dataset and one.key != seen.rule.key]


def is_overwritten(seen: Seen) -> bool:
    """Say whether the peer shows another rule's result, or none, as this rule's."""
    sharing = [one for one in _beside(seen) if set(_peer_keys(one)) & set(_peer_keys(seen.rule))]
    shown = {seen.outcomes.of_ours(one).outcome for one in sharing}
    return seen.rule.what not in _BATCHED and bool(sharing) and seen.theirs.outcome in {NOTHING, *shown}


def _is_batched(seen: Seen) -> bool:
    return seen.rule.what in _BATCHED or seen.rule.what == "primaryKey"


def is_lost_by_name(seen: Seen) -> bool:
    """Say whether two rules of the peer's one query share a name, so that the query fails for all."""
    keys = [key for one in (seen.rule, *_beside(seen)) if one.what in _BATCHED for key in _peer_keys(one)]
    is_lost = seen.theirs.outcome == NOTHING or seen.theirs.words.startswith("Error evaluating check")
    return _is_batched(seen) and is_lost and len(set(keys)) < len(keys)


def is_lost_beside(seen: Seen) -> bool:
    """Say whether another rule of the peer's one query cannot be put to the data, so that the query fails for all."""
    broken = [
        one for one in _beside(seen) if one.what in _BATCHED and seen.outcomes.of_ours(one).outcome in {"error", "skip"}
    ]
    return _is_batched(seen) and seen.theirs.words.startswith("Error evaluating check") and bool(broken)


def are_verdicts(seen: Seen) -> bool:
    """Say whether both sides measured the data."""
    return set(seen.pair) <= VERDICTS and not seen.theirs.is_unevaluated


def is_of_texts(seen: Seen) -> bool:
    """Say whether a rule tests characters: a length or a pattern."""
    has_pattern = "pattern" in seen.rule.entry.get("arguments", {})
    return seen.rule.what in {"pattern", "length"} or (seen.rule.what == "invalidValues" and has_pattern)


def has_cells(seen: Seen, *cells: Cell) -> bool:
    """Say whether the column holds one of these values."""
    return seen.stored is not None and any(cell in seen.stored.cells for cell in cells)


def is_all_null(seen: Seen) -> bool:
    """Say whether the column holds no value at all."""
    return seen.stored is None or all(cell is None for cell in seen.stored.cells)


def answers(seen: Seen, kind: str) -> bool:
    """Say whether a rule is a query that gives an answer of a kind (see `generated.QUERIES`)."""
    return seen.rule.what == "sql" and _ANSWERS.get(seen.rule.entry["query"]) == kind


def is_near(seen: Seen) -> bool:
    """Say whether a percentage of the rows lies so close to a limit that six digits cannot tell them apart."""
    limits = [value for name, value in seen.rule.entry.items() if name.startswith("must")]
    ends = [end for limit in limits for end in (limit if isinstance(limit, list) else [limit])]
    count = len(seen.stored.cells) if seen.stored else 0
    shares = [100 * bad / count for bad in range(count + 1) if count]
    return any(0 < abs(share - end) < 1e-6 for share in shares for end in ends)


def may_be_absent(part: Mapping[str, Any]) -> bool:
    """Say whether a column's property lets it be left out."""
    return {"property": "allowAbsent", "value": True} in part.get("customProperties", ())


def is_about_absent(seen: Seen) -> bool:
    """Say whether a rule is about a column that may be absent, and is; of a whole dataset, whether there is one."""
    dataset = next(one for one in seen.case.schema if one["name"] == seen.rule.dataset)
    parts = [seen.part] if seen.rule.column else dataset["properties"]
    table = seen.case.table(seen.rule.dataset)
    return any(may_be_absent(part) and table.find(part["name"]) is None for part in parts)


def is_of_measure(seen: Seen) -> bool:
    """Say whether a rule is about a measure; a relationship of a whole dataset, whether there is one."""
    dataset = next(one for one in seen.case.schema if one["name"] == seen.rule.dataset)
    parts = [seen.part] if seen.rule.column else dataset["properties"]
    return any(part.get("semanticType") == "measure" for part in parts)


def is_stored_otherwise(seen: Seen) -> bool:
    """Say whether a column's type breaks a promise that goes beyond number, text or date."""
    physical, has_zone = seen.part.get("physicalType"), seen.options.get("timezone")
    is_fraction = seen.part.get("logicalType") == "integer" and seen.kind.startswith(("DECIMAL", "DOUBLE"))
    is_other = physical is not None and _HELD.get(physical) != seen.kind
    return is_fraction or is_other or has_zone not in {None, seen.kind == "TIMESTAMPTZ"}
