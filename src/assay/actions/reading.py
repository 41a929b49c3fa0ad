"""Reading: the values that a plan needs, each from its cheapest source, and what of them is remembered.

What is asked for is said by `assay.validation.reads`; from where it comes by `assay.validation.sources`. Whatever fails
here falls back to the plain reads, so that a clever source never costs a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assay.actions.reading_session import Failed, ReadingSession, Rows, TableFiles, words_of
from assay.base.canonical import Digest
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.sql.quoting import table_sql
from assay.validation.explaining import Explained, Origin, ordered
from assay.validation.literals import literal
from assay.validation.parts import (
    Part,
    clusters,
    folded,
    of_key,
    of_reference,
    of_scan,
    remembered_subset,
    together,
)
from assay.validation.reads import Read, ReadPlan, part_id, split
from assay.validation.sources import (
    MOST_LISTED,
    KeyScan,
    ReferenceScan,
    Scan,
    Slot,
    Wanted,
    sources_of,
)
from assay.validation.types import Family, family

if TYPE_CHECKING:
    from assay.base.ports import Engine, PartResults

_ELSEWHERE = Part((), None)
"""What is read of another table: none of the files under test."""

Results = Mapping[str, Rows | str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was read: results as `assay.validation.verdicts.judge` takes them, and how they were come by."""

    results: Results
    explained: Explained


def read_plan(
    engine: Engine,
    plan: ReadPlan,
    files: TableFiles,
    memory: PartResults,
    others: Mapping[TableRef, Sequence[Digest]],
) -> Answers:
    """Read what a plan needs at the least cost.

    Args:
        engine: a session in which every table of the plan is attached.
        plan: of the table under test.
        files: where that lies.
        memory: of parts that were read before.
        others: digests of the files of other tables, where they are known.
    """
    try:
        session = ReadingSession(engine, files, memory, _used_columns(plan))
        liars = session.lies()
    except AssayError as error:
        words = words_of(error)
        nothing = Explained(0, len(files.paths), {}, (words,), (), {})
        return Answers({read.id: words for read in plan.reads}, nothing)
    if liars:
        return Answers({read.id: "; ".join(liars) for read in plan.reads}, _explained(plan, session))
    sources = sources_of(plan, session.facts)
    for slot, value in sources.known.items():
        session.values[slot] = value
        session.came_from(slot, Origin.FOOTER)
    for key in sources.keys:
        _begin_key(session, key)
    for scan in sources.scans:
        _scan(session, scan)
    for key in sources.keys:
        _key(session, key)
    for reference in sources.references:
        _reference(session, plan, reference, others.get(reference.target))
    results = _results(session, plan)
    session.remember()
    return Answers(results, _explained(plan, session))


def _used_columns(plan: ReadPlan) -> frozenset[str]:
    """Return the columns whose names stand in what is asked; one too many costs little."""
    text = " ".join(part for read in plan.reads for part in (read.relation, *read.expressions)).lower()
    return frozenset(column.name for column in plan.columns if column.name.lower() in text)


# Values of the rows.


def _scan(session: ReadingSession, scan: Scan) -> None:
    slots = [one.slot for one in scan.wanted]
    found: dict[Slot, list[Any]] = {slot: [] for slot in slots}
    if any(one.fold is None for one in scan.wanted):
        rows = session.ask(scan.sql(table_sql(session.files.table)), Origin.ROWS, scan.columns, None, slots)
        for position, slot in enumerate(slots):
            found[slot].append(rows if isinstance(rows, Failed) else rows[0][position])
    else:
        for part in session.parts:
            missing = tuple(one for one in scan.wanted if not _remembered(session, part, one, found[one.slot]))
            if missing:
                _read_part(session, replace(scan, wanted=missing), part, found)
    for one in scan.wanted:
        values = found[one.slot]
        if any(isinstance(value, Failed) for value in values):
            session.values[one.slot] = _plain_value(session, one)
        else:
            session.values[one.slot] = values[0] if one.fold is None else folded(one.fold, values)


def _plain_value(session: ReadingSession, one: Wanted) -> Any:
    """Return a value by its plain expression over the whole table, where a cheaper source of it failed."""
    sql = Scan((replace(one, counted=None),)).sql(table_sql(session.files.table))
    rows = session.ask(sql, Origin.QUERY, tuple(sorted(one.columns)), None, [one.slot])
    return rows if isinstance(rows, Failed) else rows[0][0]


def _remembered(session: ReadingSession, part: Part, one: Wanted, found: list[Any]) -> bool:
    known = session.recall(part.digest)
    name = of_scan(one, session.engine.version, session.files.columns)
    if name not in known or not isinstance(known[name], int | None):
        return False
    found.append(known[name])
    session.came_from(one.slot, Origin.REMEMBERED)
    return True


def _read_part(session: ReadingSession, scan: Scan, part: Part, found: Mapping[Slot, list[Any]]) -> None:
    slots = [one.slot for one in scan.wanted]
    rows = session.ask(scan.sql(session.relation(part)), Origin.ROWS, scan.columns, part, slots)
    values = [rows] * len(scan.wanted) if isinstance(rows, Failed) else rows[0]
    for one, value in zip(scan.wanted, values, strict=True):
        if isinstance(value, Failed):
            found[one.slot].append(value)
            continue
        number = None if value is None else int(value)
        found[one.slot].append(number)
        session.learn(part.digest, {of_scan(one, session.engine.version, session.files.columns): number})


# Keys.


def _begin_key(session: ReadingSession, key: KeyScan) -> None:
    """Have the hashes of the first parts that nobody has hashed looked at beside the scans.

    The scans keep all processors busy; taking out and sorting hashes, most of a key's time, keeps one.
    """
    facts = [session.facts_of_part(part) for part in session.parts]
    name = of_key(key, session.engine.version, session.files.columns)
    for cluster in clusters(session.parts, facts, key.columns):
        before = _clean_before(session, name, cluster)
        new = [part for part in cluster if part.digest not in before]
        if new:
            session.begin_repeats(*_hashes(session, key, together(new, session.files.digests)))
            return


def _key(session: ReadingSession, key: KeyScan) -> None:
    """Count whole keys and different hashes; where hashes repeat, count exactly among their rows."""
    slots = [(key.read_id, position) for position in range(4)]
    facts = [session.facts_of_part(part) for part in session.parts]
    tested = 0
    for cluster in clusters(session.parts, facts, key.columns):
        found = _unique(session, key, cluster, slots)
        if found is None:
            _repeated(session, key, slots)
            return
        tested += found
    _settle_key(session, slots, 0, 0, tested)


def _settle_key(session: ReadingSession, slots: Sequence[Slot], keys: int, rows: int, tested: int) -> None:
    for slot, value in zip(slots, (keys, rows, tested, session.facts.rows - tested), strict=True):
        session.values[slot] = value


def _repeated(session: ReadingSession, key: KeyScan, slots: Sequence[Slot]) -> None:
    """Count exactly; where that fails or very many hashes repeat, the plain read does."""
    whole = together(session.parts, None)
    found = _hashed(session, key, whole, slots)
    if isinstance(found, Failed) or found[1] is None:
        return
    count, hashes = found
    keys: Any = 0
    rows: Any = 0
    if hashes:
        sql = key.exact(session.relation(whole), ", ".join(str(number) for number in hashes))
        shown = key.exact(session.relation(whole), f"{len(hashes)} hashes that repeat")
        answer = session.timed(lambda: session.engine.query(sql), shown, Origin.HASHES, key.columns, whole, slots)
        if isinstance(answer, Failed):
            return
        keys, rows = answer[0]
    _settle_key(session, slots, int(keys), int(rows), count)


def _unique(session: ReadingSession, key: KeyScan, cluster: Sequence[Part], slots: Sequence[Slot]) -> int | None:
    """Return how many whole keys a cluster has; None where two of them may be equal."""
    name = of_key(key, session.engine.version, session.files.columns)
    before = _clean_before(session, name, cluster)
    old = [part for part in cluster if part.digest in before]
    new = [part for part in cluster if part.digest not in before]
    tested = 0
    if old:
        tested += session.recall(together(old, session.files.digests).digest)[f"{name} tested"]
        for slot in slots:
            session.came_from(slot, Origin.REMEMBERED)
    if new:
        found = _hashed(session, key, together(new, session.files.digests), slots)
        if isinstance(found, Failed) or found[1] != () or (old and not _apart(session, key, old, new, slots)):
            return None
        tested += found[0]
    for part in cluster:
        session.learn(part.digest, {name: [str(member.digest) for member in cluster]})
    session.learn(together(cluster, session.files.digests).digest, {f"{name} tested": tested})
    return tested


def _clean_before(session: ReadingSession, name: str, cluster: Sequence[Part]) -> frozenset[Digest]:
    """Return the parts of a cluster that were found to share no key; none if one comes twice, or a note is lost."""
    digests = [part.digest for part in cluster if part.digest]
    if len(set(digests)) < len(cluster):
        return frozenset()
    known = {digest: session.recall(digest).get(name) for digest in digests}
    before = remembered_subset(
        cluster, {digest: members for digest, members in known.items() if isinstance(members, list)}
    )
    whole = together([part for part in cluster if part.digest in before], session.files.digests).digest
    is_counted = isinstance(session.recall(whole).get(f"{name} tested"), int)
    return before if before and is_counted else frozenset()


def _hashed(
    session: ReadingSession, key: KeyScan, part: Part, slots: Sequence[Slot]
) -> tuple[int, tuple[int, ...] | None] | Failed:
    sql, rows = _hashes(session, key, part)
    found: tuple[int, tuple[int, ...] | None] | Failed = session.timed(
        lambda: session.repeats(sql, rows), sql, Origin.HASHES, key.columns, part, slots
    )
    return found


def _hashes(session: ReadingSession, key: KeyScan, part: Part) -> tuple[str, int]:
    """Return the query for the hashes of a part, and no fewer than it gives."""
    return key.hashes(session.relation(part)), sum(session.footers[file].rows for file in part.files)


def _apart(
    session: ReadingSession, key: KeyScan, old: Sequence[Part], new: Sequence[Part], slots: Sequence[Slot]
) -> bool:
    """Say whether no key of the new parts is in the old ones; row groups out of the new one's range are skipped."""
    ours, theirs = (together(parts, session.files.digests) for parts in (old, new))
    sql = key.shared(session.relation(ours), session.relation(theirs))
    rows = session.ask(sql, Origin.HASHES, key.columns, ours, slots)
    return not isinstance(rows, Failed) and rows[0][0] == 0


# References.


def _reference(
    session: ReadingSession, plan: ReadPlan, reference: ReferenceScan, target: Sequence[Digest] | None
) -> None:
    """Look up part by part; what is found everywhere is remembered, and anything else is left to the plain read."""
    slots = [(reference.read_id, position) for position in range(4)]
    name = of_reference(reference, session.engine.version, session.files.columns, target) if target else ""
    tested, targets = 0, 0
    for part in session.parts:
        known = session.recall(part.digest).get(name) if name else None
        if isinstance(known, list) and len(known) == 2 and all(isinstance(count, int) for count in known):
            for slot in slots:
                session.came_from(slot, Origin.REMEMBERED)
            found: Sequence[Any] = (0, 0, *known)
        else:
            looked = _listed(session, reference, part, slots) or _joined(session, plan, reference, part, slots)
            if looked is None:
                return
            found = looked
            if name:
                session.learn(part.digest, {name: [int(found[2]), int(found[3])]})
        tested, targets = tested + int(found[2]), int(found[3])
    for slot, value in zip(slots, (0, 0, tested, targets), strict=True):
        session.values[slot] = value


def _listed(
    session: ReadingSession, reference: ReferenceScan, part: Part, slots: Sequence[Slot]
) -> tuple[int, int, int, int] | None:
    """Hold a column against the list of a small target's keys; None where that cannot be done, or rows are lost."""
    column = next(column for column in session.files.columns if column.name == reference.columns[0])
    known = session.facts_of_part(part).columns.get(column.name)
    kind = family(column.type)
    if not reference.is_single or kind not in {Family.INTEGER, Family.TEXT} or known is None or known.nulls is None:
        return None
    keys = session.ask(reference.keys(), Origin.ROWS, (), _ELSEWHERE, slots)
    if isinstance(keys, Failed) or not 0 < len(keys) <= MOST_LISTED:
        return None
    if not all(isinstance(key, int if kind is Family.INTEGER else str) for key, _ in keys):
        return None  # of another type: whether they are equal, the engine says
    relation = session.relation(part)
    values = ", ".join(literal(key, kind) for key, _ in keys)
    shown = reference.beyond(relation, f"the {len(keys)} keys of {reference.target}")
    rows = session.timed(
        lambda: session.engine.query(reference.beyond(relation, values)), shown, Origin.ROWS, reference.columns, part,
        slots,
    )  # fmt: skip
    if isinstance(rows, Failed) or rows[0][0] != 0:
        return None
    tested = sum(session.footers[file].rows for file in part.files) - known.nulls
    return 0, 0, tested, sum(count for _, count in keys)


def _joined(
    session: ReadingSession, plan: ReadPlan, reference: ReferenceScan, part: Part, slots: Sequence[Slot]
) -> Sequence[Any] | None:
    """Look a part up in the target; None where that fails or rows are lost."""
    sql = reference.sql(session.table(part), plan.scope)
    rows = session.ask(sql, Origin.ROWS, reference.columns, part, slots)
    return None if isinstance(rows, Failed) or rows[0][0] != 0 else rows[0]


# Together.


def _results(session: ReadingSession, plan: ReadPlan) -> dict[str, Rows | str]:
    results: dict[str, Rows | str] = {}
    for read in plan.reads:
        slots = [(read.id, position) for position in range(len(read.expressions))]
        if any(slot not in session.values for slot in slots):
            _plain(session, read, slots, results)
            continue
        values = [session.values[slot] for slot in slots]
        failed = next((value for value in values if isinstance(value, Failed)), None)
        if failed is None:
            results[read.id] = [tuple(values)]
            continue
        results[read.id] = failed.words
        for check_id, positions in read.uses.items():
            own = [values[position] for position in positions]
            words = next((value.words for value in own if isinstance(value, Failed)), None)
            results[part_id(read.id, check_id)] = [tuple(own)] if words is None else words
    return results


def _plain(session: ReadingSession, read: Read, slots: Sequence[Slot], results: dict[str, Rows | str]) -> None:
    """Run a read as it was planned; one that fails is split, so that a broken rule breaks no other."""
    rows = session.ask(read.sql, Origin.QUERY, (), None, slots)
    if not isinstance(rows, Failed):
        results[read.id] = rows
        return
    results[read.id] = rows.words
    for part in split(read):
        again = session.ask(part.sql, Origin.QUERY, (), None, slots)
        results[part.id] = again.words if isinstance(again, Failed) else again


def _explained(plan: ReadPlan, session: ReadingSession) -> Explained:
    slots = {
        check.id: [(read.id, position) for read in plan.reads for position in read.uses.get(check.id, ())]
        for check in plan.checks
    }
    origins = {}
    for check_id, own in slots.items():
        found = [origin for slot in own for origin in session.whence.get(slot, ())]
        none = Origin.NOTHING if check_id in plan.settled or own else Origin.SCHEMA
        origins[check_id] = ordered(found) or (none,)
    return Explained(
        rows=session.facts.rows,
        files=len(session.files.paths),
        origins=origins,
        notes=tuple(session.notes),
        reads=tuple(session.reads),
        uses={
            check_id: tuple(sorted({position for slot in own for position in session.used.get(slot, ())}))
            for check_id, own in slots.items()
        },
    )
