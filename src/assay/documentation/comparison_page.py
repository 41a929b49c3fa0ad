"""The comparison page: what two tables differ in, as one HTML file that needs no script and can be printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from assay.comparison.results import Breakdown, Comparison
from assay.documentation import comparison_words as words
from assay.documentation.evidence_page import PageTexts
from assay.documentation.self_contained import own_style, page_environment, page_policy

PAGE, PARTS = "comparison_page.html.j2", "comparison_parts.html.j2"
"""The files beside this one, in ``templates``, that a page is made of; its style is that of the evidence page."""

_WIDE = 100.0


def bars(breakdown: Breakdown) -> list[tuple[float, bool]]:
    """Return for each part how wide its bar is, in percent of the widest, and whether it moved down."""
    moves = [float(part.moved) for part in breakdown.parts]
    widest = max(map(abs, moves), default=0.0)
    return [(round(_WIDE * abs(moved) / widest, 1) if widest else 0.0, moved < 0) for moved in moves]


GLOBALS: dict[str, Any] = {
    name: getattr(words, name)
    for name in (
        "SHOWN", "verdict_of", "facts_of", "schema_of", "repeated_of", "cell", "number", "signed", "share",
        "profile_cells", "moved_of",
    )
} | {"bars": bars}  # fmt: skip
"""What the parts need to know in whatever page they stand."""


def comparison_page(found: Sequence[tuple[str, Comparison]], at: datetime, texts: PageTexts) -> str:
    """Render comparisons as one HTML page. The same arguments give the same bytes.

    Args:
        found: each with the name of its dataset; samples are shown as they are, so hidden before.
        at: when, with a time zone.
        texts: templates, style and version.
    """
    environment = page_environment({PAGE: texts.page, PARTS: texts.parts})
    environment.globals |= GLOBALS
    equal = sum(one.is_identical for _, one in found)
    return environment.get_template(PAGE).render(
        found=found,
        title=found[0][0] if len(found) == 1 else f"{len(found):,} datasets",
        sentence=words.verdict_of(found[0][1]) if len(found) == 1 else f"{equal:,} of {len(found):,} are identical.",
        is_identical=equal == len(found),
        moment=f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC",
        style=own_style(texts.style),
        policy=page_policy(texts.style),
        version=texts.version,
    )
