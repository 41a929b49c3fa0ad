"""`assay contract export` and `import`: to the terminal and into files, what is lost beside it, and no file is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.actions.contract_export import Format
from assay.actions.contract_import import Source
from assay.cli.contract_export import DIALECTS, FORMATS
from assay.cli.contract_import import SOURCES
from assay.contract.formats.dialects import Dialect
from homes import assay

FULL = Path(__file__).parents[1] / "fixtures" / "odcs" / "valid" / "all_full-example.odcs.yaml"


def test_the_choices_of_the_commands_are_those_that_there_are() -> None:
    assert tuple(Format) == FORMATS
    assert tuple(Source) == SOURCES
    assert tuple(Dialect) == DIALECTS


@pytest.mark.parametrize("to", FORMATS)
def test_a_contract_is_written_to_the_terminal_and_what_is_lost_beside_it(to: str) -> None:
    ran = assay("contract", "export", FULL, "--to", to)

    assert ran.code == 0
    assert "rcvr_id" in ran.out.replace("\\", "")
    assert ("Not carried: " in ran.err) is (to not in {"html", "markdown"})


def test_machines_get_all_that_is_lost() -> None:
    ran = assay("contract", "export", FULL, "--to", "ddl", "--dialect", "hive", "--lost", "json")

    told = json.loads(ran.err)
    assert {"path": "tbl.rcvr_id.primaryKey", "what": "True", "why": "the dialect takes no keys"} in told


def test_a_folder_gets_a_file_for_each_dataset_and_nothing_is_written_over(tmp_path: Path) -> None:
    first = assay("contract", "export", FULL, "--to", "json-schema", "-o", tmp_path)
    (tmp_path / "tbl.schema.json").unlink()
    before = (tmp_path / "receivers.schema.json").read_bytes()
    again = assay("contract", "export", FULL, "--to", "json-schema", "-o", tmp_path)
    forced = assay("contract", "export", FULL, "--to", "json-schema", "-o", tmp_path, "--force")

    assert (first.code, again.code, forced.code) == (0, 1, 0)
    assert "a file that is not there yet" in again.err
    assert (tmp_path / "receivers.schema.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["receivers.schema.json", "tbl.schema.json"]


def test_a_refusal_writes_none_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "receivers.sql").write_text("mine")
    ran = assay("contract", "export", FULL, "--to", "ddl", "-o", tmp_path)

    assert ran.code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["receivers.sql"]
    assert (tmp_path / "receivers.sql").read_text() == "mine"


def test_one_dataset_is_taken_by_its_name() -> None:
    ran = assay("contract", "export", FULL, "--to", "ddl", "--dataset", "receivers")
    wrong = assay("contract", "export", FULL, "--to", "ddl", "--dataset", "absent")

    assert "tbl_1" not in ran.out
    assert wrong.code == 2
    assert "tbl, receivers" in wrong.err


@pytest.mark.parametrize(
    "options", [("--to", "html", "--dialect", "hive"), ("--to", "ddl", "--as", "sources"), ("--to", "nothing")]
)
def test_options_that_do_not_go_together_are_a_wrong_usage(options: tuple[str, ...]) -> None:
    assert assay("contract", "export", FULL, *options).code == 2


def test_what_is_exported_is_imported_and_passes_the_lint(tmp_path: Path) -> None:
    schema, tables, made = tmp_path / "shop.schema.json", tmp_path / "shop.sql", tmp_path / "made.odcs.yaml"
    assay("contract", "export", FULL, "--to", "json-schema", "-o", schema)
    assay("contract", "export", FULL, "--to", "ddl", "--dialect", "postgres", "-o", tables)

    for source, path, dialect in (("json-schema", schema, ()), ("ddl", tables, ("--dialect", "postgres"))):
        ran = assay("contract", "import", path, "--from", source, *dialect, "-o", made, "--force")
        lint = assay("contract", "lint", made, "--faults")
        assert (ran.code, lint.code) == (0, 0)
        assert "name: shop" in made.read_text()

    again = assay("contract", "import", tables, "--from", "ddl", "-o", made)
    assert again.code == 1
    assert "a file that is not there yet" in again.err


def test_what_contradicts_itself_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"properties": {"a": {"type": "integer", "minimum": 3, "maximum": 2}}}')
    ran = assay("contract", "import", tmp_path / "s.json", "--from", "json-schema", "-o", tmp_path / "c.odcs.yaml")

    assert ran.code == 1
    assert "what a contract can promise" in ran.err
    assert not (tmp_path / "c.odcs.yaml").exists()
