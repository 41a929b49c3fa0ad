"""The process as a picture, drawn from a gate table."""

from __future__ import annotations

from assay.base.roles import HANDS
from assay.lifecycle.gates import By, Gate, GateTable, Phase, Scope

_SHAPES = {"request": "([{}])", "contract": "[/{}/]", "dataset": "[{}]", "solution": "[[{}]]", "release": "{{{{{}}}}}"}


def process_diagram(table: GateTable) -> str:
    """Draw a gate table as a Mermaid flow chart: a box a phase, a node a gate, an arrow for what comes first.

    Shapes tell what a gate is asked per. Arrows that follow from others are left out.
    """
    lines = ["flowchart TB"]
    for number, phase in enumerate(Phase, 1):
        gates = [gate for gate in table if gate.phase is phase]
        if gates:
            lines.append(f'  subgraph p{number}["{phase}"]')
            lines += [f"    {_node(gate)}" for gate in gates]
            lines.append("  end")
    lines += [f"  {_id(need)} --> {_id(gate.id)}" for gate in table for need in _direct(table, gate)]
    return "\n".join(lines) + "\n"


def process_rows(table: GateTable) -> dict[str, list[tuple[str, str, str]]]:
    """Return a gate table as rows for people, by phase: asked per, what is asked, of whom."""
    return {
        str(phase): [(str(gate.per), gate.title, _whom(gate)) for gate in table if gate.phase is phase]
        for phase in Phase
    }


def _whom(gate: Gate) -> str:
    roles = " or ".join(sorted(gate.roles)) or "the node"
    if gate.holders != HANDS and gate.by is not By.NODE:
        roles += f" (a key held by the {' or the '.join(sorted(gate.holders))})"
    if gate.authenticated_within_minutes is not None:
        roles += f" (in the portal, who they are was shown within {gate.authenticated_within_minutes} minutes)"
    if gate.by is By.SIGN_OFF and not gate.delegates:
        roles += ", no delegate"
    if gate.same_person:
        return f"{roles}, its author"
    barred = sorted({need.gate.rpartition(".")[2] for need in gate.distinct})
    return roles + (f"; not who counts at {', '.join(barred)}" if barred else "")


def _direct(table: GateTable, gate: Gate) -> list[str]:
    """Return the needs that do not follow from another need."""
    needs = list(dict.fromkeys(need.gate for need in gate.needs if need.gate != gate.id))
    gates = {other.id: other for other in table}

    def behind(start: str) -> set[str]:
        found: set[str] = set()
        for need in gates[start].needs:
            if need.gate in gates and need.scope is not Scope.READS and need.gate not in found:
                found |= {need.gate} | behind(need.gate)
        return found

    implied = {far for need in needs if need in gates for far in behind(need)}
    return [need for need in needs if need in gates and need not in implied]


def _node(gate: Gate) -> str:
    label = f'"{gate.per}: {gate.title}"'
    return _id(gate.id) + _SHAPES[gate.per].format(label)


def _id(gate_id: str) -> str:
    return gate_id.replace(".", "_").replace("-", "_")
