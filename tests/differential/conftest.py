"""The peer is installed once for all runs and started once for each."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from differential.bench import Bench
from differential.peer import NoPeer, running


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Give a bench; where the peer cannot be installed, say so and skip."""
    try:
        with running() as peer, duckdb.connect() as connection:
            yield Bench(tmp_path_factory.mktemp("bench"), connection, peer)
    except NoPeer as error:
        pytest.skip(f"datacontract-cli cannot be installed here: {error}")
