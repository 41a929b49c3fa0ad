"""The pages tell the truth: the commands they show are run, and what they show of the answers is compared.

A fence that opens with ```console run is run. All such fences of a page run in order, each command by itself, in one
fresh copy of examples/flights that is a clean git repository. In a fence:

    $ assay plan          is run and must end with exit code 0
    $ assay plan  # 1     must end with exit code 1
    some line             must stand in the answer to the command above it, after the line shown before it
    some ... line         the same, with anything in place of the three dots; ... alone leaves lines out
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from house import ROOT

PAGES = [Path("README.md"), *sorted(path.relative_to(ROOT) for path in (ROOT / "docs").glob("*.md"))]

FENCE = re.compile(r"^```console run\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"\$ (?P<command>.*?)(?:\s+# (?P<code>\d+))?")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a page: where it stands, what it should end with, and the lines shown of its answer."""

    line: int
    command: str
    code: int
    shown: tuple[str, ...]


def read_steps(page: str) -> Iterator[Step]:
    """Find the commands of a page that are to be run."""
    for fence in FENCE.finditer(page):
        lines = fence["body"].splitlines()
        first = page.count("\n", 0, fence.start("body")) + 1
        starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            match = COMMAND.fullmatch(lines[start])
            assert match is not None
            shown = tuple(line.strip() for line in lines[start + 1 : end] if line.strip() not in {"", "..."})
            yield Step(first + start, match["command"], int(match["code"] or 0), shown)


def run_page(page: str, folder: Path, home: Path) -> list[str]:
    """Run the commands of a page in a folder; return what was not as the page says, each with its line."""
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": search, "HOME": str(home), "LC_ALL": "C.UTF-8", "COLUMNS": "80", "NO_COLOR": "1"}
    wrong = []
    for step in read_steps(page):
        run = subprocess.run(
            ["bash", "-c", step.command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if run.returncode != step.code:
            wrong.append(f"line {step.line}: {step.command}: exit code {run.returncode}\n{run.stdout}")
        elif (missing := _missing(step.shown, run.stdout)) is not None:
            wrong.append(f"line {step.line}: {step.command}: does not say {missing!r} there\n{run.stdout}")
    return wrong


def _missing(shown: tuple[str, ...], answer: str) -> str | None:
    """Return the first line shown that does not come in the answer where it should; None when all do."""
    lines = iter(answer.splitlines())
    for line in shown:
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("...")))
        if not any(pattern.fullmatch(said.strip()) for said in lines):
            return line
    return None


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Give a copy of the example, committed to git by somebody."""
    folder = tmp_path / "flights"
    shutil.copytree(ROOT / "examples" / "flights", folder, ignore=shutil.ignore_patterns(".assay"))
    identity = ["-c", "user.name=Reader", "-c", "user.email=reader@example.org"]
    for command in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message", "Flights"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_commands_of_a_page_answer_as_it_shows(page: Path, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    text = (ROOT / page).read_text()
    folder = request.getfixturevalue("example") if FENCE.search(text) else tmp_path

    assert run_page(text, folder, tmp_path) == []


def wrong_lines(fence: str, folder: Path) -> list[str]:
    """Run a page that holds one fence, and return the first line of each complaint."""
    return [wrong.splitlines()[0] for wrong in run_page(f"# Page\n\n```console run\n{fence}\n```\n", folder, folder)]


def test_a_command_that_fails_is_named_with_its_line(tmp_path: Path) -> None:
    assert wrong_lines("$ true\n$ exit 3", tmp_path) == ["line 5: exit 3: exit code 3"]


def test_an_exit_code_that_the_page_announces_is_right(tmp_path: Path) -> None:
    assert wrong_lines("$ exit 3  # 3", tmp_path) == []
    assert wrong_lines("$ true  # 1", tmp_path) == ["line 4: true: exit code 0"]


def test_an_answer_that_is_not_as_shown_is_named(tmp_path: Path) -> None:
    assert wrong_lines("$ echo two rows\nthree rows", tmp_path) == [
        "line 4: echo two rows: does not say 'three rows' there"
    ]


def test_lines_and_parts_of_lines_may_be_left_out(tmp_path: Path) -> None:
    assert wrong_lines("$ printf 'a\\nb 17 c\\nd\\n'\n...\nb ... c\n...", tmp_path) == []


def test_lines_come_in_the_order_shown(tmp_path: Path) -> None:
    assert wrong_lines("$ printf 'a\\nb\\n'\nb\na", tmp_path) != []


def test_the_commands_of_a_page_share_a_folder(tmp_path: Path) -> None:
    assert wrong_lines("$ echo kept > note\n$ cat note\nkept", tmp_path) == []


def test_a_fence_without_the_mark_is_not_run(tmp_path: Path) -> None:
    assert run_page("```console\n$ exit 1\n```\n", tmp_path, tmp_path) == []
