"""What is wrong with relationships: references that lead nowhere, keys whose sides do not fit."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from assay.base.reading import Document, Path
from assay.contract.findings import Finding, finding
from assay.contract.references import Directory, Target, follow
from assay.contract.shape import are_texts, is_text, shown
from assay.contract.walking import Entry, entries


def relationship_faults(document: Document, path: Path, dataset: Entry, directory: Directory) -> Iterator[Finding]:
    """Give what is wrong with the relationships that stand at a dataset."""
    for place, relationship in entries(dataset, (*path, "relationships")):
        yield from _sides(document, place, relationship)
        for target in (yield from _references(document, place, relationship, "from", directory)):
            if target.table != dataset.get("name"):
                wanted, found = f"columns of {dataset.get('name')} in 'from'", f"a column of {target.table}"
                yield finding(document, "relationship-from-elsewhere", (*place, "from"), expected=wanted, found=found)
        targets = yield from _references(document, place, relationship, "to", directory)
        if len({target.table for target in targets}) > 1:
            found = f"columns of {', '.join(sorted({str(target.table) for target in targets}))}"
            wanted = "columns of one table"
            yield finding(document, "relationship-to-several", (*place, "to"), expected=wanted, found=found)


def column_relationship_faults(document: Document, path: Path, entry: Entry, directory: Directory) -> Iterator[Finding]:
    """Give what is wrong with the relationships that stand at a property."""
    for place, relationship in entries(entry, (*path, "relationships")):
        to = relationship.get("to")
        if isinstance(to, list) and len(to) != 1:
            yield finding(
                document,
                "relationship-many-at-property",
                (*place, "to"),
                expected="one reference for one column",
                found=shown(to),
                hint="A key of several columns stands at the dataset, with 'from' and 'to'.",
            )
        yield from _references(document, place, relationship, "to", directory)


def _sides(document: Document, path: Path, relationship: Entry) -> Iterator[Finding]:
    sides = [relationship.get(side) for side in ("from", "to")]
    counts = [len(side) if are_texts(side) else 0 for side in sides if isinstance(side, str | list)]
    if len(counts) == 2 and counts[0] != counts[1]:
        found = " and ".join(f"{count} columns" if count else "a single one" for count in counts)
        wanted = "as many columns in 'to' as in 'from'"
        yield finding(document, "relationship-sides-differ", (*path, "to"), expected=wanted, found=found)


def _references(
    document: Document, path: Path, relationship: Entry, side: str, directory: Directory
) -> Generator[Finding, None, list[Target]]:
    """Follow the references of one side; yield what is wrong with them and return the targets."""
    written: Any = relationship.get(side)
    texts: list[str] = [written] if is_text(written) else written if are_texts(written) else []
    targets: list[Target] = []
    for index, text in enumerate(texts):
        target = follow(text, directory)
        if isinstance(target, Target):
            targets.append(target)
            continue
        place = (*path, side, index) if isinstance(written, list) else (*path, side)
        yield finding(
            document,
            "relationship-target-missing",
            place,
            expected="a property that exists",
            found=f"'{text}': {target}",
            hint="Write dataset.property, or sources.table.column for what is received.",
        )
    return targets
