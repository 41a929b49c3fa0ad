"""Clock and chance in what Spark understood of a step, however it was written: in a text within Python, or by a cast.

A query is refused by its text before anything runs (`assay.sql.spark`); this is for what no text of the project shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from assay.engines.child_job import FaultJson, fault_json
from assay.sql.spark import CHANCE, CLOCK, DAYS_OF_THE_CLOCK, OUTSIDE

_CLOCK: Mapping[str, str] = {
    "CurrentDate": "current_date",
    "CurrentTime": "current_time",
    "CurrentTimestamp": "current_timestamp",
    "LocalTimestamp": "localtimestamp",
    "Now": "now",
}
_CHANCE: Mapping[str, str] = {
    "AesEncrypt": "aes_encrypt",
    "MonotonicallyIncreasingID": "monotonically_increasing_id",
    "RandStr": "randstr",
    "Rand": "rand",
    "Randn": "randn",
    "Sample": "a sample",
    "Shuffle": "shuffle",
    "SparkPartitionID": "spark_partition_id",
    "Uniform": "uniform",
    "Uuid": "uuid",
}
_OUTSIDE: Mapping[str, str] = {
    "CallMethodViaReflection": "java_method",
    "InputFileBlockLength": "input_file_block_length",
    "InputFileBlockStart": "input_file_block_start",
    "InputFileName": "input_file_name",
}
_GROUPS = ((_CLOCK, CLOCK), (_CHANCE, CHANCE), (_OUTSIDE, OUTSIDE))
"""The classes of Spark's plan that stand for what is refused, as people call them, and why."""

_MOMENTS = ("date", "timestamp", "timestamp_ntz")
_IN_PYTHON = "Take the logical date as a parameter: as_of."


def refused_parts(frame: Any, file: str) -> list[FaultJson]:
    """Find what a data frame of Spark computes of clock, chance and place.

    Args:
        frame: a ``pyspark.sql.DataFrame``.
        file: of the step, to name in faults.
    """
    try:
        plan = json.loads(frame._jdf.queryExecution().analyzed().toJSON())
    except Exception:  # noqa: BLE001  (a plan that Spark cannot write down is not refused for that)
        return []
    nodes = list(_nodes(plan))
    found = {(node["class"].rpartition(".")[2], "") for node in nodes}
    found |= {("", str(inner["value"])) for outer, inner in pairwise(nodes) if _is_day_of_the_clock(outer, inner)}
    faults = []
    for name, day in sorted(found):
        for names, refusal in _GROUPS:
            if name in names or (day and refusal is CLOCK):
                hint = _IN_PYTHON if refusal is CLOCK and file.endswith(".py") else refusal.hint
                faults.append(fault_json(file, None, refusal.expected, names.get(name) or f"'{day}' as a date", hint))
    return faults


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Give the nodes of a plan and of its expressions, each before what it is made of."""
    if isinstance(value, dict):
        if "class" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _nodes(each)


def _is_day_of_the_clock(outer: dict[str, Any], inner: dict[str, Any]) -> bool:
    """Whether a text such as ``today`` becomes a date or a timestamp."""
    is_cast = outer["class"].endswith("Cast") and outer.get("dataType") in _MOMENTS
    words = str(inner.get("value")).lower().split() if inner["class"].endswith(".Literal") else []
    return is_cast and bool(words) and words[0] in DAYS_OF_THE_CLOCK
