"""Git: reads the project as it was committed, through the git program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from assay.base.errors import refusal
from assay.base.ports import Commit

IsWanted = Callable[[str], bool]
ReadFiles = Callable[[str, IsWanted], dict[str, bytes]]
"""Reads the files of a folder (``""`` for the project) that are wanted, by paths relative to it."""

Gather = Callable[[ReadFiles], Mapping[str, bytes]]

_NAMES = ("utf-8", "surrogateescape")
"""How git's bytes become names of files: one that is no UTF-8 stays told apart, and is none of the project's."""


class GitRepository:
    """The `Repository` port on the git program; the project may be a folder inside a larger repository."""

    def __init__(self, project: Path, is_wanted: IsWanted, gather: Gather | None = None) -> None:
        """Make it for a project's folder.

        Args:
            project: the folder.
            is_wanted: chooses the files that are read, for data may lie beside them.
            gather: reads the files in its place, where those that are wanted depend on what stands in others.
        """
        self._project = project
        self._gather: Gather = gather or (lambda read: read("", is_wanted))

    def head(self) -> Commit:
        """Return the commit that is checked out, with the files below the project."""
        prefix = self._prefix()
        commit = self._commit("HEAD", expected="a commit")
        asked: list[tuple[str, IsWanted]] = []

        def read(folder: str, is_wanted: IsWanted) -> dict[str, bytes]:
            asked.append((f"{folder}/" if folder else "", is_wanted))
            return self._files(commit, prefix, folder, is_wanted)

        files = self._gather(read)
        return Commit(commit, files, self._changes(prefix, asked))

    def files_at(self, revision: str) -> Mapping[str, bytes]:
        """Return the files below the project as a revision has them.

        Raises:
            AssayError: there is no such revision.
        """
        prefix = self._prefix()
        commit = self._commit(f"{revision}^{{commit}}", expected="a revision of git", said=revision)
        return self._gather(lambda folder, is_wanted: self._files(commit, prefix, folder, is_wanted))

    def _prefix(self) -> str:
        return self._git("rev-parse", "--show-prefix").decode().strip()

    def _commit(self, name: str, *, expected: str, said: str = "") -> str:
        return (
            self._git("rev-parse", "--verify", "--quiet", "--end-of-options", name, expected=expected, said=said)
            .decode()
            .strip()
        )

    def _files(self, commit: str, prefix: str, folder: str, is_wanted: IsWanted) -> dict[str, bytes]:
        inside = f"{prefix}{folder}/" if folder else prefix
        listing = self._git("ls-tree", "-r", "-z", "--full-tree", commit, "--", inside or ".")
        blobs: dict[str, str] = {}
        for entry in filter(None, listing.decode(*_NAMES).split("\0")):
            facts, _, path = entry.partition("\t")
            _, kind, blob = facts.split()
            name = path.removeprefix(inside)
            if kind == "blob" and is_wanted(name):
                blobs[name] = blob
        return self._contents(blobs)

    def _contents(self, blobs: dict[str, str]) -> dict[str, bytes]:
        """Read all blobs in one child process; its answer is ``<id> blob <size>``, the bytes and a line end, each."""
        answer = self._git("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs.values()).encode())
        contents: dict[str, bytes] = {}
        offset = 0
        for path in blobs:
            end = answer.index(b"\n", offset)
            size = int(answer[offset:end].split()[2])
            contents[path] = answer[end + 1 : end + 1 + size]
            offset = end + 1 + size + 1
        return contents

    def _changes(self, prefix: str, asked: Sequence[tuple[str, IsWanted]]) -> tuple[str, ...]:
        listing = self._git(
            "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal", "--", "."
        ).decode(*_NAMES)
        changed = (entry[3:].removeprefix(prefix) for entry in filter(None, listing.split("\0")))
        return tuple(
            path
            for path in changed
            if any(path.startswith(folder) and is_wanted(path[len(folder) :]) for folder, is_wanted in asked)
        )

    def _git(
        self, *arguments: str, expected: str = "a git repository", stdin: bytes | None = None, said: str = ""
    ) -> bytes:
        command = ["git", "-C", str(self._project), *arguments]
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, check=False, env=_environment())
        except FileNotFoundError as error:
            raise refusal("git", expected="the program git", found="none on the PATH", hint="Install git.") from error
        if done.returncode != 0:
            hint = "" if said else "Freezing needs a commit: git init, git add and git commit."
            found = done.stderr.decode(errors="replace").strip() or (f"none that is called {said}" if said else "none")
            raise refusal(str(self._project), expected=expected, found=found, hint=hint)
        return done.stdout


def _environment() -> dict[str, str]:
    """Return the environment without what names another repository, as a hook of git does."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
