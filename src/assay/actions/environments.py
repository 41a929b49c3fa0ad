"""The environments of the design side, and what each of them is built from."""

from __future__ import annotations

from assay.actions.home import Home
from assay.actions.projects import project_of
from assay.base.canonical import Digest
from assay.base.errors import refusal
from assay.bundle.payload import Payload
from assay.lifecycle.record import Release
from assay.project.model import Project

DEV = "dev"
QA = "qa"


def frozen_project(home: Home, release: Release) -> tuple[Payload, Project]:
    """Read the project that a release's payload holds.

    Raises:
        AssayError: nothing is frozen yet.
    """
    if release.payload is None:
        raise refusal(release.id, expected="a frozen payload", found="none", hint=f"Run: assay freeze {release.id}")
    payload = home.payload(release.payload)
    return payload, project_of(payload)


def project_in(home: Home, product: str, environment: str) -> tuple[Project, Digest | None]:
    """Return what is built in an environment: in dev the working tree, in QA the payload of the open release.

    Returns:
        The project, and the payload's digest; None for the working tree.

    Raises:
        AssayError: none, or more than one, of the product's open releases is frozen.
    """
    if environment == DEV:
        return home.project, None
    releases = [release for release in home.load().record.open_releases(product) if release.payload is not None]
    if len(releases) != 1:
        listed = ", ".join(release.id for release in releases) or "none"
        hint = "QA is of a frozen payload: assay freeze RELEASE, then assay validate RELEASE. Else say --env dev."
        raise refusal(f"{product} in {environment}", expected="one frozen release", found=listed, hint=hint)
    payload, project = frozen_project(home, releases[0])
    return project, payload.digest
