"""The runner of the suites: its verdicts, its counts, and that nothing is skipped where nothing may be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from house import ROOT
from run import BUDGETS_SECONDS, Result, main, print_summary, read_counts, run

TESTS = ROOT / "tests"


SKIPPING = {
    "program": "@pytest.mark.needs('no-such-program')\ndef test_one() -> None: ...",
    "module": "pytest.skip('not today', allow_module_level=True)",
    "inside": "def test_one() -> None: pytest.skip('not today')",
}


def pytest_in(folder: Path, **environment: str) -> str:
    """Run the tests of a folder under our conftest and settings; return what pytest said."""
    for path in (TESTS / "conftest.py", TESTS / "programs.py", TESTS / "soak.py", ROOT / "pyproject.toml"):
        shutil.copy(path, folder)
    clean = {name: value for name, value in os.environ.items() if name != "ASSAY_NO_SKIP"}
    options = ["-c", "pyproject.toml", "-o", "pythonpath=.", "--continue-on-collection-errors", "."]
    command = [sys.executable, "-m", "pytest", *options]
    environment = clean | environment
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False).stdout


def test_a_suite_in_time_is_ok() -> None:
    assert Result("core", BUDGETS_SECONDS["core"] - 1.0, passed=3).verdict() == "ok"


def test_a_suite_over_its_budget_is_named_and_has_not_failed(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result("core", BUDGETS_SECONDS["core"] + 1.0, passed=3)
    print_summary([result], [])

    assert "over its budget" in capsys.readouterr().out
    assert result.failed == 0


def test_the_last_line_counts_all_suites(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary([Result("core", 1.0, passed=3, failed=1), Result("docs", 1.0, passed=2)], [])

    assert capsys.readouterr().out.splitlines()[-1] == "5 passed, 1 failed"


def test_what_was_skipped_and_what_is_missing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary([Result("core", 1.0, passed=3, skipped=2)], ["chromium"])

    said = capsys.readouterr().out
    assert "NOT HERE, and this user may not install them: chromium" in said
    assert said.splitlines()[-1] == "3 passed, 0 failed, 2 skipped"


def test_an_unknown_suite_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crore"]) == 2
    assert "No such suite: crore. There are: lint, core" in capsys.readouterr().err


def test_counts_come_from_the_report(tmp_path: Path) -> None:
    report = tmp_path / "core.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="1" errors="2" skipped="2"/></testsuites>')

    assert read_counts(report) == (4, 3, 2)
    assert read_counts(tmp_path / "missing.xml") == (0, 0, 0)


def test_a_command_that_takes_too_long_is_stopped() -> None:
    code, stopped = run([sys.executable, "-c", "import time; time.sleep(60)"], limit_seconds=0.5)

    assert stopped
    assert code != 0


def test_a_command_has_no_standard_input() -> None:
    assert run([sys.executable, "-c", "import sys; sys.exit(len(sys.stdin.read()))"], 30) == (0, False)


def test_skips_and_warnings_count_as_the_settings_say(tmp_path: Path) -> None:
    for name, test in {**SKIPPING, "warning": "import warnings\ndef test_one(): warnings.warn('old')"}.items():
        (tmp_path / f"test_{name}.py").write_text(f"import pytest\n{test}")

    usual, strict = pytest_in(tmp_path), pytest_in(tmp_path, ASSAY_NO_SKIP="1")

    assert usual.splitlines()[-1].strip("= ").startswith("1 failed, 3 skipped"), "a warning is an error, a skip is not"
    assert "skipped" not in strict.splitlines()[-1]
    assert all(f"test_{name}.py" in strict for name in SKIPPING)
    assert strict.count("Nothing may be skipped here") >= len(SKIPPING)
