"""Bad contracts and bad data through the real commands: a verdict or a clear error each, and no silent pass.

Of every case the same is asked: the exit code says how it went and is never that of a defect, every rule of the contract
has one verdict, the rule in question has the one it should, and nothing on disk has changed but the state. What a person
reads of it stands in the snapshot beside this file.
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

HEAD = "version: 1.0.0\napiVersion: v3.2.0\nkind: DataContract\nid: x\n"
FILE = "c.odcs.yaml"
DATA = ("--data", "t=t.parquet")

Lay = Callable[[Path], None]
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
    return lambda folder: pq.write_table(pa.Table.from_arrays([pa.array(one) for one in values], names=names), folder / "t.parquet")  # noqa: E501


def both(*lays: Lay) -> Lay:
    def lay(folder: Path) -> None:
        for one in lays:
            one(folder)

    return lay


def raw(content: bytes, file: str = "t.parquet") -> Lay:
    return lambda folder: (folder / file).write_bytes(content) and None


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
         columns("{name: d, physicalType: 'decimal(38,38)', enum: [{value: 0.25}, {value: 1}], "
                 "logicalTypeOptions: {minimum: 0.3, exclusiveMaximum: 1, multipleOf: 0.01}}",
                 "{name: e, logicalTypeOptions: {minimum: 0.3, multipleOf: 1000, maximum: 1}}"),
         rows("SELECT d::DECIMAL(38,38) d, d::DECIMAL(38,38) e FROM (VALUES ('0.25'), "
              "('0.29999999999999999999999999999999999999'), ('0.99999999999999999999999999999999999999'), ('0')) v(d)"),
         {"d:multipleOf": ("fail", "2 rows"), "d:range": ("fail", "3 rows"), "d:enum": ("fail", "3 rows"),
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
         {"n:required": ("pass", "0 rows tested"), "n:unique": ("pass", "0 rows tested"), "t:rows": ("warn", "")}, code=0),
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
    Case("no table but text", AS_N, raw(b"n\n1\n2\n3\n4\n5\n"), refused="too small to be a Parquet file"),
    Case("a page of the web", AS_N, raw(b"<html>" + b"x" * 100), refused="No magic bytes"),
    Case("a zip", AS_N, raw(zipped()), refused="No magic bytes"),
    Case("an empty file", AS_N, raw(b""), refused="too small"),
    Case("only the marks of Parquet", AS_N, raw(b"PAR1" + b"\xff" * 100 + b"\xff\xff\xff\x7fPAR1"), refused="Footer length"),
    Case("an encrypted file", AS_N, raw(b"PARE" + b"\xff" * 100 + b"\x10\0\0\0PARE"), refused="encrypted"),
    Case("Parquet that is called CSV", AS_N, rows("SELECT 1 n", "t.csv"), {"n:unique": ("pass", "")}, code=0,
         arguments=("--data", "t=t.csv")),
    Case("a folder", AS_N, lambda folder: (folder / "t.parquet").mkdir(), refused="t.parquet/*.parquet"),
    Case("a folder among files", AS_N, both(ONE, lambda folder: (folder / "u.parquet").mkdir()),
         refused="u.parquet/*.parquet", arguments=MANY),
    Case("a pipe", AS_N, lambda folder: os.mkfifo(folder / "t.parquet"), refused="no ordinary file"),
    Case("a pipe among files", AS_N, both(ONE, lambda folder: os.mkfifo(folder / "u.parquet")), refused="no ordinary file",
         arguments=MANY),
    Case("a socket", AS_N, _socket, refused="no ordinary file"),
    Case("a link to itself", AS_N, link("t.parquet"), refused="a link that leads to no file"),
    Case("a link to nothing", AS_N, link("gone.parquet"), refused="a link that leads to no file"),
    Case("a link to what never ends", AS_N, link("/dev/zero"), refused="a link that leads to no file"),
    Case("no file at all", AS_N, lambda _: None, refused="none that match", code=2),
    Case("a name that is too long", AS_N, lambda _: None, refused="name too long", arguments=("--data", f"t={'a' * 300}")),
    Case("an address in the network", AS_N, lambda _: None, refused="none that match", code=2,
         arguments=("--data", "t=https://example.org/t.parquet")),
    Case("a file named twice", AS_N, ONE, refused="t.parquet again", code=2, arguments=(*DATA, "--data", "t=*.parquet")),
    Case("a file and a link to it", AS_N, both(ONE, lambda folder: (folder / "u.parquet").symlink_to("t.parquet")),
         refused="u.parquet again", code=2, arguments=MANY),
    Case("a table that the contract does not have", AS_N, ONE, refused="data of one of its datasets", code=2,
         arguments=("--data", "u=t.parquet")),
    Case("a table that is no name", AS_N, ONE, refused="a.b.c", code=2, arguments=("--data", "a.b.c=t.parquet")),
    Case("files of other columns", AS_N, both(ONE, rows("SELECT 3 n, 2 b", "u.parquet")), refused="b as well", arguments=MANY),
    Case("files of other types", AS_N, both(ONE, rows("SELECT 3::BIGINT n", "u.parquet")), refused="n as BIGINT",
         arguments=MANY),
    Case("files of another order", AS_N, both(rows("SELECT 1 n, 2 b"), rows("SELECT 2 b, 3 n", "u.parquet")),
         refused="the same in another order", arguments=MANY),
    Case("a bad file among good ones", AS_N, both(ONE, raw(b"x" * 50, "u.parquet")), refused="u.parquet", arguments=MANY),
    Case("a name that is a pattern of another file", columns("{name: n, logicalTypeOptions: {maximum: 1}}"),
         both(rows("SELECT 2 n", "a[1].parquet"), rows("SELECT 1 n", "a1.parquet")), {"n:range": ("fail", "1 row")},
         arguments=("--data", "t=a[1].parquet")),
    Case("a folder that is a pattern of another one", AS_N,
         both(rows("SELECT 2 n", "[a]/t.parquet"), rows("SELECT 1 n", "a/t.parquet")), refused="a pattern of other files",
         arguments=("--data", "t=[a]/t.parquet")),
)  # fmt: skip


def nulls(*limits: str) -> str:
    return columns(f"{{name: n, quality: [{', '.join(f'{{metric: nullValues, {limit}}}' for limit in limits)}]}}")


RULES = (
    Case("rules that contradict one another", nulls("id: a, mustBe: 0", "id: b, mustBeGreaterThan: 0"), ONE,
         {"a": ("pass", "0 rows"), "b": ("fail", "0 rows")}, lint=1),
    Case("bounds that contradict one another", columns("{name: n, logicalTypeOptions: {minimum: 5, maximum: 3}}"), ONE,
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
    return {
        check: (verdict["outcome"], f"{verdict['measured'] or ''} {verdict['message']}") for check, verdict in said
    }


def named(verdicts: Mapping[str, tuple[str, str]], name: str) -> tuple[str, str]:
    """Return the verdict of a rule by its name without the hash."""
    plain, tilde, number = name.partition("~")
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
        said = {name: named(verdicts, name) for name in case.verdicts}
        assert {name: (outcome, words if words in said[name][1] else said[name][1])
                for name, (outcome, words) in case.verdicts.items()} == {
            name: (outcome, case.verdicts[name][1] if case.verdicts[name][1] in words else f"not in {words}")
            for name, (outcome, words) in said.items()
        }  # fmt: skip
    assert {path: digest for path, digest in state_of(here).items() if not path.startswith("state/")} == before
    assert shown.text.replace("a" * 300, "(long)") == snapshot
