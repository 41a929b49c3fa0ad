"""What the demo leaves running: the portal answers, the node takes in what arrives, and both are stopped, no others."""

from __future__ import annotations

import os
from pathlib import Path

import httpx2
import pytest

from assay.base.errors import AssayError
from assay.cli.demo_node import node_process, start_node
from assay.cli.demo_portal import make_portal, portal_process, start_portal
from faults.shop import ROLES, prepare
from homes import assay

NOW = "2026-03-02T12:00:00Z"


def test_it_runs_on_after_the_demo_lets_everybody_in_and_stops_once(tmp_path: Path) -> None:
    own = prepare(tmp_path / "all")

    passwords = make_portal(own.root, list(ROLES), lambda *arguments: own.do("alma", *arguments).out)
    assert passwords.keys() == ROLES.keys()
    assert (own.design / "people.yaml").read_text().count("held-by: portal") == len(ROLES)
    address = start_portal(own.root)
    try:
        fields = {"email": "carla@example.org", "password": passwords["carla"], "next": "/"}
        answer = httpx2.post(f"{address}/sign-in", data=fields)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/password"
    finally:
        assert portal_process(own.root).stop()
    assert not portal_process(own.root).stop()


def test_the_node_works_on_after_the_demo_with_its_clock_standing_and_stops_once(tmp_path: Path) -> None:
    own = prepare(tmp_path / "all")

    start_node(own.root, NOW)
    try:
        assert f"its clock says {NOW}" in node_process(own.root).log.read_text()
        assert (own.node / "state" / "locks" / "worker.holder").exists()
    finally:
        assert node_process(own.root).stop()
    assert not (own.node / "state" / "locks" / "worker.holder").exists()
    assert not node_process(own.root).stop()


def test_a_node_that_does_not_come_up_is_refused_with_what_it_said(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()

    with pytest.raises(AssayError, match=r"expected the worker to work(.|\n)*the folder of a node"):
        start_node(tmp_path, NOW)


def test_both_are_stopped_by_one_command(tmp_path: Path) -> None:
    own = prepare(tmp_path / "all")
    make_portal(own.root, list(ROLES), lambda *arguments: own.do("alma", *arguments).out)
    try:
        start_portal(own.root)
        start_node(own.root, NOW)

        ran = assay("demo", "--home", own.root, "--stop")

        assert ran.out == "Stopped: portal, worker.\n"
    finally:
        portal_process(own.root).stop()
        node_process(own.root).stop()
    assert not portal_process(own.root).note.exists()
    assert not node_process(own.root).note.exists()
    assert assay("demo", "--home", own.root, "--stop").out == "Nothing of a demo runs here.\n"


def test_a_process_that_took_the_number_meanwhile_is_left_alone(tmp_path: Path) -> None:
    for kept in (portal_process(tmp_path), node_process(tmp_path)):
        kept.note.write_text(f"{os.getpid()}\n")

        assert not kept.stop()
        assert not kept.note.exists()
