"""The verdicts of both sides in one form: rule to what was said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.reading import read_yaml
from assay.base.snapshots import Column
from assay.contract.model import Contract, Dataset
from assay.contract.parse import parse_contract
from assay.sql.quoting import identifier, text_literal
from assay.validation.checks import checks_of
from assay.validation.reads import compile_reads, split
from assay.validation.verdicts import Results, Rows, Verdict, judge
from differential.cases import Case, Rule
from differential.peer import Answer, Loaded, Told

NOTHING, REFUSED = "nothing", "refused"
"""Beside the five outcomes: no verdict anywhere, and a contract that is not read at all."""

OUTCOMES = {"passed": "pass", "warning": "warn", "failed": "fail", "error": "error", "skipped": "skip"}
"""The peer's results as Assay calls them."""

_GRAVITY = (NOTHING, "skip", "pass", "warn", "fail", "error")
_DERIVED = re.compile(r"(?P<where>[^:]+):(?P<what>\w+):[0-9a-f]+(~\d+)?")

_FIELDS = {
    "field_is_present": "column",
    "field_type": "type",
    "field_physical_type": "type",
    "field_required": "required",
    "field_unique": "unique",
    "field_minimum": "range",
    "field_maximum": "range",
    "field_not_equal": "range",
    "field_min_length": "length",
    "field_max_length": "length",
    "field_regex": "pattern",
    "field_enum": "enum",
    "field_relationships": "relationship",
}
"""The peer's kind of check to the field of the contract that it comes from."""

_KEYS = frozenset({"field_primary_key_required", "field_primary_key_unique", "primary_key_unique"})


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says of a rule: an outcome, `NOTHING` or `REFUSED`, and the reason in its own words."""

    outcome: str
    words: str = ""

    @property
    def is_unevaluated(self) -> bool:
        """Whether the peer means by its failure that it could not evaluate the rule."""
        return self.words.startswith(("Error evaluating check", "Column '"))


def assay_verdicts(
    connection: duckdb.DuckDBPyConnection, contract: str, tables: Mapping[str, str], now: datetime
) -> dict[str, Said]:
    """Test a contract with Assay.

    Args:
        connection: where the tables are made; what is there under their names is replaced.
        contract: as YAML.
        tables: dataset to the query that reads its data.
        now: the moment against which ages are measured.

    Returns:
        Rule to verdict, each exactly once; of a contract that Assay refuses only `REFUSED`, with the faults.
    """
    try:
        read = parse_contract(read_yaml(contract, "contract.yaml"))
    except AssayError as error:
        return {REFUSED: Said(REFUSED, str(error))}
    for name, query in tables.items():
        connection.execute(f"CREATE OR REPLACE TABLE {identifier(name)} AS {query}")
    said: dict[str, Said] = {}
    for dataset in read.datasets:
        for verdict in _judged(read, dataset, connection, now):
            key = _key(verdict.check_id, dataset.name)
            assert key not in said, f"two verdicts on {key}"
            said[key] = Said(str(verdict.outcome), verdict.message)
    return said


def _judged(
    contract: Contract, dataset: Dataset, connection: duckdb.DuckDBPyConnection, now: datetime
) -> Iterable[Verdict]:
    described = connection.execute(f"DESCRIBE {identifier(dataset.name)}").fetchall()
    columns = [Column(name, kind) for name, kind, *_ in described]
    plan = compile_reads(checks_of(contract, dataset), TableRef(None, dataset.name), columns)
    results: dict[str, Rows | str] = {}
    for read in plan.reads:
        results[read.id] = _asked(connection, read.sql)
        if isinstance(results[read.id], str):
            results |= {part.id: _asked(connection, part.sql) for part in split(read)}
    given: Results = results
    return judge(plan, given, now)


def _asked(connection: duckdb.DuckDBPyConnection, sql: str) -> Rows | str:
    try:
        return connection.execute(sql).fetchall()
    except duckdb.Error as error:
        return str(error)


def _key(check_id: str, dataset: str) -> str:
    match = _DERIVED.fullmatch(check_id)
    if match is None:
        return check_id
    where = "" if match["where"] == dataset else f".{match['where']}"
    return f"{dataset}{where}.{match['what']}"


def as_stored(case: Case, folder: Path) -> dict[str, str]:
    """Return for each dataset of a case the query that reads its Parquet file."""
    return {table.name: _file(folder, table.name) for table in case.tables}


def as_loaded(case: Case, folder: Path, loaded: Loaded) -> dict[str, str]:
    """Return for each dataset the query that reads its file as the peer does: with the contract's columns and types.

    A column whose name is not the contract's to the letter is null there; where all are so, there are no rows.
    Running them fails where the values cannot be made that type, or the peer knows none.
    """
    queries = {}
    for dataset, types in loaded.items():
        stored = {column.name for column in case.table(dataset).columns}
        parts = [
            f"CAST({identifier(name) if name in stored else 'NULL'} AS {kind}) AS {identifier(name)}"
            for name, kind in types.items()
        ]
        rows = "TRUE" if stored & set(types) else "FALSE"
        queries[dataset] = f"SELECT {', '.join(parts)} FROM ({_file(folder, dataset)}) WHERE {rows}"
    return queries


def _file(folder: Path, dataset: str) -> str:
    return f"SELECT * FROM read_parquet({text_literal(str(folder / f'{dataset}.parquet'))})"


def peer_verdicts(case: Case, answer: Answer) -> dict[str, Said]:
    """Return rule to what the peer said of it; the worst where it makes several checks of one promise."""
    return {rule.key: _worst([told for told in answer.told if _is_of(told, rule, case)]) for rule in case.rules()}


def run_failure(answer: Answer) -> str:
    """Return why the peer tested nothing; empty where it did."""
    return next((told.reason for told in answer.told if told.type in {"general", "schema", "lint"}), "")


def _is_of(told: Told, rule: Rule, case: Case) -> bool:
    if told.rule is not None:
        return told.rule == rule.key
    if told.model != rule.dataset:
        return False
    if rule.what == "primaryKey":
        return told.type in _KEYS or _keeps_key(told, rule, case)
    return _FIELDS.get(told.type) == rule.what and told.field == rule.column


def _keeps_key(told: Told, rule: Rule, case: Case) -> bool:
    """Say whether a check of another field stands for one that the key would have: the peer makes each once."""
    parts = [part["name"] for part in rule.entry["properties"] if part.get("primaryKey")]
    is_single = len(parts) == 1
    kinds = {"field_required", "field_unique"} if is_single else {"field_required"}
    return told.type in kinds and told.field in parts


def _worst(told: Iterable[Told]) -> Said:
    said = [Said(OUTCOMES.get(one.result or "", NOTHING), one.reason) for one in told]
    return max(said, key=lambda one: (_GRAVITY.index(one.outcome), one.is_unevaluated), default=Said(NOTHING))
