"""Objects in a real server of S3's protocol: all pages of a list, nothing brought twice, nothing torn."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.base.deliveries import Delivery
from assay.base.errors import AssayError, Place
from assay.base.source_places import ObjectsPlace
from assay.connectors.sources.objects import StoredObjects
from assay.engines.duckdb import DuckDBEngine
from assay.stores.database import open_database
from assay.stores.snapshots import DiskSnapshots
from objects import MANY, ObjectStore, object_store

WHERE = Place("sources/orders.odcs.yaml", 8)


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


@pytest.fixture(scope="module")
def guarded() -> Iterator[ObjectStore]:
    with object_store(is_guarded=True) as running:
        yield running


def place(store: ObjectStore, pattern: str, bucket: str = "town") -> ObjectsPlace:
    written = f"s3://${{BUCKET}}/{pattern}"
    keys = store.access_key, store.secret_key
    return ObjectsPlace(WHERE, bucket, pattern, written, store.endpoint, None, *keys)


def listed(place: ObjectsPlace) -> Sequence[Delivery]:
    with closing(StoredObjects()) as reader:
        return reader.deliveries(place)


def parquet(number: int) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table({"n": [number]}), written)
    return written.getvalue()


def test_a_list_of_more_than_a_page_is_whole(store: ObjectStore) -> None:
    found = listed(place(store, "all/*.parquet", "many"))

    assert len({delivery.name for delivery in found}) == MANY
    assert len({delivery.mark for delivery in found if delivery.mark}) >= 1


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("deep/*.parquet", ["deep/a b.parquet", "deep/a.parquet"]),
        ("deep/**/*.parquet", ["deep/2024/01/c.parquet", "deep/2024/b.parquet", "deep/a b.parquet", "deep/a.parquet"]),
        ("deep/*/b.parquet", ["deep/2024/b.parquet"]),
        ("deep/?.parquet", ["deep/a.parquet"]),
        ("deep/a.parquet", ["deep/a.parquet"]),
        ("**/c.parquet", ["deep/2024/01/c.parquet"]),
    ],
)
def test_patterns_stay_within_a_folder_but_for_two_stars(store: ObjectStore, pattern: str, wanted: list[str]) -> None:
    for key in ("deep/a.parquet", "deep/a b.parquet", "deep/2024/b.parquet", "deep/2024/01/c.parquet", "deep/x.csv"):
        store.put(key, b"x")

    found = [delivery.name.partition("/town/")[2].partition(" at ")[0] for delivery in listed(place(store, pattern))]

    assert found == wanted


def test_what_has_not_changed_is_not_brought_again(store: ObjectStore, tmp_path: Path) -> None:
    for number in range(3):
        store.put(f"again/{number}.parquet", parquet(number))
    home = tmp_path / "home"
    home.mkdir()
    engine = DuckDBEngine(tmp_path / "scratch", [home])
    snapshots = DiskSnapshots(open_database(f"sqlite:///{home / 'state.db'}"), home / "data", engine.describe)
    first = snapshots.receive("sources/orders", listed(place(store, "again/*.parquet")))
    again = snapshots.receive("sources/orders", [_unread(one) for one in listed(place(store, "again/*.parquet"))])
    store.put("again/1.parquet", parquet(7))
    changed = listed(place(store, "again/*.parquet"))
    brought: list[str] = []
    after = snapshots.receive("sources/orders", [_counted(one, brought) for one in changed])
    engine.close()

    assert first == again
    assert brought == [changed[1].name]
    assert (first.rows, after.rows, after == first) == (3, 3, False)


def _unread(delivery: Delivery) -> Delivery:
    def bring(path: str) -> NoReturn:
        raise AssertionError(delivery.name)

    return replace(delivery, bring=bring)


def _counted(delivery: Delivery, brought: list[str]) -> Delivery:
    def bring(path: str) -> None:
        brought.append(delivery.name)
        delivery.bring(path)

    return replace(delivery, bring=bring)


@pytest.mark.parametrize("happens", ["changed", "removed"])
def test_what_changes_while_it_is_brought_is_refused(store: ObjectStore, tmp_path: Path, happens: str) -> None:
    store.put("moving/a.parquet", parquet(1))
    with closing(StoredObjects()) as reader:
        (delivery,) = reader.deliveries(place(store, "moving/*.parquet"))
        if happens == "changed":
            store.put("moving/a.parquet", parquet(2))
        else:
            store.remove("moving/a.parquet")
        with pytest.raises(AssayError) as refused:
            delivery.bring(str(tmp_path / "a.parquet"))

    assert str(refused.value).startswith(
        f"{WHERE}: expected an object that is not being written, s3://${{BUCKET}}/moving/*.parquet: a.parquet, "
        f"found one that {'changed' if happens == 'changed' else 'was removed'}."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bucket": "nobodys"}, "expected a bucket of that name for s3://${BUCKET}/in/*.parquet, found none"),
        ({"pattern": "nothing/*.parquet"}, "expected objects at s3://${BUCKET}/in/*.parquet, found none"),
        ({"endpoint": "http://127.0.0.1:1"}, "expected a store that answers for s3://${BUCKET}/in/*.parquet"),
    ],
)
def test_what_is_not_there_is_told_at_the_contract(store: ObjectStore, change: dict[str, Any], words: str) -> None:
    with pytest.raises(AssayError) as refused:
        listed(replace(place(store, "in/*.parquet"), **change))

    assert str(refused.value).startswith(f"{WHERE}: {words}")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "expected leave to list the bucket and to read its objects"),
        ({"pattern": "in/a.parquet"}, "expected leave to list the bucket and to read its objects"),
        ({"access_key": "AKIAUNKNOWN"}, "expected an access key that is known there"),
        ({"secret_key": "wrong-secret-word"}, "expected the secret that belongs to the access key"),
    ],
)
def test_who_may_not_read_is_told_so_without_a_key(guarded: ObjectStore, change: dict[str, Any], words: str) -> None:
    with pytest.raises(AssayError) as refused:
        listed(replace(place(guarded, "in/*.parquet"), **change))

    assert str(refused.value).startswith(f"{WHERE}: {words}")
    for secret in (guarded.access_key, guarded.secret_key, "AKIAUNKNOWN", "wrong-secret-word"):
        assert secret not in str(refused.value)
