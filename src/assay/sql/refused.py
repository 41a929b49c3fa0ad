"""What a query may not use, by name: literal tables and the search of a text's tokens for them.

DuckDB's own list of functions with their stability is the source of the names; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.base.errors import Fault, Place
from assay.sql.tokens import Kind, Token


@dataclass(frozen=True, slots=True)
class Refusal:
    """A group of functions that a query may not call, what would be right instead, and what to do."""

    names: frozenset[str]
    expected: str
    hint: str


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


_AS_OF = "Use the parameter $as_of, the logical date of the build."
_SOURCE = "Describe the file as a source (sources/NAME.odcs.yaml) and read sources.NAME."

OUTSIDE = Refusal(
    words(
        """
        read_csv read_csv_auto sniff_csv read_parquet parquet_scan parquet_metadata parquet_schema
        parquet_file_metadata parquet_full_metadata parquet_kv_metadata parquet_bloom_probe read_json
        read_json_auto read_json_objects read_json_objects_auto read_ndjson read_ndjson_auto
        read_ndjson_objects read_text read_blob read_duckdb read_xlsx glob getenv getvariable current_setting
        query query_table json_execute_serialized_sql sqlite_scan postgres_scan mysql_scan iceberg_scan
        delta_scan st_read http_get http_post arrow_scan arrow_scan_dumb pandas_scan python_map_function
        seq_scan write_log sleep_ms which_secret duckdb_secrets duckdb_settings duckdb_logs duckdb_logs_parsed
        duckdb_variables
        """
    ),
    "a query of tables alone",
    _SOURCE,
)
CLOCK = Refusal(
    words(
        """
        now today ago current_date current_time current_timestamp current_localtime current_localtimestamp localtime
        localtimestamp get_current_date get_current_time get_current_timestamp transaction_timestamp
        statement_timestamp clock_timestamp sysdate getdate pg_postmaster_start_time pg_conf_load_time
        """
    ),
    "a result that does not depend on the clock",
    _AS_OF,
)
CHANCE = Refusal(
    words(
        """
        random rand setseed uuid uuidv4 uuidv7 gen_random_uuid newid nextval currval reservoir_quantile txid_current
        current_query current_query_id current_connection_id current_transaction_id stats
        """
    ),
    "a result that is the same each time",
    "Derive the value from the data, for example with md5 or hash of the key.",
)
SESSION = Refusal(
    words("current_database current_schema current_schemas in_search_path version"),
    "a result that does not depend on the session",
    "Write the value out.",
)
UNSTEADY = (CLOCK, CHANCE, SESSION)
"""What a step may not use, for then the same inputs would give other rows; a look at the data may."""

# SQL's clock values are written without parentheses; DuckDB takes them in quotes too.
_CLOCK_WORDS = words("current_date current_time current_timestamp localtime localtimestamp")


def refused_uses(tokens: Sequence[Token], file: str, refusals: Sequence[Refusal]) -> Iterator[Fault]:
    """Find the calls of refused functions, whatever the case or quotes in which they are written."""
    for index, token in enumerate(tokens):
        name = token.name
        called = _text(tokens, index + 1) == "("
        if not name or not (called or name in _CLOCK_WORDS):
            continue
        place = Place(file, token.line)
        for refusal in refusals:
            if name in refusal.names and (called or _stands_alone(tokens, index)):
                yield Fault(place, refusal.expected, f"{token.text}()" if called else token.text, refusal.hint)
        if CLOCK in refusals and called and name == "age" and _arguments(tokens, index + 1) == 1:
            yield Fault(place, CLOCK.expected, "age() of one argument, which measures from today", _AS_OF)


def _stands_alone(tokens: Sequence[Token], index: int) -> bool:
    """Whether a word is a value of its own: not t.word, not word.x, not the name given by AS."""
    before, after = _text(tokens, index - 1), _text(tokens, index + 1)
    return before != "." and after != "." and before.lower() != "as"


def _arguments(tokens: Sequence[Token], opening: int) -> int:
    depth, commas = 0, 0
    for token in tokens[opening:]:
        if token.kind is not Kind.SYMBOL:
            continue
        depth += (token.text in "([{") - (token.text in ")]}")
        commas += token.text == "," and depth == 1
        if depth == 0:
            break
    return commas + 1


def _text(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) else ""
