"""Changes: what differs between two versions of a product, and the class that follows from it.

One pure function computes the class, from contracts, code, dashboards and, where there is one, a comparison of the data
(decision 37; section 2 of the design). Undetermined is standard; nobody declares a lower class than what is computed
here, and the node computes it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.base.canonical import JsonValue
from assay.base.limits import written_duration
from assay.contract.compare import compare_contracts
from assay.contract.effects import Effect
from assay.lifecycle.gates import ChangeClass
from assay.project.model import DataEnd, Product, Project
from assay.project.schedule import Missed, Schedule
from assay.project.sources import places_of, sources_of
from assay.project.step_changes import DataEvidence, step_changes
from assay.solutions.compare import compare_dashboards

CLASS_OF_EFFECT: dict[Effect, ChangeClass] = {
    Effect.COSMETIC: ChangeClass.COSMETIC,
    Effect.ADDITIVE: ChangeClass.ADDITIVE,
    Effect.STANDARD: ChangeClass.STANDARD,
    Effect.BREAKING: ChangeClass.BREAKING,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: on what, how deep it goes, and a sentence for people."""

    subject: str
    change_class: ChangeClass
    sentence: str


def changes_between(
    old: Project, new: Project, product: str, data: Mapping[str, DataEvidence] | None = None
) -> tuple[Change, ...]:
    """List what differs between two states of a project for a product; empty when nothing that counts does.

    Args:
        old: as it is released.
        new: as it is to be released.
        product: whose changes.
        data: by name of a dataset, how its rows of both states compare on one cut of the sources, in the columns that
            both have; None, or none for a dataset, where nobody compared them.
    """
    before, after = old.products.get(product), new.products.get(product)
    if before is None or after is None:
        return ()
    return (
        *_contracts(before, after),
        *(Change(f"{product}/{name}", kind, said) for name, kind, said in step_changes(before, after, data or {})),
        *_outside(old, new, after),
        *_places(old, new, after),
        *_schedule(before, after),
        *_logical_date(before, after),
        *_solutions(before, after),
    )


def class_of(changes: Sequence[Change] | None) -> ChangeClass:
    """Return the deepest class; a first version (None: nothing to compare with) is standard."""
    if changes is None:
        return ChangeClass.STANDARD
    return max((change.change_class for change in changes), key=list(ChangeClass).index, default=ChangeClass.COSMETIC)


def _contracts(before: Product, after: Product) -> Iterator[Change]:
    for name in sorted(before.contracts.keys() | after.contracts.keys()):
        subject = f"{after.name}/{name}"
        if name not in before.contracts:
            yield Change(subject, ChangeClass.ADDITIVE, f"{name} is a new dataset.")
        elif name not in after.contracts:
            yield Change(subject, ChangeClass.BREAKING, f"The dataset {name} is gone.")
        else:
            for change in compare_contracts(before.contracts[name], after.contracts[name]):
                yield Change(subject, CLASS_OF_EFFECT[change.effect], change.sentence)


def _outside(old: Project, new: Project, after: Product) -> Iterator[Change]:
    """What a product reads may promise something else now; what that does to its own promises, its contracts say.

    Of a table that was not read before the change is that of whoever reads it now: what there was may have changed with
    it, or it is all new.
    """
    shown = {table for dashboard in after.solutions.values() for table in dashboard.reads if table.schema is not None}
    for table in sorted({*after.graph.outside, *shown} & new.contracts.keys(), key=str):
        if table.schema == after.name:
            continue
        before, now = old.contracts.get(table), new.contracts[table]
        if before is None:
            yield Change(str(table), ChangeClass.ADDITIVE, f"{table} is read from now on.")
            continue
        for change in compare_contracts(before, now):
            cosmetic = change.effect is Effect.COSMETIC
            kind = ChangeClass.COSMETIC if cosmetic else ChangeClass.STANDARD
            yield Change(str(table), kind, change.sentence)


def _places(old: Project, new: Project, after: Product) -> Iterator[Change]:
    """A source that is read from another place may hold other rows: standard, and its feed is to be delivered anew."""
    for table in sources_of(new, after):
        if table not in old.contracts:
            continue
        before, now = places_of(old.contracts[table]), places_of(new.contracts[table])
        for environment in sorted(before.keys() | now.keys()):
            if before.get(environment) != now.get(environment):
                how = _moved(before.get(environment), now.get(environment))
                yield Change(str(table), ChangeClass.STANDARD, f"{table} is {how} in {environment}.")


def _moved(before: JsonValue, now: JsonValue) -> str:
    if not isinstance(before, dict):
        return "also read"
    if not isinstance(now, dict):
        return "no longer read"
    return "read from another place" if before.get("path") != now.get("path") else "read in another way"


def _schedule(before: Product, after: Product) -> Iterator[Change]:
    """A schedule that nobody soaked has not shown that it holds: standard."""
    old, new = before.schedule, after.schedule
    if _written(old) != _written(new):
        now = f"changes from {_written(old)} to {_written(new)}"
        yield Change(after.name, ChangeClass.STANDARD, f"The schedule {now}.")
    if old and new and old.soak_runs != new.soak_runs:
        sentence = f"It is soaked after {new.soak_runs} scheduled runs instead of {old.soak_runs}."
        yield Change(after.name, ChangeClass.STANDARD, sentence)
    if old and new and old.missed is not new.missed:
        sentence = f"Of missed moments {_OF_MISSED[new.missed]} (it was {old.missed}, it is {new.missed})."
        yield Change(after.name, ChangeClass.STANDARD, sentence)
    if old and new and old.retries != new.retries:
        now = f"{_times(new.retries)} (it was {_times(old.retries)})"
        sentence = f"A run that lacks something that is not there is tried again: {now}."
        yield Change(after.name, ChangeClass.STANDARD, sentence)
    if old and new and old.timeout_seconds != new.timeout_seconds:
        sentence = f"A run may take {_long(new.timeout_seconds)} (it was {_long(old.timeout_seconds)})."
        yield Change(after.name, ChangeClass.STANDARD, sentence)


_OF_MISSED: Mapping[Missed, str] = {
    Missed.LATEST: "the newest is run",
    Missed.ALL: "each is run, in its order",
    Missed.NONE: "none is run",
}


def _times(number: int) -> str:
    return {0: "never", 1: "once"}.get(number, f"up to {number} times")


def _long(seconds: float | None) -> str:
    return "as long as it needs" if seconds is None else f"at most {written_duration(seconds)}"


def _logical_date(before: Product, after: Product) -> Iterator[Change]:
    """Another logical date gives other rows wherever it is asked for, and another freshness: standard."""
    if before.as_of != after.as_of:
        sentence = f"The logical date is {_told(after.as_of)} (it was {_told(before.as_of)})."
        yield Change(after.name, ChangeClass.STANDARD, sentence)


def _told(end: DataEnd | None) -> str:
    return f"the end of {end.table}.{end.column}" if end else "the day of the run"


def _written(schedule: Schedule | None) -> str:
    return f"`{schedule.cron}` ({schedule.timezone})" if schedule else "none"


def _solutions(before: Product, after: Product) -> Iterator[Change]:
    for name in sorted(before.solutions.keys() | after.solutions.keys()):
        subject = f"{after.name}/{name}"
        if name not in before.solutions:
            yield Change(subject, ChangeClass.ADDITIVE, f"{name} is a new dashboard.")
        elif name not in after.solutions:
            yield Change(subject, ChangeClass.BREAKING, f"The dashboard {name} is gone.")
        else:
            for kind, sentence in compare_dashboards(before.solutions[name], after.solutions[name]):
                yield Change(subject, kind, sentence)
