"""Logging in: keep a token with which commands act through a portal, and forget it."""

from __future__ import annotations

from pathlib import Path

import click

from assay.base.errors import refusal
from assay.cli.door import read_file
from assay.cli.output import command, line
from assay.cli.through import OFFERED, REMOTE, kept_logins, told


@click.command()
@click.argument("url")
@click.option(
    "--token-file", type=click.Path(path_type=Path), metavar="FILE", help="Read the token from a file [default: ask]."
)
def login(url: str, token_file: Path | None) -> None:
    """Keep a token for the portal at URL, so that commands act through it; make one on its account page."""
    from assay.connectors.portal import PortalClient, origin_of
    from assay.portal.api.answers import Me

    origin, _ = origin_of(url)
    token = _token(token_file)
    client = PortalClient(origin, token)
    me = told(client, Me, client.get("me"))
    kept_logins().keep(origin, token)
    line(f"{me.email} acts through {origin}.")
    line(f"The token is for: {', '.join(sorted(me.scopes))}.")
    line(f"Outside a project's folder, or with {REMOTE} set, these act there: {', '.join(OFFERED)}.")
    for project in me.projects:
        command(f"{REMOTE}={origin}/p/{project.name} assay status")


@click.command()
@click.argument("url")
def logout(url: str) -> None:
    """Forget the token for the portal at URL."""
    from assay.connectors.portal import origin_of

    origin, _ = origin_of(url)
    if not kept_logins().forget(origin):
        raise refusal(origin, expected="a portal to which you have logged in", found="no token for it")
    line(f"The token for {origin} is forgotten here. It opens the portal until it expires or you revoke it there.")


def _token(file: Path | None) -> str:
    """Read the token; never from the command line, which others on the machine can see.

    Raises:
        AssayError: what was given can be no token.
    """
    if file is None:
        given = str(click.prompt("Token", hide_input=True, err=True)).strip()
    else:
        given = read_file(file, "a file with a token").decode("utf-8", "replace").strip()
    if not (given.isascii() and given.isprintable()) or " " in given or not given:
        raise refusal("token", expected="a token of the portal's account page", found="something else")
    return given
