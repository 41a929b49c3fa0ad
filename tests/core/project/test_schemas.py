"""What a schema accepts is what the reader reads: of the example's files, and of the same with a mistake in them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.base.errors import AssayError, WrongUsage
from assay.base.reading import Document, read_as, read_yaml
from assay.connectors.contract_schema import load_contract_schema
from assay.contract.inspection import inspect_contract
from assay.contract.lint_rules import Grade
from assay.lifecycle.gates import DEFAULT_TABLE, Gate
from assay.project.reading import read_project
from assay.project.schemas import KINDS, file_schema, header
from assay.project.step_tests import StepsAround, read_step_tests
from ports.flights import example_files
from soak import count

STANDARD = load_contract_schema()
MODELLED = [kind for kind, of in KINDS.items() if of.model is not None]
WRONG: list[Any] = [None, True, 7, 0.5, "", "some text", [], {}, [7], {"what": 1}]


@lru_cache
def validator(kind: str) -> Any:
    return jsonschema_rs.validator_for(file_schema(kind, STANDARD))


def gate_row(gate: Gate) -> dict[str, Any]:
    """Write a gate as a row of process.yaml."""
    row: dict[str, Any] = {"id": gate.id, "per": gate.per, "phase": gate.phase, "title": gate.title,
                           "kind": gate.kind, "by": gate.by, "roles": sorted(gate.roles),
                           "needs": [{"gate": need.gate, "scope": need.scope} for need in gate.needs],
                           "classes": sorted(gate.classes)}  # fmt: skip
    return {**row, **({"environment": gate.environment} if gate.environment else {})}


@lru_cache
def texts() -> dict[str, str]:
    """Give files of every kind: the example's, and the default process as a file."""
    process = json.dumps({"gates": [gate_row(gate) for gate in DEFAULT_TABLE]})
    return {**{p: c.decode() for p, c in example_files().items() if p.endswith(".yaml")}, "process.yaml": process}


def kind_of(path: str) -> str:
    (kind,) = [name for name, of in KINDS.items() if fnmatch(f"/{path}", f"*{of.files.removeprefix('**/')}")
               if name == "tests" or "/tests/" not in path]  # fmt: skip
    return kind


@lru_cache
def around() -> StepsAround:
    project = read_project(example_files())
    product = project.products["ontime"]
    return StepsAround("ontime", product.steps, project.contracts, example_files())


def is_read(kind: str, path: str, value: Any) -> bool:
    """Whether the reader takes a value for the shape of such a file."""
    try:
        if kind == "contract":
            document = read_yaml(json.dumps(value), path)
            return not [one for one in inspect_contract(document, STANDARD) if one.grade is Grade.FAULT]
        if kind == "tests":
            reading = StepsAround("ontime", around().steps, around().contracts,
                                  {**around().files, path: json.dumps(value).encode()})  # fmt: skip
            return bool(read_step_tests(path, reading))
        model = KINDS[kind].model
        assert model is not None
        read_as(model, Document(path, value, {}))
    except AssayError:
        return False
    return True


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from paths_in(each, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@dataclass(frozen=True)
class Changed:
    path: str
    value: Any
    where: tuple[Any, ...]


def changed(draw: Callable[[st.SearchStrategy[Any]], Any], kinds: list[str]) -> Changed:
    """Make a mistake in a file: another value, one field too many, one too few."""
    path = draw(st.sampled_from([path for path in sorted(texts()) if kind_of(path) in kinds]))
    value = copy.deepcopy(read_yaml(texts()[path], path).value)
    where = draw(st.sampled_from(list(paths_in(value))[1:]))
    holder, last = at(value, where[:-1]), where[-1]
    match draw(st.sampled_from(["wrong", "more", "less"])):
        case "wrong":
            holder[last] = draw(st.sampled_from(WRONG))
        case "more" if isinstance(holder, dict):
            holder["unheard-of"] = 1
        case _ if isinstance(holder, dict):
            del holder[last]
    return Changed(path, value, where)


@pytest.mark.parametrize("path", sorted(texts()))
def test_the_schema_accepts_each_file_that_is_read(path: str) -> None:
    value = read_yaml(texts()[path], path).value

    assert [str(error.message) for error in validator(kind_of(path)).iter_errors(value)] == []
    assert is_read(kind_of(path), path, value)


def test_there_is_a_file_of_every_kind_among_them() -> None:
    assert {kind_of(path) for path in texts()} == set(KINDS)


@settings(max_examples=count(usual=400, soak=20_000))
@given(st.data())
def test_a_mistake_in_a_file_of_ours_is_refused_by_schema_and_reader_or_by_none(data: st.DataObject) -> None:
    case = changed(data.draw, [kind for kind in MODELLED if kind != "tests"])
    kind = kind_of(case.path)

    assert validator(kind).is_valid(case.value) == is_read(kind, case.path, case.value), case


@settings(max_examples=count(usual=150, soak=5000))
@given(st.data())
def test_the_schema_refuses_nothing_of_contracts_and_tests_that_the_reader_takes(data: st.DataObject) -> None:
    case = changed(data.draw, ["contract", "tests"])
    kind = kind_of(case.path)

    assert validator(kind).is_valid(case.value) or not is_read(kind, case.path, case.value), case


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("products/ontime/tests/ontime_daily.yaml", "ordered: true", "in-order: true"),
        ("products/ontime/tests/ontime_daily.yaml", "ordered: true", "ordered: 1"),
        ("products/ontime/tests/ontime_daily.yaml", "sources.weather: []", "sources.weather: 7"),
        ("products/ontime/tests/carrier_month.yaml", "{file: ", "{path: "),
        ("products/ontime/contracts/carrier_month.odcs.yaml", "check: controlTotal", "check: controlTotals"),
        ("products/ontime/contracts/carrier_month.odcs.yaml", "sourceExpression:", "sourceExpresion:"),
        ("products/ontime/contracts/carrier_month.odcs.yaml", "required: true", "required: maybe"),
    ],
)
def test_mistakes_in_tests_and_in_our_rules_are_refused_by_both(path: str, old: str, new: str) -> None:
    assert old in texts()[path]
    value = read_yaml(texts()[path].replace(old, new, 1), path).value

    assert not validator(kind_of(path)).is_valid(value)
    assert not is_read(kind_of(path), path, value)


@pytest.mark.parametrize("kind", MODELLED)
def test_every_field_is_explained_and_nothing_unknown_is_let_in(kind: str) -> None:
    schema = file_schema(kind, STANDARD)
    parts = [schema, *(part for part in schema.get("$defs", {}).values() if part["type"] == "object")]

    assert [name for part in parts for name, of in part["properties"].items() if not of.get("description")] == []
    assert all(part["additionalProperties"] is False and part["description"] for part in parts)


def test_a_file_of_no_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(WrongUsage, match="Kinds: project, people, process, product"):
        file_schema("spreadsheet", STANDARD)


def test_the_header_leads_from_the_file_to_its_schema() -> None:
    assert header("project", "assay.yaml") == "# yaml-language-server: $schema=.assay/schemas/project.json"
    assert header("contract", "products/a/contracts/b.odcs.yaml").endswith("=../../../.assay/schemas/contract.json")
