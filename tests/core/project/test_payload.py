"""A payload has what one product needs to be read and built elsewhere, and no more."""

from __future__ import annotations

from assay.lifecycle.subjects import Subject
from assay.project.payload import payload_files
from assay.project.reading import read_project
from assay.project.subjects import subjects_of

Files = dict[str, bytes]


def payload(files: Files, product: str) -> Files:
    project = read_project(files)
    return payload_files(project, project.products[product], files)


def subjects(files: Files, product: str, only: str | None = None) -> tuple[Subject, ...]:
    project = read_project(files, only)
    return subjects_of(project, project.products[product])


def test_a_payload_has_the_product_its_sources_and_the_modules_it_imports(files: Files) -> None:
    files["shared/unused.py"] = b"x = 1"
    files["products/sales/docs/why.md"] = b"because"

    assert sorted(payload(files, "sales")) == [
        "assay.yaml",
        "products/sales/contracts/daily.odcs.yaml",
        "products/sales/contracts/monthly.odcs.yaml",
        "products/sales/docs/why.md",
        "products/sales/product.yaml",
        "products/sales/solutions/board.dashboard.yaml",
        "products/sales/workflow/clean.sql",
        "products/sales/workflow/daily.sql",
        "products/sales/workflow/monthly.py",
        "shared/calendar.py",
        "sources/orders.odcs.yaml",
        "sources/shops.odcs.yaml",  # a foreign key of orders points to it
    ]


def test_a_payload_has_the_contracts_of_other_products_that_it_reads(files: Files) -> None:
    assert sorted(payload(files, "desk")) == [
        "assay.yaml",
        "products/desk/contracts/peak.odcs.yaml",
        "products/desk/product.yaml",
        "products/desk/workflow/peak.sql",
        "products/sales/contracts/daily.odcs.yaml",
        "sources/orders.odcs.yaml",
        "sources/shops.odcs.yaml",
    ]


def test_a_payload_is_read_without_people_and_means_the_same(files: Files) -> None:
    for product in ("sales", "desk"):
        assert subjects(payload(files, product), product, product) == subjects(files, product)


def test_a_payload_has_nodes_and_no_people(files: Files) -> None:
    roster = read_project(payload(files, "sales"), "sales").roster

    assert roster.people == ()
    assert [node.name for node in roster.nodes] == ["harbour"]


def test_a_payload_of_a_payload_is_the_payload(files: Files) -> None:
    once = payload(files, "sales")
    project = read_project(once, "sales")

    assert payload_files(project, project.products["sales"], once) == once
