"""Places from which sources are landed: what their readers need to know, with the values of variables in it.

What may be shown has ``${VAR}`` in it as it is written; what a variable stands for may be a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.base.errors import Place


@dataclass(frozen=True, slots=True)
class FilesPlace:
    """Parquet files on a disk.

    Attributes:
        where: the entry in the source's contract.
        pattern: of their paths; relative ones start at the project.
        written: the pattern as it may be shown.
        hidden: the folder up to which variables stand in the pattern, with their values; empty where there is none, or
            where they stand in names that a pattern finds.
        folder: the same folder as it may be shown.
        is_referenced: whether the files are read where they lie and not copied.
    """

    where: Place
    pattern: str = field(repr=False)
    written: str
    hidden: str = field(default="", repr=False)
    folder: str = ""
    is_referenced: bool = False

    def shown(self, path: str) -> str:
        """Return a file that was found as it may be shown: without the values of variables."""
        if self.pattern == self.written:
            return path
        if self.hidden and path.startswith(f"{self.hidden}/"):
            return f"{self.folder}{path[len(self.hidden) :]}"
        return f"a file of {self.written}"


@dataclass(frozen=True, slots=True)
class ObjectsPlace:
    """Parquet objects in S3, or in what speaks its protocol.

    Attributes:
        where: the entry in the source's contract.
        bucket: in which they lie.
        pattern: of their keys: ``*`` and ``?`` stay within a folder, ``**`` goes through any number of them.
        written: the location as it may be shown.
        endpoint: address of a server that is not Amazon's; None for Amazon's.
        region: None where nobody says.
        access_key: its name; None to let the AWS libraries look for one. So also ``secret_key`` and ``session_token``.
    """

    where: Place
    bucket: str = field(repr=False)
    pattern: str = field(repr=False)
    written: str
    endpoint: str | None = field(default=None, repr=False)
    region: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WantedColumn:
    """A column that a contract names.

    Attributes:
        name: as it is stored.
        promised: its type as DuckDB calls it; None where the contract leaves it open.
        where: its place in the contract.
    """

    name: str
    promised: str | None
    where: Place


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """How a database is reached.

    Attributes:
        user: None for whom the client library takes. So also ``password``.
        sslmode: None where nobody says: encrypted where the server can.
        sslrootcert: file with the authorities whose word is taken; None for those of the system.
    """

    host: str = field(repr=False)
    port: int
    database: str = field(repr=False)
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    sslmode: str | None = None
    sslrootcert: str | None = None


@dataclass(frozen=True, slots=True)
class TablePlace:
    """A table or view of a PostgreSQL database.

    Attributes:
        where: the entry in the source's contract, or what else names the table.
        address: of the database.
        schema: in which the table is.
        table: its name there.
        written: all of it as it may be shown, without user and password.
        columns: those that are read, in this order; empty for all that there are.
        key: columns by which the rows are ordered; empty for the order in which the database gives them.
    """

    where: Place
    address: DatabaseAddress
    schema: str
    table: str
    written: str
    columns: tuple[WantedColumn, ...] = ()
    key: tuple[str, ...] = ()


SourcePlace = FilesPlace | ObjectsPlace | TablePlace
