"""`assay schema`: what editors read lies where the headers of the files say."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from homes import assay
from journeys.flights_home import EXAMPLE

HEADER = re.compile(r"# yaml-language-server: \$schema=(\S+)")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "flights", ignore=shutil.ignore_patterns(".assay", "data")))


def test_the_schemas_are_written_once_and_only_what_changed_anew(project: Path) -> None:
    first = assay("schema", "--write", ASSAY_PROJECT=project)
    folder = project / ".assay" / "schemas"
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    (folder / "people.json").write_text("{}")

    second = assay("schema", "--write", ASSAY_PROJECT=project)
    third = assay("schema", "--write", ASSAY_PROJECT=project)

    assert (first.code, len(before)) == (0, 7)
    assert second.out == ".assay/schemas: people.json.\n"
    assert third.out == ".assay/schemas: nothing new: all of them are there.\n"
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {name: text for name, (text, _) in before.items()}
    assert [p.name for p in folder.iterdir() if p.stat().st_mtime_ns != before[p.name][1]] == ["people.json"]


def test_a_schema_is_printed_for_other_tools(project: Path) -> None:
    schema = json.loads(assay("schema", "tests", ASSAY_PROJECT=project).out)

    assert jsonschema_rs.validator_for(schema).is_valid({"step": "a", "cases": {"b": {"expect": []}}})
    assert not jsonschema_rs.validator_for(schema).is_valid({"step": "a", "cases": {}})


def test_both_wishes_at_once_and_an_unknown_kind_are_wrong_usage(project: Path) -> None:
    assert assay("schema", "tests", "--write", ASSAY_PROJECT=project).code == 2
    unknown = assay("schema", "spreadsheet", ASSAY_PROJECT=project)
    assert unknown.code == 2
    assert "Kinds: project, people" in unknown.err


def test_every_header_leads_to_a_schema_that_accepts_its_file(project: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    assert assay("init", new).code == 0
    assay("schema", "--write", ASSAY_PROJECT=project)
    led = []
    for root in (project, new):
        for path in root.rglob("*.yaml"):
            match = HEADER.match(path.read_text())
            if match:
                schema = json.loads((path.parent / match[1]).read_text())
                assert (
                    jsonschema_rs.validator_for(schema).is_valid(yaml.safe_load(path.read_text()))
                    or "tests" in match[1]
                )
                led.append(path.name)

    assert sorted(led) == ["assay.yaml", "carrier_month.yaml", "ontime_daily.yaml", "people.yaml"]


def test_a_full_disk_leaves_no_half_of_a_schema(project: Path) -> None:
    (project / ".assay").mkdir()
    (project / ".assay" / "schemas").write_text("a file in the way")

    ran = assay("schema", "--write", ASSAY_PROJECT=project)

    assert ran.code == 1
    assert "room and leave to write a file" in ran.err
