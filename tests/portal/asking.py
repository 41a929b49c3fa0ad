"""The shop with a process of its own: three gates ask whoever signs in the portal to have just shown who they are."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx2

from assay.lifecycle.gates import DEFAULT_TABLE
from assay.lifecycle.statements import Statement
from assay.wiring import open_home
from faults.shop import PRODUCT, Shop
from homes import only, rows_of
from journeys.flights_home import git
from portal.site import Site
from portal.town import copy_of
from tables import process_file

BY_OWNER, BY_STAKEHOLDER = "contract.approved-by-owner", "contract.approved-by-stakeholder"
IN_QA = "dataset.qa.accepted-by-stakeholder"
WITHIN = 5
"""Minutes."""

REVIEW = "/p/town/releases/R-0001/review"
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def make_asking(pristine: Shop, root: Path) -> tuple[Shop, Site]:
    """Copy the shop and its portal, and give the project its process."""
    shop, site = copy_of(pristine, root)
    table = (
        replace(gate, authenticated_within_minutes=WITHIN) if gate.id in (BY_OWNER, BY_STAKEHOLDER, IN_QA) else gate
        for gate in DEFAULT_TABLE
    )
    (shop.design / "process.yaml").write_text(process_file(tuple(table)))
    git(shop.design, "add", "--all")
    git(shop.design, "commit", "--quiet", "--message", "Our own process")
    return shop, site


def ask_for_approval(shop: Shop) -> None:
    """Bring a release to where its contracts wait for owner and stakeholder."""
    shop.do(
        "carla", "request", "new", "--product", PRODUCT, "--title", "Takings", "--question", "How much?",
        "--deliverable", "dashboard", "--audience", "Us", "--needed-by", "2099-12-31", "--acceptance", "All shops",
    )  # fmt: skip
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001")
    shop.do("ada", "assess")


def hidden(answer: httpx2.Response) -> dict[str, str | list[str]]:
    """Return the hidden fields of the forms in the content of a page."""
    found: dict[str, list[str]] = {}
    for name, value in _FIELD.findall(answer.text.partition("<main")[2]):
        found.setdefault(name, []).append(unescape(value))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def events_of(shop: Shop) -> int:
    """Return how many events the project's ledger has."""
    return int(str(rows_of(shop.state / "state.db", "select count(*) from events")[0][0]))


def last_said(shop: Shop) -> Statement:
    """Return what was said last."""
    with only(shop.environment()):
        return open_home(shop.design).load().record.statements[-1].statement
