"""The `ProgramRunner` port on functions of the test: a program's text is the name of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from assay.base.errors import AssayError, Fault, Place
from assay.base.ports import Program


class FakeRunner:
    """Runs steps in this process."""

    def __init__(self, steps: Mapping[str, Callable[..., Any]]) -> None:
        self._steps = steps

    def run(self, program: Program, inputs: Mapping[str, Sequence[str]], output: str, as_of: date) -> None:
        tables: dict[str, Any] = {
            name: pa.concat_tables([pq.read_table(path) for path in inputs[name]]) for name in program.forms
        }
        given = tables | ({"as_of": as_of} if program.takes_as_of else {})
        try:
            rows = self._steps[program.source](**given)
        except ValueError as error:
            raise self._refusal(program, str(error)) from error
        if not isinstance(rows, pa.Table):
            raise self._refusal(program, type(rows).__name__)
        names = [name.lower() for name in rows.column_names]
        if not names or len(set(names)) < len(names):
            raise self._refusal(program, "columns of one name" if names else "no column")
        pq.write_table(rows, output)

    def interrupt(self) -> None:
        """End nothing: what runs in this process is over when it can be asked."""

    @staticmethod
    def _refusal(program: Program, found: str) -> AssayError:
        return AssayError(Fault(Place(program.file, 1), "a step that returns its rows", found))
