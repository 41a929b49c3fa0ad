"""A small project whose datasets must agree: each holds the number of the delivery that it was made from."""

from __future__ import annotations

import time
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import duckdb

from assay.actions.query import served
from assay.actions.workshop import open_pointer
from assay.wiring import open_home
from soak import PAUSE_SECONDS

DATASETS = ("first", "second", "third", "fourth")

_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
version: 1.0.0
{servers}schema:
  - name: {name}
    properties:
      - name: delivery
        logicalType: integer
      - name: amount
        logicalType: integer
"""
_SERVERS = """\
servers:
  - {server: dev, environment: dev, type: local, path: data/orders.parquet, format: parquet}
"""
_STEPS = {
    "first.sql": "select delivery, amount from sources.orders where amount % 2 = 0",
    "second.sql": "select delivery, sum(amount) as amount from first group by delivery, amount % 1000",
    "third.py": (
        'import pyarrow\n\nREADS = {"second": "second"}\n\n\n'
        "def third(second: pyarrow.Table) -> pyarrow.Table:\n    return second.slice(0, 100)\n"
    ),
    "fourth.sql": "select f.delivery, f.amount from first f join third t using (delivery) limit 1000",
}


def make_project(root: Path) -> Path:
    """Write the project and its first delivery."""
    product = root / "products" / "shop"
    for folder in ("contracts", "workflow"):
        (product / folder).mkdir(parents=True)
    (root / "sources").mkdir()
    (root / "data").mkdir()
    (root / "assay.yaml").write_text("name: town\nenvironments:\n  dev:\n    address: .assay\n")
    (root / "people.yaml").write_text(
        "people:\n  - email: ada@example.org\n    name: Ada\n    roles: [engineer, owner]\n"
    )
    (product / "product.yaml").write_text("title: Shop\nowner: ada@example.org\nversion: 1.0.0\n")
    (root / "sources" / "orders.odcs.yaml").write_text(_CONTRACT.format(name="orders", servers=_SERVERS))
    for name in DATASETS:
        (product / "contracts" / f"{name}.odcs.yaml").write_text(_CONTRACT.format(name=name, servers=""))
    for name, text in _STEPS.items():
        (product / "workflow" / name).write_text(text)
    deliver(root, 1)
    return root


def deliver(root: Path, number: int, rows: int = 300_000) -> None:
    """Replace the source's file by the next delivery, whole."""
    aside = root / "data" / "aside"
    query = f"select {number}::integer as delivery, range::integer as amount from range({rows})"
    with duckdb.connect() as session:
        session.execute(f"COPY ({query}) TO '{aside}' (FORMAT parquet)")
    aside.replace(root / "data" / "orders.parquet")


ALL = " union all ".join(f"select '{name}' as name, min(delivery), max(delivery) from {name}" for name in DATASETS)
"""Asks which deliveries each dataset was made from."""


def watch(root: Path, is_over: Synchronized[int], looks: Synchronized[int], faults: Synchronized[int]) -> None:
    """Look at what is served again and again; count the looks, and those in which two deliveries were mixed.

    Here, and not beside its test, because a process that is spawned has to be able to import it.
    """
    home = open_home(root)
    while not is_over.value:
        with open_pointer(home.workshop, served(home.workshop, "dev", "shop")) as engine:
            rows = engine.query(ALL)
        deliveries = {number for _, low, high in rows for number in (low, high)}
        looks.value += 1
        faults.value += len(deliveries) != 1 or len(rows) != len(DATASETS)
        time.sleep(PAUSE_SECONDS)
