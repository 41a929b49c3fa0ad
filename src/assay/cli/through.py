"""Through which portal a command acts: the one that ``ASSAY_REMOTE`` names, or outside every project the only one.

Loaded before any command is; so what calls and what reads answers is imported where it is used.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.base.errors import AssayError, refusal

if TYPE_CHECKING:
    from assay.connectors.logins import Logins
    from assay.connectors.portal import PortalClient
    from assay.portal.api.answers import Answer

    A = TypeVar("A", bound=Answer)
else:
    A = TypeVar("A")

REMOTE = "ASSAY_REMOTE"
OFFERED = ("status", "next", "request", "release", "signoff", "delegate", "delegations", "bundle", "feedback", "ledger")
"""Commands that act through a portal. What builds, freezes and validates needs the project's own files."""

PAGE = 500
"""So many lines of a list are asked for at once."""

_HERE = frozenset(
    {"compare", "completion", "contract", "init", "key", "node", "portal", "demo", "login", "logout", "samples"}
    | {"schema", "validate"}
)
"""Commands that need no project, and so are the same wherever they are given; or that ask `refuse_remote` themselves
when they turn out to need one."""


def logins_path() -> Path:
    """Return where the tokens of this user lie: beside their key."""
    configuration = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(configuration) / "assay" / "logins.json"


def is_remote(command: str, *, names_project: bool) -> bool:
    """Say whether a command acts through a portal.

    Args:
        command: its name.
        names_project: whether a project's folder is named with it.

    Raises:
        AssayError: ``ASSAY_REMOTE`` is set and the command needs the project's files.
    """
    if names_project or command in _HERE:
        return False
    if os.environ.get(REMOTE):
        if command not in OFFERED:
            raise not_offered(command)
        return True
    return command in OFFERED and not (os.environ.get("ASSAY_PROJECT") or _is_in_project())


def refuse_remote(command: str) -> None:
    """Refuse a command that needs the project's files and is sent to a portal.

    Raises:
        AssayError: ``ASSAY_REMOTE`` is set.
    """
    if os.environ.get(REMOTE):
        raise not_offered(command)


def not_offered(command: str) -> AssayError:
    """Make the error for a command that acts on the project's files alone."""
    hint = f"Run it in the project's folder, without {REMOTE}. Through a portal: {', '.join(OFFERED)}."
    return refusal(command, expected="a command that acts through a portal", found="none", hint=hint)


def _is_in_project() -> bool:
    """Say whether a project is here, or nobody has logged in anywhere: then that a project is missing is the answer."""
    if not logins_path().exists():
        return True
    from assay.stores.worktree import MARKER

    here = Path.cwd().resolve()
    return any((folder / MARKER).is_file() for folder in (here, *here.parents))


@dataclass(frozen=True, slots=True)
class Far:
    """One project behind a portal."""

    client: PortalClient
    project: str

    def get(self, kind: type[A], *path: str, **query: object) -> A:
        """Ask for something of the project, see `PortalClient.get`."""
        return told(self.client, kind, self.client.get("projects", self.project, *path, **query))

    def post(self, kind: type[A], *path: str, body: object) -> A:
        """Have something done in the project, see `PortalClient.post`."""
        return told(self.client, kind, self.client.post("projects", self.project, *path, body=body))

    def fetch(self, *path: str, **query: object) -> bytes:
        """Ask for a file of the project, see `PortalClient.fetch`."""
        return self.client.fetch("projects", self.project, *path, **query)

    def send(self, kind: type[A], *path: str, content: bytes, **query: object) -> A:
        """Hand in a file, see `PortalClient.send`."""
        return told(self.client, kind, self.client.send("projects", self.project, *path, content=content, **query))


class FarGroup(click.Group):
    """A group that says of its other commands that they act on the project's files alone."""

    def __init__(self, *arguments: Any, not_here: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._not_here = not_here

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command.

        Raises:
            AssayError: it is one that needs the project's files.
        """
        if cmd_name in self._not_here:
            raise not_offered(f"{self.name} {cmd_name}")
        return super().get_command(ctx, cmd_name)


def told(client: PortalClient, kind: type[A], answer: Any) -> A:
    """Read an answer.

    Raises:
        AssayError: it is another one than this version of Assay reads.
    """
    from pydantic import ValidationError

    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        hint = "Bring this machine's Assay and the portal's to the same version."
        raise refusal(
            client.origin, expected="answers as this version reads them", found="others", hint=hint
        ) from error


def kept_logins() -> Logins:
    """Return the tokens of this user."""
    from assay.connectors.logins import Logins

    return Logins(logins_path())


def far() -> Far:
    """Reach the project that is meant.

    Raises:
        AssayError: nobody logged in there, or it is not clear which portal or project is meant.
    """
    from assay.connectors.portal import PortalClient, origin_of
    from assay.portal.api.answers import Me

    logins = kept_logins()
    address = os.environ.get(REMOTE) or _only(logins.origins(), "a portal", "{}")
    origin, project = origin_of(address)
    token = logins.token(origin)
    if token is None:
        hint = f"Run: assay login {origin}"
        raise refusal(origin, expected="a portal to which you have logged in", found="no token for it", hint=hint)
    client = PortalClient(origin, token)
    if project is None:
        mine = told(client, Me, client.get("me")).projects
        project = _only(tuple(one.name for one in mine), "a project", origin + "/p/{}")
    return Far(client, project)


def _only(names: tuple[str, ...], what: str, form: str) -> str:
    """Return the only one of several names."""
    if len(names) == 1:
        return names[0]
    choices = ", ".join(form.format(name) for name in names) or "none"
    hint = f"Name one in {REMOTE}: {choices}."
    raise refusal(REMOTE, expected=f"{what} by name", found=f"{len(names)} to choose from", hint=hint)
