"""Both sides at work on one case after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import duckdb

from differential.cases import FILES, Case, Rule, write
from differential.peer import Answer, Loaded, Peer
from differential.sides import (
    REFUSED,
    Said,
    as_loaded,
    as_stored,
    assay_verdicts,
    peer_verdicts,
    run_failure,
)


@dataclass(frozen=True)
class Outcomes:
    """What both sides said of a case.

    Attributes:
        ours: rule to what Assay said.
        theirs: rule to what the peer said.
        loaded: what Assay says of the data as the peer loads it from files; None where it reads none, or cannot.
        types: dataset to column to the type as which the peer loads it from files; empty where it reads none.
        failure: why the peer tested nothing at all; empty where it did.
    """

    case: Case
    ours: Mapping[str, Said]
    theirs: Mapping[str, Said]
    loaded: Mapping[str, Said] | None
    types: Loaded
    failure: str

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every promise of the contract."""
        return tuple(self.case.rules())

    @property
    def is_refused(self) -> bool:
        """Whether Assay refuses to read the contract."""
        return REFUSED in self.ours

    def of_ours(self, rule: Rule) -> Said:
        """Return what Assay said of a rule."""
        return self.ours[REFUSED] if self.is_refused else self.ours[rule.key]


@dataclass(frozen=True, slots=True)
class Bench:
    """Where cases are tested: a folder for their files, a DuckDB for Assay, and the peer."""

    folder: Path
    connection: duckdb.DuckDBPyConnection
    peer: Peer

    def test(self, case: Case) -> Outcomes:
        """Let both sides test a case."""
        now = datetime.now(UTC)
        contract = case.contract(self.folder)
        self.connection.execute("SET TimeZone = 'UTC'")
        write(case, self.folder, now, self.connection)
        answer = self.peer.test(contract, case.server)
        self.connection.execute("SET TimeZone = 'America/New_York'")  # no verdict may depend on the session's zone
        ours = assay_verdicts(self.connection, contract, as_stored(case, self.folder), now)
        loaded = self._loaded(case, contract, answer, now) if case.server == FILES else None
        return Outcomes(case, ours, peer_verdicts(case, answer), loaded, answer.loaded, run_failure(answer))

    def assay(self, case: Case) -> Mapping[str, Said]:
        """Let Assay alone test a case."""
        now = datetime.now(UTC)
        self.connection.execute("SET TimeZone = 'UTC'")
        write(case, self.folder, now, self.connection)
        return assay_verdicts(self.connection, case.contract(self.folder), as_stored(case, self.folder), now)

    def _loaded(self, case: Case, contract: str, answer: Answer, now: datetime) -> Mapping[str, Said] | None:
        self.connection.execute("SET TimeZone = 'UTC'")
        try:
            return assay_verdicts(self.connection, contract, as_loaded(case, self.folder, answer.loaded), now)
        except duckdb.Error:
            return None
