"""What differs between two versions of a product, and the class that follows."""

from __future__ import annotations

import pytest

from assay.lifecycle.gates import ChangeClass
from assay.project.changes import Change, changes_between, class_of
from assay.project.reading import read_project

Files = dict[str, bytes]
DAILY = "products/sales/contracts/daily.odcs.yaml"
BOARD = "products/sales/solutions/board.dashboard.yaml"


def changes(before: Files, after: Files) -> tuple[Change, ...]:
    return changes_between(read_project(before), read_project(after), "sales")


def edited(files: Files, path: str, old: bytes, new: bytes) -> Files:
    assert old in files[path]
    return {**files, path: files[path].replace(old, new, 1)}


def test_a_project_does_not_differ_from_itself(files: Files) -> None:
    assert changes(files, dict(files)) == ()
    assert class_of(()) is ChangeClass.COSMETIC


def test_a_first_version_is_standard() -> None:
    assert class_of(None) is ChangeClass.STANDARD


def test_a_comment_in_a_step_is_no_change(files: Files) -> None:
    path = "products/sales/workflow/daily.sql"

    assert changes(files, {**files, path: b"-- once more\n" + files[path]}) == ()


def test_a_step_that_computes_otherwise_is_standard(files: Files) -> None:
    path = "products/sales/workflow/daily.sql"
    found = changes(files, {**files, path: files[path].rstrip() + b" limit 5\n"})

    assert [(c.subject, c.change_class) for c in found] == [("sales/daily", ChangeClass.STANDARD)]


def test_a_column_that_goes_is_breaking_and_deepens_the_class_of_the_whole(files: Files) -> None:
    after = edited(files, DAILY, b"      - name: cents\n        logicalType: integer\n", b"")
    after = edited(after, DAILY, b"name: daily\n", b"name: daily\n    description: Sales by day\n")
    after = {p: c for p, c in after.items() if p != BOARD}
    found = changes(files, after)

    assert class_of(found) is ChangeClass.BREAKING
    assert {c.change_class for c in found} >= {ChangeClass.BREAKING, ChangeClass.COSMETIC}


def test_a_description_is_cosmetic(files: Files) -> None:
    found = changes(files, edited(files, DAILY, b"name: daily\n", b"name: daily\n    description: Sales by day\n"))

    assert class_of(found) is ChangeClass.COSMETIC
    assert len(found) == 1


def test_another_description_of_a_source_is_cosmetic_and_another_column_standard(files: Files) -> None:
    path = "sources/orders.odcs.yaml"
    described = edited(files, path, b"  - name: orders\n", b"  - name: orders\n    description: All orders\n")
    widened = edited(files, path, b"      - name: at\n", b"      - name: till\n      - name: at\n")

    assert class_of(changes(files, described)) is ChangeClass.COSMETIC
    assert class_of(changes(files, widened)) is ChangeClass.STANDARD


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"path: data/orders", b"path: there/orders", "sources.orders is read from another place in dev."),
        (b"format: parquet", b"format: csv", "sources.orders is read in another way in dev."),
        (b"environment: dev", b"environment: prod", "sources.orders is also read in prod."),
        (b"environment: dev", b"environment: prod", "sources.orders is no longer read in dev."),
    ],
)
def test_a_source_that_is_read_elsewhere_is_standard(files: Files, old: bytes, new: bytes, sentence: str) -> None:
    found = changes(files, edited(files, "sources/orders.odcs.yaml", old, new))

    assert sentence in [change.sentence for change in found]
    assert {(c.subject, c.change_class) for c in found} == {("sources.orders", ChangeClass.STANDARD)}


def test_what_a_place_is_called_is_no_change(files: Files) -> None:
    assert changes(files, edited(files, "sources/orders.odcs.yaml", b"server: dev", b"server: here")) == ()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"cron: 0 6", b"cron: 0 7", "The schedule changes from `0 6 * * *` (UTC) to `0 7 * * *` (UTC)."),
        (b"schedule:\n  cron: 0 6 * * *\n", b"", "The schedule changes from `0 6 * * *` (UTC) to none."),
        (b"* * *\n", b"* * *\n  soak-runs: 5\n", "It is soaked after 5 scheduled runs instead of 2."),
        (
            b"* * *\n",
            b"* * *\n  timezone: Europe/Vienna\n",
            "The schedule changes from `0 6 * * *` (UTC) to `0 6 * * *` (Europe/Vienna).",
        ),
        (
            b"* * *\n",
            b"* * *\n  missed: all\n",
            "Of missed moments each is run, in its order (it was latest, it is all).",
        ),
        (
            b"* * *\n",
            b"* * *\n  retries: 0\n",
            "A run that lacks something that is not there is tried again: never (it was up to 3 times).",
        ),
        (b"* * *\n", b"* * *\n  timeout: 90 min\n", "A run may take at most 90 min (it was as long as it needs)."),
    ],
)
def test_another_schedule_is_standard(files: Files, old: bytes, new: bytes, sentence: str) -> None:
    found = changes(files, edited(files, "products/sales/product.yaml", old, new))

    assert found == (Change("sales", ChangeClass.STANDARD, sentence),)


def test_a_dashboard_that_goes_is_breaking(files: Files) -> None:
    assert class_of(changes(files, {p: c for p, c in files.items() if p != BOARD})) is ChangeClass.BREAKING
