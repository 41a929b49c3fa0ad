"""Runs as events of the OpenLineage standard (2-0-2): JSON values, without a value of any row and without a secret.

A job is ``PRODUCT.STEP`` in the namespace of the project; a dataset is ``PRODUCT.STEP`` or ``sources.NAME`` in the
namespace ``assay://PROJECT/ENVIRONMENT``, for the same step makes another table in each environment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from assay.base.canonical import JsonValue
from assay.base.errors import Fault
from assay.base.snapshots import Manifest
from assay.lifecycle.statements import time_text
from assay.project.lineage import Lineage
from assay.project.lineage_members import Edge, Influence, Node
from assay.validation.conditions import Outcome
from assay.validation.verdicts import Verdict

_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS: dict[str, str] = {
    "schema": "1-2-0/SchemaDatasetFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
    "dataSource": "1-0-1/DatasourceDatasetFacet",
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "dataQualityAssertions": "1-1-0/DataQualityAssertionsDatasetFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "parent": "1-2-0/ParentRunFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
}
"""Each facet that is written: its version and its name in the standard."""

UNTOLD = "undetermined: nobody can tell from the code"
"""What is said of an influence for which the standard has no word."""


class State(StrEnum):
    """What an event says of its run; each has one START and one of the others."""

    START = "START"
    COMPLETE = "COMPLETE"
    ABORT = "ABORT"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Runs:
    """What all events of one build share.

    Attributes:
        run_id: a UUID, of the build.
        version: of the program.
    """

    project: str
    environment: str
    product: str
    run_id: str
    version: str

    @property
    def producer(self) -> str:
        """Who says it, as a URI."""
        return f"urn:assay:{self.version}"

    @property
    def data(self) -> str:
        """The namespace of the datasets."""
        return f"assay://{self.project}/{self.environment}"

    def facet(self, name: str, /, **fields: JsonValue) -> dict[str, JsonValue]:
        """Return a facet as a mapping from its name."""
        version, _, kind = _FACETS[name].partition("/")
        url = f"{_SPEC}/facets/{version}/{kind}.json#/$defs/{kind}"
        return {name: {"_producer": self.producer, "_schemaURL": url, **fields}}


@dataclass(frozen=True, slots=True)
class Job:
    """A job and its run.

    Attributes:
        name: ``PRODUCT``, ``PRODUCT.STEP`` or ``PRODUCT.DATASET.checks``.
        run_id: a UUID.
        kind: in what it is written, or what it does.
    """

    name: str
    run_id: str
    kind: str


def event_of(
    runs: Runs, job: Job, state: State, at: datetime, inputs: Sequence[JsonValue] = (),
    outputs: Sequence[JsonValue] = (), faults: Iterable[Fault] = (),
) -> dict[str, JsonValue]:  # fmt: skip
    """Return an event.

    Args:
        runs: the build.
        job: whose run it is.
        state: what the event says.
        at: when.
        inputs: see `input_of`.
        outputs: see `output_of`.
        faults: why it failed; what was found is left out, for an engine may quote data.
    """
    facets: dict[str, JsonValue] = {}
    if job.run_id != runs.run_id:
        parent: dict[str, JsonValue] = {"namespace": runs.project, "name": runs.product}
        facets |= runs.facet("parent", run={"runId": runs.run_id}, job=parent)
    message = "; ".join(f"{fault.where}: expected {fault.expected}" for fault in faults)
    if message:
        facets |= runs.facet("errorMessage", message=message, programmingLanguage=job.kind)
    kind = runs.facet("jobType", processingType="BATCH", integration="ASSAY", jobType=job.kind)
    return {
        "eventType": str(state),
        "eventTime": time_text(at),
        "producer": runs.producer,
        "schemaURL": _EVENT,
        "run": {"runId": job.run_id, "facets": facets},
        "job": {"namespace": runs.project, "name": job.name, "facets": kind},
        "inputs": list(inputs),
        "outputs": list(outputs),
    }


def input_of(runs: Runs, name: str, manifest: Manifest, verdicts: Collection[Verdict] = ()) -> dict[str, JsonValue]:
    """Return a dataset that a run read.

    Args:
        runs: the build.
        name: ``PRODUCT.STEP`` or ``sources.NAME``.
        manifest: the snapshot that was read.
        verdicts: what checks said of it; the standard knows them of inputs only.
    """
    found: dict[str, JsonValue] = {"namespace": runs.data, "name": name, "facets": _facets(runs, manifest)}
    told = [_assertion(verdict) for verdict in verdicts if verdict.outcome is not Outcome.SKIP]
    if told:
        found["inputFacets"] = runs.facet("dataQualityAssertions", assertions=told)
    return found


def output_of(
    runs: Runs, name: str, manifest: Manifest | None, lineage: Lineage, inputs: Mapping[str, Manifest]
) -> dict[str, JsonValue]:
    """Return a dataset that a run makes.

    Args:
        runs: the build.
        name: ``PRODUCT.STEP``.
        manifest: the snapshot that was made; None for a run that has made none.
        lineage: of the project.
        inputs: what was read, by name.
    """
    found: dict[str, JsonValue] = {"namespace": runs.data, "name": name}
    if manifest is None:
        return found
    columns = _column_lineage(runs, name, manifest, lineage, inputs)
    size = sum(file.size_bytes for file in manifest.files)
    statistics = runs.facet("outputStatistics", rowCount=manifest.rows, size=size, fileCount=len(manifest.files))
    return {**found, "facets": {**_facets(runs, manifest), **columns}, "outputFacets": statistics}


def _facets(runs: Runs, manifest: Manifest) -> dict[str, JsonValue]:
    fields: list[JsonValue] = [
        {"name": column.name, "type": column.type, "ordinal_position": place}
        for place, column in enumerate(manifest.columns, 1)
    ]
    return {
        **runs.facet("schema", fields=fields),
        **runs.facet("version", datasetVersion=manifest.digest),
        **runs.facet("dataSource", name=runs.environment, uri=runs.data),
    }


def _column_lineage(
    runs: Runs, name: str, made: Manifest, lineage: Lineage, inputs: Mapping[str, Manifest]
) -> dict[str, JsonValue]:
    """Say from which columns each column comes, and which columns decide about the rows of all."""
    written = {key: {c.name.lower(): c.name for c in manifest.columns} for key, manifest in inputs.items()}
    of_rows = lineage.rests_on(Node(name).rows)
    known = frozenset(of_rows)
    fields: dict[str, JsonValue] = {}
    for column in made.columns:
        own = (edge for edge in lineage.rests_on(Node(name, column.name.lower())) if edge not in known)
        fields[column.name] = {"inputFields": list(_fields(runs, own, written))}
    return runs.facet("columnLineage", fields=fields, dataset=list(_fields(runs, of_rows, written)))


def _fields(runs: Runs, edges: Iterable[Edge], written: Mapping[str, Mapping[str, str]]) -> list[dict[str, JsonValue]]:
    """Write what something comes from; of a whole table each column, and of which rows there are nothing."""
    found: list[dict[str, JsonValue]] = []
    for node, influence in edges:
        own = written.get(node.table, {})
        told = own.values() if node.is_whole else [own[node.column]] if node.column in own else []
        how: dict[str, JsonValue] = {"type": "DIRECT" if influence is Influence.DIRECT else "INDIRECT"}
        if influence is Influence.UNDETERMINED:
            how["description"] = UNTOLD
        found += [
            {"namespace": runs.data, "name": node.table, "field": field, "transformations": [how]} for field in told
        ]
    return found


def _assertion(verdict: Verdict) -> JsonValue:
    """Say how a check came out; one without a verdict found no proof that all is well."""
    is_warning = verdict.outcome is Outcome.WARN
    return {
        "assertion": str(verdict.dimension or "custom"),
        "name": verdict.check_id,
        "success": verdict.outcome is Outcome.PASS,
        "severity": "warn" if is_warning else "error",
    }
