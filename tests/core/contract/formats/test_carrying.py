"""Nothing is dropped in silence: every value of a contract changes what is written, or is listed as not carried."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.base.reading import Path
from assay.contract.formats.carrying import Cargo, Manner, NotCarried
from assay.contract.formats.contract_cargo import says_nothing, spoken_path
from assay.contract.formats.exported import Exported
from core.contract.formats.documents import Plain, contract_of, documents, leaves
from core.contract.formats.writers import WRITERS
from soak import count

OTHERS: dict[str, tuple[Any, ...]] = {
    "logicalType": ("string", "boolean", "date"),
    "severity": ("warn", "error"),
    "unit": ("percent", "d"),
    "metric": ("duplicateValues", "nullValues"),
    "type": ("text", "library", "custom"),
    "physicalType": ("boolean",),
    "query": ("select 2",),
    "timezone": (True, False),
}
"""Field to other values that it may have; any other is changed a little."""


def test_what_nobody_takes_is_listed_and_of_what_nobody_touched_only_the_whole() -> None:
    manner = Manner(
        lambda _, path: "/".join(map(str, path)), lambda *_: False, frozenset({"e"}), {"b": "because"}, "no"
    )
    cargo = Cargo({"a": 1, "b": {"c": 2, "d": 3}, "e": [{"f": 4}, {"f": 5}], "g": {"h": 6, "i": 7}}, manner)
    cargo.root.take("a")
    cargo.root.at("g").take("h")
    cargo.root.at("e", 1).leave("of its own", "f")

    assert cargo.left() == (
        NotCarried("b", "a mapping of 2 fields", "because"),
        NotCarried("e/0", "a mapping of 1 fields", "no"),
        NotCarried("e/1/f", "5", "of its own"),
        NotCarried("g/i", "7", "no"),
    )


def test_taking_no_name_takes_nothing() -> None:
    cargo = Cargo({"a": 1}, Manner(lambda _, path: str(path), lambda *_: False, frozenset(), {}, "no"))
    cargo.root.take(*[])
    cargo.root.leave("why", *[])

    assert [one.what for one in cargo.left()] == ["a mapping of 1 fields"]


@pytest.mark.parametrize("name", WRITERS)
@given(data=st.data())
@settings(max_examples=count(6, 2_000), phases=[Phase.explicit, Phase.generate])  # shrinking would take minutes
def test_a_value_is_found_in_the_export_or_listed(name: str, data: st.DataObject) -> None:
    document = data.draw(documents())
    base = WRITERS[name](contract_of(document))
    told = [(path, value) for path, value in leaves(document) if not says_nothing(path, value, None)]
    for path, value in data.draw(st.lists(st.sampled_from(told), min_size=4, max_size=12)):
        if not is_listed(document, path, base.not_carried) and not is_implied(document, path):
            assert is_found(name, document, path, value, base), (spoken_path(document, path), value, base.text)


def is_listed(document: Plain, path: Path, lost: tuple[NotCarried, ...]) -> bool:
    """Say whether a value, or something that it is a part of, is listed."""
    told = {one.path for one in lost}
    return any(spoken_path(document, path[:end]) in told for end in range(1, len(path) + 1))


def is_left(document: Plain, path: Path, exported: Exported) -> bool:
    """Say whether a value is there, and listed."""
    return any(place == path for place, _ in leaves(document)) and is_listed(document, path, exported.not_carried)


def is_implied(document: Plain, path: Path) -> bool:
    """Say whether a value follows from another one that is written.

    The position of a part of a key is the order in which the parts stand; the unit of a limit of zero is no matter.
    """
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    if path[-1] == "primaryKeyPosition":
        return True
    return path[-1] == "unit" and holder.get("mustBe") == 0


def is_found(name: str, document: Plain, path: Path, value: Any, base: Exported) -> bool:
    """Say whether an export is another one when a value is: then the value is in it."""
    for changed in changes(document, path, value):
        try:
            contract = contract_of(changed)
        except AssayError:
            continue
        exported = WRITERS[name](contract)
        is_told_otherwise = path[-1] == "timezone" and is_left(changed, path, exported)
        if exported.text != base.text or is_told_otherwise:
            return True
    return False


def changes(document: Plain, path: Path, value: Any) -> Iterator[Plain]:
    """Give the document without a value, and with another one in its place."""
    yield put(document, path, None)
    for other in OTHERS.get(str(path[-1]), ()):
        yield put(document, path, other)
    if isinstance(value, bool):
        yield put(document, path, not value)
    elif isinstance(value, int | float):
        yield from (put(document, path, value + step) for step in (1, -1))
    elif isinstance(value, str):
        yield from (put(document, path, other) for other in (f"{value}x", f"x{value}", "2021-06-01", "11:00:00"))
    yield from beside(document, path, value)


def beside(document: Plain, path: Path, value: Any) -> Iterator[Plain]:
    """Give the document with another value, and without what says the same beside it or goes with that value only."""
    holder, field = path[:-1], path[-1]
    if field in {"logicalType", "physicalType"}:
        bare = document
        for name in (
            "logicalType",
            "physicalType",
            "logicalTypeOptions",
            "map",
            "items",
            "properties",
            "enum",
            "quality",
        ):
            bare = put(bare, (*holder, name), None)
        yield from (put(bare, path, other) for other in ("boolean", "date"))
    if field == "name":  # others refer by it
        yield json.loads(json.dumps(document).replace(f"{value}", f"{value}x"))
    if field == "timezone":
        yield from (put(put(document, (*path[:-2], "physicalType"), None), path, other) for other in (True, False))
    if field == "metric":
        arguments = {"properties": [document["schema"][path[1]]["properties"][0]["name"]]}
        yield put(put(document, (*holder, "arguments"), arguments), path, "duplicateValues")
        yield put(document, path, "rowCount")


def put(document: Plain, path: Path, value: Any) -> Plain:
    """Return a copy in which a value is another one, or gone."""
    changed = copy.deepcopy(document)
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    if value is not None:
        holder[path[-1]] = value
    elif isinstance(holder, dict):
        holder.pop(path[-1], None)
    else:
        del holder[path[-1]]
    return changed
