"""Past numbers: what checks that look at the past measured before, remembered beside what was read.

The same data measured again is no second time: an entry is of a state of the files, and replaces an earlier one of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from assay.base.canonical import Digest, digest_value, hex_of
from assay.validation.checks import Check
from assay.validation.comparisons import Usual
from assay.validation.history import Past, past
from assay.validation.verdicts import Verdict

if TYPE_CHECKING:
    from assay.base.ports import PartResults

MOST = 1_000
"""How many earlier numbers of a check are kept."""


def subject_of(contract: str, dataset: str) -> Digest:
    """Return under what the numbers of a contract's dataset are kept."""
    return digest_value(["past numbers", contract, dataset])


def recall_numbers(
    memory: PartResults, subject: Digest, checks: Sequence[Check], state: Digest | None
) -> dict[str, list[Past]]:
    """Return what checks measured before, by check id.

    Args:
        memory: where they are kept.
        subject: see `subject_of`.
        checks: those that look at the past are asked for.
        state: of the files that are measured now; what was measured on it before is not the past.
    """
    known = memory.get(subject) if any(isinstance(check.test, Usual) for check in checks) else {}
    return {
        check_id: [found for entry in entries if (found := _read(entry, state)) is not None]
        for check_id, entries in known.items()
        if isinstance(entries, list)
    }


def remember_numbers(
    memory: PartResults, subject: Digest, checks: Sequence[Check], verdicts: Sequence[Verdict], now: datetime,
    state: Digest | None,
) -> None:  # fmt: skip
    """Keep what was measured now; nothing where the state of the files is not known."""
    measured = {verdict.check_id: verdict.measured for verdict in verdicts}
    wanted = [check.id for check in checks if isinstance(check.test, Usual) and measured.get(check.id)]
    if state is None or not wanted:
        return
    known = memory.get(subject)
    memory.put(
        subject, {one: _added(known, one, f"{now.isoformat()} {hex_of(state)} {measured[one]}") for one in wanted}
    )


def _added(known: Mapping[str, object], check_id: str, entry: str) -> list[str]:
    entries = known.get(check_id)
    state = entry.split(" ")[1]
    kept = [str(one) for one in entries if f" {state} " not in str(one)] if isinstance(entries, list) else []
    return [*kept, entry][-MOST:]


def _read(entry: object, state: Digest | None) -> Past | None:
    parts = str(entry).split(" ")
    if len(parts) != 3 or (state is not None and parts[1] == hex_of(state)):
        return None
    try:
        at = datetime.fromisoformat(parts[0])
    except ValueError:
        return None
    return past(at, parts[2])
