"""datacontract-cli in an environment of its own, and one process of it that answers case after case."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, TypeAlias

from filelock import FileLock

from house import ROOT

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
ENVIRONMENTS = ROOT / "build" / "differential"


Loaded: TypeAlias = Mapping[str, Mapping[str, str | None]]
"""Dataset to column to the type as which the peer loads it from files; None for a type it does not know."""


class NoPeer(Exception):
    """The peer could not be installed; the message holds the installer's last words."""


@dataclass(frozen=True, slots=True)
class Told:
    """One result of the peer.

    Attributes:
        rule: the author's id of the quality rule or service level; None for what the peer derives from a field.
        result: as the peer writes it; None where it never came to one.
    """

    key: str | None
    type: str
    model: str | None
    field: str | None
    rule: str | None
    result: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the peer says of a contract and its data. ``loaded`` is empty where it read a database."""

    told: tuple[Told, ...]
    loaded: Loaded


class Peer:
    """A running process of the peer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def test(self, contract: str, server: str) -> Answer:
        """Let the peer test a contract on one of its servers."""
        asked, answers = _pipes(self._process)
        asked.write(json.dumps({"contract": contract, "server": server}) + "\n")
        asked.flush()
        line = answers.readline()
        assert line, "the peer's process has ended; what it said stands above"
        answer: dict[str, Any] = json.loads(line)
        return Answer(tuple(Told(**check) for check in answer["checks"]), answer["loaded"])


@contextmanager
def running() -> Iterator[Peer]:
    """Start the peer, installing it first where it is not there yet.

    Raises:
        NoPeer: it cannot be installed.
    """
    python = _installed()
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DATACONTRACT_"))}
    with subprocess.Popen(
        [python, HERE / "peer_child.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**settings, "PYTHONUTF8": "1"},
    ) as process:
        try:
            yield Peer(process)
        finally:
            _pipes(process)[0].close()  # it ends when nothing more comes


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _installed() -> Path:
    """Return the Python of the peer's environment; it is made once for each list of requirements and Python."""
    meant = sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = ENVIRONMENTS / f"datacontract-cli-{meant}"
    python, done = folder / "bin" / "python", folder / "installed"
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not done.exists():  # written last: an installation that was stopped begins again
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True)
            _install(python)
            done.touch()
    return python


def _install(python: Path) -> None:
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command = [*pip, "--no-deps", "--no-compile", "--requirement", str(REQUIREMENTS)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(command, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise NoPeer("\n".join(run.stderr.strip().splitlines()[-3:]))
