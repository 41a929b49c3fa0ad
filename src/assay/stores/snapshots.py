"""Snapshots on local disk: files by digest, manifests that name them, and an index from fingerprints.

``files/<digest>.parquet``     immutable, read-only, each content once
``manifests/<digest>.json``    what a snapshot is; a file appears here only when all it names is in place
``referenced/``                files that are read where they lie, see `assay.stores.referenced`
``staging/``                   what is being written, see `assay.stores.staging`

A committed snapshot is there for everybody at once and survives its process. That it survives a power cut as well costs
several waits for the disk, so it is seen to for many together, by `DiskSnapshots.persist`, before a pointer names them.
Until then the index says so, and a snapshot that another process finds in that state is believed only after its bytes
were compared with its digests.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Column as SqlColumn
from sqlalchemy import String, Table, bindparam, delete, insert, select
from sqlalchemy.engine import Engine

from assay.base.canonical import Digest, canonical_json, hex_of
from assay.base.deliveries import Delivery
from assay.base.errors import AssayError, refusal
from assay.base.full_disk import space_on_disk
from assay.base.ports import Stage
from assay.base.snapshots import Column, DataFile, Manifest, SlicedFile, manifest_from_json, manifest_of
from assay.stores.database import metadata, writing
from assay.stores.landing import Received, delivered_file, recall, remember
from assay.stores.referenced import ReferencedFiles
from assay.stores.snapshot_files import Describe, digest_of, flush, size_of
from assay.stores.staging import Staging

_READ_ONLY = 0o444
_FLUSHED_AT_ONCE = 8
_ASKED_AT_ONCE = 500

fingerprints_table = Table(
    "fingerprints",
    metadata,
    SqlColumn("fingerprint", String(71), primary_key=True),
    SqlColumn("manifest", String(71), nullable=False),
)
unpersisted_table = Table(
    "unpersisted_fingerprints",
    metadata,
    SqlColumn("fingerprint", String(71), primary_key=True),
    SqlColumn("manifest", String(71), nullable=False, index=True),
)

# Written once, for making a query costs SQLAlchemy more than SQLite takes to answer it.
_INDEXED = (
    select(fingerprints_table.c.fingerprint, fingerprints_table.c.manifest, unpersisted_table.c.manifest)
    .outerjoin(unpersisted_table, unpersisted_table.c.fingerprint == fingerprints_table.c.fingerprint)
    .where(fingerprints_table.c.fingerprint.in_(bindparam("_fingerprints", expanding=True)))
)
_NAMED = select(fingerprints_table.c.manifest).where(fingerprints_table.c.fingerprint == bindparam("_fingerprint"))
_UNINDEXED = delete(fingerprints_table).where(fingerprints_table.c.fingerprint == bindparam("_fingerprint"))
_BELIEVED = delete(unpersisted_table).where(unpersisted_table.c.fingerprint == bindparam("_fingerprint"))
_PERSISTED = delete(unpersisted_table).where(unpersisted_table.c.manifest == bindparam("_manifest"))


class DiskSnapshots:
    """The `Snapshots` port on a local directory and a database."""

    def __init__(self, database: Engine, directory: Path, describe: Describe) -> None:
        """Open the store, make it where it is missing, and sweep away what dead processes left.

        Args:
            database: of the index.
            directory: of files and manifests, on one file system.
            describe: tells what a Parquet file holds.
        """
        self._database = database
        self._writing = writing(database, lasting=False)
        self._files = directory / "files"
        self._manifests = directory / "manifests"
        self._staging = Staging(directory / "staging")
        self._describe = describe
        self._referenced = ReferencedFiles(database, directory, describe)
        self._known: dict[Digest, Manifest] = {}
        self._pending: dict[Digest, Manifest] = {}
        for folder in (self._files, self._manifests):
            folder.mkdir(parents=True, exist_ok=True)
        self._staging.sweep()

    def find(self, fingerprints: Collection[Digest]) -> Mapping[Digest, Manifest]:
        """Return the snapshots that were committed for fingerprints, without those for which none is left."""
        indexed = self._indexed(fingerprints)
        return {fingerprint: manifest for fingerprint, (_, manifest) in indexed.items() if manifest is not None}

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
        with space_on_disk(self._files), self._staging.place() as folder:
            yield Stage(str(folder))

    def commit(
        self, stage: Stage, fingerprint: Digest, dataset: str, columns: Sequence[Column], rows: Sequence[int],
        *, is_anew: bool = False, slices: Sequence[str] = (), kept: Sequence[SlicedFile] = (),
    ) -> Manifest:  # fmt: skip
        """Make the staged Parquet files a snapshot; if the fingerprint has one already, return that one instead."""
        folder = Path(stage.directory)
        staged = sorted(folder.iterdir())
        with space_on_disk(self._files):
            files = [self._keep(path, count) for path, count in zip(staged, rows, strict=True)]
            manifest = self._write(manifest_of(dataset, columns, files, slices, kept), folder)
        self._pending[manifest.digest] = manifest
        if self._index(fingerprint, manifest.digest, instead_of=None):
            return manifest
        seen, first = self._indexed([fingerprint]).get(fingerprint, (None, None))
        if first is None or is_anew:  # what is indexed is not there any more, or not wanted
            self._index(fingerprint, manifest.digest, instead_of=seen)
            return manifest
        return first

    def persist(self) -> None:
        """Make what was committed or landed here outlive a power cut; a pointer may name it only after that."""
        if not self._pending:
            return
        paths = {self._files.parent / file.path for manifest in self._pending.values() for file in manifest.files}
        paths |= {self._manifest_path(digest) for digest in self._pending}
        with ThreadPoolExecutor(_FLUSHED_AT_ONCE) as pool:  # waits overlap: the disk writes one journal for many
            list(pool.map(flush, sorted(paths)))
        for folder in (self._files, self._manifests):
            flush(folder)
        with writing(self._database).begin() as connection:
            done = [{"_manifest": digest} for digest in self._pending]
            connection.execute(_PERSISTED, done)
        self._pending.clear()

    def paths(self, manifest: Manifest) -> tuple[str, ...]:
        """Return where the files of a snapshot can be read."""
        paths = []
        for file in manifest.files:
            path = self._files.parent / file.path
            size = size_of(path)
            if size is None and (elsewhere := self._referenced.path(file, manifest.dataset)):
                paths.append(elsewhere)
                continue
            if size != file.size_bytes:
                raise refusal(
                    f"{manifest.dataset}: {file.path}",
                    expected=f"a file of {file.size_bytes} bytes",
                    found="none" if size is None else f"{size} bytes",
                    hint="The store was changed by hand or is damaged: restore it, or build with a new store.",
                )
            paths.append(str(path))
        return tuple(paths)

    def reading(self, manifests: Iterable[Manifest]) -> AbstractContextManager[None]:
        """Watch what of snapshots is read where it lies while it is read."""
        files = {f: m.dataset for m in manifests for f in m.files if not self._file_path(f.digest).exists()}
        return self._referenced.reading(files)

    def subset(self, manifest: Manifest, wanted: Collection[str]) -> Manifest:
        """Return a snapshot of some of the files of another one; nothing is copied."""
        files = tuple(file for file in manifest.files if file.digest in wanted)
        with self._staging.place() as folder, space_on_disk(self._files):
            part = self._write(Manifest(manifest.dataset, manifest.columns, files), folder)
            for path in (self._manifest_path(part.digest), self._manifests):
                flush(path)
        return part

    def land(self, dataset: str, paths: Sequence[str]) -> Manifest:
        """Keep a copy of received Parquet files as a snapshot; the same bytes are kept once."""
        return self.receive(dataset, [delivered_file(Path(path)) for path in paths])

    def receive(self, dataset: str, deliveries: Sequence[Delivery]) -> Manifest:
        """Bring what a source holds and keep it as a snapshot; the same bytes are kept once.

        What is read where it lies is linked and not copied. The files are ordered by digest: the same deliveries are
        the same snapshot wherever they come from.
        """
        if not deliveries:
            raise refusal(dataset, expected="at least one file", found="none")
        lying = [delivery.lies_at for delivery in deliveries if delivery.lies_at is not None]
        recalled = recall(self._database, deliveries).items()
        known = {name: r for name, r in recalled if self._holds(r) or self._referenced.lies_at(r.digest, lying)}
        if all(delivery.name in known for delivery in deliveries):
            manifest = self._landed(dataset, [known[delivery.name] for delivery in deliveries])
            if self.get(manifest.digest) is not None:  # this very landing was done before
                return manifest
        received: list[tuple[Delivery, Received]] = []
        with self._staging.place() as folder, space_on_disk(self._files):
            new = [each for each in deliveries if each.lies_at is not None and each.name not in known]
            known |= self._referenced.receive(new, dataset, folder)
            for number, delivery in enumerate(deliveries):
                file = known.get(delivery.name) or self._bring(delivery, folder / f"{number}.parquet", dataset)
                received.append((delivery, file))
            _check_columns(received)
            manifest = self._write(self._landed(dataset, [file for _, file in received]), folder)
            for path in (self._manifest_path(manifest.digest), self._files, self._manifests):
                flush(path)
        remember(self._database, received)
        return manifest

    def _holds(self, received: Received) -> bool:
        return size_of(self._file_path(received.digest)) == received.size_bytes

    def _landed(self, dataset: str, received: Sequence[Received]) -> Manifest:
        files = sorted((self._data_file(r.digest, r.size_bytes, r.rows) for r in received), key=_by_digest)
        return Manifest(dataset, received[0].columns, tuple(files))

    def _bring(self, delivery: Delivery, copy: Path, dataset: str) -> Received:
        delivery.bring(str(copy))
        try:
            columns, rows = self._describe(str(copy))
        except AssayError as error:
            hint = "The delivery is damaged or not finished: deliver the file again."
            expected, found = f"a Parquet file of {dataset}", error.faults[0].found
            raise refusal(delivery.shown, expected=expected, found=found, hint=hint, is_passing=True) from error
        flush(copy)  # what is remembered of a file must not outlive its bytes
        file = self._keep(copy, rows)
        return Received(file.digest, file.size_bytes, rows, columns)

    def _indexed(self, fingerprints: Collection[Digest]) -> dict[Digest, tuple[Digest, Manifest | None]]:
        """Return the digests of fingerprints' snapshots, and each snapshot if it is there and can be believed."""
        found: dict[Digest, tuple[Digest, Manifest | None]] = {}
        with self._database.connect() as connection:
            marks = list(fingerprints)
            for start in range(0, len(marks), _ASKED_AT_ONCE):
                asked = marks[start : start + _ASKED_AT_ONCE]
                rows = connection.execute(_INDEXED, {"_fingerprints": asked}).all()
                found |= {
                    Digest(mark): (Digest(name), self._believed(Digest(name), doubt)) for mark, name, doubt in rows
                }
        return found

    def _believed(self, digest: Digest, doubt: str | None) -> Manifest | None:
        return self._compared(digest) if doubt is not None and digest not in self._pending else self.get(digest)

    def _index(self, fingerprint: Digest, digest: Digest, instead_of: Digest | None) -> bool:
        """Let a fingerprint name a snapshot, if it names now what is thought; say whether it was so."""
        named = {"_fingerprint": fingerprint}
        values = {"fingerprint": fingerprint, "manifest": digest}
        with self._writing.begin() as connection:
            row = connection.execute(_NAMED, named).first()
            if (row[0] if row else None) != instead_of:
                return False
            if row:
                connection.execute(_UNINDEXED, named)
                connection.execute(_BELIEVED, named)
            connection.execute(insert(fingerprints_table), values)
            connection.execute(insert(unpersisted_table), values)
        return True

    def _compared(self, digest: Digest) -> Manifest | None:
        """Return a snapshot that its maker could not see to, if all its bytes are what they should be."""
        try:
            manifest = self.get(digest)
        except AssayError:  # a manifest of which a power cut left a part
            return None
        if manifest is None or any(digest_of(self._file_path(f.digest)) != f.digest for f in manifest.files):
            return None
        self._pending[digest] = manifest
        return manifest

    def _keep(self, path: Path, rows: int) -> DataFile:
        """Move a staged file to where its digest says, and make it read-only."""
        digest = digest_of(path)
        assert digest is not None
        file = self._data_file(digest, path.stat().st_size, rows)
        path.chmod(_READ_ONLY)
        path.replace(self._file_path(digest))
        return file

    def _write(self, manifest: Manifest, folder: Path) -> Manifest:
        digest = manifest.digest
        if digest not in self._known:
            aside = folder / f"{hex_of(digest)}.json"
            aside.write_bytes(canonical_json(manifest.as_json()))
            aside.chmod(_READ_ONLY)
            aside.replace(self._manifest_path(digest))
            self._known[digest] = manifest
        return manifest

    def _data_file(self, digest: Digest, size_bytes: int, rows: int) -> DataFile:
        return DataFile(f"files/{hex_of(digest)}.parquet", digest, size_bytes, rows)

    def _file_path(self, digest: Digest) -> Path:
        return self._files / f"{hex_of(digest)}.parquet"

    def _manifest_path(self, digest: Digest) -> Path:
        return self._manifests / f"{hex_of(digest)}.json"


def _read_manifest(content: bytes, digest: Digest) -> Manifest:
    where = f"snapshot {digest[7:19]}"
    hint = "The store was changed by hand or is damaged: restore it, or build with a new store."
    try:
        manifest = manifest_from_json(json.loads(content))
    except (ValueError, KeyError, TypeError, AssayError) as error:
        raise refusal(where, expected="a manifest", found=f"{error!r}"[:120], hint=hint) from error
    if manifest.digest != digest:
        raise refusal(where, expected="its own digest", found=manifest.digest, hint=hint)
    return manifest


def _check_columns(received: Sequence[tuple[Delivery, Received]]) -> None:
    first, wanted = received[0]
    for delivery, found in received:
        if found.columns != wanted.columns:
            difference = _column_difference(wanted.columns, found.columns)
            hint = "Files of one source have the same columns; deliver it again."
            raise refusal(delivery.shown, expected=f"the columns of {first.shown}", found=difference, hint=hint)


def _column_difference(one: Sequence[Column], other: Sequence[Column]) -> str:
    missing = [c.name for c in one if c not in other]
    extra = [f"{c.name} {c.type}" for c in other if c not in one]
    parts = (["without " + ", ".join(missing)] if missing else []) + (["with " + ", ".join(extra)] if extra else [])
    return "; ".join(parts) or "another order of columns"


def _by_digest(file: DataFile) -> Digest:
    return file.digest
