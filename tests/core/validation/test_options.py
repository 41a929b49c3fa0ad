"""What logicalTypeOptions and physical types mean, beyond bounds and lengths: formats, objects, vectors, multiples."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.validation.conditions import Outcome
from assay.validation.layouts import Untranslatable, strptime_layout
from assay.validation.nested_types import element_of, fields_of, sides_of
from assay.validation.types import is_physical
from core.validation.duck import Duck, rows

Column = Callable[[str], str]
PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP

TEXTS: dict[str, tuple[list[str], list[str]]] = {
    "email": (["a@b.example", "a.b+c@x-y.example"], ["a", "a@b", "a@b..example", "a b@c.example", ".a@b.example"]),
    "uuid": (["123e4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000", "x"]),
    "uri": (["https://a.example/b?c#d", "mailto:a@b.example"], ["a/b", "http://a b", "://x"]),
    "date": (["2024-02-29"], ["2024-13-01", "2024-2-9", "29.02.2024"]),
    "time": (["12:00:00Z", "23:59:60.5+01:00"], ["12:00", "24:00:00Z"]),
    "date-time": (["2024-02-29T12:00:00Z", "2024-02-29t12:00:00.1-05:00"], ["2024-02-29", "2024-02-29T12:00:00"]),
    "ipv4": (["0.0.0.0", "255.10.1.9"], ["256.1.1.1", "1.2.3", "01.2.3.4"]),
    "ipv6": (
        ["::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "fe80::1:2", "::ffff:1.2.3.4", "1::"],
        ["1:2:3", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7:8:9", "g::"],
    ),
    "hostname": (["a", "a-b.example", "xn--a.example"], ["-a", "a_b", "a..b", "a" * 64]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_format_of_a_text_is_its_pattern(duck: Duck, column: Column, name: str) -> None:
    good, bad = TEXTS[name]
    rows(duck, "NULL", *(f"'{text}'" for text in [*good, *bad]))
    options = f"logicalType: string, logicalTypeOptions: {{format: {name}}}"

    assert duck.verdict(column(options), "format").bad_rows == len(bad)
    rows(duck, *(f"'{text}'" for text in good))
    assert duck.verdict(column(options), "format").outcome is PASS


def test_a_format_that_no_table_knows_is_skipped_with_the_reason(duck: Duck, column: Column) -> None:
    rows(duck, "'x'")
    verdict = duck.verdict(column("logicalType: string, logicalTypeOptions: {format: iban}"), "format")

    assert verdict.outcome is SKIP
    assert verdict.message == "no pattern is known for the format 'iban'; give one in 'pattern' to have it tested"


@pytest.mark.parametrize(
    ("layout", "good", "bad"),
    [
        ("yyyy-MM-dd", "2024-02-29", ("2024-02-30", "2024-2-29", "29/02/2024", "")),
        ("dd/MM/yyyy HH:mm", "29/02/2024 23:59", ("29/02/2024", "29/02/2024 24:00")),
        ("d.M.yyyy", "9.2.2024", ("9.13.2024",)),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-02-29T12:00:00.123Z", ("2024-02-29T12:00:00.123",)),
        ("d MMM yyyy", "9 Feb 2024", ("9 Fex 2024",)),
        ("hh:mm a", "09:30 PM", ("13:30 PM",)),
        ("yyyy''MM", "2024''02".replace("''", "'"), ("202402",)),
    ],
)
def test_a_layout_of_the_jdk_is_tested_on_texts(
    duck: Duck, column: Column, layout: str, good: str, bad: tuple[str, ...]
) -> None:
    texts = [text.replace("'", "''") for text in (good, *bad)]
    rows(duck, "NULL", *(f"'{text}'" for text in texts))
    fields = f'logicalType: timestamp, logicalTypeOptions: {{format: "{layout}"}}'
    verdict = duck.verdict(column(fields), "format")

    assert (verdict.outcome, verdict.bad_rows) == (FAIL, len(bad)), verdict.message


@pytest.mark.parametrize(
    ("value", "layout", "reason"),
    [
        ("DATE '2024-02-29'", "yyyy-MM-dd", "'yyyy-MM-dd' says how a text is written; the column is of the type date"),
        ("'x'", "QQQ yyyy", "the format 'QQQ yyyy' is not tested: 'QQQ' has no counterpart in strptime"),
        ("'x'", "yyyy[-MM]", "the format 'yyyy[-MM]' is not tested: '[' has no counterpart in strptime"),
    ],
)
def test_a_layout_that_cannot_be_tested_is_skipped_with_the_reason(
    duck: Duck, column: Column, value: str, layout: str, reason: str
) -> None:
    rows(duck, value)
    verdict = duck.verdict(column(f"logicalType: date, logicalTypeOptions: {{format: '{layout}'}}"), "format")

    assert (verdict.outcome, verdict.message[: len(reason)]) == (SKIP, reason)


def test_a_text_between_apostrophes_is_no_letter_of_a_layout() -> None:
    assert strptime_layout("yyyy'T''%'") == "%YT'%%"
    with pytest.raises(Untranslatable):
        strptime_layout("yyyyy")


@pytest.mark.parametrize(
    ("value", "options", "what", "bad"),
    [
        ("{'b': 1, 'c': NULL}", "minProperties: 2", "properties", 1),
        ("{'b': 1, 'c': NULL}", "maxProperties: 1", "properties", 0),
        ("{'b': 1, 'c': NULL}", "required: [b]", "fields", 0),
        ("{'b': 1, 'c': NULL}", "required: [b, c]", "fields", 1),
        ("{'b': 1}", "required: [z]", "fields", 1),
        ("NULL::STRUCT(b INTEGER)", "required: [z], minProperties: 1", "fields", 0),
        ("NULL::STRUCT(b INTEGER)", "minProperties: 1", "properties", 0),
        ("MAP {'k': 1}", "minProperties: 2", "properties", 1),
        ("""'{"b": 1}'::JSON""", "required: [b, c]", "fields", 1),
        ("""'{"b": 1}'::JSON""", "minProperties: 2", "properties", 1),
    ],
)
def test_an_object_has_so_many_fields_and_those_that_it_must(
    duck: Duck, column: Column, value: str, options: str, what: str, bad: int
) -> None:
    rows(duck, value)
    verdict = duck.verdict(column(f"logicalType: object, logicalTypeOptions: {{{options}}}"), f"a:{what}:")

    assert (verdict.outcome, verdict.bad_rows) == (FAIL if bad else PASS, bad), verdict.message


def test_fields_of_what_is_no_object_cannot_be_counted(duck: Duck, column: Column) -> None:
    rows(duck, "1")

    assert duck.verdict(column("logicalType: object, logicalTypeOptions: {minProperties: 2}"), "prop").outcome is ERROR
    assert duck.verdict(column("logicalType: object, logicalTypeOptions: {required: [b]}"), "fields").outcome is ERROR


def test_a_vector_has_its_dimensions_and_its_kind_of_entries(duck: Duck, column: Column) -> None:
    rows(duck, "[1.0, 2.0, 3.0]::FLOAT[]", "[1.0]::FLOAT[]", "NULL")
    options = "{dimensions: 3, elementType: float32, distanceMetric: cosine}"
    fields = f"logicalType: vector, logicalTypeOptions: {options}"

    assert duck.verdict(column(fields), "dimensions").bad_rows == 1
    assert duck.verdict(column(fields), "elementType").outcome is PASS
    assert duck.verdict(column(fields.replace("float32", "float64")), "elementType").outcome is FAIL
    assert duck.verdict(column(fields), "distanceMetric").outcome is SKIP


@pytest.mark.parametrize(
    ("value", "step", "bad"),
    [
        ("0.30::DECIMAL(4,2)", "0.1", 0),
        ("0.31::DECIMAL(4,2)", "0.1", 1),
        ("99999999999999999999999999999999999999::DECIMAL(38,0)", "3", 0),
        ("99999999999999999999999999999999999998::DECIMAL(38,0)", "3", 1),
        ("0.3::DOUBLE", "0.1", 0),
        ("0.35::DOUBLE", "0.1", 1),
        ("'nan'::DOUBLE", "0.1", 1),
        ("'inf'::DOUBLE", "0.1", 1),
        ("-6", "3", 0),
    ],
)
def test_a_multiple_is_exact_for_decimals_and_near_for_floating_point_numbers(
    duck: Duck, column: Column, value: str, step: str, bad: int
) -> None:
    rows(duck, value)

    assert duck.verdict(column(f"logicalTypeOptions: {{multipleOf: {step}}}"), "multipleOf").bad_rows == bad


@pytest.mark.parametrize(
    ("value", "kind", "name", "bad"),
    [
        ("300", "integer", "u8", 1),
        ("-1", "integer", "u128", 1),
        ("1", "integer", "i128", 0),
        ("'-170141183460469231731687303715884105728'::HUGEINT", "integer", "i128", 0),
        ("340282366920938463463374607431768211455::UHUGEINT", "integer", "u128", 0),
        ("340282366920938463463374607431768211455::UHUGEINT", "integer", "i128", 1),
        ("99::DECIMAL(2,0)", "integer", "u128", 0),
        ("128::DECIMAL(3,0)", "integer", "i8", 1),
        ("1e39::DOUBLE", "number", "f32", 1),
        ("1e38::DOUBLE", "number", "f32", 0),
        ("'nan'::DOUBLE", "number", "f32", 0),
        ("'inf'::DOUBLE", "number", "f64", 0),
        ("12.5::DECIMAL(3,1)", "number", "f64", 0),
    ],
)
def test_a_format_of_numbers_is_their_range(
    duck: Duck, column: Column, value: str, kind: str, name: str, bad: int
) -> None:
    rows(duck, value)
    verdict = duck.verdict(column(f"logicalType: {kind}, logicalTypeOptions: {{format: {name}}}"), "format")

    assert (verdict.outcome, verdict.bad_rows) == (FAIL if bad else PASS, bad), verdict.message


@pytest.mark.parametrize(
    ("promised", "found", "expected"),
    [
        ("struct<a:int,b:array<string>>", "STRUCT(a INTEGER, b VARCHAR[])", True),
        ("STRUCT(a INTEGER, b DECIMAL(10,2))", "STRUCT(a INTEGER, b DECIMAL(12,2))", False),
        ("struct<a:int>", "STRUCT(a INTEGER, b INTEGER)", False),
        ("struct<a:int>", "INTEGER", False),
        ("map<string,int>", "MAP(VARCHAR, INTEGER)", True),
        ("map<string,int>", "MAP(VARCHAR, BIGINT)", False),
        ("map<string,int>", "VARCHAR", False),
        ("array<decimal(10,2)>", "DECIMAL(10,2)[]", True),
        ("integer[][]", "INTEGER[][]", True),
        ("integer[]", "INTEGER[][]", False),
        ("float[3]", "FLOAT[3]", True),
        ("array<Money>", "INTEGER[]", None),
        ("struct<a:Money,b:int>", "STRUCT(a INTEGER, b VARCHAR)", False),
        ("ROW(a integer)", 'STRUCT("a" INTEGER)', True),
        ("union(a int)", "UNION(a INTEGER)", None),
    ],
)
def test_types_inside_types_are_compared_one_by_one(promised: str, found: str, expected: bool | None) -> None:
    assert is_physical(promised, found) is expected


def test_names_of_fields_may_hold_what_else_divides_types() -> None:
    kind = 'STRUCT("a, b" INTEGER, "c""d(" MAP(VARCHAR, STRUCT(x INTEGER[])), e ENUM(\'p,q\', \'r)\'))'

    assert fields_of(kind) == {
        "a, b": "INTEGER",
        'c"d(': "MAP(VARCHAR, STRUCT(x INTEGER[]))",
        "e": "ENUM('p,q', 'r)')",
    }
    assert sides_of("MAP(VARCHAR, STRUCT(x INTEGER[]))") == ("VARCHAR", "STRUCT(x INTEGER[])")
    assert element_of("STRUCT(x INTEGER[])[3]") == "STRUCT(x INTEGER[])"
    assert [one("DECIMAL(10,2)") for one in (element_of, fields_of, sides_of)] == [None] * 3
