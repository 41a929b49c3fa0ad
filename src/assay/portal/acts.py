"""Acts: what the person who looks at a release can do with it besides signing off, for the page to offer it."""

from __future__ import annotations

from dataclasses import dataclass

from assay.actions.dossier import Dossier
from assay.actions.home import Home
from assay.actions.order_sheet import earlier_release
from assay.actions.sealing import ORDER
from assay.base.roles import Action, may
from assay.lifecycle.statements import Kind


@dataclass(frozen=True, slots=True)
class Acts:
    """What the person who looks at a release can do with it besides signing off.

    Attributes:
        orders: whether the release order waits for them.
        is_ordered: whether there is an order to look at.
        bundles: whether they may take the bundle to the node.
        imports: whether they may bring what the node answers.
        cancels: whether they may cancel it.
        rolls_back: whether they may order a rollback of it.
    """

    orders: bool
    is_ordered: bool
    bundles: bool
    imports: bool
    cancels: bool
    rolls_back: bool


def acts_of(home: Home, it: Dossier) -> Acts:
    """Say what the person who looks at a release can do with it."""
    release, own = it.release, {action: home.person is not None and may(home.person, action) for action in Action}
    is_open = release.cancelled is None and release.released is None
    is_served = it.serving is not None and it.serving.id == release.id
    return Acts(
        orders=any(task.gate == ORDER for task in it.mine),
        is_ordered=any(signed.statement.kind is Kind.ORDERED for signed in it.history),
        bundles=own[Action.RELEASE_FREEZE] and is_open and release.payload is not None,
        imports=own[Action.LEDGER_IMPORT] and release.payload is not None and release.cancelled is None,
        cancels=own[Action.RELEASE_OPEN] and is_open,
        rolls_back=own[Action.RELEASE_ORDER] and is_served and earlier_release(home.load().record, release) is not None,
    )
