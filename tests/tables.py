"""Gate tables as files, for tests that give a project a process of its own."""

from __future__ import annotations

import json

from assay.lifecycle.gates import Gate, GateTable, Need


def process_file(table: GateTable) -> str:
    """Write a gate table as ``process.yaml``; JSON is YAML."""
    return json.dumps({"gates": [_row(gate) for gate in table]})


def _row(gate: Gate) -> dict[str, object]:
    row: dict[str, object] = {
        "id": gate.id, "per": str(gate.per), "phase": str(gate.phase), "title": gate.title,
        "kind": str(gate.kind), "by": str(gate.by), "roles": [str(role) for role in gate.roles],
        "needs": _needs(gate.needs), "distinct": _needs(gate.distinct),
        "classes": [str(each) for each in gate.classes], "aspect": str(gate.aspect),
        "held-by": [str(holder) for holder in gate.holders], "delegates": gate.delegates,
    }  # fmt: skip
    optional = {
        "environment": gate.environment,
        "same-person": gate.same_person,
        "max-age-days": gate.max_age_days,
        "authenticated-within-minutes": gate.authenticated_within_minutes,
    }
    return row | {name: value for name, value in optional.items() if value is not None}


def _needs(entries: tuple[Need, ...]) -> list[dict[str, str]]:
    return [{"gate": need.gate, "scope": str(need.scope)} for need in entries]
