"""The evidence page: results as one HTML file that needs no script, asks nothing of a network, and can be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assay.documentation.evidence_results import (
    BROKEN,
    OUTCOME_WORDS,
    UNPROVEN,
    DatasetResult,
    counts_words,
    overall,
    read_words,
    worst_first,
)
from assay.documentation.self_contained import own_style, page_environment, page_policy

PAGE, PARTS, STYLE = "evidence_page.html.j2", "evidence_parts.html.j2", "evidence_page.css"
"""The files beside this one, in ``templates``, that a page is made of."""

GLOBALS: dict[str, Any] = {
    "OUTCOME_WORDS": OUTCOME_WORDS,
    "BROKEN": BROKEN,
    "worst_first": worst_first,
    "UNPROVEN": UNPROVEN,
}
"""What the parts need to know in whatever page they stand."""


@dataclass(frozen=True, slots=True)
class PageTexts:
    """What a page is made of: Jinja2 templates (with autoescape) and CSS; and the version that its foot names."""

    page: str
    parts: str
    style: str
    version: str


def evidence_page(results: Sequence[DatasetResult], at: datetime, texts: PageTexts) -> str:
    """Render results as one HTML page. The same arguments give the same bytes.

    Args:
        results: of the datasets that were looked at; their samples are shown as they are, so hidden before.
        at: when, with a time zone.
        texts: templates, style and version.
    """
    environment = page_environment({PAGE: texts.page, PARTS: texts.parts})
    environment.globals |= GLOBALS
    every = [verdict for result in results for verdict in result.verdicts]
    return environment.get_template(PAGE).render(
        results=results,
        outcome=overall(every),
        title=results[0].dataset if len(results) == 1 else f"{len(results):,} datasets",
        words=_sentence(results),
        moment=f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC",
        result_words=lambda result: counts_words(result.verdicts, result.not_run),
        read_words=read_words,
        style=own_style(texts.style),
        policy=page_policy(texts.style),
        version=texts.version,
    )


def _sentence(results: Sequence[DatasetResult]) -> str:
    many = sum(len(result.verdicts) for result in results)
    counted = counts_words(
        [verdict for result in results for verdict in result.verdicts], sum(result.not_run for result in results)
    )
    return f"{many:,} {'rule' if many == 1 else 'rules'}: {counted}." if many else "No rule was tested."
