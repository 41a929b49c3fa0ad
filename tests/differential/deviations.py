"""Where Assay and datacontract-cli differ on purpose: each kind with what it looks like, why, and an example.

The tables are what docs/deviations.md shows. Predicates look at the rule, the data and both verdicts; one that only
asked whether the verdicts differ would explain everything and so nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from differential.bench import Outcomes
from differential.seen import Deviation, Seen
from differential.what_goes_wrong import WHAT_GOES_WRONG
from differential.what_is_measured import WHAT_IS_MEASURED
from differential.what_is_stored import WHAT_IS_STORED
from differential.what_is_tested import WHAT_IS_TESTED

THEMES: dict[str, tuple[Deviation, ...]] = {
    "What is tested": WHAT_IS_TESTED,
    "Columns, types and files": WHAT_IS_STORED,
    "Measures and limits": WHAT_IS_MEASURED,
    "What cannot be evaluated": WHAT_GOES_WRONG,
}
"""Heading of the page to the kinds below it."""

DEVIATIONS = tuple(one for kinds in THEMES.values() for one in kinds)
"""Every kind of deviation, in the order of the page."""


def explain(outcomes: Outcomes) -> Iterator[tuple[Seen, tuple[str, ...]]]:
    """Give every rule on which both sides differ, with the names of what explains it; none where nothing does."""
    for rule in outcomes.rules:
        seen = Seen(outcomes, rule, outcomes.of_ours(rule), outcomes.theirs[rule.key])
        if seen.ours.outcome != seen.theirs.outcome:
            yield seen, _names(seen)


def _names(seen: Seen) -> tuple[str, ...]:
    """Name what explains a deviation: itself, or else the way in which the peer loaded the file, and then itself."""
    direct = tuple(one.name for one in DEVIATIONS if one.holds(seen))
    if direct or seen.outcomes.loaded is None or seen.rule.key not in seen.outcomes.loaded:
        return direct
    as_loaded = replace(seen, ours=seen.outcomes.loaded[seen.rule.key], is_loaded=True)
    rest = tuple(one.name for one in DEVIATIONS if one.holds(as_loaded))
    return (_way(seen), *rest) if rest or as_loaded.ours.outcome == seen.theirs.outcome else ()


def _way(seen: Seen) -> str:
    """Say what the peer's loading changed of the columns that a rule may be about."""
    table = seen.case.table(seen.rule.dataset)
    dataset = next(one for one in seen.case.schema if one["name"] == table.name)
    wanted = [seen.rule.column] if seen.rule.column else [part["name"] for part in dataset["properties"]]
    found = {name: table.find(name) for name in wanted}
    if any(column is None for column in found.values()):
        return "absent-in-files"
    return "case-in-files" if any(one and one.name != name for name, one in found.items()) else "cast-in-files"
