"""Floor 8: the one place where adapters meet actions. Reads the environment; nothing below does."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from assay.actions.compiling import DbtProjects
from assay.actions.home import Home
from assay.actions.recording import LedgerReader
from assay.actions.source_readers import SourceReaders
from assay.actions.workshop import Workshop
from assay.base.errors import AssayError, Place, WrongUsage, refusal
from assay.base.full_disk import space_on_disk
from assay.base.ports import Clock, Engine, LineageEvents, SourceReader
from assay.base.reading import read_yaml
from assay.base.roles import NodeIdentity, PublicKey, Roster
from assay.base.snapshots import Column
from assay.base.source_places import FilesPlace, ObjectsPlace, SourcePlace, TablePlace
from assay.connectors.clocks import FixedClock, SystemClock
from assay.connectors.git import GitRepository
from assay.connectors.keys import KeySigner, new_key, public_keys_beside, read_key
from assay.engines.child_process import ChildPython, ChildR, ChildSpark
from assay.engines.dbt import VARIABLE as DBT_VARIABLE
from assay.engines.dbt import DbtProgram, find_dbt
from assay.engines.duckdb import DuckDBEngine
from assay.lifecycle.gates import DEFAULT_TABLE
from assay.lifecycle.statements import parse_time
from assay.project.layout import is_project_file
from assay.project.model import LineageTarget, Project
from assay.project.process import parse_process
from assay.project.reading import lineage_target, queries_of, read_project
from assay.project.rosters import content_text
from assay.stores.build_logs import DiskBuildLogs
from assay.stores.costs import DatabaseCosts
from assay.stores.cuts import DatabaseCuts
from assay.stores.database import open_database
from assay.stores.dbt_outcomes import DiskDbtOutcomes
from assay.stores.ledger import DatabaseLedger
from assay.stores.locks import FileLocks
from assay.stores.pages import DiskPages
from assay.stores.part_results import DiskPartResults
from assay.stores.payloads import DiskPayloads
from assay.stores.pointers import DatabasePointers
from assay.stores.queries import KnownQueries
from assay.stores.received_files import ReceivedFiles
from assay.stores.referenced import REFERENCED, linked_files
from assay.stores.roster_copy import DiskRosterCopy
from assay.stores.samples import DiskSamples
from assay.stores.snapshot_files import Describe
from assay.stores.snapshots import DiskSnapshots
from assay.stores.texts import DiskTexts
from assay.stores.worktree import data_files, find_project, read_files
from assay.workflow.steps import Language

if TYPE_CHECKING:
    from assay.automation.node import Node  # the rooms of the node are loaded where there is one
    from assay.solutions.render import PageAssets

STATE = ".assay"
_DATABASE = "state.db"
REHEARSAL_TIME = "ASSAY_REHEARSAL_TIME"
_ROSTER = "roster.yaml"
_PROJECTS = 8
"""How many projects, as they were read last, a process keeps in memory."""

_PROCESS = "process.yaml"
_KEY = "key.pem"


def default_key() -> Path:
    """Return where a person's key lies when nobody says otherwise."""
    configuration = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(configuration) / "assay" / _KEY


def open_home(project: Path | None = None, key: Path | None = None) -> Home:
    """Open the design side's home of a project.

    Args:
        project: its folder; None for the nearest one above the current folder.
        key: the acting person's private key; None for the default place, where there may be none.

    Raises:
        AssayError: no project, faults in its files, an unusable key, or one that nobody on the roster holds.
    """
    root = find_project((project or Path.cwd()).resolve())
    state = root / STATE
    compiling = _dbt_projects(state)
    files = compiling.gather(lambda folder, is_wanted: read_files(root / folder, is_wanted))
    found = _read(frozenset(files.items()), state)
    signer = read_key(key) if key is not None else _default_signer()
    holder = found.roster.find(signer.key_id) if signer else None
    if key is not None and (holder is None or isinstance(holder[0], NodeIdentity)):
        raise refusal(
            str(key),
            expected="a key of somebody in people.yaml",
            found="one that nobody there holds",
            hint="Put its public half into your entry: assay key new prints it.",
        )
    person = holder[0] if holder and not isinstance(holder[0], NodeIdentity) else None
    database = open_database(_url(state))
    ledger = DatabaseLedger(database)
    return Home(
        project=found,
        files=files,
        table=found.process or DEFAULT_TABLE,
        ledger=ledger,
        reader=LedgerReader(ledger, found.roster),
        clock=_clock(is_rehearsal=found.is_rehearsal),
        payloads=DiskPayloads(state / "payloads"),
        repository=GitRepository(root, is_project_file, compiling.gather),
        workshop=_workshop(state, root),
        pages=DiskPages(state / "pages"),
        texts=DiskTexts(state / "texts"),
        samples=DiskSamples(state / "samples"),
        build_logs=DiskBuildLogs(state / "logs"),
        variables=dict(os.environ),
        person=person,
        signer=signer if person else None,
        keys_here=_keys_here(found.roster, key or default_key()),
        is_rehearsal=found.is_rehearsal,
        lineage=_lineage(found.lineage, os.environ, root, "assay.yaml"),
    )


def init_node(
    home: Path, name: str, roster: bytes, variables: dict[str, str], *, rehearsal: bool, one_admin: bool = False
) -> str:
    """Make a node's home, record its first roster in its ledger, and return its public key in hexadecimal.

    Raises:
        AssayError: there is a node already, or the roster has faults, or not the admins whom a change of it takes;
            then nothing is made.
    """
    from assay.automation.roster import first_roster, give_roster
    from assay.automation.settings import NodeSettings, write_settings

    clock = _clock(is_rehearsal=rehearsal)
    first = first_roster(read_yaml(roster, _ROSTER), None, clock, one_admin=one_admin)
    if (home / "node.yaml").exists():
        raise refusal(str(home), expected="a folder without a node", found="a node", hint="Name another with --home.")
    home.mkdir(parents=True, exist_ok=True)
    signer = new_key(home / _KEY)
    public = signer.public.raw.hex()
    (home / "key.pub").write_text(public + "\n")
    give_roster(DatabaseLedger(open_database(_url(home / "state"))), clock, signer, name, first)
    DiskRosterCopy(home / _ROSTER).write(content_text(first))
    write_settings(home / "node.yaml", NodeSettings(name=name, variables=variables, rehearsal=rehearsal))
    return public


def open_node(home: Path) -> Node:
    """Open a node's home; where its ledger holds no roster yet, the file of it is recorded there once.

    Raises:
        AssayError: there is no node, or its settings, first roster, table or key have faults.
    """
    from assay.automation.node import Node
    from assay.automation.settings import read_settings

    home = home.resolve()
    settings = read_settings(home / "node.yaml")
    _need(home / _KEY, "the private key of the node")
    signer = read_key(home / _KEY)
    own = NodeIdentity(settings.name, (PublicKey(signer.public.raw),))
    process = home / _PROCESS
    state = home / "state"
    database = open_database(_url(state))
    ledger = DatabaseLedger(database)
    clock = _clock(is_rehearsal=settings.rehearsal)
    reader = LedgerReader(ledger, Roster((), (own,)), own=own)
    _adopt_roster(home, reader, ledger, clock, signer, own)
    return Node(
        own=own,
        table=parse_process(read_yaml(process.read_bytes(), _PROCESS)) if process.exists() else DEFAULT_TABLE,
        variables={**os.environ, **settings.variables},
        ledger=ledger,
        reader=reader,
        clock=clock,
        signer=signer,
        copy=DiskRosterCopy(home / _ROSTER),
        payloads=DiskPayloads(state / "payloads"),
        pages=DiskPages(home / "pages"),
        workshop=_workshop(state, home),
        is_rehearsal=settings.rehearsal,
        lineage=_lineage(lineage_target(settings.lineage), {**os.environ, **settings.variables}, home, "node.yaml"),
    )


def _need(path: Path, what: str) -> None:
    if not path.is_file():
        hint = "Restore it from a backup: what was signed and admitted here rests on it."
        raise refusal(str(path), expected=what, found="no file", hint=hint)


def _adopt_roster(
    home: Path, reader: LedgerReader, ledger: DatabaseLedger, clock: Clock, signer: KeySigner, own: NodeIdentity
) -> None:
    """Record the roster of a node that was made when rosters were files alone."""
    from assay.automation.roster import adopt_roster

    try:
        if reader.load().rosters:
            return
    except AssayError:
        return  # whoever asks something of this ledger is told
    _need(home / _ROSTER, "the roster of the node")
    adopt_roster(ledger, clock, signer, own, read_yaml((home / _ROSTER).read_bytes(), _ROSTER))


def keep_node(home: Path) -> Callable[[], Node]:
    """Return what gives a node to a process that runs on.

    It is opened anew when its settings, table or key have changed. Who may sign it reads from the ledger, each time.
    """
    names = ("node.yaml", _PROCESS, _KEY)
    kept: dict[tuple[tuple[int, int, int], ...], Node] = {}

    def opened() -> Node:
        state = tuple(_state_of(home / name) for name in names)
        if state not in kept:
            kept.clear()
            kept[state] = open_node(home)
        return kept[state]

    return opened


def _state_of(path: Path) -> tuple[int, int, int]:
    """Tell one state of a file from another without reading it; of none, zeros."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0, 0
    return found.st_ino, found.st_size, found.st_mtime_ns


@lru_cache(maxsize=_PROJECTS)
def _read(content: frozenset[tuple[str, bytes]], state: Path) -> Project:
    """Read the working tree, given as pairs of path and content.

    A project is a value: while no file changes, a process that opens it again, as a server does with each request, gets
    the same one. For the next process, what the queries said of themselves is kept beside the state.
    """
    files = dict(content)
    queries = KnownQueries(open_database(_url(state))) if (state / _DATABASE).exists() else None
    known = queries.recall() if queries else {}
    project = read_project(files, known=known)
    said = queries_of(project)
    if said.keys() != known.keys():
        (queries or KnownQueries(open_database(_url(state)))).remember(said)
    return project


def _dbt_projects(state: Path) -> DbtProjects:
    program = find_dbt(os.environ.get(DBT_VARIABLE))
    return DbtProjects(DbtProgram(state / "scratch", program), DiskDbtOutcomes(state / "dbt"))


def _workshop(state: Path, root: Path) -> Workshop:
    database = open_database(_url(state))
    data, scratch = state / "data", state / "scratch"
    return Workshop(
        snapshots=DiskSnapshots(database, data, _describe(data, scratch)),
        pointers=DatabasePointers(database),
        cuts=DatabaseCuts(database),
        locks=FileLocks(state / "locks"),
        engine=_engines(data, scratch),
        runners={
            Language.PYTHON: ChildPython(scratch),
            Language.R: ChildR(scratch),
            Language.SPARK_SQL: ChildSpark(scratch),
        },
        costs=DatabaseCosts(database),
        sources=_sources(root),
        assets=_assets,
        results=DiskPartResults(state / "results"),
    )


def _describe(data: Path, scratch: Path) -> Describe:
    """Return what looks into a Parquet file's footer, in a session that is opened when it is first needed.

    For another set of files that lie elsewhere another one is opened: to a session nothing is added later.
    """
    sessions: dict[tuple[int, int, int], Engine] = {}

    def describe(path: str) -> tuple[tuple[Column, ...], int]:
        links = _state_of(data / REFERENCED)
        if links not in sessions:
            for session in sessions.values():
                session.close()
            sessions.clear()
            sessions[links] = DuckDBEngine(scratch, [data], files=linked_files(data))
        return sessions[links].describe(path)

    return describe


def _sources(root: Path) -> Callable[[], SourceReader]:
    """Return what opens a reader of sources of all kinds; the packages of each are loaded when it is asked for."""

    def objects() -> SourceReader:
        from assay.connectors.sources.objects import StoredObjects

        return StoredObjects()

    def tables() -> SourceReader:
        from assay.connectors.sources.postgresql import PostgresqlSources

        return PostgresqlSources()

    kinds: dict[type[SourcePlace], Callable[[], SourceReader]] = {
        FilesPlace: lambda: ReceivedFiles(data_files(root)),
        ObjectsPlace: objects,
        TablePlace: tables,
    }
    return lambda: SourceReaders(kinds)


def _engines(data: Path, scratch: Path) -> Callable[[date | None], Engine]:
    return lambda as_of: DuckDBEngine(scratch, [data], as_of, files=linked_files(data))


def _assets() -> PageAssets:
    from assay.connectors.page_scripts import load_scripts  # with what renders pages

    return load_scripts()


def _lineage(target: LineageTarget | None, variables: Mapping[str, str], root: Path, file: str) -> LineageEvents | None:
    """Return who is told of runs; what variables stand for is looked up when the first event is told."""
    if target is None:
        return None
    from assay.connectors.lineage_events import LineageFile, LineageService

    place = Place(f"{file}: lineage")
    if target.file is not None:
        return LineageFile(root, target.file, variables, place)
    return LineageService(target.url or "", target.api_key, variables, place)


def _clock(*, is_rehearsal: bool) -> Clock:
    """Return the machine's clock; only what says of itself that it is a rehearsal may have its clock set."""
    text = os.environ.get(REHEARSAL_TIME)
    if not is_rehearsal or text is None:
        return SystemClock()
    try:
        return FixedClock(parse_time(text))
    except ValueError as error:
        wrong = refusal(REHEARSAL_TIME, expected="a moment like 2026-03-12T08:00:00Z", found=repr(text))
        raise WrongUsage(*wrong.faults) from error


def _default_signer() -> KeySigner | None:
    return read_key(default_key()) if default_key().exists() else None


def _keys_here(roster: Roster, key: Path) -> tuple[str, ...]:
    found = (public for public in public_keys_beside(key) if roster.find(public.id))
    return tuple(dict.fromkeys(public.id for public in found))


def _url(state: Path) -> str:
    """Return the address of a home's database; its folder is made where it is missing."""
    ignore = state / ".gitignore"
    with space_on_disk(state):
        state.mkdir(parents=True, exist_ok=True)
        if not ignore.exists():
            aside = ignore.with_suffix(".part")  # ledger and data are no text of the project:
            aside.write_text("*\n")  # `git add --all` passes them over
            aside.replace(ignore)
    return f"sqlite:///{state / _DATABASE}"
