"""The fields of a request: how each is asked, in a form and at the terminal, and what may be written into it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assay.discovery.texts import LINE, TEXT, Bound


class RequestField(StrEnum):
    """A field of a request; its value is the field's name in the record, in a file and in a form."""

    TITLE = "title"
    PRODUCT = "product"
    QUESTION = "question"
    DECISION = "decision"
    DELIVERABLE = "deliverable"
    AUDIENCE = "audience"
    NEEDED_BY = "needed_by"
    ACCEPTANCE = "acceptance"
    PRIORITY = "priority"
    SKETCH = "sketch"
    FOLLOWS = "follows"

    @property
    def label(self) -> str:
        """What a form calls it."""
        return FIELDS[self].label

    @property
    def option(self) -> str:
        """What the terminal calls it."""
        return f"--{self.value.replace('_', '-')}"


class Form(StrEnum):
    """What is written into a field."""

    TEXT = "text"
    CHOICE = "choice"
    PRODUCT = "product"
    DAY = "day"
    CRITERIA = "criteria"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """How a field is asked.

    Attributes:
        label: its name for people.
        wanted: what belongs there, in words.
        form: what is written into it.
        default: what holds where nothing is written; None for a field that has to be written.
        bound: of its text.
        choices: what can be chosen.
    """

    label: str
    wanted: str
    form: Form = Form.TEXT
    default: str | None = None
    bound: Bound = TEXT
    choices: tuple[str, ...] = ()


MOST_CRITERIA = 50
DELIVERABLES = ("dashboard", "report", "api", "workbook", "dataset")
PRIORITIES = ("low", "normal", "high", "urgent")

FIELDS: dict[RequestField, FieldRow] = {
    RequestField.TITLE: FieldRow("Title", "what is asked, in a line", bound=LINE),
    RequestField.PRODUCT: FieldRow("Product", "the product that it is asked of", Form.PRODUCT),
    RequestField.QUESTION: FieldRow("Question", "what you want to know"),
    RequestField.DECISION: FieldRow("Decision", "the decision that the answer serves", default=""),
    RequestField.DELIVERABLE: FieldRow("Deliverable", "one of", Form.CHOICE, choices=DELIVERABLES),
    RequestField.AUDIENCE: FieldRow("Audience", "who will read it"),
    RequestField.NEEDED_BY: FieldRow("Needed by", "the day on which it is needed, as YYYY-MM-DD", Form.DAY),
    RequestField.ACCEPTANCE: FieldRow("Acceptance criteria", "how you will know that it is right", Form.CRITERIA),
    RequestField.PRIORITY: FieldRow("Priority", "one of", Form.CHOICE, default="normal", choices=PRIORITIES),
    RequestField.SKETCH: FieldRow("Mock-up or sketch", "a mock-up, as text or as the name of a file", default=""),
    RequestField.FOLLOWS: FieldRow("Follows", "the release whose feedback opens it", default=""),
}
"""In the order in which a form asks."""
