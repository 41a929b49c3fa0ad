"""Snapshots for tests of what stands on the `Snapshots` port: an index in memory, files in a folder of one's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import duckdb

from assay.base.canonical import Digest, digest_bytes, hex_of
from assay.base.errors import refusal
from assay.base.ports import Stage
from assay.base.snapshots import Column, DataFile, Manifest


class MemorySnapshots:
    """The `Snapshots` port without a database, without care for power cuts, and gone with the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._indexed: dict[Digest, Manifest] = {}
        self._kept: dict[Digest, Manifest] = {}

    def find(self, fingerprint: Digest) -> Manifest | None:
        return self._indexed.get(fingerprint)

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
        self, stage: Stage, fingerprint: Digest, dataset: str, columns: Sequence[Column], rows: Sequence[int]
    ) -> Manifest:
        staged = sorted(Path(stage.directory).iterdir())
        files = tuple(self._keep(path.read_bytes(), count) for path, count in zip(staged, rows, strict=True))
        manifest = Manifest(dataset, tuple(columns), files)
        return self._indexed.setdefault(fingerprint, self._kept.setdefault(manifest.digest, manifest))

    def persist(self) -> None:
        pass

    def paths(self, manifest: Manifest) -> tuple[str, ...]:
        paths = [self._folder / file.path for file in manifest.files]
        for path, file in zip(paths, manifest.files, strict=True):
            size = path.stat().st_size if path.exists() else None
            if size != file.size_bytes:
                raise refusal(file.path, expected=f"a file of {file.size_bytes} bytes", found=f"{size}")
        return tuple(map(str, paths))

    def land(self, dataset: str, paths: Sequence[str]) -> Manifest:
        if not paths:
            raise refusal(dataset, expected="at least one file", found="none")
        received = [(path, *_looked_into(path)) for path in paths]
        for path, columns, _ in received:
            if columns != received[0][1]:
                raise refusal(path, expected=f"the columns of {paths[0]}", found=str(columns))
        files = [self._keep(Path(path).read_bytes(), rows) for path, _, rows in received]
        manifest = Manifest(dataset, received[0][1], tuple(sorted(files, key=lambda file: file.digest)))
        return self._kept.setdefault(manifest.digest, manifest)

    def _keep(self, content: bytes, rows: int) -> DataFile:
        digest = digest_bytes(content)
        name = f"{hex_of(digest)}.parquet"
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(content)
        return DataFile(name, digest, len(content), rows)


def _looked_into(path: str) -> tuple[tuple[Column, ...], int]:
    try:
        relation = duckdb.read_parquet(path)
        columns = tuple(Column(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True))
        return columns, len(relation)
    except duckdb.Error as error:
        raise refusal(path, expected="a Parquet file", found=str(error)) from error
