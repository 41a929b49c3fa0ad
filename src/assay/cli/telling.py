"""Telling at the terminal: one round, or one after the other until it is stopped, and what is printed of each."""

from __future__ import annotations

import time
from collections import Counter

import click

from assay.actions.telling import Round, Teller
from assay.base.errors import AssayError
from assay.cli.output import count, line
from assay.identity.portal import Portal
from assay.identity.telling import tell_everybody


def tell_once(portal: Portal, teller: Teller) -> None:
    """Tell everybody once.

    Raises:
        AssayError: people to whom no letter can go, and projects that cannot be read; the others were told.
    """
    done = tell_everybody(portal, teller)
    _print(done)
    if done.faults:
        raise AssayError(*done.faults)


def tell_until_stopped(portal: Portal, teller: Teller, every_minutes: int) -> None:
    """Tell everybody again and again; what is wrong in one round is printed, and the next one tries again."""
    line(f"Telling by {', '.join(teller.notifier.channels)}, every {count(every_minutes, 'minute')}; Ctrl-C stops it.")
    while True:
        try:
            done = tell_everybody(portal, teller)
        except AssayError as error:  # the database is held by somebody else, say
            done = Round(faults=error.faults)
        if done != Round():
            _print(done)
        for fault in done.faults:
            click.echo(str(fault), err=True)
        time.sleep(every_minutes * 60)


def _print(done: Round) -> None:
    for channel, letters in Counter(done.sent).items():
        line(f"{channel}: {count(letters, 'letter')} sent.")
    for channel, letters in Counter(done.waiting).items():
        line(f"{channel}: {count(letters, 'letter')} not taken; tried again later.")
    if not done.sent and not done.waiting:
        line("Nothing to tell.")
