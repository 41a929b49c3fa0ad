"""Compare two versions of a contract: every change, what it does to readers, and a sentence for a stakeholder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assay.base.canonical import canonical_json
from assay.contract.effects import REMOVED, Effect, added_effect, field_effect, promise_effect, rule_effect
from assay.contract.model import Contract, Severity
from assay.contract.options import bounds_as_values
from assay.contract.rules import severity_of
from assay.contract.semver import Version

Entry = Mapping[str, Any]

LISTS: dict[str, dict[str, str]] = {
    "contract": {"schema": "dataset", "slaProperties": "service level", "roles": "role"},
    "dataset": {"properties": "property", "quality": "rule", "relationships": "relationship"},
    "property": {"properties": "property", "quality": "rule", "relationships": "relationship", "enum": "enum value"},
}
"""Section to its lists of entries that keep their identity between versions, and the section of these entries."""

KEYS: dict[str, tuple[str, ...]] = {
    "dataset": ("name",),
    "property": ("name",),
    "service level": ("property", "element"),
    "role": ("role",),
    "relationship": ("from", "to"),
    "enum value": ("value",),
}
"""Section to the fields that make an entry's identity; a rule's is its id, else its name, else what it measures."""

SENTENCES: dict[str, tuple[str, str]] = {
    "required": ("{subject} is never empty from now on.", "{subject} may be empty from now on."),
    "unique": ("{subject} holds no value twice from now on.", "{subject} may hold a value twice from now on."),
    "primaryKey": ("{subject} is part of the key from now on.", "{subject} is no longer part of the key."),
    "dataset": ("{subject} is a new dataset.", "The dataset {subject} is gone."),
    "property": ("{subject} is a new column.", "The column {subject} is gone."),
    "rule": ("{subject} has a new rule, {key}.", "The rule {key} on {subject} is gone."),
    "relationship": ("{subject} now refers to {key}.", "{subject} no longer refers to {key}."),
    "service level": ("{key} is promised from now on.", "{key} is no longer promised."),
    "role": ("The role {key} may ask for access.", "The role {key} is gone."),
    "enum value": ("{subject} may hold {key} from now on.", "{subject} never holds {key} from now on."),
}
"""What is said when a promise is given or an entry comes, and when it is dropped or goes."""

_UNCOMPARED = frozenset({"servers"})  # where data lies is no part of what is promised; project/changes.py compares it


class What(StrEnum):
    """What a change is about."""

    FIELD = "field"
    ENTRY = "entry"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions.

    Attributes:
        path: ``dataset.column.field``; the path of a dataset or column itself when that came or went.
        sentence: for a person who does not know the file.
        what: a field that is said in another way; an entry that came, went or has another name; a rule or a promise on
            service that says something else.
        now: the path of an entry that has another name; else empty.
    """

    path: str
    effect: Effect
    sentence: str
    what: What = What.FIELD
    now: str = ""


def compare_contracts(old: Contract, new: Contract) -> tuple[Change, ...]:
    """List every change: those of the old file in its order, then what is new.

    There is none exactly when the contracts have one digest. Source of the effects: `assay.contract.effects`.
    """
    return tuple(_entry("contract", (), "The contract", old.document, new.document))


def worst_effect(changes: Sequence[Change]) -> Effect:
    """Return the deepest effect; cosmetic when nothing changed."""
    return max((change.effect for change in changes), key=list(Effect).index, default=Effect.COSMETIC)


def least_version(old: Version, effect: Effect) -> Version:
    """Return the lowest version that a change of this effect may have; below 1.0.0 a breaking one asks for a minor."""
    if effect is Effect.COSMETIC:
        return Version(old.major, old.minor, old.patch + 1)
    if effect is not Effect.BREAKING or old.major == 0:
        return Version(old.major, old.minor + 1, 0)
    return Version(old.major + 1, 0, 0)


def _entry(section: str, path: tuple[str, ...], subject: str, old: Entry, new: Entry) -> Iterator[Change]:
    if section == "dataset":
        yield from _key(path, subject, old, new)
    for field in {**old, **new}:
        before, after = old.get(field), new.get(field)
        if field in _UNCOMPARED or ((field in old) is (field in new) and _is_same(before, after)):
            continue
        if _is_compared_inside(section, field, before, after):
            inside = list(_inside(section, path, subject, field, before, after))
            rewritten = f"{subject}: {field} is written in another way."
            yield from inside or [_change((*path, field), Effect.COSMETIC, rewritten)]
        else:
            effect = field_effect(section, old, new, field)
            yield _change((*path, field), effect, _sentence(subject, field, before, after))


def _is_compared_inside(section: str, field: str, before: Any, after: Any) -> bool:
    if field == "enum":
        return bool(before and after)  # the first values restrict a column, and without the last nothing does
    return field in LISTS.get(section, {}) or field == "logicalTypeOptions"


def _inside(section: str, path: tuple[str, ...], subject: str, field: str, before: Any, after: Any) -> Iterator[Change]:
    if field == "logicalTypeOptions":
        yield from _entry("options", path, subject, bounds_as_values(before or {}), bounds_as_values(after or {}))
    else:
        yield from _list(section, LISTS[section][field], path, subject, before or (), after or ())


def _key(path: tuple[str, ...], subject: str, old: Entry, new: Entry) -> Iterator[Change]:
    """A key that loses or gets a part promises something else, whatever is said of the single columns."""
    before, after = (
        [str(part["name"]) for part in entry.get("properties", ()) if part.get("primaryKey")] for entry in (old, new)
    )
    if before and set(before) != set(after):
        sentence = f"The key of {subject} changes from {', '.join(before)} to {', '.join(after) or 'none'}."
        yield _change((*path, "key"), Effect.BREAKING, sentence)


def _list(
    within: str, section: str, path: tuple[str, ...], subject: str, old: Sequence[Entry], new: Sequence[Entry]
) -> Iterator[Change]:
    """Compare two lists of entries of a section; ``within`` is the section that has the list."""
    before, after = _keyed(section, old), _keyed(section, new)
    renamed = _renamed(before, after)
    for key, entry in before.items():
        name = _name(section, subject, key)
        if key in renamed:
            now = renamed[key]
            called = f"{name} is called {now} from now on."
            yield Change(".".join((*path, key)), Effect.BREAKING, called, What.ENTRY, ".".join((*path, now)))
            yield from _entry(section, (*path, now), _name(section, subject, now), {**entry, "name": now}, after[now])
        elif key in after:
            yield from _both(section, (*path, key), name, key, entry, after[key])
        else:
            yield _gone(section, (*path, key), name, key, entry)
    for key in after:
        if key not in before and key not in renamed.values():
            name = _name(section, subject, key)
            effect = added_effect(within, section, after[key]) if old else Effect.STANDARD
            yield _change((*path, key), effect, SENTENCES[section][0].format(subject=name, key=key), What.ENTRY)


def _both(section: str, path: tuple[str, ...], name: str, key: str, old: Entry, new: Entry) -> Iterator[Change]:
    if _is_same(old, new):
        return
    if section == "rule":
        said = f"The rule {key} on {name} changes{_limits(old, new)}."
        yield _change(path, rule_effect(old, new), said, What.RULE)
    elif section == "service level":
        said = f"What is promised as {key} changes{_limits(old, new)}."
        yield _change(path, promise_effect(old, new), said, What.RULE)
    else:
        yield from _entry(section, path, name, old, new)


def _gone(section: str, path: tuple[str, ...], name: str, key: str, entry: Entry) -> Change:
    effect = REMOVED.get(section, Effect.STANDARD)
    if section == "rule" and severity_of(entry.get("severity")) is Severity.WARN:
        effect = Effect.STANDARD
    return _change(path, effect, SENTENCES[section][1].format(subject=name, key=key), What.ENTRY)


def _renamed(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> dict[str, str]:
    """Find what kept its id under another name."""
    ids = {entry["id"]: key for key, entry in after.items() if "id" in entry and key not in before}
    return {key: ids[entry["id"]] for key, entry in before.items() if key not in after and entry.get("id") in ids}


def _keyed(section: str, entries: Sequence[Entry]) -> dict[str, Entry]:
    result: dict[str, Entry] = {}
    for entry in entries:
        key = _identity(section, entry)
        again = sum(1 for other in result if other == key or other.startswith(f"{key}#"))
        result[f"{key}#{again + 1}" if again else key] = entry
    return result


def _identity(section: str, entry: Entry) -> str:
    if section == "rule":
        return str(next(entry[field] for field in ("id", "name", "metric", "type", "rule") if entry.get(field)))
    return " ".join(_shown(entry[field]) for field in KEYS[section] if entry.get(field) is not None) or "nothing"


def _name(section: str, subject: str, key: str) -> str:
    return {"dataset": key, "property": f"{subject}.{key}"}.get(section, subject)


def _sentence(subject: str, field: str, before: Any, after: Any) -> str:
    if field in SENTENCES:
        return SENTENCES[field][0 if after else 1].format(subject=subject)
    old, new = (f"'{_shown(value)}'" if isinstance(value, str) else _shown(value) for value in (before, after))
    if before is None:
        return f"{subject}: {field} is {new} from now on."
    if after is None:
        return f"{subject}: {field} is no longer given (it was {old})."
    return f"{subject}: {field} changes from {old} to {new}."


def _limits(old: Entry, new: Entry) -> str:
    """Say which fields differ, with both values where they are short."""
    parts = [
        f"{field} from {_shown(old.get(field))} to {_shown(new.get(field))}"
        for field in {**old, **new}
        if not _is_same(old.get(field), new.get(field))
    ]
    return f" ({'; '.join(parts)})" if parts else ""


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else canonical_json(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_same(one: Any, other: Any) -> bool:
    return one == other and canonical_json(one) == canonical_json(other)  # true is 1 to Python, not to JSON


def _change(path: tuple[str, ...], effect: Effect, sentence: str, what: What = What.FIELD) -> Change:
    return Change(".".join(path), effect, sentence, what)
