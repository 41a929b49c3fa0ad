"""Kept failing rows: they outlive a run only where somebody asks for it, apart from all that is signed, until erased.

What is kept was hidden as in every file: values of columns that are public or internal, and no others. With each run a
random salt is kept and digested, so that nobody finds erased rows again by trying likely ones.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assay.base.canonical import Digest, digest_bytes, hex_of, parse_json
from assay.base.errors import AssayError, Place, raise_faults, refusal
from assay.base.ports import KeptSamples
from assay.contract.durations import Duration
from assay.discovery.texts import TEXT, normal_text, text_fault
from assay.documentation.evidence_json import json_value
from assay.documentation.evidence_results import DatasetResult, Sample

_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Kept:
    """Failing rows of one dataset in one run.

    Attributes:
        taken_at: when they were seen, in UTC.
        samples: check id to its rows.
    """

    digest: Digest
    taken_at: datetime
    contract: str
    version: str
    dataset: str
    samples: Mapping[str, Sample]

    @property
    def rows(self) -> int:
        """How many rows there are, of all checks together."""
        return sum(len(sample.rows) for sample in self.samples.values())


@dataclass(frozen=True, slots=True)
class Erased:
    """That rows were erased: of which dataset, by whom, when (UTC) and why."""

    digest: Digest
    taken_at: datetime
    dataset: str
    by: str
    at: datetime
    why: str


def keep_samples(store: KeptSamples, results: Sequence[DatasetResult], now: datetime) -> tuple[Digest, ...]:
    """Keep the failing rows of a run, a content a dataset that has any.

    Args:
        store: where.
        results: of the run, whose rows were hidden as in every file.
        now: with a time zone.
    """
    kept = []
    for result in results:
        if result.samples:
            content = _written(result, now)
            digest = digest_bytes(content)
            store.put(digest, content)
            kept.append(digest)
    return tuple(kept)


def kept_samples(store: KeptSamples) -> tuple[Kept, ...]:
    """Return all that is kept, the oldest first; a file that was changed is none of ours."""
    found = (_read(digest, store.get(digest)) for digest in store.digests())
    return tuple(sorted((kept for kept in found if kept), key=lambda kept: (kept.taken_at, kept.digest)))


def erased_samples(store: KeptSamples) -> tuple[Erased, ...]:
    """Return what was erased, the oldest first."""
    found = (_read_note(digest, note) for digest, note in store.notes().items())
    return tuple(sorted((note for note in found if note), key=lambda note: (note.taken_at, note.digest)))


def kept_named(store: KeptSamples, beginning: str) -> Kept:
    """Find what is kept under a digest that begins so, with or without ``sha256:``.

    Raises:
        AssayError: nothing, what was erased, or more than one.
    """
    wanted = beginning.removeprefix("sha256:").lower()
    found = [kept for kept in kept_samples(store) if wanted and hex_of(kept.digest).startswith(wanted)]
    if len(found) == 1:
        return found[0]
    gone = [note for note in erased_samples(store) if wanted and hex_of(note.digest).startswith(wanted)]
    if not found and gone:
        was = f"rows that {gone[0].by} erased: {gone[0].why}"
        raise refusal(beginning[:80], expected="rows that are kept", found=was)
    hint = "assay samples list prints the beginning of each."
    raise refusal(beginning[:80], expected="the rows of one run", found=f"{len(found)} that begin so", hint=hint)


def older_than(kept: Sequence[Kept], age: Duration, now: datetime) -> tuple[Kept, ...]:
    """Return what was taken longer ago than this."""
    return tuple(one for one in kept if age.after(one.taken_at) < now)


def erase_samples(store: KeptSamples, chosen: Sequence[Kept], who: str, reason: str, now: datetime) -> None:
    """Erase kept rows for good; that there were some, and who erased them why, stays.

    Args:
        store: where they are.
        chosen: which.
        who: erases them.
        reason: why; it is never erased itself.
        now: with a time zone.

    Raises:
        AssayError: there is no reason that can be kept; then nothing is erased.
    """
    why = normal_text(reason)
    fault = text_fault(why, TEXT, Place("reason"), "a reason")
    raise_faults([fault] if fault else [])
    for kept in chosen:
        note = {"dataset": kept.dataset, "taken": _moment(kept.taken_at), "by": who, "at": _moment(now), "why": why}
        store.erase(kept.digest, json.dumps(note, sort_keys=True).encode())


def _written(result: DatasetResult, now: datetime) -> bytes:
    value = {
        "salt": secrets.token_hex(_SALT_BYTES),
        "taken": _moment(now),
        "contract": result.contract,
        "version": result.version,
        "dataset": result.dataset,
        "samples": {
            check: {"columns": list(one.columns), "rows": [[json_value(cell) for cell in row] for row in one.rows]}
            for check, one in result.samples.items()
        },
    }
    return json.dumps(value, sort_keys=True).encode()


def _read(digest: Digest, content: bytes | None) -> Kept | None:
    if content is None or digest_bytes(content) != digest:
        return None
    try:
        told = parse_json(content, "samples")
        samples = {
            check: Sample(tuple(one["columns"]), tuple(tuple(row) for row in one["rows"]))
            for check, one in told["samples"].items()
        }
        return Kept(digest, _at(told["taken"]), told["contract"], told["version"], told["dataset"], samples)
    except (AssayError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _read_note(digest: Digest, note: bytes) -> Erased | None:
    try:
        told = parse_json(note, "samples")
        return Erased(digest, _at(told["taken"]), told["dataset"], told["by"], _at(told["at"]), told["why"])
    except (AssayError, KeyError, TypeError, ValueError):
        return None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _at(text: Any) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
