"""A contract as Markdown (GitHub's), in which no text of the contract is Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assay.base.printable import printable
from assay.contract.model import Contract
from assay.documentation.contract_account import ContractAccount, DatasetAccount, contract_account
from assay.documentation.contract_words import ColumnWords
from assay.documentation.promise_words import PromiseWords

_MARKS = re.compile(r"([\\`*_\[\]|~<>#])")
_START = re.compile(r"^([-+=]|\d+(?=[.)]))")
_ENTITY = re.compile(r"&(?=[#A-Za-z])")


def contract_markdown(contract: Contract) -> str:
    """Write a contract as Markdown: the same that its page says, in the same order."""
    account = contract_account(contract)
    return "\n".join([*_head(account), *_datasets(account), *_end(account)]) + "\n"


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it as it is, in one line."""
    marked = _MARKS.sub(r"\\\1", _ENTITY.sub("&amp;", printable(text)))
    return _START.sub(lambda match: match[1] if match[1].isdigit() else f"\\{match[1]}", marked)


def _head(account: ContractAccount) -> Iterator[str]:
    yield from (f"# {escaped(account.title)}", "")
    if account.purpose:
        yield from (escaped(account.purpose), "")
    facts = [*account.facts, ("Usage", account.usage), ("Limits", account.limits)]
    yield from _list([(title, value) for title, value in facts if value])


def _datasets(account: ContractAccount) -> Iterator[str]:
    for dataset in account.datasets:
        yield from _dataset(dataset)
    if not account.datasets:
        yield from ("The contract names no dataset.", "")


def _dataset(dataset: DatasetAccount) -> Iterator[str]:
    words = dataset.words
    yield from (f"## {escaped(words.title)}", "")
    facts = [
        ("Name", words.name if words.name != words.title else ""),
        ("Stored as", dataset.stored_as),
        ("What it is", dataset.description),
        ("Rows", words.row),
    ]
    yield from _list([(title, value) for title, value in facts if value])
    if words.columns:
        rows = [_column(column) for column in words.columns]
        yield from _table(("Column", "Type", "What it means", "Promises"), rows)
    if words.promises:
        yield from _table(("Promise", "If broken"), [_promise(one) for one in words.promises])


def _column(column: ColumnWords) -> tuple[str, ...]:
    name = column.title if column.title == column.name else f"{column.title} ({column.name})"
    marks = [column.kind + (f", in {column.unit}" if column.unit else "")]
    marks += ["key"] * column.is_key + ["never empty"] * column.is_required
    meaning = [column.meaning] * bool(column.meaning)
    meaning += [f"Only: {', '.join(column.allowed)}"] * bool(column.allowed) + [f"Values are {column.visibility}."]
    promises = [" ".join(_promise(one)) for one in column.promises]
    return name, "; ".join(marks), " · ".join(meaning), " · ".join(promises)


def _promise(one: PromiseWords) -> tuple[str, str]:
    parts = [one.sentence, one.note, f"Not tested: {one.untested}." if one.untested else ""]
    return " ".join(part for part in parts if part), one.consequence


def _end(account: ContractAccount) -> Iterator[str]:
    if account.service:
        yield from ("## Service", "")
        yield from _table(("Promise", "If broken"), [_promise(one) for one in account.service])
    for table in account.tables:
        yield from (f"## {escaped(table.title)}", "")
        yield from _table(table.header, table.rows)
    if account.others:
        yield from ("## Everything else that the contract says", "")
        yield from _table(("Where", "What"), account.others)


def _list(facts: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield from (f"- {title}: {escaped(value)}" for title, value in facts)
    yield ""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _row(header)
    yield "|" + " --- |" * len(header)
    yield from (_row(row) for row in rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"
