"""The files of a busy project: many small products, each with one dataset and one dashboard, and many people."""

from __future__ import annotations

from collections.abc import Iterator

from assay.base.roles import NodeIdentity, Person, Role, Roster
from fakes.cast import SeededSigner, person

PROJECT = "exchange"
NODE = "plant"
THE_NODE = NodeIdentity(NODE, (SeededSigner(NODE).public,))

_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
version: 1.0.0
schema:
  - name: {name}
    description: {words}
    properties:
      - name: day
        logicalType: date
        primaryKey: true
        description: The day of the sale, in the shop's own time.
      - name: shop
        logicalType: string
        primaryKey: true
        description: The shop's name, as it stands over its door.
      - name: cents
        logicalType: integer
        description: What was paid in the shop on that day, in cents.
"""
_ASSAY = """\
name: {project}
title: The exchange
environments:
  dev:
    address: .assay
  prod:
    address: ${{NODE_HOME}}
    node: {node}
    keys:
      - public: {key}
"""
_PRODUCT = """\
title: Sales of region {number}
description: What the shops of region {number} sell, by day.
owner: {owner}
version: {version}
audience: The regional managers of region {number}
deliverables:
  - A table by day and shop
  - A dashboard
schedule:
  cron: 0 6 * * *
  soak-runs: 2
as-of: sources.orders.day
"""
_DASHBOARD = """\
title: Sales of region {number}
queries:
  by_day: |
    select day, sum(cents) as cents from daily group by day
charts:
  - title: Sales by day
    query: by_day
    spec:
      mark: line
      encoding:
        x: {{field: day, type: temporal}}
        y: {{field: cents, type: quantitative}}
"""

TEAMS: dict[str, tuple[Person, ...]] = {
    "owner": tuple(person(f"owner{n}", Role.OWNER) for n in range(5)),
    "stakeholder": tuple(person(f"stakeholder{n}", Role.STAKEHOLDER) for n in range(20)),
    "author": tuple(person(f"engineer{n}", Role.ENGINEER) for n in range(10)),
    "other": tuple(person(f"validator{n}", Role.VALIDATOR) for n in range(5)),
    "manager": tuple(person(f"manager{n}", Role.RELEASE_MANAGER) for n in range(3)),
    "looker": (person("auditor", Role.AUDITOR), person("admin", Role.ADMIN)),
}
"""Who takes part, by what they do for a product: nobody does two things for one."""

ROSTER = Roster(tuple(p for team in TEAMS.values() for p in team), (THE_NODE,), PROJECT)


def member(part: str, number: int) -> Person:
    """Return who does something for a product."""
    return TEAMS[part][number % len(TEAMS[part])]


def product_name(number: int) -> str:
    return f"region_{number:04d}"


def project_files(products: int, version: str) -> dict[str, bytes]:
    """Write the files of a project.

    Args:
        products: how many, numbered from 1.
        version: of every one; each step computes otherwise in another version, and so do the products.
    """
    node = THE_NODE.keys[0].raw.hex()
    files = {
        "assay.yaml": _ASSAY.format(project=PROJECT, node=NODE, key=node),
        "people.yaml": "people:\n" + "".join(_entries()),
        "sources/orders.odcs.yaml": _CONTRACT.format(name="orders", words="Every order, as the tills sent it."),
    }
    for number in range(1, products + 1):
        folder = f"products/{product_name(number)}"
        owner = member("owner", number).email
        files |= {
            f"{folder}/product.yaml": _PRODUCT.format(number=number, owner=owner, version=version),
            f"{folder}/contracts/daily.odcs.yaml": _CONTRACT.format(name="daily", words=f"Sales in {version}."),
            f"{folder}/workflow/daily.sql": _step(number, version),
            f"{folder}/solutions/board.dashboard.yaml": _DASHBOARD.format(number=number),
        }
    return {path: text.encode() for path, text in files.items()}


def _step(number: int, version: str) -> str:
    return (
        f"-- orders that count in region {number}\nselect day, shop, sum(cents) as cents\nfrom sources.orders\n"
        f"where cents > {number} and shop <> 'closed in {version}'\ngroup by day, shop\n"
    )


def _entries() -> Iterator[str]:
    for each in ROSTER.people:
        roles = ", ".join(sorted(each.roles))
        yield (
            f"  - email: {each.email}\n    name: {each.name}\n    roles: [{roles}]\n"
            f"    keys:\n      - public: {each.keys[0].raw.hex()}\n"
        )
