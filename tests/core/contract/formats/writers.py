"""Every way in which a contract is exported, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from assay.cli.page_texts import page_texts
from assay.contract.formats.dbt_export import export_dbt
from assay.contract.formats.dbt_words import As
from assay.contract.formats.ddl_export import export_ddl
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.exported import Exported
from assay.contract.formats.json_schema_export import export_json_schema
from assay.contract.model import Contract
from assay.documentation.contract_markdown import contract_markdown
from assay.documentation.contract_page import PAGE, PARTS, contract_page

TEXTS = page_texts(PAGE, PARTS)


def _page(contract: Contract) -> Exported:
    return Exported(contract_page(contract, TEXTS), ())


def _markdown(contract: Contract) -> Exported:
    return Exported(contract_markdown(contract), ())


def _dbt(form: As, dialect: Dialect | None, contract: Contract) -> Exported:
    return export_dbt(contract, form, dialect)


def _ddl(dialect: Dialect, contract: Contract) -> Exported:
    return export_ddl(contract, dialect)


WRITERS: dict[str, Callable[[Contract], Exported]] = {
    "json-schema": export_json_schema,
    "html": _page,
    "markdown": _markdown,
    **{f"dbt {form}": partial(_dbt, form, None) for form in As},
    **{f"dbt {dialect}": partial(_dbt, As.MODELS, dialect) for dialect in (Dialect.POSTGRES, Dialect.ATHENA)},
    **{f"ddl {dialect}": partial(_ddl, dialect) for dialect in Dialect},
}
