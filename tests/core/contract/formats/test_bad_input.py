"""Whatever stands in a file, an import makes a sound contract of it or refuses it; no name is taken for SQL."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import duckdb
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from assay.actions.contract_import import Source, import_contract
from assay.base.errors import AssayError
from assay.contract.formats.ddl_export import export_ddl
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.json_schema_export import export_json_schema
from core.contract.formats.documents import contract_of
from core.contract.formats.test_dbt import manifest
from core.contract.formats.test_ddl import SCRIPT, SHOP
from core.contract.formats.test_json_schema import FLIGHTS
from core.contract.formats.test_official import SCHEMA
from soak import count

TRIES = settings(max_examples=count(30, 3_000), phases=[Phase.explicit, Phase.generate])
ODD: list[Any] = [None, True, 0, -1, 5.5, "", "x", [], {}, ["a", 1], {"a": 1}, [[]], [{}], "{{ ref('x') }}", 10**20]
WORDS = ["NOT", "NULL", "CHECK (a > 1)", "UNIQUE", "(", ")", ",", "'x'", "INT", "PRIMARY KEY", "REFERENCES t (b)", ";"]
DOCUMENTS = {
    Source.DBT: json.loads(manifest()),
    Source.JSON_SCHEMA: json.loads(export_json_schema(contract_of(FLIGHTS)).text),
}
SCRIPTS = {Dialect.DUCKDB: SCRIPT, Dialect.POSTGRES: export_ddl(contract_of(SHOP), Dialect.POSTGRES).text}


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for step in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from paths(value[step], (*path, step))


def broken(document: Any, chance: Random) -> bytes:
    """Return a document in which a few values are gone, or odd ones."""
    changed = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 2, 4])):
        *above, last = chance.choice([path for path in paths(changed) if path])
        holder = changed
        for step in above:
            holder = holder[step]
        if chance.random() < 0.3:
            holder.pop(last)
        else:
            holder[last] = copy.deepcopy(chance.choice(ODD))
    return json.dumps(changed).encode()


def jumbled(script: str, chance: Random) -> bytes:
    """Return a script in which a few words are gone, or odd ones came."""
    words = script.split(" ")
    for _ in range(chance.choice([1, 2, 3])):
        place = chance.randrange(len(words))
        words[place : place + 1] = chance.choice([[], [words[place], chance.choice(WORDS)]])
    return " ".join(words).encode()


@given(st.integers(0, 2**32))
@TRIES
def test_an_odd_file_is_refused_or_becomes_a_sound_contract(seed: int) -> None:
    chance = Random(seed)
    for source, document in DOCUMENTS.items():
        attempt(broken(document, chance), source, Dialect.DUCKDB)
    for dialect, script in SCRIPTS.items():
        attempt(jumbled(script, chance), Source.DDL, dialect)


def attempt(content: bytes, source: Source, dialect: Dialect) -> None:
    with suppress(AssayError):
        assert import_contract(content, "file", None, source, SCHEMA, dialect=dialect).text


NASTY = ['a"b', "it's", "x; drop table y", "--", "a\nb", "ä €", "select", "a`b", "{}", "%s", "$1"]


def test_no_name_and_no_word_of_a_contract_is_sql() -> None:
    columns = [{"name": name, "logicalType": "string", "description": name} for name in NASTY]
    inside = {"name": "all", "logicalType": "object", "properties": copy.deepcopy(columns)}
    listed = {"name": "listed", "logicalType": "string", "enum": [{"value": name} for name in NASTY]}
    schema = [{"name": 'it\'s "x"', "description": "'; --", "properties": [*columns, inside, listed]}]
    contract = contract_of({**SHOP, "schema": schema})
    with duckdb.connect() as connection:
        connection.execute(export_ddl(contract, Dialect.DUCKDB).text)
        made = connection.execute("select column_name, comment from duckdb_columns() where not internal").fetchall()

    assert [(name, words) for name, words in made if name in NASTY] == [(name, name) for name in NASTY]
