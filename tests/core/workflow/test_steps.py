from __future__ import annotations

import pytest

from assay.base.canonical import digest_bytes
from assay.base.errors import AssayError, Place
from assay.base.names import TableRef
from assay.sql.parse import parse_query
from assay.workflow.python_source import Form
from assay.workflow.steps import Language, parse_step
from core.workflow.steps import FOLDER, python, sql

PYTHON = """\
import duckdb
import pyarrow as pa

READS = {"flights": "sources.flights", "planes": "planes"}


def model(flights: pa.Table, planes: duckdb.DuckDBPyRelation, as_of):
    return flights
"""


def test_a_sql_step_says_what_it_reads_and_where() -> None:
    step = sql("model", "select f.a,\n $as_of as d\nfrom sources.flights f\njoin planes using (a)")

    assert (step.name, step.language, step.uses_as_of) == ("model", Language.SQL, True)
    assert step.reads == (TableRef(None, "planes"), TableRef("sources", "flights"))
    assert step.places[TableRef(None, "planes")] == Place(f"{FOLDER}/model.sql", 4)
    assert step.columns == ("a", "d")


def test_a_python_step_says_what_it_reads_and_in_which_form() -> None:
    step = python("model", PYTHON)

    assert step.reads == (TableRef(None, "planes"), TableRef("sources", "flights"))
    assert [(p.name, str(p.table), p.form) for p in step.parameters] == [
        ("flights", "sources.flights", Form.ARROW),
        ("planes", "planes", Form.DUCKDB),
    ]
    assert step.uses_as_of
    assert step.places[TableRef(None, "planes")] == Place(f"{FOLDER}/model.py", 4)


@pytest.mark.parametrize(
    "annotation", ["", ": pyarrow.Table", ": pa.Table", ": Table", ': "pa.Table"', ": duckdb.DuckDBPyRelation"]
)
def test_a_table_arrives_as_arrow_or_as_duckdb_wants_it(annotation: str) -> None:
    step = python("m", f'READS = {{"t": "sources.t"}}\ndef m(t{annotation}):\n    return t\n')

    assert step.parameters[0].form is (Form.DUCKDB if "DuckDB" in annotation else Form.ARROW)


def test_a_python_step_may_read_nothing() -> None:
    assert python("m", "READS = {}\ndef m():\n    return None\n").reads == ()


def test_the_comments_of_a_step_do_not_change_what_it_means() -> None:
    assert sql("m", "select 1 as a -- x").digest == sql("m", "/* y */ select  1 as a").digest
    assert python("model", PYTHON + "# end\n").digest == python("model", PYTHON).digest


def test_a_step_in_another_language_is_another_step() -> None:
    assert sql("m", "select 1").digest != python("m", "READS = {}\ndef m():\n    return 1\n").digest


MODULES = {
    f"{FOLDER}/delays.py": "from shared.days import late\nimport parts.one\n",
    f"{FOLDER}/parts/__init__.py": "",
    f"{FOLDER}/parts/one.py": "from . import two\n",
    f"{FOLDER}/parts/two.py": "TWO = 2\n",
    f"{FOLDER}/unused.py": "nonsense here",
    "shared/days.py": "import datetime\ndef late(m):\n    return m > 15\n",
    "products/q/workflow/delays.py": "WRONG = 1\n",
}
IMPORTING = "import delays\nREADS = {}\ndef m():\n    return delays.late(1)\n"


def test_what_a_python_step_imports_of_the_project_comes_with_it_near_and_far() -> None:
    step = python("m", IMPORTING, MODULES)

    assert sorted(step.modules) == ["delays.py", "parts/__init__.py", "parts/one.py", "parts/two.py", "shared/days.py"]


@pytest.mark.parametrize("changed", [f"{FOLDER}/delays.py", f"{FOLDER}/parts/two.py", "shared/days.py"])
def test_a_change_in_an_imported_module_changes_what_the_step_means(changed: str) -> None:
    other = {**MODULES, changed: MODULES[changed] + "MORE = 1\n"}

    assert python("m", IMPORTING, other).digest != python("m", IMPORTING, MODULES).digest


def test_a_comment_in_an_imported_module_or_a_change_in_another_does_not_count() -> None:
    other = {
        **MODULES,
        "shared/days.py": "# why\n" + MODULES["shared/days.py"],
        f"{FOLDER}/unused.py": "else",
    }

    assert python("m", IMPORTING, other).digest == python("m", IMPORTING, MODULES).digest


def test_what_is_wrong_in_an_imported_module_is_said_of_that_module() -> None:
    with pytest.raises(AssayError, match=r"shared/days\.py:1:5: expected Python"):
        python("m", IMPORTING, {**MODULES, "shared/days.py": "def ("})


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("def m(:\n    pass", 1, "invalid syntax"),
        ("READS = {}\n", 1, "none"),
        ("def m():\n    pass\n", 1, "nothing"),
        ("READS = dict(a='b')\ndef m(a):\n    pass\n", 1, "another value"),
        ("READS = {}\nREADS = {}\ndef m():\n    pass\n", 2, "2 of them"),
        ('READS = {"a": "sources.a",\n "a": "sources.b"}\ndef m(a):\n    pass\n', 2, "'a' again"),
        ('READS = {"a": "x.y.z"}\ndef m(a):\n    pass\n', 1, "'x.y.z'"),
        ('READS = {"a": NAME}\ndef m(a):\n    pass\n', 1, "NAME"),
        ('READS = {"a": "sources.a"}\ndef m():\n    pass\n', 1, "none"),
        ("READS = {}\ndef m(\n  a):\n    pass\n", 3, "'a'"),
        ("READS = {}\ndef m(*a):\n    pass\n", 2, "*, ** or /"),
        ('READS = {"a": "sources.a"}\ndef m(a: int):\n    pass\n', 2, "int"),
        ("READS = {}\nasync def m():\n    pass\n", 1, "none"),
        (
            "READS = {}\nfrom datetime import datetime as dt\ndef m():\n    return dt.now()\n",
            4,
            "datetime.datetime.now",
        ),
        ("READS = {}\nimport datetime\ndef m():\n    return datetime.date.today()\n", 4, "datetime.date.today"),
        ("READS = {}\nimport time\ndef m():\n    return time.time()\n", 4, "time.time"),
        ("READS = {}\nimport random as r\ndef m():\n    return r.random()\n", 4, "random.random"),
        ("READS = {}\nfrom random import shuffle\ndef m():\n    shuffle([])\n", 4, "random.shuffle"),
        ("READS = {}\nimport numpy as np\ndef m():\n    return np.random.rand()\n", 4, "numpy.random.rand"),
        ("READS = {}\nimport numpy as np\ndef m():\n    np.random.default_rng()\n", 4, "numpy.random.default_rng"),
        ("READS = {}\nimport uuid\ndef m():\n    return uuid.uuid4()\n", 4, "uuid.uuid4"),
    ],
)
def test_what_a_python_step_may_not_be_is_refused_at_its_line(text: str, line: int, found: str) -> None:
    with pytest.raises(AssayError) as refused:
        python("m", text)

    fault = refused.value.faults[0]
    assert (fault.where.file, fault.where.line) == (f"{FOLDER}/m.py", line)
    assert found in fault.found


def test_chance_with_a_seed_is_steady() -> None:
    python(
        "m", "READS = {}\nimport random, numpy as np\ndef m():\n    random.Random(1), np.random.default_rng(seed=2)\n"
    )


def test_a_name_of_ones_own_is_not_a_clock() -> None:
    python("m", "READS = {}\ndef now():\n    return 1\ndef m():\n    x = frame.time.now(); return now()\n")


def test_all_that_is_wrong_with_a_python_step_is_said_at_once() -> None:
    with pytest.raises(AssayError) as refused:
        python("m", 'import time\nREADS = {"a": "A", "b": 1}\ndef n():\n    return time.time()\n')

    assert len(refused.value.faults) == 4


@pytest.mark.parametrize("name", ["Model.sql", "a-b.sql", "1a.py", "model.r", "Model.R", "model.txt", ".sql", "model"])
def test_the_name_of_a_file_says_what_it_makes_and_in_which_language(name: str) -> None:
    with pytest.raises(AssayError, match=r"expected the name of a step"):
        parse_step(f"{FOLDER}/{name}", b"select 1", {})


def test_a_file_that_is_not_utf_8_is_refused_at_its_line() -> None:
    with pytest.raises(AssayError, match=r"model\.sql:2: expected text in UTF-8, found the byte 0xff"):
        parse_step(f"{FOLDER}/model.sql", b"select 1\n\xff", {})


def test_what_is_remembered_of_a_file_saves_its_parsing() -> None:
    content = b"select a from sources.flights"
    first = parse_step(f"{FOLDER}/m.sql", content, {})
    with pytest.raises(AssayError):
        parse_step(f"{FOLDER}/m.sql", b"not sql", {})
    known = {digest_bytes(b"not sql"): parse_query(content.decode(), "q.sql")}
    assert parse_step(f"{FOLDER}/m.sql", b"not sql", {}, known).reads == first.reads


@pytest.mark.parametrize(
    ("imports", "annotation", "form"),
    [
        ("import polars as pl", "pl.DataFrame", Form.POLARS),
        ("import polars", "polars.LazyFrame", Form.LAZY),
        ("from polars import DataFrame as Rows", "'Rows'", Form.POLARS),
        ("if True:\n    import pandas as pd", '"pd.DataFrame"', Form.PANDAS),
        ("from pandas import DataFrame", "DataFrame", Form.PANDAS),
    ],
)
def test_a_data_frame_is_of_the_package_that_was_imported(imports: str, annotation: str, form: Form) -> None:
    step = python("m", f'{imports}\nREADS = {{"t": "sources.t"}}\ndef m(t: {annotation}):\n    return t\n')

    assert step.parameters[0].form is form


def test_a_data_frame_of_nobody_knows_whom_is_refused() -> None:
    with pytest.raises(AssayError, match=r"m\.py:2: expected one of .*found DataFrame\. Import the class"):
        python("m", 'READS = {"t": "sources.t"}\ndef m(t: DataFrame):\n    return t\n')
