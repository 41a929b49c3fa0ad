"""Lineage at the terminal, and builds that tell of themselves: on the example with one month of flights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from syrupy.assertion import SnapshotAssertion

from homes import Ran, assay
from house import ROOT
from lineage_server import LineageServer, lineage_server
from run_standard import wrong_in

EXAMPLE = ROOT / "examples" / "flights"
SECRET = "s3cret-key"


@dataclass(frozen=True, slots=True)
class Flights:
    """A copy of the example."""

    folder: Path

    def run(self, *arguments: str, **environment: str) -> Ran:
        return assay(*arguments, ASSAY_PROJECT=self.folder, **environment)

    def tell(self, text: str) -> None:
        with (self.folder / "assay.yaml").open("a") as file:
            file.write(f"lineage: {text}\n")

    @property
    def events(self) -> list[dict[str, object]]:
        path = self.folder / ".assay" / "lineage" / "events.ndjson"
        return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def flights(tmp_path: Path) -> Flights:
    shutil.copytree(EXAMPLE, tmp_path / "flights", ignore=shutil.ignore_patterns(".assay", "2013-0[2-9]*", "2013-1*"))
    return Flights(tmp_path / "flights")


@pytest.fixture
def server() -> Iterator[LineageServer]:
    with lineage_server() as served:
        yield served


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--up",),
        ("ontime.ontime_daily",),
        ("ontime.ontime_daily.on_time_share",),
        ("sources.flights.dep_delay", "--down"),
        ("ontime/delays", "--columns"),
        ("sources.planes",),
        ("ontime/delays", "-o", "mermaid"),
    ],
    ids=lambda arguments: " ".join(arguments) or "all",
)
def test_what_comes_from_where(flights: Flights, arguments: tuple[str, ...], snapshot: SnapshotAssertion) -> None:
    ran = flights.run("lineage", *arguments)

    assert ran.code == 0, ran.text
    assert max(map(len, ran.out.splitlines())) <= 80
    assert ran.out == snapshot


def test_the_picture_and_the_json_are_of_the_same(flights: Flights) -> None:
    picture = flights.run("lineage", "ontime.ontime_daily", "--columns", "-o", "svg")
    value = json.loads(flights.run("lineage", "ontime.ontime_daily", "--columns", "-o", "json").out)

    titles = {title.text for title in ET.fromstring(picture.out).iter("{http://www.w3.org/2000/svg}title")}
    assert {f"{table['name']}, {table['kind']}" for table in value["tables"]} <= titles
    assert picture.out == flights.run("lineage", "ontime.ontime_daily", "--columns", "-o", "svg").out


def test_the_picture_of_the_docs_is_what_the_command_draws(flights: Flights) -> None:
    drawn = flights.run("lineage", "sources.flights.dep_delay", "-o", "svg").out

    assert drawn == (ROOT / "docs" / "lineage.svg").read_text()


def test_all_columns_of_a_project_are_for_machines(flights: Flights) -> None:
    value = json.loads(flights.run("lineage", "--columns", "-o", "json").out)
    refused = flights.run("lineage", "--columns")

    flow = {
        "from": {"table": "sources.flights", "column": "origin"},
        "to": {"table": "ontime.ontime_daily", "column": "origin"},
        "influence": "direct",
    }
    assert flow in value["flows"]
    assert refused.code == 2
    assert "a TARGET, or -o json" in refused.err


def test_what_there_is_not_is_refused(flights: Flights) -> None:
    ran = flights.run("lineage", "sources.flihgts")

    assert ran.code == 1
    assert "Did you mean sources.flights" in ran.err


def test_a_build_tells_of_itself_into_a_file(flights: Flights) -> None:
    flights.tell("{file: .assay/lineage/events.ndjson}")
    assert flights.run("build").code == 0
    first = flights.events
    assert flights.run("build").code == 0

    assert [wrong for event in flights.events for wrong in wrong_in(event)] == []
    told = [(event["eventType"], event["job"]["name"]) for event in first]  # type: ignore[index]
    assert (told[0], told[-1]) == (("START", "ontime"), ("COMPLETE", "ontime"))
    assert sorted(told[1:-1]) == [
        ("COMPLETE", "ontime.carrier_month"),
        ("COMPLETE", "ontime.ontime_daily"),
        ("START", "ontime.carrier_month"),
        ("START", "ontime.ontime_daily"),
    ]
    assert len(flights.events) == len(first) + 2, "what was reused did not run"


def test_a_build_that_fails_says_so(flights: Flights) -> None:
    flights.tell("{file: .assay/lineage/events.ndjson}")
    step = flights.folder / "products/ontime/workflow/ontime_daily.sql"
    step.write_text("select cast(carrier as integer) as carrier from sources.flights\n")
    assert flights.run("build").code == 1

    failed = [event for event in flights.events if event["eventType"] == "FAIL"]
    assert [event["job"]["name"] for event in failed] == ["ontime.ontime_daily", "ontime"]  # type: ignore[index]
    assert [wrong for event in failed for wrong in wrong_in(event)] == []
    assert "ontime_daily.sql" in json.dumps(failed)
    assert '"UA"' not in json.dumps(failed)
    assert "'UA'" not in json.dumps(failed)


def test_a_build_tells_a_service(flights: Flights, server: LineageServer) -> None:
    flights.tell("{url: '${OPENLINEAGE_URL}', api-key: '${OPENLINEAGE_API_KEY}'}")
    ran = flights.run("build", OPENLINEAGE_URL=server.address, OPENLINEAGE_API_KEY=SECRET)

    assert ran.code == 0, ran.text
    assert len(server.taken) == 6
    assert set(server.asked) == {("/api/v1/lineage", f"Bearer {SECRET}")}
    assert SECRET not in ran.text + json.dumps(server.taken)


@pytest.mark.parametrize("reason", ["down", "refusing", "no variable"])
def test_a_service_that_takes_nothing_costs_a_warning_and_no_build(
    flights: Flights, server: LineageServer, reason: str
) -> None:
    flights.tell("{url: '${OPENLINEAGE_URL}', api-key: '${OPENLINEAGE_API_KEY}'}")
    server.status = 500
    address = "http://127.0.0.1:9" if reason == "down" else server.address
    given = {} if reason == "no variable" else {"OPENLINEAGE_URL": address, "OPENLINEAGE_API_KEY": SECRET}

    ran = flights.run("build", **given)

    assert ran.code == 0, ran.text
    assert "dev serves it now" in ran.out
    assert ran.text.count("No lineage events of this build") == 1
    assert len(server.asked) == (1 if reason == "refusing" else 0)
    assert SECRET not in ran.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "either `file` or `url`"),
        ("{file: a, url: 'http://h'}", "either `file` or `url`"),
        ("{file: a, api-key: '${K}'}", "`api-key` with `url` only"),
        ("{url: 'http://h', api-key: plain}", "a secret stands in no file"),
        ("{url: 'http://user:pass@h'}", "without a user"),
        ("{url: 'ftp://h'}", "an address as https://HOST"),
        ("{path: a}", "path"),
    ],
)
def test_a_place_that_is_none_is_refused_with_its_line(flights: Flights, text: str, expected: str) -> None:
    flights.tell(text)
    ran = flights.run("plan")

    assert ran.code == 1
    assert "assay.yaml:" in ran.err
    assert expected in " ".join(ran.err.split())
