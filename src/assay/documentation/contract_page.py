"""The page of a contract: one HTML file that needs no script, asks nothing of a network, and can be printed."""

from __future__ import annotations

from assay.contract.model import Contract
from assay.documentation.contract_account import contract_account, is_link
from assay.documentation.evidence_page import PageTexts
from assay.documentation.self_contained import own_style, page_environment, page_policy

PAGE, PARTS = "contract_page.html.j2", "contract_parts.html.j2"
"""The files beside this one, in ``templates``, that a page is made of, with the style of the evidence page."""


def contract_page(contract: Contract, texts: PageTexts) -> str:
    """Render a contract as one HTML page. The same arguments give the same bytes.

    Args:
        contract: as it was read.
        texts: templates, style and version.
    """
    environment = page_environment({PAGE: texts.page, PARTS: texts.parts})
    return environment.get_template(PAGE).render(
        account=contract_account(contract),
        is_link=is_link,
        style=own_style(texts.style),
        policy=page_policy(texts.style),
        version=texts.version,
    )
