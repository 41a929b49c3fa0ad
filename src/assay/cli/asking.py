"""How the terminal asks for a request: its fields as options, and their faults by the options' names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import click

from assay.base.errors import AssayError, Fault, Place
from assay.base.reading import Document
from assay.discovery.fields import DELIVERABLES, PRIORITIES, RequestField

F = TypeVar("F", bound=Callable[..., Any])

NEW_PRODUCT = "--new-product"
_HELP: dict[RequestField, str] = {
    RequestField.PRODUCT: "Of which product.",
    RequestField.TITLE: "In a line.",
    RequestField.QUESTION: "What you want to know.",
    RequestField.DECISION: "The decision that the answer serves.",
    RequestField.DELIVERABLE: f"{', '.join(DELIVERABLES[:-1])} or {DELIVERABLES[-1]}.",
    RequestField.AUDIENCE: "Who will read it.",
    RequestField.NEEDED_BY: "The day, as YYYY-MM-DD.",
    RequestField.PRIORITY: f"{', '.join(PRIORITIES[:-1])} or {PRIORITIES[-1]}.",
    RequestField.ACCEPTANCE: "How you will know that it is right; may be given again.",
    RequestField.SKETCH: "A mock-up, as text or the name of a file.",
}


def with_fields(*without: RequestField) -> Callable[[F], F]:
    """Give a command the options of a request, but those named."""

    def decorated(function: F) -> F:
        function = click.option(NEW_PRODUCT, is_flag=True, help="The product is not here yet.")(function)
        for field in reversed([field for field in _HELP if field not in without]):
            option = click.option(field.option, multiple=field is RequestField.ACCEPTANCE, help=_HELP[field])
            function = option(function)
        return function

    return decorated


def fields_in(document: Document) -> Mapping[str, Any]:
    """Return the fields that a file gives.

    Raises:
        AssayError: it holds something else than fields with their values.
    """
    if not isinstance(document.value, dict):
        raise AssayError(document.fault(expected="fields with their values", found=type(document.value).__name__))
    return document.value


def written(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were given as options."""
    return {name: value for name, value in options.items() if value not in (None, ())}


@contextmanager
def faults_named(document: Document | None = None) -> Iterator[None]:
    """Name faults of a request's fields as who typed it does: by option, or by file and line where it is in a file."""
    try:
        yield
    except AssayError as error:
        raise type(error)(*(_named(fault, document) for fault in error.faults)) from error


def _named(fault: Fault, document: Document | None) -> Fault:
    name, number = fault.where.file, fault.where.line
    field = RequestField(name) if name in set(RequestField) else None
    where = fault.where
    if document is not None and (name,) in document.places:
        where = document.place(name) if number is None else document.place(name, number - 1)
    elif field is not None:
        where = Place(f"{document.file}: {field}" if document else field.option, number)
    is_new = field is RequestField.PRODUCT and bool(fault.hint) and document is None
    return replace(fault, where=where, hint=f"{fault.hint} With: {NEW_PRODUCT}" if is_new else fault.hint)
