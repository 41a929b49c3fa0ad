"""A small project whose datasets are built by months: sales of four months, a running total, and what rests on it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_SOURCE = """\
apiVersion: v3.2.0
kind: DataContract
id: sales
version: 1.0.0
status: active
servers:
  - {server: dev, environment: dev, type: local, path: "data/*.parquet", format: parquet}
schema:
  - name: sales
    properties:
      - {name: day, logicalType: date}
      - {name: cents, logicalType: integer}
"""
_FILES = {
    "assay.yaml": "name: town\nrehearsal: true\nenvironments:\n  dev:\n    address: .assay\n",
    "people.yaml": "people:\n  - email: ada@example.org\n    name: Ada\n    roles: [engineer, owner]\n",
    "sources/sales.odcs.yaml": _SOURCE,
    "products/shop/product.yaml": """\
title: Shop
owner: ada@example.org
version: 1.0.0
steps:
  running:
    incremental: {by: day, over: sources.sales.day, slice: month}
  by_month:
    incremental: {by: month, over: running.day, slice: month}
""",
    "products/shop/workflow/running.sql": (
        "select day, cents, sum(cents) over (order by day, cents rows unbounded preceding) as sofar\n"
        "from sources.sales\n"
    ),
    "products/shop/workflow/by_month.sql": (
        "select date_trunc('month', day)::date as month, max(sofar) as sofar from running group by month\n"
    ),
    "products/shop/workflow/whole.sql": "select max(cents) as cents from sources.sales\n",
    "products/other/product.yaml": "title: Other\nowner: ada@example.org\nversion: 1.0.0\n",
    "products/other/workflow/elsewhere.sql": "select max(cents) as cents from sources.sales\n",
}


def make_project(root: Path) -> Path:
    """Write the project and its first delivery: a cent a day, for 120 days."""
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    days = [date(2013, 1, 1) + timedelta(days=number) for number in range(120)]
    (root / "data").mkdir()
    pq.write_table(pa.table({"day": pa.array(days, pa.date32()), "cents": [1] * 120}), root / "data" / "sales.parquet")
    return root
