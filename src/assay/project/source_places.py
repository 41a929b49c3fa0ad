"""What the ``servers`` of a source's contract say, as a place from which it can be landed; bound only where it runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.source_places import (
    DatabaseAddress,
    FilesPlace,
    ObjectsPlace,
    SourcePlace,
    TablePlace,
    WantedColumn,
)
from assay.contract.model import Contract, LogicalType, Property, Server
from assay.project.binding import bind
from assay.validation.types import neutral_type

PARQUET = "parquet"
_KEYS = ("accessKeyId", "secretAccessKey", "sessionToken")
SECRETS = ("password", "secretAccessKey", "sessionToken")
"""What is never written into a contract but as ``${VAR}``."""

ACCESS, LANDED, REFERENCED = "access", "landed", "referenced"
"""The custom property of a server, and its two values."""

_WILD = re.compile(r"[*?\[]")
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_S3 = "s3://"
_SSL_MODES = ("disable", "verify-full")
_MOST_PORT = 65_535
_AWS = {
    "accessKeyId": ("AWS_ACCESS_KEY_ID",),
    "secretAccessKey": ("AWS_SECRET_ACCESS_KEY",),
    "sessionToken": ("AWS_SESSION_TOKEN",),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
}
"""Custom properties, and the usual variables that stand in where they are not given."""

_LOGICAL = {LogicalType.STRING: "VARCHAR", LogicalType.INTEGER: "BIGINT"}


def source_place(contract: Contract, environment: str, variables: Mapping[str, str]) -> SourcePlace:
    """Return where a source is landed from in an environment.

    Args:
        contract: of the source.
        environment: whose entry of ``servers`` counts: the first one.
        variables: what ``${VAR}`` stands for.

    Raises:
        AssayError: no server there, one of a kind from which nothing is landed, a field missing or wrong, a variable
            without a value; all of them at once.
    """
    server = next((server for server in contract.servers if server.environment == environment), None)
    if server is None:
        hint = f"Add an entry with environment: {environment} to its servers."
        raise AssayError(Fault(Place(contract.file), f"a server for the environment {environment}", "none", hint))
    make = _KINDS.get(server.type)
    if make is None:
        hint = "Of another system: let it be delivered as Parquet files."
        raise AssayError(Fault(server.place, f"a server of type {_or(list(_KINDS))}", f"type {server.type}", hint))
    entry = _Entry(server, variables)
    found = make(entry, contract)
    raise_faults(entry.faults)
    return found


def written_secrets(contract: Contract) -> Iterator[Fault]:
    """Find the secrets that stand in a contract as they are."""
    for server in contract.servers:
        for name in SECRETS:
            values = [each.get(name) for each in (server.custom, server.settings)]
            if any(value is not None and not _VARIABLE.fullmatch(str(value)) for value in values):
                hint = "Whoever reads the repository would know it: change it there, and name a variable here."
                yield Fault(server.place, f"{name} as a variable, ${{NAME}}", "one that stands in the file", hint)


class _Entry:
    """One entry of ``servers``, with its variables bound; what is wrong with it is gathered."""

    def __init__(self, server: Server, variables: Mapping[str, str]) -> None:
        self.server = server
        self.variables = variables
        self.faults: list[Fault] = []

    def text(self, name: str) -> str:
        """Return a field that may not be missing; empty, and noted, where it is."""
        value = self.server.settings.get(name)
        if value is None or value == "":
            self.wrong(f"the field {name} of a server of type {self.server.type}", "nothing")
            return ""
        return self._bound(str(value))

    def custom(self, name: str, *, is_usual: bool = True) -> str | None:
        """Return a custom property, else the usual variable if that counts; None where nobody says."""
        value = self.server.custom.get(name)
        if value is None and not is_usual:
            return None
        if value is None:
            return next((self.variables[v] for v in _AWS.get(name, ()) if self.variables.get(v)), None)
        return self._bound(str(value))

    def wrong(self, expected: str, found: str, hint: str = "") -> None:
        """Note a fault of this entry."""
        self.faults.append(Fault(self.server.place, expected, found, hint))

    def written(self, name: str) -> str:
        """Return a field as it stands in the file."""
        return str(self.server.settings.get(name, ""))

    def _bound(self, text: str) -> str:
        try:
            return bind(text, self.variables, self.server.place)
        except AssayError as error:
            self.faults += error.faults
            return ""


def _files(entry: _Entry, contract: Contract) -> FilesPlace:
    _only_parquet(entry)
    written = entry.written("path")
    parts = written.split("/")
    depth = max((number for number, part in enumerate(parts, 1) if _VARIABLE.search(part)), default=0)
    folder = "/".join(parts[:depth])
    is_fixed = 0 < depth < len(parts) and not _WILD.search(_VARIABLE.sub("", folder))
    return FilesPlace(
        where=entry.server.place,
        pattern=entry.text("path"),
        written=written,
        hidden=bind(folder, entry.variables, entry.server.place) if is_fixed and not entry.faults else "",
        folder=folder if is_fixed else "",
        is_referenced=_access(entry) == REFERENCED,
    )


def _access(entry: _Entry) -> str:
    """Return whether what lies there is landed or referenced."""
    access = str(entry.server.custom.get(ACCESS, LANDED))
    if access not in (LANDED, REFERENCED):
        entry.wrong(f"access {LANDED} or {REFERENCED}", access[:40])
    return access


def _only_landed(entry: _Entry, why: str) -> None:
    """Refuse to read where it lies what may change under a reader without a sign."""
    if _access(entry) == REFERENCED:
        entry.wrong(f"access {LANDED} of a server of type {entry.server.type}", f"access {REFERENCED}", why)


def _objects(entry: _Entry, contract: Contract) -> ObjectsPlace:
    _only_parquet(entry)
    _only_landed(entry, "An object may be replaced between two reads of one step, and no read says which it met.")
    location = entry.text("location")
    bucket, _, pattern = location.removeprefix(_S3).partition("/")
    if location and not (location.startswith(_S3) and bucket and pattern and not pattern.endswith("/")):
        hint = "For all objects below a folder: s3://BUCKET/FOLDER/**/*.parquet"
        entry.wrong("a location as s3://BUCKET/KEY, with patterns in the key or not", "another form", hint)
    is_named = any(entry.server.custom.get(name) is not None for name in _KEYS)
    # Of one origin: keys of the contract with the session of whoever runs it would be refused, and sent to strangers.
    access, secret, session = (entry.custom(name, is_usual=not is_named) for name in _KEYS)
    if (access is None) != (secret is None):
        entry.wrong("accessKeyId and secretAccessKey together", "one of them")
    return ObjectsPlace(
        where=entry.server.place,
        bucket=bucket,
        pattern=pattern,
        written=entry.written("location"),
        endpoint=_endpoint(entry),
        region=entry.custom("region"),
        access_key=access,
        secret_key=secret,
        session_token=session,
    )


def _endpoint(entry: _Entry) -> str | None:
    if entry.server.settings.get("endpointUrl") is None:
        return None
    endpoint = entry.text("endpointUrl").rstrip("/")
    scheme, _, host = endpoint.partition("://")
    if endpoint and (scheme not in ("http", "https") or not host or "/" in host or "@" in host):
        entry.wrong("an endpointUrl as https://HOST or https://HOST:PORT", "another form")
    return endpoint


def _table(entry: _Entry, contract: Contract) -> TablePlace:
    _only_landed(entry, "A table has no rows that stay as they are, and no sign of having changed.")
    dataset = contract.datasets[0]
    schema, table = entry.text("schema"), dataset.physical_name or dataset.name
    written = f"{entry.written('host')}:{entry.written('port')}/{entry.written('database')}"
    return TablePlace(
        where=entry.server.place,
        address=_address(entry),
        schema=schema,
        table=table,
        written=f"postgresql://{written}, table {entry.written('schema')}.{table}",
        columns=tuple(WantedColumn(part.column, _promised(part), part.place) for part in dataset.properties),
        key=tuple(part.column for part in dataset.primary_key),
    )


def _address(entry: _Entry) -> DatabaseAddress:
    port = entry.text("port")
    if port and not (port.isdecimal() and 0 < int(port) <= _MOST_PORT):
        entry.wrong("a port from 1 to 65535", "something else")
    sslmode = entry.custom("sslmode")
    if sslmode not in (None, *_SSL_MODES):
        hint = "Encryption without a look at the certificate is not asked for: anybody could be at the other end."
        entry.wrong(f"sslmode {_or(_SSL_MODES)}", "another one", hint)
    return DatabaseAddress(
        host=entry.text("host"),
        port=int(port) if port.isdecimal() else 0,
        database=entry.text("database"),
        user=entry.custom("user"),
        password=entry.custom("password"),
        sslmode=sslmode,
        sslrootcert=entry.custom("sslrootcert"),
    )


def _promised(part: Property) -> str | None:
    """Return the type that a contract promises for a column, as DuckDB calls it; None where it leaves it open."""
    logical = _LOGICAL.get(part.logical_type) if part.logical_type is not None else None
    return neutral_type(part.physical_type or "") or logical


def _only_parquet(entry: _Entry) -> None:
    form = entry.server.settings.get("format", PARQUET)
    if form != PARQUET:
        entry.wrong("the format parquet", f"format {form}")


def _or(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + f" or {names[-1]}"


_KINDS: Mapping[str, Callable[[_Entry, Contract], SourcePlace]] = {
    "local": _files,
    "s3": _objects,
    "postgres": _table,
    "postgresql": _table,
}  # fmt: skip
"""Type of a server to what makes a place of it."""
