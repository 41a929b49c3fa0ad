"""Requests: what a stakeholder asks for, in words of the business."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assay.base.canonical import Digest, digest_value
from assay.base.names import NAME

_Text = Annotated[str, Field(min_length=1)]


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("a day as YYYY-MM-DD") from error
    return text


def _product(text: str) -> str:
    if not re.fullmatch(NAME, text):
        raise ValueError("a product name of lower-case letters, digits and _")
    return text


class RequestForm(BaseModel):
    """What is asked, field by field; a request is recorded only when it is whole.

    Attributes:
        title: in a line.
        product: the product that it is asked of; it may not exist yet.
        question: what the asker wants to know, and the decision that it serves.
        deliverable: dashboard, report, API, workbook or dataset.
        audience: who will read it.
        sketch: a mock-up, as text or as the name of a file.
        needed_by: the day on which it is needed.
        priority: against the other requests.
        acceptance: how the asker will know that it is right, a sentence each.
        follows: the release whose feedback opened it; None for a new question.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Text
    product: Annotated[str, AfterValidator(_product)]
    question: _Text
    deliverable: Literal["dashboard", "report", "api", "workbook", "dataset"]
    audience: _Text
    needed_by: Annotated[str, AfterValidator(_day)]
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    acceptance: Annotated[list[_Text], Field(min_length=1)]
    sketch: str = ""
    follows: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return the fields as a statement records them."""
        return self.model_dump(exclude_none=True)


def request_digest(form: RequestForm) -> Digest:
    """Return the digest of what is asked."""
    return digest_value(form.fields())
