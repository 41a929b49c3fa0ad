"""The child process of a step in Spark SQL: its inputs are tables of a session's catalog. See `child_process`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assay.base.errors import AssayError
from assay.engines.child_job import FaultJson, Job, do_job, fault_json, input_bytes
from assay.engines.spark_faults import told
from assay.engines.spark_session import SparkOfOne
from assay.engines.spark_tables import SparkTables, refuse_unfit, write
from assay.sql.spark_tokens import spark_tokens

_EXPECTED = "a query that Spark runs"
_OWN = "_own"
"""The database of tables that are named without one. No product is called so."""


def main() -> None:
    """Do the job on the standard input."""
    do_job(_run, _explain)


def _run(job: Job, folder: Path) -> list[FaultJson]:
    file = f"{job['name']}.sql"
    try:
        refuse_unfit({name: given["paths"] for name, given in job["inputs"].items()})
        session = SparkOfOne(folder, job["memory_bytes"], input_bytes(job)).session
        session.sql(f"CREATE DATABASE {_OWN}")
        session.catalog.setCurrentDatabase(_OWN)
        tables = SparkTables(session, folder)
        for name, given in job["inputs"].items():
            tables.offer(name, given["paths"])
        query = _without_semicolon((folder / file).read_text(encoding="utf-8"), file)
        session._jsparkSession.sessionState().sqlParser().parseQuery(query)  # what is no query is refused, not run
        named = {"as_of": date.fromisoformat(job["as_of"])} if job["as_of"] is not None else None
        return write(session.sql(query, named), job["output"], file)
    except AssayError as error:
        return [fault_json(file, None, fault.expected, fault.found, fault.hint) for fault in error.faults]


def _without_semicolon(text: str, file: str) -> str:
    meant = [token for token in spark_tokens(text, file) if token.text != ";"]
    return text[: meant[-1].start + len(meant[-1].text)]


def _explain(error: BaseException, job: Job) -> FaultJson:
    return told(error, job, f"{job['name']}.sql", _EXPECTED)


if __name__ == "__main__":
    main()
