"""R steps as their text says: what they read and take in, what they may not use, what their digest covers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.workflow.difference import compare_steps
from assay.workflow.r_tokens import Kind, r_tokens
from assay.workflow.steps import Language, Step, parse_step
from core.workflow.steps import FOLDER

WRITE = "assay_write(rows)\n"


def r(text: str, modules: Mapping[str, str] | None = None) -> Step:
    files = {path: content.encode() for path, content in (modules or {}).items()}
    return parse_step(f"{FOLDER}/model.R", text.encode(), files)


def test_a_step_says_what_it_reads_at_which_line_and_whether_it_asks_for_the_date() -> None:
    step = r(f'planes <- assay_read(\n  "planes")\nx <- assay_read("sources.flights")\nassay_as_of()\n{WRITE}')

    assert (step.name, step.language, step.uses_as_of) == ("model", Language.R, True)
    assert [str(table) for table in step.reads] == ["planes", "sources.flights"]
    assert {str(table): place.line for table, place in step.places.items()} == {"planes": 1, "sources.flights": 3}
    assert [(p.name, str(p.form)) for p in step.parameters] == [
        ("planes", "data.frame"), ("sources.flights", "data.frame")
    ]  # fmt: skip


NOT_READ = {
    "a comment": "# assay_read('a')\n",
    "a text": "x <- 'assay_read(\"a\")'\n",
    "a text with an escape": r"""x <- "\"assay_read('a')"
""",
    "a raw text": "x <- r\"---(assay_read('a') )\" -- ' )---\"\n",
    "a raw text in brackets": "x <- R'[assay_read(\"a\")]'\n",
    "a column": "x$assay_read\n",
    "an operator": "x %assay_read('a')% y\n",
    "an argument": "f(assay_read = 1)\n",
}


@pytest.mark.parametrize("what", NOT_READ)
def test_what_only_looks_like_a_call_is_none(what: str) -> None:
    assert r(NOT_READ[what] + WRITE).reads == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "x <- 't'\nassay_read(x)\n",
            r'model\.R:2: expected a table as text, assay_read\("\.\.\."\), found assay_read',
        ),
        ('assay_read(paste0("a", b))\n', r"model\.R:1: expected a table as text"),
        ('assay_read("a", "b")\n', r"model\.R:1: expected a table as text"),
        (r'assay_read("\x61")' + "\n", r"model\.R:1: expected a table as text"),
        ("lapply(names, assay_read)\n", r"model\.R:1: expected a table as text"),
        ('do.call("assay_read", list(x))\n', r"model\.R:1: expected a table as text"),
        ("assay_read <- function(x) 1\n", r"model\.R:1: expected a table as text"),
        ('`assay_read`("No Table")\n', r"model\.R:1: expected .*found 'No Table'"),
        ("assay_as_of\n", r"model\.R:1: expected assay_as_of\(\), called so"),
        ("source(file.path('a', 'b'))\n", r'model\.R:1: expected a file of the project, source\("\.\.\."\)'),
        ("sys.source('a.R', e)\n", r"model\.R:1: expected a file of the project"),
        ("source('nowhere.R')\n", r"model\.R:1: expected a file of the project, found 'nowhere\.R'"),
        ("source('https://example.org/x.R')\n", r"model\.R:1: expected a file of the project"),
        ("x <- 'open\n\n", r"model\.R:1: expected an R script, found ' that nothing closes"),
        ("\nx <- r\"(open)'\n", r"model\.R:2: expected an R script, found r\"\( that nothing closes"),
    ],
)
def test_what_cannot_be_told_from_the_text_is_refused_at_its_line(text: str, fault: str) -> None:
    with pytest.raises(AssayError, match=fault):
        r(text + WRITE)


def test_a_step_hands_over_its_rows() -> None:
    with pytest.raises(
        AssayError, match=r"model\.R:2: expected assay_write\(\), which hands over the rows, found none"
    ):
        r("x <- 1\nx\n")
    with pytest.raises(AssayError, match=r"model\.R:1: expected assay_write\(DATA_FRAME\)"):
        r("assay_write()\n")
    assert r("x |> assay_write()\n").reads == ()


UNSTEADY = {
    "Sys.time()": "Sys.time",
    "base::Sys.Date()": "Sys.Date",
    "sapply(x, Sys.time)": "Sys.time",
    "do.call('Sys.time', list())": "Sys.time",
    "date()": "date",
    "lubridate::today()": "today",
    "rnorm(3)": "rnorm",
    "sample(x)": "sample",
    "replicate(3, runif)": "runif",
    "set.seed(NULL); runif(1)": "runif",
    "runif(1); set.seed(1)": "runif",
    "set.seed(Sys.getpid())": "Sys.getpid",
}


@pytest.mark.parametrize("text", UNSTEADY)
def test_clock_and_chance_are_refused_by_name(text: str) -> None:
    with pytest.raises(AssayError, match=rf"model\.R:2: expected a result that .*found {UNSTEADY[text]}\. "):
        r(f"x <- 1\n{text}\n{WRITE}")


STEADY = (
    "set.seed(42)\nsample(x)\nrnorm(2)",
    "lubridate::date(x$at)",
    "x$date; x$sample(2); data.frame(date = 1, sample = 2, runif = 3)",
    "x[sample, 'Sys.time']",
    "sample <- 3",
    "# Sys.time()",
)


@pytest.mark.parametrize("text", STEADY)
def test_what_gives_the_same_each_time_is_none_of_these(text: str) -> None:
    assert r(f"{text}\n{WRITE}").reads == ()


def test_scripts_that_a_step_takes_in_belong_to_it() -> None:
    modules = {
        f"{FOLDER}/parts/late.R": "source('shared/limit.R')\r\nlate <- 1\r\n",
        "shared/limit.R": "LIMIT <- 15\n",
        "shared/other.R": "other <- 1\n",
    }
    text = f"source('parts/late.R')\n{WRITE}"
    step = r(text, modules)

    assert step.modules == {
        "parts/late.R": b"source('shared/limit.R')\nlate <- 1\n",
        "shared/limit.R": b"LIMIT <- 15\n",
    }
    assert r(text, {**modules, "shared/limit.R": "LIMIT <- 16\n"}).digest != step.digest
    assert r(text, {**modules, "shared/other.R": "other <- 2\n"}).digest == step.digest


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("x <- 1\nf <- function() Sys.time()\n", r"shared/f\.R:2: .*found Sys\.time"),
        ("assay_read('a')\n", r"shared/f\.R:1: expected assay_read\(\) in the step itself"),
        ("source('shared/none.R')\n", r"shared/f\.R:1: expected a file of the project"),
    ],
)
def test_scripts_that_a_step_takes_in_are_held_to_the_same(content: str, fault: str) -> None:
    with pytest.raises(AssayError, match=fault):
        r(f"source('shared/f.R')\n{WRITE}", {"shared/f.R": content})


def test_the_digest_is_of_the_bytes_whatever_ends_the_lines() -> None:
    step = r(f"x <- 1\n{WRITE}")

    assert step.digest == "sha256:0a72f83a30583ddc502546bd5b0b1adc06fc6832777e07c490c86f886fca93ff"
    assert r(f"x <- 1\r\n{WRITE}").digest == step.digest
    assert r(f"\ufeffx <- 1\n{WRITE}").digest == step.digest
    assert r(f"x <- 1 # one\n{WRITE}").digest != step.digest


def test_of_another_text_nobody_can_tell_what_changes() -> None:
    difference = compare_steps(r(f"x <- 1\n{WRITE}"), r(f"x <- 1  # one\n{WRITE}"))

    assert difference.sentence == "nobody can tell from its code what changes"


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(AssayError) as refused:
        r("assay_read(x)\nSys.time()\nsource(y)\n")

    assert [fault.where.line for fault in refused.value.faults] == [1, 2, 3, 3]


PIECES = st.sampled_from(
    [
        "'",
        '"',
        "`",
        "r'(",
        ")'",
        'R"--[',
        ']--"',
        "#",
        "\n",
        "\\",
        "assay_read",
        "(",
        ")",
        "%",
        "x",
        "1.5e3",
        ".",
        "_",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_split_or_refused_and_lines_are_counted(text: str) -> None:
    try:
        tokens = list(r_tokens(text, "f.R"))
    except AssayError:
        return
    lines = [token.line for token in tokens]
    assert lines == sorted(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_text_says_what_it_says(content: str) -> None:
    written = f'r"-----({content})-----"'
    if ')-----"' not in content:
        (token,) = r_tokens(written, "f.R")
        assert (token.kind, token.text) == (Kind.TEXT, content)
