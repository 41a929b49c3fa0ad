"""A small contract to build on, and reading one from text."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from assay.base.errors import AssayError, Fault
from assay.base.reading import read_yaml
from assay.contract.model import Contract
from assay.contract.parse import parse_contract

HEAD = """\
version: 1.0.0
apiVersion: v3.2.0
kind: DataContract
id: orders
"""


def text_of(body: str, head: str = HEAD) -> str:
    """Return a whole contract: the four fields that all need on lines 1 to 4, the body from line 5."""
    return head + dedent(body)


@pytest.fixture
def parse() -> Callable[..., Contract]:
    """Read a contract's body."""

    def read(body: str, head: str = HEAD) -> Contract:
        return parse_contract(read_yaml(text_of(body, head), "c.yaml"))

    return read


@pytest.fixture
def faults() -> Callable[..., list[Fault]]:
    """Read a body that is refused, and return the faults."""

    def read(body: str, head: str = HEAD) -> list[Fault]:
        with pytest.raises(AssayError) as refused:
            parse_contract(read_yaml(text_of(body, head), "c.yaml"))
        return list(refused.value.faults)

    return read


@pytest.fixture
def column() -> Callable[[str], str]:
    """Return a body with one dataset, ``t``, and one column, ``a``, with the given fields, all on line 8."""

    def body(fields: str) -> str:
        return f"schema:\n- name: t\n  properties:\n  - {{name: a, {fields}}}\n"

    return body
