"""Proposing contracts for tables of a database, or for datasets that are kept here: each is looked at as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.actions.contract_infer import Inferred, infer_contract
from assay.base.errors import Fault, Place, WrongUsage, refusal
from assay.base.printable import some
from assay.contract.infer import Home

if TYPE_CHECKING:
    from assay.actions.compared_places import DataPlace
    from assay.base.ports import Engine, TableReader

_MANY = 40
"""Of more tables a message names the first ones."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where tables are.

    Attributes:
        shown: its name without any secret.
        names: of its tables.
        paths: gives the Parquet files of one, after reading it where that is needed.
        home: what a contract says of where a table is kept.
        reading: watches one while it is read, if it may change meanwhile.
    """

    shown: str
    names: Sequence[str]
    paths: Callable[[str], Sequence[str]]
    home: Callable[[str], Home]
    reading: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext()


def origin_of_database(
    reader: TableReader, shown: str, folder: str, servers: Callable[[str], tuple[Mapping[str, Any], str]]
) -> Origin:
    """Return the tables of a database; one that is asked for is written into a folder.

    Args:
        reader: of the database.
        shown: its name without any secret.
        folder: which holds nothing yet.
        servers: gives the entry of ``servers`` for a table, and how the table is called there.
    """

    def paths(table: str) -> Sequence[str]:
        path = f"{folder}/{len(fetched):06}.parquet"
        fetched.append(table)
        reader.fetch(table, path)
        return [path]

    def home(table: str) -> Home:
        entry, name = servers(table)
        return Home((entry,), name)

    fetched: list[str] = []
    return Origin(shown, reader.tables(), paths, home)


def origin_of_place(place: DataPlace) -> Origin:
    """Return the datasets of an environment, a release, a version or a cut."""

    def paths(dataset: str) -> Sequence[str]:
        return place.workshop.snapshots.paths(place.snapshots[dataset])

    def reading(dataset: str) -> AbstractContextManager[None]:
        return place.workshop.snapshots.reading([place.snapshots[dataset]])

    return Origin(place.name, sorted(place.snapshots), paths, lambda _: Home(), reading)


def tables_meant(origin: Origin, named: Sequence[str]) -> tuple[str, ...]:
    """Return the tables that are meant: those that are named, or the only one.

    Raises:
        WrongUsage: none is named and there are several; what there is, is listed.
        AssayError: there is none, or none of a name.
    """
    there = some(origin.names, _MANY)
    if not origin.names:
        raise refusal(origin.shown, expected="a table that may be read", found="none")
    if not named and len(origin.names) > 1:
        hint = f"There are: {there}."
        raise WrongUsage(Fault(Place(origin.shown), "--table NAME for each table that is meant", "none named", hint))
    found = []
    for name in dict.fromkeys(named or origin.names):
        fits = [each for each in origin.names if name == each] or [
            each for each in origin.names if each.rpartition("/")[2] == name or f"public.{each}" == name
        ]
        if len(fits) != 1:
            hint = f"There are: {there}."
            raise refusal(origin.shown, expected=f"the table {name}", found="no such table", hint=hint)
        found.append(fits[0])
    return tuple(found)


def infer_tables(
    origin: Origin, tables: Mapping[str, tuple[str, str]], engine: Callable[[Sequence[str]], Engine], *,
    with_values: bool,
) -> Iterator[tuple[str, Inferred]]:  # fmt: skip
    """Propose a contract for each table.

    Args:
        origin: where they are.
        tables: name there to the name of the dataset and the identity of the contract.
        engine: opens a session that may read some files.
        with_values: whether values of rows are written.

    Yields:
        The table's name, and what was proposed for it.

    Raises:
        AssayError: a table cannot be read, or no contract can name one of its columns.
    """
    for table, (name, contract_id) in tables.items():
        with origin.reading(table):
            paths = origin.paths(table)
            with closing(engine(paths)) as session:
                home = origin.home(table)
                found = infer_contract(session, paths, name, contract_id, with_values=with_values, home=home)
        yield table, found
