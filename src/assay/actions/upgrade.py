"""Upgrading a contract: the text of v3.2.0 beside the old one, what was changed, and which comments it costs."""

from __future__ import annotations

from dataclasses import dataclass

from assay.base.errors import Place
from assay.base.reading import read_yaml
from assay.contract.parse import parse_contract
from assay.contract.rewriting import rewritten
from assay.contract.upgrade import upgraded


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A contract as one of v3.2.0.

    Attributes:
        before: the text of the file.
        after: the new text; the same where there was nothing to do.
        steps: what was changed, and where it stood.
        lost: comments that stood where the text had to be written anew.
    """

    before: str
    after: str
    steps: tuple[tuple[Place, str], ...]
    lost: tuple[str, ...]


def upgrade_contract(content: bytes, file: str) -> Upgrade:
    """Write a contract of v3.0 or v3.1 as one of v3.2.0.

    Args:
        content: of the file.
        file: the name by which it is shown.

    Raises:
        AssayError: the contract has faults, before or after; then there is nothing to write.
    """
    document = read_yaml(content, file)
    parse_contract(document)
    value, steps = upgraded(document.value)
    text = content.decode("utf-8-sig")
    done = rewritten(document, text, value)
    parse_contract(read_yaml(done.text, file))
    return Upgrade(text, done.text, tuple((document.place(*step.path), step.sentence) for step in steps), done.lost)
