"""The demo's portal: accounts for everybody, the keys that it holds for them, and a process that serves it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from assay.base.errors import refusal
from assay.cli.output import line, table

_FOLDER = "portal"
_PROCESS = "portal.pid"
_START_SECONDS = 30
_PASSWORD = re.compile(r"shown this once: (\S+)")
_KEY = re.compile(r"\{public: .*\}")


def is_installed() -> bool:
    """Say whether the packages of the portal are there; the demo is played without it where they are not."""
    try:
        import assay.wiring_portal  # noqa: F401  # asked for, not used
    except ModuleNotFoundError:
        return False
    return True


def make_portal(root: Path, people: Sequence[str], run: Callable[..., str]) -> dict[str, str]:
    """Make a portal over the demo's project and an account for everybody; put the keys that it holds into people.yaml.

    Args:
        root: of the demo.
        people: names, the admin among them.
        run: runs a command as the admin and returns what it printed.

    Returns:
        The first password of each.
    """
    home, design = root / _FOLDER, root / "design"
    address = f"http://127.0.0.1:{_free_port()}"
    run("portal", "init", "--home", str(home), "--address", address, "--project", str(design))
    passwords, keys = {}, {}
    for name in people:
        printed = run("portal", "account", f"{name}@example.org", "--home", str(home))
        password, key = _PASSWORD.search(printed), _KEY.search(printed)
        if password is None or key is None:
            raise refusal("demo", expected=f"an account for {name}", found=printed)
        passwords[name], keys[name] = password[1], key[0]
    roster = design / "people.yaml"
    text = roster.read_text()
    for name, held in keys.items():
        text = re.sub(rf"(email: {name}@[^\n]*\n(?:[^\n]*\n){{2}}\s+keys: \[[^\]]*)\]", rf"\g<1>, {held}]", text)
    roster.write_text(text)
    return passwords


def start_portal(root: Path) -> str:
    """Start serving in a process that stays when the demo ends; return the address."""
    from assay.identity.settings import read_portal_settings

    home = root / _FOLDER
    address = read_portal_settings(home / "portal.yaml").address
    command = [
        sys.executable,
        "-m",
        "assay",
        "portal",
        "serve",
        "--home",
        str(home),
        "--port",
        address.rpartition(":")[2],
    ]
    with (root / "portal.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    (root / _PROCESS).write_text(f"{process.pid}\n")
    _wait_for(address, process, root / "portal.log")
    process.returncode = 0  # it is to outlive us, and Python need not remind anybody of a child that still runs
    return address


def stop_portal(root: Path) -> bool:
    """Stop the portal of an earlier demo in this folder, and no other process; say whether there was one."""
    note = root / _PROCESS
    try:
        process = int(note.read_text())
    except (FileNotFoundError, ValueError):
        return False
    note.unlink()
    if str(root / _FOLDER) not in _command_of(process):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
    for _ in range(100):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, os.WNOHANG)  # where it was started by this process
        if not _command_of(process):
            break
        time.sleep(0.1)
    return True


def show_accounts(address: str, roles: Mapping[str, str], passwords: Mapping[str, str]) -> None:
    """Print where the portal is, and who can sign in with what."""
    line()
    line(f"The portal: {address}", bold=True)
    line("Sign in as any of them; the first password is changed at once, as it would be in earnest.")
    table([(f"{name}@example.org", roles[name], password) for name, password in passwords.items()])
    line("Stop it with: assay demo --stop")


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(_START_SECONDS * 10):
        with contextlib.suppress(URLError, OSError), urlopen(f"{address}/sign-in", timeout=1) as answer:  # noqa: S310
            if answer.status == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise refusal("demo", expected="the portal to answer", found=log.read_text()[-400:] or "nothing")


def _command_of(process: int) -> str:
    """Return the command line of a process; empty when it is gone."""
    command = ["ps", "-o", "args=", "-p", str(process)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return listed.stdout.strip()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
