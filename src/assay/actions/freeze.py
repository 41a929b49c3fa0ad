"""Freezing: make a payload from a clean git commit, on entering QA."""

from __future__ import annotations

from assay.actions.case import released_payload, standing_on, version_faults
from assay.actions.home import Home, open_release_named
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.ports import Commit
from assay.base.printable import some
from assay.base.roles import Action
from assay.bundle.payload import Payload, pack_payload
from assay.lifecycle.decide import Decision, missing_before
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import Kind, Meant
from assay.lifecycle.subjects import subject_as_json
from assay.project.model import Project
from assay.project.payload import payload_files
from assay.project.reading import read_project

_SHOWN_CHANGES = 5


def freeze(home: Home, release_id: str) -> Payload:
    """Freeze a release's payload from the commit that is checked out.

    Returns:
        The payload; the one of before when nothing has changed since.

    Raises:
        AssayError: the working tree differs from the commit, a gate before QA is not settled on the digests of the
            commit (each is named), the version is released already, or one says less than what changed.
    """
    home.authorised(Action.RELEASE_FREEZE)
    record = home.load().record
    release = open_release_named(record, release_id)
    commit = _clean(home)
    project = read_project(commit.files)
    _check_version(record, release, project)
    raise_faults(version_faults(home, record, release.product, project))
    payload, decision = _payload(home, record, release, project, commit)
    if release.payload == payload.digest:
        return payload
    _check_gates(home, decision)
    home.payloads.put(payload.digest, pack_payload(payload))
    own = Meant(f"release:{release_id}", payload.digest)
    home.say(
        home.statement(
            Kind.FROZEN,
            subjects=(own, *(Meant(subject.id, subject.digest) for subject in payload.subjects)),
            release=release_id,
            details={
                "version": payload.version,
                "commit": payload.commit,
                "class": str(payload.change_class),
                "base": payload.base,
                "changes": list(payload.changes),
                "subjects": [subject_as_json(subject) for subject in payload.subjects],
            },
        )
    )
    return payload


def _payload(
    home: Home, record: Record, release: Release, project: Project, commit: Commit
) -> tuple[Payload, Decision]:
    standing = standing_on(home, record, release, project, None)
    base = released_payload(record, release.product)
    payload = Payload(
        product=release.product,
        version=str(project.products[release.product].version),
        commit=commit.id,
        files=payload_files(project, project.products[release.product], commit.files),
        subjects=tuple(s for s in standing.decision.case.subjects if s.kind not in ("request", "release")),
        change_class=standing.change_class,
        base=base,
        changes=standing.changes,
    )
    return payload, standing.decision


def _clean(home: Home) -> Commit:
    commit = home.repository.head()
    if commit.changes:
        raise refusal(
            "working tree",
            expected=f"exactly the commit {commit.id[:12]}",
            found=f"changes in {some(commit.changes, _SHOWN_CHANGES)}",
            hint="Commit or undo them: what is frozen must be findable in git.",
        )
    return commit


def _check_version(record: Record, release: Release, project: Project) -> None:
    product = project.products.get(release.product)
    if product is None:
        raise refusal(release.product, expected="the product in the commit", found="none")
    for other in record.releases.values():
        if other.product == release.product and other.version == str(product.version) and other.released is not None:
            raise refusal(
                f"products/{release.product}/product.yaml",
                expected="a version that is not released",
                found=f"{product.version}, released as {other.id}",
                hint="Raise the version in product.yaml and commit.",
            )


def _check_gates(home: Home, decision: Decision) -> None:
    missing = missing_before(home.table, decision, "release.frozen")
    if missing:
        raise AssayError(
            *(
                Fault(
                    Place(f"{state.gate.id} of {state.subject.name}"),
                    state.gate.title,
                    str(state.status) + (f" ({state.why})" if state.why else ""),
                    f"Can act: {', '.join(state.who)}." if state.who else "",
                )
                for state in missing
            )
        )
