"""What class each kind of edit to the example has: a table of edits, as somebody makes them in their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import pytest

from assay.lifecycle.gates import ChangeClass
from assay.project.changes import Change, changes_between, class_of
from assay.project.layout import is_project_file
from assay.project.model import Project
from assay.project.reading import read_project
from assay.project.step_changes import DataEvidence
from house import ROOT

EXAMPLE = ROOT / "examples" / "flights"
HOME = "products/ontime"
SQL, PYTHON = f"{HOME}/workflow/ontime_daily.sql", f"{HOME}/workflow/carrier_month.py"
DAILY, MONTHLY = f"{HOME}/contracts/ontime_daily.odcs.yaml", f"{HOME}/contracts/carrier_month.odcs.yaml"
BOARD, PRODUCT, FLIGHTS = f"{HOME}/solutions/delays.dashboard.yaml", f"{HOME}/product.yaml", "sources/flights.odcs.yaml"

COSMETIC, ADDITIVE, REPAIR = ChangeClass.COSMETIC, ChangeClass.ADDITIVE, ChangeClass.REPAIR
STANDARD, BREAKING = ChangeClass.STANDARD, ChangeClass.BREAKING
SAME_ROWS = {"ontime_daily": DataEvidence.IDENTICAL, "carrier_month": DataEvidence.IDENTICAL}
REPAIRED = {"ontime_daily": DataEvidence.ONLY_REPAIRED, "carrier_month": DataEvidence.IDENTICAL}
OTHER_ROWS = {"ontime_daily": DataEvidence.DIFFERENT, "carrier_month": DataEvidence.DIFFERENT}

Evidence = Mapping[str, DataEvidence]


@dataclass(frozen=True)
class Edit:
    """One edit: pieces of files and what stands in their place, which class that is, and what it is by evidence."""

    what: str
    pieces: tuple[tuple[str, str, str], ...]
    without: ChangeClass
    data: Evidence | None = field(default=None, hash=False)
    given: ChangeClass | None = None


def edit(
    what: str, file: str, old: str, new: str, without: ChangeClass, *more: tuple[str, str, str],
    data: Evidence | None = None, given: ChangeClass | None = None,
) -> Edit:  # fmt: skip
    return Edit(what, ((file, old, new), *more), without, data, given)


SLICES = "steps: {ontime_daily: {incremental: {by: flight_date, over: sources.flights.time_hour}}}"
COLUMN = """\
      - name: diverted
        description: Flights that landed elsewhere.
        logicalType: integer
        classification: public
"""
CHART = """\
charts:
  - title: Flights by month
    query: punctuality_by_month
    spec:
      mark: bar
      encoding:
        x: {field: month, type: temporal}
        y: {field: flights, type: quantitative}
"""
HOURLY = """\
apiVersion: v3.2.0
kind: DataContract
id: flights-hourly
version: 1.0.0
schema:
  - name: hourly
    properties:
      - name: origin
        logicalType: string
      - name: flights
        logicalType: integer
"""
RULE = """\
    quality:
      - id: some_rows
        metric: rowCount
        mustBeGreaterThan: 5
"""
MEAN = "cast(mean_departure_delay as decimal(7, 2)) as mean_departure_delay,"
LONG = "cast(flights - cancelled as integer) as departed,"
EVERY = "every place of "
BOARD_AGAIN = "<a copy of the dashboard>"

R_STEP = f"{HOME}/workflow/carriers.R"
R_TEXT = 'rows <- assay_read("sources.airlines")\nassay_write(rows)\n'

EDITS = [
    # Words and looks
    edit("a comment in SQL", SQL, "-- Departures by day", "-- Departures\n-- by day", COSMETIC),
    edit("a formatting of SQL", SQL, "where visib < 3 or precip", "where visib<3\n  OR precip", COSMETIC),
    edit("another alias of a table", SQL, "sources.flights as flight\n", "sources.flights as f\n", COSMETIC,
         (SQL, f"{EVERY}flight.", "f.")),
    edit("another name of a WITH", SQL, f"{EVERY}adverse_hour", "bad_hour", COSMETIC),
    edit("the order of two conditions of a join", SQL,
         "adverse_hour.origin = flight.origin and adverse_hour.time_hour = flight.time_hour",
         "flight.time_hour = adverse_hour.time_hour and adverse_hour.origin = flight.origin", COSMETIC),
    edit("a label", DAILY, "businessName: Airport", "businessName: Airport of departure", COSMETIC),
    edit("a description", DAILY, "Local date of scheduled departure.", "The local date of departure.", COSMETIC),
    edit("a description of a source", FLIGHTS, "description: Minutes in the air.", "description: Airborne.", COSMETIC),
    edit("a title of the product", PRODUCT, "title: On-time departures", "title: Departures on time", COSMETIC),
    edit("a comment in Python", PYTHON, "    names = dict(", "    # by code\n    names = dict(", COSMETIC),
    edit("a docstring in Python", PYTHON, '"""Return one row', '"""Give one row', COSMETIC),
    edit("an annotation in Python", PYTHON, "def _row(group: dict, ", "def _row(group: dict[str, object], ", COSMETIC),
    edit("a title of the dashboard", BOARD, "title: How late do", "title: How much too late do", COSMETIC),
    edit("a colour of the dashboard", BOARD, "- mark: line", "- mark: {type: line, color: teal}", COSMETIC),
    edit("a formatting of a dashboard's query", BOARD, "where arrived >= 20", "where (20 <= arrived)", COSMETIC),
    edit("words of a key figure", BOARD, "note: never left", "note: never departed", COSMETIC),
    # What comes
    edit("a new column, promised and made", DAILY, "      - name: flights\n", f"{COLUMN}      - name: flights\n",
         ADDITIVE, (SQL, MEAN, f"0 as diverted, {MEAN}")),
    edit("a column that is made and not promised", SQL, MEAN, f"{LONG} {MEAN}", ADDITIVE),
    edit("a new dataset", f"{HOME}/contracts/hourly.odcs.yaml", "", HOURLY, ADDITIVE,
         (f"{HOME}/workflow/hourly.sql", "", "select origin, count(*) as flights from sources.flights group by all\n")),
    edit("a new dataset from a new source", f"{HOME}/contracts/hourly.odcs.yaml", "", HOURLY, ADDITIVE,
         (f"{HOME}/workflow/hourly.sql", "", "select faa as origin, 1 as flights from sources.airports\n")),
    edit("an intermediate step", f"{HOME}/workflow/aside.sql", "", "select carrier from sources.airlines\n", ADDITIVE),
    edit("an intermediate step in R", R_STEP, "", R_TEXT, ADDITIVE),
    edit("a new chart", BOARD, "charts:\n", CHART, ADDITIVE),
    edit("a new dashboard", f"{HOME}/solutions/again.dashboard.yaml", "", BOARD_AGAIN, ADDITIVE),
    edit("a field more in a dashboard's query", BOARD, "p90_arrival_delay,\n", "p90_arrival_delay, miles,\n",
         ADDITIVE),
    # What may change numbers or their making
    edit("a filter", SQL, "visib < 3", "visib < 2", STANDARD, data=REPAIRED, given=REPAIR),
    edit("a filter, by data that differ", SQL, "visib < 3", "visib < 2", STANDARD, data=OTHER_ROWS, given=STANDARD),
    edit("a type of join", SQL, "left join adverse_hour", "join adverse_hour", STANDARD),
    edit("another computation of a column", SQL, "flight.dep_delay > 15 as", "flight.dep_delay > 20 as", STANDARD),
    edit("another sorting", SQL, "order by flight_date, origin", "order by origin, flight_date", STANDARD,
         data=SAME_ROWS, given=REPAIR),
    edit("a refactoring of Python", PYTHON, "[_row(group, names) for group in groups.to_pylist()]",
         "list(_row(each, names) for each in groups.to_pylist())", STANDARD, data=SAME_ROWS, given=REPAIR),
    edit("a comment in SQL, by data that differ", SQL, "on adverse_hour.origin = flight.origin and",
         "on flight.origin = adverse_hour.origin and", COSMETIC, data=OTHER_ROWS, given=STANDARD),
    edit("a refactoring with a tighter promise", PYTHON, "_row(group, names) for group in", "_row(g, names) for g in",
         STANDARD, (MONTHLY, "maximum: 20000", "maximum: 19000"), data=SAME_ROWS, given=STANDARD),
    edit("a rule that is tighter", DAILY, "maximum: 400\n", "maximum: 300\n", STANDARD, data=SAME_ROWS, given=STANDARD),
    edit("a tolerance that is tighter", MONTHLY, "mustBeBetween: [60, 400]", "mustBeBetween: [70, 400]", STANDARD),
    edit("a new rule", MONTHLY, "    quality:\n      - id: monthly_rows", f"{RULE}      - id: monthly_rows", STANDARD),
    edit("a measure of the dashboard", BOARD, "sum(weather_affected) as affected", "max(weather_affected) as affected",
         STANDARD),
    edit("a filter of the dashboard", BOARD, "where arrived >= 20", "where arrived >= 30", STANDARD),
    edit("another field in a chart", BOARD, "field: disrupted_share", "field: cancelled", STANDARD),
    edit("slices", PRODUCT, "soak-runs: 2", f"soak-runs: 2\n{SLICES}", STANDARD),
    edit("limits of steps", PRODUCT, "soak-runs: 2", "soak-runs: 2\nlimits: {memory: 2 GiB, time: 30 min}", COSMETIC),
    edit("a schedule", PRODUCT, "cron: 0 6", "cron: 0 7", STANDARD),
    edit("the soak", PRODUCT, "soak-runs: 2", "soak-runs: 3", STANDARD),
    edit("a time zone", PRODUCT, "soak-runs: 2", "soak-runs: 2\n  timezone: Europe/Vienna", STANDARD),
    edit("the zone that it is anyway", PRODUCT, "soak-runs: 2", "soak-runs: 2\n  timezone: UTC", COSMETIC),
    edit("missed moments", PRODUCT, "soak-runs: 2", "soak-runs: 2\n  missed: all", STANDARD),
    edit("retries", PRODUCT, "soak-runs: 2", "soak-runs: 2\n  retries: 5", STANDARD),
    edit("the time of a run", PRODUCT, "soak-runs: 2", "soak-runs: 2\n  timeout: 2 h", STANDARD),
    edit("a pace", PRODUCT, "soak-runs: 2", "soak-runs: 2\n  missed-per-turn: 3", COSMETIC),
    edit("the logical date", PRODUCT, "as-of: sources.flights.time_hour", "as-of: run-date", STANDARD),
    edit("the place of a source", FLIGHTS, "${ASSAY_LANDING}/flights/", "${ASSAY_LANDING}/air/", STANDARD),
    edit("a column more in a source", FLIGHTS, "      - name: hour\n", "      - name: gate\n      - name: hour\n",
         STANDARD),
    # What others rely on
    edit("a column that goes", SQL, f"    {MEAN}\n", "", BREAKING,
         (DAILY, "- name: mean_departure_delay", "- name: mean_delay"),
         (BOARD, "sum(mean_departure_delay * (flights - cancelled))", "sum(mean_delay * (flights - cancelled))"),
         (DAILY, "mean_departure_delay", "mean_delay"), (DAILY, "mean_departure_delay", "mean_delay")),
    edit("another name of a column", DAILY, "- name: on_time_share", "- name: punctual_share", BREAKING),
    edit("the key", DAILY, "primaryKey: true\n        primaryKeyPosition: 3\n        required", "required", BREAKING),
    edit("a rule that is looser", DAILY, "maximum: 400\n", "maximum: 500\n", BREAKING),
    edit("a rule that goes", MONTHLY, "- id: destinations_within_flights", "- id: another_one", BREAKING),
    edit("a dashboard that goes", BOARD, "*", "", BREAKING),
]  # fmt: skip


@cache
def _example() -> dict[str, bytes]:
    files = {path.relative_to(EXAMPLE).as_posix(): path for path in EXAMPLE.rglob("*.*") if path.is_file()}
    files = {name: path for name, path in files.items() if "/tests/" not in name}  # an edit would have to mend them
    return {name: path.read_bytes() for name, path in sorted(files.items()) if is_project_file(name)}


@cache
def _before() -> Project:
    return read_project(_example())


def edited(one: Edit) -> dict[str, bytes]:
    files = dict(_example())
    for file, old, new in one.pieces:
        if old == "*":
            del files[file]
        elif not old:
            assert file not in files
            files[file] = files[BOARD] if new == BOARD_AGAIN else new.encode()
        else:
            piece, times = old.removeprefix(EVERY).encode(), -1 if old.startswith(EVERY) else 1
            assert piece in files[file], f"{file} has no {piece!r}"
            files[file] = files[file].replace(piece, new.encode(), times)
    return files


@cache
def _after(one: Edit) -> Project:
    return read_project(edited(one))


def changes(one: Edit, data: Evidence | None = None) -> tuple[Change, ...]:
    return changes_between(_before(), _after(one), "ontime", data)


every_edit = pytest.mark.parametrize("one", EDITS, ids=[one.what for one in EDITS])


@every_edit
def test_an_edit_has_its_class(one: Edit) -> None:
    found = changes(one)

    assert class_of(found) is one.without, found


@pytest.mark.parametrize("one", [each for each in EDITS if each.data], ids=[each.what for each in EDITS if each.data])
def test_compared_data_can_make_it_another(one: Edit) -> None:
    found = changes(one, one.data)

    assert class_of(found) is one.given, found


@every_edit
def test_every_change_has_a_sentence_and_the_class_is_that_of_the_deepest(one: Edit) -> None:
    found = changes(one)

    assert all(change.sentence.endswith((".", "!", "?")) for change in found)
    assert class_of(found) is max((c.change_class for c in found), key=list(ChangeClass).index, default=COSMETIC)


@every_edit
def test_the_same_rows_never_deepen_a_class(one: Edit) -> None:
    order = list(ChangeClass).index

    assert order(class_of(changes(one, SAME_ROWS))) <= order(class_of(changes(one)))
    assert order(class_of(changes(one, OTHER_ROWS))) >= order(class_of(changes(one)))


def test_evidence_on_one_dataset_alone_says_nothing_of_what_rests_on_it(files: dict[str, bytes]) -> None:
    path = "products/sales/workflow/clean.sql"
    after = read_project({**files, path: files[path].replace(b"cents > 0", b"cents > 1")})
    alone, both = {"daily": DataEvidence.IDENTICAL}, dict.fromkeys(("daily", "monthly"), DataEvidence.IDENTICAL)

    assert class_of(changes_between(read_project(files), after, "sales", alone)) is STANDARD
    assert class_of(changes_between(read_project(files), after, "sales", both)) is REPAIR


READERS = {
    "a query that names its columns": ("between", "select day, cents from daily", ADDITIVE),
    "a query that takes all": ("between", "select * from daily", STANDARD),
    "a query that takes all as one": ("between", "select daily from daily", STANDARD),
    "a query with a column of that name": (
        "between",
        "select day, more from daily join sources.shops on true",
        STANDARD,
    ),
    "a natural join": ("between", "select day from daily natural join sources.shops", STANDARD),
    "a count of rows": ("between", "select count(*) as rows from daily", ADDITIVE),
}


@pytest.mark.parametrize("what", READERS)
def test_a_new_column_is_additive_unless_something_that_reads_the_table_may_take_it_up(
    what: str, files: dict[str, bytes]
) -> None:
    name, query, expected = READERS[what]
    monthly, daily = "products/sales/workflow/monthly.py", "products/sales/workflow/daily.sql"
    files = {**files, f"products/sales/workflow/{name}.sql": query.encode()}
    files[monthly] = (
        files[monthly].replace(b'"daily": "daily"', b'"daily": "sales.other"').replace(b"sales.other", b"between")
    )
    after = {**files, daily: b"select day, sum(cents) as cents, max(cents) as more from clean group by day\n"}

    assert class_of(changes_between(read_project(files), read_project(after), "sales")) is expected


@pytest.mark.parametrize("new", ["rows <- assay_read('daily')  # all", "rows <- assay_read( 'daily')"])
def test_any_edit_of_a_step_in_r_is_standard_and_other_line_ends_are_none(new: str, files: dict[str, bytes]) -> None:
    monthly, path = "products/sales/workflow/monthly.py", "products/sales/workflow/monthly.R"
    before = {name: content for name, content in files.items() if name != monthly}
    before[path] = b"rows <- assay_read('daily')\nassay_write(rows)\n"
    other_ends = {**before, path: before[path].replace(b"\n", b"\r\n")}
    edited = {**before, path: f"{new}\nassay_write(rows)\n".encode()}

    assert class_of(changes_between(read_project(before), read_project(edited), "sales")) is STANDARD
    assert changes_between(read_project(before), read_project(other_ends), "sales") == ()


SPARK_QUERY = "select cast(at as date) as day, shop, cents from sources.orders where cents > 0 and shop <> ''\n"
SPARK_EDITS = {
    "a comment": (" where", " -- of all shops\nwhere", None),
    "a layout": ("select cast(at as date) as day, ", "select\n  cast( at as date ) as day,\n  ", None),
    "a filter": ("cents > 0", "cents > 1", STANDARD),
    "a column more": ("shop, cents", "shop, cents, 1 as one", STANDARD),
    "the order of conditions": ("cents > 0 and shop <> ''", "shop <> '' and cents > 0", STANDARD),
    "the case of a word": ("select", "SELECT", STANDARD),
}


def on_spark(files: Mapping[str, bytes], query: str, engine: str = "spark") -> Project:
    """Read the small project with a step that Spark runs; nothing asks for its columns by a contract."""
    product = files["products/sales/product.yaml"] + f"steps: {{clean: {{engine: {engine}}}}}\n".encode()
    own = {"products/sales/workflow/clean.sql": query.encode(), "products/sales/product.yaml": product}
    return read_project({**files, **own})


@pytest.mark.parametrize("what", SPARK_EDITS)
def test_any_edit_of_a_step_on_spark_that_is_more_than_words_and_looks_is_standard(
    what: str, files: dict[str, bytes]
) -> None:
    old, new, expected = SPARK_EDITS[what]
    assert old in SPARK_QUERY
    found = changes_between(on_spark(files, SPARK_QUERY), on_spark(files, SPARK_QUERY.replace(old, new)), "sales")

    assert [(change.subject, change.change_class) for change in found] == (
        [("sales/clean", expected)] if expected else []
    )


def test_data_make_a_repair_of_an_edit_of_a_step_on_spark(files: dict[str, bytes]) -> None:
    before, after = on_spark(files, SPARK_QUERY), on_spark(files, SPARK_QUERY.replace("cents > 0", "cents >= 1"))
    same = dict.fromkeys(("daily", "monthly"), DataEvidence.IDENTICAL)

    assert class_of(changes_between(before, after, "sales", same)) is REPAIR
    assert class_of(changes_between(before, after, "sales", {**same, "daily": DataEvidence.DIFFERENT})) is STANDARD


def test_another_engine_of_a_step_is_a_standard_change(files: dict[str, bytes]) -> None:
    found = changes_between(on_spark(files, SPARK_QUERY, "duckdb"), on_spark(files, SPARK_QUERY), "sales")

    assert [(change.subject, change.change_class) for change in found] == [("sales/clean", STANDARD)]


def test_a_step_on_spark_may_take_up_any_column(files: dict[str, bytes]) -> None:
    before = {**files, "products/sales/workflow/raw.sql": b"select at, shop, cents from sources.orders\n"}
    after = {**files, "products/sales/workflow/raw.sql": b"select at, shop, cents, 1 as one from sources.orders\n"}
    query = SPARK_QUERY.replace("sources.orders", "raw")

    assert class_of(changes_between(on_spark(before, query), on_spark(after, query), "sales")) is STANDARD
    assert class_of(changes_between(on_spark(before, query, "duckdb"), on_spark(after, query, "duckdb"), "sales")) is (
        ADDITIVE
    )


def test_a_step_in_python_may_take_up_any_column(files: dict[str, bytes]) -> None:
    daily = "products/sales/workflow/daily.sql"
    after = {**files, daily: b"select day, sum(cents) as cents, max(cents) as more from clean group by day\n"}
    found = changes_between(read_project(files), read_project(after), "sales")

    assert [(c.subject, c.change_class, c.sentence) for c in found] == [
        ("sales/daily", STANDARD, "The step daily also gives more, which monthly may take up.")
    ]
