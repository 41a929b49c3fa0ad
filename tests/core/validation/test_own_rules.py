"""What our own rules mean: conditional, any-of, failed rows, totals, reconciliation, series, sequences, history."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from assay.base.names import TableRef
from assay.validation.conditions import Outcome
from assay.validation.history import Past, past
from assay.validation.verdicts import Verdict, judge
from core.validation.duck import NOW, Duck, contract_of, custom, two

PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


def verdict_of(duck: Duck, values: str, implementation: str, more: str = "") -> Verdict:
    """Test table ``t`` with columns ``a`` and ``b`` by one rule."""
    fields = custom(implementation)
    return duck.verdict(two(duck, values, fields.replace("}]", f"{more}}}]") if more else fields), "r")


# Rows.


def test_a_conditional_rule_tests_the_rows_of_its_condition_alone(duck: Duck) -> None:
    verdict = verdict_of(duck, "(1, 1), (1, 2), (2, 3), (NULL, 3)", "{check: conditional, when: a = 1, then: b = 1}")

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (FAIL, 1, 2)
    assert verdict.sentence == "in every row with a = 1, b = 1"


def test_one_of_several_conditions_is_enough(duck: Duck) -> None:
    verdict = verdict_of(duck, "(1, 0), (0, 1), (0, 0), (0, NULL)", "{check: anyOf, conditions: [a = 1, b = 1]}")

    assert (verdict.bad_rows, verdict.tested_rows) == (1, 4)


@pytest.mark.parametrize(
    ("limit", "outcome"), [("", FAIL), (", mustBe: 2", PASS), (", mustBeLessOrEqualTo: 50, unit: percent", PASS)]
)
def test_a_failed_rows_query_counts_what_it_selects(duck: Duck, limit: str, outcome: Outcome) -> None:
    query = "{check: failedRows, query: 'select a from {object} where a > 1'" + limit + "}"
    verdict = verdict_of(duck, "(1, 0), (2, 0), (3, 0), (0, 0)", query)

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (outcome, 2, 4)


def test_a_failed_rows_query_may_use_nothing_but_tables(duck: Duck) -> None:
    assert verdict_of(duck, "(1, 0)", "{check: failedRows, query: select * from read_csv('x')}").outcome is ERROR


# Control totals.


@pytest.mark.parametrize(
    ("settings", "outcome"),
    [
        ("mustBe: 6", PASS),
        ("mustBe: 7", FAIL),
        ("mustBe: 7, tolerance: 1", PASS),
        ("mustBeBetween: [5, 6]", PASS),
        ("query: select 6", PASS),
        ("query: select 7", FAIL),
        ("query: 'select max(a) from {object}', tolerance: 3", PASS),
        ("query: select 6 union all select 6", ERROR),
        ("query: 'select 6, 6'", ERROR),
        ("query: select null", ERROR),
    ],
)
def test_a_control_total_is_a_number_or_what_a_query_answers(duck: Duck, settings: str, outcome: Outcome) -> None:
    verdict = verdict_of(duck, "(1, 0), (2, 0), (3, 0)", f"{{check: controlTotal, expression: sum(a), {settings}}}")

    assert verdict.outcome is outcome, verdict.message


def test_a_control_total_takes_the_operator_of_the_rule_too(duck: Duck) -> None:
    verdict = verdict_of(duck, "(1, 0), (2, 0)", "{check: controlTotal, expression: sum(a)}", ", mustBe: 3")

    assert (verdict.outcome, verdict.sentence) == (PASS, "sum(a) is exactly 3")


# Reconciliation.


def reconciled(duck: Duck, own: str, other: str, settings: str) -> Verdict:
    duck.connection.execute("CREATE SCHEMA sources")
    duck.table("sources.u", f"SELECT * FROM (VALUES {other}) AS v(k, x)")
    return verdict_of(duck, own, f"{{check: reconciliation, with: sources.u, {settings}}}")


ROWS = "key: {a: k}, columns: {b: x}"


@pytest.mark.parametrize(
    ("own", "other", "outcome", "message"),
    [
        ("(1, 10), (2, 20)", "(2, 20), (1, 10)", PASS, ""),
        ("(1, 10), (2, 20)", "(1, 10)", FAIL, "1 only here"),
        ("(1, 10)", "(1, 10), (2, 20), (3, 30)", FAIL, "2 only in sources.u"),
        ("(1, 10), (2, 20)", "(1, 11), (2, NULL)", FAIL, "2 with other values"),
        ("(1, 10), (1, 10)", "(1, 10)", FAIL, "1 more than once in one of them"),
        ("(1, NULL)", "(1, NULL)", PASS, ""),
        ("(NULL, 10)", "(NULL, 10)", PASS, ""),
    ],
)
def test_two_tables_are_compared_key_by_key(duck: Duck, own: str, other: str, outcome: Outcome, message: str) -> None:
    verdict = reconciled(duck, own, other, ROWS)

    assert (verdict.outcome, verdict.message) == (outcome, message)


@pytest.mark.parametrize(("tolerance", "outcome"), [("0", FAIL), ("0.09", FAIL), ("0.1", PASS)])
def test_numbers_of_two_tables_are_equal_within_a_tolerance(duck: Duck, tolerance: str, outcome: Outcome) -> None:
    assert reconciled(duck, "(1, 10.1)", "(1, 10.0)", f"{ROWS}, tolerance: {tolerance}").outcome is outcome


def test_a_part_of_the_keys_may_differ(duck: Duck) -> None:
    limit = f"{ROWS}, mustBeLessOrEqualTo: 50, unit: percent"
    verdict = reconciled(duck, "(1, 10), (2, 20)", "(1, 10), (2, 21)", limit)

    assert (verdict.outcome, verdict.measured) == (PASS, "50 percent")


@pytest.mark.parametrize(
    ("own", "other", "outcome", "message"),
    [
        ("(1, 'x'), (2, 'y')", "(2, 'y'), (1, 'x')", PASS, ""),
        ("(1, 'x'), (2, 'y')", "(2, 'x'), (1, 'x')", FAIL, "the hash total of b differs"),
        ("(1, 'x'), (2, 'y')", "(3, 'x'), (1, 'y')", FAIL, "the sum of a differs"),
        ("(1, 'x'), (2, 'y')", "(3, 'x')", FAIL, "2 rows here and 1 in sources.u; the hash total of b differs"),
        ("(1, 'x'), (1, 'x')", "(1, 'y'), (1, 'y')", FAIL, "the hash total of b differs"),
        ("(NULL, NULL)", "(NULL, NULL)", PASS, ""),
    ],
)
def test_two_tables_are_compared_by_their_totals(
    duck: Duck, own: str, other: str, outcome: Outcome, message: str
) -> None:
    verdict = reconciled(duck, own, other.replace("NULL", "NULL::INTEGER", 1), "columns: {a: k, b: x}, level: totals")

    assert (verdict.outcome, verdict.message) == (outcome, message)


def test_another_environment_is_another_schema_and_only_a_part_of_it_may_count(duck: Duck) -> None:
    duck.connection.execute("CREATE SCHEMA qa")
    duck.table("qa.t", "SELECT * FROM (VALUES (1, 10), (2, 20)) AS v(a, b)")
    settings = "with: t, environment: qa, key: [a], columns: [b], otherFilter: a = 1"
    body = two(duck, "(1, 10)", custom(f"{{check: reconciliation, {settings}}}"))

    assert duck.verdict(body, "r").outcome is PASS
    assert TableRef("qa", "t") in duck.plan(contract_of(body)).tables


# Series.


def days(*values: str) -> str:
    return ", ".join(f"(DATE '2024-{value}', 'x')" for value in values)


@pytest.mark.parametrize(
    ("values", "settings", "outcome", "measured", "message"),
    [
        (days("01-01", "01-02", "01-03"), "step: day", PASS, "0 days", ""),
        (days("01-01", "01-04", "01-05"), "step: day", FAIL, "2 days",
         "of 5 expected; the first missing is 2024-01-02"),
        (days("01-05", "01-08"), "step: day, businessDays: true", PASS, "0 days", ""),
        (days("01-05", "01-09"), "step: day, businessDays: true", FAIL, "1 day",
         "of 3 expected; the first missing is 2024-01-08"),
        (days("01-05", "01-09"), "step: day, businessDays: true, holidays: ['2024-01-08']", PASS, "0 days", ""),
        (days("01-31", "03-01"), "step: month", FAIL, "1 month", "of 3 expected; the first missing is 2024-02-01"),
        (days("01-02"), "step: day, from: '2024-01-01', to: '2024-01-03'", FAIL, "2 days",
         "of 3 expected; the first missing is 2024-01-01"),
        ("(NULL::DATE, 'x')", "step: day, from: '2024-01-01', to: '2024-01-02'", FAIL, "2 days",
         "of 2 expected; the first missing is 2024-01-01"),
        ("(NULL::DATE, 'x')", "step: day", PASS, "0 days", "0 days tested"),
        (days("01-01", "01-04"), "step: day, mustBeLessThan: 60, unit: percent", PASS, "50 percent",
         "of 4 expected; the first missing is 2024-01-02"),
        ("(TIMESTAMP '2024-01-01 00:59', 1), (TIMESTAMP '2024-01-01 02:00', 1)", "step: hour", FAIL, "1 hour",
         "of 3 expected; the first missing is 2024-01-01 01:00"),
        ("(1, 1)", "step: day", ERROR, None,
         "the column is of the type whole number; an age needs a date or a timestamp"),
    ],
)  # fmt: skip
def test_a_series_has_every_period(
    duck: Duck, values: str, settings: str, outcome: Outcome, measured: str | None, message: str
) -> None:
    verdict = verdict_of(duck, values, f"{{check: series, column: a, {settings}}}")

    assert (verdict.outcome, verdict.measured, verdict.message) == (outcome, measured, message)


@pytest.mark.parametrize(("span", "measured"), [("common", "3 days"), ("own", "1 day")])
def test_every_entity_has_every_period(duck: Duck, span: str, measured: str) -> None:
    there = {"x": (1, 2, 3), "y": (2, 4)}
    values = ", ".join(f"(DATE '2024-01-0{day}', '{who}')" for who, days in there.items() for day in days)
    settings = f"{{check: series, column: a, step: day, per: [b], span: {span}}}"

    assert verdict_of(duck, values, settings).measured == measured


def test_a_calendar_says_which_periods_there_should_be(duck: Duck) -> None:
    duck.table("days", f"SELECT d FROM (VALUES {days('01-01', '01-05', '02-01')}) AS v(d, x)")
    settings = "{check: series, column: a, step: day, calendar: days.d}"

    assert verdict_of(duck, days("01-01", "01-05"), settings).outcome is PASS
    assert verdict_of(duck, days("01-01", "02-02"), settings).measured == "2 days"


@pytest.mark.parametrize(
    ("values", "settings", "bad"),
    [
        ("(1, 1), (2, 2), (3, 3)", "", 0),
        ("(1, 1), (1, 2), (0, 3)", "", 2),
        ("(1, 1), (1, 2), (0, 3)", ", strict: false", 1),
        ("(3, 1), (2, 2), (2, 3)", ", direction: falling", 1),
        ("(2, 1), (1, 1)", "", 0),  # of one place in the order
        ("(1, 1), (NULL, 2), (2, 3), (0, NULL)", "", 0),
    ],
)
def test_a_sequence_goes_one_way(duck: Duck, values: str, settings: str, bad: int) -> None:
    verdict = verdict_of(duck, values, f"{{check: sequence, column: a, orderBy: [b]{settings}}}")

    assert verdict.bad_rows == bad


def test_a_sequence_counts_within_its_entity(duck: Duck) -> None:
    values = "({'v': 1, 'o': 1}, 'x'), ({'v': 0, 'o': 2}, 'y')"
    duck.table("t", f"SELECT a.v AS v, a.o AS o, b FROM (VALUES {values}) AS w(a, b)")
    body = "schema: [{name: t, properties: [{name: v}, {name: o}, {name: b}], %s}]"
    alone = custom("{check: sequence, column: v, orderBy: [o], per: [b]}")

    assert duck.verdict(body % alone, "r").outcome is PASS
    assert duck.verdict(body % custom("{check: sequence, column: v, orderBy: [o]}"), "r").outcome is FAIL


@pytest.mark.parametrize(
    ("values", "settings", "outcome", "measured"),
    [
        ("(1, 1), (2, 1), (3, 1), (3, 1)", "", PASS, "0 numbers"),
        ("(1, 1), (4, 1)", "", FAIL, "2 numbers"),
        ("(3, 1), (4, 1)", ", from: 1", FAIL, "2 numbers"),
        ("(1, 1), (3, 2)", ", per: [b]", PASS, "0 numbers"),
        ("(9223372036854775807, 1), (-9223372036854775808, 1)", "", FAIL, "18446744073709551614 numbers"),
        ("(NULL::INTEGER, 1)", "", PASS, "0 numbers"),
        ("('x', 1)", "", ERROR, None),
    ],
)
def test_numbers_have_no_gap(duck: Duck, values: str, settings: str, outcome: Outcome, measured: str | None) -> None:
    verdict = verdict_of(duck, values, f"{{check: gapless, column: a{settings}}}")

    assert (verdict.outcome, verdict.measured) == (outcome, measured)


# History.


def judged(duck: Duck, implementation: str, counts: list[int | str], rows: int = 3) -> Verdict:
    """Test ``rows`` rows against what was counted on the days before."""
    values = ", ".join(["(1, 1)"] * rows)
    plan = duck.plan(contract_of(two(duck, values, custom(implementation))))
    earlier = [past(NOW - timedelta(days=back), str(count)) for back, count in enumerate(counts, start=1)]
    history = {"r": [one for one in earlier if one is not None]}
    (verdict,) = [one for one in judge(plan, duck.results(plan), NOW, history) if one.check_id == "r"]
    return verdict


@pytest.mark.parametrize(
    ("settings", "counts", "outcome", "limit"),
    [
        ("", [3] * 7, PASS, "2.97 to 3.03"),
        ("", [3] * 6, SKIP, None),
        ("runs: 3", [10, 11, 12], FAIL, "6 to 16"),
        ("runs: 3, factor: 8", [10, 11, 12], PASS, "3 to 19"),
        ("runs: 3, factor: 7", [10, 11, 12], FAIL, "4 to 18"),
        ("runs: 4", [14, 20, 10, 12], PASS, "3 to 23"),
        ("runs: 3, floor: 0.8", [12, 12, 12], PASS, "2.4 to 21.6"),
        ("runs: 1, sameWeekday: true", [9, 9, 9, 9, 9, 9, 3, 9], PASS, "2.97 to 3.03"),
        ("runs: 2, sameWeekday: true", [3] * 8, SKIP, None),
    ],
)
def test_a_volume_lies_near_the_median_of_what_it_was(
    duck: Duck, settings: str, counts: list[int | str], outcome: Outcome, limit: str | None
) -> None:
    verdict = judged(duck, f"{{check: volume{', ' if settings else ''}{settings}}}", counts)

    assert (verdict.outcome, verdict.limit, verdict.measured) == (outcome, limit, "3")


def test_with_too_few_runs_the_number_is_there_for_the_next_and_the_verdict_says_why(duck: Duck) -> None:
    verdict = judged(duck, "{check: volume}", [])

    assert (verdict.outcome, verdict.measured) == (SKIP, "3")
    assert verdict.message == "0 earlier runs; 7 are needed to say what is usual"


def test_any_aggregate_is_held_against_its_history(duck: Duck) -> None:
    rate = "{check: usual, expression: avg((b IS NULL)::INTEGER), runs: 3}"

    assert judged(duck, rate, ["0.5"] * 3).outcome is FAIL
    assert judged(duck, rate, ["0"] * 3).outcome is PASS


def test_what_was_no_number_before_is_no_history() -> None:
    assert past(NOW, "3 rows") is None
    assert past(NOW, "1.5") == Past(NOW, Fraction(3, 2))


@pytest.mark.parametrize("kinds", [("n", "t"), ("t", "n")])
def test_the_second_part_of_a_condition_is_asked_only_of_rows_with_the_first(
    duck: Duck, kinds: tuple[str, str]
) -> None:
    values = {"n": "7", "t": "many"}
    rows = ", ".join(f"('{kind}', '{values[kind]}')" for kind in kinds for _ in range(3_000))
    duck.table("t", f"SELECT * FROM (VALUES {rows}) AS v(kind, v)")
    rule = "{check: conditional, when: kind = 'n', then: CAST(v AS INTEGER) > 0}"
    body = f"""\
        schema:
        - name: t
          properties: [{{name: kind}}, {{name: v}}]
          quality: [{{id: r, type: custom, engine: assay, implementation: {rule}}}]
        """

    assert duck.verdict(body, "r").outcome is Outcome.PASS


def test_a_filter_keeps_rows_from_either_part_of_a_condition(duck: Duck) -> None:
    rows = ", ".join("('n', '7'), ('t', 'many')" for _ in range(3_000))
    duck.table("t", f"SELECT * FROM (VALUES {rows}) AS v(kind, v)")
    rule = "{check: conditional, when: CAST(v AS INTEGER) > 5, then: CAST(v AS INTEGER) < 9}"
    body = f"""\
        schema:
        - name: t
          customProperties: [{{property: filter, value: kind = 'n'}}]
          properties: [{{name: kind}}, {{name: v}}]
          quality: [{{id: r, type: custom, engine: assay, implementation: {rule}}}]
        """
    verdict = duck.verdict(body, "r")

    assert (verdict.outcome, verdict.tested_rows) == (Outcome.PASS, 3_000)
