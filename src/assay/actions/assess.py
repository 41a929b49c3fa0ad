"""Assessing: say of each column of a release's contracts whether it can be made, and sign for it."""

from __future__ import annotations

from dataclasses import dataclass

from assay.actions.case import standing_of
from assay.actions.home import Home, open_release_named
from assay.base.errors import refusal
from assay.base.roles import Action
from assay.contract.model import Contract
from assay.discovery.feasibility import ColumnAssessment, Inventory, Standing, Wanted, assess_columns
from assay.lifecycle.decide import Status
from assay.lifecycle.gates import gate_named
from assay.lifecycle.statements import Kind, Meant, Result
from assay.project.model import Project


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found for a contract.

    Attributes:
        result: pass (feasible), warn (feasible once feeds are delivered) or fail (not feasible).
        is_signed: whether a statement was recorded for it now.
    """

    contract: str
    columns: tuple[ColumnAssessment, ...]
    result: Result
    is_signed: bool


def assess(home: Home, release_id: str, *, feeds: str = "") -> tuple[Assessment, ...]:
    """Assess every contract of a release whose feasibility is not settled, and record a statement for each.

    Args:
        home: whose working tree is assessed.
        release_id: the release.
        feeds: what is to be delivered for the missing columns; empty when nothing was promised.

    Raises:
        AssayError: the person may not assess, or nothing is asked for now.
    """
    home.authorised(Action.CONTRACT_ASSESS)
    record = home.load().record
    standing = standing_of(home, record, open_release_named(record, release_id))
    gate = gate_named(home.table, "contract.feasible")
    if gate is None:
        raise refusal(release_id, expected="a gate table that asks for feasibility", found="one that does not")
    inventory = inventory_of(home.project)
    done, statements = [], []
    for state in standing.decision.of(gate.id):
        contract = home.project.products[standing.release.product].contracts[state.subject.name.rpartition("/")[2]]
        columns = assess_columns(wanted_columns(contract), inventory)
        result = _result(columns, feeds)
        asked = state.status in (Status.OPEN, Status.STALE)
        done.append(Assessment(state.subject.name, columns, result, asked))
        if asked:
            statements.append(
                home.statement(
                    Kind.ASSESSED,
                    subjects=(Meant(state.subject.id, state.subject.digest_of(gate.aspect)),),
                    release=release_id,
                    result=result,
                    reason=feeds,
                    details={"columns": [[c.column, str(c.standing), c.found] for c in columns]},
                )
            )
    if statements:
        home.say_all(tuple(statements))
    return tuple(done)


def inventory_of(project: Project) -> Inventory:
    """Return every table that a step may read, with its columns: what was received, and what products promise."""
    tables: dict[str, dict[str, str | None]] = {}
    for name, source in project.sources.items():
        tables[f"sources.{name}"] = _columns(source.contract)
    for product in project.products.values():
        for name, contract in product.contracts.items():
            tables[f"{product.name}.{name}"] = _columns(contract)
    return tables


def wanted_columns(contract: Contract) -> tuple[Wanted, ...]:
    """Return the columns that a contract promises, with what it says they are made from."""
    return tuple(
        Wanted(column["name"], column.get("logicalType"), tuple(column.get("transformSourceObjects") or ()))
        for dataset in contract.document["schema"]
        for column in dataset.get("properties") or ()
    )


def _columns(contract: Contract) -> dict[str, str | None]:
    return {column.name: column.logical_type for dataset in contract.datasets for column in dataset.properties}


def _result(columns: tuple[ColumnAssessment, ...], feeds: str) -> Result:
    if all(column.standing is not Standing.MISSING for column in columns):
        return Result.PASS
    return Result.WARN if feeds else Result.FAIL
