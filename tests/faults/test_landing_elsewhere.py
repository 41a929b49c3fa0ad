"""Sources in PostgreSQL and S3, landed by whole commands: nothing changed, a full disk, a kill, a wrong password."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from databases import NEEDS_POSTGRESQL, Postgresql, postgresql
from faults.small_project import make_project
from full_disks import with_room
from homes import OURS, Ran, assay
from objects import ObjectStore, object_store

PASSWORD = "wine & cheese/@"
_ENTRY = "  - {server: dev, environment: dev, type: local, path: data/orders.parquet, format: parquet}\n"
_POSTGRES = """\
  - server: dev
    environment: dev
    type: postgres
    host: 127.0.0.1
    port: {port}
    database: tests
    schema: public
    customProperties:
      - {{property: user, value: postgres}}
      - {{property: password, value: '${{SHOP_WORD}}'}}
"""
_S3 = """\
  - server: dev
    environment: dev
    type: s3
    location: s3://${{SHOP_BUCKET}}/orders/*.parquet
    endpointUrl: {endpoint}
    format: parquet
    customProperties:
      - {{property: accessKeyId, value: '${{SHOP_KEY}}'}}
      - {{property: secretAccessKey, value: '${{SHOP_WORD}}'}}
"""
ASKED = "select distinct delivery from fourth"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    with postgresql() as running:
        yield running


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


@pytest.fixture
def shop(server: Postgresql, tmp_path: Path) -> Path:
    fill(server, "select 1 as delivery, n as amount from generate_series(1, 20000) n")
    return project(tmp_path, _POSTGRES.format(port=server.port))


def project(folder: Path, entry: str) -> Path:
    root = make_project(folder / "project")
    contract = root / "sources" / "orders.odcs.yaml"
    text = contract.read_text()
    assert _ENTRY in text
    contract.write_text(text.replace(_ENTRY, entry))
    return root


def engine_of(server: Postgresql) -> Engine:
    return create_engine(server.url().replace("postgresql:", "postgresql+pg8000:"), poolclass=NullPool)


def fill(server: Postgresql, query: str) -> None:
    with engine_of(server).begin() as connection:
        connection.execute(text("drop view if exists orders"))
        connection.execute(text(f"create view orders as {query}"))


def build(root: Path, **more: str) -> Ran:
    return assay("build", "shop", ASSAY_PROJECT=root, SHOP_WORD=PASSWORD, **more)


def served(root: Path) -> str:
    return assay("query", ASKED, "-o", "json", ASSAY_PROJECT=root).out


def kept(root: Path) -> set[str]:
    return {path.name for path in (root / ".assay" / "data").rglob("*") if path.is_file() and path.suffix != ".lock"}


def secrets_in(root: Path, secret: str) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


@NEEDS_POSTGRESQL
def test_a_table_is_built_on_and_runs_nothing_again_until_its_rows_change(server: Postgresql, shop: Path) -> None:
    first = build(shop)
    files = kept(shop)
    again = build(shop)
    same = kept(shop) == files
    fill(server, "select 2 as delivery, n as amount from generate_series(1, 20000) n")
    after = build(shop)

    assert (first.code, again.code, after.code) == (0, 0, 0), first.text + again.text + after.text
    assert same
    assert (again.out.count("reused"), again.out.count("nothing changed")) == (4, 4), again.text
    assert '"delivery": 2' in served(shop)
    assert not secrets_in(shop, PASSWORD)
    assert PASSWORD not in first.text + again.text + after.text


@NEEDS_POSTGRESQL
def test_what_fails_on_the_way_leaves_what_was_served(server: Postgresql, shop: Path) -> None:
    assert build(shop).code == 0
    files = kept(shop)
    fill(server, "select 2 as delivery, 1 / (n - 15000) as amount from generate_series(1, 20000) n")
    failed = build(shop)
    fill(server, "select 2 as delivery from generate_series(1, 20000) n")
    missing = build(shop)
    wrong = assay("build", "shop", ASSAY_PROJECT=shop, SHOP_WORD="another word")
    unset = assay("build", "shop", ASSAY_PROJECT=shop)

    assert [ran.code for ran in (failed, missing, wrong, unset)] == [1] * 4
    assert "division by zero" in failed.err
    assert "the column amount in the table" in missing.err
    assert "sources/orders.odcs.yaml:" in wrong.err
    assert "another word" not in wrong.text
    assert "a value of SHOP_WORD" in unset.err
    assert '"delivery": 1' in served(shop)
    assert kept(shop) == files


@NEEDS_POSTGRESQL
def test_a_full_disk_and_a_kill_while_rows_arrive_leave_nothing_half(server: Postgresql, shop: Path) -> None:
    assert build(shop).code == 0
    files = kept(shop)
    wide = "md5(n::text) || md5((n * 7)::text)".replace(":", "\\:")
    fill(server, f"select 2 as delivery, n as amount, {wide} as note from generate_series(1, 300000) n")
    contract = shop / "sources" / "orders.odcs.yaml"
    contract.write_text(contract.read_text() + "      - name: note\n        logicalType: string\n")
    os.environ["SHOP_WORD"] = PASSWORD
    try:
        full = with_room(1 << 20, "build", "shop", project=shop)
    finally:
        del os.environ["SHOP_WORD"]
    after_full = kept(shop)
    fill(
        server, "select 2 as delivery, n as amount, pg_sleep(0.001)\\:\\:text as note from generate_series(1, 300000) n"
    )
    killed = _killed(server, shop)
    fill(server, "select 3 as delivery, n as amount, 'x' as note from generate_series(1, 20000) n")
    last = build(shop)

    assert full.returncode == 1, full.stderr
    assert "space on the disk" in full.stderr
    assert "Traceback" not in full.stderr
    assert (after_full, killed) == (files, -signal.SIGKILL)
    assert last.code == 0, last.text
    assert '"delivery": 3' in served(shop)
    assert not list((shop / ".assay" / "data" / "staging").rglob("*.parquet"))


def _killed(server: Postgresql, root: Path) -> int:
    """Kill a build while the server works for it."""
    environment = {name: value for name, value in os.environ.items() if not OURS.fullmatch(name)}
    environment |= {"ASSAY_PROJECT": str(root), "SHOP_WORD": PASSWORD}
    command = [sys.executable, "-m", "assay", "build", "shop"]
    asked = "select count(*) from pg_stat_activity where application_name = 'assay' and wait_event = 'PgSleep'"
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
        engine_of(server).connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        while not connection.execute(text(asked)).scalar():
            assert process.poll() is None
        process.kill()
        return process.wait(60)


def test_objects_are_built_on_and_only_what_changed_is_brought(store: ObjectStore, tmp_path: Path) -> None:
    root = project(tmp_path, _S3.format(endpoint=store.endpoint))
    keys = {"SHOP_KEY": store.access_key, "SHOP_WORD": store.secret_key, "SHOP_BUCKET": "town"}
    for number in range(2):
        store.put(f"orders/{number}.parquet", _delivery(1, number))
    first = assay("build", "shop", ASSAY_PROJECT=root, **keys)
    files = kept(root)
    again = assay("build", "shop", ASSAY_PROJECT=root, **keys)
    same = kept(root) == files
    for number in range(2):
        store.put(f"orders/{number}.parquet", _delivery(2, number))
    after = assay("build", "shop", ASSAY_PROJECT=root, **keys)
    nowhere = assay("build", "shop", ASSAY_PROJECT=root, **{**keys, "SHOP_BUCKET": "nobodys-bucket"})

    assert (first.code, again.code, after.code, nowhere.code) == (0, 0, 0, 1), first.text + after.text
    assert same
    assert (again.out.count("reused"), again.out.count("nothing changed")) == (4, 4), again.text
    assert '"delivery": 2' in served(root)
    assert "a bucket of that name for s3://${SHOP_BUCKET}/orders/*.parquet" in " ".join(nowhere.err.split())
    assert "nobodys-bucket" not in nowhere.text
    assert not secrets_in(root, store.secret_key)


def _delivery(number: int, part: int) -> bytes:
    written = io.BytesIO()
    rows = range(part * 5_000, part * 5_000 + 5_000)
    table = pa.table({"delivery": pa.array([number] * 5_000, pa.int32()), "amount": pa.array(rows, pa.int32())})
    pq.write_table(table, written)
    return written.getvalue()
