"""Completion in a shell: commands, options and the project's names, and never a word of trouble."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli.completion import names_asked
from faults.small_project import make_project
from homes import assay
from journeys.flights_home import Place

BIN = Path(sys.executable).parent
HEAVY = {"duckdb", "numpy", "pyarrow", "pydantic", "sqlalchemy", "sqlglot"}


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8", **more}


def in_bash(folder: Path, *lines: str) -> list[list[str]]:
    """Press Tab at the end of each line in a real bash, and return what it offers for each."""
    asked = []
    for line in lines:
        words = line.split(" ")
        quoted = " ".join(f"'{word}'" for word in words)
        asked.append(
            f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMPREPLY=(); "
            f"_assay_completion assay '{words[-1]}' '{words[-2]}'; echo \"${{COMPREPLY[*]}}\""
        )
    script = 'eval "$(assay completion bash)"; IFS=" "\n' + "\n".join(asked)
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split() for line in done.stdout.splitlines()]


def asked(folder: Path, shell: str, words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Ask as the script of a shell does."""
    listed = words.split(" ")
    told = {"COMP_WORDS": words, "COMP_CWORD": str(len(listed) - 1)}
    if shell == "fish":
        told["COMP_CWORD"] = listed[-1]
    return subprocess.run(
        [str(BIN / "assay")], cwd=folder, capture_output=True, text=True, check=False,
        env=environment(folder, **told, _ASSAY_COMPLETE=f"{shell}_complete", **more),
    )  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("completion") / "town")


def test_bash_completes_commands_options_and_names(project: Path) -> None:
    found = in_bash(
        project,
        "assay bu",
        "assay build ",
        "assay build --env d",
        "assay test shop.f",
        "assay query x --product ",
        "assay compare dev dev se",
        "assay plan --cu",
        "assay contract li",
        "assay build shop ",
    )

    assert found == [
        ["build", "bundle"],
        ["shop"],
        ["dev"],
        ["shop.first", "shop.fourth"],
        ["shop"],
        ["second"],
        ["--cut"],
        ["lint"],
        [],
    ]


def test_releases_are_those_that_were_opened(frozen: Place) -> None:
    assert in_bash(frozen.design, "assay status ", "assay signoff R-0", "assay compare qa ") == [
        ["R-0001"],
        ["R-0001"],
        ["R-0001", "dev", "qa"],
    ]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_answered_in_their_form(project: Path, shell: str) -> None:
    done = asked(project, shell, "assay build ")

    assert (done.returncode, done.stderr) == (0, "")
    assert "shop" in done.stdout
    script = assay("completion", shell).out
    assert f"_ASSAY_COMPLETE={shell}_complete" in script


@pytest.mark.parametrize("words", ["assay build ", "assay status ", "assay build --env ", "assay query --product "])
def test_where_there_is_no_project_or_a_broken_one_nothing_is_said(tmp_path: Path, words: str) -> None:
    broken = tmp_path / "broken"
    (broken / ".assay").mkdir(parents=True)
    (broken / "assay.yaml").write_text("name: [")
    (broken / ".assay" / "state.db").write_text("no database")

    for folder in (tmp_path, broken):
        done = asked(folder, "bash", words)
        assert (done.stdout.strip(), done.stderr) == ("", "")


def test_a_wish_that_is_none_is_not_answered(tmp_path: Path) -> None:
    for wish in ("", "tcsh_complete", "bash", "bash_destroy"):
        done = subprocess.run(
            [str(BIN / "assay")], env=environment(tmp_path, _ASSAY_COMPLETE=wish), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_for_a_name_no_command_and_nothing_heavy_is_loaded(project: Path) -> None:
    script = (
        "import sys; from assay.cli.completion import complete; complete('bash_complete');"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    told = {"COMP_WORDS": "assay build ", "COMP_CWORD": "2"}
    done = subprocess.run([sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True,
                          env=environment(project, **told))  # fmt: skip

    assert done.stdout == "plain,shop\n"
    assert set(done.stderr.split()) & HEAVY == set()


@pytest.mark.parametrize(
    ("words", "is_name"),
    [
        (["build"], True),
        (["build", "--sign"], False),
        (["build", "--cut", "friday"], True),
        (["build", "shop"], False),
        (["validate"], False),
        (["release", "order"], True),
        (["release"], False),
    ],
)
def test_which_word_is_a_name_is_told_from_the_words_before(words: list[str], is_name: bool) -> None:
    assert (names_asked(words, "") is not None) is is_name
