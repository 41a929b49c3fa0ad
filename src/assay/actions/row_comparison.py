"""Row by row: a dataset as it was checked beside its released version, for the eyes of whoever reviews it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from assay.actions.case import released_payload
from assay.actions.compare import compare_tables
from assay.actions.compared_places import contracts_for, snapshot_checked
from assay.actions.compared_tables import CompareWish, eyes_of, key_on_both, table_of
from assay.actions.home import Home
from assay.actions.numbers import checked_versions
from assay.actions.projects import project_of
from assay.actions.workshop import attached
from assay.base.roles import Action
from assay.comparison.breakdowns import BreakdownWish
from assay.comparison.pairing import PairingWish
from assay.comparison.queries import BEFORE
from assay.comparison.results import Comparison
from assay.lifecycle.record import Release
from assay.lifecycle.subjects import Subject
from assay.validation.masking import clearance
from assay.validation.sensitivity import WRITTEN_DOWN

_SAMPLES = 5

_MOST_ROWS = 20_000_000
"""Beyond so many rows on both sides nobody waits for a page; `assay compare` has the time."""

_KEPT = 64
_remembered: OrderedDict[tuple[object, ...], Comparison] = OrderedDict()
_guard = Lock()
"""The comparisons that were asked for last: snapshots never change, so what is said of two of them to one level of
clearance and by one reading of their contracts holds for good. The lock guards this cache, and nothing that counts.
"""


def compare_rows(home: Home, release: Release, subject: Subject) -> Comparison | None:
    """Compare the rows of a dataset with those of its released version, both as they were checked in QA.

    Args:
        home: whose snapshots, and whose viewer.
        release: in which it is to be accepted.
        subject: the dataset.

    Returns:
        None where there are not two versions, the rows of one are not kept here, or they are too many for a page.

    Raises:
        AssayError: the person may see no rows.
    """
    person = home.authorised(Action.PREVIEW)
    record = home.load().record
    versions = checked_versions(record, subject, release.product)
    if versions is None:
        return None
    before, after = (snapshot_checked(home.workshop, said) for said in versions)
    if before is None or after is None:
        return None
    payloads = (release.payload, released_payload(record, release.product))
    projects = [home.project, *(project_of(home.payload(one)) for one in payloads if one is not None)]
    datasets = contracts_for(projects, subject.name)
    columns = [*before.columns, *after.columns]
    eyes = eyes_of(datasets, columns, clearance(person.roles) or WRITTEN_DOWN, _SAMPLES)
    if before.rows + after.rows > _MOST_ROWS:
        return None
    key = key_on_both(datasets, before, after)
    about = (before.digest, after.digest, key, eyes.cleared, *sorted(eyes.levels.items()))
    with _guard:
        if about in _remembered:
            _remembered.move_to_end(about)
            return _remembered[about]
    wish = CompareWish(PairingWish(key), BreakdownWish(), eyes)
    names = "the released version", "this version"
    one, other = (table_of(home.workshop, kept, name) for kept, name in zip((before, after), names, strict=True))
    with attached(home.workshop, {BEFORE: before}) as engine:
        found = compare_tables(engine, one, other, wish)
    with _guard:
        _remembered[about] = found
        while len(_remembered) > _KEPT:
            _remembered.popitem(last=False)
    return found
