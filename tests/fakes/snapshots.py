"""Snapshots for tests of what stands on the `Snapshots` port: an index in memory, files in a folder of one's own."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from uuid import uuid4

import duckdb

from assay.base.canonical import Digest, digest_bytes, hex_of
from assay.base.deliveries import Delivery
from assay.base.errors import refusal
from assay.base.ports import Stage
from assay.base.snapshots import Column, DataFile, Manifest, SlicedFile, manifest_of


class MemorySnapshots:
    """The `Snapshots` port without a database, without care for power cuts, and gone with the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._indexed: dict[Digest, Manifest] = {}
        self._kept: dict[Digest, Manifest] = {}

    def find(self, fingerprints: Collection[Digest]) -> Mapping[Digest, Manifest]:
        return {mark: self._indexed[mark] for mark in fingerprints if mark in self._indexed}

    def get(self, digest: Digest) -> Manifest | None:
        return self._kept.get(digest)

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        folder = self._folder / uuid4().hex
        folder.mkdir(parents=True)
        try:
            yield Stage(str(folder))
        finally:
            shutil.rmtree(folder)

    def commit(
        self, stage: Stage, fingerprint: Digest, dataset: str, columns: Sequence[Column], rows: Sequence[int],
        *, is_anew: bool = False, slices: Sequence[str] = (), kept: Sequence[SlicedFile] = (),
    ) -> Manifest:  # fmt: skip
        staged = sorted(Path(stage.directory).iterdir())
        files = [self._keep(path.read_bytes(), count) for path, count in zip(staged, rows, strict=True)]
        made = manifest_of(dataset, columns, files, slices, kept)
        manifest = self._kept.setdefault(made.digest, made)
        if is_anew:
            self._indexed[fingerprint] = manifest
        return self._indexed.setdefault(fingerprint, manifest)

    def persist(self) -> None:
        pass

    def paths(self, manifest: Manifest) -> tuple[str, ...]:
        paths = [self._folder / file.path for file in manifest.files]
        for path, file in zip(paths, manifest.files, strict=True):
            size = path.stat().st_size if path.exists() else None
            if size != file.size_bytes:
                raise refusal(file.path, expected=f"a file of {file.size_bytes} bytes", found=f"{size}")
        return tuple(map(str, paths))

    def reading(self, manifests: Iterable[Manifest]) -> AbstractContextManager[None]:
        return nullcontext()  # all of it is copied

    def subset(self, manifest: Manifest, wanted: Collection[str]) -> Manifest:
        files = tuple(file for file in manifest.files if file.digest in wanted)
        part = Manifest(manifest.dataset, manifest.columns, files)
        return self._kept.setdefault(part.digest, part)

    def land(self, dataset: str, paths: Sequence[str]) -> Manifest:
        return self.receive(dataset, [Delivery(path, path, None, partial(_copy, path)) for path in paths])

    def receive(self, dataset: str, deliveries: Sequence[Delivery]) -> Manifest:
        if not deliveries:
            raise refusal(dataset, expected="at least one file", found="none")
        self._folder.mkdir(parents=True, exist_ok=True)
        received: list[tuple[tuple[Column, ...], int, bytes]] = []
        for delivery in deliveries:
            brought = self._folder / f"{uuid4().hex}.brought"
            delivery.bring(str(brought))
            columns, rows = _looked_into(str(brought), delivery.shown)
            received.append((columns, rows, brought.read_bytes()))
            brought.unlink()
            if columns != received[0][0]:
                raise refusal(delivery.shown, expected=f"the columns of {deliveries[0].shown}", found=str(columns))
        files = [self._keep(content, rows) for _, rows, content in received]
        manifest = Manifest(dataset, received[0][0], tuple(sorted(files, key=lambda file: file.digest)))
        return self._kept.setdefault(manifest.digest, manifest)

    def _keep(self, content: bytes, rows: int) -> DataFile:
        digest = digest_bytes(content)
        name = f"{hex_of(digest)}.parquet"
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(content)
        return DataFile(name, digest, len(content), rows)


def _looked_into(path: str, shown: str) -> tuple[tuple[Column, ...], int]:
    try:
        relation = duckdb.read_parquet(path)
        columns = tuple(Column(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True))
        return columns, len(relation)
    except duckdb.Error as error:
        raise refusal(shown, expected="a Parquet file", found=str(error)) from error


def _copy(source: str, target: str) -> None:
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise refusal(source, expected="a file that can be read", found=str(error.strerror)) from error
