"""The portal: make one, give people accounts, serve it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.actions.home import Home
from assay.base.errors import AssayError, refusal
from assay.cli.door import with_home
from assay.cli.output import heading, line

if TYPE_CHECKING:
    from assay.identity.denying import Caller
    from assay.identity.portal import Portal

_HOME = click.option(
    "--home", type=click.Path(path_type=Path), default=Path("portal"), show_default=True, envvar="ASSAY_PORTAL",
    help="The portal's own folder.",
)  # fmt: skip
_HEALTHY_SECONDS = 30
"""So long a worker may be too busy to say that it is there, before another takes its place."""


@click.group()
def portal() -> None:
    """Serve the pages for people without a terminal; give them accounts."""


@portal.command()
@_HOME
@click.option("--address", default="http://127.0.0.1:8300", show_default=True, help="Under which people reach it.")
@click.option(
    "--project", "projects", type=click.Path(path_type=Path), multiple=True, required=True, metavar="DIR",
    help="A project to serve; its folder's assay.yaml names it. Several are possible.",
)  # fmt: skip
def init(home: Path, address: str, projects: tuple[Path, ...]) -> None:
    """Make a portal: its settings and the master key under which it seals people's keys."""
    wiring = _wiring()
    from assay.wiring import open_home

    wiring.init_portal(home, address, {open_home(project).project.name: project for project in projects})
    line(f"The portal is in {home}. Its master key never leaves it: back it up where nobody else reads.")
    line("Give somebody an account: assay portal account E-MAIL. Then: assay portal serve")


@portal.command()
@_HOME
@click.argument("email")
@click.option("--reset", is_flag=True, help="Give them a first password anew; their sessions and tokens end.")
@click.option("--disable", is_flag=True, help="Let nobody in with it any more.")
@click.option("--enable", is_flag=True, help="Let them in again.")
@click.option("--no-password", is_flag=True, help="They sign in through OpenID Connect alone.")
@with_home
def account(project: Home, home: Path, email: str, reset: bool, disable: bool, enable: bool, no_password: bool) -> None:
    """Give somebody on the roster an account; an admin's key is needed."""
    if reset + disable + enable > 1:
        raise click.UsageError("one of --reset, --disable and --enable")
    if reset or disable or enable:
        _change(project, home, email, reset=reset, disable=disable)
        return
    from assay.identity.accounts import make_account, make_key

    own, caller = _opened(project, home)
    person = project.project.roster.person(email)
    if person is None:
        raise refusal(email, expected="somebody on the roster", found="nobody", hint="Add them to people.yaml first.")
    now = own.clock.now()
    password = make_account(own.identity, caller, person, now, with_password=not no_password)
    public = own.identity.vault.public(email) or make_key(own.identity, caller, person, now)
    line(f"{person.name} <{person.email}> can sign in at {own.address}")
    if password is not None:
        line(f"First password, shown this once: {password}")
    heading("Their key, held by the portal; put it into their entry in people.yaml:")
    click.echo(f'      - {{public: "{public}", held-by: portal}}')


@portal.command()
@_HOME
@click.option("--host", default="127.0.0.1", show_default=True, help="The interface to listen at.")
@click.option("--port", default=8300, show_default=True, help="The port to listen at; 0 for a free one.")
@click.option("--proxy", default="", metavar="ADDRESS", help="Believe who this proxy says is asking.")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64),
    help="So many processes answer; one that dies is started anew.",
)  # fmt: skip
def serve(home: Path, host: str, port: int, proxy: str, workers: int) -> None:
    """Serve the portal until Ctrl-C."""
    own = _wiring().open_portal(home)  # faults are told here and once, not by each worker
    import uvicorn

    from assay.portal.served import HOME

    line(f"Serving {', '.join(own.projects)} at {own.address}; Ctrl-C stops it.")
    os.environ[HOME] = str(home.resolve())  # workers are started with this environment
    uvicorn.run(
        "assay.portal.served:app", factory=True, workers=workers, host=host, port=port, log_level="warning",
        access_log=False, server_header=False, proxy_headers=bool(proxy), forwarded_allow_ips=proxy or None,
        timeout_graceful_shutdown=2, timeout_worker_healthcheck=_HEALTHY_SECONDS,
    )  # fmt: skip


@portal.command()
@_HOME
@click.option("--once", is_flag=True, help="Tell what there is to tell now, and end; for a scheduler.")
@click.option("--every-minutes", default=5, show_default=True, type=click.IntRange(1, 60), help="How often to look.")
def tell(home: Path, once: bool, every_minutes: int) -> None:
    """Tell people by e-mail and chat what waits for them, until Ctrl-C; portal.yaml names the channels."""
    own = _wiring().open_portal(home)
    from assay.cli.telling import tell_once, tell_until_stopped
    from assay.portal.letters import PortalLetters

    try:
        teller = _wiring().open_teller(home, PortalLetters(own.address))
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    if once:
        tell_once(own, teller)
    else:
        tell_until_stopped(own, teller, every_minutes)


def _change(project: Home, home: Path, email: str, *, reset: bool, disable: bool) -> None:
    from assay.identity.accounts import disable_account, enable_account, reset_password

    own, caller = _opened(project, home)
    now = own.clock.now()
    if reset:
        line(f"First password, shown this once: {reset_password(own.identity, caller, email, now)}")
    elif disable:
        disable_account(own.identity, caller, email, now)
        line(f"{email} cannot sign in any more.")
    else:
        enable_account(own.identity, caller, email, now)
        line(f"{email} can sign in again.")


def _opened(project: Home, home: Path) -> tuple[Portal, Caller]:
    from assay.identity.denying import Caller

    return _wiring().open_portal(home), Caller(project.person)


def _wiring() -> Any:
    """Load what the portal stands on.

    Raises:
        AssayError: the extra is not installed.
    """
    try:
        from assay import wiring_portal
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return wiring_portal


def _missing(error: ModuleNotFoundError) -> AssayError:
    hint = "Install it: pip install 'assay[portal]'"
    return refusal("portal", expected=f"the package {error.name}", found="none", hint=hint)
