"""A small dbt project of our own, in which everything that a step can be made of occurs once."""

from __future__ import annotations

from pathlib import Path

import duckdb

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
version: 1.0.0
{servers}schema:
  - name: {name}
    properties:
{columns}"""

SERVERS = """\
servers:
  - {server: dev, environment: dev, type: local, path: data/payments.parquet, format: parquet}
  - {server: qa, environment: qa, type: local, path: data/payments.parquet, format: parquet}
"""

FILES = {
    "assay.yaml": "name: town\nenvironments:\n  dev: {address: .assay}\n  qa: {address: .assay}\n",
    "people.yaml": "people:\n  - {email: ada@example.org, name: Ada, roles: [owner, engineer]}\n",
    "sources/payments.odcs.yaml": CONTRACT.format(
        name="payments", servers=SERVERS,
        columns="      - {name: id, logicalType: integer}\n      - {name: cents, logicalType: integer}\n",
    ),
    "products/shop/product.yaml": (
        "title: Shop\nowner: ada@example.org\nversion: 1.0.0\n"
        "dbt:\n  project: deep/transform\n  select: [path:models, path:seeds]\n"
    ),
    "products/shop/contracts/totals.odcs.yaml": CONTRACT.format(
        name="totals", servers="",
        columns="      - {name: kind, logicalType: string}\n      - {name: dollars, logicalType: number}\n",
    ),
    "products/shop/workflow/doubled.sql": "select kind, dollars * 2 as dollars from totals\n",
    "deep/transform/dbt_project.yml": (
        "name: town\nversion: '1.0'\nconfig-version: 2\nprofile: nobody\n"
        "vars: {least: 1}\nseeds:\n  town:\n    kinds: {+column_types: {id: bigint, code: varchar}}\n"
    ),
    "deep/transform/packages.yml": "packages:\n  - local: own/money\n",
    "deep/transform/own/money/dbt_project.yml": "name: money\nversion: '1.0'\nconfig-version: 2\n",
    "deep/transform/own/money/macros/dollars.sql": (
        "{% macro dollars(column) %}cast({{ column }} as decimal(12, 2)) / 100{% endmacro %}\n"
    ),
    "deep/transform/seeds/kinds.csv": "id,code,name\n1,007,it's \"new\"\n2,,old\n3,009,\n",
    "deep/transform/models/staging/payments.sql": (  # its definition has the name of the table that it makes
        "with payments as (select * from {{ source('bank', 'payments') }})\n"
        "select id, {{ money.dollars('cents') }} as dollars from payments where id >= {{ var('least') }}\n"
    ),
    "deep/transform/models/staging/odd.sql": (
        "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('payments') }} where id % 2 = 1\n"
    ),
    "deep/transform/models/growing.sql": (
        "{{ config(materialized='incremental', unique_key='id', alias='grown') }}\nselect * from {{ ref('odd') }}\n"
        "{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}\n"
    ),
    "deep/transform/models/totals.sql": (
        "with kinds as (select * from {{ ref('kinds') }})\n"
        "select kinds.name as kind, sum(grown.dollars) as dollars\n"
        "from {{ ref('growing') }} join kinds on kinds.id = grown.id\n"
        "where '{{ target.name }}' = 'prod'\ngroup by all\n"
    ),
    "deep/transform/models/schema.yml": (
        "version: 2\nsources:\n  - name: bank\n    schema: far_away\n    tables: [{name: payments}]\n"
        "models:\n  - name: totals\n    columns:\n      - name: kind\n        data_tests:\n          - unique\n"
        "          - not_null: {config: {severity: warn}}\n"
        "      - name: dollars\n        data_tests:\n          - not_null: {config: {error_if: '> 5'}}\n"
    ),
    "deep/transform/tests/no_debts.sql": "select * from {{ ref('totals') }} where dollars < 0\n",
}  # fmt: skip


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def write_small_project(folder: Path) -> None:
    """Write the project, and what it receives."""
    write(folder, FILES)
    (folder / "data").mkdir()
    rows = ", ".join(f"({number}, {number * 150})" for number in range(4))
    path = str(folder / "data" / "payments.parquet")
    duckdb.sql(f"select * from (values {rows}) p(id, cents)").write_parquet(path)
