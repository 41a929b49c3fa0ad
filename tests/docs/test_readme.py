"""The README's picture of the process is the gate table's, not somebody's memory of it."""

from __future__ import annotations

from assay.documentation.process import process_diagram
from assay.lifecycle.gates import DEFAULT_TABLE
from house import ROOT


def test_the_picture_of_the_process_is_drawn_from_the_gate_table() -> None:
    assert f"```mermaid\n{process_diagram(DEFAULT_TABLE)}```" in (ROOT / "README.md").read_text()
