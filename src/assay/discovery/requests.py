"""Requests: what a stakeholder asks for, in words of the business, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from assay.base.canonical import Digest, digest_value
from assay.base.errors import AssayError, Fault, Place
from assay.base.names import NAME
from assay.base.printable import some
from assay.discovery.fields import FIELDS, MOST_CRITERIA, Form, RequestField
from assay.discovery.texts import LINE, Bound, normal_text, text_fault

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a request is held against.

    Attributes:
        products: the names that are known.
        releases: ids of the project's releases.
        today: the day on which it is asked, in UTC.
        is_new_product: whether the asker says that the product is not there yet.
    """

    products: Collection[str]
    releases: Collection[str]
    today: date
    is_new_product: bool = False


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What is asked, whole; `read_request` makes it.

    Attributes:
        title: in a line.
        product: the product that it is asked of; it may not exist yet.
        question: what the asker wants to know.
        deliverable: one of `DELIVERABLES`.
        audience: who will read it.
        needed_by: the day on which it is needed.
        acceptance: how the asker will know that it is right, a sentence each.
        priority: against the other requests, one of `PRIORITIES`.
        sketch: a mock-up, as text or as the name of a file; empty where there is none.
        decision: the decision that the answer serves; empty where nobody said.
        follows: the release whose feedback opened it; empty for a new question.
    """

    title: str
    product: str
    question: str
    deliverable: str
    audience: str
    needed_by: date
    acceptance: tuple[str, ...]
    priority: str = "normal"
    sketch: str = ""
    decision: str = ""
    follows: str = ""

    def fields(self) -> dict[str, Any]:
        """Return the fields as a statement records them: what was added later is left out where it is empty."""
        later = {"decision": self.decision, "follows": self.follows}
        return {
            "title": self.title, "product": self.product, "question": self.question, "deliverable": self.deliverable,
            "audience": self.audience, "needed_by": self.needed_by.isoformat(), "acceptance": list(self.acceptance),
            "priority": self.priority, "sketch": self.sketch, **{name: text for name, text in later.items() if text},
        }  # fmt: skip


def request_digest(form: RequestForm) -> Digest:
    """Return the digest of what is asked."""
    return digest_value(form.fields())


def read_request(given: Mapping[str, Any], around: Surroundings) -> RequestForm:
    """Read what somebody filled in.

    Args:
        given: name of a field to its text, of the acceptance criteria to their list; None counts as not given.
        around: what it is held against.

    Raises:
        AssayError: every fault of every field, in the order of the form. The place of each is named as the field is
            (`RequestField`, with the number of the criterion as its line), so that a door can show it beside the field.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field, row in FIELDS.items():
        try:
            values[field.value] = _READERS[row.form](field, given.get(field), around)
        except AssayError as error:
            faults += error.faults
    faults += [_unknown(name) for name in given if name not in set(RequestField)]
    if faults:
        raise AssayError(*faults)
    return RequestForm(**values)


def _unknown(name: str) -> Fault:
    hint = f"Known: {', '.join(RequestField)}."
    return Fault(Place(str(name)[:80]), "only fields that a request has", "another one", hint)


def _text(field: RequestField, value: Any, around: Surroundings) -> str:
    row = FIELDS[field]
    text = _checked(value, row.bound, Place(field.value), row.wanted, row.default)
    if field is RequestField.FOLLOWS and text and text not in around.releases:
        raise AssayError(Fault(Place(field.value), "a release of this project", text[:80]))
    return text


def _checked(value: Any, bound: Bound, where: Place, wanted: str, default: str | None) -> str:
    """Return a text that can be kept, or the default where there is none."""
    if value is not None and not isinstance(value, str):
        raise AssayError(Fault(where, wanted, repr(value)[:80]))
    text = normal_text(value or "")
    if not text and default is not None:
        return default
    fault = text_fault(text, bound, where, wanted)
    if fault is not None:
        raise AssayError(fault)
    return text


def _choice(field: RequestField, value: Any, _: Surroundings) -> str:
    row = FIELDS[field]
    wanted = f"{row.wanted} {', '.join(row.choices)}"
    text = _checked(value, LINE, Place(field.value), wanted, row.default)
    if text not in row.choices:
        raise AssayError(Fault(Place(field.value), wanted, repr(text)))
    return text


def _day(field: RequestField, value: Any, around: Surroundings) -> date:
    row, where = FIELDS[field], Place(field.value)
    text = _checked(value, LINE, where, row.wanted, row.default)
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise AssayError(Fault(where, row.wanted, repr(text)))
    if day < around.today:
        raise AssayError(Fault(where, f"a day from {around.today} on", f"{day}, which is past"))
    return day


def _product(field: RequestField, value: Any, around: Surroundings) -> str:
    row, where = FIELDS[field], Place(field.value)
    text = _checked(value, LINE, where, row.wanted, row.default)
    if not NAME.fullmatch(text):
        raise AssayError(
            Fault(where, "a product name of lower-case letters, digits and _", repr(text), _near(text, around))
        )
    if around.is_new_product and text in around.products:
        raise AssayError(
            Fault(
                where,
                "the name of a new product",
                f"{text}, which is known",
                "Ask it of that one, or take another name.",
            )
        )
    if not around.is_new_product and text not in around.products:
        raise AssayError(Fault(where, "a product that is known", text, _near(text, around)))
    return text


def _near(text: str, around: Surroundings) -> str:
    known = sorted(around.products)
    close = get_close_matches(text.lower(), known, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(close)}? If it is a new product, say so."
    return f"Known: {some(known, 8) or 'none yet'}. If it is a new product, say so."


def _criteria(field: RequestField, value: Any, _: Surroundings) -> tuple[str, ...]:
    """Read the acceptance criteria; rows of a form that were left empty do not count."""
    row, where = FIELDS[field], Place(field.value)
    rows: Sequence[Any] = value if isinstance(value, list | tuple) else () if value is None else (value,)
    written = [(number, text) for number, text in enumerate(rows, 1) if not isinstance(text, str) or text.strip()]
    if not written or len(written) > MOST_CRITERIA:
        found = f"{len(written)}" if written else "nothing"
        raise AssayError(Fault(where, f"{row.wanted}: 1 to {MOST_CRITERIA} criteria", found))
    kept: list[str] = []
    faults: list[Fault] = []
    for number, text in written:
        try:
            kept.append(_checked(text, row.bound, Place(field.value, number), row.wanted, None))
        except AssayError as error:
            faults += error.faults
    if faults:
        raise AssayError(*faults)
    return tuple(kept)


_READERS: dict[Form, Callable[[RequestField, Any, Surroundings], Any]] = {
    Form.TEXT: _text,
    Form.CHOICE: _choice,
    Form.PRODUCT: _product,
    Form.DAY: _day,
    Form.CRITERIA: _criteria,
}
