"""A query in another dialect as DuckDB's SQL: read and written by sqlglot, with what that does not carry in between.

What is made stands on the lines of the text of which it is made: what is said of a line of it is said of the
author's. Imported only where a query is translated, for sqlglot is slow to import.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from sqlglot import ErrorLevel, TokenType, exp
from sqlglot import Token as ParserToken
from sqlglot.dialects.dialect import Dialect as ParserDialect
from sqlglot.errors import SqlglotError, UnsupportedError

from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.sql import refused, spark
from assay.sql.carrying import carry
from assay.sql.dialects import MEANINGS, Dialect
from assay.sql.parse import not_one_query
from assay.sql.refused import Refusal, refused_uses, words
from assay.sql.refusing import nameless, refused_nodes
from assay.sql.tokens import Kind, Token, line_at
from assay.sql.tree import parse_tree

_CLOCK = words("getutcdate sysdatetime sysutcdatetime sysdatetimeoffset systimestamp curtime utc_date utc_time "
               "utc_timestamp current_datetime timeofday now64")  # fmt: skip
_CHANCE = words("newsequentialid uuid_string generate_uuid gen_random_bytes randombytes randomblob seq1 seq2 seq4 seq8 "
                "last_insert_id last_insert_rowid changes total_changes crypt_gen_random zipf normal")  # fmt: skip
_SESSION = words("database schema user_name suser_sname host_name connection_id current_role current_warehouse "
                 "current_account sqlite_version pg_backend_pid system_user")  # fmt: skip
_OUTSIDE = words("openrowset opendatasource openquery external_query load_file pg_read_file dblink "
                 "load_extension readfile pg_sleep sleep benchmark")  # fmt: skip

REFUSALS = (
    Refusal(refused.CLOCK.names | spark.CLOCK.names | _CLOCK, refused.CLOCK.expected, spark.CLOCK.hint),
    Refusal(refused.CHANCE.names | spark.CHANCE.names | _CHANCE, refused.CHANCE.expected, refused.CHANCE.hint),
    Refusal(refused.SESSION.names | spark.SESSION.names | _SESSION, refused.SESSION.expected, refused.SESSION.hint),
    Refusal(refused.OUTSIDE.names | _OUTSIDE, refused.OUTSIDE.expected, refused.OUTSIDE.hint),
)
"""What no dialect may use, under all the names that it has in them."""


def translate_query(text: str, file: str, dialect: Dialect, *, is_table: bool = True) -> str:
    """Return a query as DuckDB's SQL.

    Args:
        text: one SELECT in the dialect; a semicolon may end it.
        file: the name to show in errors.
        dialect: any but the engine's own.
        is_table: whether a table is made of it, so that each of its columns must have a name: engines name what has
            none in different ways.

    Raises:
        AssayError: not SQL, not one query, or something that is not carried; at its line.
    """
    meaning = MEANINGS[dialect]
    parsed = _parser_tokens(text, file, meaning.reader)
    tokens = list(_tokens(parsed, text))
    raise_faults(not_one_query(tokens, file))
    raise_faults([*_uses(tokens, file), *(_of_tsql(tokens, file) if dialect is Dialect.TSQL else ())])
    if dialect is Dialect.MYSQL and "/*!" in text:
        place = Place(file, line_at(text, text.index("/*!")))
        raise AssayError(Fault(place, "comments that are no code", "/*!", "Write what MySQL is to run as SQL."))
    tree = parse_tree(text, file, meaning.reader)
    try:
        return _on_lines(_made(tree, text, file, dialect, is_table=is_table), parsed, text)
    except RecursionError as error:
        raise AssayError(Fault(Place(file, 1), "a query that can be read", "too deep a nesting")) from error


def _made(tree: exp.Query, text: str, file: str, dialect: Dialect, *, is_table: bool) -> str:
    raise_faults([*refused_nodes(tree, text, file, dialect), *(nameless(tree, text, file) if is_table else ())])
    try:
        return carry(tree, dialect).sql("duckdb", unsupported_level=ErrorLevel.RAISE, comments=False)
    except UnsupportedError as error:
        hint = "Write it in another way, or the step in DuckDB's SQL: `dialect: duckdb`."
        expected = f"SQL of {MEANINGS[dialect].title} that is carried to DuckDB"
        raise AssayError(Fault(Place(file), expected, str(error).splitlines()[0], hint)) from error


def _uses(tokens: Sequence[Token], file: str) -> Iterator[Fault]:
    """Find clock, chance and the session by their names; a table that is read as a function is looked for elsewhere."""
    yield from refused_uses(tokens, file, REFUSALS)
    for token in tokens:
        if token.text.startswith("@@"):
            yield Fault(Place(file, token.line), refused.SESSION.expected, token.text, refused.SESSION.hint)


def _of_tsql(tokens: Sequence[Token], file: str) -> Iterator[Fault]:
    """Find what sqlglot takes for something else: T-SQL's REAL, of 32 bits, for FLOAT, of 64; ISNULL for COALESCE."""
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.name == "real" and (before.name, after.text) in {("as", ")"), ("", ",")} and before.text != ",":
            yield Fault(Place(file, token.line), "a type that DuckDB is given", token.text, "Use FLOAT.")
        if token.name == "isnull" and after.text == "(":
            hint = "Use COALESCE: it has the type of all, and not of the first."
            yield Fault(Place(file, token.line), "what means the same in T-SQL and in DuckDB", token.text, hint)


def _parser_tokens(text: str, file: str, reader: str) -> list[ParserToken]:
    try:
        return list(ParserDialect.get_or_raise(reader).tokenize(text))
    except SqlglotError as error:
        raise AssayError(Fault(Place(file, 1), "SQL", str(error).splitlines()[0])) from error


def _tokens(parsed: Sequence[ParserToken], text: str) -> Iterator[Token]:
    for token in parsed:
        kind, written = Kind.SYMBOL, token.text
        if token.token_type is TokenType.IDENTIFIER:
            kind, written = Kind.QUOTED, f'"{token.text}"'
        elif token.token_type is TokenType.STRING or token.token_type.name.endswith("_STRING"):
            kind = Kind.STRING
        elif token.token_type is TokenType.NUMBER:
            kind = Kind.NUMBER
        elif token.text[:1].isalpha() or token.text[:1] == "_":
            kind = Kind.WORD
        yield Token(kind, written, token.start, line_at(text, token.start))


def _on_lines(made: str, parsed: Sequence[ParserToken], text: str) -> str:
    """Break what was made so that each word that the author wrote too stands on the author's line, if it can.

    Words are matched in order. What was put before one goes with it; what was moved stands where it came to stand.
    """
    theirs = [token for token in parsed if _is_word(token)]
    tokens = ParserDialect.get_or_raise("duckdb").tokenize(made)
    words = [(number, token) for number, token in enumerate(tokens) if _is_word(token)]
    matcher = SequenceMatcher(
        None, [t.text.lower() for _, t in words], [t.text.lower() for t in theirs], autojunk=False
    )
    breaks = [0, *(index + 1 for index, sign in enumerate(text) if sign == "\n")]
    parts, line, end, after = [], 1, 0, 0
    for block in matcher.get_matching_blocks():
        for index in range(block.size):
            number, token = words[block.a + index][0], theirs[block.b + index]
            wanted = bisect_right(breaks, token.start)
            at = _break_before(made, [each.start for each in tokens[after : number + 1]])
            after = number + 1
            if at is None or wanted <= line + made.count("\n", end, at):
                continue
            parts += [made[end:at].removesuffix(" "), "\n" * (wanted - line - made.count("\n", end, at))]
            parts.append(_indent(text, breaks[wanted - 1]))
            line, end = wanted, at
    return "".join([*parts, made[end:]])


def _break_before(made: str, starts: Sequence[int]) -> int | None:
    """Return the first place between two words at which a line may end; None where none may."""
    return next((start for start in starts if start == 0 or made[start - 1] == " "), None)


def _indent(text: str, start: int) -> str:
    return text[start : len(text) - len(text[start:].lstrip(" \t"))]


def _is_word(token: ParserToken) -> bool:
    return token.text[:1].isalnum() or token.text[:1] == "_" or token.token_type is TokenType.STRING
