"""Rules that no data can satisfy together, and limits that no data can break or keep."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from assay.base.canonical import canonical_json
from assay.base.errors import AssayError
from assay.contract.findings import Finding
from assay.contract.intervals import Interval, Numbers, allowed, common, covers
from assay.contract.model import Operator, RuleType
from assay.contract.rules import Site, arguments_of, limit_of, metric_of, operators_of, type_of
from assay.contract.shape import is_number

_PERCENT = frozenset({"percent", "%"})


def contradicting_rules(rules: Iterable[Site]) -> Iterator[Finding]:
    """Give each rule that leaves nothing of what the earlier ones of the same measure let through."""
    groups: dict[bytes, list[tuple[Site, Numbers]]] = {}
    for site in rules:
        numbers, key = _numbers(site), _measure(site)
        if numbers is not None and key is not None:
            groups.setdefault(key, []).append((site, numbers))
    for group in groups.values():
        left: Numbers = (Interval(),)
        for position, (site, numbers) in enumerate(group):
            narrowed = common(left, numbers, is_whole=counts_rows(site))
            if narrowed or not common(numbers, numbers, is_whole=counts_rows(site)):
                left = narrowed or left
                continue
            yield _contradiction(site, numbers, group[:position])


def idle_limits(site: Site) -> Iterator[Finding]:
    """Give the limit of a library rule that every measure keeps, or none can."""
    numbers = _numbers(site)
    if numbers is None or type_of(site.rule) is not RuleType.LIBRARY:
        return
    operator = operators_of(site.rule)[0]
    span = Interval(0, 100 if _is_percent(site) else math.inf)
    found = f"{operator} {limit_of(site.rule, operator)}"
    if covers(numbers, span):
        hint = "Remove the rule, or mend its limit."
        yield site.finding(
            "limit-always-holds", operator, expected="a limit that can be broken", found=found, hint=hint
        )
    elif not common(numbers, (span,), is_whole=counts_rows(site)):
        wanted = f"a limit that {'a percentage' if _is_percent(site) else 'a number of rows'} can keep"
        yield site.finding("limit-never-holds", operator, expected=wanted, found=found)


def _contradiction(site: Site, numbers: Numbers, earlier: list[tuple[Site, Numbers]]) -> Finding:
    against = next(
        (other for other, theirs in earlier if not common(numbers, theirs, is_whole=counts_rows(site))), earlier[0][0]
    )
    operator = operators_of(site.rule)[0]
    theirs = operators_of(against.rule)[0]
    line = against.document.place(*against.path, theirs).line
    found = f"{operator} {limit_of(site.rule, operator)}"
    return site.finding(
        "rules-contradict",
        operator,
        expected=f"a limit that can hold beside {theirs} {limit_of(against.rule, theirs)} on line {line}",
        found=found,
        hint="Keep one of them, or set them apart by a filter.",
    )


def _numbers(site: Site) -> Numbers | None:
    """Return what a rule lets through; None where its operator or limit is at fault or compares no number."""
    operators = operators_of(site.rule)
    if len(operators) != 1:
        return None
    limit = limit_of(site.rule, operators[0])
    if operators[0] in {Operator.BETWEEN, Operator.NOT_BETWEEN}:
        if not (isinstance(limit, list) and len(limit) == 2 and all(is_number(end) for end in limit)):
            return None
        return allowed(operators[0], (limit[0], limit[1])) if limit[0] < limit[1] else None
    return allowed(operators[0], limit) if is_number(limit) or isinstance(limit, bool) else None


def _measure(site: Site) -> bytes | None:
    """Return what makes two rules measure the same: where they stand, what they measure, of which rows."""
    metric = metric_of(site.rule)
    if metric is None and type_of(site.rule) is not RuleType.SQL:
        return None
    arguments = arguments_of(site.rule) if isinstance(site.rule.get("arguments", {}), dict) else {}
    measured = [metric or site.rule.get("query"), arguments, _is_percent(site), site.rule.get("customProperties")]
    try:
        return canonical_json([[str(step) for step in site.path[:-2]], measured])
    except AssayError:
        return None  # a number without a canonical form, which is refused at its place


def _is_percent(site: Site) -> bool:
    return str(site.rule.get("unit")).lower() in _PERCENT


def counts_rows(site: Site) -> bool:
    """Say whether a rule measures a number of rows, which is whole."""
    return type_of(site.rule) is RuleType.LIBRARY and not _is_percent(site)
