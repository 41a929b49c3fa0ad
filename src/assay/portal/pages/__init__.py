"""The pages, a file each: read the form, ask an action, show its answer."""

from __future__ import annotations

from assay.portal.pages import audit, changes, entry, oidc, releases, requests, review, work

ROUTERS = (
    entry.router, oidc.router, work.router, requests.router, releases.router, review.router, audit.router,
    changes.router,
)  # fmt: skip
"""All routes, in the order in which addresses are looked up."""
