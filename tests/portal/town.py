"""The shop at a busy time, with a portal in front of it: releases in every state, many requests, hard names.

A second project in the same portal, the village, is the shop before anything happened.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from faults.shop import PRODUCT, ROLES, Shop, admit, open_release, soak
from journeys.flights_home import git
from portal.site import Site, make_site

LONG = ("Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung" * 3)[:200]
"""One word of two hundred letters."""

TITLES = (
    "Takings by the hour", LONG, "كم بعنا هذا الأسبوع؟", "<script>alert(1)</script>", "🏪🧾 what sells?",
    "Which shops should open on Sundays, and which of them in the holidays, and for how many hours, if at all?",
)  # fmt: skip
DELIVERY = "2026-03-04T09:00:00Z"


def furnish(shop: Shop) -> Site:
    """Put a portal in front of the shop, with an account and a key for everybody."""
    made = make_site(shop.design, shop.root / "portal", "town", tuple(ROLES))
    git(shop.design, "commit", "--quiet", "--all", "--message", "Keys that the portal holds")
    return made


def copy_of(shop: Shop, root: Path, **others: Path) -> tuple[Shop, Site]:
    """Copy the shop and its portal, which then serves the copy and other projects by their names."""
    copy = shop.copy(root)
    settings = copy.root / "portal" / "portal.yaml"
    told = yaml.safe_load(settings.read_text())
    told["projects"] |= {"town": str(copy.design)} | {name: str(folder) for name, folder in others.items()}
    settings.write_text(yaml.safe_dump(told))
    return copy, Site(copy.design, copy.root / "portal", "town")


def rename(shop: Shop, name: str) -> None:
    """Give the shop's project another name."""
    change(shop, "assay.yaml", r"name: town\ntitle: .*", f"name: {name}\ntitle: The village's shop")


def change(shop: Shop, file: str, pattern: str, replacement: str) -> None:
    """Change one place of a file, and commit it."""
    path = shop.design / file
    text, changes = re.subn(pattern, replacement, path.read_text(), count=1)
    assert changes == 1, f"{file} has no {pattern}"
    path.write_text(text)
    git(shop.design, "commit", "--quiet", "--all", "--message", f"Change {path.name}")


def ask(shop: Shop, title: str, *, by: str = "2026-12-31") -> None:
    """Ask for something, at a terminal."""
    shop.do(
        "carla", "request", "new", "--product", PRODUCT, "--title", title, "--question", f"How much? {title}",
        "--deliverable", "dashboard", "--audience", "Us", "--needed-by", by, "--acceptance", "All shops",
        at=DELIVERY,
    )  # fmt: skip


def bring_to_validation(shop: Shop, release: str) -> None:
    """Take an open release, whose contracts wait for approval, into QA: then its datasets wait for acceptance."""
    for person in ("dora", "carla", "ada"):
        shop.run(person, "signoff", release, at=DELIVERY)
    for command in (("build", "--sign"), ("freeze", release), ("validate", release)):
        shop.do("ada", *command, at=DELIVERY)


def make_busy(shop: Shop) -> None:
    """Let things happen: R-0001 is released, R-0002 waits in QA, R-0003 for its approvals; requests stand in a list."""
    open_release(shop)
    admit(shop)
    soak(shop)
    answer = shop.post("released.tar")
    shop.do(None, "node", "release", shop.post("order.tar"), "--answer", answer, at="2026-03-03T10:00:00Z")
    shop.do("ada", "ledger", "import", answer)
    for title in TITLES:
        ask(shop, title, by="2026-03-05" if title == TITLES[0] else "2026-12-31")
    shop.do("dora", "request", "cancel", "Q-0007", "--reason", "Nobody needs it <b>any more</b>", at=DELIVERY)
    change(shop, f"products/{PRODUCT}/workflow/daily.sql", r"sum\(cents\)", "sum(cents) + 1")
    change(shop, f"products/{PRODUCT}/product.yaml", "version: 1.0.0", "version: 1.1.0")
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0002", at=DELIVERY)
    shop.do("ada", "assess", "R-0002", at=DELIVERY)
    bring_to_validation(shop, "R-0002")
    contract = f"products/{PRODUCT}/contracts/daily.odcs.yaml"
    change(shop, contract, "logicalType: integer\n        required: true", "logicalType: integer")
    change(shop, contract, "version: 1.0.0", "version: 2.0.0")
    change(shop, f"products/{PRODUCT}/product.yaml", "version: 1.1.0", "version: 2.0.0")
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0003", at=DELIVERY)
    shop.do("ada", "assess", "R-0003", at=DELIVERY)
