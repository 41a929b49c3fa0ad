"""What environments serve: one dataset of it, for whoever opens it in a program, and an overview of all products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.actions.compared_places import PLACES
from assay.actions.environments import DEV, QA
from assay.actions.home import Home
from assay.actions.preview import PROD, contracts_of, lies_elsewhere
from assay.actions.workshop import kept
from assay.base.errors import AssayError, refusal
from assay.base.names import TableRef
from assay.base.roles import Action
from assay.base.snapshots import Pointer
from assay.documentation.blocks import Block, Grid, counted
from assay.validation.masking import Mask, masks_of

SERVED = tuple(PLACES)
"""What is said of an environment: its name, or for production which of its two pointers."""


def served_dataset(home: Home, table: TableRef, place: str) -> tuple[Pointer, str]:
    """Find the pointer that names a dataset.

    Args:
        home: where.
        table: ``dataset``, or ``product.dataset`` where two products have one of that name.
        place: one of `SERVED`.

    Raises:
        AssayError: it is not built there, or two products have it. Of production: its data lies at its node, or
            whoever acts may not see all columns in clear.
    """
    environment, _ = PLACES[place]
    here = _pointers(home, place, table.schema)
    found = [pointer for pointer in here if table.name in pointer.snapshots]
    if len(found) == 1:
        if environment == PROD:
            _refuse_hidden(home, found[0], table.name)
        return found[0], table.name
    if found:
        names = " or ".join(f"{pointer.product}.{table.name}" for pointer in found)
        raise refusal(str(table), expected="a dataset of one product", found=f"several: {names}")
    raise _not_there(home, table, place, here)


def overview(home: Home) -> Iterator[Block]:
    """Tell of each product what it is called, what it makes, and since when dev and QA serve what."""
    rows = []
    for name, product in home.project.products.items():
        served = [_served(home, name, environment) for environment in (DEV, QA)]
        rows.append((name, product.title, ", ".join(product.datasets) or "none yet", *served))
    if rows:
        yield Grid(tuple(rows), ("product", "title", "datasets", DEV, QA))


def _pointers(home: Home, place: str, product: str | None) -> list[Pointer]:
    """Return of each product, or of one, the first pointer that is there."""
    environment, slots = PLACES[place]
    products = sorted({p.product for p in home.workshop.pointers.all() if p.environment == environment})
    wanted = [name for name in products if product in (None, name)]
    found = ([home.workshop.pointers.get(environment, name, slot) for slot in slots] for name in wanted)
    return [pointer for each in found if (pointer := next((one for one in each if one is not None), None)) is not None]


def _not_there(home: Home, table: TableRef, place: str, here: Sequence[Pointer]) -> AssayError:
    environment, _ = PLACES[place]
    where = f"{table} in {place}"
    if environment == PROD and not here:
        hint = "What is kept at a node on this machine can be compared: compare('qa', 'prod', node=FOLDER)."
        return lies_elsewhere(home, where, hint)
    names = ", ".join(f"{pointer.product}.{name}" for pointer in here for name in pointer.snapshots)
    build = f"Run: assay build {table.schema or 'PRODUCT'} --env {environment}"
    return refusal(
        where, expected="a dataset that is built", found="none", hint=f"Built there: {names}." if names else build
    )


def _refuse_hidden(home: Home, pointer: Pointer, dataset: str) -> None:
    """Refuse rows of production to whoever would see some of them masked in a preview.

    Raises:
        AssayError: they may see no rows, or not all columns.
    """
    person = home.authorised(Action.PREVIEW)
    contracts = contracts_of(home, pointer, dataset)
    masks = masks_of(contracts, kept(home.workshop, pointer.snapshots[dataset]).columns, person.roles)
    hidden = [name for name, mask in masks.items() if mask is not Mask.NONE]
    if hidden:
        hint = "The portal's preview shows the others."
        found = f"{counted(len(hidden), 'column')} that you may not: {', '.join(hidden)}"
        raise refusal(f"{dataset} in {PROD}", expected="columns that you may see", found=found, hint=hint)


def _served(home: Home, product: str, environment: str) -> str:
    pointer = next(iter(_pointers(home, environment, product)), None)
    return f"as of {pointer.as_of}" if pointer else "nothing yet"
