"""A contract proposed from files holds on these files: lint finds no fault, and no verdict is fail or error."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.actions.check_files import check_files
from assay.actions.contract_infer import Inferred, infer_contract
from assay.actions.file_desk import FileDesk, NoMemory
from assay.actions.lint import is_refused, lint_contracts
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.reading import read_yaml
from assay.connectors.contract_schema import load_contract_schema
from assay.contract.parse import parse_contract
from assay.engines.duckdb import DuckDBEngine
from assay.validation.conditions import Outcome
from assay.validation.samples import SampleWish
from assay.validation.selection import Selection
from house import ROOT
from soak import SOAK

DATA = ROOT / "examples" / "flights" / "data"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SCHEMA = load_contract_schema()


def infer(folder: Path, paths: Sequence[Path], *, with_values: bool = True) -> Inferred:
    engine = DuckDBEngine(folder / "scratch", [path.parent for path in paths], threads=1)
    try:
        return infer_contract(engine, [str(path) for path in paths], "t", "t", with_values=with_values)
    finally:
        engine.close()


def broken(folder: Path, inferred: Inferred, paths: Sequence[Path]) -> list[str]:
    """Return what a proposal says that is wrong: faults of the lint, and rules of which the files are no pass."""
    text = inferred.proposal.text("t").encode()
    linted = lint_contracts([("t.odcs.yaml", lambda: text)], SCHEMA)
    said = [str(finding) for one in linted for finding in one.findings if is_refused(linted, strict=False)]
    contract = parse_contract(read_yaml(text, "t.odcs.yaml"))
    desk = FileDesk(
        lambda files: DuckDBEngine(folder / "scratch", [Path(file).parent for file in files], threads=1),
        lambda _: None,
        NoMemory(),
        lambda path: path,
    )
    data = {TableRef(None, "t"): [str(path) for path in paths]}
    for result in check_files(desk, contract, data, Selection(), NOW, SampleWish(0), is_explained=False):
        said += [str(v) for v in result.verdicts if v.outcome in {Outcome.FAIL, Outcome.ERROR}]
    return said


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
FEW_TEXTS = st.sampled_from(["a", "b", "no", "007", "1e3", " x", "2013-01-01", "", "'", '"', "~", "#", "ä", "\u2028"])
NAMES = st.one_of(
    st.sampled_from(["id", "order_no", "customerId", "day", "a b", 'q"q', "it's", "größe", "x.y", "l[]", "no", "{k}"]),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=6),
)
KINDS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int8(), st.integers(-128, 127)),
    (pa.int32(), st.integers(0, 40)),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.float32(), st.floats(width=32)),
    (pa.float64(), st.floats()),
    (pa.float64(), st.floats(-10, 10)),
    (pa.decimal128(9, 2), st.decimals(-1000, 1000, places=2)),
    (pa.decimal128(38, 0), st.integers(-(10**30), 10**30).map(Decimal)),
    (pa.string(), TEXTS),
    (pa.string(), FEW_TEXTS),
    (pa.bool_(), st.booleans()),
    (pa.date32(), st.dates()),
    (pa.date32(), st.dates(date(2024, 1, 1), date(2024, 2, 1))),
    (pa.timestamp("us"), st.datetimes()),
    (pa.timestamp("ns"), st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1))),  # noqa: DTZ001  (naive on purpose)
    (pa.timestamp("us", tz="Europe/Berlin"), st.datetimes(timezones=st.just(UTC))),
    (pa.time64("us"), st.times()),
    (pa.binary(), st.binary(max_size=3)),
    (pa.list_(pa.int64()), st.lists(st.integers(0, 3), max_size=2)),
    (
        pa.struct([("a", pa.int64()), ("b c", pa.string())]),
        st.fixed_dictionaries({"a": st.integers(0, 3), "b c": TEXTS}),
    ),
    (pa.list_(pa.struct([("k", pa.date32())])), st.lists(st.fixed_dictionaries({"k": st.dates()}), max_size=2)),
    (
        pa.map_(pa.string(), pa.float64()),
        st.dictionaries(TEXTS, st.floats(0, 1), max_size=2).map(lambda d: [*d.items()]),
    ),
    (pa.null(), st.none()),
]


@st.composite
def tables(draw: st.DrawFn, kinds: Sequence[tuple[pa.DataType, st.SearchStrategy[Any]]] = KINDS) -> pa.Table:
    rows = draw(st.sampled_from([0, 1, 3, 12, 40, 250]))
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique_by=str.lower))
    arrays = []
    for _ in names:
        kind, values = draw(st.sampled_from(kinds))
        few = draw(st.lists(st.none() | values if draw(st.booleans()) else values, min_size=1, max_size=12))
        arrays.append(pa.array([few[(7 * row + row // 5) % len(few)] for row in range(rows)], kind))
    if draw(st.booleans()):
        names, arrays = [*names, "the_row"], [*arrays, pa.array(range(rows), pa.int64())]
    return pa.table(arrays, names=names)


@settings(max_examples=2_000 if SOAK else 60)
@given(tables(), st.booleans())
def test_what_is_proposed_for_a_table_holds_on_it(table: pa.Table, with_values: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "t.parquet"
        pq.write_table(table, path)
        inferred = infer(Path(name), [path], with_values=with_values)

        assert broken(Path(name), inferred, [path]) == []
        if not with_values:
            written = json.dumps(inferred.proposal.document)
            assert not any(word in written for word in ('"minimum"', '"maximum"', '"enum"'))


FLAT = [(kind, values) for kind, values in KINDS if not pa.types.is_nested(kind) and not pa.types.is_binary(kind)]


@settings(max_examples=1_000 if SOAK else 25)
@given(tables(FLAT), st.sampled_from(["csv", "json"]))
def test_what_is_proposed_for_a_file_of_text_holds_on_it(table: pa.Table, form: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"t.{form}"
        write(table, path)
        try:
            inferred = infer(Path(name), [path])
        except AssayError:  # a file that cannot be told is refused
            return

        assert broken(Path(name), inferred, [path]) == []


def write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".csv":
        pa.csv.write_csv(table, path)
    else:
        path.write_text("\n".join(json.dumps(row, default=str) for row in table.to_pylist() if not odd(row)))


def odd(row: dict[str, Any]) -> bool:
    return any(isinstance(value, float) and not math.isfinite(value) for value in row.values())


@pytest.mark.parametrize("pattern", ["airlines", "airports", "planes", "weather", "flights/*"])
def test_what_is_proposed_for_the_flights_holds_on_them(tmp_path: Path, pattern: str) -> None:
    paths = sorted(DATA.glob(f"{pattern}.parquet"))

    assert broken(tmp_path, infer(tmp_path, paths), paths) == []
