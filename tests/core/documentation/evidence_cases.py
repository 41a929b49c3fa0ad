"""Results to be shown: one of each outcome, hostile texts, and what one forgets: none, all skipped, very many."""

from __future__ import annotations

from datetime import UTC, datetime

from assay.contract.model import Severity
from assay.documentation.evidence_page import PAGE, PARTS, STYLE, PageTexts, evidence_page
from assay.documentation.evidence_results import DatasetResult, Sample
from assay.validation.conditions import Outcome
from assay.validation.explaining import Explained, Origin, ReadNote
from assay.validation.promises import Dimension
from assay.validation.verdicts import Verdict
from core.validation.duck import checks_on, contract_of
from house import PACKAGE

AT = datetime(2026, 3, 1, 13, 5, tzinfo=UTC)
CHECKS = {
    check.id: check
    for check in checks_on(
        contract_of("""\
            schema:
            - name: t
              properties:
              - name: origin
                tags: [core]
                quality:
                - {id: known, name: Origin is known, metric: nullValues, mustBe: 0}
                - {id: valid, metric: invalidValues, arguments: {validValues: [EWR]}, mustBe: 0}
              quality:
              - {id: volume, metric: rowCount, mustBeBetween: [100, 1000], severity: warning}
              - {id: busiest, type: sql, description: The busiest day is bearable., query: select 1, mustBe: 1}
              - {id: agreed, type: text, description: Numbers agree with the airport's own.}
            """)
    )
}
HOSTILE = "a <script>alert(\"1\")</script> & 'b' %0A::error::x \x1b[31m\x00\nnext ]]> \u202e\ud800 ünï"
"""Markup, a command of GitHub, colours of a terminal, what XML has no character for, and writing turned round."""


def verdict(check: str, outcome: Outcome, sentence: str = "origin is as it should be", **fields: object) -> Verdict:
    """Return a verdict with the dimension and severity that most have."""
    said = {"dimension": Dimension.CONFORMITY, "severity": Severity.FAIL, **fields}
    return Verdict(check, outcome, sentence, **said)  # type: ignore[arg-type]  # the names are those of its fields


def result(*verdicts: Verdict, **fields: object) -> DatasetResult:
    """Return a result of the contract above."""
    said = {"rows": 336_776, "checks": CHECKS, **fields}
    return DatasetResult("flights", "1.2.0", "c.yaml", "ontime_daily", verdicts=verdicts, **said)  # type: ignore[arg-type]


KNOWN = verdict("known", Outcome.PASS, "origin is never empty", measured="0 rows", limit="exactly 0", bad_rows=0,
                tested_rows=336_776, dimension=Dimension.COMPLETENESS)  # fmt: skip
VALID = verdict("valid", Outcome.FAIL, "origin is one of EWR", measured="3 rows", limit="exactly 0", bad_rows=3,
                tested_rows=336_776)  # fmt: skip
VOLUME = verdict("volume", Outcome.WARN, "t has 100 to 1000 rows", measured="336776", limit="100 to 1000",
                 dimension=Dimension.COVERAGE, severity=Severity.WARN)  # fmt: skip
BUSIEST = verdict("busiest", Outcome.ERROR, "The busiest day is bearable.", message="Binder Error: no column flihgts")
AGREED = verdict("agreed", Outcome.SKIP, "Numbers agree with the airport's own.", message="a rule in words")

EXPLAINED = Explained(
    rows=336_776,
    files=2,
    origins={"known": (Origin.FOOTER,), "valid": (Origin.ROWS,)},
    notes=("b.parquet was measured beside its footer",),
    reads=(ReadNote(Origin.ROWS, 'SELECT\n  count(*)\nFROM "t"', ("origin",), 336_776, 12_345, 0.0123),),
    uses={"valid": (0,)},
)

MIXED = result(
    KNOWN, VALID, VOLUME, BUSIEST, AGREED,
    samples={"valid": Sample(("day", "origin"), ((AT.date(), "XXX"), (None, "(hidden)")))},
    not_run=3,
)  # fmt: skip
NASTY = result(
    verdict(HOSTILE, Outcome.FAIL, HOSTILE, measured=HOSTILE, limit=HOSTILE, message=HOSTILE),
    samples={HOSTILE: Sample((HOSTILE,), ((HOSTILE,),))},
)
EMPTY = result(rows=0)
SKIPPED = result(AGREED)
MANY = result(
    *(
        verdict(
            f"r{n}", Outcome.PASS if n % 4 else Outcome.FAIL, f"column_{n} is known", measured="1 row", limit="none"
        )
        for n in range(10_000)
    )
)
LONG = result(verdict("x" * 300, Outcome.FAIL, "y" * 300 + " is known", measured="9" * 40, limit="exactly 0"))
CASES = {
    "mixed": [MIXED], "explained": [result(KNOWN, VALID, explained=EXPLAINED)], "nasty": [NASTY], "no rules": [EMPTY],
    "nothing": [], "all skipped": [SKIPPED], "several": [MIXED, SKIPPED], "long": [LONG],
}  # fmt: skip
"""By name; `MANY` is apart, for it is looked at by numbers."""

_FOLDER = PACKAGE / "documentation" / "templates"
_TEMPLATE, _PARTS, STYLE_TEXT = ((_FOLDER / name).read_text() for name in (PAGE, PARTS, STYLE))


def page(*results: DatasetResult) -> str:
    """Return the evidence page of results, as it is written to a file."""
    return evidence_page(results, AT, PageTexts(_TEMPLATE, _PARTS, STYLE_TEXT, "0.1"))
