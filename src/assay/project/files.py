"""Our own files as they are written: ``assay.yaml``, ``people.yaml``, ``product.yaml``. Every field is known here."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Self

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from assay.base.limits import DURATION, MEMORY, parse_duration, parse_memory
from assay.base.names import NAME
from assay.base.roles import HANDS, Holder, Role
from assay.project.schedule import COORDINATED, Missed, zone_of
from assay.sql.dialects import Dialect
from assay.workflow.slices import MOST_BUCKETS, SliceUnit
from assay.workflow.steps import QueryEngine

RUN_DATE = "run-date"
"""The policy by which the logical date of a build is the day on which it runs, in UTC."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_HEX_KEY = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_COLUMN = re.compile(r"sources\.([a-z][a-z0-9_]*)\.([A-Za-z_]\w*)")
_INPUT = re.compile(r"([a-z][a-z0-9_]*\.){1,2}[A-Za-z_]\w*")
_SERVICE = re.compile(r"https?://[^\s/@?#]+(/[^\s?#@]*)?|\$\{[A-Za-z_]\w*\}")
_VARIABLE = re.compile(r"\$\{[A-Za-z_]\w*\}")
_TABLE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*")
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def _name(text: str) -> str:
    return _matched(NAME, text, "a name of lower-case letters, digits and _")


def _email(text: str) -> str:
    return _matched(_EMAIL, text, "an e-mail address")


def _hex_key(text: str) -> str:
    return _matched(_HEX_KEY, text, "the 64 lower-case hexadecimal digits that `assay key new` prints")


def _moment(text: str) -> str:
    return _parsed(datetime.fromisoformat, _matched(_MOMENT, text, _A_MOMENT), _A_MOMENT)


def _day(text: str) -> str:
    return _parsed(date.fromisoformat, text, "a day as YYYY-MM-DD")


def _folder(text: str) -> str:
    parts = text.strip("/").split("/")
    if text.startswith("/") or any(part in {"", ".."} or part.startswith(".") for part in parts):
        raise ValueError("a folder below the one of assay.yaml, as transform/shop")
    return "/".join(parts)


def _table(text: str) -> str:
    return _matched(_TABLE, text, "a table as sources.TABLE or PRODUCT.DATASET")


def _cron(text: str) -> str:
    expected = "five fields of cron, as in `0 6 * * *`"
    if len(text.split()) != 5:
        raise ValueError(expected)
    try:
        CronSim(text, _ANY_DAY)
    except CronSimError as error:
        raise ValueError(f"{expected}; {error}") from error
    return text


def _timezone(text: str) -> str:
    zone_of(_matched(_ZONE, text, "a time zone by its IANA name, as Europe/Vienna, or UTC"))
    return text


def _as_of(text: str) -> str:
    return text if text == RUN_DATE else _matched(_COLUMN, text, f"{RUN_DATE}, or a column as sources.TABLE.COLUMN")


def _over(text: str) -> str:
    return _matched(_INPUT, text, "a column of an input as TABLE.COLUMN, sources.TABLE.COLUMN or PRODUCT.TABLE.COLUMN")


def _service(text: str) -> str:
    return _matched(_SERVICE, text, "an address as https://HOST[:PORT][/PATH], without a user, or a variable")


def _secret(text: str) -> str:
    return _matched(_VARIABLE, text, "a variable, as ${OPENLINEAGE_API_KEY}: a secret stands in no file")


_A_MOMENT = "a moment as YYYY-MM-DDTHH:MM:SSZ"


def _matched(pattern: re.Pattern[str], text: str, expected: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(expected)
    return text


def _parsed(parse: object, text: str, expected: str) -> str:
    assert callable(parse)
    try:
        parse(text)
    except ValueError as error:
        raise ValueError(expected) from error
    return text


def word_of(kind: type[StrEnum], among: frozenset[StrEnum] | None = None) -> BeforeValidator:
    """Make the validator of a word from a closed list; ``among``: only these of it."""
    known = [word for word in kind if among is None or word in among]

    def read(value: str) -> StrEnum:
        if value not in known:
            raise ValueError(f"one of {', '.join(known)}")
        return kind(value)

    return BeforeValidator(read)


Text = Annotated[str, Field(min_length=1)]


def _form(pattern: str | re.Pattern[str]) -> WithJsonSchema:
    """Tell editors the form of a text; they know no validators."""
    written = pattern if isinstance(pattern, str) else pattern.pattern
    return WithJsonSchema({"type": "string", "pattern": f"^({written})$"})


Name = Annotated[str, AfterValidator(_name), _form(NAME)]
Email = Annotated[str, AfterValidator(_email), _form(_EMAIL)]
HexKey = Annotated[str, AfterValidator(_hex_key), _form(_HEX_KEY)]
Moment = Annotated[str, AfterValidator(_moment), _form(_MOMENT)]
Day = Annotated[str, AfterValidator(_day), _form(r"\d{4}-\d{2}-\d{2}")]
Over = Annotated[str, AfterValidator(_over), _form(_INPUT)]
Table = Annotated[str, AfterValidator(_table), _form(_TABLE)]
Cron = Annotated[str, AfterValidator(_cron), _form(r"\s*\S+(\s+\S+){4}\s*")]
AsOf = Annotated[str, AfterValidator(_as_of), _form(f"{RUN_DATE}|{_COLUMN.pattern}")]
Hand = Annotated[Holder, word_of(Holder, HANDS), WithJsonSchema({"type": "string", "enum": sorted(HANDS)})]


class Entry(BaseModel):
    """What all entries share: nothing is tolerated that is not known; names are written with hyphens."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-"))


class KeyEntry(Entry):
    """A public key, and from when to when it counts.

    Attributes:
        public: the 64 hexadecimal digits that `assay key new` prints.
        revoked_at: the moment, as YYYY-MM-DDTHH:MM:SSZ, from which on nothing counts that is signed with it.
        active_from: the moment before which nothing counts that is signed with it.
        compromised_since: the moment from which on others may have it; nothing counts that was not seen before.
    """

    public: HexKey
    revoked_at: Moment | None = None
    active_from: Moment | None = None
    compromised_since: Moment | None = None


class PersonKeyEntry(KeyEntry):
    """A public key of a person, and who holds its private half: they themselves, or the portal for them.

    Attributes:
        held_by: whether the person or the portal holds the private half.
    """

    held_by: Hand = Holder.PERSON


class EnvironmentEntry(Entry):
    """An environment: where its state and data live; with ``node``, the automation node that alone writes there.

    Attributes:
        address: the folder of its state and data, relative to the project; ${VAR} is filled in where it is used.
        node: name of the automation node that alone may write there.
        keys: public keys of that node.
    """

    address: Text
    node: Name | None = None
    keys: list[KeyEntry] = []


class LineageEntry(Entry):
    """Who is told of runs: a file that gets a line for each event, or the address of an OpenLineage service.

    Attributes:
        file: its path; a line of JSON for each event.
        url: the address to which each event is posted.
        api_key: what the service asks for, as ${NAME} of a variable.
    """

    file: Text | None = None
    url: Annotated[str, AfterValidator(_service)] | None = None
    api_key: Annotated[str, AfterValidator(_secret)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.file is None) == (self.url is None):
            raise ValueError("either `file` or `url`")
        if self.api_key is not None and self.url is None:
            raise ValueError("`api-key` with `url` only")
        return self


class ProjectFile(Entry):
    """``assay.yaml``. In a rehearsal the clock may be set by hand; every screen says so.

    Attributes:
        name: of the project; every statement names it.
        title: for people.
        rehearsal: whether the clock may be set by hand.
        environments: name to where it lives; dev and qa here, prod at a node.
        lineage: who is told of builds, in the form of OpenLineage; none for nobody.
    """

    name: Name
    title: str = ""
    rehearsal: bool = False
    environments: Annotated[dict[Name, EnvironmentEntry], Field(min_length=1)]
    lineage: LineageEntry | None = None


class PersonEntry(Entry):
    """Somebody who takes part.

    Attributes:
        email: by which they are known.
        name: in full.
        roles: what they may do; gates ask for roles.
        keys: the public keys they sign with.
    """

    email: Email
    name: Text
    roles: Annotated[list[Annotated[Role, word_of(Role)]], Field(min_length=1)]
    keys: list[PersonKeyEntry] = []


class PeopleFile(Entry):
    """``people.yaml``: who takes part, in which roles, with which keys.

    Attributes:
        people: everybody, each once.
    """

    people: Annotated[list[PersonEntry], Field(min_length=1)]


class ScheduleEntry(Entry):
    """When production is refreshed, and how many scheduled runs must succeed before it counts as soaked.

    Attributes:
        cron: five fields, as in `0 6 * * *`.
        timezone: the IANA name of the zone whose clock they speak of, as Europe/Vienna.
        missed: what becomes of moments that passed while no worker ran, the latest, all or none of them are run.
        missed_per_turn: of all that were missed so many are run before anything else gets its turn.
        retries: so often a run is tried again that failed because something was not there.
        timeout: so long a run may take, as in 2 h.
        soak_runs: so many scheduled runs in a row must succeed.
    """

    cron: Cron
    timezone: Annotated[str, AfterValidator(_timezone), _form(_ZONE)] = COORDINATED
    missed: Annotated[Missed, word_of(Missed)] = Missed.LATEST
    missed_per_turn: Annotated[int, Field(ge=1, le=1000)] = 10
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    timeout: Annotated[float, BeforeValidator(parse_duration), _form(DURATION)] | None = None
    soak_runs: Annotated[int, Field(ge=1)] = 2


class IncrementalEntry(Entry):
    """How a step is built in slices: by a column of its result, over a column of one of its inputs.

    Attributes:
        by: the column of the result that tells to which slice a row belongs.
        over: the column of an input, as TABLE.COLUMN or sources.TABLE.COLUMN, whose slices are watched.
        slice: how long a slice is, where the column holds dates or moments.
        buckets: so many slices by the hash of a key instead.
    """

    by: Text
    over: Over
    slice: Annotated[SliceUnit, word_of(SliceUnit)] = SliceUnit.DAY
    buckets: Annotated[int, Field(ge=2, le=MOST_BUCKETS)] | None = None


class Materialized(StrEnum):
    """What a step keeps of what it makes."""

    TABLE = "table"
    VIEW = "view"


class StepEntry(Entry):
    """What is said of one step, beside its file.

    Attributes:
        engine: what runs a step in SQL; Spark's are in its own dialect.
        dialect: in which SQL a step is written that DuckDB runs; what the product says where it says nothing.
        materialized: table for a step whose rows are kept; view for one that is run again by each of its readers.
        incremental: how it is built in slices; none for a step that is built as a whole.
    """

    engine: Annotated[QueryEngine, word_of(QueryEngine)] = QueryEngine.DUCKDB
    dialect: Annotated[Dialect, word_of(Dialect)] | None = None
    materialized: Annotated[Materialized, word_of(Materialized)] = Materialized.TABLE
    incremental: IncrementalEntry | None = None


class LimitsEntry(Entry):
    """What each step of a product in Python, R or on Spark may take, at most.

    Attributes:
        memory: of its process, as in 2 GiB; of Java's heap where Spark runs it.
        time: from beginning to end, as in 30 min.
    """

    memory: Annotated[int, BeforeValidator(parse_memory), _form(MEMORY)] | None = None
    time: Annotated[float, BeforeValidator(parse_duration), _form(DURATION)] | None = None


class DbtEntry(Entry):
    """Which models of a dbt project are steps of a product.

    Attributes:
        project: the folder of its ``dbt_project.yml``, relative to ``assay.yaml``.
        select: dbt's selectors, as after ``dbt ls --select``.
        exclude: as after ``--exclude``.
        target: what ``target.name`` is while it is compiled.
        sources: a source of dbt, ``SOURCE.TABLE``, to the table it is here; one that is not listed is
            ``sources.TABLE``.
    """

    project: Annotated[str, AfterValidator(_folder)]
    select: Annotated[list[Text], Field(min_length=1)]
    exclude: list[Text] = []
    target: Text = "prod"
    sources: dict[Text, Table] = {}


class ProductFile(Entry):
    """``product.yaml``: an analytic product, who answers for it, and when it is refreshed.

    Attributes:
        title: for people.
        description: what it tells, and what is decided with it.
        owner: e-mail of somebody in people.yaml with the role owner.
        version: three numbers, as in 1.2.0.
        audience: who uses it.
        deliverables: what the business gets, each in its own words.
        needed_by: the day by which it is needed, as YYYY-MM-DD.
        schedule: when production is refreshed; none for a product that is refreshed by hand.
        as_of: the logical date of a build, run-date for the day it runs, or sources.TABLE.COLUMN for its last day.
        dialect: in which SQL its steps are written that DuckDB runs.
        steps: name of a step to what is said of it, beside its file.
        limits: what each of its steps in Python, R or on Spark may take, at most.
        dbt: which models of a dbt project are steps of the product, and from where.
    """

    title: Text
    description: str = ""
    owner: Email
    version: Text
    audience: str = ""
    deliverables: list[Text] = []
    needed_by: Day | None = None
    schedule: ScheduleEntry | None = None
    as_of: AsOf = RUN_DATE
    dialect: Annotated[Dialect, word_of(Dialect)] = Dialect.DUCKDB
    steps: dict[Name, StepEntry] = {}
    limits: LimitsEntry = LimitsEntry()
    dbt: DbtEntry | None = None
