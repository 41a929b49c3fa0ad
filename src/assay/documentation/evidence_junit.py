"""Results for continuous integration: JUnit XML. No value of a row is in it, for it is kept and read by many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from assay.base.printable import printable
from assay.documentation.evidence_results import UNPROVEN, DatasetResult, measure_words
from assay.validation.conditions import Outcome
from assay.validation.verdicts import Verdict

ELEMENTS: dict[Outcome, str] = {Outcome.FAIL: "failure", Outcome.ERROR: "error", Outcome.SKIP: "skipped"}
"""Outcome to the element that says so. A warning passes, with a note: the format has no word for it."""


def evidence_junit(results: Sequence[DatasetResult], at: datetime) -> str:
    """Write results as JUnit XML, a suite a dataset and a case a rule.

    Args:
        results: of the datasets that were looked at.
        at: when, with a time zone.
    """
    root = Element("testsuites", {"name": "assay validate"})
    for result in results:
        _suite(root, result, at)
    if not results:
        _unproven(SubElement(root, "testsuite", {"name": "assay validate"}), "assay validate")
    for suite in root:
        suite.attrib |= _totals(suite)
    root.attrib |= _totals(root)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(root: Element, result: DatasetResult, at: datetime) -> None:
    moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    suite = SubElement(
        root, "testsuite", {"name": printable(f"{result.contract} {result.dataset}"), "timestamp": moment}
    )
    properties = SubElement(suite, "properties")
    told = {"contract": result.contract, "version": result.version, "file": result.file, "dataset": result.dataset}
    numbers = {"rows": "unknown" if result.rows is None else str(result.rows), "rules not run": str(result.not_run)}
    for name, value in {**told, **numbers}.items():
        SubElement(properties, "property", {"name": name, "value": printable(value)})
    for verdict in result.verdicts:
        _case(suite, verdict, result)
    if result.is_unproven:
        _unproven(suite, result.dataset)


def _unproven(suite: Element, name: str) -> None:
    """Add a case that is an error: to whoever looks at skipped cases alone, nothing tested would look like success."""
    case = SubElement(suite, "testcase", {"classname": printable(name), "name": "some rule is tested", "time": "0"})
    SubElement(case, "error", {"message": UNPROVEN, "type": str(Outcome.ERROR)})


def _case(suite: Element, verdict: Verdict, result: DatasetResult) -> None:
    place = result.place(verdict.check_id)
    case = SubElement(
        suite,
        "testcase",
        {
            "classname": printable(result.dataset),
            "name": printable(f"{verdict.sentence} ({verdict.check_id})"),
            "file": printable(place.file),
            **({"line": str(place.line)} if place.line is not None else {}),
            "time": "0",
        },
    )
    said = printable("; ".join(part for part in (measure_words(verdict), verdict.message) if part))
    element = ELEMENTS.get(verdict.outcome)
    if element is not None:
        kind = {} if element == "skipped" else {"type": str(verdict.outcome)}
        SubElement(case, element, {"message": said or printable(verdict.sentence), **kind})
    elif verdict.outcome is Outcome.WARN:
        SubElement(case, "system-out").text = f"warning: {said}"


def _totals(holder: Element) -> dict[str, str]:
    """Count the cases below an element, as the format wants it said above them."""
    inside = [one.tag for case in holder.iter("testcase") for one in case]
    names = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    tests = sum(1 for _ in holder.iter("testcase"))
    return {"tests": str(tests), **{name: str(inside.count(tag)) for name, tag in names.items()}}
