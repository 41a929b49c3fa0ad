"""Runs datacontract-cli for `peer`: a case a line comes in as JSON, its verdicts go out as a line of JSON.

It is run by the Python of the peer's own environment and may import nothing of this repository.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from importlib import import_module
from typing import Any, TextIO


def spare_the_schema() -> None:
    """Let the standard's JSON schema, always the same, be checked against its meta-schema once, not for each case."""
    validators = import_module("jsonschema.validators")
    known = validators.validator_for({"$schema": "https://json-schema.org/draft/2019-09/schema"})
    check = known.check_schema
    checked: set[str] = set()

    def check_once(schema: Any) -> None:
        text = json.dumps(schema, sort_keys=True)
        if text not in checked:
            check(schema)
            checked.add(text)

    known.check_schema = check_once


def tested(contract: str, server: str) -> dict[str, Any]:
    """Test a contract through the peer's Python API; return each result, and as which types it loads Parquet files."""
    peer = import_module("datacontract.data_contract").DataContract(data_contract_str=contract, server=server)
    run = peer.test()
    checks = [
        {
            "key": check.key,
            "type": check.type,
            "model": check.model,
            "field": check.field,
            "rule": check.qualityId,
            "result": check.result.value if check.result else None,
            "reason": check.reason or "",
        }
        for check in run.checks
    ]
    return {"checks": checks, "loaded": loaded(contract) if server == "files" else {}}


def loaded(contract: str) -> dict[str, dict[str, str | None]]:
    """Return dataset to column to the type that the peer gives it when it reads files; nothing of a bad contract."""
    connection = import_module("datacontract.engines.ibis.connections.duckdb_connection")
    model = import_module("open_data_contract_standard.model")
    try:
        read = model.OpenDataContractStandard.from_string(contract)
    except ValueError:
        return {}
    return {one.name: connection.to_parquet_types(one) for one in read.schema_ or []}


def serve(out: TextIO) -> None:
    """Answer until nothing more comes."""
    spare_the_schema()
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(tested(case["contract"], case["server"])), file=out, flush=True)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the peer prints is no answer
    serve(answers)
