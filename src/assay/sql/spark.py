"""One query in Spark's dialect and what it says of itself; what it may not use, by Spark's names.

The logical date is ``:as_of``, Spark's own form of a parameter, so that the text runs as it is wherever Spark does;
``$as_of``, as in a query for DuckDB, is nothing that Spark can read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.names import TableRef
from assay.sql.parse import AS_OF, Query, not_a_table, not_one_query, ordered_tables
from assay.sql.refused import Refusal, refused_uses, words
from assay.sql.spark_tokens import spark_tokens, text_of
from assay.sql.tokens import Kind, Token, digest_tokens

TABLE_FUNCTIONS = words("explode explode_outer posexplode posexplode_outer inline inline_outer stack json_tuple range")
"""The functions that a query may read as a table: they make rows of their arguments alone."""

_USE_AS_OF = f"Use the parameter :{AS_OF}, the logical date of the build."
_DERIVE = "Derive the value from the data, for example with md5 or xxhash64 of the key."

OUTSIDE = Refusal(
    words(
        """
        java_method reflect try_reflect identifier python_worker_logs sql_keywords collations
        input_file_name input_file_block_start input_file_block_length
        """
    ),
    "a query of tables alone",
    "Describe what it reads as a source (sources/NAME.odcs.yaml), or write the table's name.",
)
CLOCK = Refusal(
    words(
        """
        now curdate current_date current_time current_timestamp localtime localtimestamp
        """
    ),
    "a result that does not depend on the clock",
    _USE_AS_OF,
)
CHANCE = Refusal(
    words(
        """
        rand randn random randstr uniform uuid shuffle monotonically_increasing_id spark_partition_id aes_encrypt
        """
    ),
    "a result that is the same each time",
    _DERIVE,
)
SESSION = Refusal(
    words(
        """
        current_user user session_user current_catalog current_database current_schema current_path current_timezone
        version
        """
    ),
    "a result that does not depend on the session",
    "Write the value out.",
)
UNSTEADY = (CLOCK, CHANCE, SESSION)

_OF_NOW = words("unix_timestamp to_unix_timestamp")
"""Functions that ask the clock where they have no argument."""

DAYS_OF_THE_CLOCK = words("now today tomorrow yesterday")
"""What Spark reads as a moment of the clock where a text becomes a date or a timestamp."""

_MAKES_A_MOMENT = words(
    """
    date timestamp timestamp_ltz timestamp_ntz cast try_cast to_date to_timestamp to_timestamp_ltz to_timestamp_ntz
    try_to_date try_to_timestamp
    """
)


def parse_spark_query(text: str, file: str) -> Query:
    """Read one SELECT in Spark's dialect; the same inputs must always give the same rows.

    Args:
        text: the query; a semicolon may end it.
        file: the name to show in errors.

    Raises:
        AssayError: not SQL, not one query, a parameter other than ``:as_of``, or something it may not use: files, the
            network, Java, scripts, tables of more than two names, the clock, chance and the session.
    """
    tokens = spark_tokens(text, file)
    raise_faults(not_one_query(tokens, file))
    raise_faults(_pipes(tokens, file))
    faults = [*refused_uses(tokens, file, (OUTSIDE, *UNSTEADY)), *_clock_uses(tokens, file), *_of_files(tokens, file)]
    from assay.sql import spark_tree  # sqlglot costs 0.1 s; what is remembered needs no parsing
    from assay.sql import tree as trees

    try:
        tree = trees.parse_tree(text, file, "spark")
    except AssayError as error:
        raise AssayError(*faults, *error.faults) from error
    parts = spark_tree.telling_parts(tree)
    lines: dict[TableRef, int] = {}
    for table, written, line in trees.tables_read(parts, text):
        if table is None:
            faults.append(not_a_table(written, Place(file, line)))
        else:
            lines[table] = min(line, lines.get(table, line))
    known = OUTSIDE.names | CHANCE.names | CLOCK.names
    faults += trees.refused_parts(parts, tokens, file, steady=True, table_functions=TABLE_FUNCTIONS, known=known)
    faults += spark_tree.refused_parts(parts, tokens, file)
    raise_faults(faults)
    uses_as_of = spark_tree.asks_for(AS_OF, parts)
    return Query(digest_tokens(tokens), ordered_tables(lines), lines, trees.column_names(tree), uses_as_of)


def _pipes(tokens: Sequence[Token], file: str) -> Iterator[Fault]:
    for one, other in pairwise(tokens):
        if one.text == "|" and other.text == ">" and other.start == one.start + 1:
            yield Fault(Place(file, one.line), "a query as SELECT ... FROM ...", "|>", "Write its parts as clauses.")


def _of_files(tokens: Sequence[Token], file: str) -> Iterator[Fault]:
    """Find the column that Spark adds to every table of files: their paths and times, which are others elsewhere."""
    uses = (token for token in tokens if token.name == "_metadata")
    return (
        Fault(Place(file, token.line), OUTSIDE.expected, token.text, "Name a column of the table.") for token in uses
    )


def _clock_uses(tokens: Sequence[Token], file: str) -> Iterator[Fault]:
    """Find what asks the clock by how it is written: no argument, or a text that means a day of now."""
    for index, token in enumerate(tokens):
        after = [each.text for each in tokens[index + 1 : index + 3]]
        if token.name in _OF_NOW and after == ["(", ")"]:
            yield Fault(Place(file, token.line), CLOCK.expected, f"{token.text}()", CLOCK.hint)
        if token.kind is Kind.STRING and _begins(token) in DAYS_OF_THE_CLOCK and _becomes_a_moment(tokens, index):
            yield Fault(Place(file, token.line), CLOCK.expected, token.text, CLOCK.hint)


def _begins(token: Token) -> str:
    """Return the first word of a text; a zone may follow it."""
    return next(iter(text_of(token).lower().split()), "")


def _becomes_a_moment(tokens: Sequence[Token], index: int) -> bool:
    before = [token.name or token.text for token in tokens[max(index - 2, 0) : index]]
    after = [token.text for token in tokens[index + 1 : index + 3]]
    called = before[-1:] == ["("] and before[0] in _MAKES_A_MOMENT
    return called or after == [":", ":"] or (bool(before) and before[-1] in _MAKES_A_MOMENT)
