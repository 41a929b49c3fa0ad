"""Snapshots on local disk: files by digest, manifests that name them, and an index from fingerprints.

``files/<digest>.parquet``     immutable, read-only, each content once
``manifests/<digest>.json``    what a snapshot is; a file appears here only when all it names is in place
``staging/<process>-<id>/``    what is being written; of a dead process it is swept away
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout
from sqlalchemy import BigInteger, Integer, String, Table, Text, insert, select
from sqlalchemy import Column as SqlColumn
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.base.canonical import Digest, canonical_json, hex_of
from assay.base.errors import AssayError, refusal
from assay.base.ports import Stage
from assay.base.snapshots import Column, DataFile, Manifest, manifest_from_json
from assay.stores.database import metadata, writing

Describe = Callable[[str], tuple[tuple[Column, ...], int]]
"""Tells the columns and the number of rows of a Parquet file, from its footer."""

_CHUNK_BYTES = 1 << 20
_READ_ONLY = 0o444

fingerprints_table = Table(
    "fingerprints",
    metadata,
    SqlColumn("fingerprint", String(71), primary_key=True),
    SqlColumn("manifest", String(71), nullable=False),
)
landed_table = Table(
    "landed_files",
    metadata,
    SqlColumn("path", Text, primary_key=True),
    SqlColumn("stamp", Text, nullable=False),
    SqlColumn("digest", String(71), nullable=False),
    SqlColumn("size_bytes", BigInteger, nullable=False),
    SqlColumn("rows", Integer, nullable=False),
    SqlColumn("columns", Text, nullable=False),
)


class DiskSnapshots:
    """The `Snapshots` port on a local directory and a database."""

    def __init__(self, database: Engine, directory: Path, describe: Describe) -> None:
        self._database = database
        self._files = directory / "files"
        self._manifests = directory / "manifests"
        self._staging = directory / "staging"
        self._describe = describe
        self._known: dict[Digest, Manifest] = {}
        for folder in (self._files, self._manifests, self._staging):
            folder.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def find(self, fingerprint: Digest) -> Manifest | None:
        """Return the first snapshot that was committed for a fingerprint; None when there is none."""
        query = select(fingerprints_table.c.manifest).filter_by(fingerprint=fingerprint)
        with self._database.connect() as connection:
            digest = connection.scalar(query)
        return None if digest is None else self.get(Digest(digest))

    def get(self, digest: Digest) -> Manifest | None:
        """Return a snapshot by the digest of its manifest."""
        if digest not in self._known:
            try:
                content = self._manifest_path(digest).read_bytes()
            except FileNotFoundError:
                return None
            self._known[digest] = _read_manifest(content, digest)
        return self._known[digest]

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """Open a staging place; leaving it without a commit removes what was written there."""
        folder = self._staging / uuid4().hex
        alive = FileLock(self._staging / f"{folder.name}.lock")
        with alive:
            folder.mkdir()
            try:
                yield Stage(str(folder))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        Path(alive.lock_file).unlink(missing_ok=True)

    def commit(
        self, stage: Stage, fingerprint: Digest, dataset: str, columns: Sequence[Column], rows: Sequence[int]
    ) -> Manifest:
        """Make the staged Parquet files a snapshot; if the fingerprint has one already, return that one instead."""
        staged = sorted(Path(stage.directory).iterdir())
        files = tuple(self._keep(path, count) for path, count in zip(staged, rows, strict=True))
        manifest = self._write(Manifest(dataset, tuple(columns), files))
        try:
            with writing(self._database).begin() as connection:
                values = {"fingerprint": fingerprint, "manifest": manifest.digest}
                connection.execute(insert(fingerprints_table).values(**values))
        except IntegrityError:
            first = self.find(fingerprint)
            if first is not None:
                return first
        return manifest

    def persist(self) -> None:
        """Make what was committed or landed here outlive a power cut; a pointer may name it only after that."""
        for folder in (self._files, self._manifests):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def paths(self, manifest: Manifest) -> tuple[str, ...]:
        """Return where the files of a snapshot can be read."""
        paths = []
        for file in manifest.files:
            path = self._files.parent / file.path
            size = path.stat().st_size if path.exists() else None
            if size != file.size_bytes:
                raise refusal(
                    f"{manifest.dataset}: {file.path}",
                    expected=f"a file of {file.size_bytes} bytes",
                    found="none" if size is None else f"{size} bytes",
                    hint="The store was changed by hand or is damaged: restore it, or build with a new store.",
                )
            paths.append(str(path))
        return tuple(paths)

    def land(self, dataset: str, paths: Sequence[str]) -> Manifest:
        """Keep a copy of received Parquet files as a snapshot; the same bytes are kept once."""
        landed = [self._land(Path(path), dataset) for path in paths]
        columns = landed[0][1]
        for path, (_, found) in zip(paths, landed, strict=True):
            if found != columns:
                raise refusal(
                    path,
                    expected=f"the columns of {paths[0]}",
                    found=_column_difference(columns, found),
                    hint="Files of one source have the same columns; deliver it again.",
                )
        files = {file.digest: file for file, _ in landed}
        return self._write(Manifest(dataset, columns, tuple(files[digest] for digest in sorted(files))))

    def _land(self, path: Path, dataset: str) -> tuple[DataFile, tuple[Column, ...]]:
        """Copy a file by digest; one that was landed before and has not been touched since is not read again."""
        facts = path.stat()
        stamp = f"{facts.st_size}:{facts.st_mtime_ns}:{facts.st_ino}"
        known = self._landed(str(path), stamp)
        if known is not None:
            return known
        with self.stage() as stage:
            copy = Path(stage.directory) / "landed.parquet"
            _copy(path, copy)
            columns, rows = _described(self._describe, copy, path, dataset)
            file = self._keep(copy, rows)
        row = {"path": str(path), "stamp": stamp, "digest": file.digest, "size_bytes": file.size_bytes, "rows": rows}
        row["columns"] = canonical_json([[c.name, c.type] for c in columns]).decode()
        with writing(self._database).begin() as connection:
            connection.execute(landed_table.delete().where(landed_table.c.path == str(path)))
            connection.execute(insert(landed_table).values(**row))
        return file, columns

    def _landed(self, path: str, stamp: str) -> tuple[DataFile, tuple[Column, ...]] | None:
        with self._database.connect() as connection:
            row = connection.execute(select(landed_table).filter_by(path=path, stamp=stamp)).first()
        if row is None or not self._file_path(Digest(row.digest)).exists():
            return None
        columns = tuple(Column(name, kind) for name, kind in json.loads(row.columns))
        return self._data_file(Digest(row.digest), row.size_bytes, row.rows), columns

    def _keep(self, path: Path, rows: int) -> DataFile:
        """Move a staged file to where its digest says, and make it read-only."""
        with path.open("rb") as file:
            digest = Digest("sha256:" + hashlib.file_digest(file, "sha256").hexdigest())
            os.fsync(file.fileno())
        size = path.stat().st_size
        path.chmod(_READ_ONLY)
        path.replace(self._file_path(digest))
        return self._data_file(digest, size, rows)

    def _write(self, manifest: Manifest) -> Manifest:
        path = self._manifest_path(manifest.digest)
        if not path.exists():
            aside = self._staging / f"{uuid4().hex}.json"
            with aside.open("xb") as file:
                file.write(canonical_json(manifest.as_json()))
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        self._known[manifest.digest] = manifest
        return manifest

    def _sweep(self) -> None:
        """Remove what dead processes left in staging; a living one holds the lock of its place."""
        for lock_file in self._staging.glob("*.lock"):
            lock = FileLock(lock_file)
            try:
                lock.acquire(timeout=0)
            except (Timeout, OSError):
                continue
            shutil.rmtree(lock_file.with_suffix(""), ignore_errors=True)
            lock.release()
            lock_file.unlink(missing_ok=True)

    def _data_file(self, digest: Digest, size_bytes: int, rows: int) -> DataFile:
        return DataFile(f"files/{hex_of(digest)}.parquet", digest, size_bytes, rows)

    def _file_path(self, digest: Digest) -> Path:
        return self._files / f"{hex_of(digest)}.parquet"

    def _manifest_path(self, digest: Digest) -> Path:
        return self._manifests / f"{hex_of(digest)}.json"


def _read_manifest(content: bytes, digest: Digest) -> Manifest:
    try:
        manifest = manifest_from_json(json.loads(content))
    except (ValueError, KeyError, TypeError) as error:
        raise refusal(f"snapshot {digest[7:19]}", expected="a manifest", found=f"{error!r}"[:120]) from error
    if manifest.digest != digest:
        raise refusal(f"snapshot {digest[7:19]}", expected="its own digest", found=manifest.digest)
    return manifest


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("xb") as written:
        shutil.copyfileobj(reading, written, _CHUNK_BYTES)


def _described(describe: Describe, copy: Path, path: Path, dataset: str) -> tuple[tuple[Column, ...], int]:
    try:
        return describe(str(copy))
    except AssayError as error:
        found = error.faults[0].found
        hint = "The delivery is damaged or not finished: deliver the file again."
        raise refusal(str(path), expected=f"a Parquet file of {dataset}", found=found, hint=hint) from error


def _column_difference(one: Sequence[Column], other: Sequence[Column]) -> str:
    missing = [c.name for c in one if c not in other]
    extra = [f"{c.name} {c.type}" for c in other if c not in one]
    parts = (["without " + ", ".join(missing)] if missing else []) + (["with " + ", ".join(extra)] if extra else [])
    return "; ".join(parts) or "another order of columns"
