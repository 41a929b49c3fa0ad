"""The demo's portal: accounts for everybody, the keys that it holds for them, and a process that serves it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from assay.base.errors import refusal
from assay.cli.demo_processes import Kept, is_answering
from assay.cli.output import line, table

_FOLDER = "portal"
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


def portal_process(root: Path) -> Kept:
    """Return the portal's process."""
    return Kept(root, "portal", ("portal", "serve", "--home", str(root / _FOLDER)))


def start_portal(root: Path) -> str:
    """Start serving in a process that stays when the demo ends; return the address."""
    from assay.identity.settings import read_portal_settings

    address = read_portal_settings(root / _FOLDER / "portal.yaml").address
    port = address.rpartition(":")[2]
    portal_process(root).start("--port", port, is_up=lambda: is_answering(f"{address}/sign-in"))
    return address


def show_accounts(address: str, roles: Mapping[str, str], passwords: Mapping[str, str]) -> None:
    """Print where the portal is, and who can sign in with what."""
    line()
    line(f"The portal: {address}", bold=True)
    line("Sign in as any of them; the first password is changed at once, as it would be in earnest.")
    table([(f"{name}@example.org", roles[name], password) for name, password in passwords.items()])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
