"""Sent twice: of copies that are sent at once one is acted on, and one whose worker died is not held back for long."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from assay.base.errors import AssayError
from assay.identity.portal import Portal
from assay.portal import once as once_module
from assay.portal.once import LEASE, once
from fakes.forms import MemoryForms, MemoryLooks
from fakes.identity import identity_on_fakes

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass
class SetClock:
    """A clock that a test sets."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class Desk:
    """A portal on fakes, and how often a form was acted on.

    Attributes:
        refuses: how many times it cannot be done, at first.
    """

    clock: SetClock = field(default_factory=SetClock)
    acted: int = 0
    refuses: int = 0

    def __post_init__(self) -> None:
        self.portal = Portal("http://127.0.0.1", {}, identity_on_fakes(), MemoryForms(), MemoryLooks(), self.clock)

    def send(self, mark: str) -> str:
        """Send a form, as a page does; return where it led, or that it was refused."""
        with once(self.portal, mark) as led:
            if led is not None:
                return led
            time.sleep(0.05)
            self.acted += 1
            if self.acted <= self.refuses:
                return "refused"
            self.portal.forms.send(mark, f"/made/{self.acted}", self.clock.now())
            return f"/made/{self.acted}"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_of_copies_sent_at_once_one_is_acted_on_and_all_lead_where_it_led(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        led = set(pool.map(lambda _: desk.send("f"), range(8)))

    assert led == {"/made/1"}
    assert desk.acted == 1


def test_a_form_without_a_mark_is_acted_on_each_time(desk: Desk) -> None:
    assert [desk.send(""), desk.send("")] == ["/made/1", "/made/2"]


def test_other_forms_do_not_wait(desk: Desk) -> None:
    with once(desk.portal, "f"):
        assert desk.send("g") == "/made/1"


def test_what_was_refused_is_acted_on_again_by_the_next_copy(desk: Desk) -> None:
    desk.refuses = 1
    with ThreadPoolExecutor(3) as pool:
        led = sorted(pool.map(lambda _: desk.send("f"), range(3)))

    assert led == ["/made/2", "/made/2", "refused"]


def test_a_fault_in_the_middle_ends_the_claim(desk: Desk) -> None:
    def fail() -> None:
        with once(desk.portal, "f"):
            raise AssayError

    with pytest.raises(AssayError):
        fail()
    assert desk.send("f") == "/made/1"


def test_a_copy_of_what_a_dead_worker_had_is_acted_on_when_its_lease_is_over(desk: Desk) -> None:
    desk.portal.forms.claim("f", NOW, NOW + LEASE)
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(desk.send, "f")
        time.sleep(0.2)
        assert not sent.done()
        desk.clock.at = NOW + LEASE

        assert sent.result(10) == "/made/1"


def test_a_claim_is_kept_as_long_as_it_is_acted_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once_module, "_KEPT_SECONDS", 0.01)
    with once(desk.portal, "f"):
        desk.clock.at = NOW + LEASE - timedelta(seconds=1)
        time.sleep(0.3)
        later = NOW + LEASE + timedelta(seconds=1)

        assert desk.portal.forms.claim("f", later, later + LEASE) is None


def test_a_copy_does_not_wait_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once_module, "_WAIT_SECONDS", 0.1)
    done = Event()

    def hold() -> None:
        with once(desk.portal, "f"):
            done.wait(10)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        while desk.portal.forms.claim("f", NOW, NOW) is not None:
            time.sleep(0.01)
        with pytest.raises(AssayError, match="expected the first copy of it to be done, found one at work"):
            desk.send("f")
        done.set()
    assert desk.acted == 0
