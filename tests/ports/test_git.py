"""The `Repository` port on the git program: what was committed, byte by byte, and what differs from it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.base.errors import AssayError
from assay.base.ports import Repository
from assay.connectors.git import GitRepository

pytestmark = pytest.mark.needs("git")

FILES = {
    "assay.yaml": b"name: x\n",
    "crlf.sql": b"select 1\r\nfrom t\r\n",
    "empty.txt": b"",
    "deep/er/file.bin": bytes(range(256)) * 400,
    "with space.md": b"a",
    "Fl\u00fcge.md": b"b",
    'quote".md': b"c",
    "line\nbreak.md": b"d",
    "-dash.md": b"e",
}


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Emil")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "emil@example.org")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def commit_all(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "work")
    return git(folder, "rev-parse", "HEAD")


def everything(_: str) -> bool:
    return True


def repository(folder: Path, is_wanted: Callable[[str], bool] = everything) -> Repository:
    return GitRepository(folder, is_wanted)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A committed project in a repository of its own."""
    folder = tmp_path / "project"
    write(folder, FILES)
    git(folder, "init", "--quiet")
    commit_all(folder)
    return folder


def test_a_clean_commit_has_its_id_its_files_byte_by_byte_and_no_changes(project: Path) -> None:
    commit = repository(project).head()
    assert commit.id == git(project, "rev-parse", "HEAD")
    assert len(commit.id) == 40
    assert commit.files == FILES
    assert commit.changes == ()


def test_files_are_read_from_the_commit_and_not_from_the_working_tree(project: Path) -> None:
    write(project, {"assay.yaml": b"name: y\n"})
    commit = repository(project).head()
    assert commit.files["assay.yaml"] == FILES["assay.yaml"]
    assert commit.changes == ("assay.yaml",)


def test_line_ends_are_those_that_were_committed_whatever_git_would_check_out(project: Path) -> None:
    git(project, "config", "core.autocrlf", "true")
    assert repository(project).head().files["crlf.sql"] == FILES["crlf.sql"]


def test_only_what_is_wanted_is_read(project: Path) -> None:
    commit = repository(project, lambda name: name.endswith(".sql")).head()
    assert set(commit.files) == {"crlf.sql"}
    assert repository(project, lambda name: False).head().files == {}


@pytest.mark.parametrize("folder", ["inner", "in ner/deeper", "Fl\u00fcge", "[a-z]*"])
def test_a_project_inside_a_larger_repository_is_read_alone(tmp_path: Path, folder: str) -> None:
    larger = tmp_path / "larger"
    inside = {f"{folder}/{name}": content for name, content in FILES.items()}
    write(larger, {**inside, "outside.md": b"x", f"{folder.partition('/')[0]}-beside/a.md": b"y"})
    git(larger, "init", "--quiet")
    commit_all(larger)
    write(larger, {"outside.md": b"changed", "new-outside.md": b"", f"{folder}/new.md": b""})
    commit = repository(larger / folder).head()
    assert commit.files == FILES
    assert commit.changes == ("new.md",)


def test_everything_that_differs_from_the_commit_is_named_relative_to_the_project(project: Path) -> None:
    write(
        project,
        {"assay.yaml": b"changed", "staged.md": b"", "untracked.md": b"", "new/one.md": b"", "Fl\u00fc.md": b""},
    )
    git(project, "add", "staged.md")
    (project / "empty.txt").unlink()
    git(project, "rm", "--quiet", "with space.md")
    git(project, "mv", "-k", "--", "crlf.sql", "renamed.sql")
    assert sorted(repository(project).head().changes) == sorted(
        ["assay.yaml", "staged.md", "untracked.md", "new/", "Fl\u00fc.md", "empty.txt", "with space.md", "crlf.sql",
         "renamed.sql"]
    )  # fmt: skip


def test_what_git_ignores_is_no_change(project: Path) -> None:
    write(project, {".gitignore": b".assay/\n"})
    commit_all(project)
    write(project, {".assay/state.db": b"x"})
    assert repository(project).head().changes == ()


def test_a_change_that_was_staged_and_undone_in_the_working_tree_is_a_change(project: Path) -> None:
    write(project, {"assay.yaml": b"changed"})
    git(project, "add", "assay.yaml")
    write(project, {"assay.yaml": FILES["assay.yaml"]})
    assert repository(project).head().changes == ("assay.yaml",)


def test_a_link_is_its_target_as_text_for_that_is_what_is_committed(project: Path) -> None:
    (project / "link.yaml").symlink_to("assay.yaml")
    commit_all(project)
    assert repository(project).head().files["link.yaml"] == b"assay.yaml"


def test_a_commit_that_no_branch_names_is_read_too(project: Path) -> None:
    first = git(project, "rev-parse", "HEAD")
    write(project, {"assay.yaml": b"name: second\n"})
    commit_all(project)
    git(project, "checkout", "--quiet", "--detach", first)
    commit = repository(project).head()
    assert (commit.id, commit.files["assay.yaml"]) == (first, FILES["assay.yaml"])


def test_two_files_of_one_content_are_both_read(project: Path) -> None:
    write(project, {"twin-one.md": b"same", "twin-two.md": b"same"})
    commit_all(project)
    files = repository(project).head().files
    assert files["twin-one.md"] == files["twin-two.md"] == b"same"


def test_a_project_that_is_in_no_repository_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write(tmp_path / "project", FILES)
    with pytest.raises(AssayError, match=r"expected a git repository.*git init"):
        repository(tmp_path / "project").head()


def test_a_repository_without_a_commit_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    git(tmp_path, "init", "--quiet")
    with pytest.raises(AssayError, match=r"expected a commit, found none.*git commit"):
        repository(tmp_path).head()


def test_a_machine_without_git_is_told_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AssayError, match="Install git"):
        repository(project).head()


def test_a_new_file_is_a_change_also_for_who_told_git_not_to_show_new_files(project: Path) -> None:
    git(project, "config", "status.showUntrackedFiles", "no")
    write(project, {"untracked.md": b""})
    assert repository(project).head().changes == ("untracked.md",)


def test_a_name_that_is_no_utf_8_is_refused_or_left_out_and_no_crash(project: Path) -> None:
    (project / os.fsdecode(b"\xff.md")).write_bytes(b"x")
    commit_all(project)
    try:
        repository(project).head()
    except AssayError as refused:
        assert "UTF-8" in str(refused)  # noqa: PT017 - either answer is right


def test_another_repository_named_in_the_environment_is_not_read(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a hook of git, which names the repository it runs for."""
    other = tmp_path / "other"
    write(other, {"other.md": b""})
    git(other, "init", "--quiet")
    commit_all(other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert repository(project).head().files == FILES
