"""What `servers` say, as a place: every fault of an entry at its line, and no secret but as a variable."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError
from assay.base.reading import read_yaml
from assay.base.source_places import DatabaseAddress, FilesPlace, ObjectsPlace, TablePlace
from assay.contract.model import Contract
from assay.contract.parse import parse_contract
from assay.project.source_places import source_place, written_secrets

FILE = "sources/orders.odcs.yaml"
TEXT = """\
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 1.0.0
servers:
  - server: dev
    environment: dev
{entry}
schema:
  - name: orders
    physicalName: order_lines
    properties:
      - name: line
        logicalType: integer
        primaryKey: true
        primaryKeyPosition: 2
      - name: order
        physicalName: Order No
        physicalType: numeric(12,0)
        logicalType: integer
        primaryKey: true
        primaryKeyPosition: 1
      - name: note
        logicalType: string
      - name: rate
        logicalType: number
"""
POSTGRES = """\
    type: {type}
    host: ${{PGHOST}}
    port: 5432
    database: shop
    schema: public
    customProperties:
      - property: user
        value: ${{PGUSER}}
      - property: password
        value: ${{PGPASSWORD}}
"""
VARIABLES = {"PGHOST": "db.internal", "PGUSER": "reader", "PGPASSWORD": "wine & cheese"}


def contract(entry: str) -> Contract:
    return parse_contract(read_yaml(TEXT.format(entry=entry.rstrip()), FILE))


def faults(entry: str, variables: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(AssayError) as refused:
        source_place(contract(entry), "dev", variables or {})
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize("kind", ["postgres", "postgresql"])
def test_a_table_of_postgresql(kind: str) -> None:
    place = source_place(contract(POSTGRES.format(type=kind)), "dev", VARIABLES)

    assert isinstance(place, TablePlace)
    assert place.address == DatabaseAddress("db.internal", 5432, "shop", "reader", "wine & cheese")
    assert (place.schema, place.table, place.key) == ("public", "order_lines", ("Order No", "line"))
    assert [(column.name, column.promised) for column in place.columns] == [
        ("line", "BIGINT"), ("Order No", "DECIMAL(12,0)"), ("note", "VARCHAR"), ("rate", None),
    ]  # fmt: skip
    assert place.written == "postgresql://${PGHOST}:5432/shop, table public.order_lines"
    assert str(place.where) == f"{FILE}:6:5"
    assert not [value for value in VARIABLES.values() if value in repr(place)]


def test_objects_with_keys_of_their_own_or_the_usual_ones() -> None:
    entry = """\
    type: s3
    location: s3://${BUCKET}/orders/**/*.parquet
    endpointUrl: http://127.0.0.1:9000/
    format: parquet
"""
    usual = {
        "BUCKET": "town",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_SESSION_TOKEN": "t",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    own = """\
    customProperties:
      - property: accessKeyId
        value: ${MINE}
      - property: secretAccessKey
        value: ${MY_WORD}
"""

    first = source_place(contract(entry), "dev", usual)
    second = source_place(contract(entry + own), "dev", {**usual, "MINE": "m", "MY_WORD": "w"})

    assert isinstance(first, ObjectsPlace)
    assert isinstance(second, ObjectsPlace)
    assert (first.bucket, first.pattern, first.endpoint) == ("town", "orders/**/*.parquet", "http://127.0.0.1:9000")
    assert (first.access_key, first.secret_key, first.session_token, first.region) == ("k", "s", "t", "eu-west-1")
    assert (second.access_key, second.secret_key, second.session_token) == ("m", "w", None)
    assert first.written == "s3://${BUCKET}/orders/**/*.parquet"


def test_files() -> None:
    place = source_place(
        contract("    type: local\n    path: ${IN}/*.parquet\n    format: parquet"), "dev", {"IN": "/a"}
    )

    assert isinstance(place, FilesPlace)
    assert (place.pattern, place.written) == ("/a/*.parquet", "${IN}/*.parquet")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("type: local\n    format: csv\n    path: a.csv", ["the format parquet, found format csv"]),
        ("type: custom", ["a server of type local, s3, postgres or postgresql, found type custom"]),
        ("type: s3\n    location: s3://town", ["a location as s3://BUCKET/KEY"]),
        ("type: s3\n    location: s3://town/folder/", ["a location as s3://BUCKET/KEY"]),
        ("type: s3\n    location: http://town/a", ["a location as s3://BUCKET/KEY"]),
        ("type: s3\n    location: s3://town/a\n    format: csv", ["the format parquet, found format csv"]),
        (
            "type: s3\n    location: s3://town/a\n    endpointUrl: 127.0.0.1:9000",
            ["an endpointUrl as https://HOST or https://HOST:PORT"],
        ),
        (
            "type: s3\n    location: s3://town/a\n    customProperties: [{property: accessKeyId, value: a}]",
            ["accessKeyId and secretAccessKey together, found one of them"],
        ),
        (
            "type: postgres\n    host: ${NO_HOST}\n    port: 70000\n    database: d\n    schema: s\n"
            "    customProperties: [{property: password, value: '${NO_WORD}'}, {property: sslmode, value: require}]",
            ["a port from 1 to 65535", "sslmode disable or verify-full", "a value of NO_HOST", "a value of NO_WORD"],
        ),
    ],
)
def test_every_fault_of_an_entry_is_told_at_its_line(entry: str, words: list[str]) -> None:
    found = faults(f"    {entry}")

    assert len(found) == len(words)
    for fault in found:
        assert fault.startswith(f"{FILE}:6:5: expected ")
    assert sorted(word for word in words for fault in found if f"expected {word}" in fault) == sorted(words)


def test_without_an_entry_for_the_environment_that_is_asked_for() -> None:
    with pytest.raises(AssayError) as refused:
        source_place(contract(POSTGRES.format(type="postgres")), "prod", VARIABLES)

    assert "expected a server for the environment prod, found none" in str(refused.value)


@pytest.mark.parametrize("value", ["hunter2", "a${PGPASSWORD}", "'${PGPASSWORD} '", "12345"])
def test_a_secret_that_stands_in_the_file_is_refused_and_not_repeated(value: str) -> None:
    entry = POSTGRES.format(type="postgres").replace("${PGPASSWORD}", value)

    (fault,) = written_secrets(contract(entry))

    assert str(fault).startswith(f"{FILE}:6:5: expected password as a variable, ${{NAME}}, found one that stands in")
    assert value.strip("' ") not in str(fault)
    assert not list(written_secrets(contract(POSTGRES.format(type="postgres"))))


FILES = """\
    type: local
    path: {path}
    format: parquet
    customProperties: [{{property: access, value: {access}}}]
"""


def files(path: str, access: str = "referenced", **variables: str) -> FilesPlace:
    place = source_place(contract(FILES.format(path=path, access=access)), "dev", variables)
    assert isinstance(place, FilesPlace)
    return place


def test_files_may_be_read_where_they_lie() -> None:
    assert files("data/*.parquet").is_referenced
    assert not files("data/*.parquet", "landed").is_referenced


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (FILES.format(path="x.parquet", access="borrowed"), "expected access landed or referenced, found borrowed"),
        (
            "    type: s3\n    location: s3://b/k.parquet\n"
            "    customProperties: [{property: access, value: referenced}]\n",
            "expected access landed of a server of type s3, found access referenced. "
            "An object may be replaced between two reads of one step, and no read says which it met.",
        ),
        (
            POSTGRES.format(type="postgres") + "      - {property: access, value: referenced}\n",
            "expected access landed of a server of type postgres, found access referenced. "
            "A table has no rows that stay as they are, and no sign of having changed.",
        ),
    ],
)
def test_only_files_are_read_where_they_lie(entry: str, told: str) -> None:
    with pytest.raises(AssayError) as refused:
        source_place(contract(entry), "dev", VARIABLES)
    assert [str(fault).partition(": ")[2] for fault in refused.value.faults] == [told]


@pytest.mark.parametrize(
    ("written", "found", "shown"),
    [
        ("data/*.parquet", "/opt/town/data/a.parquet", "/opt/town/data/a.parquet"),
        ("${TOP}/data/*.parquet", "/secret/top/data/a.parquet", "${TOP}/data/a.parquet"),
        ("${TOP}/${SUB}/x/**/*.parquet", "/secret/top/sub/x/y/a.parquet", "${TOP}/${SUB}/x/y/a.parquet"),
        ("${TOP}/*/${SUB}/x.parquet", "/secret/top/n/sub/x.parquet", "a file of ${TOP}/*/${SUB}/x.parquet"),
        ("/in/${SUB}.parquet", "/in/sub.parquet", "a file of /in/${SUB}.parquet"),
        ("${SUB}/a.parquet", "/opt/town/sub/a.parquet", "a file of ${SUB}/a.parquet"),
    ],
)
def test_a_file_is_shown_without_the_values_of_variables(written: str, found: str, shown: str) -> None:
    """Where a value stands is known of folders before every pattern; else the file is not named at all."""
    assert files(written, TOP="/secret/top", SUB="sub").shown(found) == shown
