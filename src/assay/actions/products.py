"""Products as production serves them, which of their releases are in sight, and what was left behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assay.actions.case import released_release
from assay.actions.home import Home
from assay.actions.standings import EVERY_RELEASE, Answer, of_product
from assay.lifecycle.decide import case_of, decide
from assay.lifecycle.gates import By, ChangeClass, Phase
from assay.lifecycle.record import Record, Release, Request
from assay.lifecycle.statements import GOOD, Kind, Statement
from assay.lifecycle.subjects import SubjectKind


@dataclass(frozen=True, slots=True)
class ServedLine:
    """What production serves of a product, by the node's own statements.

    Attributes:
        version: None before the first release.
        as_of: the logical date of what is served.
        last_run: the node's newest run; None when none was imported.
        late: why it is not newer; empty when the newest run was good.
    """

    product: str
    version: str | None
    release: str | None
    as_of: str | None
    last_run: Statement | None
    late: str


def is_on_its_way(release: Release) -> bool:
    """Say whether a release is neither done nor cancelled."""
    return release.announced is None and release.cancelled is None


@dataclass(frozen=True, slots=True)
class _Whole:
    """What rests on all requests and releases together.

    Attributes:
        order: in which the releases were opened: the place of each, by its id.
        unanswered: the requests that stand and that no release answers.
    """

    order: Mapping[str, int]
    unanswered: tuple[Request, ...]


def _see_whole(record: Record) -> Answer[_Whole]:
    answered = {q for r in record.releases.values() if r.cancelled is None for q in r.requests}
    unanswered = tuple(q for q in record.requests.values() if q.cancelled is None and q.id not in answered)
    order = {name: place for place, name in enumerate(record.releases)}
    return Answer(_Whole(order, unanswered), frozenset({EVERY_RELEASE}))


@dataclass(frozen=True, slots=True)
class _SeenProduct:
    """A product as far as it rests on what was said of its releases alone.

    Attributes:
        in_sight: ids of the releases that are on their way, and of those that may wait for feedback.
        debts: what was left behind, by the release's id.
    """

    served: ServedLine
    in_sight: frozenset[str]
    debts: Mapping[str, str]


def _seen_product(home: Home, record: Record, product: str, now: datetime) -> _SeenProduct:
    def work_out() -> Answer[_SeenProduct]:
        releases = record.releases_of(product)
        in_sight = frozenset(r.id for r in releases if is_on_its_way(r) or _may_ask_feedback(home, record, r))
        seen = _SeenProduct(_served(record, product), in_sight, _left_behind(releases))
        return Answer(seen, frozenset({of_product(product)}))

    return home.standings.recall(_SeenProduct, product, now, work_out)


@dataclass(frozen=True, slots=True)
class EveryProduct:
    """All products together, so that a thousand need not be asked each time that somebody looks.

    Attributes:
        in_sight: ids of the releases in sight, in the order in which they are shown.
        unanswered: the requests that stand and that no release answers.
    """

    in_sight: tuple[str, ...]
    served: tuple[ServedLine, ...]
    debts: tuple[str, ...]
    unanswered: tuple[Request, ...]


def every_product(home: Home, record: Record, now: datetime) -> EveryProduct:
    """Look at all products together, or remember what was seen."""
    return home.standings.recall(EveryProduct, "", now, lambda: _see_every_product(home, record, now))


def _see_every_product(home: Home, record: Record, now: datetime) -> Answer[EveryProduct]:
    names = dict.fromkeys((*home.project.products, *record.by_product))
    products = {name: _seen_product(home, record, name, now) for name in names}
    whole = home.standings.recall(_Whole, "", now, lambda: _see_whole(record))
    every = EveryProduct(
        in_sight=tuple(release.id for release in _in_sight(record, whole, products)),
        served=tuple(products[name].served for name in sorted(home.project.products)),
        debts=_debts(whole, products),
        unanswered=whole.unanswered,
    )
    return Answer(every, frozenset({EVERY_RELEASE, *map(of_product, names)}))


def _in_sight(record: Record, whole: _Whole, products: Mapping[str, _SeenProduct]) -> list[Release]:
    """Return what is on its way, then what may wait for feedback, each in the order in which it was opened."""
    names = sorted((name for seen in products.values() for name in seen.in_sight), key=whole.order.__getitem__)
    return sorted((record.releases[name] for name in names), key=lambda release: not is_on_its_way(release))


def _may_ask_feedback(home: Home, record: Record, release: Release) -> bool:
    """Say whether a released release may have to stay in sight until its stakeholders were asked for feedback.

    Thousands are long done; to see that, the last rows of the table are enough, where they ask for evidence about the
    release itself: that counts or not whatever stands before it. For any other table the whole decision is asked.
    """
    if release.announced is None or release.rolled_back is not None:
        return False
    rows = tuple(gate for gate in home.table if gate.phase is Phase.MONITORING)
    is_plain = all(
        row.per is SubjectKind.RELEASE and row.by is not By.SIGN_OFF and row.max_age_days is None for row in rows
    )
    if release.frozen is None or not is_plain:
        return True
    change_class = ChangeClass(release.frozen.statement.details["class"])
    case = case_of(release.id, release.payload, (), (), change_class, record)
    return bool(decide(rows, case, record, home.now()).unsettled)


def _served(record: Record, product: str) -> ServedLine:
    release = released_release(record, product)
    if release is None:
        return ServedLine(product, None, None, None, None, "")
    runs = [
        s.statement for s in record.of(f"release:{release.id}")
        if s.statement.kind in (Kind.RAN, Kind.RELEASED, Kind.ROLLED_BACK)
    ]  # fmt: skip
    good = [run for run in runs if run.result in GOOD]
    last = runs[-1] if runs else None
    late = "" if last is None or last.result in GOOD else f"the run of {last.at:%Y-%m-%d %H:%M} gave {last.result}"
    as_of = str(good[-1].details.get("as_of", "")) if good else None
    return ServedLine(product, release.version, release.id, as_of, last, late)


def _debts(whole: _Whole, products: Mapping[str, _SeenProduct]) -> tuple[str, ...]:
    """Name what was left behind: rejections that stand on open releases are not debts, cancelled work is none."""
    left = {name: words for seen in products.values() for name, words in seen.debts.items()}
    return tuple(left[name] for name in sorted(left, key=whole.order.__getitem__))


def _left_behind(releases: Sequence[Release]) -> Mapping[str, str]:
    """Name the releases of a product that were rolled back, as long as none that was opened later is released."""
    return {
        release.id: f"{release.id} {release.product} {release.version}: rolled back, its defect is not corrected yet"
        for release in releases
        if release.rolled_back is not None
        and not any(other.at > release.rolled_back.statement.at and other.released for other in releases)
    }
