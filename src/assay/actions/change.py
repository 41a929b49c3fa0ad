"""What the working tree changes, and what that will ask of whom: before any work is frozen. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.actions.case import released_release
from assay.actions.class_evidence import evidence_in
from assay.actions.home import Home, release_named
from assay.actions.make import product_meant
from assay.actions.projects import project_of
from assay.base.errors import AssayError, refusal
from assay.base.names import TableRef, is_release_id
from assay.contract.compare import compare_contracts, worst_effect
from assay.contract.effects import Effect
from assay.lifecycle.ahead import AskedGate, gates_ahead
from assay.lifecycle.decide import Case, case_of
from assay.lifecycle.gates import ChangeClass, Gate
from assay.lifecycle.record import Record, Release
from assay.project.changes import Change, changes_between, class_of
from assay.project.consumers import Consumer, consumers_of
from assay.project.model import Product, Project
from assay.project.reading import read_project
from assay.project.subjects import subjects_of
from assay.project.touched import changed_columns
from assay.project.versions import VersionAsked, versions_asked

_AHEAD = "R-next"
"""Stands for the release that nobody has opened yet."""


@dataclass(frozen=True, slots=True)
class ProductChange:
    """What changes of a product.

    Attributes:
        since: with what it was compared, in words; empty where there is nothing to compare with: a first version.
        why_not: why there is nothing to compare with, although something is released; empty else.
        versions: which versions are asked for, the product's first; empty for a first version.
        breaks: who reads what breaks.
        columns: of steps whose rows are the same ones, which columns came, went or are computed in another way.
        gates: which are asked, in the order of the table.
        not_asked: the gates of the table that this class leaves out.
    """

    product: str
    since: str
    why_not: str
    change_class: ChangeClass
    changes: tuple[Change, ...]
    versions: tuple[VersionAsked, ...]
    breaks: tuple[Consumer, ...]
    columns: Mapping[str, frozenset[str]]
    gates: tuple[AskedGate, ...]
    not_asked: tuple[Gate, ...]

    @property
    def is_idle(self) -> bool:
        """Whether nothing that counts has changed."""
        return bool(self.since) and not self.changes


@dataclass(frozen=True, slots=True)
class _Base:
    """With what a product is compared: the project as it was, and how that is called; None where there is nothing."""

    project: Project | None = None
    called: str = ""
    why_not: str = ""


def change_ahead(home: Home, product: str | None = None, since: str | None = None) -> tuple[ProductChange, ...]:
    """Say what the working tree changes and what that asks for.

    Args:
        home: whose working tree.
        product: which product; None for all.
        since: a release, or a revision of git; None for what is released of each product.

    Raises:
        AssayError: there is no such product, release or revision, or the files there have faults.
    """
    record = home.load().record
    if since is not None and is_release_id(since):
        product = _product_of(record, since, product)
    names = [product_meant(home.project, product)] if product is not None else list(home.project.products)
    at = _at_revision(home, since) if since is not None and not is_release_id(since) else None
    return tuple(_change(home, record, name, at or _base(home, record, name, since)) for name in names)


def _product_of(record: Record, release_id: str, product: str | None) -> str:
    release = release_named(record, release_id)
    if product not in (None, release.product):
        raise refusal(release_id, expected=f"a release of {product}", found=f"one of {release.product}")
    return release.product


def _at_revision(home: Home, revision: str) -> _Base:
    return _Base(read_project(home.repository.files_at(revision)), revision)


def _base(home: Home, record: Record, product: str, since: str | None) -> _Base:
    """Find what freezing compares with, or the payload of the release that is named."""
    release = release_named(record, since) if since is not None else released_release(record, product)
    if release is None:
        return _Base()
    if release.payload is None:
        raise refusal(release.id, expected="a release that is frozen", found="one without a payload")
    called = f"{release.id}, version {release.version or 'unknown'}"
    try:
        return _Base(project_of(home.payload(release.payload)), called)
    except AssayError as error:
        return _Base(why_not=f"{called} cannot be compared with: {error.faults[0].found} in this home.")


def _change(home: Home, record: Record, name: str, base: _Base) -> ProductChange:
    old, new = base.project, home.project
    has_old = old is not None and name in old.products
    changes = (
        changes_between(old, new, name, evidence_in(record, old, new, name)) if old is not None and has_old else None
    )
    case = _case(home, record, name, class_of(changes))
    return ProductChange(
        product=name,
        since=base.called if has_old else "",
        why_not=base.why_not,
        change_class=case.change_class,
        changes=changes or (),
        versions=versions_asked(old, new, name) if old is not None else (),
        breaks=_breaks(old, new, name) if old is not None and has_old else (),
        columns=_columns(old.products[name], new.products[name]) if old is not None and has_old else {},
        gates=gates_ahead(home.table, case, record, home.now()),
        not_asked=tuple(gate for gate in home.table if case.change_class not in gate.classes),
    )


def _columns(old: Product, new: Product) -> dict[str, frozenset[str]]:
    both = [name for name, step in new.steps.items() if name in old.steps and old.steps[name].digest != step.digest]
    found = {name: changed_columns(old.steps[name], new.steps[name]) for name in both}
    return {name: columns for name, columns in found.items() if columns is not None}


def _case(home: Home, record: Record, name: str, change_class: ChangeClass) -> Case:
    """Put the next release together: the one of the product that is open last, or one that nobody has opened yet."""
    opened = [release for release in record.open_releases() if release.product == name]
    release: Release | None = opened[-1] if opened else None
    subjects = subjects_of(home.project, home.project.products[name])
    requests = release.requests if release else ()
    return case_of(release.id if release else _AHEAD, None, subjects, requests, change_class, record)


def _breaks(old: Project, new: Project, name: str) -> tuple[Consumer, ...]:
    before, after = old.products[name].contracts, new.products[name].contracts
    broken = [
        TableRef(name, dataset)
        for dataset, contract in before.items()
        if dataset not in after or worst_effect(compare_contracts(contract, after[dataset])) is Effect.BREAKING
    ]
    return consumers_of(new, broken)
