"""What the terminal shows of a node's schedules and runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from assay.automation.report import Coming, Entry, Report, RunEntry
from assay.cli.output import as_json, heading, line, table
from assay.lifecycle.statements import time_text
from assay.project.schedule import zone_of

_MOMENT = "%d %b %H:%M"
_SECOND = 1000


def show_status(name: str, view: Report, *, is_rehearsal: bool) -> None:
    """Print how a node stands."""
    line(f"{name} (production)" + ("; rehearsal: its clock is set by hand" if is_rehearsal else ""), bold=True)
    heading("Served")
    rows = [(e.product, e.version, e.release, f"data as of {e.as_of}", e.note) for e in view.served]
    table(rows) if rows else line("Nothing yet.", indent=2)
    heading("On its way")
    waiting = [(e.product, e.version, e.release, e.note) for e in view.candidates]
    table(waiting) if waiting else line("Nothing.", indent=2)
    heading("Due")
    due = [_due(each) for each in view.coming if each.due is not None]
    table(due) if due else line("Nothing.", indent=2)
    heading("Next")
    coming = [row for each in view.coming for row in _next(each)]
    table(coming) if coming else line("No schedule is active.", indent=2)


def status_as_json(name: str, view: Report, roster: Mapping[str, Any], *, is_rehearsal: bool) -> None:
    """Print the same for machines, and what is to be known of the roster."""
    as_json({
        "node": name, "rehearsal": is_rehearsal, "roster": roster,
        "served": [_entry(each) for each in view.served],
        "on_its_way": [_entry(each) for each in view.candidates],
        "schedules": [_schedule(each) for each in view.coming],
    })  # fmt: skip


def show_runs(runs: tuple[RunEntry, ...], *, of_one: bool) -> None:
    """Print runs, the newest last."""
    if not runs:
        line("No run yet.")
        return
    header = ("moment (UTC)", *(() if of_one else ("product",)), "try", "ended", "result", "seconds", "rows", "why")
    table([_run_row(each, of_one=of_one) for each in runs], header)


def runs_as_json(runs: tuple[RunEntry, ...]) -> None:
    """Print the same for machines."""
    as_json([each.as_json() for each in runs])


def _run_row(run: RunEntry, *, of_one: bool) -> tuple[str, ...]:
    attempt = run.attempt
    same_day = attempt.ended.date() == attempt.moment.date()
    reason = run.reason + (f" ({run.skipped} skipped)" if run.skipped else "")
    return (
        attempt.moment.strftime(_MOMENT), *(() if of_one else (run.product,)),
        "hand" if attempt.is_manual else str(attempt.number),
        attempt.ended.strftime("%H:%M" if same_day else _MOMENT), str(attempt.result),
        f"{run.milliseconds / _SECOND:.1f}", f"{sum(run.rows.values()):,}" if run.rows else "", reason.strip(),
    )  # fmt: skip


def _due(coming: Coming) -> tuple[str, ...]:
    assert coming.due is not None
    again = f"attempt {coming.due.attempt}" if coming.due.attempt > 1 else ""
    return coming.product, coming.release, str(coming.slot), _shown(coming.due.moment, coming.timezone), again


def _next(coming: Coming) -> list[tuple[str, ...]]:
    begin = (coming.product, coming.release, str(coming.slot))
    rows: list[tuple[str, ...]] = [(*begin, _shown(moment, coming.timezone), "") for moment in coming.moments]
    if coming.awaited is not None:
        again = _shown(coming.awaited.not_before, coming.timezone), f"attempt {coming.awaited.number}"
        rows.insert(0, (*begin, *again))
    return rows


def _shown(moment: datetime, timezone: str) -> str:
    """Write a moment as the clock of its zone shows it."""
    return f"{moment.astimezone(zone_of(timezone)):%a %d %b %H:%M} {timezone}"


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "product": entry.product, "version": entry.version, "release": entry.release,
        "as_of": None if entry.as_of == "-" else entry.as_of, "note": entry.note,
    }  # fmt: skip


def _schedule(coming: Coming) -> dict[str, Any]:
    awaited = coming.awaited
    return {
        "product": coming.product, "release": coming.release, "pointer": str(coming.slot),
        "timezone": coming.timezone,
        "due": {"moment": time_text(coming.due.moment), "attempt": coming.due.attempt} if coming.due else None,
        "awaited": {
            "moment": time_text(awaited.moment), "attempt": awaited.number, "not_before": time_text(awaited.not_before)
        } if awaited else None,
        "next": [time_text(moment) for moment in coming.moments],
    }  # fmt: skip
