"""What a contract promises, each promise as one sentence for people who read no contracts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from assay.contract.model import Contract, Dataset, Property, Relationship, Severity, SlaProperty
from assay.validation.conditions import BadRows, Unverified, Valid
from assay.validation.promises import Promise, column_promises
from assay.validation.rules import rule_promise
from assay.validation.service import AS_OF, service_promises

SEVERITY_WORDS: dict[Severity, str] = {
    Severity.FAIL: "if broken, the data is not released",
    Severity.WARN: "if broken, it is reported and the data is released all the same",
}

SERVICE_WORDS: dict[str, str] = {
    "freshness": "The newest {element} is less than {value} old{seen}",
    "latency": "The newest {element} is less than {value} old{seen}",
    "retention": "The oldest {element} is less than {value} old{seen}",
}
"""Promise on service that names a column to its sentence; others say their name and value."""

SPAN_WORDS: dict[str, str] = {
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("h", "hr", "hour", "hours"), "hour"),
    **dict.fromkeys(("min", "minute", "minutes"), "minute"),
    **dict.fromkeys(("y", "yr", "year", "years"), "year"),
}
"""Spellings of spans of time to the word for one of them."""

_SAID_BY_THE_COLUMN = frozenset({"column", "type", "required", "enum"})
"""What a column says of itself in plain words and is no promise beside."""


@dataclass(frozen=True, slots=True)
class PromiseWords:
    """One promise.

    Attributes:
        sentence: what is promised.
        note: the author's own words beside it; empty where they say the same or nothing.
        consequence: what happens when it is broken.
        untested: why no machine looks whether it holds; empty where one does.
    """

    sentence: str
    note: str
    consequence: str
    untested: str = ""


def column_words(part: Property, dataset: Dataset) -> Iterator[PromiseWords]:
    """Give what is promised of one column, beside its type and whether it may be empty."""
    title = title_of(part)
    part = replace(part, name=title)
    own = (
        promise
        for promise in column_promises(part, title)
        if promise.what not in _SAID_BY_THE_COLUMN or not promise.threshold.allows_none
    )
    yield from (_promise(promise, None, title) for promise in own)
    for rule in part.quality:
        yield _promise(rule_promise(rule, dataset, part, title), rule.description, title)
    yield from (_reference(one, title) for one in part.relationships)


def dataset_words(dataset: Dataset) -> Iterator[PromiseWords]:
    """Give what is promised of a dataset as a whole."""
    key = [title_of(part) for part in dataset.primary_key]
    if key:
        names = "It is" if len(key) == 1 else "They are"
        sentence = f"No two rows have the same {listed(key)}. {names} never empty."
        yield PromiseWords(sentence, "", SEVERITY_WORDS[Severity.FAIL])
    whole = replace(dataset, name="the dataset")
    for rule in dataset.quality:
        yield _promise(rule_promise(rule, whole, None, ""), rule.description, whole.name)
    yield from (_reference(one, listed(list(one.columns))) for one in dataset.relationships)


def service_words(contract: Contract, dataset: Dataset) -> Iterator[PromiseWords]:
    """Give what is promised of when the data is there, and of how long it is kept."""
    said = {sla.place: sla for sla in contract.sla}
    for promise in service_promises(contract, dataset):
        sla = said[promise.place]
        yield _promise(replace(promise, sentence=_service(sla, dataset)), sla.description, dataset.name)


def _service(sla: SlaProperty, dataset: Dataset) -> str:
    unit = SPAN_WORDS.get(str(sla.unit), sla.unit or "")
    plural = "s" if str(sla.unit) in SPAN_WORDS and sla.value != 1 else ""
    value = f"{sla.value} {unit}{plural}".strip()
    if sla.property not in SERVICE_WORDS or not sla.element:
        return f"{sla.property}: {value}"
    part = dataset.find(sla.element.rpartition(".")[2])
    element = title_of(part) if part else sla.element
    seen = f", seen from the newest {sla.custom[AS_OF]}" if AS_OF in sla.custom else ""
    return SERVICE_WORDS[sla.property].format(element=element, value=value, seen=seen)


def _promise(promise: Promise, words: str | None, title: str) -> PromiseWords:
    """Say a promise; one on the form of a text in its author's words first, for few people read patterns."""
    sentence, note = _sentence(promise.sentence), _sentence(words) if plain(words) else ""
    test = promise.test
    if isinstance(test, BadRows) and isinstance(test.condition, Valid) and test.condition.pattern and note:
        sentence, note = f"{title}: {note[:1].lower()}{note[1:]}", f"Exactly: {promise.sentence}"
    limit = "" if promise.threshold.allows_none else str(promise.threshold)
    if limit and limit not in sentence + note:
        sentence = f"{sentence[:-1]} (measured by a query: {limit})."
    return PromiseWords(
        sentence=sentence,
        note="" if note == _sentence(promise.sentence) else note,
        consequence=SEVERITY_WORDS[promise.severity],
        untested=test.reason if isinstance(test, Unverified) else "",
    )


def _reference(one: Relationship, what: str) -> PromiseWords:
    where = f"{one.target} ({listed(list(one.target_columns))})" if one.target else listed(list(one.to))
    return PromiseWords(f"Every {what} is found in {where}.", "", SEVERITY_WORDS[Severity.FAIL])


def title_of(part: Property) -> str:
    """Return what the business calls a column; its name where it has no other."""
    return part.business_name or part.name


def listed(names: list[str]) -> str:
    """Name several things in a row; empty for none."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def _sentence(text: str | None) -> str:
    words = plain(text)
    return (words[:1].upper() + words[1:]).rstrip(".") + "."


def plain(value: Any) -> str:
    """Return a text in one line; empty for what is no text."""
    return " ".join(value.split()) if isinstance(value, str) else ""
