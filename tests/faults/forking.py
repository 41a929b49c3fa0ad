"""Processes that cost nothing to start: a server that has everything imported, and forks.

A command is run in a process of its own, as it would be from a shell, and may be killed at any moment of its work; only
that the moment does not fall into the second of importing, where there is nothing to break. Also run as a program.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PRELOADED = (
    "assay.cli.development", "assay.cli.discovery", "assay.cli.node", "assay.cli.record", "assay.cli.releasing",
    "assay.cli.shipping", "assay.cli.validation", "assay.cli.worker", "assay.wiring", "duckdb", "faults.reading",
    "pyarrow",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forked:
    """A process that was forked: kill it by its id, and wait for its end through its server."""

    pid: int
    server: Server

    def kill(self) -> None:
        """End it as the machine does, at once and without a word; it may have ended already."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        os.kill(self.pid, signal.SIGINT)

    def send(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Return its exit code; of one that was killed, minus the signal."""
        return int(self.server.ask({"wait": self.pid})["code"])


class Server:
    """Starts processes; one server for all tests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, json.dumps(sys.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def call(self, function: str, *arguments: object) -> Forked:
        """Call ``module:function`` with arguments that JSON can hold, in a process of its own."""
        return Forked(int(self.ask({"call": function, "arguments": arguments})["pid"]), self)

    def command(self, environment: Mapping[str, str], printed: Path, *arguments: str | Path) -> Forked:
        """Run a command; what it prints goes to a file."""
        return self.call("faults.forking:command", dict(environment), str(printed), [str(a) for a in arguments])

    def limited_command(
        self, limit_bytes: int, environment: Mapping[str, str], printed: Path, *arguments: str | Path
    ) -> Forked:
        """Run a command that can let no file grow beyond so many bytes."""
        given = dict(environment), str(printed), [str(a) for a in arguments]
        return self.call("faults.forking:limited_command", limit_bytes, *given)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def command(environment: dict[str, str], printed: str, arguments: Sequence[str]) -> int:
    """Run a command in this process: only for a process that was forked to do it."""
    from assay.cli.main import run

    descriptor = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    os.environ.update(environment)
    return run(arguments)


def limited_command(limit_bytes: int, environment: dict[str, str], printed: str, arguments: Sequence[str]) -> int:
    """Run a command in this process, as `command` does, with a limit on the size of files."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    return command(environment, printed, arguments)


def _serve() -> None:
    sys.path[:] = json.loads(sys.argv[1])
    for module in _PRELOADED:
        importlib.import_module(module)
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            answer = {"code": os.waitstatus_to_exitcode(status)}
        else:
            answer = {"pid": _fork(request["call"], request["arguments"])}
        print(json.dumps(answer), flush=True)


def _fork(function: str, arguments: Sequence[object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 3
    try:
        os.close(0)
        os.open(os.devnull, os.O_RDONLY)
        module, _, name = function.partition(":")
        called: Callable[..., int] = getattr(importlib.import_module(module), name)
        code = called(*arguments)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
