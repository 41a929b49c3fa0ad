"""Profiles: what a table holds, and where two differ."""

from __future__ import annotations

from assay.validation.profile import Profile, differences, profile_sql, read_profile
from assay.validation.sensitivity import hidden_columns
from core.validation.duck import Duck, T, contract_of

ROWS = """\
SELECT * FROM (VALUES
  (1, 0.5::DOUBLE, 1.10::DECIMAL(9,2), DATE '2024-01-01', 'b', [1], true),
  (3, NULL, 2.20, DATE '2024-02-01', 'a', NULL, false)
) AS v(i, f, d, day, s, l, o)"""


def profile(duck: Duck, hidden: frozenset[str] = frozenset()) -> Profile:
    columns = duck.columns()
    (row,) = duck.connection.execute(profile_sql(T, columns, hidden)).fetchall()
    return read_profile(columns, row)


def test_a_profile_counts_nulls_and_gives_extremes_and_sums(duck: Duck) -> None:
    duck.table("t", ROWS)
    found = profile(duck)

    assert found.rows == 2
    assert {one.name: (one.nulls, one.minimum, one.maximum, one.total) for one in found.columns} == {
        "i": (0, "1", "3", "4"),
        "f": (1, "0.5", "0.5", "0.5"),
        "d": (0, "1.10", "2.20", "3.30"),
        "day": (0, "2024-01-01", "2024-02-01", None),
        "s": (0, "a", "b", None),
        "l": (1, None, None, None),
        "o": (0, "false", "true", None),
    }


def test_nothing_is_told_of_the_values_of_hidden_columns(duck: Duck) -> None:
    duck.table("t", ROWS)
    body = """\
        schema:
        - name: t
          properties:
          - {name: I, classification: restricted}
          - {name: s, encryptedName: e, classification: public}
          - {name: f, classification: public}
          - {name: d}
        """
    hidden = hidden_columns(contract_of(body).datasets[0], duck.columns())
    found = {one.name: (one.nulls, one.minimum, one.total) for one in profile(duck, hidden).columns}

    assert hidden >= {"i", "s", "d", "day"}, "what nobody classified, or no contract names, is not written down"
    assert "f" not in hidden
    assert (found["i"], found["s"], found["day"]) == ((0, None, None),) * 3


def test_an_empty_table_has_a_profile(duck: Duck) -> None:
    duck.table("t", f"SELECT * FROM ({ROWS}) WHERE false")
    found = profile(duck)

    assert (found.rows, {one.total for one in found.columns}) == (0, {None})


def test_profiles_differ_where_the_tables_do(duck: Duck) -> None:
    duck.table("t", ROWS)
    here = profile(duck)
    duck.table("t", f"SELECT i + 1 AS i, f + 1e-12 AS f, d, day, s, 7 AS n FROM ({ROWS}) WHERE i = 1 OR f IS NULL")
    there = profile(duck)

    assert differences(here, here) == ()
    assert differences(here, there) == (
        "i: minimum 1 here, 2 there",
        "i: maximum 3 here, 4 there",
        "i: sum 4 here, 6 there",
        "f: minimum 0.5 here, 0.500000000001 there",
        "f: maximum 0.5 here, 0.500000000001 there",
        "l is only here",
        "o is only here",
        "n is only there",
    )
