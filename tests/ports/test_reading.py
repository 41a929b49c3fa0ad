"""Reading at the least cost gives what plain reading gives: check by check, from any files, remembered or not."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.actions.examining import Examined, Examinee, examine
from assay.actions.file_desk import NoMemory
from assay.actions.past_numbers import subject_of
from assay.actions.reading import read_plan
from assay.actions.reading_session import TableFiles
from assay.base.canonical import Digest
from assay.base.errors import AssayError
from assay.base.footers import Chunk, Footer
from assay.base.names import TableRef
from assay.base.reading import read_yaml
from assay.base.snapshots import Column
from assay.contract.parse import parse_contract
from assay.engines import duckdb_distinct
from assay.engines.duckdb import DuckDBEngine
from assay.validation import facts, parts
from assay.validation.checks import Check, checks_of
from assay.validation.conditions import Outcome
from assay.validation.explaining import Origin
from assay.validation.reads import compile_reads, split
from assay.validation.samples import SampleWish
from assay.validation.verdicts import Verdict, judge
from fakes.part_results import FakePartResults
from soak import SOAK

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
T, OTHER = TableRef(None, "t"), TableRef(None, "u")

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("n", pa.int32()),
        ("f", pa.float64()),
        ("s", pa.string()),
        ("d", pa.date32()),
        ("at", pa.timestamp("us")),
        ("dec", pa.decimal128(10, 2)),
        ("ok", pa.bool_()),
    ]
)

CONTRACT = """\
version: 1.0.0
apiVersion: v3.2.0
kind: DataContract
id: x
schema:
- name: t
  properties:
  - {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
  - name: n
    logicalType: integer
    logicalTypeOptions: {minimum: %(low)s, maximum: %(high)s}
    quality:
    - {id: n_null, metric: nullValues, mustBeLessThan: 30, unit: percent}
    - {id: n_valid, metric: invalidValues, arguments: {validValues: [0, 1, 2, 3]}, mustBeLessThan: 2}
    - {id: n_missing, metric: missingValues, arguments: {missingValues: [1]}, mustBe: 1}
  - {name: f, logicalType: number, logicalTypeOptions: {exclusiveMinimum: %(low)s, maximum: 2.5}}
  - name: s
    logicalType: string
    required: true
    logicalTypeOptions: {pattern: '^[a-c]+$', minLength: 1, maxLength: 2}
    enum: [{value: a}, {value: b}, {value: ab}]
    relationships: [{to: u.s}]
  - {name: d, logicalType: date, logicalTypeOptions: {minimum: '2024-01-0%(day)s', exclusiveMaximum: '2024-02-01'}}
  - {name: at, logicalType: timestamp, unique: true, logicalTypeOptions: {minimum: '2024-01-01T00:00:00'}}
  - {name: dec, logicalType: number, logicalTypeOptions: {minimum: %(low)s.5, maximum: 7}}
  - {name: ok, logicalType: boolean, required: true}
  quality:
  - {id: rows, metric: rowCount, mustBeGreaterThan: 2}
  - {id: key, metric: duplicateValues, arguments: {properties: [n, s]}, mustBeLessThan: 2}
  - {type: custom, engine: assay, implementation: {check: row, condition: id >= n}}
  - {type: custom, engine: assay, implementation: {check: row, condition: id > 0 or ok}}
  - {id: query, type: sql, query: 'select count(distinct n) from {object}', mustBeLessThan: 3}
  - {id: broken, type: sql, query: 'select cast(''x'' as integer) from {object}', mustBe: 1}
- name: u
  properties: [{name: s, logicalType: string}]
slaProperties:
- {property: freshness, value: 40, unit: d, element: t.d}
- {property: retention, value: 90, unit: d, element: t.at}
"""


def rows() -> st.SearchStrategy[dict[str, Any]]:
    def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(values, values, values, st.none())

    return st.fixed_dictionaries(
        {
            "id": maybe(st.integers(0, 30)),
            "n": maybe(st.integers(-1, 4)),
            "f": maybe(st.sampled_from([0.0, -0.0, 1.5, 2.5, float("nan"), float("inf"), -1.0])),
            "s": maybe(st.sampled_from(["a", "b", "ab", "A", "", "zz"])),
            "d": maybe(st.dates(date(2024, 1, 1), date(2024, 2, 2))),
            "at": maybe(st.datetimes(datetime(2023, 12, 31), datetime(2024, 1, 3))),  # noqa: DTZ001
            "dec": maybe(st.decimals(0, 8, places=2, allow_nan=False, allow_infinity=False)),
            "ok": maybe(st.booleans()),
        }
    )


@pytest.fixture(scope="module", autouse=True)
def small_bounds() -> Iterator[None]:
    """Let few rows be many: every file a part of its own, keys sorted by numpy, files measured in places."""
    bounds = [(parts, "LARGE_ROWS", 1), (duckdb_distinct, "FEW_ROWS", 3), (facts, "MEASURED_ROWS", 1)]
    before = [getattr(module, name) for module, name, _ in bounds]
    for module, name, value in bounds:
        setattr(module, name, value)
    yield
    for (module, name, _), value in zip(bounds, before, strict=True):
        setattr(module, name, value)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reading")


def write(place: Path, content: Sequence[Mapping[str, Any]], schema: pa.Schema = SCHEMA, group_rows: int = 3) -> str:
    path = place / f"{uuid4().hex}.parquet"
    pq.write_table(pa.Table.from_pylist(list(content), schema), path, row_group_size=group_rows)
    return str(path)


def digest(path: str) -> Digest:
    return Digest("sha256:" + hashlib.sha256(Path(path).read_bytes()).hexdigest())


def open_engine(place: Path, files: Sequence[str], other: str) -> DuckDBEngine:
    engine = DuckDBEngine(place / "scratch", [place])
    engine.attach(T, files)
    engine.attach(OTHER, [other])
    return engine


def files_of(engine: DuckDBEngine, paths: Sequence[str]) -> TableFiles:
    return TableFiles(T, engine.describe(paths[0])[0], tuple(paths), tuple(digest(path) for path in paths))


def checks(low: int = 0, high: int = 3, day: int = 1) -> tuple[Check, ...]:
    text = CONTRACT % {"low": low, "high": high, "day": day}
    contract = parse_contract(read_yaml(text, "c.yaml"))
    return checks_of(contract, contract.datasets[0])


def plainly(engine: DuckDBEngine, wanted: Sequence[Check], files: TableFiles) -> tuple[Verdict, ...]:
    """Judge by the plain reads."""
    plan = compile_reads(wanted, T, files.columns)
    results: dict[str, Any] = {}
    for read in plan.reads:
        results[read.id] = asked(engine, read.sql)
        if isinstance(results[read.id], str):
            results |= {part.id: asked(engine, part.sql) for part in split(read)}
    return judge(plan, results, NOW)


def asked(engine: DuckDBEngine, sql: str) -> Any:
    try:
        return engine.query(sql)
    except AssayError as error:
        return error.faults[0].found


def cheaply(engine: DuckDBEngine, wanted: Sequence[Check], files: TableFiles, memory: Any, other: str) -> Examined:
    attached = {T: files.digests, OTHER: (digest(other),)}
    examinee = Examinee(files, attached, subject_of("x", "t"))
    return examine(engine, wanted, examinee, memory, NOW, SampleWish(0))


@pytest.mark.timeout(300)
@settings(
    max_examples=1_000 if SOAK else 20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    files=st.lists(st.lists(rows(), max_size=9), min_size=1, max_size=3),
    low=st.integers(0, 1),
    high=st.integers(2, 5),
    day=st.integers(1, 9),
    group_rows=st.integers(1, 5),
)
def test_every_check_says_the_same_however_it_was_read(
    place: Path, files: list[list[dict[str, Any]]], low: int, high: int, day: int, group_rows: int
) -> None:
    paths = [write(place, content, group_rows=group_rows) for content in files]
    other = write(place, [{"s": "a"}, {"s": "b"}], pa.schema([("s", pa.string())]))
    memory = FakePartResults()
    wanted = checks(low, high, day)

    for many in range(1, len(paths) + 1):  # one file more each time, the earlier ones remembered
        engine = open_engine(place, paths[:many], other)
        found = files_of(engine, paths[:many])
        expected = plainly(engine, wanted, found)
        for remembered in (memory, memory, NoMemory())[: 3 if many == 1 else 2]:
            assert cheaply(engine, wanted, found, remembered, other).verdicts == expected
        engine.close()


def good_rows(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": number, "n": number % 4, "f": 1.5, "s": "ab"[number % 2], "d": date(2024, 1, 31),
            "at": datetime(2024, 1, 1, 0, 0, number % 60, number),  # noqa: DTZ001
            "dec": Decimal("1.50"), "ok": True,
        }
        for number in range(first, first + count)
    ]  # fmt: skip


def by_id(found: Examined) -> dict[str, tuple[Outcome, tuple[Origin, ...]]]:
    return {
        verdict.check_id.rpartition(":")[0] or verdict.check_id: (
            verdict.outcome,
            found.explained.origins[verdict.check_id],
        )
        for verdict in found.verdicts
    }


def test_what_footers_prove_reads_no_row(place: Path) -> None:
    path = write(place, good_rows(0, 20), group_rows=20)
    other = write(place, [{"s": "a"}, {"s": "b"}], pa.schema([("s", pa.string())]))
    engine = open_engine(place, [path], other)
    found = by_id(cheaply(engine, checks(), files_of(engine, [path]), NoMemory(), other))
    engine.close()

    proven = ["id:required", "n:range", "n_null", "s:required", "d:range", "dec:range", "ok:required", "rows"]
    assert {name: found[name] for name in proven} == dict.fromkeys(proven, (Outcome.PASS, (Origin.FOOTER,)))
    assert found["t:freshness"] == (Outcome.PASS, (Origin.FOOTER,))
    assert found["f:range"][1] == (Origin.ROWS, Origin.FOOTER)  # NaN stands in no footer; the rows are counted there


def test_a_file_more_reads_that_file_alone(place: Path) -> None:
    paths = [write(place, good_rows(20 * number, 20)) for number in range(4)]
    other = write(place, [{"s": "a"}, {"s": "b"}], pa.schema([("s", pa.string())]))
    memory = FakePartResults()
    engine = open_engine(place, paths[:3], other)
    cheaply(engine, checks(), files_of(engine, paths[:3]), memory, other)
    engine.attach(T, paths)
    again = cheaply(engine, checks(), files_of(engine, paths), memory, other)
    engine.close()

    read = [note for note in again.explained.reads if note.origin is not Origin.QUERY and note.columns != ("n", "s")]
    assert read
    assert {note.rows for note in read} <= {0, 20}, [(note.rows, note.sql) for note in read]  # 0: of another table


def test_a_key_that_comes_again_in_a_later_file_is_found(place: Path) -> None:
    paths = [write(place, good_rows(0, 20)), write(place, [*good_rows(15, 1), *good_rows(40, 3)])]
    other = write(place, [{"s": "a"}, {"s": "b"}], pa.schema([("s", pa.string())]))
    memory = FakePartResults()
    engine = open_engine(place, paths[:1], other)
    first = by_id(cheaply(engine, checks(), files_of(engine, paths[:1]), memory, other))
    engine.attach(T, paths)
    second = by_id(cheaply(engine, checks(), files_of(engine, paths), memory, other))
    engine.close()

    assert first["t:primaryKey"][0] is Outcome.PASS
    assert second["t:primaryKey"][0] is Outcome.FAIL


def test_a_footer_that_lies_is_no_verdict_but_an_error(place: Path) -> None:
    content = good_rows(0, 20)
    content[7]["id"] = 777_777
    true = Path(write(place, content, group_rows=20))
    raw = bytearray(true.read_bytes())
    length = struct.unpack("<I", raw[-8:-4])[0]
    footer = bytes(raw[-8 - length : -8])
    assert struct.pack("<q", 777_777) in footer
    lie = place / f"{uuid4().hex}.parquet"
    lie.write_bytes(bytes(raw[: -8 - length]) + footer.replace(struct.pack("<q", 777_777), struct.pack("<q", 19)) + bytes(raw[-8:]))  # fmt: skip # noqa: E501
    other = write(place, [{"s": "a"}], pa.schema([("s", pa.string())]))
    engine = open_engine(place, [str(lie)], other)
    found = cheaply(engine, checks(), files_of(engine, [str(lie)]), FakePartResults(), other)
    engine.close()

    read = [
        verdict for verdict in found.verdicts if ":column" not in verdict.check_id and ":type" not in verdict.check_id
    ]
    read = [verdict for verdict in read if not verdict.check_id.startswith("t:columns")]
    assert {verdict.outcome for verdict in read} == {Outcome.ERROR}
    assert "the footer of" in read[0].message
    assert "id in row group 0: there are values beyond the ends that the footer names" in read[0].message


def test_a_rule_that_the_engine_cannot_run_fails_alone(place: Path) -> None:
    path = write(place, good_rows(0, 5))
    other = write(place, [{"s": "a"}, {"s": "b"}], pa.schema([("s", pa.string())]))
    engine = open_engine(place, [path], other)
    found = cheaply(engine, checks(), files_of(engine, [path]), NoMemory(), other)
    engine.close()

    assert [verdict.check_id for verdict in found.verdicts if verdict.outcome is Outcome.ERROR] == ["broken"]


def test_a_file_that_cannot_be_read_gives_errors_and_no_traceback(place: Path) -> None:
    path = write(place, good_rows(0, 5))
    other = write(place, [{"s": "a"}], pa.schema([("s", pa.string())]))
    engine = open_engine(place, [path], other)
    found = files_of(engine, [path])
    Path(path).write_bytes(b"PAR1 cut off")
    plan = compile_reads(checks(), T, found.columns)
    answers = read_plan(engine, plan, found, NoMemory(), {})
    engine.close()

    assert all(isinstance(result, str) for result in answers.results.values())


HEAD = "version: 1.0.0\napiVersion: v3.2.0\nkind: DataContract\nid: x\n"


def verdicts_on(place: Path, paths: Sequence[str], schema: str, memory: Any = None) -> dict[str, Outcome]:
    """Return the verdicts on table ``t`` alone, by check id without its hash."""
    contract = parse_contract(read_yaml(f"{HEAD}{schema}\n", "c.yaml"))
    engine = DuckDBEngine(place / "scratch", [place])
    engine.attach(T, paths)
    files = files_of(engine, paths)
    examinee = Examinee(files, {T: files.digests}, subject_of("x", "t"))
    wanted = checks_of(contract, contract.datasets[0])
    found = examine(engine, wanted, examinee, memory or NoMemory(), NOW, SampleWish(0))
    engine.close()
    return {one.check_id.rpartition(":")[0] or one.check_id: one.outcome for one in found.verdicts}


def by_rules(place: Path, column: str, values: pa.Array, *conditions: str) -> list[Outcome]:
    """Test conditions on the rows of a file with one column, which Arrow wrote."""
    path = place / f"{uuid4().hex}.parquet"
    pq.write_table(pa.table({column: values}), path, row_group_size=3)
    rules = [
        {"id": f"r{number}", "type": "custom", "engine": "assay", "implementation": {"check": "row", "condition": one}}
        for number, one in enumerate(conditions)
    ]
    schema = [{"name": "t", "properties": [{"name": column}], "quality": rules}]
    found = verdicts_on(place, [str(path)], f"schema: {json.dumps(schema)}")
    return [found[f"r{number}"] for number in range(len(conditions))]


def test_nan_is_seen_whoever_wrote_the_file(place: Path) -> None:
    conditions = ["f <= 5", "not f > 5", "f between 0 and 5", "f <> 7"]
    found = by_rules(place, "f", pa.array([1.0, float("nan"), 2.0]), *conditions)

    assert found == [Outcome.FAIL, Outcome.FAIL, Outcome.FAIL, Outcome.PASS]


def test_values_are_tried_once_each_only_where_equal_ones_are_the_same(place: Path) -> None:
    assert by_rules(place, "f", pa.array([0.0, -0.0, -0.0]), "signbit(f) = false") == [Outcome.FAIL]
    name = "times it occurs"
    assert by_rules(place, name, pa.array([0] * 50, pa.int32()), f'abs("{name}") > 5') == [Outcome.FAIL]


def test_a_name_with_its_table_is_understood_however_rows_are_read(place: Path) -> None:
    found = by_rules(place, "a", pa.array([1, 2, 3]), "t.a > 0", "length(cast(t.a as varchar)) = 1")

    assert found == [Outcome.PASS, Outcome.PASS]


def test_a_broken_condition_breaks_no_other_on_the_same_values(place: Path) -> None:
    conditions = ["upper(s) < 'Z'", "cast(concat(s, 'x') as integer) < year(now())", "length(s) = 1"]

    assert by_rules(place, "s", pa.array(["a", "b"]), *conditions) == [Outcome.PASS, Outcome.ERROR, Outcome.PASS]


def test_a_copy_of_a_file_is_no_new_data_and_its_keys_come_twice(place: Path) -> None:
    path = write(place, good_rows(0, 9))
    copy = place / f"{uuid4().hex}.parquet"
    copy.write_bytes(Path(path).read_bytes())
    schema = "schema: [{name: t, properties: [{name: id, unique: true}]}]"
    memory = FakePartResults()

    assert verdicts_on(place, [path], schema, memory)["id:unique"] is Outcome.PASS
    for _ in range(2):
        assert verdicts_on(place, [path, str(copy)], schema, memory)["id:unique"] is Outcome.FAIL


def test_a_lost_note_on_a_key_is_read_again(place: Path) -> None:
    paths = [write(place, good_rows(0, 9)), write(place, good_rows(20, 9))]
    schema = "schema: [{name: t, properties: [{name: id, primaryKey: true}]}]"
    memory = FakePartResults()
    verdicts_on(place, paths, schema, memory)
    for values in memory.parts.values():
        for name in [name for name in values if name.endswith(" tested")]:
            del values[name]

    assert verdicts_on(place, paths, schema, memory)["t:primaryKey"] is Outcome.PASS


def test_notes_of_another_form_are_as_good_as_lost(place: Path) -> None:
    paths = [write(place, good_rows(0, 9)), write(place, good_rows(20, 9))]
    other = write(place, [{"s": "a"}, {"s": "b"}], pa.schema([("s", pa.string())]))
    memory = FakePartResults()
    engine = open_engine(place, paths, other)
    files = files_of(engine, paths)
    first = cheaply(engine, checks(), files, memory, other).verdicts
    for spoilt in ("x", {"a": 1}, ["x"], 1.5):
        for values in memory.parts.values():
            values.update(dict.fromkeys(values, spoilt))
        assert cheaply(engine, checks(), files, memory, other).verdicts == first
    engine.close()


def test_the_order_of_a_key_counts_in_what_is_remembered(place: Path) -> None:
    child, parent = (str(place / f"{uuid4().hex}.parquet") for _ in range(2))
    pq.write_table(pa.table({"a": [1], "b": [2]}), child)
    pq.write_table(pa.table({"x": [1], "y": [2]}), parent)
    schema = (
        "schema:\n- name: t\n  properties: [{name: a}, {name: b}]\n"
        "  relationships: [{from: [t.a, t.b], to: [u.x, u.y]}, {from: [t.b, t.a], to: [u.x, u.y]}]\n"
        "- {name: u, properties: [{name: x}, {name: y}]}\n"
    )
    contract = parse_contract(read_yaml(HEAD + schema, "c.yaml"))
    memory = FakePartResults()
    for _ in range(2):
        engine = open_engine(place, [child], parent)
        wanted = checks_of(contract, contract.datasets[0])
        found = cheaply(engine, wanted, files_of(engine, [child]), memory, parent)
        engine.close()
        outcomes = [one.outcome for one in found.verdicts if "relationship" in one.check_id]
        assert outcomes == [Outcome.PASS, Outcome.FAIL]


@pytest.mark.parametrize("value", [date(9999, 12, 31), date(1, 1, 1)])
def test_the_ends_of_the_calendar_have_an_age(place: Path, value: date) -> None:
    sla = [
        {"property": name, "value": many, "unit": unit, "element": "t.d"}
        for name, many, unit in (("freshness", 1, "d"), ("retention", 9000, "y"))
    ]
    schema = f"schema: [{{name: t, properties: [{{name: d, logicalType: date}}]}}]\nslaProperties: {json.dumps(sla)}"
    found = verdicts_on(place, [write(place, [{"d": value}])], schema)

    assert Outcome.ERROR not in found.values()


def test_a_group_without_ends_is_all_null_only_if_every_row_is(place: Path) -> None:
    column = Column("n", "BIGINT")

    def known(nulls: int | None) -> bool:
        chunk = Chunk("n", 0, nulls, None, None, False, False, 0)
        return facts.facts_of([Footer("x", "", (3,), (chunk,))], [column]).columns["n"].is_ended

    assert (known(3), known(0), known(2), known(None)) == (True, False, False, False)


def test_a_query_gets_nowhere_but_to_the_tables(place: Path) -> None:
    path = write(place, good_rows(0, 3))
    (place / "secret.txt").write_text("secret")
    victim = place / "victim.json"
    victim.write_text("mine")
    queries = [
        f"select length(x.content) from lateral read_text('{place}/secret.txt') x",
        f"select count(*) from {{object}}, lateral enable_profiling(format='json', save_location='{victim}')",
        "select count(*) from lateral duckdb_settings()",
        f"select count(*) from lateral enable_logging(storage='file', storage_path='{place}')",
        "select length(current_setting('allowed_directories'))",
        f"select count(*) from glob('{place}/*')",
        f"select count(*) from '{path}'",
    ]
    rules = [{"id": f"q{number}", "type": "sql", "query": one, "mustBe": 0} for number, one in enumerate(queries)]
    found = verdicts_on(place, [path], f"schema: {json.dumps([{'name': 't', 'quality': rules}])}")

    assert {found[f"q{number}"] for number in range(len(queries))} == {Outcome.ERROR}
    assert by_rules(place, "a", pa.array([1]), "getenv('HOME') = 'x'") == [Outcome.ERROR]
    assert victim.read_text() == "mine"
    assert not list(place.glob("*.csv"))
