"""Files that are read where they lie: links by their digests, and by what is known that they still are those files.

``referenced/<digest>.parquet``   a link to a file that somebody else owns and may change at any time

A file is digested when it is first met, and again wherever its stamp is not the one under which that was done. So a
link is followed only to what its name says; and whoever reads compares the stamps of before and after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column as SqlColumn
from sqlalchemy import String, Table, Text, bindparam, delete, insert, select
from sqlalchemy.engine import Engine

from assay.base.canonical import Digest, hex_of
from assay.base.deliveries import Delivery
from assay.base.errors import AssayError, refusal
from assay.base.full_disk import space_on_disk
from assay.base.snapshots import DataFile
from assay.stores.database import metadata, writing
from assay.stores.landing import Received
from assay.stores.snapshot_files import Describe, digest_of, flush
from assay.stores.stamps import Stamp, stamp_of

REFERENCED = "referenced"
"""The folder of the links, beside that of the store's own files."""

referenced_table = Table(
    "referenced_files",
    metadata,
    SqlColumn("digest", String(71), primary_key=True),
    SqlColumn("stamp", Text, nullable=False),
    SqlColumn("shown", Text, nullable=False),
)
_KNOWN = select(referenced_table.c.stamp, referenced_table.c.shown).where(
    referenced_table.c.digest == bindparam("_digest")
)
_FORGOTTEN = delete(referenced_table).where(referenced_table.c.digest == bindparam("_digest"))
_DOUBTFUL = ""
"""The stamp of a file that was written to a moment ago: it is digested whenever it is looked at."""

_HINT = (
    "It is read where it lies, so no version of it is kept: build again, on what lies there now. To keep every "
    "version, land the source: take access: referenced out of its servers."
)


def linked_files(data: Path) -> tuple[Path, ...]:
    """Return the files to which the links of a store lead, each once; what reads the links has to be let at these."""
    folder = data / REFERENCED
    links = folder.iterdir() if folder.exists() else ()
    return tuple(sorted({link.readlink() for link in links if link.is_symlink()}))


class ReferencedFiles:
    """What a store of snapshots knows of files that it does not keep."""

    def __init__(self, database: Engine, data: Path, describe: Describe) -> None:
        """Take the folder of the store; that of the links is made when there is one to make."""
        self._database = database
        self._folder = data / REFERENCED
        self._describe = describe
        self._noted: dict[Digest, tuple[str, str]] = {}

    def lies_at(self, digest: Digest, places: Collection[str]) -> bool:
        """Say whether a digest is linked to one of some files."""
        link = self._link(digest)
        return link.is_symlink() and str(link.readlink()) in places

    def receive(self, deliveries: Sequence[Delivery], dataset: str, aside: Path) -> dict[str, Received]:
        """Digest files where they lie, link them and look into them.

        Args:
            deliveries: all of them lie somewhere.
            dataset: of which source, for errors.
            aside: an empty place on the file system of the links.

        Returns:
            What was found, by the names of the deliveries.

        Raises:
            AssayError: one is no Parquet file, cannot be read, or is being written.
        """
        found = {each.name: self._digested(each) for each in deliveries}
        alike: dict[Digest, list[Delivery]] = {}
        for each in deliveries:
            alike.setdefault(found[each.name][0], []).append(each)
        for digest, same in alike.items():
            own = next((each for each in same if self.lies_at(digest, [each.lies_at or ""])), same[0])
            self._keep(own, digest, found[own.name][1], aside)
        if self._folder.exists():
            flush(self._folder)
        received = {}
        for delivery in deliveries:
            digest, stamp = found[delivery.name]
            try:
                columns, rows = self._describe(str(self._link(digest)))
            except AssayError as error:
                hint = "The delivery is damaged or not finished: deliver the file again."
                said = error.faults[0].found
                raise refusal(delivery.shown, expected=f"a Parquet file of {dataset}", found=said, hint=hint) from error
            if not _is_same(_stamp(Path(delivery.lies_at or "")), stamp):
                raise _unfinished(delivery)
            received[delivery.name] = Received(digest, stamp.size_bytes, rows, columns)
        return received

    def path(self, file: DataFile, dataset: str) -> str | None:
        """Return where a file can be read, if it is the one that a snapshot names; None if it was never linked.

        Raises:
            AssayError: it is gone, or another file lies there.
        """
        link = self._link(file.digest)
        if not (link.is_symlink() or link.exists()):
            return None
        self._checked(link, file, dataset)
        return str(link)

    @contextmanager
    def reading(self, files: Mapping[DataFile, str]) -> Iterator[None]:
        """Watch files while they are read: leaving it refuses what was read of files that changed meanwhile.

        Args:
            files: with the dataset of each; those that are not linked are passed over.

        Raises:
            AssayError: one is not what it should be, before or after. It takes the place of what whoever read made of
                it.
        """
        links = {file: self._link(file.digest) for file in files}
        before = {f: self._checked(k, f, files[f]) for f, k in links.items() if k.is_symlink() or k.exists()}
        try:
            yield
        except AssayError:
            self._compare(before, files)
            raise
        self._compare(before, files)

    def _compare(self, before: Mapping[DataFile, Stamp], files: Mapping[DataFile, str]) -> None:
        for file, stamp in before.items():
            link = self._link(file.digest)
            now = _stamp(link)
            if now is None:
                raise self._other(file, files[file], "none")
            # A stamp that could not be relied on may be that of two contents.
            if not _is_same(now, stamp) or (not stamp.is_settled and _content(link) != file.digest):
                raise self._other(file, files[file], "one that changed while it was read")

    def _checked(self, link: Path, file: DataFile, dataset: str) -> Stamp:
        """Return the stamp of a linked file, under which it has the content that its snapshot names."""
        stamp = _stamp(link)
        if stamp is None:
            raise self._other(file, dataset, "none")
        if stamp.size_bytes != file.size_bytes:
            raise self._other(file, dataset, f"one of {stamp.size_bytes} bytes, not {file.size_bytes}")
        known, shown = self._known(file.digest)
        if stamp.text == known:
            return stamp
        content = _content(link)
        if content != file.digest:
            found = "another content" if isinstance(content, str) else content.strerror or "one that cannot be read"
            raise self._other(file, dataset, found)
        if not _is_same(_stamp(link), stamp):
            raise self._other(file, dataset, "one that changed while it was read")
        if stamp.is_settled:
            self._remember(file.digest, stamp.text, shown)
        return stamp

    def _digested(self, delivery: Delivery) -> tuple[Digest, Stamp]:
        path = Path(delivery.lies_at or "")
        stamp, content = _stamp(path), _content(path)
        if stamp is None or isinstance(content, OSError):
            found = (content.strerror if isinstance(content, OSError) else None) or "none"
            hint = "Deliver the file, or correct the path in the servers of its source."
            raise refusal(delivery.shown, expected="a file that can be read", found=found, hint=hint)
        if not _is_same(_stamp(path), stamp):
            raise _unfinished(delivery)
        return content, stamp

    def _keep(self, delivery: Delivery, digest: Digest, stamp: Stamp, aside: Path) -> None:
        link = self._link(digest)
        self._remember(digest, stamp.text if stamp.is_settled else _DOUBTFUL, delivery.shown)
        if self.lies_at(digest, [delivery.lies_at or ""]):
            return
        made = aside / link.name
        with space_on_disk(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                made.symlink_to(delivery.lies_at or "")
            except PermissionError as error:
                hint = "Land the source, or keep the project on another disk."
                expected, found = "a file system that has links", str(error.strerror)
                raise refusal(str(self._folder), expected=expected, found=found, hint=hint) from error
            made.replace(link)

    def _link(self, digest: Digest) -> Path:
        return self._folder / f"{hex_of(digest)}.parquet"

    def _known(self, digest: Digest) -> tuple[str, str]:
        """Return the stamp under which a file was digested, and how it is called; nothing of what is not known.

        What another process notes meanwhile is not seen; then the file is digested once more.
        """
        if digest not in self._noted:
            with self._database.connect() as connection:
                row = connection.execute(_KNOWN, {"_digest": digest}).first()
            if row is None:
                return _DOUBTFUL, ""
            self._noted[digest] = (row[0], row[1])
        return self._noted[digest]

    def _remember(self, digest: Digest, stamp: str, shown: str) -> None:
        if self._known(digest) == (stamp, shown):
            return
        with writing(self._database).begin() as connection:
            connection.execute(_FORGOTTEN, {"_digest": digest})
            connection.execute(insert(referenced_table), {"digest": digest, "stamp": stamp, "shown": shown})
        self._noted[digest] = (stamp, shown)

    def _other(self, file: DataFile, dataset: str, found: str) -> AssayError:
        where = self._known(file.digest)[1] or f"{dataset}: {hex_of(file.digest)[:12]}"
        return refusal(where, expected=f"the file that a snapshot of {dataset} names", found=found, hint=_HINT)


def _stamp(path: Path) -> Stamp | None:
    try:
        return stamp_of(path)
    except AssayError:
        return None


def _content(path: Path) -> Digest | OSError:
    """Return the digest of a file's bytes, or why it cannot be read."""
    try:
        return digest_of(path) or FileNotFoundError()
    except OSError as error:
        return error


def _is_same(one: Stamp | None, other: Stamp) -> bool:
    return one is not None and one.text == other.text


def _unfinished(delivery: Delivery) -> AssayError:
    hint = "Wait until the delivery is complete, then run the command again."
    return refusal(delivery.shown, expected="a file that is not being written", found="one that changed", hint=hint)
