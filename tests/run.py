"""Runs lint and the suites beside one another and holds each to its budget (`make test`, `make soak`).

Each suite is one process, as many at once as there are processors, so that none of these waits for the end of another
suite; one that is asked for alone has its files shared out among several. A budget is what a suite should take on one
of two cores, the other being busy. The machines differ by half from day to day, so a suite over its budget is only
named; one that takes four times its budget is stopped and has failed, for then it is not the machine.
Under CI=true nothing may be skipped. Under ASSAY_SOAK=1 the counts are the full ones and there are no budgets.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
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
    "lint": 100, "core": 240, "ports": 600, "journeys": 600, "portal": 850, "faults": 280, "installs": 150,
    "differential": 150, "dbt_projects": 240, "spark_steps": 400, "docs": 150,
}  # fmt: skip
"""Those with the most begin first."""

SHARED_OUT = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")
"""Files side by side, for they share nothing; each file's tests run in one process, in their order."""

ALONE = frozenset({"installs", "differential", "dbt_projects", "spark_steps", "docs"})
"""Suites of few files, or of what is made once and used by all: never shared out."""

MOST_AT_ONCE = 4
TOLD_SECONDS = 60
"""So often it is said how far the suites are."""

STOP_FACTOR = 4

LINT = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-logo", "--no-cache"),
)

_GRACE_SECONDS = 30
_PERCENT = re.compile(r"\[ *(\d+)%\]$", re.MULTILINE)


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


def run_lint(output: IO[str] | None = None) -> Result:
    """Run the linters, all of them even when one fails; each counts as one test."""
    started = time.monotonic()
    outcomes = []
    for name, *arguments in LINT:
        print(f"--- {name} {' '.join(arguments)}".rstrip(), file=output, flush=True)
        outcomes.append(run([str(BIN / name), *arguments], STOP_FACTOR * BUDGETS_SECONDS["lint"], output))
    failed = sum(code != 0 for code, _ in outcomes)
    stopped = any(stopped for _, stopped in outcomes)
    return Result("lint", time.monotonic() - started, len(outcomes) - failed, failed, stopped=stopped)


def run_suite(suite: str, output: IO[str] | None = None) -> Result:
    """Run one suite; with pytest, unless it is lint."""
    if suite == "lint":
        return run_lint(output)
    report = REPORTS / f"{suite}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", f"tests/{suite}", f"--junitxml={report}", "--durations=3"]
    if output is None and suite not in ALONE:
        command += SHARED_OUT
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
    """Run suites beside one another, and print what each of them said when it has ended."""
    results = {}
    with ExitStack() as stack:
        said = {suite: stack.enter_context(tempfile.TemporaryFile("w+")) for suite in suites}
        pool = stack.enter_context(ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_AT_ONCE)))
        order = sorted(suites, key=lambda suite: -BUDGETS_SECONDS[suite])
        running = {pool.submit(run_suite, suite, said[suite]): suite for suite in order}
        print(f"Beside one another: {', '.join(order)}. What each says stands here when it has ended.", flush=True)
        while running:
            ended, _ = wait(running, TOLD_SECONDS, FIRST_COMPLETED)
            for future in ended:
                suite = running.pop(future)
                results[suite] = future.result()
                print(f"\n=== {suite}\n{_text(said[suite])}", flush=True)
            if not ended:
                print(_how_far(said, running.values()), flush=True)
    return [results[suite] for suite in suites]


def _text(output: IO[str]) -> str:
    """Read what was written there so far, wherever whoever writes there is."""
    return os.pread(output.fileno(), os.fstat(output.fileno()).st_size, 0).decode(errors="replace")


def _how_far(said: Mapping[str, IO[str]], running: Iterable[str]) -> str:
    found = {suite: _PERCENT.findall(_text(said[suite])) for suite in running}
    return "... " + ", ".join(f"{suite} {percents[-1]} %" for suite, percents in found.items() if percents)


def install_programs() -> list[str]:
    """Install the programs that tests need, where this user may; return those that are missing still."""
    missing = [program for program in DEBIAN_PACKAGES if found(program) is None]
    apt = _apt() if missing else None
    if apt is not None:
        print(f"Installing for the tests: {' '.join(missing)}", flush=True)
        run([*apt, "-qq", "update"], None)
        packages = [package for program in missing for package in DEBIAN_PACKAGES[program].split()]
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
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each process compiles every module anew
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell lets what it puts behind ignore Ctrl-C: tests send it
    suites = [suite for suite in BUDGETS_SECONDS if not wanted or suite in wanted]
    missing = [] if suites == ["lint"] else install_programs()
    results = run_beside(suites) if len(suites) > 1 else [run_suite(suite) for suite in suites]
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
