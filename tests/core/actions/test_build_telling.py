"""Builds told as OpenLineage events: what is said when, valid by the standard's schemas, and nothing that is secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from assay.actions.run_events import Silence, Teller, telling
from assay.actions.step_events import StepEnded, StepEvent, StepFailed, StepResult, StepStarted
from assay.base.canonical import digest_text
from assay.base.errors import refusal
from assay.base.names import TableRef
from assay.base.snapshots import Column, DataFile, Manifest
from assay.documentation.openlineage import Runs, input_of
from assay.project.model import Project
from assay.project.reading import read_project
from assay.validation.conditions import Outcome
from assay.validation.verdicts import Verdict
from fakes.lineage_events import MemoryLineage
from run_standard import wrong_in

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
VALUE = "a-value-of-a-row"
FILES = {
    "assay.yaml": b"name: town\nenvironments:\n  dev:\n    address: .assay\n",
    "people.yaml": b"people:\n  - email: d@example.org\n    name: D\n    roles: [owner]\n",
    "products/sales/product.yaml": b"title: P\nowner: d@example.org\nversion: 1.0.0\n",
    "sources/orders.odcs.yaml": b"""\
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 1.0.0
schema:
  - name: orders
    properties: [{name: id}, {name: Cents}, {name: paid}]
""",
    "products/sales/workflow/clean.sql": b"select id, cents * 2 as both from sources.orders where paid",
    "products/sales/workflow/twice.py": b'READS = {"clean": "clean"}\n\n\ndef twice(clean):\n    return clean\n',
}
ORDERS = TableRef("sources", "orders")


def manifest(name: str, *columns: str) -> Manifest:
    files = (DataFile("part-0.parquet", digest_text(name), 100, 7),)
    return Manifest(name, tuple(Column(column, "INTEGER") for column in columns), files)


@pytest.fixture
def events() -> Iterator[MemoryLineage]:
    """Take events; all that was taken has to be what the standard says."""
    kept = MemoryLineage()
    yield kept
    assert [wrong for event in kept.taken for wrong in wrong_in(event)] == []


@pytest.fixture
def project() -> Project:
    return read_project(FILES)


def said(events: MemoryLineage) -> list[tuple[str, str]]:
    return [(event["eventType"], event["job"]["name"]) for event in events.taken]


def nobody(event: StepEvent) -> None:
    """Watch nothing."""


def build_clean(told: Teller, project: Project, outcome: str = "made") -> None:
    watch = told.watch(nobody)
    step = project.products["sales"].steps["clean"]
    inputs = {ORDERS: manifest("sources/orders", "id", "Cents", "paid")}
    watch(StepStarted(step, (), inputs))
    if outcome == "stopped":
        raise KeyboardInterrupt
    if outcome == "failed":
        error = refusal("products/sales/workflow/clean.sql:1", expected="numbers", found=f"could not convert {VALUE}")
        watch(StepFailed(step, error, inputs))
        raise error
    watch(StepEnded(step, StepResult("clean", True, (), manifest("sales/clean", "id", "both"), 1.0), inputs))


def test_a_build_and_its_steps_start_and_complete_under_one_parent(events: MemoryLineage, project: Project) -> None:
    with telling(events, project, "sales", "dev", lambda: NOW, pytest.fail) as told:
        build_clean(told, project)

    assert said(events) == [
        ("START", "sales"), ("START", "sales.clean"), ("COMPLETE", "sales.clean"), ("COMPLETE", "sales"),
    ]  # fmt: skip
    ids = [event["run"]["runId"] for event in events.taken]
    assert ids[0] == ids[3] != ids[1] == ids[2]
    assert events.taken[1]["run"]["facets"]["parent"]["run"]["runId"] == ids[0]
    assert events.taken[1]["job"]["namespace"] == "town"


def test_what_was_read_and_made_is_said_with_columns_and_where_they_come_from(
    events: MemoryLineage, project: Project
) -> None:
    with telling(events, project, "sales", "dev", lambda: NOW, pytest.fail) as told:
        build_clean(told, project)

    done = events.taken[2]
    read, made = done["inputs"][0], done["outputs"][0]
    assert (read["namespace"], read["name"], made["name"]) == ("assay://town/dev", "sources.orders", "sales.clean")
    assert [field["name"] for field in read["facets"]["schema"]["fields"]] == ["id", "Cents", "paid"]
    assert made["facets"]["version"]["datasetVersion"] == manifest("sales/clean", "id", "both").digest
    assert made["outputFacets"]["outputStatistics"]["rowCount"] == 7
    lineage = made["facets"]["columnLineage"]
    source = {"namespace": "assay://town/dev", "name": "sources.orders"}
    assert lineage["fields"]["both"]["inputFields"] == [
        {**source, "field": "Cents", "transformations": [{"type": "DIRECT"}]}
    ]
    assert lineage["dataset"] == [{**source, "field": "paid", "transformations": [{"type": "INDIRECT"}]}]


def test_what_is_read_through_a_view_is_said_of_that_on_which_it_rests(events: MemoryLineage) -> None:
    product = FILES["products/sales/product.yaml"] + b"steps: {clean: {materialized: view}}\n"
    more = b"select id, both + 1 as more from clean where id > 0"
    files = {**FILES, "products/sales/product.yaml": product, "products/sales/workflow/more.sql": more}
    project = read_project({name: text for name, text in files.items() if not name.endswith("twice.py")})
    step = project.products["sales"].graph.built.steps["more"]
    inputs = {ORDERS: manifest("sources/orders", "id", "Cents", "paid")}
    with telling(events, project, "sales", "dev", lambda: NOW, pytest.fail) as told:
        watch = told.watch(nobody)
        watch(StepStarted(step, (), inputs))
        watch(StepEnded(step, StepResult("more", True, (), manifest("sales/more", "id", "more"), 1.0), inputs))

    assert [given["name"] for given in events.taken[2]["inputs"]] == ["sources.orders"]
    lineage = events.taken[2]["outputs"][0]["facets"]["columnLineage"]
    assert [field["field"] for field in lineage["fields"]["more"]["inputFields"]] == ["Cents"]
    assert {field["field"] for field in lineage["dataset"]} == {"id", "paid"}


def test_of_python_all_inputs_are_said_once_and_as_undetermined(events: MemoryLineage, project: Project) -> None:
    step = project.products["sales"].steps["twice"]
    inputs = {TableRef(None, "clean"): manifest("sales/clean", "id", "both")}
    with telling(events, project, "sales", "dev", lambda: NOW, pytest.fail) as told:
        watch = told.watch(nobody)
        watch(StepStarted(step, (), inputs))
        watch(StepEnded(step, StepResult("twice", True, (), manifest("sales/twice", "id", "both"), 1.0), inputs))

    lineage = events.taken[2]["outputs"][0]["facets"]["columnLineage"]
    assert [each["field"] for each in lineage["dataset"]] == ["id", "both"]
    assert {each["transformations"][0]["description"] for each in lineage["dataset"]} == {
        "undetermined: nobody can tell from the code"
    }
    assert lineage["fields"] == {"id": {"inputFields": []}, "both": {"inputFields": []}}


def test_a_failure_is_told_without_what_the_engine_found(events: MemoryLineage, project: Project) -> None:
    with (
        pytest.raises(Exception, match="numbers"),
        telling(events, project, "sales", "dev", lambda: NOW, pytest.fail) as told,
    ):
        build_clean(told, project, "failed")

    assert said(events)[2:] == [("FAIL", "sales.clean"), ("FAIL", "sales")]
    message = events.taken[2]["run"]["facets"]["errorMessage"]["message"]
    assert message == "products/sales/workflow/clean.sql:1: expected numbers"
    assert VALUE not in json.dumps(events.taken)


def test_whoever_stops_a_build_aborts_what_was_on_its_way(events: MemoryLineage, project: Project) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        telling(events, project, "sales", "dev", lambda: NOW, pytest.fail) as told,
    ):
        build_clean(told, project, "stopped")

    assert said(events)[2:] == [("ABORT", "sales.clean"), ("ABORT", "sales")]


def test_who_does_not_answer_is_named_once_and_the_build_goes_on(project: Project) -> None:
    events, warned = MemoryLineage(), list[str]()
    events.is_down = True
    with telling(events, project, "sales", "dev", lambda: NOW, warned.append) as told:
        build_clean(told, project)

    assert warned == ["No lineage events of this build: lineage: expected a service that answers, found none"]
    assert events.asked == 1


def test_a_step_that_is_reused_did_not_run(events: MemoryLineage, project: Project) -> None:
    step = project.products["sales"].steps["clean"]
    with telling(events, project, "sales", "dev", lambda: NOW, pytest.fail) as told:
        told.watch(nobody)(StepEnded(step, StepResult("clean", False, (), manifest("sales/clean", "id"), 0.0), {}))

    assert said(events) == [("START", "sales"), ("COMPLETE", "sales")]


def test_whoever_watches_is_told_all_the_same(events: MemoryLineage, project: Project) -> None:
    seen: list[StepEvent] = []
    event = StepStarted(project.products["sales"].steps["clean"], (), {})
    with telling(events, project, "sales", "dev", lambda: NOW, pytest.fail) as told:
        told.watch(seen.append)(event)

    assert seen == [event]


def test_nobody_is_told_where_nobody_asked(project: Project) -> None:
    with telling(None, project, "sales", "dev", lambda: NOW, pytest.fail) as told:
        assert isinstance(told, Silence)
        assert told.watch(nobody) is nobody


def test_what_checks_said_is_told_of_an_input_without_numbers_of_it() -> None:
    runs = Runs("town", "prod", "sales", "00000000-0000-4000-8000-000000000000", "1")
    verdicts = [
        Verdict("one", Outcome.PASS, f"it is {VALUE}"),
        Verdict("two", Outcome.WARN, "", measured=VALUE),
        Verdict("three", Outcome.ERROR, "", message=VALUE),
        Verdict("four", Outcome.SKIP, ""),
    ]
    given = input_of(runs, "sales.clean", manifest("sales/clean", "id"), verdicts)
    found = json.loads(json.dumps(given))["inputFacets"]["dataQualityAssertions"]["assertions"]

    assert [(one["name"], one["success"], one["severity"]) for one in found] == [
        ("one", True, "error"), ("two", False, "warn"), ("three", False, "error"),
    ]  # fmt: skip
    assert VALUE not in json.dumps(given)


def test_checks_are_a_job_of_their_own_that_reads_the_dataset(events: MemoryLineage, project: Project) -> None:
    made = {"clean": manifest("sales/clean", "id")}
    with telling(events, project, "sales", "prod", lambda: NOW, pytest.fail) as told:
        told.checked(made, {"clean": [Verdict("one", Outcome.FAIL, "")]})

    assert said(events)[1:3] == [("START", "sales.clean.checks"), ("COMPLETE", "sales.clean.checks")]
    read = events.taken[2]["inputs"][0]
    assert (read["namespace"], read["name"]) == ("assay://town/prod", "sales.clean")
    assert not read["inputFacets"]["dataQualityAssertions"]["assertions"][0]["success"]
