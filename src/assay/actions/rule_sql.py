"""Showing the SQL of a release's rules, without running any."""

from __future__ import annotations

from collections.abc import Mapping

from assay.actions.environments import QA, frozen_project
from assay.actions.home import Home, release_named
from assay.actions.workshop import kept
from assay.base.errors import refusal
from assay.base.names import TableRef
from assay.base.roles import Action
from assay.base.snapshots import Slot
from assay.validation.checks import Check, checks_of
from assay.validation.rule_sql import sql_of_rules


def rules_of_release(home: Home, release_id: str) -> dict[str, tuple[tuple[Check, ...], Mapping[str, tuple[str, ...]]]]:
    """Return the rules of a release by dataset, each with its queries, as they are put to what QA serves.

    Raises:
        AssayError: the person may not, nothing is frozen, or QA serves none of its datasets yet.
    """
    home.authorised(Action.VALIDATE)
    payload, project = frozen_project(home, release_named(home.load().record, release_id))
    pointer = home.workshop.pointers.get(QA, payload.product, Slot.CURRENT)
    product = project.products[payload.product]
    found = {}
    for name, contract in product.contracts.items():
        if pointer is None or name not in pointer.snapshots:
            hint = "assay validate builds it there; the SQL depends on the types of its columns."
            raise refusal(
                f"{payload.product}/{name}", expected="a dataset that is built in QA", found="none", hint=hint
            )
        checks = checks_of(contract, product.tested(name))
        columns = kept(home.workshop, pointer.snapshots[name]).columns
        found[name] = (checks, sql_of_rules(checks, TableRef(None, name), columns))
    return found
