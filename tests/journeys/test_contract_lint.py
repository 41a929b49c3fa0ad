"""`assay contract` as people and pipelines run it: what is printed, what is written, how it ends."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from assay.cli.main import run
from house import ROOT

FIXTURES = ROOT / "tests" / "fixtures" / "odcs"
HEAD = "version: 1.0.0\napiVersion: v3.2.0\nkind: DataContract\nid: x\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, at a terminal of 80 columns without colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("ASSAY_PROJECT", raising=False)
    return tmp_path


Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(here: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command; return its exit code and all that it printed."""

    def ask(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(["contract", *arguments])
        said = capsys.readouterr()
        return code, (said.out + said.err).replace(str(here), "HERE")

    return ask


def test_every_official_counterexample_is_told(here: Path, say: Say, snapshot: SnapshotAssertion) -> None:
    shutil.copytree(FIXTURES / "invalid", here / "invalid")
    code, said = say("lint", "invalid")

    assert code == 1
    assert said == snapshot


def test_the_official_examples_have_no_fault(here: Path, say: Say) -> None:
    shutil.copytree(FIXTURES / "valid", here / "valid")
    code, said = say("lint", "--faults", "valid")

    assert (code, said) == (0, "28 contracts: 0 faults, 0 hints.\n")


def test_strict_refuses_for_a_hint(here: Path, say: Say) -> None:
    (here / "c.yaml").write_text(HEAD + "dataProduct: x\n")

    assert say("lint", "c.yaml")[0] == 0
    assert say("lint", "--strict", "c.yaml")[0] == 1


def test_without_a_name_it_looks_at_the_contracts_of_the_project(here: Path, say: Say) -> None:
    shutil.copytree(ROOT / "examples" / "flights", here / "flights", ignore=shutil.ignore_patterns("data", ".assay"))
    (here / "flights" / ".hidden").mkdir()
    (here / "flights" / ".hidden" / "c.odcs.yaml").write_text("no contract")
    code, said = say("lint", "--project", "flights")

    assert code == 0
    assert "7 contracts: 0 faults" in said


def test_without_a_name_and_a_project_it_says_so(say: Say) -> None:
    code, said = say("lint")

    assert code == 1
    assert "a project: a folder with the file assay.yaml" in said


def test_a_machine_reads_json(here: Path, say: Say) -> None:
    (here / "c.yaml").write_text(HEAD + "color: red\n")
    code, said = say("lint", "-o", "json", "c.yaml")

    assert code == 1
    assert json.loads(said) == {
        "c.yaml": [
            {
                "rule": "field-unknown",
                "grade": "fault",
                "line": 5,
                "column": 1,
                "expected": "a field that a contract has",
                "found": "'color'",
                "hint": "Own fields go under 'customProperties'.",
            }
        ]
    }


def test_github_gets_annotations_at_the_lines(here: Path, say: Say) -> None:
    (here / "a,b.yaml").write_text(HEAD + "dataProduct: x\n'100%': red\n")
    code, said = say("lint", "-o", "github", "a,b.yaml")

    assert code == 1
    assert said.splitlines() == [
        "::error file=a%2Cb.yaml,line=6,col=1,title=field-unknown::expected a field that a contract has, found "
        "'100%25'. Own fields go under 'customProperties'.",
        "::warning file=a%2Cb.yaml,line=5,col=1,title=field-deprecated::expected no field that the standard gave up, "
        "found 'dataProduct'. Name the product under customProperties.",
        "::notice title=assay contract lint::1 faults, 1 hints",
    ]


def test_what_a_contract_says_does_not_steer_the_terminal(here: Path, say: Say) -> None:
    (here / "c.yaml").write_text(HEAD + '"\\e[31mred\\n::error::x": 1\n')

    for form in ("text", "json", "github"):
        said = say("lint", "-o", form, "c.yaml")[1]
        assert "\x1b" not in said
        assert not any(line.startswith("::error::x") for line in said.splitlines())


def test_a_rule_is_explained(say: Say) -> None:
    assert say("lint", "--explain", "key-missing") == (
        0,
        "key-missing (fault)\n  Duplicates of a dataset are counted by a key, named under arguments.\n",
    )


def test_a_rule_that_is_not_there_is_wrong_usage(say: Say) -> None:
    code, said = say("lint", "--explain", "key-mising")

    assert code == 2
    assert "Near to it: key-missing" in said


def bomb() -> str:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(["a0: &a0 x", *levels])


BAD: dict[str, bytes | None] = {
    "empty": b"",
    "not-utf-8": b"id: \xff",
    "binary": bytes(range(256)) * 10,
    "missing": None,
    "open": b"[" * 100_000,
    "deep": b"".join(b" " * n + b"a:\n" for n in range(1900)),
    "many-maps": b"{a: " * 3_000 + b"1" + b"}" * 3_000,
    "bomb": bomb().encode(),
    "ten-megabytes": b"a: " + b"x" * 10_000_000,
    "two-documents": b"a: 1\n---\nb: 2\n",
    "infinite": (HEAD + "x: 1e999\n").encode(),
}


@pytest.mark.timeout(60)
def test_a_file_that_is_no_contract_is_one_clear_fault(here: Path, say: Say, snapshot: SnapshotAssertion) -> None:
    (here / "folder").mkdir()
    for name, content in BAD.items():
        if content is not None:
            (here / name).write_bytes(content)
    code, said = say("lint", "folder", *BAD)

    assert code == 1
    assert said == snapshot


def test_show_says_every_promise_and_what_happens_when_it_is_broken(here: Path, say: Say) -> None:
    (here / "c.yaml").write_text(
        HEAD + "schema:\n- name: t\n  dataGranularityDescription: day\n  properties:\n  - {name: a, required: true}\n"
        "  quality:\n  - {id: r, metric: rowCount, mustBeGreaterThan: 5, severity: warning}\n"
        "  - {id: s, type: text, description: The numbers are those of the ledger.}\n"
    )
    code, said = say("show", "c.yaml")
    lines = [" ".join(line.split()) for line in said.splitlines()]

    assert code == 0
    assert lines[:2] == ["x, version 1.0.0", ""]
    assert {"One row for each: day", "a is never empty fail", "t has more than 5 rows warn"} <= set(lines)
    assert "The numbers are those of the ledger. skip, not tested: a rule in words, for" in lines
    assert max(map(len, said.splitlines())) <= 80


OLD = "# Old.\nversion: 1.0.0\napiVersion: v3.0.2  # still\nkind: DataContract\nid: x\n"


def test_upgrade_shows_what_it_would_change_and_changes_nothing(
    here: Path, say: Say, snapshot: SnapshotAssertion
) -> None:
    (here / "c.yaml").write_text(OLD)

    code, said = say("upgrade", "c.yaml")

    assert code == 0
    assert said == snapshot
    assert (here / "c.yaml").read_text() == OLD


def test_upgrade_writes_when_told_to(here: Path, say: Say) -> None:
    (here / "c.yaml").write_text(OLD)
    code, said = say("upgrade", "--write", "c.yaml")

    assert code == 0
    assert said.endswith("c.yaml is written.\n")
    assert (here / "c.yaml").read_text() == OLD.replace("v3.0.2", "v3.2.0")
    assert [path.name for path in here.iterdir()] == ["c.yaml"]


def test_upgrade_of_a_contract_with_faults_changes_nothing(here: Path, say: Say) -> None:
    (here / "c.yaml").write_text(OLD + "color: red\n")
    code, said = say("upgrade", "--write", "c.yaml")

    assert code == 1
    assert "'color'" in said
    assert (here / "c.yaml").read_text() == OLD + "color: red\n"


def test_a_contract_of_5000_lines_is_linted_in_seconds(here: Path, say: Say) -> None:
    columns = "".join(
        f"  - name: c{n}\n    logicalType: string\n    logicalTypeOptions:\n      maxLength: 9\n    relationships:\n"
        f"    - to: t.c999\n    quality:\n    - {{id: r{n}, metric: nullValues, mustBe: 0}}\n"
        for n in range(1000)
    )
    (here / "c.yaml").write_text(f"{HEAD}schema:\n- name: t\n  properties:\n{columns}")
    started = time.process_time()
    code, said = say("lint", "c.yaml")

    assert (code, said) == (0, "1 contract: 0 faults, 0 hints.\n")
    assert time.process_time() - started < 5
