"""`assay test`: unit tests of steps."""

from __future__ import annotations

import click

from assay.actions.home import Home
from assay.actions.make import product_named
from assay.actions.step_tests import CaseResult, chosen_cases, run_cases
from assay.base.errors import refusal
from assay.base.printable import printable, some
from assay.cli.door import with_home
from assay.cli.output import as_json, count, line
from assay.cli.step_tests_text import show_result
from assay.project.model import Product
from assay.validation.conditions import Outcome
from assay.workflow.step_cases import StepCase


@click.command()
@click.argument("target", required=False, metavar="[PRODUCT[.STEP]]")
@click.option("-k", "text", metavar="TEXT", help="Only cases in whose names it stands, upper or lower case.")
@click.option(
    "-o", "--output", "form", type=click.Choice(["text", "json"]), default="text", help="For people or machines."
)
@with_home
def test(home: Home, target: str | None, text: str | None, form: str) -> int:
    """Run the unit tests of steps: the rows that a case gives, and the rows that it expects.

    Exit code 1 if any fails. Nothing is built, and nothing is recorded.
    """
    chosen = _chosen(home, target, text)
    results = []
    for product, cases in chosen:
        for result in run_cases(home.workshop, home.project, product, cases):
            results.append(result)
            if form == "text":
                show_result(result)
    if form == "json":
        as_json([_as_value(result) for result in results])
    else:
        _sum_up(results, [product.name for product, _ in chosen])
    return 0 if all(result.outcome is Outcome.PASS for result in results) else 1


def _chosen(home: Home, target: str | None, text: str | None) -> list[tuple[Product, tuple[StepCase, ...]]]:
    products, step = list(home.project.products.values()), None
    if target is not None:
        name, _, step_name = target.partition(".")
        products, step = [product_named(home.project, name)], step_name or None
    chosen = [(product, chosen_cases(product, step, text)) for product in products]
    if text is not None and not any(cases for _, cases in chosen):
        every = [case.name for product in products for case in chosen_cases(product, step, None)]
        hint = f"There are: {some(every, 10) or 'none'}."
        raise refusal("-k", expected="a part of a case's name", found=repr(text), hint=hint)
    return chosen


def _sum_up(results: list[CaseResult], products: list[str]) -> None:
    if not results:
        line(f"No unit tests of {', '.join(products) or 'any product'}: write products/NAME/tests/STEP.yaml.")
        return
    wrong = [sum(result.outcome is outcome for result in results) for outcome in (Outcome.FAIL, Outcome.ERROR)]
    said = [f"{number} {word}" for number, word in zip(wrong, ("failed", "ended in an error"), strict=True) if number]
    line(f"{count(len(results), 'case')}: {', '.join(said) or 'all pass'}.", bold=True)


def _as_value(result: CaseResult) -> dict[str, object]:
    case, difference = result.case, result.difference
    columns = difference.columns if difference else ()
    return {
        "product": result.product,
        "step": case.step,
        "case": case.name,
        "file": case.place.file,
        "line": case.place.line,
        "result": str(result.outcome),
        "seconds": round(result.seconds, 3),
        "rows": difference.rows if difference else None,
        "order_only": difference.is_order_alone if difference else False,
        "differences": [
            {
                "expected": None if pair.expected is None else dict(zip(columns, pair.expected, strict=True)),
                "found": None if pair.found is None else dict(zip(columns, pair.found, strict=True)),
                "columns": [columns[position] for position in sorted(pair.differing)],
            }
            for pair in (difference.pairs if difference else ())
        ],
        "faults": [
            {"where": printable(f.where), "expected": f.expected, "found": f.found, "hint": f.hint}
            for f in result.faults
        ],
    }
