"""A project is read whole, or refused with every fault of every file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.roles import Holder, NodeIdentity, PublicKey, Role
from assay.project.model import DataEnd
from assay.project.reading import read_project, unfinished
from assay.project.schedule import Missed, Schedule

Files = dict[str, bytes]


def faults_of(files: Files) -> list[str]:
    with pytest.raises(AssayError) as refusal:
        read_project(files)
    return [str(fault) for fault in refusal.value.faults]


def edit(files: Files, path: str, old: str, new: str) -> Files:
    text = files[path].decode()
    assert old in text
    return {**files, path: text.replace(old, new, 1).encode()}


def write(files: Files, path: str, text: str) -> Files:
    return {**files, path: text.encode()}


def test_a_project_is_read_whole(files: Files) -> None:
    project = read_project(files)

    assert (project.name, project.title) == ("town", "A town's shops")
    assert sorted(project.sources) == ["orders", "shops", "weather"]
    assert sorted(project.products) == ["desk", "sales"]
    assert project.process is None


def test_a_product_knows_its_file_contracts_steps_and_solutions(files: Files) -> None:
    sales = read_project(files).products["sales"]

    assert (sales.title, sales.owner, str(sales.version)) == ("Sales", "dora@example.org", "1.2.0")
    assert sales.needed_by == date(2026, 9, 30)
    assert sales.schedule == Schedule("0 6 * * *", 2)
    assert sales.schedule == Schedule("0 6 * * *", 2, "UTC", Missed.LATEST, 10, 3, None)
    assert sales.as_of == DataEnd(TableRef("sources", "orders"), "at")
    assert list(sales.steps) == ["clean", "daily", "monthly"]
    assert sales.datasets == ("daily", "monthly")
    assert list(sales.solutions) == ["board"]


def test_a_product_says_little_and_the_rest_is_its_default(files: Files) -> None:
    desk = read_project(files).products["desk"]

    assert (desk.schedule, desk.as_of, desk.needed_by, desk.deliverables) == (None, None, None, ())


def test_the_roster_has_people_with_their_keys_and_nodes(files: Files) -> None:
    roster = read_project(files).roster

    ada = roster.person("ADA@example.org")
    assert ada is not None
    assert ada.roles == {Role.ENGINEER}
    assert ada.keys == (PublicKey(b"\xaa" * 32), PublicKey(b"\xad" * 32, datetime(2026, 3, 1, 10, tzinfo=UTC)))
    assert roster.nodes == (NodeIdentity("harbour", (PublicKey(b"\xcc" * 32),)),)


def test_a_key_says_whether_the_portal_holds_it_for_its_person(files: Files) -> None:
    people = files["people.yaml"].replace(b"        revoked-at", b"        held-by: portal\n        revoked-at")

    ada = read_project({**files, "people.yaml": people}).roster.person("ada@example.org")

    assert ada is not None
    assert [key.holder for key in ada.keys] == [Holder.PERSON, Holder.PORTAL]


def test_the_roster_is_of_the_project(files: Files) -> None:
    assert read_project(files).roster.project == "town"


def test_an_address_is_kept_as_it_is_written(files: Files) -> None:
    environments = read_project(files).environments

    assert environments["prod"].address == "${NODE_HOME}"
    assert environments["prod"].node is not None
    assert environments["dev"].node is None


def test_a_contract_may_be_there_before_its_step(files: Files) -> None:
    del files["products/sales/workflow/monthly.py"]

    sales = read_project(files).products["sales"]

    assert sales.datasets == ("daily",)
    assert [str(fault) for fault in unfinished(sales)] == [
        "products/sales/contracts/monthly.odcs.yaml:1: expected a step that makes monthly, found none. "
        "Write products/sales/workflow/monthly.sql, .py or .R."
    ]


def test_a_product_with_a_step_for_each_contract_is_finished(files: Files) -> None:
    assert unfinished(read_project(files).products["sales"]) == ()


def test_a_fault_in_a_step_blames_no_step_that_reads_it(files: Files) -> None:
    faults = faults_of(write(files, "products/sales/workflow/clean.sql", "select id from"))

    assert [fault.split(":")[0] for fault in faults] == ["products/sales/workflow/clean.sql"]


def test_a_fault_in_a_contract_blames_no_step_that_reads_it(files: Files) -> None:
    faults = faults_of(edit(files, "sources/orders.odcs.yaml", "kind: DataContract\n", ""))

    assert {fault.split(":")[0] for fault in faults} == {"sources/orders.odcs.yaml"}


Edit = Callable[[Files], Files]


def changing(path: str, old: str, new: str) -> Edit:
    return lambda files: edit(files, path, old, new)


def writing(path: str, text: str | bytes) -> Edit:
    return lambda files: {**files, path: text if isinstance(text, bytes) else text.encode()}


def removing(path: str) -> Edit:
    return lambda files: {other: content for other, content in files.items() if other != path}


PRODUCT = "products/sales/product.yaml"
DAILY = "products/sales/contracts/daily.odcs.yaml"
BOARD = "products/sales/solutions/board.dashboard.yaml"
ORDERS = "sources/orders.odcs.yaml"

FAULTS: dict[str, tuple[Edit, str]] = {
    "no project file": (removing("assay.yaml"), "assay.yaml: expected this file, found none."),
    "no people file": (removing("people.yaml"), "people.yaml: expected this file, found none."),
    "no product file": (
        removing(PRODUCT),
        "products/sales/product.yaml: expected the file of a product, found none. It says title, owner and version.",
    ),
    "unknown field": (
        changing("assay.yaml", "title:", "titel:"),
        "assay.yaml:2:1: expected only fields that this file knows, found 'titel'. Known here: name, title, ",
    ),
    "unknown field inside": (
        changing("assay.yaml", "    address: .assay", "    adress: .assay"),
        "assay.yaml:5:5: expected only fields that this file knows, found 'adress'. Known here: address, node, keys.",
    ),
    "missing field": (
        changing(PRODUCT, "owner: dora@example.org\n", ""),
        "products/sales/product.yaml:1:1: expected the field 'owner', found nothing",
    ),
    "field of another type": (
        changing(PRODUCT, "title: Sales", "title: 3"),
        "products/sales/product.yaml:1:1: expected a valid string, found 3",
    ),
    "broken YAML": (
        changing("people.yaml", "roles: [engineer]", "roles: [engineer"),
        "people.yaml:5:9: expected YAML,",
    ),
    "duplicate key": (
        changing(PRODUCT, "title: Sales", "title: Sales\ntitle: More"),
        "products/sales/product.yaml:2:1: expected each key once, found 'title' again (first on line 1).",
    ),
    "not UTF-8": (
        writing(PRODUCT, b"title: caf\xe9"),
        "products/sales/product.yaml:1: expected text in UTF-8, found the byte 0xe9.",
    ),
    "unknown role": (
        changing("people.yaml", "[engineer]", "[enginer]"),
        "people.yaml:4:13: expected one of stakeholder, owner, engineer,",
    ),
    "role twice": (
        changing("people.yaml", "[engineer]", "[engineer, engineer]"),
        "people.yaml:4:23: expected each role once",
    ),
    "no role": (changing("people.yaml", "[engineer]", "[]"), "people.yaml:4:5: expected "),
    "key of another form": (
        changing("people.yaml", "aa" * 32, "AA" * 32),
        "people.yaml:6:9: expected the 64 lower-case hexadecimal digits",
    ),
    "moment of another form": (
        changing("people.yaml", "2026-03-01T10:00:00Z", "2026-03-01"),
        "people.yaml:8:9: expected a moment as YYYY-MM-DDTHH:MM:SSZ, found '2026-03-01'",
    ),
    "moment that never was": (
        changing("people.yaml", "2026-03-01T10", "2026-02-30T10"),
        "people.yaml:8:9: expected a moment as YYYY-MM-DDTHH:MM:SSZ, found '2026-02-30T10:00:00Z'",
    ),
    "person twice": (
        changing("people.yaml", "dora@example.org", "Ada@example.org"),
        "people.yaml:9:5: expected each person once, found 'Ada@example.org' again (first on line 2)",
    ),
    "key twice": (
        changing("people.yaml", "ad" * 32, "aa" * 32),
        "people.yaml:7:9: expected each key once, found 'aaaaaaaaaaaa' again",
    ),
    "key that a node holds for a person": (
        changing("people.yaml", "revoked-at: 2026-03-01T10:00:00Z", "held-by: node"),
        "people.yaml:8:9: expected one of person, portal, found 'node'",
    ),
    "node's key that a portal holds": (
        changing("assay.yaml", f"public: {'cc' * 32}", f"public: {'cc' * 32}\n        held-by: portal"),
        "assay.yaml:11:9: expected only fields that this file knows, found 'held-by'.",
    ),
    "two people of one key": (
        changing("people.yaml", "bb" * 32, "aa" * 32),
        "people.yaml:13:9: expected a key that nobody else holds, found the key of ada@example.org.",
    ),
    "person with a node's key": (
        changing("people.yaml", "bb" * 32, "cc" * 32),
        "people.yaml:13:9: expected a key that nobody else holds, found the key of the node harbour.",
    ),
    "keys without a node": (
        changing("assay.yaml", "    node: harbour\n", ""),
        "assay.yaml:8:5: expected no keys where there is no node, found 1.",
    ),
    "unfinished variable": (
        changing("assay.yaml", "${NODE_HOME}", "${NODE-HOME}"),
        "assay.yaml:7:5: expected a variable as ${NAME}, found '${NODE-HOME}'.",
    ),
    "unfinished variable in a server": (
        changing(ORDERS, "data/orders.parquet", "${/orders.parquet"),
        "sources/orders.odcs.yaml:6:5: expected a variable as ${NAME}, found '${/orders.pa'.",
    ),
    "unknown owner": (
        changing(PRODUCT, "dora@", "nora@"),
        "products/sales/product.yaml:2:1: expected somebody in people.yaml with the role owner, "
        "found 'nora@example.org'. Owners: dora@example.org.",
    ),
    "owner without the role": (
        changing(PRODUCT, "dora@", "ada@"),
        "expected somebody in people.yaml with the role owner, found 'ada@example.org', who has no such role.",
    ),
    "product version": (
        changing(PRODUCT, "version: 1.2.0", 'version: "1.2"'),
        "products/sales/product.yaml:3:1: expected a version like 1.4.0, found '1.2'.",
    ),
    "contract version": (
        changing(DAILY, "version: 1.0.0", "version: one"),
        "products/sales/contracts/daily.odcs.yaml:4:1: expected a version like 1.4.0, found 'one'.",
    ),
    "cron": (
        changing(PRODUCT, "0 6 * * *", "0 25 * * *"),
        "products/sales/product.yaml:8:3: expected five fields of cron",
    ),
    "cron with seconds": (changing(PRODUCT, "0 6 * * *", "0 0 6 * * *"), ":8:3: expected five fields of cron"),
    "time zone": (
        changing(PRODUCT, "0 6 * * *", "0 6 * * *\n  timezone: Europe/Wien"),
        ":9:3: expected a time zone by its IANA name, as Europe/Vienna, or UTC, found 'Europe/Wien'",
    ),
    "missed moments": (
        changing(PRODUCT, "0 6 * * *", "0 6 * * *\n  missed: some"),
        ":9:3: expected one of latest, all, none, found 'some'",
    ),
    "retries": (
        changing(PRODUCT, "0 6 * * *", "0 6 * * *\n  retries: 11"),
        ":9:3: expected less than or equal to 10",
    ),
    "time of a run": (
        changing(PRODUCT, "0 6 * * *", "0 6 * * *\n  timeout: 2 hours"),
        ":9:3: expected a length of time, such as 30 min (units: s, min, h), found '2 hours'",
    ),
    "soak runs": (
        changing(PRODUCT, "0 6 * * *", "0 6 * * *\n  soak-runs: 0"),
        ":9:3: expected greater than or equal to 1",
    ),
    "needed by": (
        changing(PRODUCT, "2026-09-30", "2026-09-31"),
        ":6:1: expected a day as YYYY-MM-DD, found '2026-09-31'",
    ),
    "as of nothing": (
        changing(PRODUCT, "sources.orders.at", "yesterday"),
        ":9:1: expected run-date, or a column as sources.TABLE.COLUMN, found 'yesterday'",
    ),
    "as of an unknown source": (
        changing(PRODUCT, "sources.orders.at", "sources.order.at"),
        ":9:1: expected a source of this project, found sources.order",
    ),
    "as of a column that is no date": (
        changing(PRODUCT, "sources.orders.at", "sources.orders.cents"),
        ":9:1: expected a column of dates or timestamps, found 'cents'. sources.orders has at.",
    ),
    "contract of another table": (
        changing(DAILY, "- name: daily", "- name: day_ly"),
        "daily.odcs.yaml:5:1: expected one schema object, named as the file: daily, found day_ly",
    ),
    "contract of a wrong form": (
        changing(DAILY, "kind: DataContract\n", ""),
        "products/sales/contracts/daily.odcs.yaml:1:1:",
    ),
    "foreign key to nowhere": (
        changing(ORDERS, "sources.shops.name", "sources.stores.name"),
        "sources/orders.odcs.yaml:20:13: expected a source or a dataset with a contract, found sources.stores.",
    ),
    "foreign key to no column": (
        changing(ORDERS, "sources.shops.name", "sources.shops.title"),
        "sources/orders.odcs.yaml:20:13: expected a column of sources.shops, found 'title'. It has name.",
    ),
    "control total of nowhere": (
        changing(DAILY, "source: sources.orders", "source: sources.ledger"),
        "products/sales/contracts/daily.odcs.yaml:14:9: expected a source or a dataset with a contract, "
        "found sources.ledger.",
    ),
    "freshness against no column": (
        changing(DAILY, "value: sources.orders.at", "value: sources.orders.on"),
        "expected a column of sources.orders, found 'on'. It has id, shop, cents, at.",
    ),
    "SQL": (
        changing("products/sales/workflow/daily.sql", "group by day", "group day"),
        "products/sales/workflow/daily.sql:1",
    ),
    "clock in a step": (
        changing("products/sales/workflow/clean.sql", "cents > 0", "at < now()"),
        "products/sales/workflow/clean.sql:4: expected a result that does not depend on the clock, found now().",
    ),
    "step of another language": (
        writing("products/sales/workflow/extra.jl", "1"),
        "products/sales/workflow/extra.jl: expected the name of a step, found 'extra.jl'.",
    ),
    "unknown table": (
        changing("products/sales/workflow/daily.sql", "from clean", "from cleaned"),
        "daily.sql:1: expected a step of this product, a source or another's dataset, found cleaned.",
    ),
    "unknown table of another product": (
        changing("products/desk/workflow/peak.sql", "sales.daily", "sales.clean"),
        "products/desk/workflow/peak.sql:1: expected a step of this product, a source or another's dataset, "
        "found sales.clean.",
    ),
    "cycle": (
        changing("products/sales/workflow/clean.sql", "sources.orders", "daily"),
        "expected steps that do not read each other in a circle, found clean",
    ),
    "dashboard of an unknown dataset": (
        changing(BOARD, "from daily", "from dayly"),
        "products/sales/solutions/board.dashboard.yaml:3:3: expected a dataset with a contract, found dayly. "
        "Datasets of this product: daily, monthly.",
    ),
    "dashboard of an intermediate table": (
        changing(BOARD, "from daily", "from clean"),
        "expected a dataset with a contract, found clean.",
    ),
    "solution of an unknown kind": (
        writing("products/sales/solutions/board.twb", "<workbook/>"),
        "products/sales/solutions/board.twb: expected a file named NAME.dashboard.yaml, found 'board.twb'.",
    ),
    "contract of another ending": (
        writing("sources/more.odcs.yml", "x: 1"),
        "sources/more.odcs.yml: expected a file named NAME.odcs.yaml, found 'more.odcs.yml'.",
    ),
    "unknown folder": (
        writing("products/sales/contract/daily.odcs.yaml", "x: 1"),
        "products/sales/contract: expected a folder that a product knows, found 'contract'. Known: contracts:",
    ),
    "product named sources": (
        writing("products/sources/product.yaml", "title: T\nowner: dora@example.org\nversion: 1.0.0\n"),
        "products/sources/: expected a product name of lower-case letters, digits and _ other than 'sources'",
    ),
    "process": (writing("process.yaml", "gates: []\n"), "process.yaml:1:1: expected "),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_named_with_place_and_cause(files: Files, kind: str) -> None:
    change, said = FAULTS[kind]

    assert any(said in fault for fault in faults_of(change(files))), "\n".join(faults_of(change(files)))


def test_the_faults_of_all_files_are_reported_together(files: Files) -> None:
    kinds = (
        "unknown field",
        "unknown role",
        "as of an unknown source",
        "foreign key to nowhere",
        "contract of another table",
        "clock in a step",
        "dashboard of an unknown dataset",
        "unknown folder",
        "contract of another ending",
    )
    for kind in kinds:
        files = FAULTS[kind][0](files)

    faults = faults_of(files)

    for kind in kinds:
        assert any(FAULTS[kind][1] in fault for fault in faults), kind
    assert faults == sorted(faults, key=lambda fault: fault.split(":")[0])


def test_each_fault_is_reported_once(files: Files) -> None:
    faults = faults_of(FAULTS["clock in a step"][0](files))

    assert len(faults) == len(set(faults)) == 1


def test_what_stands_outside_the_known_places_is_the_authors_own(files: Files) -> None:
    more = {"data/orders.parquet": b"\xff\xfe", "products/README.md": b"x", "products/sales/docs/why.md": b"\xff"}

    assert read_project({**files, **more}) == read_project(files)


def test_a_schedule_says_in_which_zone_and_what_becomes_of_missed_and_failed_runs(files: Files) -> None:
    more = b"0 6 * * *\n  timezone: Europe/Vienna\n  missed: all\n  missed-per-turn: 4\n  retries: 0\n  timeout: 2 h"
    path = "products/sales/product.yaml"
    project = read_project({**files, path: files[path].replace(b"0 6 * * *", more)})

    assert project.products["sales"].schedule == Schedule("0 6 * * *", 2, "Europe/Vienna", Missed.ALL, 4, 0, 7200.0)
