"""Every page in every state for everybody: with a screen reader, by keyboard, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from faults.shop import PRODUCT, Shop
from portal.axe import barriers
from portal.browser import DESK, Window, window
from portal.site import served
from portal.town import copy_of

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(300)]

R2 = "/p/town/releases/R-0002"
DAILY = f"subject=dataset:{PRODUCT}/daily"
CONTRACT = f"subject=contract:{PRODUCT}/daily"
TAKINGS = f"subject=solution:{PRODUCT}/takings"


def nothing(_: Window) -> None:
    """Leave a page as it opens."""


def send(name: str) -> Callable[[Window], None]:
    """Press a button of a page as it stands, whatever the browser itself would say about the fields."""

    def sending(who: Window) -> None:
        who.page.locator("form").evaluate_all("forms => forms.forEach(form => { form.noValidate = true })")
        who.press(name)

    return sending


def open_all(who: Window) -> None:
    """Open everything that is folded."""
    who.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def without_items(who: Window) -> None:
    """Answer about nothing."""
    for box in who.page.get_by_role("checkbox").all():
        box.uncheck()
    who.press("Accept")


def make_nothing(who: Window) -> None:
    """Make a token without saying what for."""
    open_all(who)
    send("Make it")(who)


@dataclass(frozen=True, slots=True)
class State:
    """A page as it may be found.

    Attributes:
        person: who looks; None for nobody.
        address: of the page.
        then: what is done on it.
        status: of the answer.
    """

    person: str | None
    address: str
    then: Callable[[Window], None] = nothing
    status: int = 200


STATES: dict[str, State] = {
    "sign in": State(None, "/sign-in"),
    "sign in, refused": State(None, "/sign-in", send("Sign in")),
    "my work, much": State("ada", "/p/town/work"),
    "my work, of the owner": State("dora", "/p/town/work"),
    "my work, nothing": State("carla", "/p/village/work"),
    "requests, many": State("carla", "/p/town/requests"),
    "requests, none": State("rita", "/p/village/requests"),
    "ask": State("carla", "/p/town/requests/new"),
    "ask, with faults": State("carla", "/p/town/requests/new", send("Send it")),
    "request": State("dora", "/p/town/requests/Q-0002", open_all),
    "request, a name of 200 letters": State("dora", "/p/town/requests/Q-0003"),
    "request, from right to left": State("carla", "/p/town/requests/Q-0004"),
    "request, with a fault": State("carla", "/p/town/requests/Q-0005", send("Say it")),
    "releases, many": State("rita", "/p/town/releases"),
    "releases, none": State("rita", "/p/village/releases"),
    "release, released": State("carla", "/p/town/releases/R-0001", open_all),
    "release, in validation": State("ada", R2, open_all),
    "release, waiting for approval": State("dora", "/p/town/releases/R-0003", open_all),
    "order, released": State("rita", "/p/town/releases/R-0001/order"),
    "order, with much missing": State("rita", f"{R2}/order"),
    "order, who accepted what": State("rita", "/p/town/releases/R-0001/order/acceptances"),
    "order, the comparison": State("rita", "/p/town/releases/R-0001/order/comparison"),
    "the node's answer": State("rita", "/p/town/imports"),
    "the node's answer, with a fault": State("rita", "/p/town/imports", send("Take it in")),
    "review": State("ada", f"{R2}/review", open_all),
    "review, with a fault": State("ada", f"{R2}/review", without_items),
    "review, done": State("carla", f"{R2}/review?done=accepted"),
    "review, the contract": State("dora", f"/p/town/releases/R-0003/review/contract?{CONTRACT}"),
    "review, the checks": State("ada", f"{R2}/review/checks?{DAILY}", open_all),
    "review, the comparison": State("ada", f"{R2}/review/comparison?{DAILY}", open_all),
    "review, the data": State("ada", f"{R2}/review/preview?{DAILY}"),
    "review, a filter with a fault": State("ada", f"{R2}/review/preview?{DAILY}&column0=day&comparison0=%3D&value0=x"),
    "review, no row": State("ada", f"{R2}/review/preview?{DAILY}&column0=shop&comparison0=%3D&value0=x"),
    "audit": State("audrey", "/p/town/audit", open_all),
    "audit, verified": State("audrey", "/p/town/audit", send("Verify all of it")),
    "audit, with a fault": State("audrey", "/p/town/audit?kind=x", status=409),
    "audit, nothing": State("audrey", "/p/village/audit"),
    "denials": State("audrey", "/p/town/denials"),
    "away": State("dora", "/p/town/delegations", open_all),
    "away, nobody named": State("ada", "/p/town/delegations"),
    "away, with faults": State("ada", "/p/town/delegations", send("Let them sign off")),
    "my work, for somebody": State("alma", "/p/town/work"),
    "review, for somebody": State("alma", "/p/town/releases/R-0003/review"),
    "account": State("ada", "/account", open_all),
    "account, with a fault": State("ada", "/account", make_nothing),
    "password": State("ada", "/password"),
    "password, with a fault": State("ada", "/password", send("Change it")),
    "show that it is you": State("ada", "/again"),
    "show that it is you, refused": State("ada", "/again", send("It is me")),
    "it is you": State("ada", "/again/done"),
    "no such page": State("ada", "/p/town/no-such", status=404),
    "not mine": State("rita", "/p/town/requests/new", status=403),
}  # fmt: skip


@pytest.fixture(scope="module")
def people(
    chromium: Browser, busy: Shop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str | None, Window]]:
    """Return everybody's window; nothing on a page moves, so that colours are what they are at once."""
    _, site = copy_of(busy, tmp_path_factory.mktemp("seen") / "all")
    with served(site.open()) as address:
        names = sorted({state.person for state in STATES.values() if state.person})
        windows: dict[str | None, Window] = {name: window(chromium, address, name) for name in (None, *names)}
        for each in windows.values():
            each.page.emulate_media(reduced_motion="reduce")
        _name_somebody(windows["dora"])
        yield windows
        for each in windows.values():
            each.context.close()


def _name_somebody(who: Window) -> None:
    """Let somebody be away today, and alma sign off for them."""
    who.go("/p/town/delegations")
    today = who.page.input_value("#starts")
    fields = {"to": "alma@example.org", "starts": today, "ends": today, "reason": "On leave <i>"}
    assert who.post("/p/town/delegations", fields) == 303


def show(people: dict[str | None, Window], state: State) -> Window:
    """Bring somebody's window into a state, at a desk and in the light."""
    who = people[state.person]
    who.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    who.page.emulate_media(color_scheme="light")
    assert who.go(state.address) == state.status
    state.then(who)
    return who


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing_at_a_desk_in_the_dark_and_on_a_phone_which_never_scrolls_sideways(
    people: dict[str | None, Window], name: str
) -> None:
    assert barriers(show(people, STATES[name]).page) == []


STOPS = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter(each => !each.disabled && each.checkVisibility({visibilityProperty: true}))
  .filter(each => each.type !== 'radio' || each.checked)
  .map((each, number) => (each.dataset.stop = number, number))"""
HERE = """() => {
  const here = document.activeElement, style = getComputedStyle(here), box = here.getBoundingClientRect();
  return {stop: here.dataset.stop ?? null, what: here.outerHTML.slice(0, 120),
          seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0
                && box.bottom > 0 && box.top < innerHeight};
}"""
MORE_STOPS = 12
"""A day's field has stops of its own: day, month, year, calendar; and there is the browser itself."""

BY_KEYBOARD = (
    "sign in", "my work, much", "ask", "request", "review", "review, the data", "audit, verified", "account",
    "release, in validation",
)  # fmt: skip


@pytest.mark.parametrize("name", BY_KEYBOARD)
def test_the_tab_key_reaches_every_control_in_order_and_shows_where_it_is(
    people: dict[str | None, Window], name: str
) -> None:
    page = show(people, STATES[name]).page
    page.evaluate("document.activeElement.blur()")
    stops = page.evaluate(STOPS)
    reached: list[int] = []
    for _ in range(len(stops) + MORE_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here["stop"] is not None and int(here["stop"]) not in reached:
            reached.append(int(here["stop"]))
            assert here["seen"], here["what"]
        if len(reached) == len(stops):
            break

    assert sorted(reached) == stops
    start = reached.index(0)
    assert reached[start:] + reached[:start] == stops


def test_the_first_stop_leads_past_the_navigation(people: dict[str | None, Window]) -> None:
    page = show(people, STATES["my work, much"]).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_what_went_wrong_has_the_focus(people: dict[str | None, Window]) -> None:
    for name in ("ask, with faults", "review, with a fault", "account, with a fault"):
        page = show(people, STATES[name]).page
        assert page.evaluate("document.activeElement.id") == "faults", name


def test_the_portal_works_without_scripts(chromium: Browser, people: dict[str | None, Window]) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    context.add_cookies(people["carla"].context.cookies())  # type: ignore[arg-type]  # as the browser gave them
    page.goto(f"{people['carla'].address}/p/town/requests/Q-0002")
    page.get_by_label("Say something about it").fill("Without scripts")
    page.get_by_role("button", name="Say it").click()

    assert "Without scripts" in page.locator("main").inner_text()
    context.close()


def test_no_page_complained(people: dict[str | None, Window]) -> None:
    assert [one for each in people.values() for one in each.complaints] == []
