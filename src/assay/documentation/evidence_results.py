"""What the rules of datasets gave, as all that shows it takes it: terminal, JSON, JUnit, GitHub, HTML and portal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.base.errors import Place
from assay.base.printable import printable
from assay.documentation.blocks import counted
from assay.validation.checks import Check
from assay.validation.conditions import Outcome
from assay.validation.explaining import Explained, ReadNote
from assay.validation.verdicts import Verdict, worst

WORST_FIRST = (Outcome.ERROR, Outcome.FAIL, Outcome.WARN, Outcome.SKIP, Outcome.PASS)
"""The order in which verdicts are shown: what nobody tested stands before what passed."""

BROKEN = frozenset({Outcome.ERROR, Outcome.FAIL, Outcome.WARN})
"""Verdicts that somebody should look at."""


@dataclass(frozen=True, slots=True)
class OutcomeWord:
    """How a verdict is shown: in a word or two, in a tone (good, warn, bad, plain), and with a sign beside it."""

    text: str
    tone: str
    glyph: str


OUTCOME_WORDS: dict[Outcome, OutcomeWord] = {
    Outcome.PASS: OutcomeWord("pass", "good", "✓"),
    Outcome.WARN: OutcomeWord("warning", "warn", "!"),
    Outcome.FAIL: OutcomeWord("failed", "bad", "✕"),
    Outcome.ERROR: OutcomeWord("no verdict", "bad", "?"),
    Outcome.SKIP: OutcomeWord("not tested", "plain", "–"),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that break a rule, with their columns; hidden values were hidden before they came here."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


def sample_of(rows: Sequence[Mapping[str, Any]]) -> Sample:
    """Put rows, each as column to value and at least one, into the form in which they are shown."""
    return Sample(tuple(rows[0]), tuple(tuple(row.values()) for row in rows))


@dataclass(frozen=True, slots=True)
class DatasetResult:
    """What the rules of one dataset gave.

    Attributes:
        contract: id of the contract, and ``version`` of it.
        file: where the contract lies, as it is shown in errors.
        rows: of the dataset; None where they were not counted.
        verdicts: of the checks that were run, in the contract's order.
        checks: that were run, by id; a verdict from elsewhere has none.
        samples: check id to rows that break it; kept apart from the verdicts, and never where those are signed.
        not_run: how many rules were not selected.
        explained: where each verdict comes from and what was read; None where nobody asked.
    """

    contract: str
    version: str
    file: str
    dataset: str
    rows: int | None
    verdicts: tuple[Verdict, ...]
    checks: Mapping[str, Check] = field(default_factory=dict)
    samples: Mapping[str, Sample] = field(default_factory=dict)
    not_run: int = 0
    explained: Explained | None = None

    @property
    def outcome(self) -> Outcome:
        """The worst verdict; nothing tested at all is an error, for it proves nothing."""
        return overall(self.verdicts)

    @property
    def is_unproven(self) -> bool:
        """Whether no rule was tested at all."""
        return all(verdict.outcome is Outcome.SKIP for verdict in self.verdicts)

    @property
    def origins(self) -> dict[str, str]:
        """Check id to where its verdict comes from, in words; empty where nobody asked."""
        found = self.explained
        return {verdict.check_id: found.words(verdict.check_id) for verdict in self.verdicts} if found else {}

    def place(self, check_id: str) -> Place:
        """Return where the contract says a rule; the contract itself where that is not known."""
        check = self.checks.get(check_id)
        return check.place if check else Place(self.file)


UNPROVEN = "No rule was tested, and so nothing is proven."
"""What is said of such a result, which is an error."""


def overall(verdicts: Iterable[Verdict]) -> Outcome:
    """Return the worst of some verdicts; nothing tested at all is an error."""
    found = worst(verdicts)
    return Outcome.ERROR if found is Outcome.SKIP else found


def worst_first(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return verdicts by how bad they are; of one outcome in the order in which they came."""
    return sorted(verdicts, key=lambda verdict: WORST_FIRST.index(verdict.outcome))


def counts_of(verdicts: Iterable[Verdict]) -> dict[Outcome, int]:
    """Return how many verdicts there are of each outcome, the worst first and without those that nobody has."""
    outcomes = [verdict.outcome for verdict in verdicts]
    return {outcome: many for outcome in WORST_FIRST if (many := outcomes.count(outcome))}


def counts_words(verdicts: Iterable[Verdict], not_run: int = 0) -> str:
    """Write the counts for people: ``2 fail, 1 warn, 28 pass, 4 not run``."""
    counted = [f"{many:,} {outcome}" for outcome, many in counts_of(verdicts).items()]
    return ", ".join([*counted, *([f"{not_run:,} not run"] if not_run else [])]) or "no rules"


def said_of(result: DatasetResult) -> str:
    """Write how many rows and rules there are, and what the rules came to."""
    rows = f"{counted(result.rows, 'row')}, " if result.rows is not None else ""
    counts = counts_words(result.verdicts, result.not_run)
    return f"{rows}{counted(len(result.verdicts), 'rule')}: {counts}"


def measured_words(verdict: Verdict) -> str:
    """Write what was measured, with the rows behind it: ``3 rows of 800``, ``0.4 percent (3 of 800 rows)``."""
    if not verdict.measured or not verdict.bad_rows or not verdict.tested_rows:
        return verdict.measured or ""
    if verdict.measured in {f"{verdict.bad_rows} rows", f"{verdict.bad_rows} row"}:
        return f"{verdict.measured} of {verdict.tested_rows:,}"
    return f"{verdict.measured} ({verdict.bad_rows:,} of {verdict.tested_rows:,} rows)"


def measure_words(verdict: Verdict) -> str:
    """Write what was measured beside its limit; empty where nothing was measured."""
    limit = f", wanted {verdict.limit}" if verdict.limit else ""
    return f"{measured_words(verdict)}{limit}" if verdict.measured else ""


def read_words(read: ReadNote) -> str:
    """Write what a read took."""
    stored = f", {read.size_bytes:,} bytes as stored" if read.size_bytes is not None else ""
    rows = "1 row" if read.rows == 1 else f"{read.rows:,} rows"
    return f"{read.origin}: {rows}{stored}, {read.seconds:.3f} s"


def safe_code(line: str) -> str:
    """Return a line of code with its spaces as they are, and nothing that steers what it is written to."""
    return printable(line.replace("\t", "    "))
