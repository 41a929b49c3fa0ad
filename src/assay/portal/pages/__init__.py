"""The pages, a file each: read the form, ask an action, show its answer."""

from __future__ import annotations

from assay.portal.pages import (
    again,
    audit,
    changes,
    delegations,
    entry,
    imports,
    oidc,
    orders,
    releases,
    requests,
    review,
    work,
)

ROUTERS = (
    entry.router, again.router, oidc.router, work.router, requests.router, releases.router, review.router,
    orders.router, imports.router, delegations.router, audit.router, changes.router,
)  # fmt: skip
"""All routes, in the order in which addresses are looked up."""
