"""What the Python door returns: the terminal's own answers, data frames of exact types, shown as text and as HTML."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import assay
from assay.base.snapshots import Slot
from assay.wiring import open_home
from assay.workflow.plan import Verb
from faults.shop import PRODUCT, Shop, open_release, prepare

KINDS = """\
select * from (values
    (1::smallint, 9007199254740993::bigint, 12345678901234567890.10::decimal(22, 2), '<b>', date '0001-01-01',
     timestamp '2013-01-01 05:00:00.000001', timestamptz '2013-01-01 05:00:00+00', time '01:02:03.000004', true,
     0.1::double),
    (null, null, null, null, null, null, null, null, null, null)
) as rows(small, large, money, text, day, moment, instant, time_of_day, flag, number)
"""
RULE = """\
    quality:
      - id: nothing_is_free
        type: custom
        engine: assay
        implementation: {check: row, condition: cents > 10}
        dimension: accuracy
        description: Whoever <i>buys</i> pays.
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Give a project with a release that is frozen, and a rule that does not hold."""
    made = prepare(tmp_path_factory.mktemp("results") / "shop")
    folder = made.design / "products" / PRODUCT
    (folder / "workflow/kinds.sql").write_text(KINDS)
    contract = folder / "contracts/daily.odcs.yaml"
    contract.write_text(contract.read_text().rstrip("\n") + "\n" + RULE)
    open_release(made)
    made.do("ada", "build", "--sign")
    _commit(made)
    made.do("ada", "freeze")
    return made


@pytest.fixture
def project(shop: Shop) -> assay.Project:
    return assay.open_project(shop.design, shop.root / "keys" / "ada.pem")


def _commit(shop: Shop) -> None:
    from journeys.flights_home import git

    git(shop.design, "add", "--all")
    git(shop.design, "commit", "--quiet", "--message", "More")


class Page(HTMLParser):
    """Reads HTML: which elements it opens and does not close, which it has, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"img", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words += f" {data}"


def shown(one: object) -> str:
    """Return the words of what a notebook shows; it is one whole element without script, and its text is narrow."""
    html = one._repr_html_()  # type: ignore[attr-defined]
    page = Page(html)
    assert page.open == []
    assert html.startswith('<div class="assay-shown"><style>')
    assert page.tags & {"script", "iframe", "object", "link", "form"} == set()
    assert not re.search(r"\son\w+=|https?://", html)
    assert max(map(len, repr(one).splitlines())) <= 80
    return " ".join(page.words.split())


@pytest.mark.parametrize("form", ["polars", "pandas"])
def test_a_data_frame_has_the_rows_and_the_types_of_the_arrow_table(project: assay.Project, form: str) -> None:
    dataset = project.dataset("kinds")
    frame = getattr(dataset, form)()
    arrow = dataset.arrow()

    found = frame.to_arrow() if form == "polars" else pa.Table.from_pandas(frame, preserve_index=False)
    assert type(frame).__module__.startswith(form)
    assert found.to_pylist() == arrow.to_pylist()
    assert [re.sub("^large_|_view$", "", str(f.type)).replace("ns", "us") for f in found.schema] == [
        str(f.type).replace("Etc/UTC", "UTC") for f in arrow.schema
    ]


@pytest.mark.parametrize("form", ["polars", "pandas"])
def test_a_package_that_is_not_installed_is_named_with_the_extra(
    project: assay.Project, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, form, None)

    with pytest.raises(assay.AssayError, match=rf"expected the package {form}, found none.*'assay\[{form}\]'"):
        getattr(project.dataset("kinds"), form)()


def test_a_plan_is_the_terminals_in_every_form(project: assay.Project, shop: Shop) -> None:
    plan = project.plan(from_="daily")

    assert plan.as_json() == json.loads(shop.do(None, "plan", "--from", "daily", "-o", "json").out)
    assert repr(plan).splitlines()[1:] == shop.do(None, "plan", "--from", "daily").out.splitlines()
    assert (plan.runs, plan.is_idle, plan.change_class, plan.since) == (("daily", "best"), False, None, "")
    assert {d.step: d.verb for d in plan.decisions}["weekly"] is Verb.REUSE
    assert list(plan.touched.solutions) == ["shop/takings"]
    assert "Plan of shop in dev: 4 steps" in shown(plan)
    assert "asked for" in shown(plan)
    assert plan.seconds.keys() == {"daily", "best", "weekly", "kinds"}


def test_a_build_takes_what_the_terminal_takes_and_keeps_a_log(project: assay.Project, shop: Shop) -> None:
    logs = set((shop.state / "logs").iterdir())
    told: list[str] = []
    build = project.build(select="weekly, daily", from_=["weekly"], jobs=1, progress=told.append)

    assert (build.ran, [step.step for step in build.steps]) == (("weekly",), ["daily", "weekly"])
    assert told == ["weekly: asked for"]
    assert len(set((shop.state / "logs").iterdir()) - logs) == 1
    assert "Left as they were, for they were not selected: best, kinds." in shown(build)
    assert project.product().build(full=True, select=("weekly",)).ran == ("weekly",)
    assert project.build().as_json() == json.loads(shop.do("ada", "build", "-o", "json").out)


@pytest.mark.parametrize(
    ("wished", "found"),
    [
        ({"jobs": 0}, "expected a number from 1 to 8, or None, found 0"),
        ({"jobs": 9}, "found 9"),
        ({"select": "dayly"}, "Did you mean daily"),
        ({"cut": "march"}, "a cut of this product"),
        ({"env": "prod"}, "what of it is kept here, with dataset"),
        ({"env": "test"}, "an environment: dev or qa, found another$"),
    ],
)
def test_a_build_that_cannot_be_is_refused_and_serves_what_it_served(
    project: assay.Project, wished: dict[str, object], found: str
) -> None:
    before = project.dataset("daily")

    with pytest.raises(assay.AssayError, match=found):
        project.build(**wished)  # type: ignore[arg-type]
    assert project.dataset("daily") == before


def test_a_project_and_a_product_show_what_there_is(project: assay.Project, shop: Shop) -> None:
    assert "shop Takings of the shops" in shown(project)
    assert "as of 2026-02-13" in shown(project)
    assert str(shop.design) not in repr(project) + shown(project)
    assert repr(project.product()).splitlines() == [
        "Product shop of town: Takings of the shops", "Datasets: daily, weekly, best.",
    ]  # fmt: skip


def test_places_are_compared_as_at_the_terminal(project: assay.Project, shop: Shop) -> None:
    found = project.compare("dev", "dev", "daily", by="shop", measure="sum(cents)", samples=2)
    asked = ("compare", "dev", "dev", "daily", "--by", "shop", "--measure", "sum(cents)", "--samples", "2")
    for_others = project.compare("dev", "dev", for_others=True)

    assert repr(found).splitlines() == shop.do("ada", *asked).out.splitlines()
    assert for_others.as_json() == json.loads(shop.do("ada", "compare", "dev", "dev", "-o", "json").out)
    with pytest.raises(assay.AssayError, match="one whose values are hidden"):
        project.compare("dev", "dev", "daily", by="shop", for_others=True)
    assert found.is_identical
    assert list(found) == ["shop/daily"]
    assert found["shop/daily"].after.rows == len(project.dataset("daily"))
    assert "identical" in shown(found)


def test_files_are_compared_with_key_tolerance_renaming_and_what_to_leave_out(
    project: assay.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = pa.table({"id": [1, 2, 3], "old": ["<b>", "x", "y"], "cents": [100, 200, 300], "at": [1, 2, 3]})
    after = pa.table({"id": [1, 2, 4], "new": ["<i>", "x", "z"], "cents": [101, 260, 5], "at": [7, 8, 9]})
    names = ["before.parquet", "after.parquet"]
    for table, name in zip((before, after), names, strict=True):
        pq.write_table(table, name)

    found = project.compare(*names, on="id", tolerance="5%", ignore=["at"], renamed={"old": "new"}, by="new")
    one = found[names[1]]

    assert (one.before.only, one.after.only, one.changed_rows) == (1, 1, 2)
    assert {column.name: column.changed for column in one.columns} == {"new": 1, "cents": 1}
    assert one.pairing.ignored == ("at",)
    assert not found.is_identical
    assert "<b>" in shown(found)
    assert "<b>" not in found._repr_html_()
    by_column = project.compare(*names, on=["id"], tolerance={"cents": 60}, ignore="at,old,new")
    assert by_column[names[1]].changed_rows == 0


@pytest.mark.parametrize(
    ("arguments", "wished", "found"),
    [
        (("dev", "test"), {}, "a place with data"),
        (("dev", "qa"), {}, "built datasets, found none here"),
        (("dev", "prod"), {}, "If its data lies at a node on this machine, name that"),
        (("dev", "dev", "dayly"), {}, "a dataset that both places have"),
        (("dev", "dev"), {"tolerance": "much"}, "a number that is not below 0"),
        (("dev", "dev"), {"contract": "c.odcs.yaml"}, "files to compare"),
        (("dev", "a.parquet"), {}, "two patterns of files, or two places"),
        (("a.parquet", "b.parquet"), {}, "expected files, found none that match"),
        (("a.parquet", "b.parquet"), {"product": "shop"}, "a dataset, product, node or cut as well"),
    ],
)
def test_a_comparison_that_cannot_be_is_refused(
    project: assay.Project, arguments: tuple[str, ...], wished: dict[str, object], found: str
) -> None:
    with pytest.raises(assay.AssayError, match=found):
        project.compare(*arguments, **wished)  # type: ignore[arg-type]


def test_a_lineage_is_the_terminals_in_every_form(project: assay.Project, shop: Shop) -> None:
    lineage = project.lineage("sources.sales.cents", down=True)
    asked = ("lineage", "sources.sales.cents", "--down")

    assert lineage.as_json() == json.loads(shop.do(None, *asked, "-o", "json").out)
    assert lineage.as_mermaid() == shop.do(None, *asked, "-o", "mermaid").out
    assert lineage.as_svg() == shop.do(None, *asked, "-o", "svg").out
    assert repr(lineage).splitlines() == ["Lineage of sources.sales.cents", *shop.do(None, *asked).out.splitlines()]
    both = repr(project.lineage("shop.daily")).splitlines()
    assert both[1:] == shop.do(None, "lineage", "shop.daily").out.splitlines()
    assert shown(lineage) == "Lineage of sources.sales.cents"
    assert '<img alt="Lineage of sources.sales.cents" src="data:image/svg+xml;base64,' in lineage._repr_html_()


def test_a_validation_shows_what_failed_in_words_and_without_markup_of_others(project: assay.Project) -> None:
    validation = project.validate("R-0001")

    assert not validation.is_good
    assert set(validation.signed) == {"daily", "weekly", "best"}
    assert set(validation.build.ran) <= {"daily", "weekly", "best", "kinds"}
    assert validation.results["daily"].rows == len(project.dataset("daily", "qa"))
    words = shown(validation)
    assert "failed" in words
    assert "Whoever <i>buys</i> pays" in words
    assert "<i>" not in validation._repr_html_()
    assert repr(validation).splitlines()[0] == "Validation of R-0001, 3 datasets: not good"
    assert any(line.split()[:1] == ["fail"] for line in repr(validation).splitlines())


def test_what_dev_serves_is_checked_by_the_contracts_of_the_working_tree_and_nothing_is_said(
    project: assay.Project, shop: Shop
) -> None:
    said = open_home(shop.design).ledger.head()
    checks = project.check()

    assert list(checks.results) == ["daily", "weekly", "best"]
    assert {name: str(one.outcome) for name, one in checks.results.items()} == {
        "daily": "fail", "weekly": "pass", "best": "pass",
    }  # fmt: skip
    assert not checks.is_good
    assert project.check("weekly").is_good
    assert "Rules of shop in dev, 3 datasets: not good" in shown(checks)
    assert "Whoever <i>buys</i> pays" in shown(checks)
    assert open_home(shop.design).ledger.head() == said
    with pytest.raises(assay.AssayError, match=r"a dataset that dev serves, found none. There: daily, weekly, best"):
        project.check("kinds")


def test_production_that_lies_in_this_home_is_opened_by_whoever_may_see_all_of_it(
    project: assay.Project, shop: Shop
) -> None:
    home = open_home(shop.design)
    served = home.workshop.pointers.get("dev", PRODUCT, Slot.CURRENT)
    assert served is not None
    home.workshop.pointers.move(replace(served, environment="prod", slot=Slot.CANDIDATE, revision=0))

    assert project.dataset("daily", "prod") == replace(
        project.dataset("daily"), _pointer=project.dataset("daily", "candidate")._pointer
    )
    assert project.dataset("shop.daily", "candidate").environment == "prod"
    with pytest.raises(assay.AssayError, match="data that lies at the node harbour and stays there"):
        project.dataset("daily", "released")
    with pytest.raises(assay.AssayError, match="a key, to know who is acting"):
        assay.open_project(shop.design).dataset("daily", "prod")
    stakeholder = assay.open_project(shop.design, shop.root / "keys" / "carla.pem")
    with pytest.raises(assay.AssayError, match="found 4 columns that you may not: day, shop, cents"):
        stakeholder.dataset("daily", "prod")
    with pytest.raises(assay.AssayError, match="a dataset that is served there"):
        project.dataset("kinds", "prod")
