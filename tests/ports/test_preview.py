"""Previews on a real store and engine: the rows asked for, a page of them, and nothing that the viewer may not see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assay.actions.home import Home
from assay.actions.preview import FILTERS, PAGE_ROWS, Preview, Wish, preview
from assay.base.errors import AssayError
from assay.base.roles import Person, Role
from assay.base.snapshots import Slot
from assay.validation.filters import Comparison, Filter, Sort
from assay.validation.masking import Mask
from assay.wiring import open_home
from faults.shop import PRODUCT, Shop, prepare
from homes import only

CLASSIFIED = {"day": "public", "cents": "confidential", "generation": "restricted"}
"""Of the columns of `daily`; of its shops nobody said anything."""


@dataclass(frozen=True, slots=True)
class Viewers:
    """The shop, built in dev, as different people open it."""

    shop: Shop

    def home(self, person: str) -> Home:
        with only(self.shop.environment(person)):
            return open_home(self.shop.design, self.shop.root / "keys" / f"{person}.pem")

    def look(self, person: str, wish: Wish | None = None, environment: str = "dev", dataset: str = "daily") -> Preview:
        return preview(self.home(person), PRODUCT, dataset, environment, wish or Wish())

    def refused(self, person: str, wish: Wish, environment: str = "dev", dataset: str = "daily") -> list[str]:
        with pytest.raises(AssayError) as error:
            self.look(person, wish, environment, dataset)
        return [str(fault) for fault in error.value.faults]


@pytest.fixture(scope="module")
def viewers(tmp_path_factory: pytest.TempPathFactory) -> Viewers:
    shop = prepare(tmp_path_factory.mktemp("preview") / "all")
    classify(shop.design)
    shop.do("ada", "build")
    return Viewers(shop)


def classify(design: Path) -> None:
    path = design / "products" / PRODUCT / "contracts" / "daily.odcs.yaml"
    text = path.read_text()
    for column, level in CLASSIFIED.items():
        text = text.replace(f"- name: {column}\n", f"- name: {column}\n        classification: {level}\n")
    path.write_text(text)


def test_a_page_says_where_the_rows_are_from_and_how_many_there_are(viewers: Viewers) -> None:
    shown = viewers.look("dora")

    assert (shown.total, shown.matching, shown.pages, len(shown.rows)) == (800, 800, 16, PAGE_ROWS)
    assert (shown.environment, shown.as_of, shown.page) == ("dev", "2026-02-13", 1)
    assert [(c.name, c.kind) for c in shown.columns][:2] == [("day", "date"), ("shop", "text")]


def test_each_sees_what_their_role_is_cleared_for(viewers: Viewers) -> None:
    masks = {person: [str(c.mask) for c in viewers.look(person).columns] for person in ("carla", "ben", "dora")}

    assert masks == {
        "carla": ["in clear", "first letter", "no value", "no value"],
        "ben": ["in clear", "in clear", "in clear", "no value"],
        "dora": ["in clear", "in clear", "in clear", "in clear"],
    }
    day, *hidden = viewers.look("carla").rows[0]
    assert (str(day), hidden) == ("2026-01-05", ["s•••", None, None])
    assert viewers.look("dora").rows[0][1:] == ("shop 00", 1, 1)


def test_filters_order_and_pages_choose_the_rows(viewers: Viewers) -> None:
    late = Filter("day", Comparison.GREATER_OR_EQUAL, "2026-02-10")
    shops = Filter("shop", Comparison.CONTAINS, "SHOP 1")
    wish = Wish((late, shops), Sort("cents", is_descending=True))
    shown = viewers.look("ben", wish)

    assert (shown.matching, shown.pages, len(shown.rows)) == (40, 1, 40)
    assert [row[2] for row in shown.rows] == sorted((row[2] for row in shown.rows), reverse=True)
    assert viewers.look("ben", replace(wish, page=2)).rows == []


@pytest.mark.parametrize("sort", [None, Sort("day"), Sort("shop", is_descending=True)])
def test_every_row_is_on_exactly_one_page(viewers: Viewers, sort: Sort | None) -> None:
    home = viewers.home("dora")
    pages = [preview(home, PRODUCT, "daily", "dev", Wish((), sort, page)).rows for page in range(1, 17)]

    assert len({row for page in pages for row in page}) == 800


def test_a_page_of_an_order_with_equal_rows_tells_nothing_of_what_is_masked(viewers: Viewers) -> None:
    rows = viewers.look("carla", Wish(sort=Sort("day"))).rows

    assert {row[1:] for row in rows} == {("s•••", None, None)}


def test_by_a_masked_column_nobody_filters_or_sorts(viewers: Viewers) -> None:
    shop, cents = Filter("shop", Comparison.EQUAL, "shop 01"), Filter("cents", Comparison.GREATER, "0")
    faults = viewers.refused("carla", Wish((shop, cents), Sort("generation")))

    assert [fault.partition(":")[0] for fault in faults] == ["column cents", "column generation", "column shop"]
    assert all("expected a column that you see in clear, found a masked one" in fault for fault in faults)
    assert [c.comparisons for c in viewers.look("carla").columns if c.mask is not Mask.NONE] == [(), (), ()]


@pytest.mark.parametrize("value", ["'", "' OR 1=1 --", "x'; DROP VIEW previewed; --", "\\", "%", "${HOME}", "{{7*7}}"])
def test_a_hostile_value_is_a_value_that_no_row_has(viewers: Viewers, value: str) -> None:
    shown = viewers.look("dora", Wish((Filter("shop", Comparison.EQUAL, value),)))

    assert (shown.matching, shown.rows) == (0, [])


@pytest.mark.parametrize("name", ['shop" OR "1"="1', "cents; DROP TABLE x", "../daily", ""])
def test_a_hostile_name_is_refused_whatever_it_names(viewers: Viewers, name: str) -> None:
    assert viewers.refused("dora", Wish((Filter(name, Comparison.EMPTY),)))
    assert viewers.refused("dora", Wish(sort=Sort(name)))
    assert viewers.refused("dora", Wish(), dataset=name)
    assert viewers.refused("dora", Wish(), environment=name)


def test_too_much_is_refused(viewers: Viewers) -> None:
    many = (Filter("shop", Comparison.EMPTY),) * (FILTERS + 1)

    assert viewers.refused("dora", Wish(many, page=0)) == [
        f"filters: expected at most {FILTERS}, found {FILTERS + 1}",
        "page: expected a number from 1 to 1000000, found 0",
    ]
    assert viewers.refused("dora", Wish(page=10**30))


def test_what_is_not_built_is_said_and_production_lies_at_its_node(viewers: Viewers) -> None:
    assert "shop in qa: expected built datasets, found none" in viewers.refused("dora", Wish(), "qa")[0]
    assert (
        "shop in prod: expected data in this home, found data that lies at the node harbour"
        in (viewers.refused("dora", Wish(), "prod")[0])
    )


def test_production_that_lies_in_this_home_is_shown(viewers: Viewers, tmp_path: Path) -> None:
    viewers = Viewers(viewers.shop.copy(tmp_path / "all"))
    home = viewers.home("dora")
    dev = home.workshop.pointers.get("dev", PRODUCT, Slot.CURRENT)
    assert dev is not None
    home.workshop.pointers.move(replace(dev, environment="prod", slot=Slot.RELEASED, revision=0))

    assert preview(home, PRODUCT, "daily", "prod", Wish()).total == 800
    assert viewers.look("carla", environment="prod").columns[2].mask is Mask.WHOLE


@pytest.mark.parametrize("role", [None, *Role])
def test_whoever_has_a_role_may_look_and_nobody_else(viewers: Viewers, role: Role | None) -> None:
    home = viewers.home("dora")
    assert home.person is not None
    roles = frozenset({role}) if role else frozenset()
    home = replace(home, person=Person(home.person.email, home.person.name, roles, home.person.keys))

    if role is not None:
        assert preview(home, PRODUCT, "daily", "dev", Wish()).total == 800
    else:
        with pytest.raises(AssayError, match="product:dataset:preview: expected somebody whose role permits it"):
            preview(home, PRODUCT, "daily", "dev", Wish())


def test_nobody_in_particular_sees_nothing(viewers: Viewers) -> None:
    with pytest.raises(AssayError, match="expected a key, to know who is acting"):
        preview(replace(viewers.home("dora"), person=None, signer=None), PRODUCT, "daily", "dev", Wish())


def test_a_classification_raised_since_hides_what_was_built_before(viewers: Viewers, tmp_path: Path) -> None:
    shop = viewers.shop.copy(tmp_path / "all")
    path = shop.design / "products" / PRODUCT / "contracts" / "daily.odcs.yaml"
    path.write_text(path.read_text().replace("classification: public", "classification: restricted"))

    assert Viewers(shop).look("ben").columns[0].mask is Mask.WHOLE
