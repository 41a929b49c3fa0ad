"""What counts no more is forgotten while the portal runs."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from starlette.testclient import TestClient

from assay.base.errors import Unavailable, refusal
from assay.identity.portal import Portal
from assay.portal import app as app_module
from assay.portal.app import KEPT, build_app
from fakes.forms import MemoryForms


def test_starting_forgets_forms_and_looks_of_days_ago_and_keeps_todays(portal: Portal) -> None:
    now = portal.clock.now()
    old = now - KEPT - timedelta(hours=1)
    portal.forms.send("a" * 32, "/there", old)
    portal.forms.send("b" * 32, "/here", now)
    portal.looks.note("c" * 64, "town", "R-0001", "contract:shop/daily", "contract", old)
    portal.looks.note("d" * 64, "town", "R-0001", "contract:shop/daily", "contract", now)

    with TestClient(build_app(portal), base_url=portal.address):  # it tidies beside what it answers, not before
        ends = time.monotonic() + 10
        while portal.looks.of("c" * 64, "town", "R-0001") and time.monotonic() < ends:
            time.sleep(0.01)

    assert portal.forms.sent("a" * 32) is None
    assert portal.forms.sent("b" * 32) == "/here"
    assert portal.looks.of("c" * 64, "town", "R-0001") == {}
    assert portal.looks.of("d" * 64, "town", "R-0001") == {"contract:shop/daily": frozenset({"contract"})}


class AwayAtFirst(MemoryForms):
    """A store that cannot be used the first time."""

    tried = 0

    def forget(self, before: datetime) -> None:
        self.tried += 1
        if self.tried == 1:
            raise Unavailable(*refusal("database", expected="a database that answers", found="none").faults)
        super().forget(before)


def test_tidying_goes_on_after_a_time_when_the_database_was_away(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "TIDIED_SECONDS", 0.01)
    forms = AwayAtFirst()
    with TestClient(build_app(replace(portal, forms=forms)), base_url=portal.address):
        ends = time.monotonic() + 10
        while forms.tried < 3 and time.monotonic() < ends:
            time.sleep(0.01)

    assert forms.tried >= 3
