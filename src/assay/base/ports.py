"""The ports: what the actions ask of the world, each answered by adapters that pass one contract suite.

Paths are texts here, for the lower floors know no disk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from assay.base.canonical import Digest
from assay.base.deliveries import Delivery
from assay.base.file_forms import Converted, FileForm
from assay.base.footers import Chunk, Footer
from assay.base.limits import NO_LIMITS, Limits
from assay.base.names import TableRef
from assay.base.snapshots import Column, ContentSums, Manifest, PinnedCut, Pointer, SlicedFile, Slot
from assay.base.source_places import SourcePlace


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment in UTC, to the second."""
        ...


class Signer(Protocol):
    """Holds one private key and signs with it. The key itself never leaves the adapter."""

    @property
    def key_id(self) -> str:
        """SHA-256 of the 32-byte public key, in hexadecimal."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of the message."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """One link of a ledger.

    Attributes:
        seq: counts from 1 without a gap.
        at: when it was recorded, in UTC (ISO 8601 with Z, to the second).
        kind: what happened, in a word.
        data: the facts, as JSON values.
        previous: the hash of the event before; of the first, sixty-four zeros.
        hash: SHA-256 of the canonical JSON of all the above.
        version: of the form of ``data``.
    """

    seq: int
    at: str
    kind: str
    data: Mapping[str, Any]
    previous: str
    hash: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of a ledger: its number (0 for an empty one) and hash."""

    seq: int
    hash: str


class Ledger(Protocol):
    """An append-only, hash-chained record, and the signed statements to which it points."""

    def head(self) -> Head:
        """Return the newest link."""
        ...

    def events(self, after: int = 0) -> Sequence[Event]:
        """Return the events with a number above ``after``, in order, as they are stored (unverified)."""
        ...

    def append(self, events: Sequence[Event], statements: Mapping[Digest, bytes]) -> None:
        """Append links and store the envelopes they point to, all or nothing.

        Raises:
            AssayError: the first event does not follow the newest one stored (somebody else was faster).
        """
        ...

    def statement(self, digest: Digest) -> bytes | None:
        """Return an envelope's bytes as they are stored (unverified); None when it is not here."""
        ...

    def statements(self) -> Mapping[Digest, bytes]:
        """Return every envelope by the digest under which it is stored (unverified)."""
        ...


class Proven(Protocol):
    """Remembers which envelopes were found good, so that a large ledger is verified once and not at each start.

    Whoever could write here could have a forged statement believed: an adapter gives back nothing that it cannot tell
    from what it kept.
    """

    def load(self) -> frozenset[Digest]:
        """Return the digests that were kept; none where nothing was, or somebody else has written there."""
        ...

    def save(self, digests: Collection[Digest]) -> None:
        """Keep these digests in place of the earlier ones. What cannot be kept is verified again next time."""
        ...


class Pages(Protocol):
    """Keeps published pages; a page is replaced whole or not at all."""

    def publish(self, name: str, content: bytes) -> str:
        """Put a page in place of the one of that name and return where it can be looked at."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return a page as it is now; None when there is none."""
        ...


class RosterCopy(Protocol):
    """Keeps the copy of a node's roster that people read; nobody is believed by it."""

    name: str

    def read(self) -> bytes | None:
        """Return what stands there; None where there is nothing that can be read."""
        ...

    def write(self, content: bytes) -> None:
        """Put a copy in place of the one that is there, whole or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that has arrived whole, as it lay there when it was looked at; a changed one is another arrival.

    Attributes:
        name: as it may be shown: whoever sent it chose it.
        is_file: whether it is a file of its own, and no link, folder or pipe.
        size_bytes: of the file.
        token: tells one state of one entry from all others.
    """

    name: str
    is_file: bool
    size_bytes: int
    token: str


class Inbox(Protocol):
    """A place where others leave files for us. What lies there is nobody's word: only its content may be believed."""

    def arrived(self) -> Sequence[Arrival]:
        """Return what has arrived whole, the oldest first: it is as it was at the look before."""
        ...

    def read(self, arrival: Arrival) -> bytes:
        """Return its content.

        Raises:
            AssayError: it is no file, or is gone or changed meanwhile.
        """
        ...

    def put_away(self, arrival: Arrival, reason: str = "") -> None:
        """Move it out of the way: to what is done, or to what was refused, with the reason in a text beside it.

        One that changed meanwhile stays: it has not been looked at. No earlier one is written over.

        Raises:
            AssayError: it cannot be moved, or the text not be written.
        """
        ...


class Payloads(Protocol):
    """Keeps frozen payloads by digest; they are never changed."""

    def put(self, digest: Digest, archive: bytes) -> None:
        """Keep an archive; once kept it stays as it is."""
        ...

    def get(self, digest: Digest) -> bytes | None:
        """Return the archive; None when it is not here."""
        ...


class Texts(Protocol):
    """Keeps what people write outside the chain, by digest, so that it can be erased and the chain still holds."""

    def put(self, digest: Digest, content: bytes) -> None:
        """Keep a text; once kept it stays as it is until it is erased."""
        ...

    def get(self, digest: Digest) -> bytes | None:
        """Return a text as it is stored (unverified); None when it is not here."""
        ...

    def erase(self, digest: Digest) -> None:
        """Remove a text for good; one that is not here is erased already."""
        ...


class KeptSamples(Protocol):
    """Keeps failing rows of validations, apart from everything that is signed, until they are erased.

    What was erased leaves a note in its place, which says so.
    """

    def put(self, digest: Digest, content: bytes) -> None:
        """Keep the rows of one run; what was erased is not kept again."""
        ...

    def get(self, digest: Digest) -> bytes | None:
        """Return what is kept; None when it is not here, or was erased."""
        ...

    def digests(self) -> tuple[Digest, ...]:
        """Return the digests of all that is kept."""
        ...

    def erase(self, digest: Digest, note: bytes) -> None:
        """Remove rows for good, and keep a note in their place; a note that is there stays."""
        ...

    def notes(self) -> Mapping[Digest, bytes]:
        """Return the notes in the place of what was erased."""
        ...


@dataclass(frozen=True, slots=True)
class Commit:
    """A git commit as the project sees it.

    Attributes:
        id: 40 hexadecimal digits.
        files: path relative to the project to content, as committed (no line-end conversion).
        changes: the project's own paths that differ between commit and working tree, or are not in git at all.
    """

    id: str
    files: Mapping[str, bytes]
    changes: tuple[str, ...]


class Repository(Protocol):
    """Reads the project from git; never writes."""

    def head(self) -> Commit:
        """Return the commit that is checked out.

        Raises:
            AssayError: the project is not in a git repository, or has no commit yet.
        """
        ...

    def files_at(self, revision: str) -> Mapping[str, bytes]:
        """Return the files below the project as a revision has them.

        Args:
            revision: a branch, a tag, a commit, or how git else names one.

        Raises:
            AssayError: there is no such revision, or no repository.
        """
        ...


class PartResults(Protocol):
    """Remembers what was read of files that never change, so that they are not read again for the same.

    It is a cache: what is lost is read anew, and what cannot be understood is as good as lost.
    """

    def get(self, part: Digest) -> Mapping[str, Any]:
        """Return what is known of a part, by name; empty where nothing is."""
        ...

    def put(self, part: Digest, values: Mapping[str, Any]) -> None:
        """Remember more of a part: numbers, truth values, null, lists of texts; a known name gets its new value.

        No value of a row is remembered, only what was counted, and moments in microseconds.
        """
        ...


class Engine(Protocol):
    """Runs SQL over Parquet files. One engine instance is one session; closing it frees everything.

    It belongs to the thread that opened it; whatever runs one query may be called from others too, and `interrupt`.
    """

    @property
    def version(self) -> str:
        """Name of the engine and its version: what was computed by another is not taken for its own."""
        ...

    def attach(self, table: TableRef, paths: Sequence[str]) -> None:
        """Offer files as a table for later queries, under the name that steps use."""
        ...

    def define(self, table: TableRef, sql: str) -> None:
        """Offer a query as a table for later queries; it is run each time that one of these reads it.

        Raises:
            AssayError: the query cannot be run, or gives columns that a table of files would not hold.
        """
        ...

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query in the engine's own dialect.

        Raises:
            AssayError: the engine refuses the query or fails in it; the engine's message is in ``found``.
        """
        ...

    def arrow(self, sql: str) -> Any:
        """Return the rows of a query as a ``pyarrow.Table``."""
        ...

    def columns(self, sql: str) -> tuple[Column, ...]:
        """Return the columns a query would give, without running it."""
        ...

    def describe(self, path: str) -> tuple[tuple[Column, ...], int]:
        """Return the columns and the number of rows of one Parquet file, from its footer.

        Raises:
            AssayError: the file cannot be read, or is not Parquet.
        """
        ...

    def convert(self, paths: Sequence[str], form: FileForm, promised: Mapping[str, str]) -> Converted:
        """Write files of text anew as Parquet, one for each; these are gone when the session ends.

        Every value is looked at: a column has a type only where all its values have it, and codes such as ``007`` stay
        text.

        Args:
            paths: of files that are one table.
            form: of all of them, and not Parquet.
            promised: column to a type that it gets where its values allow it; the others get what the values tell.

        Raises:
            AssayError: a file cannot be read as that form, or the files have different columns.
        """
        ...

    def keep(self, table: TableRef, sql: str) -> int:
        """Run a query and keep its rows as a table of this session, in place of an earlier one of that name.

        Args:
            table: without a schema; later queries name it so. It is gone when the session is.
            sql: what is kept; it may spill to disk.

        Returns:
            The number of rows.

        Raises:
            AssayError: the query fails, or the disk is full.
        """
        ...

    def write(self, sql: str, path: str) -> tuple[tuple[Column, ...], int]:
        """Run a query and write its rows to one new Parquet file; return its columns and the number of rows.

        Raises:
            AssayError: the query fails or the disk is full; what was written is then worthless.
        """
        ...

    def write_slices(
        self, sql: str, folder: str, label: str, condition: str = ""
    ) -> tuple[tuple[Column, ...], tuple[tuple[str, int], ...]]:
        """Run a query and write its rows to Parquet files by slices: one or more for each slice that has rows.

        Args:
            sql: the query.
            folder: an empty one, in which the files are put; their names are in the order of the slices.
            label: the expression that names a row's slice.
            condition: on a row of the query; empty for all rows.

        Returns:
            The columns, and the slice and the number of rows of each file, in the order of their names.

        Raises:
            AssayError: the query fails, it has too many slices, or the disk is full.
        """
        ...

    def content_by(self, paths: Sequence[str], label: str) -> Mapping[str, ContentSums]:
        """Return the sums of `content` for the rows of each slice, which an expression names."""
        ...

    def content(self, paths: Sequence[str]) -> ContentSums:
        """Return sums over the rows of Parquet files that depend neither on their order nor on the files' form.

        Two builds that hold the same rows have the same sums, on every machine; those of parts add up to the whole's.
        """
        ...

    def footers(self, paths: Sequence[str], columns: Sequence[str]) -> tuple[Footer, ...]:
        """Return what the footers of Parquet files say of some columns, in the order of the files; reads no data.

        Raises:
            AssayError: a file cannot be read, or is not Parquet.
        """
        ...

    def reread(
        self, path: str, groups: Sequence[tuple[int, int, int]], columns: Sequence[str], ended: frozenset[str]
    ) -> tuple[Chunk, ...]:
        """Return what row groups really hold, measured on the data whatever the footer says.

        Args:
            path: of the file.
            groups: number of each row group, its first row and the first row after it, counted in the file from 0.
            columns: plain ones, with nothing inside.
            ended: those of which the smallest and greatest value are wanted as well.
        """
        ...

    def disbelieve(self) -> None:
        """Take nothing from the footers' statistics from now on, to answer by or to skip rows; tables stay attached."""
        ...

    def interrupt(self) -> None:
        """Stop what goes on, in whichever thread: it ends as by Ctrl-C. Where nothing goes on, nothing happens."""
        ...

    def repeats(self, sql: str, most_rows: int) -> tuple[int, tuple[int, ...] | None]:
        """Count the numbers that a query gives in its one column ``h``, and find those that it gives more than once.

        Args:
            sql: gives 64-bit numbers without a sign, and no nulls.
            most_rows: no fewer than it gives; memory is bounded whatever it is.

        Returns:
            How many there are, and the repeated ones; None in their place where they are very many.
        """
        ...

    def repeats_beside(self, sql: str, most_rows: int) -> Callable[[], tuple[int, tuple[int, ...] | None]]:
        """Begin the same beside what is asked next, where that is worth while.

        Returns:
            What waits for it and returns what ``repeats`` does, or raises it.
        """
        ...

    def close(self) -> None:
        """End the session."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """A place of one's own in which to write the files of a snapshot that does not exist yet."""

    directory: str


class Snapshots(Protocol):
    """Keeps immutable snapshots: what was committed is never changed, what was not committed is never seen."""

    def find(self, fingerprints: Collection[Digest]) -> Mapping[Digest, Manifest]:
        """Return the snapshots that were committed for fingerprints, without those for which there is none."""
        ...

    def get(self, digest: Digest) -> Manifest | None:
        """Return a snapshot by the digest of its manifest."""
        ...

    def stage(self) -> AbstractContextManager[Stage]:
        """Open a staging place; leaving it without a commit removes what was written there."""
        ...

    def commit(
        self, stage: Stage, fingerprint: Digest, dataset: str, columns: Sequence[Column], rows: Sequence[int],
        *, is_anew: bool = False, slices: Sequence[str] = (), kept: Sequence[SlicedFile] = (),
    ) -> Manifest:  # fmt: skip
        """Make the staged Parquet files a snapshot; if the fingerprint has one already, return that one instead.

        It may be called from several threads at once, as may `stage` and `paths`.

        Args:
            stage: where the files are.
            fingerprint: of what made them.
            dataset: ``product/dataset``.
            columns: of every file, in order.
            rows: of each file, in the order of their names.
            is_anew: whether this snapshot takes the place of one that the fingerprint has already.
            slices: of a dataset in slices, to which each staged file belongs, in the order of their names; else empty.
            kept: of a dataset in slices, files of an earlier snapshot that stay as they are.
        """
        ...

    def persist(self) -> None:
        """Make what was committed or landed here outlive a power cut; a pointer may name it only after that."""
        ...

    def paths(self, manifest: Manifest) -> tuple[str, ...]:
        """Return where the files of a snapshot can be read.

        Raises:
            AssayError: a file is gone or has another size than the manifest says; one that is read where it lies has
                another content.
        """
        ...

    def reading(self, manifests: Iterable[Manifest]) -> AbstractContextManager[None]:
        """Watch what of snapshots is read where it lies while it is read: leaving refuses what changed meanwhile.

        An `AssayError` of whoever reads gives way to the refusal.

        Raises:
            AssayError: a file that is read where it lies is not the one that the manifest names, before or after.
        """
        ...

    def subset(self, manifest: Manifest, wanted: Collection[str]) -> Manifest:
        """Return a snapshot of those files of another one whose digests are wanted; nothing is copied."""
        ...

    def land(self, dataset: str, paths: Sequence[str]) -> Manifest:
        """Keep a copy of received Parquet files as a snapshot; the same bytes are kept once."""
        ...

    def receive(self, dataset: str, deliveries: Sequence[Delivery]) -> Manifest:
        """Bring what a source holds and keep it as a snapshot; what is known not to have changed is not brought again.

        What is read where it lies is not copied: it is digested, and found again by `paths` as long as it is the same.
        The files are ordered by digest: the same content is the same snapshot, wherever it came from and lies.

        Raises:
            AssayError: there is no delivery, one cannot be brought or is no Parquet file, their columns differ, or the
                disk is full. Nothing is seen of what was brought then.
        """
        ...


class SourceReader(Protocol):
    """Tells what sources hold and brings it here. One reader is for one landing; closing it frees everything."""

    def deliveries(self, place: SourcePlace) -> Sequence[Delivery]:
        """Look at what a source holds now, without reading its rows.

        Returns:
            At least one; they may be brought until the reader is closed.

        Raises:
            AssayError: nothing is there, it cannot be reached, or it is not as the contract says; at the place in the
                contract, without any secret.
        """
        ...

    def close(self) -> None:
        """End all connections."""
        ...


class TableReader(Protocol):
    """Tells the tables of a database that somebody names, and writes them as Parquet. It changes nothing there."""

    def tables(self) -> Sequence[str]:
        """Return the names of its tables and views, as `fetch` takes them, in order.

        Raises:
            AssayError: it cannot be read.
        """
        ...

    def fetch(self, table: str, path: str) -> None:
        """Write the rows of a table to one new Parquet file.

        Raises:
            AssayError: there is no such table, a column of a type that Parquet cannot hold, or a full disk.
        """
        ...

    def close(self) -> None:
        """End the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Program:
    """A step in a language of its own, as the process that runs it needs it.

    Attributes:
        file: its path relative to the project, to name in errors.
        name: of the step; in Python, of the function that is called.
        source: its text.
        modules: what it takes in of the project: path relative to the import's root, to source.
        forms: for each input, in which form it is handed over, a word of the language's own.
        takes_as_of: whether it asks for the logical date.
        limits: what it may take; where nothing is said, what the runner allows everybody.
    """

    file: str
    name: str
    source: str
    modules: Mapping[str, bytes]
    forms: Mapping[str, str]
    takes_as_of: bool
    limits: Limits = NO_LIMITS


class ProgramRunner(Protocol):
    """Runs steps of one language, each in a process of its own that gets nothing of ours but its inputs."""

    def run(self, program: Program, inputs: Mapping[str, Sequence[str]], output: str, as_of: date) -> None:
        """Run a step and write its rows to one new Parquet file.

        Args:
            program: the step.
            inputs: the Parquet files of each input.
            output: the file to write.
            as_of: the logical date.

        Raises:
            AssayError: the step fails (its own file and line, what was raised, what it printed last), gives something
                else than rows, takes too long or too much memory, the disk is full, or what runs the language is not
                on this machine; there is no output then.
        """
        ...

    def interrupt(self) -> None:
        """End the steps that run, in whichever thread; each of them has failed then."""
        ...


@dataclass(frozen=True, slots=True)
class DbtJob:
    """A dbt project to compile.

    Attributes:
        files: of the project, relative to its folder.
        target: what ``target.name`` is.
        products: by product, dbt's selectors of its models: those that choose, and those that take out again.
    """

    files: Mapping[str, bytes]
    target: str
    products: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]


class DbtRunner(Protocol):
    """Compiles dbt projects: files in, queries out; nothing of ours is seen by them, and nothing is built."""

    def version(self) -> str:
        """Return the versions of dbt and its adapter, without starting it.

        Raises:
            AssayError: there is no dbt on this machine.
        """
        ...

    def compile(self, job: DbtJob) -> Mapping[str, Any]:
        """Compile a project for DuckDB.

        Returns:
            ``errors``, each the ``text`` and the ``file`` (``PACKAGE:PATH``, or None); without any also ``package``
            (the project's own), ``selected`` (names of nodes by product), ``nodes`` and ``sources`` by name. A node has
            kind, name, file, language, materialized, strategy, header, hooks, relation, reads, description, its
            compiled sql, of a seed the rows, of a test what it counts and when it fails.

        Raises:
            AssayError: there is no dbt, it takes too long, or its process dies; its last words are in the fault.
        """
        ...


class DbtOutcomes(Protocol):
    """Keeps what was compiled, so that a project that did not change needs no dbt."""

    def get(self, key: Digest) -> dict[str, bytes] | None:
        """Return the compiled files, by product, that are kept under a key; None when there are none."""
        ...

    def put(self, key: Digest, compiled: Mapping[str, bytes]) -> None:
        """Keep compiled files, by product, in the place of what was there."""
        ...


class Costs(Protocol):
    """Keeps how long steps took when they ran last, to tell before they run again."""

    def remember(self, product: str, seconds: Mapping[str, float]) -> None:
        """Keep the seconds that steps took, in place of what was kept of them; the others' stay."""
        ...

    def recall(self, product: str) -> Mapping[str, float]:
        """Return the seconds of each step of a product that ran here once."""
        ...


class BuildLogs(Protocol):
    """Keeps what was told of the newest builds."""

    def open(self, name: str) -> AbstractContextManager[tuple[str, Callable[[str], None]]]:
        """Begin a log; nothing is refused because it cannot be written.

        Args:
            name: its own; of several, the newest is the last one in the order of texts.

        Returns:
            Where it is, and what writes a line.
        """
        ...


class Pointers(Protocol):
    """Keeps the one row per environment, product and slot that says what is served."""

    def get(self, environment: str, product: str, slot: Slot) -> Pointer | None:
        """Return the pointer; None before the first build."""
        ...

    def move(self, pointer: Pointer) -> Pointer:
        """Replace the row whose revision is the given pointer's by the pointer with the next revision.

        Raises:
            AssayError: the stored row has another revision (somebody else moved it meanwhile); nothing is changed.
        """
        ...

    def all(self) -> Iterable[Pointer]:
        """Return every pointer, ordered by environment, product and slot."""
        ...


class Cuts(Protocol):
    """Keeps cuts by their names; one that is pinned is never changed."""

    def get(self, name: str) -> PinnedCut | None:
        """Return a cut; None where there is none of that name."""
        ...

    def pin(self, cut: PinnedCut) -> None:
        """Keep a cut under its name.

        Raises:
            AssayError: there is one of that name, whoever was faster; it stays as it is.
        """
        ...

    def all(self) -> Sequence[PinnedCut]:
        """Return every cut, the newest first."""
        ...


class LineageEvents(Protocol):
    """Takes events of runs, as the OpenLineage standard has them, for whoever draws lineage beside us."""

    def emit(self, event: Mapping[str, Any]) -> None:
        """Hand an event over, a JSON value; those of one run in the order in which they are handed over.

        Raises:
            AssayError: it was not taken; the error names the place without any secret of it.
        """
        ...


class Locks(Protocol):
    """One writer at a time, across processes; a killed process holds nothing."""

    def hold(self, name: str) -> AbstractContextManager[None]:
        """Hold a lock while the block runs.

        Raises:
            AssayError: another process holds it; says since when and which.
        """
        ...
