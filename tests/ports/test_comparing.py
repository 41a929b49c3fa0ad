"""Two tables compared by a real engine: against a plain comparison in Python, and on what goes wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.actions import compare as action
from assay.actions.compare import compare_tables
from assay.actions.compared_tables import CompareWish, Table, TableFile
from assay.base.errors import AssayError
from assay.base.ports import Engine
from assay.comparison import parts
from assay.comparison.breakdowns import BreakdownWish
from assay.comparison.pairing import PairingWish, Tolerance
from assay.comparison.queries import Eyes
from assay.comparison.results import Basis, Comparison
from assay.engines.duckdb import DuckDBEngine
from assay.validation.sensitivity import Level

EVERYTHING = Eyes({}, Level.RESTRICTED, limit=5)

Compare = Callable[..., Comparison]
Rows = Mapping[str, Sequence[Any]]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "data").mkdir()
    opened: Engine = DuckDBEngine(tmp_path / "scratch", [tmp_path / "data"])
    yield opened
    opened.close()


@pytest.fixture
def compare(engine: Engine, tmp_path: Path) -> Compare:
    written: Counter[str] = Counter()

    def table(name: str, content: pa.Table | Sequence[pa.Table]) -> Table:
        files = []
        for one in [content] if isinstance(content, pa.Table) else content:
            written[name] += 1
            path = str(tmp_path / "data" / f"{name}{written[name]}.parquet")
            pq.write_table(one, path, row_group_size=50)
            files.append(TableFile(path, one.num_rows))
        return Table(name, engine.describe(files[0].path)[0], tuple(files))

    def compare(before: Any, after: Any, *key: str, **wishes: Any) -> Comparison:
        wish = CompareWish(
            PairingWish(key, **{k: v for k, v in wishes.items() if k in {"renamed", "ignored", "tolerances"}}),
            wishes.get("breakdown", BreakdownWish()),
            wishes.get("eyes", EVERYTHING),
        )
        return compare_tables(engine, table("before", before), table("after", after), wish)

    return compare


def rows(**columns: Any) -> pa.Table:
    return pa.table(columns)


CELLS = st.one_of(st.none(), st.integers(-3, 3).map(float), st.sampled_from([math.nan, math.inf, -0.0, 0.1]))
TEXTS = st.one_of(st.none(), st.sampled_from(["", "a", "A", "~", "é"]))
KEYS = st.one_of(st.none(), st.integers(0, 12))


@st.composite
def tables(draw: st.DrawFn, *, has_unique_keys: bool) -> list[tuple[Any, Any, Any]]:
    unique = (lambda row: row[0]) if has_unique_keys else None
    return draw(st.lists(st.tuples(KEYS, CELLS, TEXTS), max_size=14, unique_by=unique))


def as_table(content: Sequence[tuple[Any, Any, Any]]) -> pa.Table:
    names, kinds = ("k", "x", "t"), (pa.int64(), pa.float64(), pa.string())
    columns = list(zip(*content, strict=True)) or [(), (), ()]
    return pa.table({name: pa.array(list(c), kind) for name, c, kind in zip(names, columns, kinds, strict=True)})


def _plain(value: Any) -> Any:
    """Make equal what is equal here: NaN is NaN, and zero has no sign."""
    return "nan" if isinstance(value, float) and math.isnan(value) else value


SETTINGS = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(tables(has_unique_keys=True), tables(has_unique_keys=True))
def test_by_a_key_it_finds_what_a_plain_comparison_finds(
    compare: Compare, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
) -> None:
    was, now = ({row[0]: tuple(map(_plain, row[1:])) for row in side} for side in (before, after))
    both = was.keys() & now.keys()

    found = compare(as_table(before), as_table(after), "k")

    assert (found.before.only, found.after.only) == (len(was.keys() - now.keys()), len(now.keys() - was.keys()))
    assert found.changed_rows == sum(was[key] != now[key] for key in both)
    changed = {name: sum(was[key][place] != now[key][place] for key in both) for place, name in enumerate("xt")}
    assert {one.name: one.changed for one in found.columns} == {name: many for name, many in changed.items() if many}
    for one in found.columns:
        place = "xt".index(one.name)
        assert one.emptied == sum(was[k][place] is not None and now[k][place] is None for k in both)
        assert one.filled == sum(was[k][place] is None and now[k][place] is not None for k in both)
    assert found.is_identical is (was == now)


@SETTINGS
@given(tables(has_unique_keys=False), tables(has_unique_keys=False))
def test_without_a_key_it_counts_whole_rows(
    compare: Compare, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
) -> None:
    was, now = (Counter(tuple(map(_plain, row)) for row in side) for side in (before, after))

    found = compare(as_table(before), as_table(after))

    assert (found.before.only, found.after.only) == ((was - now).total(), (now - was).total())
    assert found.is_identical is (was == now)


@SETTINGS
@given(tables(has_unique_keys=False), tables(has_unique_keys=False))
def test_keys_that_are_none_are_told_and_the_others_compared(
    compare: Compare, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
) -> None:
    counts = [Counter(row[0] for row in side) for side in (before, after)]
    repeated = {key for one in counts for key, many in one.items() if many > 1}
    was, now = (
        {row[0]: tuple(map(_plain, row[1:])) for row in side if row[0] not in repeated} for side in (before, after)
    )
    is_same = Counter(tuple(map(_plain, row)) for row in before) == Counter(tuple(map(_plain, row)) for row in after)

    found = compare(as_table(before), as_table(after), "k")

    if is_same:
        assert found.is_identical
        return
    told = {"before": found.before.repeated, "after": found.after.repeated}
    if any(told.values()):
        for side, counted in zip(told.values(), counts, strict=True):
            assert (side.keys if side else 0) == sum(many > 1 for many in counted.values())
        assert found.changed_rows == sum(was[key] != now[key] for key in was.keys() & now.keys())
        assert found.before.only == len(was.keys() - now.keys())
    else:
        assert not repeated or all(one[key] == other[key] for one, other in [counts] for key in repeated)
        assert found.changed_rows == sum(was[key] != now[key] for key in was.keys() & now.keys())
        assert not found.is_equal


def test_a_table_in_parts_says_what_it_says_as_a_whole(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(k=list(range(1000)), v=[n % 7 for n in range(1000)])
    after = rows(
        k=[n for n in range(1, 1003) if n != 500], v=[n % 7 + (n % 100 == 3) for n in range(1, 1003) if n != 500]
    )
    whole = compare(before, after, "k")
    monkeypatch.setattr(parts, "PART_ROWS", 100)

    found = compare(before, after, "k")

    assert (found.before.only, found.after.only, found.changed_rows) == (2, 3, 10)
    assert [(one.name, one.changed, one.drift, one.widest) for one in found.columns] == [("v", 10, 10.0, 1.0)]
    assert (found.before.only, found.after.only, found.columns) == (whole.before.only, whole.after.only, whole.columns)


def test_parts_whose_hashes_are_equal_are_not_compared_row_by_row(
    compare: Compare, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 100)
    asked: list[str] = []
    query = engine.query

    def told(sql: str) -> list[tuple[Any, ...]]:
        asked.append(sql)
        return query(sql)

    monkeypatch.setattr(engine, "query", told)
    before = rows(k=list(range(1000)), v=[0] * 1000)

    found = compare(before, rows(k=list(range(1000)), v=[*[0] * 999, 1]), "k")

    assert found.changed_rows == 1
    joined = [sql for sql in asked if "FULL OUTER JOIN" in sql]
    assert len(joined) == 1
    assert '"k" >= ' in joined[0]


def test_files_that_both_have_are_not_read(compare: Compare, engine: Engine, tmp_path: Path) -> None:
    shared = str(tmp_path / "data" / "shared.parquet")
    pq.write_table(rows(k=[1, 2], v=[1, 2]), shared)
    news = [str(tmp_path / "data" / f"{name}.parquet") for name in "ab"]
    for path, value in zip(news, (3, 4), strict=True):
        pq.write_table(rows(k=[3], v=[value]), path)
    columns = engine.describe(shared)[0]
    before, after = (
        Table(name, columns, (TableFile(shared, 2, "sha256:same"), TableFile(path, 1, f"sha256:{name}")))
        for name, path in zip("ab", news, strict=True)
    )

    found = compare_tables(engine, before, after, CompareWish(PairingWish(("k",)), eyes=EVERYTHING))

    assert (found.before.rows, found.after.rows, found.changed_rows) == (3, 3, 1)
    Path(shared).write_bytes(b"no Parquet")  # and still nobody looks
    again = compare_tables(engine, before, after, CompareWish(PairingWish(("k",)), eyes=EVERYTHING))
    assert again.changed_rows == 1
    same = compare_tables(engine, before, before, CompareWish(PairingWish(("k",))))
    assert (same.basis, same.is_identical) == (Basis.SAME_FILES, True)


def test_what_is_left_out_never_leaves_a_side_without_a_file(engine: Engine, tmp_path: Path) -> None:
    paths = [str(tmp_path / "data" / f"{name}.parquet") for name in "ab"]
    for path, key in zip(paths, (1, 2), strict=True):
        pq.write_table(rows(k=[key]), path)
    columns = engine.describe(paths[0])[0]
    files = tuple(TableFile(path, 1, f"sha256:{path}") for path in paths)
    both, one = Table("both", columns, files), Table("one", columns, files[:1])

    found = compare_tables(engine, one, both, CompareWish(PairingWish(("k",))))

    assert (found.before.only, found.after.only, found.before.rows, found.after.rows) == (0, 1, 1, 2)


def exact(precision: int, scale: int) -> pa.Array:
    return pa.array(["1", "2"]).cast(pa.decimal128(precision, scale))


TYPES: dict[str, tuple[pa.Array, pa.Array, str]] = {
    "a wider integer": (pa.array([1, 2], pa.int32()), pa.array([1, 2], pa.int64()), "DECIMAL(19,0)"),
    "a decimal of other scale": (exact(10, 2), exact(12, 4), "DECIMAL(12,4)"),
    "a decimal that was a float": (pa.array([1.5, 2]), exact(10, 2), "DOUBLE"),
    "a date that is a timestamp now": (
        pa.array([0, 1], pa.date32()), pa.array([0, 86_400_000_000], pa.timestamp("us")), "TIMESTAMP",
    ),
    "a timestamp that has a zone now": (
        pa.array([0, 1], pa.timestamp("us")), pa.array([0, 1], pa.timestamp("us", "UTC")), "TIMESTAMP WITH TIME ZONE",
    ),
    "a number that is a text now": (pa.array([1, 2]), pa.array(["1", "2"]), "VARCHAR"),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_values_of_two_types_are_compared_under_one_that_holds_both(compare: Compare, name: str) -> None:
    before, after, kind = TYPES[name]

    found = compare(rows(k=[1, 2], v=before), rows(k=[1, 2], v=after), "k")

    assert found.pairing.columns[0].type == kind
    assert found.changed_rows == (1 if name == "a decimal that was a float" else 0)
    assert not found.pairing.is_same_schema
    assert not found.is_identical


@pytest.mark.parametrize(
    ("tolerance", "changed"),
    [
        ({}, 4),
        ({"v": Tolerance(0.01)}, 2),  # 1.00 and 1.01 lie exactly so far apart
        ({"": Tolerance(share=0.5)}, 2),
        ({"v": Tolerance(0.01, 0.5)}, 1),  # what is empty on one side is never near
    ],
)
def test_numbers_within_the_tolerance_are_equal(
    compare: Compare, tolerance: dict[str, Tolerance], changed: int
) -> None:
    kind = pa.decimal128(10, 2)
    before = rows(k=[1, 2, 3, 4, 5], v=pa.array(["1.00", "100.00", "0.00", None, "7.00"]).cast(kind))
    after = rows(k=[1, 2, 3, 4, 5], v=pa.array(["1.01", "120.00", "0.01", "1.00", "7.00"]).cast(kind))

    found = compare(before, after, "k", tolerances=tolerance)

    assert found.changed_rows == changed


def test_a_column_that_was_renamed_is_suspected_and_compared_when_somebody_says_so(compare: Compare) -> None:
    before, after = rows(k=[1, 2, 3], old=["a", "b", "c"]), rows(k=[1, 2, 3], new=["a", "b", "x"])

    guessed = compare(before, after, "k").guesses
    found = compare(before, after, "k", renamed={"old": "new"})

    assert [(one.before, one.after, one.same, one.rows) for one in guessed] == [("old", "new", 2, 3)]
    assert [(one.name, one.changed) for one in found.columns] == [("new", 1)]


def test_reordered_columns_of_other_case_are_the_same_columns(compare: Compare) -> None:
    found = compare(rows(k=[1], a=[1], b=[2]), rows(B=[2], A=[1], K=[1]), "k")

    assert found.is_equal
    assert found.pairing.is_reordered


def test_an_empty_side_has_nothing_and_the_other_all(compare: Compare) -> None:
    full = rows(k=[1, 2], v=["a", "b"])

    for key in (("k",), ()):
        found = compare(full.slice(0, 0), full, *key)
        assert (found.before.rows, found.before.only, found.after.only) == (0, 0, 2)
        assert compare(full.slice(0, 0), full.slice(0, 0), *key).is_identical


def test_two_thousand_columns_are_compared(compare: Compare) -> None:
    names = [f"c{number}" for number in range(2000)]
    before = pa.table({"k": [1, 2], **{name: [0, 0] for name in names}})
    after = pa.table({"k": [1, 2], **{name: [0, int(number % 50 == 0)] for number, name in enumerate(names)}})

    found = compare(before, after, "k", eyes=Eyes({}, Level.RESTRICTED, limit=0))

    assert len(found.columns) == 40
    assert {one.changed for one in found.columns} == {1}


def test_nested_values_are_compared_as_they_are(compare: Compare) -> None:
    before = rows(k=[1, 2], v=[[{"a": 1}], None])
    after = rows(k=[1, 2], v=[[{"a": 2}], None])

    assert [one.changed for one in compare(before, after, "k").columns] == [1]
    assert compare(before, after).before.only == 1


FAULTS: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "no common key": (("id",), {}, "a column of the first table"),
    "an unknown column is ignored": (("k",), {"ignored": frozenset({"z"})}, "a column of either table"),
    "an unknown renaming": (("k",), {"renamed": {"z": "y"}}, "a column of the first table"),
    "a tolerance of a text": (("k",), {"tolerances": {"t": Tolerance(1)}}, "a column of numbers"),
    "a measure of another form": (("k",), {"breakdown": BreakdownWish(("median(x)",))}, "rows, sum"),
    "a sum of texts": (("k",), {"breakdown": BreakdownWish(("sum(t)",))}, "a column of numbers"),
    "an unknown dimension": (("k",), {"breakdown": BreakdownWish((), (("z",),))}, "a column that both"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_not_there_is_refused_by_name(compare: Compare, name: str) -> None:
    key, wishes, expected = FAULTS[name]
    content = rows(k=[1], x=[1.0], t=["a"])

    with pytest.raises(AssayError, match=expected):
        compare(content, content, *key, **wishes)


def test_tables_without_a_shared_column_are_refused(compare: Compare) -> None:
    with pytest.raises(AssayError, match="a column that both tables have"):
        compare(rows(a=[1]), rows(b=[1]))


def test_the_parts_of_a_measure_add_up_to_its_move(compare: Compare) -> None:
    before = rows(k=[1, 2, 3], g=["a", "a", "b"], v=[1.0, 3.0, 5.0])
    after = rows(k=[1, 2, 3, 4], g=["a", "b", "b", None], v=[1.0, 3.0, 8.0, None])
    wish = BreakdownWish(("rows", "sum(v)", "mean(v)"), (("g",), ()))

    found = compare(before, after, "k", breakdown=wish)

    for one in found.breakdowns:
        if one.dimensions:
            assert sum(float(part.moved) for part in one.parts) + float(one.rest) == pytest.approx(float(one.moved))
    totals = {one.measure: (one.before, one.after) for one in found.breakdowns if not one.dimensions}
    assert totals == {"rows": (3, 4), "sum(v)": (9, 12), "mean(v)": (3, 4)}
    assert {part.group: part.moved for part in found.breakdowns[1].parts} == {("a",): -3, ("b",): 6}


def test_hidden_values_leave_the_engine_hidden(compare: Compare) -> None:
    eyes = Eyes({"v": Level.RESTRICTED, "k": Level.OPEN}, Level.OPEN)
    before, after = rows(k=[1, 2], v=[4711, 1]), rows(k=[1, 3], v=[4712, 1])

    found = compare(before, after, "k", eyes=eyes)
    unkeyed = compare(before, after, eyes=eyes)

    assert "471" not in repr(found) + repr(unkeyed)
    assert found.columns[0].samples == ((1, "(hidden)", "(hidden)"),)
    assert (found.columns[0].drift, found.columns[0].widest) == (None, None)
    with pytest.raises(AssayError, match="a column that is shown here"):
        compare(before, after, "k", eyes=eyes, breakdown=BreakdownWish(("sum(v)",)))


def test_footers_of_an_unknown_writer_do_not_part_a_table(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 100)
    monkeypatch.setattr(action, "is_known", lambda writer: False)
    content = rows(k=list(range(1000)))

    assert compare(content, content.slice(1), "k").before.only == 1


def test_a_key_that_gains_a_row_where_another_loses_one_is_never_identical(
    compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = compare(rows(k=[1, 1, 2], v=[10, 10, 500]), rows(k=[1, 2, 2], v=[10, 500, 500]), "k")
    monkeypatch.setattr(parts, "PART_ROWS", 100)
    numbers = list(range(1000))
    many = compare(rows(k=sorted([*numbers, 5])), rows(k=sorted([*numbers, 995])), "k")

    for found in (few, many):
        assert not found.is_equal
        assert (found.before.repeated, found.after.repeated) != (None, None)


def test_values_of_the_last_column_that_change_places_do_not_cancel(compare: Compare) -> None:
    """The engine's hash of a row ends with the bits of its last value, so that these two add up to the same."""
    values = [n % 5 for n in range(399)]
    before = [112 if n == 46 else 1589 if n == 68 else value for n, value in enumerate(values)]
    after = [1589 if n == 46 else 112 if n == 68 else value for n, value in enumerate(values)]
    numbers = list(range(399))

    assert compare(rows(k=numbers, v=before), rows(k=numbers, v=after), "k").changed_rows == 2
    assert not compare(rows(k=numbers, v=before), rows(k=numbers, v=after)).is_equal


def test_nan_and_infinity_are_within_no_tolerance(compare: Compare) -> None:
    before, after = rows(k=[1, 2, 3], v=[math.nan, math.inf, math.nan]), rows(k=[1, 2, 3], v=[5.0, 5.0, math.nan])

    assert compare(before, after, "k", tolerances={"": Tolerance(1.0, 0.01)}).changed_rows == 2


def test_sums_are_exact_where_values_are_and_the_order_of_floats_moves_nothing(compare: Compare) -> None:
    large = 2**53
    before = rows(k=[1, 2], g=[math.nan, 1.0], n=[large, 0], f=[0.1, 0.2])
    after = rows(k=[2, 1], g=[1.0, math.nan], n=[0, large + 1], f=[0.2, 0.1])

    found = compare(before, after, "k", breakdown=BreakdownWish(("sum(n)", "sum(f)", "rows"), (("g",),)))

    assert [part.moved for part in found.breakdowns[0].parts] == [1]
    assert (found.columns[0].drift, found.columns[0].widest) == (1, 1)
    assert [one.parts for one in found.breakdowns[1:]] == [(), ()]


def test_nested_columns_are_no_dimension(compare: Compare) -> None:
    content = rows(k=[1], v=[[1]])

    with pytest.raises(AssayError, match="a column of plain values"):
        compare(content, content, "k", breakdown=BreakdownWish((), (("v",),)))


def test_the_engine_s_words_about_hidden_values_are_left_out(compare: Compare) -> None:
    eyes = Eyes({"v": Level.RESTRICTED}, Level.OPEN)
    wide, fine = pa.decimal128(38, 0), pa.decimal128(12, 6)
    before, after = rows(k=[1], v=pa.array([10**37], pa.decimal128(38, 0))), rows(k=[1], v=pa.array(["1"]).cast(fine))
    assert wide != fine

    try:
        told = repr(compare(before, after, "k", eyes=eyes))
    except AssayError as error:
        told = str(error)

    assert "1000000000" not in told


def test_whole_rows_of_many_columns_are_shown_by_their_first_ones(compare: Compare) -> None:
    names = [f"c{number}" for number in range(50)]
    before, after = pa.table({name: [1] for name in names}), pa.table({name: [2] for name in names})

    found = compare(before, after)

    assert len(found.before.samples[0]) == len(found.after.samples[0]) == len(found.pairing.sampled) == 20
