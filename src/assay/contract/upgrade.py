"""Contracts of v3.0 and v3.1 as ones of v3.2.0: a table of changes, each of which keeps what is promised.

Sources: the standard's change log of v3.1.0 and v3.2.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.base.reading import Path
from assay.contract.fields import API_VERSIONS, SECTIONS
from assay.contract.model import Metric, Operator, RuleType
from assay.contract.rules import LEGACY_METRICS, is_name_alone, type_of
from assay.contract.walking import Entry

NEWEST = API_VERSIONS[-1]

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One change: what it is about, and what was done."""

    path: Path
    sentence: str


@dataclass(slots=True)
class _Log:
    """The steps so far."""

    steps: list[Step] = field(default_factory=list)

    def say(self, path: Path, sentence: str) -> None:
        self.steps.append(Step(path, sentence))


def upgraded(root: Entry) -> tuple[Fields, tuple[Step, ...]]:
    """Write a contract as one of v3.2.0.

    Args:
        root: the plain contract, of v3.0 to v3.2 and without faults.

    Returns:
        The contract as of v3.2.0, fields in their order, and what was changed; nothing where it is of v3.2.0 already.
    """
    if root.get("apiVersion") == NEWEST:
        return dict(root), ()
    log = _Log()
    log.say(("apiVersion",), f"{root.get('apiVersion')} becomes {NEWEST}")
    result = {name: NEWEST if name == "apiVersion" else value for name, value in root.items()}
    for change in _OF_CONTRACTS:
        result = change(result, (), log)
    if isinstance(result.get("schema"), list):
        result["schema"] = [
            _element(entry, ("schema", index), "dataset", log) for index, entry in enumerate(result["schema"])
        ]
    return result, tuple(log.steps)


def _team(root: Fields, path: Path, log: _Log) -> Fields:
    """Since v3.1 a team is a mapping with its members."""
    if not isinstance(root.get("team"), list):
        return root
    log.say((*path, "team"), "the list becomes 'members' of the team")
    return {name: {"members": value} if name == "team" else value for name, value in root.items()}


def _default_element(root: Fields, path: Path, log: _Log) -> Fields:
    """Since v3.1 each service level names its element itself."""
    default = root.get("slaDefaultElement")
    if default is None:
        return root
    log.say((*path, "slaDefaultElement"), "it is named at each service level")
    result = {name: value for name, value in root.items() if name != "slaDefaultElement"}
    levels = result.get("slaProperties")
    if isinstance(levels, list):
        result["slaProperties"] = [
            {**level, "element": default} if isinstance(level, dict) and "element" not in level else level
            for level in levels
        ]
    return result


def _data_product(root: Fields, path: Path, log: _Log) -> Fields:
    """Since v3.1 the product of a contract is said outside of it; here it is kept as a custom property."""
    if "dataProduct" not in root:
        return root
    log.say((*path, "dataProduct"), "it becomes a custom property")
    return _customised(root, ["dataProduct"])


_OF_CONTRACTS: tuple[Callable[[Fields, Path, _Log], Fields], ...] = (_team, _default_element, _data_product)


def _element(entry: Any, path: Path, section: str, log: _Log) -> Any:
    """Upgrade a dataset or a property with all that is inside."""
    if not isinstance(entry, dict):
        return entry
    result = _bounds(_unknown(entry, path, section, log), path, log)
    for name, inside in (("properties", "property"), ("quality", "rule")):
        if isinstance(result.get(name), list):
            upgrade = _rule if inside == "rule" else _property
            result[name] = [upgrade(one, (*path, name, index), log) for index, one in enumerate(result[name])]
    if "items" in result:
        result["items"] = _property(result["items"], (*path, "items"), log)
    return result


def _property(entry: Any, path: Path, log: _Log) -> Any:
    return _element(entry, path, "property", log)


def _bounds(entry: Fields, path: Path, log: _Log) -> Fields:
    """Since v3.1 an exclusive bound is a value; before, true or false beside the inclusive one."""
    options = entry.get("logicalTypeOptions")
    if not isinstance(options, dict):
        return entry
    renamed: dict[str, str] = {}
    gone: set[str] = set()
    for exclusive, inclusive in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(options.get(exclusive), bool):
            log.say((*path, "logicalTypeOptions", exclusive), "the bound is a value, no longer a switch")
            gone.add(exclusive)
            if options[exclusive] and inclusive in options:
                renamed[inclusive] = exclusive
    if not gone:
        return entry
    kept = {renamed.get(name, name): value for name, value in options.items() if name not in gone}
    return {name: kept if name == "logicalTypeOptions" else value for name, value in entry.items()}


def _rule(entry: Any, path: Path, log: _Log) -> Any:
    """Since v3.1 a rule has a metric with arguments, and no fields of its own making."""
    if not isinstance(entry, dict):
        return entry
    result = dict(entry)
    is_known = "metric" not in result and not is_name_alone(result)
    legacy = LEGACY_METRICS.get(str(result.get("rule"))) if is_known else None
    if legacy is not None:
        log.say((*path, "rule"), f"the rule '{result['rule']}' becomes the metric '{legacy}'")
        result = {("metric" if name == "rule" else name): value for name, value in result.items()}
        result["metric"] = str(legacy)
        if legacy is Metric.INVALID_VALUES and "validValues" in result:
            log.say((*path, "validValues"), "the valid values become arguments")
            result = _argued(result)
    elif type_of(result) is RuleType.TEXT and is_name_alone(result):
        log.say((*path, "rule"), f"what '{result['rule']}' measures the standard left open: it becomes a text")
        result = _worded(result)
    elif "rule" in result and "metric" in result:
        log.say((*path, "rule"), "it repeated the metric, and is dropped")
        del result["rule"]
    return _unknown(result, path, "rule", log)


def _argued(rule: Fields) -> Fields:
    """Move valid values under arguments; a rule without an operator says that there are no others."""
    arguments = {**(rule.get("arguments") or {}), "validValues": rule["validValues"]}
    result = {
        ("arguments" if name == "validValues" else name): (arguments if name == "validValues" else value)
        for name, value in rule.items()
        if name != "arguments"
    }
    return result if any(operator in rule for operator in Operator) else {**result, str(Operator.EQUAL): 0}


def _worded(rule: Fields) -> Fields:
    """Keep a rule that is a name alone as a rule in words, under that name where it has no other."""
    own = [name for name in rule if name == "rule" or name in tuple(Operator)]
    title = {} if rule.get("name") or rule.get("description") else {"name": str(rule["rule"])}
    kept = {name: "text" if name == "type" else value for name, value in rule.items()}
    return _customised({**title, **({} if "type" in rule else {"type": "text"}), **kept}, own)


def _unknown(entry: Fields, path: Path, section: str, log: _Log) -> Fields:
    """Since v3.1 most sections are closed; a field of one's own goes under custom properties."""
    own = [name for name in entry if name not in SECTIONS[section]]
    for name in own:
        log.say((*path, name), "the standard has no such field: it becomes a custom property")
    return _customised(entry, own) if own else dict(entry)


def _customised(entry: Mapping[str, Any], names: list[str]) -> Fields:
    listed = entry.get("customProperties")
    more = [{"property": name, "value": entry[name]} for name in names]
    kept = {name: value for name, value in entry.items() if name not in names and name != "customProperties"}
    if "customProperties" not in entry:
        return {**kept, "customProperties": more}
    merged = [*(listed if isinstance(listed, list) else []), *more]
    return {name: merged if name == "customProperties" else value for name, value in entry.items() if name not in names}
