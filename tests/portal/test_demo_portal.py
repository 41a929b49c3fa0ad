"""The portal that the demo leaves running: it answers, lets its people in, and is stopped without touching others."""

from __future__ import annotations

import os
from pathlib import Path

import httpx2

from assay.cli.demo_portal import make_portal, start_portal, stop_portal
from faults.shop import ROLES, prepare


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
        assert stop_portal(own.root)
    assert not stop_portal(own.root)


def test_a_process_that_took_the_number_meanwhile_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "portal.pid").write_text(f"{os.getpid()}\n")

    assert not stop_portal(tmp_path)
    assert not (tmp_path / "portal.pid").exists()
