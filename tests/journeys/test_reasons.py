"""What `assay plan` says of edits that people make: which steps run and why, whom it touches, and of which class it is.

The table of docs/building.md is this one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from faults.shop import BEST, PRODUCT, Shop, admit, open_release, prepare, soak
from homes import copy_home
from house import ROOT
from journeys.flights_home import git

pytestmark = [pytest.mark.needs("Rscript"), pytest.mark.timeout(300)]

HOME = f"products/{PRODUCT}"
FLOW = f"{HOME}/workflow"
DAILY_CONTRACT = f"{HOME}/contracts/daily.odcs.yaml"
RELEASED = "R-0001, version 1.0.0"
LATER, NEXT_DAY = "2026-03-04T09:00:00Z", "2026-03-05T09:00:00Z"
SAME = "reuse: nothing changed"
REFORMATTED = """\
-- The best shops.
select
    shop,
    cast(sum(cents) as bigint) as cents,
    max(generation) as generation
"""
CHECKED = "    quality:\n      - {id: some, metric: rowCount, mustBeGreaterThan: 0}\n    properties:\n"
CENTS = "name: cents\n        logicalType: {}"
RECENT = "select day, sum(cents) as cents from daily where day > $as_of - 30 group by day\n"
RANKS = 'source("parts/rank.R")\nassay_write(ranked(assay_read("best")))\n'
RANK = 'ranked <- function(shops) {\n  shops$rank <- rank(-as.numeric(shops$cents))\n  shops[c("shop", "rank")]\n}\n'
WORDS = '"""How weeks are called."""\n\n\ndef week_of(year, week):\n    return f"{year}-{week:02}"\n'
STEPS = ("daily", "best", "ranks", "recent", "weekly")


def edit(file: str, old: str, new: str) -> Callable[[Shop], None]:
    """Return what edits a place of a file."""

    def act(shop: Shop) -> None:
        path = shop.design / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    return act


def write(file: str, content: str) -> Callable[[Shop], None]:
    """Return what writes a file anew."""

    def act(shop: Shop) -> None:
        (shop.design / file).write_text(content)

    return act


def rename(old: str, new: str) -> Callable[[Shop], None]:
    """Return what renames a file of a step."""

    def act(shop: Shop) -> None:
        (shop.design / FLOW / old).rename(shop.design / FLOW / new)

    return act


def remove(file: str) -> Callable[[Shop], None]:
    """Return what removes a file of a step."""

    def act(shop: Shop) -> None:
        (shop.design / FLOW / file).unlink()

    return act


def nothing(shop: Shop) -> None:
    """Edit nothing."""
    del shop


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit, and what is said of it.

    Attributes:
        title: what was edited, as the docs call it.
        act: edits.
        says: step to its verb and reasons; the others are as they were.
        datasets: that rest on what runs; each with the columns that are touched, None where all may be.
        solutions: that rest on it, each with its parts.
        change_class: since what is released; None where nothing of it has changed.
        dropped: what is no step any more.
        arguments: of the command.
        at: when it is asked.
    """

    title: str
    act: Callable[[Shop], None]
    says: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, list[str] | None] = field(default_factory=dict)
    solutions: Mapping[str, list[str] | None] = field(default_factory=dict)
    change_class: str | None = None
    dropped: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    at: str = LATER


BELOW_DAILY = {"recent": "may run: input will be rebuilt: daily", "best": "may run: input will be rebuilt: daily",
               "ranks": "may run: input will be rebuilt: best"}  # fmt: skip
BOARD = {"shop/takings": None}

EDITS = (
    Edit("nothing", nothing),
    Edit("a comment and the layout of a query", edit(f"{FLOW}/best.sql", BEST.partition("from")[0], REFORMATTED)),
    Edit("a comment in Python", edit(f"{FLOW}/weekly.py", "    weeks = {}", "    weeks = {}  # by year and week")),
    Edit(
        "the code of a query", edit(f"{FLOW}/best.sql", "limit 3", "limit 4"),
        {"best": "run: code changed", "ranks": "may run: input will be rebuilt: best"}, change_class="standard",
    ),
    Edit(
        "the code of a query on which others rest", edit(f"{FLOW}/daily.sql", "group by", "where cents > 0\ngroup by"),
        {"daily": "run: code changed", **BELOW_DAILY}, solutions=BOARD, change_class="standard",
    ),
    Edit(
        "one column of a query", edit(f"{FLOW}/daily.sql", "max(generation)", "max(generation + 0)"),
        {"daily": "run: code changed", **BELOW_DAILY}, solutions={}, change_class="standard",
    ),
    Edit(
        "another column of it, which a chart shows", edit(f"{FLOW}/daily.sql", "sum(cents)", "sum(cents + 0)"),
        {"daily": "run: code changed", **BELOW_DAILY},
        solutions={"shop/takings": ["chart 'Day by day'"]}, change_class="standard",
    ),
    Edit(
        "a module that a Python step imports", edit("shared/words.py", "{year}-{week:02}", "{year} W{week:02}"),
        {"weekly": "run: code changed: its own, or that of shared/words.py"}, change_class="standard",
    ),
    Edit(
        "a script that an R step takes in", edit(f"{FLOW}/parts/rank.R", "rank(-", "rank(0 - "),
        {"ranks": "run: code changed: its own, or that of parts/rank.R"}, change_class="standard",
    ),
    Edit(
        "only the checks of a contract",
        edit(DAILY_CONTRACT, "    properties:\n", CHECKED),
        change_class="standard",
    ),
    Edit(
        "the type of a column in a contract", edit(DAILY_CONTRACT, CENTS.format("integer"), CENTS.format("number")),
        change_class="breaking",
    ),
    Edit(
        "the data: a delivery", lambda shop: shop.deliver(2),
        {"daily": "run: input changed: sources.sales", "weekly": "run: input changed: sources.sales", **BELOW_DAILY},
        solutions=BOARD,
    ),
    Edit(
        "nothing, but it is another day", nothing, {"recent": "run: logical date changed: 2026-03-04 to 2026-03-05"},
        at=NEXT_DAY,
    ),
    Edit("the limits of steps", edit(f"{HOME}/product.yaml", "audience:", "limits: {memory: 8 GiB}\naudience:")),
    Edit(
        "the name of a step", rename("recent.sql", "lately.sql"),
        {"recent": "", "lately": "run: never built here: it was called recent"}, dropped=("recent",),
        change_class="additive",
    ),
    Edit(
        "a step that comes", write(f"{FLOW}/monthly.sql", "select max(day) as day from daily\n"),
        {"monthly": "run: never built here"}, change_class="additive",
    ),
    Edit("a step that goes", remove("recent.sql"), {"recent": ""}, dropped=("recent",), change_class="cosmetic"),
    Edit(
        "nothing, with --full", nothing,
        {"daily": "run: asked for", "weekly": "run: asked for",
         "best": "run: asked for; input will be rebuilt: daily",
         "recent": "run: asked for; input will be rebuilt: daily",
         "ranks": "run: asked for; input will be rebuilt: best"},
        solutions=BOARD, arguments=("--full",),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Have a product of all languages released, and built in dev since; for copying."""
    shop = prepare(tmp_path_factory.mktemp("reasons") / "shop")
    week = edit(f"{FLOW}/weekly.py", 'f"{year}-{week:02}"', "week_of(year, week)")
    imported = edit(f"{FLOW}/weekly.py", "import pyarrow\n", "import pyarrow\n\nfrom shared.words import week_of\n")
    undated = edit(f"{HOME}/product.yaml", "as-of: sources.sales.day\n", "")
    for act in (week, imported, undated):
        act(shop)
    for file, text in {
        "shared/words.py": WORDS, f"{FLOW}/recent.sql": RECENT, f"{FLOW}/ranks.R": RANKS, f"{FLOW}/parts/rank.R": RANK,
    }.items():  # fmt: skip
        (shop.design / file).parent.mkdir(exist_ok=True)
        (shop.design / file).write_text(text)
    git(shop.design, "add", "--all")
    git(shop.design, "commit", "--quiet", "--message", "All languages")
    open_release(shop)
    admit(shop)
    soak(shop)
    order, answer = shop.post("order.tar"), shop.post("done.tar")
    shop.do(None, "node", "release", order, "--answer", answer, at="2026-03-03T10:00:00Z")
    shop.do("ada", "ledger", "import", answer)
    shop.do("ada", "build", at=LATER)
    return shop


def told(answer: Any) -> dict[str, str]:
    """Return of each step its verb and reasons."""
    return {step["step"]: f"{step['verb']}: {'; '.join(step['reasons'])}" for step in answer["steps"]}


def expected(case: Edit) -> dict[str, str]:
    return {step: said for step, said in {**dict.fromkeys(STEPS, SAME), **case.says}.items() if said}


@pytest.mark.parametrize("case", EDITS, ids=lambda case: case.title)
def test_a_plan_says_of_an_edit_what_runs_and_why(case: Edit, released: Shop, tmp_path: Path) -> None:
    shop = Shop(copy_home(released.root, tmp_path / "shop"))
    case.act(shop)

    answer = json.loads(shop.do(None, "plan", *case.arguments, "-o", "json", at=case.at).out)

    assert told(answer) == expected(case)
    assert answer["isIdle"] == all(said == SAME for said in expected(case).values())
    assert answer["touched"] == {"datasets": case.datasets, "solutions": case.solutions}
    assert (answer["changeClass"], answer["since"]) == (case.change_class, case.change_class and RELEASED)
    assert answer["dropped"] == list(case.dropped)
    text = shop.do(None, "plan", *case.arguments, at=case.at).out
    assert max(map(len, text.splitlines())) <= 80
    assert [one for one in sentences(case) if one not in " ".join(text.split())] == []
    words = [" ".join(line.split()) for line in text.splitlines()]
    assert [step for step in expected(case) if not any(line.startswith(f"{step} ") for line in words)] == []


def sentences(case: Edit) -> list[str]:
    """Return what stands below the table of the steps."""
    rest = {"Solutions": case.solutions, "Datasets": case.datasets}
    lines = [
        f"{what} that rest on it: {', '.join(map(shown, names.items()))}." for what, names in rest.items() if names
    ]
    if case.dropped:
        lines.append(f"No step any more, and not served after the next build: {', '.join(case.dropped)}.")
    elif all(said == SAME for said in expected(case).values()):
        lines.append("Nothing to do.")
    if case.change_class:
        lines.append(f"Since {RELEASED}: a change of class {case.change_class}. What that asks for: assay change")
    return lines


def shown(touched: tuple[str, list[str] | None]) -> str:
    name, parts = touched
    return f"{name} ({', '.join(parts)})" if parts else name


def row(case: Edit) -> str:
    """Write an edit as a row of the table in the docs."""
    says = [f"`{step}` {said}" for step, said in case.says.items() if said]
    says += [f"`{name}` is no step any more" for name in case.dropped]
    return f"| {case.title} | {'<br>'.join(says) or 'nothing to do'} | {case.change_class or '–'} |"


def test_the_table_of_the_docs_is_this_one() -> None:
    page = (ROOT / "docs/building.md").read_text().splitlines()

    assert [row(case) for case in EDITS if row(case) not in page] == []


def test_what_is_no_step_any_more_is_served_until_the_next_build(released: Shop, tmp_path: Path) -> None:
    shop = Shop(copy_home(released.root, tmp_path / "shop"))
    remove("recent.sql")(shop)
    asked = ("query", "select count(*) as n from recent", "-o", "json")

    before = shop.run(None, *asked, at=LATER)
    built = shop.do(None, "build", at=LATER)
    after = shop.run(None, *asked, at=LATER)

    assert (before.code, after.code) == (0, 1)
    assert "No step any more, and not served: recent." in built.out.splitlines()
    assert json.loads(shop.do(None, "build", "-o", "json", at=LATER).out)["dropped"] == []
