"""How child processes end: waited for, or ended with all that they started; and in words."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress


def wait_for(child: subprocess.Popen[bytes], job: bytes, limit_seconds: float) -> int | None:
    """Give a child its job and wait for its end. Whatever happens, nothing of it is left running.

    Its standard input stays open until then: when this process dies, the child sees the end of it and dies too.

    Args:
        child: the first of its process group.
        job: what it reads on its standard input.
        limit_seconds: how long it may take.

    Returns:
        Its exit code; None when it took too long.
    """
    assert child.stdin is not None
    try:
        child.stdin.write(job)
        child.stdin.flush()
        return child.wait(limit_seconds)
    except BrokenPipeError:  # it died before it read its job
        return child.wait()
    except subprocess.TimeoutExpired:
        return None
    finally:
        end(child)
        child.wait()
        with suppress(BrokenPipeError):  # what was left of the job has no reader any more
            child.stdin.close()


def end(child: subprocess.Popen[bytes]) -> None:
    """End a child and all that it started; may be called from any thread, and when it has ended."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        child.kill()


def how_it_ended(code: int, who: str = "a process") -> str:
    """Say of a process that it was ended by a signal, or with which code it ended.

    Args:
        code: as Python tells it: of a signal, its number below zero.
        who: what the process is called.
    """
    if code >= 0:
        return f"{who} that ended with {code}"
    name = f"signal {-code}"
    with suppress(ValueError):  # those in real time have no names of their own
        name = signal.Signals(-code).name
    return f"{who} that was ended by {name}"
