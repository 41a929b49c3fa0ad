"""Writes the checks as a dbt project: its own tests where it has them, the rest as queries of the rows that fail."""

from __future__ import annotations

import json
from pathlib import Path

from checks import CHECKS, COLUMNS, Check, Kind, of_kind
from sql import failing, key_rows

_PROJECT = {
    "name": "flights",
    "version": "1.0.0",
    "config-version": 2,
    "profile": "flights",
    "test-paths": ["tests"],
    "flags": {"send_anonymous_usage_stats": False},
}
_PROFILE = {"flights": {"target": "dev", "outputs": {"dev": {"type": "duckdb", "path": ":memory:", "threads": 2}}}}
_TABLES = {"flights": "{{ source('data', 'flights') }}", "airlines": "{{ source('data', 'airlines') }}"}


def write_project(folder: Path, flights: str, airlines: str) -> None:
    """Write project, profile, the two sources with dbt's own tests, and a query for every other check."""
    own = {
        column: [_own(check) for check in CHECKS if check.columns == (column,) and check.kind in _OWN]
        for column in COLUMNS
    }
    columns = [{"name": name, "data_tests": tests} for name, tests in own.items()]
    tables = [
        {"name": "flights", "config": {"meta": {"external_location": f"'{flights}'"}}, "columns": columns},
        {"name": "airlines", "config": {"meta": {"external_location": f"'{airlines}'"}}},
    ]
    files = {
        "dbt_project.yml": _PROJECT,
        "profiles.yml": _PROFILE,
        "models/sources.yml": {"version": 2, "sources": [{"name": "data", "tables": tables}]},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=2))  # JSON is YAML
    (folder / "tests").mkdir(exist_ok=True)
    for check in CHECKS:
        if check.kind not in _OWN:
            (folder / "tests" / f"{check.id}.sql").write_text(_query(check))


def verdicts(folder: Path) -> dict[str, bool]:
    """Return what dbt wrote about its last run; a test that could not run says nothing."""
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    names = {check.id for check in CHECKS}
    found = {}
    for result in results:
        name = result["unique_id"].split(".")[2]
        if name in names and result["status"] in ("pass", "fail"):
            found[name] = result["status"] == "pass"
    return found


_OWN = (Kind.NOT_NULL, Kind.ACCEPTED, Kind.REFERENCE)


def _own(check: Check) -> dict[str, object]:
    match check.kind:
        case Kind.NOT_NULL:
            return {"not_null": {"name": check.id}}
        case Kind.ACCEPTED:
            return {"accepted_values": {"name": check.id, "arguments": {"values": list(check.values)}}}
        case _:
            to = {"to": "source('data', 'airlines')", "field": check.column}
            return {"relationships": {"name": check.id, "arguments": to}}


def _query(check: Check) -> str:
    flights = _TABLES["flights"]
    match check.kind:
        case Kind.KEY:
            return key_rows(check).replace("FROM flights", f"FROM {flights}")
        case Kind.ROWS:
            return f"SELECT 1 FROM {flights} HAVING count(*) NOT BETWEEN {check.low} AND {check.high}"
        case Kind.FRESHNESS:
            limit = f"now()::TIMESTAMP - INTERVAL {check.limit} DAY"
            return f"SELECT 1 FROM {flights} HAVING coalesce(max({check.column}) <= {limit}, true)"
        case Kind.NULL_RATE:
            nulls = f"count(*) - count({check.column})"
            return f"SELECT 1 FROM {flights} HAVING 100 * ({nulls}) >= {check.limit} * count(*)"
        case Kind.SCHEMA:
            wanted = ", ".join(f"('{name}', '{kind}')" for name, kind in COLUMNS.items())
            found = f"SELECT column_name, column_type FROM (DESCRIBE FROM {flights})"
            return f"SELECT * FROM (VALUES {wanted}) EXCEPT {found}"
        case _:
            return f"SELECT * FROM {flights} {failing(check)}"


assert len(of_kind(*_OWN)) == 11
