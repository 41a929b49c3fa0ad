"""Bad contracts and bad data through the real commands: a verdict or a clear error each, and no silent pass.

Of every case the same is asked: the exit code says how it went and is never that of a defect, every rule of the
contract has one verdict, the rule in question has the one it should, and nothing on disk has changed but the state.
What a person reads of it stands in the snapshot beside this file.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from syrupy.assertion import SnapshotAssertion

from assay.base.reading import read_yaml
from assay.contract.parse import parse_contract
from assay.validation.checks import checks_of
from homes import Ran, assay, state_of
from soak import count

HEAD = "version: 1.0.0\napiVersion: v3.2.0\nkind: DataContract\nid: x\n"
FILE = "c.odcs.yaml"
DATA = ("--data", "t=t.parquet")

Lay = Callable[[Path], object]
Verdicts = Mapping[str, tuple[str, str]]
"""Name of a rule (its id, without the hash of one that has none of its own) to its outcome and a part of its message or
measure."""


@dataclass(frozen=True, slots=True)
class Case:
    """One piece of bad data.

    Attributes:
        name: of the case.
        contract: what follows the head.
        lay: puts the files there.
        verdicts: what the rules in question must say; none where the run is refused.
        refused: what must stand in the refusal; empty where there are verdicts.
        code: of the validation.
        lint: exit code of the lint.
        arguments: of the validation.
        data: tables that are looked at.
    """

    name: str
    contract: str
    lay: Lay
    verdicts: Verdicts = field(default_factory=dict)
    refused: str = ""
    code: int = 1
    lint: int = 0
    arguments: tuple[str, ...] = DATA


def columns(*properties: str, more: str = "") -> str:
    """Write the schema of the table t."""
    listed = "".join(f"  - {one}\n" for one in properties)
    return f"schema:\n- name: t\n  properties:\n{listed}{more}"


def text(pattern: str, name: str = "a") -> str:
    """Write a text column with a pattern."""
    return f"{{name: {name}, logicalType: string, logicalTypeOptions: {{pattern: {json.dumps(pattern)}}}}}"


def rows(query: str, file: str = "t.parquet", options: str = "") -> Lay:
    """Lay the answer of a query down as Parquet, by DuckDB."""

    def lay(folder: Path) -> None:
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        with duckdb.connect() as session:
            session.execute(f"COPY ({query}) TO 'aside' (FORMAT parquet{options})")
        Path("aside").rename(path)

    return lay


def arrow(**named: Any) -> Lay:
    """Lay columns down as Parquet, by Arrow."""
    return arrays(list(named), *named.values())


def arrays(names: list[str], *values: Any) -> Lay:
    return lambda folder: pq.write_table(
        pa.Table.from_arrays([pa.array(one) for one in values], names=names), folder / "t.parquet"
    )


def both(*lays: Lay) -> Lay:
    def lay(folder: Path) -> None:
        for one in lays:
            one(folder)

    return lay


def raw(content: bytes, file: str = "t.parquet") -> Lay:
    return lambda folder: (folder / file).write_bytes(content)


def link(target: str) -> Lay:
    return lambda folder: (folder / "t.parquet").symlink_to(target)


def zipped() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("t.parquet", "x" * 100)
    return packed.getvalue()


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("t.parquet")


def _no_groups(folder: Path) -> None:
    pq.ParquetWriter(folder / "t.parquet", pa.schema([("n", pa.int64())])).close()


ONE = rows("SELECT 1 n")
N = "{name: n, required: true, unique: true}"
AS_N = columns(N)
IGNORED = "{name: b, logicalType: string, logicalTypeOptions: {pattern: '^x'}}"

PATTERNS = (
    Case("a pattern that looks ahead", columns(text("^(?=x)"), IGNORED), rows("SELECT 'x' a, 'x' b"),
         {"a:pattern": ("error", "a lookahead"), "b:pattern": ("pass", "")}),
    Case("a pattern that looks back", columns(text("(?<!y)x")), rows("SELECT 'x' a"),
         {"a:pattern": ("error", "a negative lookbehind")}),
    Case("a pattern that refers back", columns(text(r"(x)\1")), rows("SELECT 'xx' a"),
         {"a:pattern": ("error", "a back reference")}),
    Case("a pattern that repeats too often", columns(text("x{1001}")), rows("SELECT 'x' a"),
         {"a:pattern": ("error", "more than 1,000 repetitions")}),
    Case("a pattern whose repetitions multiply", columns(text("((x{100}){100}){100}")), rows("SELECT 'x' a"),
         {"a:pattern": ("error", "invalid repetition size")}),
    Case("a pattern that would take for ever", columns(text("^(([a-z])+.)+[A-Z]([a-z])+$")),
         rows("SELECT repeat('a', 50000) || '!' a"), {"a:pattern": ("fail", "1 row")}),
    Case("a class of letters that the engine does not know", columns(text(r"\p{Script=Greek}")), rows("SELECT 'Ω' a"),
         {"a:pattern": ("error", "invalid character class range")}),
    Case("digits are those of ASCII", columns(text(r"^\d+$")), rows("SELECT unnest(['12', '١٢']) a"),
         {"a:pattern": ("fail", "1 row")}),
    Case("a letter of two halves", columns(text(r"^\uD83D\uDE00$")), rows("SELECT '😀' a"),
         {"a:pattern": ("pass", "0 rows")}, code=0),
    Case("half of a letter", columns(text(r"\uD83D")), rows("SELECT '😀' a"),
         {"a:pattern": ("error", "half of a letter")}),
    Case("patterns that are none",
         columns(text("([", "a"), text("a**", "b"), text("a{3,1}", "c"), text("[z-a]", "d"), text("a)", "e")),
         rows("SELECT 'x' a"), refused="unterminated character set", lint=1),
    Case("a pattern nested too deeply", columns(text("(" * 2000 + "a" + ")" * 2000)), rows("SELECT 'a' a"),
         refused="nested too deeply", lint=1),
)  # fmt: skip

NUMBERS = (
    Case("NaN, infinities and minus nought",
         columns("{name: f, logicalType: number, unique: true, enum: [{value: 0}, {value: 1.5}], "
                 "logicalTypeOptions: {minimum: 0, maximum: 10, multipleOf: 0.5}, quality: [{id: missing, "
                 "metric: missingValues, arguments: {missingValues: [1.5]}, mustBe: 2}, {id: total, type: sql, "
                 "query: 'select sum(f) from {object}', mustBe: 0}]}"),
         rows("SELECT unnest(['nan'::DOUBLE, 'nan', 'inf', '-inf', 0.0, -0.0, 1.5, NULL]) f"),
         {"f:range": ("fail", "4 rows"), "f:multipleOf": ("fail", "4 rows"), "f:enum": ("fail", "4 rows"),
          "f:unique": ("fail", "2 keys"), "missing": ("pass", "2 rows"), "total": ("error", "NaN or infinity")}),
    Case("decimals of 38 digits",
         columns("{name: d, physicalType: 'decimal(38,0)', unique: true, "
                 "logicalTypeOptions: {minimum: 0, maximum: 9007199254740991, multipleOf: 3}, quality: [{id: total, "
                 "type: sql, query: 'select sum(d) from {object}', mustBe: 0}]}"),
         rows("SELECT unnest(['99999999999999999999999999999999999999', '99999999999999999999999999999999999998'])"
              "::DECIMAL(38,0) d"),
         {"d:type": ("pass", "DECIMAL(38,0)"), "d:unique": ("pass", "0 keys"), "d:range": ("fail", "2 rows"),
          "d:multipleOf": ("fail", "1 row"), "total": ("error", "Overflow in HUGEINT addition")}),
    Case("decimals of 38 digits after the point",
         columns("{name: d, physicalType: 'decimal(38,38)', logicalTypeOptions: "
                 "{minimum: 0.3, exclusiveMaximum: 1, multipleOf: 0.01}}",
                 "{name: f, enum: [{value: 0.25}, {value: 1}]}",
                 "{name: e, logicalTypeOptions: {minimum: 0.3, multipleOf: 1000, maximum: 1}}"),
         rows("SELECT d::DECIMAL(38,38) d, d::DECIMAL(38,38) e, d::DECIMAL(38,38) f FROM (VALUES ('0.25'), "
              "('0.29999999999999999999999999999999999999'), ('0.99999999999999999999999999999999999999'), "
              "('0')) v(d)"),
         {"d:multipleOf": ("fail", "2 rows"), "d:range": ("fail", "3 rows"), "f:enum": ("fail", "3 rows"),
          "e:multipleOf": ("fail", "3 rows"), "e:range": ("fail", "3 rows")}),
    Case("whole numbers at the end of their type",
         columns("{name: n, logicalType: integer, logicalTypeOptions: {format: i64, minimum: 0}, quality: [{id: total, "
                 "type: sql, query: 'select sum(n) from {object}', mustBeGreaterThan: 9007199254740991}, {id: over, "
                 "type: sql, query: 'select max(n + n) from {object}', mustBe: 1}]}"),
         rows("SELECT 9223372036854775807 n FROM range(3)"),
         {"total": ("pass", "27670116110564327421"), "over": ("error", "Overflow in addition of INT64"),
          "n:format": ("pass", "0 rows")}),
    Case("bounds beyond all numbers", columns("{name: n, logicalTypeOptions: {minimum: -.inf, maximum: 1e999}}"), ONE,
         refused="a finite number", lint=1),
    Case("a share of very many rows is exact",
         columns("{name: n, quality: [{id: few, metric: nullValues, mustBeLessThan: 0.0001, unit: percent}]}"),
         rows("SELECT nullif(i, 7) n FROM range(1000000) r(i)"), {"few": ("fail", "0.0001 percent")}),
)  # fmt: skip

EVERY = columns(
    "{name: n, logicalType: integer, required: true, primaryKey: true, logicalTypeOptions: {minimum: 3}, quality: "
    "[{id: few, metric: nullValues, mustBeLessThan: 5, unit: percent}, {id: total, type: sql, query: "
    "'select sum(n) from {object}', mustBe: 0}]}",
    "{name: at, logicalType: timestamp}",
    more="  quality: [{id: some, metric: rowCount, mustBeGreaterThan: 0}]\nslaProperties:\n"
    "- {id: fresh, property: freshness, value: 1, unit: d, element: t.at}\n"
    "- {id: kept, property: retention, value: 1, unit: d, element: t.at}\n"
    "- {id: often, property: frequency, value: 1, unit: d, element: t.at}\n",
)

FORMS = (
    Case("an empty table", EVERY, rows("SELECT 1 n, TIMESTAMP '2026-01-01' AS at WHERE false"),
         {"n:required": ("pass", "0 rows tested"), "t:primaryKey": ("pass", "0 rows tested"), "few": ("pass", "0 rows"),
          "some": ("fail", "0"), "total": ("error", "null"), "fresh": ("fail", "no value"),
          "t:rows": ("warn", "0 rows tested")}),
    Case("a file without row groups", AS_N, _no_groups,
         {"n:required": ("pass", "0 rows tested"), "n:unique": ("pass", "0 rows tested"), "t:rows": ("warn", "")},
         code=0),
    Case("a file without columns", AS_N, lambda folder: pq.write_table(pa.table({}), folder / "t.parquet"),
         refused="a Parquet file"),
    Case("none of the contract's columns",
         columns(N, "{name: o, required: true, customProperties: [{property: allowAbsent, value: true}]}"),
         rows("SELECT 1 x"),
         {"n:column": ("fail", "absent"), "n:required": ("error", "no column n"), "n:unique": ("error", "no column n"),
          "o:required": ("skip", "no column o"), "t:columns": ("warn", "x")}),
    Case("columns that nobody named", AS_N, rows("SELECT 1 n, 2 x, 3 y"), {"t:columns": ("warn", "x, y")}, code=0),
    Case("columns that nobody named, strictly",
         columns(N, more="  customProperties: [{property: strict, value: true}]\n"), rows("SELECT 1 n, 2 x, 3 y"),
         {"t:columns": ("fail", "x, y")}),
    Case("a name in another case", AS_N, rows("SELECT 1 AS N"), {"n:column": ("pass", "found as N")}, code=0),
    Case("columns that differ in case alone", AS_N, arrays(["N", "n"], [1, 2], [None, None]), refused="N and n"),
    Case("a column twice", AS_N, arrays(["n", "n"], [1, 2], [None, None]), refused="n and n"),
    Case("columns that only look as if they were twice", AS_N, rows("SELECT 1 n, 2 n_1, {'n': 1, 'n_1': 2} o_2"),
         {"t:columns": ("warn", "n_1, o_2")}, code=0),
    Case("nested and repeated fields",
         columns("{name: o, logicalType: object, required: true, properties: [{name: city, required: true}, "
                 "{name: gone, required: true}]}",
                 "{name: l, logicalType: array, logicalTypeOptions: {minItems: 1}, items: {logicalType: object, "
                 "properties: [{name: k, required: true, unique: true}, {name: v, logicalTypeOptions: {minimum: 0}}]}}",
                 "{name: m, logicalType: map, map: {key: {logicalType: string, logicalTypeOptions: {minLength: 2}}, "
                 "value: {logicalType: integer, required: true}}}",
                 "{name: j, logicalType: object, properties: [{name: a, required: true}]}",
                 "{name: x, logicalType: integer, required: true}"),
         rows("SELECT * FROM (VALUES ({'city': 'a'}, [{'k': 1, 'v': 1.5}, {'k': 1, 'v': 'nan'::DOUBLE}], "
              "map {'a': 1, 'bb': NULL}, '{\"a\": 1}', {'x': 1}), (NULL, [], map {}, '[1]', NULL), "
              "({'city': NULL}, NULL, NULL, NULL, {'x': 2}), ({'city': 'b'}, [NULL], map {'cc': 2}, 'none', {'x': 2}))"
              " v(o, l, m, j, x)"),
         {"o:required": ("fail", "1 row"), "o.city:required": ("fail", "1 row"), "o.gone:column": ("fail", "absent"),
          "o.gone:required": ("error", "o.gone"), "l:items": ("fail", "1 row"), "l[].k:unique": ("fail", "1 row"),
          "l[].v:range": ("fail", "1 row"), "m{key}:length": ("fail", "1 row"), "m{value}:required": ("fail", "1 row"),
          "j:type": ("fail", "VARCHAR"), "j.a:required": ("error", ""), "x:type": ("fail", "STRUCT")}),
)  # fmt: skip

MANY = ("--data", "t=*.parquet")
FILES = (
    Case("no table but text", AS_N, raw(b"n\n1\n2\n3\n4\n5\n"), refused="No magic bytes"),
    Case("a page of the web", AS_N, raw(b"<html>" + b"x" * 100), refused="No magic bytes"),
    Case("a zip", AS_N, raw(zipped()), refused="No magic bytes"),
    Case("an empty file", AS_N, raw(b""), refused="too small"),
    Case("only the marks of Parquet", AS_N, raw(b"PAR1" + b"\xff" * 100 + b"\xff\xff\xff\x7fPAR1"),
         refused="Footer length"),
    Case("an encrypted file", AS_N, raw(b"PARE" + b"\xff" * 100 + b"\x10\0\0\0PARE"), refused="encrypted"),
    Case("Parquet that is called CSV", AS_N, rows("SELECT 1 n", "t.csv"), {"n:unique": ("pass", "")}, code=0,
         arguments=("--data", "t=t.csv")),
    Case("a folder", AS_N, lambda folder: (folder / "t.parquet").mkdir(), refused="t.parquet/*.parquet"),
    Case("a folder among files", AS_N, both(ONE, lambda folder: (folder / "u.parquet").mkdir()),
         refused="u.parquet/*.parquet", arguments=MANY),
    Case("a pipe", AS_N, lambda folder: os.mkfifo(folder / "t.parquet"), refused="no ordinary file"),
    Case("a pipe among files", AS_N, both(ONE, lambda folder: os.mkfifo(folder / "u.parquet")),
         refused="no ordinary file",
         arguments=MANY),
    Case("a socket", AS_N, _socket, refused="no ordinary file"),
    Case("a link to itself", AS_N, link("t.parquet"), refused="a link that leads to no file"),
    Case("a link to nothing", AS_N, link("gone.parquet"), refused="a link that leads to no file"),
    Case("a link to what never ends", AS_N, link("/dev/zero"), refused="a link that leads to no file"),
    Case("no file at all", AS_N, lambda _: None, refused="none that match", code=2),
    Case("a name that is too long", AS_N, lambda _: None,
         refused="name too long", arguments=("--data", f"t={'a' * 300}")),
    Case("an address in the network", AS_N, lambda _: None, refused="none that match", code=2,
         arguments=("--data", "t=https://example.org/t.parquet")),
    Case("a file named twice", AS_N, ONE,
         refused="t.parquet again", code=2, arguments=(*DATA, "--data", "t=*.parquet")),
    Case("a file and a link to it", AS_N, both(ONE, lambda folder: (folder / "u.parquet").symlink_to("t.parquet")),
         refused="u.parquet again", code=2, arguments=MANY),
    Case("a table that the contract does not have", AS_N, ONE, refused="data of one of its datasets", code=2,
         arguments=("--data", "u=t.parquet")),
    Case("a table that is no name", AS_N, ONE, refused="a.b.c", code=2, arguments=("--data", "a.b.c=t.parquet")),
    Case("files of other columns", AS_N, both(ONE, rows("SELECT 3 n, 2 b", "u.parquet")),
         refused="b as well", arguments=MANY),
    Case("files of other types", AS_N, both(ONE, rows("SELECT 3::BIGINT n", "u.parquet")), refused="n as BIGINT",
         arguments=MANY),
    Case("files of another order", AS_N, both(rows("SELECT 1 n, 2 b"), rows("SELECT 2 b, 3 n", "u.parquet")),
         refused="the same in another order", arguments=MANY),
    Case("a bad file among good ones", AS_N, both(ONE, raw(b"x" * 50, "u.parquet")),
         refused="u.parquet", arguments=MANY),
    Case("a name that is a pattern of another file", columns("{name: n, logicalTypeOptions: {maximum: 1}}"),
         both(rows("SELECT 2 n", "a[1].parquet"), rows("SELECT 1 n", "a1.parquet")), {"n:range": ("fail", "1 row")},
         arguments=("--data", "t=a[1].parquet")),
    Case("a folder that is a pattern of another one", AS_N,
         both(rows("SELECT 2 n", "[a]/t.parquet"), rows("SELECT 1 n", "a/t.parquet")),
         refused="a pattern of other files",
         arguments=("--data", "t=[a]/t.parquet")),
)  # fmt: skip


def nulls(*limits: str) -> str:
    return columns(f"{{name: n, quality: [{', '.join(f'{{metric: nullValues, {limit}}}' for limit in limits)}]}}")


RULES = (
    Case("rules that contradict one another", nulls("id: a, mustBe: 0", "id: b, mustBeGreaterThan: 0"), ONE,
         {"a": ("pass", "0 rows"), "b": ("fail", "0 rows")}, lint=1),
    Case("bounds that contradict one another",
         columns("{name: n, logicalType: integer, logicalTypeOptions: {minimum: 5, maximum: 3}}"),
         ONE,
         refused="3 below 5", lint=1),
    Case("an id twice", nulls("id: a, mustBe: 0", "id: a, mustBe: 1"), ONE, refused="'a' again", lint=1),
    Case("a rule twice", nulls("mustBe: 0", "mustBe: 0"), ONE,
         {"n:nullValues": ("pass", "0 rows"), "n:nullValues~2": ("pass", "0 rows")}, code=0),
    Case("no rule", "schema: [{name: t, properties: [{name: n}]}]\n", ONE, {"t:rows": ("pass", "1 row")}, code=0),
    Case("no property", "schema: [{name: t}]\n", ONE, {"t:rows": ("pass", "1 row")}, code=0),
    Case("no schema", "", ONE, refused="data of one of its datasets", code=2),
    Case("rules in words alone", "schema: [{name: t, quality: [{id: w, type: text, description: Nice.}]}]\n", ONE,
         {"w": ("skip", "in words")}, code=0),
)  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def validate(*arguments: str | Path, data: tuple[str, ...] = DATA) -> Ran:
    """Validate in this process; the outcome is never a defect's."""
    ran = assay("validate", FILE, *data, "--state", "state", *arguments)
    assert ran.code in {0, 1, 2}, ran.text
    assert "Traceback" not in ran.text
    return ran


def told(ran: Ran) -> dict[str, tuple[str, str]]:
    """Return what each rule says, after the law that each of the contract's has one verdict."""
    contract = parse_contract(read_yaml(Path(FILE).read_bytes(), FILE))
    found = {one["dataset"]: one["verdicts"] for one in json.loads(ran.out)["datasets"]}
    said = [(verdict["check"], verdict) for verdicts in found.values() for verdict in verdicts]
    wanted = [check.id for one in contract.datasets if one.name in found for check in checks_of(contract, one)]
    assert sorted(check for check, _ in said) == sorted(wanted)
    assert len(set(wanted)) == len(wanted)
    return {check: (verdict["outcome"], f"{verdict['measured'] or ''} {verdict['message']}") for check, verdict in said}


def named(verdicts: Mapping[str, tuple[str, str]], name: str) -> tuple[str, str]:
    """Return the verdict of a rule by its name without the hash."""
    plain, _, number = name.partition("~")
    found = [
        said
        for check, said in verdicts.items()
        if check == name or (check.startswith(f"{plain}:") and check.count(":") == plain.count(":") + 1
                             and check.partition("~")[2] == number)
    ]  # fmt: skip
    assert len(found) == 1, (name, sorted(verdicts))
    return found[0]


@pytest.mark.parametrize("case", [*PATTERNS, *NUMBERS, *FORMS, *FILES, *RULES], ids=lambda case: case.name)
def test_bad_data_gets_a_verdict_or_a_clear_error(case: Case, here: Path, snapshot: SnapshotAssertion) -> None:
    (here / FILE).write_text(HEAD + case.contract)
    case.lay(here)
    before = state_of(here)

    assert assay("contract", "lint", "--faults", FILE).code == case.lint
    ran = validate("-o", "json", data=case.arguments)
    shown = validate(data=case.arguments)

    assert (ran.code, shown.code) == (case.code, case.code), shown.text
    if case.refused:
        assert case.refused in ran.text
        assert ran.out == ""
    else:
        verdicts = told(ran)
        for name, (outcome, words) in case.verdicts.items():
            said = named(verdicts, name)
            assert said[0] == outcome, (name, said)
            assert words in said[1], (name, said)
    assert {path: digest for path, digest in state_of(here).items() if not path.startswith("state/")} == before
    assert shown.text.replace("a" * 300, "(long)") == snapshot


# ---------------------------------------------------------------------------------------------------------------------
# Values stay where they are.

SECRET = columns(
    "{name: mail, classification: restricted, quality: ["
    "{id: cast, type: sql, query: 'select max(cast(mail as integer)) from {object}', mustBe: 0}, "
    "{id: row, type: custom, engine: assay, implementation: {check: row, condition: cast(mail as date) > day}}, "
    "{id: day, type: sql, query: \"select max(strptime(mail, '%Y')) from {object}\", mustBe: 0}, "
    "{id: raised, type: sql, query: 'select max(error(mail)) from {object}', mustBe: 0}, "
    "{id: json, type: sql, query: \"select max(json_extract(mail, '$.a')) from {object}\", mustBe: 0}, "
    "{id: zone, type: sql, query: 'select max(day at time zone mail) from {object}', mustBe: 0}, "
    "{id: regex, type: sql, query: \"select count(*) from {object} where regexp_matches('a', mail || '(')\", "
    "mustBe: 0}, "
    "{id: over, type: sql, query: 'select max(n + n) from {object}', mustBe: 0}, "
    "{id: small, type: sql, query: 'select max(cast(n as tinyint)) from {object}', mustBe: 0}, "
    "{id: text, type: sql, query: 'select max(mail) from {object}', mustBe: 0}]}",
    "{name: n}",
    "{name: day}",
)


@pytest.mark.parametrize("form", ["text", "json", "junit", "github", "html"])
def test_no_value_of_a_row_stands_in_the_reason_why_there_is_no_verdict(form: str, here: Path) -> None:
    (here / FILE).write_text(HEAD + SECRET)
    rows("SELECT 'it''s bob@example to INT32' mail, 9223372036854770000 n, TIMESTAMP '2026-01-01' AS \"day\"")(here)
    verdicts = told(validate("-o", "json"))
    ran = validate("-o", form, "--all")

    assert [said[0] for said in verdicts.values()].count("error") == 10
    assert "Overflow in addition of INT64" in ran.text
    assert "bob" not in ran.text
    assert "92233" not in ran.text.replace(",", "")


# ---------------------------------------------------------------------------------------------------------------------
# Damage.

LARGE = "SELECT i n, 'v' || (hash(i) % 1000) s, (hash(i) % 1000000) / 7.0 f, i % 1000 k FROM range(60000) r(i)"
ALL_READ = columns(
    "{name: n, required: true, unique: true, logicalTypeOptions: {minimum: 0}}",
    "{name: s, logicalType: string, logicalTypeOptions: {maxLength: 5, pattern: '^v'}}",
    "{name: f, logicalType: number, logicalTypeOptions: {minimum: 0}}",
    "{name: k, quality: [{id: keys, metric: duplicateValues, mustBe: 1000}]}",
    more="  quality: [{id: volume, metric: rowCount, mustBe: 60000}]\n",
)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a sound file of three row groups, of which every rule passes."""
    path = tmp_path_factory.mktemp("large") / "t.parquet"
    with duckdb.connect() as session:
        session.execute(f"COPY ({LARGE}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 20480)")
    return path.read_bytes()


def footer_of(content: bytes) -> int:
    """Return where the footer begins."""
    return len(content) - 8 - int(struct.unpack("<I", content[-8:-4])[0])


def test_a_sound_file_passes_every_rule(large: bytes, here: Path) -> None:
    (here / FILE).write_text(HEAD + ALL_READ)
    (here / "t.parquet").write_bytes(large)

    assert {outcome for outcome, _ in told(validate("-o", "json")).values()} == {"pass"}


@pytest.mark.parametrize("tenths", range(10))
def test_a_file_that_is_cut_off_is_refused(tenths: int, large: bytes, here: Path) -> None:
    (here / FILE).write_text(HEAD + ALL_READ)
    (here / "t.parquet").write_bytes(large[: len(large) * tenths // 10])
    ran = validate("-o", "json")

    assert (ran.code, ran.out) == (1, "")
    assert "a Parquet file" in ran.err


@pytest.mark.parametrize("tenths", range(10))
def test_a_damaged_page_is_an_error_of_what_is_read_there(tenths: int, large: bytes, here: Path) -> None:
    (here / FILE).write_text(HEAD + ALL_READ)
    damaged = bytearray(large)
    first = 4 + (footer_of(large) - 200) * tenths // 10
    damaged[first : first + 100] = bytes(byte ^ 0xFF for byte in damaged[first : first + 100])
    (here / "t.parquet").write_bytes(damaged)
    ran = validate("-o", "json")
    verdicts = told(ran)

    assert ran.code == 1
    assert "error" in {outcome for outcome, _ in verdicts.values()}
    assert {outcome for outcome, _ in verdicts.values()} <= {"pass", "error"}


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_footer_is_never_a_defect(seed: int, large: bytes, here: Path) -> None:
    (here / FILE).write_text(HEAD + ALL_READ)
    start = footer_of(large)
    place = start + (len(large) - 8 - start) * seed // 20
    (here / "t.parquet").write_bytes(large[:place] + bytes([large[place] ^ 0xFF]) + large[place + 1 :])
    ran = validate("-o", "json")

    if ran.out:
        told(ran)
    else:
        assert (ran.code, "t.parquet" in ran.err) == (1, True)


def patched(content: bytes, found: int, said: int) -> bytes:
    """Replace a number of eight bytes everywhere in the footer."""
    start = footer_of(content)
    old, new = struct.pack("<q", found), struct.pack("<q", said)
    assert old in content[start:]
    return content[:start] + content[start:].replace(old, new)


@pytest.mark.parametrize(
    ("true", "said", "words"),
    [(777_777, 19, "values beyond the ends"), (-555_555, 0, "values beyond the ends")],
    ids=["the greatest", "the least"],
)
def test_statistics_that_lie_are_an_error_of_every_rule_that_reads(
    true: int, said: int, words: str, here: Path
) -> None:
    (here / FILE).write_text(HEAD + columns("{name: n, required: true, logicalTypeOptions: {minimum: 0, maximum: 19}}"))
    pq.write_table(pa.table({"n": [*range(20), true]}), here / "t.parquet")
    assert named(told(validate("-o", "json")), "n:range") == ("fail", "1 row ")
    (here / "t.parquet").write_bytes(patched((here / "t.parquet").read_bytes(), true, said))
    verdicts = told(validate("-o", "json"))

    for name in ("n:range", "n:required", "t:rows"):
        outcome, message = named(verdicts, name)
        assert (outcome, words in message) == ("error", True), message


@pytest.mark.parametrize(("number", "said"), [(2, 0), (2, 1), (2, 5), (20, 0), (20, 1), (20, 5), (20, 30)])
def test_no_count_in_a_footer_that_is_changed_makes_a_rule_pass(number: int, said: int, here: Path) -> None:
    (here / FILE).write_text(
        HEAD
        + columns("{name: n, required: true}", "{name: s, logicalType: string, logicalTypeOptions: {maxLength: 1}}")
    )
    values = [None if row in {3, 5} else row for row in range(20)]
    pq.write_table(pa.table({"n": pa.array(values, pa.int64()), "s": ["xx"] * 20}), here / "t.parquet")
    content = (here / "t.parquet").read_bytes()
    places = [at for at in range(footer_of(content), len(content) - 8) if content[at] == number << 1]
    noticed = 0
    for at in places:  # a number in the compact form of Thrift
        (here / "t.parquet").write_bytes(content[:at] + bytes([said << 1]) + content[at + 1 :])
        ran = validate("-o", "json")
        assert ran.code == 1
        if ran.out:
            outcomes = {named(told(ran), name)[0] for name in ("n:required", "s:length")}
            assert outcomes <= {"fail", "error"}, at
        noticed += not ran.out or outcomes == {"error"}

    assert noticed


# ---------------------------------------------------------------------------------------------------------------------
# What changes meanwhile.


def test_a_file_that_changed_or_vanished_since_the_last_run_is_read_anew(here: Path) -> None:
    (here / FILE).write_text(HEAD + AS_N)
    assert validate_rows("SELECT i n FROM range(10) r(i)").code == 0
    assert validate_rows("SELECT i % 9 n FROM range(10) r(i)").code == 1
    assert validate_rows("SELECT i n FROM range(10) r(i)").code == 0
    (here / "t.parquet").unlink()
    assert validate().code == 2


def validate_rows(query: str) -> Ran:
    rows(query)(Path())
    return validate()


SLOW = (
    "{id: slow, type: sql, mustBe: 0, "
    "query: 'select count(*) from {object} a, {object} b where sqrt(hash(a.n + b.n)) < 0'}"
)
ANY = "  quality: [{id: volume, metric: rowCount, mustBeGreaterThan: 0}%s]\n"


@pytest.fixture
def slow(here: Path) -> Path:
    """Lay down a contract and data that take seconds to read."""
    (here / FILE).write_text(HEAD + columns(N, more=ANY % f", {SLOW}"))
    rows("SELECT i n FROM range(30000) r(i)")(here)
    return here


def start(*arguments: str, seconds: float = 0.5) -> subprocess.Popen[str]:
    """Start a validation in a process of its own, and wait until it reads and some time more."""
    program = "import sys; from assay.cli.main import main; sys.argv[0] = 'assay'; main()"
    command = [sys.executable, "-c", program, "validate", FILE, *DATA, "--state", "state", *arguments]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(Path("state").glob("scratch/*.lock")) and child.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    return child


def test_a_long_run_prints_nothing_but_its_results(slow: Path) -> None:
    rows("SELECT i n FROM range(12000) r(i)")(slow)
    child = start("-o", "json")
    out, err = child.communicate(timeout=100)

    assert (child.returncode, err) == (0, "")
    assert json.loads(out)["result"] == "pass"


def test_ctrl_c_stops_a_long_read_and_leaves_nothing_behind(slow: Path) -> None:
    child = start(seconds=2)
    stopped = time.monotonic()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)

    assert (child.returncode, out) == (130, "")
    assert time.monotonic() - stopped < 10  # the query itself would take most of a minute
    assert "Stopped." in err
    assert "Traceback" not in err
    assert list((slow / "state" / "scratch").iterdir()) == []


def test_what_was_killed_is_swept_away_and_the_next_run_reads_all(slow: Path) -> None:
    child = start()
    child.kill()
    child.communicate(timeout=60)
    assert list((slow / "state" / "scratch").iterdir()) != []
    (slow / FILE).write_text(HEAD + AS_N)

    assert {outcome for outcome, _ in told(validate("-o", "json")).values()} == {"pass"}
    assert list((slow / "state" / "scratch").iterdir()) == []


@pytest.mark.parametrize("how", ["changes", "vanishes"])
def test_a_file_that_is_touched_while_it_is_read_has_no_verdict_and_nothing_of_it_is_remembered(
    how: str, slow: Path
) -> None:
    rows("SELECT i n FROM range(12000) r(i)")(slow)
    child = start("-o", "json", seconds=1.5)
    if how == "changes":
        rows("SELECT 1 n FROM range(12000) r(i)")(slow)
    else:
        (slow / "t.parquet").unlink()
    out, err = child.communicate(timeout=100)

    assert (child.returncode, out) == (1, "")
    assert "t.parquet" in err
    assert "Traceback" not in err
    assert not list((slow / "state").rglob("results/*/*.json"))


def test_runs_at_once_on_one_state_say_the_same(here: Path) -> None:
    (here / FILE).write_text(HEAD + columns(N, more=ANY % ""))
    rows("SELECT i % 1000 n FROM range(2000) r(i)")(here)
    children = [start("-o", "json") for _ in range(3)]
    answers = [child.communicate(timeout=100) for child in children]
    said = [json.loads(out)["datasets"][0]["verdicts"] for out, _ in answers]

    assert [child.returncode for child in children] == [1, 1, 1]
    assert [one == said[0] for one in said] == [True, True, True]
    assert [err for _, err in answers] == ["", "", ""]


# ---------------------------------------------------------------------------------------------------------------------
# The folder of the state.


@pytest.mark.parametrize(("state", "code"), [("file", 2), ("file/below", 1)])
def test_a_state_that_is_no_folder_is_refused(state: str, code: int, here: Path) -> None:
    (here / FILE).write_text(HEAD + AS_N)
    ONE(here)
    (here / "file").write_text("mine")
    ran = assay("validate", FILE, *DATA, "--state", state)

    assert (ran.code, ran.out) == (code, "")
    assert "file" in ran.err
    assert (here / "file").read_text() == "mine"


def test_a_state_that_cannot_be_written_is_refused(here: Path) -> None:
    (here / FILE).write_text(HEAD + AS_N)
    ONE(here)
    (here / "locked").mkdir(mode=0o500)
    state = here / "locked" / "state" if os.getuid() else Path("/proc/state")  # to root no folder is closed
    ran = assay("validate", FILE, *DATA, "--state", state)

    assert (ran.code, ran.out) == (1, "")
    assert "with room and leave to write" in ran.err


@pytest.fixture
def full(here: Path) -> Iterator[Path]:
    """Return a folder in which there is no room for a byte; only root can make one."""
    folder = here / "full"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("a small file system cannot be made here")
    with (folder / "fill").open("wb", buffering=0) as filling, suppress(OSError):
        while filling.write(b"x" * 4096):
            pass
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_where_there_is_no_room_nothing_is_remembered_and_every_rule_has_its_verdict(full: Path, here: Path) -> None:
    (here / FILE).write_text(HEAD + AS_N)
    rows("SELECT i % 9 n FROM range(10) r(i)")(here)
    ran = assay("validate", FILE, *DATA, "--state", full / "state", "-o", "json")

    if ran.out:
        assert (ran.code, named(told(ran), "n:unique")[0]) == (1, "fail")
    else:
        assert (ran.code, "room" in ran.err) == (1, True)


def test_where_there_is_no_room_for_the_results_they_are_refused_whole(full: Path, here: Path) -> None:
    (here / FILE).write_text(HEAD + AS_N)
    ONE(here)
    ran = validate("-o", "html", "--out", full / "page.html")

    assert (ran.code, "no space left" in ran.err) == (1, True)
    assert [path.name for path in full.iterdir()] == ["fill"]


# ---------------------------------------------------------------------------------------------------------------------
# Hostile names and values.

NAMES = (
    'a"b', "a'b", 'a"; drop table t; --', "a\nb", "a\x1b[31mred", "x" * 3000, "\U0001f4a5", "\u202eevil", "select",
    "{object}", "${table}", "%s", "a.b", "a[]", "a{key}", " ", "t", "a\\", "::error::x", "]]>", "<script>",
)  # fmt: skip
STEERING = {"\x1b", "\x00", "\x07", "\x9b", "\u202e"}
FORMS_OF_RESULTS = ("text", "json", "junit", "github", "html")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_column_may_be_called_anything(name: str, here: Path) -> None:
    quality = (
        "[{metric: nullValues, mustBe: 1}, {type: sql, query: 'select count({property}) from {object}', mustBe: 3}]"
    )
    promised = "required: true, unique: true, logicalTypeOptions: {minimum: 2}"
    said = f"{{name: {ascii_yaml(name)}, {promised}, quality: {quality}}}"
    (here / FILE).write_text(HEAD + columns(said))
    arrays([name], [1, 1, None, 5])(here)
    verdicts = told(validate("-o", "json"))

    outcomes = sorted(outcome for outcome, _ in verdicts.values())
    assert outcomes == ["fail"] * 3 + ["pass"] * 5
    for form in FORMS_OF_RESULTS:
        shown = validate("-o", form, "--all").out
        assert not STEERING & set(shown), form


def ascii_yaml(text: str) -> str:
    """Write a text in YAML by the numbers of its letters."""
    return (
        '"' + "".join(one if " " <= one < "\x7f" and one not in '"\\' else f"\\U{ord(one):08x}" for one in text) + '"'
    )


FILE_NAMES = (
    "a'b",
    'a"b',
    "a\x1b[31m",
    "a\nb",
    "a*b",
    "a?b",
    "a[1]",
    "a=b",
    "\U0001f4a5",
    "-x",
    "a;drop",
    "\u202ex",
    " ",
)


@pytest.mark.parametrize("name", FILE_NAMES, ids=ascii)
@pytest.mark.parametrize("is_sound", [True, False], ids=["sound", "bad"])
def test_a_file_may_be_called_anything(name: str, is_sound: bool, here: Path) -> None:
    (here / FILE).write_text(HEAD + AS_N)
    file = f"{name}.parquet"
    (rows("SELECT 1 n", file) if is_sound else raw(b"no table at all", file))(here)
    ran = validate("--explain", data=("--data", f"t={file}"))

    assert ran.code == (0 if is_sound else 1)
    assert not STEERING & set(ran.text)
    assert "a\nb" not in ran.text


@pytest.mark.parametrize("form", FORMS_OF_RESULTS)
def test_no_value_steers_what_shows_it(form: str, here: Path) -> None:
    (here / FILE).write_text(HEAD + columns("{name: s, classification: public, logicalTypeOptions: {maxLength: 1}}"))
    arrays(["s"], ["\x1b[31mred", "a\nb::error::c", "\u202eevil", "a\x00b", "]]><x/>", "<script>alert(1)</script>"])(
        here
    )
    ran = validate("-o", form, "--samples", "10")

    assert ran.code == 1
    assert not STEERING & set(ran.out)
    assert not any(line.lstrip().startswith("::error::c") for line in ran.out.splitlines())
    assert "<script>alert" not in (ran.out if form in {"html", "junit"} else "")
    if form == "json":
        assert ["a\x00b"] in [row[:1] for row in json.loads(ran.out)["samples"][0]["rows"]]
    if form == "junit":
        assert fromstring(ran.out).get("failures") == "1"


# ---------------------------------------------------------------------------------------------------------------------
# Sizes.


@pytest.mark.timeout(120)
def test_a_contract_of_5000_lines_is_validated(here: Path) -> None:
    listed = [
        f"name: c{number}\n    logicalType: string\n    required: true\n    logicalTypeOptions:\n      maxLength: 9\n"
        f"    quality:\n    - {{id: r{number}, metric: nullValues, mustBe: 0}}\n    description: Text {number}.\n"
        for number in range(620)
    ]
    (here / FILE).write_text(HEAD + columns(*listed))
    rows("SELECT " + ", ".join(f"'{number}' c{number}" for number in range(620)))(here)
    started = time.process_time()
    verdicts = told(validate("-o", "json"))

    assert len((here / FILE).read_text().splitlines()) > 5000
    assert {outcome for outcome, _ in verdicts.values()} == {"pass"}
    assert time.process_time() - started < 30


@pytest.mark.timeout(300)
def test_a_table_of_2000_columns_is_validated(here: Path) -> None:
    listed = (
        f"{{name: c{number}, required: true, logicalTypeOptions: {{minimum: {number}}}}}" for number in range(2000)
    )
    (here / FILE).write_text(HEAD + columns(*listed))
    rows("SELECT " + ", ".join(f"{number} c{number}" for number in range(2000)))(here)
    started = time.process_time()

    assert {outcome for outcome, _ in told(validate("-o", "json")).values()} == {"pass"}
    assert time.process_time() - started < 60


@pytest.mark.timeout(300)
def test_a_contract_of_thousands_of_columns_that_are_not_there_fails_and_says_so(here: Path) -> None:
    many = count(3_000, 10_000)
    (here / FILE).write_text(HEAD + columns(*(f"{{name: c{number}, required: true}}" for number in range(many))))
    ONE(here)
    started = time.process_time()
    outcomes = [outcome for outcome, _ in told(validate("-o", "json")).values()]

    assert {outcome: outcomes.count(outcome) for outcome in set(outcomes)} == {
        "fail": many, "error": many, "pass": 1, "warn": 1
    }  # fmt: skip
    assert time.process_time() - started < 60
    assert len(validate().out.splitlines()) < 100
