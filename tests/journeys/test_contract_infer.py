"""`assay contract infer` and `assay init`: from somebody's own file to a first verdict, and nothing is written over."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from homes import Ran, assay
from journeys.flights_home import EXAMPLE, git

DATA = EXAMPLE / "data"
ROWS = "".join(f"{n},{n % 90:05},{'open' if n % 2 else 'done'},2024-01-{n % 28 + 1:02},{n}.5\n" for n in range(400))
ORDERS = f"order_id,zip,state,day,amount\n{ROWS}"


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Orders 2024.csv").write_text(ORDERS)
    return tmp_path


def said(ran: Ran) -> str:
    return " ".join(ran.err.split())


def test_a_contract_is_proposed_for_a_file_with_what_was_concluded_beside_it(
    orders: Path, snapshot: SnapshotAssertion
) -> None:
    ran = assay("contract", "infer", "Orders 2024.csv")

    assert ran.code == 0, ran.text
    assert (ran.out, ran.err) == snapshot
    assert list(orders.iterdir()) == [orders / "Orders 2024.csv"]


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet"])
def test_what_was_inferred_from_a_file_passes_lint_and_validation_on_it(orders: Path, ending: str) -> None:
    import duckdb

    file = orders / f"orders.{ending}"
    rows = duckdb.sql(f"select * from read_csv('{orders / 'Orders 2024.csv'}', types = {{'zip': 'VARCHAR'}})")
    (rows.write_csv if ending == "csv" else rows.write_parquet)(str(file))
    if ending == "ndjson":
        file.write_text("".join(f"{line[0]}\n" for line in duckdb.sql("select to_json(rows) from rows").fetchall()))
    inferred = assay("contract", "infer", file, "-o", "orders.odcs.yaml")
    lint = assay("contract", "lint", "--strict", "orders.odcs.yaml")
    checked = assay("validate", "orders.odcs.yaml", "--data", file, "--state", orders / "state")

    assert (inferred.code, lint.code, checked.code) == (0, 0, 0), inferred.text + lint.text + checked.text
    assert "key order_id: 400 rows, each once" in inferred.err
    assert "orders: pass  400 rows" in checked.out


def test_a_text_stays_text_in_the_next_file_and_a_wrong_row_fails(orders: Path) -> None:
    assay("contract", "infer", "Orders 2024.csv", "--name", "orders", "-o", "orders.odcs.yaml")
    (orders / "next.csv").write_text("order_id,zip,state,day,amount\n" + "1,12345,lost,2024-02-01,1\n" * 2)
    ran = assay("validate", "orders.odcs.yaml", "--data", "next.csv", "--all", "--state", orders / "state")

    words = " ".join(ran.out.split())
    assert ran.code == 1
    assert "2 fail, 21 pass" in words  # the number twice, and the state
    assert "fail state is one of done" in words


def test_several_files_are_one_table_called_as_their_folder() -> None:
    ran = assay("contract", "infer", DATA / "flights" / "*.parquet")

    assert ran.code == 0, ran.text
    assert "key carrier, flight, time_hour: 336,776 rows, each once" in ran.err
    assert "\n  - name: flights\n" in ran.out


def test_values_of_rows_are_written_only_where_they_may_be(orders: Path) -> None:
    ran = assay("contract", "infer", "Orders 2024.csv", "--no-values")

    assert ran.code == 0
    assert not [word for word in ("open", "done", "minimum", "maximum", "enum", "2024-01", "399") if word in ran.out]


def test_a_file_that_is_there_is_written_over_only_by_force(orders: Path) -> None:
    (orders / "mine.yaml").write_text("mine")
    refused = assay("contract", "infer", "Orders 2024.csv", "-o", "mine.yaml")
    kept = (orders / "mine.yaml").read_text()
    forced = assay("contract", "infer", "Orders 2024.csv", "-o", "mine.yaml", "--force")

    assert (refused.code, kept, forced.code) == (1, "mine", 0)
    assert "expected a file that is not there yet" in said(refused)
    assert "apiVersion" in (orders / "mine.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("none.csv",), 2, "expected files found none that match"),
        (("Orders 2024.csv", "--name", "No Name"), 1, "expected a dataset name of lower-case letters"),
        (("Orders 2024.csv", str(DATA / "planes.parquet")), 1, "expected a CSV file as Orders 2024.csv is"),
        ((str(DATA / "planes.parquet"), str(DATA / "airlines.parquet")), 1, "expected the columns of"),
        (("---.csv",), 2, "files"),
    ],
)
def test_what_is_no_table_is_refused(orders: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    ran = assay("contract", "infer", "--", *arguments) if arguments == ("---.csv",) else assay(
        "contract", "infer", *arguments
    )  # fmt: skip

    assert ran.code == code, ran.text
    assert words in said(ran)
    assert ran.out == ""


def test_a_new_project_reads_back_and_knows_whom_git_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "Zoë O'Neil")
    git(tmp_path, "config", "user.email", "zoe@example.org")
    monkeypatch.chdir(tmp_path)
    made = assay("init", "My Shop")
    monkeypatch.chdir(tmp_path / "My Shop")
    assay("contract", "infer", DATA / "planes.parquet", "-o", "sources/planes.odcs.yaml")

    assert made.code == 0, made.text
    assert "Zoë O'Neil" in Path("people.yaml").read_text()
    assert "name: my_shop\n" in Path("assay.yaml").read_text()
    assert Path(".gitignore").read_text() == ".assay/\n"
    assert assay("contract", "lint").code == 0
    status = assay("status")
    assert status.code == 0, status.text
    assert "my_shop" in status.out


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    made = assay("init", tmp_path, "--name", "shop")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = assay("init", tmp_path)

    assert (made.code, again.code) == (0, 1)
    assert ".gitignore was there and is kept." in made.out
    assert "Add .assay/ to .gitignore" in made.out
    assert "expected a folder without a project" in said(again)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert before[tmp_path / ".gitignore"] == b"mine\n"


def test_files_that_make_no_project_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("people: none\n")
    ran = assay("init", tmp_path, "--name", "shop")

    assert ran.code == 1
    assert "people.yaml" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["people.yaml"]
