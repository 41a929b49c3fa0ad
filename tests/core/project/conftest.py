"""A small project in which everything occurs once."""

from __future__ import annotations

import pytest

ADA, DORA = "aa" * 32, "bb" * 32

FILES: dict[str, str] = {
    "assay.yaml": """\
name: town
title: A town's shops
environments:
  dev:
    address: .assay
  prod:
    address: ${NODE_HOME}
    node: harbour
    keys:
      - public: cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
""",
    "people.yaml": f"""\
people:
  - email: ada@example.org
    name: Ada
    roles: [engineer]
    keys:
      - public: {ADA}
      - public: {"ad" * 32}
        revoked-at: 2026-03-01T10:00:00Z
  - email: dora@example.org
    name: Dora
    roles: [owner, stakeholder]
    keys:
      - public: {DORA}
""",
    "sources/orders.odcs.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 1.0.0
servers:
  - server: dev
    environment: dev
    type: local
    path: data/orders.parquet
    format: parquet
schema:
  - name: orders
    properties:
      - name: id
        logicalType: integer
        primaryKey: true
      - name: shop
        logicalType: string
        relationships:
          - to: sources.shops.name
      - name: cents
        logicalType: integer
      - name: at
        logicalType: timestamp
""",
    "sources/shops.odcs.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: shops
version: 1.0.0
schema:
  - name: shops
    properties:
      - name: name
        logicalType: string
""",
    "sources/weather.odcs.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: weather
version: 1.0.0
schema:
  - name: weather
    properties:
      - name: day
        logicalType: date
""",
    "products/sales/product.yaml": """\
title: Sales
owner: dora@example.org
version: 1.2.0
deliverables:
  - A table of sales by day
needed-by: 2026-09-30
schedule:
  cron: 0 6 * * *
as-of: sources.orders.at
""",
    "products/sales/contracts/daily.odcs.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: daily
version: 1.0.0
schema:
  - name: daily
    properties:
      - name: day
        logicalType: date
        primaryKey: true
      - name: cents
        logicalType: integer
    quality:
      - id: cents_reconcile
        type: custom
        engine: assay
        implementation:
          check: controlTotal
          expression: sum(cents)
          source: sources.orders
          sourceExpression: sum(cents)
          tolerance: 0
slaProperties:
  - property: freshness
    value: 1
    unit: d
    element: daily.day
    customProperties:
      - property: asOf
        value: sources.orders.at
""",
    "products/sales/contracts/monthly.odcs.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: monthly
version: 1.0.0
schema:
  - name: monthly
    properties:
      - name: month
        logicalType: date
      - name: cents
        logicalType: integer
""",
    "products/sales/workflow/clean.sql": """\
-- orders that count
select id, cents, cast(at as date) as day
from sources.orders
where cents > 0
""",
    "products/sales/workflow/daily.sql": "select day, sum(cents) as cents from clean group by day\n",
    "products/sales/workflow/monthly.py": """\
from shared.calendar import month_of

READS = {"daily": "daily"}


def monthly(daily):
    return month_of(daily)
""",
    "shared/calendar.py": """\
def month_of(table):
    return table
""",
    "products/sales/solutions/board.dashboard.yaml": """\
title: Sales
queries:
  by_day: |
    select day, cents
    from daily
charts:
  - title: Sales by day
    query: by_day
    spec:
      mark: line
      encoding:
        x: {field: day, type: temporal}
        y: {field: cents, type: quantitative}
""",
    "products/desk/product.yaml": """\
title: Desk
owner: dora@example.org
version: 0.1.0
""",
    "products/desk/contracts/peak.odcs.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: peak
version: 1.0.0
schema:
  - name: peak
    properties:
      - name: cents
        logicalType: integer
""",
    "products/desk/workflow/peak.sql": "select max(cents) as cents from sales.daily\n",
    "README.md": "Not ours to read: {",
}


@pytest.fixture
def files() -> dict[str, bytes]:
    return {path: text.encode() for path, text in FILES.items()}
