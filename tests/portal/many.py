"""A portal over a busy project, where every list is longer than a page; one person of each team has an account."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from assay.stores.database import open_database
from assay.stores.ledger import DatabaseLedger
from assay.stores.payloads import DiskPayloads
from assay.wiring import STATE
from fakes.busy import Size, make_busy
from fakes.busy_files import PROJECT, TEAMS
from portal.site import Site, make_site

MANY = Size(products=60, done=75, cancelled=10, on_their_way=80, events=3_500)
"""More than fifty products, so that they are chosen by typing; more than a page of requests that are open, and over."""

WHO = {part: team[0].email.partition("@")[0] for part, team in TEAMS.items()}
"""Who has an account, by what they do."""


def make_many(root: Path) -> Site:
    """Make the project and its portal in a folder."""
    design = root / PROJECT
    state = design / STATE
    state.mkdir(parents=True)
    ledger = DatabaseLedger(open_database(f"sqlite:///{state / 'state.db'}"))
    for path, content in make_busy(ledger, DiskPayloads(state / "payloads"), MANY).items():
        (design / path).parent.mkdir(parents=True, exist_ok=True)
        (design / path).write_bytes(content)
    roster = design / "people.yaml"
    roster.write_text(re.sub(r"keys:\n\s+- public: (\w+)", r'keys: [{public: "\1"}]', roster.read_text()))
    return make_site(design, root / "portal", PROJECT, tuple(WHO.values()))


def copy_of_many(made: Path, root: Path) -> Site:
    """Copy the folder with the project and its portal."""
    shutil.copytree(made, root)
    settings = root / "portal" / "portal.yaml"
    told = yaml.safe_load(settings.read_text())
    settings.write_text(yaml.safe_dump(told | {"projects": {PROJECT: str(root / PROJECT)}}))
    return Site(root / PROJECT, root / "portal", PROJECT)
