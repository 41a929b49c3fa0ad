"""Runs lint and the suites one after the other and holds each to its budget (`make test`, `make soak`).

A budget is what a suite should take on two cores. The machines differ by half from day to day, so a suite over its
budget is only named; one that takes four times its budget is stopped and has failed, for then it is not the machine.
Under CI=true nothing may be skipped. Under ASSAY_SOAK=1 the counts are the full ones and there are no budgets.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from programs import DEBIAN_PACKAGES, found
from soak import SOAK

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
REPORTS = ROOT / "build" / "tests"

BUDGETS_SECONDS = {
    "lint": 60, "core": 100, "ports": 150, "journeys": 330, "portal": 450, "faults": 160, "installs": 240,
    "differential": 150, "docs": 90,
}  # fmt: skip
"""In the order in which they run."""

SIDE_BY_SIDE = frozenset({"core", "ports", "journeys", "portal", "faults"})
"""Suites whose files run side by side, for they share nothing; each file's tests run in one process, in their order."""

BESIDE = ("installs", "differential", "docs")
"""Suites of one process each, which run beside one another at the end; what each prints is shown when it has ended."""

STOP_FACTOR = 4

LINT = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-logo", "--no-cache"),
)

_GRACE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Result:
    """What a suite came to. ``stopped`` says that it was still running at four times its budget."""

    suite: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    stopped: bool = False

    def verdict(self) -> str:
        """Say in a word or two how it went."""
        if self.stopped:
            return "STOPPED at four times its budget"
        if self.failed:
            return "FAILED"
        if not SOAK and self.seconds > BUDGETS_SECONDS[self.suite]:
            return "over its budget"
        return "ok" if self.passed else "no tests yet"

    def row(self) -> str:
        """Write the result as a line of the table."""
        budget = "-" if SOAK else str(BUDGETS_SECONDS[self.suite])
        counts = f"{self.passed:7} {self.failed:7} {self.skipped:8}"
        return f"{self.suite:12} {self.seconds:8.1f} {budget:>7} {counts}  {self.verdict()}"


def run(command: Sequence[str], limit_seconds: float | None, output: IO[str] | None = None) -> tuple[int, bool]:
    """Run a command without standard input; return its exit code and whether it had to be stopped.

    It is asked to stop as by Ctrl-C first, so that pytest says what it was in and what had passed. What it prints goes
    to the terminal, or where it is to be kept until it has ended.
    """
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as child:
        try:
            return child.wait(limit_seconds), False
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
        try:
            return child.wait(_GRACE_SECONDS), True
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait(), True


def read_counts(report: Path) -> tuple[int, int, int]:
    """Return passed, failed and skipped of a JUnit report; zeros when there is none."""
    if not report.exists():
        return 0, 0, 0
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    total, failures, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    )
    return max(0, total - failures - errors - skipped), failures + errors, skipped


def run_lint() -> Result:
    """Run the linters, all of them even when one fails; each counts as one test."""
    started = time.monotonic()
    outcomes = []
    for name, *arguments in LINT:
        print(f"--- {name} {' '.join(arguments)}".rstrip(), flush=True)
        outcomes.append(run([str(BIN / name), *arguments], STOP_FACTOR * BUDGETS_SECONDS["lint"]))
    failed = sum(code != 0 for code, _ in outcomes)
    stopped = any(stopped for _, stopped in outcomes)
    return Result("lint", time.monotonic() - started, len(outcomes) - failed, failed, stopped=stopped)


def run_suite(suite: str, output: IO[str] | None = None) -> Result:
    """Run one suite with pytest. A suite without a directory has no tests yet."""
    if not (ROOT / "tests" / suite).is_dir():
        return Result(suite, 0.0)
    report = REPORTS / f"{suite}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", f"tests/{suite}", f"--junitxml={report}", "--durations=3"]
    if suite in SIDE_BY_SIDE:
        command += ["--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile"]
    started = time.monotonic()
    if SOAK:
        code, stopped = run([*command, "--timeout=0"], None, output)
    else:
        code, stopped = run(command, STOP_FACTOR * BUDGETS_SECONDS[suite], output)
    passed, failed, skipped = read_counts(report)
    if code != 0 and failed == 0:  # stopped, nothing collected, or pytest itself failed
        failed = 1
    return Result(suite, time.monotonic() - started, passed, failed, skipped, stopped)


def run_beside(suites: Sequence[str]) -> list[Result]:
    """Run suites beside one another, two at a time, and print what each of them said as soon as all before it have."""

    def kept(suite: str) -> tuple[Result, str]:
        with tempfile.TemporaryFile("w+") as output:
            result = run_suite(suite, output)
            output.seek(0)
            return result, output.read()

    print(f"\n(beside one another: {', '.join(suites)})", flush=True)
    results = []
    with ThreadPoolExecutor(2) as pool:
        for suite, (result, said) in zip(suites, pool.map(kept, suites), strict=True):
            print(f"\n=== {suite}\n{said}", flush=True)
            results.append(result)
    return results


def install_programs() -> list[str]:
    """Install the programs that tests need, where this user may; return those that are missing still."""
    missing = [program for program in DEBIAN_PACKAGES if found(program) is None]
    apt = _apt() if missing else None
    if apt is not None:
        print(f"Installing for the tests: {' '.join(missing)}", flush=True)
        run([*apt, "-qq", "update"], None)
        packages = [DEBIAN_PACKAGES[program] for program in missing]
        run([*apt, "-qq", "install", "--yes", "--no-install-recommends", *packages], None)
    return [program for program in missing if found(program) is None]


def _apt() -> list[str] | None:
    if shutil.which("apt-get") is None:
        return None
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if os.geteuid() == 0:
        return apt
    may_sudo = shutil.which("sudo") is not None and run(["sudo", "--non-interactive", "true"], None)[0] == 0
    return ["sudo", "--non-interactive", *apt] if may_sudo else None


def main(wanted: Sequence[str]) -> int:
    """Run the wanted suites (all when none is named), print the table and the counts; return the exit code."""
    unknown = [suite for suite in wanted if suite not in BUDGETS_SECONDS]
    if unknown:
        print(f"No such suite: {', '.join(unknown)}. There are: {', '.join(BUDGETS_SECONDS)}.", file=sys.stderr)
        return 2
    if os.environ.get("CI") == "true":
        os.environ["ASSAY_NO_SKIP"] = "1"
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell lets what it puts behind ignore Ctrl-C: tests send it
    suites = [suite for suite in BUDGETS_SECONDS if not wanted or suite in wanted]
    missing = [] if suites == ["lint"] else install_programs()
    results = []
    beside = [suite for suite in suites if suite in BESIDE]
    for suite in suites:
        if len(beside) < 2 or suite not in beside:
            print(f"\n=== {suite}", flush=True)
            results.append(run_lint() if suite == "lint" else run_suite(suite))
    if len(beside) > 1:
        results += run_beside(beside)
    print_summary(results, missing)
    return 1 if any(result.failed for result in results) else 0


def print_summary(results: Sequence[Result], missing: Sequence[str]) -> None:
    """Print each suite's seconds beside its budget, what was left out, and the counts in the form that is read."""
    print(f"\n{'suite':12} {'seconds':>8} {'budget':>7} {'passed':>7} {'failed':>7} {'skipped':>8}")
    for result in results:
        print(result.row())
    skipped = sum(result.skipped for result in results)
    if missing:
        print(
            f"\nNOT HERE, and this user may not install them: {', '.join(missing)}. Tests that need them were skipped."
        )
    if skipped:
        print(f"\nSKIPPED: {skipped} tests did not run; their reasons stand above, after 'SKIPPED'.")
    counts = f"{sum(r.passed for r in results)} passed, {sum(r.failed for r in results)} failed"
    print(f"\n{counts}, {skipped} skipped" if skipped else f"\n{counts}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
