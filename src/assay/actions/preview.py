"""Previewing: rows of a dataset in an environment, filtered, sorted and paged, and masked for whoever looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assay.actions.environments import DEV, QA
from assay.actions.home import Home
from assay.actions.make import product_named
from assay.actions.projects import project_of
from assay.actions.workshop import attached, kept
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.names import TableRef
from assay.base.roles import Action
from assay.base.snapshots import Column, Manifest, Pointer, Slot
from assay.contract.model import Dataset
from assay.sql.quoting import identifier, table_sql
from assay.validation.filters import Comparison, Filter, Sort, clear_column, comparisons_for, conditions
from assay.validation.masking import Mask, masked_sql, masks_of
from assay.validation.types import family

PROD = "prod"
PAGE_ROWS = 50
FILTERS = 20
"""How many filters are taken at once."""

PAGES = 1_000_000
"""The last page that can be asked for."""

SLOTS: dict[str, tuple[Slot, ...]] = {
    DEV: (Slot.CURRENT,),
    QA: (Slot.CURRENT,),
    PROD: (Slot.RELEASED, Slot.CANDIDATE),
}
"""Environment to the pointers whose rows are shown, the first that is there."""

_TABLE = TableRef(None, "previewed")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which rows somebody wants to see.

    Attributes:
        filters: all of which must hold.
        sort: None for the order in which the rows were written.
        page: counts from 1.
    """

    filters: tuple[Filter, ...] = ()
    sort: Sort | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column as a viewer sees it.

    Attributes:
        name: as it is in the data.
        title: the contract's business name; the name itself where there is none.
        kind: its type in words.
        mask: what is left of its values; where it is not ``in clear``, an empty cell need not be empty in the data.
        comparisons: by which it can be filtered; none for a masked one, which cannot be sorted by either.
    """

    name: str
    title: str
    kind: str
    mask: Mask
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A page of rows.

    Attributes:
        as_of: the logical date of what is shown, ISO 8601.
        served_at: since when it is served, in UTC.
        rows: at most `PAGE_ROWS`, each in the order of the columns; hidden values never left the engine.
        matching: how many rows the filters leave.
        total: how many rows there are.
        pages: how many pages the matching rows fill; 1 where there is none.
    """

    product: str
    dataset: str
    environment: str
    as_of: str
    served_at: datetime
    columns: tuple[PreviewColumn, ...]
    rows: Sequence[tuple[Any, ...]]
    matching: int
    total: int
    page: int
    pages: int


def preview(home: Home, product: str, dataset: str, environment: str, wish: Wish) -> Preview:
    """Show a page of rows of a dataset to whoever acts.

    Args:
        home: whose data is shown.
        product: the dataset's.
        dataset: one that has a contract, for without one nobody knows what may be seen.
        environment: ``dev``, ``qa``, or ``prod`` where production's data lies in this home.
        wish: which rows.

    Raises:
        AssayError: the person may see no rows, nothing is built there, production's data lies at its node, or a filter
            or the order asks for what is not there, makes no sense or is hidden from them; every such fault at once.
    """
    person = home.authorised(Action.PREVIEW)
    pointer = _pointer(home, product, environment)
    contracts = contracts_of(home, pointer, dataset)
    manifest = kept(home.workshop, pointer.snapshots[dataset])
    masks = masks_of(contracts, manifest.columns, person.roles)
    where, order = _asked(wish, manifest.columns, masks)
    rows, matching = _rows(home, manifest, masks, where, order, wish.page)
    return Preview(
        product=product,
        dataset=dataset,
        environment=environment,
        as_of=pointer.as_of,
        served_at=pointer.moved_at,
        columns=tuple(_column(column, masks[column.name], contracts) for column in manifest.columns),
        rows=rows,
        matching=matching,
        total=manifest.rows,
        page=wish.page,
        pages=max(1, -(-matching // PAGE_ROWS)),
    )


def contracts_of(home: Home, pointer: Pointer, dataset: str) -> tuple[Dataset, ...]:
    """Return what contracts say of a dataset that is served: the one it was built by, and today's.

    Raises:
        AssayError: it is not served there, or no contract names it.
    """
    built_from = home.project if pointer.payload is None else project_of(home.payload(pointer.payload))
    own = built_from.products.get(pointer.product)
    if own is None or dataset not in own.contracts or dataset not in pointer.snapshots:
        known = ", ".join(name for name in (own.contracts if own else ()) if name in pointer.snapshots) or "none"
        raise refusal(dataset[:80], expected="a dataset that is served there", found="none", hint=f"There: {known}.")
    today = home.project.products.get(pointer.product)
    found = [own.contracts[dataset], *([today.contracts[dataset]] if today and dataset in today.contracts else [])]
    return tuple(contract.datasets[0] for contract in found)


def lies_elsewhere(home: Home, where: str, hint: str) -> AssayError:
    """Return the refusal to show data of production that is not in this home."""
    known = home.project.environments.get(PROD)
    node = f"at the node {known.node.name}" if known and known.node else "elsewhere"
    return refusal(where, expected="data in this home", found=f"data that lies {node} and stays there", hint=hint)


def _pointer(home: Home, product: str, environment: str) -> Pointer:
    product_named(home.project, product)
    if environment not in SLOTS:
        raise refusal(environment[:80], expected=f"one of {', '.join(SLOTS)}", found="another environment")
    found = (home.workshop.pointers.get(environment, product, slot) for slot in SLOTS[environment])
    pointer = next((one for one in found if one is not None), None)
    if pointer is not None:
        return pointer
    where = f"{product} in {environment}"
    if environment == PROD:
        raise lies_elsewhere(home, where, "What the node measured there is in its statements; its pages show the rest.")
    raise refusal(where, expected="built datasets", found="none", hint="An engineer builds them first.")


def _asked(wish: Wish, columns: Sequence[Column], masks: Mapping[str, Mask]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write the conditions and the order of a wish, or name all that is wrong with it."""
    masked = frozenset(name for name, mask in masks.items() if mask is not Mask.NONE)
    where, found = conditions(wish.filters[:FILTERS], columns, masked)
    faults = list(found)
    if len(wish.filters) > FILTERS:
        faults.append(Fault(Place("filters"), f"at most {FILTERS}", str(len(wish.filters))))
    if not 1 <= wish.page <= PAGES:
        faults.append(Fault(Place("page"), f"a number from 1 to {PAGES}", str(wish.page)[:40]))
    order: tuple[str, ...] = ()
    if wish.sort is not None:
        try:
            order = _order(wish.sort, columns, masked)
        except AssayError as error:
            faults += error.faults
    raise_faults(faults)
    return where, order


def _order(sort: Sort, columns: Sequence[Column], masked: frozenset[str]) -> tuple[str, ...]:
    """Order by a column, and equal rows by all others that are seen, so that no row is on two pages."""
    first = clear_column(sort.column, columns, masked)
    others = (c for c in columns if c.name not in masked and c.name != first.name)
    direction = "DESC" if sort.is_descending else "ASC"
    return (f"{identifier(first.name)} {direction} NULLS LAST", *(identifier(c.name) for c in others))


def _rows(
    home: Home, manifest: Manifest, masks: Mapping[str, Mask], where: tuple[str, ...], order: tuple[str, ...], page: int
) -> tuple[list[tuple[Any, ...]], int]:
    """Return a page, and how many rows match; without a filter the manifest knows."""
    shown = ", ".join(masked_sql(column, masks[column.name]) for column in manifest.columns)
    source = table_sql(_TABLE) + (f" WHERE {' AND '.join(where)}" if where else "")
    ordered = f" ORDER BY {', '.join(order)}" if order else ""
    limit = f"LIMIT {PAGE_ROWS} OFFSET {(page - 1) * PAGE_ROWS}"
    with attached(home.workshop, {_TABLE: manifest}) as engine:
        rows = engine.query(f"SELECT {shown} FROM {source}{ordered} {limit}")  # noqa: S608 - all of it is quoted
        matching = engine.query(f"SELECT count(*) FROM {source}")[0][0] if where else manifest.rows  # noqa: S608
    return rows, int(matching)


def _column(column: Column, mask: Mask, contracts: Sequence[Dataset]) -> PreviewColumn:
    parts = (part for part in contracts[0].properties if part.column.lower() == column.name.lower())
    title = next((part.business_name or part.name for part in parts), column.name)
    offered = comparisons_for(column) if mask is Mask.NONE else ()
    return PreviewColumn(column.name, title, str(family(column.type)), mask, offered)
