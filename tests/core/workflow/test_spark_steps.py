"""Steps that Spark runs, as their text says: queries in its dialect, and data frames of a Python step."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError, Place
from assay.base.names import TableRef
from assay.sql.lineage import Likeness
from assay.sql.parse import parse_query
from assay.workflow.difference import compare_steps, reads_by_name
from assay.workflow.python_source import Form
from assay.workflow.slices import SliceUnit, Slicing
from assay.workflow.steps import Language, QueryEngine, Step, in_slices, parse_step, query_key
from core.workflow.steps import FOLDER, python, sql

QUERY = "select a, :as_of as d\nfrom sources.flights f\njoin `planes` using (a)"


def spark(text: str) -> Step:
    return parse_step(f"{FOLDER}/model.sql", text.encode(), {}, engine=QueryEngine.SPARK)


def test_a_query_for_spark_says_what_it_reads_where_and_as_what_it_gets_it() -> None:
    step = spark(QUERY)

    assert (step.language, step.uses_as_of, step.columns) == (Language.SPARK_SQL, True, ("a", "d"))
    assert step.places[TableRef("sources", "flights")] == Place(f"{FOLDER}/model.sql", 2)
    assert [(p.name, p.form) for p in step.parameters] == [("planes", Form.SPARK), ("sources.flights", Form.SPARK)]


def test_comments_layout_and_line_ends_do_not_count_and_the_engine_does() -> None:
    assert spark("select 1 as a -- x\r\n").digest == spark("/* y */ select  1\nas a").digest
    assert spark("select 1 as a").digest != sql("model", "select 1 as a").digest
    assert spark("select 1 as a").digest != spark("select 2 as a").digest
    assert spark("select 'a\r\nb' as x").text == "select 'a\nb' as x"  # what has one digest is run as one text


def test_a_data_frame_of_spark_is_asked_for_by_its_class() -> None:
    text = "from pyspark.sql import DataFrame\nREADS = {'t': 'sources.t'}\ndef m(t: DataFrame):\n    return t\n"

    assert python("m", text).parameters[0].form is Form.SPARK
    assert python("m", text.replace("pyspark.sql", "pandas")).parameters[0].form is Form.PANDAS


@pytest.mark.parametrize("call", ["F.rand(3)", "F.current_timestamp()", "F.uuid()", "F.monotonically_increasing_id()"])
def test_clock_and_chance_of_spark_are_refused_in_python(call: str) -> None:
    text = f"from pyspark.sql import functions as F\nREADS = {{}}\ndef m():\n    return {call}\n"

    with pytest.raises(AssayError, match=r"m\.py:4: expected a result .*pyspark\.sql\.functions\."):
        python("m", text)


def test_it_cannot_be_sliced() -> None:
    slicing = Slicing("d", TableRef("sources", "flights"), "d", SliceUnit.DAY)

    with pytest.raises(AssayError, match=r"which Spark runs as a whole. Leave `incremental` out, or `engine: spark`"):
        in_slices(spark(QUERY), slicing, Place("product.yaml", 7))


def test_no_edit_of_it_is_proved_to_be_smaller_than_standard() -> None:
    for old, new in (
        (spark("select a from t"), spark("select a, b from t")),
        (spark("select a from t"), spark("select t.a from t")),
        (spark("select a from t"), sql("model", "select a from t")),
        (sql("model", "select a from t"), spark("select a from t")),
    ):
        assert compare_steps(old, new).likeness is Likeness.OTHER
    assert not reads_by_name(spark("select a from t"), ["b"])


def test_what_one_dialect_says_of_a_text_is_not_believed_of_the_other() -> None:
    text = 'select "a" as x from t'
    known = {query_key(text, Language.SQL): parse_query(text, "q")}
    told = parse_step(f"{FOLDER}/model.sql", text.encode(), {}, known, QueryEngine.SPARK).query

    assert told is not known[query_key(text, Language.SQL)]
    again = {query_key(text, Language.SPARK_SQL): told}
    assert parse_step(f"{FOLDER}/model.sql", text.encode(), {}, again, QueryEngine.SPARK).query is told  # type: ignore[arg-type]
