"""What the contract suites share: a PostgreSQL, started by the first test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from databases import Postgresql, postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[Postgresql]:
    with postgresql() as running:
        yield running
